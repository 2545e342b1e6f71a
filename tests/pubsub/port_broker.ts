/**
 * The broker that the documentation of `TopicBroker` shows.
 *
 * @module
 */
import type { TopicBroker, TopicReceiver } from "../../src/pubsub/mod.ts";

/** What goes over the port. */
export interface Packet {
  readonly topic: string;
  readonly data: Uint8Array<ArrayBuffer>;
}

/** Carries messages over a `MessagePort`. */
export class PortBroker implements TopicBroker {
  readonly #port: MessagePort;
  readonly #topics = new Set<string>();

  /** Makes a broker, to which the port belongs. */
  constructor(port: MessagePort) {
    this.#port = port;
  }

  connect(receive: TopicReceiver): void {
    this.#port.onmessage = ({ data: { topic, data } }: MessageEvent<Packet>) => {
      if (this.#topics.has(topic)) receive(topic, data);
    };
  }

  subscribe(topics: readonly string[]): void {
    for (const topic of topics) this.#topics.add(topic);
  }

  unsubscribe(topics: readonly string[]): void {
    for (const topic of topics) this.#topics.delete(topic);
  }

  publish(topic: string, data: Uint8Array<ArrayBuffer>): void {
    this.#port.postMessage({ topic, data }, [data.buffer]);
  }

  close(): void {
    this.#port.close();
  }
}
