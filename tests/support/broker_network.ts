/**
 * Brokers over a real server.
 *
 * @module
 */
import type { LinkedBroker, LinkedBrokerOptions } from "../../src/pubsub/mod.ts";
import { NatsBroker } from "../../src/pubsub/nats.ts";
import { RedisBroker } from "../../src/pubsub/redis.ts";
import { WorkersBroker } from "../../src/pubsub/workers.ts";
import type { BrokerKind } from "./broker_server.ts";
import { HUB_SECRET } from "./hub_program.ts";

/** A broker whose links a test waits for. */
export interface WatchedBroker {
  readonly broker: LinkedBroker;
  /** Resolves when a link is lost, from now on. */
  lost(): Promise<void>;
}

/** Makes a broker for a server on a port of this machine, and watches its links. */
export function watchedBroker(kind: BrokerKind, port: number): WatchedBroker {
  const broker = brokerOn(kind, port);
  let waiting: (() => void)[] = [];
  const connect = broker.connect.bind(broker);
  broker.connect = (receive, state) =>
    connect(receive, (now, reason) => {
      state(now, reason);
      if (now !== "down") return;
      for (const resolve of waiting) resolve();
      waiting = [];
    });
  return { broker, lost: () => new Promise((resolve) => waiting.push(resolve)) };
}

/** Options of a broker that all kinds have. */
export interface BrokerOnOptions extends LinkedBrokerOptions {
  /** The beginning of all names at the server; a hub has none. */
  readonly prefix?: string;
}

/** Makes a broker for a server on a port of this machine. */
export function brokerOn(kind: BrokerKind, port: number, options: BrokerOnOptions = {}): LinkedBroker {
  const { prefix = "twister", ...rest } = options;
  switch (kind) {
    case "redis":
      return new RedisBroker({ url: `redis://127.0.0.1:${port}`, prefix: `${prefix}:`, ...rest });
    case "nats":
      return new NatsBroker({ servers: [`127.0.0.1:${port}`], prefix, ...rest });
    case "workers":
      return new WorkersBroker({ port, secret: HUB_SECRET }, rest);
  }
}

/** Resolves when all brokers have what was subscribed to and published, and brought what they had. */
export async function brokersSettled(brokers: readonly LinkedBroker[]): Promise<void> {
  const isOpen = await Promise.all(brokers.map((broker) => broker.whenUp().then(() => true, () => false)));
  const open = brokers.filter((_, i) => isOpen[i]);
  const all = (work: (broker: LinkedBroker) => Promise<void>) => Promise.all(open.map(work));
  await all((broker) => broker.subscribe(["\x01settled"]));
  await all((broker) => broker.publish("\x01nobody", new Uint8Array(0)));
  // The answer comes on the connection that brings messages, after those before it.
  await all((broker) => broker.subscribe([`\x01settled ${crypto.randomUUID()}`]));
}
