import { Buffer } from "node:buffer";
import type { BufferBytes } from "../../internal/byte_buffer.ts";
import type { HandleBinding, HandleRequest, SocketHandle, SocketName, TCPHandle } from "./handle_binding.ts";
import { handleError } from "./handle_errors.ts";
import type { Transport, TransportReceiver } from "./transport.ts";

/** What one read takes at most, in bytes. The kernel gives a busy connection no more at once by default. */
const READ_SIZE = 65536;
/** The number of a read that has found the end. */
const EOF = -4095;

/** Everything is read into this memory, and lies there until the next read of any connection. */
let shared: BufferBytes | null = null;

/** A request for the next write: one that the call itself has finished is used again. */
let spare: HandleRequest | null = null;

/** A connection on a stream handle of Deno's. */
export abstract class HandleTransport implements Transport {
  /** The address of this end. */
  abstract readonly localAddr: Deno.Addr;
  /** The address of the peer. */
  abstract readonly remoteAddr: Deno.Addr;
  /** The handle. */
  readonly handle: SocketHandle;
  readonly #binding: HandleBinding;
  #receiver: TransportReceiver | null = null;
  /** The bytes of the write under way, which the handle does not copy, or `null`. */
  #writing: Uint8Array | null = null;

  /** Takes a connected handle over. */
  constructor(handle: SocketHandle, binding: HandleBinding) {
    this.handle = handle;
    this.#binding = binding;
    handle.reader = this;
    handle.useUserBuffer(shared ??= Buffer.allocUnsafeSlow(READ_SIZE));
  }

  attach(receiver: TransportReceiver): void {
    this.#receiver = receiver;
  }

  startReading(): void {
    if (this.#receiver !== null) this.handle.readStart();
  }

  stopReading(): void {
    if (this.#receiver !== null) this.handle.readStop();
  }

  get writesAtOnce(): boolean {
    return true;
  }

  /** Always `false`: the handle forgets a read that is stopped. */
  get readPending(): boolean {
    return false;
  }

  write(data: Uint8Array): boolean {
    const { handle } = this;
    const { state, lastWriteWasAsync, WriteWrap } = this.#binding;
    const request = spare ?? new WriteWrap();
    spare = null;
    const failed = handle.writeBuffer(request, data);
    if (failed !== 0) {
      queueMicrotask(() => this.#receiver?.onWriteError(handleError(failed, "Cannot write")));
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
    const failed = this.handle.shutdown(request);
    if (failed !== 0) done(failed);
    return promise;
  }

  close(): void {
    if (this.#receiver === null) return;
    this.#receiver = null;
    this.handle.close();
  }

  /** Takes what a read has found: the number of bytes in the shared memory, or a negative error number. */
  receive(count: number): void {
    const receiver = this.#receiver;
    if (receiver === null || count === 0 || shared === null) return;
    if (count > 0) return receiver.onData(shared, count);
    receiver.onEnd(count === EOF ? null : handleError(count, "Cannot read"));
  }

  #written(status: number): void {
    const count = this.#writing?.length ?? 0;
    this.#writing = null;
    if (status < 0) this.#receiver?.onWriteError(handleError(status, "Cannot write"));
    else this.#receiver?.onWritten(count);
  }
}

/** A TCP connection on a stream handle: what {@linkcode IOStream.socket} is there. */
export class TCPHandleTransport extends HandleTransport {
  declare readonly handle: TCPHandle & SocketHandle;

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
}

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
