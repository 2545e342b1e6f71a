import type { Bytes } from "../../internal/bytes.ts";

/**
 * Bytes that may wait for the reader: what the kernel hands over in one turn of the event loop. Otherwise the server
 * would have to be stopped, and told to go on, for each piece.
 */
const MOST_BYTES = 512 * 1024;

/** Pieces that may wait: small ones take more memory than their bytes. */
const MOST_PIECES = 64;

/** A body that its reader takes piece by piece; the sender waits when it is too far ahead. */
export class BodyQueue implements AsyncIterableIterator<Bytes> {
  readonly #onLeave: () => void;
  /** The pieces that wait are those from `#next` on. */
  #pieces: Bytes[] = [];
  #next = 0;
  #size = 0;
  /** Lets the sender go on, if it waits. */
  #goOn: (() => void) | null = null;
  /** Those that have asked for a piece before there was one, in order. */
  #readers: PromiseWithResolvers<IteratorResult<Bytes>>[] = [];
  #end: { readonly error: unknown } | null = null;

  /** @param onLeave Called if the reader leaves before the end. */
  constructor(onLeave: () => void) {
    this.#onLeave = onLeave;
  }

  /** Offers a piece. If there is a promise, the next one has to wait until it resolves. */
  put(piece: Bytes): Promise<void> | undefined {
    if (this.#end !== null) return;
    const reader = this.#readers.shift();
    if (reader !== undefined) {
      reader.resolve({ done: false, value: piece });
      return;
    }
    this.#pieces.push(piece);
    this.#size += piece.length;
    if (this.#size < MOST_BYTES && this.#pieces.length < MOST_PIECES) return;
    return new Promise((resolve) => this.#goOn = resolve);
  }

  /** Ends the body, with an error or with `null`. */
  close(error: unknown): void {
    if (this.#end !== null) return;
    const [first, ...others] = this.#readers;
    this.#readers = [];
    // The error is told once, as by a generator.
    this.#end = { error: first === undefined ? error : null };
    if (error === null) first?.resolve({ done: true, value: undefined });
    else first?.reject(error);
    for (const reader of others) reader.resolve({ done: true, value: undefined });
  }

  next(): Promise<IteratorResult<Bytes>> {
    const value = this.#pieces[this.#next];
    if (value !== undefined) {
      this.#size -= value.length;
      if (++this.#next === this.#pieces.length) this.#clear();
      return Promise.resolve({ done: false, value });
    }
    if (this.#end === null) {
      const reader = Promise.withResolvers<IteratorResult<Bytes>>();
      this.#readers.push(reader);
      return reader.promise;
    }
    const { error } = this.#end;
    this.#end = { error: null };
    return error === null ? Promise.resolve({ done: true, value: undefined }) : Promise.reject(error);
  }

  return(): Promise<IteratorResult<Bytes>> {
    if (this.#end === null) {
      this.close(null);
      this.#onLeave();
    }
    this.#clear();
    return Promise.resolve({ done: true, value: undefined });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #clear(): void {
    this.#pieces = [];
    this.#next = this.#size = 0;
    const goOn = this.#goOn;
    this.#goOn = null;
    goOn?.();
  }
}
