import { currentClock, type Timer } from "../../internal/clock.ts";
import { toError } from "../../internal/promises.ts";
import { genLog } from "../../util/log.ts";
import type { HistoryPage, HistoryPosition } from "../history.ts";
import type { TopicMessage } from "../message.ts";
import type { Subscriber } from "../subscriber.ts";
import { LostMessages, type MarkedHistory, type MarkedPage } from "./marked_history.ts";
import type { RecentMessages } from "./recent_messages.ts";

/** Messages held back while a topic is read; what comes beyond that is read later. */
const MAX_HELD = 10_000;
/** Publishers of a topic whose last number is kept; the one that was silent for longest is forgotten. */
const MAX_ORIGINS = 1000;
/** Attempts to read what a subscriber has missed, each with a link that was up. */
const ATTEMPTS = 5;
/** Seconds after which a read that has failed is done again, though the link is up: a server may have been busy. */
const RETRY = 1;

/** A position that no history has. */
const NOWHERE: HistoryPosition = { epoch: "", offset: 0 };

/** A message that waits for those before it, and the offset of the last of them. */
interface Held {
  readonly message: TopicMessage;
  readonly previous: number;
}

/** A message, or the number of those that are missing. */
type Item = { readonly message: TopicMessage } | { readonly missed: number | null };

/** The outcome of a subscription with `since`. */
export interface Recovery {
  /** Tells whether the subscriber got all messages after its position; if not, it got none of them. */
  readonly recovered: boolean;
  /**
   * The position after which live messages begin. Those that came while the history was read have been delivered, so
   * it is not where the subscriber is: see `Topics.subscribe`.
   */
  readonly position: HistoryPosition;
}

interface KeptTopic {
  epoch: string;
  offset: number;
  /** Tells whether messages wait for what comes before them. */
  isReading: boolean;
  /** Tells whether a read has failed and must be done again. */
  isStale: boolean;
  /** Tells whether that was logged. */
  isLogged: boolean;
  held: Held[];
  /** How many of those held back, at the front, were there before the history was last asked. */
  early: number;
  /** The numbers of the last messages of each publisher: a history that was restarted may take one twice. */
  readonly last: Map<string, number>;
  /** Subscribers that are behind, with what came for them meanwhile. */
  readonly behind: Map<Subscriber, Item[]>;
  /** Subscribers that have read further than the topic: they skip what comes up to this offset. */
  readonly ahead: Map<Subscriber, HistoryPosition>;
  /** Resolves when the first position of the topic is known. */
  readonly begun: PromiseWithResolvers<void>;
}

/** The part of `Topics` that {@linkcode KeptTopics} needs. */
export interface KeptHost {
  /** Gives a message to a subscriber. */
  deliver(subscriber: Subscriber, message: TopicMessage): void;
  /** Tells a subscriber of a gap. */
  gap(subscriber: Subscriber, topic: string, missed: number | null): void;
  /** The subscribers of a topic, as they are now. */
  subscribers(topic: string): Iterable<Subscriber>;
  /** Counts what is missing, or was recovered. */
  missed(topic: string, count: number | null): void;
  recovered(count: number): void;
  /** Counts a message that came twice. */
  doubled(): void;
  /** Makes the message of an envelope, or logs why it cannot. */
  decode(topic: string, data: Uint8Array, position: HistoryPosition): TopicMessage | null;
}

/**
 * Topics with a history: finds what is missing by the offsets, reads it, and puts it between what came before and
 * after.
 */
export class KeptTopics {
  readonly #history: MarkedHistory;
  /** What a broker's history would be asked for again and again; `null` if the history is as near. */
  readonly #recent: RecentMessages | null;
  readonly #host: KeptHost;
  readonly #topics = new Map<string, KeptTopic>();
  #retry: Timer | null = null;
  #isClosed = false;

  constructor(history: MarkedHistory, recent: RecentMessages | null, host: KeptHost) {
    this.#history = history;
    this.#recent = recent;
    this.#host = host;
  }

  /** Begins with a topic before its subscription is in effect: what comes is held back. */
  add(topic: string): void {
    this.#topics.set(topic, {
      epoch: "",
      offset: 0,
      isReading: true,
      isStale: false,
      isLogged: false,
      held: [],
      early: 0,
      last: new Map(),
      behind: new Map(),
      ahead: new Map(),
      begun: Promise.withResolvers(),
    });
  }

  delete(topic: string): void {
    this.#topics.get(topic)?.begun.resolve();
    this.#topics.delete(topic);
    this.#recent?.delete(topic);
  }

  /** A subscriber has left a topic. */
  forget(topic: string, subscriber: Subscriber): void {
    const kept = this.#topics.get(topic);
    kept?.behind.delete(subscriber);
    kept?.ahead.delete(subscriber);
  }

  close(): void {
    this.#isClosed = true;
    this.#retry?.cancel();
    for (const topic of this.#topics.keys()) this.delete(topic);
  }

  /** The subscription of a topic is in effect: finds where it stands. */
  async begin(topic: string): Promise<void> {
    const kept = this.#topics.get(topic);
    if (kept === undefined) return;
    const page = await this.#read(topic, kept, null);
    if (page === null) return;
    const { epoch, offset } = page.position;
    const first = kept.held.find(({ message }) => message.position?.epoch === epoch);
    kept.epoch = epoch;
    kept.offset = Math.min(first?.previous ?? offset, offset);
    kept.begun.resolve();
    this.#release(topic, kept);
  }

  /** The link is up again: reads what was missed. */
  refresh(): void {
    for (const [topic, kept] of this.#topics) {
      if (!kept.isReading) this.#recover(topic, kept);
      else if (kept.isStale) this.#readAgain(topic, kept);
    }
  }

  /** Takes a message from the broker. */
  receive(topic: string, message: TopicMessage, previous: number): void {
    const kept = this.#topics.get(topic);
    if (kept !== undefined) this.#take(topic, kept, message, previous);
  }

  /**
   * Reads what a subscriber has missed and gives it to the subscriber, before what came meanwhile. With `null` it has
   * missed nothing.
   */
  async catchUp(topic: string, subscriber: Subscriber, asked: HistoryPosition | null): Promise<Recovery> {
    // It may come from a page, and be anything.
    const since = asked === null || isOffset(asked.offset) ? asked : NOWHERE;
    const kept = this.#topics.get(topic);
    if (kept === undefined) throw new TypeError(`Cannot recover ${JSON.stringify(topic)}: the subscriber has left it`);
    const waiting: Item[] = [];
    kept.behind.set(subscriber, waiting);
    const isHere = () => kept.behind.get(subscriber) === waiting && this.#topics.get(topic) === kept;
    try {
      await kept.begun.promise;
      const recent = isHere() && since !== null ? this.#recentSince(topic, kept, since) : null;
      if (recent !== null) {
        const position = { epoch: kept.epoch, offset: kept.offset };
        for (const message of recent) if (isHere()) this.#host.deliver(subscriber, message);
        if (isHere()) this.#goLive(topic, kept, subscriber, waiting, position);
        return { recovered: true, position };
      }
      const page = await this.#readSince(topic, since, isHere);
      const { position, complete, entries } = page;
      const last = new Map<string, number>();
      for (const { offset, data } of complete ? entries : []) {
        const message = this.#host.decode(topic, data, { epoch: position.epoch, offset });
        if (message === null || !isHere()) continue;
        const { origin, number } = message.source;
        // JetStream may hold a message twice: it recognizes a repeated one for two minutes only.
        if (number <= (last.get(origin) ?? 0)) continue;
        last.set(origin, number);
        this.#host.deliver(subscriber, message);
      }
      if (isHere()) this.#goLive(topic, kept, subscriber, waiting, position);
      return { recovered: complete, position };
    } finally {
      if (kept.behind.get(subscriber) === waiting) kept.behind.delete(subscriber);
    }
  }

  /**
   * Returns what came after a position, up to that of the topic, if this process has it. What the topic has yet to get
   * comes to the subscriber as to all others, or is told as a gap.
   */
  #recentSince(topic: string, kept: KeptTopic, { epoch, offset }: HistoryPosition): TopicMessage[] | null {
    if (this.#recent === null || epoch !== kept.epoch || offset > kept.offset) return null;
    return offset === kept.offset ? [] : this.#recent.since(topic, offset);
  }

  async #readSince(topic: string, since: HistoryPosition | null, isHere: () => boolean): Promise<HistoryPage> {
    for (let attempt = 1;; attempt++) {
      if (this.#isClosed || !isHere()) {
        throw new TypeError(`Cannot recover ${JSON.stringify(topic)}: the subscriber has left it`);
      }
      try {
        return await this.#history.since(topic, since);
      } catch (error) {
        if (attempt === ATTEMPTS) throw error;
      }
    }
  }

  #goLive(topic: string, kept: KeptTopic, subscriber: Subscriber, waiting: Item[], position: HistoryPosition): void {
    kept.behind.delete(subscriber);
    // The history may have been restarted, and the topic has yet to learn of it.
    if (kept.epoch !== position.epoch || kept.offset < position.offset) kept.ahead.set(subscriber, position);
    for (const item of waiting) {
      if ("missed" in item) this.#host.gap(subscriber, topic, item.missed);
      else if (isAfter(item.message, position)) this.#host.deliver(subscriber, item.message);
    }
  }

  #take(topic: string, kept: KeptTopic, message: TopicMessage, previous: number): void {
    const position = message.position;
    if (position === null) return;
    if (kept.isReading) {
      if (kept.held.length < MAX_HELD) kept.held.push({ message, previous });
      return;
    }
    if (position.epoch === kept.epoch && position.offset <= kept.offset) return;
    if (position.epoch === kept.epoch && previous <= kept.offset) return this.#deliver(topic, kept, message);
    kept.held.push({ message, previous });
    this.#recover(topic, kept);
  }

  /** Reads what is missing after the position of the topic, and delivers it. */
  async #recover(topic: string, kept: KeptTopic): Promise<void> {
    const { epoch, offset } = kept;
    const page = await this.#read(topic, kept, { epoch, offset });
    if (page === null) return;
    const entries = page.complete ? page.entries : page.marked;
    if (entries !== null) {
      let count = 0;
      for (const entry of entries) {
        const message = this.#host.decode(topic, entry.data, { epoch, offset: entry.offset });
        if (message === null) continue;
        if (!(message instanceof LostMessages)) count++;
        this.#deliver(topic, kept, message);
      }
      this.#host.recovered(count);
    } else {
      this.#lose(topic, kept, page.position);
    }
    this.#release(topic, kept);
  }

  /** What is missing is no longer kept: goes on with what was held back, or with what comes. */
  #lose(topic: string, kept: KeptTopic, last: HistoryPosition): void {
    const first = kept.held.find(({ message }) => message.position?.epoch === last.epoch);
    const offset = first?.previous ?? last.offset;
    const missed = last.epoch === kept.epoch ? offset - kept.offset : null;
    kept.epoch = last.epoch;
    kept.offset = offset;
    this.#recent?.delete(topic);
    if (missed === null || missed > 0) this.#tell(topic, kept, missed);
  }

  /** Tells all subscribers of messages that are missing. */
  #tell(topic: string, kept: KeptTopic, missed: number | null): void {
    this.#host.missed(topic, missed);
    for (const subscriber of [...this.#host.subscribers(topic)]) {
      const waiting = kept.behind.get(subscriber);
      if (waiting === undefined) this.#host.gap(subscriber, topic, missed);
      else waiting.push({ missed });
    }
  }

  /** Reads with the topic held back; `null` if that failed, or the topic has ended. */
  async #read(topic: string, kept: KeptTopic, since: HistoryPosition | null): Promise<MarkedPage | null> {
    kept.isReading = true;
    kept.isStale = false;
    kept.early = kept.held.length;
    try {
      const page = await this.#history.since(topic, since);
      kept.isLogged = false;
      return this.#topics.get(topic) === kept ? page : null;
    } catch (error) {
      this.#failed(topic, kept, toError(error));
      return null;
    }
  }

  #failed(topic: string, kept: KeptTopic, { message }: Error): void {
    kept.isStale = true;
    if (this.#isClosed) return;
    if (!kept.isLogged) genLog.warning("Cannot read the history of topic %s: %s", topic, message);
    kept.isLogged = true;
    this.#retry ??= currentClock().setTimer(
      () => {
        this.#retry = null;
        for (const [name, each] of this.#topics) if (each.isStale) this.#readAgain(name, each);
      },
      RETRY,
      { unref: true },
    );
  }

  #readAgain(topic: string, kept: KeptTopic): void {
    if (kept.epoch === "") this.begin(topic);
    else this.#recover(topic, kept);
  }

  #release(topic: string, kept: KeptTopic): void {
    kept.isReading = false;
    const { held, early, epoch } = kept;
    kept.held = [];
    held.forEach(({ message, previous }, i) => {
      // One that was there before the history told of another epoch is of an earlier one: no read would bring it.
      if (i >= early || message.position?.epoch === epoch) this.#take(topic, kept, message, previous);
    });
    if (kept.isReading) kept.early = kept.held.length;
    // Some may have been dropped, and nothing may come after them.
    if (held.length >= MAX_HELD && !kept.isReading) this.#recover(topic, kept);
  }

  #deliver(topic: string, kept: KeptTopic, message: TopicMessage): void {
    const { position, source: { origin, number } } = message;
    if (position === null) return;
    const previous = kept.offset;
    kept.epoch = position.epoch;
    kept.offset = position.offset;
    if (number <= (kept.last.get(origin) ?? 0)) return this.#host.doubled();
    kept.last.delete(origin);
    kept.last.set(origin, number);
    if (kept.last.size > MAX_ORIGINS) kept.last.delete(kept.last.keys().next().value ?? "");
    if (message instanceof LostMessages) {
      this.#recent?.delete(topic);
      return this.#tell(topic, kept, message.count);
    }
    this.#recent?.add(message, previous);
    for (const subscriber of [...this.#host.subscribers(topic)]) {
      const waiting = kept.behind.get(subscriber);
      if (waiting !== undefined) {
        waiting.push({ message });
        continue;
      }
      const ahead = kept.ahead.get(subscriber);
      if (ahead !== undefined && !isAfter(message, ahead)) continue;
      if (ahead !== undefined) kept.ahead.delete(subscriber);
      this.#host.deliver(subscriber, message);
    }
  }
}

function isOffset(value: unknown): boolean {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}

/** Tells whether a message comes after a position; one of another epoch does. */
function isAfter({ position }: TopicMessage, { epoch, offset }: HistoryPosition): boolean {
  return position === null || position.epoch !== epoch || position.offset > offset;
}
