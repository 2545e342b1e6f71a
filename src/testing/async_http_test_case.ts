import { HTTPServer, type HTTPServerOptions, type RequestCallback, type Server } from "../http/httpserver.ts";
import { AsyncTestCase } from "./async_test_case.ts";
import type { FetchOptions, HTTPClient } from "./http_client.ts";
import { PortClient } from "./_port_client.ts";
import type { TestResponse } from "./test_response.ts";

/**
 * A test case with a server on a port of its own. Tornado's `AsyncHTTPTestCase`.
 *
 * A subclass overrides {@linkcode AsyncHTTPTestCase.getApp}, and its tests call {@linkcode AsyncHTTPTestCase.fetch}. An
 * error that a handler has thrown fails the test, unless an `ExpectLog` expects it.
 *
 * @example
 * ```ts
 * import { AsyncHTTPTestCase } from "@twister/twister/testing";
 * import { Application, RequestHandler } from "@twister/twister/web";
 * import { assertEquals } from "@std/assert";
 *
 * class Hello extends RequestHandler {
 *   override get(): void {
 *     this.write("Hello, world");
 *   }
 * }
 * class HelloTest extends AsyncHTTPTestCase {
 *   override getApp(): Application {
 *     return new Application([["/", Hello]]);
 *   }
 *   async testHomepage(): Promise<void> {
 *     const response = await this.fetch("/");
 *     assertEquals(response.code, 200);
 *     assertEquals(response.text, "Hello, world");
 *   }
 * }
 * await new HelloTest("testHomepage").run();
 * ```
 *
 * @example By hand
 * ```ts
 * import { AsyncHTTPTestCase } from "@twister/twister/testing";
 * import { Application } from "@twister/twister/web";
 * import { assertEquals } from "@std/assert";
 *
 * class EmptyTest extends AsyncHTTPTestCase {
 *   override getApp(): Application {
 *     return new Application();
 *   }
 * }
 * const test = new EmptyTest();
 * await test.setUp();
 * assertEquals((await test.fetch("/")).code, 404);
 * await test.tearDown();
 * ```
 */
export class AsyncHTTPTestCase extends AsyncTestCase {
  #app: RequestCallback | null = null;
  #server: Server | null = null;
  #client: HTTPClient | null = null;

  /** The application, as {@linkcode AsyncHTTPTestCase.getApp} has returned it; `null` outside of the test. */
  get app(): RequestCallback | null {
    return this.#app;
  }

  /**
   * The server.
   *
   * @throws {Error} If {@linkcode AsyncHTTPTestCase.setUp} has not run, or the test has ended.
   */
  get httpServer(): Server {
    if (this.#server === null) throw new Error("Cannot use the server of a test case outside of its test");
    return this.#server;
  }

  /**
   * The client.
   *
   * @throws {Error} If {@linkcode AsyncHTTPTestCase.setUp} has not run, or the test has ended.
   */
  get httpClient(): HTTPClient {
    if (this.#client === null) throw new Error("Cannot use the client of a test case outside of its test");
    return this.#client;
  }

  /** Starts the server on a free port of 127.0.0.1. A subclass that overrides it calls `super.setUp()`. */
  override setUp(): void | Promise<void> {
    this.#client = this.getHttpClient();
    this.#app = this.getApp();
    this.#server = this.getHttpServer();
    this.#server.listen(0, { address: "127.0.0.1" });
  }

  /** Stops the server and closes all connections. A subclass that overrides it awaits `super.tearDown()`. */
  override async tearDown(): Promise<void> {
    const server = this.#server;
    this.#client?.close();
    this.#client = this.#server = this.#app = null;
    await server?.[Symbol.asyncDispose]();
  }

  /** Makes the client; a subclass may override it. */
  getHttpClient(): HTTPClient {
    return new PortClient();
  }

  /** Makes the server; a subclass may override it, for example to use the other engine. */
  getHttpServer(): Server {
    if (this.#app === null) throw new Error("Cannot make a server before the application");
    return new HTTPServer(this.#app, this.getHttpserverOptions());
  }

  /**
   * Makes the application; a subclass has to override it.
   *
   * @throws {Error} If the subclass does not.
   */
  getApp(): RequestCallback {
    throw new Error(`Cannot start a server: ${this.constructor.name} does not override getApp`);
  }

  /**
   * Makes a request to the server.
   *
   * @param path A path, or a URL with `http` or `https`, which is fetched unchanged.
   * @param options The options of the client's `fetch`; `raiseError` is `false` unless given.
   * @throws {HTTPClientError} If no response comes; with `raiseError`, also if its status is an error.
   */
  fetch(path: string, options: FetchOptions = {}): Promise<TestResponse> {
    const url = /^https?:\/\//i.test(path) ? path : this.getUrl(path);
    return this.httpClient.fetch(url, { raiseError: false, ...options });
  }

  /** Returns the options of the server; a subclass may override it. */
  getHttpserverOptions(): HTTPServerOptions {
    return {};
  }

  /** Returns the port of the server, which is another one for each test. */
  getHttpPort(): number {
    return this.httpServer.port;
  }

  /** Returns the protocol of the server. */
  getProtocol(): "http" | "https" {
    return "http";
  }

  /** Returns the URL of a path. */
  getUrl(path: string): string {
    return `${this.getProtocol()}://127.0.0.1:${this.getHttpPort()}${path}`;
  }
}
