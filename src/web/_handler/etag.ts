import type { BodyBuffer } from "./body_buffer.ts";
import { quotedSha1, quotedSha1OfParts } from "./sha1.ts";

/** The ETag of a body: its SHA-1 in quotes. Bodies that are equal as bytes have the same, however they were written. */
export function bodyEtag(body: BodyBuffer): string {
  if (Array.isArray(body)) return quotedSha1OfParts(body);
  return quotedSha1(body ?? "");
}

const ENTITY_TAG = /\*|(?:W\/)?"[^"]*"/g;

/**
 * Whether an If-None-Match header names the ETag, by weak comparison (RFC 9110 sections 8.8.3.2 and 13.1.2). `*` counts only as the
 * first tag.
 */
export function etagMatches(etag: string, ifNoneMatch: string): boolean {
  const tags = ifNoneMatch.match(ENTITY_TAG);
  if (etag === "" || tags === null) return false;
  const opaque = opaqueTag(etag);
  return tags[0] === "*" || tags.some((tag) => opaqueTag(tag) === opaque);
}

function opaqueTag(tag: string): string {
  return tag.startsWith("W/") ? tag.slice(2) : tag;
}
