import { type Bytes, joinBytes } from "../../internal/bytes.ts";
import { parseBodyConfig, type ParseMultipartConfig } from "./body_config.ts";
import { HTTPInputError } from "./errors.ts";
import { boundaryOf, parsePartHead, type PartHead, partHeadTooLong, unquotedBoundary } from "./part_head.ts";

const CR = 0x0d;
const LF = 0x0a;
const DASH = 0x2d;
const SPACE = 0x20;
const TAB = 0x09;
/** Blanks that may stand behind a boundary (RFC 2046, section 5.1.1). Nobody is known to write more than a few. */
const MAX_PADDING = 256;

/** Before the first boundary. */
const START = 0;
/** Behind a boundary: the end, or another part. */
const DELIMITER = 1;
/** In the headers of a part. */
const HEAD = 2;
/** In the content of a part. */
const CONTENT = 3;
/** Behind the last boundary. */
const DONE = 4;

/** Results of {@linkcode delimiterTail} that are no length. */
const NONE = 0;
const MORE = -1;

/** A step through a form: a part begins, more of its content has arrived, or it ends. */
export type MultipartEvent =
  | { readonly type: "part"; readonly part: PartHead }
  | { readonly type: "data"; readonly chunk: Bytes }
  | { readonly type: "end" };

/** Options of {@linkcode MultipartParser}. */
export interface MultipartParserOptions {
  /**
   * Limits for this body.
   *
   * @default {the configuration of the whole process}
   */
  config?: ParseMultipartConfig;
}

const EMPTY: Bytes = new Uint8Array(0);
const END: MultipartEvent = { type: "end" };

/**
 * Parses a body of type multipart/form-data (RFC 7578) as it arrives, in bounded memory and linear time, without I/O.
 *
 * `parseMultipartFormData` does the same to a body that is complete. Not in Tornado.
 *
 * @example
 * ```ts
 * import { MultipartParser } from "@twister/twister/httputil";
 * import { assertEquals } from "@std/assert";
 *
 * const parser = MultipartParser.of("multipart/form-data; boundary=1234");
 * const pieces = ["--1234\r\nContent-Disposition: form-da", 'ta; name="a"\r\n\r\nFoo', "Bar\r\n--1234--"];
 * const seen: string[] = [];
 * for (const piece of pieces) {
 *   for (const event of parser.feed(new TextEncoder().encode(piece))) {
 *     if (event.type === "part") seen.push(event.part.name);
 *     else if (event.type === "data") seen.push(new TextDecoder().decode(event.chunk));
 *   }
 * }
 * parser.finish();
 * assertEquals(seen, ["a", "Foo", "Bar"]);
 * ```
 */
export class MultipartParser {
  /** What divides parts: line end, dashes, boundary. It has one CR, at its beginning. */
  readonly #delimiter: Bytes;
  readonly #config: ParseMultipartConfig;
  #state = START;
  /** What cannot be told yet: a delimiter, or headers, of which more is to come. */
  #rest: Bytes = EMPTY;
  #parts = 0;
  /**
   * Bytes of the line end before the content: without content, it is the one before the boundary (RFC 2046 section
   * 5.1.1).
   */
  #lead = 0;

  /**
   * Makes a parser for one body.
   *
   * @param boundary The boundary, with or without quotes around it.
   * @throws {HTTPInputError} If the boundary is empty or has a line end, or the configuration disables such bodies.
   */
  constructor(boundary: Uint8Array, options: MultipartParserOptions = {}) {
    this.#config = options.config ?? parseBodyConfig().multipart;
    if (!this.#config.enabled) throw new HTTPInputError("multipart/form-data parsing is disabled");
    const plain = unquotedBoundary(boundary);
    if (plain.length === 0 || plain.includes(CR) || plain.includes(LF)) {
      throw new HTTPInputError("Invalid multipart/form-data: multipart boundary not found");
    }
    this.#delimiter = new Uint8Array(plain.length + 4);
    this.#delimiter.set([CR, LF, DASH, DASH]);
    this.#delimiter.set(plain, 4);
  }

  /**
   * Makes a parser for a body of that Content-Type.
   *
   * @throws {HTTPInputError} If it is another type, or has no boundary, or the configuration disables such bodies.
   */
  static of(contentType: string, options: MultipartParserOptions = {}): MultipartParser {
    return new MultipartParser(boundaryOf(contentType), options);
  }

  /**
   * Takes the next bytes of the body. The caller must take all events before it feeds more.
   *
   * @param chunk The bytes, which the parser owns from now on; the content in the events is a view of them.
   * @throws {HTTPInputError} If the body is malformed or exceeds a limit.
   */
  *feed(chunk: Bytes): Generator<MultipartEvent, void, undefined> {
    let data = this.#rest.length === 0 ? chunk : joinBytes([this.#rest, chunk]);
    this.#rest = EMPTY;
    while (data.length > 0 && this.#state !== DONE) {
      const state = this.#state;
      if (state === CONTENT) {
        const { content, used } = this.#content(data);
        if (content.length > 0) yield { type: "data", chunk: content };
        if (this.#state !== state) yield END;
        data = data.subarray(used);
      } else if (state === HEAD) {
        const end = this.#headEnd(data);
        if (end !== -1) yield { type: "part", part: this.#head(data.subarray(0, end)) };
        data = end === -1 ? data : data.subarray(end + 2);
      } else {
        data = data.subarray(state === START ? this.#start(data) : this.#afterDelimiter(data));
      }
      if (this.#state === state) break;
    }
    if (this.#state !== DONE && data.length > 0) this.#rest = data.slice();
  }

  /**
   * Ends the body.
   *
   * @throws {HTTPInputError} If the final boundary has not come.
   */
  finish(): void {
    if (this.#state !== DONE) throw new HTTPInputError("Invalid multipart/form-data: no final boundary found");
  }

  // Each of these returns how many bytes it used, and changes the state if it used all it needs.

  #start(data: Bytes): number {
    const delimiter = this.#delimiter;
    // The line end before the first boundary may be missing.
    const skipped = data[0] === CR ? 0 : 2;
    const length = delimiter.length - skipped;
    for (let i = 0; i < length && i < data.length; i++) {
      // A reader that skips what comes before the first boundary and one that takes it for a part see different forms.
      if (data[i] !== delimiter[i + skipped]) {
        throw new HTTPInputError("multipart/form-data does not start with its boundary");
      }
    }
    if (data.length < length) return 0;
    this.#state = DELIMITER;
    return length;
  }

  #afterDelimiter(data: Bytes): number {
    const length = delimiterTail(data, 0);
    if (length === MORE) return 0;
    if (length === NONE) throw new HTTPInputError("multipart/form-data boundary does not end with a line end");
    if (data[0] === DASH) {
      this.#state = DONE;
      return length;
    }
    if (++this.#parts > this.#config.maxParts) {
      throw new HTTPInputError(`multipart/form-data has more than ${this.#config.maxParts} parts`);
    }
    this.#state = HEAD;
    return length;
  }

  /** Position of the empty line that ends the headers, or -1 if it is still to come. */
  #headEnd(data: Bytes): number {
    const limit = this.#config.maxPartHeaderSize;
    for (let i = data.indexOf(CR); i !== -1 && i <= limit && i + 4 <= data.length; i = data.indexOf(CR, i + 1)) {
      if (data[i + 1] === LF && data[i + 2] === CR && data[i + 3] === LF) return i;
    }
    if (data.length > limit + 4) throw partHeadTooLong(limit);
    return -1;
  }

  #head(bytes: Bytes): PartHead {
    this.#state = CONTENT;
    this.#lead = 2;
    return parsePartHead(bytes);
  }

  /** Content up to the delimiter, or up to where one may begin of which more is to come. */
  #content(data: Bytes): { content: Bytes; used: number } {
    const { length } = this.#delimiter;
    for (let at = data.indexOf(CR); at !== -1; at = nextCR(data, at + 1)) {
      const matched = this.#matched(data, at);
      if (at + matched < data.length && matched < length) continue;
      const after = at + length;
      // What follows tells whether it is one: content may have a line that only begins like it.
      const tail = after > data.length ? MORE : delimiterTail(data, after);
      if (tail === MORE) return { content: this.#unled(data, at), used: at };
      if (tail === NONE) continue;
      this.#state = DELIMITER;
      return { content: this.#unled(data, at), used: after };
    }
    return { content: this.#unled(data, data.length), used: data.length };
  }

  #unled(data: Bytes, end: number): Bytes {
    if (end === 0) return EMPTY;
    const content = data.subarray(this.#lead, end);
    this.#lead = 0;
    return content;
  }

  /**
   * The number of bytes of the delimiter that are at a position. No two that are compared overlap, since it has one CR.
   */
  #matched(data: Bytes, at: number): number {
    const delimiter = this.#delimiter;
    let matched = 1;
    while (matched < delimiter.length && data[at + matched] === delimiter[matched]) matched++;
    return matched;
  }
}

/** The next CR. Of many in a row each is found by a look, since a call for each would be slow. */
function nextCR(data: Bytes, from: number): number {
  return data[from] === CR ? from : data.indexOf(CR, from);
}

/**
 * Returns how long the end of a delimiter is: two dashes, or blanks and a line end. {@linkcode NONE} means that the
 * boundary is content, and {@linkcode MORE} that the next bytes decide.
 */
function delimiterTail(data: Bytes, at: number): number {
  if (data[at] === DASH) return at + 1 === data.length ? MORE : data[at + 1] === DASH ? 2 : NONE;
  let end = at;
  while (end - at < MAX_PADDING && (data[end] === SPACE || data[end] === TAB)) end++;
  if (end >= data.length) return MORE;
  if (data[end] !== CR) return NONE;
  if (end + 1 === data.length) return MORE;
  return data[end + 1] === LF ? end + 2 - at : NONE;
}
