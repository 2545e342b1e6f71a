import type { Bytes } from "../../internal/bytes.ts";
import type { Duplex } from "./duplex.ts";
import { StreamClosedError } from "./errors.ts";
import { type MemoryWriter, WriteQueue } from "./write_queue.ts";

interface Waiter {
  /** The value of `queuedTotal` at which the waiter's data is with the kernel. */
  readonly position: number;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/**
 * What a writer calls of the stream that has it. The stream's class sets it, which alone can reach its state, so that a
 * stream needs no closures for it.
 */
export const writerOwner: {
  /** The kernel has taken `count` more bytes; if `done`, nothing is left, and the writer goes back to the pool. */
  wrote: (stream: object, count: number, done: boolean) => void;
  /** A write has failed. */
  failed: (stream: object, error: unknown) => void;
} = { wrote() {}, failed() {} };

let waiting: StreamWriter[] = [];

/**
 * Flushes a writer when the input that is ready now has been looked at, on all connections. The system calls of a turn
 * then come one after another and not between the answers, so that each finds its code and data in the processor's cache.
 */
export function flushSoon(writer: StreamWriter): void {
  if (waiting.push(writer) === 1) queueMicrotask(flushAll);
}

function flushAll(): void {
  const writers = waiting;
  waiting = [];
  for (const writer of writers) writer.flush();
}

/** Writers kept for reuse: a stream has one only while it writes, which few of many idle ones do. */
const POOL_LIMIT = 64;
const pool: StreamWriter[] = [];

/** The writing half of a stream: hands queued bytes to the kernel, as many as possible at once. */
export class StreamWriter extends WriteQueue {
  /** Whether bytes are kept back until {@linkcode flush}. */
  corked = false;
  /** Bytes queued since the writer was taken. */
  queuedTotal = 0;
  /** Bytes the kernel has taken since the writer was taken. */
  writtenTotal = 0;

  #duplex: Duplex | null = null;
  #owner: object | null = null;
  /** The piece that the kernel is taking, or null. */
  #writing: Bytes | null = null;
  #flushScheduled = false;
  #waiters: Waiter[] | null = null;
  // One closure each for the life of the writer, so that no write makes one.
  readonly #onWritten = (count: number): void => this.#written(count);
  readonly #onError = (error: unknown): void => {
    if (this.#owner !== null) writerOwner.failed(this.#owner, error);
  };

  /** Takes a writer for a stream, which has it until nothing is left to write. */
  static acquire(duplex: Duplex, owner: object, corked: boolean): StreamWriter {
    const writer = pool.pop() ?? new StreamWriter();
    writer.#duplex = duplex;
    writer.#owner = owner;
    writer.corked = corked;
    return writer;
  }

  /** The number of bytes queued and not yet taken by the kernel. */
  get pending(): number {
    return this.queuedTotal - this.writtenTotal;
  }

  /** Queues bytes, or a text as UTF-8, and sees to it that they are written by the end of this turn. */
  send(data: Bytes | string): void {
    if (typeof data === "string") {
      this.queuedTotal += this.pushText(data);
    } else {
      this.queuedTotal += data.length;
      this.push(data);
    }
    this.#schedule();
  }

  /** Queues what `write` makes of `source`; as {@linkcode send}. */
  sendBy<T>(most: number, write: MemoryWriter<T>, source: T): void {
    this.queuedTotal += this.pushBy(most, write, source);
    this.#schedule();
  }

  /** Queues bytes that never change and go to many streams; as {@linkcode send}. */
  sendShared(data: Bytes): void {
    this.queuedTotal += data.length;
    this.pushShared(data);
    this.#schedule();
  }

  #schedule(): void {
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
    if (this.#writing !== null || this.#duplex === null) return;
    const piece = this.shift();
    if (piece === null) return;
    this.#writing = piece;
    this.#duplex.write(piece).then(this.#onWritten, this.#onError);
  }

  /** Drops what is queued and rejects who waits for it. A writer that was stopped is not used again. */
  stop(error: Error | null): void {
    this.#duplex = this.#owner = this.#writing = null;
    this.clear();
    const waiters = this.#waiters;
    if (waiters === null) return;
    this.#waiters = null;
    const closed = new StreamClosedError(error);
    for (const waiter of waiters) waiter.reject(closed);
  }

  #written(count: number): void {
    const piece = this.#writing;
    const owner = this.#owner;
    if (piece === null || owner === null) return;
    this.writtenTotal += count;
    if (count < piece.length) {
      this.#writing = piece.subarray(count);
      this.#duplex?.write(this.#writing).then(this.#onWritten, this.#onError);
    } else {
      this.#writing = null;
      this.recycle();
      if (this.length > 0) this.flush();
    }
    if (this.#waiters !== null) this.#wake(this.#waiters);
    if (this.pending > 0) return writerOwner.wrote(owner, count, false);
    this.#release();
    writerOwner.wrote(owner, count, true);
  }

  #wake(waiters: Waiter[]): void {
    let count = 0;
    while (count < waiters.length && waiters[count].position <= this.writtenTotal) waiters[count++].resolve();
    if (count === waiters.length) this.#waiters = null;
    else waiters.splice(0, count);
  }

  #release(): void {
    this.#duplex = this.#owner = null;
    this.queuedTotal = this.writtenTotal = 0;
    this.corked = false;
    if (pool.length < POOL_LIMIT) pool.push(this);
  }
}
