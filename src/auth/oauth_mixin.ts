import { AsyncHTTPClient } from "../http/httpclient.ts";
import { urlConcat } from "../http/httputil.ts";
import { equalBytes } from "../internal/bytes.ts";
import { currentClock } from "../internal/clock.ts";
import { hideQuery } from "../internal/hidden_queries.ts";
import { handled } from "../internal/promises.ts";
import { utf8 } from "../util/escape.ts";
import type { OAuthConsumer, RequestHandler, RequestHandlerClass } from "../web/mod.ts";
import { AuthError } from "./auth_error.ts";
import { unlessOver } from "./_code_flow.ts";
import { type Mixed, mixed, type WithMixin } from "./_mix.ts";
import { oauthSignature, type OAuthToken, type OAuthVersion, parseOAuthToken } from "./_oauth1_signature.ts";
import { type AuthHTTPClient, providerFetch } from "./_provider_fetch.ts";

/** Options of `authorizeRedirect` for OAuth 1. */
export interface OAuthRedirectOptions {
  /**
   * The URL to which the provider sends its answer, relative to that of the request or to the setting
   * `redirectBaseUri`; `oob` for a provider that shows the user a code.
   *
   * @default {none: the provider knows it}
   */
  callbackUri?: string;
  /**
   * More parameters of the request for a token.
   *
   * @default {{}}
   */
  extraParams?: Readonly<Record<string, string>>;
  /**
   * The client for requests to the provider.
   *
   * @default {that of `getAuthHttpClient`}
   */
  httpClient?: AuthHTTPClient;
}

/** A user of a provider of OAuth 1, as the subclass describes it. */
export type OAuthUser = Readonly<Record<string, unknown>>;

/** The result of a login by OAuth 1. */
export interface OAuthLogin extends OAuthUser {
  /** Signs requests for the user. It is secret: keep it out of logs and URLs. */
  readonly access_token: OAuthToken;
}

/** The members that {@linkcode OAuthMixin} adds to a handler. A subclass overrides the names with an underscore. */
export interface OAuthMixin {
  /** Where the provider gives tokens for a login; a subclass must override it. */
  readonly _OAUTH_REQUEST_TOKEN_URL: string;
  /** The provider's page for the user; a subclass must override it. */
  readonly _OAUTH_AUTHORIZE_URL: string;
  /** Where the provider gives access tokens; a subclass must override it. */
  readonly _OAUTH_ACCESS_TOKEN_URL: string;
  /** The version of the protocol: `1.0a`, unless it is overridden. */
  readonly _OAUTH_VERSION: OAuthVersion;
  /** Tells that the provider knows the callback and takes none with a login. */
  readonly _OAUTH_NO_CALLBACKS: boolean;
  /** Returns the consumer's key and secret; a subclass must override it. */
  _oauthConsumerToken(): OAuthConsumer;
  /** Asks the provider who the user is; a subclass must override it. */
  _oauthGetUserFuture(accessToken: OAuthToken): Promise<OAuthUser | null>;
  /** Makes the signed URL of the request for a token. */
  _oauthRequestTokenUrl(callbackUri?: string, extraParams?: Readonly<Record<string, string>>): string;
  /** Makes the signed URL of the request for an access token. */
  _oauthAccessTokenUrl(requestToken: OAuthToken): string;
  /**
   * Signs a request to a service of the provider.
   *
   * @param parameters All arguments of the request, in the query and in a form.
   * @returns The parameters to add.
   */
  _oauthRequestParameters(
    url: string,
    accessToken: OAuthToken,
    parameters?: Readonly<Record<string, string>>,
    method?: string,
  ): Record<string, string>;
  /** Returns the client for requests to the provider; override it for one of your own. */
  getAuthHttpClient(): AuthHTTPClient;
  /**
   * Gets a token for the login, keeps it in a cookie, sends the browser to the provider, and finishes. Await it.
   *
   * @throws {AuthError} If the provider gives no token.
   * @throws {TypeError} If there is a callback and the provider takes none.
   */
  authorizeRedirect(options?: OAuthRedirectOptions): Promise<void>;
  /**
   * Takes the provider's answer, and asks who the user is.
   *
   * @throws {AuthError} If the login is refused.
   */
  getAuthenticatedUser(httpClient?: AuthHTTPClient): Promise<OAuthLogin>;
}

/** Tornado's name. */
const COOKIE = "_oauth_request_token";

/**
 * Adds login by OAuth 1.0 or 1.0a to a handler class. Tornado's `OAuthMixin`.
 *
 * A subclass defines the URLs, `_oauthConsumerToken` and `_oauthGetUserFuture`, as {@linkcode TwitterMixin} does. One
 * browser can have one login under way.
 *
 * @example
 * ```ts
 * import { OAuthMixin, type OAuthToken, type OAuthUser } from "@twister/twister/auth";
 * import { type OAuthConsumer, RequestHandler } from "@twister/twister/web";
 * import { assert } from "@std/assert";
 *
 * class Login extends OAuthMixin(RequestHandler) {
 *   override readonly _OAUTH_REQUEST_TOKEN_URL = "https://id.example/request_token";
 *   override readonly _OAUTH_AUTHORIZE_URL = "https://id.example/authorize";
 *   override readonly _OAUTH_ACCESS_TOKEN_URL = "https://id.example/access_token";
 *   override _oauthConsumerToken(): OAuthConsumer {
 *     return { key: "the consumer's key", secret: "its secret" };
 *   }
 *   override async _oauthGetUserFuture(token: OAuthToken): Promise<OAuthUser> {
 *     return await Promise.resolve({ name: token.screen_name });
 *   }
 *   override async get(): Promise<void> {
 *     if (this.getArgument("oauth_token", null) === null) return await this.authorizeRedirect();
 *     const user = await this.getAuthenticatedUser();
 *     this.write(`Hello, ${user.name}`);
 *   }
 * }
 * assert(Login.prototype instanceof RequestHandler);
 * ```
 */
export function OAuthMixin<Base extends RequestHandlerClass>(base: Base): WithMixin<Base, OAuthMixin> {
  return mixed<Base, OAuthMixin>(base, withOAuth(base));
}

/** {@linkcode OAuthMixin} for other mixins, which need no more of the class than that it is one of handlers. */
export function withOAuth(base: RequestHandlerClass): Mixed<OAuthMixin> {
  return class extends base implements OAuthMixin {
    get _OAUTH_REQUEST_TOKEN_URL(): string {
      throw undefinedName(this, "_OAUTH_REQUEST_TOKEN_URL");
    }

    get _OAUTH_AUTHORIZE_URL(): string {
      throw undefinedName(this, "_OAUTH_AUTHORIZE_URL");
    }

    get _OAUTH_ACCESS_TOKEN_URL(): string {
      throw undefinedName(this, "_OAUTH_ACCESS_TOKEN_URL");
    }

    get _OAUTH_VERSION(): OAuthVersion {
      return "1.0a";
    }

    get _OAUTH_NO_CALLBACKS(): boolean {
      return false;
    }

    _oauthConsumerToken(): OAuthConsumer {
      throw undefinedName(this, "_oauthConsumerToken");
    }

    _oauthGetUserFuture(_accessToken: OAuthToken): Promise<OAuthUser | null> {
      throw undefinedName(this, "_oauthGetUserFuture");
    }

    getAuthHttpClient(): AuthHTTPClient {
      return new AsyncHTTPClient();
    }

    authorizeRedirect(options: OAuthRedirectOptions = {}): Promise<void> {
      const { callbackUri, extraParams, httpClient = this.getAuthHttpClient() } = options;
      if (callbackUri !== undefined && this._OAUTH_NO_CALLBACKS) {
        throw new TypeError("Cannot log in with a callbackUri: this service does not support it");
      }
      const url = this._OAUTH_VERSION === "1.0a"
        ? this._oauthRequestTokenUrl(callbackUri, extraParams)
        : this._oauthRequestTokenUrl();
      return redirectWithToken(this, { url, authorizeUrl: this._OAUTH_AUTHORIZE_URL, callbackUri, httpClient });
    }

    async getAuthenticatedUser(httpClient: AuthHTTPClient = this.getAuthHttpClient()): Promise<OAuthLogin> {
      hideQuery(this.request);
      this.setHeader("Cache-Control", "no-store");
      const kept = keptToken(this);
      this.clearCookie(COOKIE);
      const key = this.getArgument("oauth_token", "");
      if (kept === null) throw new AuthError("no login began in this browser");
      if (!equalBytes(utf8(kept.key), utf8(key))) throw new AuthError("the token is that of another login");
      const verifier = this.getArgument("oauth_verifier", "");
      const token = await askForToken(
        httpClient,
        this._oauthAccessTokenUrl(verifier === "" ? kept : { ...kept, verifier }),
      );
      const user = await this._oauthGetUserFuture(token);
      if (user === null) throw new AuthError("the provider does not say who the user is");
      return { ...user, access_token: token };
    }

    _oauthRequestTokenUrl(callbackUri?: string, extraParams: Readonly<Record<string, string>> = {}): string {
      const parameters = this.#commonParameters();
      if (this._OAUTH_VERSION === "1.0a") {
        if (callbackUri !== undefined) parameters.oauth_callback = absoluteCallback(this, callbackUri);
        Object.assign(parameters, extraParams);
      }
      return this.#signedUrl(this._OAUTH_REQUEST_TOKEN_URL, parameters, null);
    }

    _oauthAccessTokenUrl(requestToken: OAuthToken): string {
      const parameters = { ...this.#commonParameters(), oauth_token: requestToken.key };
      const { verifier } = requestToken;
      return this.#signedUrl(
        this._OAUTH_ACCESS_TOKEN_URL,
        verifier === undefined ? parameters : { ...parameters, oauth_verifier: verifier },
        requestToken,
      );
    }

    _oauthRequestParameters(
      url: string,
      accessToken: OAuthToken,
      parameters: Readonly<Record<string, string>> = {},
      method: string = "GET",
    ): Record<string, string> {
      const added = { ...this.#commonParameters(), oauth_token: accessToken.key };
      const request = { method, url, parameters: { ...added, ...parameters } };
      return { ...added, oauth_signature: this.#sign(request, accessToken) };
    }

    #commonParameters(): Record<string, string> {
      return {
        oauth_consumer_key: this._oauthConsumerToken().key,
        oauth_signature_method: "HMAC-SHA1",
        oauth_timestamp: String(Math.floor(currentClock().now())),
        oauth_nonce: crypto.randomUUID().replaceAll("-", ""),
        oauth_version: "1.0",
      };
    }

    #signedUrl(url: string, parameters: Readonly<Record<string, string>>, token: OAuthToken | null): string {
      const oauth_signature = this.#sign({ method: "GET", url, parameters }, token);
      return urlConcat(url, { ...parameters, oauth_signature });
    }

    #sign(request: Parameters<typeof oauthSignature>[2], token: OAuthToken | null): string {
      return oauthSignature(this._OAUTH_VERSION, this._oauthConsumerToken(), request, token);
    }
  };
}

interface TokenRedirect {
  /** The signed URL of the request for a token. */
  readonly url: string;
  /** The provider's page for the user. */
  readonly authorizeUrl: string;
  readonly callbackUri: string | undefined;
  readonly httpClient: AuthHTTPClient;
}

/** Gets a token, keeps it in a cookie and sends the browser to the provider. */
export function redirectWithToken(handler: RequestHandler, redirect: TokenRedirect): Promise<void> {
  return unlessOver(handler, "authorizeRedirect", prepareRedirect(handler, redirect));
}

async function prepareRedirect(handler: RequestHandler, redirect: TokenRedirect): Promise<() => void> {
  const { url, authorizeUrl, callbackUri, httpClient } = redirect;
  const { key, secret } = await askForToken(httpClient, url);
  const callback = callbackUri === undefined ? null : absoluteCallback(handler, callbackUri);
  const value = [key, secret].map((part) => new TextEncoder().encode(part).toBase64()).join("|");
  const secure = (callback ?? `${handler.request.protocol}:`).startsWith("https:");
  const isShown = callback === "oob";
  const target = urlConcat(authorizeUrl, {
    oauth_token: key,
    ...(callback === null || isShown ? {} : { oauth_callback: callback }),
  });
  return () => {
    handler.setCookie(COOKIE, value, { httponly: true, samesite: "Lax", secure });
    handler.setHeader("Cache-Control", "no-store");
    if (isShown) handled(handler.finish(target));
    else handler.redirect(target);
  };
}

/** @throws {AuthError} If the provider gives no token. */
async function askForToken(client: AuthHTTPClient, url: string): Promise<OAuthToken> {
  const response = await providerFetch(client)(url, { method: "GET", headers: {} });
  if (response.status !== 200) throw new AuthError(`the provider answers ${response.status} and gives no token`);
  return parseOAuthToken(new Uint8Array(await response.arrayBuffer()));
}

function absoluteCallback(handler: RequestHandler, callbackUri: string): string {
  if (callbackUri === "oob") return callbackUri;
  return new URL(callbackUri, handler.settings.redirectBaseUri ?? handler.request.fullUrl()).href;
}

/** The token in the cookie; `null` if there is none. */
function keptToken(handler: RequestHandler): OAuthToken | null {
  const parts = handler.getCookie(COOKIE)?.split("|") ?? [];
  if (parts.length !== 2) return null;
  try {
    const [key = "", secret = ""] = parts.map((part) => new TextDecoder().decode(Uint8Array.fromBase64(part)));
    return { key, secret };
  } catch {
    return null;
  }
}

function undefinedName(handler: object, name: string): Error {
  return new Error(`${handler.constructor.name} must define ${name}`);
}
