// A limit on how often something may happen: so many times at once, and then so many times a second.

/** Holds up to `burst` tokens and gets `perSecond` of them; times are in seconds. */
export class TokenBucket {
  readonly #burst: number;
  readonly #perSecond: number;
  #tokens: number;
  #at: number;

  constructor(burst: number, perSecond: number, now: number) {
    this.#burst = burst;
    this.#perSecond = perSecond;
    this.#tokens = burst;
    this.#at = now;
  }

  /** Takes a token, and returns in how many seconds it is there: 0 if it is now. */
  take(now: number): number {
    this.#tokens = Math.min(this.#burst, this.#tokens + (now - this.#at) * this.#perSecond) - 1;
    this.#at = now;
    return Math.max(0, -this.#tokens / this.#perSecond);
  }
}
