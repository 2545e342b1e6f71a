import type { BodyBuffer } from "./body_buffer.ts";
import { quotedSha1, quotedSha1OfParts } from "../../internal/digest/sha1.ts";

/**
 * The number of short texts that are remembered with their ETags, a power of two; with the limit below they take at
 * most 1 MiB of characters.
 */
const REMEMBERED = 16;
/** The longest of them. */
const SHORT = 65536;
/** The longest text that is remembered at all; of those that are not short, there is one. */
const LONG = 1048576;

const bodies: string[] = new Array<string>(REMEMBERED + 1).fill("");
const etags: string[] = new Array<string>(REMEMBERED + 1).fill("");

/**
 * Computes the ETag of a body: its SHA-1 in quotes. Bodies of equal bytes have equal ETags, however they were written.
 *
 * ETags are for clients that ask for the same thing again and again, so the last texts are remembered with theirs:
 * finding that a text is the same takes a tenth of the time of hashing it, and finding that it is not, next to none.
 */
export function bodyEtag(body: BodyBuffer): string {
  if (Array.isArray(body)) return quotedSha1OfParts(body);
  if (typeof body !== "string" || body.length === 0 || body.length > LONG) return quotedSha1(body ?? "");
  const place = body.length > SHORT ? REMEMBERED : body.length & (REMEMBERED - 1);
  if (bodies[place] !== body) {
    etags[place] = quotedSha1(body);
    bodies[place] = body;
  }
  return etags[place];
}

const ENTITY_TAG = /\*|(?:W\/)?"[^"]*"/g;

/**
 * Tells whether an If-None-Match header names the ETag, by weak comparison (RFC 9110 sections 8.8.3.2 and 13.1.2). `*`
 * counts only as the first tag.
 */
export function etagMatches(etag: string, ifNoneMatch: string): boolean {
  // Most clients send back what they were given.
  if (ifNoneMatch === etag && etag.startsWith('"')) return true;
  const tags = ifNoneMatch.match(ENTITY_TAG);
  if (etag === "" || tags === null) return false;
  const opaque = opaqueTag(etag);
  return tags[0] === "*" || tags.some((tag) => opaqueTag(tag) === opaque);
}

function opaqueTag(tag: string): string {
  return tag.startsWith("W/") ? tag.slice(2) : tag;
}
