import { MemoryHub, type TopicBroker, type TopicReceiver } from "../../src/pubsub/mod.ts";
import { settled } from "../support/fake_clock.ts";
import { type BrokerNetwork, topicBrokerContract } from "./topic_broker_contract.ts";

topicBrokerContract("MemoryHub", () => {
  const hub = new MemoryHub();
  return { broker: () => hub.broker(), settled, async [Symbol.asyncDispose]() {} };
});

interface Packet {
  readonly topic: string;
  readonly data: Uint8Array<ArrayBuffer>;
}

/** A hub with a port for each broker: what TopicBroker's documentation shows for two. */
class PortNetwork implements BrokerNetwork {
  readonly #ports: MessagePort[] = [];

  broker(): TopicBroker {
    const { port1: ours, port2: port } = new MessageChannel();
    this.#ports.push(ours);
    ours.onmessage = ({ data }: MessageEvent<Packet>) => {
      for (const other of this.#ports) other.postMessage(data);
    };
    const topics = new Set<string>();
    return {
      connect(receive: TopicReceiver): void {
        port.onmessage = ({ data: { topic, data } }: MessageEvent<Packet>) => {
          if (topics.has(topic)) receive(topic, data);
        };
      },
      subscribe: (wanted) => wanted.forEach((topic) => topics.add(topic)),
      unsubscribe: (unwanted) => unwanted.forEach((topic) => topics.delete(topic)),
      publish: (topic, data) => port.postMessage({ topic, data }, [data.buffer]),
      close: () => port.close(),
    };
  }

  /** Subscribing takes effect in the call, and what was published is waited for by its number. */
  settled(): Promise<void> {
    return settled();
  }

  // deno-lint-ignore require-await
  async [Symbol.asyncDispose](): Promise<void> {
    for (const port of this.#ports) port.close();
  }
}

topicBrokerContract("a broker over MessagePort", () => new PortNetwork());
