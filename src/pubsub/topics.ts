import type { Message } from "../internal/json_object.ts";
import { isThenable, toError } from "../internal/promises.ts";
import { appLog, genLog } from "../util/log.ts";
import type { TopicBroker } from "./broker.ts";
import { decodeEnvelope, encodeEnvelope, newOrigin } from "./envelope.ts";
import { EnvelopeError } from "./errors.ts";
import { TopicMessage } from "./message.ts";
import type { Delivery, Subscriber } from "./subscriber.ts";

/**
 * Topics whose last sequence number is kept; beyond that, some 10 MB, the one that was silent for longest is forgotten.
 */
const MAX_SEQUENCES = 100_000;

/** Options of {@linkcode Topics}. */
export interface TopicsOptions {
  /**
   * Carries messages to other processes and back; `null` for topics of this process alone. It belongs to the topics,
   * which close it.
   *
   * @default {null}
   */
  broker?: TopicBroker | null;
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
  readonly #origin = newOrigin();
  /** Messages published so far. */
  #published = 0;
  /** The last sequence number of each topic that went to the broker; the topic that was silent for longest is first. */
  readonly #sequences = new Map<string, number>();
  /**
   * The highest sequence number of a forgotten topic: no number is used twice, so that readers see a gap rather than
   * nothing.
   */
  #forgotten = 0;
  /** Versions of envelopes that were refused and logged. */
  readonly #refusedVersions = new Set<number>();
  #closed: Promise<void> | null = null;
  // One closure for all subscribers.
  readonly #onClosed = (subscriber: Subscriber): void => this.unsubscribeAll(subscriber);

  /** Makes topics without subscribers, and connects the broker. */
  constructor(options: TopicsOptions = {}) {
    this.#broker = options.broker ?? null;
    this.#broker?.connect((topic, data) => this.#receive(topic, data));
  }

  /**
   * Subscribes until the subscriber ends or {@linkcode unsubscribe} is called; subscribing again changes nothing. A
   * WebSocket must be open, and is unsubscribed before its `onClose` is called.
   *
   * @throws {WebSocketClosedError} If the subscriber is a WebSocket that is not open, for example after an `await`.
   * @throws {TypeError} If the topics are closed.
   */
  subscribe(topic: string, subscriber: Subscriber): void {
    if (this.#closed !== null) {
      throw new TypeError(`Cannot subscribe to ${JSON.stringify(topic)}: the topics are closed`);
    }
    subscriber.whenClosed?.(this.#onClosed);
    const topics = this.#topics.get(subscriber);
    if (topics === undefined) this.#topics.set(subscriber, new Set([topic]));
    else topics.add(topic);
    const subscribers = this.#subscribers.get(topic);
    if (subscribers !== undefined) return void subscribers.add(subscriber);
    this.#subscribers.set(topic, new Set([subscriber]));
    this.#carry("subscribe to", [topic], (broker) => broker.subscribe([topic]));
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
   * @returns How many subscribers of this process took it: all but those that are closing, or have too much waiting. It
   * is 0 after {@linkcode close}.
   * @throws {TypeError} If the message has no JSON form, or is a Map, a Set or a promise.
   */
  publish(topic: string, message: Message, options: PublishOptions = {}): number {
    const subscribers = this.#subscribers.get(topic);
    const broker = this.#closed === null ? this.#broker : null;
    if (subscribers === undefined && broker === null) return 0;
    const source = { origin: this.#origin, number: this.#published + 1, time: Date.now() };
    const made = new TopicMessage(message, source, options.binary);
    this.#published++;
    if (broker !== null) {
      const { binary, bytes: payload } = made;
      const data = encodeEnvelope({ ...source, sequence: this.#nextSequence(topic), binary, payload });
      this.#carry("publish to", [topic], (broker) => broker.publish(topic, data));
    }
    return subscribers === undefined ? 0 : this.#deliver(subscribers, made, options.except ?? null);
  }

  /** Returns how many subscribers of this process a topic has. */
  count(topic: string): number {
    return this.#subscribers.get(topic)?.size ?? 0;
  }

  /** Returns the topics of a subscriber, in the order of its subscriptions. */
  topics(subscriber: Subscriber): string[] {
    return [...this.#topics.get(subscriber) ?? []];
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
    this.#subscribers.clear();
    this.#topics.clear();
    try {
      await this.#broker?.close();
    } catch (error) {
      appLog.error("The broker cannot close", toError(error));
    }
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
        else if (delivery === "closed") (closed ??= []).push(subscriber);
        else if (isThenable(delivery)) {
          count++;
          this.#await(subscriber, delivery);
        }
      } catch (error) {
        logFailure(error);
      }
    }
    closed?.forEach(this.#onClosed);
    return count;
  }

  #await(subscriber: Subscriber, delivery: PromiseLike<Delivery>): void {
    delivery.then((settled) => {
      if (settled === "closed") this.unsubscribeAll(subscriber);
    }, logFailure);
  }

  #leave(topics: Iterable<string>, subscriber: Subscriber): void {
    const empty: string[] = [];
    for (const topic of topics) {
      const subscribers = this.#subscribers.get(topic);
      if (subscribers?.delete(subscriber) !== true || subscribers.size > 0) continue;
      this.#subscribers.delete(topic);
      empty.push(topic);
    }
    if (empty.length > 0) this.#carry("unsubscribe from", empty, (broker) => broker.unsubscribe(empty));
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

  /** Takes a message from another process. */
  #receive(topic: string, data: Uint8Array): void {
    const subscribers = this.#subscribers.get(topic);
    if (subscribers === undefined) return;
    try {
      const envelope = decodeEnvelope(data);
      if (envelope.origin === this.#origin) return;
      const message = new TopicMessage(envelope.payload, envelope, envelope.binary);
      this.#deliver(subscribers, message, null);
    } catch (error) {
      this.#refuse(topic, toError(error));
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
  #carry(what: string, topics: readonly string[], call: (broker: TopicBroker) => void | Promise<void>): void {
    if (this.#broker === null || this.#closed !== null) return;
    const failed = (error: unknown) =>
      appLog.error(
        `The broker cannot ${what} ${topics.length === 1 ? `topic ${topics[0]}` : `${topics.length} topics`}`,
        toError(error),
      );
    try {
      const done = call(this.#broker);
      if (isThenable(done)) done.then(undefined, failed);
    } catch (error) {
      failed(error);
    }
  }
}

function logFailure(error: unknown): void {
  appLog.error("A subscriber cannot take a message", toError(error));
}
