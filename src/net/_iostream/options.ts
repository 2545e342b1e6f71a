// Tornado's 100 MiB and 64 KiB.
export const DEFAULT_MAX_BUFFER_SIZE = 104857600;
export const DEFAULT_READ_CHUNK_SIZE = 65536;

/** The limits of a stream, in bytes. */
export interface IOStreamOptions {
  /**
   * The most that may be buffered for a read; beyond it the stream closes with `StreamBufferFullError`.
   *
   * @default {104857600}
   */
  maxBufferSize?: number;
  /**
   * The most that is read at once, at most half of `maxBufferSize`.
   *
   * @default {65536}
   */
  readChunkSize?: number;
  /**
   * The most that may wait to be written; a `write` beyond it throws `StreamBufferFullError`. `null` is
   * no limit.
   *
   * @default {null}
   */
  maxWriteBufferSize?: number | null;
}
