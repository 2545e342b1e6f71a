import { LazyPromise } from "../internal/promises.ts";
import type { BaseIOStream } from "../net/iostream.ts";
import { WebSocketClosedError } from "./errors.ts";

/**
 * The promise of a message: it resolves when the message is handed to the kernel.
 *
 * Most are never looked at, and a real promise that may reject costs as much as the rest of sending a short message. So
 * this only records how far the stream has to come.
 */
export class Sent extends LazyPromise {
  readonly #stream: BaseIOStream;
  /** What the stream has written when the message is handed to the kernel. */
  readonly #position: number;

  /** Records what was sent on the stream so far. */
  constructor(stream: BaseIOStream) {
    super();
    this.#stream = stream;
    this.#position = stream.bytesWritten + stream.writeBufferSize;
  }

  /** Waits until the stream has come that far. */
  protected override promise(): Promise<void> {
    return this.#stream.bytesWritten >= this.#position ? Promise.resolve() : allSent(this.#stream);
  }
}

/**
 * Waits until the kernel has taken all that was sent so far.
 *
 * @throws {WebSocketClosedError} If the stream closes first.
 */
export async function allSent(stream: BaseIOStream): Promise<void> {
  try {
    await stream.drained();
  } catch (cause) {
    throw new WebSocketClosedError(undefined, { cause });
  }
}
