/**
 * The client on our own streams, which is the default. Tornado's `tornado.simple_httpclient`.
 *
 * @module
 */
import type { ClientEngine } from "./_client/engine.ts";
import { SimpleEngine } from "./_client/simple_engine.ts";
import { AsyncHTTPClient, type AsyncHTTPClientOptions } from "./httpclient.ts";

export { HTTPStreamClosedError, HTTPTimeoutError } from "./_client/errors.ts";

/**
 * A client with connections of our own, whatever {@linkcode AsyncHTTPClient.configure} has chosen
 * (`tornado.simple_httpclient.SimpleAsyncHTTPClient`).
 *
 * @example
 * ```ts
 * import { SimpleAsyncHTTPClient } from "@twister/twister/simple-httpclient";
 * import { HTTPServer } from "@twister/twister/httpserver";
 * import { HTTPHeaders, ResponseStartLine } from "@twister/twister/httputil";
 * import { assertEquals } from "@std/assert";
 *
 * await using server = new HTTPServer((request) => {
 *   request.connection?.respond(new ResponseStartLine("HTTP/1.1", 200, "OK"), new HTTPHeaders(), "hello");
 * });
 * server.listen(0, { address: "127.0.0.1" });
 * using client = new SimpleAsyncHTTPClient({ forceInstance: true, maxClients: 100 });
 * assertEquals((await client.fetch(`http://127.0.0.1:${server.port}/`)).text, "hello");
 * ```
 */
export class SimpleAsyncHTTPClient extends AsyncHTTPClient {
  /** Makes a client on connections of our own. */
  static override createEngine(options: AsyncHTTPClientOptions): ClientEngine {
    return new SimpleEngine(options);
  }
}
