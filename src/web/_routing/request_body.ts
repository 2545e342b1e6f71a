import { type HTTPMessageDelegate, type HTTPServerRequest, RequestStartLine } from "../../http/httputil.ts";
import { type Bytes, joinBytes } from "../../internal/bytes.ts";

/** The chunks of a body so far: none, the only one, or more. */
export type BodyChunks = Bytes | ChunkList | null;

const EMPTY: Bytes = new Uint8Array(0);

/**
 * Chunks below this size are copied together: a peer that sends single bytes must not cost an object of a hundred bytes
 * for each.
 */
const SMALL = 2048;

/** Room for at least eight small chunks. */
const BLOCK = 8 * SMALL;

/** Adds a chunk. Most bodies arrive in one, which is then not copied. */
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

/** Joins all chunks. */
export function joinChunks(chunks: BodyChunks): Bytes {
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

/** Gives a complete request to a delegate, in the order of a connection. */
export async function feedRequest(delegate: HTTPMessageDelegate, request: HTTPServerRequest): Promise<void> {
  const { method, uri, version, headers, body } = request;
  await delegate.headersReceived(new RequestStartLine(method, uri, version), headers);
  if (body.length > 0) await delegate.dataReceived(body);
  delegate.finish();
}
