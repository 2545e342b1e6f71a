/**
 * The client on our own streams, which is the default. Tornado's `tornado.simple_httpclient`.
 *
 * @module
 */
import type { Resolver, ResolverMapping } from "../net/netutil.ts";
import type { TCPClient } from "../net/tcpclient.ts";
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

  /** The most requests at a time, over all clients that share connections. */
  get maxClients(): number {
    return this.#simple.maxClients;
  }

  /** Number of requests under way, over all clients that share connections. */
  get active(): number {
    return this.#simple.active;
  }

  /** Number of requests that wait in the queue. */
  get waiting(): number {
    return this.#simple.waiting;
  }

  /** The most bytes that a connection reads ahead. */
  get maxBufferSize(): number | undefined {
    return this.#simple.options.maxBufferSize;
  }

  /** The most bytes of a head. */
  get maxHeaderSize(): number {
    return this.#simple.maxHeaderSize;
  }

  /** The most bytes of a body, after decoding. */
  get maxBodySize(): number | undefined {
    return this.#simple.options.maxBodySize;
  }

  /** Other names or addresses for hosts. */
  get hostnameMapping(): ResolverMapping | null {
    return this.#simple.options.hostnameMapping ?? null;
  }

  /** The client that makes the connections. */
  get tcpClient(): TCPClient {
    return this.#simple.tcpClient;
  }

  /** The resolver of host names. */
  get resolver(): Resolver {
    return this.#simple.tcpClient.resolver;
  }

  get #simple(): SimpleEngine {
    const { engine } = this;
    if (engine instanceof SimpleEngine) return engine;
    throw new TypeError("createEngine was overridden: the engine is another one");
  }
}
