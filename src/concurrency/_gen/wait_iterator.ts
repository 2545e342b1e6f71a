import { isThenable } from "../../internal/promises.ts";
import { RingBuffer } from "../_ring_buffer.ts";
import { Waiter } from "../_waiters.ts";

interface Finished<T> {
  readonly index: string | number;
  readonly future: PromiseLike<T>;
  deliver(caller: Waiter<T>): void;
}

/**
 * Gives the results of several promises in the order in which they settle (`tornado.gen.WaitIterator`).
 *
 * A promise may be given several times, and then its result comes as often. `for await` stops at the first error; a
 * loop over {@linkcode WaitIterator.next} can go on after it.
 *
 * @example
 * ```ts
 * import { sleep, WaitIterator } from "@twister/twister/gen";
 * import { assertEquals } from "@std/assert";
 *
 * const slow = sleep(0.02).then(() => "slow");
 * const fast = Promise.resolve("fast");
 * const results = new WaitIterator({ slow, fast });
 * const order: unknown[] = [];
 * while (!results.done()) order.push([await results.next(), results.currentIndex]);
 * assertEquals(order, [["fast", "fast"], ["slow", "slow"]]);
 * ```
 */
export class WaitIterator<T> implements AsyncIterable<T> {
  /** Index or key of the latest result, `null` before the first one and after {@linkcode WaitIterator.done}. */
  currentIndex: string | number | null = null;
  /** Promise of the latest result, `null` before the first one and after {@linkcode WaitIterator.done}. */
  currentFuture: PromiseLike<T> | null = null;
  readonly #finished: RingBuffer<Finished<T>> = new RingBuffer();
  readonly #callers: RingBuffer<Waiter<T>> = new RingBuffer();
  /** Results that were not given out. */
  #remaining: number;

  /** Waits for promises, whose indices are their positions. */
  constructor(...futures: readonly PromiseLike<T>[]);
  /** Waits for the promises of a record, whose indices are its keys. */
  constructor(futures: Readonly<Record<string, PromiseLike<T>>>);
  constructor(...futures: readonly (PromiseLike<T> | Readonly<Record<string, PromiseLike<T>>>)[]) {
    const [first] = futures;
    const named = futures.length === 1 && !isThenable(first);
    const entries: readonly [string | number, unknown][] = named ? Object.entries(first) : [...futures.entries()];
    this.#remaining = entries.length;
    for (const [index, future] of entries) {
      if (!isPromise<T>(future)) throw new TypeError(`Cannot wait for ${String(future)}: it is not a promise`);
      future.then(
        (value) => this.#finish({ index, future, deliver: (caller) => caller.serve(value) }),
        (error) => this.#finish({ index, future, deliver: (caller) => caller.fail(error) }),
      );
    }
  }

  /** Returns whether all results were given out, and if so, clears the current index and promise. */
  done(): boolean {
    if (this.#remaining > 0) return false;
    this.currentIndex = this.currentFuture = null;
    return true;
  }

  /**
   * Resolves or rejects as the next promise that settles.
   *
   * @throws {RangeError} If every result was given out or promised to an earlier call.
   */
  next(): Promise<T> {
    const caller = new Waiter<T>(undefined);
    if (this.#callers.size >= this.#remaining) {
      caller.fail(new RangeError("Cannot get another result: all of them were given out"));
    } else {
      this.#callers.push(caller);
      this.#deliver();
    }
    return caller.promise;
  }

  /** Takes the results that are left. */
  [Symbol.asyncIterator](): AsyncIterator<T> {
    return {
      next: async (): Promise<IteratorResult<T>> =>
        this.done() ? { done: true, value: undefined } : { done: false, value: await this.next() },
    };
  }

  #finish(finished: Finished<T>): void {
    this.#finished.push(finished);
    this.#deliver();
  }

  #deliver(): void {
    if (this.#callers.size === 0 || this.#finished.size === 0) return;
    const { index, future, deliver } = this.#finished.shift();
    this.currentIndex = index;
    this.currentFuture = future;
    this.#remaining--;
    deliver(this.#callers.shift());
  }
}

function isPromise<T>(value: unknown): value is PromiseLike<T> {
  return isThenable(value);
}
