import type { HTTPServerRequest } from "../http/httputil.ts";
import { getTrusted, setTrusted } from "../http/trusted_headers.ts";
import type { Bytes } from "../internal/bytes.ts";
import { toError } from "../internal/promises.ts";
import type { BaseIOStream } from "../net/iostream.ts";
import { appLog, genLog } from "../util/log.ts";
import { errorPage, traceback } from "./_handler/error_page.ts";
import { bodyEtag, etagMatches } from "./_handler/etag.ts";
import { headerText, type HeaderValue, utf8HeaderText } from "./_handler/header_value.ts";
import type { Chunk, RedirectOptions, SendErrorOptions } from "./_handler/options.ts";
import { observed, type Output } from "./_handler/output.ts";
import { markUnanswered, sendErrorPage } from "./_handler/send_error.ts";
import { isPromise, isRawChunk, jsonChunk, requestSummary } from "./_handler/values.ts";
import { HTTPError } from "./errors.ts";
import { knownStateOf, outputOf, stateOf } from "./handler_core.ts";
import { completePage, PageHandler, templateOf } from "./page_handler.ts";
import type { HandlerApplication } from "./settings.ts";

/** A handler class, as rules name it. */
export interface RequestHandlerClass {
  /** Makes a handler for one request. */
  new (application: HandlerApplication, request: HTTPServerRequest): RequestHandler;
  /** The methods that its handlers may be asked for. */
  readonly SUPPORTED_METHODS: readonly string[];
  /** Whether its handlers take the body in pieces. */
  streamRequestBody: boolean;
  /** Whether those pieces need to last only until `dataReceived` is done. */
  borrowBodyChunks: boolean;
}

/** Logs what goes wrong in a method that nobody waits for, such as `onFinish`: as in one that throws, it must not end the process. */
export function observeHook(handler: RequestHandler, result: unknown): void {
  if (!isPromise(result)) return;
  const log = (error: unknown) =>
    appLog.error("Uncaught exception %s", requestSummary(handler.request), toError(error));
  result.then(undefined, log);
}

/** Ends the response, unless that is done. */
export let autoFinish: (handler: RequestHandler) => void;
/** Does what belongs to the end of a request, once the response is on its way or given up. */
export let conclude: (handler: RequestHandler) => void;
/** Names something that is to be done when the request is over, however it ends. */
export let whenOver: (handler: RequestHandler, cleanup: () => void) => void;
/** Does what {@linkcode whenOver} named. */
export let cleanUp: (handler: RequestHandler) => void;

/**
 * Answers one request. Tornado's `RequestHandler`.
 *
 * A subclass defines the methods it answers: `get`, `post` and so on. What the groups of the rule's pattern matched are their arguments,
 * one after another, or as one object if the groups have names. A method may be `async`; the response ends when it is done. A method that
 * is not there is answered with 405.
 *
 * The order of calls is: `initialize`, `prepare`, the method, `onFinish`. What is thrown anywhere becomes an error page.
 *
 * @example
 * ```ts
 * import { Application, RequestHandler } from "@twister/twister/web";
 * import { assertEquals } from "@std/assert";
 *
 * class Greeting extends RequestHandler {
 *   override get(name: string): void {
 *     this.write(`Hello, ${name}`);
 *   }
 * }
 *
 * const app = new Application([["/hello/(.+)", Greeting]]);
 * const response = await app.fetch(new Request("http://localhost/hello/Ada"));
 * assertEquals(await response.text(), "Hello, Ada");
 * ```
 */
export class RequestHandler extends PageHandler {
  /** The methods that are answered at all, in upper case; others get 405 at once. */
  static SUPPORTED_METHODS: readonly string[] = ["GET", "HEAD", "POST", "DELETE", "PATCH", "PUT", "OPTIONS"];
  /** Whether the body goes to {@linkcode RequestHandler.dataReceived} in pieces; the decorator `streamRequestBody` sets it. */
  static streamRequestBody: boolean = false;
  /**
   * Whether a piece needs to last only until {@linkcode RequestHandler.dataReceived} has returned, or its promise has
   * settled. The server then lends its own buffer where it can, which spares an allocation for each piece; a handler
   * that keeps or changes a piece later must leave this `false`.
   */
  static borrowBodyChunks: boolean = false;

  static {
    const { head, get, post, delete: remove, patch, put, options } = RequestHandler.prototype;
    for (const verb of [head, get, post, remove, patch, put, options]) markUnanswered(verb);
    autoFinish = (handler) => {
      if (!handler.#out.finished) handler.#finishQuietly();
    };
    conclude = (handler) => handler.#conclude();
    whenOver = (handler, cleanup) => void stateOf(handler).cleanups.push(cleanup);
    cleanUp = (handler) => handler.#cleanUp();
  }

  /** Called first, with the arguments that the rule has for its handler, as one object. It cannot wait; {@linkcode RequestHandler.prepare} can. */
  initialize(_kwargs: object): void {}

  /** Answers HEAD; it does not fall back to {@linkcode RequestHandler.get}. */
  head(..._pathArgs: never[]): void | Promise<void> {
    throw new HTTPError(405);
  }

  /** Answers GET. */
  get(..._pathArgs: never[]): void | Promise<void> {
    throw new HTTPError(405);
  }

  /** Answers POST. */
  post(..._pathArgs: never[]): void | Promise<void> {
    throw new HTTPError(405);
  }

  /** Answers DELETE. */
  delete(..._pathArgs: never[]): void | Promise<void> {
    throw new HTTPError(405);
  }

  /** Answers PATCH. */
  patch(..._pathArgs: never[]): void | Promise<void> {
    throw new HTTPError(405);
  }

  /** Answers PUT. */
  put(..._pathArgs: never[]): void | Promise<void> {
    throw new HTTPError(405);
  }

  /** Answers OPTIONS. */
  options(..._pathArgs: never[]): void | Promise<void> {
    throw new HTTPError(405);
  }

  /** Called before the method of the request, whichever it is; one that finishes the response keeps the method from being called. */
  prepare(): void | Promise<void> {}

  /** Called after the response, for cleaning up; nothing can be written any more. */
  onFinish(): void {}

  /** Called if the client goes away while it waits for the response, or before its body has come. */
  onConnectionClose(): void {}

  /** Takes a piece of the body, where `streamRequestBody` says so; the next one waits for its promise. */
  dataReceived(_chunk: Bytes): void | Promise<void> {
    throw new Error(`${this.constructor.name} has streamRequestBody and no dataReceived()`);
  }

  /** Forgets what was written and set, and begins anew. */
  clear(): void {
    this.#out.clear();
    this.setDefaultHeaders();
  }

  /** Sets headers at the beginning, and again for an error page. */
  setDefaultHeaders(): void {}

  /**
   * Sets the status.
   *
   * @param statusCode A number of three digits.
   * @param reason The reason phrase, if not the usual one; one that is not legal is sent as `Unknown`.
   * @throws {RangeError} If it is no such number.
   */
  setStatus(statusCode: number, reason: string | null = null): void {
    this.#out.setStatus(statusCode, reason);
  }

  /** The status as set so far. */
  getStatus(): number {
    return this.#out.statusCode;
  }

  /**
   * Sets a header, in place of what it was.
   *
   * @throws {HTTPInputError} If the name is no token, or the value has characters that are not allowed.
   * @throws {TypeError} If the value is of another type, or a number that is no integer.
   * @throws {RangeError} If the value is no time that a header can express.
   */
  setHeader(name: string, value: HeaderValue): void {
    this.#out.headers.set(name, headerText(value));
  }

  /**
   * Adds a header beside those of the same name.
   *
   * @throws {HTTPInputError} If the name is no token, or the value has characters that are not allowed.
   * @throws {TypeError} If the value is of another type, or a number that is no integer.
   * @throws {RangeError} If the value is no time that a header can express.
   */
  addHeader(name: string, value: HeaderValue): void {
    this.#out.headers.add(name, headerText(value));
  }

  /** Takes a header away, whether {@linkcode RequestHandler.setHeader} set it or it was there from the beginning. */
  clearHeader(name: string): void {
    this.#out.headers.delete(name);
  }

  /**
   * Sends the client elsewhere, and finishes.
   *
   * @param url Absolute or relative; it is sent as it is, in UTF-8.
   * @throws {RangeError} If the status is not one of a redirect.
   * @throws {HTTPInputError} If the URL has control characters.
   * @throws {Error} If headers are sent already.
   */
  redirect(url: string, options: RedirectOptions = {}): void {
    const { permanent = false, status = permanent ? 301 : 302 } = options;
    if (this.#out.headersWritten) throw new Error("Cannot redirect after headers have been written");
    if (!Number.isInteger(status) || status < 300 || status > 399) {
      throw new RangeError(`Cannot redirect with status ${status}: it is not between 300 and 399`);
    }
    this.setStatus(status);
    this.setHeader("Location", utf8HeaderText(url));
    this.#finishQuietly();
  }

  /**
   * Adds a chunk to the response; it is sent by {@linkcode RequestHandler.flush} or at the end.
   *
   * A plain object becomes JSON, with the Content-Type that belongs to it. A list does not: once, other sites could read one. Bytes are
   * not copied; leave them as they are until they are sent.
   *
   * @throws {TypeError} If the chunk is something else.
   * @throws {Error} If the response is finished.
   */
  write(chunk: Chunk): void {
    if (this.#out.finished) throw new Error("Cannot write() after finish()");
    if (isRawChunk(chunk)) return this.#out.append(chunk);
    const json = jsonChunk(chunk);
    this.setHeader("Content-Type", "application/json; charset=UTF-8");
    this.#out.append(json);
  }

  /**
   * Renders a template as the response, with what its UI modules want in the head and the body, and finishes.
   *
   * A template that contains `await` takes its time: the method of the request has to await this one, or return its promise.
   *
   * @param namespace Names for the template, above those of `getTemplateNamespace`.
   * @returns As {@linkcode RequestHandler.finish}.
   * @throws {Error} If the response is finished already, or the page lacks a tag that its UI modules need.
   * @throws {TemplateError} If there is no such template, it is not valid, or what it does throws.
   */
  render(templateName: string, namespace: Readonly<Record<string, unknown>> = {}): Promise<void> {
    if (this.#out.finished) throw new Error("Cannot render() after finish()");
    if (templateOf(this, templateName).isAsync) return observed(this.#renderAsync(templateName, namespace));
    return this.finish(completePage(this, this.renderString(templateName, namespace)));
  }

  /**
   * Sends what was written so far. Await it, so that a slow client slows down the handler instead of filling the memory.
   *
   * @returns A promise that resolves when the bytes are with the kernel; it rejects with `StreamClosedError` if the client is gone.
   */
  flush(): Promise<void> {
    return this.#out.flush();
  }

  /**
   * Ends the response, after one more chunk if there is one.
   *
   * If nothing was flushed, an ETag and the Content-Length are added, and a GET or HEAD whose ETag the client has is answered with 304.
   *
   * @returns A promise that resolves when the response is with the kernel; it rejects with `StreamClosedError` if the client is gone.
   * @throws {Error} If the response is finished already, or has a body that its status does not allow.
   */
  finish(chunk?: Chunk): Promise<void> {
    this.#end(chunk);
    return observed(this.#out.connection.drained());
  }

  /**
   * Takes the connection over, on which HTTP is no longer spoken.
   *
   * @throws {Error} On the serve engine, which has no connection to give.
   */
  detach(): BaseIOStream {
    const stream = this.#out.connection.detach();
    this.#out.finished = true;
    this.#cleanUp();
    return stream;
  }

  /**
   * Answers with an error page, in place of what was written. If headers are sent already, all it can do is to end the response.
   *
   * @param options What is known of the error, for {@linkcode RequestHandler.writeError}.
   */
  sendError(statusCode: number = 500, options: SendErrorOptions = {}): void {
    sendErrorPage(this, this.#out, statusCode, options, () => this.#finishQuietly(), () => this.#conclude());
  }

  /** Writes an error page, with `options.error` if something was thrown; override it for pages of your own. */
  writeError(statusCode: number, options: SendErrorOptions): void | Promise<void> {
    if (this.settings.serveTraceback === true && options.error !== undefined) {
      this.setHeader("Content-Type", "text/plain; charset=UTF-8");
      this.write(traceback(options.error));
    } else this.write(errorPage(statusCode, this.#out.reason));
  }

  /** Logs what was thrown: an `HTTPError` that has a message as a warning, anything else with its stack. */
  logException(error: unknown): void {
    const summary = requestSummary(this.request);
    if (!(error instanceof HTTPError)) {
      return appLog.error("Uncaught exception %s\n%s", summary, String(this.request), toError(error));
    }
    const message = error.getMessage() ?? "";
    if (message !== "") genLog.warning("%d %s: %s", error.statusCode, summary, message);
  }

  /** The ETag of what is written, or `null` for none; override it for a cheaper one. */
  computeEtag(): string | null {
    return bodyEtag(this.#out.body);
  }

  /** Sets the header to {@linkcode RequestHandler.computeEtag}. */
  setEtagHeader(): void {
    const etag = this.computeEtag();
    if (etag === null) return;
    // Only an ETag of somebody else's making has to be checked.
    if (this.computeEtag === RequestHandler.prototype.computeEtag) setTrusted(this.#out.headers, "Etag", etag);
    else this.#out.headers.set("Etag", etag);
  }

  /** Whether the client has what the ETag header names, so that 304 may be the answer. */
  checkEtagHeader(): boolean {
    const known = this.request.headers.get("If-None-Match");
    return known !== null && etagMatches(this.#out.headers.get("Etag") ?? "", known);
  }

  async #renderAsync(templateName: string, namespace: Readonly<Record<string, unknown>>): Promise<void> {
    const html = await this.renderStringAsync(templateName, namespace);
    if (this.#out.finished) {
      // Nobody may be left to see an error.
      return appLog.error("%s was rendered for a response that is over: render() was not awaited", templateName);
    }
    await this.finish(completePage(this, html));
  }

  #end(chunk?: Chunk): void {
    const out = this.#out;
    if (out.finished) throw new Error("finish() called twice");
    if (chunk !== undefined) this.write(chunk);
    if (!out.headersWritten) {
      const { method } = this.request;
      if (
        out.statusCode === 200 && (method === "GET" || method === "HEAD") && getTrusted(out.headers, "Etag") === null
      ) {
        this.setEtagHeader();
        if (this.checkEtagHeader()) {
          out.body = null;
          out.setStatus(304, null);
        }
      }
      out.completeHeaders();
    }
    out.end();
    this.#conclude();
  }

  get #out(): Output {
    return outputOf(this);
  }

  #conclude(): void {
    this.#out.finished = true;
    try {
      observeHook(this, this.application.logRequest(this));
      observeHook(this, this.onFinish());
    } finally {
      if (knownStateOf(this) !== null) this.#cleanUp();
    }
  }

  #cleanUp(): void {
    for (const cleanup of knownStateOf(this)?.cleanups.splice(0) ?? []) cleanup();
  }

  /** Without the promise that nobody would look at; but whoever overrides `finish` sees every end. */
  #finishQuietly(): void {
    if (this.finish === RequestHandler.prototype.finish) this.#end();
    else observed(this.finish());
  }
}
