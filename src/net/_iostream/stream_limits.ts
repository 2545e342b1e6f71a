import { checkLimit } from "../../internal/limits.ts";

// Tornado's 100 MiB and 64 KiB.
const DEFAULT_MAX_BUFFER_SIZE = 104857600;
const DEFAULT_READ_CHUNK_SIZE = 65536;
/** Bytes that are read ahead of a consumer that pauses: enough to notice a close, and little memory. */
export const READ_AHEAD = 65536;

/** The limits of a stream, in bytes. */
export interface IOStreamOptions {
  /**
   * The most bytes that may be buffered for a read; beyond that the stream closes with `StreamBufferFullError`.
   *
   * @default {104857600}
   */
  maxBufferSize?: number;
  /**
   * The most bytes that are read at once from a `Deno.Conn`; at most half of `maxBufferSize`. Stream handles read up to
   * 128 KiB into memory that all connections share.
   *
   * @default {65536}
   */
  readChunkSize?: number;
  /**
   * The most bytes that may wait to be written; a `write` beyond that throws `StreamBufferFullError`. `null` sets no
   * limit.
   *
   * @default {null}
   */
  maxWriteBufferSize?: number | null;
}

/** The limits of a stream, with the defaults; many streams may share one object. */
export class StreamLimits implements Required<IOStreamOptions> {
  readonly maxBufferSize: number;
  readonly readChunkSize: number;
  readonly maxWriteBufferSize: number | null;

  /**
   * Fills the defaults in.
   *
   * @throws {RangeError} If a limit is not a whole number, or is negative; `readChunkSize` is at least 1.
   */
  constructor(options: { readonly [name in keyof IOStreamOptions]?: IOStreamOptions[name] | null | undefined }) {
    this.maxWriteBufferSize = options.maxWriteBufferSize ?? null;
    this.maxBufferSize = options.maxBufferSize ?? DEFAULT_MAX_BUFFER_SIZE;
    const readChunkSize = options.readChunkSize ?? DEFAULT_READ_CHUNK_SIZE;
    checkLimit("readChunkSize", readChunkSize, 1);
    checkLimit("maxBufferSize", this.maxBufferSize);
    this.readChunkSize = Math.min(readChunkSize, Math.max(1, Math.floor(this.maxBufferSize / 2)));
    if (this.maxWriteBufferSize !== null) checkLimit("maxWriteBufferSize", this.maxWriteBufferSize);
  }
}
