import { latin1Text } from "../../internal/utf8.ts";
import { LOOKUP_ERROR, PythonError, TYPE_ERROR, UNICODE_DECODE_ERROR, UNICODE_ENCODE_ERROR } from "./exceptions.ts";

/** The encodings that templates use, by the names that Python accepts. */
const ENCODINGS: Readonly<Record<string, "utf-8" | "ascii" | "latin-1">> = {
  utf8: "utf-8",
  ascii: "ascii",
  usascii: "ascii",
  latin1: "latin-1",
  iso88591: "latin-1",
};

function encodingOf(name: unknown): "utf-8" | "ascii" | "latin-1" {
  if (name === undefined) return "utf-8";
  if (typeof name !== "string") throw new PythonError(TYPE_ERROR, "the name of an encoding must be str");
  const key = name.toLowerCase().replace(/[-_ ]/g, "");
  const encoding = Object.hasOwn(ENCODINGS, key) ? ENCODINGS[key] : undefined;
  if (encoding === undefined) throw new PythonError(LOOKUP_ERROR, `unknown encoding: ${name}`);
  return encoding;
}

function requireHandler(name: string, errors: unknown): void {
  if (errors === undefined || typeof errors === "string") return;
  throw new PythonError(TYPE_ERROR, `${name}() argument 'errors' must be str`);
}

/** What stands for a character that an encoding lacks, by the name of the way to handle errors. */
const REPLACEMENTS: Readonly<Record<string, (code: number) => string>> = {
  ignore: () => "",
  replace: () => "?",
  xmlcharrefreplace: (code) => `&#${code};`,
  backslashreplace: escaped,
};

function escaped(code: number): string {
  if (code <= 0xff) return `\\x${code.toString(16).padStart(2, "0")}`;
  return code <= 0xffff ? `\\u${code.toString(16).padStart(4, "0")}` : `\\U${code.toString(16).padStart(8, "0")}`;
}

/** Python's `str.encode`. */
export function encode(text: string, name: unknown, errors: unknown): Uint8Array<ArrayBuffer> {
  requireHandler("encode", errors);
  const encoding = encodingOf(name);
  if (encoding === "utf-8") return new TextEncoder().encode(text);
  const limit = encoding === "ascii" ? 0x80 : 0x100;
  const bytes: number[] = [];
  let at = 0;
  for (const c of text) {
    const code = c.codePointAt(0) ?? 0;
    if (code < limit) bytes.push(code);
    else {
      const replace = replacement(errors);
      if (replace === null) throw encodeError(encoding, text, at, limit);
      for (const byte of replace(code)) bytes.push(byte.charCodeAt(0));
    }
    at++;
  }
  return Uint8Array.from(bytes);
}

function replacement(errors: unknown): ((code: number) => string) | null {
  if (errors === undefined || errors === "strict") return null;
  const name = String(errors);
  const replace = Object.hasOwn(REPLACEMENTS, name) ? REPLACEMENTS[name] : undefined;
  if (replace === undefined) throw new PythonError(LOOKUP_ERROR, `unknown error handler name '${name}'`);
  return replace;
}

function encodeError(encoding: string, text: string, start: number, limit: number): PythonError {
  const codes = Array.from(text, (c) => c.codePointAt(0) ?? 0);
  let end = start;
  while ((codes[end] ?? 0) >= limit) end++;
  const reason = `ordinal not in range(${limit})`;
  const fault = end - start === 1
    ? `character '${escaped(codes[start] ?? 0)}' in position ${start}`
    : `characters in position ${start}-${end - 1}`;
  return new PythonError(
    UNICODE_ENCODE_ERROR,
    `'${encoding}' codec can't encode ${fault}: ${reason}`,
    [encoding, text, start, end, reason],
    { encoding, object: text, start, end, reason },
  );
}

/** Python's `bytes.decode`. */
export function decode(bytes: Uint8Array, name: unknown, errors: unknown): string {
  requireHandler("decode", errors);
  // As CPython, which has nothing to look the encoding up for.
  if (bytes.length === 0 && (name === undefined || typeof name === "string")) return "";
  const encoding = encodingOf(name);
  if (encoding === "latin-1") return latin1Text(bytes);
  const replace = errors === "replace" ? () => "\ufffd" : replacement(errors);
  if (encoding === "utf-8") {
    try {
      return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
    }
  }
  return decodeInParts(bytes, encoding, errors === "replace" ? "replace" : "other", replace);
}

/** Decodes what is not all valid: the valid parts, and for each fault what replaces it. */
function decodeInParts(
  bytes: Uint8Array,
  encoding: "utf-8" | "ascii",
  handling: "replace" | "other",
  replace: ((code: number) => string) | null,
): string {
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  let text = "";
  for (let at = 0; at < bytes.length;) {
    const fault = encoding === "ascii" ? asciiFault(bytes, at) : utf8Fault(bytes, at);
    text += decoder.decode(bytes.subarray(at, fault?.start ?? bytes.length));
    if (fault === null) break;
    if (replace === null) throw decodeError(bytes, encoding, fault);
    const bad = bytes.subarray(fault.start, fault.end);
    text += handling === "replace" ? replace(0) : Array.from(bad, replace).join("");
    at = fault.end;
  }
  return text;
}

interface Fault {
  readonly start: number;
  readonly end: number;
  readonly reason: string;
}

function asciiFault(bytes: Uint8Array, from: number): Fault | null {
  for (let i = from; i < bytes.length; i++) {
    if ((bytes[i] ?? 0) >= 0x80) return { start: i, end: i + 1, reason: "ordinal not in range(128)" };
  }
  return null;
}

/** Finds the first sequence that is not UTF-8 (RFC 3629, section 4). */
function utf8Fault(bytes: Uint8Array, from: number): Fault | null {
  for (let start = from; start < bytes.length;) {
    const first = bytes[start] ?? 0;
    if (first < 0x80) {
      start++;
      continue;
    }
    const length = first >= 0xc2 && first <= 0xdf
      ? 2
      : first >= 0xe0 && first <= 0xef
      ? 3
      : first >= 0xf0 && first <= 0xf4
      ? 4
      : 0;
    if (length === 0) return { start, end: start + 1, reason: "invalid start byte" };
    for (let i = 1; i < length; i++) {
      const byte = bytes[start + i];
      if (byte === undefined) return { start, end: bytes.length, reason: "unexpected end of data" };
      const [least, most] = i === 1 ? secondByte(first) : [0x80, 0xbf];
      if (byte < least || byte > most) return { start, end: start + i, reason: "invalid continuation byte" };
    }
    start += length;
  }
  return null;
}

/** The range of the second byte, which for some first bytes is narrower: no overlong forms, no surrogates. */
function secondByte(first: number): [least: number, most: number] {
  if (first === 0xe0) return [0xa0, 0xbf];
  if (first === 0xed) return [0x80, 0x9f];
  if (first === 0xf0) return [0x90, 0xbf];
  return first === 0xf4 ? [0x80, 0x8f] : [0x80, 0xbf];
}

function decodeError(bytes: Uint8Array, encoding: string, { start, end, reason }: Fault): PythonError {
  const fault = end - start === 1
    ? `byte 0x${(bytes[start] ?? 0).toString(16).padStart(2, "0")} in position ${start}`
    : `bytes in position ${start}-${end - 1}`;
  return new PythonError(
    UNICODE_DECODE_ERROR,
    `'${encoding}' codec can't decode ${fault}: ${reason}`,
    [encoding, bytes, start, end, reason],
    { encoding, object: bytes, start, end, reason },
  );
}
