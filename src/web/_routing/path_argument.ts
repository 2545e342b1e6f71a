import type { Bytes } from "../../internal/bytes.ts";
import { urlUnescape } from "../../util/escape.ts";

/**
 * What a group of a pattern matched, percent-decoded: bytes, or a string where it was plain ASCII, whose bytes and characters are the
 * same; `null` for an optional group that did not take part.
 */
export type PathArgument = string | Bytes | null;

const PERCENT = 0x25;
const DEL = 0x7f;

/**
 * Percent-decodes what a group matched. `+` stays, as in every path.
 *
 * Characters beyond ASCII are bytes that the client sent raw, one character for each. They are taken as bytes again, so that a path in
 * raw UTF-8 arrives as the text it is; Tornado encodes them a second time.
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
    // No engine gives such a character, but a request made by hand may have it; then the whole is text.
    if (unit > 0xff) return raw;
    bytes[i] = unit;
  }
  return bytes;
}
