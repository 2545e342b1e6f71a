import { currentClock } from "../../internal/clock.ts";
import { toError } from "../../internal/promises.ts";
import { genLog } from "../../util/log.ts";
import { inTime } from "./in_time.ts";

/** Sends commands to Redis or Valkey: the part of the clients of npm that is used here. */
export interface RedisCommands {
  /** Sends one command, as its words, and returns the answer. */
  sendCommand(words: string[]): Promise<unknown>;
}

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
export class RedisConnection {
  readonly #url: string;
  #client: Promise<Client> | null = null;
  /** Resolves when the first client is connected, has failed to be, or has had the time; `null` before. */
  #first: Promise<void> | null = null;
  #isDown = false;
  #closed = false;

  constructor(url: string) {
    this.#url = url;
  }

  /**
   * Returns the client, which the first call connects and waits for.
   *
   * @throws {Error} If the connection is closed.
   */
  async client(): Promise<RedisCommands> {
    if (this.#closed) throw new Error("the connection to Redis is closed");
    const client = await (this.#client ??= this.#open());
    await this.#first;
    return client;
  }

  /** Makes another connection in place of one that no longer carries anything. */
  async renew(): Promise<void> {
    const old = this.#client;
    if (old === null || this.#isDown || this.#closed) return;
    this.#client = this.#open();
    (await old).destroy();
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
    const known = Promise.withResolvers<void>();
    client.on("error", (error: unknown) => {
      if (!this.#isDown && !this.#closed) genLog.warning("The connection to Redis is lost: %s", toError(error).message);
      this.#isDown = true;
      // Requests must not wait for a server that is not there.
      known.resolve();
    });
    client.on("ready", () => {
      this.#isDown = false;
      known.resolve();
    });
    this.#first ??= inTime(known.promise, CONNECT_TIMEOUT).catch(() => {});
    // It tries again and again; what fails meanwhile are the commands.
    client.connect().catch(() => {});
    return client;
  }
}
