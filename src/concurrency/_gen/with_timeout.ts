import { TimeoutError } from "../../util/util.ts";
import { secondsOf, signalOf, type Timeout } from "../_limits.ts";
import { Waiter } from "../_waiters.ts";
import { convertYielded, type Yieldable, type Yielded } from "./multi.ts";
import { type ErrorClass, logUnlessQuiet } from "./quiet_exceptions.ts";

/** Options of {@linkcode withTimeout}. */
export interface WithTimeoutOptions {
  /**
   * Errors that are not logged if they come after the time-out.
   * @default {[]}
   */
  quietExceptions?: ErrorClass | readonly ErrorClass[];
}

/**
 * Waits for a promise, or a function that returns one, but not longer than the time-out (`tornado.gen.with_timeout`).
 *
 * A function receives a signal that aborts at the time-out, so that the work that is too late ends as well. A result
 * that is already on its way when the signal aborts still counts: an item that a queue has given out is not lost. A
 * promise without a function goes on after the time-out. An error that comes later is logged.
 *
 * @param func Starts the work.
 * @param timeout A number is a deadline on the scale of `IOLoop.time`; durations and `{ timeout, signal }` count from
 * now.
 * @throws {TimeoutError} If the time-out passes first.
 *
 * @example
 * ```ts
 * import { sleep, TimeoutError, withTimeout } from "@twister/twister/gen";
 * import { assertEquals, assertRejects } from "@std/assert";
 *
 * assertEquals(await withTimeout(() => Promise.resolve(42), { timeout: 5 }), 42);
 * await assertRejects(() => withTimeout((signal) => sleep(3600, { signal }), { timeout: 0.01 }), TimeoutError);
 * ```
 */
export function withTimeout<T>(
  func: (signal: AbortSignal) => T | PromiseLike<T>,
  timeout: Timeout,
  options?: WithTimeoutOptions,
): Promise<T>;
/** Waits for the result of a function, in Tornado's order of the arguments. */
export function withTimeout<T>(
  timeout: Timeout,
  func: (signal: AbortSignal) => T | PromiseLike<T>,
  options?: WithTimeoutOptions,
): Promise<T>;
/** Waits for a promise, or for a list or a record of promises, which goes on after the time-out. */
export function withTimeout<const T extends Yieldable>(
  timeout: Timeout,
  future: T,
  options?: WithTimeoutOptions,
): Promise<Yielded<T>>;
export function withTimeout(
  first: Timeout | Work,
  second: Timeout | Work | Yieldable,
  options: WithTimeoutOptions = {},
): Promise<unknown> {
  return typeof first === "function" ? limit(first, second, options) : limit(second, first, options);
}

type Work = (signal: AbortSignal) => unknown;

function limit(
  work: Work | Timeout | Yieldable,
  timeout: unknown,
  { quietExceptions = [] }: WithTimeoutOptions,
): Promise<unknown> {
  const seconds = secondsOf(timeout);
  const signal = signalOf(timeout);
  const waiter = new Waiter<unknown>(undefined);
  const controller = new AbortController();
  let cancelled = false;
  const cancel = (reason: unknown) => {
    cancelled = true;
    controller.abort(reason);
    // A function may have a result that takes a few promises to get here. Only a turn of the loop ends all of them.
    if (typeof work === "function") setImmediate(() => waiter.fail(reason));
    else waiter.fail(reason);
  };
  if (signal?.aborted) cancel(signal.reason);
  else waiter.watch(seconds, signal, () => cancel(new TimeoutError("Operation timed out")), cancel);
  start(work, controller.signal).then((value) => waiter.serve(value), (error) => {
    const { reason } = controller.signal;
    waiter.fail(cancelled ? reason : error);
    if (cancelled && error !== reason) logUnlessQuiet("Exception in future after timeout", error, quietExceptions);
  });
  return waiter.promise;
}

async function start(work: Work | Timeout | Yieldable, signal: AbortSignal): Promise<unknown> {
  if (typeof work !== "function") return await convertYielded(work);
  signal.throwIfAborted();
  return await work(signal);
}
