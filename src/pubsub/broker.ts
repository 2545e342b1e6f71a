import type { Bytes } from "../internal/bytes.ts";

/** Takes what a {@linkcode TopicBroker} brings. */
export type TopicReceiver = (topic: string, data: Uint8Array) => void;

/**
 * Carries the messages of {@linkcode Topics} between processes: over Redis, NATS, or another system that publishes and
 * subscribes.
 *
 * The broker gets whole messages as opaque bytes. They name their publisher, so a broker may bring a message back to
 * the process that published it, as most do. It must keep the order of the messages of one publisher on one topic, and
 * must not lose any of them in silence: `BroadcastChannel`, for example, drops messages without a word when a reader is
 * slow.
 *
 * `Topics` logs what a method throws or its promise rejects with. The subscribers of the process get their messages
 * anyway.
 *
 * @example A broker between two isolates, over a MessagePort: it loses nothing, but nothing bounds its queue either
 * ```ts
 * import { type TopicBroker, type TopicReceiver, Topics } from "@twister/twister/pubsub";
 * import { assertEquals } from "@std/assert";
 *
 * class PortBroker implements TopicBroker {
 *   readonly #port: MessagePort;
 *   readonly #topics = new Set<string>();
 *
 *   constructor(port: MessagePort) {
 *     this.#port = port;
 *   }
 *   connect(receive: TopicReceiver): void {
 *     this.#port.onmessage = ({ data: { topic, data } }) => {
 *       if (this.#topics.has(topic)) receive(topic, data);
 *     };
 *   }
 *   subscribe(topics: readonly string[]): void {
 *     for (const topic of topics) this.#topics.add(topic);
 *   }
 *   unsubscribe(topics: readonly string[]): void {
 *     for (const topic of topics) this.#topics.delete(topic);
 *   }
 *   publish(topic: string, data: Uint8Array<ArrayBuffer>): void {
 *     this.#port.postMessage({ topic, data }, [data.buffer]);
 *   }
 *   close(): void {
 *     this.#port.close();
 *   }
 * }
 *
 * // A program would send the second port to a worker.
 * const { port1, port2 } = new MessageChannel();
 * await using here = new Topics({ broker: new PortBroker(port1) });
 * await using there = new Topics({ broker: new PortBroker(port2) });
 * const received = new Promise((resolve) => {
 *   there.subscribe("news", { deliver: ({ text }) => (resolve(text), "delivered") });
 * });
 * here.publish("news", "to the other side");
 * assertEquals(await received, "to the other side");
 * ```
 */
export interface TopicBroker {
  /**
   * Begins to give the messages of subscribed topics to `receive`, which does not throw. `Topics` calls it once, before
   * all other methods.
   */
  connect(receive: TopicReceiver): void;
  /** Subscribes to topics that have their first subscriber in this process. */
  subscribe(topics: readonly string[]): void | Promise<void>;
  /** Unsubscribes from topics that have lost their last subscriber in this process. */
  unsubscribe(topics: readonly string[]): void | Promise<void>;
  /** Carries a message to the other processes. The bytes belong to the broker. */
  publish(topic: string, data: Bytes): void | Promise<void>;
  /** Sends what was published, frees the connection, and no longer calls `receive`. `Topics` calls it once. */
  close(): void | Promise<void>;
}
