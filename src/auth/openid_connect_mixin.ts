import { currentClock } from "../internal/clock.ts";
import type { RequestHandlerClass } from "../web/mod.ts";
import { AuthError } from "./auth_error.ts";
import {
  absoluteRedirectUri,
  type AuthorizeRedirectOptions,
  beginLogin,
  clientMetadata,
  exchangeCode,
  exchangeRefreshToken,
  refuseErrorAnswer,
  scopeList,
  takeAnswer,
  type TokenClient,
  unlessOver,
} from "./_code_flow.ts";
import { checkIdToken, jsonPart } from "./_id_token.ts";
import { type Mixed, mixed, type WithMixin } from "./_mix.ts";
import {
  allowInsecureRequests,
  type AuthorizationServer,
  customFetch,
  getValidatedIdTokenClaims,
  type IDToken,
  processAuthorizationCodeResponse,
  processRefreshTokenResponse,
  processUserInfoResponse,
  ResponseBodyError,
  type TokenEndpointResponse,
  userInfoRequest,
} from "./_oauth4webapi.ts";
import {
  type ClientOptions,
  type OAuth2Login,
  type OAuth2Mixin,
  type OAuth2Tokens,
  withOAuth2,
} from "./oauth2_mixin.ts";
import { type Provider, type ProviderAddress, Providers } from "./_provider.ts";
import { type ProviderFetch, providerFetch } from "./_provider_fetch.ts";
import { refusalOf } from "./_refusal.ts";

/** Claims of an ID token, whose signature was verified, together with those of userinfo. */
export interface Claims {
  /** Identifies the user at this issuer, for good. */
  readonly sub: string;
  /** The issuer. */
  readonly iss: string;
  /** The client, or several. */
  readonly aud: string | readonly string[];
  /** The end of the token, in seconds since 1970. */
  readonly exp: number;
  /** The time of issue, in seconds since 1970. */
  readonly iat: number;
  /** Anything else. An `email` says nothing unless `email_verified` is `true`. */
  readonly [name: string]: unknown;
}

/** Options of `getAuthenticatedUser` for OpenID Connect. */
export interface OpenIDConnectOptions extends ClientOptions {
  /**
   * Asks the provider for more claims about the user, if it has an endpoint for that.
   *
   * @default {true}
   */
  askUserinfo?: boolean;
}

/** Options of `refreshTokens` for OpenID Connect. */
export interface OpenIDConnectRefreshOptions extends ClientOptions {
  /**
   * The `sub` of the user, which a new ID token must have.
   *
   * @default {not compared}
   */
  sub?: string;
}

/** Options of `logoutRedirect`. */
export interface LogoutRedirectOptions {
  /**
   * Where the provider sends the browser afterwards: an absolute URL that it knows.
   *
   * @default {none: the provider's own page}
   */
  postLogoutRedirectUri?: string;
  /**
   * Tells the provider who logs out, such as the e-mail address or `sub`.
   *
   * @default {none}
   */
  logoutHint?: string;
  /**
   * The client's id.
   *
   * @default {that of the setting}
   */
  clientId?: string;
}

/** The result of a login by OpenID Connect. */
export interface OpenIDConnectLogin extends OAuth2Login {
  /** The claims about the user; where both speak, the ID token counts and not userinfo. */
  readonly claims: Claims;
  /** The answer of userinfo; `null` if it was not asked. */
  readonly userinfo: Readonly<Record<string, unknown>> | null;
  /** The ID token. */
  readonly id_token: string;
}

/**
 * The members that {@linkcode OpenIDConnectMixin} adds to a handler. A subclass overrides the names with an underscore
 * as getters.
 */
export interface OpenIDConnectMixin extends OAuth2Mixin {
  /** The issuer, such as `https://accounts.google.com`; a subclass must override it. */
  readonly _OAUTH_ISSUER: string;
  /** The URL below which `.well-known/openid-configuration` is; the issuer unless it is overridden. */
  readonly _OAUTH_DISCOVERY_BASE: string;
  /** The authorization endpoint; empty for that of the metadata. */
  readonly _OAUTH_AUTHORIZE_URL: string;
  /** The token endpoint; empty for that of the metadata. */
  readonly _OAUTH_ACCESS_TOKEN_URL: string;
  /** The endpoint for claims; empty for that of the metadata. */
  readonly _OAUTH_USERINFO_URL: string;
  /** The URL of the provider's keys; empty for that of the metadata. */
  readonly _OAUTH_JWKS_URL: string;
  /**
   * Sends the browser to the provider, with state, nonce and a PKCE challenge, and finishes. The scope `openid` is
   * added. Await it.
   *
   * @throws {AuthError} If the provider has no usable metadata, or the request is an error answer of it.
   * @throws {TypeError} If the issuer is neither an https URL nor on this machine.
   */
  authorizeRedirect(options?: AuthorizeRedirectOptions): Promise<void>;
  /**
   * Takes the provider's answer, exchanges its code for tokens, and verifies the ID token.
   *
   * @param redirectUri The same as for `authorizeRedirect`.
   * @param code The argument `code` of the request, which is taken from there by itself.
   * @throws {AuthError} If the login is refused.
   */
  getAuthenticatedUser(
    redirectUri: string,
    code?: string | null,
    options?: OpenIDConnectOptions,
  ): Promise<OpenIDConnectLogin>;
  /**
   * Gets new tokens by a refresh token, and verifies the ID token if there is one.
   *
   * @throws {AuthError} If the provider refuses, or the ID token is not valid.
   */
  refreshTokens(refreshToken: string, options?: OpenIDConnectRefreshOptions): Promise<OAuth2Tokens>;
  /**
   * Sends the browser to the provider to log out there as well, and finishes; clear your own cookies before. Await it.
   * The ID token is not sent along, since it would be in a URL.
   *
   * @throws {AuthError} If the provider has no page for that.
   */
  logoutRedirect(options?: LogoutRedirectOptions): Promise<void>;
}

/** The part of an issuer that stands for the tenant of the token: `https://login.microsoftonline.com/{tenantid}/v2.0`. */
const TENANT = "{tenantid}";
const TENANT_ID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/**
 * Adds login by OpenID Connect to a handler class: any provider that publishes its metadata.
 *
 * The ID token is verified: its signature by the provider's keys, and issuer, audience, times, nonce and hash of the
 * access token. It needs the settings `cookieSecret` and `openidConnect`, or the one that `_OAUTH_SETTINGS_KEY` names.
 *
 * @example
 * ```ts
 * import { OpenIDConnectMixin } from "@twister/twister/auth";
 * import { RequestHandler } from "@twister/twister/web";
 * import { assert } from "@std/assert";
 *
 * const redirectUri = "https://app.example/login";
 *
 * class Login extends OpenIDConnectMixin(RequestHandler) {
 *   override get _OAUTH_ISSUER(): string {
 *     return "https://id.example";
 *   }
 *   override async get(): Promise<void> {
 *     if (this.getArgument("code", null) === null) {
 *       return await this.authorizeRedirect({ redirectUri, scope: ["email"], next: this.getArgument("next", "/") });
 *     }
 *     const { claims, next } = await this.getAuthenticatedUser(redirectUri);
 *     this.setSignedCookie("user", claims.sub, { httponly: true, samesite: "Lax", secure: true });
 *     this.redirect(next);
 *   }
 * }
 * assert(Login.prototype instanceof RequestHandler);
 * ```
 */
export function OpenIDConnectMixin<Base extends RequestHandlerClass>(
  base: Base,
): WithMixin<Base, OpenIDConnectMixin> {
  return mixed<Base, OpenIDConnectMixin>(base, withOpenIDConnect(base));
}

/** {@linkcode OpenIDConnectMixin} for other mixins, which need no more of the class than that it is one of handlers. */
export function withOpenIDConnect(base: RequestHandlerClass): Mixed<OpenIDConnectMixin> {
  return class extends withOAuth2(base) implements OpenIDConnectMixin {
    override get _OAUTH_AUTHORIZE_URL(): string {
      return "";
    }

    override get _OAUTH_ACCESS_TOKEN_URL(): string {
      return "";
    }

    get _OAUTH_USERINFO_URL(): string {
      return "";
    }

    get _OAUTH_JWKS_URL(): string {
      return "";
    }

    override get _OAUTH_ISSUER(): string {
      throw new Error(`${this.constructor.name} must define _OAUTH_ISSUER`);
    }

    get _OAUTH_DISCOVERY_BASE(): string {
      return this._OAUTH_ISSUER;
    }

    override get _OAUTH_SETTINGS_KEY(): string {
      return "openidConnect";
    }

    override authorizeRedirect(options: AuthorizeRedirectOptions = {}): Promise<void> {
      refuseErrorAnswer(this);
      return unlessOver(this, "authorizeRedirect", this.#begin(options));
    }

    async #begin(options: AuthorizeRedirectOptions): Promise<() => void> {
      if (options.redirectUri === undefined) throw new TypeError("Cannot log in without a redirectUri");
      const { clientId = this._oauthConsumerToken().key, scope, extraParams = {} } = options;
      const { metadata } = await this.#provider(providerFetch(this.getAuthHttpClient()));
      const scopes = scopeList(scope ?? String(extraParams.scope ?? ""));
      const login = {
        endpoint: metadata.authorization_endpoint ?? "",
        audience: `${this._OAUTH_ISSUER} ${clientId}`,
        clientId,
        scope: scopes.includes("openid") ? scopes : ["openid", ...scopes],
        withNonce: true,
      };
      return () => beginLogin(this, login, options);
    }

    override async getAuthenticatedUser(
      redirectUri: string,
      code: string | null = null,
      options: OpenIDConnectOptions = {},
    ): Promise<OpenIDConnectLogin> {
      const { clientId = this._oauthConsumerToken().key, askUserinfo = true } = options;
      const audience = `${this._OAUTH_ISSUER} ${clientId}`;
      const answer = takeAnswer(this, audience, code, this.acceptLoginsThatThisBrowserDidNotBegin);
      const uri = absoluteRedirectUri(this, redirectUri) ?? "";
      const client = await this.#tokenClient(options);
      return await this.#refusing(async () => {
        const nonce = answer.attempt?.nonce ?? "";
        const maxAge = answer.attempt?.maxAge ?? "";
        const { response, tokens, server } = await exchangeCode(client, answer, uri, async (response, metadata) => {
          const server = await serverOf(client.server, response);
          const tokens = await processAuthorizationCodeResponse(server, metadata, response, {
            requireIdToken: true,
            ...(nonce === "" ? {} : { expectedNonce: nonce }),
            ...(maxAge === "" ? {} : { maxAge: Number(maxAge) }),
          });
          return { response, tokens, server };
        });
        const claims = await this.#verified(client, response, tokens);
        if (claims === null) throw new AuthError("there is no ID token");
        const userinfo = askUserinfo ? await askForClaims(client, server, tokens, claims) : null;
        const idToken = tokens.id_token ?? "";
        return {
          ...tokens,
          id_token: idToken,
          claims: { ...userinfo, ...claims },
          userinfo,
          next: answer.attempt?.next ?? "/",
        };
      });
    }

    override async refreshTokens(
      refreshToken: string,
      options: OpenIDConnectRefreshOptions = {},
    ): Promise<OAuth2Tokens> {
      const client = await this.#tokenClient(options);
      return await this.#refusing(async () => {
        const { response, tokens } = await exchangeRefreshToken(client, refreshToken, async (response, metadata) => {
          const server = await serverOf(client.server, response);
          return { response, tokens: await processRefreshTokenResponse(server, metadata, response) };
        });
        const claims = await this.#verified(client, response, tokens);
        if (claims !== null && options.sub !== undefined && claims.sub !== options.sub) {
          throw new AuthError("the new ID token is that of another user");
        }
        return tokens;
      });
    }

    logoutRedirect(options: LogoutRedirectOptions = {}): Promise<void> {
      return unlessOver(this, "logoutRedirect", this.#logOut(options));
    }

    async #logOut(options: LogoutRedirectOptions): Promise<() => void> {
      const { clientId = this._oauthConsumerToken().key, postLogoutRedirectUri, logoutHint } = options;
      const { metadata } = await this.#provider(providerFetch(this.getAuthHttpClient()));
      if (metadata.end_session_endpoint === undefined) throw new AuthError("the provider has no page to log out");
      const url = new URL(metadata.end_session_endpoint);
      url.searchParams.set("client_id", clientId);
      if (logoutHint !== undefined) url.searchParams.set("logout_hint", logoutHint);
      const back = absoluteRedirectUri(this, postLogoutRedirectUri);
      if (back !== null) url.searchParams.set("post_logout_redirect_uri", back);
      return () => this.redirect(url.href);
    }

    get #address(): ProviderAddress {
      const given = {
        authorization_endpoint: this._OAUTH_AUTHORIZE_URL,
        token_endpoint: this._OAUTH_ACCESS_TOKEN_URL,
        userinfo_endpoint: this._OAUTH_USERINFO_URL,
        jwks_uri: this._OAUTH_JWKS_URL,
      };
      return {
        issuer: this._OAUTH_ISSUER,
        discoveryBase: this._OAUTH_DISCOVERY_BASE,
        known: Object.fromEntries(Object.entries(given).filter(([, url]) => url !== "")),
      };
    }

    #provider(fetch: ProviderFetch): Promise<Provider> {
      return Providers.of(this.application).get(this.#address, fetch).catch((error: unknown) => {
        throw refusalOf(error);
      });
    }

    async #tokenClient({ clientId, clientSecret }: ClientOptions): Promise<OpenIDConnectClient> {
      const consumer = clientId !== undefined && clientSecret !== undefined ? null : this._oauthConsumerToken();
      const fetch = providerFetch(this.getAuthHttpClient());
      const provider = await this.#provider(fetch);
      return {
        provider,
        server: provider.metadata,
        consumer: { key: clientId ?? consumer?.key ?? "", secret: clientSecret ?? consumer?.secret ?? "" },
        fetch,
        insecure: provider.insecure,
        proofs: provider.proofs,
        proofTaken: (proof) => provider.proof = proof,
      };
    }

    /** Returns the claims of the ID token in a processed response, once it is verified; `null` if there is none. */
    async #verified(
      client: OpenIDConnectClient,
      response: Response,
      tokens: TokenEndpointResponse,
    ): Promise<IDToken | null> {
      if (tokens.token_type !== "bearer") throw new AuthError("the access token is not a bearer token");
      const claims = getValidatedIdTokenClaims(tokens);
      if (claims === undefined || tokens.id_token === undefined) return null;
      await client.provider.verifySignature(response, client.fetch);
      checkIdToken(claims, {
        idToken: tokens.id_token,
        accessToken: tokens.access_token,
        clientId: client.consumer.key,
        now: currentClock().now(),
      });
      return claims;
    }

    /** Turns errors into refusals, and forgets metadata that may be the cause. */
    async #refusing<Result>(work: () => Promise<Result>): Promise<Result> {
      try {
        return await work();
      } catch (error) {
        // An error code says that the endpoint is the right one.
        if (!(error instanceof ResponseBodyError)) Providers.of(this.application).forget(this.#address);
        throw refusalOf(error);
      }
    }
  };
}

interface OpenIDConnectClient extends TokenClient {
  readonly provider: Provider;
}

/** Returns the metadata with the issuer that the ID token must have, whose tenant the token itself may say. */
async function serverOf(server: AuthorizationServer, response: Response): Promise<AuthorizationServer> {
  if (!server.issuer.includes(TENANT)) return server;
  const body: unknown = await response.clone().json().catch(() => null);
  const idToken = Object(body).id_token;
  const tenant = typeof idToken === "string" ? jsonPart(idToken, 1).tid : undefined;
  if (typeof tenant !== "string" || !TENANT_ID.test(tenant)) throw new AuthError("the ID token names no tenant");
  return { ...server, issuer: server.issuer.replace(TENANT, tenant) };
}

/** Asks userinfo, whose `sub` must be that of the ID token. */
async function askForClaims(
  { provider, fetch, insecure, consumer }: OpenIDConnectClient,
  server: AuthorizationServer,
  { access_token }: TokenEndpointResponse,
  { sub }: IDToken,
): Promise<Readonly<Record<string, unknown>> | null> {
  if (server.userinfo_endpoint === undefined) return null;
  const metadata = clientMetadata(consumer.key);
  const options = { [customFetch]: fetch, [allowInsecureRequests]: insecure };
  const response = await userInfoRequest(server, metadata, access_token, options);
  const claims = await processUserInfoResponse(server, metadata, sub, response);
  // The protocol code leaves the signature to its caller (OpenID Connect Core, section 5.3.2).
  if (response.headers.get("content-type")?.split(";")[0] === "application/jwt") {
    await provider.verifySignature(response, fetch);
  }
  return claims;
}
