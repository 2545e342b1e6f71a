import { MemoryHub, type TopicBroker } from "../../src/pubsub/mod.ts";
import { type Packet, PortBroker } from "../pubsub/port_broker.ts";
import { settled } from "../support/fake_clock.ts";
import { type BrokerNetwork, topicBrokerContract } from "./topic_broker_contract.ts";

topicBrokerContract("MemoryHub", () => {
  const hub = new MemoryHub();
  return { broker: () => hub.broker(), settled, async [Symbol.asyncDispose]() {} };
});

/** A hub with a port for each broker: what TopicBroker's documentation shows for two. */
class PortNetwork implements BrokerNetwork {
  readonly #ports: MessagePort[] = [];

  broker(): TopicBroker {
    const { port1: ours, port2: port } = new MessageChannel();
    this.#ports.push(ours);
    ours.onmessage = ({ data }: MessageEvent<Packet>) => {
      for (const other of this.#ports) other.postMessage(data);
    };
    return new PortBroker(port);
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
