import { type ConnectionOptions, HTTPRequest } from "../http/httpclient.ts";
import { HTTPHeaders, type HTTPHeadersInit, type ResponseStartLine } from "../http/httputil.ts";
import {
  basic,
  Connector,
  DEFAULT_MAX_SIZE,
  type Destination,
  proxyFor,
  type Settings,
  settingsOf,
} from "../http/client/internal.ts";
import type { Bytes } from "../internal/bytes.ts";
import type { Message } from "../internal/json_object.ts";
import { currentClock } from "../internal/clock.ts";
import { checkSeconds } from "../internal/duration.ts";
import { isThenable, toError } from "../internal/promises.ts";
import { type IOStream, SSLIOStream } from "../net/iostream.ts";
import type { Resolver, SSLOptions, TlsOptions } from "../net/netutil.ts";
import type { TCPClient } from "../net/tcpclient.ts";
import { utf8 } from "../util/escape.ts";
import { appLog } from "../util/log.ts";
import {
  completeCompression,
  type CompressionSettings,
  newKey,
  WebSocketClosedError,
  WebSocketError,
} from "../websocket_core/internal.ts";
import {
  askForUpgrade,
  checkAnswer,
  handshakeRequest,
  MAX_HEAD,
  parseTarget,
  type Target,
} from "./_handshake/client.ts";
import { WebSocketParams, type WebSocketParamsOptions } from "./params.ts";
import type { WebSocketDelegate, WebSocketProtocol } from "./protocol.ts";
import { WebSocketHandshakeError } from "./handshake_error.ts";
import { type WebSocketAgreement, WebSocketProtocol13 } from "./protocol13.ts";

/**
 * Bytes of messages that may wait for the program before nothing more is read: enough to see the server's pings and its
 * Close frame behind what a busy program has not read yet.
 */
const READ_AHEAD = 1024 * 1024;
/** Bytes that a waiting message takes beside its own, so that many empty ones are not for nothing. */
const MESSAGE_COST = 64;
/** Messages of any size that may wait. */
const FEW = 2;

/** Options of {@linkcode websocketConnect}, and those of the HTTP client that shape a connection. */
export interface WebSocketConnectOptions extends WebSocketParamsOptions, ConnectionOptions {
  /**
   * The headers of the request, such as `Origin`, `Cookie` or `Authorization`.
   *
   * @default {{}}
   */
  headers?: HTTPHeadersInit;
  /**
   * The subprotocols to offer, the preferred one first.
   *
   * @default {[]}
   */
  subprotocols?: readonly string[];
  /**
   * Seconds until the connection is open, name resolution and TLS included; 0 for no limit.
   *
   * @default {20}
   */
  connectTimeout?: number;
  /**
   * Receives the messages instead of `readMessage`, and `null` when the connection is closed. The next message waits
   * for its promise.
   *
   * @default {null}
   */
  onMessageCallback?: ((message: string | Bytes | null) => void | Promise<void>) | null;
  /**
   * Looks up the host, for example to connect to a Unix socket.
   *
   * @default {Resolver.create()}
   */
  resolver?: Resolver | null;
  /**
   * Ends the connecting: `websocketConnect` rejects with the reason of the signal. An open connection stays open.
   *
   * @default {null}
   */
  signal?: AbortSignal | null;
  /**
   * The check of the server's certificate, and the client's own certificate, for `wss`: another way to give
   * `sslOptions`.
   *
   * @default {those of the other options}
   */
  tls?: WebSocketTlsOptions;
  /**
   * A stream to the server, on which the handshake is made. The connection owns it.
   *
   * @default {a new connection to the host of the URL}
   */
  stream?: IOStream;
}

/** TLS options of {@linkcode websocketConnect}: those of `Deno.connectTls`. */
export interface WebSocketTlsOptions extends Pick<TlsOptions, "caCerts" | "cert" | "key"> {
  /** `true` to accept a certificate for another name. */
  unsafelyDisableHostnameVerification?: boolean;
}

/**
 * Connects to a WebSocket server. Tornado's `websocket_connect`.
 *
 * It connects as the HTTP client does: proxies are asked for a tunnel, with TLS or without.
 *
 * @param url A URL with the scheme `ws` or `wss`, or a request with one, whose headers, credentials for Basic
 * authentication, `connectTimeout` and options for connections count as well. Redirects are not followed.
 * @returns A promise that resolves with the connection when it is open.
 * @throws {TypeError} If the URL is not one of a WebSocket.
 * @throws {WebSocketError} If the server's answer is not a WebSocket, or comes too late.
 * @throws {HTTPClientError} If a proxy makes no tunnel, or no address is allowed.
 * @throws {Deno.errors.ConnectionRefused} If nothing listens there, and the other errors of `Deno.connect`.
 *
 * @example
 * ```ts
 * import { Application } from "@twister/twister/web";
 * import { websocketConnect, WebSocketHandler } from "@twister/twister/websocket";
 * import { assertEquals } from "@std/assert";
 *
 * class Countdown extends WebSocketHandler {
 *   override async open(): Promise<void> {
 *     for (const n of [3, 2, 1]) await this.writeMessage(String(n));
 *     this.close();
 *   }
 * }
 * await using server = new Application([["/", Countdown]]).listen(0, { address: "127.0.0.1" });
 *
 * const connection = await websocketConnect(`ws://127.0.0.1:${server.port}/`);
 * const messages: (string | Uint8Array)[] = [];
 * for await (const message of connection) messages.push(message);
 * assertEquals(messages, ["3", "2", "1"]);
 * ```
 */
export function websocketConnect(
  url: string | URL | HTTPRequest,
  options: WebSocketConnectOptions = {},
): Promise<WebSocketClientConnection> {
  return new WebSocketClientConnection(url, options).connectFuture;
}

/**
 * The client's side of a WebSocket. Tornado's `WebSocketClientConnection`; {@linkcode websocketConnect} creates it.
 *
 * Read messages with {@linkcode readMessage}, with `for await`, or with the option `onMessageCallback`. While the
 * program takes no message, 1 MiB is read ahead, so that pings of the server are answered; then nothing more is read.
 */
export class WebSocketClientConnection implements WebSocketDelegate {
  /** Resolves with this connection when it is open; rejects if that fails. */
  readonly connectFuture: Promise<WebSocketClientConnection>;
  /** Resolves when the connection has ended, for any reason; never rejects. */
  readonly closed: Promise<void>;
  /** The client that makes the connection. */
  readonly tcpClient: TCPClient;
  /** The key of the opening handshake. */
  readonly key: string = newKey();
  /** Limits and habits. */
  readonly params: WebSocketParams;
  /** The headers of the server's answer; empty before it. */
  headers: HTTPHeaders = new HTTPHeaders();
  /** The protocol on the connection, or `null` once it is closed. */
  protocol: WebSocketProtocol | null = null;
  /** The code that the server closed with; `null` before that, or if it gave no code. */
  closeCode: number | null = null;
  /** The reason that the server closed with; `null` before that, or if it gave no code. */
  closeReason: string | null = null;

  readonly #target: Target;
  readonly #options: WebSocketConnectOptions;
  readonly #settings: Settings;
  readonly #connector: Connector;
  readonly #compression: CompressionSettings | null;
  readonly #end: () => void;
  #agreement: WebSocketAgreement | null = null;
  /** The same as {@linkcode protocol}, but kept after the end: bytes sent before may still wait. */
  #connected: WebSocketProtocol | null = null;
  /** Messages that wait for the program. */
  #messages: (string | Bytes)[] = [];
  /** What they cost. */
  #waiting = 0;
  /** Lets the next message in; `null` while it is welcome. */
  #letIn: (() => void) | null = null;
  /** `true` if the callback works on a message, so that the next one waits. */
  #calling = false;
  /** Readers that wait for a message. */
  #readers: ((message: string | Bytes | null) => void)[] = [];
  #over = false;
  #discarding = false;

  /**
   * Begins to connect; see {@linkcode connectFuture}.
   *
   * @throws {TypeError} If the URL is not one of a WebSocket.
   * @throws {RangeError} If an option is out of its range.
   */
  constructor(url: string | URL | HTTPRequest, options: WebSocketConnectOptions = {}) {
    const request = url instanceof HTTPRequest ? url : null;
    this.#target = parseTarget(request?.url ?? String(url));
    this.#options = request === null ? options : { headers: request.headers, ...options };
    const { resolver = null, tls } = options;
    const secure = tls === undefined ? {} : { sslOptions: sslOptionsOf(tls) };
    this.#settings = settingsOf({ ...request?.options, ...options, ...secure });
    const limits = { maxBufferSize: DEFAULT_MAX_SIZE, maxHeaderSize: MAX_HEAD };
    this.#connector = new Connector({ resolver, hostnameMapping: null, ...limits });
    this.tcpClient = this.#connector.client;
    // There is one peer, and it is one that we chose: it need not be dropped for being slow.
    this.params = new WebSocketParams({ backpressure: "wait", ...options });
    const { compressionOptions } = this.params;
    this.#compression = compressionOptions === null ? null : completeCompression(compressionOptions);
    const { promise, resolve } = Promise.withResolvers<void>();
    this.closed = promise;
    this.#end = resolve;
    this.connectFuture = this.#connect();
  }

  /** The subprotocol that was agreed on, or `null`. */
  get selectedSubprotocol(): string | null {
    return this.#agreement?.subprotocol ?? null;
  }

  /** The bytes that wait for the server; 0 when closed. */
  get bufferedAmount(): number {
    return this.protocol?.bufferedAmount ?? 0;
  }

  /** The number of messages that the policy `"drop"` left out because too many bytes were waiting. */
  get droppedMessages(): number {
    return this.protocol?.droppedMessages ?? 0;
  }

  /** The seconds from the last automatic ping to its pong; `null` before the first pong. */
  get roundTripTime(): number | null {
    return this.protocol?.roundTripTime ?? null;
  }

  /**
   * Sends a message. Bytes must not change before the promise resolves.
   *
   * @param message Text; bytes; or an object or array, which is sent as JSON.
   * @param binary `true` to send bytes, `false` to send text; by default text and JSON are text, and bytes are bytes.
   * @returns A promise that resolves when the message is handed to the kernel; it may be ignored.
   * @throws {WebSocketClosedError} Immediately, if the connection is closed or closing.
   * @throws {TypeError} If the message has no JSON form, or is a Map, a Set or a promise.
   */
  writeMessage(message: Message, binary?: boolean): Promise<void> {
    if (this.protocol === null) throw new WebSocketClosedError();
    return this.protocol.writeMessage(message, binary);
  }

  /**
   * Returns the next message; `null` once the connection is closed and all messages were read.
   *
   * @throws {Error} If there is an `onMessageCallback`, which gets all messages.
   */
  readMessage(): Promise<string | Bytes | null> {
    if (this.#options.onMessageCallback) throw new Error("Cannot read messages: onMessageCallback gets them");
    const next = this.#take();
    if (next !== undefined) return Promise.resolve(next);
    if (this.#over) return Promise.resolve(null);
    return new Promise((resolve) => this.#readers.push(resolve));
  }

  /** Yields the messages until the connection is closed. Leaving the loop leaves the connection open. */
  async *[Symbol.asyncIterator](): AsyncGenerator<string | Bytes, void, void> {
    for (let message = await this.readMessage(); message !== null; message = await this.readMessage()) yield message;
  }

  /**
   * Sends a ping.
   *
   * @param data At most 125 bytes, which come back to {@linkcode onPong}.
   * @throws {WebSocketClosedError} If the connection is closed or closing.
   * @throws {RangeError} If there are more than 125 bytes.
   */
  ping(data: string | Uint8Array = ""): void {
    if (this.protocol === null) throw new WebSocketClosedError();
    this.protocol.writePing(typeof data === "string" ? utf8(data) : data);
  }

  /** Resolves when all that was sent so far is handed to the kernel; rejects with {@linkcode WebSocketClosedError}. */
  drained(): Promise<void> {
    return this.#connected?.drained() ?? Promise.resolve();
  }

  /**
   * Closes the connection; {@linkcode closed} resolves when that is done. Messages that the server sent before its
   * Close frame can still be read.
   *
   * @param code The close code: 1000 to 1014 without 1004 to 1006, or 3000 to 4999. A reason without a code is sent
   * with 1000.
   * @param reason At most 123 bytes.
   * @throws {RangeError} If the code may not be sent, or the reason is too long.
   */
  close(code: number | null = null, reason: string | null = null): void {
    const { protocol } = this;
    if (protocol === null) return;
    protocol.close(code, reason);
    this.protocol = null;
  }

  /** Closes the connection and waits until that is done, for `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
    // The server's Close frame comes behind messages that nobody is going to read.
    this.#discarding = true;
    while (this.#take() !== undefined);
    await this.closed;
  }

  /** Called for each ping, after it was answered; override or assign it. */
  onPing(_data: Bytes): void {}

  /** Called for each pong; override or assign it. */
  onPong(_data: Bytes): void {}

  /** Passes a message to the reader or to the callback. */
  onMessage(message: string | Bytes): void | Promise<void> {
    if (this.#options.onMessageCallback && !this.#calling) return this.#call(message);
    const reader = this.#readers.shift();
    if (reader !== undefined) return reader(message);
    if (this.#discarding) return;
    this.#messages.push(message);
    this.#waiting += message.length + MESSAGE_COST;
    if (this.#welcome) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#letIn = resolve;
    return promise;
  }

  /** Logs an error that a callback threw. */
  logException(error: unknown): void {
    appLog.error("Uncaught exception in WebSocket callback", toError(error));
  }

  /** Records the code and the reason when the protocol ends. */
  onWsConnectionClose(closeCode: number | null = null, closeReason: string | null = null): void {
    this.closeCode = closeCode;
    this.closeReason = closeReason;
    this.onConnectionClose();
  }

  /** Tells the readers that the connection has ended, or could not be opened. */
  onConnectionClose(): void {
    this.protocol = null;
    if (this.#over) return;
    this.#over = true;
    for (const reader of this.#readers.splice(0)) reader(null);
    if (this.#options.onMessageCallback && !this.#calling) this.#call(null);
  }

  /** Creates the protocol. */
  getWebsocketProtocol(): WebSocketProtocol13 {
    return new WebSocketProtocol13(this, true, this.params);
  }

  /**
   * Takes the server's answer to the opening handshake.
   *
   * @throws {WebSocketHandshakeError} If the status is not 101.
   * @throws {WebSocketError} If the answer does not fit the request.
   */
  headersReceived(startLine: ResponseStartLine, headers: HTTPHeaders): void {
    this.headers = headers;
    if (startLine.code !== 101) throw new WebSocketHandshakeError(startLine.code, startLine.reason, headers);
    const compression = this.#compression;
    const { key } = this;
    const { subprotocols = [] } = this.#options;
    this.#agreement = { ...checkAnswer(headers, { key, subprotocols, compression }), compression };
  }

  /** `true` if another message may come. */
  get #welcome(): boolean {
    return this.#waiting <= READ_AHEAD || this.#messages.length <= FEW;
  }

  #take(): string | Bytes | undefined {
    const message = this.#messages.shift();
    if (message === undefined) return undefined;
    this.#waiting -= message.length + MESSAGE_COST;
    if (this.#letIn !== null && this.#welcome) {
      const letIn = this.#letIn;
      this.#letIn = null;
      letIn();
    }
    return message;
  }

  /** Hands a message, or the end, to the callback, and after it what has come meanwhile. */
  #call(message: string | Bytes | null): void {
    const { onMessageCallback } = this.#options;
    for (let next: string | Bytes | null | undefined = message; next !== undefined; next = this.#next(next)) {
      let called: unknown;
      try {
        called = onMessageCallback?.(next);
      } catch (error) {
        return this.#failed(error, next);
      }
      if (!isThenable(called)) continue;
      const done = next;
      this.#calling = true;
      called.then(
        () => {
          this.#calling = false;
          const after = this.#next(done);
          if (after !== undefined) this.#call(after);
        },
        (error) => {
          this.#calling = false;
          this.#failed(error, done);
        },
      );
      return;
    }
  }

  /** What the callback gets after `done`: `null` for the end, which is the last. */
  #next(done: string | Bytes | null): string | Bytes | null | undefined {
    if (done === null) return undefined;
    return this.#take() ?? (this.#over ? null : undefined);
  }

  /** Ends the connection, whose callback has failed; the callback is still told of the end. */
  #failed(error: unknown, done: string | Bytes | null): void {
    if (done === null) return this.logException(error);
    this.#discarding = true;
    while (this.#take() !== undefined);
    if (this.protocol !== null) return this.protocol.fail(error);
    this.logException(error);
    if (this.#over) this.#call(null);
  }

  async #connect(): Promise<WebSocketClientConnection> {
    const { signal = null } = this.#options;
    const connectTimeout = this.#settings.connectTimeout ?? 0;
    checkSeconds("connectTimeout", connectTimeout);
    const opening = new AbortController();
    const late = () => opening.abort(new WebSocketError(`Cannot connect: not open after ${connectTimeout} seconds`));
    const timer = connectTimeout > 0 ? currentClock().setTimer(late, connectTimeout) : null;
    const stop = () => opening.abort(signal?.reason);
    signal?.addEventListener("abort", stop, { once: true });
    if (signal?.aborted === true) stop();
    try {
      await this.#open(opening.signal);
      return this;
    } catch (error) {
      this.onConnectionClose();
      this.#end();
      throw error;
    } finally {
      timer?.cancel();
      signal?.removeEventListener("abort", stop);
      this.#connector.close();
    }
  }

  async #open(signal: AbortSignal): Promise<void> {
    const { stream: given } = this.#options;
    const stream = given ?? await this.#connector.connect(this.#destination(), signal);
    const stop = () => stream.close(toError(signal.reason));
    signal.addEventListener("abort", stop, { once: true });
    if (signal.aborted) stop();
    try {
      if (given instanceof SSLIOStream) await given.waitForHandshake();
      await this.#shakeHands(stream);
      this.#start(stream);
    } catch (error) {
      stream.close();
      throw signal.aborted ? signal.reason : error;
    } finally {
      signal.removeEventListener("abort", stop);
    }
  }

  #destination(): Destination {
    const url = new URL(this.#target.url);
    url.protocol = this.#target.secure ? "https:" : "http:";
    const settings = this.#settings;
    return { url, settings, proxy: proxyFor(url, settings, (name) => Deno.env.get(name)), tunnels: true };
  }

  async #shakeHands(stream: IOStream): Promise<void> {
    const { headers, subprotocols = [] } = this.#options;
    const { authUsername, authPassword, authMode } = this.#settings;
    if (authMode === "digest") throw new TypeError("unsupported authMode digest: a handshake cannot be repeated");
    const fields = new HTTPHeaders(headers);
    const credentials = basic(authUsername, authPassword);
    if (credentials !== null) fields.set("Authorization", credentials);
    const request = handshakeRequest(this.#target, {
      key: this.key,
      version: 13,
      headers: fields,
      subprotocols,
      compression: this.#compression,
    });
    const answer = await askForUpgrade(stream, request);
    this.headersReceived(answer.startLine, answer.headers);
  }

  #start(stream: IOStream): void {
    if (this.#agreement === null) return;
    const protocol = this.getWebsocketProtocol();
    this.protocol = this.#connected = protocol;
    stream.setCloseCallback(this.#end);
    protocol.acceptConnection(stream, this.#agreement);
    protocol.startPinging();
    protocol.receive();
  }
}

function sslOptionsOf(
  { caCerts, cert, key, unsafelyDisableHostnameVerification }: WebSocketTlsOptions,
): SSLOptions {
  return {
    ...(caCerts === undefined ? {} : { caCerts }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    checkHostname: unsafelyDisableHostnameVerification !== true,
  };
}
