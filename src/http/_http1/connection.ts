import type { ByteBuffer } from "../../internal/byte_buffer.ts";
import type { Bytes } from "../../internal/bytes.ts";
import { toError } from "../../internal/promises.ts";
import { appLog } from "../../util/log.ts";
import { type BaseIOStream, StreamClosedError } from "../../net/iostream.ts";
import type { HTTPConnection, HTTPMessageDelegate, HTTPRequestContext } from "../_httputil/delegates.ts";
import { HTTPInputError, HTTPOutputError } from "../_httputil/errors.ts";
import { getTrusted, headersFromBlock, type HTTPHeaders } from "../_httputil/headers.ts";
import { RequestStartLine, type ResponseStartLine } from "../_httputil/start_lines.ts";
import { BodyReader, CHUNKED } from "./body_reader.ts";
import { errorResponse } from "./error_response.ts";
import type { ExchangeDriver } from "./exchange_driver.ts";
import { chunkLength, connectionOption, listHas, requestHead, responseHead } from "./message_head.ts";
import { MessageWriter } from "./message_writer.ts";
import { HTTP1ConnectionParameters } from "./parameters.ts";
import type { RequestHeadParser } from "./request_head.ts";

// How far the reading is: not begun, or the delegate holds the next bytes back; body bytes are wanted; the message is
// complete, or the rest of it is not wanted.
const HELD = 0;
const BODY = 1;
const READ = 2;

// What the drivers may do with an exchange, and nobody else.
/** Begins an exchange on the server's side with a parsed head. */
export let beginExchange: (
  exchange: HTTP1Connection,
  driver: ExchangeDriver,
  delegate: HTTPMessageDelegate,
  head: RequestHeadParser,
) => void;
/** Whether the exchange wants body bytes now. */
export let wantsBody: (exchange: HTTP1Connection) => boolean;
/** Hands body bytes to the exchange. */
export let feedExchange: (exchange: HTTP1Connection, buffer: ByteBuffer) => void;
/** Ends the exchange because of what the peer sent or failed to send. */
export let failExchange: (exchange: HTTP1Connection, error: HTTPInputError) => void;
/** Tells the exchange that the connection is gone. */
export let exchangeClosed: (exchange: HTTP1Connection) => void;
/** Makes this the last exchange of its connection. */
export let exchangeIsLast: (exchange: HTTP1Connection) => void;
/** The most bytes of body this exchange takes. */
export let maxBodySizeOf: (exchange: HTTP1Connection) => number;
/** The time limit set for the body of this exchange, or null. */
export let bodyTimeoutOf: (exchange: HTTP1Connection) => number | null;

/** Whether the request that was written is a HEAD, whose response has no body. */
export let requestWasHead: (exchange: HTTP1Connection) => boolean;

type MessageReader = (connection: HTTP1Connection, delegate: HTTPMessageDelegate) => Promise<boolean>;
/** What `readResponse` does in either role. The readers import this file, so it cannot import them. */
export const messageReaders: { request: MessageReader | null; reply: MessageReader | null } = {
  request: null,
  reply: null,
};

/**
 * One HTTP/1 exchange over a stream: reads one message and writes one (`tornado.http1connection.HTTP1Connection`).
 *
 * A server makes one for each request; see `HTTP1ServerConnection`. A client writes its request with
 * {@linkcode writeHeaders}, {@linkcode write} and {@linkcode finish}, and reads the answer with
 * {@linkcode readResponse}.
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
  /** Whether this end is the client. */
  readonly isClient: boolean;
  /** The stream under the connection. */
  readonly stream: BaseIOStream;
  /** Limits and time-outs. */
  readonly params: HTTP1ConnectionParameters;
  /** What is known of the peer, or `null`. */
  readonly context: HTTPRequestContext | null;
  /** Always `true`: when a write resolves, the kernel has the chunk. */
  readonly freesWritten: boolean = true;

  #driver: ExchangeDriver | null = null;
  #delegate: HTTPMessageDelegate | null = null;
  #closeCallback: (() => void) | null = null;

  #reading = HELD;
  #body: BodyReader | null = null;
  #length = 0;
  #expectContinue = false;
  #minor = 1;
  #isHead = false;
  #keepAliveAsked = false;
  #maxBodySize: number;
  #bodyTimeout: number | null;

  #writer: MessageWriter | null = null;
  #written = false;
  #last = false;
  #refused = false;

  static {
    beginExchange = (exchange, driver, delegate, head) => exchange.#begin(driver, delegate, head);
    wantsBody = (exchange) => exchange.#reading === BODY;
    feedExchange = (exchange, buffer) => exchange.#feed(buffer);
    failExchange = (exchange, error) => exchange.#abort(error.statusCode, error);
    exchangeClosed = (exchange) => {
      exchange.#driver = null;
      exchange.#notify();
    };
    exchangeIsLast = (exchange) => {
      exchange.#last = true;
    };
    requestWasHead = (exchange) => exchange.#isHead;
    maxBodySizeOf = (exchange) => exchange.#maxBodySize;
    bodyTimeoutOf = (exchange) => exchange.#bodyTimeout;
  }

  /**
   * Makes a connection for one exchange.
   *
   * @param isClient Whether requests are written and responses read, or the reverse.
   */
  constructor(
    stream: BaseIOStream,
    isClient: boolean,
    params: HTTP1ConnectionParameters = new HTTP1ConnectionParameters(),
    context: HTTPRequestContext | null = null,
  ) {
    this.stream = stream;
    this.isClient = isClient;
    this.params = params;
    this.context = context;
    this.#maxBodySize = params.maxBodySize ?? stream.maxBufferSize;
    this.#bodyTimeout = params.bodyTimeout;
    this.#last = params.noKeepAlive;
  }

  /** Whether the connection closes after this exchange by configuration. */
  get noKeepAlive(): boolean {
    return this.params.noKeepAlive;
  }

  /**
   * Reads one message: the response for a client, a request for a server.
   *
   * @returns Whether the connection can be used for another exchange afterwards.
   */
  readResponse(delegate: HTTPMessageDelegate): Promise<boolean> {
    const read = this.isClient ? messageReaders.reply : messageReaders.request;
    if (read === null) throw new Error("Cannot read a message: import HTTP1Connection from its public module");
    return read(this, delegate);
  }

  /** Names what is called once if the peer goes away while the response is pending; `null` takes it back. */
  setCloseCallback(callback: (() => void) | null): void {
    this.#closeCallback = callback;
  }

  /** Closes the stream. */
  close(): void {
    this.stream.close();
  }

  /** Takes the stream over: HTTP is no longer spoken on it. Bytes that were received already are the first it gives. */
  detach(): BaseIOStream {
    this.#closeCallback = null;
    this.#written = true;
    this.#reading = READ;
    const driver = this.#driver;
    this.#driver = null;
    driver?.detached();
    return this.stream;
  }

  /** Limits the time for the body of this message, in seconds; effective during `headersReceived`. */
  setBodyTimeout(timeout: number): void {
    this.#bodyTimeout = timeout;
  }

  /** Limits the body of this message, in bytes; effective during `headersReceived`. */
  setMaxBodySize(maxBodySize: number): void {
    this.#maxBodySize = maxBodySize;
  }

  /**
   * Starts the message: start line, headers, and possibly the first bytes of the body.
   *
   * @returns A promise that resolves when the bytes are with the kernel, and rejects with `StreamClosedError`.
   * @throws {HTTPOutputError} If the head was written before, or the chunk is longer than the Content-Length.
   */
  writeHeaders(
    startLine: RequestStartLine | ResponseStartLine,
    headers: HTTPHeaders,
    chunk?: Bytes | string,
  ): Promise<void> {
    const writer = this.#startWriting();
    let head: string;
    if (startLine instanceof RequestStartLine) {
      this.#isHead = startLine.method === "HEAD";
      head = requestHead(writer, startLine, headers);
    } else {
      head = this.#responseHead(writer, startLine, headers, -1);
    }
    // The length is checked first, so that nothing is sent of a message that contradicts its own head.
    if (chunk !== undefined) writer.count(chunk);
    writer.head(head, headers);
    if (chunk !== undefined) writer.chunk(chunk);
    this.#driver?.wrote();
    return writer.drained();
  }

  /**
   * Writes a chunk of the body.
   *
   * @returns A promise that resolves when the bytes are with the kernel, and rejects with `StreamClosedError`.
   * @throws {HTTPOutputError} If more is written than the Content-Length said; the connection is closed then.
   */
  write(chunk: Bytes | string): Promise<void> {
    const writer = this.#writer;
    if (writer === null) throw new HTTPOutputError("Cannot write a body before its head");
    if (this.#written) throw new HTTPOutputError("Cannot write: the message is finished");
    writer.count(chunk);
    writer.chunk(chunk);
    this.#driver?.wrote();
    return writer.drained();
  }

  /**
   * Ends the message.
   *
   * @throws {HTTPOutputError} If less was written than the Content-Length said; the connection is closed then.
   */
  finish(): void {
    if (this.#writer === null || this.#written || this.#writer.stopped) return;
    this.#writer.end();
    this.#endWriting();
  }

  /** Breaks the message off where it is, by closing the connection, so that the peer cannot take it for complete. */
  abort(): void {
    if (this.#written || this.#refused) return;
    if (this.#writer === null) this.stream.close();
    else this.#writer.stop();
  }

  /**
   * Sends a whole response in one call, without a promise.
   *
   * @throws {HTTPOutputError} If the body does not have the length that the Content-Length says.
   */
  respond(startLine: ResponseStartLine, headers: HTTPHeaders, body: Bytes | string | null): void {
    const writer = this.#startWriting();
    const length = body === null ? 0 : chunkLength(body);
    writer.whole(this.#responseHead(writer, startLine, headers, length), headers, body, length);
    this.#endWriting();
  }

  /** Resolves when all that was written is with the kernel; rejects with `StreamClosedError` if the peer is gone. */
  drained(): Promise<void> {
    return this.#writer === null ? this.stream.drained() : this.#writer.drained();
  }

  #begin(driver: ExchangeDriver, delegate: HTTPMessageDelegate, head: RequestHeadParser): void {
    const { fields, minor } = head;
    this.#driver = driver;
    this.#delegate = delegate;
    this.#minor = minor;
    this.#isHead = head.method === "HEAD";
    this.#length = fields.chunked ? CHUNKED : fields.contentLength < 0 ? 0 : fields.contentLength;
    this.#expectContinue = fields.expectContinue;
    this.#keepAliveAsked = fields.keepAlive;
    if (fields.close || (minor === 0 && !fields.keepAlive)) this.#last = true;
    const startLine = new RequestStartLine(head.method, head.target, head.version);
    try {
      const held = delegate.headersReceived(startLine, headersFromBlock(head.block));
      if (held === undefined) this.#beginBody();
      else this.#after(held, () => this.#beginBody());
    } catch (error) {
      this.#fault(error);
    }
  }

  #beginBody(): void {
    if (this.#driver === null) return;
    if (this.#length === 0) return this.#endReading();
    if (this.#written) {
      // Answered without a look at the body: nobody is going to read it.
      this.#last = true;
      this.#reading = READ;
      return this.#settle();
    }
    const delegate = this.#delegate;
    if (delegate === null) return;
    this.#body = new BodyReader(delegate, this.#length, this.#maxBodySize, this.params.maxHeaderSize);
    if (this.#expectContinue && this.stream.readBufferSize === 0) this.stream.send("HTTP/1.1 100 Continue\r\n\r\n");
    this.#reading = BODY;
    this.#driver.wanted();
  }

  #feed(buffer: ByteBuffer): void {
    const body = this.#body;
    if (body === null) return;
    try {
      while (this.#reading === BODY && buffer.length > 0) {
        const held = body.feed(buffer);
        if (held !== undefined) {
          this.#reading = HELD;
          this.#after(held, () => this.#release());
        } else if (body.done) {
          this.#endReading();
        }
      }
    } catch (error) {
      this.#fault(error);
    }
  }

  #after(held: Promise<void>, next: () => void): void {
    held.then(next).catch((error) => this.#fault(error));
  }

  #release(): void {
    if (this.#driver === null || this.#reading !== HELD) return;
    if (this.#body === null || this.#body.done) return this.#endReading();
    this.#reading = BODY;
    this.#driver.wanted();
  }

  #endReading(): void {
    this.#reading = READ;
    this.#body = null;
    const delegate = this.#delegate;
    this.#delegate = null;
    // A delegate that answered early has said all it has to say: it gets the other of its two ends.
    if (!this.#written) delegate?.finish();
    else delegate?.onConnectionClose();
    this.#settle();
  }

  #endWriting(): void {
    this.#written = true;
    this.#closeCallback = null;
    if (this.#writer?.untilClose) this.#last = true;
    if (this.#reading !== READ && this.#body !== null) {
      // The rest of the request is not wanted any more.
      this.#last = true;
      this.#reading = READ;
    }
    this.#driver?.wrote();
    this.#settle();
  }

  /** Ends the exchange when both directions are done. */
  #settle(): void {
    const driver = this.#driver;
    if (driver === null || !this.#written || this.#reading !== READ) return;
    this.#driver = null;
    if (this.#delegate !== null) {
      // Input is left over: the peer may still be sending.
      this.#notify();
      driver.failed(null);
    } else {
      driver.finished(!this.#last);
    }
  }

  /** Ends the exchange because of an exception from the delegate, or from what it was fed. */
  #fault(error: unknown): void {
    if (error instanceof HTTPInputError) return this.#abort(error.statusCode, error);
    if (error instanceof StreamClosedError && this.stream.closed()) return;
    appLog.error("Uncaught exception", toError(error));
    this.#abort(500, null);
  }

  /** Answers with an error if nothing was written yet, and gives the connection up. */
  #abort(code: number, error: HTTPInputError | null): void {
    const driver = this.#driver;
    if (driver === null) return;
    this.#driver = null;
    const partial = this.#writer !== null && !this.#written;
    if (this.#writer === null && !this.stream.closed()) this.stream.send(errorResponse(code));
    // What the application still writes is lost, as to a peer that is gone.
    this.#refused = !this.#written;
    this.#notify();
    if (partial) this.stream.close();
    driver.failed(error);
  }

  /** Tells whoever waits that the exchange will not be completed. */
  #notify(): void {
    const delegate = this.#delegate;
    const callback = this.#closeCallback;
    this.#delegate = this.#closeCallback = this.#body = null;
    try {
      if (delegate !== null) delegate.onConnectionClose();
      else callback?.();
    } catch (error) {
      appLog.error("Uncaught exception", toError(error));
    }
  }

  #startWriting(): MessageWriter {
    if (this.#written && this.#writer === null) throw new HTTPOutputError("Cannot write: the stream is detached");
    if (this.#writer !== null) throw new HTTPOutputError("Cannot write the head twice");
    return this.#writer = new MessageWriter(this.stream, this.#refused);
  }

  #responseHead(
    writer: MessageWriter,
    startLine: ResponseStartLine,
    headers: HTTPHeaders,
    wholeLength: number,
  ): string {
    const own = getTrusted(headers, "Connection");
    if (own !== null && listHas(own, "close")) this.#last = true;
    const closes = this.#willClose(headers, wholeLength);
    // What the application says of a connection counts unless it is going to be closed.
    if (own !== null && closes) headers.set("Connection", "close");
    const connection = own === null ? connectionOption(closes, this.#minor, this.#keepAliveAsked) : null;
    return responseHead(writer, startLine, headers, this.#minor, this.#isHead, wholeLength, connection);
  }

  #willClose(headers: HTTPHeaders, wholeLength: number): boolean {
    if (this.#last) return true;
    // A whole response before the end of the request: nobody is going to read the rest.
    if (wholeLength >= 0 && this.#reading !== READ && this.#length !== 0) return this.#last = true;
    // To HTTP/1.0 a body of unknown length ends with the connection.
    return this.#minor === 0 && wholeLength < 0 && !this.#isHead && getTrusted(headers, "Content-Length") === null;
  }
}
