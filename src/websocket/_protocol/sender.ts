import type { Bytes } from "../../internal/bytes.ts";
import { handled } from "../../internal/promises.ts";
import type { BaseIOStream } from "../../net/iostream.ts";
import { genLog } from "../../util/log.ts";
import type { Deflater } from "../_deflate/deflater.ts";
import { BINARY, FIN, MAX_HEAD, PONG, RSV1, TEXT } from "../_frame/opcodes.ts";
import { compressedFrame, plainFrame, type SharedMessage } from "../_frame/shared_message.ts";
import { encodeText, frameHead, textFrameRoom, writeBytesFrame, writeTextFrame } from "../_frame/writer.ts";
import { WebSocketClosedError } from "../errors.ts";
import type { WebSocketParams } from "../params.ts";
import { payloadOf } from "./payload.ts";
import { Sent } from "./sent.ts";

/** From here on a payload is sent from where it lies: copying it behind a head costs more than a system call for the head. */
const BY_REFERENCE = 256 * 1024;

/** Sends the frames of one connection. */
export class Sender {
  /** How many messages were not sent because too much was waiting. */
  dropped = 0;
  readonly #stream: BaseIOStream;
  readonly #masked: boolean;
  readonly #params: WebSocketParams;
  readonly #deflater: Deflater | null;
  readonly #threshold: number;
  /** What the stream has written when the answer to the handshake is with the kernel. */
  readonly #begin: number;

  /**
   * Makes a sender.
   *
   * @param masked Whether frames are masked, as a client has to.
   * @param deflater Compresses messages, where that was negotiated.
   * @param threshold Messages shorter than this are not compressed.
   */
  constructor(
    stream: BaseIOStream,
    masked: boolean,
    params: WebSocketParams,
    deflater: Deflater | null,
    threshold: number,
  ) {
    this.#stream = stream;
    this.#masked = masked;
    this.#params = params;
    this.#deflater = deflater;
    this.#threshold = threshold;
    this.#begin = stream.bytesWritten + stream.writeBufferSize;
  }

  /**
   * Sends a message.
   *
   * @param binary Whether as bytes or as text; `undefined` for as what it is.
   * @returns A promise that resolves when the message is with the kernel, or was dropped.
   */
  message(message: string | object, binary: boolean | undefined): Promise<void> {
    const payload = payloadOf(message);
    if (typeof payload !== "string") return this.#bytes(binary === false ? TEXT : BINARY, payload);
    return binary === true ? this.#bytes(BINARY, encodeText(payload)) : this.#text(payload);
  }

  /**
   * Sends a message that many connections get.
   *
   * A connection that is dropped is closed in a later microtask: closing calls the application, which may publish, and
   * that has to come behind this message for everybody.
   */
  prepared(message: SharedMessage): "delivered" | "dropped" | "closed" {
    const { length } = message.payload;
    if (this.#refuses(length)) {
      const drops = this.#params.backpressure === "drop";
      if (drops) this.dropped++;
      else queueMicrotask(() => this.refuse());
      return drops ? "dropped" : "closed";
    }
    // The frames of a client are masked one by one.
    if (this.#masked) {
      this.message(message.binary ? message.bytes : message.text, undefined);
      return "delivered";
    }
    const deflater = this.#deflater;
    if (deflater === null || length < this.#threshold) {
      this.#stream.sendShared(plainFrame(message));
      return "delivered";
    }
    const frame = compressedFrame(message, deflater.settings);
    // The peer's window moves on, and the connection's own stream has not seen it.
    if ((frame[0] & RSV1) !== 0) deflater.release();
    this.#stream.sendShared(frame);
    return "delivered";
  }

  /** Sends a control frame; its payload is short, and it goes out whatever waits before it. */
  control(opcode: number, payload: Uint8Array): void {
    this.#frame(FIN | opcode, payload);
  }

  /** Answers a ping, unless too much waits: a peer that pings and does not read is as one that does not read. */
  pong(data: Uint8Array): void {
    if (!this.#refuses(data.length)) this.control(PONG, data);
    // Not every ping has to be answered (RFC 6455, section 5.5.3).
    else if (this.#params.backpressure === "close") this.refuse();
  }

  /** Frees what compression holds. */
  release(): void {
    this.#deflater?.release();
  }

  /** Drops a message for which there is no room, or the connection. */
  refuse(): Promise<void> {
    const stream = this.#stream;
    if (this.#params.backpressure === "drop") {
      this.dropped++;
      return Promise.resolve();
    }
    const waiting = stream.writeBufferSize;
    genLog.info("Closing WebSocket: %d bytes wait for a client that does not read", waiting);
    stream.close();
    // Nobody has to look at the promise of a message.
    return handled(
      Promise.reject(new WebSocketClosedError(`WebSocket is closed: ${waiting} bytes waited for the peer`)),
    );
  }

  #text(text: string): Promise<void> {
    if (this.#deflater !== null && text.length >= this.#threshold) return this.#bytes(TEXT, encodeText(text));
    if (this.#refuses(text.length)) return this.refuse();
    this.#stream.sendBy(textFrameRoom(text), writeTextFrame, { text, masked: this.#masked });
    return new Sent(this.#stream);
  }

  #bytes(opcode: number, bytes: Bytes): Promise<void> {
    if (this.#refuses(bytes.length)) return this.refuse();
    if (this.#deflater !== null && bytes.length >= this.#threshold) {
      this.#frame(FIN | RSV1 | opcode, this.#deflater.deflate(bytes));
    } else if (bytes.length >= BY_REFERENCE && !this.#masked) {
      this.#stream.send(frameHead(FIN | opcode, bytes.length));
      this.#stream.send(bytes);
    } else {
      this.#frame(FIN | opcode, bytes);
    }
    return new Sent(this.#stream);
  }

  #frame(first: number, payload: Uint8Array): void {
    this.#stream.sendBy(MAX_HEAD + payload.length, writeBytesFrame, { first, payload, masked: this.#masked });
  }

  #refuses(length: number): boolean {
    const waiting = this.#stream.writeBufferSize;
    const { highWaterMark, backpressure } = this.#params;
    return waiting > 0 && waiting + length > highWaterMark && backpressure !== "wait" &&
      // A first message of any size may wait behind the answer to the handshake.
      this.#stream.bytesWritten + waiting > this.#begin;
  }
}
