import type { Buffer } from "node:buffer";
import type { Bytes } from "./bytes.ts";
import { nodeBuffer } from "./node_buffer.ts";

/** A `node:buffer` view: a `Bytes` whose `toString("latin1")` is the fastest way from bytes to a string. */
export type BufferBytes = Buffer<ArrayBuffer>;

const LF = 10;
let nothing: BufferBytes | null = null;

/** The least storage, in bytes: most of what waits for more is a part of a small message. */
const SMALL = 256;
/** What a stream reads at once, and what is left of a long message. */
const LARGE = 65536;
/** What a stream on a handle reads at once. */
const LARGEST = 131072;
/** Up to here bytes are copied one by one: a view for more at a time would be as large as they are. */
const TINY = 64;
/**
 * From here on a copy is a slice of the memory, which is not filled with zeros first; for less, that takes longer.
 */
const SLICED = 4096;
/**
 * Bytes of storage of each large size that is kept for reuse: it would cost more to make it than to fill it, and the
 * engine lets tens of megabytes of it lie around before it collects what is dropped.
 */
const POOLED = 1048576;
const large: BufferBytes[] = [];
const largest: BufferBytes[] = [];

/**
 * A contiguous queue of bytes with a read and a write end.
 *
 * The readable bytes are `bytes[start]` up to, not including, `bytes[end]`. A consumer takes bytes by moving `start`
 * forward; a producer {@linkcode append}s. Views on `bytes` are valid only until the next call that can move the
 * content ({@linkcode reserve}, {@linkcode append}, {@linkcode own}, {@linkcode dispose}).
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
  bytes: BufferBytes = noBytes();
  /** Offset of the first readable byte. */
  start = 0;
  /** Offset after the last readable byte. */
  end = 0;

  /** Number of bytes, of those taken last, that a reader still uses: the storage must not change them. */
  lent = 0;
  /** Tells whether the storage belongs to the transport, which fills it again soon. */
  #foreign = false;

  /** The number of readable bytes. */
  get length(): number {
    return this.end - this.start;
  }

  /** The number of bytes that must stay: the readable ones, and those that are lent. */
  get kept(): number {
    return this.end - this.start + this.lent;
  }

  /** Takes the first `count` bytes of the transport's storage for the content, in place of an empty one. */
  wrap(bytes: BufferBytes, count: number): void {
    this.bytes = bytes;
    this.start = 0;
    this.end = count;
    this.#foreign = true;
  }

  /** Moves the readable bytes out of the transport's storage. */
  own(): void {
    if (!this.#foreign) return;
    const { length } = this;
    this.#move(capacityFor(length));
    this.start = 0;
    this.end = length;
  }

  /** Makes room for at least `room` more bytes behind `end`, moving or enlarging the content where needed. */
  reserve(room: number): void {
    if (this.start === this.end && this.lent === 0) this.start = this.end = 0;
    if (!this.#foreign && this.bytes.length - this.end >= room) return;
    const length = this.end - this.start;
    if (
      !this.#foreign && this.lent === 0 && this.bytes.length - length >= room && this.start >= this.bytes.length >> 1
    ) {
      // Half of the storage is free in front: moving is cheaper than growing, and happens at most once per half.
      this.bytes.copyWithin(0, this.start, this.end);
    } else {
      this.#move(capacityFor(Math.max(length + room, length === 0 ? 0 : this.bytes.length * 2)));
    }
    this.start = 0;
    this.end = length;
  }

  /** Gives the storage back, but for bytes that are left, which can still be read. */
  dispose(): void {
    const { length } = this;
    if (length > 0 || this.bytes.length === 0) return this.own();
    this.#release(this.bytes);
    this.bytes = noBytes();
    this.start = this.end = 0;
  }

  /** Appends a copy of `data`. */
  append(data: Uint8Array): void {
    this.reserve(data.length);
    this.bytes.set(data, this.end);
    this.end += data.length;
  }

  /** Takes `count` bytes from the front, as a copy that the caller owns. `count` must not be larger than `length`. */
  take(count: number): Bytes {
    // Not `bytes.slice`, which is a view on a node Buffer, nor its `subarray`, which takes four times as long.
    const at = this.bytes.byteOffset + this.start;
    this.start += count;
    if (count >= SLICED) return new Uint8Array(this.bytes.buffer.slice(at, at + count));
    const copy = new Uint8Array(count);
    if (count <= TINY) {
      for (let i = 0, from = this.start - count; i < count; i++) copy[i] = this.bytes[from + i];
      return copy;
    }
    copy.set(new Uint8Array(this.bytes.buffer, at, count));
    return copy;
  }

  /** Takes `count` bytes from the front into the first ones of `target`, and returns the count. */
  takeInto(target: Uint8Array, count: number): number {
    const at = this.start;
    this.start += count;
    if (count <= TINY) { for (let i = 0; i < count; i++) target[i] = this.bytes[at + i]; }
    else target.set(new Uint8Array(this.bytes.buffer, this.bytes.byteOffset + at, count));
    return count;
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

  /** Returns the offset of the first LF relative to `start`, or -1. */
  indexOfLineFeed(from = 0): number {
    const at = this.bytes.indexOf(LF, this.start + from);
    return at < 0 || at >= this.end ? -1 : at - this.start;
  }

  #move(capacity: number): void {
    const old = this.bytes;
    this.bytes = poolOf(capacity)?.pop() ?? allocate(capacity);
    this.bytes.set(old.subarray(this.start, this.end));
    this.#release(old);
  }

  #release(old: BufferBytes): void {
    const pool = this.#foreign || this.lent > 0 ? null : poolOf(old.length);
    if (pool !== null && pool.length * old.length < POOLED) pool.push(old);
    this.#foreign = false;
  }
}

function poolOf(capacity: number): BufferBytes[] | null {
  return capacity === LARGE ? large : capacity === LARGEST ? largest : null;
}

/** The storage of every queue that is empty. */
function noBytes(): BufferBytes {
  return nothing ??= allocate(0);
}

/** Allocates memory, which is not filled with zeros. */
function allocate(size: number): BufferBytes {
  return nodeBuffer().allocUnsafeSlow(size);
}

/** The storage for so many bytes: a power of two. */
function capacityFor(count: number): number {
  return count <= SMALL ? SMALL : 2 ** (32 - Math.clz32(count - 1));
}
