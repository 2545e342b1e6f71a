import { repr as reprText, reprBytes } from "../../internal/python.ts";
import { dateOf } from "./datetime.ts";
import { dictItems } from "./dicts.ts";
import { ExceptionType, exceptionTypeOf, PythonError, VALUE_ERROR } from "./exceptions.ts";
import { classNameOf, isClass, isNative } from "./natives.ts";
import { decode } from "./text_codec.ts";
import { Float, FrozenSet, isDict, NamedTuple, PythonValue, Range, SliceValue, Tuple, typeName } from "./values.ts";

/** The text that a template prints: Python's `str()`, except that bytes are decoded. */
export function outputText(value: unknown): string {
  if (typeof value === "string") return value;
  return value instanceof Uint8Array ? decode(value, "utf-8", "strict") : str(value);
}

/** Python's `str()`. */
export function str(value: unknown): string {
  if (typeof value === "string") return value;
  if (typeof value === "object" && value !== null) {
    if (value instanceof PythonValue) return value.str();
    if (value instanceof Error) return value.message;
    if (value instanceof Date) return dateOf(value).str();
  }
  return repr(value);
}

/** Python's `repr()`. */
export function repr(value: unknown): string {
  switch (typeof value) {
    case "string":
      return reprText(value);
    case "number":
      return Number.isInteger(value) ? wholeText(value) : floatText(value);
    case "bigint":
      return digitsOf(value);
    case "boolean":
      return value ? "True" : "False";
    case "symbol":
      return value.toString();
    case "function":
      return functionText(value);
  }
  return typeof value === "object" && value !== null ? objectText(value) : "None";
}

/** Most decimal digits of an int that Python writes or reads. */
export const MAX_DIGITS = 4_300;

/** Bits of the smallest int that may have more digits. */
const MAX_BITS = Math.floor(MAX_DIGITS * Math.log2(10));

/** The decimal digits of an int. */
export function digitsOf(value: bigint): string {
  // The hexadecimal digits are quick to count.
  const bits = value.toString(16).length * 4;
  const text = bits > MAX_BITS + 8 ? null : value.toString();
  if (text !== null && text.replace("-", "").length <= MAX_DIGITS) return text;
  throw new PythonError(
    VALUE_ERROR,
    `Exceeds the limit (${MAX_DIGITS} digits) for integer string conversion; ` +
      "use sys.set_int_max_str_digits() to increase the limit",
  );
}

/** A function as Python shows it, but for the address in memory. */
function functionText(value: object): string {
  const name = "name" in value && typeof value.name === "string" && value.name !== "" ? value.name : "<lambda>";
  if (classNameOf(value) !== undefined || isClass(value)) return `<class '${classNameOf(value) ?? name}'>`;
  return isNative(value) && name !== "<lambda>" ? `<built-in function ${name}>` : `<function ${name}>`;
}

function wholeText(value: number): string {
  return Math.abs(value) < 1e21 ? String(value) : BigInt(value).toString();
}

/** The shortest text that gives the float again, with Python's rules for exponents. */
function floatText(value: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "nan" : value > 0 ? "inf" : "-inf";
  if (Object.is(value, -0)) return "-0.0";
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-4 || size >= 1e16)) {
    return value.toExponential().replace(/e([+-])(\d)$/, "e$10$2");
  }
  const text = String(value);
  return /[.e]/.test(text) ? text : `${text}.0`;
}

/** Values that are being printed: a list within itself prints as `[...]`. */
const printing = new Set<object>();

function objectText(value: object): string {
  if (value instanceof Float) return floatText(value.value);
  if (value instanceof PythonValue) return value.repr();
  if (printing.has(value)) return Array.isArray(value) ? "[...]" : "{...}";
  printing.add(value);
  try {
    if (value instanceof NamedTuple) {
      return `${value.pythonType}(${value.items.map(([name, item]) => `${name}=${repr(item)}`).join(", ")})`;
    }
    if (value instanceof Tuple) return value.length === 1 ? `(${repr(value[0])},)` : `(${value.map(repr).join(", ")})`;
    if (Array.isArray(value)) return `[${value.map(repr).join(", ")}]`;
    if (value instanceof Uint8Array) return reprBytes(value);
    if (value instanceof Set) return setText(value);
    if (isDict(value)) return `{${dictItems(value).map(([k, v]) => `${repr(k)}: ${repr(v)}`).join(", ")}}`;
    return otherText(value);
  } finally {
    printing.delete(value);
  }
}

function setText(set: Set<unknown>): string {
  const name = set instanceof FrozenSet ? "frozenset" : "set";
  if (set.size === 0) return `${name}()`;
  const items = `{${Array.from(set, repr).join(", ")}}`;
  return name === "set" ? items : `${name}(${items})`;
}

function otherText(value: object): string {
  if (value instanceof Range) {
    const { start, stop, step } = value;
    return step === 1 ? `range(${start}, ${stop})` : `range(${start}, ${stop}, ${step})`;
  }
  if (value instanceof ExceptionType) return `<class '${value.name}'>`;
  if (value instanceof SliceValue) return `slice(${repr(value.lower)}, ${repr(value.upper)}, ${repr(value.step)})`;
  if (value instanceof PythonError) return `${value.name}(${value.args.map(repr).join(", ")})`;
  if (value instanceof Error) {
    return `${exceptionTypeOf(value)?.name ?? value.name}(${value.message === "" ? "" : reprText(value.message)})`;
  }
  if (value instanceof Date) return dateOf(value).repr();
  // A class of the application may say how it prints.
  if ("toString" in value && typeof value.toString === "function" && value.toString !== Object.prototype.toString) {
    return String(value);
  }
  return `<${typeName(value)} object>`;
}
