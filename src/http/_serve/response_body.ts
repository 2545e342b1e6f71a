import type { Bytes } from "../../internal/bytes.ts";
import { handled } from "../../internal/promises.ts";
import { StreamClosedError } from "../../net/iostream.ts";

/** A chunk that waits to be taken, and the one behind it. */
interface Waiting {
  readonly chunk: Bytes;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
  next: Waiting | null;
}

/** A promise that is resolved already. */
export const RESOLVED: Promise<void> = Promise.resolve();

/** Makes a promise that rejects because the peer is gone, and that may be dropped. */
export function closedPromise(error: Error = new StreamClosedError()): Promise<never> {
  return handled(Promise.reject(error));
}

/**
 * The body of a response that is written piece by piece: a stream that takes one chunk for each pull, so that the
 * promise of a write gives back-pressure.
 */
export class ResponseBody {
  readonly stream: ReadableStream<Bytes>;

  #controller: ReadableStreamDefaultController<Bytes> | null = null;
  readonly #onCancel: () => void;
  readonly #onClosed: () => void;
  #head: Waiting | null = null;
  #tail: Waiting | null = null;
  #last: Promise<void> = RESOLVED;
  #wanted = false;
  #ending = false;
  /** Why the body ends before it is complete, or `null`. */
  #reason: Error | null = null;
  #error: Error | null = null;

  /** `onCancel` is called once if the reader cancels; `onClosed` once when nothing more will be taken. */
  constructor(onCancel: () => void, onClosed: () => void) {
    this.#onCancel = onCancel;
    this.#onClosed = onClosed;
    this.stream = new ReadableStream<Bytes>({
      start: (controller) => {
        this.#controller = controller;
      },
      pull: () => this.#pull(),
      cancel: () => {
        this.#fail(new StreamClosedError());
        this.#onCancel();
      },
      // No queue of the stream's own: what it has taken is on its way.
    }, { highWaterMark: 0 });
  }

  /** Adds a chunk, which belongs to the body from now on; resolves when the reader has taken it. */
  write(chunk: Bytes): Promise<void> {
    if (this.#error !== null) return closedPromise(this.#error);
    // The stream takes no empty chunk; such a one is through when those before it are.
    if (chunk.length === 0) return this.#last;
    if (this.#wanted) {
      this.#wanted = false;
      this.#controller?.enqueue(chunk);
      return this.#last = RESOLVED;
    }
    const promise = new Promise<void>((resolve, reject) => {
      const waiting: Waiting = { chunk, resolve, reject, next: null };
      if (this.#tail === null) this.#head = waiting;
      else this.#tail.next = waiting;
      this.#tail = waiting;
    });
    return this.#last = handled(promise);
  }

  /** Tells whether nothing more will be taken. */
  get closed(): boolean {
    return this.#controller === null;
  }

  /** Ends the body after the chunks that wait; with a `reason`, its reader gets an error. */
  end(reason: Error | null = null): void {
    this.#ending = true;
    this.#reason = reason;
    if (this.#head === null) this.#close();
  }

  /** Ends the body immediately with an error, so that its reader cannot take it for complete. */
  abort(error: Error): void {
    if (this.#controller === null) return;
    this.#controller.error(error);
    this.#fail(error);
  }

  /** Resolves when everything written so far is taken; rejects with `StreamClosedError`. */
  drained(): Promise<void> {
    return this.#error === null ? this.#last : closedPromise(this.#error);
  }

  #pull(): void {
    const next = this.#head;
    if (next === null) {
      this.#wanted = true;
      return;
    }
    this.#head = next.next;
    if (this.#head === null) this.#tail = null;
    this.#controller?.enqueue(next.chunk);
    next.resolve();
    if (this.#ending && this.#head === null) this.#close();
  }

  #close(): void {
    const controller = this.#controller;
    this.#controller = null;
    if (this.#reason === null) controller?.close();
    else controller?.error(this.#reason);
    this.#onClosed();
  }

  #fail(error: Error): void {
    this.#controller = null;
    this.#error = error;
    for (let waiting = this.#head; waiting !== null; waiting = waiting.next) waiting.reject(error);
    this.#head = this.#tail = null;
    this.#onClosed();
  }
}
