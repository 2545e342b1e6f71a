import { currentClock } from "../../internal/clock.ts";
import type { HTTPHeaders } from "../_httputil/headers.ts";
import { parseTimestamp } from "../_httputil/timestamps.ts";

/** When and how often to repeat a request that failed. */
export interface RetryOptions {
  /** The most repetitions. @default {2} */
  limit?: number;
  /** Methods that may be repeated. @default {["GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"]} */
  methods?: readonly string[];
  /**
   * Statuses that may pass; a request without a response may be repeated as well.
   *
   * @default {[408, 429, 502, 503, 504]}
   */
  codes?: readonly number[];
  /** Seconds of the first pause at most, which double. Each pause is random between 0 and that. @default {0.5} */
  backoff?: number;
  /** Seconds of a pause at most: a server whose `Retry-After` asks for more gets no repetition. @default {30} */
  maxPause?: number;
}

const IDEMPOTENT = ["GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"];
const PASSING = [408, 429, 502, 503, 504];

/** Tells whether a method may be carried out twice (RFC 9110, section 9.2.2). */
export function isIdempotent(method: string): boolean {
  return IDEMPOTENT.includes(method);
}

/** The outcome of an attempt. */
export interface Attempt {
  readonly method: string;
  /** The number of attempts before this one. */
  readonly count: number;
  /** The status, or `null` if there was no response. */
  readonly code: number | null;
  readonly headers: HTTPHeaders | null;
  /** Tells whether the body can be sent again. */
  readonly isReplayable: boolean;
}

/**
 * Returns the seconds to wait before another attempt, or `null` for none.
 *
 * @param random A number from 0 to 1.
 */
export function pauseBefore(options: RetryOptions, attempt: Attempt, random: number): number | null {
  const { limit = 2, methods = IDEMPOTENT, codes = PASSING, backoff = 0.5, maxPause = 30 } = options;
  const { count, method, code, headers, isReplayable } = attempt;
  if (count >= limit || !isReplayable || !methods.includes(method)) return null;
  if (code !== null && !codes.includes(code)) return null;
  const asked = headers === null ? null : retryAfter(headers);
  if (asked !== null) return asked <= maxPause ? asked : null;
  return Math.min(maxPause, backoff * 2 ** count) * random;
}

/** The seconds that a server asks for (RFC 9110, section 10.2.3), or `null`. */
function retryAfter(headers: HTTPHeaders): number | null {
  const value = headers.get("Retry-After");
  if (value === null) return null;
  if (/^\d+$/.test(value)) return Number(value);
  const date = parseTimestamp(value);
  return date === null ? null : Math.max(0, date.getTime() / 1000 - currentClock().now());
}
