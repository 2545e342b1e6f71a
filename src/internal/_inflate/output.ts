import type { Bytes } from "../bytes.ts";
import { LONGEST_MATCH } from "./tables.ts";

/** A distance reaches back this far at most (RFC 1951, section 2). */
const WINDOW = 32 * 1024;

/** Window and output together: twice the window for output, so that the window is moved once for every 64 KiB only. */
const CAPACITY = 3 * WINDOW;

/** Most messages are small: begin with little and double. */
const INITIAL_CAPACITY = 4 * 1024;

/** From this length on a native copy is faster than a loop. */
const NATIVE_COPY = 48;

/** The window, followed by output that was not handed out yet; the fast loop works on the fields directly. */
export class Output {
  /** Window and output. */
  buffer: Bytes = new Uint8Array(INITIAL_CAPACITY);
  /** Where the next byte goes. */
  end = 0;
  /** Output may go up to here before it is handed out. */
  limit = 0;
  #start = 0;

  /** Makes room for new output, of which at most `most` bytes are wanted. */
  begin(most: number): void {
    const { length } = this.buffer;
    if (length - this.end <= LONGEST_MATCH) {
      if (length < CAPACITY) {
        const grown = new Uint8Array(Math.min(CAPACITY, length * 2));
        grown.set(this.buffer.subarray(0, this.end));
        this.buffer = grown;
      } else {
        this.buffer.copyWithin(0, this.end - WINDOW, this.end);
        this.end = WINDOW;
      }
    }
    this.#start = this.end;
    this.limit = Math.min(this.buffer.length, this.end + most);
  }

  /** Hands out what came since {@linkcode begin}, as a copy. */
  finish(): Bytes {
    return this.buffer.slice(this.#start, this.end);
  }

  /** Appends bytes as they are; the room for them must be there. */
  append(bytes: Uint8Array): void {
    this.buffer.set(bytes, this.end);
    this.end += bytes.length;
  }

  /** Appends bytes that came before; the match may overlap what it makes. The room for them must be there. */
  repeat(distance: number, length: number): void {
    const { buffer, end } = this;
    this.end = end + length;
    if (length >= NATIVE_COPY && distance >= length) {
      buffer.copyWithin(end, end - distance, end - distance + length);
    } else if (length >= NATIVE_COPY && distance === 1) {
      buffer.fill(buffer[end - 1], end, end + length);
    } else {
      for (let to = end; to < end + length; to++) buffer[to] = buffer[to - distance];
    }
  }
}
