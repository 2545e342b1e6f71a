import type { TopicMessage } from "./message.ts";

/**
 * The latest message of each key, for a receiver that is too slow for all: a price that has changed again need not be
 * shown. WebSockets and event streams with the policy `"coalesce"` keep one.
 *
 * @example
 * ```ts
 * import { LatestMessages, TopicMessage } from "@twister/twister/pubsub";
 * import { assertEquals } from "@std/assert";
 *
 * const latest = new LatestMessages(1000);
 * const source = { origin: "0".repeat(32), number: 1, time: 0 };
 * for (const [key, price] of [["ACME", "1"], ["BETA", "2"], ["ACME", "3"]] as const) {
 *   latest.keep(key, new TopicMessage(price, source));
 * }
 * assertEquals(latest.take().map(({ text }) => text), ["2", "3"]);
 * assertEquals(latest.replaced, 1);
 * ```
 */
export class LatestMessages {
  /** The number of messages that a later one has replaced. */
  replaced = 0;
  readonly #most: number;
  #messages = new Map<string, TopicMessage>();
  #length = 0;

  /** `most` limits the sum of the messages' lengths. */
  constructor(most: number) {
    this.#most = most;
  }

  /** Tells whether no message is kept. */
  get isEmpty(): boolean {
    return this.#messages.size === 0;
  }

  /** Keeps a message in place of the one with its key; returns `false` if there is no room. */
  keep(key: string, message: TopicMessage): boolean {
    const before = this.#messages.get(key);
    const length = this.#length + message.length - (before?.length ?? 0);
    if (length > this.#most && this.#messages.size > 0) return false;
    if (before !== undefined) this.replaced++;
    // The order is that of the messages that are left.
    this.#messages.delete(key);
    this.#messages.set(key, message);
    this.#length = length;
    return true;
  }

  /** Returns the messages, the one that came first is first, and forgets them. */
  take(): TopicMessage[] {
    const messages = [...this.#messages.values()];
    this.#messages = new Map();
    this.#length = 0;
    return messages;
  }
}
