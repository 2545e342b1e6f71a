import type { ByteBuffer } from "../internal/byte_buffer.ts";
import type { Bytes } from "../internal/bytes.ts";
import { currentClock, TimerEntry } from "../internal/clock.ts";
import type { BaseIOStream, StreamConsumer } from "../net/iostream.ts";
import {
  BINARY,
  CLOSE,
  codecsOf,
  type CompressionSettings,
  type DeflateParameters,
  FAILED,
  FrameReader,
  NEED_MORE,
  PING,
  PONG,
  TEXT,
} from "../websocket/wire.ts";
import { FrameSender } from "./_frame_sender.ts";

/** Stands for no limit: no array of bytes gets larger than this. */
const UNLIMITED = 2 ** 31 - 1;

/** What the opening handshake settled, as far as it concerns frames. */
export interface Agreement {
  /** Whether this end is the client. */
  readonly client: boolean;
  /** The parameters of permessage-deflate, or `null` for no compression. */
  readonly deflate: DeflateParameters | null;
  /** How this end compresses, where it does. */
  readonly compression: CompressionSettings | null;
  /** The most bytes of a message; 0 for no limit. */
  readonly maxPayload: number;
  /** Seconds from our Close frame to the end. */
  readonly closeTimeout: number;
}

/** What a connection tells. */
export interface ConnectionOwner {
  /** A message has come. */
  onText(text: string): void;
  /** A message has come. */
  onBinary(data: Bytes): void;
  /** A ping has come. */
  onPing(data: Bytes): void;
  /** A pong has come. */
  onPong(data: Bytes): void;
  /** A Close frame has come, with code 0 if it had none. */
  onCloseFrame(code: number, reason: string): void;
  /** The peer broke the protocol; nothing more is read. */
  onFailure(code: number, reason: string): void;
  /** The stream has closed. */
  onStreamEnd(): void;
}

/** The frames of one connection over its stream: what `ws` has a receiver and a sender for. */
export class Connection implements StreamConsumer {
  /** The stream. */
  readonly stream: BaseIOStream;
  /** Sends messages, pings and pongs. */
  readonly sender: FrameSender;
  /** Whether our Close frame is sent. */
  closeSent = false;
  /** Whether the peer's Close frame has come. */
  closeReceived = false;

  readonly #owner: ConnectionOwner;
  readonly #reader: FrameReader;
  readonly #closeTimeout: number;
  #timer: TimerEntry | null = null;
  #failed = false;
  #finished = false;
  #paused = false;
  #looping = false;
  #ended = false;
  /** Whether what was read before a pause has been handed over at the end. */
  #emptied = false;

  /** Takes a stream on which the opening handshake is done; {@linkcode open} begins to read. */
  constructor(stream: BaseIOStream, owner: ConnectionOwner, agreement: Agreement) {
    const { client, deflate, compression, maxPayload } = agreement;
    const codecs = codecsOf(agreement, client);
    const alone = client ? deflate?.clientNoContextTakeover : deflate?.serverNoContextTakeover;
    // As in ws: with a history short messages get shorter as well.
    const threshold = alone === true ? compression?.threshold ?? 0 : 0;
    this.stream = stream;
    this.sender = new FrameSender(stream, client, codecs?.deflater ?? null, threshold);
    this.#owner = owner;
    this.#reader = new FrameReader(!client, maxPayload > 0 ? maxPayload : UNLIMITED, codecs?.inflater ?? null);
    this.#closeTimeout = agreement.closeTimeout;
  }

  /** Begins to read, after the current turn: whoever gets the WebSocket in it has time to add listeners. */
  open(): void {
    queueMicrotask(() => {
      this.stream.consume(this);
      if (this.#paused) this.stream.pause();
    });
  }

  /** Sends a Close frame, and ends the connection when the peer's has come too, or the time is up. */
  close(payload: Uint8Array): void {
    this.sender.control(CLOSE, payload, undefined, () => {
      this.closeSent = true;
      if (this.closeReceived || this.#failed) this.#finish();
    });
    this.#timer ??= new TimerEntry(currentClock().wheel, () => this.stream.close());
    if (!this.#ended) this.#timer.start(this.#closeTimeout);
  }

  /** Drops the connection. */
  destroy(): void {
    this.stream.close();
  }

  /** Hands nothing over until {@linkcode resume}. */
  pause(): void {
    this.#paused = true;
    this.stream.pause();
  }

  /** Hands over what comes. */
  resume(): void {
    this.#paused = false;
    this.stream.resume();
  }

  /** Takes bytes from the stream. */
  onData(buffer: ByteBuffer): void {
    if (this.#looping) return;
    this.#looping = true;
    while (!this.#deaf && !(this.#paused && !this.#ended)) {
      const kind = this.#reader.read(buffer);
      if (kind === NEED_MORE) break;
      this.#handle(kind);
    }
    this.#looping = false;
    if (this.#deaf) buffer.start = buffer.end;
  }

  /** The stream has closed. */
  onEnd(): void {
    this.#ended = true;
    this.#timer?.cancel();
    this.sender.release();
    if (this.#paused && !this.#emptied && this.stream.readBufferSize > 0) {
      // What came before the end is still handed over, as ws does; the stream then calls this method again.
      this.#emptied = true;
      return this.stream.consume(this);
    }
    this.#owner.onStreamEnd();
  }

  /** Whether what comes is dropped: nothing counts after a Close frame (RFC 6455, section 5.5.1), or a failure. */
  get #deaf(): boolean {
    return this.closeReceived || this.#failed;
  }

  #handle(kind: number): void {
    const reader = this.#reader;
    const owner = this.#owner;
    switch (kind) {
      case TEXT:
        return owner.onText(reader.text);
      case BINARY:
        return owner.onBinary(reader.data);
      case PING:
        return owner.onPing(reader.data);
      case PONG:
        return owner.onPong(reader.data);
      case CLOSE:
        this.closeReceived = true;
        owner.onCloseFrame(reader.code, reader.text);
        if (this.closeSent) this.#finish();
        return;
      case FAILED:
        this.#failed = true;
        owner.onFailure(reader.code, reader.text);
        if (this.closeSent) this.#finish();
    }
  }

  /** Ends our side behind what is sent, and reads on: bytes that nobody reads would turn the end into a reset. */
  #finish(): void {
    const { stream } = this;
    if (this.#finished || stream.closed()) return;
    this.#finished = true;
    // A failure shows as the end of the stream.
    stream.closeWrite().catch(() => {});
    this.#paused = false;
    stream.resume();
  }
}
