import { AsyncHTTPClient } from "../http/httpclient.ts";
import { urlConcat } from "../http/httputil.ts";
import { isPlainObject } from "../internal/json_object.ts";
import type { OAuthConsumer, RequestHandler, RequestHandlerClass } from "../web/mod.ts";
import {
  absoluteRedirectUri,
  type AuthorizeRedirectOptions,
  beginLogin,
  exchangeCode,
  exchangeRefreshToken,
  refuseErrorAnswer,
  scopeList,
  takeAnswer,
  type TokenClient,
} from "./_code_flow.ts";
import { type Mixed, mixed, type WithMixin } from "./_mix.ts";
import {
  type Client,
  processAuthorizationCodeResponse,
  processRefreshTokenResponse,
  type TokenEndpointResponse,
} from "./_oauth4webapi.ts";
import { isLocalHttp } from "./_provider.ts";
import { type AuthHTTPClient, providerFetch } from "./_provider_fetch.ts";
import { refusalOf } from "./_refusal.ts";

/** Options of `getAuthenticatedUser`, which take the place of the setting that `_OAUTH_SETTINGS_KEY` names. */
export interface ClientOptions {
  /**
   * The client's id; the same as for `authorizeRedirect`.
   *
   * @default {that of the setting}
   */
  clientId?: string;
  /**
   * The client's secret.
   *
   * @default {that of the setting}
   */
  clientSecret?: string;
}

/** Options of `oauth2Request`. */
export interface OAuth2RequestOptions {
  /**
   * The access token, which is sent in the header `Authorization`.
   *
   * @default {none}
   */
  accessToken?: string;
  /**
   * Fields of a form, which make the request a POST.
   *
   * @default {none: a GET}
   */
  postArgs?: Readonly<Record<string, string>>;
  /**
   * Arguments of the query.
   *
   * @default {{}}
   */
  args?: Readonly<Record<string, string>>;
}

/** Tokens of a provider, by their names in RFC 6749 section 5.1. They are secret: keep them out of logs and URLs. */
export interface OAuth2Tokens {
  /** Proves to the provider's services that the user allows it. */
  readonly access_token: string;
  /** The way to send the access token: `bearer`. */
  readonly token_type: string;
  /** Seconds for which the access token is valid. */
  readonly expires_in?: number;
  /** Gets new tokens by `refreshTokens`. */
  readonly refresh_token?: string;
  /** The kinds of access that the user has allowed, separated by blanks. */
  readonly scope?: string;
  /** Anything else that the provider says. */
  readonly [name: string]: unknown;
}

/** The result of a login by OAuth 2. */
export interface OAuth2Login extends OAuth2Tokens {
  /** The path of this site to go to: the `next` of `authorizeRedirect`. */
  readonly next: string;
}

/**
 * The members that {@linkcode OAuth2Mixin} adds to a handler. A subclass overrides the names with an underscore as
 * getters.
 */
export interface OAuth2Mixin {
  /** The provider's authorization endpoint; a subclass must override it. */
  readonly _OAUTH_AUTHORIZE_URL: string;
  /** The provider's token endpoint; a subclass must override it. */
  readonly _OAUTH_ACCESS_TOKEN_URL: string;
  /** The name of the setting with the client's id and secret: `{ key, secret }`. */
  readonly _OAUTH_SETTINGS_KEY: string;
  /** The provider's name in answers (RFC 9207); empty if it is not known. */
  readonly _OAUTH_ISSUER: string;
  /**
   * Takes answers without a state, to logins that began in no browser or another one, such as those that a provider
   * begins itself. An attacker can then log visitors in to an account of the attacker.
   *
   * @default {false}
   */
  readonly acceptLoginsThatThisBrowserDidNotBegin: boolean;
  /** Returns the client's id and secret: the setting that `_OAUTH_SETTINGS_KEY` names, unless it is overridden. */
  _oauthConsumerToken(): OAuthConsumer;
  /** Returns the client for requests to the provider; override it for one of your own. */
  getAuthHttpClient(): AuthHTTPClient;
  /**
   * Sends the browser to the provider, with a state and a PKCE challenge, and finishes.
   *
   * @throws {AuthError} If the request is an error answer of the provider.
   */
  authorizeRedirect(options?: AuthorizeRedirectOptions): void | Promise<void>;
  /**
   * Takes the provider's answer and exchanges its code for tokens.
   *
   * @param redirectUri The same as for `authorizeRedirect`.
   * @param code The argument `code` of the request, which is taken from there by itself.
   * @throws {AuthError} If the login is refused.
   */
  getAuthenticatedUser(redirectUri: string, code?: string | null, options?: ClientOptions): Promise<OAuth2Login>;
  /**
   * Gets new tokens by a refresh token. If the result has a `refresh_token`, it takes the place of the old one.
   *
   * @throws {AuthError} If the provider refuses.
   */
  refreshTokens(refreshToken: string, options?: ClientOptions): Promise<OAuth2Tokens>;
  /**
   * Asks a service of the provider, and returns the JSON of its answer.
   *
   * @throws {HTTPClientError} If the status is not 2xx, or there is no answer.
   */
  oauth2Request(url: string, options?: OAuth2RequestOptions): Promise<unknown>;
}

/**
 * Adds login by OAuth 2 to a handler class. Tornado's `OAuth2Mixin`.
 *
 * State and PKCE tie the provider's answer to the browser that began the login, by a cookie for each login. It needs
 * the setting `cookieSecret`.
 *
 * @example
 * ```ts
 * import { OAuth2Mixin } from "@twister/twister/auth";
 * import { TestClient } from "@twister/twister/testing";
 * import { Application, RequestHandler } from "@twister/twister/web";
 * import { assertEquals, assertMatch } from "@std/assert";
 *
 * class Login extends OAuth2Mixin(RequestHandler) {
 *   override get _OAUTH_AUTHORIZE_URL(): string {
 *     return "https://id.example/authorize";
 *   }
 *   override get _OAUTH_ACCESS_TOKEN_URL(): string {
 *     return "https://id.example/token";
 *   }
 *   override get(): void {
 *     this.authorizeRedirect({ redirectUri: "https://app.example/login", clientId: "app", scope: ["profile"] });
 *   }
 * }
 *
 * await using client = new TestClient(new Application([["/login", Login]], { cookieSecret: "a secret" }), {
 *   followRedirects: false,
 * });
 * const response = await client.get("/login");
 * assertEquals(response.code, 302);
 * assertMatch(response.headers.get("Location") ?? "", /&state=[\w-]{43}&code_challenge=[\w-]{43}&/);
 * ```
 */
export function OAuth2Mixin<Base extends RequestHandlerClass>(base: Base): WithMixin<Base, OAuth2Mixin> {
  return mixed<Base, OAuth2Mixin>(base, withOAuth2(base));
}

/** {@linkcode OAuth2Mixin} for other mixins, which need no more of the class than that it is one of handlers. */
export function withOAuth2(base: RequestHandlerClass): Mixed<OAuth2Mixin> {
  return class extends base implements OAuth2Mixin {
    get _OAUTH_AUTHORIZE_URL(): string {
      throw undefinedGetter(this, "_OAUTH_AUTHORIZE_URL");
    }

    get _OAUTH_ACCESS_TOKEN_URL(): string {
      throw undefinedGetter(this, "_OAUTH_ACCESS_TOKEN_URL");
    }

    get _OAUTH_SETTINGS_KEY(): string {
      throw undefinedGetter(this, "_OAUTH_SETTINGS_KEY");
    }

    get _OAUTH_ISSUER(): string {
      return "";
    }

    get acceptLoginsThatThisBrowserDidNotBegin(): boolean {
      return false;
    }

    _oauthConsumerToken(): OAuthConsumer {
      return consumerSetting(this, this._OAUTH_SETTINGS_KEY);
    }

    getAuthHttpClient(): AuthHTTPClient {
      return new AsyncHTTPClient();
    }

    authorizeRedirect(options: AuthorizeRedirectOptions = {}): void | Promise<void> {
      refuseErrorAnswer(this);
      const { clientId = this._oauthConsumerToken().key, scope, extraParams = {} } = options;
      const endpoint = this._OAUTH_AUTHORIZE_URL;
      beginLogin(this, {
        endpoint,
        audience: `${endpoint} ${clientId}`,
        clientId,
        scope: scopeList(scope ?? String(extraParams.scope ?? "")),
        withNonce: false,
      }, options);
    }

    async getAuthenticatedUser(
      redirectUri: string,
      code: string | null = null,
      options: ClientOptions = {},
    ): Promise<OAuth2Login> {
      const client = this.#tokenClient(options);
      const audience = `${this._OAUTH_AUTHORIZE_URL} ${client.consumer.key}`;
      const answer = takeAnswer(this, audience, code, this.acceptLoginsThatThisBrowserDidNotBegin);
      // Without its name, nothing can be said about one in an answer.
      if (this._OAUTH_ISSUER === "") answer.parameters.delete("iss");
      const uri = absoluteRedirectUri(this, redirectUri) ?? "";
      try {
        const tokens = await exchangeCode(
          client,
          answer,
          uri,
          async (response, metadata) =>
            await processAuthorizationCodeResponse(client.server, metadata, await conforming(response)),
        );
        return { ...tokens, next: answer.attempt?.next ?? "/" };
      } catch (error) {
        throw refusalOf(error);
      }
    }

    async refreshTokens(refreshToken: string, options: ClientOptions = {}): Promise<OAuth2Tokens> {
      const client = this.#tokenClient(options);
      try {
        return await exchangeRefreshToken(
          client,
          refreshToken,
          (response, metadata) => refreshed(client, response, metadata),
        );
      } catch (error) {
        throw refusalOf(error);
      }
    }

    async oauth2Request(url: string, options: OAuth2RequestOptions = {}): Promise<unknown> {
      const { accessToken, postArgs, args = {} } = options;
      const response = await this.getAuthHttpClient().fetch(urlConcat(url, args), {
        headers: {
          Accept: "application/json",
          ...(accessToken === undefined ? {} : { Authorization: `Bearer ${accessToken}` }),
        },
        ...(postArgs === undefined ? {} : { method: "POST", body: new URLSearchParams(postArgs).toString() }),
      });
      return response.json();
    }

    #tokenClient({ clientId, clientSecret }: ClientOptions): TokenClient {
      const consumer = clientId !== undefined && clientSecret !== undefined ? null : this._oauthConsumerToken();
      const endpoint = this._OAUTH_ACCESS_TOKEN_URL;
      return {
        server: {
          issuer: this._OAUTH_ISSUER || this._OAUTH_AUTHORIZE_URL,
          authorization_endpoint: this._OAUTH_AUTHORIZE_URL,
          token_endpoint: endpoint,
        },
        consumer: { key: clientId ?? consumer?.key ?? "", secret: clientSecret ?? consumer?.secret ?? "" },
        fetch: providerFetch(this.getAuthHttpClient()),
        insecure: isLocalHttp(new URL(endpoint)),
        proofs: ["post", "basic"],
      };
    }
  };
}

async function refreshed(client: TokenClient, response: Response, metadata: Client): Promise<TokenEndpointResponse> {
  return await processRefreshTokenResponse(client.server, metadata, await conforming(response));
}

/**
 * Reads the id and secret of a client from a setting.
 *
 * @throws {Error} If the setting is missing.
 */
export function consumerSetting(handler: RequestHandler, name: string): OAuthConsumer {
  const value: unknown = Reflect.get(handler.settings, name);
  if (isPlainObject(value) && typeof value.key === "string" && typeof value.secret === "string") {
    return { key: value.key, secret: value.secret };
  }
  throw new Error(`You must define the '${name}' setting in your application to log in: { key, secret }`);
}

/** The error for a getter that a subclass has to override. */
export function undefinedGetter(handler: object, name: string): Error {
  return new Error(`${handler.constructor.name} must define ${name}`);
}

/**
 * Returns a token response in the form of RFC 6749 section 5: some providers send errors with status 200, and tokens
 * without `token_type`.
 */
async function conforming(response: Response): Promise<Response> {
  const text = await response.text();
  const body = jsonOf(text);
  if (!isPlainObject(body)) return new Response(text, response);
  const isError = typeof body.error === "string" && body.access_token === undefined;
  const status = response.status === 200 && isError ? 400 : response.status;
  return new Response(JSON.stringify({ token_type: "bearer", ...body }), {
    status,
    headers: { ...Object.fromEntries(response.headers), "content-type": "application/json" },
  });
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
