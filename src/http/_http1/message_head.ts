import { HTTPOutputError } from "../_httputil/errors.ts";
import { getTrusted, type HTTPHeaders, serializeHeaders } from "../_httputil/headers.ts";
import { responses } from "../_httputil/responses.ts";
import type { RequestStartLine, ResponseStartLine } from "../_httputil/start_lines.ts";
import { formatTimestamp } from "../_httputil/timestamps.ts";
import { checkFinalStatus, isBodyless, writtenLength } from "../_httputil/message_checks.ts";

/** What may stand in a reason phrase (RFC 9112, 4). */
const REASON = /^[\t\x20-\x7e\x80-\xff]*$/;

/** Returns whether a comma-separated list of options has `option`, which is lower-case. */
export function listHas(list: string | null, option: string): boolean {
  if (list === null) return false;
  if (list.length === option.length) return list.toLowerCase() === option;
  return list.split(",").some((item) => item.trim().toLowerCase() === option);
}

/** Returns the Connection field of a response, or null: the default of the version is left out (RFC 9112, 9.3). */
export function connectionOption(closes: boolean, minor: number, keepAliveAsked: boolean): string | null {
  if (closes) return minor > 0 ? "close" : null;
  return minor === 0 && keepAliveAsked ? "Keep-Alive" : null;
}

// What ends a body whose length is not known: the framing that the application does itself, chunks of ours, or the end
// of the connection. Or the body bytes are dropped: HEAD, 204, 304.
const UNKNOWN = -1;
const CHUNKED = -2;
const UNTIL_CLOSE = -3;
const DROPPED = -4;

/**
 * The framing of one outgoing message (RFC 9112, 6), decided when its head is written. There is no I/O.
 */
export class MessageFraming {
  /** Bytes of body that have still to be written, or a negative number for another end. */
  remaining: number = UNKNOWN;

  /** Tells whether the body is chunked by us. */
  get chunking(): boolean {
    return this.remaining === CHUNKED;
  }

  /** Tells whether body bytes are dropped. */
  get bodyless(): boolean {
    return this.remaining === DROPPED;
  }

  /** Tells whether only the end of the connection ends the message. */
  get untilClose(): boolean {
    return this.remaining === UNTIL_CLOSE;
  }
}

/**
 * Builds the head of a response and decides the framing.
 *
 * @param framing Is filled in.
 * @param minor The request's version, `HTTP/1.minor`.
 * @param isHead Whether the request was a HEAD.
 * @param wholeLength The length of the whole body where it is known and the headers need not say it, or -1.
 * @param connection The value for Connection that the connection's state asks for, or null.
 * @returns The head as latin1 text, with the empty line.
 * @throws {HTTPOutputError} If the Content-Length is not a number, or the status is not a final one.
 */
export function responseHead(
  framing: MessageFraming,
  startLine: ResponseStartLine,
  headers: HTTPHeaders,
  minor: number,
  isHead: boolean,
  wholeLength: number,
  connection: string | null,
): string {
  const { code } = startLine;
  checkFinalStatus(code);
  const bodyless = isBodyless(code);
  if (bodyless && code !== 304) {
    // Neither may stand in such a response (RFC 9110, 8.6; RFC 9112, 6.1).
    headers.delete("Content-Length");
    headers.delete("Transfer-Encoding");
  }
  const drops = isHead || bodyless;
  const length = getTrusted(headers, "Content-Length");
  let extra = connection === null ? "" : `Connection: ${connection}\r\n`;
  if (length !== null) {
    // Of a body that is not sent, any number of bytes may be told.
    if (drops && /^\d+$/.test(length)) framing.remaining = DROPPED;
    else framing.remaining = length === String(wholeLength) ? wholeLength : writtenLength(length);
  } else if (drops) {
    framing.remaining = DROPPED;
    if (!bodyless && wholeLength >= 0) extra += `Content-Length: ${wholeLength}\r\n`;
  } else if (getTrusted(headers, "Transfer-Encoding") !== null) {
    // The application frames the body itself.
    framing.remaining = UNKNOWN;
  } else if (wholeLength >= 0) {
    framing.remaining = wholeLength;
    extra += `Content-Length: ${wholeLength}\r\n`;
  } else if (minor > 0) {
    framing.remaining = CHUNKED;
    extra += "Transfer-Encoding: chunked\r\n";
  } else {
    framing.remaining = UNTIL_CLOSE;
  }
  return `${statusLine(code, startLine.reason)}${serializeHeaders(headers)}${extra}\r\n`;
}

let lastCode = 0;
let lastReason = "";
let lastLine = "";

/** The status line, which is mostly that of the response before. */
function statusLine(code: number, reason: string): string {
  if (code !== lastCode || reason !== lastReason) {
    lastCode = code;
    lastReason = reason;
    lastLine = `HTTP/1.1 ${code} ${REASON.test(reason) ? reason : "Unknown"}\r\n`;
  }
  return lastLine;
}

/**
 * A complete response with an empty body that ends the connection (RFC 9112, 2.2 and 9.6), for a message that failed.
 */
export function errorResponse(code: number): string {
  return `HTTP/1.1 ${code} ${responses.get(code) ?? "Unknown"}\r\nDate: ${formatTimestamp(new Date())}\r\n` +
    "Content-Length: 0\r\nConnection: close\r\n\r\n";
}

/**
 * Builds the head of a request and decides the framing.
 *
 * @param streamsBody Whether a body follows whose length is not known, also with a method that comes without one.
 * @throws {HTTPOutputError} If the start line is malformed or the Content-Length is not a number.
 */
export function requestHead(
  framing: MessageFraming,
  startLine: RequestStartLine,
  headers: HTTPHeaders,
  streamsBody: boolean = false,
): string {
  const { method, path } = startLine;
  const line = requestLine(method, path);
  const length = getTrusted(headers, "Content-Length");
  let extra = "";
  if (length !== null) {
    framing.remaining = writtenLength(length);
  } else if (streamsBody || method === "POST" || method === "PUT" || method === "PATCH") {
    // A client that knows the length says it; the others of these methods stream (as in Tornado).
    if (getTrusted(headers, "Transfer-Encoding") === null) {
      framing.remaining = CHUNKED;
      extra = "Transfer-Encoding: chunked\r\n";
    }
  }
  return `${line}${serializeHeaders(headers)}${extra}\r\n`;
}

/** The longest path whose line is remembered. */
const LONGEST_PATH = 1024;
let lastMethod = "";
let lastPath = "";
let lastRequestLine = "";

/** The request line, which is often that of the request before. */
function requestLine(method: string, path: string): string {
  if (method === lastMethod && path === lastPath) return lastRequestLine;
  // A blank or a line end in either would be another message.
  if (!/^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(method) || !/^[\x21-\x7e\x80-\xff]+$/.test(path)) {
    throw new HTTPOutputError(`Cannot write the request line: ${JSON.stringify(`${method} ${path}`)} is malformed`);
  }
  const line = `${method} ${path} HTTP/1.1\r\n`;
  if (path.length <= LONGEST_PATH) {
    lastMethod = method;
    lastPath = path;
    lastRequestLine = line;
  }
  return line;
}
