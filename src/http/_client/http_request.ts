import { currentClock } from "../../internal/clock.ts";
import { utf8 } from "../../util/escape.ts";
import type { Bytes } from "../../internal/bytes.ts";
import { HTTPHeaders } from "../_httputil/headers.ts";
import type { HTTPRequestOptions, RequestBody } from "./request_options.ts";

/**
 * A request of a client. Tornado's `tornado.httpclient.HTTPRequest`.
 *
 * A client never changes it, so that it can be used again.
 *
 * @example
 * ```ts
 * import { HTTPRequest } from "@twister/twister/httpclient";
 * import { assertEquals } from "@std/assert";
 *
 * const request = new HTTPRequest("http://example.com/", { method: "POST", body: "a=1" });
 * assertEquals(request.body, new TextEncoder().encode("a=1"));
 * ```
 */
export class HTTPRequest {
  /** The URL, as it was given. */
  readonly url: string;
  /** The method. */
  readonly method: string;
  /** The headers, a copy of those that were given. */
  readonly headers: HTTPHeaders;
  /** The body; text has become bytes. */
  readonly body: Exclude<RequestBody, string> | ReadableStream<Bytes> | null;
  /** All other options, as they were given. */
  readonly options: Readonly<HTTPRequestOptions>;
  /** Seconds of the monotonic clock at which the request was made. */
  readonly startTime: number = currentClock().monotonic();

  /**
   * Describes a request.
   *
   * @throws {HTTPInputError} If a header is not legal.
   */
  constructor(url: string | URL, options: HTTPRequestOptions = {}) {
    const { method = "GET", headers, body = null } = options;
    this.url = String(url);
    this.method = method;
    this.headers = new HTTPHeaders(headers);
    this.body = typeof body === "string" ? utf8(body) : body;
    this.options = options;
  }
}
