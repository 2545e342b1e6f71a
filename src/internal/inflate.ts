/**
 * Inflate (RFC 1951) as a function of bytes: it takes any piece of a stream and gives at most as many bytes as are asked for.
 *
 * The inflate of node:zlib is either asynchronous or does a whole stream in one call. What reads a protocol wants neither: it must bound
 * what a few hostile bytes grow to before it has them, and it should not leave its turn for each message.
 *
 * @module
 */
import { BitReader } from "./_inflate/bit_reader.ts";
import { decodeFast, noSymbol, tooFar } from "./_inflate/decode_fast.ts";
import { DynamicHeader } from "./_inflate/dynamic_header.ts";
import { InflateError } from "./_inflate/error.ts";
import { fixedDistances, fixedLengths, type Huffman } from "./_inflate/huffman.ts";
import { Output } from "./_inflate/output.ts";
import { DISTANCE_BASE, DISTANCE_EXTRA, END_OF_BLOCK, LENGTH_BASE, LENGTH_EXTRA } from "./_inflate/tables.ts";
import type { Bytes } from "./bytes.ts";

export { InflateError };

/** What is to be read next. A step changes it only when it has all the bits it needs. */
type State =
  | "block"
  | "stored-length"
  | "stored-check"
  | "stored"
  | "dynamic"
  | "symbol"
  | "length"
  | "distance"
  | "distance-extra"
  | "match"
  | "end";

/**
 * Decoder of one deflate stream.
 *
 * @example
 * ```ts
 * import { Inflate } from "./inflate.ts";
 * import { assertEquals } from "@std/assert";
 * const inflate = new Inflate();
 * assertEquals(inflate.inflate(new Uint8Array([0x4b, 0x4c, 0x04, 0x00]), 1024), new Uint8Array([0x61, 0x61]));
 * assertEquals(inflate.ended, true);
 * ```
 */
export class Inflate {
  readonly #reader = new BitReader();
  readonly #output = new Output();
  #state: State = "block";
  #last = false;
  #header: DynamicHeader | null = null;
  #lengths: Huffman | null = null;
  #distances: Huffman | null = null;
  /** Of a stored block: bytes left. Of a match: the length symbol, then the bytes left. */
  #length = 0;
  /** Of a match: the distance symbol, then the distance. */
  #distance = 0;

  /** Whether the last block has been read; the bytes after it are left to the caller. */
  get ended(): boolean {
    return this.#state === "end";
  }

  /** How many bytes of the last input were used. */
  get consumed(): number {
    return this.#reader.position;
  }

  /**
   * Decodes until the input is used up, `maxLength` bytes are there, or the stream ends.
   *
   * @param input The next piece of the stream; what was not consumed of the last one must come again.
   * @param maxLength Most bytes to give, above 0.
   * @returns New bytes, perhaps none.
   * @throws {InflateError} The data is damaged; the decoder cannot go on.
   */
  inflate(input: Uint8Array, maxLength: number): Bytes {
    this.#reader.feed(input);
    const pieces: Bytes[] = [];
    let length = 0;
    let hungry = false;
    while (!hungry && this.#state !== "end" && length < maxLength) {
      this.#output.begin(maxLength - length);
      hungry = this.#run();
      const piece = this.#output.finish();
      length += piece.length;
      pieces.push(piece);
    }
    // Where the input ended, the bits left belong to something that is not complete, and the caller has nothing to keep.
    if (!hungry) this.#reader.giveBack();
    this.#reader.release();
    return join(pieces, length);
  }

  /** Does steps until one cannot be done, or the stream ends: true when more input is needed, false when room for output is. */
  #run(): boolean {
    while (this.#state !== "end") {
      if (!this.#step()) return this.#output.end < this.#output.limit;
    }
    return false;
  }

  /** One step; false when the input has not all that it needs, or there is no room for its output. */
  #step(): boolean {
    switch (this.#state) {
      case "block":
        return this.#readBlock();
      case "stored-length":
        return this.#readStoredLength();
      case "stored-check":
        return this.#checkStoredLength();
      case "stored":
        return this.#copyStored();
      case "dynamic":
        return this.#readDynamic();
      case "symbol":
        return this.#readSymbol();
      case "length":
        return this.#readLength();
      case "distance":
        return this.#readDistance();
      case "distance-extra":
        return this.#readDistanceExtra();
      case "match":
        return this.#copyMatch();
      case "end":
        return false;
    }
  }

  #readBlock(): boolean {
    if (this.#last) {
      this.#state = "end";
      return true;
    }
    if (!this.#reader.need(3)) return false;
    this.#last = this.#reader.take(1) === 1;
    switch (this.#reader.take(2)) {
      case 0:
        // A stored block begins with a byte; what is left of this one is padding.
        this.#reader.take(this.#reader.bits & 7);
        this.#state = "stored-length";
        break;
      case 1:
        this.#lengths = fixedLengths();
        this.#distances = fixedDistances();
        this.#state = "symbol";
        break;
      case 2:
        this.#header = new DynamicHeader();
        this.#state = "dynamic";
        break;
      default:
        throw new InflateError("Cannot inflate: block type 3 does not exist");
    }
    return true;
  }

  #readStoredLength(): boolean {
    if (!this.#reader.need(16)) return false;
    this.#length = this.#reader.take(16);
    this.#state = "stored-check";
    return true;
  }

  #checkStoredLength(): boolean {
    if (!this.#reader.need(16)) return false;
    if (this.#reader.take(16) !== (~this.#length & 0xffff)) {
      throw new InflateError(`Cannot inflate: a stored block's length does not match its complement, ${this.#length}`);
    }
    this.#state = "stored";
    return true;
  }

  #copyStored(): boolean {
    // Whole bytes were read up to here, so that none is left in the hold.
    const { input, position } = this.#reader;
    const room = this.#output.limit - this.#output.end;
    const length = Math.min(this.#length, input.length - position, room);
    this.#output.append(input.subarray(position, position + length));
    this.#reader.position += length;
    this.#length -= length;
    if (this.#length > 0) return false;
    this.#state = "block";
    return true;
  }

  #readDynamic(): boolean {
    const codes = this.#header?.read(this.#reader) ?? null;
    if (codes === null) return false;
    [this.#lengths, this.#distances] = codes;
    this.#header = null;
    this.#state = "symbol";
    return true;
  }

  #readSymbol(): boolean {
    if (this.#lengths === null || this.#distances === null) return false;
    if (decodeFast(this.#reader, this.#output, this.#lengths, this.#distances)) {
      this.#state = "block";
      return true;
    }
    if (this.#output.end >= this.#output.limit) return false;
    const entry = this.#reader.peek(this.#lengths);
    if (entry === 0) return false;
    this.#reader.take(entry & 15);
    const symbol = entry >>> 4;
    if (symbol < END_OF_BLOCK) {
      this.#output.buffer[this.#output.end++] = symbol;
    } else if (symbol === END_OF_BLOCK) {
      this.#state = "block";
    } else {
      this.#length = symbol - END_OF_BLOCK - 1;
      this.#state = "length";
    }
    return true;
  }

  #readLength(): boolean {
    const extra = LENGTH_EXTRA[this.#length] ?? noSymbol();
    if (!this.#reader.need(extra)) return false;
    this.#length = LENGTH_BASE[this.#length] + this.#reader.take(extra);
    this.#state = "distance";
    return true;
  }

  #readDistance(): boolean {
    const entry = this.#distances === null ? 0 : this.#reader.peek(this.#distances);
    if (entry === 0) return false;
    this.#reader.take(entry & 15);
    this.#distance = entry >>> 4;
    this.#state = "distance-extra";
    return true;
  }

  #readDistanceExtra(): boolean {
    const extra = DISTANCE_EXTRA[this.#distance] ?? noSymbol();
    if (!this.#reader.need(extra)) return false;
    this.#distance = DISTANCE_BASE[this.#distance] + this.#reader.take(extra);
    if (this.#distance > this.#output.end) throw tooFar(this.#distance);
    this.#state = "match";
    return true;
  }

  #copyMatch(): boolean {
    const length = Math.min(this.#length, this.#output.limit - this.#output.end);
    this.#output.repeat(this.#distance, length);
    this.#length -= length;
    if (this.#length > 0) return false;
    this.#state = "symbol";
    return true;
  }
}

function join(pieces: readonly Bytes[], length: number): Bytes {
  const [first] = pieces;
  if (pieces.length === 1 && first !== undefined) return first;
  const whole = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}
