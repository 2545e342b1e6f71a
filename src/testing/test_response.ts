import type { HTTPHeaders } from "../http/httputil.ts";
import type { Bytes } from "../internal/bytes.ts";
import { HTTPClientError } from "./http_client.ts";

/** The request that a {@linkcode TestResponse} answers: the first one, before redirects. */
export interface TestRequest {
  /** The method. */
  readonly method: string;
  /** The URL. */
  readonly url: string;
  /** The headers that were sent. */
  readonly headers: HTTPHeaders;
}

/** The parts of a {@linkcode TestResponse}. */
export interface TestResponseParts {
  /** The status. */
  readonly code: number;
  /** The reason phrase. */
  readonly reason: string;
  /** The headers. */
  readonly headers: HTTPHeaders;
  /** The body. */
  readonly body: Bytes;
  /** The URL of the last request. */
  readonly effectiveUrl: string;
  /** The first request. */
  readonly request: TestRequest;
}

const decoder = new TextDecoder();

/**
 * A whole response. It has the shape of Tornado's `HTTPResponse`, and `text` and `json()`.
 *
 * @example
 * ```ts
 * import { TestClient } from "@twister/twister/testing";
 * import { Application, RequestHandler } from "@twister/twister/web";
 * import { assertEquals } from "@std/assert";
 *
 * class Item extends RequestHandler {
 *   override get(id: string): void {
 *     this.write({ id });
 *   }
 * }
 * await using client = new TestClient(new Application([["/items/(.*)", Item]]));
 * const response = await client.get("/items/7");
 * assertEquals([response.code, response.json()], [200, { id: "7" }]);
 * assertEquals(response.headers.get("Content-Type"), "application/json; charset=UTF-8");
 * ```
 */
export class TestResponse {
  /** The status. */
  readonly code: number;
  /** The reason phrase. */
  readonly reason: string;
  /** The headers. */
  readonly headers: HTTPHeaders;
  /** The body, as it was sent: a content coding is not undone. */
  readonly body: Bytes;
  /** The URL of the last request, after redirects. */
  readonly effectiveUrl: string;
  /** The first request, before redirects. */
  readonly request: TestRequest;

  /** Makes a response of its parts. */
  constructor(parts: TestResponseParts) {
    this.code = parts.code;
    this.reason = parts.reason;
    this.headers = parts.headers;
    this.body = parts.body;
    this.effectiveUrl = parts.effectiveUrl;
    this.request = parts.request;
  }

  /** The body as UTF-8. */
  get text(): string {
    return decoder.decode(this.body);
  }

  /** The error that this response is, or `null` for a status from 200 to 299. */
  get error(): HTTPClientError | null {
    return this.code >= 200 && this.code < 300 ? null : new HTTPClientError(this.code, this.reason, this);
  }

  /**
   * Parses the body as JSON.
   *
   * @throws {SyntaxError} If it is not JSON.
   */
  json<T = unknown>(): T {
    return JSON.parse(this.text);
  }

  /**
   * Throws {@linkcode TestResponse.error} if there is one.
   *
   * @throws {HTTPClientError} If the status is an error.
   */
  rethrow(): void {
    const { error } = this;
    if (error !== null) throw error;
  }
}
