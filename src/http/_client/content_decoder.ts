import type { Transform } from "node:stream";
import type { Bytes } from "../../internal/bytes.ts";
import { nodeZlib } from "../../internal/node_zlib.ts";
import { HTTPClientError } from "./errors.ts";
import { ZstdFrames } from "./zstd_frames.ts";

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

/** Tells whether a coding can be decoded in one go: those whose decoders notice that a body is cut off. */
export function decodesWhole(coding: Coding): coding is "gzip" | "deflate" {
  return coding === "gzip" || coding === "deflate";
}

/**
 * Decodes a whole body in this turn.
 *
 * @throws {HTTPClientError} If it is damaged, cut off, or longer than `most` bytes, or something follows what is gzip.
 */
export function decodeBody(coding: "gzip" | "deflate", body: Bytes, most: number): Bytes {
  const zlib = nodeZlib();
  const options = { maxOutputLength: Math.max(1, Math.min(most, 2 ** 32)), info: true };
  const decode = {
    gzip: zlib.gunzipSync,
    deflate: isZlib(body[0] ?? 0, body[1] ?? 0) ? zlib.inflateSync : zlib.inflateRawSync,
  }[coding];
  try {
    const { buffer, engine } = resultOf(decode(body, options));
    if (coding !== "gzip" || engine.bytesWritten === body.length) {
      return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength);
    }
  } catch (error) {
    throw decodeError(coding, error, most);
  }
  throw restError(most);
}

/** The result of zlib with the option `info`, which its types leave out. */
interface Result {
  readonly buffer: Bytes;
  readonly engine: { readonly bytesWritten: number };
}

function resultOf(result: object): Result {
  return { buffer: Reflect.get(result, "buffer"), engine: Reflect.get(result, "engine") };
}

/** zlib takes a 0 behind a member for padding, and leaves it there with all that follows. */
function restError(most: number): HTTPClientError {
  return decodeError("gzip", new Error("no member begins with 0"), most);
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

/** Frames of zstd in one body: programs that compress in parallel make one for each MiB. A decoder costs much more. */
const MOST_FRAMES = 10_000;

type DecodingTransform = Transform & { readonly bytesWritten: number };

/** Decodes a body as it comes. Nothing is decoded before its reader asks for it, so that a bomb fills no memory. */
export class ContentDecoder {
  readonly #coding: Coding;
  readonly #most: number;
  #transform: DecodingTransform | null = null;
  #error: { readonly value: unknown } | null = null;
  #wake: (() => void) | null = null;
  /** The frames of zstd, whose decoder does not notice either that a body is cut off, and ends with the first one. */
  readonly #frames: ZstdFrames | null;
  #frameCount = 0;
  #fed = 0;
  #total = 0;

  /** @param most The most bytes of the decoded body. */
  constructor(coding: Coding, most: number) {
    this.#coding = coding;
    this.#most = most;
    this.#frames = coding === "zstd" ? new ZstdFrames() : null;
  }

  /**
   * Decodes a piece.
   *
   * @throws {HTTPClientError} If it is damaged, or the body is too long.
   */
  async *decode(chunk: Bytes): AsyncGenerator<Bytes, void> {
    const frames = this.#frames;
    if (frames === null) return yield* this.#pass(chunk);
    for (let at = 0; at < chunk.length;) {
      if (frames.isComplete) yield* this.#beginFrame();
      const piece = chunk.subarray(at, at + frames.feed(chunk.subarray(at)));
      yield* this.#pass(piece);
      at += piece.length;
    }
  }

  /** Yields what is left of a frame of zstd: the next one has a decoder of its own. */
  async *#beginFrame(): AsyncGenerator<Bytes, void> {
    if (++this.#frameCount > MOST_FRAMES) {
      throw decodeError(this.#coding, new Error(`more than ${MOST_FRAMES} frames`), this.#most);
    }
    const transform = this.#transform;
    if (transform === null) return;
    yield* this.#end(transform);
    this.#transform = null;
  }

  async *#pass(chunk: Bytes): AsyncGenerator<Bytes, void> {
    const transform = this.#transform ??= this.#open(chunk);
    let isWritten = false;
    this.#fed += chunk.length;
    transform.write(chunk, () => {
      isWritten = true;
      this.#wake?.();
    });
    yield* this.#read(transform, () => isWritten);
  }

  async *#end(transform: DecodingTransform): AsyncGenerator<Bytes, void> {
    transform.end();
    yield* this.#read(transform, () => transform.readableEnded);
  }

  /**
   * Yields what is left.
   *
   * @throws {HTTPClientError} If the body is not complete, or something follows a body in gzip.
   */
  async *finish(): AsyncGenerator<Bytes, void> {
    const transform = this.#transform;
    if (transform === null) return;
    if (this.#coding === "br") return await this.#checkEnd(transform);
    yield* this.#end(transform);
    if (this.#frames?.isComplete === false) throw this.#cutOff();
    if (this.#coding === "gzip" && transform.bytesWritten !== this.#fed) throw restError(this.#most);
  }

  /**
   * Makes sure that a body in br is complete and no longer: its decoder takes one that is cut off for a whole one, and
   * drops what follows. A byte too many tells, which the decoder leaves over, alone, only after the end.
   */
  async #checkEnd(transform: DecodingTransform): Promise<void> {
    const rest = this.decode(new Uint8Array(1));
    while (!(await rest.next()).done);
    if (transform.bytesWritten !== this.#fed - 1) throw this.#cutOff();
  }

  #cutOff(): HTTPClientError {
    return decodeError(this.#coding, new Error("unexpected end of file"), this.#most);
  }

  close(): void {
    this.#transform?.destroy();
  }

  async *#read(transform: DecodingTransform, isDone: () => boolean): AsyncGenerator<Bytes, void> {
    for (;;) {
      if (this.#error !== null) throw decodeError(this.#coding, this.#error.value, this.#most);
      const piece: Bytes | null = transform.read();
      if (piece !== null) {
        this.#total += piece.length;
        if (this.#total > this.#most) throw decodeError(this.#coding, new RangeError("too long"), this.#most);
        // Not a node Buffer.
        yield new Uint8Array(piece.buffer, piece.byteOffset, piece.length);
      } else if (isDone()) return;
      else await new Promise<void>((resolve) => this.#wake = resolve);
    }
  }

  #open(chunk: Bytes): DecodingTransform {
    const zlib = nodeZlib();
    const transform = {
      gzip: () => zlib.createGunzip(),
      deflate: () => isZlib(chunk[0] ?? 0, chunk[1] ?? 0) ? zlib.createInflate() : zlib.createInflateRaw(),
      br: () => zlib.createBrotliDecompress(),
      zstd: () => zlib.createZstdDecompress(),
    }[this.#coding]();
    transform.on("error", (value) => {
      this.#error ??= { value };
      this.#wake?.();
    });
    for (const event of ["readable", "end"]) transform.on(event, () => this.#wake?.());
    return transform;
  }
}
