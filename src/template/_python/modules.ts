import { JSON_MODULE } from "./json_module.ts";
import { DATETIME_MODULE } from "./datetime.ts";
import { defineFunctions, defineModule } from "./define_methods.ts";
import { PythonError, TYPE_ERROR, VALUE_ERROR } from "./exceptions.ts";
import { RE_MODULE } from "./re_module.ts";
import { TIME_MODULE } from "./time_module.ts";
import { float, int, isFloat, numberOf, typeName } from "./values.ts";

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

const MATH_MODULE: Readonly<Record<string, unknown>> = defineModule("math", {
  ...defineFunctions({
    ceil: ["x /", whole(Math.ceil)],
    cos: ["x /", floats(Math.cos)],
    exp: ["x /", floats(Math.exp)],
    fabs: ["x /", floats(Math.abs)],
    floor: ["x /", whole(Math.floor)],
    fmod: ["x y /", floats((x = 0, y = 0) => x % y)],
    hypot: ["*", floats(Math.hypot)],
    isinf: ["x /", (x) => Math.abs(real(x)) === Infinity],
    isnan: ["x /", (x) => Number.isNaN(real(x))],
    log: ["x base? /", floats((x = 0, base) => base === undefined ? Math.log(x) : Math.log(x) / Math.log(base))],
    log10: ["x /", floats(Math.log10)],
    log2: ["x /", floats(Math.log2)],
    pow: ["x y /", floats((x = 0, y = 0) => x ** y)],
    sin: ["x /", floats(Math.sin)],
    sqrt: ["x /", floats(Math.sqrt)],
    tan: ["x /", floats(Math.tan)],
    trunc: ["x /", whole(Math.trunc)],
  }),
  e: Math.E,
  inf: Infinity,
  nan: NaN,
  pi: Math.PI,
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
