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

export { CookieJar, type CookieJarOptions, type StoredCookie } from "./_client/cookie_jar.ts";
export type { ClientEngine, ClientLimits } from "./_client/engine.ts";
export {
  HTTPClientError,
  HTTPClientError as HTTPError,
  HTTPStreamClosedError,
  HTTPTimeoutError,
} from "./_client/errors.ts";
export { HTTPRequest } from "./_client/http_request.ts";
export { HTTPResponse, type HTTPResponseInit, type HTTPResponseStream } from "./_client/http_response.ts";
export { isPublicAddress } from "./_client/public_address.ts";
export type {
  ConnectionOptions,
  HTTPRequestOptions,
  RequestBody,
  RequestDefaults,
  WriteBody,
} from "./_client/request_options.ts";
export type { RetryOptions } from "./_client/retry.ts";
export type { SimpleClientOptions } from "./_client/simple_engine.ts";

/** Options of {@linkcode AsyncHTTPClient}. */
export interface AsyncHTTPClientOptions extends SimpleClientOptions {
  /** Makes a client with connections of its own; without it, all clients share theirs. @default {false} */
  forceInstance?: boolean;
  /** Options for all requests of this client, which those of a request replace. @default {{}} */
  defaults?: RequestDefaults;
}

/** A class of clients: {@linkcode AsyncHTTPClient}, or one that carries requests out in another way. */
export interface AsyncHTTPClientClass {
  /** Makes the engine of a client. */
  createEngine(options: AsyncHTTPClientOptions): ClientEngine;
}

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
  static #implementation: AsyncHTTPClientClass = AsyncHTTPClient;
  static #configured: AsyncHTTPClientOptions = {};
  /** The engine that the clients of a class share. */
  static readonly #shared = new Map<AsyncHTTPClientClass, ClientEngine>();

  /** Options for all requests of this client. */
  readonly defaults: Readonly<RequestDefaults>;
  readonly #engine: ClientEngine;
  #isClosed = false;

  /**
   * Makes a client.
   *
   * @param options Options in addition to those of {@linkcode AsyncHTTPClient.configure}. Limits have an effect for a
   * client with `forceInstance`, and for the first of those that share.
   */
  constructor(options: AsyncHTTPClientOptions = {}) {
    const all = { ...AsyncHTTPClient.#configured, ...options };
    this.defaults = { ...AsyncHTTPClient.#configured.defaults, ...options.defaults };
    // A subclass stays what it is, whatever is configured.
    const implementation = new.target === AsyncHTTPClient ? AsyncHTTPClient.#implementation : new.target;
    const shared = all.forceInstance === true ? undefined : AsyncHTTPClient.#shared.get(implementation);
    this.#engine = shared ?? implementation.createEngine(all);
    if (all.forceInstance !== true) AsyncHTTPClient.#shared.set(implementation, this.#engine);
  }

  /** Makes the engine of a client, which is one on our own streams. A subclass may override it. */
  static createEngine(options: AsyncHTTPClientOptions): ClientEngine {
    return new SimpleEngine(options);
  }

  /**
   * Chooses the class that `new AsyncHTTPClient()` stands for, and options for all clients made from now on.
   *
   * @param implementation `null` for the default, connections of our own.
   */
  static configure(implementation: AsyncHTTPClientClass | null, options: AsyncHTTPClientOptions = {}): void {
    AsyncHTTPClient.#implementation = implementation ?? AsyncHTTPClient;
    AsyncHTTPClient.#configured = options;
    AsyncHTTPClient.#shared.clear();
  }

  /**
   * Makes a request and resolves with the whole response.
   *
   * @throws {HTTPClientError} If the status is not 2xx and `raiseError` is not `false`, or there is no whole response.
   * @throws {TypeError} If the URL is not one of http, or options contradict one another.
   * @throws {Deno.errors.ConnectionRefused} If nothing listens there, and the other errors of `TCPClient.connect`.
   */
  fetch(
    request: string | URL | HTTPRequest,
    options: HTTPRequestOptions & { raiseError?: boolean } = {},
  ): Promise<HTTPResponse> {
    try {
      const response = this.fetchImpl(this.#requestOf(request, options));
      return options.raiseError ?? true ? response.then(successful) : response;
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /**
   * Makes a request and resolves when the head of the response has come. `requestTimeout` ends there, and no status is
   * an error.
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

  /** The part that carries the requests out, which clients may share. */
  protected get engine(): ClientEngine {
    return this.#engine;
  }

  /** Ends the requests under way and closes the connections; for clients that share, those of all. */
  close(): void {
    this.#isClosed = true;
    for (const [key, engine] of AsyncHTTPClient.#shared) {
      if (engine === this.#engine) AsyncHTTPClient.#shared.delete(key);
    }
    this.#engine.close();
  }

  /** Closes the client, for `using`. */
  [Symbol.dispose](): void {
    this.close();
  }

  #requestOf(request: string | URL | HTTPRequest, options: HTTPRequestOptions): HTTPRequest {
    if (this.#isClosed) throw new Error("Cannot fetch: the client is closed");
    if (!(request instanceof HTTPRequest)) return new HTTPRequest(request, options);
    if (Object.keys(options).some((name) => name !== "raiseError")) {
      throw new TypeError("options can't be used with an HTTPRequest; make the request with them");
    }
    return request;
  }
}

function successful(response: HTTPResponse): HTTPResponse {
  response.rethrow();
  return response;
}
