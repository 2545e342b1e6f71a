import type { Bytes } from "../../internal/bytes.ts";
import type { HTTPHeaders } from "../_httputil/headers.ts";
import { responses } from "../_httputil/responses.ts";
import { HTTPClientError } from "./errors.ts";
import type { HTTPRequest } from "./http_request.ts";

/** The parts of an {@linkcode HTTPResponse}. */
export interface HTTPResponseInit {
  /** The headers. */
  headers: HTTPHeaders;
  /** The reason phrase. */
  reason?: string | null;
  /** The body; empty if it went to a `streamingCallback`. */
  body?: Bytes;
  /** Another name of `body`, which is Tornado's. */
  buffer?: Bytes;
  /** The URL of the last request, after redirects. */
  effectiveUrl?: string;
  /** Seconds since the epoch at which the request began. */
  startTime?: number | null;
  /** Seconds that the whole request took. */
  requestTime?: number | null;
  /** Seconds from the start to each step. */
  timeInfo?: Readonly<Record<string, number>>;
}

const EMPTY: Bytes = new Uint8Array();

/** Lenient: a server may send anything. */
const decoder = new TextDecoder();

/**
 * A response to a client. Tornado's `tornado.httpclient.HTTPResponse`.
 *
 * @example
 * ```ts
 * import { HTTPRequest, HTTPResponse } from "@twister/twister/httpclient";
 * import { HTTPHeaders } from "@twister/twister/httputil";
 * import { assertThrows } from "@std/assert";
 *
 * const response = new HTTPResponse(new HTTPRequest("http://example.com/"), 404, { headers: new HTTPHeaders() });
 * assertThrows(() => response.rethrow(), "HTTP 404: Not Found");
 * ```
 */
export class HTTPResponse {
  /** The request as the caller made it. */
  readonly request: HTTPRequest;
  /** The status. */
  readonly code: number;
  /** The reason phrase. */
  readonly reason: string;
  /** The headers. */
  readonly headers: HTTPHeaders;
  /** The body; empty if it went to a `streamingCallback`. */
  readonly body: Bytes;
  /** The URL of the last request, after redirects. */
  readonly effectiveUrl: string;
  /** Seconds since the epoch at which the request began, by the wall clock. */
  readonly startTime: number | null;
  /** Seconds that all of it took: waiting, redirects and retries as well. */
  readonly requestTime: number | null;
  /**
   * Seconds from the start of the last hop to each step, by the names of libcurl: `queue`, `connect` (with TLS),
   * `starttransfer`, `total`; and `redirect`, the seconds before that hop.
   */
  readonly timeInfo: Readonly<Record<string, number>>;
  /** An {@linkcode HTTPClientError} if the status is an error, else `null`. */
  readonly error: HTTPClientError | null;

  /** Makes a response. */
  constructor(request: HTTPRequest, code: number, init: HTTPResponseInit) {
    const { headers, reason = null, buffer = EMPTY, body = buffer, effectiveUrl = request.url } = init;
    const { startTime = null, requestTime = null, timeInfo = {} } = init;
    this.request = request;
    this.code = code;
    this.reason = reason ?? responses.get(code) ?? "Unknown";
    this.headers = headers;
    this.body = body;
    this.effectiveUrl = effectiveUrl;
    this.startTime = startTime;
    this.requestTime = requestTime;
    this.timeInfo = timeInfo;
    this.error = code < 200 || code >= 300 ? new HTTPClientError(code, this.reason, this) : null;
  }

  /** Another name of {@linkcode body}; in Tornado, a file in memory. */
  get buffer(): Bytes {
    return this.body;
  }

  /** The body as UTF-8 text, without a byte order mark; U+FFFD stands for what is not UTF-8. */
  get text(): string {
    return decoder.decode(this.body);
  }

  /**
   * Parses the body as JSON.
   *
   * @throws {SyntaxError} If it is not JSON.
   */
  json<T = unknown>(): T {
    return JSON.parse(this.text);
  }

  /** Names the code, the reason and the URL. The headers, which may have secrets, are left out. */
  toString(): string {
    const { code, reason, effectiveUrl } = this;
    return `HTTPResponse(code=${code}, reason=${JSON.stringify(reason)}, effectiveUrl=${JSON.stringify(effectiveUrl)})`;
  }

  /** Throws {@linkcode error} if there is one. */
  rethrow(): void {
    if (this.error !== null) throw this.error;
  }
}

/** A response whose body is read while it arrives: the result of `AsyncHTTPClient.stream`. */
export interface HTTPResponseStream
  extends Pick<HTTPResponse, "request" | "code" | "reason" | "headers" | "effectiveUrl"> {
  /**
   * The pieces of the body. The server sends on only as they are taken, and up to 512 KiB ahead. Leaving the loop
   * closes the connection.
   */
  readonly body: AsyncIterable<Bytes>;
  /** Closes the connection, if the body is not complete. */
  close(): void;
}
