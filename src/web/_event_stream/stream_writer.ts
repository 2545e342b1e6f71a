import type { Bytes } from "../../internal/bytes.ts";
import { currentClock, WheelTimer } from "../../internal/clock.ts";
import { handled, toError } from "../../internal/promises.ts";
import { byteLength } from "../../internal/utf8.ts";
import type { HTTPHeaders } from "../../http/httputil.ts";
import { StreamClosedError } from "../../net/iostream.ts";
import type { Delivery } from "../../pubsub/mod.ts";
import { appLog, genLog } from "../../util/log.ts";
import type { ResponseWatcher } from "../_request_handler/handler_state.ts";
import { stateOf } from "../_request_handler/private_parts.ts";
import { requestSummary } from "../_request_handler/request_log.ts";
import { DrainError } from "../errors.ts";
import type { RequestHandler } from "../request_handler.ts";
import type { EventReader } from "./event_history.ts";

/** Characters that are read from a history for one write: enough for a packet or two, and quickly made. */
const HISTORY_PIECE = 16 * 1024;

/** The ends of a stream; see `EventStreamEnd`. */
export type StreamEnd = "client" | "drain" | "slow" | "server";

/** The frames that a stream sends by itself. */
export interface StreamFormat {
  /** A frame that clients ignore. */
  readonly beat: string;
  /** Makes the last frame, when the server drains; `retry` is that of the settings. */
  readonly farewell: (retry: number) => string;
}

/** The limits of a stream. Times are in seconds, sizes in bytes. */
export interface StreamSettings {
  readonly format: StreamFormat;
  /** After so long without a frame the beat is sent; `Infinity` for never. */
  readonly heartbeat: number;
  /** When a client comes back. */
  readonly retry: number;
  readonly highWaterMark: number;
  readonly backpressure: "close" | "drop" | "coalesce" | "wait";
}

/** Streams that have frames to write. */
let woken: StreamWriter[] = [];
/** Streams that have written in this turn of the event loop. */
let rested: StreamWriter[] = [];

/** Lets a stream write when the code that runs now pauses. */
function soon(writer: StreamWriter): void {
  // One closure for all of them.
  if (woken.push(writer) === 1) queueMicrotask(endSleep);
}

function endSleep(): void {
  const writers = woken;
  woken = [];
  for (const writer of writers) writer.write();
}

/** Lets a stream write again in the next turn. */
function rest(writer: StreamWriter): void {
  // Not a timer, which would hold a frame back for a millisecond.
  if (rested.push(writer) === 1) setImmediate(endRest);
}

function endRest(): void {
  const writers = rested;
  rested = [];
  for (const writer of writers) writer.goOn();
}

// The state of a stream as bits: each field would take eight bytes of every stream.
/** A write is under way or about to begin, or the stream has written in this turn of the event loop. */
const BUSY = 1;
/** The stream is to tell when nothing waits. */
const WANTS_ROOM = 2;

/** A sender that waits until the kernel has what it sent. */
interface Waiter {
  readonly position: number;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/** Fields that most streams never need. */
interface Extras {
  /** Frames that were left out. */
  dropped: number;
  /** The seconds of the drain that has begun, or -1. */
  draining: number;
  /** The position up to which nothing counts as waiting. */
  missed: number;
  waiters: Waiter[] | null;
}

/**
 * A response that goes on: frames that leave at the end of the turn, a bound for those that wait, beats in silence, an
 * end in the course of a drain.
 *
 * It is one object with few fields, since a server may have many thousands.
 */
export class StreamWriter extends WheelTimer implements ResponseWatcher {
  readonly #handler: RequestHandler;
  readonly #settings: StreamSettings;
  /** There once it was asked for, with the function that resolves it: the one that rejects would take 64 bytes. */
  #closed: Promise<StreamEnd> | null = null;
  #tellClosed: ((end: StreamEnd) => void) | null = null;
  #reader: EventReader | null = null;
  #end: StreamEnd | null = null;
  #state = 0;
  /** Bytes that are written and not yet taken by the kernel. */
  #inFlight = 0;
  /** Bytes added since the last write. */
  #added = 0;
  /** All bytes taken so far. */
  #taken = 0;
  #extras: Extras | null = null;

  /** Begins to watch the response; headers are the caller's. */
  constructor(handler: RequestHandler, settings: StreamSettings) {
    super(currentClock().wheel);
    this.#handler = handler;
    this.#settings = settings;
    this.start(settings.heartbeat);
    stateOf(handler).watch(this);
  }

  /** Resolves when the stream has ended. */
  get closed(): Promise<StreamEnd> {
    if (this.#end !== null) return Promise.resolve(this.#end);
    return this.#closed ??= new Promise((resolve) => this.#tellClosed = resolve);
  }

  /** Tells whether the stream has ended. */
  get ended(): boolean {
    return this.#end !== null;
  }

  /** The bytes that wait for the client. */
  get waiting(): number {
    return this.#end === null ? this.#inFlight + this.#added : 0;
  }

  /** The number of frames that were left out. */
  get dropped(): number {
    return this.#extras?.dropped ?? 0;
  }

  /** Asks for a call of {@linkcode onRoom}. */
  set wantsRoom(wants: boolean) {
    this.#state = wants ? this.#state | WANTS_ROOM : this.#state & ~WANTS_ROOM;
  }

  /** Tells whether a frame that finds too much waiting ends the stream. */
  get breaksOff(): boolean {
    return this.#settings.backpressure === "close";
  }

  /** The number of bytes that the kernel has when it has all that was sent so far. */
  get position(): number {
    return this.#taken + this.#inFlight + this.#added;
  }

  /** The error for those who send after the end. */
  get reason(): Error {
    return this.#end === "drain" ? new DrainError(this.#extras?.draining ?? 0) : new StreamClosedError();
  }

  /** Sends a frame, if there is room for it; one that is `kept` otherwise is not counted as dropped. */
  push(frame: string | Bytes, kept = false): Delivery {
    if (this.#end !== null) return "closed";
    const length = byteLength(frame);
    const { waiting } = this;
    const { highWaterMark, backpressure } = this.#settings;
    const hasRoom = waiting === 0 || waiting + length <= highWaterMark ||
      this.position - (this.#extras?.missed ?? 0) + length <= highWaterMark;
    if (hasRoom || backpressure === "wait") {
      this.add(frame, length);
      return "delivered";
    }
    if (kept) return "dropped";
    if (backpressure === "drop") {
      this.#needed.dropped++;
      return "dropped";
    }
    // The end calls the application, which might publish: the other subscribers of a topic get this message first.
    queueMicrotask(() => this.#giveUp(waiting));
    return "closed";
  }

  /** Adds a frame to the body, which the end of the response would send as well. */
  add(frame: string | Bytes, length: number = byteLength(frame)): void {
    stateOf(this.#handler).append(frame);
    this.#added += length;
    this.wake();
  }

  /** Sends a frame that does not count as waiting, nor do those before it. */
  addMissed(frame: Bytes): void {
    if (this.#end !== null) return;
    this.add(frame);
    this.#needed.missed = this.position;
  }

  /** Reads frames whenever there is room, until its end. */
  follow(reader: EventReader): void {
    this.#reader = reader;
    this.wake();
  }

  /**
   * Writes the frames that there are, in one piece. Those that follow in the same turn of the event loop are written in
   * the next one, since a producer whose frames are only microtasks apart would pay for a write of each.
   */
  wake(): void {
    if ((this.#state & BUSY) !== 0 || this.#end !== null) return;
    this.#state |= BUSY;
    soon(this);
  }

  /** Writes what there is; called some microtasks after {@linkcode wake}. */
  write(): void {
    const state = stateOf(this.#handler);
    const hasOnlyFrames = this.#reader === null && this.#added > 0;
    try {
      if (this.#end !== null || state.finished || !hasOnlyFrames || !state.flushNow()) return void this.#flush();
    } catch {
      return this.#settle("client");
    }
    this.#inFlight = this.#added;
    this.#added = 0;
    rest(this);
  }

  /** Goes on in the next turn of the event loop after a write: with what has come since. */
  goOn(): void {
    if (this.#end === null && this.#inFlight > 0) {
      const { connection } = stateOf(this.#handler);
      // A client that reads slowly.
      if (connection.unsent !== 0) {
        return void connection.drained().then(() => this.goOn(), () => this.#settle("client"));
      }
      this.#taken += this.#inFlight;
      this.#inFlight = 0;
      this.#tellTaken();
      if (this.#added === 0) this.#tellRoom();
    }
    if (this.#end === null && (this.#added > 0 || this.#reader !== null)) this.write();
    else this.#state &= ~BUSY;
  }

  /** Ends the response after a last frame. */
  finish(end: StreamEnd, last: string = ""): void {
    const handler = this.#handler;
    if (this.#end !== null) return;
    if (last !== "" && !stateOf(handler).finished) stateOf(handler).append(last);
    this.#settle(end);
    if (!stateOf(handler).finished) handled(handler.finish());
  }

  /** Waits until the kernel has so many bytes. */
  waitFor(position: number): Promise<void> {
    if (this.#taken >= position || this.#sendsRest) return Promise.resolve();
    if (this.#end !== null) return handled(Promise.reject(this.reason));
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    (this.#needed.waiters ??= []).push({ position, resolve, reject });
    return handled(promise);
  }

  clientGone(): void {
    this.#settle("client");
  }

  over(): void {
    this.#settle("server");
  }

  /** Ends at a random moment of the first half of the time, as WebSockets do. */
  drain(seconds: number): void {
    if (this.#end !== null) return;
    this.#needed.draining = seconds;
    this.start(Math.random() * seconds / 2);
  }

  override onTimeout(): void {
    const { heartbeat, retry, format } = this.#settings;
    if (this.#isDraining) return this.finish("drain", format.farewell(retry));
    // A client that has not taken the last bytes needs no more of them.
    if (this.waiting > 0) this.start(heartbeat);
    else this.add(format.beat);
  }

  /** Learns that the stream has ended; a subclass overrides it. */
  protected onEnd(): void {}

  /** Learns, once after each `wantsRoom`, that nothing waits for the client. */
  protected onRoom(): void {}

  /** Writes the head, from a history, or where only a promise tells that the kernel has the frames. */
  async #flush(): Promise<void> {
    const state = stateOf(this.#handler);
    let hasWritten = false;
    while (this.#fills()) {
      const isFull = this.#added >= HISTORY_PIECE;
      this.#inFlight = this.#added;
      this.#added = 0;
      const isHead = !state.headersWritten;
      try {
        await state.flush();
      } catch {
        return this.#settle("client");
      }
      // It is half a kilobyte of each stream.
      if (isHead) state.forgetHead();
      this.#taken += this.#inFlight;
      this.#inFlight = 0;
      this.#tellTaken();
      hasWritten = true;
      if (!isFull) break;
    }
    if (hasWritten) rest(this);
    else this.#state &= ~BUSY;
    if (this.#added > 0) return;
    this.#tellRoom();
    try {
      if (this.#reader?.atEnd === true) this.finish("server");
    } catch (error) {
      this.#failReading(error);
    }
  }

  /** Returns whether there is something to write. A history that cannot be read ends the stream. */
  #fills(): boolean {
    try {
      return this.#fill();
    } catch (error) {
      this.#failReading(error);
      return false;
    }
  }

  #failReading(error: unknown): void {
    this.#logReading(error);
    this.finish("server");
  }

  #logReading(error: unknown): void {
    appLog.error("A history cannot be read: %s", requestSummary(this.#handler.request), toError(error));
  }

  /** The kernel has what was written. */
  #tellTaken(): void {
    this.#wakeWaiters();
    if (!this.#isDraining && this.#end === null) this.start(this.#settings.heartbeat);
  }

  /** Nothing waits for the client. */
  #tellRoom(): void {
    if ((this.#state & WANTS_ROOM) === 0) return;
    this.wantsRoom = false;
    this.onRoom();
  }

  /** Returns whether there is something to write. */
  #fill(): boolean {
    const state = stateOf(this.#handler);
    if (this.#end !== null || state.finished) return false;
    const text = this.#added < HISTORY_PIECE ? this.#reader?.read(HISTORY_PIECE) ?? "" : "";
    if (text !== "") {
      state.append(text);
      this.#added += byteLength(text);
    }
    return this.#added > 0;
  }

  #giveUp(waiting: number): void {
    if (this.#end !== null) return;
    const { request } = this.#handler;
    const state = stateOf(this.#handler);
    const summary = requestSummary(request);
    genLog.info("Closing a stream: %d bytes wait for a client that does not read: %s", waiting, summary);
    this.#settle("slow");
    state.body = null;
    state.connection.abort();
  }

  #settle(end: StreamEnd): void {
    if (this.#end !== null) return;
    this.#end = end;
    this.cancel();
    const reader = this.#reader;
    this.#reader = null;
    this.#tellClosed?.(end);
    this.#wakeWaiters();
    // Before the calls of the application, which may throw.
    if (stateOf(this.#handler).staysOpen) queueMicrotask(() => this.#conclude());
    try {
      reader?.close();
    } catch (error) {
      this.#logReading(error);
    }
    this.onEnd();
  }

  /** Ends a request that no method ends. */
  #conclude(): void {
    const handler = this.#handler;
    const state = stateOf(handler);
    if (state.finished) return;
    try {
      handled(handler.finish());
    } catch (error) {
      appLog.error("Uncaught exception %s", requestSummary(handler.request), toError(error));
      state.abandon();
    }
  }

  /** The end of the response sends what was added before. */
  get #sendsRest(): boolean {
    return this.#end === "server" || this.#end === "drain";
  }

  get #isDraining(): boolean {
    return this.#extras !== null && this.#extras.draining >= 0;
  }

  get #needed(): Extras {
    return this.#extras ??= { dropped: 0, draining: -1, missed: 0, waiters: null };
  }

  #wakeWaiters(): void {
    const extras = this.#extras;
    const waiters = extras?.waiters ?? null;
    if (extras === null || waiters === null) return;
    while (waiters.length > 0) {
      const [first] = waiters;
      if (first === undefined || (first.position > this.#taken && this.#end === null)) return;
      waiters.shift();
      if (first.position <= this.#taken || this.#sendsRest) first.resolve();
      else first.reject(this.reason);
    }
    extras.waiters = null;
  }
}

/** Sets the headers of a stream. */
export function beginStream(headers: HTTPHeaders, contentType: string): void {
  headers.set("Content-Type", contentType);
  // Its length is not known, whatever the application has set.
  headers.delete("Content-Length");
  // A proxy that compressed the stream would hold frames back, and nginx would until its buffer is full.
  headers.setdefault("Cache-Control", "no-store, no-transform");
  headers.setdefault("X-Accel-Buffering", "no");
}
