/**
 * A non-blocking HTTP/1.x server on our own network stack: Tornado's `tornado.httpserver`.
 *
 * `Application.listen` makes one. It is made by hand for several ports or a Unix socket, or for what is no application:
 * a router, a delegate, or a function.
 *
 * @example An application on a Unix socket
 * ```ts
 * import { HTTPServer } from "@twister/twister/httpserver";
 * import { bindUnixSocket } from "@twister/twister/netutil";
 * import { Application } from "@twister/twister/web";
 *
 * const directory = await Deno.makeTempDir();
 * await using server = new HTTPServer(new Application(), { xheaders: true });
 * server.addSocket(bindUnixSocket(`${directory}/app.sock`));
 * await Deno.remove(directory, { recursive: true });
 * ```
 *
 * @module
 */
import { currentClock } from "../internal/clock.ts";
import { type IOStream, SSLIOStream } from "../net/iostream.ts";
import { TCPServer, type TCPServerOptions } from "../net/tcpserver.ts";
import { requestAdapters, type RequestCallback, RequestChain } from "./_adapters/request_chain.ts";
import { RequestContext } from "./_adapters/request_context.ts";
import { type HTTP1ConnectionOptions, HTTP1ConnectionParameters, HTTP1ServerConnection } from "./http1connection.ts";
import {
  type HTTPConnection,
  type HTTPMessageDelegate,
  type HTTPServerConnectionDelegate,
  LongLivedResponses,
} from "./httputil.ts";
import type { Server } from "./server.ts";

export type { RequestCallback } from "./_adapters/request_chain.ts";
export type { HTTP1ConnectionOptions } from "./http1connection.ts";
export { HTTPServerRequest as HTTPRequest } from "./httputil.ts";
export type { Server } from "./server.ts";

/** Options of {@linkcode HTTPServer}; sizes are in bytes, times in seconds. */
export interface HTTPServerOptions extends TCPServerOptions, Omit<HTTP1ConnectionOptions, "decompress"> {
  /**
   * Whether `X-Real-Ip`, `X-Forwarded-For`, `X-Scheme` and `X-Forwarded-Proto` are believed. Only for a server that
   * nobody but a proxy can reach.
   * @default {false}
   */
  xheaders?: boolean;
  /**
   * The protocol that requests are said to have come by, for a server behind a proxy that ends TLS without saying so.
   * @default {the protocol of the socket}
   */
  protocol?: "http" | "https";
  /**
   * Whether request bodies in gzip are decoded.
   * @default {false}
   */
  decompressRequest?: boolean;
  /**
   * Addresses of proxies that `X-Forwarded-For` may end with and that are skipped.
   * @default {[]}
   */
  trustedDownstream?: Iterable<string>;
}

/**
 * A server for HTTP/1.x (`tornado.httpserver.HTTPServer`).
 *
 * `listen(port)` starts it, {@linkcode HTTPServer.stop} ends accepting, {@linkcode HTTPServer.drain} finishes what was
 * accepted, and {@linkcode HTTPServer.closeAllConnections} closes what is left.
 *
 * @example
 * ```ts
 * import { HTTPServer } from "@twister/twister/httpserver";
 * import { HTTPHeaders, ResponseStartLine } from "@twister/twister/httputil";
 * import { assertEquals } from "@std/assert";
 *
 * await using server = new HTTPServer((request) => {
 *   const text = `You asked for ${request.uri}`;
 *   request.connection?.respond(new ResponseStartLine("HTTP/1.1", 200, "OK"), new HTTPHeaders(), text);
 * });
 * server.listen(0, { address: "127.0.0.1" });
 *
 * const response = await fetch(`http://127.0.0.1:${server.port}/a`);
 * assertEquals(await response.text(), "You asked for /a");
 * ```
 */
export class HTTPServer extends TCPServer implements HTTPServerConnectionDelegate, Server {
  /** What is served. */
  readonly requestCallback: RequestCallback;
  /** Whether proxy headers are believed. */
  readonly xheaders: boolean;
  /** The protocol that requests are said to have come by, or `null` for the socket's. */
  readonly protocol: "http" | "https" | null;
  /** Limits and time-outs of the connections. */
  readonly connParams: HTTP1ConnectionParameters;
  /** Addresses of proxies that are skipped in `X-Forwarded-For`. */
  readonly trustedDownstream: ReadonlySet<string>;
  readonly #chain: RequestChain;
  readonly #connections = new Set<HTTP1ServerConnection>();
  readonly #longLived = new LongLivedResponses();
  #emptied: (() => void) | null = null;

  /** Makes a server; it does nothing before `listen` or `addSocket`. */
  constructor(requestCallback: RequestCallback, options: HTTPServerOptions = {}) {
    super({ readChunkSize: options.chunkSize, ...options });
    this.requestCallback = requestCallback;
    this.xheaders = options.xheaders ?? false;
    this.protocol = options.protocol ?? null;
    this.connParams = new HTTP1ConnectionParameters(options);
    this.#chain = new RequestChain(requestCallback, requestAdapters(options));
    this.trustedDownstream = new Set(options.trustedDownstream ?? []);
  }

  /** The number of open connections, those included that have left HTTP for a WebSocket. */
  get connectionCount(): number {
    return this.#connections.size + this.#longLived.size;
  }

  /** Serves HTTP on an accepted stream. */
  override handleStream(stream: IOStream, address: Deno.Addr): void {
    const protocol = this.protocol ?? (stream instanceof SSLIOStream ? "https" : "http");
    const context = new RequestContext(address, protocol, this.trustedDownstream, this.#longLived);
    const connection = new HTTP1ServerConnection(stream, this.connParams, context);
    this.#connections.add(connection);
    connection.startServing(this);
  }

  /** Begins a request, which goes through decompression and proxy headers, as the options say, to what is served. */
  startRequest(serverConn: object, requestConn: HTTPConnection): HTTPMessageDelegate {
    return this.#chain.startRequest(serverConn, requestConn);
  }

  /** Forgets a connection that has closed. */
  onClose(serverConn: object): void {
    if (serverConn instanceof HTTP1ServerConnection) this.#connections.delete(serverConn);
    this.#chain.onClose(serverConn);
    if (this.connectionCount === 0) this.#emptied?.();
  }

  /** Closes every connection at once, whatever it is doing. */
  async closeAllConnections(): Promise<void> {
    this.#longLived.abort();
    await Promise.all(Array.from(this.#connections, (connection) => connection.close()));
  }

  /**
   * Ends the service in order: accepts no more connections, closes those that are idle, and lets the others finish the
   * request they are in; WebSockets are closed one after another. What is not finished when the time is up is closed.
   *
   * @param deadline Seconds to wait; 0 closes everything at once.
   * @returns Whether everything was finished in time.
   */
  async drain(deadline: number): Promise<boolean> {
    this.stop();
    for (const connection of this.#connections) connection.drain();
    this.#longLived.drain(deadline);
    if (this.connectionCount === 0) return true;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#emptied = resolve;
    this.#longLived.onEmpty = () => this.connectionCount === 0 && resolve();
    const timer = currentClock().setTimer(resolve, deadline);
    await promise;
    timer.cancel();
    this.#emptied = this.#longLived.onEmpty = null;
    const finished = this.connectionCount === 0;
    await this.closeAllConnections();
    return finished;
  }

  /** Stops and closes all connections, for `await using`. */
  override async [Symbol.asyncDispose](): Promise<void> {
    await super[Symbol.asyncDispose]();
    await this.closeAllConnections();
  }
}
