import type { BitReader } from "./bit_reader.ts";
import { InflateError } from "./error.ts";
import { buildHuffman, type Huffman } from "./huffman.ts";
import { END_OF_BLOCK } from "./tables.ts";

/** Order in which a dynamic block gives the lengths of its code length codes (section 3.2.7). */
const CODE_LENGTH_ORDER = Uint8Array.of(16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15);

/** Extra bits, base and repeated length of the code length symbols 16, 17, 18; -1 repeats the length before. */
const REPEATS: readonly (readonly [extra: number, base: number, length: number])[] = [[2, 3, -1], [3, 3, 0], [
  7,
  11,
  0,
]];

/** Reads the header of a dynamic block (section 3.2.7), as far as the input reaches each time. */
export class DynamicHeader {
  #lengthCount = 0;
  #codeCount = 0;
  /** Lengths being read, and how many of them are there; null before their number is known. */
  #lengths: Uint8Array | null = null;
  #read = 0;
  #total = 0;
  #codes: Huffman | null = null;

  /**
   * Reads on.
   *
   * @param reader The input.
   * @returns The codes of lengths and of distances, or null when the input ends before.
   * @throws {InflateError} The header is damaged.
   */
  read(reader: BitReader): readonly [Huffman, Huffman] | null {
    if (this.#lengths === null && !this.#readCounts(reader)) return null;
    if (this.#codes === null && !this.#readCodes(reader)) return null;
    return this.#readLengths(reader);
  }

  #readCounts(reader: BitReader): boolean {
    if (!reader.need(14)) return false;
    this.#lengthCount = reader.take(5) + 257;
    const distanceCount = reader.take(5) + 1;
    this.#codeCount = reader.take(4) + 4;
    if (this.#lengthCount > 286 || distanceCount > 30) {
      throw new InflateError(`Cannot inflate: too many codes, ${this.#lengthCount} and ${distanceCount}`);
    }
    this.#total = this.#lengthCount + distanceCount;
    this.#lengths = new Uint8Array(CODE_LENGTH_ORDER.length);
    return true;
  }

  #readCodes(reader: BitReader): boolean {
    const lengths = this.#lengths ?? new Uint8Array(0);
    for (; this.#read < this.#codeCount; this.#read++) {
      if (!reader.need(3)) return false;
      lengths[CODE_LENGTH_ORDER[this.#read]] = reader.take(3);
    }
    const codes = possible(buildHuffman(lengths), "code lengths");
    // A code with a pattern to spare will do for lengths and distances, but not here.
    if (!codes.complete) throw new InflateError("Cannot inflate: the code for code lengths is not complete");
    this.#codes = codes;
    this.#lengths = new Uint8Array(this.#total);
    this.#read = 0;
    return true;
  }

  #readLengths(reader: BitReader): readonly [Huffman, Huffman] | null {
    const lengths = this.#lengths;
    const codes = this.#codes;
    if (lengths === null || codes === null) return null;
    while (this.#read < lengths.length) {
      const entry = reader.peek(codes);
      if (entry === 0) return null;
      const symbol = entry >>> 4;
      const repeat = REPEATS[symbol - 16];
      if (repeat === undefined) {
        reader.take(entry & 15);
        lengths[this.#read++] = symbol;
        continue;
      }
      const [extra, base, repeated] = repeat;
      // At most 7 + 7 bits, taken together so that the step is done whole or not at all.
      if (!reader.need((entry & 15) + extra)) return null;
      reader.take(entry & 15);
      const count = base + reader.take(extra);
      const length = repeated < 0 ? lengths[this.#read - 1] : repeated;
      if (length === undefined || this.#read + count > lengths.length) {
        throw new InflateError("Cannot inflate: a code length is repeated where there is none, or too often");
      }
      lengths.fill(length, this.#read, this.#read + count);
      this.#read += count;
    }
    if (lengths[END_OF_BLOCK] === 0) {
      throw new InflateError("Cannot inflate: there is no code for the end of the block");
    }
    return [
      possible(buildHuffman(lengths.subarray(0, this.#lengthCount)), "lengths"),
      possible(buildHuffman(lengths.subarray(this.#lengthCount)), "distances"),
    ];
  }
}

function possible(huffman: Huffman | null, what: string): Huffman {
  if (huffman === null) throw new InflateError(`Cannot inflate: the code for ${what} is not possible`);
  return huffman;
}
