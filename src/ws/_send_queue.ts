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

/** Sends on one connection in the order of the calls, also where the bytes of a `Blob` have to be read first. */
export class SendQueue {
  readonly #connection: Connection;
  /** `true` if the next frame continues a message. */
  #fragmented = false;
  /** What waits for a `Blob`; `null` while there is none. */
  #waiting: (() => void)[] | null = null;
  #waitingBytes = 0;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  get pending(): number {
    return this.#connection.stream.writeBufferSize + this.#waitingBytes;
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
    if (this.#waiting === null) return this.#send(callback, send);
    this.#waitingBytes += length;
    this.#waiting.push(() => {
      this.#waitingBytes -= length;
      this.#send(callback, send);
    });
  }

  #send(callback: SendCallback | undefined, send: () => void): void {
    const { stream } = this.#connection;
    if (!stream.closed()) {
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
      blob.arrayBuffer().then(
        (buffer) => this.#send(callback, () => this.#message(new Uint8Array(buffer), flags)),
        (error) => callback?.(toError(error)),
      ).finally(() => {
        this.#waitingBytes -= blob.size;
        this.#goOn();
      });
    };
    if (this.#waiting === null) read();
    else this.#waiting.push(read);
  }

  /** Sends what has waited, up to the next `Blob`, which puts the rest behind itself. */
  #goOn(): void {
    const waiting = this.#waiting ?? [];
    this.#waiting = null;
    while (waiting.length > 0) {
      waiting.shift()?.();
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
