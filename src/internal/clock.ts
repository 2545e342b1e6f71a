/**
 * The one source of time: a wall clock, a monotonic clock, precise one-shot timers, and the coarse timers of
 * connections.
 *
 * Everything above takes time from {@linkcode currentClock}, so that a test can put a fake one in its place. Importing
 * this module starts nothing.
 */
import { TimerWheel } from "./timer_wheel.ts";

export { TICK, type TimeoutTarget, TimerEntry, WheelTimer } from "./timer_wheel.ts";

/** A pending one-shot timer, as `Clock.setTimer` returns it. */
export interface Timer {
  /** Tells whether the callback has yet to run. */
  readonly active: boolean;
  /** Prevents the callback. Does nothing after it has run or was cancelled. */
  cancel(): void;
}

export interface TimerOptions {
  /** Lets the process exit while the timer is pending. */
  unref?: boolean;
}

export interface Clock {
  /** Seconds since the epoch by the wall clock, which may be set back. */
  now(): number;
  /** Seconds that never go back, from an arbitrary origin. */
  monotonic(): number;
  /**
   * {@linkcode Clock.monotonic} as of the last tick of the wheel, for uses that tolerate a tick: no system call while
   * any {@linkcode WheelTimer} is armed.
   */
  coarse(): number;
  /**
   * Calls `callback` once, from the event loop, not before `seconds` have passed: zero, negative and not-a-number
   * delays mean the next turn, and any length is allowed. Timers that fall due together run in the order of their
   * deadlines.
   */
  setTimer(callback: () => void, seconds: number, options?: TimerOptions): Timer;
  readonly wheel: TimerWheel;
}

/** The longest delay `setTimeout` takes: longer ones wrap around 2^31 ms and fire at once. */
const MAX_TIMEOUT_MS = 2 ** 31 - 1;

class SystemTimer implements Timer {
  #callback: (() => void) | null;
  #due: number;
  #unref: boolean;
  #id: ReturnType<typeof setTimeout> | null = null;

  constructor(callback: () => void, seconds: number, unref: boolean) {
    this.#callback = callback;
    const milliseconds = seconds > 0 ? seconds * 1000 : 0;
    this.#due = performance.now() + milliseconds;
    this.#unref = unref;
    this.#sleep(milliseconds);
  }

  get active(): boolean {
    return this.#callback !== null;
  }

  cancel(): void {
    this.#callback = null;
    if (this.#id !== null) clearTimeout(this.#id);
    this.#id = null;
  }

  #sleep(milliseconds: number): void {
    // Rounded up, because setTimeout cuts the fraction off and would fire early.
    const id = setTimeout(() => this.#wake(), Math.min(Math.ceil(milliseconds), MAX_TIMEOUT_MS));
    if (this.#unref) Deno.unrefTimer(id);
    this.#id = id;
  }

  #wake(): void {
    const left = this.#due - performance.now();
    // A remainder below a millisecond is the rounding of setTimeout, not a delay that was cut into pieces.
    if (left >= 1) return this.#sleep(left);
    const callback = this.#callback;
    this.#callback = null;
    this.#id = null;
    callback?.();
  }
}

export class SystemClock implements Clock {
  readonly wheel: TimerWheel = new TimerWheel(this);

  now(): number {
    return Date.now() / 1000;
  }

  /** Seconds since the process started. */
  monotonic(): number {
    return performance.now() / 1000;
  }

  coarse(): number {
    return this.wheel.time();
  }

  setTimer(callback: () => void, seconds: number, options: TimerOptions = {}): Timer {
    return new SystemTimer(callback, seconds, options.unref ?? false);
  }
}

let current: Clock = new SystemClock();

export function currentClock(): Clock {
  return current;
}

/**
 * Replaces the clock for all later calls of {@linkcode currentClock}, and returns the one before. Pending timers stay
 * with the clock that they were set on.
 */
export function setClock(clock: Clock): Clock {
  const previous = current;
  current = clock;
  return previous;
}

/** Resolves when the event loop has looked at other connections. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => currentClock().setTimer(resolve, 0));
}
