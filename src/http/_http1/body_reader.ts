import type { ByteBuffer } from "../../internal/byte_buffer.ts";
import type { Bytes } from "../../internal/bytes.ts";
import type { HTTPMessageDelegate } from "../_httputil/delegates.ts";
import { HTTPInputError } from "../_httputil/errors.ts";
import { headersFromBlock } from "../_httputil/headers.ts";
import { ChunkedDecoder } from "./chunked_decoder.ts";
import { CHUNKED, UNTIL_CLOSE } from "./framing.ts";
import type { HTTP1ConnectionParameters } from "./parameters.ts";

/** How many times what has come of a body is set aside for the rest: a peer may promise more than it sends. */
const AHEAD = 4;

/**
 * Takes a message's body out of a buffer and hands it to a delegate, which may hold it back. There is no I/O.
 */
export class BodyReader {
  done = false;

  readonly #delegate: HTTPMessageDelegate;
  readonly #maxBodySize: number;
  readonly #chunkSize: number;
  readonly #decoder: ChunkedDecoder | null;
  /** Bytes still to come; those that have come where the end is not known. */
  #left: number;
  readonly #untilClose: boolean;
  /** What has come, for a delegate that takes the whole; not more room than the body needs. */
  #whole: Bytes | null = null;
  #filled = 0;

  /**
   * @param length The Content-Length, {@linkcode CHUNKED} or {@linkcode UNTIL_CLOSE}.
   * @throws {HTTPInputError} If the length is larger than `maxBodySize` (413).
   */
  constructor(delegate: HTTPMessageDelegate, length: number, maxBodySize: number, params: HTTP1ConnectionParameters) {
    if (length > maxBodySize) {
      throw new HTTPInputError(`Content-Length too long: the limit is ${maxBodySize} bytes`, { statusCode: 413 });
    }
    this.#delegate = delegate;
    this.#maxBodySize = maxBodySize;
    this.#chunkSize = params.chunkSize;
    this.#decoder = length === CHUNKED ? new ChunkedDecoder(params.maxHeaderSize) : null;
    this.#untilClose = length === UNTIL_CLOSE;
    this.#left = length > 0 ? length : 0;
    this.done = length === 0;
  }

  /**
   * Takes what belongs to the body from the front of the buffer.
   *
   * @returns The delegate's promise, before which nothing more must be fed, or undefined.
   * @throws {HTTPInputError} If the body is malformed or too large.
   */
  feed(buffer: ByteBuffer): Promise<void> | undefined {
    const lend = this.#delegate.borrowsData;
    // What is lent has to stay where it is for longer than the transport leaves it there.
    if (lend) buffer.own();
    if (this.#decoder !== null) {
      const payload = this.#decoder.decode(buffer, this.#maxBodySize, this.#chunkSize, lend);
      this.done = this.#decoder.done;
      let held: Promise<void> | undefined;
      if (payload !== null) {
        held = lend
          ? this.#lend(buffer, payload, this.#decoder.taken)
          : this.#delegate.dataReceived(payload) ?? undefined;
      }
      const { trailer } = this.#decoder;
      if (this.done && trailer !== "") this.#delegate.trailersReceived(headersFromBlock(trailer));
      return held;
    }
    if (!this.#untilClose && this.#delegate.takesWhole) return this.#collect(buffer);
    let count = Math.min(buffer.length, this.#chunkSize);
    if (this.#untilClose) {
      this.#left += count;
      if (this.#left > this.#maxBodySize) {
        throw new HTTPInputError(`Body longer than ${this.#maxBodySize} bytes`, { statusCode: 413 });
      }
    } else {
      count = Math.min(count, this.#left);
      this.#left -= count;
      this.done = this.#left === 0;
    }
    if (count === 0) return undefined;
    if (!lend) return this.#delegate.dataReceived(buffer.take(count)) ?? undefined;
    // Not `subarray`, which would make a node Buffer.
    const view = new Uint8Array(buffer.bytes.buffer, buffer.bytes.byteOffset + buffer.start, count);
    return this.#lend(buffer, view, count);
  }

  /** Keeps what has come, and hands the body over when it is complete. */
  #collect(buffer: ByteBuffer): Promise<void> | undefined {
    const count = Math.min(buffer.length, this.#left);
    if (count === 0) return undefined;
    this.done = count === this.#left;
    let whole = this.#whole;
    if (whole === null && this.done) return this.#delegate.dataReceived(buffer.take(count)) ?? undefined;
    const filled = this.#filled + count;
    if (whole === null || filled > whole.length) {
      const larger = new Uint8Array(Math.min(filled * AHEAD, this.#filled + this.#left));
      if (whole !== null) larger.set(whole.subarray(0, this.#filled));
      whole = this.#whole = larger;
    }
    buffer.takeInto(whole.subarray(this.#filled), count);
    this.#filled = filled;
    this.#left -= count;
    if (!this.done) return undefined;
    this.#whole = null;
    return this.#delegate.dataReceived(whole) ?? undefined;
  }

  /** Hands over a view on the buffer, whose bytes stay in their place until the delegate has let go of it. */
  #lend(buffer: ByteBuffer, view: Bytes, count: number): Promise<void> | undefined {
    // Taken at once: when the delegate lets go, an early answer may have left the buffer to somebody else.
    buffer.start += count;
    buffer.lent = count;
    let held: Promise<void> | undefined;
    try {
      held = this.#delegate.dataReceived(view) ?? undefined;
    } finally {
      if (held === undefined) buffer.lent = 0;
    }
    return held?.finally(() => {
      buffer.lent = 0;
    });
  }

  /** Tells the reader that the connection has ended; returns whether that completes the body. */
  end(): boolean {
    if (this.#untilClose) this.done = true;
    return this.done;
  }
}
