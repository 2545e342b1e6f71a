import { type Bytes, joinBytes } from "./bytes.ts";

/** Chunks that are being collected, of a body for example: none, the only one, or more. */
export type ByteChunks = Bytes | ChunkList | null;

const EMPTY: Bytes = new Uint8Array(0);

/**
 * Chunks below this size are copied together: a peer that sends single bytes must not cost an object of a hundred bytes
 * for each.
 */
const SMALL = 2048;

/** Room for at least eight small chunks. */
const BLOCK = 8 * SMALL;

/** Returns the chunks with one more. Most bodies come in one chunk, which is then not copied. */
export function addChunk(chunks: ByteChunks, chunk: Bytes): ByteChunks {
  if (chunks === null) return chunk;
  if (chunks instanceof ChunkList) {
    chunks.add(chunk);
    return chunks;
  }
  const list = new ChunkList();
  list.add(chunks);
  list.add(chunk);
  return list;
}

/** Returns all chunks as one. */
export function joinChunks(chunks: ByteChunks): Bytes {
  if (chunks === null) return EMPTY;
  return chunks instanceof ChunkList ? chunks.join() : chunks;
}

class ChunkList {
  readonly #chunks: Bytes[] = [];
  #block: Bytes = EMPTY;
  #used = 0;

  add(chunk: Bytes): void {
    if (chunk.length >= SMALL) {
      this.#closeBlock();
      this.#chunks.push(chunk);
      return;
    }
    if (this.#used + chunk.length > this.#block.length) {
      this.#closeBlock();
      this.#block = new Uint8Array(BLOCK);
    }
    this.#block.set(chunk, this.#used);
    this.#used += chunk.length;
  }

  join(): Bytes {
    this.#closeBlock();
    return joinBytes(this.#chunks);
  }

  /** The rest of the block stays free for the next small chunks. */
  #closeBlock(): void {
    if (this.#used === 0) return;
    this.#chunks.push(this.#block.subarray(0, this.#used));
    this.#block = this.#block.subarray(this.#used);
    this.#used = 0;
  }
}
