import { currentClock } from "../internal/clock.ts";
import { type Duration, isDuration, toMilliseconds } from "../internal/duration.ts";

/** The limits of a wait. */
export interface WaitOptions {
  /**
   * Seconds from now. Zero and less decide immediately: the call succeeds without waiting, or it times out.
   * @default {null}
   */
  timeout?: number | null;
  /**
   * Cancels the wait: the promise rejects with the reason of the signal.
   * @default {null}
   */
  signal?: AbortSignal | null;
}

/**
 * The limit of a wait. A number is a deadline on the scale of `IOLoop.time`, as in Tornado; a {@linkcode Duration} and
 * the seconds of {@linkcode WaitOptions} count from now.
 */
export type Timeout = number | Duration | WaitOptions;

/**
 * Returns the seconds until a wait ends, `Infinity` if it has no time-out.
 *
 * @throws {TypeError} If the value is not a {@linkcode Timeout}.
 */
export function secondsOf(timeout: unknown): number {
  if (typeof timeout === "number") return timeout - currentClock().now();
  if (isDuration(timeout)) return toMilliseconds(timeout) / 1000;
  if (typeof timeout === "object" && timeout !== null) {
    const seconds = "timeout" in timeout ? timeout.timeout ?? Infinity : Infinity;
    if (typeof seconds === "number") return seconds;
  }
  throw new TypeError(
    `Unsupported time-out, neither a number nor a duration nor { timeout, signal }: ${Deno.inspect(timeout)}`,
  );
}

export function signalOf(timeout: unknown): AbortSignal | null {
  if (typeof timeout !== "object" || timeout === null || !("signal" in timeout)) return null;
  return timeout.signal instanceof AbortSignal ? timeout.signal : null;
}

export function isAborted(timeout: Timeout | null): boolean {
  return timeout !== null && signalOf(timeout)?.aborted === true;
}
