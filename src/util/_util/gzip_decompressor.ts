import { type Bytes, joinBytes } from "../../internal/bytes.ts";
import { nodeZlib } from "../../internal/node_zlib.ts";
import { InflateError, openGunzip, type ZlibStream } from "../../internal/zlib_stream.ts";

const EMPTY: Bytes = new Uint8Array(0);

/**
 * Decompresses gzip (RFC 1952) as it arrives, in pieces of any size, with a bound for the output of each call.
 *
 * It works synchronously. Headers, checksums and lengths are checked. Several members in a row are one stream; other
 * bytes between or after them are an error. Tornado's `GzipDecompressor`.
 *
 * @example
 * ```ts
 * import { GzipDecompressor } from "@twister/twister/util";
 * import { assertEquals } from "@std/assert";
 * import { gzipSync } from "node:zlib";
 *
 * const decompressor = new GzipDecompressor();
 * let rest: Uint8Array<ArrayBuffer> = new Uint8Array(gzipSync(new Uint8Array(100_000)));
 * let total = 0;
 * while (rest.length > 0) {
 *   total += decompressor.decompress(rest, 4096).length; // never more than 4096 at a time
 *   rest = decompressor.unconsumedTail;
 * }
 * decompressor.flush();
 * assertEquals(total, 100_000);
 * ```
 */
export class GzipDecompressor {
  /** `null` if the runtime has no synchronous zlib: the input is then gathered, and inflated by `flush`. */
  readonly #stream: ZlibStream | null = openGunzip();
  readonly #gathered: Bytes[] = [];
  #closed = false;
  /** Tells whether zlib has taken a byte. */
  #begun = false;
  #tail: Bytes = EMPTY;

  /**
   * The part of the last input that was not used because the limit was reached; pass it to the next call, before any
   * other data.
   *
   * It is a view of that input, not a copy.
   */
  get unconsumedTail(): Bytes {
    return this.#tail;
  }

  /**
   * Decompresses a piece of the stream.
   *
   * @param value The next bytes, after those of `unconsumedTail`.
   * @param maxLength The most bytes to return; 0 means no limit.
   * @returns New bytes, perhaps none, which the caller owns.
   * @throws {InflateError} If the data is damaged or not gzip; the object is closed then.
   * @throws {RangeError} If `maxLength` is negative or not a number.
   */
  decompress(value: Bytes, maxLength = 0): Bytes {
    if (!(maxLength >= 0)) throw new RangeError(`Cannot decompress: maxLength must be 0 or more, got ${maxLength}`);
    if (this.#closed) throw new InflateError("Cannot inflate: the stream has ended");
    if (this.#stream === null) {
      this.#gathered.push(value.slice());
      return EMPTY;
    }
    const most = maxLength === 0 ? Infinity : maxLength;
    const pieces: Bytes[] = [];
    let length = 0;
    let rest = value;
    while (length < most && (rest.length > 0 || this.#stream.full)) {
      rest = this.#feed(this.#stream, rest, most - length);
      if (this.#stream.written === 0) continue;
      // Not `output.slice`: on a node Buffer that is a view.
      pieces.push(new Uint8Array(this.#stream.output.subarray(0, this.#stream.written)));
      length += this.#stream.written;
    }
    this.#tail = rest;
    return joinBytes(pieces);
  }

  /**
   * Ends the stream: decompresses what is left of the input, checks that the stream is complete, and closes it.
   *
   * @param maxLength The most bytes to return; 0 means no limit.
   * @returns What was not returned before; empty if `unconsumedTail` was passed back until it was empty.
   * @throws {InflateError} If the stream is damaged or cut short. A stream without a single byte is complete.
   * @throws {RangeError} If there are more than `maxLength` bytes.
   */
  flush(maxLength = 0): Bytes {
    try {
      if (this.#stream === null) return gunzip(joinBytes(this.#gathered), maxLength);
      const rest = this.decompress(this.#tail, maxLength);
      if (maxLength > 0 && this.decompress(this.#tail, 1).length > 0) throw longerThan(maxLength);
      if (this.#begun && !this.#stream.isComplete()) {
        throw new InflateError("Cannot inflate: the gzip data is cut short");
      }
      return rest;
    } finally {
      this.close();
    }
  }

  /** Frees the memory outside the heap; for a stream that is given up before its end. May be called several times. */
  close(): void {
    if (!this.#closed) this.#stream?.close();
    this.#closed = true;
  }

  /** Feeds bytes to zlib and returns those that are left for the next time. */
  #feed(stream: ZlibStream, value: Bytes, most: number): Bytes {
    try {
      stream.run(value, 0, value.length, most);
      // zlib takes a 0 behind a member for padding, and leaves it there.
      if (stream.left > 0 && !stream.full) throw new InflateError("Cannot inflate: no gzip member begins with 0");
    } catch (error) {
      this.close();
      throw error;
    }
    this.#begun ||= value.length > stream.left;
    return value.subarray(value.length - stream.left);
  }
}

/** Inflates the whole data by a documented function. It refuses bytes behind the last member, unless the first is 0. */
function gunzip(data: Bytes, maxLength: number): Bytes {
  if (data.length === 0) return EMPTY;
  try {
    return new Uint8Array(
      nodeZlib().gunzipSync(data, maxLength > 0 && maxLength < Infinity ? { maxOutputLength: maxLength } : {}),
    );
  } catch (cause) {
    if (cause instanceof Error && "code" in cause && cause.code === "ERR_BUFFER_TOO_LARGE") throw longerThan(maxLength);
    throw new InflateError("Cannot inflate: the gzip data is damaged or cut short", { cause });
  }
}

function longerThan(maxLength: number): RangeError {
  return new RangeError(`Cannot decompress: there are more than ${maxLength} bytes`);
}
