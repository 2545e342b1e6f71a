import { Socket } from "node:net";
import type { Duplex as NodeStream } from "node:stream";
import type { Duplex } from "../net/iostream.ts";

/** The most bytes of a write: a socket of node tells when all of it has left, and not that some of it has. */
const MOST_WRITTEN = 256 * 1024;

interface Waiting {
  readonly target: Uint8Array;
  readonly resolve: (count: number | null) => void;
  readonly reject: (error: Error) => void;
}

/** A duplex for a `BaseIOStream`, over a socket of `node:http`. */
export class NodeDuplex implements Duplex {
  readonly #socket: NodeStream;
  #rest: Uint8Array | null;
  #waiting: Waiting | null = null;
  #error: Error | null = null;
  #ended = false;

  /** `head` is what has been read from the socket already. */
  constructor(socket: NodeStream, head: Uint8Array) {
    this.#socket = socket;
    this.#rest = head.length > 0 ? head : null;
    if (socket instanceof Socket) {
      socket.setTimeout(0);
      socket.setNoDelay();
    }
    socket.on("readable", () => this.#wake());
    socket.on("end", () => this.#end(null));
    socket.on("close", () => this.#end(null));
    socket.on("error", (error) => this.#end(error));
  }

  /** Reads what is there, at most the target's length; `null` at the end. */
  read(target: Uint8Array): Promise<number | null> {
    const count = this.#take(target);
    if (count > 0) return Promise.resolve(count);
    if (this.#error !== null) return Promise.reject(this.#error);
    if (this.#ended) return Promise.resolve(null);
    return new Promise((resolve, reject) => this.#waiting = { target, resolve, reject });
  }

  /** Writes from the start of the data; resolves when the kernel has taken that much, and it may change. */
  write(data: Uint8Array): Promise<number> {
    const part = data.subarray(0, MOST_WRITTEN);
    return new Promise((resolve, reject) => {
      this.#socket.write(part, (error) => error ? reject(error) : resolve(part.length));
    });
  }

  close(): void {
    this.#socket.destroy();
  }

  closeWrite(): Promise<void> {
    return new Promise((resolve) => this.#socket.end(resolve));
  }

  #take(target: Uint8Array): number {
    const chunk = this.#rest ?? this.#read();
    if (chunk === null) return 0;
    const count = Math.min(chunk.length, target.length);
    target.set(count < chunk.length ? chunk.subarray(0, count) : chunk);
    this.#rest = count < chunk.length ? chunk.subarray(count) : null;
    return count;
  }

  #read(): Uint8Array | null {
    return this.#ended ? null : this.#socket.read();
  }

  #wake(): void {
    const waiting = this.#waiting;
    if (waiting === null) return;
    const count = this.#take(waiting.target);
    if (count === 0) return;
    this.#waiting = null;
    waiting.resolve(count);
  }

  #end(error: Error | null): void {
    this.#wake();
    this.#ended = true;
    this.#error ??= error;
    const waiting = this.#waiting;
    this.#waiting = null;
    if (error !== null) waiting?.reject(error);
    else waiting?.resolve(null);
  }
}
