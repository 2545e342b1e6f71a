import type { ByteBuffer } from "../../internal/byte_buffer.ts";

/** Takes a stream's bytes as they come: what a protocol driver passes to `BaseIOStream.consume`. */
export interface StreamConsumer {
  /**
   * Takes bytes from the front of `buffer` by moving its `start`. Bytes that it leaves are offered again with the next
   * ones.
   *
   * Writes made during the call go to the kernel together after it. An exception is logged and closes the stream.
   */
  onData(buffer: ByteBuffer): void;
  /** Called once when the stream has closed. The buffer may still hold bytes that were not taken. */
  onEnd(error: Error | null): void;
  /**
   * Called once when the peer has ended its writing direction, if there is this method: the stream stays open for
   * writing then, until the consumer closes it. A consumer that pauses may still get buffered bytes afterwards.
   */
  onInputEnd?(): void;
}
