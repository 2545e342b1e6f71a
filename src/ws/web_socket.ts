import { Buffer } from "node:buffer";
import type { Duplex } from "node:stream";
import type { Bytes } from "../internal/bytes.ts";
import { toError } from "../internal/promises.ts";
import { BaseIOStream } from "../net/iostream.ts";
import { appLog, genLog } from "../util/log.ts";
import { INTERNAL_ERROR, PING, PONG } from "../websocket/wire.ts";
import { ClientHandshake, type Opened } from "./_client_handshake.ts";
import { type Agreement, Connection, type ConnectionOwner } from "./_connection.ts";
import { frameError } from "./_errors.ts";
import type { Payload } from "./_frame_sender.ts";
import { asBuffer, byteLength, closePayload, controlPayload, normalize, shaped } from "./_payload.ts";
import { NodeDuplex } from "./_node_duplex.ts";
import { StreamSocket } from "./_stream_socket.ts";
import { WebSocketEmitter } from "./web_socket_emitter.ts";
import type { BinaryType, ClientOptions, ConnectionOptions, SendCallback, SendData, SendOptions } from "./options.ts";

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

const NO_REASON: Buffer = Buffer.alloc(0);

/** Makes a WebSocket of a server from its stream; a friend of the class sets it. */
export let accept: (
  websocket: WebSocket,
  stream: BaseIOStream,
  socket: Duplex,
  agreement: Pick<Agreement, "deflate" | "compression"> & { protocol: string },
) => void;

/**
 * A WebSocket with the interface of the class of that name in the npm package `ws`: a client if it is made with an address, and what a
 * {@linkcode WebSocketServer} hands out.
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
export class WebSocket extends WebSocketEmitter<WebSocket> {
  /** The handshake is under way. */
  static readonly CONNECTING: 0 = CONNECTING;
  /** Messages can be sent. */
  static readonly OPEN: 1 = OPEN;
  /** The connection is being closed. */
  static readonly CLOSING: 2 = CLOSING;
  /** The connection is closed. */
  static readonly CLOSED: 3 = CLOSED;

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
  #socket: Duplex | null = null;
  /** Pongs since the oldest one that is not with the kernel. */
  #pongs = 0;
  #pongsDue = 0;

  static {
    accept = (websocket, stream, socket, agreement) => {
      websocket.#protocol = agreement.protocol;
      websocket.#open(stream, socket, agreement);
    };
  }

  /**
   * Connects to a server.
   *
   * @param address A URL with the scheme `ws`, `wss`, `http`, `https` or `ws+unix`; `null` for a WebSocket that a server is going to open.
   * @param protocols Subprotocols, the preferred one first.
   * @throws {SyntaxError} If the address is not one of a WebSocket, or a subprotocol is no token.
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
    const offered = isOptions(protocols) || !protocols ? given.protocols ?? [] : protocols;
    this.#handshake = this.#connect(address, typeof offered === "string" ? [offered] : offered, given);
  }

  /** 0. */
  get CONNECTING(): 0 {
    return CONNECTING;
  }

  /** 1. */
  get OPEN(): 1 {
    return OPEN;
  }

  /** 2. */
  get CLOSING(): 2 {
    return CLOSING;
  }

  /** 3. */
  get CLOSED(): 3 {
    return CLOSED;
  }

  /** One of the four states. */
  get readyState(): 0 | 1 | 2 | 3 {
    return this.#state;
  }

  /** What binary messages come as; a value that is none is without effect. */
  get binaryType(): BinaryType {
    return this.#binaryType;
  }

  set binaryType(type: BinaryType) {
    if (type === "nodebuffer" || type === "arraybuffer" || type === "fragments" || type === "blob") {
      this.#binaryType = type;
    }
  }

  /** Bytes that wait for the peer, frame heads included, and those of messages that were to be sent after the end. */
  get bufferedAmount(): number {
    return this.#unsent + (this.#connection?.sender.pending ?? 0);
  }

  /** `permessage-deflate` where messages may be compressed, or `""`. */
  get extensions(): string {
    return this.#deflates ? "permessage-deflate" : "";
  }

  /** Whether {@linkcode pause} was called. */
  get isPaused(): boolean {
    return this.#paused;
  }

  /** The subprotocol that was agreed on, or `""`. */
  get protocol(): string {
    return this.#protocol;
  }

  /** The address of a client, `""` of a server's. */
  get url(): string {
    return this.#url;
  }

  /** The socket under the connection, or `null`: not part of the documented interface of `ws`, but widely used for the peer's address. */
  get _socket(): Duplex | null {
    const stream = this.#connection?.stream;
    if (this.#socket === null && stream !== undefined) {
      const socket = new StreamSocket(stream);
      socket.release();
      this.#socket = socket;
    }
    return this.#socket;
  }

  /** Whether both sides have sent a Close frame: `wasClean` of the event. */
  override get closedCleanly(): boolean {
    return this.#connection !== null && this.#connection.closeSent && this.#connection.closeReceived;
  }

  /**
   * Sends a message. Bytes must not change before the callback is called.
   *
   * @param callback Called when the message is with the kernel, or with an error if it never will be, as when the connection is closed.
   * @throws {Error} If the handshake is still under way.
   * @throws {TypeError} If the data is nothing that can be sent.
   */
  send(data: SendData, callback?: SendCallback): void;
  /** Sends a message or a fragment of one. */
  send(data: SendData, options: SendOptions | undefined, callback?: SendCallback): void;
  send(data: SendData, options?: SendOptions | SendCallback, callback?: SendCallback): void {
    this.#refuseEarly();
    const flags = typeof options === "function" ? {} : options ?? {};
    const done = typeof options === "function" ? options : callback;
    const payload = normalize(data);
    if (this.#state !== OPEN || this.#connection === null) return this.#tooLate(payload, done);
    const { binary = typeof payload !== "string", compress = true, fin = true } = flags;
    this.#connection.sender.message(payload, { binary, compress, fin }, done);
  }

  /**
   * Sends a ping.
   *
   * @param data At most 125 bytes.
   * @throws {Error} If the handshake is still under way.
   * @throws {RangeError} If there are more bytes.
   */
  ping(data?: SendData | SendCallback, mask?: boolean | SendCallback, callback?: SendCallback): void {
    this.#control(PING, data, mask, callback);
  }

  /** Sends a pong; the parameters and errors are those of {@linkcode ping}. */
  pong(data?: SendData | SendCallback, mask?: boolean | SendCallback, callback?: SendCallback): void {
    this.#control(PONG, data, mask, callback);
  }

  /** Hands no messages over, and reads no more than 64 KiB of them, until {@linkcode resume}. */
  pause(): void {
    if (this.#state === CONNECTING || this.#state === CLOSED) return;
    this.#paused = true;
    this.#connection?.pause();
  }

  /** Goes on after {@linkcode pause}. */
  resume(): void {
    if (this.#state === CONNECTING || this.#state === CLOSED) return;
    this.#paused = false;
    this.#connection?.resume();
  }

  /**
   * Sends a Close frame. The connection ends when the peer has answered it, or `closeTimeout` is over.
   *
   * @param code 1000 to 1014 without 1004 to 1006, or 3000 to 4999.
   * @param data The reason, at most 123 bytes.
   * @throws {TypeError} If the code may not be sent.
   * @throws {RangeError} If the reason is too long.
   */
  close(code?: number, data?: string | Uint8Array): void {
    if (this.#state === CONNECTING) return this.#abort();
    if (this.#state !== OPEN || this.#connection === null) return;
    const payload = closePayload(code, data);
    this.#state = CLOSING;
    this.#connection.close(payload);
  }

  /** Drops the connection. */
  terminate(): void {
    if (this.#state === CONNECTING) return this.#abort();
    if (this.#state === CLOSED) return;
    this.#state = CLOSING;
    this.#connection?.destroy();
  }

  #connect(address: string | URL, protocols: readonly string[], options: ClientOptions): ClientHandshake {
    const handshake = new ClientHandshake(
      {
        websocket: this,
        watchesRedirects: () => this.listenerCount("redirect") > 0,
        onAddress: (url) => this.#url = url,
        onRedirect: (url, request) => void this.emit("redirect", url, request),
        onUnexpectedResponse: (request, response) => this.emit("unexpected-response", request, response),
        onUpgrade: (response) => {
          this.emit("upgrade", response);
          return this.#state === CONNECTING;
        },
        onOpened: (opened) => this.#opened(opened),
        onFailed: (error) => this.#failToOpen(error),
      },
      protocols,
      options,
    );
    handshake.start(address);
    return handshake;
  }

  #opened({ socket, head, protocol, deflate, compression }: Opened): void {
    this.#handshake = null;
    this.#protocol = protocol;
    this.#open(new BaseIOStream(new NodeDuplex(socket, head)), socket, { deflate, compression });
  }

  #open(stream: BaseIOStream, socket: Duplex, agreement: Pick<Agreement, "deflate" | "compression">): void {
    const { maxPayload = DEFAULT_MAX_PAYLOAD, closeTimeout = DEFAULT_CLOSE_TIMEOUT } = this.#options;
    this.#deflates = agreement.deflate !== null;
    // The socket of a stream is made again if somebody asks for it: an open connection does without.
    this.#socket = socket instanceof StreamSocket ? null : socket;
    const connection = new Connection(stream, this.#owner(), {
      ...agreement,
      client: this.#client,
      maxPayload,
      closeTimeout: closeTimeout / 1000,
    });
    this.#connection = connection;
    this.#state = OPEN;
    this.#tell(() => this.emit("open"));
    connection.open();
  }

  #owner(): ConnectionOwner {
    return {
      onText: (text) => this.#tell(() => this.emit("message", Buffer.from(text), false)),
      onBinary: (data) => this.#tell(() => this.emit("message", shaped(data, this.#binaryType), true)),
      onPing: (data) => this.#onPing(data),
      onPong: (data) => this.#tell(() => this.emit("pong", asBuffer(data))),
      onCloseFrame: (code, reason) => this.#onCloseFrame(code, reason),
      onFailure: (code, reason) => this.#onFailure(code, reason),
      onStreamEnd: () => this.#onStreamEnd(),
    };
  }

  #onPing(data: Bytes): void {
    const { autoPong = true, maxPendingAutoPongs = DEFAULT_MAX_PENDING_PONGS } = this.#options;
    const connection = this.#connection;
    if (autoPong && this.#state === OPEN && connection !== null) {
      const { stream } = connection;
      if (stream.bytesWritten >= this.#pongsDue) this.#pongs = 0;
      if (maxPendingAutoPongs > 0 && this.#pongs >= maxPendingAutoPongs) {
        genLog.info("Closing WebSocket: %d pongs wait for a peer that does not read", this.#pongs);
        return this.terminate();
      }
      connection.sender.control(PONG, data);
      if (this.#pongs++ === 0) this.#pongsDue = stream.bytesWritten + stream.writeBufferSize;
    }
    this.#tell(() => this.emit("ping", asBuffer(data)));
  }

  #onCloseFrame(code: number, reason: string): void {
    this.#closeCode = code === 0 ? NO_STATUS : code;
    this.#closeReason = Buffer.from(reason);
    // The peer gets its own code back (RFC 6455, section 5.5.1).
    if (code === 0) this.close();
    else this.close(code, reason);
  }

  #onFailure(code: number, reason: string): void {
    this.close(code);
    this.#report(frameError(code, reason));
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
      appLog.error("Uncaught exception in WebSocket listener", toError(error));
      this.close(INTERNAL_ERROR);
    }
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
    if (this.#state !== OPEN || this.#connection === null) return this.#tooLate(payload, done);
    this.#connection.sender.control(opcode, controlPayload(payload), done);
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

function isOptions(value: unknown): value is ClientOptions {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
