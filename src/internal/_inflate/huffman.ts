/** Codes up to this length are found by one look into a table: 1024 entries cover nearly every symbol of real data. */
const PRIMARY_BITS = 10;

/** No code is longer (RFC 1951, section 3.2.7). */
const MAX_BITS = 15;

/** What {@linkcode findLong} says when the bits given are not enough to tell. */
export const NEED_BITS = -1;

/** What {@linkcode findLong} says when no code begins with these bits. */
export const NO_CODE = -2;

/** A Huffman code, ready to decode; an entry is `symbol << 4 | length`. */
export interface Huffman {
  /** Entry by the next bits, 0 where the code is longer or there is none. */
  readonly primary: Uint16Array;
  /** Mask of the bits that index the table, which is as small as the longest code allows. */
  readonly mask: number;
  /** Whether every pattern of bits is a code. */
  readonly complete: boolean;
  /** How many codes there are of each length. */
  readonly counts: Uint16Array;
  /** All symbols that have a code, by their codes. */
  readonly symbols: Uint16Array;
}

/**
 * Builds the canonical code of RFC 1951, section 3.2.2, from the lengths of its codes.
 *
 * A code must use up all bit patterns. Only one with a single code of one bit, or with none at all, may be less, as zlib has it.
 *
 * @param lengths Length for each symbol, 0 for one that is not used.
 * @returns The code, or null when the lengths do not make one.
 */
export function buildHuffman(lengths: Uint8Array): Huffman | null {
  const counts = new Uint16Array(MAX_BITS + 1);
  for (const length of lengths) counts[length]++;
  counts[0] = 0;
  let left = 1;
  let longest = 0;
  const offsets = new Uint16Array(MAX_BITS + 2);
  const codes = new Uint16Array(MAX_BITS + 2);
  for (let length = 1; length <= MAX_BITS; length++) {
    const count = counts[length];
    left = left * 2 - count;
    if (left < 0) return null;
    if (count > 0) longest = length;
    offsets[length + 1] = offsets[length] + count;
    codes[length + 1] = (codes[length] + count) << 1;
  }
  if (left > 0 && longest > 1) return null;
  const symbols = new Uint16Array(offsets[MAX_BITS + 1]);
  const mask = (1 << Math.min(PRIMARY_BITS, Math.max(1, longest))) - 1;
  const primary = new Uint16Array(mask + 1);
  for (let symbol = 0; symbol < lengths.length; symbol++) {
    const length = lengths[symbol];
    if (length === 0) continue;
    symbols[offsets[length]] = symbol;
    offsets[length]++;
    const code = codes[length];
    codes[length] = code + 1;
    if (length > PRIMARY_BITS) continue;
    // Codes come with their highest bit first, all else with its lowest: the table is indexed by the reversed code.
    for (let index = reverse(code, length); index <= mask; index += 1 << length) {
      primary[index] = symbol << 4 | length;
    }
  }
  return { primary, mask, complete: left === 0, counts, symbols };
}

function reverse(code: number, length: number): number {
  let reversed = 0;
  for (let i = 0; i < length; i++) reversed |= ((code >> i) & 1) << (length - 1 - i);
  return reversed;
}

/**
 * Finds a code bit by bit, for those that the table does not hold.
 *
 * @param huffman The code.
 * @param hold The next bits, lowest first.
 * @param bits How many of them there are.
 * @returns The entry, {@linkcode NEED_BITS} or {@linkcode NO_CODE}.
 */
export function findLong(huffman: Huffman, hold: number, bits: number): number {
  let code = 0;
  let first = 0;
  let index = 0;
  for (let length = 1; length <= MAX_BITS; length++) {
    if (length > bits) return NEED_BITS;
    code |= (hold >>> (length - 1)) & 1;
    const count = huffman.counts[length];
    if (code - count < first) return huffman.symbols[index + code - first] << 4 | length;
    index += count;
    first = (first + count) << 1;
    code <<= 1;
  }
  return NO_CODE;
}

/** The fixed code of lengths and literals (section 3.2.6). */
export const fixedLengths: () => Huffman = once(() => {
  const lengths = new Uint8Array(288).fill(8, 0, 144).fill(9, 144, 256).fill(7, 256, 280).fill(8, 280);
  return buildHuffman(lengths);
});

/** The fixed code of distances: five bits each, of which the last two stand for nothing. */
export const fixedDistances: () => Huffman = once(() => buildHuffman(new Uint8Array(32).fill(5)));

/** Made at the first need: importing does no work. */
function once(make: () => Huffman | null): () => Huffman {
  let made: Huffman | null = null;
  return () => {
    made ??= make();
    if (made === null) throw new Error("Cannot build a fixed Huffman code");
    return made;
  };
}
