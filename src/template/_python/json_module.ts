import { defineFunctions } from "./define_methods.ts";
import { dictItems, makeDict } from "./dicts.ts";
import { isLess } from "./compare.ts";
import { PythonError, TYPE_ERROR, VALUE_ERROR } from "./exceptions.ts";
import { repr } from "./text.ts";
import { float, int, isDict, isTrue, numberOf, typeName } from "./values.ts";

interface Style {
  /** Blanks of one level; `null` for everything on one line. */
  readonly indent: string | null;
  readonly isAscii: boolean;
  readonly isSorted: boolean;
}

/** Writes JSON as Python's `json.dumps`: with a blank after separators, and floats as floats. */
export function dumps(value: unknown, indent?: unknown, sortKeys?: unknown, ensureAscii?: unknown): string {
  return write(value, {
    indent: typeof indent === "number" ? " ".repeat(indent) : typeof indent === "string" ? indent : null,
    isSorted: isTrue(sortKeys ?? false),
    isAscii: isTrue(ensureAscii ?? true),
  }, "\n");
}

function write(value: unknown, style: Style, line: string): string {
  if (typeof value === "string") return text(value, style);
  if (value === null || value === undefined) return "null";
  if (typeof value === "boolean") return String(value);
  if (numberOf(value) !== null) return repr(value).replace("inf", "Infinity").replace("nan", "NaN");
  const inner = line + (style.indent ?? "");
  if (Array.isArray(value)) {
    return enclosed("[", value.map((item: unknown) => write(item, style, inner)), "]", style, line);
  }
  if (typeof value === "object" && "toJSON" in value && typeof value.toJSON === "function") {
    return write(value.toJSON(), style, line);
  }
  if (!isDict(value)) throw new PythonError(TYPE_ERROR, `Object of type ${typeName(value)} is not JSON serializable`);
  const items = dictItems(value);
  if (style.isSorted) items.sort(([a], [b]) => isLess(a, b) ? -1 : 1);
  return enclosed(
    "{",
    items.map(([key, item]) => `${keyText(key, style)}: ${write(item, style, inner)}`),
    "}",
    style,
    line,
  );
}

function keyText(key: unknown, style: Style): string {
  if (typeof key === "string") return text(key, style);
  if (key === null || typeof key === "boolean" || numberOf(key) !== null) return `"${write(key, style, "")}"`;
  throw new PythonError(TYPE_ERROR, `keys must be str, int, float, bool or None, not ${typeName(key)}`);
}

function enclosed(open: string, items: readonly string[], close: string, { indent }: Style, line: string): string {
  if (items.length === 0) return open + close;
  if (indent === null) return open + items.join(", ") + close;
  return `${open}${line}${indent}${items.join(`,${line}${indent}`)}${line}${close}`;
}

function text(value: string, { isAscii }: Style): string {
  const json = JSON.stringify(value);
  if (!isAscii) return json;
  return json.replace(/[^\0-\x7e]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/** Reads JSON; numbers with a point or an exponent are floats. */
function loads(source: unknown): unknown {
  if (typeof source !== "string") {
    throw new PythonError(TYPE_ERROR, `the JSON object must be str, bytes or bytearray, not ${typeName(source)}`);
  }
  try {
    return JSON.parse(source, revive);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new PythonError(VALUE_ERROR, error.message);
  }
}

function revive(this: unknown, _key: string, value: unknown, context?: { readonly source?: string }): unknown {
  const source = context?.source;
  if (typeof value === "number" && source !== undefined) {
    return /[.eE]/.test(source) ? float(value) : int(BigInt(source));
  }
  return isDict(value) ? makeDict(dictItems(value)) : value;
}

/** Python's module `json`. */
export const JSON_MODULE: Readonly<Record<string, unknown>> = Object.freeze(defineFunctions({
  dumps: ["obj / indent? sort_keys? ensure_ascii?", dumps],
  loads: ["s /", loads],
}));
