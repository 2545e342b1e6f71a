import type { LongLivedResponses } from "../http/httputil.ts";
import type { Bytes } from "../internal/bytes.ts";
import type { Message } from "../internal/json_object.ts";
import type { BaseIOStream } from "../net/iostream.ts";
import { genLog, WARNING } from "../util/log.ts";
import {
  acceptValue,
  allSent,
  codecsOf,
  type CompressionSettings,
  Connection,
  type DeflateParameters,
  INTERNAL_ERROR,
  NORMAL_CLOSURE,
  opcodes,
  POLICY_VIOLATION,
  Sent,
  type SharedMessage,
  WebSocketClosedError,
} from "../websocket_core/internal.ts";
import { deDupeGenLog } from "./de_dupe_gen_log.ts";
import { WebSocketParams } from "./params.ts";
import { heldFor, payloadOf, TOO_MUCH, type WebSocketDelegate, WebSocketProtocol } from "./protocol.ts";

/** The result of the opening handshake. */
export interface WebSocketAgreement {
  /** The subprotocol, or `null`. */
  readonly subprotocol: string | null;
  /** The parameters of permessage-deflate, or `null` for no compression. */
  readonly deflate: DeflateParameters | null;
  /** The settings of our compressor, or `null` for no compression. */
  readonly compression: CompressionSettings | null;
  /** The server's long-lived responses, to which this one belongs until its end. */
  readonly longLived?: LongLivedResponses | null;
}

/**
 * The WebSocket protocol of RFC 6455, of a server or a client. Tornado's `WebSocketProtocol13`.
 *
 * Versions 7 and 8, which some clients still name, are the same on the wire.
 */
export class WebSocketProtocol13 extends WebSocketProtocol {
  /** First octet of a frame: it ends a message. */
  static readonly FIN: number = opcodes.FIN;
  /** First octet of a frame: the message is compressed. */
  static readonly RSV1: number = opcodes.RSV1;
  /** First octet of a frame: reserved. */
  static readonly RSV2: number = opcodes.RSV2;
  /** First octet of a frame: reserved. */
  static readonly RSV3: number = opcodes.RSV3;
  /** First octet of a frame: all reserved bits. */
  static readonly RSV_MASK: number = opcodes.RSV_MASK;
  /** First octet of a frame: the opcode. */
  static readonly OPCODE_MASK: number = opcodes.OPCODE_MASK;

  /** `true` if this end masks its frames, as a client does. */
  readonly maskOutgoing: boolean;
  /** The limits and habits of the connection. */
  readonly params: WebSocketParams;
  /** The code of the peer's Close frame, or `null`. */
  closeCode: number | null = null;
  /** The reason of the peer's Close frame, or `null`. */
  closeReason: string | null = null;

  #connection: Connection | null = null;
  #subprotocol: string | null = null;
  #reported = false;

  /**
   * Creates a protocol, which {@linkcode acceptConnection} gives a stream.
   *
   * @param handler Receives the events of the connection.
   * @param maskOutgoing `true` for the client.
   */
  constructor(handler: WebSocketDelegate, maskOutgoing: boolean, params: WebSocketParams = new WebSocketParams()) {
    super(handler);
    this.maskOutgoing = maskOutgoing;
    this.params = params;
  }

  /** Computes the value of Sec-WebSocket-Accept for a key (RFC 6455, section 4.2.2). */
  static computeAcceptValue(key: string): string {
    return acceptValue(key);
  }

  /** Computes the seconds until the next ping. */
  static pingSleepTime(options: { lastPingTime: number; interval: number; now: number }): number {
    return Math.max(0, options.lastPingTime + options.interval - options.now);
  }

  /** The stream under the connection, or `null` before {@linkcode acceptConnection}. */
  override get stream(): BaseIOStream | null {
    return this.#connection?.stream ?? null;
  }

  /** `true` once the peer sends no more: it has sent a Close frame, or is gone. */
  override get clientTerminated(): boolean {
    return this.#connection?.deaf ?? false;
  }

  /** `true` once we send no more: we have sent a Close frame, or the peer is gone. */
  override get serverTerminated(): boolean {
    const connection = this.#connection;
    return connection !== null && (connection.closeSent || connection.stream.closed());
  }

  /** The subprotocol that was agreed on, or `null`. */
  override get selectedSubprotocol(): string | null {
    return this.#subprotocol;
  }

  /** The seconds between pings; 0 for no pings. */
  get pingInterval(): number {
    return this.params.pingInterval ?? 0;
  }

  /** The seconds to wait for a pong, at most the interval. */
  get pingTimeout(): number {
    return Math.min(this.params.pingTimeout ?? Infinity, this.pingInterval);
  }

  /** The seconds from the last ping of {@linkcode startPinging} to its pong; `null` before the first pong. */
  override get roundTripTime(): number | null {
    return this.#connection?.roundTripTime ?? null;
  }

  /** The bytes that wait for the peer. */
  override get bufferedAmount(): number {
    return this.#connection?.stream.writeBufferSize ?? 0;
  }

  /** The number of messages that were left out because too many bytes were waiting. */
  override get droppedMessages(): number {
    return this.#connection?.sender.dropped ?? 0;
  }

  /**
   * Takes a stream on which the opening handshake is done. Messages can be sent from now on; {@linkcode receive} begins
   * to read.
   */
  acceptConnection(stream: BaseIOStream, agreement: WebSocketAgreement): void {
    const { subprotocol, deflate, compression, longLived = null } = agreement;
    const client = this.maskOutgoing;
    this.#subprotocol = subprotocol;
    this.#connection = new Connection(stream, this, {
      client,
      settings: this.params,
      codecs: codecsOf(deflate, compression, client),
      live: longLived,
    });
  }

  /** Begins to read, with the bytes that the stream has already. */
  override receive(): void {
    this.#connection?.receive();
  }

  /** Closes the connection immediately, without a Close frame. */
  override abort(): void {
    this.#connection?.abort();
  }

  /** Begins to ping as the parameters say. */
  override startPinging(): void {
    const { pingInterval } = this;
    if (pingInterval <= 0) return;
    const { pingTimeout } = this.params;
    if (pingTimeout !== null && pingTimeout > pingInterval) {
      deDupeGenLog(
        WARNING,
        `The websocketPingTimeout (${pingTimeout}) cannot be longer than the websocketPingInterval (${pingInterval})`,
      );
    }
    this.#connection?.startPinging(pingInterval, this.pingTimeout);
  }

  /** Sends a message; see {@linkcode WebSocketProtocol.writeMessage}. */
  override writeMessage(message: Message, binary?: boolean): Promise<void> {
    const { stream, sender } = this.#open();
    return sender.message(payloadOf(message), binary) ? new Sent(stream) : sender.refuse();
  }

  /** Sends a message that many connections get; see {@linkcode WebSocketProtocol.sendPrepared}. */
  override sendPrepared(message: SharedMessage): "delivered" | "dropped" | "closed" {
    const connection = this.#connection;
    if (connection === null || connection.closing) return "closed";
    return connection.sender.shared(message);
  }

  /** Sends a ping; see {@linkcode WebSocketProtocol.writePing}. */
  override writePing(data: Uint8Array): void {
    if (data.length > opcodes.MAX_CONTROL_PAYLOAD) {
      const most = opcodes.MAX_CONTROL_PAYLOAD;
      throw new RangeError(`Cannot ping with ${data.length} bytes: a control frame carries ${most}`);
    }
    this.#open().sender.control(opcodes.PING, data);
  }

  /** Resolves when all that was sent so far is handed to the kernel; rejects with {@linkcode WebSocketClosedError}. */
  override drained(): Promise<void> {
    const { stream } = this;
    return stream === null ? Promise.resolve() : allSent(stream);
  }

  /** Tells whether nothing more can be sent. */
  override isClosing(): boolean {
    return this.#connection?.closing ?? true;
  }

  /** Turns Nagle's algorithm off (`true`) or on. */
  override setNodelay(value: boolean): void {
    this.stream?.setNodelay(value);
  }

  /** Sends a Close frame; see {@linkcode WebSocketProtocol.close}. A reason without a code is sent with 1000. */
  override close(code: number | null = null, reason: string | null = null): void {
    this.#connection?.close(code, reason);
  }

  /** Ends the connection because of an error of the application, which is logged; the peer gets 1011. */
  override fail(error: unknown): void {
    // A sender whose connection was closed in the meantime has done nothing wrong: the closing handshake goes on.
    if (error instanceof WebSocketClosedError && this.isClosing()) return this.#connection?.receive();
    this.logException(error);
    // After our Close frame there is no way to report a failure, and the peer's answer is still worth waiting for.
    if (this.serverTerminated) return this.#connection?.receive();
    this.#connection?.fail(INTERNAL_ERROR, "");
    this.#report();
  }

  /** Passes a message on. */
  onMessage(message: string | Bytes): void | Promise<void> {
    const wait = this.meter(message, this.params.rateLimit);
    if (wait === 0) return this.handler.onMessage(message);
    if (wait > 0) return heldFor(this.handler.onMessage(message), wait);
    this.#connection?.fail(POLICY_VIOLATION, TOO_MUCH);
    this.#report();
  }

  /** Passes a ping on. */
  onPing(data: Bytes): void {
    return this.handler.onPing(data);
  }

  /** Passes a pong on. */
  onPong(data: Bytes): void {
    return this.handler.onPong(data);
  }

  /** Takes an error of the handler. */
  onError(error: unknown): void {
    this.fail(error);
  }

  /** Answers the peer's Close frame with its code, and without its reason (RFC 6455, section 5.5.1). */
  onClose(code: number, reason: string): void {
    if (code !== 0) {
      this.closeCode = code;
      this.closeReason = reason;
    }
    this.close(this.closeCode);
    this.#report();
  }

  /** Ends the connection because of what the peer sent. */
  onFault({ closeCode, reason }: { readonly closeCode: number; readonly reason: string }): void {
    genLog.info("Closing WebSocket with %d: %s", closeCode, reason);
    this.close(closeCode, reason);
    this.#report();
  }

  /** Ends the connection of a peer that does not answer pings: it gets a Close frame, if it is there at all. */
  onPingTimeout(): void {
    this.#connection?.fail(NORMAL_CLOSURE, "ping timed out");
    this.stream?.closeWhenWritten();
  }

  /** Closes the connection because its server is being drained. */
  onDrain(): void {
    this.close(this.params.drainCode);
  }

  /** Reports the end of the stream. */
  onEnd(): void {
    this.#report();
  }

  #open(): Connection {
    const connection = this.#connection;
    if (connection === null || connection.closing) throw new WebSocketClosedError();
    return connection;
  }

  /** Tells the handler, once, that the connection is over. */
  #report(): void {
    if (this.#reported) return;
    this.#reported = true;
    try {
      this.handler.onWsConnectionClose(this.closeCode, this.closeReason);
    } catch (error) {
      this.logException(error);
    }
  }
}
