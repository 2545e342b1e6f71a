import { strip } from "../../internal/python.ts";
import { formatDatetime, parseDatetime } from "./datetime.ts";
import { parseTimedelta } from "./timedelta.ts";
import type { OptionType, OptionTypes } from "./types.ts";

/** The treatment of the values of one type. */
export interface ValueType {
  /** Completes the sentence "expected ...". */
  readonly description: string;
  /** Returns the value of a text; `undefined` if it has none. A function of the application may throw instead. */
  parse(text: string): unknown;
  /** Tests a value that is not text. */
  accepts(value: unknown): boolean;
  /** Returns the text of a value for the help. */
  format(value: unknown): string;
}

const TYPES: Readonly<Record<keyof OptionTypes, ValueType>> = {
  string: {
    description: "text",
    parse: (text) => text,
    accepts: (value) => typeof value === "string",
    format: String,
  },
  int: {
    description: "an integer",
    parse: parseInteger,
    accepts: Number.isSafeInteger,
    format: String,
  },
  float: {
    description: "a number",
    parse: parseFloatingPoint,
    accepts: (value) => typeof value === "number",
    format: String,
  },
  boolean: {
    description: "true or false",
    parse: (text) => !/^(?:false|f|0)$/i.test(text),
    accepts: (value) => typeof value === "boolean",
    format: String,
  },
  datetime: {
    description: "a date or time such as 2013-04-28 05:16",
    parse: parseDatetime,
    accepts: (value) => value instanceof Date && !Number.isNaN(value.getTime()),
    format: (value) => value instanceof Date ? formatDatetime(value) : "",
  },
  timedelta: {
    description: "a length of time such as 45s or 1h 30m",
    parse: parseTimedelta,
    accepts: Number.isFinite,
    format: (value) => `${value}s`,
  },
};

/** Returns what a type does; `type` is `undefined` for an option that was defined without one. */
export function valueType(type: OptionType | undefined, defaultValue: unknown): ValueType {
  if (typeof type === "string") return TYPES[type];
  if (type === String) return TYPES.string;
  if (type === Number) return TYPES.float;
  if (type === Boolean) return TYPES.boolean;
  if (type === Date) return TYPES.datetime;
  if (type !== undefined) return customType(type);
  if (typeof defaultValue === "number") return TYPES.float;
  if (typeof defaultValue === "boolean") return TYPES.boolean;
  return defaultValue instanceof Date ? TYPES.datetime : TYPES.string;
}

/** Tells whether `lo:hi` is a range of values. */
export function hasRanges(type: ValueType): boolean {
  return type === TYPES.int;
}

/** Tells whether a text without a value, such as `--verbose`, means true. */
export function isFlag(type: ValueType): boolean {
  return type === TYPES.boolean;
}

/** Tells whether any text is a value. */
export function isText(type: ValueType): boolean {
  return type === TYPES.string;
}

function customType(parse: (text: string) => unknown): ValueType {
  return {
    description: parse.name === "" ? "another value" : `a value for ${parse.name}`,
    parse,
    // Only the function knows its values, and it takes text.
    accepts: () => true,
    format: String,
  };
}

/** Reads an integer as Python's `int()`, with ASCII digits. Larger ones than JavaScript can count are refused. */
function parseInteger(text: string): number | undefined {
  const digits = strip(text);
  if (!/^[-+]?\d+(?:_\d+)*$/.test(digits)) return undefined;
  const value = Number(digits.replaceAll("_", ""));
  return Number.isSafeInteger(value) ? value + 0 : undefined;
}

const DIGITS = String.raw`\d+(?:_\d+)*`;
const FLOAT = new RegExp(`^[-+]?(?:${DIGITS}\\.?(?:${DIGITS})?|\\.${DIGITS})(?:[eE][-+]?${DIGITS})?$`);

/** Reads a number as Python's `float()`, with ASCII digits. */
function parseFloatingPoint(text: string): number | undefined {
  const number = strip(text);
  if (FLOAT.test(number)) return Number(number.replaceAll("_", ""));
  const word = /^([-+]?)(inf|infinity|nan)$/i.exec(number);
  if (word === null) return undefined;
  return word[2]?.toLowerCase() === "nan" ? NaN : word[1] === "-" ? -Infinity : Infinity;
}
