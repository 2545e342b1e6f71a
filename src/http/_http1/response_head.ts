import type { BufferBytes } from "../../internal/byte_buffer.ts";
import { HTTPInputError } from "../_httputil/errors.ts";
import { headersFromBlock, type HTTPHeaders } from "../_httputil/headers.ts";
import { ResponseStartLine } from "../_httputil/start_lines.ts";
import { CLASSES, CR, LF, SP, VALUE } from "./chars.ts";
import { FieldSection } from "./field_section.ts";
import { isBodyless } from "../_httputil/message_checks.ts";
import { UNTIL_CLOSE } from "./framing.ts";
import { checkVersion, minorVersion, VERSION_LENGTH, VERSIONS } from "./http_version.ts";

/** Where the status code begins: behind the version and a space. */
const CODE_START = VERSION_LENGTH + 1;
const CODE_END = CODE_START + 3;
/** Interim responses before the final one: a 100, a 103, and some to spare. */
const MAX_INTERIM = 16;
const ZERO = 0x30;
const NINE = 0x39;

// The states name what the next byte belongs to.
const VERSION_AND_CODE = 0;
const BEHIND_CODE = 1;
const REASON = 2;
const LINE_LF = 3;
const FIELDS = 4;

/**
 * Parses the head of a response (RFC 9112, 4 and 5) from bytes that may come in any pieces, as `RequestHeadParser` does
 * that of a request.
 *
 * It is strict, but for what RFC 9112 asks of a client: a status line without a reason may lack the space before it,
 * and folded field values are joined.
 */
export class ResponseHeadParser {
  /** The status code, from 100 to 999. */
  code = 0;
  /** The reason phrase, possibly empty. */
  reason = "";
  /** The digit behind `HTTP/1.`. */
  minor = 0;
  /** The number of bytes of the head, once it is complete. */
  length = 0;

  readonly #section = new FieldSection(true);
  #state = VERSION_AND_CODE;
  /** Offsets, all relative to the first byte of the head. */
  #at = 0;
  #reasonEnd = 0;
  #blockStart = 0;
  #block = "";
  #interim = 0;

  reset(): void {
    this.#state = VERSION_AND_CODE;
    this.#at = 0;
    this.#section.reset();
  }

  /** Makes the parser ready for the head of the next response, and keeps no text of this one meanwhile. */
  restart(): void {
    this.#interim = 0;
    this.reason = this.#block = "";
    this.reset();
  }

  /**
   * Makes the parser ready for another head if this is the one of an interim response, which the final one follows
   * (RFC 9110, 15.2; 101 is final). Returns whether it is.
   *
   * @throws {HTTPInputError} If there are too many of them.
   */
  skipInterim(): boolean {
    if (this.code >= 200 || this.code === 101) return false;
    if (++this.#interim > MAX_INTERIM) throw new HTTPInputError(`More than ${MAX_INTERIM} interim HTTP responses`);
    this.reset();
    return true;
  }

  get startLine(): ResponseStartLine {
    return new ResponseStartLine(VERSIONS[this.minor], this.code, this.reason);
  }

  /** Makes the headers, which are parsed when something is asked of them. */
  headers(): HTTPHeaders {
    return headersFromBlock(this.#block);
  }

  /**
   * The length of the body, {@linkcode CHUNKED} or {@linkcode UNTIL_CLOSE} (RFC 9112, 6.3).
   *
   * @throws {HTTPInputError} If the body cannot be framed without doubt.
   */
  bodyLength(isHead: boolean): number {
    if (isHead || isBodyless(this.code)) return 0;
    this.#section.fields.checkLength(this.minor);
    return this.#section.fields.bodyLength(UNTIL_CLOSE);
  }

  /**
   * Tells whether the connection can be used after this response (RFC 9112, 9.3). A 204 that announces a body, which it
   * cannot have, may be followed by one.
   */
  get keepAlive(): boolean {
    const { fields } = this.#section;
    return !fields.close && (this.minor > 0 || fields.keepAlive) && (this.code !== 204 || fields.bodyLength(0) === 0);
  }

  /** Tells whether the server may say how long it keeps the connection. */
  get hasKeepAlive(): boolean {
    return this.#section.fields.hasKeepAlive;
  }

  /**
   * Looks at the bytes up to `end` that came since the last call, of a head that begins at `start`. Returns whether it
   * is complete. The line end within a folded value is overwritten with blanks.
   *
   * @throws {HTTPInputError} If the head is malformed, or longer than `maxSize` bytes.
   */
  parse(bytes: BufferBytes, start: number, end: number, maxSize: number): boolean {
    const limit = Math.min(end, start + maxSize);
    let i = start + this.#at;
    if (this.#state !== FIELDS) i = this.#parseLine(bytes, start, i, limit);
    if (this.#state === FIELDS) {
      i = this.#section.parse(bytes, start, i, limit);
      if (this.#section.done) {
        this.length = i - start;
        const text = bytes.toString("latin1", start, i);
        this.reason = text.slice(CODE_END + 1, this.#reasonEnd);
        this.#block = text.slice(this.#blockStart, this.length - 2);
        return true;
      }
    }
    this.#at = i - start;
    if (limit - start === maxSize) {
      throw new HTTPInputError(`Response header larger than ${maxSize} bytes`, { statusCode: 431 });
    }
    return false;
  }

  #parseLine(bytes: BufferBytes, start: number, from: number, limit: number): number {
    let state = this.#state;
    let i = from;
    while (i < limit && state !== FIELDS) {
      const code = bytes[i];
      switch (state) {
        case VERSION_AND_CODE: {
          const at = i - start;
          if (at < VERSION_LENGTH) checkVersion(at, code);
          else if (at < CODE_START ? code !== SP : code < ZERO || code > NINE) throw malformed();
          if (at === CODE_END - 1) state = BEHIND_CODE;
          i++;
          break;
        }
        case BEHIND_CODE:
          if (code !== SP && code !== CR) throw malformed();
          this.#reasonEnd = i - start;
          state = code === SP ? REASON : LINE_LF;
          i++;
          break;
        case REASON:
          while (i < limit && (CLASSES[bytes[i]] & VALUE) !== 0) i++;
          if (i === limit) break;
          if (bytes[i] !== CR) throw malformed();
          this.#reasonEnd = i - start;
          state = LINE_LF;
          i++;
          break;
        default: // LINE_LF
          if (code !== LF) throw malformed();
          this.minor = minorVersion(bytes, start);
          this.code = statusCode(bytes, start + CODE_START);
          state = FIELDS;
          this.#blockStart = ++i - start;
          break;
      }
    }
    this.#state = state;
    return i;
  }
}

function statusCode(bytes: Uint8Array, at: number): number {
  const code = (bytes[at] - ZERO) * 100 + (bytes[at + 1] - ZERO) * 10 + bytes[at + 2] - ZERO;
  if (code < 100) throw malformed();
  return code;
}

function malformed(): HTTPInputError {
  return new HTTPInputError("Malformed HTTP status line");
}
