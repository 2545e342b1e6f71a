import { currentClock } from "../../internal/clock.ts";
import { toError } from "../../internal/promises.ts";
import { genLog } from "../../util/log.ts";

/** Sends commands to Redis or Valkey: the part of the clients of npm that is used here. */
export interface RedisCommands {
  /** Sends one command, as its words, and returns the answer. */
  sendCommand(words: string[]): Promise<unknown>;
}

/** Seconds for an answer: a request waits for it, and a server that takes longer is of no use to it. */
const DEFAULT_TIMEOUT = 1;

/** A client of npm's `redis`, and what ends it. */
interface Client extends RedisCommands {
  destroy(): void;
}

/**
 * A connection to Redis, which is made by the first command. It comes back by itself when it was lost; meanwhile
 * commands fail immediately.
 */
export class RedisConnection implements RedisCommands {
  readonly #url: string;
  readonly #timeout: number;
  #client: Promise<Client> | null = null;

  constructor(url: string, timeout: number = DEFAULT_TIMEOUT) {
    this.#url = url;
    this.#timeout = timeout;
  }

  /** @throws {Error} If there is no answer in time. */
  async sendCommand(words: string[]): Promise<unknown> {
    const { promise, reject } = Promise.withResolvers<never>();
    const late = () => reject(new Error(`no answer from Redis within ${this.#timeout} s`));
    const timer = currentClock().setTimer(late, this.#timeout);
    try {
      return await Promise.race([promise, (async () => await (await this.#connect()).sendCommand(words))()]);
    } finally {
      timer.cancel();
    }
  }

  /** Ends the connection. */
  async close(): Promise<void> {
    const client = this.#client;
    this.#client = null;
    if (client === null) return;
    try {
      (await client).destroy();
    } catch {
      // It was never connected.
    }
  }

  #connect(): Promise<Client> {
    const client = this.#client ??= this.#open();
    return client;
  }

  async #open(): Promise<Client> {
    // Here, so that only programs that use Redis load its client.
    const { createClient } = await import("npm:redis@6.3.1");
    const client = createClient({ url: this.#url, disableOfflineQueue: true });
    let isDown = false;
    client.on("error", (error: unknown) => {
      if (!isDown) genLog.warning("The connection to Redis is lost: %s", toError(error).message);
      isDown = true;
    });
    client.on("ready", () => isDown = false);
    try {
      await client.connect();
    } catch (error) {
      this.#client = null;
      throw error;
    }
    return client;
  }
}

/** Takes a client, or makes a connection to a URL. */
export function redisOf(redis: string | RedisCommands): RedisCommands {
  return typeof redis === "string" ? new RedisConnection(redis) : redis;
}
