import type { Timeout } from "../_limits.ts";
import { BoundedSemaphore, type Permit } from "./semaphore.ts";

/**
 * Lets one caller go on at a time, and the others wait in the order in which they came (`tornado.locks.Lock`).
 *
 * @example
 * ```ts
 * import { Lock } from "@twister/twister/locks";
 * import { assertEquals } from "@std/assert";
 *
 * const lock = new Lock();
 * let balance = 1;
 * async function double(): Promise<void> {
 *   using _permit = await lock.acquire();
 *   const read = balance;
 *   await Promise.resolve();
 *   balance = read * 2;
 * }
 * await Promise.all([double(), double(), double()]);
 * assertEquals(balance, 8);
 * ```
 */
export class Lock {
  readonly #block: BoundedSemaphore = new BoundedSemaphore(1);

  /**
   * Resolves as soon as the caller holds the lock. Unlock by `using`, by {@linkcode Permit.release}, or by
   * {@linkcode Lock.release} as in Tornado, but by one of them only.
   *
   * @throws {TimeoutError} If the time-out passes first.
   */
  acquire(timeout: Timeout | null = null): Promise<Permit> {
    return this.#block.acquire(timeout);
  }

  /** Locks and returns the permit if the lock is free, and returns `null` otherwise. */
  tryAcquire(): Permit | null {
    return this.#block.tryAcquire();
  }

  /**
   * Unlocks. The caller that waits longest gets the lock.
   *
   * @throws {Error} If the lock is not held.
   */
  release(): void {
    if (this.#block.available > 0) throw new Error("Cannot release the lock: nobody holds it");
    this.#block.release();
  }

  /** Describes the state, as `<Lock _block=<BoundedSemaphore [locked]>>`. */
  toString(): string {
    return `<${this.constructor.name} _block=${this.#block}>`;
  }
}
