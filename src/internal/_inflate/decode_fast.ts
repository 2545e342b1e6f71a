import type { BitReader } from "./bit_reader.ts";
import { InflateError } from "./error.ts";
import { findLong, type Huffman } from "./huffman.ts";
import type { Output } from "./output.ts";
import { DISTANCE_BASE, DISTANCE_EXTRA, END_OF_BLOCK, LENGTH_BASE, LENGTH_EXTRA, LONGEST_MATCH } from "./tables.ts";

/** A length with its distance makes the loop read two bytes four times at most. */
const MOST_INPUT = 8;

/**
 * Decodes symbol by symbol without asking for input and room at each step, as long as there is enough of both for the longest match.
 *
 * The hold has 15 bits at least before anything is decoded, which is the longest code, and 30 at most, so that it stays an integer
 * without a sign.
 *
 * @returns Whether the end of the block was reached.
 * @throws {InflateError} The data is damaged.
 */
export function decodeFast(reader: BitReader, output: Output, lengths: Huffman, distances: Huffman): boolean {
  const { input } = reader;
  const { buffer } = output;
  const lastPosition = input.length - MOST_INPUT;
  const lastEnd = output.limit - LONGEST_MATCH;
  let { position, hold, bits } = reader;
  let { end } = output;
  let ended = false;
  while (position <= lastPosition && end <= lastEnd) {
    if (bits < 15) {
      hold |= (input[position] | input[position + 1] << 8) << bits;
      position += 2;
      bits += 16;
    }
    let entry = lengths.primary[hold & lengths.mask];
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
      hold |= (input[position] | input[position + 1] << 8) << bits;
      position += 2;
      bits += 16;
    }
    const lengthExtra = LENGTH_EXTRA[symbol - END_OF_BLOCK - 1] ?? noSymbol();
    const length = LENGTH_BASE[symbol - END_OF_BLOCK - 1] + (hold & ((1 << lengthExtra) - 1));
    hold >>>= lengthExtra;
    bits -= lengthExtra;
    if (bits < 15) {
      hold |= (input[position] | input[position + 1] << 8) << bits;
      position += 2;
      bits += 16;
    }
    entry = distances.primary[hold & distances.mask];
    if (entry === 0) entry = known(findLong(distances, hold, bits));
    hold >>>= entry & 15;
    bits -= entry & 15;
    if (bits < 15) {
      hold |= (input[position] | input[position + 1] << 8) << bits;
      position += 2;
      bits += 16;
    }
    const distanceExtra = DISTANCE_EXTRA[entry >>> 4] ?? noSymbol();
    const distance = DISTANCE_BASE[entry >>> 4] + (hold & ((1 << distanceExtra) - 1));
    hold >>>= distanceExtra;
    bits -= distanceExtra;
    if (distance > end) throw tooFar(distance);
    output.end = end;
    output.repeat(distance, length);
    end += length;
  }
  reader.position = position;
  reader.hold = hold;
  reader.bits = bits;
  output.end = end;
  return ended;
}

function known(entry: number): number {
  if (entry < 0) throw new InflateError("Cannot inflate: the bits are no code of this block");
  return entry;
}

/** For the symbols that have a code but no meaning: lengths 286 and 287, distances 30 and 31. */
export function noSymbol(): never {
  throw new InflateError("Cannot inflate: a length or distance symbol that does not exist");
}

/** The error for a distance that is longer than what came before. */
export function tooFar(distance: number): InflateError {
  return new InflateError(`Cannot inflate: a distance reaches back to before the beginning, ${distance}`);
}
