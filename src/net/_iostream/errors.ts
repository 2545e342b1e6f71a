/**
 * Thrown by operations on a closed stream, and the reason with which their promises reject.
 *
 * Tornado's `tornado.iostream.StreamClosedError`.
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
  /** The error that closed the stream, or `null` after an orderly close. */
  readonly realError: Error | null;

  /** Makes an error from the reason for the close. */
  constructor(realError: Error | null = null) {
    super("Stream is closed", realError === null ? undefined : { cause: realError });
    this.realError = realError;
  }
}

/**
 * The reason for a close because a read found no end within its `maxBytes` (`tornado.iostream.UnsatisfiableReadError`).
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
 * Thrown when a stream's read or write buffer would exceed its limit (`tornado.iostream.StreamBufferFullError`).
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

/** Tells whether an error is the peer's way to end a connection, as Tornado sees it. */
export function isReset(error: Error): boolean {
  const { ConnectionReset, ConnectionAborted, BrokenPipe, TimedOut, UnexpectedEof } = Deno.errors;
  return [ConnectionReset, ConnectionAborted, BrokenPipe, TimedOut, UnexpectedEof].some((kind) =>
    error instanceof kind
  );
}
