import { type HTTPMessageDelegate, type HTTPServerRequest, RequestStartLine } from "../../http/httputil.ts";
import type { Bytes } from "../../internal/bytes.ts";

/** The chunks of a body that is being collected: none, the only one, or more. */
export type BodyChunks = Bytes | ChunkList | null;

const EMPTY: Bytes = new Uint8Array(0);

/**
 * Chunks below this size are copied together: a peer that sends a byte at a time must not cost an object of a hundred bytes for each.
 */
const SMALL = 2048;

/** Room for small chunks, of which eight at least fill it. */
const BLOCK = 8 * SMALL;

/** Adds a chunk. Most bodies come in one, which is then not copied. */
export function addChunk(chunks: BodyChunks, chunk: Bytes): BodyChunks {
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

/** All chunks as one. */
export function joinChunks(chunks: BodyChunks): Bytes {
  if (chunks === null) return EMPTY;
  return chunks instanceof ChunkList ? chunks.join() : chunks;
}

class ChunkList {
  readonly #chunks: Bytes[] = [];
  #length = 0;
  #block: Bytes = EMPTY;
  #used = 0;

  add(chunk: Bytes): void {
    this.#length += chunk.length;
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
    const body = new Uint8Array(this.#length);
    let at = 0;
    for (const chunk of this.#chunks) {
      body.set(chunk, at);
      at += chunk.length;
    }
    return body;
  }

  /** The rest of the block is still free, so the next small chunks go on behind. */
  #closeBlock(): void {
    if (this.#used === 0) return;
    this.#chunks.push(this.#block.subarray(0, this.#used));
    this.#block = this.#block.subarray(this.#used);
    this.#used = 0;
  }
}

/** Gives a request that is complete to a delegate, in the order in which a connection would. */
export async function feedRequest(delegate: HTTPMessageDelegate, request: HTTPServerRequest): Promise<void> {
  const { method, uri, version, headers, body } = request;
  await delegate.headersReceived(new RequestStartLine(method, uri, version), headers);
  if (body.length > 0) await delegate.dataReceived(body);
  delegate.finish();
}
