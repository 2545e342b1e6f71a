import { HTTPHeaders, type ResponseStartLine } from "../http/httputil.ts";
import type { Bytes } from "../internal/bytes.ts";
import { currentClock } from "../internal/clock.ts";
import { isThenable, toError } from "../internal/promises.ts";
import { IOStream, SSLIOStream } from "../net/iostream.ts";
import { appLog } from "../util/log.ts";
import {
  completeCompression,
  type CompressionSettings,
  newKey,
  WebSocketClosedError,
  WebSocketError,
} from "../websocket_core/internal.ts";
import { askForUpgrade, checkAnswer, handshakeRequest, parseTarget, type Target } from "./_handshake/client.ts";
import type { WebSocketConnectOptions, WebSocketTlsOptions } from "./connect_options.ts";
import { WebSocketParams } from "./params.ts";
import type { WebSocketDelegate, WebSocketProtocol } from "./protocol.ts";
import { WebSocketHandshakeError } from "./handshake_error.ts";
import { type WebSocketAgreement, WebSocketProtocol13 } from "./protocol13.ts";

/** Seconds for the whole opening handshake unless told otherwise, as in Tornado. */
const DEFAULT_CONNECT_TIMEOUT = 20;
/** Messages that wait for {@linkcode WebSocketClientConnection.readMessage} before nothing more is read, as in Tornado. */
const QUEUE_LENGTH = 1;

const encoder = new TextEncoder();

/**
 * Connects to a WebSocket server. Tornado's `websocket_connect`.
 *
 * @param url A URL with the scheme `ws` or `wss`. Redirects are not followed.
 * @returns The connection, when it is open.
 * @throws {TypeError} If the URL is not one of a WebSocket.
 * @throws {WebSocketError} If the server answers something else, or too late.
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
  url: string | URL,
  options: WebSocketConnectOptions = {},
): Promise<WebSocketClientConnection> {
  return new WebSocketClientConnection(url, options).connectFuture;
}

/**
 * A WebSocket as a client has it. Tornado's `WebSocketClientConnection`; {@linkcode websocketConnect} makes one.
 *
 * Messages come by {@linkcode readMessage}, by `for await`, or by the option `onMessageCallback`. While nobody takes them, nothing more is
 * read from the server.
 */
export class WebSocketClientConnection implements WebSocketDelegate {
  /** Resolves with this connection when it is open; rejects if that fails. */
  readonly connectFuture: Promise<WebSocketClientConnection>;
  /** Resolves when the connection is over, for whatever reason; never rejects. */
  readonly closed: Promise<void>;
  /** The key of the opening handshake. */
  readonly key: string = newKey();
  /** Limits and habits. */
  readonly params: WebSocketParams;
  /** The headers of the server's answer, once it has come. */
  headers: HTTPHeaders = new HTTPHeaders();
  /** The protocol on the connection, or `null` once it is closed. */
  protocol: WebSocketProtocol | null = null;
  /** The code that the server closed with; `null` while it has not, or if it gave none. */
  closeCode: number | null = null;
  /** The reason that the server closed with; `null` while it has not, or if it gave no code. */
  closeReason: string | null = null;

  readonly #target: Target;
  readonly #options: WebSocketConnectOptions;
  readonly #compression: CompressionSettings | null;
  readonly #end: () => void;
  #agreement: WebSocketAgreement | null = null;
  /** As {@linkcode protocol}, but to the end: what was sent before it may still wait. */
  #connected: WebSocketProtocol | null = null;
  /** Messages that nobody has asked for, with what lets the next one in. */
  #messages: { message: string | Bytes; taken: (() => void) | null }[] = [];
  /** Who waits for a message. */
  #readers: ((message: string | Bytes | null) => void)[] = [];
  #over = false;
  #discarding = false;

  /**
   * Begins to connect; see {@linkcode connectFuture}.
   *
   * @throws {TypeError} If the URL is not one of a WebSocket.
   * @throws {RangeError} If an option is out of its range.
   */
  constructor(url: string | URL, options: WebSocketConnectOptions = {}) {
    this.#target = parseTarget(url);
    this.#options = options;
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

  /** Bytes that wait for the server, 0 when closed. */
  get bufferedAmount(): number {
    return this.protocol?.bufferedAmount ?? 0;
  }

  /** How many messages were not sent because too much was waiting, with the policy `"drop"`. */
  get droppedMessages(): number {
    return this.protocol?.droppedMessages ?? 0;
  }

  /** Seconds from the last automatic ping to its pong, or `null` before the first. */
  get roundTripTime(): number | null {
    return this.protocol?.roundTripTime ?? null;
  }

  /**
   * Sends a message. Bytes must not change before the promise resolves.
   *
   * @param message Text; bytes; or an object or array, which is sent as JSON.
   * @param binary Whether as bytes or as text. Without it text and JSON are sent as text, and bytes as bytes.
   * @returns A promise that resolves when the message is with the kernel; it may be ignored.
   * @throws {WebSocketClosedError} At once, if the connection is closed or closing.
   */
  writeMessage(message: string | object, binary?: boolean): Promise<void> {
    if (this.protocol === null) throw new WebSocketClosedError();
    return this.protocol.writeMessage(message, binary);
  }

  /**
   * The next message; `null` once the connection is closed and all messages were read.
   *
   * @throws {Error} If there is an `onMessageCallback`, which gets all messages.
   */
  readMessage(): Promise<string | Bytes | null> {
    if (this.#options.onMessageCallback) throw new Error("Cannot read messages: onMessageCallback gets them");
    const next = this.#messages.shift();
    if (next !== undefined) {
      next.taken?.();
      return Promise.resolve(next.message);
    }
    if (this.#over) return Promise.resolve(null);
    return new Promise((resolve) => this.#readers.push(resolve));
  }

  /** The messages until the connection is closed. Leaving the loop leaves the connection open. */
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
    this.protocol.writePing(typeof data === "string" ? encoder.encode(data) : data);
  }

  /** Resolves when all that was sent so far is with the kernel; rejects with {@linkcode WebSocketClosedError}. */
  drained(): Promise<void> {
    return this.#connected?.drained() ?? Promise.resolve();
  }

  /**
   * Closes the connection; {@linkcode closed} resolves when that is done. Messages that were on their way can still be read.
   *
   * @param code Why: 1000 to 1014 without 1004 to 1006, or 3000 to 4999. A reason without a code is sent with 1000.
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
    for (const { taken } of this.#messages.splice(0)) taken?.();
    await this.closed;
  }

  /** Called for each ping, which is answered already; override it, or set it. */
  onPing(_data: Bytes): void {}

  /** Called for each pong; override it, or set it. */
  onPong(_data: Bytes): void {}

  /** A message has come. */
  onMessage(message: string | Bytes): void | Promise<void> {
    const { onMessageCallback } = this.#options;
    if (onMessageCallback) return onMessageCallback(message);
    const reader = this.#readers.shift();
    if (reader !== undefined) return reader(message);
    if (this.#discarding) return;
    if (this.#messages.length < QUEUE_LENGTH) {
      this.#messages.push({ message, taken: null });
      return;
    }
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#messages.push({ message, taken: resolve });
    return promise;
  }

  /** Logs what a callback has thrown. */
  logException(error: unknown): void {
    appLog.error("Uncaught exception in WebSocket callback", toError(error));
  }

  /** The protocol is at its end: notes why. */
  onWsConnectionClose(closeCode: number | null = null, closeReason: string | null = null): void {
    this.closeCode = closeCode;
    this.closeReason = closeReason;
    this.onConnectionClose();
  }

  /** The connection is gone, or was never there: tells whoever waits for a message. */
  onConnectionClose(): void {
    this.protocol = null;
    if (this.#over) return;
    this.#over = true;
    for (const reader of this.#readers.splice(0)) reader(null);
    try {
      const told = this.#options.onMessageCallback?.(null);
      if (isThenable(told)) told.catch((error) => this.logException(error));
    } catch (error) {
      this.logException(error);
    }
  }

  /** Makes the protocol. */
  getWebsocketProtocol(): WebSocketProtocol13 {
    return new WebSocketProtocol13(this, true, this.params);
  }

  /**
   * Takes the server's answer to the opening handshake.
   *
   * @throws {WebSocketHandshakeError} If the server answers something else than a WebSocket.
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

  async #connect(): Promise<WebSocketClientConnection> {
    const { connectTimeout = DEFAULT_CONNECT_TIMEOUT, tls = {} } = this.#options;
    const { promise: expired, reject } = Promise.withResolvers<never>();
    const late = () => reject(new WebSocketError(`Cannot connect: not open after ${connectTimeout} seconds`));
    const timer = connectTimeout > 0 ? currentClock().setTimer(late, connectTimeout) : null;
    const opening = openStream(this.#target, tls);
    try {
      const stream = await Promise.race([opening, expired]);
      await Promise.race([this.#shakeHands(stream), expired]);
      this.#start(stream);
      return this;
    } catch (error) {
      // It may still be on its way.
      opening.then((stream) => stream.close(), () => {});
      this.onConnectionClose();
      this.#end();
      throw error;
    } finally {
      timer?.cancel();
    }
  }

  async #shakeHands(stream: IOStream): Promise<void> {
    const { headers, subprotocols = [] } = this.#options;
    const request = handshakeRequest(this.#target, {
      key: this.key,
      version: 13,
      headers: new HTTPHeaders(headers),
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

function openStream(target: Target, tls: WebSocketTlsOptions): Promise<IOStream> {
  const { hostname, port, secure } = target;
  if (!secure) return IOStream.connect({ hostname, port });
  const { cert, key, ...checks } = tls;
  const pair = cert !== undefined && key !== undefined ? { cert, key, keyFormat: "pem" as const } : {};
  return SSLIOStream.connect({ hostname, port, ...checks, ...pair });
}
