import { Buffer } from "node:buffer";
import type { BufferBytes } from "../../internal/byte_buffer.ts";
import { nodeZlib } from "../../internal/node_zlib.ts";
import { openInflate, Z_SYNC_FLUSH, type ZlibStream } from "../../internal/zlib_stream.ts";

/**
 * The head of a stored block: its kind in one octet, then its length and the complement of that (RFC 1951, section
 * 3.2.4).
 */
const STORED_HEAD = 5;
/** Windows begin this small and grow with what is received. */
const FIRST_WINDOW = 512;
/**
 * A message may be several deflate streams in a row, each of which ends with a final block (RFC 7692, section 7.2.3.5).
 * Senders make one; without a bound a message of two octets for each stream would cost a restart for each.
 */
const MAX_FINAL_BLOCKS = 16;

/** The one stream that inflates all messages of the process; not opened yet, or not to be had. */
let shared: ZlibStream | null | undefined;

/**
 * Inflates the messages of one connection (RFC 7692, section 7.2.2).
 *
 * One zlib stream serves all connections. The bytes that the peer's next message may refer to are kept here, and go
 * into the stream before that message as a stored block: memory outside the heap does not grow by connection, and a
 * connection costs as much of the window as it has filled.
 */
export class Inflater {
  /** The most bytes that are kept, 0 where every message stands alone. */
  readonly #windowSize: number;
  /** A stored block with the end of what was received. */
  #window: BufferBytes | null = null;
  #windowLength = 0;

  /** `windowBits` is the logarithm of the peer's window; `takeover` lets messages refer to those before them. */
  constructor(windowBits: number, takeover: boolean) {
    this.#windowSize = takeover ? 1 << windowBits : 0;
  }

  /**
   * Inflates one message into memory that the next call may use again; `null` if it exceeds `maxLength` bytes.
   *
   * @throws {RangeError} If the data is damaged.
   */
  inflate(data: Uint8Array, maxLength: number): BufferBytes | null {
    if (shared === undefined) shared = openInflate();
    const message = shared === null
      ? inflateOnce(this.#windowBlock(), data, maxLength)
      : this.#inflateBy(shared, data, maxLength);
    if (message !== null && this.#windowSize > 0) this.#remember(message);
    return message;
  }

  #inflateBy(stream: ZlibStream, data: Uint8Array, maxLength: number): BufferBytes | null {
    stream.reset();
    const window = this.#windowBlock();
    if (window.length > 0) stream.run(window, 0, window.length);
    let pieces: BufferBytes[] | null = null;
    let length = 0;
    let at = 0;
    let finals = 0;
    for (;;) {
      stream.run(data, at, data.length);
      length += stream.written;
      if (length > maxLength) return null;
      at = data.length - stream.left;
      const more = stream.full;
      if (!more && stream.left > 0) {
        if (++finals > MAX_FINAL_BLOCKS) throw new RangeError("Cannot inflate: too many final blocks");
        stream.reset();
      } else if (!more && pieces === null) {
        return stream.output.subarray(0, length);
      }
      pieces ??= [];
      pieces.push(copyOf(stream.output.subarray(0, stream.written)));
      if (!more && at === data.length) return join(pieces, length);
    }
  }

  /** What the next message may refer to, as a stored block; empty if that is nothing. */
  #windowBlock(): Uint8Array {
    return this.#window === null ? EMPTY : this.#window.subarray(0, STORED_HEAD + this.#windowLength);
  }

  /** Keeps the end of what was received. */
  #remember(message: BufferBytes): void {
    const size = this.#windowSize;
    const kept = Math.min(this.#windowLength, Math.max(0, size - message.length));
    const added = Math.min(message.length, size);
    const window = this.#room(kept + added);
    const from = STORED_HEAD + this.#windowLength - kept;
    if (from !== STORED_HEAD) window.copyWithin(STORED_HEAD, from, from + kept);
    window.set(message.subarray(message.length - added), STORED_HEAD + kept);
    const length = this.#windowLength = kept + added;
    window[0] = 0;
    window.writeUInt16LE(length, 1);
    window.writeUInt16LE(~length & 0xffff, 3);
  }

  #room(length: number): BufferBytes {
    const old = this.#window;
    if (old !== null && STORED_HEAD + length <= old.length) return old;
    const capacity = Math.min(this.#windowSize, Math.max(FIRST_WINDOW, length * 2));
    const grown = Buffer.allocUnsafeSlow(STORED_HEAD + capacity);
    if (old !== null) grown.set(old);
    return this.#window = grown;
  }
}

/**
 * Inflates a message by a documented function, for a runtime whose zlib has no handle.
 *
 * @param window What the message may refer to, as a stored block; perhaps empty.
 * @returns The message; `null` if it is larger than `maxLength`.
 * @throws {RangeError} If the data is damaged.
 */
export function inflateOnce(window: Uint8Array, data: Uint8Array, maxLength: number): BufferBytes | null {
  const before = Math.max(0, window.length - STORED_HEAD);
  try {
    const options = { finishFlush: Z_SYNC_FLUSH, maxOutputLength: before + maxLength };
    return copyOf(nodeZlib().inflateRawSync(Buffer.concat([window, data]), options).subarray(before));
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ERR_BUFFER_TOO_LARGE") return null;
    throw new RangeError("Cannot inflate", { cause: error });
  }
}

const EMPTY = new Uint8Array(0);

function copyOf(bytes: Uint8Array): BufferBytes {
  const copy = Buffer.allocUnsafeSlow(bytes.length);
  copy.set(bytes);
  return copy;
}

function join(pieces: readonly BufferBytes[], length: number): BufferBytes {
  const whole = Buffer.allocUnsafeSlow(length);
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}
