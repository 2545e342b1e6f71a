import { currentClock, type Timer } from "../../internal/clock.ts";
import { isThenable } from "../../internal/promises.ts";
import { type Duration, isDuration, toMilliseconds } from "../../internal/duration.ts";
import { logCallbackError, nameOf } from "./callbacks.ts";

/** Options of {@linkcode PeriodicCallback}. */
export interface PeriodicCallbackOptions {
  /**
   * The fraction of the period by which each one varies at random, half of it to either side: with 0.1, a period of one
   * second takes 0.95 to 1.05 s.
   * @default {0}
   */
  jitter?: number;
}

/**
 * Returns the time of the next call. Slots in the past are skipped, so that calls stay on the grid of the first one. If
 * the clock is before `previous` (a timer fired early, or the clock was set back), that is the next slot.
 */
export function nextTime(previous: number, now: number, period: number): number {
  if (now < previous) return previous + period;
  return previous + (Math.floor((now - previous) / period) + 1) * period;
}

/**
 * Calls a function periodically (`tornado.ioloop.PeriodicCallback`).
 *
 * Calls do not drift: periods count from {@linkcode PeriodicCallback.start}, not from the previous call. Calls that
 * were missed because one came late or took long are skipped. If the function returns a promise, the next call waits
 * for it. Errors are logged and do not end the series. Setting the wall clock has no effect, unlike in Tornado.
 *
 * @example
 * ```ts
 * import { PeriodicCallback } from "@twister/twister/ioloop";
 * import { assertEquals } from "@std/assert";
 *
 * let calls = 0;
 * await new Promise<void>((resolve) => {
 *   const periodic = new PeriodicCallback(() => {
 *     if (++calls < 3) return;
 *     periodic.stop();
 *     resolve();
 *   }, 1);
 *   periodic.start();
 * });
 * assertEquals(calls, 3);
 * ```
 */
export class PeriodicCallback {
  /** The function that is called, without arguments. */
  callback: () => unknown;
  /** The period in milliseconds. */
  callbackTime: number;
  /** The fraction of the period by which each one varies at random. */
  jitter: number;

  #running = false;
  #next = 0;
  #timer: Timer | null = null;
  /** Counts the starts: a call that outlives a stop and another start must not plan a second series. */
  #series = 0;

  /**
   * Creates a series of calls; {@linkcode PeriodicCallback.start} starts it.
   *
   * @param callback The function, called without arguments; it may return a promise.
   * @param callbackTime The period, as a number of milliseconds or a duration.
   * @throws {RangeError} If the period is not positive.
   */
  constructor(callback: () => unknown, callbackTime: number | Duration, options: PeriodicCallbackOptions = {}) {
    const { jitter = 0 } = options;
    const milliseconds = isDuration(callbackTime) ? toMilliseconds(callbackTime) : callbackTime;
    if (!(milliseconds > 0)) {
      throw new RangeError(`Periodic callback must have a positive callbackTime: ${milliseconds}`);
    }
    this.callback = callback;
    this.callbackTime = milliseconds;
    this.jitter = jitter;
  }

  /** Starts the series; the first call comes after one period. On a running series, periods count from now on. */
  start(): void {
    this.#timer?.cancel();
    this.#running = true;
    this.#series++;
    this.#next = currentClock().monotonic();
    this.#plan();
  }

  /** Stops the series. A call that is under way is not interrupted. */
  stop(): void {
    this.#running = false;
    this.#timer?.cancel();
    this.#timer = null;
  }

  /** Returns whether the series is running. */
  isRunning(): boolean {
    return this.#running;
  }

  #plan(): void {
    const clock = currentClock();
    const now = clock.monotonic();
    this.#next = nextTime(this.#next, now, this.#period());
    this.#timer = clock.setTimer(() => void this.#call(), this.#next - now);
  }

  #period(): number {
    const seconds = this.callbackTime / 1000;
    return this.jitter === 0 ? seconds : seconds * (1 + this.jitter * (Math.random() - 0.5));
  }

  async #call(): Promise<void> {
    const series = this.#series;
    try {
      const callback = this.callback;
      const result = callback();
      // Only what is a promise is waited for: a call that is done leaves the next one to be planned in the same turn.
      if (isThenable(result)) await result;
    } catch (error) {
      logCallbackError(nameOf(this.callback), error);
    }
    if (this.#running && this.#series === series) this.#plan();
  }
}
