import type { Keywords } from "./call.ts";
import { ABSENT } from "./dicts.ts";
import { keyError } from "./exception_values.ts";
import { ATTRIBUTE_ERROR, INDEX_ERROR, PythonError, VALUE_ERROR } from "./exceptions.ts";
import { formatField } from "./format_spec.ts";
import { getItem } from "./items.ts";
import { findMember } from "./members.ts";
import { typeName } from "./values.ts";

/** Deepest field within the format of a field, as in Python. */
const MAX_DEPTH = 2;

/** Python's `format.format(*args, **keywords)`. Fields reach attributes and items, but no methods. */
export function formatText(format: string, args: readonly unknown[] | null, keywords: Keywords): string {
  return new Formatter(args, new Map(keywords)).text(format, 0);
}

class Formatter {
  /** Values by number; `null` if there can be none. */
  readonly #args: readonly unknown[] | null;
  readonly #keywords: ReadonlyMap<string, unknown>;
  #next = 0;
  /** `true` if fields are numbered by hand; `null` before the first one. */
  #isManual: boolean | null = null;

  constructor(args: readonly unknown[] | null, keywords: ReadonlyMap<string, unknown>) {
    this.#args = args;
    this.#keywords = keywords;
  }

  text(format: string, depth: number): string {
    if (depth === MAX_DEPTH) throw new PythonError(VALUE_ERROR, "Max string recursion exceeded");
    let result = "";
    for (let at = 0; at < format.length;) {
      const c = format.charAt(at);
      if (c !== "{" && c !== "}") {
        const end = nextBrace(format, at);
        result += format.slice(at, end);
        at = end;
      } else if (format.charAt(at + 1) === c) {
        result += c;
        at += 2;
      } else if (c === "}") {
        throw new PythonError(VALUE_ERROR, "Single '}' encountered in format string");
      } else {
        const end = fieldEnd(format, at);
        result += this.#field(format.slice(at + 1, end), depth);
        at = end + 1;
      }
    }
    return result;
  }

  #field(source: string, depth: number): string {
    const [, name = "", conversion, spec = ""] = /^((?:[^![:]|\[[^\]]*\])*)(?:!([^]?))?(?::([^]*))?$/.exec(source) ??
      [];
    if (conversion !== undefined && !/^[sra]$/.test(conversion)) {
      throw new PythonError(VALUE_ERROR, `Unknown conversion specifier '${conversion}'`);
    }
    const value = this.#value(name);
    return formatField(value, conversion ?? null, spec.includes("{") ? this.text(spec, depth + 1) : spec);
  }

  /** The value of `name.attribute[item]`. */
  #value(name: string): unknown {
    const first = /^[^.[]*/.exec(name)?.[0] ?? "";
    let value = this.#argument(first);
    const steps = /\.([^.[]+)|\[([^\]]+)\]|([^])/gy;
    steps.lastIndex = first.length;
    for (let step = steps.exec(name); step !== null; step = steps.exec(name)) {
      const [, attribute, item] = step;
      if (attribute !== undefined) value = attributeOf(value, attribute);
      else if (item !== undefined) value = getItem(value, /^\d+$/.test(item) ? Number(item) : item);
      else throw new PythonError(VALUE_ERROR, "Empty attribute in format string");
    }
    return value;
  }

  #argument(name: string): unknown {
    if (name !== "" && !/^\d+$/.test(name)) {
      const value = this.#keywords.get(name);
      if (value === undefined && !this.#keywords.has(name)) throw keyError(name);
      return value;
    }
    if (this.#args === null) throw new PythonError(VALUE_ERROR, "Format string contains positional fields");
    const isManual = name !== "";
    if (this.#isManual !== null && this.#isManual !== isManual) {
      const [from, to] = ["automatic field numbering", "manual field specification"];
      const change = isManual ? `from ${from} to ${to}` : `from ${to} to ${from}`;
      throw new PythonError(VALUE_ERROR, `cannot switch ${change}`);
    }
    this.#isManual = isManual;
    const index = isManual ? Number(name) : this.#next++;
    if (index < this.#args.length) return this.#args[index];
    throw new PythonError(INDEX_ERROR, `Replacement index ${index} out of range for positional args tuple`);
  }
}

function attributeOf(value: unknown, name: string): unknown {
  const found = findMember(value, name);
  if (found !== ABSENT) return found;
  throw new PythonError(ATTRIBUTE_ERROR, `'${typeName(value)}' object has no attribute '${name}'`);
}

function nextBrace(format: string, from: number): number {
  const open = format.indexOf("{", from);
  const close = format.indexOf("}", from);
  const ends = [open, close].filter((at) => at >= 0);
  return ends.length === 0 ? format.length : Math.min(...ends);
}

function fieldEnd(format: string, open: number): number {
  let depth = 0;
  for (let at = open; at < format.length; at++) {
    const c = format.charAt(at);
    if (c === "[" && depth === 1) {
      const close = format.indexOf("]", at);
      if (close > 0) at = close;
    } else if (c === "{") depth++;
    else if (c === "}" && --depth === 0) return at;
  }
  const isBare = open === format.length - 1;
  throw new PythonError(
    VALUE_ERROR,
    isBare ? "Single '{' encountered in format string" : "expected '}' before end of string",
  );
}
