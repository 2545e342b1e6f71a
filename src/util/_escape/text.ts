import type { Bytes } from "../../internal/bytes.ts";
import { strip } from "../../internal/python.ts";
import { shortAsciiText } from "../../internal/utf8.ts";

const encoder = new TextEncoder();

/** Strict, and keeps a byte order mark, as Python's `decode("utf-8")`. */
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Puts U+FFFD in place of what is not UTF-8, in a fifth of the time. */
const lenientDecoder = new TextDecoder("utf-8", { ignoreBOM: true });
const REPLACEMENT = "\ufffd";

/**
 * Encodes a string as UTF-8, and returns bytes and `null` unchanged. Tornado's `utf8`.
 *
 * Half of a surrogate pair becomes U+FFFD; Python raises an error.
 *
 * @example
 * ```ts
 * import { utf8 } from "@twister/twister/escape";
 * import { assertEquals } from "@std/assert";
 * assertEquals(utf8("é"), new Uint8Array([0xc3, 0xa9]));
 * assertEquals(utf8(null), null);
 * ```
 *
 * @throws {TypeError} The value is of another type.
 */
export function utf8(value: string): Bytes;
/** Returns bytes and `null` unchanged. */
export function utf8<T extends Uint8Array | null>(value: T): T;
/** Encodes a string, or returns bytes unchanged. */
export function utf8(value: string | Bytes): Bytes;
/** Encodes a string, or returns bytes and `null` unchanged. */
export function utf8(value: string | Bytes | null): Bytes | null;
export function utf8(value: string | Uint8Array | null): Uint8Array | null {
  if (typeof value === "string") return encoder.encode(value);
  if (value === null || value instanceof Uint8Array) return value;
  throw new TypeError(`Cannot encode: expected a string, bytes or null, got ${typeof value}`);
}

/**
 * Decodes UTF-8 strictly, and returns strings and `null` unchanged. Tornado's `to_unicode`.
 *
 * A byte order mark stays as U+FEFF.
 *
 * @example
 * ```ts
 * import { toUnicode } from "@twister/twister/escape";
 * import { assertEquals, assertThrows } from "@std/assert";
 * assertEquals(toUnicode(new Uint8Array([0xc3, 0xa9])), "é");
 * assertThrows(() => toUnicode(new Uint8Array([0xc3])), TypeError);
 * ```
 *
 * @throws {TypeError} The bytes are not UTF-8, or the value is of another type.
 */
export function toUnicode(value: string | Uint8Array): string;
/** Returns `null` unchanged. */
export function toUnicode(value: null): null;
/** Decodes bytes, or returns a string and `null` unchanged. */
export function toUnicode(value: string | Uint8Array | null): string | null;
export function toUnicode(value: string | Uint8Array | null): string | null {
  if (typeof value === "string" || value === null) return value;
  if (value instanceof Uint8Array) return shortAsciiText(value) ?? decode(value);
  throw new TypeError(`Cannot decode: expected a string, bytes or null, got ${typeof value}`);
}

function decode(bytes: Uint8Array): string {
  const text = lenientDecoder.decode(bytes);
  // It may have been sent as well.
  return text.includes(REPLACEMENT) ? decoder.decode(bytes) : text;
}

/**
 * Another name of {@linkcode toUnicode}, for code that follows Tornado's `native_str`.
 *
 * @example
 * ```ts
 * import { nativeStr, utf8 } from "@twister/twister/escape";
 * import { assertEquals } from "@std/assert";
 * assertEquals(nativeStr(utf8("x")), "x");
 * ```
 */
export const nativeStr: typeof toUnicode = toUnicode;

/**
 * Another name of {@linkcode toUnicode}, for code that follows Tornado's `to_basestring`.
 *
 * @example
 * ```ts
 * import { toBasestring, utf8 } from "@twister/twister/escape";
 * import { assertEquals } from "@std/assert";
 * assertEquals(toBasestring(utf8("x")), "x");
 * ```
 */
export const toBasestring: typeof toUnicode = toUnicode;

/**
 * Copies arrays, maps and plain objects, and decodes every byte string in them as UTF-8. Tornado's `recursive_unicode`.
 *
 * Objects of other classes and other values are not copied.
 *
 * @example
 * ```ts
 * import { recursiveUnicode, utf8 } from "@twister/twister/escape";
 * import { assertEquals } from "@std/assert";
 * assertEquals(recursiveUnicode({ a: [utf8("x"), 1] }), { a: ["x", 1] });
 * ```
 *
 * @param obj Value without cycles.
 * @throws {TypeError} Bytes are not UTF-8.
 */
export function recursiveUnicode(obj: unknown): unknown {
  if (obj instanceof Uint8Array) return toUnicode(obj);
  if (Array.isArray(obj)) return obj.map(recursiveUnicode);
  if (obj instanceof Map) {
    return new Map([...obj].map(([key, value]) => [recursiveUnicode(key), recursiveUnicode(value)]));
  }
  if (typeof obj !== "object" || obj === null) return obj;
  const prototype: unknown = Object.getPrototypeOf(obj);
  if (prototype !== null && prototype !== Object.prototype) return obj;
  // fromEntries defines properties: an assignment to a key "__proto__" would set the prototype.
  const copy = Object.fromEntries(Object.entries(obj).map(([key, value]) => [key, recursiveUnicode(value)]));
  return prototype === null ? Object.setPrototypeOf(copy, null) : copy;
}

/**
 * Replaces every run of characters up to U+0020 with one space, and strips white space from both ends. Tornado's
 * `squeeze`.
 *
 * @example
 * ```ts
 * import { squeeze } from "@twister/twister/escape";
 * import { assertEquals } from "@std/assert";
 * assertEquals(squeeze(" a\r\n\tb "), "a b");
 * ```
 */
export function squeeze(value: string): string {
  // deno-lint-ignore no-control-regex -- control characters are what is looked for
  return strip(value.replace(/[\x00-\x20]+/g, " "));
}
