import { AnsweringEngine } from "../http/client/internal.ts";
import type { AsyncHTTPClientOptions, ClientEngine } from "../http/httpclient.ts";
import { HTTPHeaders, type HTTPHeadersInit, responses } from "../http/httputil.ts";
import type { Bytes } from "../internal/bytes.ts";
import { jsonEncode, utf8 } from "../util/escape.ts";
import type { FetchOptions, HTTPClient } from "./http_client.ts";
import { join, makeRequest, urlOf } from "./_outgoing.ts";
import { TestResponse } from "./test_response.ts";

/** A request that a {@linkcode MockHTTPClient} was asked for. */
export interface MockedRequest {
  /** The method. */
  readonly method: string;
  /** The URL. */
  readonly url: string;
  /** The headers. */
  readonly headers: HTTPHeaders;
  /** The body; empty if there is none. */
  readonly body: Bytes;
}

/** A response that a {@linkcode MockHTTPClient} gives. */
export interface MockReply {
  /**
   * The status.
   *
   * @default {200}
   */
  readonly code?: number;
  /**
   * The headers.
   *
   * @default {{}}
   */
  readonly headers?: HTTPHeadersInit;
  /**
   * The body.
   *
   * @default {""}
   */
  readonly body?: string | Bytes;
  /** A value that becomes the body as JSON. */
  readonly json?: unknown;
}

/** Makes a response to a request; what it throws, the request rejects with. */
export type MockResponder = (request: MockedRequest) => MockReply | Promise<MockReply>;

interface Expected {
  readonly method: string;
  readonly url: string | RegExp | URLPattern;
  readonly respond: MockResponder;
  left: number;
}

/**
 * A client for the requests that an application makes itself, which gives the responses that a test has put in.
 *
 * Responses are used in the order in which they were put in. A request that no response fits is an error. Redirects are
 * not followed.
 *
 * An application that makes its own `AsyncHTTPClient` gets the responses by `AsyncHTTPClient.configure(mock)`. That
 * client follows redirects, keeps cookies and streams as it does elsewhere. A class can be configured as well:
 * `MockHTTPClient`, or a subclass whose constructor puts responses in. The clients that share connections share a mock
 * then.
 *
 * @example
 * ```ts
 * import { type HTTPClient, MockHTTPClient, TestClient } from "@twister/twister/testing";
 * import { Application, RequestHandler } from "@twister/twister/web";
 * import { assertEquals } from "@std/assert";
 *
 * class Weather extends RequestHandler {
 *   declare readonly kwargs: { client: HTTPClient };
 *   override async get(city: string): Promise<void> {
 *     const response = await this.kwargs.client.fetch(`https://weather.example/${city}`);
 *     this.write(`It is ${response.json<{ sky: string }>().sky}`);
 *   }
 * }
 *
 * const mock = new MockHTTPClient();
 * mock.reply("GET", "https://weather.example/Rome", { json: { sky: "blue" } });
 * await using client = new TestClient(new Application([["/(.*)", Weather, { client: mock }]]));
 * assertEquals((await client.get("/Rome")).text, "It is blue");
 * mock.assertAllUsed();
 * ```
 */
export class MockHTTPClient implements HTTPClient {
  /** The requests so far, in order. */
  readonly requests: MockedRequest[] = [];
  readonly #expected: Expected[] = [];

  /** Makes the engine of a client that this class was configured for: one on a mock of its own. */
  static createEngine(options: AsyncHTTPClientOptions): ClientEngine {
    return new this().createEngine(options);
  }

  /** Makes the engine of a client that this mock was configured for. */
  createEngine(options: AsyncHTTPClientOptions): ClientEngine {
    return new AnsweringEngine(async (request) => replyOf(await this.#respond(request)), options.maxBodySize);
  }

  /**
   * Puts a response in.
   *
   * @param url The whole URL, or a pattern for it.
   * @param reply The response, or a function that makes it.
   * @param times The number of requests that it serves.
   */
  reply(method: string, url: string | RegExp | URLPattern, reply: MockReply | MockResponder, times: number = 1): void {
    const respond = typeof reply === "function" ? reply : () => reply;
    this.#expected.push({ method, url, respond, left: times });
  }

  /**
   * Gives the response that fits the request.
   *
   * @throws {Error} If none fits, and what the function of the response throws.
   * @throws {HTTPClientError} If its status is an error, unless `raiseError` is `false`.
   */
  async fetch(url: string | URL, options: FetchOptions = {}): Promise<TestResponse> {
    const { protocol, host } = new URL(url);
    const sent = await makeRequest(url, options, { protocol: protocol === "https:" ? "https" : "http", host });
    const body = sent.body === null
      ? new Uint8Array()
      : sent.body instanceof Uint8Array
      ? sent.body
      : await join(sent.body);
    const request: MockedRequest = { method: sent.method, url: urlOf(sent), headers: sent.headers, body };
    const response = new TestResponse({
      ...replyOf(await this.#respond(request)),
      effectiveUrl: request.url,
      request,
    });
    if (options.raiseError ?? true) response.rethrow();
    return response;
  }

  /**
   * Checks that every response was used.
   *
   * @throws {Error} If one was not.
   */
  assertAllUsed(): void {
    const unused = this.#expected.filter(({ left }) => left > 0);
    if (unused.length === 0) return;
    const lines = unused.map(({ method, url, left }) => `${method} ${Deno.inspect(url)} (${left} times)`);
    throw new Error(`The client was not asked for: ${lines.join(", ")}`);
  }

  /** Has no effect. */
  close(): void {}

  async #respond(request: MockedRequest): Promise<MockReply> {
    this.requests.push(request);
    const expected = this.#expected.find((one) => one.left > 0 && matches(one, request));
    if (expected === undefined) throw new Error(`No response is left for ${request.method} ${request.url}`);
    expected.left--;
    return await expected.respond(request);
  }
}

function matches({ method, url }: Expected, request: MockedRequest): boolean {
  if (method !== request.method) return false;
  return typeof url === "string" ? request.url === new URL(url).href || request.url === url : url.test(request.url);
}

/** The parts of a response. */
function replyOf(reply: MockReply): Pick<TestResponse, "code" | "reason" | "headers" | "body"> {
  const { code = 200, body = "", json } = reply;
  const headers = new HTTPHeaders(reply.headers);
  if (json !== undefined) headers.setdefault("Content-Type", "application/json");
  return {
    code,
    reason: responses.get(code) ?? "",
    headers,
    body: utf8(json === undefined ? body : jsonEncode(json)),
  };
}
