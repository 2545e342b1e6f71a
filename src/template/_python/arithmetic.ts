import { dateOf } from "./datetime.ts";
import {
  ABSENT,
  addToSet,
  dictItems,
  dictSet,
  findKey,
  makeDict,
  makeFrozenSet,
  makeSet,
  removeFromSet,
} from "./dicts.ts";
import { OVERFLOW_ERROR, PythonError, TYPE_ERROR, VALUE_ERROR, ZERO_DIVISION_ERROR } from "./exceptions.ts";
import { percentFormat } from "./percent_format.ts";
import { addToList } from "./sequences.ts";
import {
  Float,
  float,
  FrozenSet,
  indexOf,
  int,
  isDict,
  isFloat,
  iterate,
  numberOf,
  own,
  PythonValue,
  Tuple,
  tuple,
  typeName,
} from "./values.ts";

/** Largest result in bits of a power or a shift: a template must not fill the memory with one number. */
const MAX_BITS = 1 << 20;

/** Longest text or list that a product makes. */
const MAX_LENGTH = 1 << 26;

type Operation = (a: unknown, b: unknown) => unknown;

/** Makes the function of an operator of numbers. */
function numeric(
  symbol: string,
  floats: (a: number, b: number) => number,
  ints: (a: bigint, b: bigint) => bigint,
  other: Operation = () => undefined,
): Operation {
  return (a, b) => {
    const x = numberOf(a);
    const y = numberOf(b);
    if (x === null || y === null) return other(a, b) ?? custom(symbol, a, b);
    if (isFloat(a) || isFloat(b)) return float(floats(toFloat(x), toFloat(y)));
    if (typeof x === "number" && typeof y === "number") {
      const result = floats(x, y);
      if (Number.isSafeInteger(result)) return result;
    }
    return int(ints(BigInt(x), BigInt(y)));
  };
}

function toFloat(value: number | bigint): number {
  const number = Number(value);
  if (typeof value === "bigint" && !Number.isFinite(number)) {
    throw new PythonError(OVERFLOW_ERROR, "int too large to convert to float");
  }
  return number;
}

/** The result for values that have their own arithmetic, such as dates. */
function custom(symbol: string, a: unknown, b: unknown): unknown {
  const left = withArithmetic(a);
  const right = withArithmetic(b);
  const result = (left instanceof PythonValue ? left.operate(symbol, right, false) : undefined) ??
    (right instanceof PythonValue ? right.operate(symbol, left, true) : undefined);
  if (result !== undefined) return result;
  const name = symbol === "**" ? "** or pow()" : symbol;
  throw new PythonError(
    TYPE_ERROR,
    `unsupported operand type(s) for ${name}: '${typeName(a)}' and '${typeName(b)}'`,
  );
}

/** A date of the application as the datetime that it is to templates. */
function withArithmetic(value: unknown): unknown {
  return value instanceof Date ? dateOf(value) : value;
}

const addNumbers = numeric("+", (a, b) => a + b, (a, b) => a + b, join);

export function add(a: unknown, b: unknown): unknown {
  return typeof a === "string" && typeof b === "string" ? a + b : addNumbers(a, b);
}

function join(a: unknown, b: unknown): unknown {
  if (typeof a === "string") {
    throw new PythonError(TYPE_ERROR, `can only concatenate str (not "${typeName(b)}") to str`);
  }
  if (Array.isArray(a)) {
    if (Array.isArray(b) && a instanceof Tuple === b instanceof Tuple) {
      return a instanceof Tuple ? tuple([...a, ...b]) : own([...a, ...b]);
    }
    const type = typeName(a);
    throw new PythonError(TYPE_ERROR, `can only concatenate ${type} (not "${typeName(b)}") to ${type}`);
  }
  if (a instanceof Uint8Array) {
    if (!(b instanceof Uint8Array)) throw new PythonError(TYPE_ERROR, `can't concat ${typeName(b)} to bytes`);
    const joined = new Uint8Array(a.length + b.length);
    joined.set(a);
    joined.set(b, a.length);
    return joined;
  }
  return undefined;
}

export const subtract: Operation = numeric("-", (a, b) => a - b, (a, b) => a - b, (a, b) => {
  return a instanceof Set && b instanceof Set ? setLike(a, without(a, b)) : undefined;
});

export const multiply: Operation = numeric("*", (a, b) => a * b, (a, b) => a * b, (a, b) => {
  if (isSequence(a)) return repeat(a, b);
  return isSequence(b) ? repeat(b, a) : undefined;
});

type Sequence = string | unknown[] | Uint8Array;

function isSequence(value: unknown): value is Sequence {
  return typeof value === "string" || Array.isArray(value) || value instanceof Uint8Array;
}

function repeat(value: Sequence, times: unknown): unknown {
  const number = indexOf(times, `can't multiply sequence by non-int of type '%'`);
  const count = value.length === 0 ? 0 : Math.max(0, number);
  if (count * value.length > MAX_LENGTH || typeof times === "bigint") {
    throw new PythonError(OVERFLOW_ERROR, `a product may have ${MAX_LENGTH} items at most`);
  }
  if (typeof value === "string") return value.repeat(count);
  if (value instanceof Uint8Array) {
    return Uint8Array.from({ length: count * value.length }, (_, i) => value[i % value.length] ?? 0);
  }
  const items: unknown[] = [];
  for (let i = 0; i < count; i++) for (const item of value) items.push(item);
  return value instanceof Tuple ? tuple(items) : own(items);
}

export function divide(a: unknown, b: unknown): unknown {
  const x = numberOf(a);
  const y = numberOf(b);
  if (x === null || y === null) return custom("/", a, b);
  if (y == 0) {
    throw new PythonError(
      ZERO_DIVISION_ERROR,
      isFloat(a) || isFloat(b) ? "float division by zero" : "division by zero",
    );
  }
  if (isFloat(a) || isFloat(b) || (typeof x === "number" && typeof y === "number")) {
    return float(toFloat(x) / toFloat(y));
  }
  return float(divideInts(BigInt(x), BigInt(y)));
}

/** The quotient of ints of any size, rounded once: as floats they would be rounded before. */
function divideInts(a: bigint, b: bigint): number {
  const [x, y] = [a < 0n ? -a : a, b < 0n ? -b : b];
  const shift = 66 - (x.toString(2).length - y.toString(2).length);
  const dividend = shift > 0 ? x << BigInt(shift) : x;
  const divisor = shift < 0 ? y << BigInt(-shift) : y;
  const quotient = dividend / divisor;
  // A bit for all that is left of the division, so that halves round to where they belong.
  const bits = quotient * divisor === dividend ? quotient : quotient | 1n;
  const result = Number(bits) * 2 ** -shift;
  if (!Number.isFinite(result)) {
    throw new PythonError(OVERFLOW_ERROR, "integer division result too large for a float");
  }
  return (a < 0n) === (b < 0n) ? result : -result;
}

const floorNumbers = numeric("//", floorFloats, (a, b) => {
  const quotient = a / b;
  return quotient * b !== a && (a < 0n) !== (b < 0n) ? quotient - 1n : quotient;
});

/** The quotient by way of the remainder, as C and Python compute it: 1 // 0.1 is 9. */
function floorFloats(a: number, b: number): number {
  if (!Number.isFinite(a)) return NaN;
  if (!Number.isFinite(b)) return Math.floor(a / b) + 0;
  const quotient = (a - floorRemainder(a, b)) / b;
  // Of zero only the sign is left, which is that of the division.
  if (quotient === 0) return Object.is(a / b, -0) || a / b < 0 ? -0 : 0;
  const floor = Math.floor(quotient);
  return quotient - floor > 0.5 ? floor + 1 : floor;
}

export function floorDivide(a: unknown, b: unknown): unknown {
  requireDivisor(a, b, "integer division or modulo by zero", "float floor division by zero");
  return floorNumbers(a, b);
}

const remainderNumbers = numeric("%", floorRemainder, (a, b) => {
  const rest = a % b;
  return rest !== 0n && (rest < 0n) !== (b < 0n) ? rest + b : rest;
});

function floorRemainder(a: number, b: number): number {
  const rest = a % b;
  if (rest !== 0 && (rest < 0) !== (b < 0)) return rest + b;
  return rest === 0 && Object.is(b < 0, true) ? -0 : rest === 0 ? 0 : rest;
}

export function modulo(a: unknown, b: unknown): unknown {
  if (typeof a === "string" || a instanceof Uint8Array) return percentFormat(a, b);
  requireDivisor(a, b, "integer modulo by zero", "float modulo");
  const result = remainderNumbers(a, b);
  return Object.is(result, -0) ? 0 : result;
}

function requireDivisor(a: unknown, b: unknown, ints: string, floats: string): void {
  const divisor = numberOf(b);
  if (divisor === null || divisor != 0 || numberOf(a) === null) return;
  throw new PythonError(ZERO_DIVISION_ERROR, isFloat(a) || isFloat(b) ? floats : ints);
}

export function power(a: unknown, b: unknown): unknown {
  const x = numberOf(a);
  const y = numberOf(b);
  if (x === null || y === null) return custom("**", a, b);
  if (isFloat(a) || isFloat(b) || y < 0) {
    if (x == 0 && y < 0) {
      throw new PythonError(ZERO_DIVISION_ERROR, "0.0 cannot be raised to a negative power");
    }
    const result = toFloat(x) ** toFloat(y);
    if (Number.isNaN(result) && !Number.isNaN(Number(x)) && !Number.isNaN(Number(y))) {
      throw new PythonError(VALUE_ERROR, "complex numbers are not supported");
    }
    if (!Number.isFinite(result) && Number.isFinite(Number(x)) && Number.isFinite(Number(y))) {
      throw new PythonError(OVERFLOW_ERROR, "(34, 'Numerical result out of range')");
    }
    return float(result);
  }
  const base = BigInt(x);
  const exponent = BigInt(y);
  if (BigInt(base.toString(2).length) * exponent > MAX_BITS) {
    throw new PythonError(OVERFLOW_ERROR, `a power may have ${MAX_BITS} bits at most`);
  }
  return int(base ** exponent);
}

/** Makes the function of an operator of ints, which booleans and sets may have as well. */
function bitwise(
  symbol: string,
  ints: (a: bigint, b: bigint) => bigint,
  sets: (a: Set<unknown>, b: Set<unknown>) => Iterable<unknown> | undefined = () => undefined,
): Operation {
  return (a, b) => {
    const x = numberOf(a);
    const y = numberOf(b);
    if (x !== null && y !== null && !isFloat(a) && !isFloat(b)) {
      const result = int(ints(BigInt(x), BigInt(y)));
      return typeof a === "boolean" && typeof b === "boolean" && symbol.length === 1 ? result === 1 : result;
    }
    if (a instanceof Set && b instanceof Set) {
      const items = sets(a, b);
      if (items !== undefined) return setLike(a, items);
    }
    if (symbol === "|" && isDict(a) && isDict(b)) return makeDict([...dictItems(a), ...dictItems(b)]);
    return custom(symbol, a, b);
  };
}

/** A set of the kind of another one. */
function setLike(set: Set<unknown>, items: Iterable<unknown>): Set<unknown> {
  return set instanceof FrozenSet ? makeFrozenSet(items) : makeSet(items);
}

function without(a: Set<unknown>, b: Set<unknown>): unknown[] {
  return [...a].filter((item) => findKey(b, item) === ABSENT);
}

export const bitOr: Operation = bitwise("|", (a, b) => a | b, (a, b) => [...a, ...b]);
export const bitXor: Operation = bitwise("^", (a, b) => a ^ b, (a, b) => [...without(a, b), ...without(b, a)]);
export const bitAnd: Operation = bitwise(
  "&",
  (a, b) => a & b,
  (a, b) => [...a].filter((item) => findKey(b, item) !== ABSENT),
);

export const shiftLeft: Operation = bitwise("<<", (a, b) => {
  requireShift(b);
  if (b > MAX_BITS) throw new PythonError(OVERFLOW_ERROR, `a shift may be ${MAX_BITS} bits at most`);
  return a << b;
});

export const shiftRight: Operation = bitwise(">>", (a, b) => {
  requireShift(b);
  return a >> b;
});

function requireShift(count: bigint): void {
  if (count < 0n) throw new PythonError(VALUE_ERROR, "negative shift count");
}

export function negate(value: unknown): unknown {
  if (value instanceof PythonValue) return ownUnary(value, "-");
  const number = requireUnary(value, "-");
  if (isFloat(value)) return float(-Number(number));
  return typeof number === "bigint" ? int(-number) : number === 0 ? 0 : -number;
}

export function positive(value: unknown): unknown {
  if (value instanceof PythonValue) return ownUnary(value, "+");
  const number = requireUnary(value, "+");
  return isFloat(value) ? value : number;
}

export function invert(value: unknown): unknown {
  if (isFloat(value)) throw new PythonError(TYPE_ERROR, "bad operand type for unary ~: 'float'");
  return int(~BigInt(requireUnary(value, "~")));
}

function requireUnary(value: unknown, symbol: string): number | bigint {
  const number = numberOf(value);
  if (number !== null) return number;
  throw new PythonError(TYPE_ERROR, `bad operand type for unary ${symbol}: '${typeName(value)}'`);
}

function ownUnary(value: PythonValue, symbol: string): unknown {
  return value.operate(`unary ${symbol}`, null, false) ?? requireUnary(value, symbol);
}

/** An augmented assignment: lists and sets change in place, everything else is replaced. */
export function inPlace(target: unknown, operation: Operation, value: unknown): unknown {
  if (operation === add && Array.isArray(target) && !(target instanceof Tuple)) {
    addToList(target, iterate(value));
    return target;
  }
  if (operation === multiply && Array.isArray(target) && !(target instanceof Tuple)) {
    const items = multiply(target, value);
    return Array.isArray(items) ? refill(target, items) : items;
  }
  const isSetOperation = operation === bitOr || operation === bitAnd || operation === bitXor || operation === subtract;
  if (isSetOperation && target instanceof Set && !(target instanceof FrozenSet) && value instanceof Set) {
    const items = operation(target, value);
    if (!(items instanceof Set)) return items;
    for (const item of [...target]) removeFromSet(target, item);
    for (const item of items) addToSet(target, item);
    return target;
  }
  if (operation === bitOr && isDict(target) && isDict(value)) {
    for (const [key, item] of dictItems(value)) dictSet(target, key, item);
    return target;
  }
  return operation(target, value);
}

function refill(target: unknown[], items: readonly unknown[]): unknown[] {
  target.length = 0;
  addToList(target, items);
  return target;
}

/** Python's `abs`. */
export function absolute(value: unknown): unknown {
  const number = numberOf(value);
  if (number === null) {
    if (value instanceof PythonValue) {
      const result = value.operate("abs", null, false);
      if (result !== undefined) return result;
    }
    throw new PythonError(TYPE_ERROR, `bad operand type for abs(): '${typeName(value)}'`);
  }
  if (value instanceof Float || isFloat(value)) return float(Math.abs(Number(number)));
  return number < 0 ? negate(number) : number;
}
