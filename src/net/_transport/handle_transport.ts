import type { BufferBytes } from "../../internal/byte_buffer.ts";
import { nodeBuffer } from "../../internal/node_buffer.ts";
import type { HandleBinding, HandleRequest, SocketHandle, SocketName, TCPHandle } from "./handle_binding.ts";
import { handleError } from "./handle_errors.ts";
import { forgetResting, hasSliceEnded, readLater, type Resting } from "./next_turn.ts";
import { hasQueuedRead, type QueuedReader, queueRead, takeReads } from "./read_queue.ts";
import type { Transport, TransportReceiver } from "./transport.ts";

/**
 * The most bytes that one read takes: a WebSocket message of 64 KiB comes in one piece with its head, and is decoded
 * where it lies.
 */
const READ_SIZE = 131072;
/** The number of a read that has found the end. */
const EOF = -4095;

/** Everything is read into this memory, and lies there until the next read of any connection. */
let shared: BufferBytes | null = null;

/**
 * The connection that the loop is reading from. It goes on up to 32 times as long as there are bytes, and so a peer
 * that is quick to answer could have 32 requests served while its neighbors wait.
 */
let current: HandleTransport | null = null;

function beginReads(transport: HandleTransport): void {
  // The microtasks come after all reads of a turn.
  if (current === null) queueMicrotask(endReads);
  current = transport;
}

function endReads(): void {
  current = null;
  takeReads();
}

/** The connections that may read on in a pause. */
const idleReaders: Set<HandleTransport> = new Set();
/** The number of listeners that accept. As long as there is one, the program runs on anyway. */
let listeners = 0;

/** Takes note of a listener that accepts from now on. */
export function listenerOpened(): void {
  listeners++;
}

/** Takes note of a listener that has closed: after the last one, no connection in a pause keeps the program running. */
export function listenerClosed(): void {
  if (--listeners > 0) return;
  for (const one of idleReaders) one.endPause();
  idleReaders.clear();
}

/** A request for the next write: one that the call itself has finished is used again. */
let spare: HandleRequest | null = null;

/** A connection on a stream handle of Deno's. */
export abstract class HandleTransport implements Transport, Resting, QueuedReader {
  /** The address of this end. */
  abstract readonly localAddr: Deno.Addr;
  /** The address of the peer. */
  abstract readonly remoteAddr: Deno.Addr;
  /** The handle. */
  readonly handle: SocketHandle;
  /**
   * Tells whether the connection may read on in a pause, as those do that a server has accepted over TCP. A client that
   * has what it wants would not end while its handle reads, and a pipe cannot take a read back.
   */
  readsOn = false;
  readonly #binding: HandleBinding;
  /** The handle that reads and writes: another one once the connection has moved. */
  #stream: SocketHandle;
  #receiver: TransportReceiver | null = null;
  #reading = false;
  /** Tells whether the handle reads: at a pause that was called lazily, until something comes. */
  #flowing = false;
  /** The bytes that came in such a pause, or the number of the end. */
  #held: BufferBytes | number | null = null;
  /** What is being written, or `null`. Bytes must be kept: the handle does not copy them. */
  #writing: Uint8Array | string | null = null;
  /** The failure of a write to a peer that is gone, until all is read that the peer said before. */
  #writeError: Error | null = null;

  /** Takes a connected handle over. */
  constructor(handle: SocketHandle, binding: HandleBinding) {
    this.handle = this.#stream = handle;
    this.#binding = binding;
    this.#readFrom(handle);
  }

  attach(receiver: TransportReceiver): void {
    this.#receiver = receiver;
    const error = this.#writeError;
    // Another receiver does not read.
    if (error !== null) queueMicrotask(() => this.#receiver?.onWriteError(error));
  }

  startReading(): void {
    if (this.#receiver === null) return;
    this.#reading = true;
    if (this.#held === null) this.#flow();
    else queueMicrotask(() => this.#deliver());
  }

  stopReading(lazily = false): void {
    if (this.#receiver === null) return;
    this.#reading = false;
    if (lazily && this.readsOn && listeners > 0) idleReaders.add(this);
    else this.#halt();
  }

  /** Reads no more, if this is a pause. */
  endPause(): void {
    if (!this.#reading) this.#halt();
  }

  /** Tells whether something was read that waits for the end of the turn; otherwise the handle forgets a read. */
  get readPending(): boolean {
    return hasQueuedRead(this);
  }

  write(data: Uint8Array): boolean {
    const request = spare ?? new this.#binding.WriteWrap();
    spare = null;
    return this.#begun(data, request, this.#stream.writeBuffer(request, data));
  }

  writeLatin1(text: string): boolean {
    const request = spare ?? new this.#binding.WriteWrap();
    spare = null;
    return this.#begun(text, request, this.#stream.writeLatin1String(request, text));
  }

  /** Returns whether the kernel has taken all of a write, or has it done later. */
  #begun(data: Uint8Array | string, request: HandleRequest, failed: number): boolean {
    const { state, lastWriteWasAsync } = this.#binding;
    if (failed !== 0) {
      queueMicrotask(() => this.#writeFailed(failed));
      return false;
    }
    if (state[lastWriteWasAsync] === 0) {
      spare = request;
      return true;
    }
    this.#writing = data;
    request.oncomplete = (status) => this.#written(status);
    return false;
  }

  closeWrite(): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const request = new this.#binding.ShutdownWrap();
    const done = (status: number) => {
      if (status < 0 && this.#receiver !== null) reject(handleError(status, "Cannot end the sending direction"));
      else resolve();
    };
    request.oncomplete = done;
    const failed = this.#stream.shutdown(request);
    if (failed !== 0) done(failed);
    return promise;
  }

  close(): void {
    this.#receiver = this.#held = null;
    idleReaders.delete(this);
    forgetResting(this);
    this.handle.close();
    if (this.#stream !== this.handle) this.#stream.close();
  }

  /**
   * Takes what a read has found: the number of bytes in the shared memory, or a negative error number.
   *
   * @param isFirst Passes bytes on immediately: a server that ends the connection with the answer stops reading then,
   * which saves Deno the call that finds nothing.
   */
  receive(count: number, isFirst = false): void {
    if (this.#receiver === null || count === 0 || shared === null) return;
    const isNext = current === this;
    if (this.#reading && count > 0) {
      beginReads(this);
      if (!isNext && !isFirst && queueRead(this, shared, count)) return;
    }
    // Those that came before this one may end the reading, or the connection.
    takeReads();
    const receiver = this.#receiver;
    if (receiver === null) return;
    if (!this.#reading) return this.#hold(shared, count);
    if (count > 0) this.#receiveBytes(receiver, shared, count, isNext);
    else this.#receiveEnd(receiver, count);
  }

  take(bytes: BufferBytes, count: number): void {
    this.#receiver?.onData(bytes, count);
  }

  #receiveEnd(receiver: TransportReceiver, number: number): void {
    this.#reading = this.#flowing = false;
    receiver.onEnd(this.#writeError ?? (number === EOF ? null : handleError(number, "Cannot read")));
  }

  /** Keeps what has come in a pause, of which there is one piece: the handle stops now. */
  #hold(memory: BufferBytes, count: number): void {
    this.#halt();
    idleReaders.delete(this);
    if (count < 0) {
      this.#held = count;
      return;
    }
    this.#held = nodeBuffer().allocUnsafeSlow(count);
    this.#held.set(memory.subarray(0, count));
  }

  #deliver(): void {
    const receiver = this.#receiver;
    const held = this.#held;
    if (receiver === null || held === null || !this.#reading) return;
    this.#held = null;
    if (typeof held === "number") return this.#receiveEnd(receiver, held);
    receiver.onData(held, held.length);
    this.readOn();
  }

  /** Passes bytes on; `isNext` tells whether nobody else has read since the last ones. */
  #receiveBytes(receiver: TransportReceiver, memory: BufferBytes, count: number, isNext: boolean): void {
    const isFull = count === READ_SIZE;
    if (!isNext && !isFull) return receiver.onData(memory, count);
    const begun = performance.now();
    receiver.onData(memory, count);
    const sliceHasEnded = hasSliceEnded(begun);
    if ((isFull && !sliceHasEnded) || this.#receiver === null || !this.#reading) return;
    this.#halt();
    readLater(this, sliceHasEnded);
  }

  readOn(): void {
    if (this.#receiver !== null && this.#reading) this.#flow();
  }

  #flow(): void {
    if (this.#flowing) return;
    this.#flowing = true;
    this.#stream.readStart();
  }

  #halt(): void {
    if (!this.#flowing) return;
    this.#flowing = false;
    this.#stream.readStop();
  }

  /** Reads and writes by a pipe over the same socket from now on; no write may be under way. */
  protected becomePipe(): void {
    const fd = this.handle.fdForIpc();
    // Out of descriptors, which is worse than what a pipe is for.
    if (fd < 0) return;
    const pipe = new this.#binding.PipeSocket();
    if (pipe.open(fd) !== 0) return;
    this.readsOn = false;
    if (!this.#reading) this.#halt();
    this.#readFrom(pipe);
    this.#stream.readStop();
    if (this.#flowing) pipe.readStart();
    this.#stream = pipe;
  }

  #readFrom(stream: SocketHandle): void {
    stream.reader = this;
    stream.useUserBuffer(shared ??= nodeBuffer().allocUnsafeSlow(READ_SIZE));
  }

  #written(status: number): void {
    const count = this.#writing?.length ?? 0;
    this.#writing = null;
    if (status < 0) this.#writeFailed(status);
    else this.#receiver?.onWritten(count);
  }

  /** A peer may answer before it has read all, and close: the answer still lies in the kernel, before the end. */
  #writeFailed(status: number): void {
    const error = handleError(status, "Cannot write");
    if (this.#reading && isPeerGone(error)) this.#writeError = error;
    else this.#receiver?.onWriteError(error);
  }
}

/** Tells whether an end to read follows a write that failed so. */
function isPeerGone(error: Error): boolean {
  return error instanceof Deno.errors.BrokenPipe || error instanceof Deno.errors.ConnectionReset;
}

/** Bytes that the kernel takes from the new connection of a client, even if its peer reads nothing. */
const FIRST_BYTES = 16384;

/** A TCP connection on a stream handle: what {@linkcode IOStream.socket} is there. */
export class TCPHandleTransport extends HandleTransport {
  declare readonly handle: TCPHandle & SocketHandle;
  /** The number of bytes written before the peer has sent any; `-1` from then on. */
  #writtenFirst = 0;

  /** The address of this end. */
  get localAddr(): Deno.NetAddr {
    return addressOf(this.handle.getsockname(NAME));
  }

  /** The address of the peer. */
  get remoteAddr(): Deno.NetAddr {
    return addressOf(this.handle.getpeername(NAME));
  }

  /** Turns Nagle's algorithm off (`true`) or on (`false`). */
  setNoDelay(on: boolean = true): void {
    this.handle.setNoDelay(on);
  }

  /** Turns probes of an idle connection on or off. */
  setKeepAlive(on: boolean = true): void {
    this.handle.setKeepAlive(on, 0);
  }

  override write(data: Uint8Array): boolean {
    if (this.#writtenFirst >= 0) this.#countFirst(data.length);
    return super.write(data);
  }

  override writeLatin1(text: string): boolean {
    if (this.#writtenFirst >= 0) this.#countFirst(text.length);
    return super.writeLatin1(text);
  }

  #countFirst(count: number): void {
    // A handle that was just accepted may not know yet that the kernel takes bytes, and lets the first ones wait.
    if ((this.#writtenFirst += count) <= FIRST_BYTES && !this.readsOn) return;
    // A TCP handle takes a peer that ends its direction before it has sent anything for one that is gone, and drops
    // the bytes that wait for it.
    this.#writtenFirst = -1;
    this.becomePipe();
  }

  override receive(count: number): void {
    const isFirst = this.#writtenFirst >= 0;
    if (count > 0) this.#writtenFirst = -1;
    super.receive(count, isFirst);
  }
}

/** The address of an end of a Unix socket that is bound to no path, as most clients are. */
export const UNNAMED: Deno.UnixAddr = { transport: "unix", path: "" };

/** A connection over a Unix socket on a stream handle. */
export class PipeHandleTransport extends HandleTransport {
  readonly localAddr: Deno.UnixAddr;
  readonly remoteAddr: Deno.UnixAddr;

  /** Takes a handle over that is connected, or will be. */
  constructor(handle: SocketHandle, binding: HandleBinding, localAddr: Deno.UnixAddr, remoteAddr: Deno.UnixAddr) {
    super(handle, binding);
    this.localAddr = localAddr;
    this.remoteAddr = remoteAddr;
  }
}

/** The object that handles write their names into, one after another. */
export const NAME: SocketName = { address: "", family: "", port: 0 };

/**
 * The address that a handle has written into {@linkcode NAME}, unless that has `failed`.
 *
 * @throws {Error} If the socket has none, since it is closed or its peer is gone.
 */
export function addressOf(failed: number): Deno.NetAddr {
  const { address, port } = NAME;
  if (failed !== 0 || address === undefined || port === undefined) {
    throw handleError(failed, "Cannot tell the address of a connection");
  }
  return { transport: "tcp", hostname: address, port };
}
