import { currentClock, TimerEntry } from "../internal/clock.ts";
import type { Bytes } from "../internal/bytes.ts";
import { type Message, rawMessage } from "../internal/json_object.ts";
import { handled, LazyPromise } from "../internal/promises.ts";
import { byteLength, latin1Bytes } from "../internal/utf8.ts";
import { StreamClosedError } from "../net/iostream.ts";
import type { Delivery, Subscriber, TopicMessage } from "../pubsub/mod.ts";
import { jsonEncode, utf8 } from "../util/escape.ts";
import { genLog } from "../util/log.ts";
import type { EventHistory, EventReader } from "./_event_stream/event_history.ts";
import { type EventFields, eventText, HEARTBEAT, retryText } from "./_event_stream/event_text.ts";
import { requestSummary } from "./_request_handler/request_log.ts";
import { DrainError } from "./errors.ts";
import type { RequestHandler } from "./request_handler.ts";

export type { EventHistory, EventReader } from "./_event_stream/event_history.ts";
export type { EventFields } from "./_event_stream/event_text.ts";

/** Proxies cut a connection that is silent for a minute, some for half of one. */
const DEFAULT_HEARTBEAT = 15;
/** What browsers wait for unless they are told otherwise. */
const DEFAULT_RETRY = 3;
/** Some thousand events: a client that has not read so much does not read. */
const DEFAULT_HIGH_WATER_MARK = 2 ** 20;
/** Characters that are read from a history for one write: enough for a packet or two, and quickly made. */
const HISTORY_PIECE = 16 * 1024;

/** Decides about an event for a client that has too much waiting: `"wait"` queues it, and the sender has to wait. */
export type EventBackpressure = "close" | "drop" | "wait";

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
   * Events that are sent from the last one that the client has received, and as they come.
   *
   * @default {null}
   */
  history?: EventHistory | null;
  /**
   * Bytes that may wait for the client before `backpressure` applies.
   *
   * @default {1048576}
   */
  highWaterMark?: number;
  /**
   * The fate of an event that finds too much waiting: `"close"` breaks the stream off, so that the client comes back
   * and names what it has; `"drop"` leaves the event out, and counts it; `"wait"` keeps it, and the sender has to await
   * {@linkcode EventStream.send}, otherwise memory grows without a bound.
   *
   * @default {"close"}
   */
  backpressure?: EventBackpressure;
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
 * The response ends with the method that answers the request, so that method waits for {@linkcode EventStream.closed}.
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
 *   override async get(): Promise<void> {
 *     const events = this.eventStream();
 *     events.send({ ACME: 12 }, { event: "price", id: "1" });
 *     topics.subscribe("news", events);
 *     await events.closed;
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
  /** Resolves with the reason when the stream has ended. */
  readonly closed: Promise<EventStreamEnd>;
  readonly #handler: RequestHandler;
  readonly #resolve: (end: EventStreamEnd) => void;
  readonly #timer: TimerEntry;
  readonly #heartbeat: number;
  readonly #retry: number;
  readonly #highWaterMark: number;
  readonly #backpressure: EventBackpressure;
  #reader: EventReader | null = null;
  #end: EventStreamEnd | null = null;
  /** The seconds of the drain that has begun, or `null`. */
  #draining: number | null = null;
  /** A write is under way, or about to begin. */
  #busy = false;
  /** Bytes that are written and not yet taken by the kernel. */
  #inFlight = 0;
  /** Bytes added since the last write. */
  #added = 0;
  /** All bytes taken so far. */
  #taken = 0;
  #dropped = 0;
  #waiters: Waiter[] | null = null;
  #whenClosed: ((stream: EventStream) => void)[] | null = null;

  /**
   * Begins the response; handlers call {@linkcode RequestHandler.eventStream} instead.
   *
   * @throws {Error} If headers have been sent.
   * @throws {RangeError} If an option is negative or not a number.
   */
  constructor(handler: RequestHandler, options: EventStreamOptions = {}) {
    const { heartbeat = DEFAULT_HEARTBEAT, retry = DEFAULT_RETRY, history = null } = options;
    const { highWaterMark = DEFAULT_HIGH_WATER_MARK, backpressure = "close" } = options;
    checkNumbers({ heartbeat, retry, highWaterMark });
    const state = handler._handlerState;
    if (state.headersWritten || state.finished) throw new Error("Cannot begin an event stream after the headers");
    const { promise, resolve } = Promise.withResolvers<EventStreamEnd>();
    this.closed = promise;
    this.#resolve = resolve;
    this.#handler = handler;
    this.#heartbeat = heartbeat > 0 ? heartbeat : Infinity;
    this.#retry = retry;
    this.#highWaterMark = highWaterMark;
    this.#backpressure = backpressure;
    this.lastEventId = lastEventIdOf(handler);
    this.#timer = new TimerEntry(currentClock().wheel, () => this.#onTimer());
    state.whenOver(() => this.#settle("server"));
    state.watchClose(() => this.#settle("client"));
    if (history !== null && this.#follow(history)) return;
    this.#begin();
    if (handler.request.method === "HEAD") this.#finish("server", null);
    else state.watchDrain((seconds) => this.#drain(seconds));
  }

  /** The bytes that wait for the client. */
  get bufferedAmount(): number {
    return this.#end === null ? this.#inFlight + this.#added : 0;
  }

  /** The number of events that the policy `"drop"` has left out. */
  get droppedEvents(): number {
    return this.#dropped;
  }

  /**
   * Sends an event.
   *
   * @param data Text; bytes of UTF-8 text; or an object or array, which is sent as JSON. A page gets every kind of line
   * end as a line feed.
   * @returns A promise that resolves when the kernel has the event, or the event was dropped. It rejects with
   * `StreamClosedError`, or a {@linkcode DrainError}, if the stream ends before. Await it, so that a slow client slows
   * down its sender; it may also be ignored.
   * @throws {TypeError} If the name or the ID has a line end or a NUL, or the data has no JSON form.
   */
  send(data: Message, fields: EventFields = {}): Promise<void> {
    const raw = rawMessage(data);
    const text = raw === null ? jsonEncode(data) : typeof raw === "string" ? raw : new TextDecoder().decode(raw);
    const delivery = this.#push(eventText(text, fields));
    if (delivery === "dropped") return Promise.resolve();
    if (delivery === "closed") return handled(Promise.reject(this.#reason()));
    const position = this.#taken + this.#inFlight + this.#added;
    return new EventSent(() => this.#waitFor(position));
  }

  /**
   * Sends a message of a topic; `Topics` calls it. All subscribers share its text.
   *
   * @returns `"dropped"` or `"closed"` if too much waits for the client.
   */
  deliver(message: TopicMessage): Delivery {
    return this.#push(message.encoding(TOPIC_EVENT, topicEvent));
  }

  /**
   * Registers a callback for the end of the stream; registering the same callback again changes nothing. `Topics`
   * unsubscribes a stream by it.
   *
   * @throws {StreamClosedError} If the stream has ended.
   */
  whenClosed(callback: (stream: EventStream) => void): void {
    if (this.#end !== null) throw this.#reason();
    const callbacks = this.#whenClosed ??= [];
    if (!callbacks.includes(callback)) callbacks.push(callback);
  }

  /** Ends the stream after what was sent. A browser comes back after a while; a page that is done closes its end. */
  close(options: EventStreamCloseOptions = {}): void {
    if (this.#end !== null) return;
    if (options.retry !== undefined) checkNumbers({ retry: options.retry });
    this.#finish("server", options.retry ?? null);
  }

  #begin(): void {
    const { headers } = this.#handler._handlerState;
    headers.set("Content-Type", "text/event-stream");
    // A proxy that compressed the stream would hold events back, and nginx would until its buffer is full.
    headers.setdefault("Cache-Control", "no-store, no-transform");
    headers.setdefault("X-Accel-Buffering", "no");
    this.#add(retryText(this.#retry * (0.5 + Math.random())));
    this.#timer.start(this.#heartbeat);
  }

  /** Returns whether the client has everything already: then 204 tells a browser not to come back. */
  #follow(history: EventHistory): boolean {
    const reader = this.#reader = history.follow(this.lastEventId, () => this.#schedule());
    if (!reader.atEnd) return false;
    this.#handler.setStatus(204);
    handled(this.#handler.finish());
    return true;
  }

  #push(event: string | Bytes): Delivery {
    if (this.#end !== null) return "closed";
    const length = byteLength(event);
    const waiting = this.bufferedAmount;
    if (waiting === 0 || waiting + length <= this.#highWaterMark || this.#backpressure === "wait") {
      this.#add(event, length);
      return "delivered";
    }
    if (this.#backpressure === "drop") {
      this.#dropped++;
      return "dropped";
    }
    // The end calls the application, which might publish: the other subscribers of a topic get this message first.
    queueMicrotask(() => this.#giveUp(waiting));
    return "closed";
  }

  /** Adds to the body, which the end of the response would send as well. */
  #add(text: string | Bytes, length: number = byteLength(text)): void {
    this.#handler._handlerState.append(text);
    this.#added += length;
    this.#schedule();
  }

  #schedule(): void {
    if (this.#busy || this.#end !== null) return;
    this.#busy = true;
    // What is sent in one turn leaves in one piece.
    queueMicrotask(() => void this.#write());
  }

  async #write(): Promise<void> {
    const state = this.#handler._handlerState;
    while (this.#fill()) {
      this.#inFlight = this.#added;
      this.#added = 0;
      try {
        await state.flush();
      } catch {
        return this.#settle("client");
      }
      this.#taken += this.#inFlight;
      this.#inFlight = 0;
      this.#wakeWaiters();
      if (this.#draining === null && this.#end === null) this.#timer.start(this.#heartbeat);
    }
    this.#busy = false;
    if (this.#end === null && this.#reader?.atEnd === true) this.#finish("server", null);
  }

  /** Returns whether there is something to write. */
  #fill(): boolean {
    if (this.#end !== null || this.#handler._handlerState.finished) return false;
    const text = this.#added < HISTORY_PIECE ? this.#reader?.read(HISTORY_PIECE) ?? "" : "";
    if (text !== "") {
      this.#handler._handlerState.append(text);
      this.#added += byteLength(text);
    }
    return this.#added > 0;
  }

  #onTimer(): void {
    if (this.#draining !== null) return this.#finish("drain", this.#retry * (0.5 + Math.random()));
    // A client that has not taken the last bytes needs no more of them.
    if (this.#busy) this.#timer.start(this.#heartbeat);
    else this.#add(HEARTBEAT);
  }

  /** Ends at a random moment of the first half of the time, as WebSockets do. */
  #drain(seconds: number): void {
    if (this.#end !== null) return;
    this.#draining = seconds;
    this.#timer.start(Math.random() * seconds / 2);
  }

  #finish(end: EventStreamEnd, retry: number | null): void {
    const handler = this.#handler;
    if (retry !== null && !handler._handlerState.finished) handler._handlerState.append(retryText(retry));
    this.#settle(end);
    if (!handler._handlerState.finished) handled(handler.finish());
  }

  #giveUp(waiting: number): void {
    if (this.#end !== null) return;
    const { request, _handlerState: state } = this.#handler;
    genLog.info(
      "Closing event stream: %d bytes wait for a client that does not read: %s",
      waiting,
      requestSummary(request),
    );
    this.#settle("slow");
    state.body = null;
    state.connection.abort();
  }

  #settle(end: EventStreamEnd): void {
    if (this.#end !== null) return;
    this.#end = end;
    this.#timer.cancel();
    this.#reader?.close();
    this.#reader = null;
    this.#resolve(end);
    this.#wakeWaiters();
    const callbacks = this.#whenClosed;
    this.#whenClosed = null;
    callbacks?.forEach((callback) => callback(this));
  }

  /** The end of the response sends what was added before. */
  get #sendsRest(): boolean {
    return this.#end === "server" || this.#end === "drain";
  }

  #reason(): Error {
    return this.#end === "drain" ? new DrainError(this.#draining ?? 0) : new StreamClosedError();
  }

  #waitFor(position: number): Promise<void> {
    if (this.#taken >= position || this.#sendsRest) return Promise.resolve();
    if (this.#end !== null) return handled(Promise.reject(this.#reason()));
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    (this.#waiters ??= []).push({ position, resolve, reject });
    return handled(promise);
  }

  #wakeWaiters(): void {
    const waiters = this.#waiters;
    if (waiters === null) return;
    while (waiters.length > 0) {
      const [first] = waiters;
      if (first === undefined || (first.position > this.#taken && this.#end === null)) return;
      waiters.shift();
      if (first.position <= this.#taken || this.#sendsRest) first.resolve();
      else first.reject(this.#reason());
    }
    this.#waiters = null;
  }
}

/** A sender that waits until the kernel has what it sent. */
interface Waiter {
  readonly position: number;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/** The promise of an event, made if a sender awaits it. */
class EventSent extends LazyPromise {
  readonly #wait: () => Promise<void>;

  constructor(wait: () => Promise<void>) {
    super();
    this.#wait = wait;
  }

  protected override promise(): Promise<void> {
    return this.#wait();
  }
}

function topicEvent({ text }: TopicMessage): Bytes {
  return utf8(eventText(text, {}));
}

function lastEventIdOf(handler: RequestHandler): string | null {
  const header = handler.request.headers.get("Last-Event-ID");
  // Browsers send UTF-8, of which each byte is a character here.
  if (header !== null && header !== "") return new TextDecoder().decode(latin1Bytes(header));
  const argument = handler.getQueryArgument("lastEventId", "");
  return argument === "" ? null : argument;
}

function checkNumbers(options: Readonly<Record<string, number>>): void {
  for (const [name, value] of Object.entries(options)) {
    if (!(value >= 0)) {
      throw new RangeError(`Invalid ${name} of an event stream: ${Deno.inspect(value)} is not 0 or more`);
    }
  }
}
