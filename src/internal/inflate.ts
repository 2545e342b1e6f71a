/**
 * Inflate (RFC 1951) as a function of bytes: it takes any piece of a stream and gives at most as many bytes as are asked for.
 *
 * The inflate of node:zlib is either asynchronous or does a whole stream in one call. What reads a protocol wants neither: it must bound
 * what a few hostile bytes grow to before it has them, and it should not leave its turn for each message.
 *
 * @module
 */
import {
  buildHuffman,
  findLong,
  fixedDistances,
  fixedLengths,
  type Huffman,
  NEED_BITS,
  NO_CODE,
  PRIMARY_MASK,
} from "./_inflate/huffman.ts";
import type { Bytes } from "./bytes.ts";

/** Compressed data is not what its format says. */
export class InflateError extends Error {
  /** Always `"InflateError"`. */
  override readonly name: string = "InflateError";
}

const EMPTY: Bytes = new Uint8Array(0);

/** A distance reaches back this far at most (RFC 1951, section 2). */
const WINDOW = 32 * 1024;

/** Window and output together: twice the window for output, so that the window is moved once for every 64 KiB only. */
const CAPACITY = 3 * WINDOW;

/** Most messages are small: begin with little and double. */
const INITIAL_CAPACITY = 4 * 1024;

const LONGEST_MATCH = 258;

/** Bytes of input that one length and distance take at most when two are read at a time, four times over. */
const FAST_INPUT = 8;

/** Base and extra bits of the length symbols 257 to 285 (RFC 1951, section 3.2.5). */
// deno-fmt-ignore
const LENGTH_BASE = Uint16Array.of(
  3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258,
);
// deno-fmt-ignore
const LENGTH_EXTRA = Uint8Array.of(
  0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0,
);

/** Base and extra bits of the distance symbols 0 to 29. */
// deno-fmt-ignore
const DISTANCE_BASE = Uint16Array.of(
  1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097, 6145,
  8193, 12289, 16385, 24577,
);
// deno-fmt-ignore
const DISTANCE_EXTRA = Uint8Array.of(
  0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13,
);

/** Order in which a dynamic block gives the lengths of its code length codes (section 3.2.7). */
const CODE_LENGTH_ORDER = Uint8Array.of(16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15);

/** Extra bits, base and repeated length of the code length symbols 16, 17, 18; -1 repeats the length before. */
const REPEATS: readonly (readonly [extra: number, base: number, length: number])[] = [[2, 3, -1], [3, 3, 0], [
  7,
  11,
  0,
]];

const END_OF_BLOCK = 256;

/** What is to be read next. A step changes it only when it has all the bits it needs. */
type State =
  | "block"
  | "stored-length"
  | "stored-check"
  | "stored"
  | "dynamic-header"
  | "code-length-codes"
  | "code-lengths"
  | "symbol"
  | "length-extra"
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
  #state: State = "block";
  #last = false;

  #input: Uint8Array = EMPTY;
  #position = 0;
  /** Bits read but not used, the next one lowest. */
  #hold = 0;
  #bits = 0;

  /** The window, followed by output that was not handed out yet. */
  #buffer: Bytes = EMPTY;
  #end = 0;
  /** Output may go up to here before it is handed out. */
  #limit = 0;

  #lengths: Huffman | null = null;
  #distances: Huffman | null = null;

  /** Of a dynamic block's header: how many codes there are of each kind, and the lengths read so far. */
  #lengthCount = 0;
  #distanceCount = 0;
  #codeCount = 0;
  #read = 0;
  #codeLengths: Uint8Array = EMPTY;
  #codes: Huffman | null = null;

  /** Of a stored block: bytes left. Of a match: the length symbol or length, then also the distance symbol or distance. */
  #length = 0;
  #distance = 0;

  /** Whether the last block has been read; the bytes after it are left to the caller. */
  get ended(): boolean {
    return this.#state === "end";
  }

  /** How many bytes of the last input were used. */
  get consumed(): number {
    return this.#position;
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
    this.#input = input;
    this.#position = 0;
    const pieces: Bytes[] = [];
    let length = 0;
    let more = true;
    while (more && length < maxLength) {
      this.#makeRoom();
      const start = this.#end;
      this.#limit = Math.min(this.#buffer.length, start + maxLength - length);
      more = this.#run();
      if (this.#end > start) pieces.push(this.#buffer.slice(start, this.#end));
      length += this.#end - start;
    }
    this.#giveBack();
    this.#input = EMPTY;
    return join(pieces, length);
  }

  /** Grows the buffer, or moves the window to its front, when there is little room left. */
  #makeRoom(): void {
    const { length } = this.#buffer;
    if (length - this.#end > LONGEST_MATCH) return;
    if (length < CAPACITY) {
      const grown = new Uint8Array(Math.min(CAPACITY, Math.max(INITIAL_CAPACITY, length * 2)));
      grown.set(this.#buffer.subarray(0, this.#end));
      this.#buffer = grown;
    } else {
      this.#buffer.copyWithin(0, this.#end - WINDOW, this.#end);
      this.#end = WINDOW;
    }
  }

  /** Puts whole bytes that were read ahead back. Bytes of an earlier input never are: they belong to what was not complete then. */
  #giveBack(): void {
    const bytes = Math.min(this.#bits >> 3, this.#position);
    this.#position -= bytes;
    this.#bits -= bytes * 8;
    this.#hold &= (1 << this.#bits) - 1;
  }

  /** Does steps until one cannot be done: true when the room for output was in the way, false when the input ended, or the stream. */
  #run(): boolean {
    while (this.#state !== "end") {
      if (this.#state === "symbol") this.#decodeFast();
      if (!this.#step()) return this.#end >= this.#limit && this.#wantsRoom();
    }
    return false;
  }

  #wantsRoom(): boolean {
    return this.#state === "match" || this.#state === "symbol" || this.#state === "stored";
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
      case "dynamic-header":
        return this.#readDynamicHeader();
      case "code-length-codes":
        return this.#readCodeLengthCodes();
      case "code-lengths":
        return this.#readCodeLengths();
      case "symbol":
        return this.#readSymbol();
      case "length-extra":
        return this.#readLengthExtra();
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

  /** Reads until the hold has so many bits, 16 at most; false when the input ends before. */
  #need(count: number): boolean {
    while (this.#bits < count) {
      const byte = this.#input[this.#position];
      if (byte === undefined) return false;
      this.#position++;
      this.#hold |= byte << this.#bits;
      this.#bits += 8;
    }
    return true;
  }

  /** Takes bits that the hold has. */
  #take(count: number): number {
    const value = this.#hold & ((1 << count) - 1);
    this.#hold >>>= count;
    this.#bits -= count;
    return value;
  }

  /** Entry of the next symbol, which stays in the hold; 0 when the input ends before. */
  #peekCode(huffman: Huffman | null): number {
    if (huffman === null) return 0;
    while (true) {
      let entry = huffman.primary[this.#hold & PRIMARY_MASK] ?? 0;
      if (entry === 0) entry = findLong(huffman, this.#hold, this.#bits);
      if (entry === NO_CODE) throw new InflateError("Cannot inflate: the bits are no code of this block");
      if (entry !== NEED_BITS && (entry & 15) <= this.#bits) return entry;
      if (!this.#need(this.#bits + 1)) return 0;
    }
  }

  #readBlock(): boolean {
    if (this.#last) {
      this.#state = "end";
      return true;
    }
    if (!this.#need(3)) return false;
    this.#last = this.#take(1) === 1;
    const type = this.#take(2);
    if (type === 0) {
      // A stored block begins with a byte; what is left of this one is padding.
      this.#take(this.#bits & 7);
      this.#state = "stored-length";
    } else if (type === 1) {
      this.#lengths = fixedLengths();
      this.#distances = fixedDistances();
      this.#state = "symbol";
    } else if (type === 2) this.#state = "dynamic-header";
    else throw new InflateError("Cannot inflate: block type 3 does not exist");
    return true;
  }

  #readStoredLength(): boolean {
    if (!this.#need(16)) return false;
    this.#length = this.#take(16);
    this.#state = "stored-check";
    return true;
  }

  #checkStoredLength(): boolean {
    if (!this.#need(16)) return false;
    if (this.#take(16) !== (~this.#length & 0xffff)) {
      throw new InflateError(
        `Cannot inflate: the length of a stored block does not match its complement, ${this.#length}`,
      );
    }
    this.#state = "stored";
    return true;
  }

  #copyStored(): boolean {
    // Bytes read ahead are bytes of the block. The last step read whole bytes, so this leaves no bits.
    this.#giveBack();
    const length = Math.min(this.#length, this.#input.length - this.#position, this.#limit - this.#end);
    this.#buffer.set(this.#input.subarray(this.#position, this.#position + length), this.#end);
    this.#position += length;
    this.#end += length;
    this.#length -= length;
    if (this.#length > 0) return false;
    this.#state = "block";
    return true;
  }

  #readDynamicHeader(): boolean {
    if (!this.#need(14)) return false;
    this.#lengthCount = this.#take(5) + 257;
    this.#distanceCount = this.#take(5) + 1;
    this.#codeCount = this.#take(4) + 4;
    if (this.#lengthCount > 286 || this.#distanceCount > 30) {
      throw new InflateError(`Cannot inflate: too many codes, ${this.#lengthCount} and ${this.#distanceCount}`);
    }
    this.#codeLengths = new Uint8Array(CODE_LENGTH_ORDER.length);
    this.#read = 0;
    this.#state = "code-length-codes";
    return true;
  }

  #readCodeLengthCodes(): boolean {
    for (; this.#read < this.#codeCount; this.#read++) {
      if (!this.#need(3)) return false;
      this.#codeLengths[CODE_LENGTH_ORDER[this.#read] ?? 0] = this.#take(3);
    }
    this.#codes = checked(buildHuffman(this.#codeLengths), "code lengths");
    // A single code of one bit will do for lengths and distances, but not here.
    if (this.#codeLengths.reduce((sum, length) => length === 0 ? sum : sum + 2 ** -length, 0) !== 1) {
      throw new InflateError("Cannot inflate: the code for code lengths is not complete");
    }
    this.#codeLengths = new Uint8Array(this.#lengthCount + this.#distanceCount);
    this.#read = 0;
    this.#state = "code-lengths";
    return true;
  }

  #readCodeLengths(): boolean {
    while (this.#read < this.#codeLengths.length) {
      const entry = this.#peekCode(this.#codes);
      if (entry === 0) return false;
      const symbol = entry >>> 4;
      const repeat = REPEATS[symbol - 16];
      if (repeat === undefined) {
        this.#take(entry & 15);
        this.#codeLengths[this.#read++] = symbol;
        continue;
      }
      const [extra, base, repeated] = repeat;
      // At most 7 + 7 bits, taken together so that the step is whole or not at all.
      if (!this.#need((entry & 15) + extra)) return false;
      this.#take(entry & 15);
      const count = base + this.#take(extra);
      const length = repeated < 0 ? this.#codeLengths[this.#read - 1] : repeated;
      if (length === undefined || this.#read + count > this.#codeLengths.length) {
        throw new InflateError("Cannot inflate: a code length is repeated where there is none, or too often");
      }
      this.#codeLengths.fill(length, this.#read, this.#read += count);
    }
    if (this.#codeLengths[END_OF_BLOCK] === 0) {
      throw new InflateError("Cannot inflate: no code for the end of the block");
    }
    this.#lengths = checked(buildHuffman(this.#codeLengths.subarray(0, this.#lengthCount)), "lengths");
    this.#distances = checked(buildHuffman(this.#codeLengths.subarray(this.#lengthCount)), "distances");
    this.#state = "symbol";
    return true;
  }

  #readSymbol(): boolean {
    if (this.#end >= this.#limit) return false;
    const entry = this.#peekCode(this.#lengths);
    if (entry === 0) return false;
    this.#take(entry & 15);
    const symbol = entry >>> 4;
    if (symbol < END_OF_BLOCK) this.#buffer[this.#end++] = symbol;
    else if (symbol === END_OF_BLOCK) this.#state = "block";
    else {
      this.#length = symbol - END_OF_BLOCK - 1;
      this.#state = "length-extra";
    }
    return true;
  }

  #readLengthExtra(): boolean {
    const extra = LENGTH_EXTRA[this.#length] ?? noSymbol();
    if (!this.#need(extra)) return false;
    this.#length = (LENGTH_BASE[this.#length] ?? 0) + this.#take(extra);
    this.#state = "distance";
    return true;
  }

  #readDistance(): boolean {
    const entry = this.#peekCode(this.#distances);
    if (entry === 0) return false;
    this.#take(entry & 15);
    this.#distance = entry >>> 4;
    this.#state = "distance-extra";
    return true;
  }

  #readDistanceExtra(): boolean {
    const extra = DISTANCE_EXTRA[this.#distance] ?? noSymbol();
    if (!this.#need(extra)) return false;
    this.#distance = (DISTANCE_BASE[this.#distance] ?? 0) + this.#take(extra);
    if (this.#distance > this.#end) throw tooFar(this.#distance);
    this.#state = "match";
    return true;
  }

  #copyMatch(): boolean {
    const length = Math.min(this.#length, this.#limit - this.#end);
    copyBack(this.#buffer, this.#end, this.#distance, length);
    this.#end += length;
    this.#length -= length;
    if (this.#length > 0) return false;
    this.#state = "symbol";
    return true;
  }

  /** Symbol by symbol without asking for input and room each time, as long as there is enough of both for the longest match. */
  #decodeFast(): void {
    const lengths = this.#lengths;
    const distances = this.#distances;
    const input = this.#input;
    const buffer = this.#buffer;
    const lastPosition = input.length - FAST_INPUT;
    const lastEnd = this.#limit - LONGEST_MATCH;
    let position = this.#position;
    let end = this.#end;
    if (lengths === null || distances === null || position > lastPosition || end > lastEnd) return;
    const primary = lengths.primary;
    let hold = this.#hold;
    let bits = this.#bits;
    let ended = false;
    while (position <= lastPosition && end <= lastEnd) {
      if (bits < 15) {
        hold |= (byteAt(input, position) | byteAt(input, position + 1) << 8) << bits;
        position += 2;
        bits += 16;
      }
      let entry = primary[hold & PRIMARY_MASK] ?? 0;
      if (entry === 0) entry = known(findLong(lengths, hold, bits));
      hold >>>= entry & 15;
      bits -= entry & 15;
      const symbol = entry >>> 4;
      if (symbol < END_OF_BLOCK) {
        buffer[end++] = symbol;
        continue;
      }
      if (symbol === END_OF_BLOCK) {
        ended = true;
        break;
      }
      if (bits < 15) {
        hold |= (byteAt(input, position) | byteAt(input, position + 1) << 8) << bits;
        position += 2;
        bits += 16;
      }
      const lengthExtra = LENGTH_EXTRA[symbol - END_OF_BLOCK - 1] ?? noSymbol();
      const length = (LENGTH_BASE[symbol - END_OF_BLOCK - 1] ?? 0) + (hold & ((1 << lengthExtra) - 1));
      hold >>>= lengthExtra;
      bits -= lengthExtra;
      if (bits < 15) {
        hold |= (byteAt(input, position) | byteAt(input, position + 1) << 8) << bits;
        position += 2;
        bits += 16;
      }
      entry = distances.primary[hold & PRIMARY_MASK] ?? 0;
      if (entry === 0) entry = known(findLong(distances, hold, bits));
      hold >>>= entry & 15;
      bits -= entry & 15;
      if (bits < 15) {
        hold |= (byteAt(input, position) | byteAt(input, position + 1) << 8) << bits;
        position += 2;
        bits += 16;
      }
      const distanceExtra = DISTANCE_EXTRA[entry >>> 4] ?? noSymbol();
      const distance = (DISTANCE_BASE[entry >>> 4] ?? 0) + (hold & ((1 << distanceExtra) - 1));
      hold >>>= distanceExtra;
      bits -= distanceExtra;
      if (distance > end) throw tooFar(distance);
      copyBack(buffer, end, distance, length);
      end += length;
    }
    this.#position = position;
    this.#end = end;
    this.#hold = hold;
    this.#bits = bits;
    if (ended) this.#state = "block";
  }
}

/** From this length on a native copy is faster than a loop. */
const NATIVE_COPY = 48;

/** Repeats bytes of the buffer at its end; the match may overlap what it makes. */
function copyBack(buffer: Bytes, end: number, distance: number, length: number): void {
  if (length >= NATIVE_COPY) {
    if (distance >= length) {
      buffer.copyWithin(end, end - distance, end - distance + length);
      return;
    }
    if (distance === 1) {
      buffer.fill(byteAt(buffer, end - 1), end, end + length);
      return;
    }
  }
  for (let to = end; to < end + length; to++) buffer[to] = byteAt(buffer, to - distance);
}

function byteAt(bytes: Uint8Array, index: number): number {
  return bytes[index] ?? 0;
}

function join(pieces: readonly Bytes[], length: number): Bytes {
  if (pieces.length <= 1) return pieces[0] ?? EMPTY;
  const whole = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}

function checked(huffman: Huffman | null, what: string): Huffman {
  if (huffman === null) throw new InflateError(`Cannot inflate: the code for ${what} is not possible`);
  return huffman;
}

/** In the fast loop the hold always has the bits of the longest code. */
function known(entry: number): number {
  if (entry < 0) throw new InflateError("Cannot inflate: the bits are no code of this block");
  return entry;
}

function noSymbol(): never {
  throw new InflateError("Cannot inflate: a length or distance symbol that does not exist");
}

function tooFar(distance: number): InflateError {
  return new InflateError(`Cannot inflate: a distance reaches back to before the beginning, ${distance}`);
}
