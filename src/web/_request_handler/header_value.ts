import { Buffer } from "node:buffer";
import { formatTimestamp } from "../../http/httputil.ts";
import type { Bytes } from "../../internal/bytes.ts";

/** What a handler may set a header to: text, bytes (taken as latin1), an integer, or a time. */
export type HeaderValue = string | Bytes | number | bigint | Date;

/**
 * The text of a header value. Whether its characters are legal is checked where it is added to the headers.
 *
 * @throws {TypeError} If the value is of another kind, or a number that is no integer.
 * @throws {RangeError} If the time is none that HTTP can express.
 */
export function headerText(value: HeaderValue): string {
  if (typeof value === "string") return value;
  if (typeof value === "bigint" || Number.isSafeInteger(value)) return String(value);
  if (value instanceof Uint8Array) return latin1(value);
  if (value instanceof Date) return formatTimestamp(value);
  throw new TypeError(`Unsupported header value ${Deno.inspect(value)}`);
}

/** Text as a header carries it: its UTF-8 bytes, one character for each. */
export function utf8HeaderText(text: string): string {
  return Buffer.from(text).toString("latin1");
}

function latin1(bytes: Bytes): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
}
