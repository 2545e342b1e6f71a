import type { Bytes } from "../../internal/bytes.ts";
import { latin1Text } from "../../internal/utf8.ts";
import { toUnicode, utf8 } from "./text.ts";

const UNSAFE = /[^A-Za-z0-9_.~-]/;

/** Characters that Python's `quote` encodes and encodeURIComponent does not. */
const LEFT_OVER = /[!'()*]/g;

const PLUS = 0x2b;
const PERCENT = 0x25;
const SPACE = 0x20;

/**
 * Percent-encodes all characters but ASCII letters, digits and `_.-~`, as UTF-8. Tornado's `url_escape`.
 *
 * @example
 * ```ts
 * import { urlEscape } from "@twister/twister/escape";
 * import { assertEquals } from "@std/assert";
 * assertEquals(urlEscape("a b/é"), "a+b%2F%C3%A9");
 * assertEquals(urlEscape("a b/é", false), "a%20b/%C3%A9");
 * ```
 *
 * @param value Text, or bytes in any encoding.
 * @param plus `true` for a query string: a space becomes `+`. `false` for a path: a space becomes `%20`, and `/` stays.
 */
export function urlEscape(value: string | Uint8Array, plus = true): string {
  if (typeof value !== "string") return escapeBytes(value, plus);
  if (!UNSAFE.test(value)) return value;
  const encoded = encodeURIComponent(value.toWellFormed()).replace(LEFT_OVER, percent);
  return plus ? encoded.replaceAll("%20", "+") : encoded.replaceAll("%2F", "/");
}

function percent(character: string): string {
  return escapedByte(character.charCodeAt(0));
}

function escapedByte(byte: number): string {
  return `%${byte < 16 ? "0" : ""}${byte.toString(16).toUpperCase()}`;
}

function escapeBytes(bytes: Uint8Array, plus: boolean): string {
  let text = "";
  for (const byte of bytes) {
    const character = String.fromCharCode(byte);
    if (byte === SPACE && plus) text += "+";
    else if (!UNSAFE.test(character) || (character === "/" && !plus)) text += character;
    else text += escapedByte(byte);
  }
  return text;
}

/**
 * Decodes percent-encoded text. Tornado's `url_unescape`.
 *
 * A `%` without two hexadecimal digits stays as it is. Bytes that are not valid in the encoding become U+FFFD.
 *
 * @example
 * ```ts
 * import { urlUnescape } from "@twister/twister/escape";
 * import { assertEquals } from "@std/assert";
 * assertEquals(urlUnescape("a+b%C3%A9%zz%ff"), "a bé%zz\ufffd");
 * assertEquals(urlUnescape("a%ff", null), new Uint8Array([0x61, 0xff]));
 * assertEquals(urlUnescape("a+b", "utf-8", false), "a+b");
 * ```
 *
 * @param value Text, or its UTF-8 bytes.
 * @param encoding Name of the text encoding; `null` returns bytes.
 * @param plus `true` for a query string, in which `+` means a space; `false` for a path.
 * @throws {RangeError} The encoding is not known.
 * @throws {TypeError} `value` is bytes that are not UTF-8, and `encoding` is not `null`.
 */
export function urlUnescape(value: string | Uint8Array, encoding?: string, plus?: boolean): string;
/** Decodes percent-encoding to bytes. */
export function urlUnescape(value: string | Uint8Array, encoding: null, plus?: boolean): Bytes;
export function urlUnescape(
  value: string | Uint8Array,
  encoding: string | null = "utf-8",
  plus = true,
): string | Bytes {
  if (encoding === null) return unescapeToBytes(value, plus);
  const text = typeof value === "string" ? value : toUnicode(value);
  const spaced = plus ? text.replaceAll("+", " ") : text;
  if (!spaced.includes("%")) return spaced;
  if (encoding === "utf-8") {
    try {
      return decodeURIComponent(spaced);
    } catch {
      // A part of it is not valid: the slow way keeps that part and decodes the rest.
    }
  }
  const decode = bytesDecoder(encoding);
  // As in Python, each run of ASCII is decoded by itself, and other characters stay.
  // deno-lint-ignore no-control-regex -- all of ASCII is meant
  return spaced.replace(/[\x00-\x7f]+/g, (run) => run.includes("%") ? decode(unescapeToBytes(run, false)) : run);
}

/**
 * Returns the decoder of an encoding. "latin1" and "ascii" mean windows-1252 to TextDecoder, so these two are done
 * here.
 */
function bytesDecoder(encoding: string): (bytes: Bytes) => string {
  const label = encoding.toLowerCase().replaceAll("_", "-");
  if (/^(?:latin-?1|iso-?8859-1|l1)$/.test(label)) return latin1Text;
  if (/^(?:us-)?ascii$/.test(label)) return (bytes) => latin1Text(bytes).replace(/[\x80-\xff]/g, "\ufffd");
  const decoder = new TextDecoder(label, { ignoreBOM: true });
  return (bytes) => decoder.decode(bytes);
}

function unescapeToBytes(value: string | Uint8Array, plus: boolean): Bytes {
  const source = typeof value === "string" ? utf8(value) : value;
  const target = new Uint8Array(source.length);
  let length = 0;
  for (let i = 0; i < source.length; i++) {
    let byte = source[i];
    if (byte === PERCENT) {
      const decoded = hexDigit(source[i + 1]) * 16 + hexDigit(source[i + 2]);
      if (decoded >= 0) {
        byte = decoded;
        i += 2;
      }
    } else if (byte === PLUS && plus) {
      byte = SPACE;
    }
    target[length++] = byte;
  }
  return target.subarray(0, length);
}

/**
 * Returns the value of a hexadecimal digit. For any other code it is so far below zero that a sum with it stays
 * negative.
 */
export function hexDigit(code: number | undefined): number {
  if (code === undefined) return -1024;
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  const lower = code | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1024;
}
