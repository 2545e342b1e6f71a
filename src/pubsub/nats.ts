/**
 * A broker over NATS, by the npm packages `@nats-io/transport-node` and, for a history, `@nats-io/jetstream`, which are
 * loaded when a broker connects.
 *
 * @module
 */
import { createHash } from "node:crypto";
import type { Bytes } from "../internal/bytes.ts";
import { utf8 } from "../util/escape.ts";
import { handled, toError } from "../internal/promises.ts";
import { inSeconds } from "./_link/in_seconds.ts";
import { envelopeSource, lostEnvelope } from "./envelope.ts";
import type { HistoryEntry, HistoryLimits, HistoryPage, HistoryPosition, TopicHistory } from "./history.ts";
import {
  type BrokerLink,
  LinkedBroker,
  type LinkedBrokerOptions,
  type LinkEvents,
  type OutboundMessage,
} from "./linked_broker.ts";
import { checkedLimits } from "./memory_history.ts";
import { isWhole, type NatsConnection, type NatsStream, openStream } from "./_nats/stream.ts";
import { groupByTopic, joinMessages, splitMessages } from "./_link/joined_messages.ts";

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

const DEFAULT_SERVER = "127.0.0.1:4222";
const DEFAULT_PREFIX = "twister";
/** Milliseconds that a connection may take. */
const CONNECT_TIMEOUT = 5000;
/** The least that a server takes, unless it is configured otherwise, less the headers of a message that is kept. */
const DEFAULT_MAX_MESSAGE: number = 1024 * 1024 - 1024;
const HEADER_ROOM = 1024;
/**
 * Bytes of a topic that are in the subject. Of a longer one its hash is: NATS ends the connection of a client whose
 * command has more than 4 KiB, and would end the next one, too.
 */
const MAX_NAME = 768;
/** Seconds that a server may take to end the connection after it has refused a command. */
const REFUSED_END = 1;
/** The code of JetStream's answer to a message above the `max_msg_size` of the stream. */
const MESSAGE_TOO_LARGE = 10054;

/** Options of a {@linkcode NatsBroker}. */
export interface NatsBrokerOptions extends LinkedBrokerOptions {
  /**
   * The servers of one cluster, as `host:port`.
   *
   * @default {["127.0.0.1:4222"]}
   */
  servers?: readonly string[];
  /**
   * The user.
   *
   * @default {null}
   */
  user?: string | null;
  /**
   * The password of the user.
   *
   * @default {null}
   */
  password?: string | null;
  /**
   * A token in place of user and password.
   *
   * @default {null}
   */
  token?: string | null;
  /**
   * Certificates in PEM form that are trusted instead of those of the system; with them the link must be TLS.
   *
   * @default {null}
   */
  caCert?: string | null;
  /**
   * Says that JetStream keeps all that it has confirmed, as with `sync_interval: always`. Positions then outlive a
   * restart of a server that is alone; without this, its histories start over, since a server that has lost power may
   * lack some. The servers of a cluster keep positions.
   *
   * @default {false}
   */
  durable?: boolean;
  /**
   * The first part of all subjects, so that applications can share a server: letters, digits, hyphens and underscores.
   *
   * @default {"twister"}
   */
  prefix?: string;
}

/**
 * Carries the messages of `Topics` over NATS. Needs `--allow-net` for the server.
 *
 * NATS forgets what it could not deliver, and so does its client: subscribers are told of the gap. With a history
 * (`new Topics({ broker, history: {} })`), which takes a server with JetStream, what was missed is read again. All
 * topics are in one stream, whose name is the prefix with `-history`; its limit of bytes for one topic is that of the
 * largest message.
 *
 * @example
 * ```ts ignore
 * import { Topics } from "@twister/twister/pubsub";
 * import { NatsBroker } from "@twister/twister/pubsub/nats";
 *
 * const topics = new Topics({ broker: new NatsBroker({ servers: ["10.0.0.5:4222"] }) });
 * ```
 */
export class NatsBroker extends LinkedBroker {
  readonly #options: NatsBrokerOptions;
  readonly #servers: string[];
  readonly #prefix: string;
  #limits: HistoryLimits | null = null;
  #maxMessage = DEFAULT_MAX_MESSAGE;

  /**
   * Makes a broker for one `Topics`.
   *
   * @throws {TypeError} If the prefix has other characters than letters, digits, hyphens and underscores.
   */
  constructor(options: NatsBrokerOptions = {}) {
    super(options);
    const { servers = [DEFAULT_SERVER], prefix = DEFAULT_PREFIX } = options;
    if (!/^[\w-]+$/.test(prefix)) {
      throw new TypeError(`Cannot name subjects: the prefix is not letters, digits and hyphens: ${prefix}`);
    }
    this.#options = options;
    this.#servers = [...servers];
    this.#prefix = prefix;
  }

  /** Returns the history that JetStream keeps. All processes should have the same limits. */
  history(limits: HistoryLimits): TopicHistory {
    this.#limits = checkedLimits(limits);
    return {
      append: (topic, data) => this.send({ topic, data, kept: true }),
      since: async (topic, position) => {
        await this.whenUp();
        const { link } = this;
        if (!(link instanceof NatsLink)) throw new Error(`Cannot read the history: the link to ${this.target} is lost`);
        return await link.since(topic, position);
      },
    };
  }

  /** The addresses of the servers. */
  protected override get target(): string {
    return `NATS at ${this.#servers.join(", ")}`;
  }

  /** The most bytes that the server takes, less some for headers. */
  protected override get maxMessage(): number {
    return this.#maxMessage;
  }

  /** Connects to a server. */
  protected override async open(events: LinkEvents, signal: AbortSignal): Promise<BrokerLink> {
    const { connect } = await import("npm:@nats-io/transport-node@3.4.0");
    const { user, password, token, caCert, durable = false } = this.#options;
    const connection = await connect({
      servers: this.#servers,
      // A link that fails is not mended but replaced: the client would lose what it has queued, and say nothing.
      reconnect: false,
      noEcho: true,
      timeout: CONNECT_TIMEOUT,
      ...user ? { user } : {},
      ...password ? { pass: password } : {},
      ...token ? { token } : {},
      ...caCert ? { tls: { ca: caCert } } : {},
    });
    this.#maxMessage = (connection.info?.max_payload ?? DEFAULT_MAX_MESSAGE) - HEADER_ROOM;
    let stream: NatsStream | null = null;
    const link = (history: NatsStream | null) =>
      new NatsLink(connection, { prefix: this.#prefix, most: this.#maxMessage, stream: history }, events);
    if (this.#limits === null) return link(null);
    try {
      stream = await openStream(connection, { ...this.#limits, prefix: this.#prefix, durable, signal });
    } catch (error) {
      await connection.close();
      throw error;
    }
    return link(stream);
  }
}

type NatsSubscription = ReturnType<NatsConnection["subscribe"]>;

interface NatsLinkSettings {
  readonly prefix: string;
  /** The most bytes of a message. */
  readonly most: number;
  readonly stream: NatsStream | null;
}

/** A message on its way to the history. */
interface Appended {
  readonly done: Promise<void>;
  isRefused: boolean;
}

class NatsLink implements BrokerLink {
  readonly #connection: NatsConnection;
  readonly #prefix: string;
  readonly #most: number;
  readonly #stream: NatsStream | null;
  readonly #events: LinkEvents;
  readonly #subscriptions = new Map<string, NatsSubscription[]>();
  /** The last message of each topic that JetStream has yet to store, or has refused. */
  readonly #appended = new Map<string, Appended>();
  /** Batches that were sent and are not confirmed. */
  readonly #unconfirmed = new Set<readonly OutboundMessage[]>();
  /** Tells whether the server has refused a command. */
  #isRefused = false;

  constructor(connection: NatsConnection, { prefix, most, stream }: NatsLinkSettings, events: LinkEvents) {
    this.#connection = connection;
    this.#prefix = prefix;
    this.#most = most;
    this.#stream = stream;
    this.#events = events;
    connection.closed().then((error) => events.lost(toError(error ?? "the connection has ended")), events.lost);
    this.#watch();
  }

  async subscribe(topics: readonly string[]): Promise<void> {
    for (const topic of topics) {
      if (this.#subscriptions.has(topic)) continue;
      const token = tokenOf(topic);
      const subscriptions = [
        this.#connection.subscribe(`${this.#prefix}.t.${token}`, {
          callback: (error, { data }) => {
            if (error !== null) return;
            for (const message of splitMessages(data)) this.#events.receive(topic, message);
          },
        }),
      ];
      if (this.#stream !== null) subscriptions.push(this.#subscribeKept(topic, token, this.#stream.epoch));
      this.#subscriptions.set(topic, subscriptions);
    }
    await this.#connection.flush();
  }

  async unsubscribe(topics: readonly string[]): Promise<void> {
    for (const topic of topics) {
      for (const subscription of this.#subscriptions.get(topic) ?? []) subscription.unsubscribe();
      this.#subscriptions.delete(topic);
    }
    await this.#connection.flush();
  }

  async publish(messages: readonly OutboundMessage[]): Promise<void> {
    const isAgain = this.#unconfirmed.has(messages);
    this.#unconfirmed.add(messages);
    const kept: Promise<void>[] = [];
    for (const group of groupByTopic(messages, this.#most)) {
      const token = tokenOf(group.topic);
      if (group.kept) kept.push(this.#append(group.topic, group.messages[0], isAgain));
      else this.#connection.publish(`${this.#prefix}.t.${token}`, joinMessages(group.messages));
    }
    await Promise.all([this.#connection.flush(), ...kept]);
    this.#unconfirmed.delete(messages);
  }

  /**
   * Appends a message when the one before it on its topic is there: JetStream may refuse that one and have room for
   * this one. One that follows a refused one waits until that is sent again.
   */
  #append(topic: string, data: Bytes, isAgain: boolean): Promise<void> {
    const before = this.#appended.get(topic);
    const waits = before !== undefined && !(isAgain && before.isRefused);
    const appended = {
      isRefused: false,
      done: (waits ? before.done : Promise.resolve()).then(() => this.#store(topic, data)),
    };
    this.#appended.set(topic, appended);
    appended.done.then(() => {
      if (this.#appended.get(topic) === appended) this.#appended.delete(topic);
    }, () => {
      appended.isRefused = true;
    });
    return appended.done;
  }

  /** Stores a message, or a mark in place of one that is larger than the stream allows. */
  async #store(topic: string, data: Bytes): Promise<void> {
    const { origin, sequence } = envelopeSource(data);
    const token = tokenOf(topic);
    const subject = `${this.#prefix}.h.${token}`;
    const options = { msgID: `${origin}-${token}-${sequence}` };
    try {
      await this.#stream?.client.publish(subject, data, options);
    } catch (thrown) {
      const error = toError(thrown);
      if (!("code" in error && error.code === MESSAGE_TOO_LARGE)) throw error;
      await this.#stream?.client.publish(subject, lostEnvelope(data, 1), options);
      this.#events.unfit(topic, error);
    }
  }

  ping(): Promise<void> {
    return this.#connection.flush();
  }

  close(): void {
    handled(this.#end());
  }

  /**
   * A server that has refused a command ends the connection. If the client ended it in the same moment, nobody would
   * listen to the error of its socket, which would end the process.
   */
  async #end(): Promise<void> {
    if (this.#isRefused) await inSeconds(REFUSED_END, this.#connection.closed(), "NATS").catch(() => {});
    await this.#connection.close();
  }

  async since(topic: string, position: HistoryPosition | null): Promise<HistoryPage> {
    const stream = this.#stream;
    if (stream === null) throw new Error("Cannot read the history: there is none");
    const subject = `${this.#prefix}.h.${tokenOf(topic)}`;
    const { direct, streams } = stream.manager;
    const last = await direct.getMessage(stream.name, { last_by_subj: subject });
    const { epoch } = stream;
    const isKnown = position !== null && position.epoch === epoch;
    if (isKnown && position.offset === last?.seq) return { position, entries: [], complete: true };
    const { state } = await streams.info(stream.name, { subjects_filter: subject });
    const now = { epoch, offset: last?.seq ?? state.last_seq };
    if (position === null) return { position: now, entries: [], complete: true };
    if (!isKnown || position.offset > state.last_seq) return { position: now, entries: [], complete: false };
    if (!await isWhole(stream, subject, position.offset)) return { position: now, entries: [], complete: false };
    const entries: HistoryEntry[] = [];
    for (let offset = position.offset; last !== null && offset < last.seq;) {
      const next = await direct.getMessage(stream.name, { seq: offset + 1, next_by_subj: subject });
      if (next === null) break;
      offset = next.seq;
      entries.push({ offset, data: next.data });
    }
    // The first ones may have made room for others before they were read.
    if (entries.length > 0 && !await isWhole(stream, subject, position.offset)) {
      return { position: now, entries: [], complete: false };
    }
    return { position: { epoch, offset: entries.at(-1)?.offset ?? now.offset }, entries, complete: true };
  }

  #subscribeKept(topic: string, token: string, epoch: string): NatsSubscription {
    return this.#connection.subscribe(`${this.#prefix}.r.${token}`, {
      callback: (error, { data, headers }) => {
        if (error !== null) return;
        const offset = Number(headers?.get("Nats-Sequence"));
        const previous = Number(headers?.get("Nats-Last-Sequence"));
        this.#events.receive(topic, data, { epoch, offset, previous });
      },
    });
  }

  /** A permission that is missing, for example, is told only here. */
  async #watch(): Promise<void> {
    for await (const status of this.#connection.status()) {
      if (status.type !== "error") continue;
      this.#isRefused = true;
      this.#events.lost(status.error);
    }
  }
}

/** A subject has no blanks, dots and asterisks in its parts. */
function tokenOf(topic: string): string {
  const name = utf8(topic);
  // No base64url begins with this sign.
  if (name.length > MAX_NAME) return `~${createHash("sha256").update(name).digest("base64url")}`;
  return name.toBase64({ alphabet: "base64url", omitPadding: true }) || "_";
}
