import { storedIn } from "./application.ts";
import { INDEX_ERROR, PythonError, TYPE_ERROR, VALUE_ERROR } from "./exceptions.ts";
import { indexOf, iterate, list, own, Range, type SliceValue, Tuple, tuple, typeName } from "./values.ts";

const SURROGATE = /[\ud800-\udfff]/;

/** Number of code points. */
export function textLength(text: string): number {
  if (!SURROGATE.test(text)) return text.length;
  let length = 0;
  for (const _ of text) length++;
  return length;
}

/** The code points of a text, for indexing. */
export function characters(text: string): ArrayLike<string> {
  return SURROGATE.test(text) ? [...text] : text;
}

/** The item of a sequence at an index, which counts from the end if it is negative. */
export function itemAt(
  sequence: ArrayLike<unknown>,
  key: unknown,
  type: string,
  outside: string = `${type} index out of range`,
): unknown {
  const index = indexOf(key, `${type} indices must be integers or slices, not %`);
  const at = index < 0 ? index + sequence.length : index;
  if (at < 0 || at >= sequence.length) throw new PythonError(INDEX_ERROR, outside);
  return sequence[at];
}

/** The indexes that a slice selects from a sequence of a length, in order. */
export function sliceIndexes({ lower, upper, step }: SliceValue, length: number): Range {
  const by = bound(step) ?? 1;
  if (by === 0) throw new PythonError(VALUE_ERROR, "slice step cannot be zero");
  const [least, most] = by > 0 ? [0, length] : [-1, length - 1];
  const clamp = (value: number | null, otherwise: number) =>
    value === null ? otherwise : Math.max(least, Math.min(value < 0 ? value + length : value, most));
  const start = clamp(bound(lower), by > 0 ? least : most);
  const stop = clamp(bound(upper), by > 0 ? most : least);
  return new Range(start, stop, by);
}

function bound(value: unknown): number | null {
  if (value === null || value === undefined) return null;
  try {
    return indexOf(value);
  } catch {
    throw new PythonError(TYPE_ERROR, "slice indices must be integers or None or have an __index__ method");
  }
}

/** Python's `x[a:b:c]`. */
export function slice(value: unknown, slice: SliceValue): unknown {
  if (typeof value === "string") {
    const items = characters(value);
    const { start, stop, step, length } = sliceIndexes(slice, items.length);
    if (step === 1 && typeof items === "string") return items.slice(start, Math.max(start, stop));
    let text = "";
    for (let i = 0; i < length; i++) text += items[start + i * step];
    return text;
  }
  if (value instanceof Uint8Array) {
    return Uint8Array.from(sliceIndexes(slice, value.length), (i) => value[i] ?? 0);
  }
  if (Array.isArray(value)) {
    const items = Array.from(sliceIndexes(slice, value.length), (i): unknown => value[i]);
    return value instanceof Tuple ? tuple(items) : own(items);
  }
  if (value instanceof Range) {
    const { start, stop, step } = sliceIndexes(slice, value.length);
    return new Range(value.start + start * value.step, value.start + stop * value.step, step * value.step);
  }
  throw new PythonError(TYPE_ERROR, `'${typeName(value)}' object is not subscriptable`);
}

/** Replaces what a slice selects from a list. */
export function assignSlice(target: unknown[], slice: SliceValue, value: unknown): void {
  const { start, stop, step, length } = sliceIndexes(slice, target.length);
  if (!isIterable(value)) {
    throw new PythonError(
      TYPE_ERROR,
      step === 1 ? "can only assign an iterable" : "must assign iterable to extended slice",
    );
  }
  const items = list(value).map((item) => storedIn(target, item));
  if (step === 1) {
    target.splice(start, Math.max(0, stop - start), ...items);
    return;
  }
  if (items.length !== length) {
    throw new PythonError(
      VALUE_ERROR,
      `attempt to assign sequence of size ${items.length} to extended slice of size ${length}`,
    );
  }
  items.forEach((item, i) => target[start + i * step] = item);
}

/** Tells whether Python can loop over a value. */
export function isIterable(value: unknown): boolean {
  try {
    iterate(value);
    return true;
  } catch {
    return false;
  }
}

export function addToList(target: unknown[], items: Iterable<unknown>): void {
  // A copy, as a list may be added to itself.
  for (const item of [...items]) target.push(storedIn(target, item));
}

/** The values for a fixed number of targets. */
export function unpack(value: unknown, count: number): readonly unknown[] {
  if (Array.isArray(value) && value.length === count) return value;
  const items: unknown[] = [];
  for (const item of iterateForUnpacking(value)) {
    if (items.length === count) {
      throw new PythonError(VALUE_ERROR, `too many values to unpack (expected ${count})`);
    }
    items.push(item);
  }
  if (items.length < count) {
    throw new PythonError(VALUE_ERROR, `not enough values to unpack (expected ${count}, got ${items.length})`);
  }
  return items;
}

/** The values for targets of which one, with a star, takes all that is left. */
export function unpackStar(value: unknown, before: number, after: number): readonly unknown[] {
  const items = [...iterateForUnpacking(value)];
  const rest = items.length - before - after;
  if (rest < 0) {
    const expected = `expected at least ${before + after}, got ${items.length}`;
    throw new PythonError(VALUE_ERROR, `not enough values to unpack (${expected})`);
  }
  return [...items.slice(0, before), own(items.slice(before, before + rest)), ...items.slice(before + rest)];
}

function iterateForUnpacking(value: unknown): Iterable<unknown> {
  try {
    return iterate(value);
  } catch {
    throw new PythonError(TYPE_ERROR, `cannot unpack non-iterable ${typeName(value)} object`);
  }
}
