import { multiply } from "./arithmetic.ts";
import { JSON_MODULE } from "./json_module.ts";
import { DATETIME_MODULE } from "./datetime.ts";
import { defineFunctions, defineModule } from "./define_methods.ts";
import { OVERFLOW_ERROR, PythonError, TYPE_ERROR, VALUE_ERROR } from "./exceptions.ts";
import { RE_MODULE } from "./re_module.ts";
import { TIME_MODULE } from "./time_module.ts";
import { float, int, isFloat, iterate, numberOf, typeName } from "./values.ts";

function real(value: unknown): number {
  const number = numberOf(value);
  if (number === null) throw new PythonError(TYPE_ERROR, `must be real number, not ${typeName(value)}`);
  return Number(number);
}

/** Makes a function of floats; a result that is no number is outside of the function's domain. */
function floats(f: (...args: number[]) => number) {
  return (...args: unknown[]) => {
    const numbers = args.map(real);
    const result = f(...numbers);
    if (Number.isNaN(result) && !numbers.some(Number.isNaN)) throw new PythonError(VALUE_ERROR, "math domain error");
    return float(result);
  };
}

/** Makes a function that gives ints. */
function whole(f: (value: number) => number) {
  return (value: unknown) => {
    const number = numberOf(value);
    if (typeof number === "bigint") return number;
    return isFloat(value) ? int(BigInt(f(real(value)))) : real(value);
  };
}

/** Makes a function of whole numbers of any size. */
function wholes(f: (...args: bigint[]) => bigint) {
  return (...args: unknown[]) =>
    int(f(...args.map((arg) => {
      const number = numberOf(arg);
      if (number !== null && !isFloat(arg)) return BigInt(number);
      throw new PythonError(TYPE_ERROR, `'${typeName(arg)}' object cannot be interpreted as an integer`);
    })));
}

/** Most of what `factorial` and `comb` take: a template must not use up the time with one number. */
const MAX_FACTORIAL = 10_000n;

function productOf(from: bigint, to: bigint): bigint {
  if (from < 1n) throw new PythonError(VALUE_ERROR, "factorial() not defined for negative values");
  if (to > MAX_FACTORIAL) throw new PythonError(OVERFLOW_ERROR, `a number above ${MAX_FACTORIAL} is too large here`);
  let product = 1n;
  for (let factor = from; factor <= to; factor++) product *= factor;
  return product;
}

function gcd(a: bigint, b: bigint): bigint {
  let [x, y] = [a < 0n ? -a : a, b < 0n ? -b : b];
  while (y !== 0n) [x, y] = [y, x % y];
  return x;
}

function combinations(n: bigint, k: bigint): bigint {
  if (n < 0n || k < 0n) throw new PythonError(VALUE_ERROR, `${n < 0n ? "n" : "k"} must be a non-negative integer`);
  return k > n ? 0n : productOf(n - k + 1n, n) / productOf(1n, k);
}

function isClose(a: unknown, b: unknown, relative: unknown, absolute: unknown): boolean {
  const [x, y] = [real(a), real(b)];
  if (x === y) return true;
  if (!Number.isFinite(x) || !Number.isFinite(y)) return false;
  const [rel, abs] = [relative === undefined ? 1e-9 : real(relative), absolute === undefined ? 0 : real(absolute)];
  return Math.abs(x - y) <= Math.max(rel * Math.max(Math.abs(x), Math.abs(y)), abs);
}

/** Checks the argument of a logarithm, which for zero is infinite to JavaScript and an error to Python. */
function positive(value: number | undefined): number {
  if (value === undefined || value > 0 || Number.isNaN(value)) return value ?? 0;
  throw new PythonError(VALUE_ERROR, "math domain error");
}

const MATH_MODULE: Readonly<Record<string, unknown>> = defineModule("math", {
  ...defineFunctions({
    ceil: ["x /", whole(Math.ceil)],
    acos: ["x /", floats(Math.acos)],
    asin: ["x /", floats(Math.asin)],
    atan: ["x /", floats(Math.atan)],
    atan2: ["y x /", floats((y = 0, x = 0) => Math.atan2(y, x))],
    comb: ["n k /", wholes((n = 0n, k = 0n) => combinations(n, k))],
    copysign: ["x y /", floats((x = 0, y = 0) => (y < 0 || Object.is(y, -0) ? -1 : 1) * Math.abs(x))],
    cos: ["x /", floats(Math.cos)],
    degrees: ["x /", floats((x = 0) => x * (180 / Math.PI))],
    exp: ["x /", floats(Math.exp)],
    fabs: ["x /", floats(Math.abs)],
    factorial: ["x /", wholes((x = 0n) => productOf(x < 0n ? x : 1n, x))],
    floor: ["x /", whole(Math.floor)],
    fmod: ["x y /", floats((x = 0, y = 0) => x % y)],
    gcd: ["*", wholes((...numbers) => numbers.reduce(gcd, 0n))],
    hypot: ["*", floats(Math.hypot)],
    isclose: ["a b rel_tol? abs_tol?", isClose],
    isfinite: ["x /", (x) => Number.isFinite(real(x))],
    isinf: ["x /", (x) => Math.abs(real(x)) === Infinity],
    isnan: ["x /", (x) => Number.isNaN(real(x))],
    log: [
      "x base? /",
      floats((x = 0, base) => {
        const log = Math.log(positive(x));
        return base === undefined ? log : log / Math.log(positive(base));
      }),
    ],
    log10: ["x /", floats((x = 0) => Math.log10(positive(x)))],
    log2: ["x /", floats((x = 0) => Math.log2(positive(x)))],
    pow: ["x y /", floats((x = 0, y = 0) => x ** y)],
    prod: ["iterable / start?", (items, start) => [...iterate(items)].reduce(multiply, start ?? 1)],
    radians: ["x /", floats((x = 0) => x * (Math.PI / 180))],
    sin: ["x /", floats(Math.sin)],
    sqrt: ["x /", floats(Math.sqrt)],
    tan: ["x /", floats(Math.tan)],
    trunc: ["x /", whole(Math.trunc)],
  }),
  e: Math.E,
  inf: Infinity,
  nan: NaN,
  pi: Math.PI,
  tau: 2 * Math.PI,
});

/**
 * The modules that every template can import: those of Python's own that only compute. Those of the application hide
 * them.
 */
export const MODULES: Readonly<Record<string, unknown>> = Object.freeze({
  __proto__: null,
  datetime: DATETIME_MODULE,
  json: JSON_MODULE,
  math: MATH_MODULE,
  re: RE_MODULE,
  time: TIME_MODULE,
});
