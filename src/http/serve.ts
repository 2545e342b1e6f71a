/**
 * The second engine: requests of the Fetch standard, from `Deno.serve`, `deno serve` or a test, for the delegates of
 * `httputil`. The first one is `httpserver`, which has streams of its own.
 *
 * `Application.listen(port, { engine: "serve" })` and `Application.fetch` use it. Used directly, it serves other
 * delegates, such as a router of several applications, and sets limits for `fetch`.
 *
 * @example A router behind fetch
 * ```ts
 * import { RuleRouter } from "@twister/twister/routing";
 * import { FetchHandler } from "@twister/twister/serve";
 * import { Application, ErrorHandler } from "@twister/twister/web";
 * import { assertEquals } from "@std/assert";
 *
 * const old = new Application([["/.*", ErrorHandler, { statusCode: 410 }]]);
 * const handler = new FetchHandler(new RuleRouter([["/old/.*", old]]), { maxBodySize: 1024 });
 * const response = await handler.fetch(new Request("http://localhost/old/page"));
 * assertEquals(response.status, 410);
 * await response.body?.cancel();
 * ```
 *
 * @module
 */
export { FetchHandler } from "./_serve/fetch_handler.ts";
export type { FetchHandlerOptions } from "./_serve/fetch_handler_options.ts";
export { type ServeListenOptions, ServeServer, type ServeServerOptions } from "./_serve/serve_server.ts";
