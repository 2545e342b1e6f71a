import type { Bytes } from "../../internal/bytes.ts";
import type { EndReason, RequestRecord } from "../../internal/events.ts";
import type { BaseIOStream } from "../../net/iostream.ts";
import type { HTTPHeaders } from "./headers.ts";
import type { RequestStartLine, ResponseStartLine } from "./start_lines.ts";
import type { LongLivedResponses } from "./long_lived.ts";

/**
 * Describes the peer of a connection.
 *
 * Proxy headers change `remoteIp` and `protocol` for the duration of one request.
 */
export interface HTTPRequestContext {
  /** The address of the client; `"0.0.0.0"` on a Unix socket. */
  remoteIp: string;
  /** The protocol: `"http"` or `"https"`. */
  protocol: string;
  /** The address of the other end of the socket, or `null` if the engine does not know it. */
  address: Deno.Addr | null;
  /**
   * The server's long-lived responses. An event stream, or a protocol that takes the connection over, adds itself here
   * to be told when the server is drained.
   */
  readonly longLived?: LongLivedResponses | null;
  /** The reason for which the server has given the connection up; missing if the client has left. */
  endReason?: EndReason;
  /**
   * Returns the client's TLS certificate as DER bytes or as fields. Missing on engines that have no access to it.
   *
   * @param binaryForm Whether to return the DER bytes.
   */
  getPeerCertificate?(binaryForm: boolean): Record<string, unknown> | Bytes | null;
}

/** Is told that the peer has gone. */
export interface CloseListener {
  /** The peer has gone before the end of the response. */
  clientGone(): void;
}

/**
 * Writes the response to one request: what an engine gives to the application.
 *
 * Tornado's `HTTPConnection`, with {@linkcode HTTPConnection.respond}, which sends a whole response without a promise.
 */
export interface HTTPConnection {
  /** The peer, or `null` for a request without a connection. */
  readonly context: HTTPRequestContext | null;
  /** The record of the request, which logs, traces, metrics and limits share; missing while there are none. */
  readonly record?: RequestRecord;
  /** Tells whether a chunk's memory may be reused once the promise of its write has settled. */
  readonly freesWritten: boolean;
  /** The most bytes that the body of this message may have. */
  readonly maxBodySize: number;
  /**
   * Tells that a body may come which no field announces, as in HTTP/2, and that none comes with GET and HEAD, whatever
   * the fields announce. Missing on engines that read the messages themselves.
   */
  readonly hidesBodies?: boolean;
  /**
   * Starts the message with its start line and headers, and optionally the first bytes of the body.
   *
   * @returns A promise that resolves when the kernel has the bytes.
   * @throws {HTTPOutputError} If the chunk is longer than the Content-Length.
   */
  writeHeaders(
    startLine: RequestStartLine | ResponseStartLine,
    headers: HTTPHeaders,
    chunk?: Bytes | string,
  ): Promise<void>;
  /** Starts the message as `writeHeaders` does, without a promise; there with {@linkcode HTTPConnection.send}. */
  sendHeaders?(startLine: RequestStartLine | ResponseStartLine, headers: HTTPHeaders): void;
  /**
   * Writes a chunk of the body; await it for back-pressure.
   *
   * @returns A promise that resolves when the kernel has the bytes.
   * @throws {HTTPOutputError} If the body grows longer than the Content-Length.
   */
  write(chunk: Bytes | string): Promise<void>;
  /**
   * Writes a chunk without a promise, which would take more memory than the chunk of many a stream; `unsent` tells soon
   * what became of it. Missing on engines that do not know.
   *
   * @throws {HTTPOutputError} If the body grows longer than the Content-Length.
   */
  send?(chunk: Bytes | string): void;
  /** The bytes that were written and that the kernel has not taken; there with {@linkcode HTTPConnection.send}. */
  readonly unsent?: number;
  /**
   * Ends the message.
   *
   * @param trailers Fields that follow a chunked body (RFC 9112, section 7.1.2). Any other message drops them.
   * @throws {HTTPOutputError} If the body is shorter than the Content-Length.
   */
  finish(trailers?: HTTPHeaders): void;
  /**
   * Sends an interim response, such as 103, before the head of the final one; nothing to a client of HTTP/1.0. Missing
   * on engines that cannot.
   */
  writeInterim?(startLine: ResponseStartLine, headers: HTTPHeaders): void;
  /** Breaks the message off, so that the peer cannot take it for complete. Does nothing after its end. */
  abort(): void;
  /**
   * Sends a whole response: `writeHeaders(startLine, headers, body)` and `finish()` in one call, without a promise.
   *
   * @throws {HTTPOutputError} If the length of the body differs from the Content-Length.
   */
  respond(startLine: ResponseStartLine, headers: HTTPHeaders, body: Bytes | string | null): void;
  /** Resolves when the kernel has everything written so far; rejects with `StreamClosedError` if the peer is gone. */
  drained(): Promise<void>;
  /**
   * Sets the function that is called once if the peer goes away while the response is pending, and immediately if it
   * has gone; `null` removes it.
   */
  setCloseCallback(callback: (() => void) | null): void;
  /**
   * Tells a listener in place of the function of `setCloseCallback`: a closure would take 48 bytes of each of many long
   * responses. Missing on engines that have no such responses to spare.
   */
  setCloseListener?(listener: CloseListener): void;
  /** Limits the body of this message, in bytes. To be called during `headersReceived`. */
  setMaxBodySize(maxBodySize: number): void;
  /** Limits the time for the body of this message to arrive, in seconds. To be called during `headersReceived`. */
  setBodyTimeout(seconds: number): void;
  /**
   * Takes the connection over and returns its stream, which no longer speaks HTTP.
   *
   * @throws {Error} If the engine has no stream.
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
   * Tells whether chunks only need to last until `dataReceived` returns or its promise settles. An engine may then lend
   * its own buffer instead of a copy, so the receiver must neither keep a chunk nor change it later.
   */
  get borrowsData(): boolean {
    return false;
  }

  /**
   * Tells whether a body whose length is known may come as one chunk, however long it is: for a receiver that would
   * only join the chunks. An engine may then put all bytes where they stay.
   */
  get takesWhole(): boolean {
    return false;
  }

  /**
   * Called when the headers have been received and parsed.
   *
   * @returns A promise that holds the body back until it resolves, or nothing.
   */
  headersReceived(_startLine: RequestStartLine | ResponseStartLine, _headers: HTTPHeaders): void | Promise<void> {}

  /**
   * Called for each chunk of the body. The receiver owns the chunk, unless it {@linkcode borrowsData}.
   *
   * @returns A promise that holds the next chunk back until it resolves, or nothing.
   */
  dataReceived(_chunk: Bytes): void | Promise<void> {}

  /** Called before `finish` if fields have followed a chunked body (RFC 9110, section 6.5). */
  trailersReceived(_trailers: HTTPHeaders): void {}

  /** Called after the last chunk. */
  finish(): void {}

  /** Called in place of `finish` if the connection closes before the message is complete. */
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
   * Called when a request starts.
   *
   * @param serverConn Identifies the connection, which may carry several requests one after another.
   * @param requestConn Writes the response to this request.
   * @returns The receiver of the request's parts.
   */
  abstract startRequest(serverConn: object, requestConn: HTTPConnection): HTTPMessageDelegate;

  /** Called when a connection has closed. */
  onClose(_serverConn: object): void {}
}
