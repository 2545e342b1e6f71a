import { findAttribute, getAttribute } from "./access.ts";
import { absolute, add, floorDivide, modulo, power } from "./arithmetic.ts";
import { apply, type Keywords } from "./call.ts";
import { isEqual, isGreater, isLess, sorted } from "./compare.ts";
import { pairsFrom } from "./dict_methods.ts";
import { defineFunctions } from "./define_methods.ts";
import { ABSENT, hashText, makeDict, makeFrozenSet, makeSet } from "./dicts.ts";
import { makeException } from "./exception_values.ts";
import {
  EXCEPTION_TYPES,
  ExceptionType,
  OVERFLOW_ERROR,
  PythonError,
  STOP_ITERATION,
  TYPE_ERROR,
  VALUE_ERROR,
} from "./exceptions.ts";
import { floatDigitsOf, format, toAscii } from "./format_spec.ts";
import { checkedLength } from "./int_bytes.ts";
import { keyFunction } from "./list_methods.ts";
import { noteClass } from "./natives.ts";
import { textLength } from "./sequences.ts";
import { MAX_DIGITS, repr, str } from "./text.ts";
import { decode, encode } from "./text_codec.ts";
import { isInstance, isSubclass, typeOf } from "./types.ts";
import {
  type Dict,
  Float,
  float,
  indexOf,
  int,
  isDict,
  isFloat,
  isTrue,
  iterate,
  list,
  numberOf,
  PythonValue,
  Range,
  SliceValue,
  tuple,
  typeName,
} from "./values.ts";

function length(value: unknown): number {
  if (typeof value === "string") return textLength(value);
  if (typeof value === "object" && value !== null && !(value instanceof PythonValue)) {
    if (value instanceof Map || value instanceof Set) return value.size;
    if (isDict(value)) return Object.keys(value).length;
    if ("length" in value && typeof value.length === "number") return value.length;
    if ("size" in value && typeof value.size === "number") return value.size;
  }
  throw new PythonError(TYPE_ERROR, `object of type '${typeName(value)}' has no len()`);
}

/** Digits of other scripts as those of ASCII, which is what `int()` and `float()` read them as. */
function asciiDigits(text: string): string {
  return text.replace(/[^\0-\x7f]/gu, (c) => {
    if (!/\p{Nd}/u.test(c)) return c;
    // Each script has its ten digits in a row.
    let digit = 0;
    let code = (c.codePointAt(0) ?? 0) - 1;
    while (digit < 9 && /\p{Nd}/u.test(String.fromCodePoint(code))) {
      digit++;
      code--;
    }
    return String(digit);
  });
}

const INT_TEXT: Readonly<Record<number, RegExp>> = {
  2: /^[-+]?(?:0[bB]_?)?[01]+(?:_[01]+)*$/,
  8: /^[-+]?(?:0[oO]_?)?[0-7]+(?:_[0-7]+)*$/,
  10: /^[-+]?\d+(?:_\d+)*$/,
  16: /^[-+]?(?:0[xX]_?)?[\da-fA-F]+(?:_[\da-fA-F]+)*$/,
};

function toInt(value: unknown, base: unknown): unknown {
  if (value === undefined) return 0;
  if (base !== undefined) requireRadix(indexOf(base));
  if (typeof value === "string" || value instanceof Uint8Array) {
    const radix = base === undefined ? 10 : indexOf(base);
    const source = typeof value === "string" ? value : decode(value, "latin-1", undefined);
    const text = asciiDigits(source.trim());
    const prefixed = radix === 0 ? /^[-+]?0([xXoObB])/.exec(text)?.[1]?.toLowerCase() : undefined;
    const real = radix !== 0 ? radix : prefixed === "x" ? 16 : prefixed === "o" ? 8 : prefixed === "b" ? 2 : 10;
    const digits = text.replaceAll("_", "").replace(/^([-+]?)0[xXoObB]/, real === 10 ? "$&" : "$1");
    const isValid = INT_TEXT[real]?.test(text) ?? isInRadix(digits, real);
    if (!isValid) {
      throw new PythonError(VALUE_ERROR, `invalid literal for int() with base ${radix}: ${repr(value)}`);
    }
    requireFewDigits(digits.length, real);
    return int(wholeOf(digits, real));
  }
  if (base !== undefined) throw new PythonError(TYPE_ERROR, "int() can't convert non-string with explicit base");
  const number = numberOf(value);
  if (number === null) {
    const expected = "int() argument must be a string, a bytes-like object or a real number";
    throw new PythonError(TYPE_ERROR, `${expected}, not '${typeName(value)}'`);
  }
  return typeof number === "bigint" ? number : truncate(number);
}

/** Reading and writing decimal digits takes quadratic time, so that Python has a limit for them. */
function requireFewDigits(count: number, radix: number): void {
  const isPowerOfTwo = (radix & (radix - 1)) === 0;
  if (isPowerOfTwo || count <= MAX_DIGITS) return;
  throw new PythonError(
    VALUE_ERROR,
    `Exceeds the limit (${MAX_DIGITS} digits) for integer string conversion: value has ${count} digits; ` +
      "use sys.set_int_max_str_digits() to increase the limit",
  );
}

function requireRadix(radix: number): void {
  if (radix === 0 || (radix >= 2 && radix <= 36)) return;
  throw new PythonError(VALUE_ERROR, "int() base must be >= 2 and <= 36, or 0");
}

function isInRadix(digits: string, radix: number): boolean {
  return /^[-+]?[\da-z]+$/i.test(digits) && [...digits.replace(/^[-+]/, "")].every((c) => parseInt(c, 36) < radix);
}

function wholeOf(text: string, radix: number): bigint {
  const isNegative = text.startsWith("-");
  const digits = text.replace(/^[-+]/, "");
  let value: bigint;
  if (radix === 10) value = BigInt(digits);
  else value = [...digits].reduce((sum, c) => sum * BigInt(radix) + BigInt(parseInt(c, 36)), 0n);
  return isNegative ? -value : value;
}

function truncate(value: number): number | bigint {
  if (Number.isNaN(value)) throw new PythonError(VALUE_ERROR, "cannot convert float NaN to integer");
  if (!Number.isFinite(value)) throw new PythonError(OVERFLOW_ERROR, "cannot convert float infinity to integer");
  const whole = Math.trunc(value);
  return Number.isSafeInteger(whole) ? whole + 0 : BigInt(whole);
}

function toFloat(value: unknown): unknown {
  if (value === undefined) return new Float(0);
  if (typeof value === "string" || value instanceof Uint8Array) {
    const source = typeof value === "string" ? value : decode(value, "latin-1", undefined);
    const text = asciiDigits(source.trim()).replace(/(?<=\d)_(?=\d)/g, "");
    const special = /^([-+]?)(inf(?:inity)?|nan)$/i.exec(text);
    if (special !== null) {
      const number = special[2]?.toLowerCase() === "nan" ? NaN : Infinity;
      return special[1] === "-" ? -number : number;
    }
    if (!/^[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?$/.test(text)) {
      throw new PythonError(VALUE_ERROR, `could not convert string to float: ${repr(value)}`);
    }
    return float(Number(text));
  }
  const number = numberOf(value);
  if (number !== null) return float(Number(number));
  const expected = "float() argument must be a string or a real number";
  throw new PythonError(TYPE_ERROR, `${expected}, not '${typeName(value)}'`);
}

function round(value: unknown, digits: unknown): unknown {
  const number = numberOf(value);
  if (number === null) {
    throw new PythonError(TYPE_ERROR, `type ${typeName(value)} doesn't define __round__ method`);
  }
  const places = digits === undefined || digits === null ? null : indexOf(digits);
  if (!isFloat(value)) {
    if (places === null || places >= 0) return number;
    const unit = 10n ** BigInt(Math.min(-places, 400));
    return int(roundedDivision(BigInt(number), unit) * unit);
  }
  const size = Number(number);
  if (places === null) {
    truncate(size);
    return int(BigInt(roundToEven(size)));
  }
  if (!Number.isFinite(size) || places > 300) return value;
  if (places < 0) {
    const unit = 10 ** -places;
    return float(roundToEven(size / unit) * unit);
  }
  const text = floatDigitsOf("f", Math.abs(size), places);
  return float(Number(text) * (size < 0 || Object.is(size, -0) ? -1 : 1));
}

function roundToEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  if (rest !== 0.5) return Math.round(value);
  return floor % 2 === 0 ? floor : floor + 1;
}

function roundedDivision(value: bigint, unit: bigint): bigint {
  let quotient = value / unit;
  if (quotient * unit > value) quotient--;
  const twice = (value - quotient * unit) * 2n;
  return twice > unit || (twice === unit && quotient % 2n !== 0n) ? quotient + 1n : quotient;
}

function extreme(name: string, isBetter: (a: unknown, b: unknown) => boolean) {
  return (_: null, args: readonly unknown[], keywords: Keywords): unknown => {
    const options = new Map(keywords);
    const unknown = keywords.find(([key]) => key !== "key" && key !== "default");
    if (unknown !== undefined) {
      throw new PythonError(TYPE_ERROR, `'${unknown[0]}' is an invalid keyword argument for ${name}()`);
    }
    if (args.length === 0) throw new PythonError(TYPE_ERROR, `${name} expected at least 1 argument, got 0`);
    if (args.length > 1 && options.has("default")) {
      throw new PythonError(TYPE_ERROR, `Cannot specify a default for ${name}() with multiple positional arguments`);
    }
    const items = args.length === 1 ? iterate(args[0]) : args;
    const key = keyFunction(options.get("key")) ?? ((item: unknown) => item);
    let best: unknown = ABSENT;
    let bestKey: unknown;
    for (const item of items) {
      const itemKey = key(item);
      if (best !== ABSENT && !isBetter(itemKey, bestKey)) continue;
      best = item;
      bestKey = itemKey;
    }
    if (best !== ABSENT) return best;
    if (options.has("default")) return options.get("default");
    throw new PythonError(VALUE_ERROR, `${name}() arg is an empty sequence`);
  };
}

function range(first: unknown, second: unknown, third: unknown): Range {
  const [start, stop] = second === undefined ? [0, indexOf(first)] : [indexOf(first), indexOf(second)];
  const step = third === undefined ? 1 : indexOf(third);
  if (step === 0) throw new PythonError(VALUE_ERROR, "range() arg 3 must not be zero");
  return new Range(start, stop, step);
}

function enumerate(items: unknown, start: unknown): Iterator<unknown> {
  return numbered(iterate(items), start === undefined ? 0 : indexOf(start));
}

function* numbered(items: Iterable<unknown>, start: number): Generator<unknown, void> {
  let index = start;
  for (const item of items) yield tuple([index++, item]);
}

function zip(_: null, args: readonly unknown[]): Iterator<unknown> {
  return zipped(args.map((items) => iterate(items)[Symbol.iterator]()));
}

function* zipped(iterators: readonly Iterator<unknown>[]): Generator<unknown, void> {
  while (iterators.length > 0) {
    const items: unknown[] = [];
    for (const iterator of iterators) {
      const next = iterator.next();
      if (next.done === true) return;
      items.push(next.value);
    }
    yield tuple(items);
  }
}

function map(f: unknown, ...sources: unknown[]): Iterator<unknown> {
  if (sources.length === 0) throw new PythonError(TYPE_ERROR, "map() must have at least two arguments.");
  const [first = [], ...more] = sources.map(iterate);
  return more.length === 0
    ? mapped(first, (item) => apply(f, undefined, [item], []))
    : mapped(zipped(sources.map((items) => iterate(items)[Symbol.iterator]())), (items) => {
      return apply(f, undefined, list(items), []);
    });
}

function* mapped(items: Iterable<unknown>, f: (item: unknown) => unknown): Generator<unknown, void> {
  for (const item of items) yield f(item);
}

function filter(f: unknown, items: unknown): Iterator<unknown> {
  return filtered(iterate(items), f === null ? isTrue : (item) => isTrue(apply(f, undefined, [item], [])));
}

function* filtered(items: Iterable<unknown>, isKept: (item: unknown) => boolean): Generator<unknown, void> {
  for (const item of items) if (isKept(item)) yield item;
}

function reversed(value: unknown): unknown {
  const isSequence = typeof value === "string" || Array.isArray(value) || value instanceof Uint8Array ||
    value instanceof Range || isDict(value);
  if (!isSequence) throw new PythonError(TYPE_ERROR, `'${typeName(value)}' object is not reversible`);
  return list(value).reverse().values();
}

function next(iterator: unknown, otherwise: unknown): unknown {
  if (!(iterator instanceof Iterator)) {
    throw new PythonError(TYPE_ERROR, `'${typeName(iterator)}' object is not an iterator`);
  }
  const { done, value } = iterator.next();
  if (done !== true) return value;
  if (otherwise === undefined) throw makeException(STOP_ITERATION, []);
  return otherwise;
}

function sum(items: unknown, start: unknown): unknown {
  if (typeof start === "string") {
    throw new PythonError(TYPE_ERROR, "sum() can't sum strings [use ''.join(seq) instead]");
  }
  let total: unknown = start ?? 0;
  for (const item of iterate(items)) total = add(total, item);
  return total;
}

function toText(value: unknown, encoding: unknown, errors: unknown): string {
  if (value === undefined) return "";
  if (encoding === undefined && errors === undefined) return str(value);
  requireTexts("str", encoding, errors);
  if (value instanceof Uint8Array) return decode(value, encoding, errors);
  const reason = typeof value === "string"
    ? "decoding str is not supported"
    : `decoding to str: need a bytes-like object, ${typeName(value)} found`;
  throw new PythonError(TYPE_ERROR, reason);
}

/** Checks the names of an encoding and of the way to handle errors. */
function requireTexts(name: string, encoding: unknown, errors: unknown): void {
  for (const [argument, value] of [["encoding", encoding], ["errors", errors]] as const) {
    if (value === undefined || typeof value === "string") continue;
    throw new PythonError(TYPE_ERROR, `${name}() argument '${argument}' must be str, not ${typeName(value)}`);
  }
}

function inRadix(value: unknown, radix: number, prefix: string): string {
  const number = numberOf(value);
  if (number === null || isFloat(value)) indexOf(value);
  const whole = BigInt(number ?? 0);
  return `${whole < 0n ? "-" : ""}${prefix}${(whole < 0n ? -whole : whole).toString(radix)}`;
}

function ordinal(value: unknown): number {
  if (typeof value === "string" && textLength(value) === 1) return value.codePointAt(0) ?? 0;
  if (value instanceof Uint8Array && value.length === 1) return value[0] ?? 0;
  if (typeof value === "string" || value instanceof Uint8Array) {
    const length = typeof value === "string" ? textLength(value) : value.length;
    throw new PythonError(TYPE_ERROR, `ord() expected a character, but string of length ${length} found`);
  }
  throw new PythonError(TYPE_ERROR, `ord() expected string of length 1, but ${typeName(value)} found`);
}

function character(value: unknown): string {
  const code = indexOf(value);
  if (code < 0 || code > 0x10ffff) throw new PythonError(VALUE_ERROR, "chr() arg not in range(0x110000)");
  return String.fromCodePoint(code);
}

function formatOf(spec: unknown): string {
  if (spec === undefined || typeof spec === "string") return spec ?? "";
  throw new PythonError(TYPE_ERROR, `format() argument 2 must be str, not ${typeName(spec)}`);
}

function attributeName(name: unknown): string {
  if (typeof name === "string") return name;
  throw new PythonError(TYPE_ERROR, `attribute name must be string, not '${typeName(name)}'`);
}

function getAttributeOr(object: unknown, name: unknown, otherwise: unknown): unknown {
  const attribute = attributeName(name);
  if (otherwise === undefined) return getAttribute(object, attribute);
  const found = findAttribute(object, attribute);
  return found === ABSENT ? otherwise : found;
}

/** What `object()` makes: a value that is equal to itself alone. */
class Anonymous extends PythonValue {
  readonly pythonType = "object";
  str(): string {
    return this.repr();
  }
  repr(): string {
    return "<object object>";
  }
  hash(): string {
    return String(identity(this));
  }
  override equals(other: unknown): boolean {
    return this === other;
  }
  attribute(): undefined {
    return undefined;
  }
}

const identities = new WeakMap<object, number>();
let objects = 0;

/** A number that is the same for the same object, and for equal values that are not objects. */
function identity(value: unknown): number {
  if ((typeof value !== "object" && typeof value !== "function") || value === null) return hashNumber(hashText(value));
  let id = identities.get(value);
  if (id === undefined) identities.set(value, id = ++objects * 16);
  return id;
}

function slice(first: unknown, ...rest: unknown[]): SliceValue {
  const [stop, step] = rest;
  return rest.length === 0 || stop === undefined
    ? new SliceValue(null, first, null)
    : new SliceValue(first, stop, step ?? null);
}

/** Python's `pow` of three ints, whose steps stay below the modulus. */
function powerModulo(base: unknown, exponent: unknown, modulus: unknown): unknown {
  if ([base, exponent, modulus].some((value) => numberOf(value) === null || isFloat(value))) {
    throw new PythonError(TYPE_ERROR, "pow() 3rd argument not allowed unless all arguments are integers");
  }
  const [b = 0n, e = 0n, m = 0n] = [base, exponent, modulus].map((value) => BigInt(numberOf(value) ?? 0));
  if (m === 0n) throw new PythonError(VALUE_ERROR, "pow() 3rd argument cannot be 0");
  let result = 1n;
  let square = e < 0n ? inverse(b, m) : b % m;
  for (let rest = e < 0n ? -e : e; rest > 0n; rest >>= 1n) {
    if ((rest & 1n) === 1n) result = result * square % m;
    square = square * square % m;
  }
  return modulo(int(result), modulus);
}

/** The inverse of a number by Euclid's algorithm. */
function inverse(value: bigint, modulus: bigint): bigint {
  let [r, next] = [value % modulus, modulus];
  let [x, nextX] = [1n, 0n];
  while (next !== 0n) {
    const quotient = r / next;
    [r, next] = [next, r - quotient * next];
    [x, nextX] = [nextX, x - quotient * nextX];
  }
  if (r !== 1n && r !== -1n) throw new PythonError(VALUE_ERROR, "base is not invertible for the given modulus");
  return r * x;
}

function divideWithRest(a: unknown, b: unknown): unknown {
  const areNumbers = numberOf(a) !== null && numberOf(b) !== null;
  if (!areNumbers && !(a instanceof PythonValue) && !(b instanceof PythonValue)) {
    const types = `'${typeName(a)}' and '${typeName(b)}'`;
    throw new PythonError(TYPE_ERROR, `unsupported operand type(s) for divmod(): ${types}`);
  }
  return tuple([floorDivide(a, b), modulo(a, b)]);
}

/** Looks for an item of a truth, and no further than to it. */
function has(items: unknown, truth: boolean): boolean {
  for (const item of iterate(items)) if (isTrue(item) === truth) return true;
  return false;
}

function toBytes(value: unknown, encoding: unknown, errors: unknown): Uint8Array {
  if (value === undefined) return new Uint8Array();
  requireTexts("bytes", encoding, errors);
  if (encoding !== undefined && typeof value !== "string") {
    throw new PythonError(TYPE_ERROR, "encoding without a string argument");
  }
  if (typeof value === "string") {
    if (encoding === undefined) throw new PythonError(TYPE_ERROR, "string argument without an encoding");
    return encode(value, encoding, errors);
  }
  if (typeof value === "number" || typeof value === "boolean") return new Uint8Array(checkedLength(indexOf(value)));
  return Uint8Array.from(list(value), (item) => {
    const byte = indexOf(item);
    if (byte < 0 || byte > 255) throw new PythonError(VALUE_ERROR, "bytes must be in range(0, 256)");
    return byte;
  });
}

function toDict(_: null, args: readonly unknown[], keywords: Keywords): Dict {
  return makeDict(pairsFrom(args, keywords, "dict"));
}

const FUNCTIONS = defineFunctions({
  abs: ["x /", absolute],
  all: ["iterable /", (items) => !has(items, false)],
  any: ["iterable /", (items) => has(items, true)],
  ascii: ["obj /", (value) => toAscii(repr(value))],
  bin: ["number /", (value) => inRadix(value, 2, "0b")],
  bool: ["x? /", isTrue],
  bytes: ["source? encoding? errors?", toBytes],
  callable: ["obj /", (value) => typeof value === "function" || value instanceof ExceptionType],
  chr: ["i /", character],
  dict: toDict,
  divmod: ["x y /", divideWithRest],
  enumerate: ["iterable start?", enumerate],
  filter: ["function iterable /", filter],
  float: ["x? /", toFloat],
  format: ["value format_spec? /", (value, spec) => format(value, formatOf(spec))],
  frozenset: ["iterable? /", (items) => makeFrozenSet(items === undefined ? [] : iterate(items))],
  getattr: ["object name default? /", getAttributeOr],
  hasattr: ["obj name /", (object, name) => findAttribute(object, attributeName(name)) !== ABSENT],
  hash: ["obj /", (value) => hashNumber(hashText(value))],
  hex: ["number /", (value) => inRadix(value, 16, "0x")],
  id: ["obj /", identity],
  int: ["x? / base?", toInt],
  isinstance: ["obj class_or_tuple /", isInstance],
  issubclass: ["cls class_or_tuple /", isSubclass],
  iter: ["iterable /", (items) => iterate(items)[Symbol.iterator]()],
  len: ["obj /", length],
  list: ["iterable? /", (items) => list(items === undefined ? [] : items)],
  map: ["*", map],
  max: extreme("max", isGreater),
  min: extreme("min", isLess),
  next: ["iterator default? /", next],
  object: ["", () => new Anonymous()],
  oct: ["number /", (value) => inRadix(value, 8, "0o")],
  ord: ["c /", ordinal],
  pow: ["base exp mod?", (a, b, m) => m === undefined || m === null ? power(a, b) : powerModulo(a, b, m)],
  range: ["start stop? step? /", range],
  repr: ["obj /", repr],
  reversed: ["sequence /", reversed],
  round: ["number ndigits?", round],
  set: ["iterable? /", (items) => makeSet(items === undefined ? [] : iterate(items))],
  slice: ["start stop? step? /", slice],
  sorted: [
    "iterable / * key? reverse?",
    (items, key, reverse) => sorted(iterate(items), keyFunction(key), isTrue(reverse)),
  ],
  str: ["object? encoding? errors?", toText],
  sum: ["iterable / start?", sum],
  tuple: ["iterable? /", (items) => tuple(items === undefined ? [] : iterate(items))],
  type: ["object /", typeOf],
  unichr: ["i /", character],
  zip,
  cmp: ["a b /", (a, b) => isEqual(a, b) ? 0 : isLess(a, b) ? -1 : 1],
});

/** The functions that are classes. */
const CLASSES = [
  "bool",
  "bytes",
  "dict",
  "enumerate",
  "filter",
  "float",
  "frozenset",
  "int",
  "list",
  "map",
  "object",
  "range",
  "reversed",
  "set",
  "slice",
  "str",
  "tuple",
  "type",
  "zip",
];

for (const name of CLASSES) {
  const make = FUNCTIONS[name];
  if (make !== undefined) noteClass(name, make);
}

/** Python's built-in functions and exceptions, by name. */
export const BUILTINS: Readonly<Record<string, unknown>> = Object.freeze({
  __proto__: null,
  ...FUNCTIONS,
  // Names of Python 2.
  unicode: FUNCTIONS.str,
  xrange: FUNCTIONS.range,
  ...EXCEPTION_TYPES,
});

/** A number for a text; equal values have equal numbers, which is all that a template can rely on. */
function hashNumber(text: string): number {
  let hash = 0;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash, 31) + text.charCodeAt(i) | 0;
  return hash;
}
