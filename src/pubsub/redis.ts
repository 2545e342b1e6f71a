/**
 * A broker over Redis (or Valkey), by the npm package `@redis/client`, which is loaded when a broker connects: the
 * part of `redis` that connects, without the commands of its modules.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { toError } from "../internal/promises.ts";
import { groupByTopic, joinedLength, splitMessages, writeJoined } from "./_link/joined_messages.ts";
import { PUBLISH_SCRIPT, SINCE_SCRIPT, TERM_SCRIPT } from "./_redis/scripts.ts";
import { checkedLimits } from "./memory_history.ts";
import type { HistoryLimits, HistoryPage, HistoryPosition, MessagePosition, TopicHistory } from "./history.ts";
import {
  type BrokerLink,
  LinkedBroker,
  type LinkedBrokerOptions,
  type LinkEvents,
  type OutboundMessage,
} from "./linked_broker.ts";

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

const encoder = new TextEncoder();
const DEFAULT_URL = "redis://127.0.0.1:6379";
const DEFAULT_PREFIX = "twister:";
/** Milliseconds that a connection may take. */
const CONNECT_TIMEOUT = 5000;
/**
 * The position of a topic outlives its messages by a day: a reader that comes back in time learns whether it has missed
 * any.
 */
const POSITION_EXTRA_TTL: number = 24 * 3600;
/** No message is kept by these. */
const NO_HISTORY: HistoryLimits = { size: 1, ttl: 1, bytes: 1 };
const EPOCH_BYTES = 8;
const UINT32 = 2 ** 32;
/** The first byte of a message to which the history has given a place. */
const PLACED = 1;
/** Bytes of a message in a batch besides its name and its data. */
const HEAD_BYTES = 9;
/** The place: epoch and offset. */
const PLACE_BYTES: number = EPOCH_BYTES + 8;

/** Sentinels, which know the master of a group of servers. */
export interface RedisSentinels {
  /** The name of the group. */
  master: string;
  /** Where the sentinels are: `redis://user:password@host:port`, or `rediss://` for TLS. They are asked in turn. */
  urls: readonly string[];
}

/** Options of a {@linkcode RedisBroker}. */
export interface RedisBrokerOptions extends LinkedBrokerOptions {
  /**
   * Where the server is: `redis://user:password@host:port`, or `rediss://` for TLS.
   *
   * @default {"redis://127.0.0.1:6379"}
   */
  url?: string;
  /**
   * Sentinels to ask for the server, each time that a link begins. `url` then only tells how to connect: its protocol,
   * user and password.
   *
   * @default {null}
   */
  sentinels?: RedisSentinels | null;
  /**
   * The user, if it is not in the URL.
   *
   * @default {null}
   */
  username?: string | null;
  /**
   * The password, if it is not in the URL.
   *
   * @default {null}
   */
  password?: string | null;
  /**
   * Certificates in PEM form that are trusted instead of those of the system, for `rediss://`.
   *
   * @default {null}
   */
  caCerts?: readonly string[] | null;
  /**
   * Says that Redis keeps all that it has confirmed: it writes its log at each command (`appendonly yes` and
   * `appendfsync always`), and no replica takes its place. Positions then outlive its restart. Without this, each start
   * of Redis starts the histories over, since it may have lost messages.
   *
   * @default {false}
   */
  durable?: boolean;
  /**
   * The beginning of all names of channels and keys, so that applications can share a server.
   *
   * @default {"twister:"}
   */
  prefix?: string;
}

/**
 * Carries the messages of `Topics` over Redis. Needs `--allow-net` for the server, and `--allow-env`, since the package
 * reads a variable.
 *
 * Redis itself forgets what it could not deliver. Without a history, a subscriber is told of the gap; with one
 * (`new Topics({ broker, history: {} })`), what was missed is read again. The history is a list for each topic, to
 * which a script appends a message in the same step in which it publishes it.
 *
 * @example
 * ```ts ignore
 * import { Topics } from "@twister/twister/pubsub";
 * import { RedisBroker } from "@twister/twister/pubsub/redis";
 *
 * const topics = new Topics({ broker: new RedisBroker({ url: "redis://10.0.0.5" }), history: { size: 1000, ttl: 600 } });
 * ```
 */
export class RedisBroker extends LinkedBroker {
  readonly #url: URL;
  readonly #options: RedisBrokerOptions;
  readonly #prefix: string;
  #limits: HistoryLimits | null = null;

  /**
   * Makes a broker for one `Topics`.
   *
   * @throws {TypeError} If a URL is not one of Redis, or there are sentinels without one.
   */
  constructor(options: RedisBrokerOptions = {}) {
    super(options);
    const { url = DEFAULT_URL, prefix = DEFAULT_PREFIX, sentinels } = options;
    for (const each of [url, ...sentinels?.urls ?? []]) {
      if (!/^rediss?:$/.test(URL.parse(each)?.protocol ?? "")) {
        throw new TypeError("Cannot connect to Redis: the URL does not begin with redis:// or rediss://");
      }
    }
    if (sentinels?.urls.length === 0) throw new TypeError("Cannot find the master of Redis: there are no sentinels");
    this.#url = new URL(url);
    this.#options = options;
    this.#prefix = prefix;
  }

  /** Returns the history that Redis keeps. All processes should have the same limits. */
  history(limits: HistoryLimits): TopicHistory {
    this.#limits = checkedLimits(limits);
    return {
      append: (topic, data) => this.send({ topic, data, kept: true }),
      since: async (topic, position) => {
        await this.whenUp();
        const { link } = this;
        if (!(link instanceof RedisLink)) {
          throw new Error(`Cannot read the history: the link to ${this.target} is lost`);
        }
        return await link.since(topic, position);
      },
    };
  }

  /** The host and port of Redis. */
  protected override get target(): string {
    const { sentinels } = this.#options;
    return sentinels ? `Redis of the master ${sentinels.master}` : `Redis at ${this.#url.host}`;
  }

  /** Connects to Redis, twice. */
  protected override async open(events: LinkEvents): Promise<BrokerLink> {
    const { createClient } = await import("npm:@redis/client@6.3.1");
    const { username, password, caCerts, sentinels } = this.#options;
    const socketTo = (url: URL) => ({
      reconnectStrategy: false as const,
      connectTimeout: CONNECT_TIMEOUT,
      ...url.protocol === "rediss:" ? { tls: true as const, ...caCerts ? { ca: [...caCerts] } : {} } : {},
    });
    const ask = (url: URL) => createClient({ url: url.href, disableOfflineQueue: true, socket: socketTo(url) });
    const url = sentinels ? await masterUrl(this.#url, sentinels, ask) : this.#url;
    const client = createClient({
      url: url.href,
      ...username ? { username } : {},
      ...password ? { password } : {},
      // A link that fails is not mended but replaced: the client would lose what it has queued, and say nothing.
      disableOfflineQueue: true,
      socket: socketTo(url),
    });
    const reader = client.duplicate();
    const link = new RedisLink(client, reader, this.#prefix, this.#limits, events);
    try {
      await link.open();
      if (sentinels) await link.checkMaster();
      if (this.#limits !== null) await link.beginTerm(this.#options.durable ?? false);
    } catch (error) {
      link.close();
      throw error;
    }
    return link;
  }
}

/** The part of the npm client that is used. */
interface RedisClient {
  connect(): Promise<unknown>;
  destroy(): void;
  on(event: "error" | "end" | "terminated", listener: (error?: Error) => void): unknown;
  ping(): Promise<unknown>;
  sendCommand(args: (string | Buffer)[]): Promise<unknown>;
  withTypeMapping(mapping: { 36: typeof Buffer }): { sendCommand(args: (string | Buffer)[]): Promise<unknown> };
  subscribe(channels: string[], listener: (message: Buffer, channel: Buffer) => void, asBuffer: true): Promise<void>;
  unsubscribe(channels: string[]): Promise<void>;
}

/** Two connections: Redis takes hardly any command on one that has subscribed. */
class RedisLink implements BrokerLink {
  readonly #client: RedisClient;
  readonly #reader: RedisClient;
  readonly #prefix: string;
  readonly #limits: HistoryLimits | null;
  readonly #events: LinkEvents;
  readonly #channelPrefix: string;
  #publish = "";
  #since = "";
  /** The key of the number of the last batch of this link that Redis has taken. */
  readonly #batchKey: string;
  /** The batches for the history that Redis has not confirmed, in their order, and their numbers. */
  readonly #unconfirmed = new Map<readonly OutboundMessage[], number>();
  #batches = 0;
  /** The last change of each topic that Redis has not confirmed. */
  readonly #changes = new Map<string, Promise<void>>();
  #isClosed = false;

  constructor(
    client: RedisClient,
    reader: RedisClient,
    prefix: string,
    limits: HistoryLimits | null,
    events: LinkEvents,
  ) {
    this.#client = client;
    this.#reader = reader;
    this.#prefix = prefix;
    this.#channelPrefix = `${prefix}t:`;
    this.#batchKey = `${prefix}b:${newEpoch().toString("hex")}`;
    this.#limits = limits;
    this.#events = events;
  }

  async open(): Promise<void> {
    for (const client of [this.#client, this.#reader]) {
      client.on("error", (error) => this.#lose(error ?? new Error("the connection has ended")));
      client.on("end", () => this.#lose(new Error("the connection has ended")));
    }
    await Promise.all([this.#client.connect(), this.#reader.connect()]);
    const load = async (script: string) => String(await this.#client.sendCommand(["SCRIPT", "LOAD", script]));
    [this.#publish, this.#since] = await Promise.all([load(PUBLISH_SCRIPT), load(SINCE_SCRIPT)]);
  }

  /** Throws unless the server is a master: a replica takes messages, and passes them on to no other server. */
  async checkMaster(): Promise<void> {
    const role = await this.#client.sendCommand(["ROLE"]);
    if (!Array.isArray(role) || role[0] !== "master") {
      throw new Error("the server that the sentinels name is a replica");
    }
  }

  /**
   * Has the histories start over if this server was not there before, or has been started again: unless it is
   * `durable`, it may lack the last messages, and would give their places to others.
   */
  async beginTerm(durable: boolean): Promise<void> {
    const server = durable ? "durable" : await this.#serverName();
    await this.#client.sendCommand(["EVAL", TERM_SCRIPT, "0", this.#prefix, server, newEpoch()]);
  }

  /** The name of the server as it runs now: another one after each start, and when it becomes the master. */
  async #serverName(): Promise<string> {
    const parts = await Promise.all(["server", "replication"].map((part) => this.#client.sendCommand(["INFO", part])));
    const info = parts.join("\r\n");
    const run = /^run_id:(\w+)/m.exec(info)?.[1];
    if (run === undefined) throw new Error("Redis does not say which server it is: its INFO has no run_id");
    return `${run} ${/^master_replid:(\w+)/m.exec(info)?.[1] ?? ""}`;
  }

  subscribe(topics: readonly string[]): Promise<void> {
    return this.#change(topics, (channels) => this.#reader.subscribe(channels, this.#receive, true));
  }

  unsubscribe(topics: readonly string[]): Promise<void> {
    return this.#change(topics, (channels) => this.#reader.unsubscribe(channels));
  }

  /**
   * Subscribes or unsubscribes when Redis has answered to what was asked for the same topics before: until then the
   * client believes in the old state, and would not send the opposite.
   */
  #change(topics: readonly string[], send: (channels: string[]) => Promise<void>): Promise<void> {
    const before = new Set<Promise<void>>();
    for (const topic of topics) {
      const change = this.#changes.get(topic);
      if (change !== undefined) before.add(change);
    }
    const channels = topics.map((topic) => this.#channelPrefix + topic);
    const change = before.size === 0 ? send(channels) : Promise.all(before).then(() => send(channels));
    for (const topic of topics) this.#changes.set(topic, change);
    const end = () => {
      for (const topic of topics) if (this.#changes.get(topic) === change) this.#changes.delete(topic);
    };
    change.then(end, end);
    return change;
  }

  async publish(messages: readonly OutboundMessage[]): Promise<void> {
    const { size, ttl, bytes } = this.#limits ?? NO_HISTORY;
    const limits = [size, Math.ceil(ttl * 1000), bytes, this.#positionTtl()].map(String);
    const order = messages.some(({ kept }) => kept) ? this.#orderOf(messages) : [];
    const batch = encodeBatch(messages, this.#channelPrefix);
    const unfit = await this.#run(this.#publish, [batch, this.#prefix, ...limits, newEpoch(), ...order]);
    this.#unconfirmed.delete(messages);
    if (Array.isArray(unfit) && unfit.length > 0) this.#report(messages.filter(({ kept }) => kept), unfit);
  }

  /** Tells which of the messages for the history Redis has left out: pairs of a number, from 1, and a reason. */
  #report(kept: readonly OutboundMessage[], unfit: readonly unknown[]): void {
    for (let i = 0; i + 1 < unfit.length; i += 2) {
      const message = kept[Number(unfit[i]) - 1];
      if (message !== undefined) this.#events.unfit(message.topic, new Error(String(unfit[i + 1])));
    }
  }

  /** The place of a batch among all of this link; one that was refused has the same again. */
  #orderOf(messages: readonly OutboundMessage[]): string[] {
    const number = this.#unconfirmed.get(messages) ?? ++this.#batches;
    this.#unconfirmed.set(messages, number);
    const [first] = this.#unconfirmed.keys();
    return [this.#batchKey, String(number), first === messages ? "" : String(number - 1)];
  }

  async ping(): Promise<void> {
    await Promise.all([this.#client.ping(), this.#reader.ping()]);
  }

  async since(topic: string, position: HistoryPosition | null): Promise<HistoryPage> {
    const epoch = position === null ? "" : Buffer.from(position.epoch, "hex");
    const after = position === null ? "" : String(position.offset);
    const args = [this.#prefix, topic, epoch, after, newEpoch(), String(this.#positionTtl())];
    return pageOf(await this.#run(this.#since, args));
  }

  close(): void {
    this.#isClosed = true;
    for (const client of [this.#client, this.#reader]) client.destroy();
  }

  readonly #receive = (message: Buffer, channel: Buffer): void => {
    const topic = channel.toString().slice(this.#channelPrefix.length);
    if (message[0] !== PLACED) {
      for (const one of splitMessages(message)) this.#events.receive(topic, one);
      return;
    }
    const position = positionIn(message, 1);
    this.#events.receive(topic, message.subarray(1 + PLACE_BYTES), position);
  };

  /** Runs a script that Redis has. */
  async #run(sha: string, args: (string | Buffer)[]): Promise<unknown> {
    try {
      return await this.#client.withTypeMapping({ 36: Buffer }).sendCommand(["EVALSHA", sha, "0", ...args]);
    } catch (thrown) {
      const error = toError(thrown);
      // The script is gone, or the server has become a replica: another link loads it, or finds the new master.
      if (/^(NOSCRIPT|READONLY)/.test(error.message)) this.#lose(error);
      throw error;
    }
  }

  #positionTtl(): number {
    return Math.ceil(((this.#limits ?? NO_HISTORY).ttl + POSITION_EXTRA_TTL) * 1000);
  }

  #lose(error: Error): void {
    if (!this.#isClosed) this.#events.lost(error);
  }
}

/** Asks the sentinels, one after another, where the master is. */
async function masterUrl(
  url: URL,
  { master, urls }: RedisSentinels,
  connect: (url: URL) => Pick<RedisClient, "connect" | "destroy" | "on" | "sendCommand">,
): Promise<URL> {
  let reason = "none knows it";
  for (const each of urls) {
    const sentinel = connect(new URL(each));
    // It also comes out of the calls below.
    sentinel.on("error", () => {});
    try {
      await sentinel.connect();
      const reply = await sentinel.sendCommand(["SENTINEL", "GET-MASTER-ADDR-BY-NAME", master]);
      if (!Array.isArray(reply)) continue;
      const [host, port] = reply.map(String);
      const found = new URL(url);
      found.host = host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
      return found;
    } catch (error) {
      reason = toError(error).message;
    } finally {
      sentinel.destroy();
    }
  }
  throw new Error(`Cannot find the master ${JSON.stringify(master)} by its sentinels: ${reason}`);
}

function newEpoch(): Buffer {
  return Buffer.from(crypto.getRandomValues(new Uint8Array(EPOCH_BYTES)));
}

function positionIn(message: Buffer, at: number): MessagePosition {
  const epoch = message.toString("hex", at, at + EPOCH_BYTES);
  const offset = message.readUInt32BE(at + EPOCH_BYTES) * UINT32 + message.readUInt32BE(at + EPOCH_BYTES + 4);
  return { epoch, offset, previous: offset - 1 };
}

function pageOf(reply: unknown): HistoryPage {
  if (!Array.isArray(reply) || !(reply[0] instanceof Buffer)) throw new Error("Cannot read what Redis has answered");
  const [epoch, last, complete, list]: unknown[] = reply;
  const position = { epoch: epoch instanceof Buffer ? epoch.toString("hex") : "", offset: Number(last) };
  const items: Buffer[] = [];
  for (const item of Array.isArray(list) ? list : []) if (item instanceof Buffer) items.push(item);
  const first = position.offset - items.length + 1;
  const entries = items.map((data, i) => ({ offset: first + i, data }));
  return { position, entries, complete: complete === 1 };
}

/** Encodes a batch as `PUBLISH_SCRIPT` reads it. */
function encodeBatch(messages: readonly OutboundMessage[], channelPrefix: string): Buffer {
  const groups = groupByTopic(messages, Infinity);
  let most = 0;
  for (const { topic, bytes } of groups) most += HEAD_BYTES + 3 * (channelPrefix.length + topic.length) + bytes;
  const batch = Buffer.allocUnsafe(most);
  const view = new DataView(batch.buffer, batch.byteOffset, most);
  let at = 0;
  for (const { topic, kept, messages } of groups) {
    const name = at + 4;
    at = kept ? name : writeText(batch, name, channelPrefix);
    at = writeText(batch, at, topic);
    view.setUint32(name - 4, at - name);
    batch[at++] = kept ? 1 : 0;
    const [first] = messages;
    view.setUint32(at, kept ? first.length : joinedLength(messages));
    at += 4;
    if (kept) batch.set(first, at);
    at = kept ? at + first.length : writeJoined(batch, at, messages);
  }
  return batch.subarray(0, at);
}

/** Writes a text as UTF-8, and returns where it ends. Most are ASCII, for which no call of the runtime is needed. */
function writeText(bytes: Uint8Array, at: number, text: string): number {
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit > 0x7f) return at + i + encoder.encodeInto(text.slice(i), bytes.subarray(at + i)).written;
    bytes[at + i] = unit;
  }
  return at + text.length;
}
