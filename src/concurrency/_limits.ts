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
  let seconds: unknown = NaN;
  if (typeof timeout === "number") seconds = timeout - currentClock().now();
  else if (isDuration(timeout)) seconds = toMilliseconds(timeout) / 1000;
  else if (typeof timeout === "object" && timeout !== null) {
    seconds = "timeout" in timeout ? timeout.timeout ?? Infinity : Infinity;
  }
  if (typeof seconds === "number" && !Number.isNaN(seconds)) return seconds;
  throw new TypeError(
    `Unsupported time-out, neither a number nor a duration nor { timeout, signal }: ${Deno.inspect(timeout)}`,
  );
}

/**
 * Returns the signal that cancels a wait, `null` if there is none.
 *
 * @throws {TypeError} If the signal is something else.
 */
export function signalOf(timeout: unknown): AbortSignal | null {
  if (typeof timeout !== "object" || timeout === null || !("signal" in timeout)) return null;
  const signal = timeout.signal ?? null;
  if (signal === null || signal instanceof AbortSignal) return signal;
  throw new TypeError(`Unsupported signal, not an AbortSignal: ${Deno.inspect(signal)}`);
}

/**
 * Returns whether the caller has given up already. A call that need not wait looks at no more of its limits.
 *
 * @throws {TypeError} If the value is not a {@linkcode Timeout}.
 */
export function isAborted(timeout: Timeout | null): boolean {
  if (timeout === null) return false;
  secondsOf(timeout);
  return signalOf(timeout)?.aborted === true;
}
