/**
 * Rejects or is thrown by operations on a stream that is closed.
 *
 * The name and the field are those of `tornado.iostream.StreamClosedError`.
 *
 * @example
 * ```ts
 * import { StreamClosedError } from "@twister/twister/iostream";
 * import { assertEquals } from "@std/assert";
 *
 * const error = new StreamClosedError(new Error("connection reset"));
 * assertEquals(error.message, "Stream is closed");
 * assertEquals(error.realError?.message, "connection reset");
 * ```
 */
export class StreamClosedError extends Error {
  /** The class name. */
  override readonly name: string = "StreamClosedError";
  /** What closed the stream, or `null` when it was closed in order. */
  readonly realError: Error | null;

  /** Wraps the reason for the close. */
  constructor(realError: Error | null = null) {
    super("Stream is closed", realError === null ? undefined : { cause: realError });
    this.realError = realError;
  }
}

/**
 * The reason of a close when a read could not be satisfied within its `maxBytes` (`tornado.iostream`).
 *
 * @example
 * ```ts
 * import { UnsatisfiableReadError } from "@twister/twister/iostream";
 * import { assert } from "@std/assert";
 *
 * assert(new UnsatisfiableReadError("delimiter not found within 4 bytes") instanceof Error);
 * ```
 */
export class UnsatisfiableReadError extends Error {
  /** The class name. */
  override readonly name: string = "UnsatisfiableReadError";
}

/**
 * Thrown when a stream's read or write buffer would outgrow its limit (`tornado.iostream`).
 *
 * @example
 * ```ts
 * import { StreamBufferFullError } from "@twister/twister/iostream";
 * import { assert } from "@std/assert";
 *
 * assert(new StreamBufferFullError("Reached maximum write buffer size") instanceof Error);
 * ```
 */
export class StreamBufferFullError extends Error {
  /** The class name. */
  override readonly name: string = "StreamBufferFullError";
}
