import type { Bytes } from "../../internal/bytes.ts";
import { utf8 } from "../../util/escape.ts";
import { HmacSha256 } from "../../internal/digest/hmac_sha256.ts";

/** The number of prepared keys that are kept: an application has one, or a few while it rotates them. */
const MAX_PREPARED = 16;

const prepared = new Map<string, HmacSha256>();

/** The HMAC of a secret. That of a text is kept; bytes could be changed by their owner. */
export function hmacOf(secret: string | Bytes): HmacSha256 {
  if (typeof secret !== "string") return new HmacSha256(utf8(secret));
  const known = prepared.get(secret);
  if (known !== undefined) return known;
  if (prepared.size >= MAX_PREPARED) prepared.clear();
  const hmac = new HmacSha256(utf8(secret));
  prepared.set(secret, hmac);
  return hmac;
}

/** Compares two texts in a time that depends on their lengths alone. */
export function equalInConstantTime(a: string, b: string): boolean {
  if (a.length !== b.length) return false;
  let difference = 0;
  for (let i = 0; i < a.length; i++) difference |= a.charCodeAt(i) ^ b.charCodeAt(i);
  return difference === 0;
}
