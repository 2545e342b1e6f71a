import { type Bytes, joinBytes } from "../../internal/bytes.ts";
import { nodeZlib } from "../../internal/node_zlib.ts";
import { Deflater, deflateSettings } from "../../internal/deflater.ts";

/** RFC 1952 section 2.3: magic, deflate, no flags, no time, no hint, unknown system. */
const HEADER = Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255);
/** The end of a sync flush, which WebSockets leave out: an empty block without compression (RFC 1951 section 3.2.4). */
const TAIL = Uint8Array.of(0, 0, 0xff, 0xff);
/** An empty block that is the last one (RFC 1951 section 3.2.6). */
const LAST_BLOCK = Uint8Array.of(3, 0);
const TRAILER_LENGTH = 8;

const DEFAULT_MEM_LEVEL = 8;
const LARGEST_WINDOW = 15;

/**
 * Gzip (RFC 1952) in pieces, each of which the client can decode when it has it.
 *
 * A piece may refer to those before it as long as this is among the streams that were used last: those of all responses
 * and WebSockets together are bounded, since each takes a quarter of a megabyte. Otherwise it stands alone, which many
 * small pieces show in their size.
 */
export class GzipStream {
  readonly #deflater: Deflater;
  #started = false;
  #crc = 0;
  #length = 0;

  /** @param level From 1, fast, to 9, small. */
  constructor(level: number) {
    this.#deflater = new Deflater(deflateSettings(level, DEFAULT_MEM_LEVEL, LARGEST_WINDOW), true);
  }

  /** Compresses the next piece; `finishing` makes it the last. */
  piece(chunk: Bytes, finishing: boolean): Bytes {
    const parts: Bytes[] = this.#started ? [] : [HEADER];
    this.#started = true;
    if (chunk.length > 0) {
      // A copy: the next call, for any stream, uses the memory again.
      parts.push(new Uint8Array(this.#deflater.deflate(chunk)), TAIL);
      this.#crc = nodeZlib().crc32(chunk, this.#crc);
      this.#length += chunk.length;
    }
    if (finishing) {
      parts.push(LAST_BLOCK, this.#trailer());
      this.#deflater.release();
    }
    return parts.length === 1 ? HEADER.slice() : joinBytes(parts);
  }

  /** Section 2.3.1: the CRC, and the length modulo 2^32. */
  #trailer(): Bytes {
    const view = new DataView(new ArrayBuffer(TRAILER_LENGTH));
    view.setUint32(0, this.#crc, true);
    view.setUint32(4, this.#length % 2 ** 32, true);
    return new Uint8Array(view.buffer);
  }
}
