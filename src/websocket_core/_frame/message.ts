import { Buffer, isAscii } from "node:buffer";
import type { BufferBytes } from "../../internal/byte_buffer.ts";
import type { Bytes } from "../../internal/bytes.ts";
import { applyMask } from "./mask.ts";
import { TEXT } from "./opcodes.ts";
import { checkUtf8 } from "./utf8.ts";

/**
 * The storage of a message begins with what has come of it, doubled, and this much at least: what a peer announces is
 * not believed before it is there.
 */
const INITIAL_CAPACITY = 1024;
/** Larger storage is filled with zeros by the runtime page by page, which costs more than it saves to keep it. */
const POOLED = 128 * 1024;
/** Enough for the connections that receive large texts in the same moment; 1 MiB in all. */
const POOL_LIMIT = 8;

const pool: BufferBytes[] = [];

/** A data message of which a part has come: it is fragmented, or its only frame is not complete. */
export class PartialMessage {
  /** {@linkcode TEXT} or `BINARY`. */
  readonly opcode: number;
  /** `true` if the payload is compressed. */
  readonly compressed: boolean;
  /** The bytes that have come, unmasked. */
  bytes: BufferBytes;
  /** The number of bytes that have come. */
  length = 0;
  /** `true` if the frame being received is the last one. */
  fin = false;
  /** Bytes of the current frame that are still to come. */
  left = 0;
  /** `true` if a frame is being received. */
  inFrame = false;

  #key = 0;
  #phase = 0;
  /** What has come of a text is right UTF-8 up to here. */
  #checked = 0;
  #ascii = true;
  /** The size of the message as far as its frames have announced it. */
  #announced = 0;

  /** Begins a message with what has come of its first frame's payload. */
  constructor(opcode: number, compressed: boolean) {
    this.opcode = opcode;
    this.compressed = compressed;
    this.bytes = EMPTY;
  }

  /** Begins a frame. */
  beginFrame(length: number, fin: boolean, key: number): void {
    this.left = length;
    this.fin = fin;
    this.inFrame = true;
    this.#key = key;
    this.#phase = 0;
    this.#announced += length;
  }

  /** Takes `count` bytes of the current frame's payload; returns `false` if they cannot begin a text. */
  append(source: BufferBytes, start: number, count: number): boolean {
    const { length } = this;
    const end = length + count;
    if (end > this.bytes.length) this.#grow(end);
    const { bytes } = this;
    bytes.set(source.subarray(start, start + count), length);
    if (this.#key !== 0) applyMask(bytes, length, end, this.#key, this.#phase);
    this.#phase += count;
    this.left -= count;
    this.length = end;
    if (this.left === 0) this.inFrame = false;
    return this.opcode !== TEXT || this.compressed || this.#check(bytes, length, end);
  }

  /** `true` if the text ends with a whole character. */
  get wholeText(): boolean {
    return this.#ascii || this.#checked === this.length;
  }

  /** The text. Call it once, at the end, when {@linkcode wholeText} is true: the storage goes back to the pool. */
  takeText(): string {
    const text = this.bytes.toString(this.#ascii ? "latin1" : "utf8", 0, this.length);
    this.release();
    return text;
  }

  /** The bytes, which the receiver owns. */
  takeBytes(): Bytes {
    const { bytes, length } = this;
    // The storage of an empty message is that of all others, and a receiver may transfer what it owns.
    if (bytes.length === length && length > 0) return new Uint8Array(bytes.buffer);
    const copy = new Uint8Array(length);
    copy.set(bytes.subarray(0, length));
    return copy;
  }

  /** Gives the storage back. */
  release(): void {
    if (this.bytes.length === POOLED && pool.length < POOL_LIMIT) pool.push(this.bytes);
    this.bytes = EMPTY;
  }

  #check(bytes: BufferBytes, start: number, end: number): boolean {
    if (this.#ascii) {
      if (isAscii(bytes.subarray(start, end))) return true;
      this.#ascii = false;
      this.#checked = start;
    }
    this.#checked = checkUtf8(bytes, this.#checked, end);
    return this.#checked >= 0;
  }

  #grow(needed: number): void {
    const room = Math.max(INITIAL_CAPACITY, needed * 2);
    const capacity = this.fin && this.#announced <= room ? this.#announced : room;
    const grown = this.#storage(capacity);
    grown.set(this.bytes.subarray(0, this.length));
    this.release();
    this.bytes = grown;
  }

  /** Large texts are received in storage that is used again; bytes are given away with theirs. */
  #storage(capacity: number): BufferBytes {
    if (this.opcode !== TEXT || capacity > POOLED || capacity <= POOLED >> 3) return Buffer.allocUnsafeSlow(capacity);
    return pool.pop() ?? Buffer.allocUnsafeSlow(POOLED);
  }
}

const EMPTY = Buffer.allocUnsafeSlow(0);
