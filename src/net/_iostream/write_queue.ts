import type { Bytes } from "../../internal/bytes.ts";
import { utf8Length, writeLatin1 } from "../../internal/utf8.ts";
import { acquireBuffer, forgetBuffer, LARGEST, releaseBuffer, type WriteBuffer } from "./write_buffers.ts";

/** From here on a piece goes to the kernel from where it lies; copying it costs more than a system call. */
export const BY_REFERENCE = 16384;
/**
 * Shared pieces of one turn are joined up to this length; beyond it, a stream that does not write would make a join of
 * its own each time.
 */
export const JOINED = 32768;

/**
 * Writes `source` into `memory` from offset `at`, where there is room for the requested size, and returns the number of
 * bytes, at least one.
 */
export type MemoryWriter<T> = (memory: Bytes, at: number, source: T) => number;

const encoder = new TextEncoder();

/**
 * A text that no buffer can hold, of which a part is encoded when the one before it is written: fresh memory for all of
 * it would take the kernel, which has to map and clear it, more time than all the rest of sending.
 */
interface LongText {
  readonly text: string;
  /** Offset of the first character that is not encoded. */
  at: number;
  /** Bytes of those that are not encoded. */
  left: number;
}

/** What follows a piece that streams share, and both in one: made once for all of them. */
const joins = new WeakMap<Bytes, { next: Bytes; both: Bytes }>();

/** Two pieces that streams share, as one. */
export function joined(first: Bytes, next: Bytes): Bytes {
  const known = joins.get(first);
  if (known?.next === next) return known.both;
  const both = new Uint8Array(first.length + next.length);
  both.set(first);
  both.set(next, first.length);
  joins.set(first, { next, both });
  return both;
}

/**
 * The bytes a stream has still to write, gathered into pieces of one system call each.
 *
 * Small pieces are copied into a pooled buffer, so the caller may reuse its array immediately; pieces of 16 KiB and
 * more are kept by reference and must not change until they are written.
 */
export class WriteQueue {
  /** Bytes queued and not yet taken with {@linkcode shift}. */
  length = 0;
  /** All that is queued, if that lies in memory which other streams write as well; or null. */
  #shared: Bytes | null = null;
  /** Finished pieces, oldest first; none for most of a connection's life, so no array is kept for them. */
  #pieces: (Bytes | LongText)[] | null = null;
  /** The pooled buffer that is being filled, or null. */
  #tail: WriteBuffer | null = null;
  #tailLength = 0;
  /** The pooled buffer behind the piece that was shifted last, or null. */
  #taken: WriteBuffer | null = null;

  /** Appends bytes. */
  push(data: Bytes): void {
    const count = data.length;
    this.length += count;
    if (count >= BY_REFERENCE) {
      this.#seal();
      (this.#pieces ??= []).push(data);
      return;
    }
    this.#room(count).bytes.set(data, this.#tailLength);
    this.#tailLength += count;
  }

  /**
   * Appends bytes that never change and go to many streams: they are not copied for each, unless something else is
   * queued.
   */
  pushShared(data: Bytes): void {
    const shared = this.#shared;
    if (data.length < BY_REFERENCE && this.length === 0) {
      this.#shared = data;
    } else if (shared !== null && this.length + data.length <= JOINED) {
      this.#shared = joined(shared, data);
    } else {
      return this.push(data);
    }
    this.length += data.length;
  }

  /** Appends what `write` makes of `source`, at most `most` bytes, and returns how many it is. */
  pushBy<T>(most: number, write: MemoryWriter<T>, source: T): number {
    if (most > LARGEST) {
      const memory = new Uint8Array(most);
      const count = write(memory, 0, source);
      this.push(memory.subarray(0, count));
      return count;
    }
    const { bytes } = this.#room(most);
    const count = write(bytes, this.#tailLength, source);
    this.#tailLength += count;
    this.length += count;
    return count;
  }

  /** Appends the UTF-8 form of a text and returns its number of bytes. */
  pushText(text: string): number {
    // A UTF-16 unit takes three bytes at most.
    let most = text.length * 3;
    if (most > LARGEST) {
      most = utf8Length(text);
      if (most > LARGEST) return this.#pushLong({ text, at: 0, left: most });
    }
    const { bytes } = this.#room(most);
    const target = this.#tailLength === 0 ? bytes : bytes.subarray(this.#tailLength);
    // The engine takes the number for a double: every field that it is added to would become a box of its own.
    const written = encoder.encodeInto(text, target).written | 0;
    this.#tailLength += written;
    this.length += written;
    return written;
  }

  #pushLong(long: LongText): number {
    const count = long.left;
    this.length += count;
    this.#seal();
    (this.#pieces ??= []).push(long);
    return count;
  }

  /** Appends a text whose characters are all below U+0100, a byte for each. */
  pushLatin1(text: string): void {
    this.pushBy(text.length, writeLatin1, text);
  }

  /**
   * Takes the oldest piece, or the first `most` bytes of one that was pushed as bytes, or null. {@linkcode recycle}
   * must be called when it is written.
   */
  shift(most: number = Infinity): Bytes | null {
    const shared = this.#shared;
    if (shared !== null) {
      this.#shared = null;
      this.length = 0;
      return shared;
    }
    if (this.#pieces !== null) {
      const piece = this.#pieces[0];
      if (piece !== undefined) {
        if (piece instanceof Uint8Array) return this.#shiftPiece(this.#pieces, piece, most);
        return this.#shiftText(this.#pieces, piece);
      }
      this.#pieces = null;
    }
    const tail = this.#tail;
    if (tail === null || this.#tailLength === 0) return null;
    if (tail.view.length !== this.#tailLength) tail.view = tail.bytes.subarray(0, this.#tailLength);
    this.#taken = tail;
    this.length -= this.#tailLength;
    this.#tail = null;
    this.#tailLength = 0;
    return tail.view;
  }

  /** Returns the pooled buffer of the piece taken last, which the kernel has read by now. */
  recycle(): void {
    if (this.#taken === null) return;
    releaseBuffer(this.#taken);
    this.#taken = null;
  }

  /** Drops everything that is queued. The piece taken last stays out of the pool: an operation may still read it. */
  clear(): void {
    this.#pieces = this.#shared = null;
    if (this.#tail !== null) releaseBuffer(this.#tail);
    if (this.#taken !== null) forgetBuffer(this.#taken);
    this.#tail = this.#taken = null;
    this.#tailLength = this.length = 0;
  }

  #shiftPiece(pieces: (Bytes | LongText)[], piece: Bytes, most: number): Bytes {
    if (piece.length <= most) {
      pieces.shift();
      this.length -= piece.length;
      return piece;
    }
    pieces[0] = piece.subarray(most);
    this.length -= most;
    return piece.subarray(0, most);
  }

  /** Encodes as much of a text as a buffer holds, or all that is left of it. */
  #shiftText(pieces: (Bytes | LongText)[], long: LongText): Bytes {
    const { text, at, left } = long;
    const taken = this.#taken = acquireBuffer(Math.min(left, LARGEST));
    let end = Math.min(at + LARGEST, text.length);
    // The two halves of a character stay together.
    if (end < text.length && isHighSurrogate(text.charCodeAt(end - 1))) end--;
    const result = encoder.encodeInto(text.slice(at, end), taken.bytes);
    // As in pushText.
    const written = result.written | 0;
    long.at += result.read | 0;
    long.left -= written;
    this.length -= written;
    if (long.left === 0) pieces.shift();
    if (taken.view.length !== written) taken.view = taken.bytes.subarray(0, written);
    return taken.view;
  }

  #room(count: number): WriteBuffer {
    if (this.#shared !== null) return this.#roomBehind(this.#shared, count);
    let tail = this.#tail;
    if (tail === null) {
      tail = this.#tail = acquireBuffer(count);
      this.#tailLength = 0;
    } else if (tail.bytes.length - this.#tailLength < count) {
      if (this.#tailLength + count <= LARGEST) {
        const larger = acquireBuffer(this.#tailLength + count);
        larger.bytes.set(tail.bytes.subarray(0, this.#tailLength));
        releaseBuffer(tail);
        tail = this.#tail = larger;
      } else {
        this.#seal();
        tail = this.#tail = acquireBuffer(count);
        this.#tailLength = 0;
      }
    }
    return tail;
  }

  /** Copies what is shared, so that what follows leaves with it. */
  #roomBehind(shared: Bytes, count: number): WriteBuffer {
    const { length } = shared;
    this.#shared = null;
    if (length + count > LARGEST) {
      (this.#pieces ??= []).push(shared);
      return this.#room(count);
    }
    const tail = this.#room(length + count);
    tail.bytes.set(shared, this.#tailLength);
    this.#tailLength += length;
    return tail;
  }

  /** Ends the buffer that is being filled, so that what follows comes behind it. */
  #seal(): void {
    if (this.#shared !== null) {
      (this.#pieces ??= []).push(this.#shared);
      this.#shared = null;
    }
    if (this.#tail === null || this.#tailLength === 0) return;
    forgetBuffer(this.#tail);
    (this.#pieces ??= []).push(this.#tail.bytes.subarray(0, this.#tailLength));
    this.#tail = null;
    this.#tailLength = 0;
  }
}

function isHighSurrogate(unit: number): boolean {
  return (unit & 0xfc00) === 0xd800;
}
