import { HTTPInputError } from "../_httputil/errors.ts";
import { isValidHost } from "../_httputil/urls.ts";
import { CLASSES, equalsIgnoreCase, HTAB, SP, TOKEN } from "./chars.ts";

/** Stands for a chunked body where a length is expected. */
export const CHUNKED = -1;
/** Stands for a body that ends with the connection where a length is expected. */
export const UNTIL_CLOSE = -2;

/** Bytes that may stand in the name part of a Host field (RFC 3986, 3.2.2: unreserved, sub-delims, "%"). */
const HOST_NAME: Uint8Array = flags("-._~!$&'()*+,;=%");

function flags(others: string): Uint8Array {
  const table = new Uint8Array(256);
  for (const char of "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ" + others) {
    table[char.charCodeAt(0)] = 1;
  }
  return table;
}

/** More digits than a number of bytes can have, beyond which arithmetic is not exact either. */
const MAX_DIGITS = 15;
/** Stands for a length too large to be counted: larger than any limit. */
const TOO_LARGE: number = Number.MAX_SAFE_INTEGER;

const LENGTH_NONE = -1;
const LENGTH_BAD = -2;

const CODING_NONE = 0;
const CODING_CHUNKED = 1;
const CODING_UNKNOWN = 2;
const CODING_BAD = 3;

/**
 * The fields of a message that say where it ends and what becomes of the connection, read as their lines come by and
 * judged together at the end of the head (RFC 9112, 6 and 9.3; RFC 9110, 7.2 and 10.1.1).
 */
export class FramingFields {
  /** The value of Content-Length, or -1. A number too large to be exact is `Number.MAX_SAFE_INTEGER`. */
  contentLength: number = LENGTH_NONE;
  close = false;
  keepAlive = false;
  /** Tells whether there is a Keep-Alive field, which may say how long the connection is kept. */
  hasKeepAlive = false;
  expectContinue = false;

  #hosts = 0;
  #badHost = false;
  #coding = CODING_NONE;
  #unknownExpectation = false;

  /** The length of the body, {@linkcode CHUNKED}, or `unsaid` where no field says it. */
  bodyLength(unsaid: number): number {
    if (this.#coding === CODING_CHUNKED) return CHUNKED;
    return this.contentLength === LENGTH_NONE ? unsaid : this.contentLength;
  }

  reset(): void {
    this.contentLength = LENGTH_NONE;
    this.close =
      this.keepAlive =
      this.hasKeepAlive =
      this.expectContinue =
      this.#badHost =
      this.#unknownExpectation =
        false;
    this.#hosts = 0;
    this.#coding = CODING_NONE;
  }

  /** Takes note of a field line: the name and the value, trimmed, as ranges of `bytes`. */
  add(bytes: Uint8Array, nameStart: number, nameEnd: number, start: number, end: number): void {
    switch (nameEnd - nameStart) {
      case 4:
        if (equalsIgnoreCase(bytes, nameStart, nameEnd, "host")) {
          this.#hosts++;
          if (!isHost(bytes, start, end)) this.#badHost = true;
        }
        break;
      case 6:
        if (equalsIgnoreCase(bytes, nameStart, nameEnd, "expect")) this.#expect(bytes, start, end);
        break;
      case 10:
        if (equalsIgnoreCase(bytes, nameStart, nameEnd, "connection")) this.#connection(bytes, start, end);
        else if (equalsIgnoreCase(bytes, nameStart, nameEnd, "keep-alive")) this.hasKeepAlive = true;
        break;
      case 14:
        if (equalsIgnoreCase(bytes, nameStart, nameEnd, "content-length")) {
          const length = parseLength(bytes, start, end);
          // Two lengths are one only if they are equal (RFC 9112, 6.3).
          this.contentLength = this.contentLength === LENGTH_NONE || this.contentLength === length
            ? length
            : LENGTH_BAD;
        }
        break;
      case 17:
        if (equalsIgnoreCase(bytes, nameStart, nameEnd, "transfer-encoding")) {
          // A second line makes a list, and "chunked, chunked" is no valid one.
          this.#coding = this.#coding === CODING_NONE ? parseCoding(bytes, start, end) : CODING_BAD;
        }
        break;
    }
  }

  /**
   * Judges the fields that frame the body of a message of version `HTTP/1.minor`.
   *
   * @throws {HTTPInputError} If the body cannot be framed without doubt.
   */
  checkLength(minor: number): void {
    if (this.#coding !== CODING_NONE) {
      if (this.#coding === CODING_BAD) throw new HTTPInputError("Malformed Transfer-Encoding");
      if (minor === 0) throw new HTTPInputError("Transfer-Encoding in an HTTP/1.0 message");
      if (this.contentLength !== LENGTH_NONE) throw new HTTPInputError("Both Content-Length and Transfer-Encoding");
      if (this.#coding === CODING_UNKNOWN) {
        throw new HTTPInputError("Unsupported Transfer-Encoding", { statusCode: 501 });
      }
    }
    if (this.contentLength === LENGTH_BAD) throw new HTTPInputError("Malformed Content-Length");
  }

  /**
   * Judges the fields of a request of version `HTTP/1.minor`.
   *
   * @throws {HTTPInputError} If the request cannot be framed without doubt, has no valid Host, or an expectation that
   * the server does not know.
   */
  checkRequest(minor: number): void {
    this.checkLength(minor);
    if (this.#hosts > 1) throw new HTTPInputError("Multiple Host headers");
    if (this.#hosts === 0 && minor > 0) throw new HTTPInputError("Missing Host header");
    if (this.#badHost) throw new HTTPInputError("Invalid Host header");
    if (minor === 0) this.expectContinue = false;
    else if (this.#unknownExpectation) throw new HTTPInputError("Unknown expectation", { statusCode: 417 });
  }

  #connection(bytes: Uint8Array, start: number, end: number): void {
    for (let from = start, to = start; from <= end; from = to + 1) {
      to = itemEnd(bytes, from, end);
      if (itemIs(bytes, from, to, "close")) this.close = true;
      else if (itemIs(bytes, from, to, "keep-alive")) this.keepAlive = true;
    }
  }

  #expect(bytes: Uint8Array, start: number, end: number): void {
    for (let from = start, to = start; from <= end; from = to + 1) {
      to = itemEnd(bytes, from, end);
      if (itemIs(bytes, from, to, "100-continue")) this.expectContinue = true;
      // An empty item means nothing (RFC 9110, 5.6.1.2).
      else if (!itemIs(bytes, from, to, "")) this.#unknownExpectation = true;
    }
  }
}

/** Where the item of a comma-separated list ends that begins at `from`. */
function itemEnd(bytes: Uint8Array, from: number, end: number): number {
  let to = from;
  while (to < end && bytes[to] !== 0x2c) to++;
  return to;
}

/** Returns whether an item is `lower` but for case and the blanks around it. */
function itemIs(bytes: Uint8Array, start: number, end: number, lower: string): boolean {
  let from = start;
  let to = end;
  while (from < to && isBlank(bytes[from])) from++;
  while (to > from && isBlank(bytes[to - 1])) to--;
  return equalsIgnoreCase(bytes, from, to, lower);
}

function isBlank(code: number): boolean {
  return code === SP || code === HTAB;
}

/** Only ASCII digits: no sign, blank, list or other spelling that somebody else might read differently. */
function parseLength(bytes: Uint8Array, start: number, end: number): number {
  if (start === end) return LENGTH_BAD;
  let value = 0;
  let digits = 0;
  for (let i = start; i < end; i++) {
    const code = bytes[i];
    if (code < 0x30 || code > 0x39) return LENGTH_BAD;
    value = value * 10 + (code - 0x30);
    if (value > 0) digits++;
  }
  return digits > MAX_DIGITS ? TOO_LARGE : value;
}

function parseCoding(bytes: Uint8Array, start: number, end: number): number {
  if (equalsIgnoreCase(bytes, start, end, "chunked")) return CODING_CHUNKED;
  // A list of names is understood and refused (501); anything else is malformed (400).
  let token = false;
  let chunkedBefore = false;
  let from = start;
  for (let i = start; i <= end; i++) {
    if (i === end || bytes[i] === 0x2c) {
      if (!token || chunkedBefore) return CODING_BAD;
      chunkedBefore = equalsIgnoreCase(bytes, from, i, "chunked");
      token = false;
      from = i + 1;
    } else if (isBlank(bytes[i])) {
      if (token) return CODING_BAD;
      from = i + 1;
    } else if ((CLASSES[bytes[i]] & TOKEN) !== 0) {
      token = true;
    } else {
      return CODING_BAD;
    }
  }
  return CODING_UNKNOWN;
}

/** `uri-host [ ":" port ]` of RFC 9110, 7.2; empty is allowed. */
function isHost(bytes: Uint8Array, start: number, end: number): boolean {
  let i = start;
  // An IP literal is rare enough for a string.
  if (i < end && bytes[i] === 0x5b) return isValidHost(new TextDecoder().decode(bytes.subarray(start, end)));
  while (i < end && HOST_NAME[bytes[i]] === 1) {
    if (bytes[i] === 0x25) {
      if (i + 2 >= end || !isHex(bytes[i + 1]) || !isHex(bytes[i + 2])) return false;
      i += 2;
    }
    i++;
  }
  if (i === end) return true;
  if (bytes[i] !== 0x3a) return false;
  for (i++; i < end; i++) {
    if (bytes[i] < 0x30 || bytes[i] > 0x39) return false;
  }
  return true;
}

function isHex(code: number): boolean {
  return (code >= 0x30 && code <= 0x39) || ((code | 0x20) >= 0x61 && (code | 0x20) <= 0x66);
}
