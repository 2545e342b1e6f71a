import { floatDigits } from "../../internal/printf.ts";
import { dateOf } from "./datetime.ts";
import { OVERFLOW_ERROR, PythonError, TYPE_ERROR, VALUE_ERROR } from "./exceptions.ts";
import { textLength } from "./sequences.ts";
import { digitsOf, repr, str } from "./text.ts";
import { isFloat, numberOf, PythonValue, typeName } from "./values.ts";

/** Widest field and longest fraction: a template must not fill the memory with blanks. */
export const MAX_WIDTH = 100_000;
const MAX_PRECISION = 100;

/** The parts of a format such as `*^+#010,.2f`. */
interface Spec {
  readonly fill: string;
  readonly align: string;
  readonly sign: string;
  readonly isAlternate: boolean;
  readonly width: number;
  readonly grouping: string;
  readonly precision: number | null;
  readonly type: string;
}

const SPEC = /^(?:([^])?([<>=^]))?([-+ ])?(z)?(#)?(0)?(\d+)?([,_])?(?:\.(\d+))?([a-zA-Z%])?$/u;

/** Python's `format(value, spec)`. */
export function format(value: unknown, spec: string): string {
  if (value instanceof PythonValue) return value.format(spec);
  if (value instanceof Date) return dateOf(value).format(spec);
  if (spec === "") return str(value);
  const parsed = parseSpec(spec, value);
  const number = numberOf(value);
  if (typeof value === "string") return formatText(value, parsed);
  if (number === null) {
    throw new PythonError(TYPE_ERROR, `unsupported format string passed to ${typeName(value)}.__format__`);
  }
  return formatNumber(number, isFloat(value), parsed);
}

/** A value in a field `{x!r:spec}`. */
export function formatField(value: unknown, conversion: string | null, spec: string = ""): string {
  if (conversion === null) return format(value, spec);
  const text = conversion === "s" ? str(value) : repr(value);
  return format(conversion === "a" ? toAscii(text) : text, spec);
}

/** Escapes all that is beyond ASCII, as Python's `ascii()`. */
export function toAscii(text: string): string {
  return text.replace(/[^\0-\x7f]/gu, (c) => {
    const code = c.codePointAt(0) ?? 0;
    if (code <= 0xff) return `\\x${code.toString(16)}`;
    return code <= 0xffff ? `\\u${code.toString(16).padStart(4, "0")}` : `\\U${code.toString(16).padStart(8, "0")}`;
  });
}

function parseSpec(spec: string, value: unknown): Spec {
  const match = SPEC.exec(spec);
  if (match === null) {
    const [, unknown] = /^(?:[^]?[<>=^])?[-+ ]?z?#?0?\d*[,_]?(?:\.\d+)?([^])$/u.exec(spec) ?? [];
    if (unknown !== undefined) throw unknownType(unknown, typeName(value));
    throw new PythonError(VALUE_ERROR, `Invalid format specifier '${spec}' for object of type '${typeName(value)}'`);
  }
  const [, fill, align, sign = "", , alternate, zero, width, grouping = "", precision, type = ""] = match;
  return {
    fill: fill ?? (zero === undefined ? " " : "0"),
    align: align ?? (zero === undefined ? "" : "="),
    sign,
    isAlternate: alternate !== undefined,
    width: limited(width, MAX_WIDTH) ?? 0,
    grouping,
    precision: limited(precision, MAX_WIDTH),
    type,
  };
}

function limited(digits: string | undefined, most: number): number | null {
  if (digits === undefined) return null;
  const value = Number(digits);
  if (value > most) throw new PythonError(VALUE_ERROR, `a width or precision of ${digits} is too large`);
  return value;
}

function unknownType(type: string, value: string): PythonError {
  return new PythonError(VALUE_ERROR, `Unknown format code '${type}' for object of type '${value}'`);
}

function formatText(text: string, spec: Spec): string {
  const { type, sign, align, precision, grouping } = spec;
  if (type !== "" && type !== "s") throw unknownType(type, "str");
  if (sign !== "") throw new PythonError(VALUE_ERROR, "Sign not allowed in string format specifier");
  if (align === "=" && spec.fill !== "0") {
    throw new PythonError(VALUE_ERROR, "'=' alignment not allowed in string format specifier");
  }
  if (grouping !== "") throw new PythonError(VALUE_ERROR, `Cannot specify '${grouping}' with 's'.`);
  return pad(precision === null ? text : [...text].slice(0, precision).join(""), "", {
    ...spec,
    align: align === "=" ? "<" : align,
  }, "<");
}

function formatNumber(number: number | bigint, isFloating: boolean, spec: Spec): string {
  const { type, grouping, precision } = spec;
  const isNegative = number < 0 || Object.is(number, -0) && isFloating;
  const sign = isNegative ? "-" : spec.sign === "-" ? "" : spec.sign;
  if (!isFloating && "bcdoxXn".includes(type)) {
    if (precision !== null) throw new PythonError(VALUE_ERROR, "Precision not allowed in integer format specifier");
    if (type === "c") {
      if (number < 0 || number > 0x10ffff) throw new PythonError(OVERFLOW_ERROR, "%c arg not in range(0x110000)");
      return pad(String.fromCodePoint(Number(number)), "", spec, "<");
    }
    const whole = BigInt(number);
    const radix = type === "b" ? 2 : type === "o" ? 8 : type.toLowerCase() === "x" ? 16 : 10;
    const size = whole < 0n ? -whole : whole;
    const digits = radix === 10 ? digitsOf(size) : size.toString(radix);
    const prefix = spec.isAlternate && radix !== 10 ? `0${type}` : "";
    if (grouping === "," && radix !== 10) throw new PythonError(VALUE_ERROR, `Cannot specify ',' with '${type}'.`);
    const text = type === "X" ? digits.toUpperCase() : digits;
    return pad(text, sign + prefix, spec, ">", radix === 10 ? 3 : 4);
  }
  if (type === "s" || !"eEfFgG%n".includes(type)) throw unknownType(type, isFloating ? "float" : "int");
  const size = Math.abs(Number(number));
  let digits = type === "" ? plainDigits(size, precision, spec.isAlternate) : typedDigits(size, type, precision);
  if (spec.isAlternate && !digits.includes(".") && Number.isFinite(size) && type !== "") digits += ".";
  if (type === "%") digits += "%";
  return pad(digits, sign, spec, ">", 3);
}

function plainDigits(size: number, precision: number | null, isAlternate: boolean): string {
  if (precision === null) return repr(size).replace(/^(\d+)$/, "$1.0");
  const digits = floatDigitsOf("g", size, precision);
  return /[.en]/.test(digits) || isAlternate ? digits : `${digits}.0`;
}

function typedDigits(size: number, type: string, precision: number | null): string {
  const lower = type === "%" ? "f" : type === "n" ? "g" : type.toLowerCase();
  const digits = floatDigitsOf(lower, type === "%" ? size * 100 : size, precision ?? 6);
  return type === "E" || type === "F" || type === "G" ? digits.toUpperCase() : digits;
}

export function floatDigitsOf(type: string, size: number, precision: number): string {
  if (!Number.isFinite(size)) return Number.isNaN(size) ? "nan" : "inf";
  const digits = floatDigits(type, size, Math.min(precision, MAX_PRECISION));
  return type === "f" && precision > MAX_PRECISION ? digits + "0".repeat(precision - MAX_PRECISION) : digits;
}

/** Puts a sign, separators and fill around digits or text. */
function pad(text: string, sign: string, spec: Spec, align: string, group: number = 0): string {
  const { width, fill, grouping } = spec;
  const where = spec.align === "" ? align : spec.align;
  let body = text;
  if (grouping !== "" && group > 0) {
    // With zeros as fill, the separators go on into them.
    const isZeroFilled = where === "=" && fill === "0";
    body = grouped(text, grouping, group, isZeroFilled ? width - sign.length : 0);
  }
  const missing = width - textLength(sign + body);
  if (missing <= 0) return sign + body;
  switch (where) {
    case "<":
      return sign + body + fill.repeat(missing);
    case "=":
      return sign + fill.repeat(missing) + body;
    case "^":
      return fill.repeat(Math.floor(missing / 2)) + sign + body + fill.repeat(Math.ceil(missing / 2));
    default:
      return fill.repeat(missing) + sign + body;
  }
}

function grouped(text: string, separator: string, group: number, width: number): string {
  const [whole = "", rest = ""] = /^(?:[\da-fA-F]+)/.test(text) && group === 3
    ? [/^\d*/.exec(text)?.[0] ?? "", text.replace(/^\d*/, "")]
    : [text, ""];
  let digits = whole;
  const separated = () => {
    const parts: string[] = [];
    for (let end = digits.length; end > 0; end -= group) parts.unshift(digits.slice(Math.max(0, end - group), end));
    return parts.join(separator);
  };
  while (separated().length + rest.length < width) digits = `0${digits}`;
  const result = separated();
  // A separator cannot stand first: one zero more.
  return result + rest;
}
