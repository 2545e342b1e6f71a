import { PythonError, TYPE_ERROR } from "./exceptions.ts";
import { storedIn, toApplication } from "./application.ts";
import {
  type Dict,
  Float,
  FrozenSet,
  isDict,
  numberOf,
  own,
  OwnDict,
  PythonValue,
  SliceValue,
  Tuple,
  typeName,
} from "./values.ts";

/** Stands for a value that is not there. */
export const ABSENT: unique symbol = Symbol("absent");

/**
 * Keys that JavaScript compares by identity and Python by value, such as tuples, by their hash; for each dict and set
 * that has any.
 */
const keysByHash = new WeakMap<object, Map<string, unknown>>();

let objects = 0;
const objectNumbers = new WeakMap<object, number>();

/**
 * Returns text that is equal exactly for keys that are equal.
 *
 * @throws {PythonError} The value can change, as a list can.
 */
export function hashText(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value);
  const number = numberOf(value);
  if (number !== null) return `n${isLarge(number) ? BigInt(number) : number}`;
  if (value === null || value === undefined) return "None";
  if (value instanceof Tuple) return `(${value.map(hashText).join(",")})`;
  if (value instanceof PythonValue) return `${value.pythonType}:${value.hash()}`;
  if (value instanceof Uint8Array) return `b${value.join(",")}`;
  if (value instanceof FrozenSet) return `{${Array.from(value, hashText).sort().join(",")}}`;
  if (Array.isArray(value) || value instanceof Set || value instanceof SliceValue || isDict(value)) {
    throw new PythonError(TYPE_ERROR, `unhashable type: '${typeName(value)}'`);
  }
  const key = Object(value);
  let id = objectNumbers.get(key);
  if (id === undefined) objectNumbers.set(key, id = objects++);
  return `o${id}`;
}

/** Finds the key of a dict, or the element of a set, that is equal to a value. */
export function findKey(collection: Map<unknown, unknown> | Set<unknown>, value: unknown): unknown {
  if (typeof value === "string") return collection.has(value) ? value : ABSENT;
  const key = value ?? null;
  const hash = hashText(key);
  if (collection.has(key)) return key;
  const number = numberOf(key);
  if (number !== null) {
    if (collection.has(number)) return number;
    if ((number === 0 || number === 1) && collection.has(number === 1)) return number === 1;
  }
  return keysByHash.get(collection)?.get(hash) ?? ABSENT;
}

/** Tells whether a number is an int that may be a number or a `bigint`, which JavaScript tells apart. */
function isLarge(value: unknown): value is number | bigint {
  return typeof value === "bigint" || (Number.isInteger(value) && !Number.isSafeInteger(value));
}

function noteKey(collection: object, key: unknown): void {
  const isValue = key instanceof Tuple || key instanceof Float || key instanceof PythonValue ||
    key instanceof Uint8Array || key instanceof FrozenSet || isLarge(key);
  if (!isValue) return;
  let keys = keysByHash.get(collection);
  if (keys === undefined) keysByHash.set(collection, keys = new Map());
  keys.set(hashText(key), key);
}

export function makeSet(items: Iterable<unknown>): Set<unknown> {
  const set = own(new Set<unknown>());
  for (const item of items) addToSet(set, item);
  return set;
}

export function makeFrozenSet(items: Iterable<unknown>): FrozenSet {
  const set = own(new FrozenSet());
  for (const item of items) addToSet(set, item);
  return set;
}

export function addToSet(set: Set<unknown>, item: unknown): void {
  if (findKey(set, item) !== ABSENT) return;
  const stored = storedIn(set, item ?? null);
  noteKey(set, stored);
  set.add(stored);
}

export function removeFromSet(set: Set<unknown>, item: unknown): boolean {
  const key = findKey(set, item);
  if (key === ABSENT) return false;
  keysByHash.get(set)?.delete(hashText(key));
  return set.delete(key);
}

/** Makes a dict of pairs; a later one replaces the value of an earlier one. */
export function makeDict(pairs: Iterable<readonly unknown[]>): OwnDict {
  const dict = new OwnDict();
  for (const pair of pairs) {
    // `**x` in a display comes as a list of pairs in a list.
    const [key, value] = pair;
    if (pair.length === 1 && Array.isArray(key)) { for (const [k, v] of key) dictSet(dict, k, v); }
    else dictSet(dict, key, value);
  }
  return dict;
}

export function dictGet(dict: Dict, key: unknown): unknown {
  if (!(dict instanceof Map)) {
    if (typeof key === "string") return Object.hasOwn(dict, key) ? dict[key] : ABSENT;
    hashText(key);
    return ABSENT;
  }
  const found = findKey(dict, key);
  return found === ABSENT ? ABSENT : dict.get(found);
}

export function dictSet(dict: Dict, key: unknown, value: unknown): void {
  if (!(dict instanceof Map)) {
    if (typeof key !== "string") {
      throw new PythonError(
        TYPE_ERROR,
        `a dict that is an object of the application has no keys of type ${typeName(key)}`,
      );
    }
    // Not an assignment, for which __proto__ is special.
    const isDefined = Reflect.defineProperty(dict, key, {
      value: toApplication(value),
      writable: true,
      enumerable: true,
      configurable: true,
    });
    if (!isDefined) throw new PythonError(TYPE_ERROR, "a dict that is frozen cannot be changed");
    return;
  }
  const found = findKey(dict, key);
  const stored = found === ABSENT ? storedIn(dict, key ?? null) : found;
  if (found === ABSENT) noteKey(dict, stored);
  dict.set(stored, storedIn(dict, value));
}

/** @returns The value that the key had, or {@linkcode ABSENT}. */
export function dictDelete(dict: Dict, key: unknown): unknown {
  const value = dictGet(dict, key);
  if (value === ABSENT) return ABSENT;
  if (dict instanceof Map) {
    const found = findKey(dict, key);
    keysByHash.get(dict)?.delete(hashText(found));
    dict.delete(found);
  } else if (!Reflect.deleteProperty(dict, String(key))) {
    throw new PythonError(TYPE_ERROR, "a dict that is frozen cannot be changed");
  }
  return value;
}

export function dictSize(dict: Dict): number {
  return dict instanceof Map ? dict.size : Object.keys(dict).length;
}

export function dictItems(dict: Dict): [key: unknown, value: unknown][] {
  return dict instanceof Map ? [...dict] : Object.entries(dict);
}
