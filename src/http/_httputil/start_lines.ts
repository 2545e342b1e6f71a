import { HTTPInputError } from "./errors.ts";

/**
 * The first line of a request (RFC 9112 section 3).
 *
 * Tornado's `RequestStartLine` named tuple.
 *
 * @example
 * ```ts
 * import { RequestStartLine } from "@twister/twister/httputil";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(new RequestStartLine("GET", "/", "HTTP/1.1").toString(), "GET / HTTP/1.1");
 * ```
 */
export class RequestStartLine {
  /** Method, as sent: methods are case-sensitive (RFC 9110 section 9.1). */
  readonly method: string;
  /** Request target, as sent. */
  readonly path: string;
  /** `HTTP/1.0` or `HTTP/1.1`. */
  readonly version: string;

  /** Makes a start line without any check. */
  constructor(method: string, path: string, version: string) {
    this.method = method;
    this.path = path;
    this.version = version;
  }

  /** Returns the line as it is sent, without CRLF. */
  toString(): string {
    return `${this.method} ${this.path} ${this.version}`;
  }
}

/**
 * The first line of a response (RFC 9112 section 4).
 *
 * Tornado's `ResponseStartLine` named tuple.
 *
 * @example
 * ```ts
 * import { ResponseStartLine } from "@twister/twister/httputil";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(new ResponseStartLine("HTTP/1.1", 200, "OK").toString(), "HTTP/1.1 200 OK");
 * ```
 */
export class ResponseStartLine {
  /** `HTTP/1.0` or `HTTP/1.1`. */
  readonly version: string;
  /** Status code. */
  readonly code: number;
  /** Reason phrase, `""` if the peer sent none. */
  readonly reason: string;

  /** Makes a start line without any check. */
  constructor(version: string, code: number, reason: string) {
    this.version = version;
    this.code = code;
    this.reason = reason;
  }

  /** Returns the line as it is sent, without CRLF. */
  toString(): string {
    return `${this.version} ${this.code} ${this.reason}`;
  }
}

// RFC 9112 section 3: single spaces, a token, a target of visible characters, and a version of two digits.
const REQUEST_LINE = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+) ([\x21-\x7e\x80-\xff]+) (HTTP\/[0-9]\.[0-9])$/;

// RFC 9112 section 4. The space after the code is required there, but servers that send no reason leave it out.
const STATUS_LINE = /^(HTTP\/[0-9]\.[0-9]) ([0-9]{3})(?: ([\t \x21-\x7e\x80-\xff]*))?$/;

/**
 * Parses the first line of a request, given without its CRLF.
 *
 * @throws {HTTPInputError} 400 if the line is malformed, 505 if the version is not HTTP/1.
 *
 * @example
 * ```ts
 * import { parseRequestStartLine } from "@twister/twister/httputil";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(parseRequestStartLine("GET /foo HTTP/1.1").path, "/foo");
 * ```
 */
export function parseRequestStartLine(line: string): RequestStartLine {
  const match = REQUEST_LINE.exec(line);
  if (match === null) throw new HTTPInputError("Malformed HTTP request line");
  const [, method = "", path = "", version = ""] = match;
  if (!version.startsWith("HTTP/1")) {
    throw new HTTPInputError(`Unexpected HTTP version '${version}'`, { statusCode: 505 });
  }
  return new RequestStartLine(method, path, version);
}

/**
 * Parses the first line of a response, given without its CRLF.
 *
 * @throws {HTTPInputError} If the line is malformed.
 *
 * @example
 * ```ts
 * import { parseResponseStartLine } from "@twister/twister/httputil";
 * import { assertEquals } from "@std/assert";
 *
 * const line = parseResponseStartLine("HTTP/1.1 200 OK");
 * assertEquals([line.version, line.code, line.reason], ["HTTP/1.1", 200, "OK"]);
 * ```
 */
export function parseResponseStartLine(line: string): ResponseStartLine {
  const match = STATUS_LINE.exec(line);
  if (match === null) throw new HTTPInputError("Malformed HTTP response line");
  const [, version = "", code = "", reason = ""] = match;
  return new ResponseStartLine(version, Number(code), reason);
}
