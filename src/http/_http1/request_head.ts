import type { BufferBytes } from "../../internal/byte_buffer.ts";
import type { RequestHead } from "../../internal/events.ts";
import { HTTPInputError } from "../_httputil/errors.ts";
import { headersFromBlock } from "../_httputil/headers.ts";
import { CLASSES, CR, LF, SP, TARGET, TOKEN } from "./chars.ts";
import { FieldSection } from "./field_section.ts";
import type { FramingFields } from "./framing.ts";
import { checkVersion, minorVersion, VERSION_LENGTH, VERSIONS } from "./http_version.ts";
import { checkTarget } from "./target.ts";

/** A longer method is answered 501: the longest registered one (UPDATEREDIRECTREF) has 17 characters. */
const MAX_METHOD = 64;

// The states name what the next byte belongs to.
const START = 0;
const START_LF = 1;
const METHOD = 2;
const TARGET_FORM = 3;
const VERSION = 4;
const LINE_CR = 5;
const LINE_LF = 6;
const FIELDS = 7;

/**
 * Parses the head of a request (RFC 9112, 3 and 5) from bytes that may come in any pieces.
 *
 * The caller keeps the bytes from the beginning of the head in one buffer and calls {@linkcode parse} whenever there
 * are more; no byte is looked at twice. Splitting the same bytes elsewhere gives the same outcome. There is no I/O.
 */
export class RequestHeadParser implements RequestHead {
  method = "";
  target = "";
  /** The digit behind `HTTP/1.`. */
  minor = 0;
  /** The number of bytes of the head, once it is complete. */
  length = 0;
  /** The field lines, each ended by CRLF, without the empty line. */
  block = "";

  readonly #section = new FieldSection(false);
  #state = START;
  /** Offsets, all relative to the first byte of the head. */
  #at = 0;
  #methodStart = 0;
  #methodEnd = 0;
  #targetStart = 0;
  #targetEnd = 0;
  #blockStart = 0;

  get fields(): FramingFields {
    return this.#section.fields;
  }

  /** Tells whether the client sends no other request on the connection. */
  get isLast(): boolean {
    const { close, keepAlive } = this.fields;
    return close || (this.minor === 0 && !keepAlive);
  }

  /** Makes the parser ready for another head, and keeps no text of this one meanwhile. */
  reset(): void {
    this.method = this.target = this.block = "";
    this.#state = START;
    this.#at = 0;
    this.#section.reset();
  }

  get version(): string {
    return VERSIONS[this.minor];
  }

  field(name: string): string | null {
    return headersFromBlock(this.block).get(name);
  }

  /** Tells whether anything but an empty line has come. */
  get started(): boolean {
    return this.#state > START_LF;
  }

  /**
   * Looks at the bytes up to `end` that came since the last call, of a head that begins at `start`. Returns whether it
   * is complete.
   *
   * @param maxSize The most bytes a head may have; a longer request line is a 414, a longer head a 431.
   * @throws {HTTPInputError} If the head is malformed, too long, or asks for what the server refuses.
   */
  parse(bytes: BufferBytes, start: number, end: number, maxSize: number): boolean {
    const limit = Math.min(end, start + maxSize);
    let i = start + this.#at;
    if (this.#state !== FIELDS) i = this.#parseLine(bytes, start, i, limit);
    if (this.#state === FIELDS) {
      i = this.#section.parse(bytes, start, i, limit);
      if (this.#section.done) {
        this.#complete(bytes, start, i - start);
        return true;
      }
    }
    this.#at = i - start;
    if (limit - start === maxSize) {
      throw this.#state === FIELDS
        ? new HTTPInputError(`Request header larger than ${maxSize} bytes`, { statusCode: 431 })
        : new HTTPInputError(`Request line longer than ${maxSize} bytes`, { statusCode: 414 });
    }
    return false;
  }

  #parseLine(bytes: BufferBytes, start: number, from: number, limit: number): number {
    let state = this.#state;
    let i = from;
    while (i < limit && state !== FIELDS) {
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
          state = VERSION;
          i++;
          break;
        case VERSION: {
          const versionStart = start + this.#targetEnd + 1;
          const versionEnd = Math.min(limit, versionStart + VERSION_LENGTH);
          while (i < versionEnd) checkVersion(i - versionStart, bytes[i++]);
          if (i === versionStart + VERSION_LENGTH) state = LINE_CR;
          break;
        }
        case LINE_CR:
          if (code !== CR) throw new HTTPInputError("Malformed HTTP version");
          state = LINE_LF;
          i++;
          break;
        default: // LINE_LF
          if (code !== LF) throw new HTTPInputError("Malformed HTTP request line: CR without LF");
          this.minor = minorVersion(bytes, i - 1 - VERSION_LENGTH);
          state = FIELDS;
          this.#blockStart = ++i - start;
          break;
      }
    }
    this.#state = state;
    return i;
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
    this.fields.checkRequest(this.minor);
  }
}
