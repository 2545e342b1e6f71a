import type { Bytes } from "../internal/bytes.ts";
import { type Message, rawMessage } from "../internal/json_object.ts";
import { handled, LazyPromise, toError } from "../internal/promises.ts";
import { latin1Bytes } from "../internal/utf8.ts";
import { LatestMessages } from "../pubsub/internal.ts";
import type { Delivery, HistoryPosition, Subscriber, TopicGap, TopicMessage, Topics } from "../pubsub/mod.ts";
import { jsonEncode, utf8 } from "../util/escape.ts";
import { appLog } from "../util/log.ts";
import type { EventHistory } from "./_event_stream/event_history.ts";
import { type EventFields, eventText, HEARTBEAT, retryText } from "./_event_stream/event_text.ts";
import { beginStream, type StreamFormat, type StreamSettings, StreamWriter } from "./_event_stream/stream_writer.ts";
import { stateOf } from "./_request_handler/private_parts.ts";
import type { RequestHandler } from "./request_handler.ts";

export type { EventHistory, EventReader } from "./_event_stream/event_history.ts";
export type { EventFields } from "./_event_stream/event_text.ts";

/** Proxies cut a connection that is silent for a minute, some for half of one. */
const DEFAULT_HEARTBEAT = 15;
/** What browsers wait for unless they are told otherwise. */
const DEFAULT_RETRY = 3;
/** Some thousand events: a client that has not read so much does not read. */
const DEFAULT_HIGH_WATER_MARK = 2 ** 20;

/** Decides about an event for a client that has too much waiting; see {@linkcode EventStreamOptions}. */
export type EventBackpressure = "close" | "drop" | "coalesce" | "wait";

/** A topic of `Topics` that keep a history, as events with IDs: a client that comes back gets what it has missed. */
export interface TopicFeed {
  /** The topics. */
  readonly topics: Topics;
  /** The name of the topic. */
  readonly topic: string;
}

/**
 * The reason for which an {@linkcode EventStream} has ended:
 * - `"client"`: the client has gone;
 * - `"drain"`: the server drains;
 * - `"slow"`: too much waited for the client, and the policy is `"close"`;
 * - `"server"`: the handler or the history has ended it.
 */
export type EventStreamEnd = "client" | "drain" | "slow" | "server";

/** Options of {@linkcode RequestHandler.eventStream}. */
export interface EventStreamOptions {
  /**
   * Seconds without an event after which a comment is sent, which keeps the connection alive in proxies, and shows that
   * a client has gone; 0 for none.
   *
   * @default {15}
   */
  heartbeat?: number;
  /**
   * Seconds after which a client comes back that has lost the connection. Each client is told another time, between
   * half of this and one and a half, so that they do not all come in the same moment.
   *
   * @default {3}
   */
  retry?: number;
  /**
   * Events that are sent from the last one that the client has received, and as they come: a `StreamLog`, from its
   * beginning for a new client, or a topic with a history, from now on for a new client. If some of those between are
   * lost, an event named `gap` says so.
   *
   * @default {null}
   */
  history?: EventHistory | TopicFeed | null;
  /**
   * Bytes that may wait for the client before `backpressure` applies.
   *
   * @default {1048576}
   */
  highWaterMark?: number;
  /**
   * The fate of an event that finds too much waiting: `"close"` breaks the stream off, so that the client comes back
   * and names what it has; `"drop"` leaves the event out, and counts it; `"coalesce"` keeps the latest message of each
   * topic, or key, until the client has read what waits, and treats all other events like `"close"`; `"wait"` keeps the
   * event, and the sender has to await {@linkcode EventStream.send}, otherwise memory grows without a bound.
   *
   * @default {"close"}
   */
  backpressure?: EventBackpressure;
  /**
   * Keeps the response open when the method that answers the request is done, until {@linkcode EventStream.close}, the
   * end of the history, a drain, or the client ends it. An idle stream then keeps a quarter less of the heap than
   * with a method that waits.
   *
   * @default {false}
   */
  keepOpen?: boolean;
  /**
   * Returns the key of a message for the policy `"coalesce"`. It must not throw.
   *
   * @default {its topic}
   */
  coalesceKey?: (message: TopicMessage) => string;
}

/** Options of {@linkcode EventStream.close}. */
export interface EventStreamCloseOptions {
  /**
   * Seconds after which the client comes back.
   *
   * @default {the time that it was told at the beginning}
   */
  retry?: number;
}

/** Is told that a stream has ended. */
type EndCallback = (stream: EventStream) => void;

/** The key of what topics share among the event streams of their subscribers. */
const TOPIC_EVENT = {};

/**
 * The response of a handler as a stream of events, for `EventSource` in browsers (HTML, "Server-sent events").
 * {@linkcode RequestHandler.eventStream} makes it.
 *
 * It frames any text, keeps the connection alive, sends each event without delay even if the response is compressed,
 * bounds what waits for a client that does not read, tells clients to come back at different times, and ends when the
 * server drains. It is a subscriber of `Topics`.
 *
 * With the option `keepOpen` the response outlasts the method that answers the request. Otherwise it ends with the
 * method, which then waits for {@linkcode EventStream.closed}.
 *
 * @example
 * ```ts
 * import { Topics } from "@twister/twister/pubsub";
 * import { TestClient } from "@twister/twister/testing";
 * import { Application, RequestHandler } from "@twister/twister/web";
 * import { assertEquals } from "@std/assert";
 *
 * const topics = new Topics();
 *
 * class Prices extends RequestHandler {
 *   override get(): void {
 *     const events = this.eventStream({ keepOpen: true });
 *     events.send({ ACME: 12 }, { event: "price", id: "1" });
 *     topics.subscribe("news", events);
 *   }
 * }
 *
 * await using client = new TestClient(new Application([["/prices", Prices]]));
 * using events = await client.eventStream("/prices");
 * assertEquals(await events.next(), { event: "price", data: '{"ACME":12}', id: "1" });
 * topics.publish("news", "two\nlines");
 * assertEquals((await events.next())?.data, "two\nlines");
 * ```
 */
export class EventStream implements Subscriber {
  /**
   * The last ID that the client has received: its `Last-Event-ID`, or else the argument `lastEventId` of the query,
   * which a page can set for a new `EventSource`. `null` if it has received none.
   */
  readonly lastEventId: string | null;

  /** The writer, which tells the stream what becomes of it without public methods for that. */
  static #Writer = class extends StreamWriter {
    readonly #stream: EventStream;

    constructor(stream: EventStream, handler: RequestHandler, settings: StreamSettings) {
      super(handler, settings);
      this.#stream = stream;
    }

    protected override onEnd(): void {
      this.#stream.#tellEnd();
    }

    protected override onRoom(): void {
      this.#stream.#coalescing?.latest.take().forEach((each) => this.#stream.deliver(each));
    }
  };

  readonly #writer: StreamWriter;
  /** Most streams have one, for which a list would be large. */
  #whenClosed: EndCallback | readonly EndCallback[] | null = null;
  /** Messages that wait until it is known whether the client has all before them. */
  #held: TopicMessage[] | null = null;
  #coalescing: { readonly latest: LatestMessages; readonly keyOf: (message: TopicMessage) => string } | null = null;

  /**
   * Begins the response; handlers call {@linkcode RequestHandler.eventStream} instead.
   *
   * @throws {Error} If headers have been sent, the response is an event stream already, or its status allows no body.
   * @throws {RangeError} If an option is negative or not a number.
   */
  constructor(handler: RequestHandler, options: EventStreamOptions = {}) {
    const { history = null, keepOpen = false } = options;
    const settings = completeOptions(options);
    const state = stateOf(handler);
    if (state.headersWritten || state.finished) throw new Error("Cannot begin an event stream after the headers");
    state.beginStream();
    this.lastEventId = lastEventIdOf(handler);
    if (keepOpen) state.stayOpen();
    const reader = isFeed(history) ? null : history?.follow(this.lastEventId, () => this.#writer.wake()) ?? null;
    const writer = this.#writer = new EventStream.#Writer(this, handler, settings);
    if (reader?.atEnd === true) {
      // The client has everything, and a browser learns not to come back.
      reader.close();
      handler.setStatus(204);
      writer.finish("server");
      return;
    }
    beginStream(state.headers, "text/event-stream");
    writer.add(EVENTS.farewell(settings.retry));
    if (reader !== null) writer.follow(reader);
    if (settings.backpressure === "coalesce") {
      this.#coalescing = { latest: new LatestMessages(settings.highWaterMark), keyOf: options.coalesceKey ?? topicOf };
    }
    if (isFeed(history)) void this.#followTopic(history);
    if (handler.request.method === "HEAD") writer.finish("server");
  }

  /** Resolves with the reason when the stream has ended. */
  get closed(): Promise<EventStreamEnd> {
    return this.#writer.closed;
  }

  /** The bytes that wait for the client. */
  get bufferedAmount(): number {
    return this.#writer.waiting;
  }

  /** The number of events that the policies `"drop"` and `"coalesce"` have left out. */
  get droppedEvents(): number {
    return this.#writer.dropped + (this.#coalescing?.latest.replaced ?? 0);
  }

  /**
   * Sends an event.
   *
   * @param data Text; bytes of UTF-8 text; or an object or array, which is sent as JSON.
   * @returns A promise that resolves when the kernel has the event, or the event was dropped. It rejects with
   * `StreamClosedError`, or a {@linkcode DrainError}, if the stream ends before. Await it, so that a slow client slows
   * down its sender; it may also be ignored.
   * @throws {TypeError} If the name or the ID has a line end or a NUL, or the data has no JSON form.
   */
  send(data: Message, fields: EventFields = {}): Promise<void> {
    const raw = rawMessage(data);
    const text = raw === null ? jsonEncode(data) : typeof raw === "string" ? raw : new TextDecoder().decode(raw);
    const delivery = this.#writer.push(eventText(text, fields));
    if (delivery === "dropped") return Promise.resolve();
    return delivery === "closed" ? handled(Promise.reject(this.#writer.reason)) : new EventSent(this.#writer);
  }

  /**
   * Sends a message of a topic; `Topics` calls it. All subscribers share its text. If the topics keep a history, its
   * place there is the ID of the event.
   *
   * @returns `"dropped"` or `"closed"` if too much waits for the client.
   */
  deliver(message: TopicMessage): Delivery {
    // As many as the history keeps.
    if (this.#held !== null) {
      this.#held.push(message);
      return "delivered";
    }
    const coalescing = this.#coalescing;
    if (coalescing?.latest.isEmpty === false) return this.#keepLatest(message);
    const delivery = this.#writer.push(message.encoding(TOPIC_EVENT, topicEvent), coalescing !== null);
    return delivery === "dropped" && coalescing !== null ? this.#keepLatest(message) : delivery;
  }

  /** Sends an event named `gap`: messages of a topic are lost. `Topics` calls it. */
  onGap({ missed }: Pick<TopicGap, "missed">): void {
    this.#writer.push(eventText(JSON.stringify({ missed }), { event: "gap" }));
  }

  /**
   * Registers a callback for the end of the stream; registering the same callback again changes nothing. `Topics`
   * unsubscribes a stream by it.
   *
   * @throws {StreamClosedError} If the stream has ended.
   */
  whenClosed(callback: (stream: EventStream) => void): void {
    if (this.#writer.ended) throw this.#writer.reason;
    const callbacks = this.#endCallbacks;
    if (callbacks.includes(callback)) return;
    this.#whenClosed = callbacks.length === 0 ? callback : [...callbacks, callback];
  }

  /** Ends the stream after what was sent. A browser comes back after a while; a page that is done closes its end. */
  close(options: EventStreamCloseOptions = {}): void {
    const { retry } = options;
    if (retry !== undefined) checkNumbers({ retry });
    this.#writer.finish("server", retry === undefined ? "" : retryText(retry));
  }

  async #followTopic({ topics, topic }: TopicFeed): Promise<void> {
    const since = positionOf(this.lastEventId);
    this.#held = [];
    try {
      const { recovered } = await topics.subscribe(topic, this, { since });
      const held = this.#held;
      this.#held = null;
      if (this.lastEventId !== null && (since === null || !recovered)) this.onGap({ missed: null });
      for (const message of held) this.#deliverMissed(message);
    } catch (error) {
      // The topics are closed, or keep no history.
      if (!this.#writer.ended) appLog.error("An event stream cannot follow topic %s", topic, toError(error));
      this.close();
    }
  }

  /** Sends what the client has missed. If that broke the stream off, the client would ask for the same again. */
  #deliverMissed(message: TopicMessage): void {
    if (this.#writer.breaksOff) this.#writer.addMissed(message.encoding(TOPIC_EVENT, topicEvent));
    else this.deliver(message);
  }

  get #endCallbacks(): readonly EndCallback[] {
    const callbacks = this.#whenClosed;
    if (typeof callbacks === "function") return [callbacks];
    return callbacks ?? [];
  }

  #tellEnd(): void {
    for (const call of this.#endCallbacks) {
      try {
        call(this);
      } catch (error) {
        // The others are to be told as well.
        appLog.error("A callback of an event stream has failed", toError(error));
      }
    }
  }

  #keepLatest(message: TopicMessage): Delivery {
    const { latest, keyOf } = this.#coalescing ?? { latest: new LatestMessages(0), keyOf: topicOf };
    if (!latest.keep(keyOf(message), message)) return this.#writer.push(message.encoding(TOPIC_EVENT, topicEvent));
    this.#writer.wantsRoom = true;
    return "delivered";
  }
}

/** The promise of an event, made if a sender awaits it. */
class EventSent extends LazyPromise {
  readonly #writer: StreamWriter;
  readonly #position: number;

  constructor(writer: StreamWriter) {
    super();
    this.#writer = writer;
    this.#position = writer.position;
  }

  protected override promise(): Promise<void> {
    return this.#writer.waitFor(this.#position);
  }
}

function topicEvent({ text, position }: TopicMessage): Bytes {
  return utf8(eventText(text, position === null ? {} : { id: `${position.epoch}-${position.offset}` }));
}

function topicOf({ topic }: TopicMessage): string {
  return topic;
}

function isFeed(history: EventHistory | TopicFeed | null): history is TopicFeed {
  return history !== null && "topics" in history;
}

/** Returns the position that an ID names, `null` if it is not one of ours. */
function positionOf(id: string | null): HistoryPosition | null {
  const [, epoch = "", offset = ""] = /^(.+)-(\d{1,15})$/.exec(id ?? "") ?? [];
  return epoch === "" ? null : { epoch, offset: Number(offset) };
}

/** The frames that a stream of events sends by itself; the time to come back is another one for each client. */
const EVENTS: StreamFormat = {
  beat: HEARTBEAT,
  farewell: (retry) => retryText(retry * (0.5 + Math.random())),
};

/** One object for the many streams that have the same options. */
const DEFAULTS: StreamSettings = {
  format: EVENTS,
  heartbeat: DEFAULT_HEARTBEAT,
  retry: DEFAULT_RETRY,
  highWaterMark: DEFAULT_HIGH_WATER_MARK,
  backpressure: "close",
};

/** @throws {RangeError} If one is negative or not a number. */
function completeOptions(
  { history: _, coalesceKey: __, keepOpen: ___, ...options }: EventStreamOptions,
): StreamSettings {
  if (Object.keys(options).length === 0) return DEFAULTS;
  const { heartbeat = DEFAULT_HEARTBEAT, retry = DEFAULT_RETRY } = options;
  const { highWaterMark = DEFAULT_HIGH_WATER_MARK, backpressure = "close" } = options;
  checkNumbers({ heartbeat, retry, highWaterMark });
  return { format: EVENTS, heartbeat: heartbeat || Infinity, retry, highWaterMark, backpressure };
}

function lastEventIdOf({ request }: RequestHandler): string | null {
  const header = request.headers.get("Last-Event-ID");
  // Browsers send UTF-8, of which each byte is a character here.
  if (header !== null && header !== "") return new TextDecoder().decode(latin1Bytes(header));
  // The arguments, once they are parsed, take memory as long as the stream lives.
  return request.query === "" ? null : new URLSearchParams(request.query).get("lastEventId") || null;
}

function checkNumbers(options: Readonly<Record<string, number>>): void {
  for (const [name, value] of Object.entries(options)) {
    if (!(value >= 0)) {
      throw new RangeError(`Invalid ${name} of an event stream: ${Deno.inspect(value)} is not 0 or more`);
    }
  }
}
