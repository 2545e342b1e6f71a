import { Buffer } from "node:buffer";
import { EventEmitter } from "node:events";
import type { ClientRequest, IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { toError } from "../internal/promises.ts";
import { appLog, genLog } from "../util/log.ts";
import {
  codecsOf,
  Connection,
  type ConnectionOwner,
  GOING_AWAY,
  INTERNAL_ERROR,
  opcodes,
} from "../websocket_core/internal.ts";
import { type ClientHandshake, type Opened, type Opener, parseAddress } from "./_client_handshake.ts";
import { addListener, getProperty, removeListener, setProperty } from "./_event_target.ts";
import { describeFault } from "./_fault_text.ts";
import { NodeHandshake } from "./_node_handshake.ts";
import { asBuffer, byteLength, closeReason, controlPayload, normalize, shaped } from "./_payload.ts";
import { type Payload, SendQueue } from "./_send_queue.ts";
import { knowsOptions, StreamHandshake } from "./_stream_handshake.ts";
import { StreamSocket } from "./_stream_socket.ts";
import type { AddEventListenerOptions, EventListener, WebSocketEventMap } from "./events.ts";
import type {
  BinaryType,
  ClientOptions,
  ConnectionOptions,
  RawData,
  SendCallback,
  SendData,
  SendOptions,
} from "./web_socket_options.ts";

const CONNECTING = 0;
const OPEN = 1;
const CLOSING = 2;
const CLOSED = 3;
const STATES = ["CONNECTING", "OPEN", "CLOSING", "CLOSED"];

/** Stands for a Close frame without a code (RFC 6455, section 7.1.5). */
const NO_STATUS = 1005;
/** Stands for an end without a Close frame. */
const ABNORMAL = 1006;

// The defaults of ws.
const DEFAULT_MAX_PAYLOAD = 100 * 1024 * 1024;
const DEFAULT_CLOSE_TIMEOUT = 30_000;
const DEFAULT_MAX_PENDING_PONGS = 60;

/** Stands for no limit: no array of bytes gets larger than this. */
const UNLIMITED = 2 ** 31 - 1;

const NO_REASON: Buffer = Buffer.alloc(0);

/** The events of a {@linkcode WebSocket} with their arguments. */
export interface WebSocketEvents {
  /** Reports that the handshake of a client is done. */
  open: [];
  /** Reports a message: a `Buffer`, also for text, unless `binaryType` names another type for bytes. */
  message: [data: RawData, isBinary: boolean];
  /** Reports the end of the connection; the code is 1005 if the peer gave no code, and 1006 if it did not close. */
  close: [code: number, reason: Buffer];
  /** Reports a failure of the connection; `close` follows. */
  error: [error: Error];
  /** Reports a ping, which is answered unless `autoPong` is off. */
  ping: [data: Buffer];
  /** Reports a pong. */
  pong: [data: Buffer];
  /** Reports that the server has accepted the handshake. */
  upgrade: [response: IncomingMessage];
  /**
   * Reports an answer with another status than 101; without a listener that is an error. Add the listener in the turn
   * in which the WebSocket is created.
   */
  "unexpected-response": [request: ClientRequest, response: IncomingMessage];
  /** Reports the address of a redirect that is followed. */
  redirect: [url: string, request: ClientRequest];
}

/** Opens a WebSocket of a server: `WebSocketServer` is its friend. */
export let accept: (websocket: WebSocket, opened: Opened) => void;

/**
 * A WebSocket with the interface of the class of that name in the npm package `ws`: a client if it is created with an
 * address, or a connection of a {@linkcode WebSocketServer}.
 *
 * @example
 * ```ts
 * import { WebSocket, WebSocketServer } from "@twister/twister/ws";
 * import { assertEquals } from "@std/assert";
 * import { once } from "node:events";
 *
 * const server = new WebSocketServer({ port: 0, host: "127.0.0.1" });
 * server.on("connection", (socket) => {
 *   socket.on("message", (data, isBinary) => socket.send(data, { binary: isBinary }));
 * });
 * await once(server, "listening");
 *
 * const { port } = server.address() as { port: number };
 * const client = new WebSocket(`ws://127.0.0.1:${port}/`);
 * await once(client, "open");
 * client.send("hello");
 * const [data] = await once(client, "message");
 * assertEquals(String(data), "hello");
 *
 * client.close();
 * await once(client, "close");
 * server.close();
 * await once(server, "close");
 * ```
 */
export class WebSocket extends EventEmitter<WebSocketEvents> {
  /** The handshake is under way. */
  static readonly CONNECTING: 0 = CONNECTING;
  /** Messages can be sent. */
  static readonly OPEN: 1 = OPEN;
  /** The connection is being closed. */
  static readonly CLOSING: 2 = CLOSING;
  /** The connection is closed. */
  static readonly CLOSED: 3 = CLOSED;

  /** The value 0 of `readyState`: the handshake is under way. */
  declare readonly CONNECTING: 0;
  /** The value 1 of `readyState`: messages can be sent. */
  declare readonly OPEN: 1;
  /** The value 2 of `readyState`: the connection is being closed. */
  declare readonly CLOSING: 2;
  /** The value 3 of `readyState`: the connection is closed. */
  declare readonly CLOSED: 3;

  #state: 0 | 1 | 2 | 3 = CONNECTING;
  #binaryType: BinaryType = "nodebuffer";
  #url = "";
  #protocol = "";
  #deflates = false;
  #paused = false;
  #closeCode = ABNORMAL;
  #closeReason: Buffer = NO_REASON;
  /** Bytes that were to be sent when it was too late. */
  #unsent = 0;
  #failed = false;
  #client = false;
  #options: ConnectionOptions;
  #handshake: ClientHandshake | null = null;
  #connection: Connection | null = null;
  #queue: SendQueue | null = null;
  #socket: Duplex | null = null;

  static {
    accept = (websocket, opened) => websocket.#open(opened);
  }

  /**
   * Connects to a server.
   *
   * @param address A URL with the scheme `ws`, `wss`, `http`, `https` or `ws+unix`; `null` for a WebSocket that a
   * server opens.
   * @param protocols Subprotocols, the preferred one first.
   * @throws {SyntaxError} If the address is not one of a WebSocket, or a subprotocol is not a token.
   * @throws {RangeError} If an option is out of its range.
   */
  constructor(
    address: string | URL | null,
    protocols?: string | readonly string[] | ClientOptions | null,
    options?: ClientOptions | ConnectionOptions,
  ) {
    super();
    const given: ClientOptions = isOptions(protocols) ? protocols : options ?? {};
    this.#options = given;
    if (address === null) return;
    this.#client = true;
    const offered = protocols === undefined || isOptions(protocols) ? given.protocols ?? [] : protocols;
    this.#handshake = this.#connect(address, Array.isArray(offered) ? offered : [offered], given);
  }

  /** The state: one of the four constants. */
  get readyState(): 0 | 1 | 2 | 3 {
    return this.#state;
  }

  /** The type of binary messages; setting an unknown type has no effect. */
  get binaryType(): BinaryType {
    return this.#binaryType;
  }

  set binaryType(type: BinaryType) {
    if (type === "nodebuffer" || type === "arraybuffer" || type === "fragments" || type === "blob") {
      this.#binaryType = type;
    }
  }

  /** The bytes of messages that wait for the peer, and of those that were sent after the end. */
  get bufferedAmount(): number {
    return this.#unsent + (this.#queue?.pending ?? 0);
  }

  /** `permessage-deflate` if messages may be compressed, or `""`. */
  get extensions(): string {
    return this.#deflates ? "permessage-deflate" : "";
  }

  /** `true` after {@linkcode pause}. */
  get isPaused(): boolean {
    return this.#paused;
  }

  /** The subprotocol that was agreed on, or `""`. */
  get protocol(): string {
    return this.#protocol;
  }

  /** The address of a client; `""` for a connection of a server. */
  get url(): string {
    return this.#url;
  }

  /**
   * The socket under the connection, or `null`. It is not documented in `ws`, but widely used for the peer's address.
   */
  get _socket(): Duplex | null {
    const stream = this.#connection?.stream;
    if (this.#socket === null && stream !== undefined) {
      const socket = new StreamSocket(stream);
      socket.release();
      if (this.#paused) socket.pause();
      this.#socket = socket;
    }
    return this.#socket;
  }

  /** `true` if both sides have sent a Close frame: `wasClean` of the event. */
  get closedCleanly(): boolean {
    return this.#connection !== null && this.#connection.closeSent && this.#connection.closeReceived;
  }

  /** The listener for `open` that was set here. */
  get onopen(): ((event: WebSocketEventMap<WebSocket>["open"]) => void) | null {
    return getProperty(this, "open");
  }

  set onopen(listener: ((event: WebSocketEventMap<WebSocket>["open"]) => void) | null) {
    setProperty(this, "open", listener);
  }

  /** The listener for `message` that was set here. */
  get onmessage(): ((event: WebSocketEventMap<WebSocket>["message"]) => void) | null {
    return getProperty(this, "message");
  }

  set onmessage(listener: ((event: WebSocketEventMap<WebSocket>["message"]) => void) | null) {
    setProperty(this, "message", listener);
  }

  /** The listener for `close` that was set here. */
  get onclose(): ((event: WebSocketEventMap<WebSocket>["close"]) => void) | null {
    return getProperty(this, "close");
  }

  set onclose(listener: ((event: WebSocketEventMap<WebSocket>["close"]) => void) | null) {
    setProperty(this, "close", listener);
  }

  /** The listener for `error` that was set here. */
  get onerror(): ((event: WebSocketEventMap<WebSocket>["error"]) => void) | null {
    return getProperty(this, "error");
  }

  set onerror(listener: ((event: WebSocketEventMap<WebSocket>["error"]) => void) | null) {
    setProperty(this, "error", listener);
  }

  /** Adds a listener for `open`, `message`, `close` or `error` as a page does; ignores other names. */
  addEventListener<Name extends keyof WebSocketEventMap>(
    type: Name,
    listener: EventListener<WebSocketEventMap<WebSocket>[Name]>,
    options: AddEventListenerOptions = {},
  ): void {
    addListener(this, type, listener, options, false);
  }

  /** Removes what {@linkcode addEventListener} added. */
  removeEventListener<Name extends keyof WebSocketEventMap>(
    type: Name,
    listener: EventListener<WebSocketEventMap<WebSocket>[Name]>,
  ): void {
    removeListener(this, type, listener);
  }

  /**
   * Sends a message. Bytes must not change before the callback is called.
   *
   * @param callback Called when the message is handed to the kernel, or with an error if it never will be, as when the
   * connection is closed.
   * @throws {Error} If the handshake is still under way.
   * @throws {TypeError} If the data is neither a string nor bytes.
   */
  send(data: SendData, callback?: SendCallback): void;
  /** Sends a message or a fragment of one. */
  send(data: SendData, options: SendOptions | undefined, callback?: SendCallback): void;
  send(data: SendData, options?: SendOptions | SendCallback, callback?: SendCallback): void {
    this.#refuseEarly();
    const flags = typeof options === "function" ? {} : options ?? {};
    const done = typeof options === "function" ? options : callback;
    const payload = normalize(data);
    if (this.#state !== OPEN || this.#queue === null) return this.#tooLate(payload, done);
    const { binary = typeof payload !== "string", compress = true, fin = true } = flags;
    this.#queue.message(payload, { binary, compress, fin }, done);
  }

  /**
   * Sends a ping.
   *
   * @param data At most 125 bytes.
   * @throws {Error} If the handshake is still under way.
   * @throws {RangeError} If there are more bytes.
   */
  ping(data?: SendData | SendCallback, mask?: boolean | SendCallback, callback?: SendCallback): void {
    this.#control(opcodes.PING, data, mask, callback);
  }

  /** Sends a pong; the parameters and errors are those of {@linkcode ping}. */
  pong(data?: SendData | SendCallback, mask?: boolean | SendCallback, callback?: SendCallback): void {
    this.#control(opcodes.PONG, data, mask, callback);
  }

  /** Holds messages back until {@linkcode resume}, and reads at most 64 KiB ahead. */
  pause(): void {
    if (this.#state === CONNECTING || this.#state === CLOSED) return;
    this.#paused = true;
    if (this.#socket instanceof StreamSocket) this.#socket.pause();
    this.#connection?.pause();
  }

  /** Goes on after {@linkcode pause}. */
  resume(): void {
    if (this.#state === CONNECTING || this.#state === CLOSED) return;
    this.#paused = false;
    if (this.#socket instanceof StreamSocket) this.#socket.resume();
    this.#connection?.resume();
  }

  /**
   * Sends a Close frame. The connection ends when the peer has answered it, or after `closeTimeout`.
   *
   * @param code 1000 to 1014 without 1004 to 1006, or 3000 to 4999.
   * @param data The reason, at most 123 bytes.
   * @throws {TypeError} If the code may not be sent.
   * @throws {RangeError} If the reason is too long.
   */
  close(code?: number, data?: string | Uint8Array): void {
    if (this.#state === CONNECTING) return this.#abort();
    if (this.#state !== OPEN || this.#queue === null) return;
    const reason = closeReason(code, data);
    this.#state = CLOSING;
    this.#queue.close(code ?? null, reason);
  }

  /** Drops the connection. Earlier messages arrive, as far as the kernel has room for them. */
  terminate(): void {
    if (this.#state === CONNECTING) return this.#abort();
    if (this.#state === CLOSED) return;
    this.#state = CLOSING;
    this.#queue?.giveUp();
    this.#connection?.terminate();
  }

  /** Connects by `node:http` only for options that are its own, and for an event that brings its objects. */
  #connect(address: string | URL, protocols: readonly string[], options: ClientOptions): ClientHandshake {
    const opener: Opener = {
      websocket: this,
      onAddress: (url) => this.#url = url,
      onNodeNeeded: (url) => {
        this.#handshake = new NodeHandshake(opener, protocols, options);
        this.#handshake.start(url);
      },
      onOpened: (opened) => {
        this.#handshake = null;
        this.#open(opened);
      },
      onFailed: (error) => this.#failToOpen(error),
    };
    const Handshake = knowsOptions(options) ? StreamHandshake : NodeHandshake;
    const handshake = new Handshake(opener, protocols, options);
    handshake.start(parseAddress(address));
    return handshake;
  }

  #open({ stream, socket, protocol, deflate, compression, live }: Opened): void {
    const client = this.#client;
    const alone = client ? deflate?.clientNoContextTakeover : deflate?.serverNoContextTakeover;
    // As in ws: with a history, short messages get shorter as well.
    const compressing = compression === null || alone === true ? compression : { ...compression, threshold: 0 };
    const { maxPayload = DEFAULT_MAX_PAYLOAD, closeTimeout = DEFAULT_CLOSE_TIMEOUT } = this.#options;
    const { autoPong = true, maxPendingAutoPongs = DEFAULT_MAX_PENDING_PONGS } = this.#options;
    this.#protocol = protocol;
    this.#deflates = deflate !== null;
    // The socket of a stream is created again if somebody asks for it: an open connection does without.
    this.#socket = socket instanceof StreamSocket ? null : socket;
    const connection = new Connection(stream, this.#owner(), {
      client,
      settings: {
        maxMessageSize: maxPayload > 0 ? maxPayload : UNLIMITED,
        highWaterMark: Infinity,
        backpressure: "close",
        maxPendingPongs: maxPendingAutoPongs > 0 ? maxPendingAutoPongs : Infinity,
        autoPong,
        closeTimeout: closeTimeout / 1000,
      },
      codecs: codecsOf(deflate, compressing, client),
      live,
    });
    this.#connection = connection;
    this.#queue = new SendQueue(connection);
    this.#state = OPEN;
    this.#tell(() => this.emit("open"));
    // After the current turn: whoever gets the WebSocket in it has time to add listeners.
    queueMicrotask(() => connection.receive());
  }

  #owner(): ConnectionOwner {
    return {
      onMessage: (message) =>
        typeof message === "string"
          ? this.emit("message", Buffer.from(message), false)
          : this.emit("message", shaped(message, this.#binaryType), true),
      onPing: (data) => this.emit("ping", asBuffer(data)),
      onPong: (data) => this.emit("pong", asBuffer(data)),
      onError: (error) => this.#onListenerError(error),
      onClose: (code, reason) => {
        this.#closeCode = code === 0 ? NO_STATUS : code;
        this.#closeReason = Buffer.from(reason);
        // The peer gets its own code back (RFC 6455, section 5.5.1).
        if (code === 0) this.close();
        else this.close(code, reason);
      },
      onFault: (error) => {
        this.close(error.closeCode);
        this.#report(describeFault(error));
      },
      onPingTimeout: () => {},
      onDrain: () => this.close(GOING_AWAY),
      onEnd: () => this.#onStreamEnd(),
    };
  }

  #onStreamEnd(): void {
    if (this.#state === OPEN) this.#state = CLOSING;
    // Never from within a call of the application, such as terminate().
    queueMicrotask(() => this.#end());
  }

  #end(): void {
    this.#state = CLOSED;
    this.#tell(() => this.emit("close", this.#closeCode, this.#closeReason));
  }

  #abort(): void {
    this.#state = CLOSING;
    this.#handshake?.abort(new Error("WebSocket was closed before the connection was established"));
  }

  #failToOpen(error: Error): void {
    this.#handshake = null;
    this.#state = CLOSING;
    try {
      // Without a listener this throws: nobody else would say that there is no connection.
      this.emit("error", error);
    } finally {
      this.#end();
    }
  }

  /** Tells of what the peer has done wrong. That nobody listens must not end the process. */
  #report(error: Error): void {
    if (this.#failed) return;
    this.#failed = true;
    if (this.listenerCount("error") > 0) this.#tell(() => this.emit("error", error));
    else genLog.info("Closing WebSocket: %s", error.message);
  }

  /** Calls listeners. What they throw is logged, and costs this connection only. */
  #tell(emit: () => void): void {
    try {
      emit();
    } catch (error) {
      this.#onListenerError(error);
    }
  }

  #onListenerError(error: unknown): void {
    appLog.error("Uncaught exception in WebSocket listener", toError(error));
    this.close(INTERNAL_ERROR);
  }

  #control(
    opcode: number,
    data: SendData | SendCallback | undefined,
    mask: boolean | SendCallback | undefined,
    callback: SendCallback | undefined,
  ): void {
    this.#refuseEarly();
    const done = typeof data === "function" ? data : typeof mask === "function" ? mask : callback;
    const payload = normalize(typeof data === "function" ? "" : data);
    if (this.#state !== OPEN || this.#queue === null) return this.#tooLate(payload, done);
    this.#queue.control(opcode, controlPayload(payload), done);
  }

  #refuseEarly(): void {
    if (this.#state === CONNECTING) throw new Error("WebSocket is not open: readyState 0 (CONNECTING)");
  }

  #tooLate(payload: Payload, callback: SendCallback | undefined): void {
    this.#unsent += byteLength(payload);
    if (callback === undefined) return;
    const error = new Error(`WebSocket is not open: readyState ${this.#state} (${STATES[this.#state]})`);
    queueMicrotask(() => callback(error));
  }
}

for (const holder of [WebSocket, WebSocket.prototype]) {
  STATES.forEach((name, value) => {
    Object.defineProperty(holder, name, { value, enumerable: true, writable: false, configurable: false });
  });
}
for (
  const name of [
    "binaryType",
    "bufferedAmount",
    "extensions",
    "isPaused",
    "onclose",
    "onerror",
    "onmessage",
    "onopen",
    "protocol",
    "readyState",
    "url",
  ]
) Object.defineProperty(WebSocket.prototype, name, { enumerable: true });

function isOptions(value: unknown): value is ClientOptions {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
