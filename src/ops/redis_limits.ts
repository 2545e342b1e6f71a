/**
 * Rate limits that several processes share, in Redis or Valkey. The npm package `@redis/client` is loaded with the
 * first command.
 *
 * @module
 */
import { currentClock } from "../internal/clock.ts";
import { toError } from "../internal/promises.ts";
import { Seldom } from "../internal/seldom.ts";
import { genLog } from "../util/log.ts";
import { KeyTable } from "./_limits/key_table.ts";
import {
  checkUnits,
  type Limiter,
  type RateDecision,
  RateLimiter,
  type RateLimitOptions,
} from "./_limits/rate_limiter.ts";
import type { RedisCommands } from "./_redis/connection.ts";
import { type GuardedRedis, redisOf } from "./_redis/guarded_redis.ts";

export type { Limiter, RateDecision, RateLimitOptions } from "./_limits/rate_limiter.ts";
export type { RedisCommands } from "./_redis/connection.ts";

/**
 * Takes units from a key, by the clock of the server, in milliseconds. ARGV: quota, window, units. Returns whether it
 * may, and the milliseconds until all of the quota is there.
 */
const TAKE = `
local time = redis.call('TIME')
local now = time[1] * 1000 + time[2] / 1000
local window = tonumber(ARGV[2])
local before = math.max(tonumber(redis.call('GET', KEYS[1]) or '0'), now)
local after = before + tonumber(ARGV[3]) * window / tonumber(ARGV[1])
if after - now > window + 0.001 then return {0, string.format('%.3f', before - now)} end
redis.call('SET', KEYS[1], string.format('%.3f', after), 'PX', math.ceil(after - now))
return {1, string.format('%.3f', after - now)}`;

/** Seconds between two lines of the log while Redis does not answer. */
const LOG_SECONDS = 10;

/** Options of {@linkcode RedisRateLimiter}. */
export interface RedisRateLimitOptions extends RateLimitOptions {
  /** The address, such as `redis://127.0.0.1:6379`, or a client such as that of npm's `redis`. */
  redis: string | RedisCommands;
  /**
   * The outcome when Redis does not answer within a second: `"open"` counts in this process alone, `"closed"` refuses.
   *
   * @default {"open"}
   */
  onFailure?: "open" | "closed";
  /**
   * The beginning of all keys.
   *
   * @default {"twister:rate:"}
   */
  prefix?: string;
}

/**
 * A limit that several processes share, as `RateLimiter` in Redis or Valkey.
 *
 * A key that was refused is refused in this process until quota comes back, without asking Redis again: an attacker
 * costs it nothing.
 *
 * @example
 * ```ts ignore
 * import { rateLimit } from "@twister/twister/limits";
 * import { RedisRateLimiter } from "@twister/twister/limits/redis";
 * import { Application } from "@twister/twister/web";
 *
 * const limiter = new RedisRateLimiter({ redis: "redis://10.0.0.5:6379", quota: 100, window: 60 });
 * const app = new Application([], { rateLimit: rateLimit(limiter) });
 * ```
 */
export class RedisRateLimiter implements Limiter, AsyncDisposable {
  /** The name of the policy. */
  readonly name: string;
  /** The units that a key may use together. */
  readonly quota: number;
  /** The seconds in which as many units come back. */
  readonly window: number;
  readonly #redis: GuardedRedis;
  readonly #fails: "open" | "closed";
  readonly #prefix: string;
  /** Counts while Redis does not answer, and checks the options. */
  readonly #local: RateLimiter;
  /** When the keys that were refused have quota again, in milliseconds. */
  readonly #refused: KeyTable;
  readonly #logged = new Seldom(LOG_SECONDS);

  /**
   * Makes a limiter; the first request connects it.
   *
   * @throws {RangeError} If the quota, the window, the name or the number of keys is not one that can be used.
   */
  constructor(options: RedisRateLimitOptions) {
    this.#local = new RateLimiter(options);
    this.name = this.#local.name;
    this.quota = options.quota;
    this.window = options.window;
    this.#redis = redisOf(options.redis);
    this.#fails = options.onFailure ?? "open";
    this.#prefix = `${options.prefix ?? "twister:rate:"}${this.name}:`;
    this.#refused = new KeyTable(options.maxKeys ?? 10_000);
  }

  /**
   * Takes units from a key. A refusal takes nothing.
   *
   * @throws {RangeError} If `units` is not a whole number from 1 to the quota.
   */
  async take(key: string, units: number = 1): Promise<RateDecision> {
    checkUnits(this, units);
    const now = currentClock().monotonic() * 1000;
    const found = this.#refused.find(key);
    const until = found < 0 ? 0 : this.#refused.state(found);
    if (until > now) return this.#decide(false, until - now + this.#full - this.#step, units);
    try {
      const [allowed, recovery] = await this.#ask(key, units);
      // One unit comes back first: no request is let in before that.
      if (!allowed && units === 1) this.#note(key, now + recovery + this.#step - this.#full);
      return this.#decide(allowed, recovery, units);
    } catch (error) {
      this.#log(error);
      if (this.#fails === "open") return this.#local.take(key, units);
      return { allowed: false, remaining: 0, retryAfter: 1, reset: 1 };
    }
  }

  /** Ends the connection, if the limiter has made it. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#redis.close();
  }

  get #full(): number {
    return this.window * 1000;
  }

  /** The milliseconds in which one unit comes back. */
  get #step(): number {
    return this.#full / this.quota;
  }

  async #ask(key: string, units: number): Promise<[boolean, number]> {
    const args = [String(this.quota), String(this.#full), String(units)];
    const answer = await this.#redis.sendCommand(["EVAL", TAKE, "1", this.#prefix + key, ...args]);
    if (!Array.isArray(answer)) throw new TypeError(`Redis answers ${Deno.inspect(answer)}, not a list`);
    const [allowed, recovery]: unknown[] = answer;
    return [Number(allowed) === 1, Number(recovery)];
  }

  #note(key: string, until: number): void {
    const found = this.#refused.find(key);
    this.#refused.set(found < 0 ? ~found : found, until);
  }

  /** `recovery` is how many milliseconds it takes until all of the quota is there. */
  #decide(allowed: boolean, recovery: number, units: number): RateDecision {
    const left = this.#full - recovery;
    return {
      allowed,
      // The script counts to a thousandth of a millisecond.
      remaining: Math.max(0, Math.floor(left / this.#step + 0.001)),
      retryAfter: allowed ? 0 : Math.max(0, units * this.#step - left) / 1000,
      reset: recovery / 1000,
    };
  }

  #log(error: unknown): void {
    if (!this.#logged.isDue()) return;
    const how = this.#fails === "open" ? "counting in this process alone" : "refusing all";
    genLog.error("Cannot ask Redis for the rate limit %s, %s: %s", this.name, how, toError(error).message);
  }
}
