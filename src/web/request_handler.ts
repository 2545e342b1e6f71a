import type { HTTPServerRequest, Morsel } from "../http/httputil.ts";
import { plainArgument, setTrusted } from "../http/internal.ts";
import { showClassOnly } from "../internal/printf.ts";
import type { Bytes } from "../internal/bytes.ts";
import { handled } from "../internal/promises.ts";
import { Locale } from "../locale/internal.ts";
import type { BaseIOStream } from "../net/iostream.ts";
import type { BaseLoader, LoaderOptions } from "../template/mod.ts";
import { appLog } from "../util/log.ts";
import { asciiUrl, type RedirectOptions } from "./_redirect/redirect_url.ts";
import { acceptedLanguages } from "./_render/accept_language.ts";
import { assetUrls, embeddedCss, embeddedJs, linkedCss, linkedJs } from "./_render/assets.ts";
import { fileLoader } from "./_render/file_loader.ts";
import { Page } from "./_render/page.ts";
import {
  allArguments,
  type ArgumentOptions,
  decodeUtf8,
  lastArgument,
  plainValue,
} from "./_request_handler/arguments.ts";
import { errorPage, type SendErrorOptions, sendErrorPage, traceback } from "./_request_handler/error_page.ts";
import { refuseCrossOrigin } from "./_request_handler/cross_origin.ts";
import { JSON_TYPE } from "./_request_handler/default_headers.ts";
import { bodyEtag, etagMatches } from "./_request_handler/etag.ts";
import { HandlerState } from "./_request_handler/handler_state.ts";
import { headerText, type HeaderValue } from "./_request_handler/header_value.ts";
import { atOnce } from "./_request_handler/hooks.ts";
import { sharePrivateParts, stateOf } from "./_request_handler/private_parts.ts";
import { logHandlerError } from "./_request_handler/request_log.ts";
import {
  type GetSignedCookieOptions,
  signBySettings,
  type SignedCookieOptions,
  type SignedValueOptions,
} from "./_request_handler/signed_cookies.ts";
import { type Chunk, isRawChunk, jsonChunk } from "./_request_handler/write_chunk.ts";
import { XsrfProtection } from "./_request_handler/xsrf_protection.ts";
import type { NoKwargs } from "./_routing/rule_types.ts";
import type { Application } from "./application.ts";
import {
  clearCookieHeader,
  type ClearCookieOptions,
  cookieIdentity,
  type CookieOptions,
  setCookieHeader,
} from "./cookies.ts";
import { HTTPError } from "./errors.ts";
import { EventStream, type EventStreamOptions } from "./event_stream.ts";
import { setGuardHeaders } from "./handler_guard.ts";
import type { Session } from "./session.ts";
import type { StaticUrlOptions } from "./settings.ts";
import { decodeSignedValue, getSignatureKeyVersion, textOf } from "./signed_value.ts";
import { xsrfFormField } from "./xsrf.ts";

/** A handler class, as rules name it. */
export interface RequestHandlerClass {
  /** Makes a handler for one request. */
  new (application: Application, request: HTTPServerRequest, kwargs?: NoKwargs): RequestHandler;
  /** The methods that its handlers may be asked for. */
  readonly SUPPORTED_METHODS: readonly string[];
  /** Its handlers take the body in pieces. */
  streamRequestBody: boolean;
  /** Those pieces need to last only until `dataReceived` is done. */
  borrowBodyChunks: boolean;
}

/** An argument of a handler's method: the text of a group of the path, or all named groups as one object. */
export type PathValue = string | null | { readonly [name: string]: string | null };

/** Options of {@linkcode RequestHandler.staticUrl}. */
export interface HandlerStaticUrlOptions extends StaticUrlOptions {
  /**
   * Puts protocol and host into the URL.
   *
   * @default {false, or the handler's `includeHost`}
   */
  includeHost?: boolean;
}

// Shared by all handlers whose path has no groups.
const NO_ARGS: readonly string[] = Object.freeze([]);
const NO_PATH_KWARGS: Readonly<Record<string, string>> = Object.freeze({});
/** The `kwargs` of a handler that was made without any. */
export const NO_KWARGS: NoKwargs = Object.freeze({});

/**
 * Answers one request. Tornado's `RequestHandler`.
 *
 * A subclass defines the methods it answers: `get`, `post` and so on. Their arguments are what the groups of the rule's
 * pattern matched: one after another, or as one object if the groups have names. A method may be `async`; the response
 * ends when its promise settles. A method that the class does not define is answered with 405.
 *
 * The framework calls `initialize`, `prepare`, the method and `onFinish`, in this order. An error thrown anywhere
 * becomes an error page.
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
export class RequestHandler {
  static {
    showClassOnly(this.prototype);
  }

  /** The methods that are answered at all, in upper case; any other gets 405 before `prepare`. */
  static SUPPORTED_METHODS: readonly string[] = ["GET", "HEAD", "POST", "DELETE", "PATCH", "PUT", "OPTIONS"];
  /**
   * Passes the body to {@linkcode RequestHandler.dataReceived} in pieces; the decorator `streamRequestBody` sets it.
   */
  static streamRequestBody: boolean = false;
  /**
   * Promises that a piece of the body need not outlast the call of {@linkcode RequestHandler.dataReceived} and the
   * promise it returns. The server then lends its own buffer where it can, which saves an allocation a piece. A handler
   * that keeps or changes pieces later must leave this `false`.
   */
  static borrowBodyChunks: boolean = false;

  /** The application. A subclass may narrow it: `declare readonly application: MyApplication`. */
  readonly application: Application;
  /** The request. */
  readonly request: HTTPServerRequest;
  /**
   * The arguments that the rule has for its handler, unchanged. A subclass names their types, so that the rule is
   * checked: `declare readonly kwargs: { db: Database }`.
   */
  readonly kwargs: NoKwargs;
  /** The values of the unnamed groups, decoded; `null` for an optional group that took no part. */
  pathArgs: readonly (string | null)[] = NO_ARGS;
  /** The values of the named groups, decoded; `null` for an optional group that took no part. */
  pathKwargs: Readonly<Record<string, string | null>> = NO_PATH_KWARGS;
  /** Makes {@linkcode RequestHandler.staticUrl} name the host by default. */
  declare includeHost?: boolean;
  #state: HandlerState;
  #session: Session | null = null;
  #cspNonce: string | null = null;
  #user: { readonly value: unknown } | null = null;
  #xsrf: XsrfProtection | null = null;
  #page: Page | null = null;
  #signal: AbortSignal | null = null;

  static {
    sharePrivateParts({
      stateOf: (handler) => handler.#state,
      replaceState: (handler, state) => void (handler.#state = state),
      sessionOf: (handler) => handler.#session,
      setSession: (handler, session) => void (handler.#session = session),
      nonceOf: (handler) => handler.#cspNonce,
    });
  }

  /**
   * Called by the application. A subclass uses {@linkcode RequestHandler.initialize} instead of a constructor. One that
   * has a constructor passes all three arguments on: without the third, a rule with arguments is an error.
   */
  constructor(application: Application, request: HTTPServerRequest, kwargs: NoKwargs = NO_KWARGS) {
    this.application = application;
    this.request = request;
    this.kwargs = kwargs;
    this.#state = new HandlerState(request, this);
  }

  /** The settings of the application. */
  get settings(): this["application"]["settings"] {
    return this.application.settings;
  }

  /**
   * Aborts when the client has gone, or the server asks for an end. Its reason is a `StreamClosedError`
   * if the client has gone, and a {@linkcode DrainError} if the server begins to drain; a response may then go on for
   * `reason.seconds`. It never aborts once the response has ended.
   *
   * The signal is made when it is first read. Pass it on to what the handler waits for.
   *
   * @example
   * ```ts
   * import { RequestHandler } from "@twister/twister/web";
   *
   * class Mirror extends RequestHandler {
   *   override async get(): Promise<void> {
   *     const response = await fetch("http://127.0.0.1:9000/slow", { signal: this.signal });
   *     this.write(await response.text());
   *   }
   * }
   * ```
   */
  get signal(): AbortSignal {
    return this.#signal ??= this.#state.newSignal();
  }

  /**
   * Seconds that this handler may take, `null` for no limit: the setting `requestDeadline`. At the deadline
   * {@linkcode RequestHandler.signal} aborts, so that requests of the HTTP client which were given it end as well.
   */
  get requestDeadline(): number | null {
    return this.settings.requestDeadline ?? null;
  }

  /**
   * Called first, with the arguments that the rule has for its handler as one object. It cannot wait;
   * {@linkcode RequestHandler.prepare} can.
   */
  initialize(_kwargs: NoKwargs): void {}

  /** Answers HEAD; it does not fall back to {@linkcode RequestHandler.get}. */
  head(..._pathArgs: PathValue[]): void | Promise<void> {
    throw new HTTPError(405);
  }

  /** Answers GET. */
  get(..._pathArgs: PathValue[]): void | Promise<void> {
    throw new HTTPError(405);
  }

  /** Answers POST. */
  post(..._pathArgs: PathValue[]): void | Promise<void> {
    throw new HTTPError(405);
  }

  /** Answers DELETE. */
  delete(..._pathArgs: PathValue[]): void | Promise<void> {
    throw new HTTPError(405);
  }

  /** Answers PATCH. */
  patch(..._pathArgs: PathValue[]): void | Promise<void> {
    throw new HTTPError(405);
  }

  /** Answers PUT. */
  put(..._pathArgs: PathValue[]): void | Promise<void> {
    throw new HTTPError(405);
  }

  /** Answers OPTIONS. */
  options(..._pathArgs: PathValue[]): void | Promise<void> {
    throw new HTTPError(405);
  }

  /** Called before the method of the request, whatever it is. If it finishes the response, the method is not called. */
  prepare(): void | Promise<void> {}

  /** Called after the response, for cleaning up. The response can no longer be written. */
  onFinish(): void {}

  /** Called if the client goes away while it waits for the response, or before its body is complete. */
  onConnectionClose(): void {}

  /**
   * Called if the server begins to drain while this handler waits for something; override it to end a response that has
   * no end of its own, such as an event stream or a long poll. A response that goes on is cut when the time is up.
   *
   * A `WebSocketHandler` is closed by the server instead.
   *
   * @param seconds The time left for all responses of the server.
   */
  onDrain(_seconds: number): void {}

  /** Takes a piece of the body of a class with `streamRequestBody`. The next piece waits for the promise. */
  dataReceived(_chunk: Bytes): void | Promise<void> {
    throw new Error(`${this.constructor.name} has streamRequestBody and no dataReceived()`);
  }

  /**
   * Reads the last value of an argument of the query or the form body.
   *
   * @param defaultValue The value if the argument is missing; without it the argument is required.
   * @throws {MissingArgumentError} If a required argument is missing.
   * @throws {HTTPError} 400 if the value is not UTF-8.
   */
  getArgument<D extends string | null = never>(
    name: string,
    defaultValue?: D,
    options?: ArgumentOptions,
  ): string | NoInfer<D> {
    return lastOf(this, "arguments", name, defaultValue, options);
  }

  /**
   * Reads all values of an argument, those of the query first; an empty list if there are none.
   *
   * @throws {HTTPError} 400 if a value is not UTF-8.
   */
  getArguments(name: string, options?: ArgumentOptions): string[] {
    return allArguments(this.request.arguments, name, options, this);
  }

  /** Reads the last value of an argument of the form body, like {@linkcode RequestHandler.getArgument}. */
  getBodyArgument<D extends string | null = never>(
    name: string,
    defaultValue?: D,
    options?: ArgumentOptions,
  ): string | NoInfer<D> {
    return lastArgument(this.request.bodyArguments, name, defaultValue, options, this);
  }

  /** Reads all values of an argument of the form body, like {@linkcode RequestHandler.getArguments}. */
  getBodyArguments(name: string, options?: ArgumentOptions): string[] {
    return allArguments(this.request.bodyArguments, name, options, this);
  }

  /** Reads the last value of an argument of the query, like {@linkcode RequestHandler.getArgument}. */
  getQueryArgument<D extends string | null = never>(
    name: string,
    defaultValue?: D,
    options?: ArgumentOptions,
  ): string | NoInfer<D> {
    return lastOf(this, "queryArguments", name, defaultValue, options);
  }

  /** Reads all values of an argument of the query, like {@linkcode RequestHandler.getArguments}. */
  getQueryArguments(name: string, options?: ArgumentOptions): string[] {
    return allArguments(this.request.queryArguments, name, options, this);
  }

  /**
   * Turns the bytes of an argument or of a group of the path into text; override it for an encoding other than UTF-8.
   * If an override in JavaScript returns bytes, so do `getArgument` and the like.
   *
   * @param name The name of the argument, `undefined` for an unnamed group.
   * @throws {HTTPError} 400 if the bytes are not UTF-8.
   */
  decodeArgument(value: Bytes, name?: string): string {
    return decodeUtf8(value, name);
  }

  /**
   * Reads the whole body as text.
   *
   * @throws {HTTPError} 400 if it is not UTF-8.
   */
  getBodyText(): string {
    return decodeUtf8(this.request.body, "body");
  }

  /**
   * Parses the whole body as JSON. The Content-Type is not looked at. Check the shape of the value before you rely on
   * it: the client chose it.
   *
   * @throws {HTTPError} 400 if it is not JSON in UTF-8; an empty body is not JSON either.
   *
   * @example
   * ```ts
   * import { Application, RequestHandler } from "@twister/twister/web";
   * import { assertEquals } from "@std/assert";
   *
   * class Sum extends RequestHandler {
   *   override post(): void {
   *     const numbers = this.getBodyJson();
   *     if (!Array.isArray(numbers)) return this.sendError(400);
   *     this.write({ sum: numbers.reduce((sum, each) => sum + Number(each), 0) });
   *   }
   * }
   *
   * const app = new Application([["/sum", Sum]]);
   * const response = await app.fetch(new Request("http://localhost/sum", { method: "POST", body: "[1, 2, 3]" }));
   * assertEquals(await response.json(), { sum: 6 });
   * ```
   */
  getBodyJson(): unknown {
    const text = this.getBodyText();
    try {
      return JSON.parse(text);
    } catch (cause) {
      throw new HTTPError(400, "Body is not JSON", { cause });
    }
  }

  /** The cookies of the request by name, without those whose name is illegal or reserved. */
  get cookies(): Map<string, Morsel> {
    return this.request.cookies;
  }

  /** Reads a cookie of the request, `null` if it is missing. It does not see cookies that this response sets. */
  getCookie(name: string): string | null;
  /** Reads a cookie of the request, or returns `defaultValue`. */
  getCookie<D extends string | null>(name: string, defaultValue: D): string | NoInfer<D>;
  getCookie(name: string, defaultValue: string | null = null): string | null {
    return this.request.cookies.get(name)?.value ?? defaultValue;
  }

  /**
   * Sets a cookie with the response, even if that becomes an error page. It replaces a cookie of the same name, domain
   * and path that this response has set before.
   *
   * @param value Text of latin1 characters, or bytes of UTF-8 text, without spaces and control characters.
   * @throws {CookieError} If the name, the value or an attribute has characters that are not allowed.
   * @throws {RangeError} If a header cannot express the time at which it ends.
   */
  setCookie(name: string, value: string | Bytes, options: CookieOptions = {}): void {
    this.#response.setCookie(cookieIdentity(name, options), setCookieHeader(name, value, options));
  }

  /**
   * Removes a cookie from the browser.
   *
   * @param options The domain and path it was set with.
   * @throws {TypeError} If the options say when it ends.
   * @throws {CookieError} If the name or an attribute has characters that are not allowed.
   */
  clearCookie(name: string, options: ClearCookieOptions = {}): void {
    this.#response.setCookie(cookieIdentity(name, options), clearCookieHeader(name, options));
  }

  /**
   * Removes all cookies of the request, as far as they were set with the domain and path of the options.
   *
   * @deprecated Another site on the same host may own some of them; Tornado has deprecated it, too.
   */
  clearAllCookies(options: ClearCookieOptions = {}): void {
    for (const name of this.request.cookies.keys()) this.clearCookie(name, options);
  }

  /**
   * Sets a cookie that the client can read but not change. It lasts 30 days by default; `expiresDays: null` makes it
   * end with the browser's session. Needs the setting `cookieSecret`.
   *
   * The reader decides how long the cookie is valid, see {@linkcode RequestHandler.getSignedCookie}.
   *
   * @throws {CookieError} If the name or an attribute has characters that are not allowed.
   * @throws {Error} If the setting `cookieSecret` is missing, or has several secrets without a setting `keyVersion`.
   */
  setSignedCookie(name: string, value: string | Bytes, options: SignedCookieOptions = {}): void {
    const { version = null, expiresDays = 30, ...others } = options;
    this.setCookie(name, this.createSignedValue(name, value, { version }), { ...others, expiresDays });
  }

  /**
   * The former name of {@linkcode RequestHandler.setSignedCookie}.
   *
   * @deprecated Use {@linkcode RequestHandler.setSignedCookie}: nothing about it is secret.
   */
  setSecureCookie(name: string, value: string | Bytes, options: SignedCookieOptions = {}): void {
    this.setSignedCookie(name, value, options);
  }

  /**
   * Signs a value as {@linkcode RequestHandler.setSignedCookie} does, for use outside of cookies.
   *
   * @param name The purpose of the value; the signature is valid under no other name.
   * @throws {Error} If the setting `cookieSecret` is missing, or has several secrets without a setting `keyVersion`.
   */
  createSignedValue(name: string, value: string | Bytes, options: SignedValueOptions = {}): Bytes {
    this.requireSetting("cookieSecret", "secure cookies");
    return signBySettings(this.settings, name, value, options.version ?? null);
  }

  /**
   * Reads a signed cookie; `null` if it is missing, too old, or its signature is not valid.
   *
   * @throws {Error} If the setting `cookieSecret` is missing.
   */
  getSignedCookie(name: string, options: GetSignedCookieOptions = {}): Bytes | null {
    this.requireSetting("cookieSecret", "secure cookies");
    const { value, ...how } = options;
    return decodeSignedValue(this.settings.cookieSecret ?? "", name, value ?? this.getCookie(name), how);
  }

  /**
   * Reads the text of a signed cookie; `null` if {@linkcode RequestHandler.getSignedCookie} returns `null`, or bytes
   * that are not UTF-8.
   *
   * @throws {Error} If the setting `cookieSecret` is missing.
   */
  getSignedCookieText(name: string, options: GetSignedCookieOptions = {}): string | null {
    return textOf(this.getSignedCookie(name, options));
  }

  /**
   * The former name of {@linkcode RequestHandler.getSignedCookie}.
   *
   * @deprecated Use {@linkcode RequestHandler.getSignedCookie}: nothing about it is secret.
   */
  getSecureCookie(name: string, options: GetSignedCookieOptions = {}): Bytes | null {
    return this.getSignedCookie(name, options);
  }

  /**
   * Reads which version of the key a signed cookie claims to be signed with, `null` if it claims none. It verifies
   * nothing.
   *
   * @param value The signed text to read in place of the cookie.
   * @throws {Error} If the setting `cookieSecret` is missing.
   */
  getSignedCookieKeyVersion(name: string, value: string | null = null): number | null {
    this.requireSetting("cookieSecret", "secure cookies");
    const text = value ?? this.getCookie(name);
    return text === null ? null : getSignatureKeyVersion(text);
  }

  /**
   * The former name of {@linkcode RequestHandler.getSignedCookieKeyVersion}.
   *
   * @deprecated Use {@linkcode RequestHandler.getSignedCookieKeyVersion}.
   */
  getSecureCookieKeyVersion(name: string, value: string | null = null): number | null {
    return this.getSignedCookieKeyVersion(name, value);
  }

  /**
   * The logged-in user, or `null`: the answer of the first call of {@linkcode RequestHandler.getCurrentUser}.
   * A `prepare` that has to wait for the answer can set it.
   *
   * @throws {TypeError} If it is a promise, which would pass for a user.
   */
  get currentUser(): ReturnType<this["getCurrentUser"]> {
    this.#user ??= { value: atOnce(this.getCurrentUser(), "getCurrentUser()") };
    // The compiler cannot know what a subclass returns, or that the setter is given the same type.
    return this.#user.value as ReturnType<this["getCurrentUser"]>;
  }

  set currentUser(value: unknown) {
    this.#user = { value: atOnce(value, "currentUser") };
  }

  /**
   * The session of the visitor, with the setting `sessions`; see the module `sessions`. Its `data` have the type that
   * {@linkcode RequestHandler.newSession} returns.
   *
   * @throws {Error} If the application has no such setting, or the handler has not been prepared.
   */
  get session(): Session<ReturnType<this["newSession"]>> {
    const session = this.#session;
    if (session === null) {
      this.requireSetting("sessions", "this.session");
      throw new Error("Cannot use this.session before prepare()");
    }
    // The compiler cannot know what a subclass returns.
    return session as Session<ReturnType<this["newSession"]>>;
  }

  /** Returns the values of a session that begins. Override it to give them their types. */
  newSession(): object {
    return {};
  }

  /**
   * The nonce of this response, for scripts and styles in its page that the setting `securityHeaders` must let pass:
   * `<script nonce="{{ handler.cspNonce }}">`.
   *
   * @throws {Error} If the head has left without it, so that the policy does not name it.
   */
  get cspNonce(): string {
    if (this.#cspNonce === null && this.#state.headersWritten) {
      throw new Error("Cannot make a nonce after headers have been written");
    }
    return this.#cspNonce ??= btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(16))));
  }

  /**
   * Finds out who is logged in, such as from a signed cookie; override it. By default, it returns `null`. It cannot
   * wait: a `prepare` that asks a database sets {@linkcode RequestHandler.currentUser} instead.
   */
  getCurrentUser(): unknown {
    return null;
  }

  /**
   * Names the page to which {@linkcode authenticated} sends visitors who are not logged in: the setting `loginUrl`,
   * unless it is overridden.
   *
   * @throws {Error} If the setting is missing.
   */
  getLoginUrl(): string {
    this.requireSetting("loginUrl", "@authenticated");
    return this.settings.loginUrl ?? "";
  }

  /**
   * Makes sure that a setting is there.
   *
   * @param feature The feature that needs it, for the message.
   * @throws {Error} If the setting is missing or falsy.
   */
  requireSetting(name: keyof this["application"]["settings"] & string, feature: string = "this feature"): void {
    if (this.settings[name]) return;
    throw new Error(`You must define the '${name}' setting in your application to use ${feature}`);
  }

  /**
   * Makes the URL of a named rule; see `Application.reverseUrl`.
   *
   * @throws {RangeError} If no rule has that name.
   * @throws {TypeError} If the number of arguments is not that of the groups.
   */
  reverseUrl(name: string, ...args: unknown[]): string {
    return this.application.reverseUrl(name, ...args);
  }

  /** Forgets everything that was written and set, except cookies, and starts over. */
  clear(): void {
    this.#response.clear();
    setGuardHeaders(this);
    this.setDefaultHeaders();
  }

  /** Sets headers at the beginning, and again for an error page; override it. */
  setDefaultHeaders(): void {}

  /**
   * Sets the status.
   *
   * @param statusCode A number of three digits.
   * @param reason The reason phrase, if not the usual one; an illegal one is sent as `Unknown`.
   * @throws {RangeError} If the status is not such a number.
   */
  setStatus(statusCode: number, reason: string | null = null): void {
    this.#response.setStatus(statusCode, reason);
  }

  /** Returns the status as set so far. */
  getStatus(): number {
    return this.#state.statusCode;
  }

  /**
   * Sets a header and replaces all earlier values. Characters beyond ASCII in a `Location` are encoded.
   *
   * @throws {HTTPInputError} If the name is not a token, or the value has characters that are not allowed.
   * @throws {TypeError} If the value is of another type, or a number that is not an integer.
   * @throws {RangeError} If the value is a time that a header cannot express.
   */
  setHeader(name: string, value: HeaderValue): void {
    const isLocation = name.length === 8 && typeof value === "string" && name.toLowerCase() === "location";
    this.#response.headers.set(name, isLocation ? asciiUrl(value) : headerText(value));
  }

  /**
   * Adds a header beside earlier ones of the same name.
   *
   * @throws {HTTPInputError} If the name is not a token, or the value has characters that are not allowed.
   * @throws {TypeError} If the value is of another type, or a number that is not an integer.
   * @throws {RangeError} If the value is a time that a header cannot express.
   */
  addHeader(name: string, value: HeaderValue): void {
    this.#response.headers.add(name, headerText(value));
  }

  /** Removes a header, one of every response included. */
  clearHeader(name: string): void {
    this.#response.headers.delete(name);
  }

  /**
   * Redirects the client, and finishes.
   *
   * @param url Absolute or relative. Characters beyond ASCII are percent-encoded; all others are sent unchanged.
   * @throws {RangeError} If the status is not one of a redirect.
   * @throws {HTTPInputError} If the URL has control characters.
   * @throws {Error} If headers have been sent.
   */
  redirect(url: string, options: RedirectOptions = {}): void {
    const { permanent = false, status = permanent ? 301 : 302 } = options;
    if (this.#response.headersWritten) throw new Error("Cannot redirect after headers have been written");
    if (!Number.isInteger(status) || status < 300 || status > 399) {
      throw new RangeError(`Cannot redirect with status ${status}: it is not between 300 and 399`);
    }
    this.setStatus(status);
    this.setHeader("Location", url);
    finishQuietly(this);
  }

  /**
   * Adds a chunk to the response. {@linkcode RequestHandler.flush} or the end of the request sends it.
   *
   * A plain object is written as JSON, and sets the Content-Type to match. A list is refused: in old browsers, other
   * sites could read one. Bytes are not copied; leave them unchanged until they are sent.
   *
   * @throws {TypeError} If the chunk is something else.
   * @throws {Error} If the response is finished.
   */
  write(chunk: Chunk): void {
    const state = this.#response;
    if (state.finished) throw new Error("Cannot write() after finish()");
    if (isRawChunk(chunk)) return state.append(chunk);
    const json = jsonChunk(chunk);
    setJsonType(this);
    state.append(json);
  }

  /**
   * Sends what was written so far. Await it, so that a slow client slows down the handler instead of filling the
   * memory.
   *
   * @returns A promise that resolves when the kernel has the bytes; it rejects with `StreamClosedError` if the client
   * is gone.
   */
  flush(): Promise<void> {
    return this.#response.flush();
  }

  /**
   * Ends the response, after one more chunk if there is one.
   *
   * If nothing was flushed, it adds ETag and Content-Length, and answers a GET or HEAD with 304 if the client has the
   * ETag already.
   *
   * @returns A promise that resolves when the kernel has the response; it rejects with `StreamClosedError` if the
   * client is gone.
   * @throws {Error} If the response is finished already, or has a body that its status does not allow.
   */
  finish(chunk?: Chunk): Promise<void> {
    const state = this.#response;
    if (chunk !== undefined && !state.finished) this.write(chunk);
    state.finish();
    return handled(state.connection.drained());
  }

  /**
   * Makes the response a stream of events, for `EventSource` in browsers. Without the option `keepOpen`, it ends with
   * the method, which then waits: `await events.closed`.
   *
   * @throws {Error} If headers have been sent, the response is an event stream already, or its status allows no body.
   * @throws {RangeError} If an option is negative or not a number.
   */
  eventStream(options: EventStreamOptions = {}): EventStream {
    this.#state.clearDeadline();
    return new EventStream(this, options);
  }

  /**
   * Takes over the connection, on which HTTP is no longer spoken.
   *
   * @returns The stream, which the caller owns from now on.
   * @throws {Error} On the serve engine, whose connections cannot be taken.
   */
  detach(): BaseIOStream {
    const state = this.#state;
    const stream = state.connection.detach();
    state.finished = true;
    state.cleanUp();
    return stream;
  }

  /**
   * Replaces what was written by an error page. Once headers have been sent, it closes the connection instead.
   *
   * @param options What is known of the error, for {@linkcode RequestHandler.writeError}.
   */
  sendError(statusCode: number = 500, options: SendErrorOptions = {}): void {
    sendErrorPage(this, statusCode, options);
  }

  /** Writes an error page; override it for pages of your own. `options.error` is what was thrown, if anything was. */
  writeError(statusCode: number, options: SendErrorOptions): void | Promise<void> {
    if (this.settings.serveTraceback === true && options.error !== undefined) {
      this.setHeader("Content-Type", "text/plain; charset=UTF-8");
      this.write(traceback(options.error));
    } else this.write(errorPage(statusCode, this.#state.reason));
  }

  /**
   * Logs what was thrown: an `HTTPError` with a message as a warning, anything else with its stack. The log shows the
   * frames of Twister in a stack only with the setting `debug`.
   */
  logException(error: unknown): void {
    logHandlerError(this.request, error, this.settings.debug === true);
  }

  /** Computes the ETag of what is written, or `null` for none; override it for a cheaper one. */
  computeEtag(): string | null {
    return bodyEtag(this.#state.body);
  }

  /** Sets the ETag header to {@linkcode RequestHandler.computeEtag}. */
  setEtagHeader(): void {
    const etag = this.computeEtag();
    if (etag === null) return;
    const { headers } = this.#state;
    // Only an ETag that a subclass made has to be checked.
    if (this.computeEtag === RequestHandler.prototype.computeEtag) setTrusted(headers, "Etag", etag);
    else headers.set("Etag", etag);
  }

  /** Tells whether the client's If-None-Match names the ETag header, so that 304 may be the answer. */
  checkEtagHeader(): boolean {
    const known = this.request.headers.get("If-None-Match");
    return known !== null && etagMatches(this.#state.headers.get("Etag") ?? "", known);
  }

  /**
   * The XSRF token for a form, or for a header that a script sends; its text differs in each response. Reading it sets
   * the cookie if the request has none.
   *
   * With the setting `xsrfCookies`, each POST, PUT, PATCH and DELETE must carry the cookie and the token: as the
   * argument `_xsrf` or the header `X-XSRFToken` or `X-CSRFToken`.
   *
   * @throws {RangeError} If the setting `xsrfCookieVersion` is neither 1 nor 2.
   */
  get xsrfToken(): string {
    return (this.#xsrf ??= new XsrfProtection(this)).token;
  }

  /**
   * Makes sure that the request carries the XSRF token of its cookie. The framework calls it before `prepare`; override
   * it for a class that does not need it.
   *
   * @throws {HTTPError} 403 if the request does not carry the token.
   */
  checkXsrfCookie(): void {
    (this.#xsrf ??= new XsrfProtection(this)).check();
  }

  /**
   * Makes sure that no page of another origin sent the request. With the setting `crossOriginProtection`, the framework
   * calls it before `prepare`, unless the method of the request is GET, HEAD or OPTIONS. Override it for a class that
   * other sites may send requests to, such as the callback of a payment service.
   *
   * A request passes if its `Origin` is trusted, if its `Sec-Fetch-Site` is `same-origin` or `none`, or, without that
   * header, if host and port of its `Origin` are those of its `Host`. A request with neither header passes: it does not
   * come from a current browser.
   *
   * @throws {HTTPError} 403 if the request does not pass.
   */
  checkCrossOrigin(): void {
    refuseCrossOrigin(this.request, this.application.trustedOrigins);
  }

  /** Makes the hidden field of a form that carries the XSRF token. */
  xsrfFormHtml(): string {
    return xsrfFormField(this.xsrfToken);
  }

  /**
   * Makes the URL of a static file, with its version. Needs the setting `staticPath`.
   *
   * @param path The file, relative to that directory.
   * @throws {Error} If the setting is missing.
   */
  staticUrl(path: string, options: HandlerStaticUrlOptions = {}): string {
    this.requireSetting("staticPath", "static_url");
    const { includeHost = this.includeHost ?? false, ...others } = options;
    const host = includeHost ? `${this.request.protocol}://${this.request.host}` : "";
    return host + this.application.staticHandlerClass.makeStaticUrl(this.settings, path, others);
  }

  /**
   * The locale of the page: that of {@linkcode RequestHandler.getUserLocale}, or else of
   * {@linkcode RequestHandler.getBrowserLocale}. Like `currentUser`, it is looked up on first use, and can be set.
   */
  get locale(): Locale {
    return this.#pageState.locale ??= this.getUserLocale() ?? this.getBrowserLocale();
  }

  set locale(value: Locale) {
    this.#pageState.locale = value;
  }

  /** Returns the locale that the user has chosen, `null` to leave it to the browser; override it. */
  getUserLocale(): Locale | null {
    return null;
  }

  /**
   * Finds the supported locale that the browser prefers, by the Accept-Language header.
   *
   * @param defaultCode The code of the locale if that header is missing or names no language.
   */
  getBrowserLocale(defaultCode: string = "en_US"): Locale {
    const header = this.request.headers.get("Accept-Language");
    const codes = header === null ? [] : acceptedLanguages(header);
    return codes.length > 0 ? Locale.getClosest(...codes) : Locale.getClosest(defaultCode);
  }

  /** Returns the directory of the templates, `null` for none: the setting `templatePath`, unless it is overridden. */
  getTemplatePath(): string | null {
    return this.settings.templatePath ?? null;
  }

  /**
   * Makes the loader of templates: the setting `templateLoader`, or else one of files in a directory, with the settings
   * `autoescape`, `templateWhitespace` and `templateLanguage`. The application keeps it, one for each directory and
   * each class that overrides this method.
   *
   * @param templatePath The result of {@linkcode RequestHandler.getTemplatePath}.
   * @throws {Error} If neither a loader nor a directory is set.
   */
  createTemplateLoader(templatePath: string | null): BaseLoader {
    const { templateLoader, autoescape, templateWhitespace, templateLanguage } = this.settings;
    if (templateLoader !== undefined) return templateLoader;
    if (templatePath === null) {
      throw new Error("Cannot load templates: neither the setting templatePath nor templateLoader says from where");
    }
    const options: LoaderOptions = {};
    if (autoescape !== undefined) options.autoescape = autoescape;
    if (templateWhitespace !== undefined) options.whitespace = templateWhitespace;
    if (templateLanguage !== undefined) options.language = templateLanguage;
    return fileLoader(templatePath, options);
  }

  /**
   * Returns the names that templates find, below those given to {@linkcode RequestHandler.renderString}. Override it to
   * add some: `return { ...super.getTemplateNamespace(), title: "Notes" }`.
   */
  getTemplateNamespace(): Record<string, unknown> {
    const { locale } = this;
    const translate = locale.translate.bind(locale);
    return {
      handler: this,
      request: this.request,
      current_user: this.currentUser,
      locale,
      _: translate,
      translate,
      pgettext: locale.pgettext.bind(locale),
      static_url: this.staticUrl.bind(this),
      xsrf_form_html: this.xsrfFormHtml.bind(this),
      reverse_url: this.reverseUrl.bind(this),
      ...this.ui,
    };
  }

  /** The application's UI methods, bound to this handler, and its UI modules under the name `modules`. */
  get ui(): Readonly<Record<string, unknown>> {
    return this.#pageState.ui;
  }

  /**
   * Renders a template as the response, with what its UI modules need in the head and the body, and finishes.
   *
   * A template that contains `await` takes its time: the method of the request must await this call, or return its
   * promise.
   *
   * @param namespace Names for the template, above those of `getTemplateNamespace`.
   * @returns As {@linkcode RequestHandler.finish}.
   * @throws {Error} If the response is finished already, or the page lacks a tag that its UI modules need.
   * @throws {TemplateError} If the template is missing or not valid, or throws.
   */
  render(templateName: string, namespace: Readonly<Record<string, unknown>> = {}): Promise<void> {
    if (this.#state.finished) throw new Error("Cannot render() after finish()");
    const page = this.#pageState;
    if (page.template(templateName).isAsync) return handled(this.#renderAsync(templateName, namespace));
    return this.finish(page.complete(this.renderString(templateName, namespace)));
  }

  /**
   * Renders a template.
   *
   * @param namespace Names for it, above those of {@linkcode RequestHandler.getTemplateNamespace}.
   * @throws {TemplateError} If the template is missing or not valid, or throws.
   * @throws {HTTPError} If the template throws one, and likewise for {@linkcode Finish}.
   * @throws {TypeError} If the template contains `await`.
   */
  renderString(templateName: string, namespace: Readonly<Record<string, unknown>> = {}): string {
    return this.#pageState.render(templateName, namespace);
  }

  /** Renders a template that may contain `await`, otherwise like {@linkcode RequestHandler.renderString}. */
  renderStringAsync(templateName: string, namespace: Readonly<Record<string, unknown>> = {}): Promise<string> {
    return this.#pageState.renderAsync(templateName, namespace);
  }

  /**
   * Makes the HTML that loads the scripts of UI modules; override it for other HTML.
   *
   * @param jsFiles URLs, or paths of static files; one that comes twice is loaded once.
   */
  renderLinkedJs(jsFiles: Iterable<string>): string {
    return linkedJs(assetUrls(jsFiles, (path) => this.staticUrl(path)));
  }

  /** Makes the HTML that holds the scripts of UI modules; override it for other HTML. */
  renderEmbedJs(jsEmbed: Iterable<string>): string {
    return embeddedJs(jsEmbed);
  }

  /**
   * Makes the HTML that loads the style sheets of UI modules; override it for other HTML.
   *
   * @param cssFiles URLs, or paths of static files; one that comes twice is loaded once.
   */
  renderLinkedCss(cssFiles: Iterable<string>): string {
    return linkedCss(assetUrls(cssFiles, (path) => this.staticUrl(path)));
  }

  /** Makes the HTML that holds the style rules of UI modules; override it for other HTML. */
  renderEmbedCss(cssEmbed: Iterable<string>): string {
    return embeddedCss(cssEmbed);
  }

  async #renderAsync(templateName: string, namespace: Readonly<Record<string, unknown>>): Promise<void> {
    const html = await this.renderStringAsync(templateName, namespace);
    if (this.#state.finished) {
      // Nobody may be left to see an error.
      return appLog.error("%s was rendered for a response that is over: render() was not awaited", templateName);
    }
    await this.finish(this.#pageState.complete(html));
  }

  /** The response, unless it is over since the connection speaks another protocol. */
  get #response(): HandlerState {
    if (this.#state.leftHTTP) throw new Error("Method not supported for Web Sockets");
    return this.#state;
  }

  get #pageState(): Page {
    return this.#page ??= new Page(this);
  }
}

/** Finishes without making a promise for the end. A subclass that overrides `finish` still sees every end. */
export function finishQuietly(handler: RequestHandler): void {
  if (handler.finish === RequestHandler.prototype.finish) stateOf(handler).finish();
  else handled(handler.finish());
}

/**
 * Sets the Content-Type of JSON without a copy of the headers, which are sent as one text as long as none of them has
 * changed. A subclass that overrides `setHeader` still sees every header.
 */
export function setJsonType(handler: RequestHandler): void {
  if (handler.setHeader === RequestHandler.prototype.setHeader) stateOf(handler).setJsonType();
  else handler.setHeader("Content-Type", JSON_TYPE);
}

function lastOf<D extends string | null>(
  handler: RequestHandler,
  source: "arguments" | "queryArguments",
  name: string,
  defaultValue: D | undefined,
  options: ArgumentOptions | undefined,
): string | NoInfer<D> {
  const { request } = handler;
  if (handler.decodeArgument === RequestHandler.prototype.decodeArgument) {
    const value = plainArgument(request, name);
    if (typeof value === "string") return plainValue(value, options);
    if (value === null && defaultValue !== undefined) return defaultValue;
  }
  return lastArgument(request[source], name, defaultValue, options, handler);
}
