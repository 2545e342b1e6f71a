import type { Bytes } from "../../internal/bytes.ts";
import { handled } from "../../internal/promises.ts";
import type { Transport } from "../_transport/transport.ts";
import { StreamBufferFullError, StreamClosedError } from "./errors.ts";
import { type Flushable, flushIfMany, flushSoon } from "./flush_queue.ts";
import { BY_REFERENCE, JOINED, joined, type MemoryWriter, WriteQueue } from "./write_queue.ts";

/** A caller who waits until the kernel has its bytes. */
interface Waiter {
  /** The number of bytes written in all when the kernel has those of the waiter. */
  readonly position: number;
  readonly resolvers: PromiseWithResolvers<void>;
}

/** Queues for reuse: a stream has one only while it writes, and most writes are done at the end of the turn. */
const POOL_LIMIT = 64;
const pool: WriteQueue[] = [];

const DRAINED = Promise.resolve();

/**
 * The most bytes of one write. A handle reports a write that has to wait only when all of it is done, and a peer that
 * reads slowly must not look like one that does not read. No pooled buffer is larger.
 */
const MOST = 131072;

/**
 * The longest text that is kept as it is until it is written: a transport that takes only bytes has to encode it
 * character by character.
 */
const LONGEST_TEXT = 4096;

// What the output of a stream does and has been through, as bits: each field would take eight bytes of every stream.
const SCHEDULED = 1;
const CORKED = 2;
const CLOSE_WHEN_WRITTEN = 4;
/** The stream has closed, so that nothing more is written to it. */
const REFUSES = 8;
/** Writing has ended. */
const STOPPED = 16;
/** Something that was written did not reach the kernel. */
const LOST = 32;

/** The writing half of a stream: the bytes that were written and that the kernel has not taken. */
export abstract class StreamOutput implements Flushable {
  /** Bytes that the kernel has taken since the stream was made. */
  bytesWritten = 0;

  readonly #transport: Transport;
  /** There only while something is queued, or a piece of it is being written. */
  #queue: WriteQueue | null = null;
  /**
   * What is queued without a queue: bytes that other streams write as well, or a text with a byte for each character.
   */
  #alone: Bytes | string | null = null;
  /** The piece that the kernel is writing, or the rest of it. */
  #writing: Bytes | string | null = null;
  #bytesQueued = 0;
  #waiters: Waiter[] | null = null;
  #state = 0;
  #error: Error | null = null;

  /** Begins with nothing to write. */
  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** The most bytes that may wait, or `null` for any number. */
  protected abstract readonly maxSize: number | null;

  /** Closes the stream, all of whose bytes are written. */
  protected abstract closeStream(): void;

  /** Learns that the kernel has taken everything that was written. */
  protected abstract onDrained(): void;

  /** Queues bytes, or a text as UTF-8. */
  send(data: Bytes | string): void {
    this.#checkRoom(data.length);
    if (data.length === 0) return;
    const queue = this.#acquireQueue();
    if (typeof data === "string") this.#bytesQueued += queue.pushText(data);
    else {
      this.#bytesQueued += data.length;
      queue.push(data);
    }
    this.#schedule();
  }

  /** Queues a text whose characters are all below U+0100, a byte for each. */
  sendLatin1(text: string): void {
    const { length } = text;
    this.#checkRoom(length);
    if (length === 0) return;
    const alone = this.#alone;
    const gathers = this.#queue !== null || length > LONGEST_TEXT || this.#transport.prefersBytes === true;
    if (gathers) this.#acquireQueue().pushLatin1(text);
    else if (alone === null) this.#alone = text;
    else if (typeof alone === "string" && alone.length + length <= LONGEST_TEXT) this.#alone = alone + text;
    else this.#acquireQueue().pushLatin1(text);
    this.#bytesQueued += length;
    this.#schedule();
  }

  /** Queues what `write` makes of `source`, at most `most` bytes. */
  sendBy<T>(most: number, write: MemoryWriter<T>, source: T): void {
    this.#checkRoom(most);
    this.#bytesQueued += this.#acquireQueue().pushBy(most, write, source);
    this.#schedule();
  }

  /** Queues bytes that never change and go to many streams. */
  sendShared(data: Bytes): void {
    this.#checkRoom(data.length);
    const { length } = data;
    if (length === 0) return;
    const alone = this.#alone;
    if (alone === null && this.#queue === null && length < BY_REFERENCE) this.#alone = data;
    else if (isBytes(alone) && alone.length + length <= JOINED) this.#alone = joined(alone, data);
    else this.#acquireQueue().pushShared(data);
    this.#bytesQueued += length;
    this.#schedule();
  }

  /**
   * Resolves when the kernel has everything queued so far; rejects with `StreamClosedError` if the stream ends first.
   */
  drained(): Promise<void> {
    if (this.#is(LOST)) return handled(Promise.reject(new StreamClosedError(this.#error)));
    if (!this.writing()) return DRAINED;
    const resolvers = Promise.withResolvers<void>();
    (this.#waiters ??= []).push({ position: this.#bytesQueued, resolvers });
    return resolvers.promise;
  }

  /** Bytes queued and not yet handed to the kernel. */
  get size(): number {
    return this.#is(STOPPED) ? 0 : this.#bytesQueued - this.bytesWritten;
  }

  /** Returns whether queued bytes wait for the kernel. */
  writing(): boolean {
    return this.size > 0;
  }

  /** Closes the stream as soon as all is written. */
  closeWhenWritten(): void {
    if (this.writing()) this.#state |= CLOSE_WHEN_WRITTEN;
    else this.closeStream();
  }

  /** Holds the bytes back that are queued from now on, until {@linkcode uncork}. */
  cork(): void {
    this.#state |= CORKED;
  }

  /** Writes the bytes that were held back. */
  uncork(): void {
    this.#state &= ~CORKED;
    if (!this.writing()) return;
    this.#schedule();
    flushIfMany();
  }

  /** Hands the kernel as much of the queue as it takes now. */
  flush(): void {
    this.#state &= ~SCHEDULED;
    if (this.#writing !== null) return;
    for (let piece = this.#next(); piece !== null; piece = this.#next()) {
      if (!this.#hand(piece)) return this.#wake();
    }
    this.#finish();
  }

  /** Takes note that the kernel has taken `count` more bytes of the piece under way. */
  onWritten(count: number): void {
    const piece = this.#writing;
    if (piece === null) return;
    this.#writing = null;
    this.bytesWritten += count;
    if (count < piece.length) {
      if (!this.#hand(typeof piece === "string" ? piece.slice(count) : piece.subarray(count))) return this.#wake();
    } else {
      this.#queue?.recycle();
    }
    this.#wake();
    // A caller who has waited may have written more, or closed the stream.
    if (!this.#is(STOPPED)) this.flush();
  }

  /** Refuses further writes, since the stream has closed, and goes on with the queue. */
  refuse(): void {
    this.#state |= REFUSES;
  }

  /** Refuses further writes and drops the queue, because of an error unless it is `null`. */
  stop(error: Error | null): void {
    this.#state |= REFUSES;
    this.#error = error;
    if (this.writing()) this.#state |= LOST;
    this.#state |= STOPPED;
    this.#alone = this.#writing = null;
    this.#queue?.clear();
    this.#queue = null;
    const waiters = this.#waiters;
    if (waiters === null) return;
    this.#waiters = null;
    const closed = new StreamClosedError(error);
    for (const { resolvers } of waiters) {
      void handled(resolvers.promise);
      resolvers.reject(closed);
    }
  }

  #schedule(): void {
    if (this.#is(CORKED | SCHEDULED) || this.#writing !== null) return;
    this.#state |= SCHEDULED;
    flushSoon(this);
  }

  #is(flag: number): boolean {
    return (this.#state & flag) !== 0;
  }

  #next(): Bytes | string | null {
    const alone = this.#alone;
    this.#alone = null;
    return alone ?? this.#queue?.shift(MOST) ?? null;
  }

  /** Returns whether the kernel took the piece immediately. */
  #hand(piece: Bytes | string): boolean {
    const transport = this.#transport;
    if (!(typeof piece === "string" ? transport.writeLatin1(piece) : transport.write(piece))) {
      this.#writing = piece;
      return false;
    }
    this.bytesWritten += piece.length;
    this.#queue?.recycle();
    return true;
  }

  /** Ends a writing: nothing is left. */
  #finish(): void {
    const queue = this.#queue;
    this.#queue = null;
    if (queue !== null && pool.length < POOL_LIMIT) pool.push(queue);
    this.#wake();
    if (this.#is(CLOSE_WHEN_WRITTEN)) this.closeStream();
    else if (!this.#is(STOPPED)) this.onDrained();
  }

  #wake(): void {
    const waiters = this.#waiters;
    if (waiters === null) return;
    let count = 0;
    while (count < waiters.length && waiters[count].position <= this.bytesWritten) waiters[count++].resolvers.resolve();
    if (count === waiters.length) this.#waiters = null;
    else waiters.splice(0, count);
  }

  #checkRoom(count: number): void {
    if (this.#is(REFUSES)) throw new StreamClosedError(this.#error);
    if (this.maxSize !== null && this.size + count > this.maxSize) {
      throw new StreamBufferFullError(
        `Cannot write ${count} bytes: reached maximum write buffer size of ${this.maxSize}`,
      );
    }
  }

  /** The queue, into which what was alone has gone first. */
  #acquireQueue(): WriteQueue {
    const queue = this.#queue ??= pool.pop() ?? new WriteQueue();
    const alone = this.#alone;
    if (alone !== null) {
      this.#alone = null;
      if (typeof alone === "string") queue.pushLatin1(alone);
      else queue.pushShared(alone);
    }
    return queue;
  }
}

function isBytes(data: Bytes | string | null): data is Bytes {
  return data !== null && typeof data !== "string";
}
