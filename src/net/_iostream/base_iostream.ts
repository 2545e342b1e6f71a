import { type BufferBytes, ByteBuffer } from "../../internal/byte_buffer.ts";
import type { Bytes } from "../../internal/bytes.ts";
import { toError } from "../../internal/promises.ts";
import { genLog } from "../../util/log.ts";
import { ConnTransport } from "../_transport/conn_transport.ts";
import { beginServing, hasServedLong, othersTurn } from "../_transport/next_turn.ts";
import type { Transport, TransportReceiver } from "../_transport/transport.ts";
import type { Duplex } from "./duplex.ts";
import { isReset, StreamBufferFullError, StreamClosedError, UnsatisfiableReadError } from "./errors.ts";
import { runLater } from "./flush_queue.ts";
import { LastBytes } from "./last_bytes.ts";
import { PendingRead, type WaitingRead } from "./pending_read.ts";
import { type IOStreamOptions, READ_AHEAD, StreamLimits } from "./stream_limits.ts";
import type { StreamConsumer } from "./stream_consumer.ts";
import { StreamOutput } from "./stream_output.ts";
import { CLOSED, ENDED, FEEDING, FILLING, HALF_OPEN, PAUSED, RESTING } from "./stream_state.ts";
import type { MemoryWriter } from "./write_queue.ts";

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** What a read finds where nothing was received. */
let nothing: ByteBuffer | null = null;

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
 * assertEquals(await stream.readTextUntil("\n"), "one\n");
 * assertEquals(await stream.readTextUntil("\n"), "two\n");
 * stream.close();
 * ```
 */
export class BaseIOStream {
  /** The error that closed the stream; `null` while it is open and after an orderly close. */
  error: Error | null = null;

  /** The output, which also hears from the transport, so that the stream has no public methods for that. */
  static #Output = class extends StreamOutput implements TransportReceiver {
    readonly #stream: BaseIOStream;

    constructor(stream: BaseIOStream, transport: Transport) {
      super(transport);
      this.#stream = stream;
    }

    onData(bytes: BufferBytes, count: number): void {
      this.#stream.#take(bytes, count);
    }

    onEnd(error: Error | null): void {
      this.#stream.#takeEnd(error);
    }

    onWriteError(error: Error): void {
      this.#stream.close(error);
    }

    protected override get maxSize(): number | null {
      return this.#stream.maxWriteBufferSize;
    }

    protected override closeStream(): void {
      this.#stream.close();
    }

    protected override onDrained(): void {
      this.#stream.#takeDrained();
    }
  };

  readonly #limits: StreamLimits;
  readonly #transport: Transport;
  readonly #output: StreamOutput;
  /** The bytes that were received and not yet taken; `null` where there are none. */
  #buffer: ByteBuffer | null = null;
  #read: WaitingRead | null = null;
  #consumer: StreamConsumer | null = null;
  #closeCallback: (() => void) | null = null;
  #state = 0;

  /** Wraps a connection; the stream owns it from now on. */
  constructor(connection: Duplex | Transport, options: IOStreamOptions = {}) {
    this.#limits = options instanceof StreamLimits ? options : new StreamLimits(options);
    this.#transport = "attach" in connection ? connection : new ConnTransport(connection, this.readChunkSize);
    const output = new BaseIOStream.#Output(this, this.#transport);
    this.#output = output;
    this.#transport.attach(output);
  }

  /** The most bytes that may be buffered for a read. */
  get maxBufferSize(): number {
    return this.#limits.maxBufferSize;
  }

  /** The most bytes that are read at once. */
  get readChunkSize(): number {
    return this.#limits.readChunkSize;
  }

  /** The most bytes that may wait to be written, or `null` for no limit. */
  get maxWriteBufferSize(): number | null {
    return this.#limits.maxWriteBufferSize;
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
   * @param delimiter The delimiter, at least one byte; text stands for its UTF-8.
   * @param maxBytes If the delimiter does not end within that many bytes, the stream closes with {@linkcode
   * UnsatisfiableReadError}.
   * @throws {StreamClosedError} If the stream closes before the delimiter comes.
   */
  readUntil(delimiter: Uint8Array | string, maxBytes?: number): Promise<Bytes> {
    return this.#start(PendingRead.until(delimiter, maxBytes ?? null));
  }

  /** Reads text as {@linkcode readUntil} reads bytes; those that are not UTF-8 become U+FFFD. */
  async readTextUntil(delimiter: string, maxBytes?: number): Promise<string> {
    return decoder.decode(await this.readUntil(delimiter, maxBytes));
  }

  /**
   * Reads `numBytes` bytes; with `partial`, reads the bytes that are available, at least one and at most `numBytes`.
   *
   * @throws {StreamClosedError} If the stream closes first.
   * @throws {RangeError} If `numBytes` is not a whole number from 0.
   */
  readBytes(numBytes: number, partial = false): Promise<Bytes> {
    return this.#start(PendingRead.bytes(numBytes, partial));
  }

  /**
   * Fills `buf`, or with `partial` at least its first byte, and resolves with the number of bytes.
   *
   * @throws {StreamClosedError} If the stream closes first.
   * @throws {TypeError} If `buf` is not a `Uint8Array`, or has shrunk when the bytes come, since its memory was
   * transferred or resized. The bytes stay, for the next read.
   */
  readInto(buf: Uint8Array, partial = false): Promise<number> {
    return this.#start(PendingRead.into(buf, partial));
  }

  /**
   * Reads until the peer closes and resolves with all bytes, at most `maxBufferSize`.
   *
   * @throws {StreamClosedError} If the stream was already closed and nothing is buffered.
   */
  readUntilClose(): Promise<Bytes> {
    return this.#start(PendingRead.untilClose());
  }

  /** Reads text as {@linkcode readUntilClose} reads bytes; those that are not UTF-8 become U+FFFD. */
  async readTextUntilClose(): Promise<string> {
    return decoder.decode(await this.readUntilClose());
  }

  /** The number of bytes that were received and not read. */
  get readBufferSize(): number {
    return this.#buffer?.length ?? 0;
  }

  /**
   * Queues bytes, or text as UTF-8, and resolves when the kernel has taken them. Promises resolve in the order of the
   * calls.
   *
   * Data of 16 KiB or more is not copied, so it must not change before the promise resolves. The promise may be
   * ignored; it then causes no unhandled rejection.
   *
   * @throws {StreamClosedError} Immediately, if the stream is closed.
   * @throws {StreamBufferFullError} Immediately, if more than `maxWriteBufferSize` bytes would wait.
   */
  write(data: Bytes | string): Promise<void> {
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
   * Queues a text whose characters are all below U+0100 as latin1, a byte for each; otherwise like {@linkcode send}.
   *
   * @throws {StreamClosedError} Immediately, if the stream is closed.
   * @throws {StreamBufferFullError} Immediately, if more than `maxWriteBufferSize` bytes would wait.
   */
  sendLatin1(text: string): void {
    this.#output.sendLatin1(text);
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

  /** The number of bytes that were written and that the kernel has not taken; 0 when the stream is closed. */
  get writeBufferSize(): number {
    return this.#is(CLOSED) ? 0 : this.#output.size;
  }

  /** The number of bytes that the kernel has taken since the stream was made. */
  get bytesWritten(): number {
    return this.#output.bytesWritten;
  }

  /**
   * Closes the stream as soon as the kernel has everything written so far.
   *
   * @param readsOn `false` to read nothing more, for a peer that has said that it sends nothing more.
   */
  closeWhenWritten(readsOn = true): void {
    if (!readsOn && !this.#is(CLOSED)) {
      this.#state |= ENDED;
      this.#transport.stopReading();
    }
    this.#output.closeWhenWritten();
  }

  /**
   * Ends the writing direction after the queued bytes: the peer reads an end of stream.
   *
   * @throws {StreamClosedError} If the stream closes first.
   */
  async closeWrite(): Promise<void> {
    await this.#output.drained();
    if (this.#is(CLOSED)) throw new StreamClosedError(this.error);
    await this.#transport.closeWrite();
  }

  /** Returns whether written bytes wait for the kernel; `false` when the stream is closed. */
  writing(): boolean {
    return !this.#is(CLOSED) && this.#output.writing();
  }

  /**
   * Sets the function that is called once when the stream has closed, after pending reads and writes have settled;
   * `null` removes it.
   *
   * While one is set, the stream reads ahead, until 64 KiB wait, to notice that the peer is gone.
   */
  setCloseCallback(callback: (() => void) | null): void {
    this.#closeCallback = callback;
    if (callback === null) return;
    if (this.#is(CLOSED)) this.#runCloseCallback();
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
    this.#state &= ~PAUSED;
    if (consumer === null) return;
    const closedBefore = this.#is(CLOSED);
    this.#feed();
    if (closedBefore) consumer.onEnd(this.error);
    else this.#fill();
  }

  /** Stops delivering bytes to the consumer. The stream still reads ahead, until 64 KiB wait, to notice a close. */
  pause(): void {
    this.#state |= PAUSED;
  }

  /** Delivers bytes to the consumer again, the buffered ones before it returns. */
  resume(): void {
    if (!this.#is(PAUSED)) return;
    this.#state &= ~PAUSED;
    this.#feed();
    if (!this.#is(FEEDING)) this.#freeIfEmpty();
    this.#fill();
  }

  /**
   * Closes the stream. Pending reads take buffered bytes if those suffice; the other ones are rejected.
   *
   * Without an error, the connection stays open in the background until the kernel has everything that was written, for
   * at most 60 seconds, and for at most 5 seconds in which the peer takes nothing. With an error, what the kernel has
   * not taken is dropped.
   *
   * @param error The reason, which becomes {@linkcode BaseIOStream.error} and the `realError` of the rejections.
   */
  close(error: Error | null = null): void {
    this.#end(error, error === null);
  }

  /** Closes the stream, and drops the written bytes that the kernel does not take immediately. */
  abort(): void {
    this.#end(null, false);
  }

  /** Returns whether a read is pending. */
  reading(): boolean {
    return this.#read !== null;
  }

  /** Returns whether the stream is closed. Buffered bytes can still be read. */
  closed(): boolean {
    return this.#is(CLOSED);
  }

  /** Turns Nagle's algorithm off (`true`) or on (`false`), for streams over TCP. */
  setNodelay(_value: boolean): void {}

  /** Closes the stream, for `using`. */
  [Symbol.dispose](): void {
    this.close();
  }

  /** Tells whether no operation uses the connection, so that TLS may take it over. */
  protected get quiet(): boolean {
    return !this.#transport.readPending && !this.writing() && this.#read === null && this.readBufferSize === 0;
  }

  /** Gives up the connection without closing it; the stream counts as closed from now on. */
  protected abandon(): void {
    this.#state |= CLOSED;
    this.#closeCallback = null;
  }

  /** Learns that the connection is closed, which may be later than the stream; a subclass overrides it. */
  protected connectionClosed(): void {}

  #end(error: Error | null, delivers: boolean): void {
    if (this.#is(CLOSED)) return;
    this.#state |= CLOSED;
    if (error !== null && this.error === null) this.error = error;
    // An error leaves nothing worth sending.
    if (error === null) this.#output.flush();
    if (delivers && this.#output.writing()) {
      this.#output.refuse();
      new LastBytes(this.#transport, this.#output, () => this.connectionClosed());
    } else {
      this.#output.stop(this.error);
      this.#transport.close();
      this.connectionClosed();
    }
    const read = this.#read;
    if (read !== null) {
      this.#read = null;
      if (this.#isTruncated(read) || !this.#settleLast(read)) read.reject(new StreamClosedError(this.error));
    }
    const consumer = this.#consumer;
    this.#consumer = null;
    consumer?.onEnd(this.error);
    if (this.#closeCallback !== null) this.#runCloseCallback();
  }

  #is(flag: number): boolean {
    return (this.#state & flag) !== 0;
  }

  #start<T>(read: PendingRead<T>): Promise<T> {
    if (this.#read !== null) return Promise.reject(new Error("Already reading"));
    if (this.#consumer !== null) return Promise.reject(new Error("Already reading: the stream has a consumer"));
    if (this.#buffer !== null && hasServedLong()) this.#startLater(read);
    else this.#startNow(read);
    return read.promise;
  }

  #startNow(read: WaitingRead): void {
    if (!this.#isTruncated(read) && this.#settle(read)) {
      this.#freeIfEmpty();
    } else if (this.#is(CLOSED) || this.#is(ENDED)) {
      read.reject(new StreamClosedError(this.error));
    } else {
      this.#read = read;
      this.#fill();
    }
  }

  /** Starts a read when others have had their turn: reads that the buffer serves settle in microtasks. */
  async #startLater(read: WaitingRead): Promise<void> {
    this.#read = read;
    this.#state |= RESTING;
    await othersTurn();
    if (this.#read !== read) return;
    this.#read = null;
    this.#state &= ~RESTING;
    this.#startNow(read);
  }

  /** Settles a read from the buffer if that is possible now. */
  #settle(read: WaitingRead): boolean {
    try {
      return read.settle(this.#buffer ?? (nothing ??= new ByteBuffer()), this.#is(CLOSED));
    } catch (error) {
      if (!(error instanceof UnsatisfiableReadError)) throw error;
      if (this.readBufferSize > this.maxBufferSize) {
        this.#refuseMore();
        return true;
      }
      genLog.info("Unsatisfiable read, closing connection: %s", error.message);
      this.#read = null;
      this.close(error);
      read.reject(new StreamClosedError(error));
      return true;
    }
  }

  /** Tells whether the end of the stream, which a read waits for, came by an error: then bytes are missing. */
  #isTruncated(read: WaitingRead): boolean {
    return read.wantsEnd && this.error !== null && !isReset(this.error);
  }

  /** Settles a read from what there is at the close, if that is possible. */
  #settleLast(read: WaitingRead): boolean {
    try {
      return read.settle(this.#buffer ?? (nothing ??= new ByteBuffer()), true);
    } catch (error) {
      // The bytes that outgrew the buffer may be beyond the read's own limit as well.
      if (!(error instanceof UnsatisfiableReadError)) throw error;
      return false;
    }
  }

  /** Offers bytes from the memory of the transport, and copies only those that no reader takes. */
  #take(bytes: BufferBytes, count: number): void {
    beginServing();
    let buffer = this.#buffer;
    if (buffer === null) {
      buffer = this.#buffer = spare ?? new ByteBuffer();
      spare = null;
      buffer.wrap(bytes, count);
    } else {
      buffer.append(count === bytes.length ? bytes : bytes.subarray(0, count));
    }
    this.#offer();
    // The bytes that are left have to outlast this call.
    if (!this.#freeIfEmpty()) this.#buffer?.own();
    this.#fill();
  }

  #takeEnd(error: Error | null): void {
    this.#state &= ~FILLING;
    if (error !== null) {
      if (!isReset(error)) genLog.warning("Read error: %s", error);
      return this.close(error);
    }
    const consumer = this.#consumer;
    if (consumer?.onInputEnd !== undefined) {
      this.#state |= ENDED | HALF_OPEN;
      return consumer.onInputEnd();
    }
    // A peer that has only closed its writing direction still gets what was written before.
    if ((this.#read !== null && !this.#is(RESTING)) || !this.writing()) return this.close();
    this.#state |= ENDED;
  }

  #takeDrained(): void {
    if (!this.#is(ENDED) || this.#is(HALF_OPEN)) return;
    // A caller that has waited for this may write more.
    queueMicrotask(() => {
      if (!this.writing()) this.close();
    });
  }

  /** Offers the buffered bytes to the consumer or the pending read. */
  #offer(): void {
    const read = this.#read;
    if (this.#consumer !== null) {
      if (!this.#is(PAUSED)) this.#feed();
    } else if (read !== null && this.#settle(read) && this.#read === read) {
      this.#read = null;
      this.#state &= ~RESTING;
    }
    if (this.readBufferSize > this.maxBufferSize && this.#wanted) this.#refuseMore();
  }

  #refuseMore(): void {
    genLog.error("Reached maximum read buffer size");
    this.close(new StreamBufferFullError(`Reached maximum read buffer size: ${this.maxBufferSize} bytes`));
  }

  /** Frees the buffer unless a reader needs its bytes; returns `false` in that case. */
  #freeIfEmpty(): boolean {
    const buffer = this.#buffer;
    if (buffer === null) return true;
    if (buffer.kept > 0) return false;
    this.#buffer = null;
    buffer.dispose();
    spare = buffer;
    return true;
  }

  /** Tells whether a read or a consumer takes the next bytes. */
  get #wanted(): boolean {
    return this.#read !== null || (this.#consumer !== null && !this.#is(PAUSED));
  }

  /** Starts or stops the transport's reading, by whether a read or a consumer waits for it. */
  #fill(): void {
    if (this.#is(CLOSED) || this.#is(ENDED)) return;
    // Without a reader, enough is read ahead to notice a close.
    const most = Math.max(READ_AHEAD, this.readChunkSize);
    const ahead = (this.#consumer !== null || this.#closeCallback !== null) && (this.#buffer?.kept ?? 0) < most;
    const filling = this.#wanted || ahead;
    if (filling === this.#is(FILLING)) return;
    this.#state ^= FILLING;
    if (filling) this.#transport.startReading();
    else this.#transport.stopReading(this.#consumer === null && this.#buffer === null);
  }

  /** Hands the buffered bytes to the consumer; its writes during the call go out in one piece. */
  #feed(): void {
    // A consumer that hands the stream on is still at work on the buffer when the next one is fed.
    if (this.#is(FEEDING)) return this.#feedOnce();
    this.#state |= FEEDING;
    this.#output.cork();
    this.#feedOnce();
    this.#output.uncork();
    this.#state &= ~FEEDING;
    this.#freeIfEmpty();
  }

  #feedOnce(): void {
    const consumer = this.#consumer;
    const buffer = this.#buffer;
    if (consumer === null || buffer === null || buffer.length === 0) return;
    try {
      consumer.onData(buffer);
    } catch (error) {
      genLog.error("Uncaught exception, closing connection", toError(error));
      this.close(toError(error));
    }
  }

  #runCloseCallback(): void {
    const callback = this.#closeCallback;
    this.#closeCallback = null;
    if (callback !== null) runLater(callback);
  }
}

/** A buffer for the next bytes: readers take most of them immediately, so that few streams need their own. */
let spare: ByteBuffer | null = null;
