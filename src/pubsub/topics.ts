import type { Message } from "../internal/json_object.ts";
import { isThenable, toError } from "../internal/promises.ts";
import { utf8 } from "../util/escape.ts";
import { appLog, genLog } from "../util/log.ts";
import { events, reportDelivery, reportRecovery, tellGap } from "./_topics/reports.ts";
import { completeLimits } from "./_topics/complete_limits.ts";
import { KeptTopics, type Recovery } from "./_topics/kept_topics.ts";
import { LostMessages, MarkedHistory } from "./_topics/marked_history.ts";
import { RecentMessages } from "./_topics/recent_messages.ts";
import { CONTROL_TOPIC, inboxTopic, SequenceExchange } from "./_topics/sequence_exchange.ts";
import { DUPLICATE, SequenceTracker } from "./_topics/sequence_tracker.ts";
import { checkTopic } from "./_topics/topic_names.ts";
import { type BrokerState, RESERVED, type TopicBroker } from "./broker.ts";
import { decodeEnvelope, encodeEnvelope, type Envelope, newOrigin } from "./envelope.ts";
import { EnvelopeError } from "./errors.ts";
import type { HistoryLimits, HistoryPosition, MessagePosition, TopicHistory } from "./history.ts";
import { MemoryHistory } from "./memory_history.ts";
import { TopicMessage } from "./message.ts";
import type { Delivery, Subscriber } from "./subscriber.ts";

/**
 * Topics whose last sequence number is kept; beyond that, some 10 MB, the one that was silent for longest is forgotten.
 */
const MAX_SEQUENCES = 100_000;
/** The first character of the topics of `Presence`. */
const PRESENCE = "\x02";
/** Messages on their way through the history whose `except` is kept. */
const MAX_EXCEPTED = 10_000;

/** Options of {@linkcode Topics}. */
export interface TopicsOptions {
  /**
   * Carries messages to other processes and back; `null` for topics of this process alone. It belongs to the topics,
   * which close it.
   *
   * @default {null}
   */
  broker?: TopicBroker | null;
  /**
   * Keeps the last messages of each topic, so that a subscriber can resume: see {@linkcode Topics.subscribe}. Without a
   * broker they are kept in memory. Topics with a history give each message its place before any subscriber gets it,
   * those of this process included; while the broker is away, no subscriber gets it.
   *
   * @default {null}
   */
  history?: Partial<HistoryLimits> | null;
}

/** Options of {@linkcode Topics.subscribe}. */
export interface SubscribeOptions {
  /** The last position that the subscriber has seen; `null` for one that begins now. */
  since: HistoryPosition | null;
}

/** Numbers of {@linkcode Topics}, since it was made. */
export interface TopicsMetrics {
  /** Tells whether the link to the broker is up; `true` without a broker. */
  readonly isUp: boolean;
  /** Messages that this process published. */
  readonly published: number;
  /** Messages of other processes that arrived. */
  readonly received: number;
  /** Messages that were brought again, and dropped. */
  readonly duplicates: number;
  /** Gaps that subscribers were told of, counted once for each topic. */
  readonly gaps: number;
  /** Messages that are known to be missing. */
  readonly missed: number;
  /** Messages that were missing, and came from the history. */
  readonly recovered: number;
  /** Messages that the broker did not take. */
  readonly refused: number;
  /** Seconds between the publication of the last message of another process and its arrival, by both clocks. */
  readonly lag: number | null;
}

/** Options of {@linkcode Topics.publish}. */
export interface PublishOptions {
  /**
   * A subscriber that does not get the message: usually the one that it came from.
   *
   * @default {null}
   */
  except?: Subscriber | null;
  /**
   * Sends the message as bytes (`true`) or as text (`false`).
   *
   * @default {true for bytes, false for text and JSON}
   */
  binary?: boolean | undefined;
}

/**
 * Groups of subscribers that get the same messages: rooms of a chat, channels of a dashboard. Tornado has no
 * counterpart.
 *
 * Each form of a message is made once, whatever the number of receivers is: WebSockets share one frame, and one
 * compressed frame for each set of compression parameters.
 *
 * `publish` waits for no subscriber. Messages that a WebSocket's client has not read wait in its own connection, and
 * beyond its `highWaterMark` its `backpressure` decides. The policy `"wait"` does not bound that queue, so handlers
 * that subscribe should use `"close"` or `"drop"`.
 *
 * All subscribers of this process get the messages that are published in it in the same order.
 *
 * @example
 * ```ts
 * import { Topics } from "@twister/twister/pubsub";
 * import { Application } from "@twister/twister/web";
 * import { websocketConnect, WebSocketHandler } from "@twister/twister/websocket";
 * import { assertEquals } from "@std/assert";
 *
 * const rooms = new Topics();
 *
 * class Chat extends WebSocketHandler {
 *   override open(room: string): void {
 *     rooms.subscribe(room, this);
 *     this.writeMessage(`${rooms.count(room)} here`);
 *   }
 *   override onMessage(message: string | Uint8Array): void {
 *     for (const room of rooms.topics(this)) rooms.publish(room, { said: message }, { except: this });
 *   }
 * }
 *
 * await using server = new Application([["/chat/(\\w+)", Chat]]).listen(0, { address: "127.0.0.1" });
 * await using ann = await websocketConnect(`ws://127.0.0.1:${server.port}/chat/tea`);
 * assertEquals(await ann.readMessage(), "1 here");
 * await using bob = await websocketConnect(`ws://127.0.0.1:${server.port}/chat/tea`);
 * assertEquals(await bob.readMessage(), "2 here");
 *
 * await bob.writeMessage("hello");
 * assertEquals(await ann.readMessage(), '{"said":"hello"}');
 * assertEquals(rooms.publish("tea", "The server goes down at noon"), 2);
 * assertEquals(await bob.readMessage(), "The server goes down at noon");
 * ```
 */
export class Topics implements AsyncDisposable {
  readonly #subscribers = new Map<string, Set<Subscriber>>();
  readonly #topics = new Map<Subscriber, Set<string>>();
  readonly #broker: TopicBroker | null;
  readonly #history: MarkedHistory | null;
  readonly #kept: KeptTopics | null;
  readonly #origin = newOrigin();
  readonly #tracker = new SequenceTracker();
  readonly #exchange: SequenceExchange;
  readonly #counts = { received: 0, duplicates: 0, gaps: 0, missed: 0, recovered: 0, refused: 0 };
  #lag: number | null = null;
  #isUp = true;
  /** Messages published so far. */
  #published = 0;
  /** Messages of the exchange sent so far: on the control topic, and on those of others. */
  #controls = 0;
  /** The last sequence number of each topic that went to the broker; the topic that was silent for longest is first. */
  readonly #sequences = new Map<string, number>();
  /**
   * The highest sequence number of a forgotten topic: no number is used twice, so that readers see a gap rather than
   * nothing.
   */
  #forgotten = 0;
  /** The subscribers that do not get a message which has yet to come back with its place, by its number. */
  readonly #excepted = new Map<number, Subscriber>();
  /** Topics whose gaps were logged since the link was last up. */
  #loggedGaps = 0;
  #isRefusalLogged = false;
  /** Topics whose subscription is not in effect yet. */
  readonly #pending = new Map<string, PromiseWithResolvers<void>>();
  /** The promise of the last thing that the broker does. */
  #carrying: PromiseLike<unknown> | null = null;
  /** Versions of envelopes that were refused and logged. */
  readonly #refusedVersions = new Set<number>();
  #closed: Promise<void> | null = null;
  // One closure for all subscribers.
  readonly #onClosed = (subscriber: Subscriber): void => this.unsubscribeAll(subscriber);

  /**
   * Makes topics without subscribers, and connects the broker.
   *
   * @throws {TypeError} If `history` is given, and the broker keeps none.
   * @throws {RangeError} If a limit of the history is not positive.
   */
  constructor(options: TopicsOptions = {}) {
    this.#broker = options.broker ?? null;
    const limits = options.history ? completeLimits(options.history) : null;
    const recent = limits === null || this.#broker === null ? null : new RecentMessages(limits);
    this.#history = limits === null ? null : new MarkedHistory(this.#openHistory(limits));
    this.#kept = this.#history === null ? null : new KeptTopics(this.#history, recent, {
      deliver: (subscriber, message) => this.#deliverKept(subscriber, message),
      gap: (subscriber, topic, missed) => tellGap(subscriber, { topic, missed, origin: null }),
      subscribers: (topic) => this.#subscribers.get(topic) ?? [],
      missed: (topic, count) => this.#countGap(topic, count),
      recovered: (count) => void (this.#counts.recovered += count),
      doubled: () => void this.#counts.duplicates++,
      decode: (topic, data, position) => this.#decodeKept(topic, data, position),
    });
    this.#exchange = new SequenceExchange(this.#origin, this.#tracker, {
      send: (topic, text) => this.#sendControl(topic, text),
      controls: () => this.#controls,
      lastSequence: (topic) => this.#sequences.get(topic) ?? 0,
      missed: (topic, origin, count) => this.#miss(topic, origin, count),
    });
    if (this.#broker === null) return;
    this.#broker.connect(
      (topic, data, position) => this.#receive(topic, data, position ?? null),
      (state) => this.#change(state),
    );
    const own = [CONTROL_TOPIC, inboxTopic(this.#origin)];
    this.#carry("subscribe to", own, () => this.#broker?.subscribe(own));
    this.#exchange.start();
  }

  /**
   * Subscribes until the subscriber ends or {@linkcode unsubscribe} is called; subscribing again changes nothing. A
   * WebSocket must be open, and is unsubscribed before its `onClose` is called.
   *
   * @throws {WebSocketClosedError} If the subscriber is a WebSocket that is not open, for example after an `await`.
   * @throws {TypeError} If the topics are closed, or the topic begins with U+0001, has more than 16,384 characters, or
   * half of a surrogate pair.
   */
  subscribe(topic: string, subscriber: Subscriber): void;
  /**
   * Subscribes, and first gives the subscriber what it has missed since a position: all of it, or nothing if some of it
   * is no longer kept. The promise resolves when the subscriber has it, and what came meanwhile.
   *
   * A subscriber goes on later from the position of the last message that it got, or from that of the result if it got
   * none: the result has the place before the messages that came meanwhile.
   *
   * @throws {TypeError} If there is no history, as well.
   */
  subscribe(topic: string, subscriber: Subscriber, options: SubscribeOptions): Promise<Recovery>;
  subscribe(topic: string, subscriber: Subscriber, options?: SubscribeOptions): void | Promise<Recovery> {
    if (this.#closed !== null) {
      throw new TypeError(`Cannot subscribe to ${JSON.stringify(topic)}: the topics are closed`);
    }
    checkTopic(topic);
    if (options !== undefined && this.#kept === null) {
      throw new TypeError(`Cannot recover ${JSON.stringify(topic)}: the topics have no history`);
    }
    subscriber.whenClosed?.(this.#onClosed);
    const topics = this.#topics.get(subscriber);
    if (topics?.has(topic) !== true) events.topics?.subscribed();
    if (topics === undefined) this.#topics.set(subscriber, new Set([topic]));
    else topics.add(topic);
    const subscribers = this.#subscribers.get(topic);
    if (subscribers !== undefined) subscribers.add(subscriber);
    else this.#begin(topic, subscriber);
    if (options === undefined || this.#kept === null) return;
    return reportRecovery(this.#kept.catchUp(topic, subscriber, options.since));
  }

  /**
   * Resolves when the subscription of this process to a topic is in effect at the broker: messages that others publish
   * from then on arrive. Without a broker that is so immediately.
   */
  async whenSubscribed(topic: string): Promise<void> {
    await this.#pending.get(topic)?.promise;
  }

  /** Ends a subscription, if there is one. */
  unsubscribe(topic: string, subscriber: Subscriber): void {
    const topics = this.#topics.get(subscriber);
    if (topics?.delete(topic) !== true) return;
    if (topics.size === 0) this.#topics.delete(subscriber);
    this.#leave([topic], subscriber);
  }

  /** Ends all subscriptions of a subscriber. */
  unsubscribeAll(subscriber: Subscriber): void {
    const topics = this.#topics.get(subscriber);
    if (topics === undefined) return;
    this.#topics.delete(subscriber);
    this.#leave(topics, subscriber);
  }

  /**
   * Sends a message to all subscribers of a topic, and to those of other processes if there is a broker.
   *
   * @param message Text; bytes, which are copied; or an object or array, which is sent as JSON.
   * @returns How many subscribers of this process took it: all but those that are closing, or have too much waiting.
   * With a history, which gives the message its place first, it is how many there are. It is 0 after {@linkcode close}.
   * @throws {TypeError} If the message has no JSON form, or is a Map, a Set or a promise; or for a topic as in
   * {@linkcode subscribe}.
   */
  publish(topic: string, message: Message, options: PublishOptions = {}): number {
    checkTopic(topic);
    const subscribers = this.#subscribers.get(topic);
    const isOpen = this.#closed === null;
    const carries = isOpen && (this.#broker !== null || this.#history !== null);
    if (subscribers === undefined && !carries) return 0;
    const source = { origin: this.#origin, number: this.#published + 1, time: Date.now(), topic };
    const made = new TopicMessage(message, source, options.binary);
    const except = options.except ?? null;
    this.#published++;
    events.topics?.published();
    if (!carries) return subscribers === undefined ? 0 : this.#deliver(subscribers, made, except);
    const { binary, bytes: payload } = made;
    const data = encodeEnvelope({ ...source, sequence: this.#nextSequence(topic), binary, payload });
    if (this.#history !== null) {
      if (except !== null) this.#except(source.number, except);
      const history = this.#history;
      this.#carry("publish to", [topic], () => history.append(topic, data));
      return (subscribers?.size ?? 0) - (except !== null && subscribers?.has(except) === true ? 1 : 0);
    }
    this.#carry("publish to", [topic], () => this.#broker?.publish(topic, data));
    this.#exchange.published(topic);
    return subscribers === undefined ? 0 : this.#deliver(subscribers, made, except);
  }

  /** The history of the topics, to read without a subscription; `null` if they keep none. */
  get history(): TopicHistory | null {
    return this.#history;
  }

  /** Returns how many subscribers of this process a topic has. */
  count(topic: string): number {
    return this.#subscribers.get(topic)?.size ?? 0;
  }

  /** Returns the topics of a subscriber, in the order of its subscriptions. */
  topics(subscriber: Subscriber): string[] {
    return [...this.#topics.get(subscriber) ?? []];
  }

  /** Returns what happened so far. */
  metrics(): TopicsMetrics {
    return { isUp: this.#isUp, published: this.#published, ...this.#counts, lag: this.#lag };
  }

  /** Ends all subscriptions and closes the broker; closing again waits for the same end. */
  close(): Promise<void> {
    return this.#closed ??= this.#close();
  }

  /** Closes the topics, for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    this.#kept?.close();
    if (this.#broker !== null) this.#exchange.stop();
    for (const topics of this.#topics.values()) events.topics?.unsubscribed(topics.size);
    this.#subscribers.clear();
    this.#topics.clear();
    for (const { resolve } of this.#pending.values()) resolve();
    this.#pending.clear();
    try {
      await this.#broker?.close();
    } catch (error) {
      appLog.error("The broker cannot close", toError(error));
    }
  }

  #openHistory(limits: HistoryLimits): TopicHistory {
    const broker = this.#broker;
    if (broker === null) return new MemoryHistory(limits, (topic, data, place) => this.#receive(topic, data, place));
    if (broker.history === undefined) {
      throw new TypeError("Cannot keep a history: the broker keeps none; those of ./pubsub/redis and others do");
    }
    return broker.history(limits);
  }

  /** The topic has its first subscriber. */
  #begin(topic: string, subscriber: Subscriber): void {
    this.#subscribers.set(topic, new Set([subscriber]));
    this.#kept?.add(topic);
    if (this.#kept === null && this.#broker !== null) this.#tracker.add(topic);
    let pending: PromiseWithResolvers<void> | null = null;
    const inEffect = () => {
      // All may have left, and another may have come, whose subscription is not in effect yet.
      if ((this.#pending.get(topic) ?? null) !== pending) return;
      this.#pending.delete(topic);
      pending?.resolve();
      if (this.#kept !== null) this.#kept.begin(topic);
      else if (this.#broker !== null) this.#exchange.subscribed([topic]);
    };
    if (this.#broker === null) return inEffect();
    pending = Promise.withResolvers();
    this.#pending.set(topic, pending);
    this.#carry("subscribe to", [topic], () => this.#broker?.subscribe([topic]), inEffect);
  }

  /** Takes a new state of the broker's link. */
  #change(state: BrokerState): void {
    this.#isUp = state !== "down";
    if (state === "up") this.#loggedGaps = 0;
    if (state === "up") this.#isRefusalLogged = false;
    this.#exchange.changed(state);
    if (state !== "down") this.#kept?.refresh();
  }

  #sendControl(topic: string, text: string): void {
    const sequence = topic === CONTROL_TOPIC ? ++this.#controls : 0;
    const payload = utf8(text);
    const data = encodeEnvelope({
      origin: this.#origin,
      number: 0,
      sequence,
      time: Date.now(),
      binary: false,
      payload,
    });
    try {
      const done = this.#broker?.publish(topic, data);
      // One that is lost is missed by the next one, and asked for.
      if (isThenable(done)) done.then(undefined, () => {});
    } catch {
      // As above.
    }
  }

  /** Messages of a publisher are missing: tells the subscribers. */
  #miss(topic: string, origin: string, count: number | null): void {
    this.#countGap(topic, count);
    for (const subscriber of [...this.#subscribers.get(topic) ?? []]) {
      tellGap(subscriber, { topic, missed: count, origin });
    }
  }

  #countGap(topic: string, count: number | null): void {
    this.#counts.gaps++;
    this.#counts.missed += count ?? 0;
    // One line for an outage. Presence asks for what it has missed, as processes do that start together.
    if (topic.startsWith(PRESENCE) || this.#loggedGaps++ > 0) return;
    genLog.warning("Messages of topic %s are missing: %s", topic, count ?? "their number is not known");
  }

  /** Hands a message to all subscribers but one, and returns how many took it. */
  #deliver(subscribers: ReadonlySet<Subscriber>, message: TopicMessage, except: Subscriber | null): number {
    let count = 0;
    let closed: Subscriber[] | null = null;
    for (const subscriber of subscribers) {
      if (subscriber === except) continue;
      try {
        const delivery = subscriber.deliver(message);
        if (delivery === "delivered") count++;
        else if (delivery === "dropped") events.topics?.dropped();
        else if (delivery === "closed") (closed ??= []).push(subscriber);
        else if (isThenable(delivery)) {
          count++;
          this.#await(subscriber, delivery);
        }
      } catch (error) {
        logFailure(error);
      }
    }
    if (events.topics !== null) reportDelivery(count, message, this.#origin);
    closed?.forEach(this.#onClosed);
    return count;
  }

  /** Hands a message that has its place to one subscriber. */
  #deliverKept(subscriber: Subscriber, message: TopicMessage): void {
    this.#deliver(new Set([subscriber]), message, this.#exceptedOf(message));
  }

  #await(subscriber: Subscriber, delivery: PromiseLike<Delivery>): void {
    delivery.then((settled) => {
      if (settled === "closed") this.unsubscribeAll(subscriber);
    }, logFailure);
  }

  #leave(topics: Iterable<string>, subscriber: Subscriber): void {
    const empty: string[] = [];
    for (const topic of topics) {
      events.topics?.unsubscribed(1);
      const subscribers = this.#subscribers.get(topic);
      this.#kept?.forget(topic, subscriber);
      if (subscribers?.delete(subscriber) !== true || subscribers.size > 0) continue;
      this.#subscribers.delete(topic);
      this.#tracker.delete(topic);
      this.#kept?.delete(topic);
      this.#pending.get(topic)?.resolve();
      this.#pending.delete(topic);
      empty.push(topic);
    }
    if (empty.length > 0) this.#carry("unsubscribe from", empty, () => this.#broker?.unsubscribe(empty));
  }

  #nextSequence(topic: string): number {
    const sequence = (this.#sequences.get(topic) ?? this.#forgotten) + 1;
    this.#sequences.delete(topic);
    this.#sequences.set(topic, sequence);
    if (this.#sequences.size > MAX_SEQUENCES) {
      for (const [oldest, last] of this.#sequences) {
        this.#sequences.delete(oldest);
        this.#forgotten = Math.max(this.#forgotten, last);
        break;
      }
    }
    return sequence;
  }

  #except(number: number, subscriber: Subscriber): void {
    this.#excepted.set(number, subscriber);
    if (this.#excepted.size <= MAX_EXCEPTED) return;
    for (const oldest of this.#excepted.keys()) {
      this.#excepted.delete(oldest);
      break;
    }
  }

  /** The subscriber that does not get a message of this process. */
  #exceptedOf({ source }: TopicMessage): Subscriber | null {
    return source.origin === this.#origin ? this.#excepted.get(source.number) ?? null : null;
  }

  /** Takes a message from the broker, or from the history. */
  #receive(topic: string, data: Uint8Array, position: MessagePosition | null): void {
    const isOwn = topic.startsWith(RESERVED);
    const subscribers = this.#subscribers.get(topic);
    if (subscribers === undefined && !isOwn) return;
    try {
      const lost = position === null ? null : LostMessages.read(topic, data, position);
      if (lost !== null) return this.#kept?.receive(topic, lost, position?.previous ?? 0);
      const envelope = decodeEnvelope(data);
      const { origin, sequence } = envelope;
      if (isOwn) {
        this.#exchange.receive(topic, origin, sequence, new TextDecoder().decode(envelope.payload));
      } else if (this.#kept !== null) {
        if (position !== null) this.#kept.receive(topic, this.#arrived(topic, envelope, position), position.previous);
      } else if (origin !== this.#origin && subscribers !== undefined) {
        const missed = this.#tracker.arrived(topic, origin, sequence);
        if (missed === DUPLICATE) return void this.#counts.duplicates++;
        if (missed > 0) this.#miss(topic, origin, missed);
        this.#deliver(subscribers, this.#arrived(topic, envelope, null), null);
      }
    } catch (error) {
      this.#refuse(topic, toError(error));
    }
  }

  #arrived(topic: string, envelope: Envelope, position: HistoryPosition | null): TopicMessage {
    const { origin, number, time, payload, binary } = envelope;
    if (origin !== this.#origin) {
      this.#counts.received++;
      this.#lag = (Date.now() - time) / 1000;
    }
    return new TopicMessage(payload, { origin, number, time, position, topic }, binary);
  }

  #decodeKept(topic: string, data: Uint8Array, { epoch, offset }: HistoryPosition): TopicMessage | null {
    try {
      const lost = LostMessages.read(topic, data, { epoch, offset });
      if (lost !== null) return lost;
      const { origin, number, time, payload, binary } = decodeEnvelope(data);
      return new TopicMessage(payload, { origin, number, time, position: { epoch, offset }, topic }, binary);
    } catch (error) {
      this.#refuse(topic, toError(error));
      return null;
    }
  }

  /** Logs what cannot be read; an unknown version once, since every message of a newer program has it. */
  #refuse(topic: string, error: Error): void {
    const version = error instanceof EnvelopeError ? error.version : null;
    if (version !== null && this.#refusedVersions.has(version)) return;
    if (version !== null) this.#refusedVersions.add(version);
    genLog.warning("Cannot deliver what the broker brought for topic %s: %s", topic, error.message);
  }

  /** Has the broker do something, and logs a failure, which does not concern the subscribers of this process. */
  #carry(
    what: string,
    topics: readonly string[],
    call: () => void | Promise<void> | undefined,
    then: (() => void) | null = null,
  ): void {
    if (this.#closed !== null) return;
    const failed = (error: unknown) => this.#logCarrying(what, topics, toError(error));
    try {
      const done = call();
      if (!isThenable(done)) return then?.();
      // Messages that go together share a promise.
      if (then === null && done === this.#carrying) return;
      this.#carrying = done;
      done.then(then, failed);
    } catch (error) {
      failed(error);
    }
  }

  #logCarrying(what: string, topics: readonly string[], error: Error): void {
    const isMessage = what === "publish to";
    if (isMessage) this.#counts.refused++;
    // A broker that is full refuses every message until it is up again.
    if (this.#closed !== null || (isMessage && this.#isRefusalLogged)) return;
    this.#isRefusalLogged = isMessage;
    const where = topics.length === 1 ? `topic ${topics[0]}` : `${topics.length} topics`;
    appLog.error(`The broker cannot ${what} ${where}`, error);
  }
}

function logFailure(error: unknown): void {
  appLog.error("A subscriber cannot take a message", toError(error));
}
