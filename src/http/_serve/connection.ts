import type { Bytes } from "../../internal/bytes.ts";
import { checkLimit } from "../../internal/limits.ts";
import { byteLength } from "../../internal/utf8.ts";
import { utf8 } from "../../util/escape.ts";
import { appLog } from "../../util/log.ts";
import { StreamClosedError } from "../../net/iostream.ts";
import type { HTTPConnection, HTTPMessageDelegate, UpgradeHandler } from "../_httputil/delegates.ts";
import { HTTPOutputError } from "../_httputil/errors.ts";
import type { HTTPHeaders } from "../_httputil/headers.ts";
import { RequestStartLine, type ResponseStartLine } from "../_httputil/start_lines.ts";
import type { RequestContext } from "../_adapters/request_context.ts";
import type { FetchSettings } from "./fetch_handler_options.ts";
import { closedPromise, RESOLVED, ResponseBody } from "./response_body.ts";
import { isBodyless } from "../_httputil/message_checks.ts";
import {
  cutResponse,
  declaredLength,
  emptyStream,
  type LeftToDeno,
  makeResponse,
  sendableStatus,
} from "./response_head.ts";

/** Nothing is written yet. */
const WAITING = 0;
/** The head was written; the body goes through a stream, or is dropped. */
const STREAMING = 1;
/** The response is complete, or its client is gone. */
const DONE = 2;

/** The status of a request that its client gave up; no client ever sees it. */
const CLIENT_CLOSED_REQUEST = 499;

/** Carries one exchange: a `Request`, and the `Response` that answers it. */
export class FetchConnection implements HTTPConnection {
  readonly context: RequestContext;
  /** Always `false`: when a write resolves, Deno has the chunk but may not have sent it. */
  readonly freesWritten: boolean = false;
  /** Always `true`: the fields of HTTP/2 need not tell of a body, and Deno hands over none of GET and HEAD. */
  readonly hidesBodies: boolean = true;
  maxBodySize: number;
  readonly chunkSize: number;
  /** The time limit for the request's body, in seconds, or `null`. */
  bodyTimeout: number | null;
  /** The receiver of the request, until it has all of it. */
  receiver: HTTPMessageDelegate | null = null;
  /** Called once when the exchange has ended. */
  onDone: ((connection: FetchConnection) => void) | null = null;
  /** The neighbours among the exchanges that are not over. */
  before: FetchConnection | null = null;
  after: FetchConnection | null = null;
  /** Tells whether the connection is going to be closed after the response, which says so. */
  ending = false;
  /** Called when the rest of the request's body is no longer needed. */
  stopReading: (() => void) | null = null;

  readonly #request: Request;
  readonly #isHead: boolean;
  readonly #isServed: boolean;
  #phase = WAITING;
  #response: Response | null = null;
  #deliver: ((response: Response) => void) | null = null;
  #body: ResponseBody | null = null;
  /** Bytes of body that have still to be written, or -1 if the length is not known. */
  #remaining = -1;
  #closeCallback: (() => void) | null = null;
  #received = false;
  #watching = false;
  /** Nobody takes what the application still writes. */
  #gone = false;

  /** `isServed` tells whether `Deno.serve` gets the response, and no program sees it before. */
  constructor(request: Request, context: RequestContext, settings: FetchSettings, isServed: boolean) {
    this.#request = request;
    this.#isServed = isServed;
    this.context = context;
    this.#isHead = request.method === "HEAD";
    this.maxBodySize = settings.maxBodySize;
    this.chunkSize = settings.chunkSize;
    this.bodyTimeout = settings.bodyTimeout;
  }

  /** Tells whether the response is complete or given up. */
  get done(): boolean {
    return this.#phase === DONE;
  }

  /** Tells whether Deno has taken the whole response, and the receiver of the request knows of its end. */
  get over(): boolean {
    return this.#phase === DONE && this.receiver === null && this.#body?.closed !== false;
  }

  /** Returns the response if its head is known, otherwise a promise of it. */
  response(): Response | Promise<Response> {
    return this.#response ?? new Promise((resolve) => {
      this.#deliver = resolve;
    });
  }

  respond(startLine: ResponseStartLine, headers: HTTPHeaders, body: Bytes | string | null): void {
    if (this.#phase !== WAITING) return this.#refuseHead();
    const status = sendableStatus(startLine.code);
    const bodyless = isBodyless(status);
    const length = body === null ? 0 : byteLength(body);
    const declared = declaredLength(headers);
    if (declared !== -1 && declared !== length && !bodyless && !this.#isHead) {
      this.fail(500);
      throw new HTTPOutputError(`Cannot write ${length} bytes: Content-Length is ${declared}`);
    }
    const response = makeResponse(status, headers, bodyless || this.#isHead ? null : body, this.#left(!this.#isHead));
    // Deno counts the bytes that it gets, which for HEAD are none.
    if (this.#isHead && declared === -1 && !bodyless) response.headers.set("Content-Length", String(length));
    this.#settle(response);
    this.#end();
  }

  writeHeaders(
    startLine: RequestStartLine | ResponseStartLine,
    headers: HTTPHeaders,
    chunk?: Bytes | string,
  ): Promise<void> {
    if (startLine instanceof RequestStartLine) throw new HTTPOutputError("Cannot write a request on a server");
    if (this.#phase !== WAITING) {
      this.#refuseHead();
      return closedPromise();
    }
    const status = sendableStatus(startLine.code);
    const declared = declaredLength(headers);
    const bytes = chunk === undefined ? null : ownBytes(chunk);
    if (this.#isHead || isBodyless(status)) {
      // Without a length of our own Deno would say that there are 0 bytes, unless it does not know.
      const body = declared === -1 && !isBodyless(status) ? emptyStream() : null;
      const response = makeResponse(status, headers, body, this.#left(!this.#isHead));
      // Not before: an error can still be answered with 500.
      this.#phase = STREAMING;
      this.#settle(response);
      return RESOLVED;
    }
    if (bytes !== null && declared !== -1 && bytes.length > declared) {
      this.fail(500);
      throw new HTTPOutputError("Tried to write more data than Content-Length");
    }
    const body = new ResponseBody(() => this.peerGone(), () => this.#checkOver());
    const response = makeResponse(status, headers, body.stream, this.#left(false));
    this.#phase = STREAMING;
    this.#remaining = declared;
    this.#body = body;
    this.#settle(response);
    return bytes === null ? RESOLVED : this.#write(body, bytes);
  }

  write(chunk: Bytes | string): Promise<void> {
    if (this.#gone) return closedPromise();
    if (this.#phase === WAITING) throw new HTTPOutputError("Cannot write a body before its head");
    if (this.#phase === DONE) throw new HTTPOutputError("Cannot write: the message is finished");
    return this.#body === null ? RESOLVED : this.#write(this.#body, ownBytes(chunk));
  }

  finish(): void {
    if (this.#phase !== STREAMING) return;
    const remaining = this.#remaining;
    // To Deno the end of a stream before its Content-Length is the end of the connection.
    this.#body?.end();
    this.#end();
    if (remaining > 0) throw new HTTPOutputError(`Tried to write ${remaining} bytes less than Content-Length`);
  }

  abort(): void {
    if (this.#phase === DONE) return;
    if (this.#phase === WAITING) return this.fail(500, true);
    this.#body?.end(new StreamClosedError());
    this.#giveUp();
  }

  drained(): Promise<void> {
    if (this.#gone) return closedPromise();
    return this.#body === null ? RESOLVED : this.#body.drained();
  }

  setCloseCallback(callback: (() => void) | null): void {
    if (this.#gone) return callback?.();
    this.#closeCallback = callback;
    if (this.#received) this.#watch();
  }

  setMaxBodySize(maxBodySize: number): void {
    checkLimit("maxBodySize", maxBodySize);
    this.maxBodySize = maxBodySize;
  }

  setBodyTimeout(seconds: number): void {
    this.bodyTimeout = seconds;
  }

  /** There is no stream to take over. */
  detach(): never {
    throw new Error(
      "Cannot detach the connection: Deno.serve owns its socket. Use HTTPServer, which has its own streams",
    );
  }

  /** Hands a WebSocket of Deno's to a handler, which accepts it with headers beside those of the handshake. */
  upgrade(handler: UpgradeHandler): void {
    handler.onWebSocket((headers, options) => {
      // Deno would wait for ever to be given this answer behind the other.
      if (this.#phase === DONE) throw new StreamClosedError();
      const { socket, response } = this.#upgrade(options);
      for (const [name, value] of headers.getAll()) response.headers.append(name, value);
      this.#settle(response);
      this.#end();
      return socket;
    });
  }

  #upgrade(options: Deno.UpgradeWebSocketOptions): Deno.WebSocketUpgrade {
    // Deno aborts the request's signal meanwhile, which is no sign that the peer has gone.
    this.#phase = STREAMING;
    try {
      return Deno.upgradeWebSocket(this.#request, options);
    } finally {
      this.#phase = WAITING;
    }
  }

  /** Ends the request: it is complete, or the rest of it is no longer needed. */
  endReading(): void {
    const { receiver } = this;
    if (receiver === null) return;
    if (this.#phase === DONE) return this.#notify(null);
    this.receiver = null;
    receiver.finish();
    this.#received = true;
    this.#watch();
  }

  /** Tells the receiver or the close callback, once, that the peer went away. */
  peerGone(): void {
    if (this.#phase === DONE) return;
    // Deno waits for an answer, also to those who do not.
    if (this.#phase === WAITING) this.#settle(new Response(null, { status: CLIENT_CLOSED_REQUEST }));
    this.#giveUp();
  }

  /**
   * Ends the exchange because of an error: answers with a bare status if nothing was written, else cuts the response.
   *
   * @param cut Whether the connection has to end, though the request has not.
   */
  fail(status: number, cut: boolean = false): void {
    if (this.#phase === DONE) return this.#notify(null);
    if (this.#phase === WAITING) this.#settle(cut ? cutResponse(status) : new Response(null, { status }));
    else this.#body?.abort(new StreamClosedError());
    this.#giveUp();
  }

  /** Gives the exchange up before it is complete, from the server's side. */
  cut(): void {
    this.fail(503, this.receiver !== null);
    // What was written may wait for a reader that does not come.
    this.#body?.abort(new StreamClosedError());
  }

  #left(length: boolean): LeftToDeno {
    return { length, date: this.#isServed };
  }

  #refuseHead(): void {
    if (!this.#gone) throw new HTTPOutputError("Cannot write the head twice");
  }

  #write(body: ResponseBody, bytes: Bytes): Promise<void> {
    if (this.#remaining !== -1) {
      if (bytes.length > this.#remaining) {
        this.#remaining = 0;
        body.end();
        this.#end();
        throw new HTTPOutputError("Tried to write more data than Content-Length");
      }
      this.#remaining -= bytes.length;
    }
    return body.write(bytes);
  }

  #settle(response: Response): void {
    if (this.ending) response.headers.set("Connection", "close");
    this.#response = response;
    this.#deliver?.(response);
    this.#deliver = null;
  }

  #end(): void {
    this.#phase = DONE;
    this.#closeCallback = null;
    this.stopReading?.();
    this.#checkOver();
  }

  #checkOver(): void {
    if (!this.over) return;
    const { onDone } = this;
    this.onDone = null;
    onDone?.(this);
  }

  /** Watches for the end of the connection, if there is a close callback and no answer yet. */
  #watch(): void {
    if (this.#phase !== WAITING || this.#closeCallback === null || this.#watching) return;
    this.#watching = true;
    // Deno makes the signal when it is first asked for, at a cost. The signal also aborts when the response was sent,
    // which means nothing any more.
    const { signal } = this.#request;
    if (signal.aborted) this.peerGone();
    else signal.addEventListener("abort", () => this.#phase === WAITING && this.peerGone(), { once: true });
  }

  #giveUp(): void {
    const callback = this.#closeCallback;
    this.#gone = true;
    this.#end();
    this.#notify(callback);
  }

  /**
   * Tells that the exchange will not be completed: the receiver of the request, otherwise the close callback.
   */
  #notify(callback: (() => void) | null): void {
    const { receiver } = this;
    this.receiver = null;
    try {
      if (receiver !== null) receiver.onConnectionClose();
      else callback?.();
    } catch (error) {
      appLog.exception("Uncaught exception", error);
    }
    this.#checkOver();
  }
}

/** Returns bytes that the writer cannot change: Deno keeps them until they are sent. */
function ownBytes(chunk: Bytes | string): Bytes {
  return typeof chunk === "string" ? utf8(chunk) : chunk.slice();
}
