import {
  type CloseListener,
  type HTTPConnection,
  HTTPHeaders,
  type HTTPServerRequest,
  responses,
  ResponseStartLine,
} from "../../http/httputil.ts";
import { getTrusted, isBodyless, setTrusted } from "../../http/internal.ts";
import type { Bytes } from "../../internal/bytes.ts";
import { isJsonType } from "../../internal/json_text.ts";
import { handled } from "../../internal/promises.ts";
import { utf8 } from "../../util/escape.ts";
import type { OutputTransform } from "../transforms.ts";
import { appendBody, type BodyBuffer, bodyLength, joinBody } from "./body_buffer.ts";
import { defaultHeaders, defaultJsonHeaders, JSON_TYPE } from "./default_headers.ts";

const NO_TRANSFORMS: readonly OutputTransform[] = [];
const OK_LINE = new ResponseStartLine("HTTP/1.1", 200, "OK");

// Rare states of a response, as bits: each field would take eight bytes of every event stream.
const STAYS_OPEN = 1;
const WATCHES_CLOSE = 2;
const GONE = 4;
const STREAMS = 8;

/** The response of a handler: the parts that are written, and the parts that have been sent. */
export class Output {
  readonly request: HTTPServerRequest;
  statusCode = 200;
  reason = "OK";
  /** The chunks written since the last flush. */
  body: BodyBuffer = null;
  transforms: readonly OutputTransform[] = NO_TRANSFORMS;
  /** Set-Cookie headers by `cookieIdentity`, in the order of sending; `null` for none. Error pages keep them. */
  cookies: Map<string, string> | null = null;
  /** Status and headers have been sent. */
  headersWritten = false;
  /** The response is complete, or in the hands of other code. */
  finished = false;
  #state = 0;
  /** Made when they are first asked for: what they begin with is known then. */
  #headers: HTTPHeaders | null = null;
  #makeHeaders: () => HTTPHeaders = defaultHeaders;

  constructor(request: HTTPServerRequest) {
    this.request = request;
  }

  /** The response goes on when the method is done, until other code ends it. */
  get staysOpen(): boolean {
    return (this.#state & STAYS_OPEN) !== 0;
  }

  /** Lets the response go on when the method is done. */
  stayOpen(): void {
    this.#state |= STAYS_OPEN;
  }

  /** Lets the response end with the method, after all. */
  endWithMethod(): void {
    this.#state &= ~STAYS_OPEN;
  }

  /**
   * Takes note that a stream writes the response.
   *
   * @throws {Error} If another one does, or the status allows no body.
   */
  beginStream(): void {
    if ((this.#state & STREAMS) !== 0) throw new Error("Cannot begin a stream: the response is one already");
    if (isBodyless(this.statusCode)) {
      throw new Error(`Cannot begin a stream: a response of ${this.statusCode} has no body`);
    }
    this.#state |= STREAMS;
  }

  /** Tells whether the client is known to have gone. */
  get isGone(): boolean {
    return (this.#state & GONE) !== 0;
  }

  /** Takes note that the client has gone. */
  protected setGone(): void {
    this.#state |= GONE;
  }

  /** The connection tells whether the client goes away. */
  protected get watchesClose(): boolean {
    return (this.#state & WATCHES_CLOSE) !== 0;
  }

  /** The headers to send; what is added to them when they have been sent is lost. */
  get headers(): HTTPHeaders {
    return this.#headers ??= this.#makeHeaders();
  }

  set headers(headers: HTTPHeaders) {
    this.#headers = headers;
  }

  /** Forgets what a long response needs no more once its head is sent. */
  forgetHead(): void {
    this.#headers = null;
    this.#makeHeaders = noHeaders;
    if (this.transforms.every(({ isIdle }) => isIdle)) this.transforms = NO_TRANSFORMS;
  }

  /** @throws {Error} If the request was made by hand, without a connection. */
  get connection(): HTTPConnection {
    const { connection } = this.request;
    if (connection === null) throw new Error("Cannot write a response: the request has no connection");
    return connection;
  }

  /** Discards the parts that have not been sent, except cookies. */
  clear(): void {
    this.#headers = null;
    this.#makeHeaders = defaultHeaders;
    this.statusCode = 200;
    this.reason = "OK";
    this.body = null;
  }

  /** @throws {RangeError} If the status does not have three digits (RFC 9112 section 4). */
  setStatus(statusCode: number, reason: string | null): void {
    if (!Number.isInteger(statusCode) || statusCode < 100 || statusCode > 999) {
      throw new RangeError(`Cannot set the status to ${statusCode}: it must be a number of three digits`);
    }
    this.statusCode = statusCode;
    this.reason = reasonPhrase(statusCode, reason);
  }

  setCookie(identity: string, header: string): void {
    const cookies = this.cookies ??= new Map();
    // A cookie that is set again is sent last.
    cookies.delete(identity);
    cookies.set(identity, header);
  }

  /** Tells whether the Content-Type is one of JSON. */
  get hasJsonType(): boolean {
    if (this.#headers === null && this.#makeHeaders === defaultHeaders) return false;
    return isJsonType(getTrusted(this.headers, "Content-Type") ?? "");
  }

  /** Sets the Content-Type of JSON. */
  setJsonType(): void {
    if (this.#headers === null && this.#makeHeaders === defaultHeaders) this.#makeHeaders = defaultJsonHeaders;
    else setTrusted(this.headers, "Content-Type", JSON_TYPE);
  }

  append(chunk: string | Bytes): void {
    this.body = appendBody(this.body, chunk);
  }

  /**
   * Makes the headers agree with a body that is complete.
   *
   * @throws {Error} If the body is not empty and the status allows none, or it differs from the Content-Length.
   */
  completeHeaders(): void {
    const { statusCode, headers } = this;
    if (statusCode === 204 || statusCode === 205 || statusCode === 304 || statusCode < 200) {
      if (bodyLength(this.body) > 0) throw new Error(`Cannot send body with ${statusCode}`);
      headers.delete("Content-Encoding");
      headers.delete("Content-Language");
      headers.delete("Content-Type");
      // RFC 9110 section 8.6; with 304 it tells the length of the representation, and 205 has one (15.3.6).
      if (statusCode === 205) headers.set("Content-Length", "0");
      else if (statusCode !== 304) headers.delete("Content-Length");
      return;
    }
    if (getTrusted(headers, "Content-Length") === null) {
      setTrusted(headers, "Content-Length", String(bodyLength(this.body)));
    } else this.#checkLength(true);
  }

  /** Bytes that were written may be overwritten once they are flushed. */
  get freesWritten(): boolean {
    // A transform may keep what it was given.
    return this.connection.freesWritten && this.transforms.length === 0;
  }

  /** Sends what is written, after status and headers if they have not been sent. */
  flush(): Promise<void> {
    const { connection } = this;
    if (this.headersWritten) {
      const chunk = this.#takeChunk(false);
      return isHead(this.request) ? Promise.resolve() : handled(connection.write(chunk));
    }
    this.#checkLength(false);
    const chunk = this.#takeFirstChunk(false);
    const sent = connection.writeHeaders(this.#startLine(), this.headers, isHead(this.request) ? "" : chunk);
    // Not before: an error page takes the place of a head that cannot be sent.
    this.headersWritten = true;
    return handled(sent);
  }

  /**
   * Sends what is written after the head, without a promise.
   *
   * @returns `false` if nothing was sent, since only {@linkcode flush} can; otherwise `unsent` of the connection tells
   * how much of it waits.
   */
  flushNow(): boolean {
    const { connection } = this;
    if (!this.headersWritten || connection.send === undefined || isHead(this.request)) return false;
    connection.send(this.#takeChunk(false));
    return true;
  }

  /** Tells a listener once if the client goes away before the end, immediately if it has gone. */
  protected watchClose(listener: CloseListener): void {
    const { connection } = this;
    this.#state |= WATCHES_CLOSE;
    if (connection.setCloseListener !== undefined) connection.setCloseListener(listener);
    else connection.setCloseCallback(() => listener.clientGone());
  }

  /** Called before the head is sent. */
  protected beforeHead(): void {}

  /** Sends what is left, and ends the message. */
  end(): void {
    const { connection } = this;
    if (this.watchesClose) connection.setCloseCallback(null);
    if (!this.headersWritten) {
      const body = this.#takeFirstChunk(true);
      connection.respond(this.#startLine(), this.headers, isHead(this.request) || body.length === 0 ? null : body);
      this.headersWritten = true;
      return;
    }
    const chunk = this.#takeChunk(true);
    if (chunk.length > 0 && !isHead(this.request)) handled(connection.write(chunk));
    connection.finish();
  }

  /**
   * Compares the body with a Content-Length that the application has set. The connection does so as well, but can only
   * break off.
   */
  #checkLength(isWhole: boolean): void {
    const declared = getTrusted(this.headers, "Content-Length");
    // That of a HEAD tells the length of what a GET would send.
    if (declared === null || isHead(this.request)) return;
    const length = bodyLength(this.body);
    if (/^\d+$/.test(declared) && (isWhole ? length === Number(declared) : length <= Number(declared))) return;
    throw new Error(`Cannot send a body of ${length} bytes: Content-Length is ${declared}`);
  }

  #startLine(): ResponseStartLine {
    if (this.statusCode === 200 && this.reason === "OK") return OK_LINE;
    return new ResponseStartLine("HTTP/1.1", this.statusCode, this.reason);
  }

  /** @throws {Error} If the status is not final: the client would wait for another response. */
  #takeFirstChunk(finishing: boolean): string | Bytes {
    if (this.statusCode < 200) throw new Error(`Cannot answer with ${this.statusCode}, which is an interim status`);
    this.beforeHead();
    let chunk = joinBody(this.body);
    this.body = null;
    for (const transform of this.transforms) {
      const [code, headers, bytes] = transform.transformFirstChunk(
        this.statusCode,
        this.headers,
        utf8(chunk),
        finishing,
      );
      // A transform has no say in the reason phrase, but another status has another one.
      if (code !== this.statusCode) this.setStatus(code, null);
      this.headers = headers;
      chunk = bytes;
    }
    // After all other headers, as in Tornado.
    if (this.cookies !== null) { for (const cookie of this.cookies.values()) this.headers.add("Set-Cookie", cookie); }
    return chunk;
  }

  #takeChunk(finishing: boolean): string | Bytes {
    let chunk = joinBody(this.body);
    this.body = null;
    for (const transform of this.transforms) chunk = transform.transformChunk(utf8(chunk), finishing);
    return chunk;
  }
}

function noHeaders(): HTTPHeaders {
  return new HTTPHeaders();
}

function isHead(request: HTTPServerRequest): boolean {
  return request.method === "HEAD";
}

const REASON_PHRASE = /^[\t \x21-\x7e\x80-\xff]+$/;

/**
 * The reason phrase to send: the one given, if RFC 9112 section 4 allows it, or the usual one of the status.
 *
 * A phrase with `<` is not sent although error pages escape it: where somebody forgets that, it would be markup.
 */
function reasonPhrase(statusCode: number, reason: string | null): string {
  if (reason === null) return responses.get(statusCode) ?? "Unknown";
  return REASON_PHRASE.test(reason) && !reason.includes("<") ? reason : "Unknown";
}
