import { currentClock } from "./clock.ts";

/** Lets something happen at most once in so many seconds, such as a line of the log for each of many failures. */
export class Seldom {
  readonly #seconds: number;
  #last = -Infinity;

  constructor(seconds: number) {
    this.#seconds = seconds;
  }

  /** Tells whether it may happen now; then it may not for so many seconds. */
  isDue(): boolean {
    const now = currentClock().monotonic();
    if (now - this.#last < this.#seconds) return false;
    this.#last = now;
    return true;
  }
}
