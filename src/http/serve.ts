/**
 * The second engine: requests of the Fetch standard, from `Deno.serve`, `deno serve` or a test, for the delegates of
 * `httputil`. The first one is `httpserver`, which has streams of its own.
 *
 * @module
 */
export { FetchHandler } from "./_serve/fetch_handler.ts";
export type { FetchHandlerOptions } from "./_serve/options.ts";
export { type ServeListenOptions, ServeServer, type ServeServerOptions } from "./_serve/serve_server.ts";
