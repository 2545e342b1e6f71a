import type { Bytes } from "../../internal/bytes.ts";
import { HTTPError, MissingArgumentError } from "../errors.ts";

/** Options of `getArgument` and the other methods that read arguments. */
export interface ArgumentOptions {
  /**
   * Removes white space from both ends.
   *
   * @default {true}
   */
  strip?: boolean;
}

/** Turns the bytes of an argument into text. */
export interface ArgumentDecoder {
  decodeArgument(value: Bytes, name: string): string;
}

/** Arguments by name. The record has no prototype, so that every name is one of an argument. */
export type ArgumentRecord = Readonly<Record<string, readonly Bytes[]>>;

// Invalid UTF-8 is an error, and a byte order mark is a character, both as in Python.
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

// deno-lint-ignore no-control-regex -- control characters are what is looked for
const CONTROLS = /[\x00-\x08\x0e-\x1f]/;
// deno-lint-ignore no-control-regex -- as above
const ALL_CONTROLS = /[\x00-\x08\x0e-\x1f]/g;

/** How much of an argument an error message shows. */
const SHOWN_BYTES = 40;

/**
 * Decodes an argument as UTF-8.
 *
 * @param value Its bytes.
 * @param name Its name, for the error message; a group of the path has none.
 * @throws {HTTPError} 400 if the bytes are not UTF-8.
 */
export function decodeUtf8(value: Bytes, name?: string): string {
  try {
    return decoder.decode(value);
  } catch {
    const args = [name ?? "url", bytesLiteral(value.subarray(0, SHOWN_BYTES))];
    throw new HTTPError(400, "Invalid unicode in %s: %s", { args });
  }
}

/**
 * The last value of an argument, or else `defaultValue`.
 *
 * @throws {MissingArgumentError} If there is neither.
 */
export function lastArgument<D extends string | null>(
  source: ArgumentRecord,
  name: string,
  defaultValue: D | undefined,
  options: ArgumentOptions | undefined,
  decoder: ArgumentDecoder,
): string | NoInfer<D> {
  const value = source[name]?.at(-1);
  if (value !== undefined) return cleaned(decoder.decodeArgument(value, name), options);
  if (defaultValue === undefined) throw new MissingArgumentError(name);
  return defaultValue;
}

/** All values of an argument. */
export function allArguments(
  source: ArgumentRecord,
  name: string,
  options: ArgumentOptions | undefined,
  decoder: ArgumentDecoder,
): string[] {
  return (source[name] ?? []).map((value) => cleaned(decoder.decodeArgument(value, name), options));
}

function cleaned(text: string, options: ArgumentOptions = {}): string {
  // In Tornado the place of the options is that of a default value, which would be taken for them without a word.
  if (typeof options !== "object") {
    throw new TypeError(`Options of an argument must be an object, not ${typeof options}`);
  }
  const { strip = true } = options;
  const printable = CONTROLS.test(text) ? text.replace(ALL_CONTROLS, " ") : text;
  return strip ? stripSpace(printable) : printable;
}

/** Python's `str.strip()`. A loop, because a pattern that looks for white space at the end is quadratic. */
function stripSpace(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isSpace(text.charCodeAt(start))) start++;
  while (end > start && isSpace(text.charCodeAt(end - 1))) end--;
  return text.slice(start, end);
}

/** Python's `str.isspace()`: it has U+0085, and it has not U+FEFF, unlike JavaScript's white space. */
function isSpace(unit: number): boolean {
  if (unit <= 0x20) return unit === 0x20 || (unit >= 0x09 && unit <= 0x0d);
  if (unit < 0x85) return false;
  return unit === 0x85 || unit === 0xa0 || unit === 0x1680 || (unit >= 0x2000 && unit <= 0x200a) ||
    unit === 0x2028 || unit === 0x2029 || unit === 0x202f || unit === 0x205f || unit === 0x3000;
}

const NAMED_ESCAPES: Readonly<Record<number, string>> = { 0x09: "\\t", 0x0a: "\\n", 0x0d: "\\r", 0x5c: "\\\\" };

/** Bytes as Python shows them, so that a log line stays one line. */
function bytesLiteral(bytes: Bytes): string {
  const quote = bytes.includes(0x27) && !bytes.includes(0x22) ? '"' : "'";
  let text = "";
  for (const byte of bytes) {
    const named = NAMED_ESCAPES[byte];
    if (named !== undefined) text += named;
    else if (byte < 0x20 || byte > 0x7e) text += `\\x${byte.toString(16).padStart(2, "0")}`;
    else if (byte === 0x27 && quote === "'") text += "\\'";
    else text += String.fromCharCode(byte);
  }
  return `b${quote}${text}${quote}`;
}
