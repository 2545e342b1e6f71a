import {
  decodeEnvelope,
  type HistoryEntry,
  type HistoryPage,
  type HistoryPosition,
  type Presence,
  type PresenceMember,
  type TopicHistory,
  TopicMessage,
  type Topics,
} from "../../pubsub/mod.ts";
import { jsonEncode } from "../../util/escape.ts";
import { genLog } from "../../util/log.ts";
import { RealtimeError } from "../errors.ts";
import type { Subscription } from "./subscription.ts";

/** Keeps the topics of channels apart from others of the application. */
const PREFIX = "rt:";

/** A client as the protocol describes it. */
export interface ClientInfo {
  readonly client: string;
  readonly user: string;
  readonly conn_info?: unknown;
  readonly chan_info?: unknown;
}

/** Publications that are looked for before the last one. */
const MAX_KEPT = 10_000;

/** A part of a history that a client asks for. */
export interface HistoryRequest {
  /** The most publications; 0 for the position alone. */
  readonly limit: number;
  readonly since: HistoryPosition | null;
  /** Begins with the last publication. */
  readonly reverse: boolean;
}

/** The answer to it. */
export interface HistoryResult extends HistoryPosition {
  readonly publications: readonly Publication[];
}

/** The fields of a publication beside its data. */
export interface PublicationOptions {
  /** The client that it comes from. */
  info?: ClientInfo;
  /** Texts by name, for the clients. */
  tags?: Readonly<Record<string, string>>;
}

/** A publication as the protocol has it. */
export interface Publication extends PublicationOptions {
  readonly data: unknown;
  readonly offset?: number;
}

/** The channels of this process: their subscriptions, and who is there. */
export class Channels {
  readonly topics: Topics;
  readonly #presence: Presence | null;
  readonly #channels = new Map<string, Set<Subscription>>();
  /** Ends memberships in the presence of all processes. */
  readonly #memberships = new Map<Subscription, () => void>();
  /** Ends following that presence, by the channel. */
  readonly #watches = new Map<string, () => void>();

  /** Without a `presence`, this process knows and tells only of its own clients. */
  constructor(topics: Topics, presence: Presence | null) {
    this.topics = topics;
    this.#presence = presence;
  }

  /** Returns the name of a channel's topic. */
  static topic(channel: string): string {
    return PREFIX + channel;
  }

  /** Publishes to all processes. */
  publish(channel: string, data: unknown, { info, tags }: PublicationOptions): void {
    // The data is first: see pushText().
    const text = jsonEncode({ data: data ?? null, info, tags });
    this.topics.publish(Channels.topic(channel), text);
  }

  /** Adds a subscription, and tells the others of its client. */
  add(subscription: Subscription): void {
    const { channel } = subscription;
    const others = this.#channels.get(channel) ?? new Set();
    this.#channels.set(channel, others);
    others.add(subscription);
    if (this.#presence === null) {
      if (subscription.isPresent) this.#tell(channel, "join", subscription.info);
      return;
    }
    if (subscription.followsPresence) this.#watch(channel, this.#presence);
    if (!subscription.isPresent) return;
    const { info } = subscription;
    this.#memberships.set(subscription, this.#presence.join(Channels.topic(channel), { info }));
  }

  /** Removes a subscription, and tells the others of its client. */
  delete(subscription: Subscription): void {
    const { channel } = subscription;
    const others = this.#channels.get(channel);
    if (others?.delete(subscription) !== true) return;
    if (others.size === 0) {
      this.#channels.delete(channel);
      this.#watches.get(channel)?.();
      this.#watches.delete(channel);
    }
    if (this.#presence === null && subscription.isPresent) this.#tell(channel, "leave", subscription.info);
    this.#memberships.get(subscription)?.();
    this.#memberships.delete(subscription);
  }

  /** Returns the clients of a channel that may be seen, by the name of their connection. */
  async presence(channel: string): Promise<Record<string, ClientInfo>> {
    const subscriptions = [...this.#channels.get(channel) ?? []].filter(({ isPresent }) => isPresent);
    const infos = this.#presence === null
      ? subscriptions.map(({ info }) => info)
      : infosOf(await this.#presence.members(Channels.topic(channel)));
    return Object.fromEntries(infos.map((info) => [info.client, info]));
  }

  /**
   * Reads publications that are kept.
   *
   * @throws {RealtimeError} 108 if no history is kept, 112 if not all after the position are kept.
   */
  async history(channel: string, { limit, since, reverse }: HistoryRequest): Promise<HistoryResult> {
    const { history } = this.topics;
    if (history === null) throw new RealtimeError(108);
    const topic = Channels.topic(channel);
    const { position } = await history.since(topic, null);
    const result = { epoch: position.epoch, offset: position.offset, publications: [] };
    if (limit === 0) return result;
    // In reverse, the position that is given is the one to read before.
    const page = since === null || reverse
      ? await oldestPage(history, topic, position)
      : await history.since(topic, since);
    if (since !== null && (!page.complete || since.epoch !== position.epoch)) throw new RealtimeError(112);
    let entries = page.entries.filter(({ offset }) => since === null || !reverse || offset < since.offset);
    entries = reverse ? entries.slice(-limit).reverse() : entries.slice(0, limit);
    return { ...result, publications: entries.map(entryPublication).filter((each) => each !== null) };
  }

  #watch(channel: string, presence: Presence): void {
    if (this.#watches.has(channel)) return;
    const end = presence.watch(Channels.topic(channel), {
      // Clients ask for the members that are present.
      present: () => {},
      changed: (joined, left) => {
        for (const info of infosOf(joined)) this.#tell(channel, "join", info);
        for (const info of infosOf(left)) this.#tell(channel, "leave", info);
      },
    });
    this.#watches.set(channel, end);
  }

  #tell(channel: string, what: "join" | "leave", info: ClientInfo): void {
    const frame = jsonEncode({ push: { channel, [what]: { info } } });
    for (const other of this.#channels.get(channel) ?? []) other.tell(frame);
  }
}

/** Returns the clients among the members of a topic; another program might have others there. */
function infosOf(members: readonly PresenceMember[]): ClientInfo[] {
  return members.map(({ info }) => info).filter(isClientInfo);
}

function isClientInfo(info: unknown): info is ClientInfo {
  return typeof info === "object" && info !== null && "client" in info && typeof info.client === "string" &&
    "user" in info && typeof info.user === "string";
}

/** Returns the publication of a message of a topic, `null` if another program has published it. */
export function publicationOf(message: TopicMessage): Publication | null {
  if (!isPublication(message)) return null;
  const offset = offsetOf(message);
  return { ...JSON.parse(message.text), ...(offset === null ? {} : { offset }) };
}

function entryPublication({ offset, data }: HistoryEntry): Publication | null {
  const { origin, number, time, payload, binary } = decodeEnvelope(data);
  const position = { epoch: "", offset };
  return publicationOf(new TopicMessage(payload, { origin, number, time, position }, binary));
}

/** Returns everything that is kept: a history answers for a position only if it has all that came after it. */
async function oldestPage(history: TopicHistory, topic: string, last: HistoryPosition): Promise<HistoryPage> {
  const { epoch } = last;
  let low = Math.max(0, last.offset - MAX_KEPT);
  let page = await history.since(topic, { epoch, offset: low });
  if (page.complete) return page;
  page = { position: last, entries: [], complete: true };
  // What comes after `high` is whole, and is in the page; what comes after `low` is not.
  for (let high = last.offset; high - low > 1;) {
    const middle = Math.floor((low + high) / 2);
    const half = await history.since(topic, { epoch, offset: middle });
    if (half.complete) [high, page] = [middle, half];
    else low = middle;
  }
  return page;
}

const frames = new WeakMap<TopicMessage, TopicMessage>();

/** Returns the frame of a message for all subscribers of its channel: one, whose encodings they share. */
export function pushFrame(channel: string, message: TopicMessage): TopicMessage | null {
  let frame = frames.get(message);
  if (frame === undefined) {
    if (!isPublication(message)) return null;
    const offset = offsetOf(message);
    const publication = offset === null ? message.text : `${message.text.slice(0, -1)},"offset":${offset}}`;
    const text = `{"push":{"channel":${JSON.stringify(channel)},"pub":${publication}}}`;
    frame = new TopicMessage(text, { origin: "", number: 0, time: message.time });
    frames.set(message, frame);
  }
  return frame;
}

function isPublication({ text }: TopicMessage): boolean {
  if (text.startsWith('{"data":') && text.endsWith("}")) return true;
  genLog.warning("Dropped a message of a channel that is no publication: publish by Realtime.publish()");
  return false;
}

function offsetOf(message: TopicMessage): number | null {
  return message.position?.offset ?? null;
}
