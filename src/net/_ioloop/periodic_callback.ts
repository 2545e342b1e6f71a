import { currentClock, type Timer } from "../../internal/clock.ts";
import { type Duration, isDuration, toMilliseconds } from "./duration.ts";
import { logCallbackError, nameOf } from "./callbacks.ts";

/** Options of {@linkcode PeriodicCallback}. */
export interface PeriodicCallbackOptions {
  /**
   * Fraction of the period by which each one may vary at random, half of it to either side: 0.1 makes a period of a second
   * 0.95 to 1.05 s long.
   * @default {0}
   */
  jitter?: number;
}

/**
 * The time of the next call. Slots that have passed are skipped, so that calls stay on the grid that the first one set; a
 * clock before `previous` (a timer that fired early, a clock that was set back) means the next slot.
 */
export function nextTime(previous: number, now: number, period: number): number {
  if (now < previous) return previous + period;
  return previous + (Math.floor((now - previous) / period) + 1) * period;
}

/**
 * Calls a function again and again (`tornado.ioloop.PeriodicCallback`).
 *
 * Calls do not drift: the period counts from {@linkcode PeriodicCallback.start}, not from the call before. A call that comes
 * late or takes long makes the missed ones fall out. A promise that the function returns is awaited before the next call is
 * planned. Errors are logged and do not end it. Unlike in Tornado, setting the wall clock has no influence.
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
  /** What is called, without arguments. */
  callback: () => unknown;
  /** The period in milliseconds. */
  callbackTime: number;
  /** Fraction of the period by which each one varies. */
  jitter: number;

  #running = false;
  #next = 0;
  #timer: Timer | null = null;
  /** Counts the starts: a call that outlives a stop and another start must not plan a second series. */
  #series = 0;

  /**
   * Creates a series of calls that does not run yet.
   *
   * @param callback Called without arguments; may return a promise.
   * @param callbackTime The period, in milliseconds if a number.
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

  /** Starts: the first call comes one period from now. If it runs already, the periods count from now on. */
  start(): void {
    this.#timer?.cancel();
    this.#running = true;
    this.#series++;
    this.#next = currentClock().monotonic();
    this.#plan();
  }

  /** Stops: no call comes any more, but one under way is not interrupted. */
  stop(): void {
    this.#running = false;
    this.#timer?.cancel();
    this.#timer = null;
  }

  /** Whether it was started and not stopped since. */
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
      if (typeof result === "object" && result !== null && "then" in result) await result;
    } catch (error) {
      logCallbackError(nameOf(this.callback), error);
    }
    if (this.#running && this.#series === series) this.#plan();
  }
}
