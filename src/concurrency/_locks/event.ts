import { TimeoutError } from "../../util/util.ts";
import { isAborted, type Timeout } from "../_limits.ts";
import { WaiterList } from "../_waiters.ts";

/**
 * Lets callers wait until it is set, and does not hold up those that come later (`tornado.locks.Event`). Import it
 * under another name where the global `Event` is needed too.
 *
 * @example
 * ```ts
 * import { Event } from "@twister/twister/locks";
 * import { assertEquals } from "@std/assert";
 *
 * const started = new Event();
 * const waiting = started.wait();
 * started.set();
 * await waiting;
 * await started.wait();
 * assertEquals(started.isSet(), true);
 * ```
 */
export class Event {
  #set = false;
  readonly #waiters: WaiterList<void> = new WaiterList((waiter) =>
    waiter.fail(new TimeoutError("Cannot wait any longer: the event was not set in time"))
  );

  /** Returns whether the event is set. */
  isSet(): boolean {
    return this.#set;
  }

  /** Sets the event and wakes all callers. */
  set(): void {
    this.#set = true;
    for (let waiter = this.#waiters.shift(); waiter !== null; waiter = this.#waiters.shift()) waiter.serve();
  }

  /** Resets the event: callers wait until the next {@linkcode Event.set}. */
  clear(): void {
    this.#set = false;
  }

  /**
   * Resolves when the event is set, immediately if it is.
   *
   * @throws {TimeoutError} If the time-out passes first.
   */
  wait(timeout: Timeout | null = null): Promise<void> {
    if (this.#set && !isAborted(timeout)) return Promise.resolve();
    return this.#waiters.wait(timeout);
  }

  /** Describes the state, as `<Event set>`. */
  toString(): string {
    return `<${this.constructor.name} ${this.#set ? "set" : "clear"}>`;
  }
}
