import type { Bytes } from "../../internal/bytes.ts";
import type { Duplex } from "./duplex.ts";
import { StreamClosedError } from "./errors.ts";
import { flushNext, flushSoon } from "./flush_queue.ts";
import { owner } from "./owner.ts";
import { type MemoryWriter, WriteQueue } from "./write_queue.ts";

interface Waiter {
  /** The value of `queuedTotal` at which the waiter's data is with the kernel. */
  readonly position: number;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
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
  readonly #onWritten = (count: number): void => {
    this.#written(count);
    flushNext();
  };
  readonly #onError = (error: unknown): void => {
    if (this.#owner !== null) owner.failed(this.#owner, error);
    flushNext();
  };

  /** Takes a writer for a stream, which has it until nothing is left to write; what is `shared`, if anything, is scheduled already. */
  static acquire(duplex: Duplex, owner: object, corked: boolean, shared: Bytes | null): StreamWriter {
    const writer = pool.pop() ?? new StreamWriter();
    writer.#duplex = duplex;
    writer.#owner = owner;
    writer.corked = corked;
    if (shared !== null) {
      writer.queuedTotal = shared.length;
      writer.pushShared(shared);
    }
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
    if (this.corked || this.#flushScheduled || this.#writing !== null || this.#owner === null) return;
    this.#flushScheduled = true;
    flushSoon(this.#owner);
  }

  /** Resolves when the kernel has taken all that was queued so far; rejects if the writer is stopped before. */
  drained(): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    (this.#waiters ??= []).push({ position: this.queuedTotal, resolve, reject });
    return promise;
  }

  /** Begins to write what is queued; `false` if there is nothing, or a write is under way already. */
  flush(): boolean {
    this.#flushScheduled = false;
    if (this.#writing !== null || this.#duplex === null) return false;
    const piece = this.shift();
    if (piece === null) return false;
    this.#hand(this.#duplex, piece);
    return true;
  }

  #hand(duplex: Duplex, piece: Bytes): void {
    this.#writing = piece;
    try {
      duplex.write(piece).then(this.#onWritten, this.#onError);
    } catch (error) {
      // Of a duplex that throws instead of rejecting. Whoever flushes has other streams to flush as well.
      queueMicrotask(() => this.#onError(error));
    }
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
    const stream = this.#owner;
    if (piece === null || stream === null) return;
    this.writtenTotal += count;
    if (count < piece.length) {
      if (this.#duplex !== null) this.#hand(this.#duplex, piece.subarray(count));
    } else {
      this.#writing = null;
      this.recycle();
      if (this.length > 0) this.flush();
    }
    if (this.#waiters !== null) this.#wake(this.#waiters);
    if (this.pending > 0) return owner.wrote(stream, count, false);
    this.#release();
    owner.wrote(stream, count, true);
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
