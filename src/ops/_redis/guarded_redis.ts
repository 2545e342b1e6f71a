import { currentClock } from "../../internal/clock.ts";
import { type RedisCommands, RedisConnection } from "./connection.ts";
import { inTime, NoAnswerError } from "./in_time.ts";

/** Seconds for an answer: a request waits for it, and a server that takes longer is of no use to it. */
const TIMEOUT = 1;
/** Seconds between two questions whether Redis answers again. */
const PROBE_PAUSE = 1;
/** Seconds of silence after which a connection is replaced: the other end may be gone without a word. */
const RENEW_PAUSE = 10;

/**
 * Sends commands to a Redis that may fall silent. One command waits for a second; after that all fail immediately,
 * until an answer comes: late, or to a question that is asked once a second while there are commands.
 */
export class GuardedRedis implements RedisCommands {
  readonly #redis: RedisConnection | RedisCommands;
  #isSilent = false;
  #isProbing = false;
  #probedAt = 0;
  #renewedAt = 0;

  constructor(redis: RedisConnection | RedisCommands) {
    this.#redis = redis;
  }

  /** @throws {Error} If there is no answer in time, or was none to the commands before. */
  async sendCommand(words: string[]): Promise<unknown> {
    if (this.#isSilent) {
      this.#probe();
      throw new Error("Redis does not answer");
    }
    const answer = (await this.#client()).sendCommand(words);
    try {
      return await inTime(answer, TIMEOUT);
    } catch (error) {
      if (error instanceof NoAnswerError) this.#fallSilent(answer);
      throw error;
    }
  }

  /** Ends the connection, if it is one of our own. */
  async close(): Promise<void> {
    if (this.#redis instanceof RedisConnection) await this.#redis.close();
  }

  async #client(): Promise<RedisCommands> {
    return this.#redis instanceof RedisConnection ? await this.#redis.client() : this.#redis;
  }

  #fallSilent(late: Promise<unknown>): void {
    if (!this.#isSilent) this.#probedAt = this.#renewedAt = currentClock().monotonic();
    this.#isSilent = true;
    // An error ends the silence as well: the client knows then that the connection is lost.
    late.catch(() => {}).then(() => {
      this.#isSilent = false;
    });
  }

  #probe(now = currentClock().monotonic()): void {
    if (this.#redis instanceof RedisConnection && now - this.#renewedAt >= RENEW_PAUSE) {
      this.#renewedAt = now;
      void this.#redis.renew();
    } else if (!this.#isProbing && now - this.#probedAt >= PROBE_PAUSE) {
      this.#isProbing = true;
      this.#probedAt = now;
      void this.#ask();
    }
  }

  async #ask(): Promise<void> {
    try {
      await (await this.#client()).sendCommand(["PING"]);
    } catch {
      // See above.
    }
    this.#isSilent = false;
    this.#isProbing = false;
  }
}

/** Takes a client, or makes a connection to a URL. */
export function redisOf(redis: string | RedisCommands): GuardedRedis {
  return new GuardedRedis(typeof redis === "string" ? new RedisConnection(redis) : redis);
}
