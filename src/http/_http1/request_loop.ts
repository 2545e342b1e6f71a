import type { ByteBuffer } from "../../internal/byte_buffer.ts";
import { currentClock, type TimeoutTarget, TimerEntry } from "../../internal/clock.ts";
import { type EndReason, events, type Refusal, refusalOf } from "../../internal/events.ts";
import { toError } from "../../internal/promises.ts";
import { appLog, genLog } from "../../util/log.ts";
import { LINGER_BYTES, LINGER_SECONDS } from "../../net/internal.ts";
import type { BaseIOStream, StreamConsumer } from "../../net/iostream.ts";
import type { HTTPMessageDelegate, HTTPRequestContext, HTTPServerConnectionDelegate } from "../_httputil/delegates.ts";
import { HTTPInputError, refusalKind } from "../_httputil/errors.ts";
import { Exchange, type ExchangeDriver } from "./exchange.ts";
import { errorResponse } from "./message_head.ts";
import type { HTTP1ConnectionParameters } from "./parameters.ts";
import { refusalMessage } from "./refusal_message.ts";
import { RequestHeadParser } from "./request_head.ts";

/** Unsent bytes from which on no further request of the connection is served: the client asks and does not read. */
const WRITE_HIGH_WATER = 65536;
/** Milliseconds for which the pipelined requests of one connection may keep the event loop from the others. */
const PIPELINE_SLICE = 5;
/** Parsers kept for reuse: a connection has one only between the first and the last byte of a head. */
const PARSER_POOL = 64;

// Why the next request has to wait, as bits: for the server, for the peer to read, for the other connections.
const HELD = 1;
const UNREAD = 2;
const YIELDED = 4;

const parsers: RequestHeadParser[] = [];

/** Serves the requests of one connection, one after another: sequence, time-outs, errors and the end. */
export class RequestLoop implements ExchangeDriver, StreamConsumer, TimeoutTarget {
  readonly stream: BaseIOStream;
  readonly params: HTTP1ConnectionParameters;
  readonly #context: HTTPRequestContext | null;
  /** Stands for the connection in the calls of the delegate. */
  readonly #owner: object;

  #delegate: HTTPServerConnectionDelegate | null = null;
  #exchange: Exchange | null = null;
  #parser: RequestHeadParser | null = null;
  #timer: TimerEntry;
  #looping = false;
  /** Seconds for which a drained connection waits for another request, or -1 if it is not being drained. */
  #grace = -1;
  /** Until when a client that pipelines is not told to stop, as {@linkcode tenths}. */
  #graceEnd = 0;
  /** Tells whether the client has sent a request before the response to another. */
  #pipelines = false;
  /** When the current run of pipelined requests began, or 0. */
  #sliceStart = 0;
  /** Tells whether the last response is on its way, so that whatever comes now is dropped. */
  #closing = false;
  /** Bytes dropped since an error was sent, or -1. */
  #lingered = -1;
  /** The stream's count of written bytes when the last write time-out was armed. */
  #progress = 0;
  /** When the body of the current request has to be complete, as {@linkcode tenths}; 0 for no limit. */
  #bodyDeadline = 0;
  /** When the connection will have been idle for long enough, as {@linkcode tenths}. */
  #idleDeadline = 0;
  /** The timer for the turn in which a connection goes on that has given way to others, or `null`. */
  #nextTurn: ReturnType<typeof setTimeout> | null = null;
  /** Why the next request has to wait, or 0. */
  #waits = 0;

  constructor(
    owner: object,
    stream: BaseIOStream,
    params: HTTP1ConnectionParameters,
    context: HTTPRequestContext | null,
  ) {
    this.#owner = owner;
    this.stream = stream;
    this.params = params;
    this.#context = context;
    this.#timer = new TimerEntry(currentClock().wheel, this);
  }

  /** Begins to serve; `delegate` gets a `startRequest` for each request and one `onClose`. */
  start(delegate: HTTPServerConnectionDelegate): void {
    this.#delegate = delegate;
    // A client that connects and says nothing has as long as one that says half a head.
    this.#timer.start(Math.min(this.params.headerTimeout, this.params.idleConnectionTimeout));
    this.stream.consume(this);
  }

  /** Begins no request until {@linkcode RequestLoop.drain}. */
  hold(): void {
    this.#waits |= HELD;
  }

  /**
   * Ends the connection in order: answers the request under way and those that have arrived, and waits `grace` seconds
   * for one that may be on its way.
   */
  drain(grace: number): void {
    this.#grace = grace;
    this.#graceEnd = tenths(grace);
    this.#goOn(HELD);
    if (this.#exchange !== null || !this.#isIdle || this.stream.closed()) return;
    if (grace === 0) this.stream.closeWhenWritten();
    else if (!this.#parser?.started) this.#armIdle();
  }

  get ending(): boolean {
    if (this.#grace < 0 || this.stream.readBufferSize > 0) return false;
    return !this.#pipelines || this.#graceEnd <= tenths(0);
  }

  /** Closes the connection, also in the middle of a response. */
  close(): void {
    this.#givesUp("server");
    this.stream.abort();
    // A stream that is not read for a turn has nothing to tell its end to.
    this.#endYield();
  }

  onData(buffer: ByteBuffer): void {
    if (this.#looping) return;
    this.#looping = true;
    try {
      this.#loop(buffer);
    } catch (error) {
      appLog.error("Uncaught exception", toError(error));
      this.stream.close();
    } finally {
      this.#looping = false;
    }
  }

  onEnd(_error: Error | null): void {
    this.#timer.cancel();
    if (this.#parser !== null) releaseParser(this.#parser);
    this.#parser = null;
    const exchange = this.#exchange;
    this.#exchange = null;
    exchange?.streamClosed();
    this.#leave();
  }

  wanted(): void {
    const timeout = this.#exchange?.bodyTimeout ?? null;
    if (timeout !== null && this.#bodyDeadline === 0) this.#bodyDeadline = tenths(timeout);
    if (this.#looping) return;
    this.#armBody();
    this.stream.resume();
  }

  wrote(): void {
    if (this.#looping) return;
    this.#armWrite();
  }

  finished(keepAlive: boolean): void {
    this.#exchange = null;
    if (!keepAlive) return this.#closeInOrder();
    if (this.stream.readBufferSize > 0) this.#pipelines = true;
    if (!this.#looping) this.#next();
  }

  failed(error: HTTPInputError | null): void {
    this.#exchange = null;
    if (error !== null) this.#report(error);
    this.#linger();
  }

  detached(): void {
    this.#exchange = null;
    this.#timer.cancel();
    this.stream.consume(null);
    this.#leave();
  }

  #loop(buffer: ByteBuffer): void {
    for (;;) {
      // Whatever ran last may have closed the stream or given it away.
      if (this.#delegate === null) return;
      if (this.#closing || this.#lingered >= 0) return this.#discard(buffer);
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
      if (this.#waits !== 0) return this.stream.pause();
      if (this.stream.writeBufferSize > WRITE_HIGH_WATER) return this.#waitForReader();
      if (buffer.length === 0) return this.#armIdle();
      if (this.#pipelines && this.#sliceIsOver() && !this.stream.closed()) return this.#yield();
      if (!this.#parse(buffer)) return;
    }
  }

  /** Parses a head and begins its exchange; returns false if more bytes are needed. */
  #parse(buffer: ByteBuffer): boolean {
    const parser = this.#parser ??= parsers.pop() ?? new RequestHeadParser();
    const started = parser.started;
    try {
      if (!parser.parse(buffer.bytes, buffer.start, buffer.end, this.params.maxHeaderSize)) {
        if (!started) this.#timer.start(this.params.headerTimeout);
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
    const exchange = new Exchange(this.stream, this.params, this.#context);
    this.#exchange = exchange;
    this.#bodyDeadline = 0;
    let message: HTTPMessageDelegate;
    try {
      message = delegate.startRequest(this.#owner, exchange);
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
    const peer = this.#context?.remoteIp ?? "unknown";
    events.connections?.refused(refusalKind(error));
    if (error.statusCode === 408) genLog.info("%s from %s", error.message, peer);
    else genLog.info("Malformed HTTP message from %s: %s", peer, error.message);
  }

  #closeInOrder(): void {
    // Bytes that nobody read would turn the close into a reset, which may overtake the response.
    if (this.stream.readBufferSize > 0) return this.#linger();
    this.#closing = true;
    this.#armWrite();
    this.stream.closeWhenWritten();
  }

  #linger(): void {
    if (this.stream.closed()) return;
    this.#lingered = 0;
    this.#armWrite();
    // A failure shows as the end of the stream.
    this.stream.closeWrite().then(() => {
      if (this.#delegate !== null) this.#timer.start(LINGER_SECONDS);
    }, ignore);
    if (!this.#looping) this.stream.resume();
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

  #sliceIsOver(): boolean {
    const time = performance.now();
    if (this.#sliceStart === 0) this.#sliceStart = time;
    return time - this.#sliceStart > PIPELINE_SLICE;
  }

  /** Lets other connections have a turn of the event loop. */
  #yield(): void {
    this.#sliceStart = 0;
    this.#leaveOff(YIELDED);
    // Not setImmediate, which Deno repeats many times before it looks at other sockets.
    this.#nextTurn = setTimeout(() => this.#endYield(), 0);
  }

  #endYield(): void {
    if (this.#nextTurn === null) return;
    clearTimeout(this.#nextTurn);
    this.#nextTurn = null;
    this.#takeUp(YIELDED);
  }

  /**
   * Begins no request for a reason that passes soon. The stream reads nothing meanwhile, so that the end of a client
   * that has sent all its requests is not noticed before they are answered.
   */
  #leaveOff(reason: number): void {
    this.#waits |= reason;
    this.stream.consume(null);
  }

  #takeUp(reason: number): void {
    this.#waits &= ~reason;
    // Whatever is left to read then, no answer can leave any more.
    if (this.stream.closed()) this.#closing = true;
    else if (this.stream.readBufferSize === 0) this.#armIdle();
    this.stream.consume(this);
  }

  /** Goes on if that was the only reason to wait. */
  #goOn(reason: number): void {
    this.#waits &= ~reason;
    if (this.#waits === 0 && this.#delegate !== null && this.#exchange === null) this.#next();
  }

  #armIdle(): void {
    // The response may still be on its way: the shorter limit applies to it, and the longer one after that.
    const { stallTimeout } = this.params;
    const idleConnectionTimeout = this.#grace < 0 ? this.params.idleConnectionTimeout : this.#grace;
    this.#sliceStart = 0;
    this.#progress = this.stream.bytesWritten;
    this.#idleDeadline = tenths(idleConnectionTimeout);
    this.#timer.start(Math.min(stallTimeout, idleConnectionTimeout));
  }

  #armBody(): void {
    const { stallTimeout } = this.params;
    const left = this.#bodyDeadline === 0 ? stallTimeout : (this.#bodyDeadline - tenths(0)) / 10;
    this.#timer.start(Math.min(stallTimeout, left));
  }

  #armWrite(): void {
    if (this.#exchange?.wantsBody) return this.#armBody();
    if (!this.stream.writing()) return this.#timer.pause();
    this.#progress = this.stream.bytesWritten;
    this.#timer.start(this.params.stallTimeout);
  }

  get #isIdle(): boolean {
    return this.#exchange === null && !this.#closing && this.#lingered < 0;
  }

  onTimeout(): void {
    const { stream } = this;
    const exchange = this.#exchange;
    if (exchange?.wantsBody) {
      this.#givesUp("timeout");
      events.connections?.timedOut("body");
      return exchange.fail(new HTTPInputError("Timeout reading body", { statusCode: 408 }));
    }
    if (stream.writing()) {
      if (stream.bytesWritten !== this.#progress) return this.#isIdle ? this.#armIdle() : this.#armWrite();
      genLog.info("Timeout writing to %s", this.#context?.remoteIp ?? "unknown");
      this.#givesUp("timeout");
      events.connections?.timedOut("written");
      return stream.abort();
    }
    if (exchange !== null || this.#waits !== 0) return;
    if (this.#closing || this.#lingered >= 0) return stream.close();
    if (this.#parser === null || !this.#parser.started) {
      const left = this.#idleDeadline - tenths(0);
      return left > 0 ? this.#timer.start(left / 10) : stream.close();
    }
    events.connections?.timedOut("head");
    this.#refuse(new HTTPInputError("Timeout reading the request head", { statusCode: 408 }));
  }

  /** Notes why the connection ends, for the listeners of its request. */
  #givesUp(reason: EndReason): void {
    if (this.#context !== null) this.#context.endReason = reason;
  }

  /** Tells the server, once, that the connection is not its any more. */
  #leave(): void {
    const delegate = this.#delegate;
    this.#delegate = null;
    try {
      delegate?.onClose(this.#owner);
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

function releaseParser(parser: RequestHeadParser): void {
  parser.reset();
  if (parsers.length < PARSER_POOL) parsers.push(parser);
}

function ignore(): void {}
