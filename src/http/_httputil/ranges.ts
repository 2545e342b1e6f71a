function intOrNull(text: string): number | null | undefined {
  const digits = text.trim();
  if (digits === "") return null;
  if (!/^[0-9]+$/.test(digits)) return undefined;
  // What is beyond exact numbers is beyond any resource, too.
  return Math.min(Number(digits), Number.MAX_SAFE_INTEGER - 1);
}

/**
 * Parses a Range header of one range, as bounds for a half-open slice.
 *
 * A suffix range (`bytes=-5`) gives a negative start. Bounds are not compared with each other or with a size. Tornado's
 * `_parse_request_range`.
 *
 * @returns Start and end, `null` for one that the header leaves open; or `null` for a header to ignore: another unit,
 * several ranges, or malformed.
 *
 * @example
 * ```ts
 * import { parseRequestRange } from "@twister/twister/httputil";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(parseRequestRange("bytes=1-2"), [1, 3]);
 * assertEquals(parseRequestRange("bytes=6-"), [6, null]);
 * assertEquals(parseRequestRange("bytes=-6"), [-6, null]);
 * assertEquals(parseRequestRange("bytes=1-2,4-5"), null);
 * ```
 */
export function parseRequestRange(rangeHeader: string): [number | null, number | null] | null {
  const equals = rangeHeader.indexOf("=");
  // RFC 9110 section 14.1: names of range units are case-insensitive.
  const unit = (equals === -1 ? rangeHeader : rangeHeader.slice(0, equals)).trim().toLowerCase();
  if (unit !== "bytes") return null;
  const value = equals === -1 ? "" : rangeHeader.slice(equals + 1).trim();
  const dash = value.indexOf("-");
  const start = intOrNull(dash === -1 ? value : value.slice(0, dash));
  const end = intOrNull(dash === -1 ? "" : value.slice(dash + 1));
  if (start === undefined || end === undefined) return null;
  if (end === null) return [start, null];
  if (start !== null) return [start, end + 1];
  return end === 0 ? [null, 0] : [-end, null];
}

/**
 * Returns the value of a Content-Range header for a half-open slice; `null` bounds are those of the whole.
 *
 * Tornado's `_get_content_range`.
 *
 * @example
 * ```ts
 * import { getContentRange } from "@twister/twister/httputil";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(getContentRange(null, 2, 4), "bytes 0-1/4");
 * ```
 */
export function getContentRange(start: number | null, end: number | null, total: number): string {
  return `bytes ${start ?? 0}-${(end || total) - 1}/${total}`;
}
