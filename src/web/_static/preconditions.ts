import { type HTTPHeaders, parseTimestamp } from "../../http/httputil.ts";

/** An entity tag of a list. */
const ENTITY_TAG = /(?:W\/)?"[^"]*"/g;

/**
 * Tells whether If-Match, or If-Unmodified-Since without it, forbids to answer with this version of the file: 412.
 * These come before If-None-Match and Range (RFC 9110 section 13.2.2).
 */
export function preconditionFails(headers: HTTPHeaders, etag: string | null, modified: Date | null): boolean {
  const tags = headers.get("If-Match");
  if (tags !== null && tags !== "") return !matchesStrongly(tags, etag);
  const since = headers.get("If-Unmodified-Since");
  const date = since === null ? null : parseTimestamp(since);
  return date !== null && modified !== null && modified > date;
}

/** Compares by strong comparison (RFC 9110 section 8.8.3.2): a weak tag, on either side, matches nothing. */
function matchesStrongly(tags: string, etag: string | null): boolean {
  if (tags.trim() === "*") return true;
  return etag !== null && etag.startsWith('"') && (tags.match(ENTITY_TAG)?.includes(etag) ?? false);
}
