import { checkSeconds } from "../../internal/duration.ts";
import { Waiter } from "../_waiters.ts";

/** Options of {@linkcode sleep}. */
export interface SleepOptions {
  /**
   * Ends the sleep: the promise rejects with the reason of the signal.
   * @default {null}
   */
  signal?: AbortSignal | null;
}

/**
 * Resolves after so many seconds (`tornado.gen.sleep`). Zero and less mean the next turn of the event loop.
 *
 * @throws {TypeError} If the duration is not a number.
 *
 * @example
 * ```ts
 * import { sleep } from "@twister/twister/gen";
 * import { assertRejects } from "@std/assert";
 *
 * await sleep(0.01);
 * await assertRejects(() => sleep(3600, { signal: AbortSignal.abort() }), DOMException);
 * ```
 */
export function sleep(duration: number, options: SleepOptions = {}): Promise<void> {
  const { signal = null } = options;
  checkSeconds("duration", duration);
  const waiter = new Waiter<void>(undefined);
  if (signal?.aborted) waiter.fail(signal.reason);
  else waiter.watch(duration, signal, () => waiter.serve(), (reason) => waiter.fail(reason));
  return waiter.promise;
}

/**
 * A value to yield or await that lets the event loop turn once (`tornado.gen.moment`). A coroutine that yields nothing,
 * `yield;`, does the same.
 *
 * @example
 * ```ts
 * import { moment } from "@twister/twister/gen";
 * import { assertEquals } from "@std/assert";
 *
 * let turned = false;
 * setImmediate(() => turned = true);
 * await moment;
 * assertEquals(turned, true);
 * ```
 */
export const moment: PromiseLike<void> = {
  then<A = void, B = never>(
    onFulfilled?: ((value: void) => A | PromiseLike<A>) | null,
    onRejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    // Not a timer, which would wait a millisecond, and not a promise, which would not let the loop turn.
    return new Promise<void>((resolve) => setImmediate(resolve)).then(onFulfilled, onRejected);
  },
};
