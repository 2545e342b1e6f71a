import { InflateError } from "./error.ts";
import { findLong, type Huffman, NEED_BITS, NO_CODE } from "./huffman.ts";

const EMPTY = new Uint8Array(0);

/** The bits of a stream that comes in pieces; the fast loop works on the fields directly. */
export class BitReader {
  /** The piece that is being read. */
  input: Uint8Array = EMPTY;
  /** Next byte of the piece. */
  position = 0;
  /** Bits read but not used, the next one lowest. */
  hold = 0;
  /** How many bits the hold has. */
  bits = 0;

  /** Takes the next piece; bits of the last one stay in the hold. */
  feed(input: Uint8Array): void {
    this.input = input;
    this.position = 0;
  }

  /** Lets go of the piece. */
  release(): void {
    this.input = EMPTY;
  }

  /** Reads until the hold has so many bits, 16 at most; false when the piece ends before. */
  need(count: number): boolean {
    while (this.bits < count) {
      const byte = this.input[this.position];
      if (byte === undefined) return false;
      this.position++;
      this.hold |= byte << this.bits;
      this.bits += 8;
    }
    return true;
  }

  /** Takes bits that the hold has. */
  take(count: number): number {
    const value = this.hold & ((1 << count) - 1);
    this.hold >>>= count;
    this.bits -= count;
    return value;
  }

  /**
   * Entry of the next symbol, which stays in the hold; 0 when the piece ends before.
   *
   * @throws {InflateError} The bits are no code.
   */
  peek(huffman: Huffman): number {
    while (true) {
      let entry = huffman.primary[this.hold & huffman.mask];
      if (entry === 0) entry = findLong(huffman, this.hold, this.bits);
      if (entry === NO_CODE) throw new InflateError("Cannot inflate: the bits are no code of this block");
      if (entry !== NEED_BITS && (entry & 15) <= this.bits) return entry;
      if (!this.need(this.bits + 1)) return 0;
    }
  }

  /** Puts whole bytes back that were read ahead, those of this piece at most. */
  giveBack(): void {
    const bytes = Math.min(this.bits >> 3, this.position);
    this.position -= bytes;
    this.bits -= bytes * 8;
    this.hold &= (1 << this.bits) - 1;
  }
}
