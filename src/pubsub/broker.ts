import type { Bytes } from "../internal/bytes.ts";
import type { HistoryLimits, MessagePosition, TopicHistory } from "./history.ts";

/** The first character of the topics that `Topics` uses itself. */
export const RESERVED = "\x01";

/** Takes what a {@linkcode TopicBroker} brings; `position` is that of a message that a history keeps. */
export type TopicReceiver = (topic: string, data: Uint8Array, position?: MessagePosition) => void;

/**
 * The state of the link to a broker:
 * - `"up"`: it carries, and all subscriptions are in effect;
 * - `"down"`: messages may be missed from now on;
 * - `"gap"`: it is up, and messages were missed which the broker cannot name.
 */
export type BrokerState = "up" | "down" | "gap";

/** Takes the states of the link to a broker, with the reason for `"down"` and `"gap"`. */
export type BrokerStateReceiver = (state: BrokerState, reason?: Error) => void;

/**
 * Carries the messages of `Topics` between processes: over Redis, NATS, or another system that publishes and
 * subscribes.
 *
 * The broker gets whole messages as opaque bytes. They name their publisher, so a broker may bring a message back to
 * the process that published it, as most do. It must keep the order of the messages of one publisher, on all topics
 * together. It may lose messages: they are numbered, so that the `Topics` at the other end see what is missing and tell
 * their subscribers (`Subscriber.onGap`). It may bring a message twice, since the second one is dropped.
 *
 * Besides the topics of subscribers, `Topics` uses topics of its own, whose names begin with U+0001.
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
   * Begins to give the messages of subscribed topics to `receive`, and the states of its link to `state`; neither
   * throws. A broker without a link that can fail need not call `state`. `Topics` calls the method once, before all
   * others.
   */
  connect(receive: TopicReceiver, state: BrokerStateReceiver): void;
  /**
   * Subscribes to topics that have their first subscriber in this process. A promise resolves when the subscription is
   * in effect; the broker subscribes again by itself when its link was lost.
   */
  subscribe(topics: readonly string[]): void | Promise<void>;
  /** Unsubscribes from topics that have lost their last subscriber in this process. */
  unsubscribe(topics: readonly string[]): void | Promise<void>;
  /**
   * Carries a message to the other processes. The bytes belong to the broker. A promise resolves when the broker has
   * the message; several messages may share one.
   */
  publish(topic: string, data: Bytes): void | Promise<void>;
  /** Sends what was published, frees the connection, and no longer calls `receive`. `Topics` calls it once. */
  close(): void | Promise<void>;
  /**
   * Returns the history that the broker keeps of its topics, for `Topics` with `history`. `Topics` calls it
   * once, before {@linkcode connect}. A broker without this method keeps none.
   */
  history?(limits: HistoryLimits): TopicHistory;
}
