import { ABSENT, dictGet, dictItems, dictSize, findKey } from "./dicts.ts";
import { dateOf } from "./datetime.ts";
import { PythonError, TYPE_ERROR } from "./exceptions.ts";
import { isDict, iterate, numberOf, own, PythonValue, Range, SliceValue, Tuple, typeName } from "./values.ts";

/** Python's `==`. */
export function isEqual(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a === "string" || typeof b === "string") return false;
  const x = numberOf(a);
  if (x !== null) {
    const y = numberOf(b);
    // An int beyond the safe range and a float are equal if their values are.
    return y !== null && x == y;
  }
  if (a === null || a === undefined) return b === null || b === undefined;
  if (a instanceof PythonValue || b instanceof PythonValue) return valuesEqual(a, b);
  if (typeof a !== "object" || typeof b !== "object" || b === null) return false;
  if (Array.isArray(a)) {
    return Array.isArray(b) && a instanceof Tuple === b instanceof Tuple && a.length === b.length &&
      a.every((item, i) => isEqual(item, b[i]));
  }
  if (a instanceof SliceValue) {
    return b instanceof SliceValue && isEqual(a.lower, b.lower) && isEqual(a.upper, b.upper) && isEqual(a.step, b.step);
  }
  if (a instanceof Range) {
    return b instanceof Range && a.length === b.length && [...a].every((item, i) => item === b.start + i * b.step);
  }
  if (a instanceof Set) {
    return b instanceof Set && a.size === b.size && [...a].every((item) => findKey(b, item) !== ABSENT);
  }
  if (a instanceof Uint8Array) {
    return b instanceof Uint8Array && a.length === b.length && a.every((byte, i) => byte === b[i]);
  }
  if (a instanceof Date) return b instanceof Date && a.getTime() === b.getTime();
  if (!isDict(a) || !isDict(b) || dictSize(a) !== dictSize(b)) return false;
  return dictItems(a).every(([key, value]) => {
    const other = dictGet(b, key);
    return other !== ABSENT && isEqual(value, other);
  });
}

/** Compares values of which one has an equality of its own; a `Date` of the application is a datetime. */
function valuesEqual(a: unknown, b: unknown): boolean {
  const left = a instanceof Date ? dateOf(a) : a;
  const right = b instanceof Date ? dateOf(b) : b;
  if (left instanceof PythonValue) return left.equals(right);
  return right instanceof PythonValue && right.equals(left);
}

/** Python's `is`: values that are not objects are the same if they are of one type and equal. */
export function isSame(a: unknown, b: unknown): boolean {
  // CPython has one empty tuple.
  const areEmpty = a instanceof Tuple && b instanceof Tuple && a.length + b.length === 0;
  return areEmpty || (a ?? null) === (b ?? null);
}

/** Orders texts by code points, as Python does; JavaScript orders by UTF-16 units. */
function compareText(a: string, b: string): number {
  if (a === b) return 0;
  const length = Math.min(a.length, b.length);
  let i = 0;
  while (i < length && a.charCodeAt(i) === b.charCodeAt(i)) i++;
  if (i === length) return a.length - b.length;
  const x = a.charCodeAt(i);
  const y = b.charCodeAt(i);
  // Surrogates stand for what comes after all other units.
  const isHighX = x >= 0xd800 && x <= 0xdfff;
  const isHighY = y >= 0xd800 && y <= 0xdfff;
  return isHighX === isHighY ? x - y : isHighX ? 1 : -1;
}

/** A number below, equal to or above zero; `NaN` if neither holds, `null` if the values have no order. */
function order(a: unknown, b: unknown, symbol: string): number | null {
  if (typeof a === "string" && typeof b === "string") return compareText(a, b);
  const x = numberOf(a);
  const y = numberOf(b);
  if (x !== null && y !== null) return x < y ? -1 : x > y ? 1 : x == y ? 0 : NaN;
  if (Array.isArray(a) && Array.isArray(b) && a instanceof Tuple === b instanceof Tuple) {
    for (let i = 0; i < a.length && i < b.length; i++) {
      if (!isEqual(a[i], b[i])) return requireOrder(a[i], b[i], symbol);
    }
    return a.length - b.length;
  }
  if (a instanceof Uint8Array && b instanceof Uint8Array) {
    const i = a.findIndex((byte, i) => byte !== b[i]);
    return i < 0 || i >= b.length ? a.length - b.length : (a[i] ?? 0) - (b[i] ?? 0);
  }
  if (a instanceof Date && b instanceof Date) return a.getTime() - b.getTime();
  const left = a instanceof Date ? dateOf(a) : a;
  return left instanceof PythonValue ? left.compare(b instanceof Date ? dateOf(b) : b) : null;
}

function requireOrder(a: unknown, b: unknown, symbol: string): number {
  const result = order(a, b, symbol);
  if (result !== null) return result;
  const types = `'${typeName(a)}' and '${typeName(b)}'`;
  throw new PythonError(TYPE_ERROR, `'${symbol}' not supported between instances of ${types}`);
}

function isSubset(a: unknown, b: unknown): boolean | null {
  if (!(a instanceof Set && b instanceof Set)) return null;
  return [...a].every((item) => findKey(b, item) !== ABSENT);
}

export function isLess(a: unknown, b: unknown): boolean {
  if (typeof a === "number" && typeof b === "number") return a < b;
  return isSubset(a, b) === null ? requireOrder(a, b, "<") < 0 : isLessOrEqual(a, b) && !isEqual(a, b);
}

export function isLessOrEqual(a: unknown, b: unknown): boolean {
  return isSubset(a, b) ?? requireOrder(a, b, "<=") <= 0;
}

export function isGreater(a: unknown, b: unknown): boolean {
  if (typeof a === "number" && typeof b === "number") return a > b;
  return isSubset(b, a) === null ? requireOrder(a, b, ">") > 0 : isGreaterOrEqual(a, b) && !isEqual(a, b);
}

export function isGreaterOrEqual(a: unknown, b: unknown): boolean {
  return isSubset(b, a) ?? requireOrder(a, b, ">=") >= 0;
}

/** Python's `in`. */
export function isIn(item: unknown, collection: unknown): boolean {
  if (typeof collection === "string") {
    if (typeof item === "string") return collection.includes(item);
    throw new PythonError(TYPE_ERROR, `'in <string>' requires string as left operand, not ${typeName(item)}`);
  }
  if (Array.isArray(collection)) return collection.some((other) => isEqual(other, item));
  if (collection instanceof Map || collection instanceof Set) return findKey(collection, item) !== ABSENT;
  if (collection instanceof Range) return hasNumber(collection, item);
  if (collection instanceof Uint8Array) return hasBytes(collection, item);
  if (isDict(collection)) return dictGet(collection, item) !== ABSENT;
  if (collection instanceof PythonValue || typeof collection !== "object" || collection === null) {
    throw new PythonError(TYPE_ERROR, `argument of type '${typeName(collection)}' is not iterable`);
  }
  // A collection of the application, such as headers.
  if (!(Symbol.iterator in collection) || "has" in collection) {
    if ("has" in collection && typeof collection.has === "function") return collection.has(item) === true;
    throw new PythonError(TYPE_ERROR, `argument of type '${typeName(collection)}' is not iterable`);
  }
  for (const other of iterate(collection)) if (isEqual(other, item)) return true;
  return false;
}

function hasNumber({ start, step, length }: Range, item: unknown): boolean {
  const number = numberOf(item);
  if (number === null) return false;
  const at = (Number(number) - start) / step;
  return Number.isInteger(at) && at >= 0 && at < length;
}

function hasBytes(bytes: Uint8Array, item: unknown): boolean {
  if (typeof item === "boolean") return bytes.includes(item ? 1 : 0);
  if (typeof item === "number" && Number.isInteger(item)) return bytes.includes(item);
  if (!(item instanceof Uint8Array)) {
    throw new PythonError(TYPE_ERROR, `a bytes-like object is required, not '${typeName(item)}'`);
  }
  for (let at = 0; at + item.length <= bytes.length; at++) {
    if (item.every((byte, i) => bytes[at + i] === byte)) return true;
  }
  return false;
}

/** A chain such as `a < b < c`: none of the later operands is evaluated once a comparison has failed. */
export function chain(first: unknown, ...rest: ((a: unknown, b: unknown) => unknown)[]): boolean {
  let left = first;
  for (let i = 0; i + 1 < rest.length; i += 2) {
    const compare = rest[i];
    const right = rest[i + 1]?.(null, null);
    if (!compare?.(left, right)) return false;
    left = right;
  }
  return true;
}

/** Returns a sorted copy; equal items keep their order, also from back to front. */
export function sorted(
  items: Iterable<unknown>,
  key: ((item: unknown) => unknown) | null,
  reverse: boolean,
): unknown[] {
  const keyed = [...items].map((item) => ({ item, key: key === null ? item : key(item) }));
  keyed.sort(reverse ? (a, b) => compareForSort(b.key, a.key) : (a, b) => compareForSort(a.key, b.key));
  return own(keyed.map(({ item }) => item));
}

function compareForSort(a: unknown, b: unknown): number {
  return isLess(a, b) ? -1 : isLess(b, a) ? 1 : 0;
}
