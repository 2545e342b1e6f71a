import type { Bytes } from "../../internal/bytes.ts";
import { handled, toError } from "../../internal/promises.ts";
import type { Duplex } from "./duplex.ts";
import { StreamBufferFullError, StreamClosedError } from "./errors.ts";
import { flushSoon } from "./flush_queue.ts";
import { owner } from "./owner.ts";
import { StreamWriter } from "./stream_writer.ts";
import { BY_REFERENCE, JOINED, joined, type MemoryWriter } from "./write_queue.ts";

/** The writing half of {@linkcode BaseIOStream}. */
export abstract class StreamOutput {
  /** The most that may wait to be written, in bytes, or `null`. */
  readonly maxWriteBufferSize: number | null;
  /** What closed the stream, or `null` while it is open or when it was closed in order. */
  error: Error | null = null;

  /** What the stream is built on. */
  protected readonly duplex: Duplex;

  /** There only while something is to be written. */
  #writer: StreamWriter | null = null;
  /** What alone is to be written, if other streams write it as well: they need no writer before their turn has come. */
  #shared: Bytes | null = null;
  #corked = false;
  #written = 0;
  #closeWhenWritten = false;
  /** Whether something that was written did not reach the kernel. */
  #lost = false;

  static {
    owner.flush = (stream) => #writer in stream && stream.#flush();
    owner.wrote = (stream, count, done) => {
      if (#writer in stream) stream.#wrote(count, done);
    };
    owner.failed = (stream, error) => {
      if (#writer in stream) stream.close(toError(error));
    };
  }

  /** Begins with nothing to write. */
  constructor(duplex: Duplex, maxWriteBufferSize: number | null) {
    this.duplex = duplex;
    this.maxWriteBufferSize = maxWriteBufferSize;
  }

  /** Whether the stream is closed. */
  abstract closed(): boolean;

  /** Closes the stream. */
  abstract close(error?: Error | null): void;

  /**
   * Queues bytes; the promise resolves when the kernel has taken them, in the order of the calls.
   *
   * Data of 16 KiB and more is not copied and must not change before that. The promise may be ignored, also if it rejects.
   *
   * @throws {StreamClosedError} At once, if the stream is closed.
   * @throws {StreamBufferFullError} At once, if more than `maxWriteBufferSize` bytes would wait.
   */
  write(data: Bytes): Promise<void> {
    this.send(data);
    return this.drained();
  }

  /**
   * Queues bytes, or a text as UTF-8, without making a promise; otherwise as {@linkcode write}.
   *
   * @throws {StreamClosedError} At once, if the stream is closed.
   * @throws {StreamBufferFullError} At once, if more than `maxWriteBufferSize` bytes would wait.
   */
  send(data: Bytes | string): void {
    this.#checkRoom(data.length);
    if (data.length > 0) this.#acquireWriter().send(data);
  }

  /**
   * Queues what `write` puts into the stream's own memory, which saves the copy that {@linkcode send} makes.
   *
   * @param most The most bytes that `write` makes of `source`.
   * @param write Is called at once, and must neither keep the memory nor touch it before the given place.
   * @throws {StreamClosedError} At once, if the stream is closed.
   * @throws {StreamBufferFullError} At once, if more than `maxWriteBufferSize` bytes might wait.
   */
  sendBy<T>(most: number, write: MemoryWriter<T>, source: T): void {
    this.#checkRoom(most);
    this.#acquireWriter().sendBy(most, write, source);
  }

  /**
   * Queues bytes that never change and go to many streams, without a copy for each; otherwise as {@linkcode send}.
   *
   * @throws {StreamClosedError} At once, if the stream is closed.
   * @throws {StreamBufferFullError} At once, if more than `maxWriteBufferSize` bytes would wait.
   */
  sendShared(data: Bytes): void {
    this.#checkRoom(data.length);
    if (data.length === 0) return;
    const shared = this.#shared;
    if (shared !== null && shared.length + data.length <= JOINED) {
      this.#shared = joined(shared, data);
    } else if (!this.writing() && !this.#corked && data.length < BY_REFERENCE) {
      this.#shared = data;
      flushSoon(this);
    } else {
      this.#acquireWriter().sendShared(data);
    }
  }

  /**
   * Resolves when the kernel has taken all that was written so far.
   *
   * @throws {StreamClosedError} If the stream closes before.
   */
  drained(): Promise<void> {
    if (this.writing()) return handled(this.#acquireWriter().drained());
    return this.#lost ? handled(Promise.reject(new StreamClosedError(this.error))) : Promise.resolve();
  }

  /** The number of bytes written by the application and not yet taken by the kernel. */
  get writeBufferSize(): number {
    return this.#shared?.length ?? this.#writer?.pending ?? 0;
  }

  /** The number of bytes the kernel has taken since the stream was made. */
  get bytesWritten(): number {
    return this.#written;
  }

  /** Closes the stream as soon as everything written so far is with the kernel. */
  closeWhenWritten(): void {
    if (this.writing()) this.#closeWhenWritten = true;
    else this.close();
  }

  /**
   * Tells the peer that nothing more will be written, after what is queued.
   *
   * @throws {StreamClosedError} If the stream closes before.
   */
  async closeWrite(): Promise<void> {
    await this.drained();
    if (this.closed()) throw new StreamClosedError(this.error);
    await this.duplex.closeWrite?.();
  }

  /** Whether written bytes wait for the kernel. */
  writing(): boolean {
    return this.#writer !== null || this.#shared !== null;
  }

  /** Keeps back what is written from now on, until {@linkcode uncork}; `false` if that is so already. */
  protected cork(): boolean {
    if (this.#corked) return false;
    this.#corked = true;
    if (this.#writer !== null) this.#writer.corked = true;
    return true;
  }

  /** Has what was kept back leave with what other streams write in this turn. */
  protected uncork(): void {
    this.#corked = false;
    if (this.#writer === null) return;
    this.#writer.corked = false;
    flushSoon(this);
  }

  /** Called when the kernel has taken all that was written; who waits for it learns it first. */
  protected abstract allWritten(): void;

  /** Drops what is to be written: the stream has closed. */
  protected stopWriting(): void {
    if (!this.writing()) return;
    this.#lost = true;
    this.#writer?.stop(this.error);
    this.#writer = this.#shared = null;
  }

  /** Takes note of what the writer has done. */
  #wrote(count: number, done: boolean): void {
    this.#written += count;
    if (!done) return;
    this.#writer = null;
    if (this.#closeWhenWritten) this.close();
    else this.allWritten();
  }

  #checkRoom(count: number): void {
    if (this.closed()) throw new StreamClosedError(this.error);
    if (this.maxWriteBufferSize !== null && this.writeBufferSize + count > this.maxWriteBufferSize) {
      throw new StreamBufferFullError(`Cannot write ${count} bytes: reached maximum write buffer size`);
    }
  }

  #acquireWriter(): StreamWriter {
    if (this.#writer !== null) return this.#writer;
    const shared = this.#shared;
    this.#shared = null;
    return this.#writer = StreamWriter.acquire(this.duplex, this, this.#corked, shared);
  }

  #flush(): boolean {
    return this.writing() && this.#acquireWriter().flush();
  }
}
