/**
 * A client of HTTP. Tornado's `tornado.httpclient`.
 *
 * @module
 */
import type { ClientEngine } from "./_client/engine.ts";
import { HTTPRequest } from "./_client/http_request.ts";
import type { HTTPResponse, HTTPResponseStream } from "./_client/http_response.ts";
import type { HTTPRequestOptions, RequestDefaults } from "./_client/request_options.ts";
import { type SimpleClientOptions, SimpleEngine } from "./_client/simple_engine.ts";

export { CookieJar, type CookieJarOptions } from "./_client/cookie_jar.ts";
export type { ClientEngine, ClientLimits } from "./_client/engine.ts";
export {
  HTTPClientError,
  HTTPClientError as HTTPError,
  HTTPStreamClosedError,
  HTTPTimeoutError,
} from "./_client/errors.ts";
export { HTTPRequest } from "./_client/http_request.ts";
export { HTTPResponse, type HTTPResponseInit, type HTTPResponseStream } from "./_client/http_response.ts";
export type { HTTPRequestOptions, RequestBody, RequestDefaults, WriteBody } from "./_client/request_options.ts";
export type { RetryOptions } from "./_client/retry.ts";
export type { SimpleClientOptions } from "./_client/simple_engine.ts";

/** Options of {@linkcode AsyncHTTPClient}. */
export interface AsyncHTTPClientOptions extends SimpleClientOptions {
  /** Makes a client with connections of its own; without it, all clients share theirs. @default {false} */
  forceInstance?: boolean;
  /** Options for all requests of this client, which those of a request replace. @default {{}} */
  defaults?: RequestDefaults;
}

/** Makes what carries out the requests. */
export type EngineFactory = (options: AsyncHTTPClientOptions) => ClientEngine;

const makeSimple: EngineFactory = (options) => new SimpleEngine(options);

/**
 * A client of HTTP (`tornado.httpclient.AsyncHTTPClient`).
 *
 * Clients without `forceInstance` share their connections and limits. A connection is kept for the next request.
 *
 * @example
 * ```ts
 * import { AsyncHTTPClient } from "@twister/twister/httpclient";
 * import { Application, RequestHandler } from "@twister/twister/web";
 * import { assertEquals } from "@std/assert";
 *
 * class Hello extends RequestHandler {
 *   override get(): void {
 *     this.write({ hello: this.getArgument("name") });
 *   }
 * }
 * await using server = new Application([["/", Hello]]).listen(0, { address: "127.0.0.1" });
 * using client = new AsyncHTTPClient({ forceInstance: true });
 * const response = await client.fetch(`http://127.0.0.1:${server.port}/?name=Ada`);
 * assertEquals(response.json(), { hello: "Ada" });
 * ```
 */
export class AsyncHTTPClient implements Disposable {
  static #makeEngine: EngineFactory = makeSimple;
  static #configured: AsyncHTTPClientOptions = {};
  static #shared: ClientEngine | null = null;

  /** Options for all requests of this client. */
  readonly defaults: Readonly<RequestDefaults>;
  readonly #engine: ClientEngine;
  #isClosed = false;

  /**
   * Makes a client.
   *
   * @param options What {@linkcode AsyncHTTPClient.configure} set counts where they say nothing. Limits take effect for
   * a client of its own, and for the first of those that share.
   */
  constructor(options: AsyncHTTPClientOptions = {}) {
    const all = { ...AsyncHTTPClient.#configured, ...options };
    this.defaults = { ...AsyncHTTPClient.#configured.defaults, ...options.defaults };
    this.#engine = all.forceInstance === true
      ? AsyncHTTPClient.#makeEngine(all)
      : AsyncHTTPClient.#shared ??= AsyncHTTPClient.#makeEngine(all);
  }

  /**
   * Chooses what carries out requests, and options for all clients made from now on.
   *
   * @param makeEngine `null` for our own; `fetchEngine` for that of Deno.
   */
  static configure(makeEngine: EngineFactory | null, options: AsyncHTTPClientOptions = {}): void {
    AsyncHTTPClient.#makeEngine = makeEngine ?? makeSimple;
    AsyncHTTPClient.#configured = options;
    AsyncHTTPClient.#shared = null;
  }

  /**
   * Makes a request and resolves with the whole response.
   *
   * @throws {HTTPClientError} If the status is not 2xx and `raiseError` is not `false`, or there is no whole response.
   * @throws {TypeError} If the URL is not one of http, or options contradict one another.
   * @throws {Deno.errors.ConnectionRefused} If nothing listens there, and the other errors of `TCPClient.connect`.
   */
  async fetch(
    request: string | URL | HTTPRequest,
    options: HTTPRequestOptions & { raiseError?: boolean } = {},
  ): Promise<HTTPResponse> {
    const { raiseError = true, ...rest } = options;
    const response = await this.fetchImpl(this.#requestOf(request, rest));
    if (raiseError) response.rethrow();
    return response;
  }

  /**
   * Makes a request and resolves when the head of the response has come. `requestTimeout` ends there, and statuses are
   * not errors.
   *
   * @throws {HTTPClientError} If there is no response.
   */
  async stream(request: string | URL | HTTPRequest, options: HTTPRequestOptions = {}): Promise<HTTPResponseStream> {
    return await this.#engine.stream(this.#requestOf(request, options), this.defaults);
  }

  /** Carries a request out. A subclass may override it. */
  fetchImpl(request: HTTPRequest): Promise<HTTPResponse> {
    return this.#engine.fetch(request, this.defaults);
  }

  /** Ends the requests under way and closes the connections; for clients that share, those of all. */
  close(): void {
    this.#isClosed = true;
    if (AsyncHTTPClient.#shared === this.#engine) AsyncHTTPClient.#shared = null;
    this.#engine.close();
  }

  /** Closes the client, for `using`. */
  [Symbol.dispose](): void {
    this.close();
  }

  #requestOf(request: string | URL | HTTPRequest, options: HTTPRequestOptions): HTTPRequest {
    if (this.#isClosed) throw new Error("Cannot fetch: the client is closed");
    if (!(request instanceof HTTPRequest)) return new HTTPRequest(request, options);
    if (Object.keys(options).length > 0) {
      throw new TypeError("options can't be used with an HTTPRequest; make the request with them");
    }
    return request;
  }
}
