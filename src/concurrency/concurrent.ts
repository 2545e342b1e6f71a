/**
 * Promises under Tornado's names, for code that is carried over. Tornado's `tornado.concurrent`.
 *
 * A future is a promise. Where Tornado sets the result of a future, `Promise.withResolvers()` gives the promise with
 * the functions that settle it.
 *
 * @module
 */
import { isThenable } from "../internal/promises.ts";

/** A promise (`tornado.concurrent.Future`). */
export type Future<T> = Promise<T>;

/**
 * Returns whether a value is a promise, or has a `then` method like one (`tornado.concurrent.is_future`).
 *
 * @example
 * ```ts
 * import { isFuture } from "@twister/twister/concurrent";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals([isFuture(Promise.resolve()), isFuture(42)], [true, false]);
 * ```
 */
export function isFuture(value: unknown): value is PromiseLike<unknown> {
  return isThenable(value);
}

/**
 * Settles `b` as `a` settles, unless it is settled before (`tornado.concurrent.chain_future`).
 *
 * @param a The promise that is followed.
 * @param b The promise that follows, with its functions.
 *
 * @example
 * ```ts
 * import { chainFuture } from "@twister/twister/concurrent";
 * import { assertEquals } from "@std/assert";
 *
 * const b = Promise.withResolvers<number>();
 * chainFuture(Promise.resolve(42), b);
 * assertEquals(await b.promise, 42);
 * ```
 */
export function chainFuture<T>(a: PromiseLike<T>, b: PromiseWithResolvers<T>): void {
  a.then(b.resolve, b.reject);
}

/**
 * Passes a promise to a callback when it has settled (`tornado.concurrent.future_add_done_callback`). The callback
 * never runs inside this call, and an error that it throws is an unhandled rejection. A rejection of the promise itself
 * counts as handled.
 *
 * @example
 * ```ts
 * import { futureAddDoneCallback } from "@twister/twister/concurrent";
 * import { assertEquals } from "@std/assert";
 *
 * const future = Promise.resolve(42);
 * const done = Promise.withResolvers<number>();
 * futureAddDoneCallback(future, (settled) => settled.then(done.resolve, done.reject));
 * assertEquals(await done.promise, 42);
 * ```
 */
export function futureAddDoneCallback<F extends PromiseLike<unknown>>(future: F, callback: (future: F) => void): void {
  future.then(() => callback(future), () => callback(future));
}
