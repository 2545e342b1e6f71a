import type { Bytes } from "../../internal/bytes.ts";
import { handled } from "../../internal/promises.ts";
import { GzipDecompressor, InflateError } from "../../util/util.ts";
import { HTTPMessageDelegate } from "../_httputil/delegates.ts";
import { HTTPInputError } from "../_httputil/errors.ts";
import { getTrusted, type HTTPHeaders, setTrusted } from "../_httputil/headers.ts";
import type { RequestStartLine, ResponseStartLine } from "../_httputil/start_lines.ts";

/**
 * The most bytes inflated before the delegate may hold back more: Tornado's 64 KiB, which bounds the cost of a bomb.
 */
const DEFAULT_CHUNK_SIZE = 65536;

export interface DecompressOptions {
  /** The most bytes in one call of the delegate. @default {65536} */
  chunkSize?: number | undefined;
  /** Called for each chunk, since a handler may change it. No limit by default. */
  maxBodySize?: () => number;
}

/**
 * Inflates a body of `Content-Encoding: gzip` for its delegate, which sees the header as `X-Consumed-Content-Encoding`.
 * Any other body passes unchanged. There is no I/O.
 *
 * Tornado's `_GzipMessageDelegate`.
 */
export class DecompressDelegate extends HTTPMessageDelegate {
  readonly #delegate: HTTPMessageDelegate;
  readonly #chunkSize: number;
  readonly #maxBodySize: () => number;
  #decompressor: GzipDecompressor | null = null;
  #started = false;
  #total = 0;

  constructor(delegate: HTTPMessageDelegate, options: DecompressOptions = {}) {
    super();
    this.#delegate = delegate;
    this.#chunkSize = options.chunkSize ?? DEFAULT_CHUNK_SIZE;
    this.#maxBodySize = options.maxBodySize ?? (() => Infinity);
  }

  /** Tells whether chunks may be borrowed: those that pass unchanged, if the delegate borrows them. */
  override get borrowsData(): boolean {
    return this.#decompressor === null && this.#delegate.borrowsData;
  }

  override headersReceived(
    startLine: RequestStartLine | ResponseStartLine,
    headers: HTTPHeaders,
  ): void | Promise<void> {
    const encoding = getTrusted(headers, "Content-Encoding");
    // RFC 9110, section 8.4.1.3: x-gzip is gzip.
    if (encoding !== null && /^(?:x-)?gzip$/i.test(encoding)) {
      this.#decompressor = new GzipDecompressor();
      setTrusted(headers, "X-Consumed-Content-Encoding", encoding);
      headers.delete("Content-Encoding");
    }
    return this.#delegate.headersReceived(startLine, headers);
  }

  /**
   * Inflates a chunk and passes it on in pieces, each once the promise for the piece before has settled.
   *
   * @throws {HTTPInputError} 400 if the data is not gzip, 413 if the body is longer than allowed. After a piece that
   * the delegate held, the promise rejects instead.
   */
  override dataReceived(chunk: Bytes): void | Promise<void> {
    if (this.#decompressor === null) return this.#delegate.dataReceived(chunk);
    if (chunk.length === 0) return;
    this.#started = true;
    return this.#inflate(this.#decompressor, chunk);
  }

  override trailersReceived(trailers: HTTPHeaders): void {
    this.#delegate.trailersReceived(trailers);
  }

  /** @throws {HTTPInputError} 400 if the compressed data is not complete. */
  override finish(): void {
    try {
      if (this.#decompressor !== null && this.#started) this.#flush(this.#decompressor);
    } catch (error) {
      // To the delegate the message has not come to its end.
      this.#delegate.onConnectionClose();
      throw error;
    } finally {
      this.#decompressor?.close();
    }
    this.#delegate.finish();
  }

  override onConnectionClose(): void {
    this.#decompressor?.close();
    this.#delegate.onConnectionClose();
  }

  #inflate(decompressor: GzipDecompressor, chunk: Bytes): void | Promise<void> {
    let piece: Bytes;
    let rest = chunk;
    do {
      piece = this.#step(decompressor, rest);
      rest = decompressor.unconsumedTail;
      if (piece.length === 0) return;
      const held = this.#delegate.dataReceived(piece);
      if (held !== undefined) {
        const more = this.#more(piece, rest);
        return more ? held.then(() => this.#inflate(decompressor, rest)) : held;
      }
    } while (this.#more(piece, rest));
  }

  /** Tells whether more may follow: after a full piece, zlib may hold output although the input is used up. */
  #more(piece: Bytes, rest: Bytes): boolean {
    return rest.length > 0 || piece.length === this.#chunkSize;
  }

  #step(decompressor: GzipDecompressor, compressed: Bytes): Bytes {
    let piece: Bytes;
    try {
      piece = decompressor.decompress(compressed, this.#chunkSize);
    } catch (error) {
      throw new HTTPInputError("Cannot decompress the body: invalid gzip data", { cause: error });
    }
    this.#total += piece.length;
    const limit = this.#maxBodySize();
    if (this.#total > limit) {
      decompressor.close();
      throw tooLarge(limit);
    }
    return piece;
  }

  /** Checks the end. Where zlib cannot be driven piece by piece, the whole body comes only now, and cannot be held. */
  #flush(decompressor: GzipDecompressor): void {
    const limit = this.#maxBodySize();
    let body: Bytes;
    try {
      // 0 would be no limit.
      body = decompressor.flush(Math.max(1, limit - this.#total + 1));
    } catch (error) {
      if (!(error instanceof InflateError)) throw tooLarge(limit);
      throw new HTTPInputError("Cannot decompress the body: truncated gzip data", { cause: error });
    }
    if (body.length > 0 && this.#total + body.length > limit) throw tooLarge(limit);
    for (let at = 0; at < body.length; at += this.#chunkSize) {
      const held = this.#delegate.dataReceived(body.subarray(at, at + this.#chunkSize));
      if (held !== undefined) handled(held);
    }
  }
}

function tooLarge(limit: number): HTTPInputError {
  return new HTTPInputError(`Decompressed body too large: the limit is ${limit} bytes`, { statusCode: 413 });
}
