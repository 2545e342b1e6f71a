import { ABSENT, dictGet } from "./dicts.ts";
import { keyError } from "./exception_values.ts";
import { OVERFLOW_ERROR, PythonError, TYPE_ERROR, VALUE_ERROR } from "./exceptions.ts";
import { floatDigitsOf, MAX_WIDTH, toAscii } from "./format_spec.ts";
import { textLength } from "./sequences.ts";
import { digitsOf, repr, str } from "./text.ts";
import { isDict, numberOf, Range, Tuple, typeName } from "./values.ts";
import { latin1Bytes, latin1Text } from "../../internal/utf8.ts";

const CONVERSION = /%(?:\(([^()]*(?:\([^()]*\)[^()]*)*)\))?([-+ 0#]*)(\*|\d+)?(?:\.(\*|\d*))?[hlL]?([^])?/g;

/** A `%` in a format, and the text before it. */
interface Conversion {
  readonly before: string;
  readonly name: string | undefined;
  readonly flags: string;
  /** Columns; `null` if they are a value. */
  readonly width: number | null;
  /** Digits; `null` if they are a value, `undefined` without them. */
  readonly precision: number | null | undefined;
  readonly type: string;
  /** Index of the type in the format, for messages. */
  readonly at: number;
}

interface Format {
  readonly conversions: readonly Conversion[];
  readonly rest: string;
}

/** Formats that have been parsed: a loop uses one again and again. */
const parsed = new Map<string, Format>();
const MAX_PARSED = 256;

/** Python's `format % values`, of texts and of bytes. */
export function percentFormat(format: string | Uint8Array, values: unknown): string | Uint8Array {
  if (typeof format === "string") return percentText(format, values, false);
  return latin1Bytes(percentText(latin1Text(format), values, true));
}

function parse(source: string): Format {
  const known = parsed.get(source);
  if (known !== undefined) return known;
  const conversions: Conversion[] = [];
  let done = 0;
  for (const match of source.matchAll(CONVERSION)) {
    const [whole, name, flags = "", width, precision, type] = match;
    if (type === undefined) throw new PythonError(VALUE_ERROR, "incomplete format");
    conversions.push({
      before: source.slice(done, match.index),
      name,
      flags,
      width: width === "*" ? null : limited(Number(width ?? 0), whole),
      precision: precision === "*" ? null : precision === undefined ? undefined : limited(Number(precision), whole),
      type,
      at: match.index + whole.length - 1,
    });
    done = match.index + whole.length;
  }
  const format = { conversions, rest: source.slice(done) };
  if (parsed.size >= MAX_PARSED) parsed.clear();
  parsed.set(source, format);
  return format;
}

function limited(columns: number, whole: string): number {
  if (Math.abs(columns) <= MAX_WIDTH) return columns;
  throw new PythonError(VALUE_ERROR, `a width or precision in '${whole}' is too large`);
}

function percentText(source: string, values: unknown, isBytes: boolean): string {
  const { conversions, rest } = parse(source);
  const list: readonly unknown[] = values instanceof Tuple ? values : [values];
  let next = 0;
  let isNamed = false;
  const take = () => {
    if (next >= list.length) throw new PythonError(TYPE_ERROR, "not enough arguments for format string");
    return list[next++];
  };
  let text = "";
  for (const { before, name, flags, width, precision, type, at } of conversions) {
    text += before;
    if (name !== undefined) isNamed = true;
    const columns = width ?? limited(count(take()), "%*");
    const digits = precision === null ? Math.max(0, limited(count(take()), "%.*")) : precision ?? null;
    if (type === "%") {
      text += "%";
      continue;
    }
    const value = name === undefined ? take() : named(values, name);
    const shown = convert(type, value, flags, digits, at, isBytes);
    const isLeft = flags.includes("-") || columns < 0;
    text += pad(shown, Math.abs(columns), isLeft, flags.includes("0") && !"srac".includes(type));
  }
  if (next < list.length && !isNamed && !isMapping(values)) {
    throw new PythonError(TYPE_ERROR, "not all arguments converted during string formatting");
  }
  return text + rest;
}

/** A single dict or list may be left over: Python takes it for the values by name. */
function isMapping(values: unknown): boolean {
  return isDict(values) || values instanceof Range || values instanceof Uint8Array ||
    (Array.isArray(values) && !(values instanceof Tuple));
}

function named(values: unknown, name: string): unknown {
  if (!isDict(values)) throw new PythonError(TYPE_ERROR, "format requires a mapping");
  const value = dictGet(values, name);
  if (value === ABSENT) throw keyError(name);
  return value;
}

function count(value: unknown): number {
  if (typeof value === "number" && Number.isInteger(value)) return value;
  throw new PythonError(TYPE_ERROR, "* wants int");
}

interface Shown {
  readonly sign: string;
  readonly body: string;
}

function convert(
  type: string,
  value: unknown,
  flags: string,
  digits: number | null,
  at: number,
  isBytes: boolean,
): Shown {
  switch (type) {
    case "s":
      return { sign: "", body: cut(isBytes && value instanceof Uint8Array ? latin1Text(value) : str(value), digits) };
    case "r":
      return { sign: "", body: cut(repr(value), digits) };
    case "a":
      return { sign: "", body: cut(toAscii(repr(value)), digits) };
    case "c":
      return { sign: "", body: character(value) };
    case "d":
    case "i":
    case "u":
      return integer(value, 10, "", flags, digits, type);
    case "o":
      return integer(value, 8, "0o", flags, digits, type);
    case "x":
    case "X":
      return integer(value, 16, `0${type}`, flags, digits, type);
    case "e":
    case "E":
    case "f":
    case "F":
    case "g":
    case "G":
      return floating(value, type, flags, digits);
  }
  const code = type.codePointAt(0) ?? 0;
  throw new PythonError(
    VALUE_ERROR,
    `unsupported format character '${type}' (0x${code.toString(16)}) at index ${at}`,
  );
}

function cut(text: string, digits: number | null): string {
  return digits === null || text.length <= digits ? text : [...text].slice(0, digits).join("");
}

function character(value: unknown): string {
  if (typeof value === "string" && textLength(value) === 1) return value;
  if (typeof value === "boolean") return String.fromCharCode(value ? 1 : 0);
  if (typeof value !== "number" || !Number.isInteger(value)) {
    throw new PythonError(TYPE_ERROR, "%c requires int or char");
  }
  if (value < 0 || value > 0x10ffff) throw new PythonError(OVERFLOW_ERROR, "%c arg not in range(0x110000)");
  return String.fromCodePoint(value);
}

function signOf(isNegative: boolean, flags: string): string {
  if (isNegative) return "-";
  return flags.includes("+") ? "+" : flags.includes(" ") ? " " : "";
}

function integer(
  value: unknown,
  radix: number,
  prefix: string,
  flags: string,
  digits: number | null,
  type: string,
): Shown {
  const number = numberOf(value);
  if (number === null || (radix !== 10 && typeof number === "number" && !Number.isInteger(number))) {
    const kind = radix === 10 ? "a real number" : "an integer";
    throw new PythonError(TYPE_ERROR, `%${type} format: ${kind} is required, not ${typeName(value)}`);
  }
  if (typeof number === "number" && !Number.isFinite(number)) {
    throw new PythonError(
      Number.isNaN(number) ? VALUE_ERROR : OVERFLOW_ERROR,
      `cannot convert float ${Number.isNaN(number) ? "NaN" : "infinity"} to integer`,
    );
  }
  const whole = typeof number === "bigint" ? number : BigInt(Math.trunc(number));
  const size = whole < 0n ? -whole : whole;
  const text = (radix === 10 ? digitsOf(size) : size.toString(radix)).padStart(digits ?? 0, "0");
  const sign = signOf(whole < 0n, flags) + (flags.includes("#") ? prefix : "");
  return { sign, body: type === "X" ? text.toUpperCase() : text };
}

function floating(value: unknown, type: string, flags: string, digits: number | null): Shown {
  const number = numberOf(value);
  if (number === null) throw new PythonError(TYPE_ERROR, `must be real number, not ${typeName(value)}`);
  const float = Number(number);
  let body = floatDigitsOf(type.toLowerCase(), Math.abs(float), digits ?? 6);
  if (flags.includes("#") && !body.includes(".") && Number.isFinite(float)) body = body.replace(/(?=e|$)/, ".");
  const isUpper = type === type.toUpperCase();
  return { sign: signOf(float < 0 || Object.is(float, -0), flags), body: isUpper ? body.toUpperCase() : body };
}

function pad({ sign, body }: Shown, columns: number, isLeft: boolean, isZero: boolean): string {
  const missing = columns - textLength(sign) - textLength(body);
  if (missing <= 0) return sign + body;
  if (isLeft) return sign + body + " ".repeat(missing);
  return isZero ? sign + "0".repeat(missing) + body : " ".repeat(missing) + sign + body;
}
