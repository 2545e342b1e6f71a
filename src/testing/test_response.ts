import { HTTPRequest, HTTPResponse } from "../http/httpclient.ts";
import type { HTTPHeaders } from "../http/httputil.ts";
import type { Bytes } from "../internal/bytes.ts";

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

/**
 * A whole response. Its body is as it was sent: a content coding is not undone.
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
export class TestResponse extends HTTPResponse {
  /** Makes a response of its parts. */
  constructor({ request: { url, method, headers }, code, ...init }: TestResponseParts) {
    super(new HTTPRequest(url, { method, headers }), code, init);
  }
}
