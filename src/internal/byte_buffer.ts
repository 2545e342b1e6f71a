import { Buffer } from "node:buffer";
import { acquireSlot, type BufferBytes, releaseSlot } from "./buffer_slots.ts";
import type { Bytes } from "./bytes.ts";

const LF = 10;
const NOTHING: BufferBytes = Buffer.allocUnsafeSlow(0);

/** The storage of a busy connection: as much as a stream reads at once by default. */
const LARGE = 65536;
/**
 * Storage up to this size is kept until little is read twice in a row: only then may the connection be idle for long.
 */
const KEPT = 4096;
/** Large storage that is kept for reuse, 1 MiB in all: it would cost more to make it than to fill it. */
const LARGE_POOL = 16;
const large: BufferBytes[] = [];

export { type BufferBytes, SLOT_SIZE } from "./buffer_slots.ts";

/**
 * A contiguous queue of bytes with a read and a write end.
 *
 * The readable bytes are `bytes[start]` up to, not including, `bytes[end]`. A consumer takes bytes by moving `start`
 * forward; a producer fills `bytes` from `end` after {@linkcode reserve}. Views on `bytes` are valid only until the
 * next call that can move the content ({@linkcode reserve}, {@linkcode shrink}).
 *
 * @example
 * ```ts
 * import { ByteBuffer } from "@twister/twister/iostream";
 * import { assertEquals } from "@std/assert";
 *
 * const buffer = new ByteBuffer();
 * buffer.append(new TextEncoder().encode("one two"));
 * assertEquals(buffer.takeLatin1(4), "one ");
 * assertEquals(buffer.length, 3);
 * buffer.dispose();
 * ```
 */
export class ByteBuffer {
  /** The storage; its length is the capacity. */
  bytes: BufferBytes;
  /** Offset of the first readable byte. */
  start = 0;
  /** Offset after the last readable byte. */
  end = 0;

  /** Number of bytes, of those taken last, that a reader still uses: the storage must not change them. */
  lent = 0;
  #onSlot = true;
  /** The capacity that the traffic needed last time, or 0. */
  #usual = 0;
  /** The most bytes received at once since {@linkcode fit} has found little. */
  #largest = 0;

  /** Makes an empty buffer with little room; {@linkcode dispose} gives it back. */
  constructor() {
    this.bytes = acquireSlot();
  }

  /** The number of readable bytes. */
  get length(): number {
    return this.end - this.start;
  }

  /** The number of bytes that must stay: the readable ones, and those that are lent. */
  get kept(): number {
    return this.end - this.start + this.lent;
  }

  /** Makes room for at least `room` more bytes behind `end`, moving or enlarging the content if needed. */
  reserve(room: number): void {
    this.#rewind();
    if (this.bytes.length - this.end >= room) return;
    const length = this.end - this.start;
    if (this.lent === 0 && this.bytes.length - length >= room && this.start >= this.bytes.length >> 1) {
      // Half of the storage is free in front: moving is cheaper than growing, and happens at most once per half.
      this.bytes.copyWithin(0, this.start, this.end);
    } else {
      // Storage that is only left to a borrower needs no larger one in its place.
      const growth = this.lent > 0 && length === 0 ? 1 : 2;
      this.#move(Math.max(this.bytes.length * growth, length + room));
    }
    this.start = 0;
    this.end = length;
  }

  /** Makes room and returns the memory for the next bytes: after `end`, and at most `most` bytes. */
  target(most: number): BufferBytes {
    this.#rewind();
    if (this.end === this.bytes.length) this.reserve(Math.min(this.bytes.length, most));
    const free = this.bytes.length - this.end;
    if (free > most) return this.bytes.subarray(this.end, this.end + most);
    return this.end === 0 ? this.bytes : this.bytes.subarray(this.end);
  }

  /** Takes note of `count` bytes that were read to {@linkcode target}. */
  received(count: number): void {
    this.end += count;
    if (count > this.#largest) this.#largest = count;
  }

  /**
   * Fits an empty buffer to the traffic: a read that filled it makes it larger, up to `most` bytes; one of `count`
   * bytes that left most of it unused makes it small.
   */
  fit(count: number, filled: boolean, most: number): void {
    if (this.lent > 0) return;
    const capacity = this.bytes.length;
    if (filled && capacity < most) {
      this.start = this.end = 0;
      this.reserve(Math.min(Math.max(capacity * 4, this.#usual), most));
    } else if (count <= capacity >> 3) {
      // The end of a long message is no sign that there will be no other.
      const needed = this.#largest > capacity >> 3;
      this.#largest = 0;
      if (needed && capacity <= KEPT) return;
      this.#usual = needed ? capacity : 0;
      this.shrink();
    }
  }

  /** Exchanges an empty buffer's storage for a small one. Does nothing if bytes are left. */
  shrink(): void {
    if (this.start !== this.end || this.#onSlot || this.lent > 0) return;
    this.#release(this.bytes);
    this.bytes = acquireSlot();
    this.#onSlot = true;
    this.start = this.end = 0;
  }

  /** Gives shared storage back. Bytes that are left can still be read, but no more can be filled in. */
  dispose(): void {
    if (!this.#onSlot && this.bytes.length !== LARGE) return;
    const { length } = this;
    this.#move(length);
    this.start = 0;
    this.end = length;
  }

  /** Appends a copy of `data`. */
  append(data: Uint8Array): void {
    this.reserve(data.length);
    this.bytes.set(data, this.end);
    this.end += data.length;
  }

  /** Takes `count` bytes from the front, as a copy that the caller owns. `count` must not be larger than `length`. */
  take(count: number): Bytes {
    // Not `bytes.slice`: on a node Buffer that is a view.
    const copy = new Uint8Array(count);
    copy.set(this.bytes.subarray(this.start, this.start + count));
    this.start += count;
    return copy;
  }

  /** Takes `count` bytes from the front as a latin1 string. */
  takeLatin1(count: number): string {
    const text = this.bytes.toString("latin1", this.start, this.start + count);
    this.start += count;
    return text;
  }

  /** Returns the offset of `needle` relative to `start`, searching from offset `from`, or -1. */
  indexOf(needle: Uint8Array, from = 0): number {
    const { bytes, end } = this;
    const count = needle.length;
    if (count === 0) return from <= end - this.start ? from : -1;
    const first = needle[0];
    const last = end - count;
    let at = this.start + from;
    outer: while (at <= last) {
      at = bytes.indexOf(first, at);
      if (at < 0 || at > last) return -1;
      for (let i = 1; i < count; i++) {
        if (bytes[at + i] !== needle[i]) {
          at++;
          continue outer;
        }
      }
      return at - this.start;
    }
    return -1;
  }

  #move(capacity: number): void {
    const old = this.bytes;
    if (capacity === LARGE) this.bytes = large.pop() ?? Buffer.allocUnsafeSlow(LARGE);
    else this.bytes = capacity === 0 ? NOTHING : Buffer.allocUnsafeSlow(capacity);
    this.bytes.set(old.subarray(this.start, this.end));
    this.#release(old);
    this.#onSlot = false;
  }

  /** Fills empty storage from its beginning again. */
  #rewind(): void {
    if (this.start === this.end && this.lent === 0) this.start = this.end = 0;
  }

  #release(old: BufferBytes): void {
    if (this.lent > 0) return;
    if (this.#onSlot) releaseSlot(old);
    else if (old.length === LARGE && large.length < LARGE_POOL) large.push(old);
  }

  /** Returns the offset of the first LF relative to `start`, or -1. */
  indexOfLineFeed(from = 0): number {
    const at = this.bytes.indexOf(LF, this.start + from);
    return at < 0 || at >= this.end ? -1 : at - this.start;
  }
}
