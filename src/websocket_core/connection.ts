import type { ByteBuffer } from "../internal/byte_buffer.ts";
import type { Bytes } from "../internal/bytes.ts";
import { currentClock, type TimeoutTarget, TimerEntry } from "../internal/clock.ts";
import { events } from "../internal/events.ts";
import { isThenable } from "../internal/promises.ts";
import { giveWay, TURN_MILLISECONDS } from "../internal/turn.ts";
import { LINGER_BYTES, LINGER_SECONDS } from "../net/internal.ts";
import type { BaseIOStream, StreamConsumer } from "../net/iostream.ts";
import type { Codecs } from "./_deflate/codecs.ts";
import type { Inflater } from "./_deflate/inflater.ts";
import { closePayload } from "./_frame/close_frame.ts";
import { BINARY, CLOSE, FIN, PING, PONG, TEXT } from "./_frame/opcodes.ts";
import { FrameReader, NEED_MORE } from "./_frame/reader.ts";
import type { FrameError } from "./errors.ts";
import { Heartbeat } from "./heartbeat.ts";
import { Sender, type SenderLimits } from "./sender.ts";

/** Seconds to wait for the peer's Close frame after ours unless told otherwise, as in Tornado. */
export const CLOSE_SECONDS = 5;

/** Seconds that the kernel has to take what was sent before {@linkcode Connection.terminate}. */
const FLUSH_SECONDS = 0.1;
/** Frames between two looks at the clock; a large message counts as one for each 4 KiB. */
const FRAMES_BETWEEN_LOOKS = 16;

const EMPTY: Bytes = new Uint8Array(0);
/** The frame of a ping without a payload, as all servers send it. */
const EMPTY_PING: Bytes = Uint8Array.of(FIN | PING, 0);

// What a connection does and has been through, as bits: each field would take eight bytes of every connection.
const CLOSE_SENT = 1;
const CLOSE_RECEIVED = 2;
/** It reads. */
const RECEIVING = 4;
/** The owner works on a message, so that the next one waits. */
const HELD = 8;
const PAUSED = 16;
const LOOPING = 32;
/** Nothing that still comes counts: after a Close frame (RFC 6455, section 5.5.1), a fault, or the end. */
const DEAF = 64;
/** Our side has ended, and the peer's end is waited for. */
const LINGERING = 128;
/** The stream has closed. */
const ENDED = 256;
/** The owner was told so. */
const REPORTED = 512;
/** The server, the wheel and the compressors were let go. */
const LEFT = 1024;

/** A reader for the next bytes: most of them are whole messages, so that few connections need one of their own. */
let spare: FrameReader | null = null;

/** The limits and habits of connections; many connections may share one object. */
export interface ConnectionSettings extends SenderLimits {
  /** The size limit for received messages in bytes, as they come and as they are inflated. */
  readonly maxMessageSize: number;
  /** The seconds to wait for the peer's Close frame after ours; {@linkcode CLOSE_SECONDS} by default. */
  readonly closeTimeout?: number;
  /** `true`, the default, to answer pings. */
  readonly autoPong?: boolean;
}

/** The connections of a server that have left HTTP, which it reaches when it is drained or closed. */
export interface LiveConnections {
  add(connection: { drain(seconds: number): void; abort(): void }): void;
  delete(connection: { drain(seconds: number): void; abort(): void }): void;
}

export interface ConnectionOptions {
  readonly client: boolean;
  readonly settings: ConnectionSettings;
  /** The codecs for our messages and the peer's; `null` for no compression. */
  readonly codecs: Codecs | null;
  /** The server's other connections; `null` for a client. */
  readonly live: LiveConnections | null;
}

/** Receives the events of a {@linkcode Connection}. */
export interface ConnectionOwner {
  /**
   * Receives a message: text, or bytes that belong to the receiver.
   *
   * @returns A promise to hold back what comes next until it settles, or anything else.
   */
  onMessage(message: string | Bytes): unknown;
  /** Receives a ping, which is answered already if the settings say so. */
  onPing(data: Bytes): unknown;
  onPong(data: Bytes): unknown;
  /** Receives what one of the methods above threw, or what its promise was rejected with. */
  onError(error: unknown): void;
  /**
   * Receives the peer's Close frame, with code 0 if it had none. The owner has to answer by
   * {@linkcode Connection.close}.
   */
  onClose(code: number, reason: string): void;
  /**
   * Receives the peer's fault, after which nothing is read. The owner has to answer by {@linkcode Connection.close}.
   */
  onFault(error: FrameError): void;
  /** The peer did not answer a ping in time. The owner has to call {@linkcode Connection.fail}. */
  onPingTimeout(): void;
  /**
   * The server is being drained, and it is this connection's turn. The owner has to call {@linkcode Connection.close}.
   */
  onDrain(): void;
  /** The stream has closed, and what came before was handed over; called once. */
  onEnd(): void;
}

/** The end of a connection, which is under way. */
interface Ending {
  readonly timer: TimerEntry;
  /** What the kernel had taken when the time for the peer's end last began; no end to it if that counts no more. */
  takenBefore: number;
  /** The number of bytes that were dropped. */
  discarded: number;
}

/** One WebSocket over a stream on which the opening handshake is done, of a server or a client. */
export class Connection extends Sender implements StreamConsumer, TimeoutTarget {
  readonly #owner: ConnectionOwner;
  protected override readonly settings: ConnectionSettings;
  readonly #live: LiveConnections | null;
  readonly #inflater: Inflater | null;
  /** There only while a part of a message has come. */
  #reader: FrameReader | null = null;
  #heartbeat: Heartbeat | null = null;
  /** Created when the end is in sight. */
  #ending: Ending | null = null;
  #state = 0;
  /** Created with the first message that the owner works on asynchronously. */
  #onSettled: (() => void) | null = null;

  /** Takes the stream over. Messages can be sent; {@linkcode receive} begins to read. */
  constructor(stream: BaseIOStream, owner: ConnectionOwner, options: ConnectionOptions) {
    const { client, settings, codecs, live } = options;
    super(stream, client, codecs?.deflater ?? null);
    this.#owner = owner;
    this.settings = settings;
    this.#live = live;
    this.#inflater = codecs?.inflater ?? null;
    live?.add(this);
    if (!client) events.sockets?.opened();
  }

  /** The sending half. */
  get sender(): Sender {
    return this;
  }

  /** `true` once our Close frame was sent. */
  get closeSent(): boolean {
    return this.#is(CLOSE_SENT);
  }

  /** `true` once the peer's Close frame has come. */
  get closeReceived(): boolean {
    return this.#is(CLOSE_RECEIVED);
  }

  /** `true` once nothing more can be sent. */
  get closing(): boolean {
    return this.closeSent || this.#is(DEAF) || this.stream.closed();
  }

  /** `true` once nothing that still comes counts. */
  get deaf(): boolean {
    return this.#is(DEAF);
  }

  /** Seconds from the last automatic ping to its pong, or `null` before the first one. */
  get roundTripTime(): number | null {
    return this.#heartbeat?.roundTripTime ?? null;
  }

  /** Begins to read, with the bytes that the stream has already; does nothing if that was done before. */
  receive(): void {
    if (this.#is(RECEIVING)) return;
    this.#set(RECEIVING);
    this.stream.consume(this);
    if (this.#is(PAUSED)) this.stream.pause();
  }

  pause(): void {
    this.#set(PAUSED);
    this.stream.pause();
  }

  resume(): void {
    this.#unset(PAUSED);
    if (!this.#is(HELD)) this.stream.resume();
  }

  /** Begins to ping every `interval` seconds; `timeout` is how long to wait for a pong, or 0 for not looking. */
  startPinging(interval: number, timeout: number): void {
    this.#heartbeat ??= new Heartbeat(this, interval, timeout);
  }

  /**
   * Sends a Close frame unless one was sent, and ends the connection when the peer's has come too, or the time is up.
   * That time begins when the Close frame has left; before, the connection ends if nothing leaves for as long.
   *
   * @param code The code; a reason without a code is sent with 1000.
   * @throws {RangeError} If the code may not be sent, or the reason is longer than 123 bytes.
   */
  close(code: number | null = null, reason: string | Uint8Array | null = null): void {
    if (!this.closeSent) {
      const payload = closePayload(code, reason);
      this.#set(CLOSE_SENT);
      this.release();
      if (this.stream.closed()) return;
      this.#heartbeat?.stop();
      this.control(CLOSE, payload);
      this.#waitForEnd();
      // A failure shows as the end of the stream.
      this.stream.drained().then(() => this.#waitForEnd(), () => {});
    }
    this.#lingerIfDone();
  }

  /** Ends the connection from our side: sends a Close frame, and waits for no answer. */
  fail(code: number, reason: string): void {
    this.#deafen();
    this.close(code, reason);
    if (!this.#is(RECEIVING)) this.receive();
  }

  /** Drops the connection without a Close frame. */
  abort(): void {
    this.#deafen();
    this.stream.abort();
    // A stream that is not read yet has nobody to tell that it has closed; the owner learns it from receive().
    if (!this.#is(RECEIVING)) this.#letGo();
  }

  /** Drops the connection when the kernel has what was sent before; what it does not take soon is lost. */
  terminate(): void {
    if (!this.stream.writing()) return this.abort();
    this.#deafen();
    this.#theEnd.takenBefore = Infinity;
    this.#startTimer(FLUSH_SECONDS);
    this.stream.closeWhenWritten();
    if (!this.#is(RECEIVING)) this.receive();
  }

  /**
   * Closes the connection because its server goes down: at a random moment of the first half of the time, so that the
   * clients do not all reconnect in the same moment.
   */
  drain(seconds: number): void {
    if (!this.closeSent) this.#startTimer(Math.random() * seconds / 2);
  }

  onData(buffer: ByteBuffer): void {
    this.#heartbeat?.received();
    if (this.#is(LOOPING)) return;
    if (!this.#is(DEAF)) this.#loop(buffer);
    if (this.#is(DEAF)) this.#discard(buffer);
  }

  onEnd(): void {
    if (!this.#is(ENDED)) {
      this.#set(ENDED);
      this.#letGo();
      // What came before the end is handed over in spite of a pause; the stream then calls this method again.
      if (this.#is(PAUSED) && !this.#is(DEAF) && this.stream.readBufferSize > 0) return this.stream.consume(this);
    }
    // The owner hears of the end when it is done with the message that it works on.
    if (this.#is(REPORTED) || this.#is(HELD) || this.#is(LOOPING)) return;
    this.#state |= REPORTED | DEAF;
    this.#owner.onEnd();
  }

  /** Sends the ping that is due; the heartbeat calls it. */
  sendPing(): void {
    if (this.closing) return;
    if (this.masked) this.control(PING, EMPTY);
    else this.stream.sendShared(EMPTY_PING);
  }

  /** Reports that a ping was not answered; the heartbeat calls it. */
  pingTimedOut(): void {
    this.#owner.onPingTimeout();
  }

  /** `true` while the owner works on a message, so that a pong may lie unread. */
  get held(): boolean {
    return this.#is(HELD);
  }

  get #endSeconds(): number {
    const { closeTimeout = CLOSE_SECONDS } = this.settings;
    return this.#is(LINGERING) ? Math.min(LINGER_SECONDS, closeTimeout) : closeTimeout;
  }

  get #congested(): boolean {
    const { backpressure, highWaterMark } = this.settings;
    return backpressure === "wait" && this.stream.writeBufferSize > highWaterMark && !this.closing;
  }

  get #theEnd(): Ending {
    return this.#ending ??= { timer: new TimerEntry(currentClock().wheel, this), takenBefore: 0, discarded: 0 };
  }

  #is(flag: number): boolean {
    return (this.#state & flag) !== 0;
  }

  #set(flag: number): void {
    this.#state |= flag;
  }

  #unset(flag: number): void {
    this.#state &= ~flag;
  }

  #loop(buffer: ByteBuffer): void {
    const reader = this.#takeReader();
    const handingOver = this.#is(ENDED);
    // The first message may be small here, and inflated as large as allowed.
    let begin = this.#inflater === null ? 0 : Date.now();
    let frames = 0;
    this.#set(LOOPING);
    while (!this.#is(DEAF) && !this.#is(HELD) && (this.#is(ENDED) ? handingOver : !this.#is(PAUSED))) {
      const kind = reader.read(buffer);
      if (kind === TEXT) {
        frames += reader.text.length >> 12;
        this.#deliver(reader.text);
      } else if (kind === BINARY) {
        frames += reader.data.length >> 12;
        this.#deliver(reader.data);
      } else if (kind === NEED_MORE) {
        break;
      } else {
        this.#takeControl(kind, reader);
      }
      // Most reads bring one frame.
      if (buffer.start === buffer.end) break;
      // The wall clock costs a fifth of the other one; if it is set back, this turn is a little longer.
      if (begin === 0) begin = Date.now();
      if (++frames < FRAMES_BETWEEN_LOOKS) continue;
      frames = 0;
      const worked = Date.now() - begin;
      if (worked > TURN_MILLISECONDS && !this.#is(HELD)) this.#hold(giveWay(worked));
    }
    this.#unset(LOOPING);
    this.#leaveReader(reader);
    if (this.#is(ENDED) && !handingOver) this.onEnd();
  }

  #takeReader(): FrameReader {
    const own = this.#reader;
    if (own !== null) return own;
    const reader = spare ?? new FrameReader();
    spare = null;
    reader.begin(!this.masked, this.settings.maxMessageSize, this.#inflater);
    return reader;
  }

  /** Keeps the reader if it has the part of a message. */
  #leaveReader(reader: FrameReader): void {
    this.#reader = reader.partial ? reader : null;
    if (reader.partial) return;
    reader.forget();
    spare = reader;
  }

  #takeControl(kind: number, reader: FrameReader): void {
    switch (kind) {
      case PING:
        return this.#onPing(reader.data);
      case PONG:
        this.#heartbeat?.pong();
        return this.#tell(() => this.#owner.onPong(reader.data));
      case CLOSE:
        this.#set(CLOSE_RECEIVED);
        this.#deafen();
        this.#owner.onClose(reader.code, reader.text);
        return this.#lingerIfDone();
      default:
        this.#deafen();
        if (reader.error !== null) this.#owner.onFault(reader.error);
        return this.#lingerIfDone();
    }
  }

  #deliver(message: string | Bytes): void {
    if (!this.masked) events.sockets?.received(message.length);
    let held: unknown;
    try {
      held = this.#owner.onMessage(message);
    } catch (error) {
      return this.#owner.onError(error);
    }
    if (isThenable(held)) this.#hold(held);
    else if (this.#congested) this.#waitForPeer();
  }

  #onPing(data: Bytes): void {
    // After our Close frame nothing may follow (RFC 6455, section 5.5.1), and what a peer that has gone left behind is
    // still handed over.
    if (!this.closing && this.settings.autoPong !== false) this.pong(data);
    if (this.#is(DEAF)) return;
    this.#tell(() => this.#owner.onPing(data));
    if (this.#congested) this.#waitForPeer();
  }

  /** Calls the owner, which nothing waits for. */
  #tell(call: () => unknown): void {
    try {
      const done = call();
      if (isThenable(done)) done.then(undefined, (error) => this.#owner.onError(error));
    } catch (error) {
      this.#owner.onError(error);
    }
  }

  /** Hands nothing over until the owner is done with what it has. */
  #hold(promise: PromiseLike<unknown>): void {
    this.#set(HELD);
    this.stream.pause();
    promise.then(this.#onSettled ??= () => this.#goOn(), (error) => {
      this.#unset(HELD);
      this.#owner.onError(error);
      this.#goOn();
    });
  }

  /** Hands nothing over until the peer has taken what waits for it. */
  #waitForPeer(): void {
    // A failure shows as the end of the stream.
    this.#hold(this.stream.drained().catch(() => {}));
  }

  #goOn(): void {
    this.#unset(HELD);
    if (this.#congested) return this.#waitForPeer();
    // After the end, the stream hands over what is left, and calls onEnd() again.
    if (this.#is(ENDED)) this.stream.consume(this);
    else if (!this.#is(PAUSED)) this.stream.resume();
  }

  #deafen(): void {
    if (this.#is(DEAF)) return;
    this.#set(DEAF);
    this.#heartbeat?.stop();
    if (!this.closeSent) this.#waitForEnd();
  }

  /** Ends our side when both have said their last, and reads on: unread bytes would turn the end into a reset. */
  #lingerIfDone(): void {
    const { stream } = this;
    if (!this.closeSent || !this.#is(DEAF) || this.#is(LINGERING) || stream.closed()) return;
    this.#set(LINGERING);
    this.#unset(PAUSED);
    this.#waitForEnd();
    // A failure shows as the end of the stream.
    stream.closeWrite().then(() => this.#waitForEnd(), () => {});
    if (this.#is(RECEIVING)) stream.resume();
    else this.receive();
  }

  #discard(buffer: ByteBuffer): void {
    const ending = this.#theEnd;
    ending.discarded += buffer.length;
    buffer.start = buffer.end;
    if (ending.discarded > LINGER_BYTES) this.stream.abort();
  }

  /** Leaves the server, the wheel and the compressors. */
  #letGo(): void {
    this.#live?.delete(this);
    if (!this.masked && !this.#is(LEFT)) events.sockets?.closed();
    this.#set(LEFT);
    this.#ending?.timer.cancel();
    this.#heartbeat?.stop();
    this.release();
  }

  /** Gives the peer its time to end the connection. */
  #waitForEnd(): void {
    const ending = this.#theEnd;
    if (ending.takenBefore === Infinity) return;
    ending.takenBefore = this.stream.bytesWritten;
    this.#startTimer(this.#endSeconds);
  }

  /**
   * Ends the connection of a peer that did not close in time; or begins to close it, because the server is being
   * drained.
   */
  onTimeout(): void {
    const { stream } = this;
    if (!this.closeSent && !this.#is(DEAF)) this.#owner.onDrain();
    else if (stream.writing() && stream.bytesWritten > this.#theEnd.takenBefore) this.#waitForEnd();
    else stream.abort();
  }

  #startTimer(seconds: number): void {
    if (this.#is(ENDED)) return;
    this.#theEnd.timer.start(seconds);
  }
}
