import { TimeoutError } from "../../util/util.ts";
import { isAborted, type Timeout } from "../_limits.ts";
import { WaiterList } from "../_waiters.ts";

/**
 * The right to go on, which {@linkcode Semaphore.acquire} and {@linkcode Lock.acquire} give, and which is given back
 * once.
 */
export class Permit implements Disposable {
  #owner: { release(): void } | null;

  /** Makes a permit that calls `release` of its owner. */
  constructor(owner: { release(): void }) {
    this.#owner = owner;
  }

  /** Gives the permit back. Later calls do nothing. */
  release(): void {
    const owner = this.#owner;
    this.#owner = null;
    owner?.release();
  }

  /** Gives the permit back at the end of the block that declares it with `using`. */
  [Symbol.dispose](): void {
    this.release();
  }
}

/**
 * Lets a fixed number of callers go on at the same time, and the others wait in the order in which they came
 * (`tornado.locks.Semaphore`).
 *
 * @example
 * ```ts
 * import { Semaphore } from "@twister/twister/locks";
 * import { assertEquals } from "@std/assert";
 *
 * const semaphore = new Semaphore(2);
 * {
 *   using _permit = await semaphore.acquire({ timeout: 5 });
 *   assertEquals(semaphore.available, 1);
 * }
 * assertEquals(semaphore.available, 2);
 * ```
 */
export class Semaphore {
  #value: number;
  #size: number;
  readonly #waiters: WaiterList<Permit> = new WaiterList((waiter) =>
    waiter.fail(new TimeoutError("Cannot acquire a permit: none was released in time"))
  );

  /**
   * Makes a semaphore with `value` permits.
   *
   * @throws {RangeError} If `value` is negative or not a whole number.
   */
  constructor(value = 1) {
    this.#value = this.#size = checkedSize(value);
  }

  /** Number of permits that can be acquired without waiting. */
  get available(): number {
    return Math.max(0, this.#value);
  }

  /** Number of callers that wait for a permit. */
  get waiting(): number {
    return this.#waiters.size;
  }

  /**
   * Resolves with a permit as soon as there is one. Give it back by `using`, by {@linkcode Permit.release}, or by
   * {@linkcode Semaphore.release} as in Tornado, but by one of them only.
   *
   * @throws {TimeoutError} If the time-out passes first.
   */
  acquire(timeout: Timeout | null = null): Promise<Permit> {
    if (this.#value > 0 && !isAborted(timeout)) {
      this.#value--;
      return Promise.resolve(new Permit(this));
    }
    return this.#waiters.wait(timeout);
  }

  /** Returns a permit if there is one, and `null` otherwise. */
  tryAcquire(): Permit | null {
    if (this.#value <= 0) return null;
    this.#value--;
    return new Permit(this);
  }

  /** Gives one permit back. The caller that waits longest gets it, before any that comes later. */
  release(): void {
    this.#value++;
    this.#serve();
  }

  /**
   * Changes the number of permits, of which `size` exist from now on. Permits in use stay valid: if there are more than
   * `size`, the next callers wait until enough of them are given back.
   *
   * @throws {RangeError} If `size` is negative or not a whole number.
   */
  resize(size: number): void {
    this.#value += checkedSize(size) - this.#size;
    this.#size = size;
    this.#serve();
  }

  /** Describes the state, as `<Semaphore [locked,waiters:1]>`. */
  toString(): string {
    const state = this.#value > 0 ? `unlocked,value:${this.#value}` : "locked";
    const waiters = this.waiting > 0 ? `,waiters:${this.waiting}` : "";
    return `<${this.constructor.name} [${state}${waiters}]>`;
  }

  /** Number of permits in use, negative after more releases than acquisitions. */
  protected get inUse(): number {
    return this.#size - this.#value;
  }

  #serve(): void {
    while (this.#value > 0) {
      const waiter = this.#waiters.shift();
      if (waiter === null) return;
      this.#value--;
      waiter.serve(new Permit(this));
    }
  }
}

/**
 * A {@linkcode Semaphore} that refuses to release more permits than were acquired
 * (`tornado.locks.BoundedSemaphore`).
 *
 * @example
 * ```ts
 * import { BoundedSemaphore } from "@twister/twister/locks";
 * import { assertThrows } from "@std/assert";
 *
 * assertThrows(() => new BoundedSemaphore(2).release(), RangeError);
 * ```
 */
export class BoundedSemaphore extends Semaphore {
  /**
   * Gives one permit back.
   *
   * @throws {RangeError} If no permit is in use.
   */
  override release(): void {
    if (this.inUse <= 0) throw new RangeError("Cannot release the semaphore: no permit is in use");
    super.release();
  }
}

function checkedSize(size: number): number {
  if (Number.isInteger(size) && size >= 0) return size;
  throw new RangeError(`Cannot have so many permits, it must be a whole number from 0 up: ${size}`);
}
