import type { Bytes } from "../../internal/bytes.ts";
import { handled, toError } from "../../internal/promises.ts";
import type { Duplex } from "./duplex.ts";
import { StreamBufferFullError, StreamClosedError } from "./errors.ts";
import { flushNext, flushSoon } from "./flush_queue.ts";
import { BY_REFERENCE, JOINED, joined, type MemoryWriter, WriteQueue } from "./write_queue.ts";

/** The stream that an output belongs to. */
export interface OutputOwner {
  /** The error that closed the stream, or `null`. */
  readonly error: Error | null;
  /** Returns whether the stream is closed. */
  closed(): boolean;
  /** Closes the stream. */
  close(error?: Error | null): void;
}

/** The writing half of a stream: the bytes that were written and that the kernel has not taken. */
export class StreamOutput {
  /** Tells whether the stream closes once all is written, unless a caller who waited for that writes more. */
  closeWhenIdle = false;

  readonly #stream: OutputOwner;
  readonly #duplex: Duplex;
  readonly #maxSize: number | null;
  /** There only while something is to be written. */
  #writer: StreamWriter | null = null;
  /** What alone is to be written, if other streams write it as well: they need no writer before their turn has come. */
  #shared: Bytes | null = null;
  #corked = false;
  #scheduled = false;
  #written = 0;
  #closeWhenWritten = false;
  /** Tells whether something that was written did not reach the kernel. */
  #lost = false;

  /** Begins with nothing to write; at most `maxSize` bytes may wait, or any number for `null`. */
  constructor(stream: OutputOwner, duplex: Duplex, maxSize: number | null) {
    this.#stream = stream;
    this.#duplex = duplex;
    this.#maxSize = maxSize;
  }

  /** Queues bytes, or a text as UTF-8. */
  send(data: Bytes | string): void {
    this.#checkRoom(data.length);
    if (data.length === 0) return;
    const writer = this.#acquireWriter();
    writer.send(data);
    this.#schedule(writer);
  }

  /** Queues what `write` makes of `source`, at most `most` bytes. */
  sendBy<T>(most: number, write: MemoryWriter<T>, source: T): void {
    this.#checkRoom(most);
    const writer = this.#acquireWriter();
    writer.sendBy(most, write, source);
    this.#schedule(writer);
  }

  /** Queues bytes that never change and go to many streams. */
  sendShared(data: Bytes): void {
    this.#checkRoom(data.length);
    if (data.length === 0) return;
    const shared = this.#shared;
    if (shared !== null && shared.length + data.length <= JOINED) {
      this.#shared = joined(shared, data);
    } else if (!this.writing() && !this.#corked && data.length < BY_REFERENCE) {
      this.#shared = data;
      this.#schedule(null);
    } else {
      const writer = this.#acquireWriter();
      writer.sendShared(data);
      this.#schedule(writer);
    }
  }

  /** Resolves when the kernel has all that was queued so far; rejects with `StreamClosedError` if that cannot be. */
  drained(): Promise<void> {
    if (this.writing()) return handled(this.#acquireWriter().drained());
    return this.#lost ? handled(Promise.reject(new StreamClosedError(this.#stream.error))) : Promise.resolve();
  }

  /** Bytes that are queued and that the kernel has not taken. */
  get size(): number {
    return this.#shared?.length ?? this.#writer?.pending ?? 0;
  }

  /** Bytes that the kernel has taken since the stream was made. */
  get bytesWritten(): number {
    return this.#written;
  }

  /** Returns whether queued bytes wait for the kernel. */
  writing(): boolean {
    return this.#writer !== null || this.#shared !== null;
  }

  /** Closes the stream as soon as all is written. */
  closeWhenWritten(): void {
    if (this.writing()) this.#closeWhenWritten = true;
    else this.#stream.close();
  }

  /** Keeps back what is queued from now on, until {@linkcode uncork}; `false` if that is so already. */
  cork(): boolean {
    return this.#corked ? false : this.#corked = true;
  }

  /** Sends the bytes that were kept back, together with what other streams write in this turn. */
  uncork(): void {
    this.#corked = false;
    if (this.#writer !== null) this.#schedule(this.#writer);
  }

  /** Begins to write what is queued; `false` if there is nothing, or a write is under way already. */
  flush(): boolean {
    this.#scheduled = false;
    return this.writing() && this.#acquireWriter().flush();
  }

  /** Drops what is queued: the stream has closed. */
  stop(): void {
    if (!this.writing()) return;
    this.#lost = true;
    this.#writer?.stop(this.#stream.error);
    this.#writer = this.#shared = null;
  }

  /** Takes note of a write: the kernel has `count` more bytes; if `done`, nothing is left, and the writer is free. */
  wrote(count: number, done: boolean): void {
    this.#written += count;
    if (!done) return;
    this.#writer = null;
    if (this.#closeWhenWritten) return this.#stream.close();
    if (!this.closeWhenIdle) return;
    queueMicrotask(() => {
      if (!this.writing()) this.#stream.close();
    });
  }

  /** Takes note of a write that has failed. */
  failed(error: unknown): void {
    this.#stream.close(toError(error));
  }

  #checkRoom(count: number): void {
    if (this.#stream.closed()) throw new StreamClosedError(this.#stream.error);
    if (this.#maxSize !== null && this.size + count > this.#maxSize) {
      throw new StreamBufferFullError(`Cannot write ${count} bytes: reached maximum write buffer size`);
    }
  }

  /** Sees to it that the queued bytes are written by the end of this turn; the end of a write does so anyway. */
  #schedule(writer: StreamWriter | null): void {
    if (this.#corked || this.#scheduled || writer?.busy) return;
    this.#scheduled = true;
    flushSoon(this);
  }

  #acquireWriter(): StreamWriter {
    if (this.#writer !== null) return this.#writer;
    const shared = this.#shared;
    this.#shared = null;
    return this.#writer = StreamWriter.acquire(this.#duplex, this, shared);
  }
}

interface Waiter {
  /** The value of `queuedTotal` at which the waiter's data is with the kernel. */
  readonly position: number;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/** Writers kept for reuse: a stream has one only while it writes, which few of many idle ones do. */
const POOL_LIMIT = 64;
const pool: StreamWriter[] = [];

/** Hands the queued bytes of an output to the kernel, as many as possible at once. */
class StreamWriter extends WriteQueue {
  /** Bytes queued since the writer was taken. */
  queuedTotal = 0;
  /** Bytes the kernel has taken since the writer was taken. */
  writtenTotal = 0;

  #duplex: Duplex | null = null;
  #output: StreamOutput | null = null;
  /** The piece that the kernel is taking, or null. */
  #writing: Bytes | null = null;
  #waiters: Waiter[] | null = null;
  // One closure each for the life of the writer, so that no write makes one.
  readonly #onWritten = (count: number): void => {
    this.#written(count);
    flushNext();
  };
  readonly #onError = (error: unknown): void => {
    this.#output?.failed(error);
    flushNext();
  };

  /** Takes a writer for an output, which has it until nothing is left to write, and queues `shared`, if anything. */
  static acquire(duplex: Duplex, output: StreamOutput, shared: Bytes | null): StreamWriter {
    const writer = pool.pop() ?? new StreamWriter();
    writer.#duplex = duplex;
    writer.#output = output;
    if (shared !== null) writer.sendShared(shared);
    return writer;
  }

  /** The number of bytes queued and not yet taken by the kernel. */
  get pending(): number {
    return this.queuedTotal - this.writtenTotal;
  }

  /** Tells whether a write is under way. */
  get busy(): boolean {
    return this.#writing !== null;
  }

  /** Queues bytes, or a text as UTF-8. */
  send(data: Bytes | string): void {
    if (typeof data === "string") {
      this.queuedTotal += this.pushText(data);
    } else {
      this.queuedTotal += data.length;
      this.push(data);
    }
  }

  /** Queues what `write` makes of `source`. */
  sendBy<T>(most: number, write: MemoryWriter<T>, source: T): void {
    this.queuedTotal += this.pushBy(most, write, source);
  }

  /** Queues bytes that never change and go to many streams. */
  sendShared(data: Bytes): void {
    this.queuedTotal += data.length;
    this.pushShared(data);
  }

  /** Resolves when the kernel has taken all that was queued so far; rejects if the writer is stopped before. */
  drained(): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    (this.#waiters ??= []).push({ position: this.queuedTotal, resolve, reject });
    return promise;
  }

  /** Begins to write what is queued; `false` if there is nothing, or a write is under way already. */
  flush(): boolean {
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
    this.#duplex = this.#output = this.#writing = null;
    this.clear();
    const waiters = this.#waiters;
    if (waiters === null) return;
    this.#waiters = null;
    const closed = new StreamClosedError(error);
    for (const waiter of waiters) waiter.reject(closed);
  }

  #written(count: number): void {
    const piece = this.#writing;
    const output = this.#output;
    if (piece === null || output === null) return;
    this.writtenTotal += count;
    if (count < piece.length) {
      if (this.#duplex !== null) this.#hand(this.#duplex, piece.subarray(count));
    } else {
      this.#writing = null;
      this.recycle();
      if (this.length > 0) this.flush();
    }
    if (this.#waiters !== null) this.#wake(this.#waiters);
    if (this.pending > 0) return output.wrote(count, false);
    this.#release();
    output.wrote(count, true);
  }

  #wake(waiters: Waiter[]): void {
    let count = 0;
    while (count < waiters.length && waiters[count].position <= this.writtenTotal) waiters[count++].resolve();
    if (count === waiters.length) this.#waiters = null;
    else waiters.splice(0, count);
  }

  #release(): void {
    this.#duplex = this.#output = null;
    this.queuedTotal = this.writtenTotal = 0;
    if (pool.length < POOL_LIMIT) pool.push(this);
  }
}
