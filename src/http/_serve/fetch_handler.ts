import type { RequestCallback } from "../_adapters/request_chain.ts";
import { FetchEngine } from "./fetch_engine.ts";
import type { FetchHandlerOptions } from "./fetch_handler_options.ts";

/**
 * Answers requests of the Fetch standard through a delegate: the second engine, without a server of its own.
 *
 * It works in `Deno.serve`, in `deno serve` and in tests. It has no socket: `detach()` throws, and Deno sets the
 * time-out, the limits and the versions for heads. Everything else is as with `HTTPServer`.
 *
 * @example A request without a server
 * ```ts
 * import { FetchHandler } from "@twister/twister/serve";
 * import { HTTPHeaders, ResponseStartLine } from "@twister/twister/httputil";
 * import { assertEquals } from "@std/assert";
 *
 * const handler = new FetchHandler((request) => {
 *   request.connection?.respond(new ResponseStartLine("HTTP/1.1", 200, "OK"), new HTTPHeaders(), request.path);
 * });
 * const response = await handler.fetch(new Request("http://localhost/hello?a=b"));
 * assertEquals(await response.text(), "/hello");
 * ```
 */
export class FetchHandler {
  readonly #engine: FetchEngine;

  /**
   * Makes a handler.
   *
   * @param requestCallback A delegate such as an `Application`, or a function that is called with each whole request.
   */
  constructor(requestCallback: RequestCallback, options: FetchHandlerOptions = {}) {
    this.#engine = new FetchEngine(requestCallback, options);
  }

  /**
   * Answers a request.
   *
   * Malformed requests and errors of the delegate are answered too, with one log line each. A request without `info`
   * was made by a program; if it has no Host header, its URL gives the host.
   *
   * @param info What `Deno.serve` tells of the client.
   * @returns The response; a promise of it if the delegate does not answer in this turn.
   */
  fetch(request: Request, info: Deno.ServeHandlerInfo | null = null): Response | Promise<Response> {
    return this.#engine.fetch(request, info);
  }
}
