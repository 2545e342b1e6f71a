import type { Methods } from "./define_methods.ts";
import { DICT_METHODS } from "./dict_methods.ts";
import { LIST_METHODS, TUPLE_METHODS } from "./list_methods.ts";
import { BYTES_METHODS, FLOAT_METHODS, INT_METHODS } from "./scalar_methods.ts";
import { SET_METHODS } from "./set_methods.ts";
import { STRING_METHODS } from "./string_methods.ts";
import { isDict, isFloat, numberOf, Tuple } from "./values.ts";

/** The methods of the type of a value; `null` if it has none of ours. */
export function methodsOf(value: unknown): Methods | null {
  if (typeof value === "string") return STRING_METHODS;
  if (Array.isArray(value)) return value instanceof Tuple ? TUPLE_METHODS : LIST_METHODS;
  if (isDict(value)) return DICT_METHODS;
  if (value instanceof Set) return SET_METHODS;
  if (value instanceof Uint8Array) return BYTES_METHODS;
  if (numberOf(value) !== null) return isFloat(value) ? FLOAT_METHODS : INT_METHODS;
  return null;
}
