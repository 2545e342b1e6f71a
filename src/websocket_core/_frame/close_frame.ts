import { utf8 } from "../../util/escape.ts";
import type { Bytes } from "../../internal/bytes.ts";

/** Close codes that we send ourselves (RFC 6455, section 7.4.1). */
export const NORMAL_CLOSURE = 1000;
/** The server goes down, or the page goes elsewhere. */
export const GOING_AWAY = 1001;
/** The peer broke the protocol. */
export const PROTOCOL_ERROR = 1002;
/** A message that is not of its type, such as a text that is not UTF-8. */
export const INVALID_PAYLOAD = 1007;
/** The peer sends more than it may. */
export const POLICY_VIOLATION = 1008;
/** A message larger than we take. */
export const MESSAGE_TOO_BIG = 1009;
/** Something went wrong in the application. */
export const INTERNAL_ERROR = 1011;

/** The size limit of a reason in bytes: a control frame's 125 less the two of the code. */
export const MAX_REASON = 123;

/**
 * Tells whether a code may stand in a Close frame: those that the registry has, without those that are never sent (1004
 * to 1006, 1015), and the ranges for libraries and applications (section 7.4.2).
 */
export function isCloseCode(code: number): boolean {
  return (code >= 1000 && code <= 1014 && (code < 1004 || code > 1006)) || (code >= 3000 && code <= 4999);
}

const EMPTY: Bytes = new Uint8Array(0);

/**
 * Makes the payload of a Close frame; it is empty without code and reason.
 *
 * @param code The code; a reason without a code is sent with 1000.
 * @throws {RangeError} If the code may not be sent, or the reason is longer than 123 bytes in UTF-8.
 */
export function closePayload(code: number | null, reason: string | Uint8Array | null): Bytes {
  if (code === null && reason === null) return EMPTY;
  const sent = code ?? NORMAL_CLOSURE;
  if (!Number.isInteger(sent) || !isCloseCode(sent)) {
    throw new RangeError(`Cannot close with code ${code}: it may not stand in a Close frame`);
  }
  const text = typeof reason === "string" ? utf8(reason) : reason ?? EMPTY;
  if (text.length > MAX_REASON) {
    throw new RangeError(`Cannot close with a reason of ${text.length} bytes: it has room for ${MAX_REASON}`);
  }
  const payload = new Uint8Array(2 + text.length);
  payload[0] = sent >>> 8;
  payload[1] = sent;
  payload.set(text, 2);
  return payload;
}
