import { HTTPInputError } from "./errors.ts";

/**
 * The only white space of HTTP's grammar (`OWS`, RFC 9110 section 5.6.3): space and tab. Tornado's `HTTP_WHITESPACE`.
 */
export const HTTP_WHITESPACE = " \t";

// RFC 9110 section 5.6.2.
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

/** Values that are legal in a header (RFC 9110 section 5.5 with obs-text): one latin1 byte per character. */
export const FIELD_CHARS: RegExp = /^[\t\x20-\x7e\x80-\xff]*$/;

/** Legal values of a header inside a multipart body, which is UTF-8 there: anything but controls. */
// deno-lint-ignore no-control-regex -- controls are what it refuses
export const UNICODE_FIELD_CHARS: RegExp = /^[^\x00-\x08\x0a-\x1f\x7f]*$/;

// The names that applications use number in the dozens; Tornado remembers as many as this. A longer name is not worth
// remembering, and would let a peer fill memory.
const NAME_CACHE_SIZE = 1000;
const NAME_CACHE_LENGTH = 64;
const normalizedNames = new Map<string, string>();

function capitalize(part: string): string {
  return part.slice(0, 1).toUpperCase() + part.slice(1).toLowerCase();
}

/**
 * Returns the name with each part between dashes capitalised (`Content-Type`), or `undefined` if it is not legal.
 *
 * A name that comes back `undefined` cannot be in any HTTPHeaders.
 */
export function normalizeName(name: string): string | undefined {
  return normalizedNames.get(name) ?? normalizeUnknownName(name);
}

function normalizeUnknownName(name: string): string | undefined {
  if (!TOKEN.test(name)) return undefined;
  const normalized = name.split("-").map(capitalize).join("-");
  // Names of digits could be chosen to have one place in the map. No known field begins with one.
  if (name.length > NAME_CACHE_LENGTH || name.charCodeAt(0) <= 0x39) return normalized;
  if (normalizedNames.size >= NAME_CACHE_SIZE) normalizedNames.clear();
  // A slice of a header block would keep the whole block alive for as long as the name is remembered. The slice of a
  // fresh string keeps only that.
  normalizedNames.set(`-${name}`.slice(1), normalized);
  return normalized;
}

function isWhitespaceCode(code: number): boolean {
  return code === 0x20 || code === 0x09;
}

/** Returns `text` from `start` to `end` without the HTTP white space around it; linear, whatever is inside. */
export function trimOWS(text: string, start: number = 0, end: number = text.length): string {
  while (start < end && isWhitespaceCode(text.charCodeAt(start))) start++;
  while (end > start && isWhitespaceCode(text.charCodeAt(end - 1))) end--;
  return text.slice(start, end);
}

/** One line of a header block: a field, or the continuation of the field before it. */
export interface FieldLine {
  /** Name as given, `null` for a continuation (obs-fold). */
  name: string | null;
  /** Value without the white space around it. */
  value: string;
}

/**
 * Splits one line, ended by CRLF, LF or nothing, into name and value; an empty line is `null`.
 *
 * @throws {HTTPInputError} If there is no colon.
 */
export function parseFieldLine(line: string): FieldLine | null {
  let end = line.length;
  if (line.charCodeAt(end - 1) === 0x0a) end -= line.charCodeAt(end - 2) === 0x0d ? 2 : 1;
  if (end <= 0) return null;
  if (isWhitespaceCode(line.charCodeAt(0))) return { name: null, value: trimOWS(line, 0, end) };
  const colon = line.indexOf(":");
  if (colon === -1 || colon >= end) throw new HTTPInputError("No colon in header line");
  return { name: line.slice(0, colon), value: trimOWS(line, colon + 1, end) };
}

/** Yields the lines of a header block, each with its line end. */
export function* splitLines(text: string): Generator<string, void, undefined> {
  let start = 0;
  for (let lf = text.indexOf("\n"); lf !== -1; lf = text.indexOf("\n", start)) {
    yield text.slice(start, lf + 1);
    start = lf + 1;
  }
  yield text.slice(start);
}

// Whether `name`, a legal header name, stands at `start` of the block, in any case.
function nameIsAt(block: string, start: number, name: string): boolean {
  for (let i = 0; i < name.length; i++) {
    const a = block.charCodeAt(start + i);
    const b = name.charCodeAt(i);
    if (a === b) continue;
    const lower = a | 0x20;
    if ((a ^ b) !== 0x20 || lower < 0x61 || lower > 0x7a) return false;
  }
  return true;
}

/**
 * Looks one name up in an unparsed block, without an allocation.
 *
 * @returns Its value, `null` if it is missing, `undefined` if it occurs more than once.
 */
export function scanBlock(block: string, name: string): string | null | undefined {
  let found: string | null = null;
  let start = 0;
  while (start < block.length) {
    const end = block.indexOf("\r\n", start);
    if (block.charCodeAt(start + name.length) === 0x3a && nameIsAt(block, start, name)) {
      if (found !== null) return undefined;
      found = trimOWS(block, start + name.length + 1, end);
    }
    start = end + 2;
  }
  return found;
}

/**
 * Looks one name up in names and values in turn, without an allocation.
 *
 * @returns Its value, `null` if it is missing, `undefined` if it occurs more than once.
 */
export function scanPairs(pairs: readonly string[], name: string): string | null | undefined {
  let found: string | null = null;
  for (let i = 0; i < pairs.length; i += 2) {
    const other = pairs[i] ?? "";
    if (other.length !== name.length || !nameIsAt(other, 0, name)) continue;
    if (found !== null) return undefined;
    found = trimOWS(pairs[i + 1] ?? "");
  }
  return found;
}
