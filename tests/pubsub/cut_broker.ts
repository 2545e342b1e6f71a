/**
 * A broker of a `MemoryHub` whose link a test cuts.
 *
 * @module
 */
import type { BrokerStateReceiver, HistoryLimits, MemoryHub, TopicBroker, TopicHistory } from "../../src/pubsub/mod.ts";

/** What is published while the link is down waits, as in a `LinkedBroker`; what others publish is lost. */
export class CutBroker implements TopicBroker {
  /** Loses what this one publishes, though the link is up: those who would take it are away. */
  losesOutbound = false;
  readonly #inner: TopicBroker;
  #isCut = false;
  #state: BrokerStateReceiver = () => {};
  #waiting: [topic: string, data: Uint8Array<ArrayBuffer>][] = [];

  constructor(hub: MemoryHub) {
    this.#inner = hub.broker();
  }

  connect(receive: Parameters<TopicBroker["connect"]>[0], state: BrokerStateReceiver): void {
    this.#state = state;
    this.#inner.connect((topic, data, position) => {
      if (!this.#isCut) receive(topic, data, position);
    }, state);
  }

  subscribe(topics: readonly string[]): void | Promise<void> {
    return this.#inner.subscribe(topics);
  }

  unsubscribe(topics: readonly string[]): void | Promise<void> {
    return this.#inner.unsubscribe(topics);
  }

  publish(topic: string, data: Uint8Array<ArrayBuffer>): void | Promise<void> {
    if (this.#isCut) return void this.#waiting.push([topic, data]);
    if (!this.losesOutbound) return this.#inner.publish(topic, data);
  }

  close(): void | Promise<void> {
    return this.#inner.close();
  }

  history(limits: HistoryLimits): TopicHistory {
    const history = this.#inner.history?.(limits);
    if (history === undefined) throw new TypeError("The hub keeps no history");
    return history;
  }

  /** Cuts the link. */
  cut(): void {
    this.#isCut = true;
    this.#state("down");
  }

  /** Brings it back. */
  mend(): void {
    this.#isCut = false;
    for (const [topic, data] of this.#waiting.splice(0)) this.#inner.publish(topic, data);
    this.#state("up");
  }
}
