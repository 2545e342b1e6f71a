import type { Transform } from "node:stream";
import type { Bytes } from "../../internal/bytes.ts";
import { nodeZlib } from "../../internal/node_zlib.ts";
import { HTTPClientError } from "./errors.ts";

/** The codings that a client asks for and decodes (RFC 9110, section 8.4.1; RFC 8878). */
export const ACCEPT_ENCODING = "gzip, deflate, br, zstd";

/** A coding of content. */
type Coding = "gzip" | "deflate" | "br" | "zstd";

const CODINGS: Readonly<Record<string, Coding>> = {
  "gzip": "gzip",
  "x-gzip": "gzip",
  "deflate": "deflate",
  "br": "br",
  "zstd": "zstd",
};

/** Returns the coding that a field names; `null` for none, for one that is not known, and for several. */
export function codingOf(field: string | null): Coding | null {
  const name = field?.trim().toLowerCase() ?? "";
  return Object.hasOwn(CODINGS, name) ? CODINGS[name] ?? null : null;
}

/** `deflate` is zlib's format by the RFC, and bare deflate by habit. */
function isZlib(first: number, second: number): boolean {
  return (first & 0x0f) === 8 && ((first << 8) | second) % 31 === 0;
}

/**
 * Decodes a whole body in this turn.
 *
 * @throws {HTTPClientError} If it is damaged, cut off, or longer than `most` bytes.
 */
export function decodeBody(coding: Coding, body: Bytes, most: number): Bytes {
  const zlib = nodeZlib();
  const options = { maxOutputLength: Math.max(1, Math.min(most, 2 ** 32)) };
  const decode = {
    gzip: zlib.gunzipSync,
    deflate: isZlib(body[0] ?? 0, body[1] ?? 0) ? zlib.inflateSync : zlib.inflateRawSync,
    br: zlib.brotliDecompressSync,
    zstd: zlib.zstdDecompressSync,
  }[coding];
  try {
    const buffer = decode(body, options);
    return new Uint8Array(buffer.buffer as ArrayBuffer, buffer.byteOffset, buffer.byteLength);
  } catch (error) {
    throw decodeError(coding, error, most);
  }
}

function decodeError(coding: Coding, error: unknown, most: number): HTTPClientError {
  const isTooLong = error instanceof RangeError;
  return new HTTPClientError(
    599,
    isTooLong ? `Decompressed body longer than ${most} bytes` : `Cannot decode the body: invalid ${coding} data`,
    null,
    { cause: error },
  );
}

/** Decodes a body as it comes, one piece at a time. */
export class ContentDecoder {
  readonly #coding: Coding;
  readonly #most: number;
  #transform: Transform | null = null;
  #pieces: Bytes[] = [];
  #total = 0;

  constructor(coding: Coding, most: number) {
    this.#coding = coding;
    this.#most = most;
  }

  /**
   * Decodes a piece.
   *
   * @throws {HTTPClientError} If it is damaged, or the body is too long.
   */
  async decode(chunk: Bytes): Promise<Bytes[]> {
    const transform = this.#transform ??= this.#open(chunk);
    await this.#run(transform, (done) => transform.write(chunk, done));
    return this.#take();
  }

  /**
   * Returns what is left.
   *
   * @throws {HTTPClientError} If the body is not complete.
   */
  async finish(): Promise<Bytes[]> {
    const transform = this.#transform;
    if (transform === null) return [];
    await this.#run(transform, (done) => {
      transform.once("end", done);
      transform.end();
    });
    return this.#take();
  }

  close(): void {
    this.#transform?.destroy();
  }

  #run(transform: Transform, step: (done: (error?: Error | null) => void) => void): Promise<void> {
    return new Promise((resolve, reject) => {
      const fail = (error: unknown) => reject(decodeError(this.#coding, error, this.#most));
      transform.once("error", fail);
      step((error) => {
        transform.off("error", fail);
        if (error) fail(error);
        else resolve();
      });
    });
  }

  #open(chunk: Bytes): Transform {
    const zlib = nodeZlib();
    const transform = {
      gzip: () => zlib.createGunzip(),
      deflate: () => isZlib(chunk[0] ?? 0, chunk[1] ?? 0) ? zlib.createInflate() : zlib.createInflateRaw(),
      br: () => zlib.createBrotliDecompress(),
      zstd: () => zlib.createZstdDecompress(),
    }[this.#coding]();
    transform.on("data", (piece: Bytes) => {
      this.#total += piece.length;
      if (this.#total > this.#most) transform.destroy(new RangeError("too long"));
      else this.#pieces.push(piece);
    });
    return transform;
  }

  #take(): Bytes[] {
    const pieces = this.#pieces;
    this.#pieces = [];
    return pieces;
  }
}
