import type { Bytes } from "../../internal/bytes.ts";
import type { BaseIOStream } from "../../net/iostream.ts";
import type {
  CloseListener,
  HTTPConnection,
  HTTPMessageDelegate,
  HTTPRequestContext,
  UpgradeHandler,
} from "../_httputil/delegates.ts";
import type { HTTPHeaders } from "../_httputil/headers.ts";
import type { RequestStartLine, ResponseStartLine } from "../_httputil/start_lines.ts";
import { Exchange } from "./exchange.ts";
import { HTTP1ConnectionParameters } from "./parameters.ts";
import { readRequest } from "./request_reader.ts";
import { readResponse } from "./response_reader.ts";

/**
 * One HTTP/1 exchange over a stream: reads one message and writes one (`tornado.http1connection.HTTP1Connection`).
 *
 * A client writes its request with {@linkcode writeHeaders}, {@linkcode write} and {@linkcode finish}, and reads the
 * response with {@linkcode readResponse}. A program that serves a single request without a server reads it with
 * {@linkcode readResponse} and writes the response; see `HTTP1ServerConnection` for many requests.
 *
 * @example
 * ```ts
 * import { HTTP1Connection } from "@twister/twister/http1connection";
 * import { HTTPHeaders, HTTPMessageDelegate, RequestStartLine, ResponseStartLine } from "@twister/twister/httputil";
 * import { HTTPServer } from "@twister/twister/httpserver";
 * import { IOStream } from "@twister/twister/iostream";
 * import { assertEquals } from "@std/assert";
 *
 * await using server = new HTTPServer((request) => {
 *   request.connection?.respond(new ResponseStartLine("HTTP/1.1", 200, "OK"), new HTTPHeaders(), "hello");
 * });
 * server.listen(0, { address: "127.0.0.1" });
 *
 * class Body extends HTTPMessageDelegate {
 *   text = "";
 *   override dataReceived(chunk: Uint8Array<ArrayBuffer>): void {
 *     this.text += new TextDecoder().decode(chunk);
 *   }
 * }
 * using stream = await IOStream.connect({ hostname: "127.0.0.1", port: server.port });
 * const connection = new HTTP1Connection(stream, true);
 * connection.writeHeaders(new RequestStartLine("GET", "/", "HTTP/1.1"), new HTTPHeaders({ Host: "localhost" }));
 * connection.finish();
 * const body = new Body();
 * await connection.readResponse(body);
 * assertEquals(body.text, "hello");
 * ```
 */
export class HTTP1Connection implements HTTPConnection {
  /** Tells whether this end is the client. */
  readonly isClient: boolean;
  readonly #exchange: Exchange;

  /**
   * Prepares for one exchange.
   *
   * @param stream The stream, which no other code may read.
   * @param isClient `true` to write a request and read the response, `false` for the reverse.
   * @param context The peer, or `null` if nothing is known of it.
   */
  constructor(
    stream: BaseIOStream,
    isClient: boolean,
    params: HTTP1ConnectionParameters = new HTTP1ConnectionParameters(),
    context: HTTPRequestContext | null = null,
  ) {
    this.isClient = isClient;
    this.#exchange = new Exchange({ stream, params, context });
  }

  /** The stream under the connection. */
  get stream(): BaseIOStream {
    return this.#exchange.stream;
  }

  /** The limits and time-outs. */
  get params(): HTTP1ConnectionParameters {
    return this.#exchange.params;
  }

  /** The peer, or `null` if nothing is known of it. */
  get context(): HTTPRequestContext | null {
    return this.#exchange.context;
  }

  /** The most bytes of body that this exchange takes. */
  get maxBodySize(): number {
    return this.#exchange.maxBodySize;
  }

  /** Tells whether the parameters say that the connection closes after this exchange. */
  get noKeepAlive(): boolean {
    return this.params.noKeepAlive;
  }

  /** Always `true`: when a write resolves, the kernel has the chunk. */
  get freesWritten(): boolean {
    return this.#exchange.freesWritten;
  }

  /**
   * Reads one message: the response for a client, a request for a server.
   *
   * @returns A promise of whether the connection can carry another exchange. It never rejects: the delegate learns of a
   * message that breaks off by `onConnectionClose`.
   */
  readResponse(delegate: HTTPMessageDelegate): Promise<boolean> {
    return this.isClient ? readResponse(this.#exchange, delegate) : readRequest(this.#exchange, delegate);
  }

  /** Sets the function that is called once if the peer goes away while the response is pending; `null` removes it. */
  setCloseCallback(callback: (() => void) | null): void {
    this.#exchange.setCloseCallback(callback);
  }

  /** Tells a listener in place of the function of {@linkcode setCloseCallback}. */
  setCloseListener(listener: CloseListener): void {
    this.#exchange.setCloseListener(listener);
  }

  /** Closes the stream. */
  close(): void {
    this.stream.close();
  }

  /** Takes the connection over. Bytes that were already received are the first to be read from the stream. */
  detach(): BaseIOStream {
    return this.#exchange.detach();
  }

  /** Hands the stream to a handler for another protocol, which accepts it with the headers of the 101 response. */
  upgrade(handler: UpgradeHandler): void {
    this.#exchange.upgrade(handler);
  }

  /** Limits the time for the body of this message to arrive, in seconds. To be called during `headersReceived`. */
  setBodyTimeout(timeout: number): void {
    this.#exchange.setBodyTimeout(timeout);
  }

  /** Limits the body of this message, in bytes. To be called during `headersReceived`. */
  setMaxBodySize(maxBodySize: number): void {
    this.#exchange.setMaxBodySize(maxBodySize);
  }

  /** Starts the message; see {@linkcode HTTPConnection.writeHeaders}. */
  writeHeaders(
    startLine: RequestStartLine | ResponseStartLine,
    headers: HTTPHeaders,
    chunk?: Bytes | string,
  ): Promise<void> {
    return this.#exchange.writeHeaders(startLine, headers, chunk);
  }

  /** Writes a chunk of the body; see {@linkcode HTTPConnection.write}. One that is too long closes the connection. */
  write(chunk: Bytes | string): Promise<void> {
    return this.#exchange.write(chunk);
  }

  /** Ends the message; see {@linkcode HTTPConnection.finish}. Bytes that are missing close the connection. */
  finish(trailers?: HTTPHeaders): void {
    this.#exchange.finish(trailers);
  }

  /** Sends an interim response; see {@linkcode HTTPConnection.writeInterim}. */
  writeInterim(startLine: ResponseStartLine, headers: HTTPHeaders): void {
    this.#exchange.writeInterim(startLine, headers);
  }

  /** Breaks the message off where it is and closes the connection, so that the peer cannot take it for complete. */
  abort(): void {
    this.#exchange.abort();
  }

  /** Sends a whole response in one call, without a promise; see {@linkcode HTTPConnection.respond}. */
  respond(startLine: ResponseStartLine, headers: HTTPHeaders, body: Bytes | string | null): void {
    this.#exchange.respond(startLine, headers, body);
  }

  /** Resolves when the kernel has everything written so far; rejects with `StreamClosedError` if the peer is gone. */
  drained(): Promise<void> {
    return this.#exchange.drained();
  }
}
