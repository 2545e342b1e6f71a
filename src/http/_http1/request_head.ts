import type { BufferBytes } from "../../internal/byte_buffer.ts";
import { HTTPInputError } from "../_httputil/errors.ts";
import { CLASSES, COLON, CR, HTAB, LF, SP, TARGET, TOKEN, VALUE } from "./chars.ts";
import { FramingFields } from "./framing.ts";
import { checkTarget } from "./target.ts";

/** A longer method is answered 501: the longest registered one (UPDATEREDIRECTREF) has 17 characters. */
const MAX_METHOD = 64;

const VERSION = "HTTP/";
const VERSIONS: readonly string[] = Array.from({ length: 10 }, (_, minor) => `HTTP/1.${minor}`);

// The states name what the next byte belongs to.
const START = 0;
const START_LF = 1;
const METHOD = 2;
const TARGET_FORM = 3;
const VERSION_NAME = 4;
const VERSION_MAJOR = 5;
const VERSION_DOT = 6;
const VERSION_MINOR = 7;
const LINE_CR = 8;
const LINE_LF = 9;
const FIELD = 10;
const NAME = 11;
const BLANK = 12;
const FIELD_VALUE = 13;
const FIELD_LF = 14;
const END_LF = 15;
const DONE = 16;

/**
 * Parses the head of a request (RFC 9112, 3 and 5) from bytes that may come in any pieces.
 *
 * The caller keeps the bytes from the beginning of the head in one buffer and calls {@linkcode parse} whenever there are
 * more; no byte is looked at twice. Splitting the same bytes elsewhere gives the same outcome. There is no I/O.
 */
export class RequestHeadParser {
  /** The method as sent. */
  method = "";
  /** The request target as sent. */
  target = "";
  /** The digit behind `HTTP/1.`. */
  minor = 0;
  /** The number of bytes of the head, once it is complete. */
  length = 0;
  /** The field lines, each ended by CRLF, without the empty line. */
  block = "";
  /** What the fields say on framing and the connection. */
  readonly fields: FramingFields = new FramingFields();

  #state = START;
  /** Offsets, all relative to the first byte of the head. */
  #at = 0;
  #mark = 0;
  #methodStart = 0;
  #methodEnd = 0;
  #targetStart = 0;
  #targetEnd = 0;
  #blockStart = 0;
  #nameStart = 0;
  #nameEnd = 0;
  #valueEnd = 0;
  #major = 0;

  /** Makes the parser ready for another head. */
  reset(): void {
    this.#state = START;
    this.#at = 0;
    this.fields.reset();
  }

  /** The version as sent. */
  get version(): string {
    return VERSIONS[this.minor];
  }

  /** Whether anything but an empty line has come. */
  get started(): boolean {
    return this.#state > START_LF;
  }

  /**
   * Looks at the bytes up to `end` that came since the last call, and returns whether the head is complete.
   *
   * @param bytes The buffer.
   * @param start Where the head begins in it.
   * @param end Where the received bytes end in it.
   * @param maxSize The most bytes a head may have; a longer request line is a 414, a longer head a 431.
   * @throws {HTTPInputError} If the head is malformed, too long, or asks for what the server refuses.
   */
  parse(bytes: BufferBytes, start: number, end: number, maxSize: number): boolean {
    const limit = Math.min(end, start + maxSize);
    let state = this.#state;
    let i = start + this.#at;
    while (i < limit) {
      const code = bytes[i];
      switch (state) {
        case START:
          this.#methodStart = i - start;
          if (code === CR && i === start) {
            // One empty line before the request line is ignored (RFC 9112, 2.2); a second one is not.
            state = START_LF;
            i++;
            break;
          }
          state = METHOD;
          break;
        case START_LF:
          if (code !== LF) throw new HTTPInputError("Malformed HTTP request line: CR without LF");
          state = START;
          i++;
          break;
        case METHOD:
          while (i < limit && (CLASSES[bytes[i]] & TOKEN) !== 0) i++;
          if (i - start - this.#methodStart > MAX_METHOD) {
            throw new HTTPInputError("Method too long", { statusCode: 501 });
          }
          if (i === limit) break;
          if (bytes[i] !== SP || i === start + this.#methodStart) throw new HTTPInputError("Malformed HTTP method");
          this.#methodEnd = i - start;
          this.#targetStart = ++i - start;
          state = TARGET_FORM;
          break;
        case TARGET_FORM:
          while (i < limit && (CLASSES[bytes[i]] & TARGET) !== 0) i++;
          if (i === limit) break;
          this.#targetEnd = i - start;
          if (bytes[i] !== SP || this.#targetEnd === this.#targetStart) {
            throw new HTTPInputError("Malformed HTTP request target");
          }
          state = VERSION_NAME;
          this.#mark = ++i - start;
          break;
        case VERSION_NAME: {
          const at = i - start - this.#mark;
          if (code !== VERSION.charCodeAt(at)) throw new HTTPInputError("Malformed HTTP version");
          if (at === VERSION.length - 1) state = VERSION_MAJOR;
          i++;
          break;
        }
        case VERSION_MAJOR:
          this.#major = digit(code);
          state = VERSION_DOT;
          i++;
          break;
        case VERSION_DOT:
          if (code !== 0x2e) throw new HTTPInputError("Malformed HTTP version");
          state = VERSION_MINOR;
          i++;
          break;
        case VERSION_MINOR:
          this.minor = digit(code);
          state = LINE_CR;
          i++;
          break;
        case LINE_CR:
          if (code !== CR) throw new HTTPInputError("Malformed HTTP version");
          state = LINE_LF;
          i++;
          break;
        case LINE_LF:
          if (code !== LF) throw new HTTPInputError("Malformed HTTP request line: CR without LF");
          if (this.#major !== 1) {
            throw new HTTPInputError(`Unsupported HTTP version ${this.#major}.${this.minor}`, { statusCode: 505 });
          }
          state = FIELD;
          this.#blockStart = ++i - start;
          break;
        case FIELD:
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
          this.#mark = i - start;
          state = FIELD_VALUE;
          break;
        case FIELD_VALUE:
          while (i < limit && (CLASSES[bytes[i]] & VALUE) !== 0) i++;
          if (i === limit) break;
          if (bytes[i] !== CR) throw new HTTPInputError("Malformed HTTP header value");
          this.#valueEnd = i - start;
          state = FIELD_LF;
          i++;
          break;
        case FIELD_LF:
          if (code !== LF) throw new HTTPInputError("Malformed HTTP header value: CR without LF");
          this.#field(bytes, start);
          state = FIELD;
          i++;
          break;
        default: // END_LF
          if (code !== LF) throw new HTTPInputError("Malformed HTTP header: CR without LF");
          this.#state = DONE;
          this.#complete(bytes, start, i + 1 - start);
          return true;
      }
    }
    this.#state = state;
    this.#at = i - start;
    if (limit - start === maxSize) {
      throw state < FIELD
        ? new HTTPInputError(`Request line longer than ${maxSize} bytes`, { statusCode: 414 })
        : new HTTPInputError(`Request header larger than ${maxSize} bytes`, { statusCode: 431 });
    }
    return false;
  }

  #field(bytes: Uint8Array, start: number): void {
    let valueEnd = start + this.#valueEnd;
    const valueStart = start + this.#mark;
    while (valueEnd > valueStart && (bytes[valueEnd - 1] === SP || bytes[valueEnd - 1] === HTAB)) valueEnd--;
    this.fields.add(bytes, start + this.#nameStart, start + this.#nameEnd, valueStart, valueEnd);
  }

  #complete(bytes: BufferBytes, start: number, length: number): void {
    const text = bytes.toString("latin1", start, start + length);
    const at = start + this.#methodStart;
    // The common method needs no string of its own.
    this.method = this.#methodEnd - this.#methodStart === 3 && bytes[at] === 0x47 && bytes[at + 1] === 0x45 &&
        bytes[at + 2] === 0x54
      ? "GET"
      : text.slice(this.#methodStart, this.#methodEnd);
    this.target = text.slice(this.#targetStart, this.#targetEnd);
    this.block = text.slice(this.#blockStart, length - 2);
    this.length = length;
    checkTarget(this.method, this.target);
    this.fields.check(this.minor);
  }
}

function digit(code: number): number {
  if (code < 0x30 || code > 0x39) throw new HTTPInputError("Malformed HTTP version");
  return code - 0x30;
}
