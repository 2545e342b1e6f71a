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

/** Seconds for the first connection, in which the client's package is loaded as well. */
const CONNECT_TIMEOUT = 5;

/** Seconds between two attempts to connect. */
const RETRY_SECONDS = 0.25;

/** A client of npm's `@redis/client`, and what ends it. */
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
  /** Resolves when the client is connected for the first time, or has had the time to be; `null` before. */
  #first: Promise<void> | null = null;
  #isDown = false;
  #closed = false;

  constructor(url: string, timeout: number = DEFAULT_TIMEOUT) {
    this.#url = url;
    this.#timeout = timeout;
  }

  /** @throws {Error} If there is no answer in time. */
  async sendCommand(words: string[]): Promise<unknown> {
    if (this.#closed) throw new Error("the connection to Redis is closed");
    const client = await (this.#client ??= this.#open());
    await this.#first;
    return await inTime(client.sendCommand(words), this.#timeout);
  }

  /** Ends the connection. */
  async close(): Promise<void> {
    this.#closed = true;
    const client = await this.#client;
    if (client === null) return;
    try {
      client.destroy();
    } catch {
      // It was never connected.
    }
    // The client cannot take back the timer of its next attempt.
    if (this.#isDown) await new Promise<void>((resolve) => currentClock().setTimer(resolve, 2 * RETRY_SECONDS));
  }

  async #open(): Promise<Client> {
    // Here, so that only programs that use Redis load its client.
    const { createClient } = await import("npm:@redis/client@6.3.1");
    const reconnectStrategy = () => this.#closed ? false : RETRY_SECONDS * 1000;
    const client = createClient({ url: this.#url, disableOfflineQueue: true, socket: { reconnectStrategy } });
    const ready = Promise.withResolvers<void>();
    client.on("error", (error: unknown) => {
      if (!this.#isDown && !this.#closed) genLog.warning("The connection to Redis is lost: %s", toError(error).message);
      this.#isDown = true;
    });
    client.on("ready", () => {
      this.#isDown = false;
      ready.resolve();
    });
    this.#first = inTime(ready.promise, CONNECT_TIMEOUT).catch(() => {});
    // It tries again and again; what fails meanwhile are the commands.
    client.connect().catch(() => {});
    return client;
  }
}

/** @throws {Error} If a promise has not settled after so many seconds. */
async function inTime<T>(result: Promise<T>, seconds: number): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = currentClock().setTimer(() => reject(new Error(`no answer from Redis within ${seconds} s`)), seconds);
  try {
    return await Promise.race([promise, result]);
  } finally {
    timer.cancel();
  }
}

/** Takes a client, or makes a connection to a URL. */
export function redisOf(redis: string | RedisCommands): RedisCommands {
  return typeof redis === "string" ? new RedisConnection(redis) : redis;
}
