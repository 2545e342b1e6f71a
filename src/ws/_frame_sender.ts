import type { Bytes } from "../internal/bytes.ts";
import { toError } from "../internal/promises.ts";
import type { BaseIOStream } from "../net/iostream.ts";
import {
  BINARY,
  bytesFrame,
  CONTINUATION,
  type Deflater,
  encodeText,
  FIN,
  frameHead,
  RSV1,
  TEXT,
  textFrame,
} from "../websocket/wire.ts";
import type { SendCallback, SendData } from "./options.ts";

/** From here on a payload is sent from where it lies: copying it behind a head costs more than a system call for the head. */
const BY_REFERENCE = 256 * 1024;

/** What a message is made of. */
export type Payload = Exclude<SendData, number | readonly Uint8Array[]>;

/** How a message is sent. */
export interface MessageFlags {
  /** As bytes or as text. */
  readonly binary: boolean;
  /** Compressed, if it may be. */
  readonly compress: boolean;
  /** Whether it is the last fragment. */
  readonly fin: boolean;
}

/** Sends the frames of one connection in the order of the calls, also where the bytes of a `Blob` have to be read first. */
export class FrameSender {
  readonly #stream: BaseIOStream;
  readonly #masked: boolean;
  readonly #deflater: Deflater | null;
  readonly #threshold: number;
  /** Whether the next frame continues a message. */
  #fragmented = false;
  /** What waits for a `Blob`; `null` while there is none. */
  #queue: (() => void)[] | null = null;
  #queuedBytes = 0;

  /**
   * Makes a sender.
   *
   * @param masked Whether frames are masked, as those of a client are.
   * @param deflater Compresses messages, where that was negotiated.
   * @param threshold Messages shorter than this are not compressed.
   */
  constructor(stream: BaseIOStream, masked: boolean, deflater: Deflater | null, threshold: number) {
    this.#stream = stream;
    this.#masked = masked;
    this.#deflater = deflater;
    this.#threshold = threshold;
  }

  /** Bytes that wait for the peer. */
  get pending(): number {
    return this.#stream.writeBufferSize + this.#queuedBytes;
  }

  /**
   * Sends a message or a fragment.
   *
   * @throws {TypeError} If the data is nothing that can be sent.
   */
  message(data: Payload, flags: MessageFlags, callback: SendCallback | undefined): void {
    if (data instanceof Blob) return this.#blob(data, flags, callback);
    const payload = typeof data === "string" ? data : toBytes(data);
    this.#inOrder(payload.length, () => this.#message(payload, flags, callback));
  }

  /**
   * Sends a control frame.
   *
   * @param sent Called when the frame is queued behind all that was sent before.
   */
  control(opcode: number, payload: Uint8Array, callback?: SendCallback, sent?: () => void): void {
    this.#inOrder(payload.length, () => {
      if (this.#refuses(callback)) return;
      this.#stream.send(bytesFrame(FIN | opcode, payload, this.#masked));
      this.#report(callback);
      sent?.();
    });
  }

  /** Frees what compression holds. */
  release(): void {
    this.#deflater?.release();
  }

  #inOrder(length: number, task: () => void): void {
    if (this.#queue === null) return task();
    this.#queuedBytes += length;
    this.#queue.push(() => {
      this.#queuedBytes -= length;
      task();
    });
  }

  #blob(blob: Blob, flags: MessageFlags, callback: SendCallback | undefined): void {
    const read = () => {
      this.#queue ??= [];
      this.#queuedBytes += blob.size;
      blob.arrayBuffer().then(
        (buffer) => this.#message(new Uint8Array(buffer), flags, callback),
        (error) => callback?.(toError(error)),
      ).finally(() => {
        this.#queuedBytes -= blob.size;
        this.#goOn();
      });
    };
    if (this.#queue === null) read();
    else this.#queue.push(read);
  }

  /** Sends what has waited, up to the next `Blob`, which puts the rest behind itself. */
  #goOn(): void {
    const waiting = this.#queue ?? [];
    this.#queue = null;
    while (waiting.length > 0) {
      waiting.shift()?.();
      if (this.#queue !== null) {
        this.#queue = waiting;
        return;
      }
    }
  }

  #message(data: Uint8Array | string, flags: MessageFlags, callback: SendCallback | undefined): void {
    const { binary, compress, fin } = flags;
    const opcode = this.#fragmented ? CONTINUATION : binary ? BINARY : TEXT;
    const whole = fin && !this.#fragmented;
    this.#fragmented = !fin;
    if (this.#refuses(callback)) return;
    const stream = this.#stream;
    const deflater = compress && whole ? this.#deflater : null;
    if (deflater === null && whole && opcode === TEXT && typeof data === "string") {
      stream.send(textFrame(data, this.#masked));
    } else {
      const bytes = typeof data === "string" ? encodeText(data) : data;
      const first = fin ? FIN | opcode : opcode;
      if (deflater !== null && bytes.length >= this.#threshold) {
        stream.send(bytesFrame(first | RSV1, deflater.deflate(bytes), this.#masked));
      } else if (bytes.length >= BY_REFERENCE && !this.#masked) {
        stream.send(frameHead(first, bytes.length));
        // A stream does not look at what memory lies behind its bytes.
        stream.send(bytes as Bytes);
      } else {
        stream.send(bytesFrame(first, bytes, this.#masked));
      }
    }
    this.#report(callback);
  }

  #refuses(callback: SendCallback | undefined): boolean {
    if (!this.#stream.closed()) return false;
    if (callback !== undefined) queueMicrotask(() => callback(new Error("Cannot send: the connection is closed")));
    return true;
  }

  #report(callback: SendCallback | undefined): void {
    if (callback !== undefined) this.#stream.drained().then(() => callback(), callback);
  }
}

/**
 * The bytes of what is no text.
 *
 * @throws {TypeError} If it is nothing that can be sent.
 */
export function toBytes(data: Exclude<Payload, string | Blob>): Uint8Array {
  if (data instanceof Uint8Array) return data;
  if (ArrayBuffer.isView(data)) return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  if (data instanceof ArrayBuffer) return new Uint8Array(data);
  throw new TypeError(`Cannot send ${Deno.inspect(data)}: it is neither a string nor bytes`);
}
