/**
 * The connection under a stream: the part of `Deno.Conn` that {@linkcode BaseIOStream} uses.
 *
 * `read` fills the start of the given array and resolves with the number of bytes, or with `null` at the end. `write`
 * resolves with the number of bytes taken, which may be fewer than given.
 */
export interface Duplex {
  /** Reads once into the start of `target`. */
  read(target: Uint8Array): Promise<number | null>;
  /** Writes once from the start of `data`. */
  write(data: Uint8Array): Promise<number>;
  /** Closes both directions. */
  close(): void;
  /** Closes the writing direction only. */
  closeWrite?(): Promise<void>;
}

/**
 * A {@linkcode Duplex} over a pair of Web streams, of which one may be missing.
 *
 * @example
 * ```ts
 * import { WebStreamDuplex } from "@twister/twister/iostream";
 * import { assertEquals } from "@std/assert";
 *
 * const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
 * const duplex = new WebStreamDuplex({ readable, writable });
 * const target = new Uint8Array(8);
 * const [count] = await Promise.all([duplex.read(target), duplex.write(new Uint8Array([1, 2]))]);
 * assertEquals(count, 2);
 * duplex.close();
 * ```
 */
export class WebStreamDuplex implements Duplex {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array> | null;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array> | null;
  /** Bytes that the reader gave beyond the length of the last target. */
  #rest: Uint8Array | null = null;

  /** Takes ownership of the streams and locks them. */
  constructor(streams: { readable?: ReadableStream<Uint8Array>; writable?: WritableStream<Uint8Array> }) {
    this.#reader = streams.readable?.getReader() ?? null;
    this.#writer = streams.writable?.getWriter() ?? null;
    // A failure is reported by the read or write that meets it.
    this.#reader?.closed.catch(ignore);
    this.#writer?.closed.catch(ignore);
  }

  /** Reads the available bytes, at most the target's length; resolves with `null` at the end of the readable stream. */
  async read(target: Uint8Array): Promise<number | null> {
    let chunk = this.#rest;
    this.#rest = null;
    while (chunk === null || chunk.length === 0) {
      if (this.#reader === null) return null;
      const { value, done } = await this.#reader.read();
      if (done) return null;
      chunk = value;
    }
    const count = Math.min(chunk.length, target.length);
    target.set(chunk.subarray(0, count));
    if (count < chunk.length) this.#rest = chunk.subarray(count);
    return count;
  }

  /**
   * Writes all of the data and resolves when the stream has taken it.
   *
   * @throws {TypeError} If the writable stream is missing.
   */
  async write(data: Uint8Array): Promise<number> {
    if (this.#writer === null) throw new TypeError("Cannot write: the stream has no writable side");
    await this.#writer.ready;
    // The stream may keep the chunk, while the caller reuses its array.
    await this.#writer.write(data.slice());
    return data.length;
  }

  /** Cancels the readable stream and closes the writable one. */
  close(): void {
    this.#reader?.cancel().catch(ignore);
    this.#writer?.close().catch(ignore);
  }

  /** Closes the writable stream. */
  async closeWrite(): Promise<void> {
    await this.#writer?.close();
  }
}

function ignore(): void {}
