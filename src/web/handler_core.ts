import type { HTTPServerRequest, Morsel } from "../http/httputil.ts";
import type { Bytes } from "../internal/bytes.ts";
import { allArguments, type ArgumentRecord, decodeUtf8, lastArgument } from "./_handler/arguments.ts";
import { LazyState } from "./_handler/lazy_state.ts";
import type {
  ArgumentOptions,
  GetSignedCookieOptions,
  SignedCookieOptions,
  SignedValueOptions,
} from "./_handler/options.ts";
import { Output } from "./_handler/output.ts";
import { signingOf } from "./_handler/signing.ts";
import { atOnce } from "./_handler/values.ts";
import { clearCookieHeader, type ClearCookieOptions, type CookieOptions, setCookieHeader } from "./cookies.ts";
import { MissingArgumentError } from "./errors.ts";
import type { HandlerApplication, Settings } from "./settings.ts";
import { createSignedValue, decodeSignedValue, getSignatureKeyVersion } from "./signed_value.ts";

// Shared by all handlers whose path has no groups.
const NO_ARGS: readonly string[] = Object.freeze([]);
const NO_KWARGS: Readonly<Record<string, string>> = Object.freeze({});

/** The response of a handler, for what drives it. */
export let outputOf: (handler: HandlerCore) => Output;
/** What only some requests need, made when it is asked for. */
export let stateOf: (handler: HandlerCore) => LazyState;
/** The same, or `null` if nobody has asked. */
export let knownStateOf: (handler: HandlerCore) => LazyState | null;

/**
 * What a {@linkcode RequestHandler} has to work with: the application, the arguments of the request, the cookies both ways, the user.
 *
 * It is the lowest of the parts of that class, which adds everything else. Subclasses extend `RequestHandler`.
 *
 * @example
 * ```ts
 * import { Application, HandlerCore, RequestHandler } from "@twister/twister/web";
 * import { assertEquals } from "@std/assert";
 *
 * function pageNumber(handler: HandlerCore): number {
 *   return Number(handler.getQueryArgument("page", "1"));
 * }
 *
 * class News extends RequestHandler {
 *   override get(): void {
 *     this.write({ page: pageNumber(this) });
 *   }
 * }
 *
 * const response = await new Application([["/news", News]]).fetch(new Request("http://localhost/news?page=7"));
 * assertEquals(await response.json(), { page: 7 });
 * ```
 */
export abstract class HandlerCore {
  /** The application. A subclass may narrow it: `declare readonly application: MyApplication`. */
  readonly application: HandlerApplication;
  /** The request. */
  readonly request: HTTPServerRequest;
  /** What the unnamed groups matched, decoded; `null` for an optional group that took no part. */
  pathArgs: readonly (string | null)[] = NO_ARGS;
  /** What the named groups matched, decoded. */
  pathKwargs: Readonly<Record<string, string | null>> = NO_KWARGS;
  readonly #out: Output;
  #lazy: LazyState | null = null;

  static {
    outputOf = (handler) => handler.#out;
    stateOf = (handler) => handler.#state;
    knownStateOf = (handler) => handler.#lazy;
  }

  /** Called by the application. A subclass uses {@linkcode RequestHandler.initialize} instead of a constructor. */
  constructor(application: HandlerApplication, request: HTTPServerRequest) {
    this.application = application;
    this.request = request;
    this.#out = new Output(request);
  }

  /** The settings of the application. */
  get settings(): Settings {
    return this.application.settings;
  }

  /**
   * The last value of an argument of the query or the form body.
   *
   * @param defaultValue What is returned if there is none; without it the argument is required.
   * @throws {MissingArgumentError} If a required argument did not come.
   * @throws {HTTPError} 400 if the value is not UTF-8.
   */
  getArgument<D extends string | null = never>(
    name: string,
    defaultValue?: D,
    options?: ArgumentOptions,
  ): string | NoInfer<D> {
    return this.#argument(this.request.arguments, name, defaultValue, options);
  }

  /**
   * All values of an argument, those of the query first; an empty list if there are none.
   *
   * @throws {HTTPError} 400 if a value is not UTF-8.
   */
  getArguments(name: string, options?: ArgumentOptions): string[] {
    return allArguments(this.request.arguments, name, options, this);
  }

  /** The last value of an argument of the form body, as {@linkcode HandlerCore.getArgument}. */
  getBodyArgument<D extends string | null = never>(
    name: string,
    defaultValue?: D,
    options?: ArgumentOptions,
  ): string | NoInfer<D> {
    return this.#argument(this.request.bodyArguments, name, defaultValue, options);
  }

  /** All values of an argument of the form body, as {@linkcode HandlerCore.getArguments}. */
  getBodyArguments(name: string, options?: ArgumentOptions): string[] {
    return allArguments(this.request.bodyArguments, name, options, this);
  }

  /** The last value of an argument of the query, as {@linkcode HandlerCore.getArgument}. */
  getQueryArgument<D extends string | null = never>(
    name: string,
    defaultValue?: D,
    options?: ArgumentOptions,
  ): string | NoInfer<D> {
    return this.#argument(this.request.queryArguments, name, defaultValue, options);
  }

  /** All values of an argument of the query, as {@linkcode HandlerCore.getArguments}. */
  getQueryArguments(name: string, options?: ArgumentOptions): string[] {
    return allArguments(this.request.queryArguments, name, options, this);
  }

  /**
   * Makes text of the bytes of an argument or of a group of the path; override it for another encoding than UTF-8.
   *
   * @param name The name of the argument, `undefined` for an unnamed group.
   * @throws {HTTPError} 400 if the bytes are not UTF-8.
   */
  decodeArgument(value: Bytes, name?: string): string {
    return decodeUtf8(value, name);
  }

  /** The cookies of the request by name; those with an illegal or reserved name are left out. */
  get cookies(): Map<string, Morsel> {
    return this.request.cookies;
  }

  /** The value of a cookie of the request, `null` if it has none; cookies that are being set are not seen. */
  getCookie(name: string): string | null;
  /** The value of a cookie of the request, or `defaultValue`. */
  getCookie<D extends string | null>(name: string, defaultValue: D): string | NoInfer<D>;
  getCookie(name: string, defaultValue: string | null = null): string | null {
    return this.request.cookies.get(name)?.value ?? defaultValue;
  }

  /**
   * Sets a cookie with the response, also if that becomes an error page.
   *
   * @param value Text of latin1 characters, or bytes of UTF-8 text, without spaces and controls.
   * @throws {CookieError} If name, value or an attribute has characters that are not allowed.
   * @throws {RangeError} If it ends at no time that a header can express.
   */
  setCookie(name: string, value: string | Bytes, options: CookieOptions = {}): void {
    this.#addCookie(name, setCookieHeader(name, value, options));
  }

  /**
   * Takes a cookie away.
   *
   * @param options Where it was kept, as it was set.
   * @throws {TypeError} If the options say when it ends.
   * @throws {CookieError} If name or an attribute has characters that are not allowed.
   */
  clearCookie(name: string, options: ClearCookieOptions = {}): void {
    this.#addCookie(name, clearCookieHeader(name, options));
  }

  /**
   * Takes away all cookies that the request has, as far as they are kept where the options say.
   *
   * @deprecated Whoever shares the host may have cookies of his own; Tornado has deprecated it, too.
   */
  clearAllCookies(options: ClearCookieOptions = {}): void {
    for (const name of this.request.cookies.keys()) this.clearCookie(name, options);
  }

  /**
   * Sets a cookie that the client cannot change, but can read, for 30 days unless the options say otherwise (`expiresDays: null` is
   * until the browser's session ends). Needs the setting `cookieSecret`.
   *
   * How long the cookie is valid is asked when it is read, see {@linkcode HandlerCore.getSignedCookie}.
   *
   * @throws {CookieError} If the name or an attribute has characters that are not allowed.
   * @throws {Error} If there is no setting `cookieSecret`, or several secrets and no setting `keyVersion`.
   */
  setSignedCookie(name: string, value: string | Bytes, options: SignedCookieOptions = {}): void {
    const { version = null, expiresDays = 30, ...others } = options;
    this.setCookie(name, this.createSignedValue(name, value, { version }), { ...others, expiresDays });
  }

  /**
   * The former name of {@linkcode HandlerCore.setSignedCookie}.
   *
   * @deprecated Use {@linkcode HandlerCore.setSignedCookie}: nothing is secret about it.
   */
  setSecureCookie(name: string, value: string | Bytes, options: SignedCookieOptions = {}): void {
    this.setSignedCookie(name, value, options);
  }

  /**
   * Signs a value as {@linkcode HandlerCore.setSignedCookie} does, for use elsewhere than in a cookie.
   *
   * @param name What it is for; it is valid under no other name.
   * @throws {Error} If there is no setting `cookieSecret`, or several secrets and no setting `keyVersion`.
   */
  createSignedValue(name: string, value: string | Bytes, options: SignedValueOptions = {}): Bytes {
    this.requireSetting("cookieSecret", "secure cookies");
    const { secret, options: how } = signingOf(this.settings, options.version ?? null);
    return createSignedValue(secret, name, value, how);
  }

  /**
   * The value of a signed cookie; `null` if there is none, or it is not to be trusted.
   *
   * @param options How old it may be, and what is read instead of the cookie.
   * @throws {Error} If there is no setting `cookieSecret`.
   */
  getSignedCookie(name: string, options: GetSignedCookieOptions = {}): Bytes | null {
    this.requireSetting("cookieSecret", "secure cookies");
    const { value, ...how } = options;
    return decodeSignedValue(this.settings.cookieSecret ?? "", name, value ?? this.getCookie(name), how);
  }

  /**
   * The former name of {@linkcode HandlerCore.getSignedCookie}.
   *
   * @deprecated Use {@linkcode HandlerCore.getSignedCookie}: nothing is secret about it.
   */
  getSecureCookie(name: string, options: GetSignedCookieOptions = {}): Bytes | null {
    return this.getSignedCookie(name, options);
  }

  /**
   * The version of the key that a signed cookie says it was signed with, `null` if it says none. Nothing is verified.
   *
   * @param value What is read instead of the cookie.
   * @throws {Error} If there is no setting `cookieSecret`.
   */
  getSignedCookieKeyVersion(name: string, value: string | null = null): number | null {
    this.requireSetting("cookieSecret", "secure cookies");
    const text = value ?? this.getCookie(name);
    return text === null ? null : getSignatureKeyVersion(text);
  }

  /**
   * The former name of {@linkcode HandlerCore.getSignedCookieKeyVersion}.
   *
   * @deprecated Use {@linkcode HandlerCore.getSignedCookieKeyVersion}.
   */
  getSecureCookieKeyVersion(name: string, value: string | null = null): number | null {
    return this.getSignedCookieKeyVersion(name, value);
  }

  /**
   * Who is logged in, `null` for nobody: what {@linkcode HandlerCore.getCurrentUser} said when it was asked first. It can be set, such
   * as by a `prepare` that has to wait for the answer.
   *
   * @throws {TypeError} If it is a promise, which would be taken for somebody.
   */
  get currentUser(): unknown {
    return (this.#state.user ??= { value: atOnce(this.getCurrentUser(), "getCurrentUser()") }).value;
  }

  set currentUser(value: unknown) {
    this.#state.user = { value: atOnce(value, "currentUser") };
  }

  /**
   * Finds out who is logged in, such as from a signed cookie; override it. By default, nobody is. It cannot wait: a `prepare` that asks
   * a database sets {@linkcode HandlerCore.currentUser} instead.
   */
  getCurrentUser(): unknown {
    return null;
  }

  /**
   * Makes sure that a setting is there.
   *
   * @param feature What needs it, for the message.
   * @throws {Error} If the setting is missing or falsy.
   */
  requireSetting(name: string, feature: string = "this feature"): void {
    if (this.settings[name]) return;
    throw new Error(`You must define the '${name}' setting in your application to use ${feature}`);
  }

  /**
   * The URL of a named rule; see `Application.reverseUrl`.
   *
   * @throws {RangeError} If there is no rule of that name.
   * @throws {TypeError} If there are not as many arguments as groups.
   */
  reverseUrl(name: string, ...args: unknown[]): string {
    return this.application.reverseUrl(name, ...args);
  }

  #addCookie(name: string, header: string): void {
    const cookies = this.#out.cookies ??= new Map();
    // A cookie that is set anew comes last.
    cookies.delete(name);
    cookies.set(name, header);
  }

  #argument<D extends string | null>(
    source: ArgumentRecord,
    name: string,
    defaultValue: D | undefined,
    options: ArgumentOptions | undefined,
  ): string | NoInfer<D> {
    const value = lastArgument(source, name, options, this);
    if (value !== null) return value;
    if (defaultValue === undefined) throw new MissingArgumentError(name);
    return defaultValue;
  }

  get #state(): LazyState {
    return this.#lazy ??= new LazyState();
  }
}
