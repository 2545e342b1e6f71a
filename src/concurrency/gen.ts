/**
 * Coroutines, and functions that wait for several promises or not too long. Tornado's `tornado.gen`.
 *
 * New code is written with `async` and `await`. {@linkcode coroutine} carries the generators of older Tornado programs
 * over.
 *
 * @module
 */
export type { Duration } from "../internal/duration.ts";
export { TimeoutError } from "../util/util.ts";
export type { Timeout, WaitOptions } from "./_limits.ts";
export { type Coroutine, coroutine, type CoroutineGenerator, isCoroutineFunction, Return } from "./_gen/coroutine.ts";
export {
  BadYieldError,
  convertYielded,
  Multi,
  multi,
  multiFuture,
  type MultiOptions,
  type Yieldable,
  type Yielded,
} from "./_gen/multi.ts";
export type { ErrorClass } from "./_gen/quiet_exceptions.ts";
export { moment, sleep, type SleepOptions } from "./_gen/sleep.ts";
export { WaitIterator } from "./_gen/wait_iterator.ts";
export { withTimeout, type WithTimeoutOptions } from "./_gen/with_timeout.ts";

/**
 * Returns a promise of a value, or the promise itself (`tornado.gen.maybe_future`).
 *
 * @example
 * ```ts
 * import { maybeFuture } from "@twister/twister/gen";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await maybeFuture(42), 42);
 * ```
 */
export function maybeFuture<T>(value: T): Promise<Awaited<T>> {
  return Promise.resolve(value);
}
