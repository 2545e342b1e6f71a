/** Samples that make a step of the limit: enough for a mean, few enough to follow a change within a second. */
const SAMPLES = 20;
/** How much longer requests may take than without waiting before the limit goes down. */
const TOLERANCE = 1.15;
/** The least factor of one step down. */
const MIN_GRADIENT = 0.5;
/** The weight of a new value of the limit. */
const SMOOTHING = 0.3;
/** The weight of a new mean in the time that requests take without waiting. */
const BASE_SMOOTHING = 0.1;
/** The limit before anything was measured. */
const FIRST = 20;
/** Milliseconds under load after which that time is measured again; they double each time up to the second number. */
const PROBES: readonly [first: number, last: number] = [1000, 30_000];

/** The steps of a probe: the requests of the first were let in before the limit went down. */
const PROBE_STEPS = 2;

/**
 * A limit for requests in flight that adapts to their latency: it grows while they take no longer than when there were
 * few, and goes down in the measure in which they take longer, since they only wait for each other then.
 *
 * The time that a request takes without waiting is known from times of little load. In an overload that lasts, the
 * limit is halved for a moment now and then, so that no request waits, and the time is measured again: a program may
 * become slower or faster.
 */
export class AdaptiveLimit {
  readonly #least: number;
  readonly #most: number;
  #value: number;
  #base = 0;
  #sum = 0;
  #count = 0;
  /** The most requests in flight since the last step. */
  #peak = 0;
  /** The steps that are left of a probe. */
  #probe = 0;
  /** The limit before the probe. */
  #usual = 0;
  #probeDue = 0;
  #probePause: number = PROBES[0];

  /** @throws {RangeError} If the limits are not in order. */
  constructor(least: number, most: number) {
    if (!(least >= 1 && least <= most)) {
      throw new RangeError(
        `Invalid limits of requests in flight, ${least} to ${most}: the first must be 1 or more, and not above the second`,
      );
    }
    this.#least = least;
    this.#most = most;
    this.#value = Math.min(most, Math.max(least, FIRST));
  }

  /** The limit, a whole number. */
  get value(): number {
    return Math.floor(this.#value);
  }

  /** The milliseconds that a request takes without waiting, as far as it is known; 0 before anything was measured. */
  get base(): number {
    return this.#base;
  }

  /** Takes the milliseconds of a request that has ended at a time, in milliseconds, while so many were in flight. */
  sample(milliseconds: number, inFlight: number, now: number): void {
    this.#sum += milliseconds;
    this.#peak = Math.max(this.#peak, inFlight);
    if (++this.#count < SAMPLES) return;
    const mean = Math.max(this.#sum / this.#count, 0.001);
    const peak = this.#peak;
    this.#sum = this.#count = this.#peak = 0;
    if (this.#probe === 0) this.#step(mean, peak, now);
    else this.#goOnProbing(mean, now);
  }

  #step(mean: number, peak: number, now: number): void {
    const isUsed = peak >= this.#value / 2;
    if (this.#base === 0) this.#base = mean;
    else if (!isUsed) this.#base += (mean - this.#base) * BASE_SMOOTHING;
    const gradient = Math.max(MIN_GRADIENT, Math.min(1, TOLERANCE * this.#base / mean));
    // A limit that was not used says nothing about a higher one.
    if (gradient === 1 && !isUsed) return;
    const isReached = peak >= this.value;
    const next = this.#value * gradient + (gradient === 1 ? Math.sqrt(this.#value) : 0);
    this.#set(this.#value + (next - this.#value) * SMOOTHING);
    if (!isReached) return;
    if (this.#probeDue === 0) this.#probeDue = now + this.#probePause;
    if (now < this.#probeDue) return;
    this.#probe = PROBE_STEPS;
    this.#usual = this.#value;
    this.#set(this.#value / 2);
  }

  #goOnProbing(mean: number, now: number): void {
    if (--this.#probe > 0) return;
    this.#base = mean;
    this.#value = this.#usual;
    this.#probePause = Math.min(2 * this.#probePause, PROBES[1]);
    this.#probeDue = now + this.#probePause;
  }

  #set(value: number): void {
    this.#value = Math.min(this.#most, Math.max(this.#least, value));
  }
}
