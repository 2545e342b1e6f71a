import type { Timeout } from "../_limits.ts";
import { WaiterList } from "../_waiters.ts";

/**
 * Lets callers wait until another one notifies them (`tornado.locks.Condition`). Unlike a condition of threads, it
 * needs no lock.
 *
 * @example
 * ```ts
 * import { Condition } from "@twister/twister/locks";
 * import { assertEquals } from "@std/assert";
 *
 * const news = new Condition();
 * const waiting = news.wait({ timeout: 5 });
 * news.notifyAll();
 * assertEquals(await waiting, true);
 * assertEquals(await news.wait({ timeout: 0 }), false);
 * ```
 */
export class Condition {
  readonly #waiters: WaiterList<boolean> = new WaiterList((waiter) => waiter.serve(false));

  /** Resolves with `true` when the caller is notified, and with `false` if the time-out passes first. */
  wait(timeout: Timeout | null = null): Promise<boolean> {
    return this.#waiters.wait(timeout);
  }

  /** Wakes the `n` callers that wait longest, or all if there are fewer. Their promises resolve after this call. */
  notify(n = 1): void {
    for (; n > 0; n--) {
      const waiter = this.#waiters.shift();
      if (waiter === null) return;
      waiter.serve(true);
    }
  }

  /** Wakes all callers. */
  notifyAll(): void {
    this.notify(this.#waiters.size);
  }

  /** Describes the state, as `<Condition waiters[2]>`. */
  toString(): string {
    const waiters = this.#waiters.size > 0 ? ` waiters[${this.#waiters.size}]` : "";
    return `<${this.constructor.name}${waiters}>`;
  }
}
