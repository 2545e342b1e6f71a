import type { Bytes } from "../../internal/bytes.ts";
import { urlUnescape } from "../../util/escape.ts";

/**
 * The value of a group of a pattern, percent-decoded: bytes, or a string if it was plain ASCII, whose bytes and
 * characters are the same; `null` for an optional group that took no part.
 */
export type PathArgument = string | Bytes | null;

const PERCENT = 0x25;
const DEL = 0x7f;

/**
 * Percent-decodes the value of a group. `+` stays, as in every path.
 *
 * A character beyond ASCII is a byte that the client sent raw. It becomes a byte again, so that a path in raw UTF-8
 * arrives as the right text; Tornado encodes it a second time.
 */
export function decodeGroup(raw: string | undefined): PathArgument {
  if (raw === undefined) return null;
  let plain = true;
  for (let i = 0; i < raw.length; i++) {
    const unit = raw.charCodeAt(i);
    if (unit > DEL) return urlUnescape(encodeRaw(raw), null, false);
    if (unit === PERCENT) plain = false;
  }
  return plain ? raw : urlUnescape(raw, null, false);
}

function encodeRaw(raw: string): string | Bytes {
  const bytes = new Uint8Array(raw.length);
  for (let i = 0; i < raw.length; i++) {
    const unit = raw.charCodeAt(i);
    // Only a request made by hand can have such a character; then the whole is text.
    if (unit > 0xff) return raw;
    bytes[i] = unit;
  }
  return bytes;
}
