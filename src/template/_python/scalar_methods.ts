import { latin1Bytes, latin1Text } from "../../internal/utf8.ts";
import { defineMethods, type Methods } from "./define_methods.ts";
import { decode } from "./text_codec.ts";
import { isFloat, numberOf, tuple } from "./values.ts";

type Int = number | bigint | boolean;

const isInt = (value: unknown): value is Int => numberOf(value) !== null && !isFloat(value);

/** The methods of `int` and `bool` that templates use. */
export const INT_METHODS: Methods = defineMethods("int", isInt, {
  bit_length: ["", (self) => BigInt(self) === 0n ? 0 : BigInt(self).toString(2).replace("-", "").length],
  conjugate: ["", (self) => numberOf(self)],
  as_integer_ratio: ["", (self) => tuple([numberOf(self), 1])],
});

/** The methods of `float` that templates use. */
export const FLOAT_METHODS: Methods = defineMethods("float", (value: unknown): value is unknown => isFloat(value), {
  is_integer: ["", (self) => Number.isInteger(Number(self))],
});

/** The methods of `bytes` that templates use. */
export const BYTES_METHODS: Methods = defineMethods(
  "bytes",
  (value: unknown): value is Uint8Array => value instanceof Uint8Array,
  {
    decode: ["encoding? errors?", decode],
    hex: ["", (self) => Array.from(self, (byte) => byte.toString(16).padStart(2, "0")).join("")],
    lower: ["", (self) => latin1Bytes(latin1Text(self).replace(/[A-Z]+/g, (text) => text.toLowerCase()))],
    upper: ["", (self) => latin1Bytes(latin1Text(self).replace(/[a-z]+/g, (text) => text.toUpperCase()))],
  },
);
