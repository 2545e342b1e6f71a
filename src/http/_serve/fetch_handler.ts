import { HTTPServerConnectionDelegate } from "../_httputil/delegates.ts";
import type { HTTPServerRequest } from "../_httputil/request.ts";
import { UpgradedConnections } from "../_httputil/upgraded.ts";
import { CallbackDelegate } from "./callback_delegate.ts";
import { exchange, type Flights } from "./exchange.ts";
import { completeOptions, type FetchHandlerOptions, type FetchSettings } from "./options.ts";

/** The exchanges of a handler that are under way. */
export let flightsOf: (handler: FetchHandler) => Flights;

/**
 * Leads requests of the Fetch standard through a delegate: the second engine, without a server of its own.
 *
 * It serves `Deno.serve`, `deno serve` and tests alike. It reads no socket, so that what needs one is not there:
 * `detach()` throws, and head time-outs, limits and versions are Deno's. Everything else is as with `HTTPServer`.
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
  readonly #delegate: HTTPServerConnectionDelegate;
  readonly #settings: FetchSettings;
  readonly #flights: Flights = { running: new Set(), longLived: new UpgradedConnections(), stopping: false };

  static {
    flightsOf = (handler) => handler.#flights;
  }

  /**
   * Makes a handler.
   *
   * @param requestCallback Gets the requests: a delegate such as an `Application`, or a function that gets whole ones.
   */
  constructor(
    requestCallback: HTTPServerConnectionDelegate | ((request: HTTPServerRequest) => void | Promise<void>),
    options: FetchHandlerOptions = {},
  ) {
    this.#delegate = requestCallback instanceof HTTPServerConnectionDelegate
      ? requestCallback
      : new CallbackDelegate(requestCallback);
    this.#settings = completeOptions(options);
  }

  /**
   * Answers a request; there is no promise where the delegate answers at once.
   *
   * Bad input and errors of the delegate are answers too, and one log line each. Headers of a request that comes without
   * `info` are those of a program, so its Host is taken from its URL.
   *
   * @param info What `Deno.serve` tells of the client.
   */
  fetch(request: Request, info: Deno.ServeHandlerInfo | null = null): Response | Promise<Response> {
    return exchange(this.#delegate, this.#settings, request, info, this.#flights);
  }
}
