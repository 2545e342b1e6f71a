import type { ByteBuffer } from "../../internal/byte_buffer.ts";
import type { Bytes } from "../../internal/bytes.ts";
import { currentClock, TimerEntry } from "../../internal/clock.ts";
import { handled, toError } from "../../internal/promises.ts";
import { type BaseIOStream, StreamClosedError, type StreamConsumer } from "../../net/iostream.ts";
import { HTTPMessageDelegate } from "../_httputil/delegates.ts";
import { HTTPInputError, HTTPOutputError } from "../_httputil/errors.ts";
import type { HTTPHeaders } from "../_httputil/headers.ts";
import { RequestStartLine, ResponseStartLine } from "../_httputil/start_lines.ts";
import { Exchange } from "../_http1/exchange.ts";
import type { HTTP1ConnectionParameters } from "../_http1/parameters.ts";
import { ResponseHeadParser } from "../_http1/response_head.ts";
import { followResponse, type ResponseObserver } from "../_http1/response_reader.ts";
import { HTTPClientError, HTTPStreamClosedError, HTTPTimeoutError } from "./errors.ts";
import type { PooledConnection } from "./pool.ts";
import type { RequestControl, Step } from "./request_control.ts";
import type { Body } from "./settled_request.ts";

/** A request as it goes over a connection. */
export interface WireRequest {
  readonly method: string;
  readonly target: string;
  readonly headers: HTTPHeaders;
  readonly body: Body | null;
  /** Tells whether the body waits for a 100. */
  readonly expectsContinue: boolean;
  /** Tells whether the connection ends with it. */
  readonly isLast: boolean;
  /** Seconds for which nothing may come or go; 0 for no limit. */
  readonly stallTimeout: number;
}

/** Takes a response. An error that it throws, or rejects with, ends the exchange. */
export interface ResponseSink {
  /** The most bytes of the body, before decoding. */
  readonly maxBodySize: number;
  head(startLine: ResponseStartLine, headers: HTTPHeaders): void | Promise<void>;
  data(chunk: Bytes): void | Promise<void>;
  /** Takes the fields that followed a chunked body. */
  trailers?(trailers: HTTPHeaders): void;
  /** Takes an interim response, such as 103. */
  interim?(startLine: ResponseStartLine, headers: HTTPHeaders): void;
}

/** Learns how an exchange has ended: one of the two is called, once. */
export interface ExchangeEnd {
  /** The response is complete; `isUsable` tells whether the connection can carry another exchange. */
  completed(isUsable: boolean): void;
  /** There is no whole response. */
  brokenOff(error: unknown): void;
}

/** Seconds to wait for a 100 before the body is sent without it (RFC 9110, section 10.1.1). */
const CONTINUE_TIMEOUT = 1;

/** A connection of the client, which carries one exchange after the other. */
export class ClientConnection implements PooledConnection, StreamConsumer {
  readonly stream: BaseIOStream;
  readonly #params: HTTP1ConnectionParameters;
  readonly #head = new ResponseHeadParser();
  #onIdleEnd: (() => void) | null = null;
  #idleTimer: TimerEntry | null = null;
  #isSpoiled = false;
  #isUsed = false;
  /** Tells whether a byte has come since the last request. */
  hasAnswered = false;
  /** Tells whether the last response may say how long the server keeps the connection. */
  hasKeepAlive = false;

  constructor(stream: BaseIOStream, params: HTTP1ConnectionParameters) {
    this.stream = stream;
    this.#params = params;
  }

  get isUsable(): boolean {
    return !this.#isSpoiled && !this.stream.closed() && this.stream.readBufferSize === 0;
  }

  /** Tells whether it has carried an exchange before. */
  get isUsed(): boolean {
    return this.#isUsed;
  }

  /** Takes note of the head of a final response. */
  headReceived(): void {
    this.hasAnswered = true;
    this.hasKeepAlive = this.#head.hasKeepAlive;
  }

  close(): void {
    this.#isSpoiled = true;
    this.#idleTimer?.cancel();
    this.stream.close();
  }

  /**
   * Watches the idle connection: a byte, its end, or the end of the time closes it. Bytes and the end come to
   * {@linkcode onData} and {@linkcode onEnd} since the end of the exchange.
   */
  rest(seconds: number, onEnd: () => void): void {
    this.#onIdleEnd = onEnd;
    this.#idleTimer ??= new TimerEntry(currentClock().wheel, () => this.#endRest());
    this.#idleTimer.start(seconds);
  }

  onData(_buffer: ByteBuffer): void {
    this.#endRest();
  }

  onEnd(_error: Error | null): void {
    this.#endRest();
  }

  #endRest(): void {
    const onEnd = this.#onIdleEnd;
    this.#onIdleEnd = null;
    this.close();
    onEnd?.();
  }

  /**
   * Sends a request and reads the response.
   *
   * @param control Breaks the exchange off.
   * @param step What a time-out says of it.
   * @returns `true` if the connection can carry another exchange.
   * @throws {HTTPClientError} If there is no whole response.
   */
  exchange(
    request: WireRequest,
    sink: ResponseSink,
    control: RequestControl,
    step = "during request",
  ): Promise<boolean> {
    const { promise, resolve, reject } = Promise.withResolvers<boolean>();
    this.begin(request, sink, control, { completed: resolve, brokenOff: reject }, step);
    return promise;
  }

  /** Does as {@linkcode exchange}, without a promise; `end` is not told of an error that it throws itself. */
  begin(
    request: WireRequest,
    sink: ResponseSink,
    control: RequestControl,
    end: ExchangeEnd,
    step = "during request",
  ): void {
    this.#isUsed = true;
    this.hasAnswered = false;
    this.#onIdleEnd = null;
    this.#idleTimer?.pause();
    const exchange = new Exchange({ stream: this.stream, params: this.#params, context: null });
    exchange.setMaxBodySize(sink.maxBodySize);
    if (request.body?.kind === "stream") exchange.streamBody();
    const reader = new ResponseDelegate(this, sink, request, end);
    control.begin(step, reader);
    this.#send(exchange, request, reader);
    followResponse(exchange, reader, reader, this.#head);
  }

  #send(exchange: Exchange, request: WireRequest, reader: ResponseDelegate): void {
    const { method, target, headers, body } = request;
    const startLine = new RequestStartLine(method, target, "HTTP/1.1");
    if (body === null || (body.kind === "bytes" && !request.expectsContinue)) {
      exchange.request(startLine, headers, body === null ? null : body.bytes);
      reader.isSent = true;
    } else handled(this.#sendBody(exchange, startLine, request, body, reader));
  }

  async #sendBody(
    exchange: Exchange,
    startLine: RequestStartLine,
    { headers, expectsContinue }: WireRequest,
    body: Body,
    reader: ResponseDelegate,
  ): Promise<void> {
    try {
      await exchange.writeHeaders(startLine, headers);
      if (expectsContinue) await reader.continued();
      if (reader.hasHead) return;
      if (body.kind === "bytes") await exchange.write(body.bytes);
      else {
        await body.send(async (chunk) => {
          if (reader.isOver) throw new StreamClosedError(null);
          await exchange.write(chunk);
          reader.touch();
        });
      }
      exchange.finish(body.kind === "stream" ? body.trailers?.() ?? undefined : undefined);
      reader.isSent = true;
    } catch (error) {
      // The response says more than a write that failed; after it, nothing is missed.
      if (error instanceof StreamClosedError) return;
      reader.fail(error);
    }
  }
}

/** Hands a response to a sink, and keeps the first error. */
class ResponseDelegate extends HTTPMessageDelegate implements ResponseObserver, Step {
  readonly #connection: ClientConnection;
  readonly #stream: BaseIOStream;
  readonly #sink: ResponseSink;
  readonly #request: WireRequest;
  readonly #stall: TimerEntry | null = null;
  readonly #end: ExchangeEnd;
  #error: { readonly value: unknown } | null = null;
  #continue: (() => void) | null = null;
  #isSwitched = false;
  #letGo: (() => void) | null = null;
  /** Tells whether the final response has begun. */
  hasHead = false;
  /** Tells whether the response has come to its end, or never will. */
  isOver = false;
  /** Tells whether the whole request was sent. */
  isSent = false;

  constructor(connection: ClientConnection, sink: ResponseSink, request: WireRequest, end: ExchangeEnd) {
    super();
    this.#connection = connection;
    this.#stream = connection.stream;
    this.#sink = sink;
    this.#request = request;
    this.#end = end;
    const { stallTimeout } = request;
    if (stallTimeout > 0) {
      const message = `Timeout during request: nothing came or went for ${stallTimeout} seconds`;
      this.#stall = new TimerEntry(currentClock().wheel, () => this.fail(new HTTPTimeoutError(message)));
      this.#stall.start(stallTimeout);
    }
  }

  /** The connection, which is idle after the response; nothing after a 101, whose stream has another protocol. */
  get next(): StreamConsumer | null {
    return this.#isSwitched ? null : this.#connection;
  }

  /** Notes that bytes came or went. */
  touch(): void {
    if (!this.isOver) this.#stall?.start(this.#request.stallTimeout);
  }

  /** Breaks the exchange off, also one that the sink holds up. */
  fail(error: unknown): void {
    if (this.isOver) return;
    this.#error ??= { value: error };
    this.#continue?.();
    this.#stream.close(toError(error));
    this.#letGo?.();
  }

  ended(keepAlive: boolean): void {
    this.isOver = true;
    this.#stall?.cancel();
    const connection = this.#connection;
    if (this.#stream.readBufferSize > 0) connection.hasAnswered = true;
    // A response before the end of the request is the last of the connection.
    const isUsable = keepAlive && this.#error === null && this.isSent && !this.#stream.writing() &&
      !this.#request.isLast;
    // The rest of the request may lie in memory that its sender lends for as long as this lasts.
    if (!this.isSent) this.#stream.abort();
    if (!isUsable) connection.close();
    if (this.#error === null) this.#end.completed(isUsable);
    else this.#end.brokenOff(this.#error.value);
  }

  /** Resolves when the server wants the body, has answered, or has taken too long to say so. */
  async continued(): Promise<void> {
    if (this.hasHead || this.isOver) return;
    const timer = currentClock().setTimer(() => this.#continue?.(), CONTINUE_TIMEOUT);
    await new Promise<void>((resolve) => this.#continue = resolve);
    this.#continue = null;
    timer.cancel();
  }

  interim(startLine: ResponseStartLine, headers: HTTPHeaders): void {
    this.touch();
    this.#connection.hasAnswered = true;
    if (startLine.code === 100) this.#continue?.();
    this.#sink.interim?.(startLine, headers);
  }

  failed(error: Error): void {
    if (error instanceof HTTPClientError) this.#error ??= { value: error };
    else if (error instanceof HTTPInputError) {
      const message = error.statusCode === 413 ? error.message : `Malformed response: ${error.message}`;
      this.#error ??= { value: new HTTPClientError(599, message, null, { cause: error }) };
    } else this.#error ??= { value: error };
  }

  override headersReceived(
    startLine: RequestStartLine | ResponseStartLine,
    headers: HTTPHeaders,
  ): void | Promise<void> {
    this.touch();
    this.hasHead = true;
    this.#connection.headReceived();
    this.#continue?.();
    if (!(startLine instanceof ResponseStartLine)) return;
    this.#isSwitched = startLine.code === 101;
    return this.#hold(this.#sink.head(startLine, headers));
  }

  override dataReceived(chunk: Bytes): void | Promise<void> {
    // The exchange has failed: the bytes that came before are dropped.
    if (this.#error !== null) return;
    this.touch();
    return this.#hold(this.#sink.data(chunk));
  }

  /** Waits for the sink, but not longer than the exchange lasts. It is not the server that is slow meanwhile. */
  #hold(held: void | Promise<void>): void | Promise<void> {
    return held === undefined ? undefined : this.#waitFor(held);
  }

  #waitFor(held: Promise<void>): Promise<void> {
    this.#stall?.pause();
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#letGo = resolve;
    held.then(() => {
      this.touch();
      resolve();
    }, reject);
    return promise;
  }

  override trailersReceived(trailers: HTTPHeaders): void {
    if (this.#error === null) this.#sink.trailers?.(trailers);
  }

  override finish(): void {
    this.isOver = true;
  }

  override onConnectionClose(): void {
    this.isOver = true;
    this.#continue?.();
    const { error } = this.#stream;
    // More of a body than its Content-Length says.
    if (error instanceof HTTPOutputError) this.#error ??= { value: error };
    const options = error === null ? undefined : { cause: error };
    const message = this.hasHead ? "Connection closed before the end of the response" : "Connection closed";
    this.#error ??= { value: new HTTPStreamClosedError(message, options) };
  }
}
