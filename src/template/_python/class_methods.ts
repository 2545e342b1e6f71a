import { latin1Bytes } from "../../internal/utf8.ts";
import { defineFunctions } from "./define_methods.ts";
import { fromKeys } from "./dict_methods.ts";
import { PythonError, VALUE_ERROR } from "./exceptions.ts";
import { floatFromHex } from "./float_hex.ts";
import { intFromBytes } from "./int_bytes.ts";
import { makeTranslation } from "./string_methods.ts";
import { float } from "./values.ts";

function bytesFromHex(text: unknown): Uint8Array {
  const digits = String(text).replace(/\s+/g, "");
  const fault = digits.search(/[^\da-fA-F]/);
  if (fault >= 0 || digits.length % 2 !== 0) {
    const at = fault >= 0 ? fault : digits.length;
    throw new PythonError(VALUE_ERROR, `non-hexadecimal number found in fromhex() arg at position ${at}`);
  }
  return latin1Bytes(digits.replace(/../g, (pair) => String.fromCharCode(parseInt(pair, 16))));
}

/** The methods that a class has itself, by the names of the class and of the method. */
export const CLASS_METHODS: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  bytes: defineFunctions({ fromhex: ["string /", bytesFromHex] }),
  dict: defineFunctions({ fromkeys: ["iterable value? /", fromKeys] }),
  float: defineFunctions({ fromhex: ["string /", (text) => float(floatFromHex(text))] }),
  int: defineFunctions({ from_bytes: ["bytes byteorder? * signed?", intFromBytes] }),
  str: defineFunctions({ maketrans: ["x y? z? /", makeTranslation] }),
};
