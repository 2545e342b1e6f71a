import type { TopicMessage } from "./message.ts";

/**
 * The outcome of giving a message to a {@linkcode Subscriber}:
 * - `"delivered"`: it was sent, or waits in the subscriber's own queue;
 * - `"dropped"`: the subscriber had no room for it, and goes on with the next message;
 * - `"closed"`: the subscriber has ended, or ends because it had no room. `Topics` unsubscribes it.
 */
export type Delivery = "delivered" | "dropped" | "closed";

/** Messages of a topic that are missing. {@linkcode Subscriber.onGap} is told of them. */
export interface TopicGap {
  /** The topic. */
  readonly topic: string;
  /**
   * The number of messages that are missing at the most; `null` if that cannot be known, since the history of the topic
   * was restarted.
   */
  readonly missed: number | null;
  /** The random name of the `Topics` whose messages are missing; `null` if they may be of several. */
  readonly origin: string | null;
}

/**
 * Receives the messages of topics. `WebSocketHandler` is one; an event stream, a long poll or a test can be another.
 *
 * @example A subscriber that keeps the last messages
 * ```ts
 * import { type Delivery, type Subscriber, type TopicMessage, Topics } from "@twister/twister/pubsub";
 * import { assertEquals } from "@std/assert";
 *
 * class Recent implements Subscriber {
 *   readonly texts: string[] = [];
 *
 *   deliver(message: TopicMessage): Delivery {
 *     if (this.texts.length === 2) this.texts.shift();
 *     this.texts.push(message.text);
 *     return "delivered";
 *   }
 * }
 *
 * const topics = new Topics();
 * const recent = new Recent();
 * topics.subscribe("news", recent);
 * for (const text of ["one", "two", "three"]) topics.publish("news", text);
 * assertEquals(recent.texts, ["two", "three"]);
 * ```
 */
export interface Subscriber {
  /**
   * Takes a message. The messages of one process come in the order in which they were published.
   *
   * It must not run application code that might publish before it returns: the other subscribers have yet to get this
   * message, and would get the two in the wrong order.
   *
   * @returns What became of the message, or a promise of it if that is known only later. `Topics` does not wait for the
   * promise: the next message may come before it settles.
   */
  deliver(message: TopicMessage): Delivery | Promise<Delivery>;
  /**
   * Is told, between the messages before and after, that messages of a topic are missing and cannot be recovered: what
   * the subscriber shows may be out of date. As in {@linkcode deliver}, it must not publish before it returns.
   */
  onGap?(gap: TopicGap): void;
  /**
   * Registers a callback for the end of the subscriber; registering the same callback again changes nothing. A
   * subscriber without this method is unsubscribed by its owner, or when `deliver` returns `"closed"`.
   *
   * @throws {Error} If the subscriber has ended already; `Topics.subscribe` passes the error on.
   */
  whenClosed?(callback: (subscriber: Subscriber) => void): void;
}
