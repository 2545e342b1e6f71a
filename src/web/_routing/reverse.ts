import { isPlainObject } from "../../internal/json_object.ts";
import { urlEscape } from "../../util/escape.ts";
import { endsInDollar } from "./compiled_pattern.ts";

/** A path with places for arguments. */
export interface PathTemplate {
  /** The text around the places: one piece more than places. */
  readonly pieces: readonly string[];
  /** The names of the places, in order; empty if they have none. */
  readonly names: readonly string[];
}

const GROUP_START = /^\((?:\?P?<([A-Za-z_]\w*)>|(\?:)|(?!\?))/;
const LEADING_FLAGS = /^\(\?[a-zA-Z]+\)/;
const REPEAT = /^\{\d*,?\d*\}/;

/**
 * Reads a pattern as a path with places for arguments.
 *
 * Each capturing group is a place. An optional part that captures nothing is left out if its quantifier is `*`, and
 * written once if it is `?` or `+`. Tornado copies such characters into the path; here the path either matches the
 * pattern, or there is none.
 *
 * @returns The path, or `null` if the pattern is too complex.
 */
export function parsePathTemplate(pattern: string): PathTemplate | null {
  const text = (endsInDollar(pattern) ? pattern.slice(0, -1) : pattern).replace(LEADING_FLAGS, "").replace(/^\^/, "");
  const pieces = [""];
  const names: string[] = [];
  let at = 0;
  while (at < text.length) {
    const [start, name, plain] = GROUP_START.exec(text.slice(at)) ?? [];
    let atom = "";
    if (start !== undefined) {
      const end = endOfGroup(text, at + start.length);
      if (end < 0) return null;
      at = end;
      const repeat = repeatAt(text, at);
      if (repeat === null) return null;
      // What a non-capturing group would have to contain is unknown, unless it may be missing.
      if (plain !== undefined) {
        if (!repeat.startsWith("?") && !repeat.startsWith("*")) return null;
      } else {
        if (name !== undefined) names.push(name);
        pieces.push("");
      }
      at += repeat.length;
      continue;
    }
    if (text[at] === "\\") {
      atom = text[at + 1] ?? "";
      // An escaped letter or digit stands for a whole class, or for a group.
      if (!/^[^A-Za-z0-9]$/.test(atom)) return null;
      at += 2;
    } else {
      atom = text[at] ?? "";
      if ("([|^$*+?".includes(atom) || REPEAT.test(text.slice(at))) return null;
      at += 1;
    }
    const repeat = repeatAt(text, at);
    if (repeat === null) return null;
    at += repeat.length;
    if (!repeat.startsWith("*")) pieces[pieces.length - 1] += atom;
  }
  return { pieces, names };
}

/** Reads the quantifier at `at`, `""` if there is none, or `null` for one that counts. */
function repeatAt(text: string, at: number): string | null {
  const [repeat = ""] = /^[*+?]\??/.exec(text.slice(at)) ?? [];
  return REPEAT.test(text.slice(at)) ? null : repeat;
}

/** Finds the end of the group whose inside begins at `at`, or -1 if another group captures within it. */
function endOfGroup(text: string, at: number): number {
  let depth = 1;
  let inClass = false;
  for (let i = at; i < text.length; i++) {
    const c = text[i];
    if (c === "\\") i++;
    else if (inClass) inClass = c !== "]";
    else if (c === "[") {
      inClass = true;
      // A bracket in first place belongs to the class.
      if (text[i + 1] === "^") i++;
      if (text[i + 1] === "]") i++;
    } else if (c === "(") {
      const [start, name, plain] = GROUP_START.exec(text.slice(i)) ?? [];
      if (start !== undefined && (name !== undefined || plain === undefined)) return -1;
      depth++;
    } else if (c === ")" && --depth === 0) return i + 1;
  }
  return -1;
}

/**
 * Puts arguments into a path: in order, or from one plain object if the places have names.
 *
 * @param args The arguments: text, bytes, or values with a text form; `null` and `undefined` leave a place empty.
 * @param text The pattern, for the error message.
 * @throws {TypeError} If the number of arguments is not that of the places.
 */
export function fillPathTemplate(template: PathTemplate, args: readonly unknown[], text: string): string {
  const { pieces, names } = template;
  const [record] = args;
  const values = args.length === 1 && names.length > 0 && isPlainObject(record)
    ? names.map((name) => record[name])
    : args;
  if (values.length !== pieces.length - 1) {
    const count = pieces.length - 1;
    throw new TypeError(`Cannot reverse url regex "${text}": expected ${count} arguments, got ${values.length}`);
  }
  let path = pieces[0] ?? "";
  for (let i = 0; i < values.length; i++) path += escapeArgument(values[i]) + (pieces[i + 1] ?? "");
  return path;
}

function escapeArgument(value: unknown): string {
  if (value === null || value === undefined) return "";
  return urlEscape(value instanceof Uint8Array ? value : String(value), false);
}

/** Writes a path with its places in braces: `/story/{id}`, or `/story/{1}` if the places have no names. */
export function routeOf({ pieces, names }: PathTemplate): string {
  return pieces.slice(1).reduce(
    (path, piece, i) => `${path}{${names[i] ?? i + 1}}${piece}`,
    pieces[0] ?? "",
  );
}
