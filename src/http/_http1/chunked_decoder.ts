import type { ByteBuffer } from "../../internal/byte_buffer.ts";
import type { Bytes } from "../../internal/bytes.ts";
import { HTTPInputError } from "../_httputil/errors.ts";
import { CLASSES, COLON, CR, HTAB, LF, SP, TOKEN, VALUE } from "./chars.ts";

/** Digits of a chunk size, leading zeros included: Tornado's limit for the whole line. */
const MAX_SIZE_DIGITS = 64;
/**
 * Bytes of chunk extensions in one body: they mean nothing here, and 16 KiB around any body is more than anybody sends.
 */
const MAX_EXTENSIONS = 16384;

// The states name what the next byte belongs to.
const SIZE = 0;
const SIZE_BLANK = 1;
const EXTENSION = 2;
const SIZE_LF = 3;
const DATA = 4;
const DATA_CR = 5;
const DATA_LF = 6;
const TRAILER = 7;
const TRAILER_NAME = 8;
const TRAILER_VALUE = 9;
const TRAILER_LF = 10;
const END_LF = 11;
const DONE = 12;

/**
 * Decodes a chunked body (RFC 9112, 7.1) from bytes that may come in any pieces. There is no I/O.
 *
 * Chunk extensions are read within limits and dropped; the lines of the trailer are kept.
 */
export class ChunkedDecoder {
  /** Bytes of payload decoded so far. */
  decoded = 0;
  /** Bytes of the buffer that the last call has used. */
  taken = 0;
  /** The field lines after the body so far, each ended by CRLF. */
  trailer = "";
  #state = SIZE;
  #size = 0;
  #digits = 0;
  #extensions = 0;
  #nameLength = 0;
  readonly #maxTrailerSize: number;

  constructor(maxTrailerSize: number) {
    this.#maxTrailerSize = maxTrailerSize;
  }

  get done(): boolean {
    return this.#state === DONE;
  }

  /**
   * Takes what belongs to the body from the front of `buffer` and returns the payload in it, or null if there is none.
   *
   * @param lend Whether the payload is put together where it lies: it is then a view on the buffer, from which nothing
   * is taken before the caller moves `start` by {@linkcode taken}.
   * @param maxBodySize The most bytes of payload the body may have.
   * @param most The most bytes of payload to take now.
   * @throws {HTTPInputError} If the coding is malformed (400), or the body or its trailer is too large (413, 431).
   */
  decode(buffer: ByteBuffer, maxBodySize: number, most: number, lend = false): Bytes | null {
    const { bytes, end } = buffer;
    let i = buffer.start;
    let out: Bytes | null = null;
    /** Where the payload begins in the buffer, if it is lent. */
    let at = -1;
    let length = 0;
    let state = this.#state;
    // Behind a full piece it goes on up to the next payload, so that the end of the body is seen with its last piece.
    while (i < end && state !== DONE && (length < most || state !== DATA)) {
      const code = bytes[i];
      switch (state) {
        case SIZE: {
          const value = hexValue(code);
          if (value >= 0) {
            if (++this.#digits > MAX_SIZE_DIGITS) throw new HTTPInputError("Invalid chunk size: too many digits");
            this.#size = this.#size * 16 + value;
            if (this.#size > maxBodySize - this.decoded) {
              throw new HTTPInputError(`Chunked body larger than ${maxBodySize} bytes`, { statusCode: 413 });
            }
          } else {
            if (this.#digits === 0) throw new HTTPInputError("Invalid chunk size");
            if (code === CR) state = SIZE_LF;
            else if (code === 0x3b) state = EXTENSION;
            else if (code === SP || code === HTAB) state = SIZE_BLANK;
            else throw new HTTPInputError("Invalid chunk size");
          }
          i++;
          break;
        }
        case SIZE_BLANK:
          // Blanks are allowed for only before an extension (RFC 9112, 7.1.1).
          if (code === 0x3b) state = EXTENSION;
          else if (code !== SP && code !== HTAB) throw new HTTPInputError("Invalid chunk size");
          this.#count();
          i++;
          break;
        case EXTENSION:
          if (code === CR) state = SIZE_LF;
          else if ((CLASSES[code] & VALUE) === 0) throw new HTTPInputError("Invalid chunk extension");
          else this.#count();
          i++;
          break;
        case SIZE_LF:
          if (code !== LF) throw new HTTPInputError("Invalid chunk size: CR without LF");
          state = this.#size === 0 ? TRAILER : DATA;
          i++;
          break;
        case DATA: {
          const count = Math.min(this.#size, end - i, most - length);
          if (!lend) {
            out ??= new Uint8Array(Math.min(end - i, most));
            out.set(bytes.subarray(i, i + count), length);
          } else if (at < 0) {
            at = i;
          } else {
            // Moves forward only: what lies between two pieces of payload is not needed any more.
            bytes.copyWithin(at + length, i, i + count);
          }
          length += count;
          i += count;
          this.decoded += count;
          this.#size -= count;
          if (this.#size === 0) state = DATA_CR;
          break;
        }
        case DATA_CR:
          if (code !== CR) throw new HTTPInputError("Improperly terminated chunk");
          state = DATA_LF;
          i++;
          break;
        case DATA_LF:
          if (code !== LF) throw new HTTPInputError("Improperly terminated chunk");
          this.#digits = 0;
          state = SIZE;
          i++;
          break;
        case TRAILER:
          if (code === CR) {
            state = END_LF;
            i++;
          } else {
            this.#nameLength = 0;
            state = TRAILER_NAME;
          }
          break;
        case TRAILER_NAME:
          if (code === COLON && this.#nameLength > 0) state = TRAILER_VALUE;
          else if ((CLASSES[code] & TOKEN) === 0) throw new HTTPInputError("Malformed trailer");
          this.#nameLength++;
          this.#keepTrailer(code);
          i++;
          break;
        case TRAILER_VALUE:
          if (code === CR) state = TRAILER_LF;
          else if ((CLASSES[code] & VALUE) === 0) throw new HTTPInputError("Malformed trailer");
          this.#keepTrailer(code);
          i++;
          break;
        case TRAILER_LF:
          if (code !== LF) throw new HTTPInputError("Malformed trailer: CR without LF");
          this.trailer += "\n";
          state = TRAILER;
          i++;
          break;
        default: // END_LF
          if (code !== LF) throw new HTTPInputError("Improperly terminated chunked body");
          state = DONE;
          i++;
          break;
      }
    }
    this.#state = state;
    this.taken = i - buffer.start;
    // A node Buffer, as `subarray` would give, is not what the receiver expects.
    if (length > 0 && lend) return new Uint8Array(bytes.buffer, bytes.byteOffset + at, length);
    buffer.start = i;
    if (out === null || length === out.length) return out;
    // A view keeps all of its buffer alive, which may be thirty times as much where the chunks are small.
    return length > out.length >> 1 ? out.subarray(0, length) : out.slice(0, length);
  }

  #count(): void {
    if (++this.#extensions > MAX_EXTENSIONS) throw new HTTPInputError("Chunk extensions too large");
  }

  #keepTrailer(code: number): void {
    this.trailer += String.fromCharCode(code);
    if (this.trailer.length > this.#maxTrailerSize) {
      throw new HTTPInputError("Trailer too large", { statusCode: 431 });
    }
  }
}

function hexValue(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  const lower = code | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}
