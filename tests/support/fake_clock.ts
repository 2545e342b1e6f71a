import { type Clock, setClock, type Timer } from "../../src/internal/clock.ts";
import { TimerWheel } from "../../src/internal/timer_wheel.ts";

interface Pending {
  readonly due: number;
  readonly order: number;
  readonly callback: () => void;
}

/** Seconds by which sums of decimal fractions may be off: a timer for 0.3 is due after three steps of 0.1. */
const ROUNDING = 1e-9;

/** A clock that stands still until it is told to advance. */
export class FakeClock implements Clock, Disposable {
  readonly wheel: TimerWheel = new TimerWheel(this);
  readonly #pending: Set<Pending> = new Set();
  readonly #previous: Clock | null;
  #now: number;
  #monotonic = 0;
  #order = 0;

  /** With `install`, every user of the clock sees this one until it is disposed of: `using clock = new FakeClock()`. */
  constructor(options: { now?: number; install?: boolean } = {}) {
    this.#now = options.now ?? 1_700_000_000;
    this.#previous = options.install ?? true ? setClock(this) : null;
  }

  now(): number {
    return this.#now;
  }

  monotonic(): number {
    return this.#monotonic;
  }

  coarse(): number {
    return this.wheel.time();
  }

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

  /** How many timers are pending, the wheel's own among them. */
  get timers(): number {
    return this.#pending.size;
  }

  /** Seconds until the next timer fires, or `null` if none is pending. */
  get nextTimer(): number | null {
    const entry = this.#first();
    return entry === null ? null : Math.max(0, entry.due - this.#monotonic);
  }

  /** Lets `seconds` pass on both clocks and runs what falls due meanwhile, in order, each at its own time. */
  advance(seconds: number): void {
    const end = this.#monotonic + seconds + ROUNDING;
    for (let entry = this.#first(); entry !== null && entry.due <= end; entry = this.#first()) {
      this.#pending.delete(entry);
      this.#move(entry.due);
      entry.callback();
    }
    this.#move(end - ROUNDING);
  }

  /** {@linkcode FakeClock.advance}, and waits after each timer until the promise chains it set off have run. */
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

  /** Lets `seconds` pass in which the event loop stands still: what is due runs afterwards, all at once. */
  stall(seconds: number): void {
    this.#move(this.#monotonic + seconds);
    const end = this.#monotonic + ROUNDING;
    for (let entry = this.#first(); entry !== null && entry.due <= end; entry = this.#first()) {
      this.#pending.delete(entry);
      entry.callback();
    }
  }

  /** Sets the wall clock alone, forwards or backwards, as an administrator would. */
  setWallClock(now: number): void {
    this.#now = now;
  }

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

/** Resolves in a later turn of the event loop, after the promise callbacks that are ready now. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
}
