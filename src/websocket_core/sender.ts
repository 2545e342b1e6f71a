import type { Bytes } from "../internal/bytes.ts";
import { events } from "../internal/events.ts";
import { handled } from "../internal/promises.ts";
import type { BaseIOStream } from "../net/iostream.ts";
import { genLog } from "../util/log.ts";
import type { Deflater } from "../internal/deflater.ts";
import { BINARY, FIN, MAX_HEAD, PONG, RSV1, TEXT } from "./_frame/opcodes.ts";
import { encodeText, frameHead, textFrameRoom, writeBytesFrame, writeTextFrame } from "./_frame/writer.ts";
import { WebSocketClosedError } from "./errors.ts";
import { compressedFrame, plainFrame, type SharedMessage } from "./shared_message.ts";

/** From here on a payload is sent from where it lies: copying it costs more than a system call for the head. */
const BY_REFERENCE = 256 * 1024;

/**
 * The policy for a message to a peer that has more than `highWaterMark` bytes waiting:
 *
 * - `"close"`: the connection is dropped immediately, since a Close frame could not be delivered either.
 * - `"drop"`: the message is not sent, and `droppedMessages` counts it.
 * - `"coalesce"`: of the messages of topics the latest of each key is kept, and sent when the peer has read what waits;
 *   `droppedMessages` counts those that a later one has replaced. Any other message drops the connection.
 * - `"wait"`: the message is queued, and nothing is read from the peer until less waits. The sender has to await the
 *   promise; otherwise memory grows without a bound, as in Tornado.
 *
 * Pongs are treated as messages are, but not counted.
 */
export type BackpressurePolicy = "close" | "drop" | "coalesce" | "wait";

/** The limits of the sending side. */
export interface SenderLimits {
  /** The number of bytes that may wait for the peer before {@linkcode backpressure} applies. */
  readonly highWaterMark: number;
  readonly backpressure: BackpressurePolicy;
  /** The number of pongs that may wait for the peer before the connection is dropped; no limit by default. */
  readonly maxPendingPongs?: number;
}

/** The pongs that wait for a peer. */
interface Pongs {
  /** The number since the oldest one that is not handed to the kernel. */
  count: number;
  /** The number of bytes that the stream has written when that one is handed to the kernel. */
  due: number;
}

/** The sending half of a connection. */
export abstract class Sender {
  readonly stream: BaseIOStream;
  /** `true` if frames are masked, as those of a client have to be. */
  readonly masked: boolean;
  dropped = 0;
  protected abstract readonly settings: SenderLimits;
  readonly #deflater: Deflater | null;
  /** What the stream has written when the answer to the handshake is handed to the kernel. */
  readonly #begin: number;
  /** The pongs that may wait for the peer, once there was one. */
  #pongs: Pongs | null = null;

  /** `masked` tells whether frames are masked, as those of a client have to be. */
  constructor(stream: BaseIOStream, masked: boolean, deflater: Deflater | null) {
    this.stream = stream;
    this.masked = masked;
    this.#deflater = deflater;
    this.#begin = stream.bytesWritten + stream.writeBufferSize;
  }

  /**
   * Sends a message.
   *
   * @param binary Whether as bytes or as text; by default text is sent as text and bytes as bytes.
   * @param compress Whether the message may be compressed.
   * @returns `false` if too much waits for the peer: then {@linkcode refuse} applies the connection's policy.
   */
  message(payload: string | Bytes, binary?: boolean, compress = true): boolean {
    if (typeof payload !== "string") return this.#bytes(binary === false ? TEXT : BINARY, payload, compress);
    return binary === true
      ? this.#bytes(BINARY, encodeText(payload), compress)
      : this.#text(payload, compress ? this.#deflater : null);
  }

  /** Sends a fragment, never compressed; `first` is the frame's first octet, with FIN for the last fragment. */
  fragment(first: number, payload: string | Bytes): void {
    this.#payload(first, typeof payload === "string" ? encodeText(payload) : payload);
  }

  /**
   * Sends a message that many connections get. Calls nothing of the application.
   *
   * A connection that is dropped is closed in a later microtask: closing calls the application, which may publish, and
   * every subscriber has to get this message first.
   */
  shared(message: SharedMessage): "delivered" | "dropped" | "closed" {
    const { length } = message.payload;
    if (this.#refuses(length)) {
      const { backpressure } = this.settings;
      if (backpressure === "drop") this.#drop();
      // The handler keeps what it coalesces.
      if (backpressure === "drop" || backpressure === "coalesce") return "dropped";
      queueMicrotask(() => this.refuse());
      return "closed";
    }
    if (!this.masked) events.sockets?.sent(length);
    // The frames of a client are masked one by one.
    if (this.masked) {
      this.message(message.binary ? message.bytes : message.text);
      return "delivered";
    }
    const deflater = this.#deflater;
    if (deflater === null || length < deflater.threshold) {
      this.stream.sendShared(plainFrame(message));
      return "delivered";
    }
    const frame = compressedFrame(message, deflater.settings);
    // The peer's window moves on, and the connection's own stream has not seen it.
    if ((frame[0] & RSV1) !== 0) deflater.release();
    this.stream.sendShared(frame);
    return "delivered";
  }

  /** Sends a control frame; its payload is short, and it goes out whatever waits before it. */
  control(opcode: number, payload: Uint8Array): void {
    this.#frame(FIN | opcode, payload);
  }

  /** Answers a ping, unless too much waits: a peer that pings and does not read counts as one that does not read. */
  pong(data: Uint8Array): void {
    // Not every ping has to be answered (RFC 6455, section 5.5.3).
    if (this.#refuses(data.length)) {
      if (this.settings.backpressure === "close") this.refuse();
      return;
    }
    const stream = this.stream;
    const pongs = this.#pongs ??= { count: 0, due: 0 };
    if (stream.bytesWritten >= pongs.due) pongs.count = 0;
    const { maxPendingPongs = Infinity } = this.settings;
    if (pongs.count >= maxPendingPongs) {
      genLog.info("Closing WebSocket: %d pongs wait for a peer that does not read", pongs.count);
      return stream.abort();
    }
    this.control(PONG, data);
    if (pongs.count++ === 0) pongs.due = stream.bytesWritten + stream.writeBufferSize;
  }

  /** Frees what compression holds. */
  release(): void {
    this.#deflater?.release();
  }

  /** Drops a message for which there is no room, or the connection. */
  refuse(): Promise<void> {
    const stream = this.stream;
    if (this.settings.backpressure === "drop") {
      this.#drop();
      return Promise.resolve();
    }
    const waiting = stream.writeBufferSize;
    genLog.info("Closing WebSocket: %d bytes wait for a client that does not read", waiting);
    stream.abort();
    return handled(
      Promise.reject(new WebSocketClosedError(`WebSocket is closed: ${waiting} bytes waited for the peer`)),
    );
  }

  #text(text: string, deflater: Deflater | null): boolean {
    if (deflater !== null && text.length >= deflater.threshold) return this.#bytes(TEXT, encodeText(text), true);
    if (this.#refuses(text.length)) return false;
    if (!this.masked) events.sockets?.sent(text.length);
    this.stream.sendBy(textFrameRoom(text), writeTextFrame, { text, masked: this.masked });
    return true;
  }

  #bytes(opcode: number, bytes: Bytes, compress: boolean): boolean {
    if (this.#refuses(bytes.length)) return false;
    if (!this.masked) events.sockets?.sent(bytes.length);
    const deflater = this.#deflater;
    if (compress && deflater !== null && bytes.length >= deflater.threshold) {
      this.#frame(FIN | RSV1 | opcode, deflater.deflate(bytes));
    } else {
      this.#payload(FIN | opcode, bytes);
    }
    return true;
  }

  #payload(first: number, bytes: Bytes): void {
    if (bytes.length < BY_REFERENCE || this.masked) return this.#frame(first, bytes);
    this.stream.send(frameHead(first, bytes.length));
    this.stream.send(bytes);
  }

  #frame(first: number, payload: Uint8Array): void {
    this.stream.sendBy(MAX_HEAD + payload.length, writeBytesFrame, { first, payload, masked: this.masked });
  }

  #drop(): void {
    this.dropped++;
    if (!this.masked) events.sockets?.dropped();
  }

  #refuses(length: number): boolean {
    const waiting = this.stream.writeBufferSize;
    const { highWaterMark, backpressure } = this.settings;
    return waiting > 0 && waiting + length > highWaterMark && backpressure !== "wait" &&
      // A first message of any size may wait behind the answer to the handshake.
      this.stream.bytesWritten + waiting > this.#begin;
  }
}
