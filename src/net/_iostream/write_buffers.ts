import type { Bytes } from "../../internal/bytes.ts";

/** A buffer to write into, with the view on its content: responses of one size need no new one. */
export interface WriteBuffer {
  readonly bytes: Bytes;
  view: Bytes;
  readonly pool: Pool | null;
}

/** What may be lent of each size: with more, of peers that do not read, a buffer is only as large as is asked for. */
const LENT = 4 * 1024 * 1024;
/** The least that is allocated when a pool has lent all it has. */
const LEAST = 256;

/** Buffers of one size. */
class Pool {
  readonly size: number;
  readonly #kept: number;
  readonly #free: WriteBuffer[] = [];
  #lent = 0;

  constructor(size: number, kept: number) {
    this.size = size;
    this.#kept = kept;
  }

  /** Lends a buffer; `null` if too many are lent. */
  acquire(): WriteBuffer | null {
    const buffer = this.#free.pop();
    if (buffer === undefined && this.#lent * this.size >= LENT) return null;
    this.#lent++;
    return buffer ?? allocate(this.size, this);
  }

  release(buffer: WriteBuffer): void {
    this.#lent--;
    if (this.#free.length < this.#kept) this.#free.push(buffer);
  }

  /** Takes a buffer out of the pool for good: another owner keeps it. */
  forget(): void {
    this.#lent--;
  }
}

/** Room for a head, its small body and a few pipelined answers, on 64 connections in one turn. */
const small = new Pool(4096, 64);
/** Room for a page of ten thousand letters, however many bytes each takes, on 64 connections in one turn. */
const medium = new Pool(32768, 64);
/** The largest piece that is worth one system call. All that the pools keep is 4.25 MiB. */
const large = new Pool(131072, 16);

/** The size of the largest buffer. */
export const LARGEST: number = large.size;

function allocate(size: number, pool: Pool | null): WriteBuffer {
  const bytes = new Uint8Array(size);
  return { bytes, view: bytes, pool };
}

/** A buffer with room for `count` bytes, which are at most {@linkcode LARGEST}. */
export function acquireBuffer(count: number): WriteBuffer {
  const pool = count <= small.size ? small : count <= medium.size ? medium : large;
  const buffer = pool.acquire();
  if (buffer !== null) return buffer;
  let size = LEAST;
  while (size < count) size *= 2;
  return allocate(size, null);
}

/** Returns a buffer to its pool; it is no longer read. */
export function releaseBuffer(buffer: WriteBuffer): void {
  buffer.pool?.release(buffer);
}

/** Gives a buffer up, which is still read: it is freed with its last view. */
export function forgetBuffer(buffer: WriteBuffer): void {
  buffer.pool?.forget();
}
