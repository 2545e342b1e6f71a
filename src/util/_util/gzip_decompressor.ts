import { type Bytes, joinBytes } from "../../internal/bytes.ts";
import { crc32 } from "../../internal/crc32.ts";
import { Inflate, InflateError } from "../../internal/inflate.ts";

const EMPTY: Bytes = new Uint8Array(0);

const ID1 = 0x1f;
const ID2 = 0x8b;
const DEFLATE = 8;

/** Flags of the header (RFC 1952, section 2.3.1); the highest three bits are reserved and must be 0. */
const FHCRC = 2;
const FEXTRA = 4;
const FNAME = 8;
const FCOMMENT = 16;
const RESERVED = 0xe0;

/** Takes one byte at each step and ends with the part it reads, so that a stream may be cut anywhere. */
type ByteReader = Generator<void, void, number>;

/**
 * Decompresses gzip (RFC 1952) as it arrives, in pieces of any size, with a bound for what comes out.
 *
 * It works synchronously and holds no more than the window of 32 KiB and the output asked for, however well the data is compressed.
 * Header, checksum and length are checked. Several members in a row are one stream; after the last one, bytes that do not begin
 * another are ignored, as zlib's users do. Tornado's `GzipDecompressor`.
 *
 * @example
 * ```ts
 * import { GzipDecompressor } from "@twister/twister/util";
 * import { assertEquals } from "@std/assert";
 * import { gzipSync } from "node:zlib";
 * const decompressor = new GzipDecompressor();
 * let rest: Uint8Array<ArrayBuffer> = new Uint8Array(gzipSync(new Uint8Array(100_000)));
 * let total = 0;
 * while (rest.length > 0) {
 *   total += decompressor.decompress(rest, 4096).length; // never more than 4096 at a time
 *   rest = decompressor.unconsumedTail;
 * }
 * decompressor.flush();
 * assertEquals(total, 100_000);
 * ```
 */
export class GzipDecompressor {
  #part: "header" | "body" | "trailer" | "rest" = "header";
  #reader: ByteReader | null = null;
  #inflate = new Inflate();
  /** The last call stopped at its limit; more may come without further input. */
  #stopped = false;
  #started = false;
  #crc = 0;
  #size = 0;
  #tail: Bytes = EMPTY;

  /**
   * The part of the last input that was not used because the limit was reached; pass it to the next call, before any other data.
   *
   * It is a view of that input, not a copy.
   */
  get unconsumedTail(): Bytes {
    return this.#tail;
  }

  /**
   * Decompresses a piece of the stream.
   *
   * @param value The next bytes, after those of `unconsumedTail`.
   * @param maxLength Most bytes to give; 0 means no limit.
   * @returns New bytes, perhaps none.
   * @throws {InflateError} The data is damaged or no gzip at all; the object cannot be used any further.
   * @throws {RangeError} `maxLength` is negative or not a number.
   */
  decompress(value: Bytes, maxLength = 0): Bytes {
    if (!(maxLength >= 0)) throw new RangeError(`Cannot decompress: maxLength must be 0 or more, got ${maxLength}`);
    const most = maxLength === 0 ? Infinity : maxLength;
    const pieces: Bytes[] = [];
    let length = 0;
    let position = 0;
    while (length < most && (position < value.length || this.#stopped)) {
      if (this.#part === "body") {
        const piece = this.#inflate.inflate(value.subarray(position), most - length);
        position += this.#inflate.consumed;
        length += piece.length;
        pieces.push(piece);
        this.#account(piece);
        this.#stopped = length >= most && !this.#inflate.ended;
        if (this.#inflate.ended) this.#part = "trailer";
      } else {
        position = this.#readAround(value, position);
      }
    }
    this.#tail = position < value.length ? value.subarray(position) : EMPTY;
    return joinBytes(pieces);
  }

  /**
   * Ends the stream: decompresses what is left of the input, without a limit, and checks that the stream is complete.
   *
   * @returns What had not been given yet; empty where `unconsumedTail` was passed back until it was empty.
   * @throws {InflateError} The stream is damaged, or it is cut short. A stream without a single byte is complete.
   */
  flush(): Bytes {
    const rest = this.decompress(this.#tail);
    if (this.#started && this.#part !== "rest") {
      throw new InflateError(`Cannot inflate: the gzip data ends within its ${this.#part}`);
    }
    return rest;
  }

  #account(piece: Bytes): void {
    this.#crc = crc32(piece, this.#crc);
    // The length in the trailer counts modulo 2^32.
    this.#size = (this.#size + piece.length) >>> 0;
  }

  /** Reads of what is around the compressed data, and gives the position after it. */
  #readAround(value: Bytes, start: number): number {
    this.#started = true;
    if (this.#part === "rest") {
      // Bytes after a member either begin the next one or do not matter.
      if (value[start] !== ID1) return value.length;
      this.#part = "header";
      this.#inflate = new Inflate();
      this.#crc = this.#size = 0;
    }
    if (this.#reader === null) {
      this.#reader = this.#part === "header" ? readHeader() : readTrailer(this.#crc, this.#size);
      this.#reader.next(0);
    }
    for (let position = start; position < value.length; position++) {
      if (this.#reader.next(value[position]).done) {
        this.#reader = null;
        this.#part = this.#part === "header" ? "body" : "rest";
        return position + 1;
      }
    }
    return value.length;
  }
}

/** Names and comments are skipped, not kept: their length does not matter. */
function* readHeader(): ByteReader {
  let crc = 0;
  const byte = new Uint8Array(1);
  const next = function* (): Generator<void, number, number> {
    byte[0] = yield;
    crc = crc32(byte, crc);
    return byte[0];
  };
  if ((yield* next()) !== ID1 || (yield* next()) !== ID2) {
    throw new InflateError("Cannot inflate: the data does not begin as gzip does");
  }
  const method = yield* next();
  if (method !== DEFLATE) throw new InflateError(`Cannot inflate: gzip's method must be 8, got ${method}`);
  const flags = yield* next();
  if ((flags & RESERVED) !== 0) throw new InflateError(`Cannot inflate: gzip's reserved flags must be 0, got ${flags}`);
  // Time, extra flags, operating system.
  for (let i = 0; i < 6; i++) yield* next();
  if ((flags & FEXTRA) !== 0) {
    const length = (yield* next()) | (yield* next()) << 8;
    for (let i = 0; i < length; i++) yield* next();
  }
  for (const flag of [FNAME, FCOMMENT]) {
    if ((flags & flag) !== 0) { while ((yield* next()) !== 0); }
  }
  if ((flags & FHCRC) !== 0) {
    const expected = crc & 0xffff;
    const given = (yield* next()) | (yield* next()) << 8;
    if (given !== expected) throw new InflateError("Cannot inflate: the checksum of the gzip header is wrong");
  }
}

function* readTrailer(crc: number, size: number): ByteReader {
  const givenCrc = yield* readUint32();
  if (givenCrc !== crc) throw new InflateError("Cannot inflate: the checksum of the gzip data is wrong");
  const givenSize = yield* readUint32();
  if (givenSize !== size) {
    throw new InflateError(`Cannot inflate: the gzip data should have ${givenSize} bytes, got ${size}`);
  }
}

function* readUint32(): Generator<void, number, number> {
  let value = 0;
  for (let shift = 0; shift < 32; shift += 8) value |= (yield) << shift;
  return value >>> 0;
}
