import type { BaseIOStream } from "../../net/iostream.ts";
import { WebSocketClosedError } from "../errors.ts";

/**
 * The promise of a message: it resolves when the message is with the kernel.
 *
 * Most are never looked at, and a real promise that may reject costs as much as the rest of sending a short message. So this is no more
 * than a note of how far the stream has to come; whoever awaits it gets a real one.
 */
export class Sent implements Promise<void> {
  readonly #stream: BaseIOStream;
  /** What the stream has written when the message is with the kernel. */
  readonly #position: number;

  /** Notes what has been sent on the stream so far. */
  constructor(stream: BaseIOStream) {
    this.#stream = stream;
    this.#position = stream.bytesWritten + stream.writeBufferSize;
  }

  /** As of a promise. */
  get [Symbol.toStringTag](): string {
    return "Promise";
  }

  /** As of a promise. */
  then<T = void, E = never>(
    onFulfilled?: ((value: void) => T | PromiseLike<T>) | null,
    onRejected?: ((reason: unknown) => E | PromiseLike<E>) | null,
  ): Promise<T | E> {
    return this.#promise().then(onFulfilled, onRejected);
  }

  /** As of a promise. */
  catch<E = never>(onRejected?: ((reason: unknown) => E | PromiseLike<E>) | null): Promise<void | E> {
    return this.#promise().catch(onRejected);
  }

  /** As of a promise. */
  finally(onFinally?: (() => void) | null): Promise<void> {
    return this.#promise().finally(onFinally);
  }

  async #promise(): Promise<void> {
    const stream = this.#stream;
    if (stream.bytesWritten >= this.#position) return;
    try {
      await stream.drained();
    } catch (cause) {
      throw new WebSocketClosedError(undefined, { cause });
    }
  }
}
