import type { Bytes } from "../internal/bytes.ts";
import type { TopicBroker, TopicReceiver } from "./broker.ts";
import type { HistoryLimits, MessagePosition, TopicHistory } from "./history.ts";
import { MemoryHistory } from "./memory_history.ts";

/**
 * Connects several {@linkcode Topics} of one process, as a broker connects those of several: for tests of a program
 * that runs in many processes, and for applications that share a process.
 *
 * A message arrives in a later microtask, never within `publish`. None is lost, and the order is kept.
 *
 * @example
 * ```ts
 * import { MemoryHub, Topics } from "@twister/twister/pubsub";
 * import { assertEquals } from "@std/assert";
 *
 * const hub = new MemoryHub();
 * await using here = new Topics({ broker: hub.broker() });
 * await using there = new Topics({ broker: hub.broker() });
 * const received = new Promise((resolve) => {
 *   there.subscribe("news", { deliver: ({ text }) => (resolve(text), "delivered") });
 * });
 * here.publish("news", "hello");
 * assertEquals(await received, "hello");
 * ```
 */
export class MemoryHub {
  readonly #brokers = new Set<MemoryBroker>();
  #history: MemoryHistory | null = null;

  /** Makes a broker for one `Topics` object. The first one with a history sets its limits. */
  broker(): TopicBroker {
    return new MemoryBroker(this.#brokers, (limits) => this.#openHistory(limits));
  }

  #openHistory(limits: HistoryLimits): TopicHistory {
    return this.#history ??= new MemoryHistory(limits, (topic, data, position) => {
      bringLater(this.#brokers, topic, data, position);
    });
  }
}

function bringLater(brokers: Iterable<MemoryBroker>, topic: string, data: Bytes, position?: MessagePosition): void {
  queueMicrotask(() => {
    for (const broker of brokers) broker.bring(topic, data, position);
  });
}

class MemoryBroker implements TopicBroker {
  /** The connected brokers of the hub, this one included. */
  readonly #all: Set<MemoryBroker>;
  readonly #topics = new Set<string>();
  readonly history: (limits: HistoryLimits) => TopicHistory;
  #receive: TopicReceiver | null = null;

  constructor(all: Set<MemoryBroker>, history: (limits: HistoryLimits) => TopicHistory) {
    this.#all = all;
    this.history = history;
  }

  connect(receive: TopicReceiver): void {
    this.#receive = receive;
    this.#all.add(this);
  }

  subscribe(topics: readonly string[]): void {
    for (const topic of topics) this.#topics.add(topic);
  }

  unsubscribe(topics: readonly string[]): void {
    for (const topic of topics) this.#topics.delete(topic);
  }

  publish(topic: string, data: Bytes): void {
    bringLater(this.#all, topic, data);
  }

  close(): void {
    this.#all.delete(this);
    this.#receive = null;
  }

  bring(topic: string, data: Bytes, position?: MessagePosition): void {
    if (this.#topics.has(topic)) this.#receive?.(topic, data, position);
  }
}
