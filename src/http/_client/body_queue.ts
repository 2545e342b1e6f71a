import type { Bytes } from "../../internal/bytes.ts";

/** A body that its reader takes piece by piece; the sender waits for each. */
export class BodyQueue implements AsyncIterableIterator<Bytes> {
  readonly #onLeave: () => void;
  #piece: Bytes | null = null;
  #taken: (() => void) | null = null;
  #reader: { resolve(result: IteratorResult<Bytes>): void; reject(error: unknown): void } | null = null;
  #end: { readonly error: unknown } | null = null;

  /** @param onLeave Called if the reader leaves before the end. */
  constructor(onLeave: () => void) {
    this.#onLeave = onLeave;
  }

  /** Offers a piece; the promise resolves when the reader has taken it, or has left. */
  put(piece: Bytes): Promise<void> | undefined {
    if (this.#end !== null) return;
    const reader = this.#reader;
    if (reader !== null) {
      this.#reader = null;
      reader.resolve({ done: false, value: piece });
      return;
    }
    this.#piece = piece;
    return new Promise((resolve) => this.#taken = resolve);
  }

  /** Ends the body, with an error or with `null`. */
  close(error: unknown): void {
    if (this.#end !== null) return;
    const reader = this.#reader;
    // The error is told once, as by a generator.
    this.#end = { error: reader === null ? error : null };
    this.#reader = null;
    if (reader === null) return;
    if (error === null) reader.resolve({ done: true, value: undefined });
    else reader.reject(error);
  }

  next(): Promise<IteratorResult<Bytes>> {
    const piece = this.#piece;
    if (piece !== null) {
      this.#piece = null;
      const taken = this.#taken;
      this.#taken = null;
      taken?.();
      return Promise.resolve({ done: false, value: piece });
    }
    if (this.#end === null) return new Promise((resolve, reject) => this.#reader = { resolve, reject });
    const { error } = this.#end;
    this.#end = { error: null };
    return error === null ? Promise.resolve({ done: true, value: undefined }) : Promise.reject(error);
  }

  return(): Promise<IteratorResult<Bytes>> {
    if (this.#end === null) {
      this.close(null);
      this.#onLeave();
    }
    this.#piece = null;
    this.#taken?.();
    return Promise.resolve({ done: true, value: undefined });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}
