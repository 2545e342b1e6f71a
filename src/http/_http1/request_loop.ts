import type { ByteBuffer } from "../../internal/byte_buffer.ts";
import { currentClock, WheelTimer } from "../../internal/clock.ts";
import { type EndReason, events, type Refusal, refusalOf } from "../../internal/events.ts";
import { toError } from "../../internal/promises.ts";
import { appLog, genLog } from "../../util/log.ts";
import { LINGER_BYTES, LINGER_SECONDS } from "../../net/internal.ts";
import type { BaseIOStream, StreamConsumer } from "../../net/iostream.ts";
import type { HTTPMessageDelegate, HTTPRequestContext, HTTPServerConnectionDelegate } from "../_httputil/delegates.ts";
import { HTTPInputError, refusalKind } from "../_httputil/errors.ts";
import { type ConnectionParts, Exchange, type ExchangeDriver } from "./exchange.ts";
import { errorResponse } from "./message_head.ts";
import type { HTTP1ConnectionParameters } from "./parameters.ts";
import { refusalMessage } from "./refusal_message.ts";
import { RequestHeadParser } from "./request_head.ts";

/** Unsent bytes from which on no further request of the connection is served: the client asks and does not read. */
const WRITE_HIGH_WATER = 65536;
/** Unsent bytes that the kernel takes immediately, unless the client has left earlier answers unread. */
const SHORT_ANSWER = 16384;
/** Milliseconds for which the pipelined requests of one connection may keep the event loop from the others. */
const PIPELINE_SLICE = 5;
/** Parsers kept for reuse: a connection has one only between the first and the last byte of a head. */
const PARSER_POOL = 64;

// What a connection does and waits for, as bits: each field would take eight bytes of every connection. Why the next
// request has to wait: for the server, for the peer to read, for the other connections.
const HELD = 1;
const UNREAD = 2;
const YIELDED = 4;
const WAITS = HELD | UNREAD | YIELDED;
/** Bytes are being worked on. */
const LOOPING = 8;
/** The last response is on its way, so that whatever comes now is dropped. */
const CLOSING = 16;
/** The server has told an idle connection to end. */
const RETIRED = 32;
/** The client has said that it sends no other request. */
const SAID_LAST = 64;

const parsers: RequestHeadParser[] = [];

/** How a connection is drained. */
interface Drain {
  /** Seconds to wait for another request. */
  readonly grace: number;
  /** Until when a client that pipelines is not told to stop, as {@linkcode tenths}. */
  readonly end: number;
}

/** The pieces of time in which pipelined requests are served. */
interface Slices {
  /** When the current run of pipelined requests began, or 0. */
  start: number;
  /** The timer for the turn in which a connection goes on that has given way to others, or `null`. */
  nextTurn: ReturnType<typeof setTimeout> | null;
}

/**
 * Serves the requests of one connection, one after another: sequence, time-outs, errors and the end.
 *
 * It is one object with few fields, since a server may have many thousands.
 */
export class RequestLoop extends WheelTimer implements ConnectionParts, ExchangeDriver, StreamConsumer {
  readonly stream: BaseIOStream;
  readonly params: HTTP1ConnectionParameters;
  readonly context: HTTPRequestContext | null;

  #delegate: HTTPServerConnectionDelegate | null = null;
  #exchange: Exchange | null = null;
  #parser: RequestHeadParser | null = null;
  #drain: Drain | null = null;
  /** There once the client has sent a request before the response to another. */
  #slices: Slices | null = null;
  /** Bytes dropped since an error was sent, or -1. */
  #lingered = -1;
  /** The stream's count of written bytes when the last write time-out was armed. */
  #progress = 0;
  /**
   * As {@linkcode tenths}: when the body of the current request has to be complete, 0 for no limit; between requests,
   * when the connection will have been idle for long enough.
   */
  #limit = 0;
  #state = 0;

  constructor(stream: BaseIOStream, params: HTTP1ConnectionParameters, context: HTTPRequestContext | null) {
    super(currentClock().wheel);
    this.stream = stream;
    this.params = params;
    this.context = context;
  }

  /** The object that stands for the connection in the calls of the delegate. */
  protected get connection(): object {
    return this;
  }

  /** Begins to serve; `delegate` gets a `startRequest` for each request and one `onClose`. */
  serve(delegate: HTTPServerConnectionDelegate): void {
    this.#delegate = delegate;
    // A client that connects and says nothing has as long as one that says half a head.
    this.start(Math.min(this.params.headerTimeout, this.params.idleConnectionTimeout));
    this.stream.consume(this);
  }

  /** Begins no request until {@linkcode RequestLoop.drain}. */
  hold(): void {
    this.#state |= HELD;
  }

  /**
   * Ends the connection in order: answers the request under way and those that have arrived, and waits `grace` seconds
   * for one that may be on its way.
   */
  drain(grace: number): void {
    this.#drain = { grace, end: tenths(grace) };
    this.#goOn(HELD);
    if (this.#exchange !== null || !this.#isIdle || this.stream.closed()) return;
    if (grace === 0) this.stream.closeWhenWritten();
    else if (!this.#parser?.started) this.#armIdle();
  }

  get isRetired(): boolean {
    return this.#is(RETIRED);
  }

  /** Ends the connection after its next response, and otherwise when it has been idle for as long as any. */
  retire(): void {
    this.#state |= RETIRED;
    this.drain(this.params.idleConnectionTimeout);
  }

  get ending(): boolean {
    if (this.#drain === null || this.stream.readBufferSize > 0) return false;
    return this.#slices === null || this.#drain.end <= tenths(0);
  }

  /** Closes the connection, also in the middle of a response. */
  close(): void {
    this.#givesUp("server");
    this.stream.abort();
    // A stream that is not read for a turn has nothing to tell its end to.
    this.#endYield();
  }

  onData(buffer: ByteBuffer): void {
    if (this.#is(LOOPING)) return;
    this.#state |= LOOPING;
    try {
      this.#loop(buffer);
    } catch (error) {
      appLog.error("Uncaught exception", toError(error));
      this.stream.close();
    } finally {
      this.#state &= ~LOOPING;
    }
  }

  onEnd(_error: Error | null): void {
    this.cancel();
    if (this.#parser !== null) releaseParser(this.#parser);
    this.#parser = null;
    const exchange = this.#exchange;
    this.#exchange = null;
    exchange?.streamClosed();
    this.#leave();
  }

  wanted(): void {
    const timeout = this.#exchange?.bodyTimeout ?? null;
    if (timeout !== null && this.#limit === 0) this.#limit = tenths(timeout);
    if (this.#is(LOOPING)) return;
    this.#armBody();
    this.stream.resume();
  }

  wrote(): void {
    if (this.#is(LOOPING)) return;
    this.#armWrite();
  }

  finished(keepAlive: boolean): void {
    this.#exchange = null;
    if (!keepAlive) return this.#closeInOrder();
    if (this.stream.readBufferSize > 0) this.#slices ??= { start: 0, nextTurn: null };
    if (!this.#is(LOOPING)) this.#next();
  }

  failed(error: HTTPInputError | null): void {
    this.#exchange = null;
    if (error !== null) this.#report(error);
    this.#linger();
  }

  detached(): void {
    this.#exchange = null;
    this.cancel();
    this.stream.consume(null);
    this.#leave();
  }

  #loop(buffer: ByteBuffer): void {
    for (;;) {
      // Whatever ran last may have closed the stream or given it away.
      if (this.#delegate === null) return;
      if (this.#is(CLOSING) || this.#lingered >= 0) return this.#discard(buffer);
      const exchange = this.#exchange;
      if (exchange !== null) {
        if (exchange.wantsBody) {
          if (buffer.length === 0) return this.#armBody();
          exchange.feed(buffer);
          continue;
        }
        this.stream.pause();
        return this.#armWrite();
      }
      if (this.#is(WAITS)) return this.stream.pause();
      if (this.stream.writeBufferSize > WRITE_HIGH_WATER) return this.#waitForReader();
      if (buffer.length === 0) return this.#armIdle();
      if (this.#slices !== null && sliceIsOver(this.#slices) && !this.stream.closed()) return this.#yield(this.#slices);
      if (!this.#parse(buffer)) return;
    }
  }

  /** Parses a head and begins its exchange; returns false if more bytes are needed. */
  #parse(buffer: ByteBuffer): boolean {
    const parser = this.#parser ??= parsers.pop() ?? new RequestHeadParser();
    const started = parser.started;
    try {
      if (!parser.parse(buffer.bytes, buffer.start, buffer.end, this.params.maxHeaderSize)) {
        if (!started) this.start(this.params.headerTimeout);
        return false;
      }
    } catch (error) {
      this.#parser = null;
      releaseParser(parser);
      if (!(error instanceof HTTPInputError)) throw error;
      this.#refuse(error);
      return true;
    }
    // What follows may close the connection, which gives back a parser that is still its own.
    this.#parser = null;
    buffer.start += parser.length;
    const { gates } = events;
    const refusal = gates === null ? null : refusalOf(gates, parser);
    if (refusal === null) this.#begin(parser);
    else this.#turnAway(parser, refusal);
    releaseParser(parser);
    return true;
  }

  #begin(parser: RequestHeadParser): void {
    const delegate = this.#delegate;
    if (delegate === null) return;
    const exchange = new Exchange(this);
    this.#exchange = exchange;
    if (parser.isLast) this.#state |= SAID_LAST;
    this.#limit = 0;
    let message: HTTPMessageDelegate;
    try {
      message = delegate.startRequest(this.connection, exchange);
    } catch (error) {
      appLog.error("Uncaught exception", toError(error));
      this.#exchange = null;
      this.stream.send(errorResponse(500));
      return this.#linger();
    }
    exchange.begin(this, message, parser);
  }

  /** Goes on after an exchange that ended outside the loop. */
  #next(): void {
    if (this.stream.readBufferSize === 0) this.#armIdle();
    this.stream.resume();
  }

  #refuse(error: HTTPInputError): void {
    this.#report(error);
    this.stream.send(errorResponse(error.statusCode));
    this.#linger();
  }

  /** Refuses a request before anything was made for it but its head. */
  #turnAway(parser: RequestHeadParser, refusal: Refusal): void {
    if (this.stream.closed()) return;
    this.stream.sendShared(refusalMessage(refusal, parser.method));
    // Bytes that nobody reads would turn the close into a reset, which may overtake the response.
    if (parser.fields.bodyLength(0) === 0 && this.stream.readBufferSize === 0) this.stream.close();
    else this.#linger();
  }

  #report(error: HTTPInputError): void {
    const peer = this.context?.remoteIp ?? "unknown";
    events.connections?.refused(refusalKind(error));
    if (error.statusCode === 408) genLog.info("%s from %s", error.message, peer);
    else genLog.info("Malformed HTTP message from %s: %s", peer, error.message);
  }

  #closeInOrder(): void {
    // Bytes that nobody read would turn the close into a reset, which may overtake the response.
    if (this.stream.readBufferSize > 0) return this.#linger();
    this.#state |= CLOSING;
    this.#armWrite();
    // A read under way at the close would have to be canceled, which is a tenth of what a TLS connection costs. While a
    // long answer leaves, what the client sends in spite of its word is read and dropped.
    this.stream.closeWhenWritten(!this.#is(SAID_LAST) || this.stream.writeBufferSize > SHORT_ANSWER);
  }

  #linger(): void {
    if (this.stream.closed()) return;
    this.#lingered = 0;
    this.#armWrite();
    // A failure shows as the end of the stream.
    this.stream.closeWrite().then(() => {
      if (this.#delegate !== null) this.start(LINGER_SECONDS);
    }, ignore);
    if (!this.#is(LOOPING)) this.stream.resume();
  }

  #discard(buffer: ByteBuffer): void {
    if (this.#lingered >= 0) this.#lingered += buffer.length;
    buffer.start = buffer.end;
    if (this.#lingered > LINGER_BYTES) this.stream.abort();
  }

  #waitForReader(): void {
    this.#leaveOff(UNREAD);
    this.#armWrite();
    const again = () => this.#takeUp(UNREAD);
    this.stream.drained().then(again, again);
  }

  /** Lets other connections have a turn of the event loop. */
  #yield(slices: Slices): void {
    slices.start = 0;
    this.#leaveOff(YIELDED);
    // Not setImmediate, which Deno repeats many times before it looks at other sockets.
    slices.nextTurn = setTimeout(() => this.#endYield(), 0);
  }

  #endYield(): void {
    const slices = this.#slices;
    if (slices === null || slices.nextTurn === null) return;
    clearTimeout(slices.nextTurn);
    slices.nextTurn = null;
    this.#takeUp(YIELDED);
  }

  /**
   * Begins no request for a reason that passes soon. The stream reads nothing meanwhile, so that the end of a client
   * that has sent all its requests is not noticed before they are answered.
   */
  #leaveOff(reason: number): void {
    this.#state |= reason;
    this.stream.consume(null);
  }

  #takeUp(reason: number): void {
    this.#state &= ~reason;
    // Whatever is left to read then, no answer can leave any more.
    if (this.stream.closed()) this.#state |= CLOSING;
    else if (this.stream.readBufferSize === 0) this.#armIdle();
    this.stream.consume(this);
  }

  /** Goes on if that was the only reason to wait. */
  #goOn(reason: number): void {
    this.#state &= ~reason;
    if (!this.#is(WAITS) && this.#delegate !== null && this.#exchange === null) this.#next();
  }

  #armIdle(): void {
    // The response may still be on its way: the shorter limit applies to it, and the longer one after that.
    const { stallTimeout } = this.params;
    const idleConnectionTimeout = this.#drain?.grace ?? this.params.idleConnectionTimeout;
    if (this.#slices !== null) this.#slices.start = 0;
    this.#progress = this.stream.bytesWritten;
    this.#limit = tenths(idleConnectionTimeout);
    this.start(Math.min(stallTimeout, idleConnectionTimeout));
  }

  #armBody(): void {
    const { stallTimeout } = this.params;
    const left = this.#limit === 0 ? stallTimeout : (this.#limit - tenths(0)) / 10;
    this.start(Math.min(stallTimeout, left));
  }

  #armWrite(): void {
    if (this.#exchange?.wantsBody) return this.#armBody();
    if (!this.stream.writing()) return this.pause();
    this.#progress = this.stream.bytesWritten;
    this.start(this.params.stallTimeout);
  }

  get #isIdle(): boolean {
    return this.#exchange === null && !this.#is(CLOSING) && this.#lingered < 0;
  }

  #is(flags: number): boolean {
    return (this.#state & flags) !== 0;
  }

  override onTimeout(): void {
    const { stream } = this;
    const exchange = this.#exchange;
    if (exchange?.wantsBody) {
      this.#givesUp("timeout");
      events.connections?.timedOut("body");
      return exchange.fail(new HTTPInputError("Timeout reading body", { statusCode: 408 }));
    }
    if (stream.writing()) {
      if (stream.bytesWritten !== this.#progress) return this.#isIdle ? this.#armIdle() : this.#armWrite();
      genLog.info("Timeout writing to %s", this.context?.remoteIp ?? "unknown");
      this.#givesUp("timeout");
      events.connections?.timedOut("written");
      return stream.abort();
    }
    if (exchange !== null || this.#is(WAITS)) return;
    if (this.#is(CLOSING) || this.#lingered >= 0) return stream.close();
    if (this.#parser === null || !this.#parser.started) {
      const left = this.#limit - tenths(0);
      return left > 0 ? this.start(left / 10) : stream.close();
    }
    events.connections?.timedOut("head");
    this.#refuse(new HTTPInputError("Timeout reading the request head", { statusCode: 408 }));
  }

  /** Notes why the connection ends, for the listeners of its request. */
  #givesUp(reason: EndReason): void {
    const { context } = this;
    if (context !== null) context.endReason = reason;
  }

  /** Tells the server, once, that the connection is not its any more. */
  #leave(): void {
    const delegate = this.#delegate;
    this.#delegate = null;
    try {
      delegate?.onClose(this.connection);
    } catch (error) {
      appLog.error("Uncaught exception", toError(error));
    }
  }
}

/**
 * The coarse time so many seconds from now, in tenths of a second: small integers, which take no memory of their own.
 */
function tenths(seconds: number): number {
  return Math.round((currentClock().coarse() + seconds) * 10);
}

function sliceIsOver(slices: Slices): boolean {
  const time = performance.now();
  if (slices.start === 0) slices.start = time;
  return time - slices.start > PIPELINE_SLICE;
}

function releaseParser(parser: RequestHeadParser): void {
  parser.reset();
  if (parsers.length < PARSER_POOL) parsers.push(parser);
}

function ignore(): void {}
