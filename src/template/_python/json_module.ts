import { apply } from "./call.ts";
import { defineFunctions, defineModule } from "./define_methods.ts";
import { dictItems } from "./dicts.ts";
import { isLess } from "./compare.ts";
import { PythonError, TYPE_ERROR, VALUE_ERROR } from "./exceptions.ts";
import { JSON_DECODE_ERROR, parseJson } from "./json_parser.ts";

import { MAX_WIDTH } from "./format_spec.ts";
import { repr } from "./text.ts";
import { decode } from "./text_codec.ts";
import { isDict, isTrue, list, numberOf, typeName } from "./values.ts";

interface Style {
  /** Blanks of one level; `null` for everything on one line. */
  readonly indent: string | null;
  readonly itemSeparator: string;
  readonly keySeparator: string;
  readonly isAscii: boolean;
  readonly isSorted: boolean;
  readonly allowsNan: boolean;
  /** Leaves keys out that JSON cannot have. */
  readonly skipsKeys: boolean;
  /** Function that turns a value that JSON lacks into another one, or `undefined`. */
  readonly otherwise: unknown;
}

/** Arguments of `json.dumps` after the value, in the order of {@linkcode JSON_MODULE}. */
type Options = readonly unknown[];

/** Writes JSON as Python's `json.dumps`: with a blank after separators, and floats as floats. */
export function dumps(value: unknown, ...options: Options): string {
  return write(value, styleOf(options), "\n");
}

function styleOf([skipKeys, ascii, allowNan, indent, separators, otherwise, sortKeys]: Options): Style {
  const blanks = typeof indent === "number"
    ? " ".repeat(Math.max(0, Math.min(indent, MAX_WIDTH)))
    : typeof indent === "string"
    ? indent
    : null;
  const [itemSeparator, keySeparator] = separators === undefined || separators === null
    ? [blanks === null ? ", " : ",", ": "]
    : list(separators);
  if (typeof itemSeparator !== "string" || typeof keySeparator !== "string") {
    throw new PythonError(TYPE_ERROR, "separators must be two texts");
  }
  return {
    indent: blanks,
    itemSeparator,
    keySeparator,
    isAscii: isTrue(ascii ?? true),
    isSorted: isTrue(sortKeys ?? false),
    allowsNan: isTrue(allowNan ?? true),
    skipsKeys: isTrue(skipKeys ?? false),
    otherwise: otherwise ?? undefined,
  };
}

function write(value: unknown, style: Style, line: string): string {
  if (typeof value === "string") return text(value, style);
  if (value === null || value === undefined) return "null";
  if (typeof value === "boolean") return String(value);
  if (numberOf(value) !== null) return number(value, style);
  const inner = line + (style.indent ?? "");
  if (Array.isArray(value)) {
    return enclosed("[", value.map((item: unknown) => write(item, style, inner)), "]", style, line);
  }
  if (!isDict(value)) return write(converted(value, style), style, line);
  const items = dictItems(value);
  if (style.isSorted) items.sort(([a], [b]) => isLess(a, b) ? -1 : 1);
  const parts: string[] = [];
  for (const [key, item] of items) {
    const name = keyText(key, style);
    if (name !== null) parts.push(`${name}${style.keySeparator}${write(item, style, inner)}`);
  }
  return enclosed("{", parts, "}", style, line);
}

function number(value: unknown, { allowsNan }: Style): string {
  const digits = repr(value);
  if (!/[ni]/.test(digits)) return digits;
  if (!allowsNan) throw new PythonError(VALUE_ERROR, "Out of range float values are not JSON compliant");
  return digits.replace("inf", "Infinity").replace("nan", "NaN");
}

/** What is written for a value that JSON lacks: an object of the application may say so by `toJSON`. */
function converted(value: unknown, { otherwise }: Style): unknown {
  if (otherwise !== undefined) return apply(otherwise, undefined, [value], []);
  if (typeof value === "object" && value !== null && "toJSON" in value && typeof value.toJSON === "function") {
    return value.toJSON();
  }
  const name = typeName(value).replace(/^.*\./, "");
  throw new PythonError(TYPE_ERROR, `Object of type ${name} is not JSON serializable`);
}

function keyText(key: unknown, style: Style): string | null {
  if (typeof key === "string") return text(key, style);
  if (key === null || typeof key === "boolean" || numberOf(key) !== null) return `"${write(key, style, "")}"`;
  if (style.skipsKeys) return null;
  throw new PythonError(TYPE_ERROR, `keys must be str, int, float, bool or None, not ${typeName(key)}`);
}

function enclosed(open: string, items: readonly string[], close: string, style: Style, line: string): string {
  const { indent, itemSeparator } = style;
  if (items.length === 0) return open + close;
  if (indent === null) return open + items.join(itemSeparator) + close;
  return `${open}${line}${indent}${items.join(`${itemSeparator}${line}${indent}`)}${line}${close}`;
}

function text(value: string, { isAscii }: Style): string {
  const json = JSON.stringify(value);
  if (!isAscii) return json;
  return json.replace(/[^\0-\x7e]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/** Reads JSON; numbers with a point or an exponent are floats. */
function loads(source: unknown): unknown {
  if (source instanceof Uint8Array) return parseJson(decode(source, "utf-8", "strict"));
  if (typeof source === "string") return parseJson(source);
  throw new PythonError(TYPE_ERROR, `the JSON object must be str, bytes or bytearray, not ${typeName(source)}`);
}

/** Python's module `json`. */
export const JSON_MODULE: Readonly<Record<string, unknown>> = defineModule("json", {
  ...defineFunctions({
    dumps: ["obj * skipkeys? ensure_ascii? allow_nan? indent? separators? default? sort_keys?", dumps],
    loads: ["s /", loads],
  }),
  JSONDecodeError: JSON_DECODE_ERROR,
});
