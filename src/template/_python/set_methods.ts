import { bitAnd, bitOr, bitXor, subtract } from "./arithmetic.ts";
import { isLessOrEqual } from "./compare.ts";
import { defineMethods, type Definition, type Methods } from "./define_methods.ts";
import { ABSENT, addToSet, findKey, makeFrozenSet, makeSet, removeFromSet } from "./dicts.ts";
import { keyError } from "./exception_values.ts";
import { FrozenSet, iterate } from "./values.ts";

const isSet = (value: unknown): value is Set<unknown> => value instanceof Set;

/** Applies an operator of two sets from left to right. */
function combine(operator: (a: unknown, b: unknown) => unknown) {
  return (self: Set<unknown>, ...others: unknown[]) =>
    others.reduce((all, other) => operator(all, makeSet(iterate(other))), copyOf(self));
}

function copyOf(self: Set<unknown>): Set<unknown> {
  return self instanceof FrozenSet ? makeFrozenSet(self) : makeSet(self);
}

/** Replaces what is in a set by what an operator makes of it and others. */
function change(operator: (a: unknown, b: unknown) => unknown) {
  const combined = combine(operator);
  return (self: Set<unknown>, ...others: unknown[]) => {
    const items = combined(self, ...others);
    for (const item of [...self]) removeFromSet(self, item);
    for (const item of iterate(items)) addToSet(self, item);
    return null;
  };
}

/** The methods that sets have whether they can be changed or not. */
const COMMON: Readonly<Record<string, Definition<Set<unknown>>>> = {
  copy: ["", copyOf],
  difference: ["*", combine(subtract)],
  intersection: ["*", combine(bitAnd)],
  isdisjoint: ["other /", (self, other) => ![...iterate(other)].some((item) => findKey(self, item) !== ABSENT)],
  issubset: ["other /", (self, other) => isLessOrEqual(self, makeSet(iterate(other)))],
  issuperset: ["other /", (self, other) => isLessOrEqual(makeSet(iterate(other)), self)],
  symmetric_difference: ["other /", combine(bitXor)],
  union: ["*", combine(bitOr)],
};

/** The methods of `frozenset`. */
export const FROZENSET_METHODS: Methods = defineMethods("frozenset", isSet, COMMON);

/** The methods of `set`. */
export const SET_METHODS: Methods = defineMethods("set", isSet, {
  ...COMMON,
  add: ["element /", (self, item) => {
    addToSet(self, item);
    return null;
  }],
  clear: ["", (self) => {
    for (const item of self) removeFromSet(self, item);
    return null;
  }],
  difference_update: ["*", change(subtract)],
  discard: ["element /", (self, item) => {
    removeFromSet(self, item);
    return null;
  }],
  intersection_update: ["*", change(bitAnd)],
  pop: ["", (self) => {
    for (const item of self) {
      removeFromSet(self, item);
      return item;
    }
    throw keyError("pop from an empty set");
  }],
  remove: ["element /", (self, item) => {
    if (!removeFromSet(self, item)) throw keyError(item);
    return null;
  }],
  symmetric_difference_update: ["other /", change(bitXor)],
  update: ["*", (self, ...others) => {
    for (const other of others) for (const item of [...iterate(other)]) addToSet(self, item);
    return null;
  }],
});
