/**
 * Messages of 128 bytes published and received a second by each broker, beside the bare npm client and a raw socket.
 * `deno task bench:brokers`
 *
 * Rounds of all rivals alternate, and the best of each counts, since the machine may have other work.
 *
 * @module
 */
import { connect as connectNats } from "npm:@nats-io/transport-node@3.4.0";
import { createClient } from "npm:@redis/client@6.3.1";
import type { LinkedBroker } from "../../src/pubsub/mod.ts";
import { brokerOn } from "../support/broker_network.ts";
import { BROKER_KINDS, type BrokerKind, BrokerServer } from "../support/broker_server.ts";

const MESSAGES = 100_000;
const ROUNDS = 3;
const PAYLOAD: Uint8Array<ArrayBuffer> = new Uint8Array(128).fill(0x61);
/** Messages of the npm clients on their way. */
const WINDOW = 1000;

/** Does its work once, and returns the seconds that it took. */
type Work = () => Promise<number>;

interface Rival {
  readonly name: string;
  readonly publish: Work;
  readonly receive: Work | null;
  readonly close: () => Promise<void>;
}

async function timed(work: () => Promise<void>): Promise<number> {
  const begin = performance.now();
  await work();
  return (performance.now() - begin) / 1000;
}

function utf8(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}

function repeat(piece: Uint8Array<ArrayBuffer>, count: number): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(piece.length * count);
  for (let i = 0; i < count; i++) whole.set(piece, i * piece.length);
  return whole;
}

/** Commands of a text protocol, prepared, and the bytes that answer them. */
interface Wire {
  readonly hello: string;
  readonly subscribe: string;
  readonly publish: (topic: string) => Uint8Array<ArrayBuffer>;
  /** What follows the last message, to be answered. */
  readonly end: string;
  /** Bytes of the answers to all messages and the end. */
  readonly answers: (count: number) => number;
  /** Bytes of a message as the subscriber gets it. */
  readonly received: (topic: string) => number;
}

function respCommand(...parts: (string | Uint8Array<ArrayBuffer>)[]): Uint8Array<ArrayBuffer> {
  const bytes = parts.map((part) => typeof part === "string" ? utf8(part) : part);
  const pieces = bytes.flatMap((part) => [utf8(`$${part.length}\r\n`), part, utf8("\r\n")]);
  return new Uint8Array(Array.from([utf8(`*${parts.length}\r\n`), ...pieces], (piece) => [...piece]).flat());
}

const WIRES: Readonly<Record<string, Wire>> = {
  redis: {
    hello: "",
    subscribe: "*2\r\n$9\r\nSUBSCRIBE\r\n$3\r\nraw\r\n",
    publish: (topic) => respCommand("PUBLISH", topic, PAYLOAD),
    end: "",
    answers: (count) => count * ":0\r\n".length,
    received: (topic) => respCommand("message", topic, PAYLOAD).length,
  },
  nats: {
    hello: 'CONNECT {"verbose":false,"pedantic":false}\r\n',
    subscribe: "SUB raw 1\r\n",
    publish: (topic) => new Uint8Array([...utf8(`PUB ${topic} 128\r\n`), ...PAYLOAD, 13, 10]),
    end: "PING\r\n",
    answers: () => "PONG\r\n".length,
    received: (topic) => `MSG ${topic} 1 128\r\n`.length + 130,
  },
};

class RawSocket {
  readonly #connection: Deno.TcpConn;
  readonly #buffer = new Uint8Array(1 << 18);

  constructor(connection: Deno.TcpConn) {
    this.#connection = connection;
  }

  static async open(port: number, wire: Wire): Promise<RawSocket> {
    const socket = new RawSocket(await Deno.connect({ hostname: "127.0.0.1", port }));
    await socket.write(utf8(wire.hello + (wire.end === "" ? "" : wire.end)));
    if (wire.end !== "") await socket.readUntil("PONG\r\n");
    return socket;
  }

  async write(bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    for (let at = 0; at < bytes.length;) at += await this.#connection.write(bytes.subarray(at));
  }

  async read(count: number): Promise<void> {
    while (count > 0) count -= await this.#connection.read(this.#buffer) ?? Infinity;
  }

  async readUntil(end: string): Promise<void> {
    let text = "";
    while (!text.endsWith(end)) {
      text += new TextDecoder().decode(this.#buffer.subarray(0, await this.#connection.read(this.#buffer) ?? 0));
    }
  }

  close(): void {
    this.#connection.close();
  }
}

async function rawRival(kind: BrokerKind, port: number): Promise<Rival> {
  const wire = WIRES[kind];
  const publisher = await RawSocket.open(port, wire);
  const reader = await RawSocket.open(port, wire);
  const commands = repeat(wire.publish("topic"), MESSAGES);
  const publish = (bytes: Uint8Array<ArrayBuffer>) =>
    timed(async () => {
      const answered = publisher.read(wire.answers(MESSAGES));
      await publisher.write(bytes);
      await publisher.write(utf8(wire.end));
      await answered;
    });
  await reader.write(utf8(wire.subscribe + wire.end));
  await reader.readUntil(wire.end === "" ? ":1\r\n" : "PONG\r\n");
  const toReader = repeat(wire.publish("raw"), MESSAGES);
  return {
    name: "raw socket",
    publish: () => publish(commands),
    receive: () =>
      timed(async () => {
        const read = reader.read(wire.received("raw") * MESSAGES);
        await Promise.all([publish(toReader), read]);
      }),
    // deno-lint-ignore require-await
    close: async () => {
      publisher.close();
      reader.close();
    },
  };
}

async function redisRival(port: number, source: Work, topic: string, onCount: Counter): Promise<Rival> {
  const client = createClient({ url: `redis://127.0.0.1:${port}` });
  const reader = client.duplicate();
  await Promise.all([client.connect(), reader.connect()]);
  await reader.subscribe(topic, onCount.count, true);
  const payload = new TextDecoder().decode(PAYLOAD);
  return {
    name: "npm:@redis/client",
    publish: () =>
      timed(async () => {
        for (let sent = 0; sent < MESSAGES; sent += WINDOW) {
          await Promise.all(Array.from({ length: WINDOW }, () => client.publish("topic", payload)));
        }
      }),
    receive: () => onCount.timed(source),
    // deno-lint-ignore require-await
    close: async () => {
      client.destroy();
      reader.destroy();
    },
  };
}

async function natsRival(port: number, source: Work, topic: string, onCount: Counter): Promise<Rival> {
  const connections = await Promise.all([1, 2].map(() => connectNats({ servers: `127.0.0.1:${port}` })));
  const [client, reader] = connections;
  reader.subscribe(topic, { callback: onCount.count });
  await reader.flush();
  return {
    name: "npm:@nats-io/transport-node",
    publish: () =>
      timed(async () => {
        for (let sent = 0; sent < MESSAGES; sent += WINDOW) {
          for (let i = 0; i < WINDOW; i++) client.publish("topic", PAYLOAD);
          await client.flush();
        }
      }),
    receive: () => onCount.timed(source),
    close: async () => {
      await Promise.all(connections.map((connection) => connection.close()));
    },
  };
}

/** Counts messages up to that of a round. */
class Counter {
  #left = 0;
  #done = Promise.withResolvers<void>();

  readonly count = (): void => {
    if (--this.#left === 0) this.#done.resolve();
  };

  /** The time until all messages have come that a source sends. */
  timed(source: Work): Promise<number> {
    this.#left = MESSAGES;
    this.#done = Promise.withResolvers();
    return timed(async () => {
      await source();
      await this.#done.promise;
    });
  }
}

async function ourRival(kind: BrokerKind, port: number): Promise<Rival> {
  const counter = new Counter();
  const publisher: LinkedBroker = brokerOn(kind, port);
  const reader: LinkedBroker = brokerOn(kind, port);
  publisher.connect(() => {}, () => {});
  reader.connect(counter.count, () => {});
  await Promise.all([publisher.whenUp(), reader.whenUp()]);
  await reader.subscribe(["read"]);
  const publish = (topic: string) =>
    timed(async () => {
      let last: Promise<void> | null = null;
      for (let i = 0; i < MESSAGES; i++) {
        last = publisher.publish(topic, PAYLOAD);
        // What an application publishes in one turn of the event loop.
        if (i % WINDOW === 0) await null;
        if (publisher.outbound > 24 * 2 ** 20) await last;
      }
      await last;
    });
  return {
    name: "ours",
    publish: () => publish("topic"),
    receive: () => counter.timed(() => publish("read")),
    close: async () => {
      await Promise.all([publisher.close(), reader.close()]);
    },
  };
}

async function bench(kind: BrokerKind): Promise<void> {
  await using server = await BrokerServer.start(kind);
  const rivals: Rival[] = [];
  if (kind !== "workers") {
    const raw = await rawRival(kind, server.port);
    const counter = new Counter();
    // The raw socket publishes what the others receive.
    const source: Work = async () => await raw.receive?.() ?? 0;
    rivals.push(raw);
    rivals.push(
      kind === "redis"
        ? await redisRival(server.port, source, "raw", counter)
        : await natsRival(server.port, source, "raw", counter),
    );
  }
  rivals.push(await ourRival(kind, server.port));
  const best = new Map(rivals.map(({ name }) => [name, { publish: Infinity, receive: Infinity }]));
  for (let round = 0; round < ROUNDS; round++) {
    for (const { name, publish, receive } of rivals) {
      const so = best.get(name);
      if (so === undefined) continue;
      so.publish = Math.min(so.publish, await publish());
      so.receive = Math.min(so.receive, await receive?.() ?? Infinity);
    }
  }
  const rate = (seconds: number) => Math.round(MESSAGES / seconds).toLocaleString("en").padStart(11);
  for (const [name, { publish, receive }] of best) {
    console.log(`${kind.padEnd(8)} ${name.padEnd(28)} published/s ${rate(publish)}   received/s ${rate(receive)}`);
  }
  for (const { close } of rivals) await close();
}

console.log(`${MESSAGES} messages of 128 B, best of ${ROUNDS} rounds; load ${Deno.loadavg()[0].toFixed(1)}`);
const given = BROKER_KINDS.filter((kind) => Deno.args.length === 0 || Deno.args.includes(kind));
for (const kind of given) await bench(kind);
