import type { ByteBuffer } from "../internal/byte_buffer.ts";
import type { Bytes } from "../internal/bytes.ts";
import { currentClock, TimerEntry } from "../internal/clock.ts";
import { nodeCrypto } from "../internal/node_crypto.ts";
import type { UpgradedConnection, UpgradedConnections } from "../http/httputil.ts";
import type { BaseIOStream, StreamConsumer } from "../net/iostream.ts";
import { genLog, WARNING } from "../util/log.ts";
import { closePayload, INTERNAL_ERROR, NORMAL_CLOSURE } from "./_frame/close.ts";
import { FIN, MAX_CONTROL_PAYLOAD, OPCODE_MASK, RSV1, RSV2, RSV3, RSV_MASK } from "./_frame/opcodes.ts";
import type { SharedMessage } from "./_frame/shared_message.ts";
import { BINARY, CLOSE, FAILED, FrameReader, NEED_MORE, PING, PONG, TEXT } from "./_frame/reader.ts";
import { isPromise } from "./_protocol/is_promise.ts";
import { Heartbeat } from "./_protocol/heartbeat.ts";
import { logException } from "./_protocol/log_exception.ts";
import { Sender } from "./_protocol/sender.ts";
import { codecsOf, type WebSocketAgreement } from "./agreement.ts";
import { deDupeGenLog } from "./de_dupe_gen_log.ts";
import { WebSocketClosedError } from "./errors.ts";
import { WebSocketParams } from "./params.ts";
import { type WebSocketDelegate, WebSocketProtocol } from "./protocol.ts";

/** Seconds to wait for the peer's Close frame after ours, as in Tornado. */
const CLOSE_SECONDS = 5;
/** Seconds for which input is read and dropped after our last frame, so that no reset takes that frame back. */
const LINGER_SECONDS = 2;
/** Bytes that are dropped in that time at most: a peer that has not looked up by then will not. */
const LINGER_BYTES = 16 * 1024 * 1024;

const EMPTY: Bytes = new Uint8Array(0);

/** The GUID that every WebSocket key is hashed with (RFC 6455, section 1.3). */
const GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/**
 * The WebSocket protocol of RFC 6455, of a server or a client. Tornado's `WebSocketProtocol13`.
 *
 * Versions 7 and 8, which some clients still name, are the same on the wire.
 */
export class WebSocketProtocol13 extends WebSocketProtocol implements StreamConsumer, UpgradedConnection {
  /** First octet of a frame: it ends a message. */
  static readonly FIN: number = FIN;
  /** First octet of a frame: the message is compressed. */
  static readonly RSV1: number = RSV1;
  /** First octet of a frame: reserved. */
  static readonly RSV2: number = RSV2;
  /** First octet of a frame: reserved. */
  static readonly RSV3: number = RSV3;
  /** First octet of a frame: all reserved bits. */
  static readonly RSV_MASK: number = RSV_MASK;
  /** First octet of a frame: the opcode. */
  static readonly OPCODE_MASK: number = OPCODE_MASK;

  /** Whether this end masks its frames: it is the client. */
  readonly maskOutgoing: boolean;
  /** Limits and habits. */
  readonly params: WebSocketParams;
  /** The code of the peer's Close frame, or `null`. */
  closeCode: number | null = null;
  /** The reason of the peer's Close frame, or `null`. */
  closeReason: string | null = null;

  #subprotocol: string | null = null;
  #reader: FrameReader | null = null;
  #sender: Sender | null = null;
  #upgraded: UpgradedConnections | null = null;
  #heartbeat: Heartbeat | null = null;
  /** What the peer had taken when the last ping was sent. */
  #pingedAt = 0;
  /** For the end of the connection: made when that comes. */
  #timer: TimerEntry | null = null;
  /** Bytes dropped since the last frame was sent, or -1. */
  #lingered = -1;
  /** Whether the application works on a message, so that the next one waits. */
  #busy = false;
  /** Where the next message is, while the application works on one. */
  #rest: ByteBuffer | null = null;
  /** Whether the stream is closed. */
  #ended = false;
  /** Made with the first message that the application works on asynchronously. */
  #onSettled: (() => void) | null = null;
  #looping = false;
  #receiving = false;
  #reported = false;

  /**
   * Makes a protocol.
   *
   * @param handler Is told of what comes.
   * @param maskOutgoing Whether this end is the client.
   * @param params Limits and habits.
   */
  constructor(handler: WebSocketDelegate, maskOutgoing: boolean, params: WebSocketParams = new WebSocketParams()) {
    super(handler);
    this.maskOutgoing = maskOutgoing;
    this.params = params;
  }

  /** The value of Sec-WebSocket-Accept for a key (RFC 6455, section 4.2.2). */
  static computeAcceptValue(key: string): string {
    return nodeCrypto().createHash("sha1").update(key + GUID).digest("base64");
  }

  /** Seconds until the next ping. */
  static pingSleepTime(options: { lastPingTime: number; interval: number; now: number }): number {
    return Math.max(0, options.lastPingTime + options.interval - options.now);
  }

  /** The subprotocol that was agreed on, or `null`. */
  get selectedSubprotocol(): string | null {
    return this.#subprotocol;
  }

  /** Seconds between pings, 0 for none. */
  get pingInterval(): number {
    return this.params.pingInterval ?? 0;
  }

  /** Seconds to wait for a pong, at most the interval. */
  get pingTimeout(): number {
    return Math.min(this.params.pingTimeout ?? Infinity, this.pingInterval);
  }

  /** Seconds from the last ping of {@linkcode startPinging} to its pong, or `null` before the first one. */
  get roundTripTime(): number | null {
    return this.#heartbeat?.roundTripTime ?? null;
  }

  /** Bytes that wait for the peer. */
  get bufferedAmount(): number {
    return this.stream?.writeBufferSize ?? 0;
  }

  /** How many messages were not sent because too much was waiting. */
  get droppedMessages(): number {
    return this.#sender?.dropped ?? 0;
  }

  /** Whether nothing is read because the application works on a message, and not because the peer takes nothing. */
  get deaf(): boolean {
    return this.#busy && (this.bufferedAmount === 0 || this.stream?.bytesWritten !== this.#pingedAt);
  }

  /** Takes a stream on which the opening handshake is done. Messages can be sent; {@linkcode receive} begins to read. */
  acceptConnection(stream: BaseIOStream, agreement: WebSocketAgreement): void {
    const client = this.maskOutgoing;
    const codecs = codecsOf(agreement, client);
    this.stream = stream;
    this.#subprotocol = agreement.subprotocol;
    this.#upgraded = agreement.upgraded ?? null;
    this.#upgraded?.add(this);
    this.#reader = new FrameReader(!client, this.params.maxMessageSize, codecs?.inflater ?? null);
    const threshold = agreement.compression?.threshold ?? 0;
    this.#sender = new Sender(stream, client, this.params, codecs?.deflater ?? null, threshold);
  }

  /** Begins to read, with the bytes that the stream has already. */
  receive(): void {
    this.#receiving = true;
    this.stream?.consume(this);
  }

  /** Closes the connection at once, without a Close frame. */
  override abort(): void {
    super.abort();
    // A stream that is not read yet has nobody to tell that it is closed; the application hears of it behind its open().
    if (!this.#receiving) this.#letGo();
  }

  /**
   * Closes the connection because its server goes down: at some moment of the first half of the time there is, so that not all clients
   * come back to another server at once.
   */
  drain(seconds: number): void {
    if (!this.serverTerminated) this.#startTimer(Math.random() * seconds / 2);
  }

  /** Begins to ping as the parameters say. */
  startPinging(): void {
    if (this.pingInterval <= 0 || this.#heartbeat !== null) return;
    const { pingTimeout } = this.params;
    if (pingTimeout !== null && pingTimeout > this.pingInterval) {
      deDupeGenLog(
        WARNING,
        `The websocketPingTimeout (${pingTimeout}) cannot be longer than the websocketPingInterval (${this.pingInterval})`,
      );
    }
    this.#heartbeat = new Heartbeat(this, this.pingInterval, this.pingTimeout);
  }

  /** Sends the ping that is due; the heartbeat calls it. */
  periodicPing(): void {
    this.#pingedAt = this.stream?.bytesWritten ?? 0;
    if (!this.isClosing()) this.writePing(EMPTY);
  }

  /** The peer has not answered a ping in time: it gets a Close frame, if it is there at all, and nobody waits for its answer. */
  pingTimedOut(): void {
    this.#fail(NORMAL_CLOSURE, "ping timed out");
    this.stream?.closeWhenWritten();
  }

  /** Sends a message; see {@linkcode WebSocketProtocol.writeMessage}. */
  writeMessage(message: string | object, binary?: boolean): Promise<void> {
    const sender = this.#sender;
    if (sender === null || this.isClosing()) throw new WebSocketClosedError();
    return sender.message(message, binary);
  }

  /** Sends a message that many connections get; see {@linkcode WebSocketProtocol.sendPrepared}. */
  sendPrepared(message: SharedMessage): "delivered" | "dropped" | "closed" {
    return this.#sender === null || this.isClosing() ? "closed" : this.#sender.prepared(message);
  }

  /** Sends a ping; see {@linkcode WebSocketProtocol.writePing}. */
  writePing(data: Uint8Array): void {
    if (data.length > MAX_CONTROL_PAYLOAD) {
      throw new RangeError(`Cannot ping with ${data.length} bytes: a control frame carries ${MAX_CONTROL_PAYLOAD}`);
    }
    if (this.#sender === null || this.isClosing()) throw new WebSocketClosedError();
    this.#sender.control(PING, data);
  }

  /** Resolves when all that was sent so far is with the kernel; rejects with {@linkcode WebSocketClosedError}. */
  async drained(): Promise<void> {
    const { stream } = this;
    if (stream === null) return;
    try {
      await stream.drained();
    } catch (cause) {
      throw new WebSocketClosedError(undefined, { cause });
    }
  }

  /** Whether nothing can be sent any more. */
  isClosing(): boolean {
    return this.serverTerminated || this.clientTerminated || this.stream === null || this.stream.closed();
  }

  /** Turns Nagle's algorithm off (`true`) or on. */
  setNodelay(value: boolean): void {
    this.stream?.setNodelay(value);
  }

  /** Sends a Close frame; see {@linkcode WebSocketProtocol.close}. A reason without a code is sent with 1000. */
  close(code: number | null = null, reason: string | null = null): void {
    const { stream } = this;
    if (!this.serverTerminated) {
      const payload = closePayload(code ?? (reason === null ? null : NORMAL_CLOSURE), reason);
      this.serverTerminated = true;
      this.#sender?.release();
      if (stream === null || stream.closed()) return;
      this.#sender?.control(CLOSE, payload);
      this.#startTimer(CLOSE_SECONDS);
    }
    if (this.clientTerminated && this.#lingered < 0 && stream !== null && !stream.closed()) this.#linger();
  }

  /** Takes bytes from the stream. */
  onData(buffer: ByteBuffer): void {
    this.#heartbeat?.received();
    if (this.#lingered >= 0) return this.#discard(buffer);
    if (this.#looping) return;
    this.#looping = true;
    try {
      this.#loop(buffer);
    } finally {
      this.#looping = false;
    }
    if (this.#lingered >= 0) this.#discard(buffer);
  }

  /** The stream has closed. */
  onEnd(_error: Error | null): void {
    if (this.#ended) return;
    this.serverTerminated = true;
    this.#ended = true;
    this.#letGo();
    // Messages that came before the end are still handed over, one after another.
    if (this.clientTerminated || !this.#busy || this.#rest === null || this.#rest.length === 0) this.#report();
  }

  /** Leaves the server, the wheel and the compressors. */
  #letGo(): void {
    this.#upgraded?.delete(this);
    this.#timer?.cancel();
    this.#heartbeat?.stop();
    this.#sender?.release();
  }

  #loop(buffer: ByteBuffer): void {
    const reader = this.#reader;
    if (reader === null) return;
    while (!this.#busy && !this.clientTerminated) {
      switch (reader.read(buffer)) {
        case NEED_MORE:
          return;
        case TEXT:
          this.#deliver(reader.text, buffer);
          break;
        case BINARY:
          this.#deliver(reader.data, buffer);
          break;
        case PING:
          this.#onPing(reader.data, buffer);
          break;
        case PONG:
          this.#heartbeat?.pong();
          this.#run(() => this.handler.onPong(reader.data));
          break;
        case CLOSE:
          return this.#onClose(reader.code, reader.text);
        case FAILED:
          genLog.info("Closing WebSocket with %d: %s", reader.code, reader.text);
          return this.#fail(reader.code, reader.text);
      }
    }
  }

  #deliver(message: string | Bytes, buffer: ByteBuffer): void {
    let held: void | Promise<void>;
    try {
      held = this.handler.onMessage(message);
    } catch (error) {
      return this.fail(error);
    }
    if (isPromise(held)) this.#hold(held, buffer);
    else if (this.#congested) this.#waitForPeer(buffer);
  }

  /** Reads no further until the application is done with what it has. */
  #hold(promise: PromiseLike<void>, buffer: ByteBuffer): void {
    this.#busy = true;
    this.#rest = buffer;
    this.stream?.pause();
    promise.then(this.#onSettled ??= () => this.#goOn(), (error) => this.fail(error));
  }

  /** Reads no further until the peer has taken what waits for it. */
  #waitForPeer(buffer: ByteBuffer): void {
    // A failure shows as the end of the stream.
    if (this.stream !== null) this.#hold(this.stream.drained().catch(() => {}), buffer);
  }

  get #congested(): boolean {
    return this.params.backpressure === "wait" && this.bufferedAmount > this.params.highWaterMark && !this.isClosing();
  }

  #goOn(): void {
    const rest = this.#rest;
    this.#busy = false;
    this.#rest = null;
    if (this.#congested && rest !== null) return this.#waitForPeer(rest);
    if (!this.#ended) return this.stream?.resume();
    if (rest !== null) this.#loop(rest);
    if (!this.#busy) this.#report();
  }

  #onPing(data: Bytes, buffer: ByteBuffer): void {
    // After our Close frame nothing may follow (section 5.5.1).
    if (!this.serverTerminated) this.#sender?.pong(data);
    if (this.clientTerminated) return;
    this.#run(() => this.handler.onPing(data));
    if (this.#congested) this.#waitForPeer(buffer);
  }

  #onClose(code: number, reason: string): void {
    this.clientTerminated = true;
    this.closeCode = code === 0 ? null : code;
    this.closeReason = code === 0 ? null : reason;
    // The peer's code goes back without its reason (section 5.5.1).
    this.close(this.closeCode);
    this.#report();
  }

  /** Ends the connection because of what the peer sent, or of what the application threw. */
  #fail(code: number, reason: string): void {
    this.clientTerminated = true;
    this.close(code, reason);
    this.#report();
  }

  /** Ends the connection because of what the application threw: it is logged, and the peer gets 1011. */
  fail(error: unknown): void {
    this.#busy = false;
    // Whoever was sending when the peer went away has done nothing wrong.
    if (!(error instanceof WebSocketClosedError && this.isClosing())) logException(this.handler, error);
    if (!this.clientTerminated) this.#fail(INTERNAL_ERROR, "");
    if (this.#receiving) this.stream?.resume();
    else this.receive();
  }

  #run(callback: () => unknown): void {
    try {
      const done = callback();
      // Nobody waits for it, but a rejection is not to end the process.
      if (isPromise(done)) done.then(undefined, (error) => this.fail(error));
    } catch (error) {
      this.fail(error);
    }
  }

  /** Tells the application, once, that the connection is over. */
  #report(): void {
    this.clientTerminated = true;
    this.#heartbeat?.stop();
    if (this.#reported) return;
    this.#reported = true;
    try {
      this.handler.onWsConnectionClose(this.closeCode, this.closeReason);
    } catch (error) {
      logException(this.handler, error);
    }
  }

  /** Ends our side, and reads what the peer still sends: bytes that nobody reads would turn the end into a reset. */
  #linger(): void {
    const { stream } = this;
    if (stream === null) return;
    this.#lingered = 0;
    this.#startTimer(LINGER_SECONDS);
    // A failure shows as the end of the stream.
    stream.closeWrite().catch(() => {});
    if (!this.#receiving) this.receive();
    else if (!this.#looping) stream.resume();
  }

  #discard(buffer: ByteBuffer): void {
    this.#lingered += buffer.length;
    buffer.start = buffer.end;
    if (this.#lingered > LINGER_BYTES) this.stream?.close();
  }

  /** The peer has had the time it had to close; or it is our time to, because the server is drained. */
  #timeout(): void {
    if (this.serverTerminated) this.stream?.close();
    else this.close(this.params.drainCode);
  }

  #startTimer(seconds: number): void {
    this.#timer ??= new TimerEntry(currentClock().wheel, () => this.#timeout());
    this.#timer.start(seconds);
  }
}
