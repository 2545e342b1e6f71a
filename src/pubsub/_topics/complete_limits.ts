import type { HistoryLimits } from "../history.ts";
import { checkedLimits } from "../memory_history.ts";

/** A day of chat, or some seconds of a fast feed; a reader that was away for longer reads the whole state again. */
const DEFAULT_HISTORY_SIZE = 300;
const DEFAULT_HISTORY_TTL = 300;
const DEFAULT_HISTORY_BYTES: number = 1024 * 1024;

/**
 * Returns the limits of a history, with the defaults of those that are not given.
 *
 * @throws {RangeError} If one is not positive.
 */
export function completeLimits(given: Partial<HistoryLimits>): HistoryLimits {
  const { size = DEFAULT_HISTORY_SIZE, ttl = DEFAULT_HISTORY_TTL, bytes = DEFAULT_HISTORY_BYTES } = given;
  return checkedLimits({ size, ttl, bytes });
}
