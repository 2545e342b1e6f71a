/** Milliseconds between two looks: short against what a user notices, and 20 wake-ups a second cost next to nothing. */
export const INTERVAL = 50;

/**
 * Measures how late the event loop is, by an own timer: on Deno, `performance.eventLoopUtilization` and
 * `monitorEventLoopDelay` of Node do not see a loop that is blocked.
 */
export class LoopLag {
  /** Milliseconds from one look to the next. */
  interval: number = INTERVAL;
  readonly #onLook: (seconds: number) => void;
  #due = 0;
  #timer: ReturnType<typeof setTimeout> | null = null;

  /** `onLook` gets the seconds by which the timer was late, about 20 times a second unless the interval is changed. */
  constructor(onLook: (seconds: number) => void) {
    this.#onLook = onLook;
  }

  /** Begins to look. The timer does not keep the program alive. */
  start(): void {
    this.#due = performance.now() + this.interval;
    this.#timer = setTimeout(() => {
      this.#onLook(Math.max(0, performance.now() - this.#due) / 1000);
      this.start();
    }, this.interval);
    Deno.unrefTimer(this.#timer);
  }

  /** The milliseconds by which the next look is late at this time, as `performance.now` gives it. */
  overdue(now: number): number {
    return now - this.#due;
  }

  stop(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }
}
