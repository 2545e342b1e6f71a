/**
 * Tokens against forged requests from other sites (XSRF): a cookie that only this site can read, repeated in each form.
 *
 * The raw token is 16 random bytes. Version 1 shows them in hexadecimal. Version 2, `2|mask|masked token|time`, hides
 * them under a new mask each time, so that an attacker who watches the size of compressed pages (BREACH) learns
 * nothing about them. The cookie and the form need not have the same version. Tornado and Twister accept each other's.
 *
 * @module
 */
import { currentClock } from "../internal/clock.ts";
import type { Bytes } from "../internal/bytes.ts";
import { utf8, xhtmlEscape } from "../util/escape.ts";
import { genLog } from "../util/log.ts";

/** A token without its mask. */
export interface RawXsrfToken {
  /** The version of the text that it was read from; `null` for a new token, which has to be set as a cookie. */
  readonly version: number | null;
  readonly token: Bytes;
  /** The time at which it was made, in seconds since 1970. */
  readonly timestamp: number;
}

/** Too many bytes to guess. */
const TOKEN_LENGTH = 16;
/** The mask has the length of that of WebSocket frames, for which Tornado has a routine. */
const MASK_LENGTH = 4;
/** The number of characters of a malformed token that the log shows. */
const SHOWN_LENGTH = 100;

const VERSIONED = /^([1-9][0-9]*)\|/;
const HEX = /^(?:[0-9a-f]{2})*$/i;
/** JavaScript writes this many digits without an exponent. */
const DECIMAL = /^[0-9]{1,20}$/;

export function newXsrfToken(): RawXsrfToken {
  const token = crypto.getRandomValues(new Uint8Array(TOKEN_LENGTH));
  return { version: null, token, timestamp: currentClock().now() };
}

/** @throws {RangeError} If the version is neither 1 nor 2. */
export function encodeXsrfToken(raw: RawXsrfToken, version: number): string {
  if (version === 1) return raw.token.toHex();
  if (version !== 2) throw new RangeError(`Cannot write an XSRF token of version ${version}: it must be 1 or 2`);
  const mask = crypto.getRandomValues(new Uint8Array(MASK_LENGTH));
  return `2|${mask.toHex()}|${masked(raw.token, mask).toHex()}|${Math.floor(raw.timestamp)}`;
}

/** Reads the text of a token; `null` if it is malformed or of an unknown version. */
export function decodeXsrfToken(text: string): RawXsrfToken | null {
  const versioned = VERSIONED.exec(text);
  if (versioned !== null) return versioned[1] === "2" ? decodeV2(text) : malformed(text);
  // The first version of all wrote the token itself, not in hexadecimal.
  const token = HEX.test(text) ? Uint8Array.fromHex(text) : utf8(text);
  return { version: 1, token, timestamp: currentClock().now() };
}

export function xsrfFormField(token: string): string {
  return `<input type="hidden" name="_xsrf" value="${xhtmlEscape(token)}"/>`;
}

function decodeV2(text: string): RawXsrfToken | null {
  const fields = text.split("|");
  const [, maskText = "", tokenText = "", time = ""] = fields;
  const valid = fields.length === 4 && maskText.length === MASK_LENGTH * 2 &&
    HEX.test(maskText) && HEX.test(tokenText) && DECIMAL.test(time);
  if (!valid) return malformed(text);
  const token = masked(Uint8Array.fromHex(tokenText), Uint8Array.fromHex(maskText));
  return { version: 2, token, timestamp: Number(time) };
}

function masked(token: Bytes, mask: Bytes): Bytes {
  const result = new Uint8Array(token.length);
  for (let i = 0; i < token.length; i++) result[i] = token[i] ^ mask[i % MASK_LENGTH];
  return result;
}

function malformed(text: string): null {
  genLog.debug("XSRF token malformed or of an unknown version: %s", JSON.stringify(text.slice(0, SHOWN_LENGTH)));
  return null;
}
