import type { ByteBuffer } from "../../internal/byte_buffer.ts";
import type { Bytes } from "../../internal/bytes.ts";
import { checkLimit } from "../../internal/limits.ts";
import { toError } from "../../internal/promises.ts";
import { byteLength } from "../../internal/utf8.ts";
import { appLog } from "../../util/log.ts";
import { type BaseIOStream, StreamClosedError } from "../../net/iostream.ts";
import type {
  CloseListener,
  HTTPConnection,
  HTTPMessageDelegate,
  HTTPRequestContext,
  UpgradeHandler,
} from "../_httputil/delegates.ts";
import { HTTPInputError, HTTPOutputError } from "../_httputil/errors.ts";
import { getTrusted, headersFromBlock, type HTTPHeaders, serializeHeaders } from "../_httputil/headers.ts";
import { RequestStartLine, type ResponseStartLine } from "../_httputil/start_lines.ts";
import { BodyReader } from "./body_reader.ts";
import { connectionOption, errorResponse, listHas, requestHead, responseHead } from "./message_head.ts";
import { MessageWriter } from "./message_writer.ts";
import type { HTTP1ConnectionParameters } from "./parameters.ts";
import type { RequestHeadParser } from "./request_head.ts";

// What an exchange does and has been through, as bits: each field would take eight bytes of every exchange, of which
// event streams have one each. How far the reading is: with neither of these two, it has not begun, or the delegate
// holds the next bytes back.
/** Body bytes are wanted. */
const BODY = 1;
/** The message is complete, or the rest of it is not wanted. */
const READ = 2;
const EXPECTS_CONTINUE = 4;
/** The request is HTTP/1.0. */
const OLD = 8;
const IS_HEAD = 16;
const KEEP_ALIVE_ASKED = 32;
const WRITTEN = 64;
/** No other exchange follows on the connection. */
const LAST = 128;
/** The exchange was given up before it was written. */
const REFUSED = 256;
const STREAMS_BODY = 512;
/** The head of the message is written. */
const BEGUN = 1024;

/** Drives an exchange, which reports here the changes that concern the connection. */
export interface ExchangeDriver {
  /** Tells whether the next response must be the last of the connection. */
  readonly ending: boolean;
  /** The exchange takes body bytes again. */
  wanted(): void;
  /** Bytes were written, or wait to be. */
  wrote(): void;
  /** The exchange has ended; `keepAlive` tells whether another may follow. */
  finished(keepAlive: boolean): void;
  /** The exchange has failed and the peer has been told; unread input may follow. */
  failed(error: HTTPInputError | null): void;
  /** The application has taken the stream. */
  detached(): void;
}

/** A connection, and the limits of its use. */
export interface ConnectionParts {
  readonly stream: BaseIOStream;
  readonly params: HTTP1ConnectionParameters;
  /** The peer, or `null` if nothing is known of it. */
  readonly context: HTTPRequestContext | null;
}

/**
 * One HTTP/1 exchange over a stream, on either side: what a handler gets as `request.connection`.
 *
 * A driver owns the stream's input: it calls {@linkcode begin} with a parsed head, {@linkcode feed} while the exchange
 * {@linkcode wantsBody}, and {@linkcode streamClosed} or {@linkcode fail} where that is not the end.
 */
export class Exchange extends MessageWriter implements HTTPConnection {
  readonly #owner: ConnectionParts;
  maxBodySize: number;
  /** The time limit for the body, in seconds, or `null`. */
  bodyTimeout: number | null;

  #driver: ExchangeDriver | null = null;
  #delegate: HTTPMessageDelegate | null = null;
  #closeCallback: (() => void) | CloseListener | null = null;

  #body: BodyReader | null = null;
  #length = 0;
  #state = 0;

  constructor(owner: ConnectionParts) {
    super();
    const { stream, params } = owner;
    this.#owner = owner;
    this.maxBodySize = params.maxBodySize ?? stream.maxBufferSize;
    this.bodyTimeout = params.bodyTimeout;
    if (params.noKeepAlive) this.#state = LAST;
  }

  get stream(): BaseIOStream {
    return this.#owner.stream;
  }

  get params(): HTTP1ConnectionParameters {
    return this.#owner.params;
  }

  get context(): HTTPRequestContext | null {
    return this.#owner.context;
  }

  /** Always `true`: when a write resolves, the kernel has the chunk. */
  get freesWritten(): boolean {
    return true;
  }

  /** Tells whether the request is a HEAD, whose response has no body. */
  get isHead(): boolean {
    return this.#is(IS_HEAD);
  }

  get wantsBody(): boolean {
    return this.#is(BODY);
  }

  /** Makes this a request with a body that is written in pieces, whatever its method. */
  streamBody(): void {
    this.#state |= STREAMS_BODY;
  }

  setCloseCallback(callback: (() => void) | null): void {
    this.#watchClose(callback);
  }

  setCloseListener(listener: CloseListener): void {
    this.#watchClose(listener);
  }

  #watchClose(callback: (() => void) | CloseListener | null): void {
    this.#closeCallback = callback;
    if (callback === null || this.#driver !== null || this.#is(WRITTEN)) return;
    if (this.#is(REFUSED) || this.stream.closed()) this.#notify();
  }

  detach(): BaseIOStream {
    this.#closeCallback = null;
    this.#state |= WRITTEN;
    this.#reading = READ;
    const driver = this.#driver;
    this.#driver = null;
    driver?.detached();
    return this.stream;
  }

  upgrade(handler: UpgradeHandler): void {
    handler.onStream((headers) => {
      const stream = this.detach();
      const head = `HTTP/1.1 101 Switching Protocols\r\n${serializeHeaders(headers)}\r\n`;
      if (!stream.closed()) stream.sendLatin1(head);
      return stream;
    });
  }

  setBodyTimeout(timeout: number): void {
    this.bodyTimeout = timeout;
  }

  setMaxBodySize(maxBodySize: number): void {
    checkLimit("maxBodySize", maxBodySize);
    this.maxBodySize = maxBodySize;
  }

  writeHeaders(
    startLine: RequestStartLine | ResponseStartLine,
    headers: HTTPHeaders,
    chunk?: Bytes | string,
  ): Promise<void> {
    this.#writeHead(startLine, headers, chunk);
    return this.drained();
  }

  sendHeaders(startLine: RequestStartLine | ResponseStartLine, headers: HTTPHeaders): void {
    this.#writeHead(startLine, headers, undefined);
  }

  write(chunk: Bytes | string): Promise<void> {
    this.#writeChunk(chunk);
    return this.drained();
  }

  send(chunk: Bytes | string): void {
    this.#writeChunk(chunk);
  }

  get unsent(): number {
    return this.stream.writeBufferSize;
  }

  finish(trailers?: HTTPHeaders): void {
    if (!this.#is(BEGUN) || this.#is(WRITTEN) || this.stopped) return;
    this.end(trailers === undefined ? "" : serializeHeaders(trailers));
    this.#endWriting();
  }

  writeInterim({ code, reason }: ResponseStartLine, headers: HTTPHeaders): void {
    if (this.#is(OLD | WRITTEN | REFUSED | BEGUN) || this.stream.closed()) return;
    this.stream.sendLatin1(`HTTP/1.1 ${code} ${reason}\r\n${serializeHeaders(headers)}\r\n`);
  }

  abort(): void {
    if (this.#is(WRITTEN | REFUSED)) return;
    if (this.#is(BEGUN)) this.stop();
    else this.stream.close();
  }

  respond(startLine: ResponseStartLine, headers: HTTPHeaders, body: Bytes | string | null): void {
    this.#beginMessage();
    const length = body === null ? 0 : byteLength(body);
    const head = this.#responseHead(startLine, headers, length);
    if (!this.fits(length)) this.#refuseLength(`Cannot write ${length} bytes: Content-Length is ${this.remaining}`);
    this.#state |= BEGUN;
    this.whole(head, body, length);
    this.#endWriting();
  }

  /** Writes a whole request as `writeHeaders` and `finish` do, without a promise: the response tells more. */
  request(startLine: RequestStartLine, headers: HTTPHeaders, body: Bytes | null): void {
    this.#writeHead(startLine, headers, body ?? undefined);
    this.finish();
  }

  /** Begins the server's side with a parsed head, which is not used afterwards. */
  begin(driver: ExchangeDriver, delegate: HTTPMessageDelegate, head: RequestHeadParser): void {
    const { fields, minor } = head;
    this.#driver = driver;
    this.#delegate = delegate;
    this.#length = fields.bodyLength(0);
    if (minor === 0) this.#state |= OLD;
    if (head.method === "HEAD") this.#state |= IS_HEAD;
    if (fields.expectContinue) this.#state |= EXPECTS_CONTINUE;
    if (fields.keepAlive) this.#state |= KEEP_ALIVE_ASKED;
    if (head.isLast) this.#state |= LAST;
    const startLine = new RequestStartLine(head.method, head.target, head.version);
    try {
      const held = delegate.headersReceived(startLine, headersFromBlock(head.block));
      if (held === undefined) this.#beginBody();
      else this.#after(held, () => this.#beginBody());
    } catch (error) {
      this.#fault(error);
    }
  }

  /** Takes body bytes from the front of the buffer, as many as the delegate takes without a pause. */
  feed(buffer: ByteBuffer): void {
    const body = this.#body;
    if (body === null) return;
    try {
      while (this.#is(BODY) && buffer.length > 0) {
        const held = body.feed(buffer);
        if (held !== undefined) {
          this.#reading = 0;
          this.#after(held, () => this.#release());
        } else if (body.done) {
          this.#endReading();
        }
      }
    } catch (error) {
      this.#fault(error);
    }
  }

  /** Ends the exchange because of what the peer sent or failed to send. */
  fail(error: HTTPInputError): void {
    this.#abort(error.statusCode, error);
  }

  /** Ends the exchange because the connection is gone. */
  streamClosed(): void {
    this.#driver = null;
    this.#notify();
  }

  #writeChunk(chunk: Bytes | string): void {
    if (!this.#is(BEGUN)) throw new HTTPOutputError("Cannot write a body before its head");
    if (this.#is(WRITTEN)) throw new HTTPOutputError("Cannot write: the message is finished");
    if (!this.takes(chunk)) {
      const error = new HTTPOutputError("Tried to write more data than Content-Length");
      this.stream.close(error);
      throw error;
    }
    this.chunk(chunk);
    this.#driver?.wrote();
  }

  #beginBody(): void {
    if (this.#driver === null) return;
    if (this.#length === 0) return this.#endReading();
    if (this.#is(WRITTEN)) {
      // Answered without a look at the body: nobody is going to read it.
      this.#state |= LAST;
      this.#reading = READ;
      return this.#settle();
    }
    const delegate = this.#delegate;
    if (delegate === null) return;
    this.#body = new BodyReader(delegate, this.#length, this.maxBodySize, this.params);
    if (this.#is(EXPECTS_CONTINUE) && this.stream.readBufferSize === 0) {
      this.stream.send("HTTP/1.1 100 Continue\r\n\r\n");
    }
    this.#reading = BODY;
    this.#driver.wanted();
  }

  #after(held: Promise<void>, next: () => void): void {
    held.then(next).catch((error) => this.#fault(error));
  }

  #release(): void {
    if (this.#driver === null || this.#is(BODY | READ)) return;
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
    if (!this.#is(WRITTEN)) delegate?.finish();
    else delegate?.onConnectionClose();
    this.#settle();
  }

  #endWriting(): void {
    this.#state |= WRITTEN;
    this.#closeCallback = null;
    if (this.untilClose) this.#state |= LAST;
    if (!this.#is(READ) && this.#body !== null) {
      // The rest of the request is not wanted any more.
      this.#state |= LAST;
      this.#reading = READ;
    }
    this.#driver?.wrote();
    this.#settle();
  }

  /** Ends the exchange when both directions are done. */
  #settle(): void {
    const driver = this.#driver;
    if (driver === null || !this.#is(WRITTEN) || !this.#is(READ)) return;
    this.#driver = null;
    if (this.#delegate !== null) {
      // Input is left over: the peer may still be sending.
      this.#notify();
      driver.failed(null);
    } else {
      driver.finished(!this.#is(LAST));
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
    const partial = this.#is(BEGUN) && !this.#is(WRITTEN);
    if (!this.#is(BEGUN) && !this.stream.closed()) this.stream.send(errorResponse(code));
    // What the application still writes is lost, as to a peer that is gone.
    if (!this.#is(WRITTEN)) this.#state |= REFUSED;
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
      else if (typeof callback === "function") callback();
      else callback?.clientGone();
    } catch (error) {
      appLog.error("Uncaught exception", toError(error));
    }
  }

  #writeHead(
    startLine: RequestStartLine | ResponseStartLine,
    headers: HTTPHeaders,
    chunk: Bytes | string | undefined,
  ): void {
    this.#beginMessage();
    let head: string;
    if (startLine instanceof RequestStartLine) {
      if (startLine.method === "HEAD") this.#state |= IS_HEAD;
      head = requestHead(this, startLine, headers, this.#is(STREAMS_BODY));
    } else {
      head = this.#responseHead(startLine, headers, -1);
    }
    // The length is checked first, so that nothing is sent of a message that contradicts its own head.
    if (chunk !== undefined && !this.takes(chunk)) this.#refuseLength("Tried to write more data than Content-Length");
    this.#state |= BEGUN;
    this.head(head);
    if (chunk !== undefined) this.chunk(chunk);
    this.#driver?.wrote();
  }

  /** Makes sure that a head may be written. Until it is, an error can still be answered with 500. */
  #beginMessage(): void {
    if (this.#is(WRITTEN) && !this.#is(BEGUN)) throw new HTTPOutputError("Cannot write: the stream is detached");
    if (this.#is(BEGUN)) throw new HTTPOutputError("Cannot write the head twice");
    if (this.#is(REFUSED)) this.drop();
  }

  /** Answers with 500 in place of a message that contradicts its own head. */
  #refuseLength(message: string): never {
    if (this.#driver === null) this.stream.close();
    else this.#abort(500, null);
    throw new HTTPOutputError(message);
  }

  #responseHead(startLine: ResponseStartLine, headers: HTTPHeaders, wholeLength: number): string {
    const own = getTrusted(headers, "Connection");
    if (own !== null && listHas(own, "close")) this.#state |= LAST;
    const closes = this.#willClose(headers, wholeLength);
    // What the application says of a connection counts unless it is going to be closed.
    if (own !== null && closes) headers.set("Connection", "close");
    const connection = own === null ? connectionOption(closes, this.#minor, this.#is(KEEP_ALIVE_ASKED)) : null;
    return responseHead(this, startLine, headers, this.#minor, this.isHead, wholeLength, connection);
  }

  #willClose(headers: HTTPHeaders, wholeLength: number): boolean {
    // A whole response before the end of the request: nobody is going to read the rest.
    const leavesRest = wholeLength >= 0 && !this.#is(READ) && this.#length !== 0;
    if (this.#driver?.ending || leavesRest) this.#state |= LAST;
    if (this.#is(LAST)) return true;
    // To HTTP/1.0 a body of unknown length ends with the connection.
    return this.#is(OLD) && wholeLength < 0 && !this.isHead && getTrusted(headers, "Content-Length") === null;
  }

  #is(flags: number): boolean {
    return (this.#state & flags) !== 0;
  }

  /** `BODY`, `READ`, or 0 for neither. */
  set #reading(reading: number) {
    this.#state = this.#state & ~(BODY | READ) | reading;
  }

  get #minor(): number {
    return this.#is(OLD) ? 0 : 1;
  }
}
