import type { BaseIOStream } from "../../net/iostream.ts";
import { WebSocketClosedError } from "../errors.ts";
import { LazyPromise } from "./lazy_promise.ts";

/**
 * The promise of a message: it resolves when the message is with the kernel.
 *
 * Most are never looked at, and a real promise that may reject costs as much as the rest of sending a short message. So this is no more
 * than a note of how far the stream has to come.
 */
export class Sent extends LazyPromise {
  readonly #stream: BaseIOStream;
  /** What the stream has written when the message is with the kernel. */
  readonly #position: number;

  /** Notes what has been sent on the stream so far. */
  constructor(stream: BaseIOStream) {
    super();
    this.#stream = stream;
    this.#position = stream.bytesWritten + stream.writeBufferSize;
  }

  /** Resolves when the stream has come so far. */
  protected override async promise(): Promise<void> {
    const stream = this.#stream;
    if (stream.bytesWritten >= this.#position) return;
    try {
      await stream.drained();
    } catch (cause) {
      throw new WebSocketClosedError(undefined, { cause });
    }
  }
}
