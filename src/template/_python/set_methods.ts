import { bitAnd, bitOr, bitXor, subtract } from "./arithmetic.ts";
import { isLessOrEqual } from "./compare.ts";
import { defineMethods, type Methods } from "./define_methods.ts";
import { ABSENT, addToSet, findKey, makeSet, removeFromSet } from "./dicts.ts";
import { KEY_ERROR, PythonError } from "./exceptions.ts";
import { repr } from "./text.ts";
import { iterate } from "./values.ts";

const isSet = (value: unknown): value is Set<unknown> => value instanceof Set;

/** Applies an operator of two sets from left to right. */
function combine(operator: (a: unknown, b: unknown) => unknown) {
  return (self: Set<unknown>, ...others: unknown[]) =>
    others.reduce((all, other) => operator(all, makeSet(iterate(other))), makeSet(self));
}

/** The methods of `set`. */
export const SET_METHODS: Methods = defineMethods("set", isSet, {
  add: ["element /", (self, item) => {
    addToSet(self, item);
    return null;
  }],
  clear: ["", (self) => {
    for (const item of self) removeFromSet(self, item);
    return null;
  }],
  copy: ["", (self) => makeSet(self)],
  difference: ["*", combine(subtract)],
  discard: ["element /", (self, item) => {
    removeFromSet(self, item);
    return null;
  }],
  intersection: ["*", combine(bitAnd)],
  isdisjoint: ["other /", (self, other) => ![...iterate(other)].some((item) => findKey(self, item) !== ABSENT)],
  issubset: ["other /", (self, other) => isLessOrEqual(self, makeSet(iterate(other)))],
  issuperset: ["other /", (self, other) => isLessOrEqual(makeSet(iterate(other)), self)],
  pop: ["", (self) => {
    for (const item of self) {
      removeFromSet(self, item);
      return item;
    }
    throw new PythonError(KEY_ERROR, "'pop from an empty set'");
  }],
  remove: ["element /", (self, item) => {
    if (!removeFromSet(self, item)) throw new PythonError(KEY_ERROR, repr(item));
    return null;
  }],
  symmetric_difference: ["other /", combine(bitXor)],
  union: ["*", combine(bitOr)],
  update: ["*", (self, ...others) => {
    for (const other of others) for (const item of [...iterate(other)]) addToSet(self, item);
    return null;
  }],
});
