/** Samples that make a step of the limit: enough for a mean, few enough to follow a change within a second. */
const SAMPLES = 20;
/** How much longer than the shortest time requests may take before the limit goes down. */
const TOLERANCE = 1.5;
/** The least factor of one step down. */
const MIN_GRADIENT = 0.5;
/** The weight of a new value of the limit. */
const SMOOTHING = 0.3;
/** The growth of the shortest time with each step, so that a change of the program is forgotten in some minutes. */
const DRIFT = 1.002;
/** The limit before anything was measured. */
const FIRST = 20;

/**
 * A limit for requests in flight that adapts to their latency: it grows while they take no longer than when there were
 * few, and goes down in the measure in which they take longer, since they only wait for each other then.
 */
export class AdaptiveLimit {
  readonly #least: number;
  readonly #most: number;
  #value: number;
  /** The shortest mean time so far, in milliseconds; it drifts up. */
  #base = Infinity;
  #sum = 0;
  #count = 0;
  /** The most requests in flight since the last step. */
  #peak = 0;

  /** @throws {RangeError} If the limits are not in order. */
  constructor(least: number, most: number) {
    if (!(least >= 1 && least <= most)) throw new RangeError(`Invalid limits of requests in flight: ${least}, ${most}`);
    this.#least = least;
    this.#most = most;
    this.#value = Math.min(most, Math.max(least, FIRST));
  }

  /** The limit, a whole number. */
  get value(): number {
    return Math.floor(this.#value);
  }

  /** Takes the milliseconds of a request that has ended, while so many were in flight. */
  sample(milliseconds: number, inFlight: number): void {
    this.#sum += milliseconds;
    this.#peak = Math.max(this.#peak, inFlight);
    if (++this.#count >= SAMPLES) this.#step();
  }

  #step(): void {
    const mean = this.#sum / this.#count;
    const peak = this.#peak;
    this.#sum = this.#count = this.#peak = 0;
    this.#base = Math.min(this.#base * DRIFT, Math.max(mean, 0.001));
    const gradient = Math.max(MIN_GRADIENT, Math.min(1, TOLERANCE * this.#base / mean));
    // A limit that was not used says nothing about a higher one.
    if (gradient === 1 && peak < this.#value / 2) return;
    const next = this.#value * gradient + (gradient === 1 ? Math.sqrt(this.#value) : 0);
    const smooth = this.#value + (next - this.#value) * SMOOTHING;
    this.#value = Math.min(this.#most, Math.max(this.#least, smooth));
  }
}
