import { formatTimestamp } from "../../http/httputil.ts";
import type { Bytes } from "../../internal/bytes.ts";
import { latin1Text } from "../../internal/utf8.ts";

/** The value of a header: text, bytes (as latin1), an integer, or a time. */
export type HeaderValue = string | Bytes | number | bigint | Date;

/**
 * @throws {TypeError} If the value is of another kind, or a number that is not an integer.
 * @throws {RangeError} If HTTP cannot express the time.
 */
export function headerText(value: HeaderValue): string {
  if (typeof value === "string") return value;
  if (typeof value === "bigint" || Number.isSafeInteger(value)) return String(value);
  if (value instanceof Uint8Array) return latin1Text(value);
  if (value instanceof Date) return formatTimestamp(value);
  throw new TypeError(`Unsupported header value ${Deno.inspect(value)}`);
}
