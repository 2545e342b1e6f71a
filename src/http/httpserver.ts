/**
 * A non-blocking HTTP/1.x server on Twister's own network stack. Tornado's `tornado.httpserver`.
 *
 * `Application.listen` makes one. A program makes one itself to listen on several ports or a Unix socket, or to serve a
 * router, a delegate or a function in place of an application.
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
import { checkSeconds } from "../internal/duration.ts";
import { currentClock } from "../internal/clock.ts";
import { events } from "../internal/events.ts";
import { checkLimit } from "../internal/limits.ts";
import { type IOStream, SSLIOStream } from "../net/iostream.ts";
import { TCPServer, type TCPServerOptions } from "../net/tcpserver.ts";
import { requestAdapters, type RequestCallback, RequestChain } from "./_adapters/request_chain.ts";
import { RequestContext } from "./_adapters/request_context.ts";
import { RequestLoop } from "./_http1/request_loop.ts";
import type { FetchHandlerOptions } from "./_serve/fetch_handler_options.ts";
import { type HTTP1ConnectionOptions, HTTP1ConnectionParameters } from "./http1connection.ts";
import {
  type HTTPConnection,
  type HTTPMessageDelegate,
  type HTTPServerConnectionDelegate,
  LongLivedResponses,
} from "./httputil.ts";
import type { Server } from "./server.ts";

export type { RequestCallback } from "./_adapters/request_chain.ts";
export type { DrainOnOptions } from "../net/tcpserver.ts";
export type { HTTP1ConnectionOptions } from "./http1connection.ts";
export { HTTPServerRequest as HTTPRequest } from "./httputil.ts";
export type { Server } from "./server.ts";

/**
 * Seconds for which a drain waits for a request that may be on its way to an idle connection: a round trip around the
 * world, and time for a client that is busy.
 */
const DRAIN_GRACE = 0.5;

/** Options of {@linkcode HTTPServer}. Sizes are in bytes, times in seconds. */
export interface HTTPServerOptions
  extends
    TCPServerOptions,
    Omit<HTTP1ConnectionOptions, "decompress">,
    Pick<FetchHandlerOptions, "decompressRequest" | "forwarded" | "trustedDownstream" | "xheaders"> {
  /**
   * The protocol of all requests, for a server behind a proxy that ends TLS and does not say so.
   * @default {the protocol of the socket}
   */
  protocol?: "http" | "https";
}

/**
 * A server for HTTP/1.x (`tornado.httpserver.HTTPServer`).
 *
 * `listen(port)` starts it, `stop()` ends accepting, {@linkcode HTTPServer.drain} finishes accepted requests, and
 * {@linkcode HTTPServer.closeAllConnections} closes the remaining connections.
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
  /** The delegate or function that answers requests. */
  readonly requestCallback: RequestCallback;
  /** Tells whether proxy headers are trusted. */
  readonly xheaders: boolean;
  /** The protocol of all requests, or `null` for that of the socket. */
  readonly protocol: "http" | "https" | null;
  /** The limits and time-outs of the connections. */
  readonly connParams: HTTP1ConnectionParameters;
  /** The addresses of proxies that are skipped in `X-Forwarded-For`. */
  readonly trustedDownstream: ReadonlySet<string>;
  readonly #chain: RequestChain;
  // Not as HTTP1ServerConnection, of which each idle connection would have one beside its loop.
  readonly #connections = new Set<RequestLoop>();
  readonly #longLived = new LongLivedResponses();
  /** The number of requests that have begun. */
  #requests = 0;
  #emptied: (() => void) | null = null;
  /** Tells whether a drain waits for the last connections to arrive, and begins no request meanwhile. */
  #holding = false;
  /** Seconds that a connection gets that arrives during a drain, or `null` if there is none. */
  #grace: number | null = null;

  /** Creates a server; `listen` or `addSocket` starts it. */
  constructor(requestCallback: RequestCallback, options: HTTPServerOptions = {}) {
    // Before it becomes a limit of another name.
    checkLimit("chunkSize", options.chunkSize ?? 1, 1);
    super({ readChunkSize: options.chunkSize, ...options });
    this.requestCallback = requestCallback;
    this.xheaders = options.xheaders ?? false;
    this.protocol = options.protocol ?? null;
    this.connParams = new HTTP1ConnectionParameters(options);
    this.#chain = new RequestChain(requestCallback, requestAdapters(options));
    this.trustedDownstream = new Set(options.trustedDownstream ?? []);
  }

  /** The number of open connections, WebSockets included. */
  get connectionCount(): number {
    return this.#connections.size + this.#longLived.size;
  }

  /** Serves HTTP on an accepted stream. */
  override handleStream(stream: IOStream, address: Deno.Addr): void {
    // Nagle's algorithm would hold the second piece of a response back until the client has acknowledged the first.
    stream.setNodelay(true);
    const protocol = this.protocol ?? (stream instanceof SSLIOStream ? "https" : "http");
    const context = new RequestContext(address, protocol, this.trustedDownstream, this.#longLived);
    const connection = new RequestLoop(stream, this.connParams, context);
    this.#connections.add(connection);
    events.connections?.opened();
    if (this.#holding) connection.hold();
    connection.serve(this);
    if (this.#grace !== null) connection.drain(this.#grace);
  }

  /** Starts a request: applies decompression and proxy headers, as the options say, and passes it on. */
  startRequest(serverConn: object, requestConn: HTTPConnection): HTTPMessageDelegate {
    this.#requests++;
    return this.#chain.startRequest(serverConn, requestConn);
  }

  /** Removes a connection that has closed. */
  onClose(serverConn: object): void {
    if (serverConn instanceof RequestLoop && this.#connections.delete(serverConn)) {
      events.connections?.closed();
    }
    this.#chain.onClose(serverConn);
    if (this.connectionCount === 0) this.#emptied?.();
  }

  /** Closes every connection immediately, even in the middle of a response. */
  closeAllConnections(): Promise<void> {
    this.#longLived.abort();
    for (const connection of [...this.#connections]) connection.close();
    return Promise.resolve();
  }

  /**
   * Ends the service in order, without the loss of a request. The server accepts what the kernel has already taken and
   * stops listening, which takes some hundredths of a second without new requests. It then answers everything that has
   * arrived, and one more request on each idle connection, with `Connection: close`. WebSockets are closed one after
   * another. When the time is up, the remaining connections are closed. The port is free afterwards.
   *
   * @param deadline Seconds to wait; 0 closes everything immediately.
   * @returns Whether everything finished in time.
   * @throws {TypeError} If the deadline is not a number.
   */
  override async drain(deadline: number): Promise<boolean> {
    checkSeconds("deadline", deadline);
    events.connections?.draining();
    const workers = this.stopWorkers(deadline);
    if (workers !== null) return await workers;
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = currentClock().setTimer(resolve, deadline);
    this.#longLived.drain(deadline);
    if (deadline > 0) {
      this.#holding = true;
      for (const connection of this.#connections) connection.hold();
      await this.stopWhenQuiet(deadline / 2);
      this.#holding = false;
    }
    this.#grace = Math.min(DRAIN_GRACE, deadline / 2);
    if (deadline === 0) this.stop();
    for (const connection of [...this.#connections]) connection.drain(this.#grace);
    if (this.connectionCount > 0) {
      this.#emptied = resolve;
      this.#longLived.onEmpty = () => this.connectionCount === 0 && resolve();
      await promise;
      this.#emptied = this.#longLived.onEmpty = null;
    }
    timer.cancel();
    const finished = this.connectionCount === 0;
    await this.closeAllConnections();
    await this.stopped();
    return finished;
  }

  /** Returns numbers about the server, by name, for the sums of a supervisor over its workers. */
  protected override metrics(): Record<string, number> {
    let kept = 0;
    for (const { isRetired } of this.#connections) if (!isRetired) kept++;
    const { connectionCount: connections } = this;
    return { ...super.metrics(), connections, connections_kept: kept, requests_total: this.#requests };
  }

  /** Ends connections that carry requests, the oldest first, each with `Connection: close` of its next response. */
  protected override retire(count: number): number {
    let left = count;
    for (const connection of this.#connections) {
      if (left === 0) break;
      if (connection.isRetired) continue;
      connection.retire();
      left--;
    }
    return count - left;
  }

  /** Stops the server and closes all connections, for `await using`. */
  override async [Symbol.asyncDispose](): Promise<void> {
    await super[Symbol.asyncDispose]();
    await this.closeAllConnections();
  }
}
