/**
 * The generic cell rate algorithm: a rate limit whose whole state is one number a key, the time at which the key would
 * have used nothing. Quota comes back evenly, so there is no edge of a window at which a client gets twice as much.
 *
 * Times are whole numbers of `1 / quota` milliseconds. Each unit of quota then costs exactly `window` of them, and no
 * rounding ever adds up.
 */
export class Gcra {
  /** The units that may be used together after a pause. */
  readonly quota: number;
  /** The milliseconds in which as many units come back. */
  readonly window: number;
  /** The state of a key that has used all of its quota, relative to the time. */
  readonly #full: number;

  /**
   * Makes a limit.
   *
   * @throws {RangeError} If one of them is not a whole number from 1 on, or they are so large that times would be
   * rounded.
   */
  constructor(quota: number, window: number) {
    if (!Number.isInteger(quota) || quota < 1 || quota > MAX_QUOTA) {
      throw new RangeError(`Invalid quota ${quota}: it must be a whole number from 1 to ${MAX_QUOTA}`);
    }
    if (!Number.isInteger(window) || window < 1 || window > MAX_WINDOW) {
      throw new RangeError(`Invalid window of ${window} ms: it must be a whole number from 1 to ${MAX_WINDOW}`);
    }
    if (quota * window > MAX_FULL) {
      throw new RangeError(`Invalid quota ${quota} for ${window} ms: their product must not be above ${MAX_FULL}`);
    }
    this.quota = quota;
    this.window = window;
    this.#full = quota * window;
  }

  /** Converts milliseconds to a time of this limit. */
  time(milliseconds: number): number {
    return Math.floor(milliseconds) * this.quota;
  }

  /**
   * Takes units from a key.
   *
   * @param state The state of the key, or 0 for one that is not known.
   * @returns The new state, or -1 if so many are not there.
   */
  take(state: number, time: number, units: number): number {
    const used = Math.max(state, time) + units * this.window;
    return used - time > this.#full ? -1 : used;
  }

  /** The whole units that are left. */
  left(state: number, time: number): number {
    return Math.max(0, Math.floor((this.#full - Math.max(0, state - time)) / this.window));
  }

  /** The milliseconds until so many units are there. */
  wait(state: number, time: number, units: number): number {
    return Math.max(0, (Math.max(state, time) + units * this.window - this.#full - time) / this.quota);
  }

  /** The milliseconds until all of the quota is there. */
  recovery(state: number, time: number): number {
    return Math.max(0, (state - time) / this.quota);
  }
}

/** Times are exact below 2^53: for 2.8 years after the start of a program with this quota, for 140 years with 2,000. */
const MAX_QUOTA = 100_000;
const MAX_WINDOW = 10 ** 12;
/** A key is never so much ahead of the time that this matters. */
const MAX_FULL = 2 ** 51;
