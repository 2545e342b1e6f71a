import { ByteBuffer } from "../../internal/byte_buffer.ts";
import type { Bytes } from "../../internal/bytes.ts";
import { handled, toError } from "../../internal/promises.ts";
import { genLog } from "../../util/log.ts";
import type { Duplex } from "./duplex.ts";
import { StreamBufferFullError, StreamClosedError, UnsatisfiableReadError } from "./errors.ts";
import { PendingRead } from "./pending_read.ts";
import { StreamOutput } from "./stream_output.ts";
import type { MemoryWriter } from "./write_queue.ts";

// Tornado's 100 MiB and 64 KiB.
const DEFAULT_MAX_BUFFER_SIZE = 104857600;
const DEFAULT_READ_CHUNK_SIZE = 65536;
/** Bytes that are read ahead of a consumer that pauses: enough to notice a close, and little memory. */
const READ_AHEAD = 65536;

/** The limits of a stream, in bytes. */
export interface IOStreamOptions {
  /**
   * The most bytes that may be buffered for a read; beyond that the stream closes with `StreamBufferFullError`.
   *
   * @default {104857600}
   */
  maxBufferSize?: number;
  /**
   * The most bytes that are read at once; at most half of `maxBufferSize`.
   *
   * @default {65536}
   */
  readChunkSize?: number;
  /**
   * The most bytes that may wait to be written; a `write` beyond that throws `StreamBufferFullError`. `null` sets no
   * limit.
   *
   * @default {null}
   */
  maxWriteBufferSize?: number | null;
}

/** Takes a stream's bytes as they come: what a protocol driver passes to `BaseIOStream.consume`. */
export interface StreamConsumer {
  /**
   * Takes bytes from the front of `buffer` by moving its `start`. Bytes that it leaves are offered again with the next
   * ones.
   *
   * Writes made during the call go to the kernel together after it. An exception is logged and closes the stream.
   */
  onData(buffer: ByteBuffer): void;
  /** Called once when the stream has closed. The buffer may still hold bytes that were not taken. */
  onEnd(error: Error | null): void;
}

/**
 * A buffered, non-blocking byte stream (`tornado.iostream.BaseIOStream`).
 *
 * One read may be pending at a time, and any number of writes. Reads take buffered bytes even after the stream has
 * closed. Bytes written in one turn of the event loop go to the kernel in as few calls as possible.
 *
 * For protocol drivers, {@linkcode BaseIOStream.consume} delivers bytes as they come, without promises.
 *
 * @example
 * ```ts
 * import { BaseIOStream, WebStreamDuplex } from "@twister/twister/iostream";
 * import { assertEquals } from "@std/assert";
 *
 * const readable = new Blob(["one\ntwo\n"]).stream();
 * const stream = new BaseIOStream(new WebStreamDuplex({ readable }));
 * const newline = new Uint8Array([10]);
 * assertEquals(new TextDecoder().decode(await stream.readUntil(newline)), "one\n");
 * assertEquals(new TextDecoder().decode(await stream.readUntil(newline)), "two\n");
 * stream.close();
 * ```
 */
export class BaseIOStream {
  /** The most bytes that may be buffered for a read. */
  readonly maxBufferSize: number;
  /** The most bytes that are read at once. */
  readonly readChunkSize: number;
  /** The most bytes that may wait to be written, or `null` for no limit. */
  readonly maxWriteBufferSize: number | null;
  /** The error that closed the stream; `null` while it is open and after an orderly close. */
  error: Error | null = null;

  readonly #duplex: Duplex;
  readonly #output: StreamOutput;
  #buffer: ByteBuffer = new ByteBuffer();
  #readInFlight = false;
  #closed = false;
  #read: PendingRead | null = null;
  #consumer: StreamConsumer | null = null;
  #paused = false;
  #closeCallback: (() => void) | null = null;
  /** Tells whether the peer has ended its side while something is still being written to it. */
  #ended = false;

  // One closure each for the life of the stream, so that no read makes one.
  readonly #onRead = (count: number | null): void => this.#readDone(count);
  readonly #onReadError = (error: unknown): void => {
    this.#readInFlight = false;
    if (this.#closed) this.#buffer.dispose();
    else this.close(toError(error));
  };

  /** Wraps a duplex; the stream owns it from now on. */
  constructor(duplex: Duplex, options: IOStreamOptions = {}) {
    this.#duplex = duplex;
    this.maxWriteBufferSize = options.maxWriteBufferSize ?? null;
    this.#output = new StreamOutput(this, duplex, this.maxWriteBufferSize);
    this.maxBufferSize = options.maxBufferSize ?? DEFAULT_MAX_BUFFER_SIZE;
    this.readChunkSize = Math.min(options.readChunkSize ?? DEFAULT_READ_CHUNK_SIZE, this.maxBufferSize >> 1);
  }

  /**
   * Reads up to and including the first match of `regex` in the bytes as latin1 text.
   *
   * @param regex The pattern. It sees unread bytes only; its flags `g` and `y` have no effect.
   * @param maxBytes If no match ends within that many bytes, the stream closes with {@linkcode UnsatisfiableReadError}.
   * @throws {StreamClosedError} If the stream closes before a match.
   */
  readUntilRegex(regex: RegExp, maxBytes?: number): Promise<Bytes> {
    return this.#start(PendingRead.untilRegex(regex, maxBytes ?? null));
  }

  /**
   * Reads up to and including `delimiter`.
   *
   * @param delimiter The delimiter, at least one byte.
   * @param maxBytes If the delimiter does not end within that many bytes, the stream closes with {@linkcode
   * UnsatisfiableReadError}.
   * @throws {StreamClosedError} If the stream closes before the delimiter comes.
   */
  readUntil(delimiter: Uint8Array, maxBytes?: number): Promise<Bytes> {
    return this.#start(PendingRead.until(delimiter, maxBytes ?? null));
  }

  /**
   * Reads `numBytes` bytes; with `partial`, reads the bytes that are available, at least one and at most `numBytes`.
   *
   * @throws {StreamClosedError} If the stream closes first.
   */
  readBytes(numBytes: number, partial = false): Promise<Bytes> {
    return this.#start(PendingRead.bytes(numBytes, partial));
  }

  /**
   * Fills `buf`, or with `partial` at least its first byte, and resolves with the number of bytes.
   *
   * @throws {StreamClosedError} If the stream closes first.
   */
  async readInto(buf: Uint8Array, partial = false): Promise<number> {
    const bytes = await this.#start(PendingRead.bytes(buf.length, partial));
    buf.set(bytes);
    return bytes.length;
  }

  /**
   * Reads until the peer closes and resolves with all bytes, at most `maxBufferSize`.
   *
   * @throws {StreamClosedError} If the stream was already closed and nothing is buffered.
   */
  readUntilClose(): Promise<Bytes> {
    return this.#start(PendingRead.untilClose());
  }

  /** The number of bytes that were received and not read. */
  get readBufferSize(): number {
    return this.#buffer.length;
  }

  /**
   * Queues bytes and resolves when the kernel has taken them. Promises resolve in the order of the calls.
   *
   * Data of 16 KiB or more is not copied, so it must not change before the promise resolves. The promise may be
   * ignored; it then causes no unhandled rejection.
   *
   * @throws {StreamClosedError} Immediately, if the stream is closed.
   * @throws {StreamBufferFullError} Immediately, if more than `maxWriteBufferSize` bytes would wait.
   */
  write(data: Bytes): Promise<void> {
    this.#output.send(data);
    return this.#output.drained();
  }

  /**
   * Queues bytes, or text as UTF-8, without making a promise; otherwise like {@linkcode write}.
   *
   * @throws {StreamClosedError} Immediately, if the stream is closed.
   * @throws {StreamBufferFullError} Immediately, if more than `maxWriteBufferSize` bytes would wait.
   */
  send(data: Bytes | string): void {
    this.#output.send(data);
  }

  /**
   * Queues bytes that `write` puts directly into the stream's memory, which saves the copy that {@linkcode send} makes.
   *
   * @param most The most bytes that `write` can write.
   * @param write The function that writes. It is called before this method returns, and must neither keep the memory
   * nor touch it before the given offset.
   * @throws {StreamClosedError} Immediately, if the stream is closed.
   * @throws {StreamBufferFullError} Immediately, if more than `maxWriteBufferSize` bytes might wait.
   */
  sendBy<T>(most: number, write: MemoryWriter<T>, source: T): void {
    this.#output.sendBy(most, write, source);
  }

  /**
   * Queues bytes that never change and go to many streams, without a copy for each stream; otherwise like {@linkcode
   * send}.
   *
   * @throws {StreamClosedError} Immediately, if the stream is closed.
   * @throws {StreamBufferFullError} Immediately, if more than `maxWriteBufferSize` bytes would wait.
   */
  sendShared(data: Bytes): void {
    this.#output.sendShared(data);
  }

  /**
   * Resolves when the kernel has taken everything written so far.
   *
   * @throws {StreamClosedError} If the stream closes first.
   */
  drained(): Promise<void> {
    return this.#output.drained();
  }

  /** The number of bytes that were written and that the kernel has not taken. */
  get writeBufferSize(): number {
    return this.#output.size;
  }

  /** The number of bytes that the kernel has taken since the stream was made. */
  get bytesWritten(): number {
    return this.#output.bytesWritten;
  }

  /** Closes the stream as soon as the kernel has everything written so far. */
  closeWhenWritten(): void {
    this.#output.closeWhenWritten();
  }

  /**
   * Ends the writing direction after the queued bytes: the peer reads an end of stream.
   *
   * @throws {StreamClosedError} If the stream closes first.
   */
  async closeWrite(): Promise<void> {
    await this.#output.drained();
    if (this.#closed) throw new StreamClosedError(this.error);
    await this.#duplex.closeWrite?.();
  }

  /** Returns whether written bytes wait for the kernel. */
  writing(): boolean {
    return this.#output.writing();
  }

  /**
   * Sets the function that is called once when the stream has closed, after pending reads and writes have settled;
   * `null` removes it.
   *
   * While one is set, the stream reads ahead, up to 64 KiB, to notice that the peer is gone.
   */
  setCloseCallback(callback: (() => void) | null): void {
    this.#closeCallback = callback;
    if (callback === null) return;
    if (this.#closed) this.#runCloseCallback();
    else this.#fill();
  }

  /**
   * Delivers all incoming bytes to `consumer` from now on, the buffered ones first; `null` ends that.
   *
   * @throws {Error} If a read is pending.
   */
  consume(consumer: StreamConsumer | null): void {
    if (this.#read !== null) throw new Error("Cannot consume: Already reading");
    this.#consumer = consumer;
    this.#paused = false;
    if (consumer === null) return;
    const closedBefore = this.#closed;
    if (this.#buffer.length > 0) this.#feed();
    if (closedBefore) consumer.onEnd(this.error);
    else this.#fill();
  }

  /** Stops delivering bytes to the consumer. The stream still reads up to 64 KiB ahead, to notice a close. */
  pause(): void {
    this.#paused = true;
  }

  /** Delivers bytes to the consumer again, the buffered ones before it returns. */
  resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    if (this.#consumer !== null && this.#buffer.length > 0) this.#feed();
    this.#fill();
  }

  /**
   * Closes the stream. Pending reads take buffered bytes if those suffice; everything else that is pending is rejected.
   *
   * @param error The reason, which becomes {@linkcode BaseIOStream.error} and the `realError` of the rejections.
   */
  close(error: Error | null = null): void {
    if (this.#closed) return;
    this.#closed = true;
    if (error !== null && this.error === null) this.error = error;
    try {
      this.#duplex.close();
    } catch {
      // The resource went away by itself.
    }
    const read = this.#read;
    if (read !== null) {
      this.#read = null;
      if (!this.#settleLast(read)) read.reject(new StreamClosedError(this.error));
    }
    this.#output.stop();
    // An operation under way still fills the buffer.
    if (!this.#readInFlight) this.#buffer.dispose();
    const consumer = this.#consumer;
    this.#consumer = null;
    consumer?.onEnd(this.error);
    if (this.#closeCallback !== null) this.#runCloseCallback();
  }

  /** Returns whether a read is pending. */
  reading(): boolean {
    return this.#read !== null;
  }

  /** Returns whether the stream is closed. Buffered bytes can still be read. */
  closed(): boolean {
    return this.#closed;
  }

  /** Turns Nagle's algorithm off (`true`) or on (`false`), for streams over TCP. */
  setNodelay(_value: boolean): void {}

  /** Closes the stream, for `using`. */
  [Symbol.dispose](): void {
    this.close();
  }

  /** Tells whether no operation uses the connection, so that TLS may take it over. */
  protected get quiet(): boolean {
    return !this.#readInFlight && !this.writing() && this.#read === null && this.#buffer.length === 0;
  }

  /** Gives up the connection without closing it; the stream counts as closed from now on. */
  protected abandon(): void {
    this.#closed = true;
    this.#closeCallback = null;
  }

  #start(read: PendingRead): Promise<Bytes> {
    if (this.#read !== null) return Promise.reject(new Error("Already reading"));
    if (this.#consumer !== null) return Promise.reject(new Error("Already reading: the stream has a consumer"));
    if (this.#settle(read)) return read.promise;
    if (this.#closed || this.#ended) {
      read.reject(new StreamClosedError(this.error));
    } else {
      this.#read = read;
      this.#fill();
    }
    return handled(read.promise);
  }

  /** Settles a read from the buffer if that is possible now. */
  #settle(read: PendingRead): boolean {
    try {
      return read.settle(this.#buffer, this.#closed);
    } catch (error) {
      if (!(error instanceof UnsatisfiableReadError)) throw error;
      genLog.info("Unsatisfiable read, closing connection: %s", error.message);
      this.#read = null;
      this.close(error);
      read.reject(new StreamClosedError(error));
      return true;
    }
  }

  /** Settles a read from what there is at the close, if that is possible. */
  #settleLast(read: PendingRead): boolean {
    try {
      return read.settle(this.#buffer, true);
    } catch (error) {
      // The bytes that outgrew the buffer may be beyond the read's own limit as well.
      if (!(error instanceof UnsatisfiableReadError)) throw error;
      return false;
    }
  }

  /** Starts a read of the connection if anyone waits for its result. */
  #fill(): void {
    if (this.#readInFlight || this.#closed || this.#ended) return;
    const buffer = this.#buffer;
    // Without anybody who takes the bytes now, enough are read ahead to notice a close.
    const taken = this.#read !== null || (this.#consumer !== null && !this.#paused);
    if (!taken && (buffer.kept >= READ_AHEAD || (this.#consumer === null && this.#closeCallback === null))) return;
    this.#readInFlight = true;
    this.#duplex.read(buffer.target(this.readChunkSize)).then(this.#onRead, this.#onReadError);
  }

  #readDone(count: number | null): void {
    this.#readInFlight = false;
    if (this.#closed) return this.#buffer.dispose();
    if (count === null) return this.#readEnd();
    const buffer = this.#buffer;
    const filled = buffer.end + count === buffer.bytes.length;
    buffer.received(count);
    if (buffer.length > this.maxBufferSize) {
      genLog.error("Reached maximum read buffer size");
      return this.close(new StreamBufferFullError(`Reached maximum read buffer size: ${this.maxBufferSize} bytes`));
    }
    if (this.#consumer !== null) {
      if (!this.#paused) this.#feed();
    } else if (this.#read !== null) {
      const read = this.#read;
      if (this.#settle(read) && this.#read === read) this.#read = null;
    }
    if (this.#closed) return;
    // A consumer that was set meanwhile has started the next read, which fills the storage that there is now.
    if (buffer.start === buffer.end && !this.#readInFlight) buffer.fit(count, filled, this.readChunkSize);
    this.#fill();
  }

  /** A peer that has only closed its writing direction still gets what was written before. */
  #readEnd(): void {
    if (this.#read !== null || !this.writing()) return this.close();
    this.#ended = this.#output.closeWhenIdle = true;
  }

  /** Hands the buffered bytes to the consumer; what it writes meanwhile goes out in one piece. */
  #feed(): void {
    const consumer = this.#consumer;
    if (consumer === null) return;
    const corked = this.#output.cork();
    try {
      consumer.onData(this.#buffer);
    } catch (error) {
      genLog.error("Uncaught exception, closing connection", toError(error));
      this.close(toError(error));
    } finally {
      if (corked) this.#output.uncork();
    }
  }

  #runCloseCallback(): void {
    const callback = this.#closeCallback;
    this.#closeCallback = null;
    if (callback !== null) runLater(callback);
  }
}

/** Runs a close callback in a later turn, after the reactions of the promises that the close has settled. */
function runLater(callback: () => void): void {
  setTimeout(() => {
    try {
      callback();
    } catch (error) {
      genLog.error("Uncaught exception in close callback", toError(error));
    }
  }, 0);
}
