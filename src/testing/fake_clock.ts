import { type Clock, setClock, type Timer } from "../internal/clock.ts";
import { TimerWheel } from "../internal/timer_wheel.ts";

interface Pending {
  readonly due: number;
  readonly order: number;
  readonly callback: () => void;
}

/** Seconds by which sums of decimal fractions may be off: a timer for 0.3 is due after three steps of 0.1. */
const ROUNDING = 1e-9;

/** Options of {@linkcode FakeClock}. */
export interface FakeClockOptions {
  /**
   * The wall clock at the start, in seconds since the epoch.
   *
   * @default {1700000000}
   */
  now?: number;
  /**
   * Tells whether all of Twister uses this clock until it is disposed of.
   *
   * @default {true}
   */
  install?: boolean;
}

/**
 * A clock that stands still until a test advances it.
 *
 * It drives everything in Twister that waits or asks for the time: `IOLoop`, `PeriodicCallback`, `sleep`, time-outs of
 * locks, queues and connections, pings, and the age of signed cookies. Timers of Deno itself, such as `setTimeout` and
 * `AbortSignal.timeout`, keep the real time.
 *
 * @example
 * ```ts
 * import { IOLoop } from "@twister/twister/ioloop";
 * import { FakeClock } from "@twister/twister/testing";
 * import { assertEquals } from "@std/assert";
 *
 * using clock = new FakeClock();
 * let rung = false;
 * IOLoop.current().callLater(3600, () => rung = true);
 * clock.advance(3599);
 * assertEquals(rung, false);
 * clock.advance(1);
 * assertEquals(rung, true);
 * ```
 */
export class FakeClock implements Disposable {
  readonly #pending: Set<Pending> = new Set();
  readonly #previous: Clock | null;
  #now: number;
  #monotonic = 0;
  #order = 0;

  /** Makes a clock and, unless told otherwise, puts it in the place of the real one. */
  constructor(options: FakeClockOptions = {}) {
    this.#now = options.now ?? 1_700_000_000;
    this.#previous = options.install ?? true ? setClock(new InstalledClock(this)) : null;
  }

  /** Returns the wall clock, in seconds since the epoch. */
  now(): number {
    return this.#now;
  }

  /** Returns the seconds that have passed since the clock was made. */
  monotonic(): number {
    return this.#monotonic;
  }

  /** Calls `callback` when `seconds` have passed on this clock. */
  setTimer(callback: () => void, seconds: number): Timer {
    const entry: Pending = { due: this.#monotonic + (seconds > 0 ? seconds : 0), order: this.#order++, callback };
    const pending = this.#pending;
    pending.add(entry);
    return {
      get active(): boolean {
        return pending.has(entry);
      },
      cancel: () => void pending.delete(entry),
    };
  }

  /** The number of pending timers, the wheel's own among them. */
  get timers(): number {
    return this.#pending.size;
  }

  /** The seconds until the next timer fires, or `null` if none is pending. */
  get nextTimer(): number | null {
    const entry = this.#first();
    return entry === null ? null : Math.max(0, entry.due - this.#monotonic);
  }

  /** Lets `seconds` pass on both clocks and runs the timers that fall due, in order, each at its own time. */
  advance(seconds: number): void {
    const end = this.#monotonic + seconds + ROUNDING;
    for (let entry = this.#first(); entry !== null && entry.due <= end; entry = this.#first()) {
      this.#pending.delete(entry);
      this.#move(entry.due);
      entry.callback();
    }
    this.#move(end - ROUNDING);
  }

  /** Does the same as {@linkcode FakeClock.advance}, and after each timer lets the event loop turn twice. */
  async advanceAsync(seconds: number): Promise<void> {
    const end = this.#monotonic + seconds + ROUNDING;
    await settled();
    for (let entry = this.#first(); entry !== null && entry.due <= end; entry = this.#first()) {
      this.#pending.delete(entry);
      this.#move(entry.due);
      entry.callback();
      await settled();
    }
    this.#move(end - ROUNDING);
    await settled();
  }

  /** Lets `seconds` pass while the event loop stands still: the timers that fell due run afterwards, all together. */
  stall(seconds: number): void {
    this.#move(this.#monotonic + seconds);
    const end = this.#monotonic + ROUNDING;
    for (let entry = this.#first(); entry !== null && entry.due <= end; entry = this.#first()) {
      this.#pending.delete(entry);
      entry.callback();
    }
  }

  /** Sets the wall clock alone, forwards or backwards, in seconds since the epoch. */
  setWallClock(now: number): void {
    this.#now = now;
  }

  /** Puts the clock back that was in use before. Timers that are pending on this one never fire. */
  [Symbol.dispose](): void {
    if (this.#previous !== null) setClock(this.#previous);
  }

  #move(monotonic: number): void {
    const by = Math.max(0, monotonic - this.#monotonic);
    this.#monotonic += by;
    this.#now += by;
  }

  #first(): Pending | null {
    let first: Pending | null = null;
    for (const entry of this.#pending) {
      if (first === null || entry.due < first.due || (entry.due === first.due && entry.order < first.order)) {
        first = entry;
      }
    }
    return first;
  }
}

/** A {@linkcode FakeClock} as the rest of Twister sees it. */
class InstalledClock implements Clock {
  readonly wheel: TimerWheel = new TimerWheel(this);
  readonly #clock: FakeClock;

  constructor(clock: FakeClock) {
    this.#clock = clock;
  }

  now(): number {
    return this.#clock.now();
  }

  monotonic(): number {
    return this.#clock.monotonic();
  }

  coarse(): number {
    return this.wheel.time();
  }

  setTimer(callback: () => void, seconds: number): Timer {
    return this.#clock.setTimer(callback, seconds);
  }
}

/**
 * Resolves two turns of the event loop later, after the promise callbacks and the input that are ready now.
 *
 * @example
 * ```ts
 * import { settled } from "@twister/twister/testing";
 * import { assertEquals } from "@std/assert";
 *
 * let done = false;
 * Promise.resolve().then(() => done = true);
 * await settled();
 * assertEquals(done, true);
 * ```
 */
export function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
}
