import type { BufferBytes } from "../../internal/byte_buffer.ts";
import { HTTPInputError } from "../_httputil/errors.ts";
import { CLASSES, COLON, CR, HTAB, LF, SP, TOKEN, VALUE } from "./chars.ts";
import { FramingFields } from "./framing.ts";

/** Clients and proxies send some dozens; each field costs far more to look up than to send. */
const MAX_FIELDS = 1000;

// The states name what the next byte belongs to.
const LINE = 0;
const NAME = 1;
const BLANK = 2;
const FIELD_VALUE = 3;
const LINE_LF = 4;
const END_LF = 5;

/**
 * Parses the field lines of a head and the empty line after them (RFC 9112, 5) from bytes that may come in any pieces.
 *
 * The caller keeps the bytes from the beginning of the head in one buffer; no byte is looked at twice. There is no I/O.
 */
export class FieldSection {
  /** The fields that frame the message and decide what becomes of the connection. */
  readonly fields: FramingFields = new FramingFields();
  /** Tells whether the empty line has come. */
  done = false;

  readonly #folds: boolean;
  #count = 0;
  #state = LINE;
  /** Tells whether the line before is a field that a fold may go on with. */
  #open = false;
  /** Offsets, all relative to the first byte of the head. */
  #nameStart = 0;
  #nameEnd = 0;
  #valueStart = 0;
  #valueEnd = 0;

  /** Prepares for a head; `folds` tells whether a value may go on in the next line, as only old servers write it. */
  constructor(folds: boolean) {
    this.#folds = folds;
  }

  reset(): void {
    this.#state = LINE;
    this.#open = this.done = false;
    this.#count = 0;
    this.fields.reset();
  }

  /**
   * Looks at the bytes from `from` up to `limit`.
   *
   * @param bytes The buffer. The line end within a folded value is overwritten with blanks (RFC 9112, 5.2).
   * @param start Where the head begins in it.
   * @returns Where to go on when there are more bytes, or with {@linkcode done} the end of the head.
   * @throws {HTTPInputError} If a line is malformed (400), or there are too many (431).
   */
  parse(bytes: BufferBytes, start: number, from: number, limit: number): number {
    let state = this.#state;
    let i = from;
    while (i < limit) {
      const code = bytes[i];
      switch (state) {
        case LINE:
          if (this.#open) {
            if (this.#folds && (code === SP || code === HTAB)) {
              bytes[i - 2] = bytes[i - 1] = SP;
              state = FIELD_VALUE;
              break;
            }
            this.#take(bytes, start);
          }
          if (code === CR) {
            state = END_LF;
            i++;
            break;
          }
          this.#nameStart = i - start;
          state = NAME;
          break;
        case NAME:
          while (i < limit && (CLASSES[bytes[i]] & TOKEN) !== 0) i++;
          if (i === limit) break;
          this.#nameEnd = i - start;
          if (bytes[i] !== COLON || this.#nameEnd === this.#nameStart) {
            throw new HTTPInputError("Malformed HTTP header name");
          }
          state = BLANK;
          i++;
          break;
        case BLANK:
          while (i < limit && (bytes[i] === SP || bytes[i] === HTAB)) i++;
          if (i === limit) break;
          this.#valueStart = i - start;
          state = FIELD_VALUE;
          break;
        case FIELD_VALUE:
          while (i < limit && (CLASSES[bytes[i]] & VALUE) !== 0) i++;
          if (i === limit) break;
          if (bytes[i] !== CR) throw new HTTPInputError("Malformed HTTP header value");
          this.#valueEnd = i - start;
          state = LINE_LF;
          i++;
          break;
        case LINE_LF:
          if (code !== LF) throw new HTTPInputError("Malformed HTTP header value: CR without LF");
          this.#open = true;
          state = LINE;
          i++;
          break;
        default: // END_LF
          if (code !== LF) throw new HTTPInputError("Malformed HTTP header: CR without LF");
          this.done = true;
          return i + 1;
      }
    }
    this.#state = state;
    return i;
  }

  #take(bytes: Uint8Array, start: number): void {
    this.#open = false;
    if (++this.#count > MAX_FIELDS) {
      throw new HTTPInputError(`The head has more than ${MAX_FIELDS} fields`, { statusCode: 431 });
    }
    let from = start + this.#valueStart;
    let to = start + this.#valueEnd;
    while (to > from && (bytes[to - 1] === SP || bytes[to - 1] === HTAB)) to--;
    // Blanks at the front are left only by a value that begins with a fold.
    while (from < to && (bytes[from] === SP || bytes[from] === HTAB)) from++;
    this.fields.add(bytes, start + this.#nameStart, start + this.#nameEnd, from, to);
  }
}
