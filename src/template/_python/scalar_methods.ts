import { isEqual } from "./compare.ts";
import { defineMethods, type Methods } from "./define_methods.ts";
import { OVERFLOW_ERROR, PythonError, VALUE_ERROR } from "./exceptions.ts";
import { floatRatio, floatToHex } from "./float_hex.ts";
import { intToBytes } from "./int_bytes.ts";
import { sliceIndexes } from "./sequences.ts";
import { repr } from "./text.ts";
import { float, indexOf, int, isFloat, numberOf, Range, SliceValue, tuple } from "./values.ts";

type Int = number | bigint | boolean;

const isInt = (value: unknown): value is Int => numberOf(value) !== null && !isFloat(value);

/** Binary digits of the size of an int. */
function bits(self: Int): string {
  const text = BigInt(self).toString(2).replace("-", "");
  return text === "0" ? "" : text;
}

/** The methods of `int` and `bool` that templates use. */
export const INT_METHODS: Methods = defineMethods("int", isInt, {
  as_integer_ratio: ["", (self) => tuple([numberOf(self), 1])],
  bit_count: ["", (self) => bits(self).replaceAll("0", "").length],
  bit_length: ["", (self) => bits(self).length],
  conjugate: ["", (self) => numberOf(self)],
  to_bytes: [
    "length? byteorder? * signed?",
    (self, length, order, signed) => intToBytes(BigInt(self), length, order, signed),
  ],
});

function ratio(self: unknown): unknown {
  const value = Number(self);
  if (Number.isFinite(value)) return tuple(floatRatio(value).map(int));
  const isNaN = Number.isNaN(value);
  throw new PythonError(
    isNaN ? VALUE_ERROR : OVERFLOW_ERROR,
    `cannot convert ${isNaN ? "NaN" : "Infinity"} to integer ratio`,
  );
}

/** The methods of `float` that templates use. */
export const FLOAT_METHODS: Methods = defineMethods("float", (value: unknown): value is unknown => isFloat(value), {
  as_integer_ratio: ["", ratio],
  conjugate: ["", (self) => self],
  hex: ["", (self) => floatToHex(Number(self))],
  is_integer: ["", (self) => Number.isInteger(Number(self))],
});

/** The methods of `range`. */
export const RANGE_METHODS: Methods = defineMethods("range", (value: unknown) => value instanceof Range, {
  count: ["value /", (self, value) => [...self].filter((item) => isEqual(item, value)).length],
  index: ["value /", (self, value) => {
    const index = [...self].findIndex((item) => isEqual(item, value));
    if (index < 0) throw new PythonError(VALUE_ERROR, `${repr(value)} is not in range`);
    return index;
  }],
});

/** The methods of `slice`. */
export const SLICE_METHODS: Methods = defineMethods("slice", (value: unknown) => value instanceof SliceValue, {
  indices: ["length /", (self, length) => {
    const { start, stop, step } = sliceIndexes(self, indexOf(length));
    return tuple([start, stop, step]);
  }],
});

/** The attributes of numbers, ranges and slices; `undefined` if there is none of the name. */
export function scalarAttribute(value: unknown, name: string): unknown {
  const attributes = attributesOf(value);
  return Object.hasOwn(attributes, name) ? attributes[name] : undefined;
}

function attributesOf(value: unknown): Readonly<Record<string, unknown>> {
  if (value instanceof Range) return { start: value.start, stop: value.stop, step: value.step };
  if (value instanceof SliceValue) return { start: value.lower, stop: value.upper, step: value.step };
  const number = numberOf(value);
  if (number === null) return {};
  if (isFloat(value)) return { real: value, imag: float(0) };
  return { real: number, imag: 0, numerator: number, denominator: 1 };
}
