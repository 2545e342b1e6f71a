import { storedIn } from "./application.ts";
import { apply } from "./call.ts";
import { isEqual, sorted } from "./compare.ts";
import { defineMethods, type Methods } from "./define_methods.ts";
import { INDEX_ERROR, PythonError, VALUE_ERROR } from "./exceptions.ts";
import { addToList, sliceIndexes } from "./sequences.ts";
import { repr } from "./text.ts";
import { indexOf, isTrue, iterate, own, SliceValue, Tuple } from "./values.ts";

const isList = (value: unknown): value is unknown[] => Array.isArray(value) && !(value instanceof Tuple);

function place(self: readonly unknown[], item: unknown, start: unknown, end: unknown, isTuple: boolean): number {
  const range = sliceIndexes(new SliceValue(start ?? null, end ?? null, null), self.length);
  for (const i of range) if (isEqual(self[i], item)) return i;
  throw new PythonError(VALUE_ERROR, isTuple ? "tuple.index(x): x not in tuple" : `${repr(item)} is not in list`);
}

function countOf(self: readonly unknown[], item: unknown): number {
  return self.filter((other) => isEqual(other, item)).length;
}

function pop(self: unknown[], index: unknown): unknown {
  const wanted = index === undefined ? -1 : indexOf(index);
  if (self.length === 0) throw new PythonError(INDEX_ERROR, "pop from empty list");
  const at = wanted < 0 ? wanted + self.length : wanted;
  if (at < 0 || at >= self.length) throw new PythonError(INDEX_ERROR, "pop index out of range");
  return self.splice(at, 1)[0];
}

function remove(self: unknown[], item: unknown): null {
  const at = self.findIndex((other) => isEqual(other, item));
  if (at < 0) throw new PythonError(VALUE_ERROR, "list.remove(x): x not in list");
  self.splice(at, 1);
  return null;
}

/** The function that a `key` argument is; `null` for none. */
export function keyFunction(key: unknown): ((item: unknown) => unknown) | null {
  return key === null || key === undefined ? null : (item) => apply(key, undefined, [item], []);
}

/** The methods of `list`. */
export const LIST_METHODS: Methods = defineMethods("list", isList, {
  append: ["object /", (self, item) => {
    self.push(storedIn(self, item));
    return null;
  }],
  clear: ["", (self) => {
    self.length = 0;
    return null;
  }],
  copy: ["", (self) => own([...self])],
  count: ["value /", countOf],
  extend: ["iterable /", (self, items) => {
    addToList(self, iterate(items));
    return null;
  }],
  index: ["value start? stop? /", (self, item, start, end) => place(self, item, start, end, false)],
  insert: ["index object /", (self, index, item) => {
    self.splice(indexOf(index), 0, storedIn(self, item));
    return null;
  }],
  pop: ["index? /", pop],
  remove: ["value /", remove],
  reverse: ["", (self) => {
    self.reverse();
    return null;
  }],
  sort: ["* key? reverse?", (self, key, reverse) => {
    const items = sorted(self, keyFunction(key), isTrue(reverse));
    items.forEach((item, i) => self[i] = item);
    return null;
  }],
});

/** The methods of `tuple`. */
export const TUPLE_METHODS: Methods = defineMethods("tuple", (value): value is Tuple => value instanceof Tuple, {
  count: ["value /", countOf],
  index: ["value start? stop? /", (self, item, start, end) => place(self, item, start, end, true)],
});
