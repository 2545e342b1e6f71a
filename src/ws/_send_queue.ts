import type { Bytes } from "../internal/bytes.ts";
import { toError } from "../internal/promises.ts";
import { type Connection, opcodes } from "../websocket_core/internal.ts";
import type { SendCallback, SendData } from "./web_socket_options.ts";

export type Payload = Exclude<SendData, number | readonly Uint8Array[]>;

/** The way to send a message. */
export interface MessageFlags {
  /** `true` for bytes, `false` for text. */
  readonly binary: boolean;
  /** `true` to compress it, if that was negotiated. */
  readonly compress: boolean;
  readonly fin: boolean;
}

/** What waits for a `Blob`. */
interface Waiting {
  readonly run: () => void;
  readonly callback: SendCallback | undefined;
}

/** Sends on one connection in the order of the calls, also where the bytes of a `Blob` have to be read first. */
export class SendQueue {
  readonly #connection: Connection;
  /** `true` if the next frame continues a message. */
  #fragmented = false;
  /** What waits for a `Blob`; `null` while there is none. */
  #waiting: Waiting[] | null = null;
  #waitingBytes = 0;
  /** The callback of the `Blob` that is being read. */
  #reading: SendCallback | undefined = undefined;
  #gaveUp = false;
  /** Bytes of messages that were sent since nothing waited. */
  #queued = 0;
  /** What the stream has written when the first of them is next. */
  #begin = 0;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** The bytes of messages that wait; neither the handshake nor the heads of frames count. */
  get pending(): number {
    const { stream } = this.#connection;
    const taken = Math.max(0, stream.bytesWritten - this.#begin);
    return (stream.writing() ? Math.max(0, this.#queued - taken) : 0) + this.#waitingBytes;
  }

  /** Drops what waits for a `Blob`: the connection is going to be dropped. */
  giveUp(): void {
    const waiting = this.#waiting;
    if (waiting === null || this.#gaveUp) return;
    this.#gaveUp = true;
    const callbacks = [this.#reading, ...waiting.map(({ callback }) => callback)];
    const error = new Error("The socket was closed while the blob was being read");
    queueMicrotask(() => callbacks.forEach((callback) => callback?.(error)));
  }

  /**
   * Sends a message or a fragment.
   *
   * @throws {TypeError} If the data is neither a string nor bytes.
   */
  message(data: Payload, flags: MessageFlags, callback: SendCallback | undefined): void {
    if (data instanceof Blob) return this.#blob(data, flags, callback);
    const payload = typeof data === "string" ? data : toBytes(data);
    this.#inOrder(payload.length, callback, () => this.#message(payload, flags));
  }

  control(opcode: number, payload: Uint8Array, callback: SendCallback | undefined): void {
    this.#inOrder(payload.length, callback, () => this.#connection.sender.control(opcode, payload));
  }

  close(code: number | null, reason: Uint8Array | null): void {
    this.#inOrder(0, undefined, () => this.#connection.close(code, reason));
  }

  #inOrder(length: number, callback: SendCallback | undefined, send: () => void): void {
    if (this.#waiting === null) return this.#send(length, callback, send);
    this.#waitingBytes += length;
    const run = () => {
      this.#waitingBytes -= length;
      this.#send(length, callback, send);
    };
    this.#waiting.push({ run, callback });
  }

  #send(length: number, callback: SendCallback | undefined, send: () => void): void {
    const { stream } = this.#connection;
    if (!stream.closed()) {
      if (this.#queued === 0 || !stream.writing()) {
        this.#queued = 0;
        this.#begin = stream.bytesWritten + stream.writeBufferSize;
      }
      this.#queued += length;
      send();
      if (callback !== undefined) stream.drained().then(() => callback(), callback);
    } else if (callback !== undefined) {
      queueMicrotask(() => callback(new Error("Cannot send: the connection is closed")));
    }
  }

  #message(payload: string | Bytes, { binary, compress, fin }: MessageFlags): void {
    const { sender } = this.#connection;
    const continues = this.#fragmented;
    this.#fragmented = !fin;
    if (fin && !continues) return void sender.message(payload, binary, compress);
    const opcode = continues ? opcodes.CONTINUATION : binary ? opcodes.BINARY : opcodes.TEXT;
    sender.fragment(fin ? opcodes.FIN | opcode : opcode, payload);
  }

  #blob(blob: Blob, flags: MessageFlags, callback: SendCallback | undefined): void {
    const read = () => {
      this.#waiting ??= [];
      this.#waitingBytes += blob.size;
      this.#reading = callback;
      blob.arrayBuffer().then(
        (buffer) => {
          if (!this.#gaveUp) this.#send(blob.size, callback, () => this.#message(new Uint8Array(buffer), flags));
        },
        (error) => callback?.(toError(error)),
      ).finally(() => {
        this.#waitingBytes -= blob.size;
        if (!this.#gaveUp) this.#goOn();
      });
    };
    if (this.#waiting === null) read();
    else this.#waiting.push({ run: read, callback });
  }

  /** Sends what has waited, up to the next `Blob`, which puts the rest behind itself. */
  #goOn(): void {
    const waiting = this.#waiting ?? [];
    this.#waiting = null;
    while (waiting.length > 0) {
      waiting.shift()?.run();
      if (this.#waiting !== null) {
        this.#waiting = waiting;
        return;
      }
    }
  }
}

/**
 * Returns the bytes of a binary message.
 *
 * @throws {TypeError} If it is not bytes.
 */
export function toBytes(data: Exclude<Payload, string | Blob>): Bytes {
  // What memory lies behind the bytes makes no difference to who sends them.
  if (data instanceof Uint8Array) return data as Bytes;
  if (ArrayBuffer.isView(data)) return new Uint8Array(data.buffer, data.byteOffset, data.byteLength) as Bytes;
  if (data instanceof ArrayBuffer) return new Uint8Array(data);
  throw new TypeError(`Cannot send ${Deno.inspect(data)}: it is neither a string nor bytes`);
}
