import type { BufferBytes } from "../../internal/byte_buffer.ts";
import { nodeBuffer } from "../../internal/node_buffer.ts";
import { latin1Bytes } from "../../internal/utf8.ts";
import type { Transport, TransportReceiver } from "./transport.ts";

/** Bytes that one end may leave unread before a write of the other waits: the size of a small kernel buffer. */
const CAPACITY = 65536;

/** The addresses of a pair of ends. */
export interface MemoryPairOptions {
  /** The address of the first end: that of the client. */
  near: Deno.NetAddr;
  /** The address of the second end: that of the server. */
  far: Deno.NetAddr;
}

/**
 * One end of a connection within the process, without a socket: what a stream over it writes, the other end reads.
 *
 * It behaves like a connection of a kernel: bytes arrive in a later turn of the event loop, a write waits while the
 * other end leaves too much unread, and either direction can be closed alone. It never sends a reset.
 */
export class MemoryTransport implements Transport {
  /** The address of this end. */
  readonly localAddr: Deno.NetAddr;
  /** The address of the other end. */
  readonly remoteAddr: Deno.NetAddr;
  #peer: MemoryTransport | null = null;
  #receiver: TransportReceiver | null = null;
  /** What has come and was not read. */
  #incoming: BufferBytes[] = [];
  #unread = 0;
  #reading = false;
  #scheduled = false;
  /** Tells whether the other end sends no more, and whether the receiver knows. */
  #ended = false;
  #told = false;
  #closed = false;
  #writingEnded = false;
  /** The length of the write that waits for the other end to read, or 0. */
  #waiting = 0;

  private constructor(localAddr: Deno.NetAddr, remoteAddr: Deno.NetAddr) {
    this.localAddr = localAddr;
    this.remoteAddr = remoteAddr;
  }

  /** Makes two ends that are connected with each other. */
  static pair({ near, far }: MemoryPairOptions): [MemoryTransport, MemoryTransport] {
    const first = new MemoryTransport(near, far);
    const second = new MemoryTransport(far, near);
    first.#peer = second;
    second.#peer = first;
    return [first, second];
  }

  attach(receiver: TransportReceiver): void {
    this.#receiver = receiver;
  }

  startReading(): void {
    this.#reading = true;
    this.#schedule();
  }

  stopReading(): void {
    this.#reading = false;
  }

  get readPending(): boolean {
    return false;
  }

  write(data: Uint8Array): boolean {
    const peer = this.#peer;
    if (peer === null || peer.#closed || this.#writingEnded) {
      this.#failWrite();
      return false;
    }
    peer.#incoming.push(copyOf(data));
    peer.#unread += data.length;
    peer.#schedule();
    if (peer.#unread <= CAPACITY) return true;
    this.#waiting = data.length;
    return false;
  }

  writeLatin1(text: string): boolean {
    return this.write(latin1Bytes(text));
  }

  closeWrite(): Promise<void> {
    this.#writingEnded = true;
    if (this.#peer !== null) this.#peer.#end();
    return Promise.resolve();
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#receiver = null;
    this.#incoming = [];
    const peer = this.#peer;
    this.#peer = null;
    if (peer === null) return;
    peer.#end();
    if (peer.#waiting > 0) peer.#failWrite();
  }

  #end(): void {
    this.#ended = true;
    this.#schedule();
  }

  #failWrite(): void {
    this.#waiting = 0;
    setImmediate(() => this.#receiver?.onWriteError(new Deno.errors.BrokenPipe("The other end is closed")));
  }

  /** Passes on what has come in the next turn of the event loop. */
  #schedule(): void {
    if (this.#scheduled || !this.#reading || this.#closed || this.#told) return;
    if (this.#incoming.length === 0 && !this.#ended) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.#deliver();
    });
  }

  #deliver(): void {
    // What comes while this turn's bytes are taken belongs to the next turn.
    for (let left = this.#incoming.length; left > 0 && this.#reading && !this.#closed; left--) {
      const bytes = this.#incoming.shift();
      if (bytes === undefined) break;
      this.#unread -= bytes.length;
      this.#receiver?.onData(bytes, bytes.length);
    }
    if (this.#peer !== null) this.#peer.#wroteAll(this.#unread);
    if (this.#ended && this.#incoming.length === 0 && this.#reading && !this.#closed) {
      this.#told = true;
      this.#receiver?.onEnd(null);
    } else {
      this.#schedule();
    }
  }

  /** Ends a write that waited, once the other end has read enough. */
  #wroteAll(unread: number): void {
    const count = this.#waiting;
    if (count === 0 || unread > CAPACITY) return;
    this.#waiting = 0;
    this.#receiver?.onWritten(count);
  }
}

/** Copies bytes that their writer may change afterwards. */
function copyOf(data: Uint8Array): BufferBytes {
  const copy = nodeBuffer().allocUnsafeSlow(data.length);
  copy.set(data);
  return copy;
}
