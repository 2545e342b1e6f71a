import type { Bytes } from "../../internal/bytes.ts";
import { nodeZlib } from "../../internal/node_zlib.ts";

/** RFC 1952 section 2.3: magic, deflate, no flags, no time, no hint, unknown system. */
const HEADER = Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255);
const TRAILER_LENGTH = 8;

const EMPTY: Bytes = new Uint8Array(0);

/**
 * Gzip (RFC 1952) in pieces, each of which the client can decode when it has it.
 *
 * The streams of node:zlib are asynchronous, which a transform is not, and hold a quarter of a megabyte each until they
 * are closed. This makes each piece with one call and keeps nothing of it: deflate data that ends on a byte boundary
 * may be followed by more. So a piece cannot refer to earlier ones (Deno ignores the dictionary that would allow it),
 * and many small pieces compress less.
 */
export class GzipStream {
  readonly #level: number;
  #started = false;
  #crc = 0;
  #length = 0;

  /** @param level From 1, fast, to 9, small. */
  constructor(level: number) {
    this.#level = level;
  }

  /** Compresses the next piece; `finishing` makes it the last. */
  piece(chunk: Bytes, finishing: boolean): Bytes {
    const head = this.#started ? EMPTY : HEADER;
    this.#started = true;
    if (chunk.length === 0 && !finishing) return head.slice();
    const { constants, crc32, deflateRawSync } = nodeZlib();
    const finishFlush = finishing ? constants.Z_FINISH : constants.Z_SYNC_FLUSH;
    const body = deflateRawSync(chunk, { level: this.#level, finishFlush });
    this.#crc = crc32(chunk, this.#crc);
    this.#length += chunk.length;
    const piece = new Uint8Array(head.length + body.length + (finishing ? TRAILER_LENGTH : 0));
    piece.set(head);
    piece.set(body, head.length);
    if (finishing) this.#putTrailer(new DataView(piece.buffer, piece.length - TRAILER_LENGTH));
    return piece;
  }

  /** Section 2.3.1: the CRC, and the length modulo 2^32. */
  #putTrailer(view: DataView): void {
    view.setUint32(0, this.#crc, true);
    view.setUint32(4, this.#length % 2 ** 32, true);
  }
}
