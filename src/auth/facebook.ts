import { urlConcat } from "../http/httputil.ts";
import { isPlainObject } from "../internal/json_object.ts";
import { nodeCrypto } from "../internal/node_crypto.ts";
import type { OAuthConsumer, RequestHandlerClass } from "../web/mod.ts";
import { AuthError } from "./auth_error.ts";
import { type Mixed, mixed, type WithMixin } from "./_mix.ts";
import {
  type ClientOptions,
  type OAuth2Login,
  type OAuth2Mixin,
  type OAuth2RequestOptions,
  withOAuth2,
} from "./oauth2_mixin.ts";
import { providerFetch } from "./_provider_fetch.ts";
import { askApi } from "./_user_api.ts";

/** Options of `getAuthenticatedUser` for Facebook. */
export interface FacebookLoginOptions extends ClientOptions {
  /**
   * Fields of the user besides `id`, `name`, `first_name`, `last_name`, `locale`, `picture` and `link`.
   *
   * @default {[]}
   */
  extraFields?: Iterable<string>;
}

/** The result of a login by Facebook: the tokens, and the fields of the user. */
export interface FacebookLogin extends OAuth2Login {
  /** Identifies the user in this app. */
  readonly id: string;
  /** Seconds for which the access token is valid, as text; `null` if Facebook does not say. */
  readonly session_expires: string | null;
}

/** The members that {@linkcode FacebookGraphMixin} adds to a handler. */
export interface FacebookGraphMixin extends OAuth2Mixin {
  /** The URL of the Graph API. */
  readonly _FACEBOOK_BASE_URL: string;
  /** The version of the Graph API, such as `v25.0`; empty for the oldest one that the app has. */
  readonly _FACEBOOK_VERSION: string;
  /** Facebook's redirect URIs are parameters of the login. */
  readonly _OAUTH_NO_CALLBACKS: boolean;
  /**
   * Takes Facebook's answer, exchanges its code for tokens, and asks who the user is.
   *
   * @throws {AuthError} If the login is refused.
   */
  getAuthenticatedUser(
    redirectUri: string,
    code?: string | null,
    options?: FacebookLoginOptions,
  ): Promise<FacebookLogin>;
  /**
   * Asks the Graph API for a path such as `/me/feed`, and returns its JSON.
   *
   * @throws {HTTPClientError} If the status is not 2xx, or there is no answer.
   */
  facebookRequest(path: string, options?: OAuth2RequestOptions): Promise<unknown>;
}

const FIELDS = ["id", "name", "first_name", "last_name", "locale", "picture", "link"];

/**
 * Adds login by Facebook to a handler class, with the settings `facebookApiKey` and `facebookSecret`. Tornado's
 * `FacebookGraphMixin`.
 *
 * @example
 * ```ts
 * import { FacebookGraphMixin } from "@twister/twister/auth";
 * import { RequestHandler } from "@twister/twister/web";
 * import { assert } from "@std/assert";
 *
 * const redirectUri = "https://app.example/auth/facebook";
 *
 * class Login extends FacebookGraphMixin(RequestHandler) {
 *   override async get(): Promise<void> {
 *     if (this.getArgument("code", null) === null) return await this.authorizeRedirect({ redirectUri });
 *     const { id, next } = await this.getAuthenticatedUser(redirectUri);
 *     this.setSignedCookie("user", id, { httponly: true, samesite: "Lax", secure: true });
 *     this.redirect(next);
 *   }
 * }
 * assert(Login.prototype instanceof RequestHandler);
 * ```
 */
export function FacebookGraphMixin<Base extends RequestHandlerClass>(base: Base): WithMixin<Base, FacebookGraphMixin> {
  return mixed<Base, FacebookGraphMixin>(base, withFacebook(base));
}

function withFacebook(base: RequestHandlerClass): Mixed<FacebookGraphMixin> {
  return class extends withOAuth2(base) implements FacebookGraphMixin {
    get _FACEBOOK_BASE_URL(): string {
      return "https://graph.facebook.com";
    }

    get _FACEBOOK_VERSION(): string {
      return "";
    }

    get _OAUTH_NO_CALLBACKS(): boolean {
      return false;
    }

    override get _OAUTH_AUTHORIZE_URL(): string {
      return `https://www.facebook.com${this.#versionPath}/dialog/oauth`;
    }

    override get _OAUTH_ACCESS_TOKEN_URL(): string {
      return `${this._FACEBOOK_BASE_URL}${this.#versionPath}/oauth/access_token`;
    }

    override _oauthConsumerToken(): OAuthConsumer {
      this.requireSetting("facebookApiKey", "Facebook login");
      this.requireSetting("facebookSecret", "Facebook login");
      const { facebookApiKey: key = "", facebookSecret: secret = "" } = this.settings;
      return { key, secret };
    }

    override async getAuthenticatedUser(
      redirectUri: string,
      code: string | null = null,
      options: FacebookLoginOptions = {},
    ): Promise<FacebookLogin> {
      const { clientSecret = this._oauthConsumerToken().secret, extraFields = [] } = options;
      const login = await super.getAuthenticatedUser(redirectUri, code, options);
      const url = urlConcat(`${this._FACEBOOK_BASE_URL}${this.#versionPath}/me`, {
        fields: [...new Set([...FIELDS, ...extraFields])].join(","),
        // It shows that whoever has the token has the secret, too.
        appsecret_proof: nodeCrypto().createHmac("sha256", clientSecret).update(login.access_token).digest("hex"),
      });
      const user = await askApi(providerFetch(this.getAuthHttpClient()), url, login.access_token);
      if (!isPlainObject(user) || typeof user.id !== "string" || user.id === "") {
        throw new AuthError("the provider does not say who the user is");
      }
      const { expires_in: seconds = null } = login;
      return { ...user, ...login, id: user.id, session_expires: seconds === null ? null : String(seconds) };
    }

    async facebookRequest(path: string, options: OAuth2RequestOptions = {}): Promise<unknown> {
      return await this.oauth2Request(`${this._FACEBOOK_BASE_URL}${this.#versionPath}${path}`, options);
    }

    get #versionPath(): string {
      return this._FACEBOOK_VERSION === "" ? "" : `/${this._FACEBOOK_VERSION}`;
    }
  };
}
