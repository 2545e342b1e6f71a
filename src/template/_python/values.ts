/**
 * The values of Python in JavaScript. None is `null`, `bool` is a boolean, `str` a string, `bytes` a `Uint8Array`,
 * `list` an array, `dict` a `Map` or a plain object, `set` a `Set`. A number is an `int` if it is whole, a `bigint` is
 * an `int` beyond the safe range, and a `float` with a whole value is a {@linkcode Float}.
 *
 * @module
 */

import { ExceptionType, exceptionTypeOf, PythonError, RuntimeValue, TYPE_ERROR } from "./exceptions.ts";
import { classNameOf, isClass, isNative } from "./natives.ts";

/** A float that JavaScript could not tell from an int. */
export class Float extends RuntimeValue {
  readonly value: number;

  constructor(value: number) {
    super();
    this.value = value;
  }

  /** Lets functions of JavaScript use the number. */
  override valueOf(): number {
    return this.value;
  }

  toJSON(): number {
    return this.value;
  }
}

/** A tuple; functions of the application see an array. */
export class Tuple extends Array<unknown> {
  /** Methods of arrays give arrays. */
  static override get [Symbol.species](): ArrayConstructor {
    return Array;
  }
}

export function tuple(items: Iterable<unknown>): Tuple {
  const list = Array.isArray(items) ? items : [...items];
  // A length and then the items: adding them one by one costs six times as much.
  const result = new Tuple(list.length);
  for (let i = 0; i < list.length; i++) result[i] = list[i];
  return result;
}

/** A tuple whose items have names as well, as those of `time.struct_time`. */
export class NamedTuple extends Tuple {
  readonly #type: string;
  readonly #names: readonly string[];

  private constructor(type: string, names: readonly string[], length: number) {
    super(length);
    this.#type = type;
    this.#names = names;
  }

  static make(type: string, items: Readonly<Record<string, unknown>>): NamedTuple {
    const names = Object.keys(items);
    const result = new NamedTuple(type, names, names.length);
    Object.values(items).forEach((item, i) => result[i] = item);
    return result;
  }

  /** Name of its class in Python. */
  get pythonType(): string {
    return this.#type;
  }

  /** The items with their names. */
  get items(): [name: string, item: unknown][] {
    return this.#names.map((name, i) => [name, this[i]]);
  }
}

/** A set that cannot be changed. */
export class FrozenSet extends Set<unknown> {}

/** Has a constructor return an object of another class, so that a subclass can give it a private field. */
class Adopted {
  constructor(object: object) {
    return object;
  }
}

/** Marks the lists and sets that templates make. A private field: the application sees plain arrays and sets. */
class OwnMark extends Adopted {
  #isOwn = true;

  static isOn(object: object): boolean {
    return #isOwn in object && object.#isOwn;
  }

  static putOn(object: object): void {
    if (#isOwn in object) object.#isOwn = true;
    else new OwnMark(object);
  }

  static takeOff(object: object): void {
    if (#isOwn in object) object.#isOwn = false;
  }
}

/** Marks a list or a set as one that a template made. */
export function own<Collection extends unknown[] | Set<unknown>>(collection: Collection): Collection {
  OwnMark.putOn(collection);
  return collection;
}

/**
 * Tells whether a template made a collection, which may then hold what only templates know, such as a
 * {@linkcode Float}. All others are the application's.
 */
export function isOwn(collection: object): boolean {
  return collection instanceof OwnDict || OwnMark.isOn(collection);
}

/** Gives a collection that a template made to the application. */
export function giveAway(collection: object): void {
  OwnMark.takeOff(collection);
}

/** The lazy sequence that `range()` makes. */
export class Range extends RuntimeValue implements Iterable<number> {
  readonly start: number;
  readonly stop: number;
  readonly step: number;
  readonly length: number;

  constructor(start: number, stop: number, step: number) {
    super();
    this.start = start;
    this.stop = stop;
    this.step = step;
    this.length = Math.max(0, Math.ceil((stop - start) / step));
  }

  *[Symbol.iterator](): Generator<number, void> {
    for (let i = 0; i < this.length; i++) yield this.start + i * this.step;
  }
}

/** The bounds of `x[a:b:c]`, where they are a value. */
export class SliceValue extends RuntimeValue {
  readonly lower: unknown;
  readonly upper: unknown;
  readonly step: unknown;

  constructor(lower: unknown, upper: unknown, step: unknown) {
    super();
    this.lower = lower;
    this.upper = upper;
    this.step = step;
  }
}

/** A value of this package that has Python's behaviour itself, as dates have. */
export abstract class PythonValue extends RuntimeValue {
  /** Name of its class in Python. */
  abstract readonly pythonType: string;
  abstract str(): string;
  abstract repr(): string;
  /** Text that is equal exactly for equal values of the same type. */
  abstract hash(): string;
  isTrue(): boolean {
    return true;
  }
  /** Orders values; `null` if the other value cannot be compared with this one. */
  compare(_other: unknown): number | null {
    return null;
  }
  equals(other: unknown): boolean {
    return other instanceof PythonValue && other.pythonType === this.pythonType && other.hash() === this.hash();
  }
  /** The result of an arithmetic operation; `undefined` if there is none. */
  operate(_operator: string, _other: unknown, _isReflected: boolean): unknown {
    return undefined;
  }
  /** An attribute or method; `undefined` if there is none. */
  abstract attribute(name: string): unknown;
  /** The item of a key; `undefined` if values of the class have no items. */
  item(_key: unknown): unknown {
    return undefined;
  }
  format(spec: string): string {
    if (spec === "") return this.str();
    throw new PythonError(TYPE_ERROR, `unsupported format string passed to ${this.pythonType}.__format__`);
  }
  /** The value that functions of the application get in its place. */
  forApplication(): unknown {
    return this;
  }
}

export type PlainObject = Readonly<Record<string, unknown>>;

/** A dict that a template made. */
export class OwnDict extends Map<unknown, unknown> {}

/** A dict: a `Map`, or an object without a class. */
export type Dict = Map<unknown, unknown> | PlainObject;

function isPlainObject(value: unknown): value is PlainObject {
  if (typeof value !== "object" || value === null) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || (prototype === null && !isModule(value));
}

/** Tells whether a value is a module, of JavaScript or of this package: its members are attributes, not items. */
function isModule(value: object): boolean {
  return Object.hasOwn(value, Symbol.toStringTag);
}

export function isDict(value: unknown): value is Dict {
  return value instanceof Map || isPlainObject(value);
}

export function isFloat(value: unknown): boolean {
  return value instanceof Float || (typeof value === "number" && !Number.isInteger(value));
}

/** Makes a float of a number. */
export function float(value: number): number | Float {
  return Number.isInteger(value) ? new Float(value) : value;
}

/** Makes an int of a whole number of any size. */
export function int(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

/** The number that a value is in arithmetic, `null` for anything else. */
export function numberOf(value: unknown): number | bigint | null {
  if (typeof value === "number" || typeof value === "bigint") return value;
  if (typeof value === "boolean") return value ? 1 : 0;
  return value instanceof Float ? value.value : null;
}

/** Returns a whole number that is an index or a count. */
export function indexOf(value: unknown, message: string = "'%' object cannot be interpreted as an integer"): number {
  if (typeof value === "number" && Number.isInteger(value)) return value;
  if (typeof value === "boolean") return value ? 1 : 0;
  if (typeof value === "bigint") return Number(value);
  throw new PythonError(TYPE_ERROR, message.replace("%", typeName(value)));
}

/** Name of the class of a value in Python. */
export function typeName(value: unknown): string {
  switch (typeof value) {
    case "string":
      return "str";
    case "number":
      return Number.isInteger(value) ? "int" : "float";
    case "bigint":
      return "int";
    case "boolean":
      return "bool";
    case "undefined":
      return "NoneType";
    case "symbol":
      return "symbol";
    case "function":
      if (classNameOf(value) !== undefined || isClass(value)) return "type";
      return isNative(value) && value.name !== "<lambda>" ? "builtin_function_or_method" : "function";
  }
  if (value === null) return "NoneType";
  if (value instanceof PythonValue) return value.pythonType;
  if (value instanceof Float) return "float";
  if (value instanceof Tuple) return value instanceof NamedTuple ? value.pythonType : "tuple";
  if (Array.isArray(value)) return "list";
  if (value instanceof Set) return value instanceof FrozenSet ? "frozenset" : "set";
  if (value instanceof Uint8Array) return "bytes";
  if (value instanceof Range) return "range";
  if (value instanceof SliceValue) return "slice";
  if (value instanceof Error) return exceptionTypeOf(value)?.name ?? value.name;
  if (value instanceof ExceptionType) return "type";
  if (isDict(value)) return "dict";
  if (value instanceof Iterator) return "generator";
  if (value instanceof Date) return "datetime.datetime";
  if (isModule(Object(value))) return "module";
  const { name } = Object.getPrototypeOf(value)?.constructor ?? {};
  return typeof name === "string" && name !== "" ? name : "object";
}

/** Python's truth of a value. */
export function isTrue(value: unknown): boolean {
  if (typeof value === "boolean") return value;
  if (typeof value !== "object" || value === null) return Boolean(value) || Number.isNaN(value);
  if (Array.isArray(value) || value instanceof Uint8Array || value instanceof Range) return value.length > 0;
  if (value instanceof Map || value instanceof Set) return value.size > 0;
  if (value instanceof Float) return value.value !== 0;
  if (value instanceof PythonValue) return value.isTrue();
  if (isPlainObject(value)) {
    for (const _ in value) return true;
    return false;
  }
  // A collection of the application.
  if ("length" in value && typeof value.length === "number") return value.length > 0;
  if ("size" in value && typeof value.size === "number") return value.size > 0;
  return true;
}

/** Something that JavaScript can loop over, with what Python loops over. */
export function iterate(value: unknown): Iterable<unknown> {
  if (typeof value === "string" || Array.isArray(value)) return value;
  if (value instanceof Map) return value.keys();
  if (typeof value === "object" && value !== null) {
    if (Symbol.iterator in value && typeof value[Symbol.iterator] === "function") return value as Iterable<unknown>;
    if (isPlainObject(value)) return Object.keys(value);
  }
  throw new PythonError(TYPE_ERROR, `'${typeName(value)}' object is not iterable`);
}

/** Python's `list(value)`. */
export function list(value: unknown): unknown[] {
  return own([...iterate(value)]);
}
