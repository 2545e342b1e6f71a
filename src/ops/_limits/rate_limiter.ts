import { currentClock } from "../../internal/clock.ts";
import { Gcra } from "../../internal/gcra.ts";
import { KeyTable } from "./key_table.ts";

/** Keys of a table unless told otherwise: the addresses of a busy day, in 3 MiB. */
const DEFAULT_MAX_KEYS = 100_000;

/** The name of a policy, which is a string of structured fields (RFC 9651, section 3.3.3) and a part of Redis keys. */
const POLICY_NAME = /^[\w.-]{1,64}$/;

/** The answer to one request for quota. */
export interface RateDecision {
  /** Tells whether the request may go on. */
  readonly allowed: boolean;
  /** The whole units that are left. */
  readonly remaining: number;
  /** Seconds until so many units are there; 0 if the request may go on. */
  readonly retryAfter: number;
  /** Seconds until all of the quota is there, if nothing more is used. */
  readonly reset: number;
}

/** Options of {@linkcode RateLimiter}. */
export interface RateLimitOptions {
  /**
   * The name of the policy, which clients see.
   *
   * @default {"default"}
   */
  name?: string;
  /** The units that a key may use together, a whole number from 1 to 100,000. */
  quota: number;
  /** The seconds in which as many units come back. */
  window: number;
  /**
   * The keys whose use is remembered; beyond them, the one that has recovered the most is forgotten. Memory is 24 bytes
   * a key or less, and does not grow.
   *
   * @default {100000}
   */
  maxKeys?: number;
}

/** The part of a limiter that guards and decorators use; {@linkcode RateLimiter} and `RedisRateLimiter` are two. */
export interface Limiter {
  /** The name of the policy. */
  readonly name: string;
  /** The units that a key may use together. */
  readonly quota: number;
  /** The seconds in which as many units come back. */
  readonly window: number;
  /** Takes units from a key, or refuses to. */
  take(key: string, units?: number): RateDecision | Promise<RateDecision>;
}

/**
 * A limit on how often something may happen for each key, such as an address or a user, in the memory of this process.
 *
 * Quota comes back evenly (the generic cell rate algorithm): a key may use all of it together after a pause, and then
 * `quota` units in each `window`, in whatever window one looks. Nothing is rounded, and time that is set back gives
 * nothing.
 *
 * @example
 * ```ts
 * import { RateLimiter } from "@twister/twister/limits";
 * import { assertEquals } from "@std/assert";
 *
 * const limiter = new RateLimiter({ quota: 2, window: 60 });
 * assertEquals(limiter.take("192.0.2.1").remaining, 1);
 * assertEquals(limiter.take("192.0.2.1").allowed, true);
 * const { allowed, retryAfter } = limiter.take("192.0.2.1");
 * assertEquals([allowed, Math.round(retryAfter)], [false, 30]);
 * ```
 */
export class RateLimiter implements Limiter {
  readonly name: string;
  readonly quota: number;
  readonly window: number;
  readonly #rate: Gcra;
  readonly #table: KeyTable;
  /** The latest time that was seen, as one of the limit. */
  #latest = 0;

  /**
   * Makes a limiter.
   *
   * @throws {RangeError} If the quota, the window, the name or the number of keys is not one that can be used.
   */
  constructor(options: RateLimitOptions) {
    const { name = "default", quota, window, maxKeys = DEFAULT_MAX_KEYS } = options;
    if (!POLICY_NAME.test(name)) {
      throw new RangeError(
        `Invalid name of a rate limit ${JSON.stringify(name)}: letters, digits, ".", "_" and "-" only`,
      );
    }
    if (!(maxKeys >= 1 && maxKeys <= 2 ** 26)) {
      throw new RangeError(`Invalid maxKeys ${maxKeys}: it must be from 1 to ${2 ** 26}`);
    }
    this.name = name;
    this.quota = quota;
    this.window = window;
    this.#rate = new Gcra(quota, Math.round(window * 1000));
    this.#table = new KeyTable(maxKeys);
  }

  /** The bytes of the table of keys. */
  get byteLength(): number {
    return this.#table.byteLength;
  }

  /**
   * Takes units from a key. A refusal takes nothing.
   *
   * @throws {RangeError} If `units` is not a whole number from 1 to the quota.
   */
  take(key: string, units: number = 1): RateDecision {
    checkUnits(this, units);
    const rate = this.#rate;
    const time = this.#latest = Math.max(this.#latest, rate.time(currentClock().monotonic() * 1000));
    const found = this.#table.find(key);
    const slot = found < 0 ? ~found : found;
    const state = found < 0 ? 0 : this.#table.state(slot);
    const taken = rate.take(state, time, units);
    if (taken < 0) return new Decision(rate, false, state, time, units);
    this.#table.set(slot, taken);
    return new Decision(rate, true, taken, time, units);
  }
}

/** @throws {RangeError} If `units` is not a whole number from 1 to the quota. */
export function checkUnits({ name, quota }: Limiter, units: number): void {
  if (Number.isInteger(units) && units >= 1 && units <= quota) return;
  throw new RangeError(`Cannot take ${units} units of ${name}: its quota is ${quota}`);
}

/** Computes what a caller asks for: most look at one property. */
class Decision implements RateDecision {
  readonly allowed: boolean;
  readonly #rate: Gcra;
  readonly #state: number;
  readonly #time: number;
  readonly #units: number;

  constructor(rate: Gcra, allowed: boolean, state: number, time: number, units: number) {
    this.#rate = rate;
    this.allowed = allowed;
    this.#state = state;
    this.#time = time;
    this.#units = units;
  }

  get remaining(): number {
    return this.#rate.left(this.#state, this.#time);
  }

  get retryAfter(): number {
    return this.allowed ? 0 : this.#rate.wait(this.#state, this.#time, this.#units) / 1000;
  }

  get reset(): number {
    return this.#rate.recovery(this.#state, this.#time) / 1000;
  }
}
