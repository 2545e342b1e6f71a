/**
 * The client on Deno's `fetch`, for HTTP/2 and SOCKS. It has the place of Tornado's `tornado.curl_httpclient`.
 *
 * @module
 */
import type { ClientEngine } from "./_client/engine.ts";
import { FetchEngine } from "./_client/fetch_engine.ts";
import { AsyncHTTPClient, type AsyncHTTPClientOptions } from "./httpclient.ts";

/**
 * A client that carries requests out by Deno's `fetch`, in HTTP/2 where the server has it (https), and through SOCKS
 * proxies: `proxyHost: "socks5://127.0.0.1"`.
 *
 * It refuses the options that `fetch` cannot honour with a `TypeError` that names them: `connectTimeout`,
 * `expect100Continue`, `allowAddress`, `allowIpv6: false`, `validateCert: false`, `decompressResponse: false`,
 * `checkHostname` and `alpnProtocols` of `sslOptions`, `proxyUsername` with https, and `resolver`, `hostnameMapping`,
 * `maxBufferSize` and `maxHeaderSize` of the client.
 *
 * @example
 * ```ts
 * import { FetchAsyncHTTPClient } from "@twister/twister/fetch-httpclient";
 * import { HTTPServer } from "@twister/twister/httpserver";
 * import { HTTPHeaders, ResponseStartLine } from "@twister/twister/httputil";
 * import { assertEquals, assertRejects } from "@std/assert";
 *
 * await using server = new HTTPServer((request) => {
 *   request.connection?.respond(new ResponseStartLine("HTTP/1.1", 200, "OK"), new HTTPHeaders(), "hello");
 * });
 * server.listen(0, { address: "127.0.0.1" });
 * using client = new FetchAsyncHTTPClient({ forceInstance: true });
 * const url = `http://127.0.0.1:${server.port}/`;
 * assertEquals((await client.fetch(url)).text, "hello");
 * await assertRejects(() => client.fetch(url, { validateCert: false }), TypeError, "cannot honour validateCert");
 * ```
 */
export class FetchAsyncHTTPClient extends AsyncHTTPClient {
  /** Makes a client on Deno's `fetch`. */
  static override createEngine(options: AsyncHTTPClientOptions): ClientEngine {
    return new FetchEngine(options);
  }
}
