import { type Bytes, joinBytes } from "../../internal/bytes.ts";
import type { PartReceiver } from "./upload_options.ts";

/** Keeps one part in memory. */
export class Field implements PartReceiver {
  readonly #chunks: Bytes[] = [];
  readonly #done: (value: Bytes) => void;

  constructor(done: (value: Bytes) => void) {
    this.#done = done;
  }

  data(chunk: Bytes): void {
    // A view would keep the whole piece of the body alive.
    this.#chunks.push(chunk.slice());
  }

  end(): void {
    this.#done(joinBytes(this.#chunks));
  }
}
