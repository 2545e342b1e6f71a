import type { Bytes } from "../../internal/bytes.ts";

/** Follows the frames of zstd data (RFC 8878, section 3.1) as far as to know where they end. It decodes nothing. */
export class ZstdFrames {
  /** What the next `#wanted` bytes are. */
  #part: "magic" | "descriptor" | "block" | "skippable" = "magic";
  /** The bytes of the part that have come, as a number with the lowest byte first. */
  #value = 0;
  #count = 0;
  #wanted = 4;
  /** Bytes before the next part. */
  #skipped = 0;
  #hasChecksum = false;

  /** Tells whether the data ends with a frame. */
  get isComplete(): boolean {
    return this.#part === "magic" && this.#count === 0 && this.#skipped === 0;
  }

  /** Takes bytes up to the end of a frame, and returns how many. */
  feed(chunk: Bytes): number {
    let at = 0;
    while (at < chunk.length) {
      const skipped = Math.min(this.#skipped, chunk.length - at);
      this.#skipped -= skipped;
      at += skipped;
      if (skipped > 0 && this.isComplete) return at;
      if (at === chunk.length) break;
      this.#value += (chunk[at++] ?? 0) * 256 ** this.#count;
      if (++this.#count === this.#wanted) {
        this.#take(this.#value);
        if (this.isComplete) return at;
      }
    }
    return at;
  }

  #take(value: number): void {
    if (this.#part === "magic") {
      // 0x184D2A50 to 0x184D2A5F begin data that decoders skip.
      if (Math.floor(value / 16) === 0x184d2a5) this.#expect("skippable", 4);
      else this.#expect("descriptor", 1);
    } else if (this.#part === "skippable") {
      this.#expect("magic", 4, value);
    } else if (this.#part === "descriptor") {
      const isSingle = (value & 0x20) !== 0;
      const dictionary = [0, 1, 2, 4][value & 3] ?? 0;
      const size = [isSingle ? 1 : 0, 2, 4, 8][value >> 6] ?? 0;
      this.#hasChecksum = (value & 4) !== 0;
      this.#expect("block", 3, (isSingle ? 0 : 1) + dictionary + size);
    } else {
      const isRepeated = ((value >> 1) & 3) === 1;
      const content = isRepeated ? 1 : value >> 3;
      if ((value & 1) === 0) this.#expect("block", 3, content);
      else this.#expect("magic", 4, content + (this.#hasChecksum ? 4 : 0));
    }
  }

  #expect(part: "magic" | "descriptor" | "block" | "skippable", wanted: number, skipped = 0): void {
    this.#part = part;
    this.#wanted = wanted;
    this.#skipped = skipped;
    this.#value = this.#count = 0;
  }
}
