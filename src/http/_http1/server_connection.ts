import type { BaseIOStream } from "../../net/iostream.ts";
import { requestAdapters, RequestChain } from "../_adapters/request_chain.ts";
import type { HTTPRequestContext, HTTPServerConnectionDelegate } from "../_httputil/delegates.ts";
import { HTTP1ConnectionParameters } from "./parameters.ts";
import { RequestLoop } from "./request_loop.ts";

/**
 * The server's end of a connection, which serves one request after another
 * (`tornado.http1connection.HTTP1ServerConnection`).
 *
 * @example
 * ```ts
 * import { HTTP1ServerConnection } from "@twister/twister/http1connection";
 * import { IOStream } from "@twister/twister/iostream";
 * import {
 *   type HTTPConnection,
 *   HTTPHeaders,
 *   HTTPMessageDelegate,
 *   HTTPServerConnectionDelegate,
 *   ResponseStartLine,
 * } from "@twister/twister/httputil";
 * import { assertEquals } from "@std/assert";
 *
 * class Hello extends HTTPServerConnectionDelegate {
 *   override startRequest(_server: object, connection: HTTPConnection): HTTPMessageDelegate {
 *     return new class extends HTTPMessageDelegate {
 *       override finish(): void {
 *         connection.respond(new ResponseStartLine("HTTP/1.1", 200, "OK"), new HTTPHeaders(), "hello");
 *       }
 *     }();
 *   }
 * }
 *
 * using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
 * const answer = fetch(`http://127.0.0.1:${listener.addr.port}/`);
 * const server = new HTTP1ServerConnection(new IOStream(await listener.accept()));
 * server.startServing(new Hello());
 * assertEquals(await (await answer).text(), "hello");
 * await server.close();
 * ```
 */
export class HTTP1ServerConnection {
  readonly #loop: RequestLoop;

  /** Wraps a stream, which no other code may read. */
  constructor(
    stream: BaseIOStream,
    params: HTTP1ConnectionParameters = new HTTP1ConnectionParameters(),
    context: HTTPRequestContext | null = null,
  ) {
    this.#loop = new OwnedLoop(this, stream, params, context);
  }

  /** The stream under the connection. */
  get stream(): BaseIOStream {
    return this.#loop.stream;
  }

  /** The limits and time-outs. */
  get params(): HTTP1ConnectionParameters {
    return this.#loop.params;
  }

  /** The peer, or `null` if nothing is known of it. */
  get context(): HTTPRequestContext | null {
    return this.#loop.context;
  }

  /** Starts serving. `delegate` receives a `startRequest` for each request and one `onClose`. */
  startServing(delegate: HTTPServerConnectionDelegate): void {
    const { decompress, chunkSize } = this.params;
    if (!decompress) return this.#loop.serve(delegate);
    this.#loop.serve(new RequestChain(delegate, requestAdapters({ decompressRequest: true, chunkSize })));
  }

  /** Closes the connection immediately and resolves when it is closed. */
  close(): Promise<void> {
    this.#loop.close();
    return Promise.resolve();
  }

  /** Tells whether {@linkcode HTTP1ServerConnection.retire} was called. */
  get isRetired(): boolean {
    return this.#loop.isRetired;
  }

  /** Ends the connection after its next response, and otherwise when it has been idle for as long as any. */
  retire(): void {
    this.#loop.retire();
  }

  /** Begins no request until {@linkcode HTTP1ServerConnection.drain}; requests under way go on. */
  hold(): void {
    this.#loop.hold();
  }

  /**
   * Answers the request under way and those that have arrived, the last one with `Connection: close`, and closes the
   * connection.
   *
   * @param grace Seconds to wait for a request that may be on its way to an idle connection.
   */
  drain(grace = 0): void {
    this.#loop.drain(grace);
  }
}

/** A loop to whose delegate another object stands for the connection. */
class OwnedLoop extends RequestLoop {
  readonly #owner: HTTP1ServerConnection;

  constructor(owner: HTTP1ServerConnection, ...parts: ConstructorParameters<typeof RequestLoop>) {
    super(...parts);
    this.#owner = owner;
  }

  protected override get connection(): HTTP1ServerConnection {
    return this.#owner;
  }
}
