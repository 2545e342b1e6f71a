import type { LanguageRuntime } from "../language.ts";
import {
  asFunction,
  deleteAttribute,
  getAttribute,
  itemsOf,
  method,
  methodKeywords,
  requireMethod,
  setAttribute,
} from "./access.ts";
import {
  add,
  bitAnd,
  bitOr,
  bitXor,
  divide,
  floorDivide,
  inPlace,
  invert,
  modulo,
  multiply,
  negate,
  positive,
  power,
  shiftLeft,
  shiftRight,
  subtract,
} from "./arithmetic.ts";
import { BUILTINS } from "./builtins.ts";
import { call, callKeywords, keywordsOf, lambda, pairsOf } from "./call.ts";
import { chain, isEqual, isGreater, isGreaterOrEqual, isIn, isLess, isLessOrEqual, isSame } from "./compare.ts";
import { DATETIME_MODULE } from "./datetime.ts";
import { makeDict, makeSet } from "./dicts.ts";
import { makeException } from "./exception_values.ts";
import { ASSERTION_ERROR, isCaughtBy } from "./exceptions.ts";
import { formatField } from "./format_spec.ts";
import { deleteItem, getItem, getSlice, setItem } from "./items.ts";
import { MODULES } from "./modules.ts";
import { unpack, unpackStar } from "./sequences.ts";
import { outputText } from "./text.ts";
import { TORNADO_NAMES } from "./tornado_names.ts";
import { float, isTrue, iterate, own, type PlainObject, SliceValue, tuple } from "./values.ts";

function assertTrue(isTrue: boolean, message?: () => unknown): void {
  if (!isTrue) throw makeException(ASSERTION_ERROR, message === undefined ? [] : [message()]);
}

/** The value of a name of a comprehension that may have none yet. */
function requireBound(value: unknown, name: string): unknown {
  if (typeof value === "symbol") throw new ReferenceError(`name '${name}' is not defined`);
  return value;
}

/** The names of the namespaces, as a dict of its own: changes stay in it. */
function scopeOf(namespace: PlainObject, defaults: PlainObject): Map<unknown, unknown> {
  return new Map(Object.entries({ ...defaults, ...namespace }));
}

/**
 * The part of `python` that rendering needs: Python's built-in functions, operators and methods.
 *
 * `None`, `True` and `False` print as such, bytes are decoded as UTF-8, and all other values print as Python's `str()`
 * gives them.
 *
 * @example
 * ```ts
 * import { pythonRuntime } from "@twister/twister/template/python";
 * import { assertEquals } from "@std/assert";
 * assertEquals([null, 1.5, true, ["a", 1]].map(pythonRuntime.text), ["None", "1.5", "True", "['a', 1]"]);
 * ```
 */
export const pythonRuntime: LanguageRuntime = {
  url: import.meta.url,
  exportName: "pythonRuntime",
  subPath: "/python",
  globals: Object.freeze({ __proto__: null, ...BUILTINS, ...TORNADO_NAMES, datetime: DATETIME_MODULE }),
  modules: MODULES,
  helpers: Object.freeze({
    __proto__: null,
    _t$add: add,
    _t$and: (left: unknown, right: () => unknown) => isTrue(left) ? right() : left,
    _t$assert: assertTrue,
    // The second argument is evaluated for its effect.
    _t$at: (value: unknown) => value,
    _t$attr: getAttribute,
    _t$bitand: bitAnd,
    _t$bitor: bitOr,
    _t$bitxor: bitXor,
    _t$bound: requireBound,
    _t$invoke: call,
    _t$invokekw: callKeywords,
    _t$caught: isCaughtBy,
    _t$chain: chain,
    _t$delattr: deleteAttribute,
    _t$delitem: deleteItem,
    _t$dict: makeDict,
    _t$div: divide,
    _t$eq: isEqual,
    _t$float: float,
    _t$floordiv: floorDivide,
    _t$format: formatField,
    _t$function: asFunction,
    _t$ge: isGreaterOrEqual,
    _t$gt: isGreater,
    _t$having: requireMethod,
    _t$in: isIn,
    _t$inplace: inPlace,
    _t$invert: invert,
    _t$is: isSame,
    _t$item: getItem,
    _t$items: itemsOf,
    _t$iter: iterate,
    _t$keywords: keywordsOf,
    _t$lambda: lambda,
    _t$le: isLessOrEqual,
    _t$list: own,
    _t$lshift: shiftLeft,
    _t$lt: isLess,
    _t$method: method,
    _t$methodkw: methodKeywords,
    _t$mod: modulo,
    _t$mul: multiply,
    _t$neg: negate,
    _t$or: (left: unknown, right: () => unknown) => isTrue(left) ? left : right(),
    _t$pairs: pairsOf,
    _t$pos: positive,
    _t$pow: power,
    _t$rshift: shiftRight,
    _t$scope: scopeOf,
    _t$set: makeSet,
    _t$setattr: setAttribute,
    _t$setitem: setItem,
    _t$slice: getSlice,
    _t$sliceof: (_: unknown, lower: unknown, upper: unknown, step: unknown) => new SliceValue(lower, upper, step),
    _t$sub: subtract,
    _t$true: isTrue,
    _t$tuple: tuple,
    _t$unpack: unpack,
    _t$unpackstar: unpackStar,
  }),
  text: outputText,
};
