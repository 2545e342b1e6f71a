/**
 * A broker for the isolates and processes of one machine: a hub on a Unix socket or a loopback port, to which all
 * connect.
 *
 * Unlike `BroadcastChannel`, which drops messages of a fast publisher without a word, the hub loses none: a publisher
 * waits while a reader is slow. A reader that does not read at all for 3 s is cut off, and told of the gap.
 *
 * @module
 */
import type { Bytes } from "../internal/bytes.ts";
import { IOStream } from "../net/iostream.ts";
import { TCPServer } from "../net/tcpserver.ts";
import { utf8 } from "../util/escape.ts";
import {
  decodeFrame,
  decodeMessages,
  decodePage,
  encodeFrame,
  encodeMessage,
  encodeSince,
  encodeTopics,
  type Frame,
  frameLength,
  Kind,
  MAX_FRAME,
  MAX_MESSAGE,
} from "./_workers/frames.ts";
import { HubClient, type HubState } from "./_workers/hub_client.ts";
import type { HistoryLimits, HistoryPage, HistoryPosition, TopicHistory } from "./history.ts";
import {
  type BrokerLink,
  LinkedBroker,
  type LinkedBrokerOptions,
  type LinkEvents,
  type OutboundMessage,
} from "./linked_broker.ts";
import { toError } from "../internal/promises.ts";

export {
  type BrokerLink,
  LinkedBroker,
  type LinkedBrokerOptions,
  type LinkEvents,
  type OutboundMessage,
} from "./linked_broker.ts";
export type { BrokerStateReceiver, TopicBroker, TopicReceiver } from "./broker.ts";
export type { HistoryLimits, HistoryPage, HistoryPosition, MessagePosition, TopicHistory } from "./history.ts";
export type { Bytes } from "../internal/bytes.ts";

/** Where a hub is. */
export type HubAddress =
  /** A Unix socket; its file permissions say who may connect. Needs `--allow-read` and `--allow-write` for the path. */
  | { readonly path: string; readonly secret?: string }
  /** A port of the loopback interface, to which every program of the machine can connect: hence the secret. */
  | { readonly port: number; readonly secret: string };

/**
 * The hub, in one process of the machine: the one that supervises the others, for example.
 *
 * @example A hub, and two isolates at it
 * ```ts
 * import { Topics } from "@twister/twister/pubsub";
 * import { WorkersBroker, WorkersHub } from "@twister/twister/pubsub/workers";
 * import { assertEquals } from "@std/assert";
 *
 * const secret = crypto.randomUUID();
 * await using hub = new WorkersHub({ port: 0, secret });
 * await using here = new Topics({ broker: new WorkersBroker({ port: hub.port, secret }) });
 * const elsewhere = new WorkersBroker({ port: hub.port, secret });
 * await using there = new Topics({ broker: elsewhere });
 *
 * const received = new Promise((resolve) => {
 *   there.subscribe("news", { deliver: ({ text }) => (resolve(text), "delivered") });
 * });
 * await elsewhere.whenUp();
 * here.publish("news", "hello");
 * assertEquals(await received, "hello");
 * ```
 */
export class WorkersHub implements AsyncDisposable {
  readonly #server: HubServer;

  /**
   * Begins to listen.
   *
   * @throws {Deno.errors.AddrInUse} If the port is taken.
   * @throws {TypeError} If a hub on a port has no secret, or the path names a file that is not a socket.
   */
  constructor(address: HubAddress) {
    if ("port" in address && !address.secret) throw new TypeError("Cannot open a hub on a port without a secret");
    const state = { topics: new Map(), clients: new Set<HubClient>(), secret: secretOf(address), history: null };
    this.#server = new HubServer(state);
    if ("path" in address) this.#server.listenUnix(address.path, { mode: 0o600 });
    else this.#server.listen(address.port, { address: "127.0.0.1" });
  }

  /**
   * The port that the hub listens on.
   *
   * @throws {Error} If it listens on a Unix socket.
   */
  get port(): number {
    return this.#server.port;
  }

  /** Stops, and ends all connections. */
  async close(): Promise<void> {
    this.#server.stop();
    this.#server.end();
    await this.#server[Symbol.asyncDispose]();
  }

  /** Closes the hub, for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

class HubServer extends TCPServer {
  readonly #state: HubState;

  constructor(state: HubState) {
    super({ maxBufferSize: MAX_FRAME + 4 });
    this.#state = state;
  }

  override handleStream(stream: IOStream): Promise<void> {
    return new HubClient(this.#state, stream).serve();
  }

  end(): void {
    for (const client of [...this.#state.clients]) client.end();
  }
}

/**
 * Carries the messages of `Topics` over a {@linkcode WorkersHub}. It connects when the hub is there, and again when the
 * hub was away.
 */
export class WorkersBroker extends LinkedBroker {
  readonly #address: HubAddress;
  #limits: HistoryLimits | null = null;

  /** Makes a broker for one `Topics`. */
  constructor(address: HubAddress, options: LinkedBrokerOptions = {}) {
    super(options);
    this.#address = address;
  }

  /**
   * Returns the history that the hub keeps in its memory. The first client with one sets its limits.
   *
   * @throws {RangeError} If it is more than 16 MiB of a topic.
   */
  history(limits: HistoryLimits): TopicHistory {
    if (limits.bytes > MAX_MESSAGE) {
      throw new RangeError(`Cannot keep ${limits.bytes} bytes of a topic at a hub: ${MAX_MESSAGE} are allowed`);
    }
    this.#limits = limits;
    return {
      append: (topic, data) => this.send({ topic, data, kept: true }),
      since: async (topic, position) => {
        await this.whenUp();
        const { link } = this;
        if (!(link instanceof HubLink)) throw new Error(`Cannot read the history: the link to ${this.target} is lost`);
        return await link.since(topic, position);
      },
    };
  }

  /** The address of the hub. */
  protected override get target(): string {
    return "path" in this.#address ? `the hub at ${this.#address.path}` : `the hub at port ${this.#address.port}`;
  }

  /** The most bytes of a message, 16 MiB. */
  protected override get maxMessage(): number {
    return MAX_MESSAGE;
  }

  /** Connects to the hub. */
  protected override async open(events: LinkEvents, signal: AbortSignal): Promise<BrokerLink> {
    const address = "path" in this.#address
      ? { path: this.#address.path, transport: "unix" } as const
      : { hostname: "127.0.0.1", port: this.#address.port, signal };
    const stream = await IOStream.connect(address, { maxBufferSize: MAX_FRAME + 4 });
    const link = new HubLink(stream, events);
    try {
      await link.ask(Kind.hello, [secretOf(this.#address)]);
      if (this.#limits !== null) {
        const { size, ttl, bytes } = this.#limits;
        await link.ask(Kind.keep, [utf8(JSON.stringify([size, ttl, bytes]))]);
      }
    } catch (error) {
      link.close();
      throw error;
    }
    return link;
  }
}

/** A connection to a hub. */
class HubLink implements BrokerLink {
  readonly #stream: IOStream;
  readonly #events: LinkEvents;
  readonly #questions = new Map<number, PromiseWithResolvers<Frame>>();
  #asked = 0;

  constructor(stream: IOStream, events: LinkEvents) {
    this.#stream = stream;
    this.#events = events;
    this.#read();
  }

  async subscribe(topics: readonly string[]): Promise<void> {
    await this.ask(Kind.subscribe, [encodeTopics(topics)]);
  }

  async unsubscribe(topics: readonly string[]): Promise<void> {
    await this.ask(Kind.unsubscribe, [encodeTopics(topics)]);
  }

  async publish(messages: readonly OutboundMessage[]): Promise<void> {
    await this.ask(Kind.publish, messages.map(({ topic, data, kept }) => encodeMessage(topic, data, kept)));
  }

  async ping(): Promise<void> {
    await this.ask(Kind.ping, []);
  }

  async since(topic: string, position: HistoryPosition | null): Promise<HistoryPage> {
    return decodePage((await this.ask(Kind.since, [encodeSince(topic, position)])).body);
  }

  close(): void {
    this.#stream.close();
  }

  /** Asks the hub something, and resolves with its answer. */
  ask(kind: number, pieces: readonly Bytes[]): Promise<Frame> {
    const answer = Promise.withResolvers<Frame>();
    if (this.#stream.closed()) return Promise.reject(new Error("The link to the hub is closed"));
    const id = this.#asked = (this.#asked + 1) >>> 0;
    this.#questions.set(id, answer);
    this.#stream.send(encodeFrame(kind, id, pieces));
    return answer.promise;
  }

  async #read(): Promise<void> {
    let reason: Error;
    try {
      while (true) {
        const length = frameLength(await this.#stream.readBytes(4), MAX_FRAME);
        this.#take(decodeFrame(await this.#stream.readBytes(length)));
      }
    } catch (error) {
      reason = toError(error);
    }
    this.#stream.close();
    for (const question of this.#questions.values()) question.reject(reason);
    this.#questions.clear();
    this.#events.lost(reason);
  }

  #take(frame: Frame): void {
    if (frame.kind === Kind.messages) {
      for (const { topic, data, position } of decodeMessages(frame.body)) {
        this.#events.receive(topic, data, position ?? undefined);
      }
      return;
    }
    const question = this.#questions.get(frame.id);
    this.#questions.delete(frame.id);
    if (frame.kind === Kind.refused) question?.reject(new Error(new TextDecoder().decode(frame.body)));
    else question?.resolve(frame);
  }
}

function secretOf({ secret = "" }: HubAddress): Bytes {
  return utf8(secret);
}
