import type { HTTPHeaders } from "../http/httputil.ts";
import { peekTrusted } from "../http/internal.ts";
import type { Bytes } from "../internal/bytes.ts";
import type { Message } from "../internal/json_object.ts";
import { isThenable } from "../internal/promises.ts";
import { type Delivery, LatestMessages, type Subscriber, type TopicGap, type TopicMessage } from "../pubsub/mod.ts";
import { utf8 } from "../util/escape.ts";
import { genLog } from "../util/log.ts";
import { stateOf } from "../web/internal.ts";
import { type PathValue, RequestHandler } from "../web/mod.ts";
import {
  type BackpressurePolicy,
  type Extension,
  GOING_AWAY,
  parseExtensions,
  WebSocketClosedError,
  type WebSocketCompressionOptions,
  type WebSocketSettings,
} from "../websocket_core/internal.ts";
import { acceptOnServe, acceptOnStream } from "./_handshake/accept.ts";
import { checkKey, checkUpgrade, isSameHost, namesKnownVersion, type Refusal } from "./_handshake/request_checks.ts";
import { ServeWebSocketProtocol } from "./serve_protocol.ts";
import {
  DEFAULT_HIGH_WATER_MARK,
  DEFAULT_MAX_MESSAGE_SIZE,
  isPolicy,
  sharedParams,
  type WebSocketParams,
} from "./params.ts";
import type { WebSocketDelegate, WebSocketProtocol } from "./protocol.ts";
import { WebSocketProtocol13 } from "./protocol13.ts";

/**
 * Answers a request for a WebSocket, and lives as long as the connection. Tornado's `WebSocketHandler`.
 *
 * A subclass overrides {@linkcode WebSocketHandler.onMessage}, and other methods as needed. Until
 * {@linkcode WebSocketHandler.open} is called, it works as any `RequestHandler`: `prepare`, cookies, arguments and
 * `currentUser` are available, and a thrown error becomes an error page. Afterwards the methods that make a response,
 * such as `write` and `setHeader`, throw; headers and cookies that `prepare` has set are part of the handshake.
 *
 * The handler gets one message at a time: the next one waits for the promise of {@linkcode WebSocketHandler.onMessage},
 * so a slow handler slows down only its own client.
 *
 * @example
 * ```ts
 * import { Application } from "@twister/twister/web";
 * import { websocketConnect, WebSocketHandler } from "@twister/twister/websocket";
 * import { assertEquals } from "@std/assert";
 *
 * class Echo extends WebSocketHandler {
 *   override async onMessage(message: string | Uint8Array): Promise<void> {
 *     await this.writeMessage(message);
 *   }
 * }
 *
 * const app = new Application([["/echo", Echo]]);
 * await using server = app.listen(0, { address: "127.0.0.1" });
 *
 * const client = await websocketConnect(`ws://127.0.0.1:${server.port}/echo`);
 * await client.writeMessage("hello");
 * assertEquals(await client.readMessage(), "hello");
 * client.close();
 * await client.closed;
 * ```
 */
export class WebSocketHandler extends RequestHandler implements WebSocketDelegate, Subscriber {
  /** The protocol on the connection; `null` before it opens and after it closes. */
  wsConnection: WebSocketProtocol | null = null;
  /** The code that the client closed with; `null` before that, or if it gave no code. */
  closeCode: number | null = null;
  /** The reason that the client closed with; `null` before that, or if it gave no code. */
  closeReason: string | null = null;
  /** The same as {@linkcode wsConnection}, but kept after the end: bytes sent before may still wait. */
  #protocol: WebSocketProtocol | null = null;
  /** `true` from the success of {@linkcode open} until {@linkcode onClose}. */
  #opened = false;
  #whenClosed: ((handler: WebSocketHandler) => void)[] | null = null;
  #end: AbortController | null = null;
  /** What the policy `"coalesce"` keeps, once it was needed. */
  #latest: LatestMessages | null = null;

  /**
   * Aborts when the WebSocket has closed, with a {@linkcode WebSocketClosedError}. During the handshake it works as
   * that of a `RequestHandler`.
   */
  override get signal(): AbortSignal {
    if (this.#end !== null) return this.#end.signal;
    const end = this.#end = new AbortController();
    if (this.wsConnection !== null) return end.signal;
    if (stateOf(this).leftHTTP) end.abort(new WebSocketClosedError());
    else {
      const request = super.signal;
      request.addEventListener("abort", () => end.abort(request.reason));
      if (request.aborted) end.abort(request.reason);
    }
    return end.signal;
  }

  /** The seconds between pings; `null` for no pings: the setting `websocketPingInterval`. */
  get pingInterval(): number | null {
    return numberSetting(this.settings, "websocketPingInterval");
  }

  /** The seconds to wait for a pong; `null` for the interval: the setting `websocketPingTimeout`. */
  get pingTimeout(): number | null {
    return numberSetting(this.settings, "websocketPingTimeout");
  }

  /** The size limit for received messages, in bytes: the setting `websocketMaxMessageSize`, or 10 MiB. */
  get maxMessageSize(): number {
    return numberSetting(this.settings, "websocketMaxMessageSize") ?? DEFAULT_MAX_MESSAGE_SIZE;
  }

  /** The number of bytes that may wait for the client: the setting `websocketHighWaterMark`, or 16 MiB. */
  get highWaterMark(): number {
    return numberSetting(this.settings, "websocketHighWaterMark") ?? DEFAULT_HIGH_WATER_MARK;
  }

  /** The policy for messages beyond {@linkcode highWaterMark}: the setting `websocketBackpressure`, or `"close"`. */
  get backpressure(): BackpressurePolicy {
    const policy = this.settings.websocketBackpressure ?? "close";
    if (isPolicy(policy)) return policy;
    throw new RangeError(
      `Invalid websocketBackpressure ${Deno.inspect(policy)}: it is "close", "drop", "coalesce" or "wait"`,
    );
  }

  /** The arguments of {@linkcode open} from unnamed groups of the path. */
  get openArgs(): readonly (string | null)[] {
    return this.pathArgs;
  }

  /** The arguments of {@linkcode open} from named groups of the path. */
  get openKwargs(): Readonly<Record<string, string | null>> {
    return this.pathKwargs;
  }

  /** The subprotocol that was agreed on, or `null`. */
  get selectedSubprotocol(): string | null {
    return this.wsConnection?.selectedSubprotocol ?? null;
  }

  /** The bytes that wait for the client; 0 when closed. */
  get bufferedAmount(): number {
    return this.wsConnection?.bufferedAmount ?? 0;
  }

  /**
   * The number of messages that the policies `"drop"` and `"coalesce"` left out because too many bytes were waiting.
   */
  get droppedMessages(): number {
    return (this.wsConnection?.droppedMessages ?? 0) + (this.#latest?.replaced ?? 0);
  }

  /** The seconds from the last automatic ping to its pong; `null` before the first pong. */
  get roundTripTime(): number | null {
    return this.wsConnection?.roundTripTime ?? null;
  }

  /** Answers the opening handshake; a subclass overrides {@linkcode open} instead. */
  override get(..._pathArgs: PathValue[]): void | Promise<void> {
    const { headers } = this.request;
    const refusal = checkUpgrade(headers) ?? this.#checkOrigin(headers);
    if (refusal !== null) return this.#refuse(refusal);
    let opened: void | Promise<void> = undefined;
    stateOf(this).connection.upgrade({
      onStream: (accept) => {
        const protocol = this.getWebsocketProtocol();
        const extensions = this.#checkHandshake(headers, protocol !== null);
        if (protocol === null || extensions === null) return;
        this.wsConnection = this.#protocol = protocol;
        acceptOnStream(this, protocol, { headers, extensions, accept });
        opened = this.#open(protocol);
      },
      onWebSocket: (accept) => {
        if (this.#checkHandshake(headers, namesKnownVersion(headers)) === null) return;
        const protocol = new ServeWebSocketProtocol(this, this.#params());
        this.wsConnection = this.#protocol = protocol;
        acceptOnServe(this, protocol, { headers, accept, onOpen: () => void this.#open(protocol) });
      },
    });
    return opened;
  }

  /**
   * Called when the WebSocket is open; override it. It gets the arguments of the path, as the methods of a
   * `RequestHandler` do.
   *
   * @returns A promise that the first message waits for, or nothing.
   */
  open(..._pathArgs: PathValue[]): void | Promise<void> {}

  /**
   * Called for each message; override it.
   *
   * @param message Text, or bytes that belong to the receiver.
   * @returns A promise that the next message waits for, or nothing.
   */
  onMessage(message: string | Bytes): void | Promise<void>;
  // One signature for each kind of frame refuses a subclass that takes only one of them.
  onMessage(message: string): void | Promise<void>;
  onMessage(message: Bytes): void | Promise<void>;
  onMessage(_message: string | Bytes): void | Promise<void> {
    throw new Error(`${this.constructor.name} does not override onMessage(), which takes the messages of clients`);
  }

  /**
   * Called once when the WebSocket has closed, if {@linkcode open} had succeeded; nothing can be sent then. If
   * {@linkcode onMessage} is still at work, `onClose` is called when that is done.
   */
  onClose(): void {}

  /** Called for each ping, after it was answered. */
  onPing(_data: Bytes): void {}

  /** Called for each pong. */
  onPong(_data: Bytes): void {}

  /**
   * Sends a message. Bytes must not change before the promise resolves.
   *
   * @param message Text; bytes; or an object or array, which is sent as JSON.
   * @param binary `true` to send bytes, `false` to send text; by default text and JSON are text, and bytes are bytes.
   * @returns A promise that resolves when the message is handed to the kernel, and rejects with
   * {@linkcode WebSocketClosedError} if the client goes away before. Await it, so that a slow client slows down its
   * sender; it may also be ignored.
   * @throws {WebSocketClosedError} Immediately, if the WebSocket is closed or closing.
   * @throws {TypeError} If the message has no JSON form, or is a Map, a Set or a promise.
   */
  writeMessage(message: Message, binary?: boolean): Promise<void> {
    return this.#connected().writeMessage(message, binary);
  }

  /**
   * Sends a message of a topic; `Topics` calls it. All subscribers share the frames, and no caller waits for them.
   *
   * Beyond {@linkcode highWaterMark} the message is dropped or the connection is, as {@linkcode backpressure} says.
   */
  deliver(message: TopicMessage): Delivery {
    const connection = this.wsConnection;
    if (connection === null) return "closed";
    // An older message of the same key may be kept, and must not come after this one.
    if (this.#latest?.isEmpty === false) return this.#keepLatest(message);
    const delivery = connection.sendPrepared(message);
    return delivery === "dropped" && this.backpressure === "coalesce" ? this.#keepLatest(message) : delivery;
  }

  /**
   * Returns the key of a message for the policy `"coalesce"`, which keeps the latest message of each: by default the
   * topic. Override it to tell more apart, or less. It must not throw.
   */
  coalesceKey(message: TopicMessage): string {
    return message.topic;
  }

  /**
   * Is called when messages of a topic that the WebSocket is subscribed to are missing and cannot be recovered, before
   * the message after them; see `TopicGap`. A subclass may override it, to have the page load its state again for
   * example. It must not publish.
   */
  onGap(_gap: TopicGap): void {}

  /**
   * Registers a callback for the end of the WebSocket, which is called before {@linkcode onClose}; registering the same
   * callback again changes nothing. `Topics` unsubscribes a handler by it.
   *
   * @throws {WebSocketClosedError} If the WebSocket is not open.
   */
  whenClosed(callback: (handler: WebSocketHandler) => void): void {
    if (this.wsConnection === null) throw new WebSocketClosedError("Cannot subscribe: the WebSocket is not open");
    const callbacks = this.#whenClosed ??= [];
    if (!callbacks.includes(callback)) callbacks.push(callback);
  }

  /**
   * Sends a ping; see also {@linkcode pingInterval}.
   *
   * @param data At most 125 bytes, which come back to {@linkcode onPong}.
   * @throws {WebSocketClosedError} If the WebSocket is closed or closing.
   * @throws {RangeError} If there are more than 125 bytes.
   */
  ping(data: string | Uint8Array = ""): void {
    this.#connected().writePing(typeof data === "string" ? utf8(data) : data);
  }

  /**
   * Resolves when all that was sent so far is handed to the kernel; rejects with {@linkcode WebSocketClosedError} if
   * the client is gone.
   */
  drained(): Promise<void> {
    return this.#protocol?.drained() ?? Promise.resolve();
  }

  /**
   * Closes the WebSocket. Messages that the client sent before its Close frame still come; nothing more can be sent.
   *
   * @param code The close code: 1000 to 1014 without 1004 to 1006, or 3000 to 4999. A reason without a code is sent
   * with 1000.
   * @param reason At most 123 bytes.
   * @throws {RangeError} If the code may not be sent, or the reason is too long.
   */
  close(code: number | null = null, reason: string | null = null): void {
    const protocol = this.wsConnection;
    if (protocol === null) return;
    protocol.close(code, reason);
    this.wsConnection = null;
  }

  /**
   * Tells whether a page of this origin may connect: by default, if its host and port are those of the request, where
   * the port of the origin's scheme need not be named. Override it to allow others.
   *
   * It is not called for clients that send no origin, since every browser sends one.
   */
  checkOrigin(origin: string): boolean {
    return isSameHost(origin, peekTrusted(this.request.headers, "Host"));
  }

  /**
   * Chooses one of the subprotocols that the client offers. Called once, also if it offers none.
   *
   * @returns One of `subprotocols`, or `null`.
   */
  selectSubprotocol(_subprotocols: string[]): string | null {
    return null;
  }

  /** Returns the options of compression, which is used if the client offers it; `null`, the default, to disable it. */
  getCompressionOptions(): WebSocketCompressionOptions | null {
    return null;
  }

  /** Turns Nagle's algorithm off (`true`), so that small messages leave immediately, or on. */
  setNodelay(value: boolean): void {
    this.wsConnection?.setNodelay(value);
  }

  /**
   * Creates the protocol for the version that the client names: 7, 8 or 13; `null` for others. It is not called on the
   * serve engine, which has WebSockets of its own.
   */
  getWebsocketProtocol(): WebSocketProtocol13 | null {
    return namesKnownVersion(this.request.headers) ? new WebSocketProtocol13(this, false, this.#params()) : null;
  }

  /** Runs the callbacks of the end, when the connection is gone. */
  override onConnectionClose(): void {
    const protocol = this.wsConnection;
    this.wsConnection = null;
    protocol?.onConnectionClose();
    this.#end?.abort(new WebSocketClosedError());
    this.#whenClosed?.forEach((callback) => callback(this));
    this.#whenClosed = null;
    if (!this.#opened) return;
    this.#opened = false;
    const closed: unknown = this.onClose();
    // Nobody waits for it, but a rejection is not to end the process.
    if (isThenable(closed)) closed.then(undefined, (error) => this.logException(error));
  }

  /** Records the code and the reason when the protocol ends, and calls {@linkcode onClose}. */
  onWsConnectionClose(closeCode: number | null = null, closeReason: string | null = null): void {
    this.closeCode = closeCode;
    this.closeReason = closeReason;
    this.wsConnection = null;
    this.onConnectionClose();
  }

  #keepLatest(message: TopicMessage): Delivery {
    const latest = this.#latest ??= new LatestMessages(this.highWaterMark);
    const isFirst = latest.isEmpty;
    if (!latest.keep(this.coalesceKey(message), message)) {
      genLog.info("Closing WebSocket: the latest messages of its topics are too many for a client that does not read");
      // Closing calls the application, which may publish: the other subscribers get this message first.
      queueMicrotask(() => this.wsConnection?.abort());
      return "closed";
    }
    if (isFirst) this.drained().then(() => this.#sendLatest(), () => {});
    return "delivered";
  }

  #sendLatest(): void {
    for (const message of this.#latest?.take() ?? []) this.deliver(message);
  }

  #connected(): WebSocketProtocol {
    if (this.wsConnection === null || this.wsConnection.isClosing()) throw new WebSocketClosedError();
    return this.wsConnection;
  }

  #params(): WebSocketParams {
    const { pingInterval, pingTimeout, maxMessageSize, highWaterMark, backpressure } = this;
    const compressionOptions = this.getCompressionOptions();
    return sharedParams({
      pingInterval,
      pingTimeout,
      maxMessageSize,
      highWaterMark,
      backpressure,
      compressionOptions,
      drainCode: numberSetting(this.settings, "websocketDrainCode") ?? GOING_AWAY,
      rateLimit: this.settings.websocketRateLimit ?? null,
    });
  }

  #checkOrigin(headers: HTTPHeaders): Refusal | null {
    // The name in version 8 of the protocol.
    const origin = peekTrusted(headers, "Origin") ?? peekTrusted(headers, "Sec-Websocket-Origin");
    if (origin === null || this.checkOrigin(origin)) return null;
    return { status: 403, message: "Cross origin websockets not allowed" };
  }

  /** Returns the extensions that the client offers; `null` if the handshake is not valid, and was refused. */
  #checkHandshake(headers: HTTPHeaders, knownVersion: boolean): Extension[] | null {
    if (!knownVersion) {
      // RFC 9110, 15.5.22 and 7.8.
      this.setHeader("Upgrade", "websocket");
      this.setHeader("Connection", "Upgrade");
      this.setHeader("Sec-WebSocket-Version", "7, 8, 13");
      this.#refuse({ status: 426, message: "" });
      return null;
    }
    const extensions = parseExtensions(peekTrusted(headers, "Sec-Websocket-Extensions") ?? "");
    const invalid = checkKey(headers, this.request.version);
    if (invalid === null && extensions !== null) return extensions;
    this.#refuse(invalid ?? { status: 400, message: "Missing/Invalid WebSocket headers" });
    return null;
  }

  #refuse({ status, message }: Refusal): void {
    genLog.debug("Refusing WebSocket: %s", message);
    this.setStatus(status);
    this.finish(message);
  }

  /** Calls {@linkcode open}, and begins to read when that is done. */
  #open(protocol: WebSocketProtocol): void | Promise<void> {
    let opened: void | Promise<void>;
    try {
      opened = callOpen(this);
    } catch (error) {
      return protocol.fail(error);
    }
    if (!isThenable(opened)) return this.#begin(protocol);
    return opened.then(() => this.#begin(protocol), (error) => protocol.fail(error));
  }

  #begin(protocol: WebSocketProtocol): void {
    this.#opened = true;
    protocol.startPinging();
    protocol.receive();
  }
}

/** @throws {TypeError} If the setting is neither a number nor `null`. */
function numberSetting(settings: WebSocketSettings, name: keyof WebSocketSettings): number | null {
  const value = settings[name] ?? null;
  if (value === null || typeof value === "number") return value;
  throw new TypeError(`Invalid setting ${name}: ${Deno.inspect(value)} is not a number`);
}

function callOpen(handler: WebSocketHandler): void | Promise<void> {
  // The pattern of the rule and the parameters of the method belong together; the compiler sees neither.
  const open = handler.open as (...pathArgs: unknown[]) => void | Promise<void>;
  const { pathArgs, pathKwargs } = handler;
  return Object.keys(pathKwargs).length > 0 ? open.call(handler, pathKwargs) : open.call(handler, ...pathArgs);
}
