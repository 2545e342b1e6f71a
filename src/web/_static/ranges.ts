import { currentClock } from "../../internal/clock.ts";
import { parseRequestRange, parseTimestamp } from "../../http/httputil.ts";

/** Bytes from `start` up to, but not including, `end`. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/** The whole file: there is no Range header, or it is ignored. */
export const WHOLE = "whole";
/** Nothing: the file has none of the bytes that the header asks for. */
export const UNSATISFIABLE = "unsatisfiable";

/** The parts of a file to send. */
export type Selection = typeof WHOLE | typeof UNSATISFIABLE | readonly ByteRange[];

/** More ranges than any reader needs. Each costs the head of a part (RFC 9110 section 17.15). */
const MAX_RANGES = 64;

/**
 * Reads the parts of a file of `size` bytes that a Range header asks for (RFC 9110 section 14.2).
 *
 * One range is read as in Tornado. Several keep their order, and those beyond the end are left out. The header is
 * ignored if together they exceed the file, if they are too many, or if one is malformed.
 */
export function selectRanges(header: string, size: number): Selection {
  return header.includes(",") ? selectSeveral(header, size) : selectOne(header, size);
}

function selectOne(header: string, size: number): Selection {
  // Tornado reads `bytes=5` as `bytes=5-`; the grammar does not have it.
  const range = header.includes("-") ? parseRequestRange(header) : null;
  if (range === null) return WHOLE;
  let [start, end] = range;
  if (start !== null && start < 0) start = Math.max(0, start + size);
  if (end === 0 || (start !== null && (start >= size || (end !== null && start >= end)))) return UNSATISFIABLE;
  const selected = { start: start ?? 0, end: Math.min(end ?? size, size) };
  return selected.end - selected.start === size ? WHOLE : [selected];
}

/** RFC 9110 section 14.1.1: a first and perhaps a last position, or the length of the end. */
const RANGE_SPEC = /^(?:([0-9]+)-([0-9]*)|-([0-9]+))$/;

function selectSeveral(header: string, size: number): Selection {
  const equals = header.indexOf("=");
  if (header.slice(0, equals).trim().toLowerCase() !== "bytes") return WHOLE;
  // An empty element of a list does not count (section 5.6.1.2).
  const specs = header.slice(equals + 1).split(",").map((spec) => spec.trim()).filter((spec) => spec !== "");
  if (specs.length > MAX_RANGES) return WHOLE;
  const ranges: ByteRange[] = [];
  let total = 0;
  for (const spec of specs) {
    const range = parseSpec(spec, size);
    if (range === null) return WHOLE;
    if (range.start >= range.end) continue;
    ranges.push(range);
    total += range.end - range.start;
  }
  if (specs.length === 0 || total > size) return WHOLE;
  return ranges.length === 0 ? UNSATISFIABLE : total === size && ranges.length === 1 ? WHOLE : ranges;
}

/** `null` if it is malformed, an empty range if the file has no such bytes. */
function parseSpec(spec: string, size: number): ByteRange | null {
  const match = RANGE_SPEC.exec(spec);
  if (match === null) return null;
  const [, first, last, suffix] = match;
  if (suffix !== undefined) return { start: Math.max(0, size - Number(suffix)), end: size };
  const start = Number(first);
  if (last === "") return { start, end: size };
  const end = Number(last) + 1;
  return end <= start ? null : { start, end: Math.min(end, size) };
}

/**
 * Tells whether an If-Range header (RFC 9110 section 13.1.5) names this very file, by strong comparison: only then does
 * the client have the other parts of it. A date is weak within its own second, in which the file may change again
 * (section 8.8.2.2).
 */
export function ifRangeHolds(validator: string, etag: string | null, modified: Date | null): boolean {
  if (validator.startsWith('"')) return validator === etag;
  if (modified === null || currentClock().now() - modified.getTime() / 1000 < 1) return false;
  return parseTimestamp(validator)?.getTime() === modified.getTime();
}
