import type { ByteBuffer } from "../../internal/byte_buffer.ts";

/**
 * A protocol driver that takes a stream's bytes as they come (see `BaseIOStream.consume`).
 */
export interface StreamConsumer {
  /**
   * Takes bytes from the front of `buffer` by moving its `start`; what is left is offered again with the next bytes.
   *
   * Writes made during the call go to the kernel together, after it. What it throws is logged, and closes the stream.
   */
  onData(buffer: ByteBuffer): void;
  /** Called once when the stream has closed; bytes that were not taken may still be in the buffer. */
  onEnd(error: Error | null): void;
}
