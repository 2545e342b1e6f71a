import { HTTPInputError } from "../_httputil/errors.ts";
import type { HTTPHeaders } from "../_httputil/headers.ts";

/** Matches the characters that must not appear in an outgoing header line (`tornado.http1connection.CR_OR_LF_RE`). */
export const CR_OR_LF_RE: RegExp = /\r|\n/;
/** Matches ASCII digits (`tornado.http1connection.DIGITS`). */
export const DIGITS: RegExp = /[0-9]+/;
/** Matches hexadecimal digits (`tornado.http1connection.HEXDIGITS`). */
export const HEXDIGITS: RegExp = /[0-9a-fA-F]+/;

/**
 * Parses a decimal number of ASCII digits only, as HTTP writes lengths (`tornado.http1connection.parse_int`).
 *
 * @throws {RangeError} If the text is empty or has another character than a digit.
 *
 * @example
 * ```ts
 * import { parseInt } from "@twister/twister/http1connection";
 * import { assertEquals, assertThrows } from "@std/assert";
 *
 * assertEquals(parseInt("042"), 42);
 * assertThrows(() => parseInt("+42"), RangeError);
 * ```
 */
export function parseInt(s: string): number {
  if (!/^[0-9]+$/.test(s)) throw new RangeError(`Cannot parse ${JSON.stringify(s)} as an integer`);
  return Number(s);
}

/**
 * Parses a number of hexadecimal digits only (`tornado.http1connection.parse_hex_int`).
 *
 * @throws {RangeError} If the text is empty or has another character than a digit.
 *
 * @example
 * ```ts
 * import { parseHexInt } from "@twister/twister/http1connection";
 * import { assertEquals, assertThrows } from "@std/assert";
 *
 * assertEquals(parseHexInt("fF"), 255);
 * assertThrows(() => parseHexInt("0xff"), RangeError);
 * ```
 */
export function parseHexInt(s: string): number {
  if (!/^[0-9a-fA-F]+$/.test(s)) throw new RangeError(`Cannot parse ${JSON.stringify(s)} as a hexadecimal integer`);
  return Number(`0x${s}`);
}

/**
 * Returns whether a message is chunked (`tornado.http1connection.is_transfer_encoding_chunked`).
 *
 * @throws {HTTPInputError} If the message has another transfer coding, or a Content-Length as well.
 *
 * @example
 * ```ts
 * import { isTransferEncodingChunked } from "@twister/twister/http1connection";
 * import { HTTPHeaders } from "@twister/twister/httputil";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(isTransferEncodingChunked(new HTTPHeaders({ "Transfer-Encoding": "chunked" })), true);
 * assertEquals(isTransferEncodingChunked(new HTTPHeaders()), false);
 * ```
 */
export function isTransferEncodingChunked(headers: HTTPHeaders): boolean {
  const coding = headers.get("Transfer-Encoding");
  if (coding === null) return false;
  if (headers.has("Content-Length")) throw new HTTPInputError("Both Content-Length and Transfer-Encoding");
  if (coding.toLowerCase() === "chunked") return true;
  throw new HTTPInputError(`Unsupported Transfer-Encoding ${JSON.stringify(coding)}`, { statusCode: 501 });
}
