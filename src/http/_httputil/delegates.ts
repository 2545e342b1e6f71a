import type { Bytes } from "../../internal/bytes.ts";
import type { BaseIOStream } from "../../net/iostream.ts";
import type { HTTPHeaders } from "./headers.ts";
import type { RequestStartLine, ResponseStartLine } from "./start_lines.ts";
import type { LongLivedResponses } from "./long_lived.ts";

/**
 * What is known of the peer of a connection, apart from what it says.
 *
 * Proxy headers rewrite `remoteIp` and `protocol` for the time of one request.
 */
export interface HTTPRequestContext {
  /** Address of the client; `"0.0.0.0"` on a unix socket. */
  remoteIp: string;
  /** `"http"` or `"https"`. */
  protocol: string;
  /** Address of the socket's other end, or `null` where the engine has none. */
  address: Deno.Addr | null;
  /**
   * The server's long-lived responses. An event stream, or a protocol that takes the connection over, adds itself here to
   * be told when the server is drained.
   */
  readonly longLived?: LongLivedResponses | null;
  /**
   * The client's TLS certificate, as DER bytes or as fields; left out by an engine that cannot see it.
   *
   * @param binaryForm Whether to return the DER bytes.
   */
  getPeerCertificate?(binaryForm: boolean): Record<string, unknown> | Bytes | null;
}

/**
 * The writing side of one request and its response: what an engine gives to the application.
 *
 * Tornado's `HTTPConnection`, with the whole-message call {@linkcode HTTPConnection.respond} that makes no promise.
 */
export interface HTTPConnection {
  /** What is known of the peer, or `null` for a request without a connection. */
  readonly context: HTTPRequestContext | null;
  /**
   * Whether the connection lets go of a written chunk once its promise has settled, so that the writer may reuse the
   * memory.
   */
  readonly freesWritten: boolean;
  /** The most bytes that the body of this message may have. */
  readonly maxBodySize: number;
  /**
   * Starts the message: start line, headers, and possibly the first bytes of the body.
   *
   * @returns A promise that resolves when the bytes are with the kernel.
   * @throws {HTTPOutputError} If the chunk is longer than the Content-Length.
   */
  writeHeaders(
    startLine: RequestStartLine | ResponseStartLine,
    headers: HTTPHeaders,
    chunk?: Bytes | string,
  ): Promise<void>;
  /**
   * Writes a chunk of the body; await it for back-pressure.
   *
   * @returns A promise that resolves when the bytes are with the kernel.
   * @throws {HTTPOutputError} If more is written than the Content-Length said.
   */
  write(chunk: Bytes | string): Promise<void>;
  /**
   * Ends the message.
   *
   * @throws {HTTPOutputError} If less was written than the Content-Length said.
   */
  finish(): void;
  /** Breaks the message off where it is, so that the peer cannot take it for complete. Does nothing after its end. */
  abort(): void;
  /**
   * Sends a whole response: the same as `writeHeaders(startLine, headers, body)` and `finish()`, without a promise.
   *
   * @throws {HTTPOutputError} If the body does not have the length that the Content-Length says.
   */
  respond(startLine: ResponseStartLine, headers: HTTPHeaders, body: Bytes | string | null): void;
  /**
   * Resolves when everything written so far is with the kernel; rejects with StreamClosedError when the peer is gone.
   */
  drained(): Promise<void>;
  /** Names what is called once if the peer goes away while the response is pending; `null` takes it back. */
  setCloseCallback(callback: (() => void) | null): void;
  /** Limits the body of this message, in bytes; effective during `headersReceived`. */
  setMaxBodySize(maxBodySize: number): void;
  /** Limits the time in which the body of this message must arrive, in seconds; effective during `headersReceived`. */
  setBodyTimeout(seconds: number): void;
  /**
   * Takes the connection over: returns the stream under it, on which HTTP is no longer spoken.
   *
   * @throws {Error} On an engine that has no stream to give.
   */
  detach(): BaseIOStream;
  /** Hands the connection to a handler for another protocol: its stream, or a WebSocket of the engine's own. */
  upgrade(handler: UpgradeHandler): void;
}

/** Takes over a connection that leaves HTTP. The engine calls one of the methods, before `upgrade` returns. */
export interface UpgradeHandler {
  /**
   * Receives the offer of an engine that has a stream to give.
   *
   * @param accept Answers with 101 and these headers, and returns the stream, on which HTTP is no longer spoken. A
   * handler that does not call it sends another response.
   */
  onStream(accept: (headers: HTTPHeaders) => BaseIOStream): void;
  /**
   * Receives the offer of an engine that speaks WebSocket itself.
   *
   * @param accept Answers with 101 and these headers, beside those of the handshake, and returns the socket. It throws
   * `StreamClosedError` if the peer is gone. A handler that does not call it sends another response.
   */
  onWebSocket(accept: (headers: HTTPHeaders, options: Deno.UpgradeWebSocketOptions) => WebSocket): void;
}

/**
 * Receives the parts of one message, in order: headers, data, and then either `finish` or `onConnectionClose`.
 *
 * The methods do nothing by default; a subclass overrides what it needs. Tornado's `HTTPMessageDelegate`.
 *
 * @example A delegate that counts bytes
 * ```ts
 * import { HTTPMessageDelegate } from "@twister/twister/httputil";
 * import { assertEquals } from "@std/assert";
 *
 * class Counter extends HTTPMessageDelegate {
 *   total = 0;
 *   override dataReceived(chunk: Uint8Array<ArrayBuffer>): void {
 *     this.total += chunk.length;
 *   }
 * }
 *
 * const counter = new Counter();
 * counter.dataReceived(new Uint8Array(3));
 * assertEquals(counter.total, 3);
 * ```
 */
export class HTTPMessageDelegate {
  /**
   * Whether the chunks only need to last until `dataReceived` has returned, or its promise has settled. Where the
   * engine can, it then lends its own buffer instead of a copy: the receiver must neither keep a chunk nor change it
   * later.
   */
  get borrowsData(): boolean {
    return false;
  }

  /**
   * Called once the headers were received and parsed.
   *
   * @returns A promise to hold back the body until it resolves, or nothing.
   */
  headersReceived(_startLine: RequestStartLine | ResponseStartLine, _headers: HTTPHeaders): void | Promise<void> {}

  /**
   * Called for each chunk of the body; the chunk belongs to the receiver, unless it {@linkcode borrowsData}.
   *
   * @returns A promise to hold back the next chunk until it resolves, or nothing.
   */
  dataReceived(_chunk: Bytes): void | Promise<void> {}

  /** Called after the last chunk. */
  finish(): void {}

  /** Called instead of `finish` if the connection was closed before the message was complete. */
  onConnectionClose(): void {}
}

/**
 * Receives the requests of a server: the seam between an engine and an application.
 *
 * Tornado's `HTTPServerConnectionDelegate`.
 *
 * @example One message delegate for each request
 * ```ts
 * import { HTTPMessageDelegate, HTTPServerConnectionDelegate } from "@twister/twister/httputil";
 * import { assertEquals } from "@std/assert";
 *
 * class Sink extends HTTPServerConnectionDelegate {
 *   override startRequest(): HTTPMessageDelegate {
 *     return new HTTPMessageDelegate();
 *   }
 * }
 *
 * assertEquals(new Sink().startRequest() instanceof HTTPMessageDelegate, true);
 * ```
 */
export abstract class HTTPServerConnectionDelegate {
  /**
   * Called when a new request has started.
   *
   * @param serverConn Stands for the connection, which may carry several requests one after another.
   * @param requestConn Writes the response to this request.
   * @returns The receiver of the request's parts.
   */
  abstract startRequest(serverConn: object, requestConn: HTTPConnection): HTTPMessageDelegate;

  /** Called when a connection has been closed. */
  onClose(_serverConn: object): void {}
}
