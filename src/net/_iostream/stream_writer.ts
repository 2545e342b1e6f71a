import type { Bytes } from "../../internal/bytes.ts";
import type { Duplex } from "./duplex.ts";
import { StreamClosedError } from "./errors.ts";
import { WriteQueue } from "./write_queue.ts";

interface Waiter {
  /** The value of the queued-bytes counter at which the waiter's data is with the kernel. */
  readonly position: number;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/** What a {@linkcode StreamWriter} tells its stream. */
export interface WriterOwner {
  /** A write has failed. */
  writeFailed(error: unknown): void;
  /** Everything is written that was to be written before the close. */
  writtenToEnd(): void;
}

/** The writing half of a stream: hands queued bytes to the kernel, as many as possible at once. */
export class StreamWriter extends WriteQueue {
  /** Whether bytes are kept back until {@linkcode flush}. */
  corked = false;
  /** Bytes ever queued. */
  queuedTotal = 0;
  /** Bytes the kernel has taken. */
  writtenTotal = 0;
  /** Whether the owner is told when nothing is left. */
  closeWhenWritten = false;

  readonly #duplex: Duplex;
  readonly #owner: WriterOwner;
  /** The piece that the kernel is taking, or null. */
  #writing: Bytes | null = null;
  #flushScheduled = false;
  #stopped = false;
  #waiters: Waiter[] | null = null;
  // One closure each for the life of the stream, so that no write makes one.
  readonly #onWritten = (count: number): void => this.#written(count);
  readonly #onError = (error: unknown): void => this.#owner.writeFailed(error);

  /** Prepares to write to a duplex. */
  constructor(duplex: Duplex, owner: WriterOwner) {
    super();
    this.#duplex = duplex;
    this.#owner = owner;
  }

  /** The number of bytes queued and not yet taken by the kernel. */
  get pending(): number {
    return this.queuedTotal - this.writtenTotal;
  }

  /** Whether an operation of the kernel is under way. */
  get busy(): boolean {
    return this.#writing !== null;
  }

  /** Queues bytes, or a text as UTF-8, and sees to it that they are written by the end of this turn. */
  send(data: Bytes | string): void {
    if (typeof data === "string") {
      this.queuedTotal += this.pushText(data);
    } else {
      this.queuedTotal += data.length;
      if (data.length > 0) this.push(data);
    }
    if (this.corked || this.#flushScheduled || this.#writing !== null) return;
    this.#flushScheduled = true;
    queueMicrotask(() => {
      this.#flushScheduled = false;
      this.flush();
    });
  }

  /** Resolves when the kernel has taken all that was queued so far; rejects if the writer is stopped before. */
  drained(): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    (this.#waiters ??= []).push({ position: this.queuedTotal, resolve, reject });
    return promise;
  }

  /** Starts to write what is queued. */
  flush(): void {
    if (this.#writing !== null || this.#stopped) return;
    const piece = this.shift();
    if (piece === null) return;
    this.#writing = piece;
    this.#duplex.write(piece).then(this.#onWritten, this.#onError);
  }

  /** Drops what is queued and rejects who waits for it. */
  stop(error: Error | null): void {
    this.#stopped = true;
    this.#writing = null;
    this.clear();
    const waiters = this.#waiters;
    if (waiters === null) return;
    this.#waiters = null;
    const closed = new StreamClosedError(error);
    for (const waiter of waiters) waiter.reject(closed);
  }

  #written(count: number): void {
    const piece = this.#writing;
    if (piece === null) return;
    this.writtenTotal += count;
    if (count < piece.length) {
      this.#writing = piece.subarray(count);
      this.#duplex.write(this.#writing).then(this.#onWritten, this.#onError);
    } else {
      this.#writing = null;
      this.recycle();
      if (this.length > 0) this.flush();
    }
    if (this.#waiters !== null) this.#wake(this.#waiters);
    if (this.closeWhenWritten && this.pending === 0) this.#owner.writtenToEnd();
  }

  #wake(waiters: Waiter[]): void {
    let count = 0;
    while (count < waiters.length && waiters[count].position <= this.writtenTotal) waiters[count++].resolve();
    if (count === waiters.length) this.#waiters = null;
    else waiters.splice(0, count);
  }
}
