import type { OAuthConsumer, RequestHandlerClass } from "../web/mod.ts";
import { type Mixed, mixed, type WithMixin } from "./_mix.ts";
import { consumerSetting } from "./oauth2_mixin.ts";
import {
  type OpenIDConnectLogin,
  type OpenIDConnectMixin,
  type OpenIDConnectOptions,
  withOpenIDConnect,
} from "./openid_connect_mixin.ts";

const ISSUER = "https://accounts.google.com";

/** The members that {@linkcode GoogleOAuth2Mixin} adds to a handler. */
export interface GoogleOAuth2Mixin extends OpenIDConnectMixin {
  /** Google's redirect URIs are parameters of the login. */
  readonly _OAUTH_NO_CALLBACKS: boolean;
  /**
   * Returns the client's id and secret, as the Google Cloud console shows them: the setting that `_OAUTH_SETTINGS_KEY`
   * names, unless it is overridden.
   */
  getGoogleOauthSettings(): OAuthConsumer;
  /**
   * Takes Google's answer, exchanges its code for tokens, and verifies the ID token.
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
}

/**
 * Adds login by Google to a handler class. Tornado's `GoogleOAuth2Mixin`.
 *
 * It is {@linkcode OpenIDConnectMixin} with the endpoints of Google and the setting `googleOauth`. With another
 * `_OAUTH_ISSUER`, the endpoints are those of its metadata.
 *
 * @example
 * ```ts
 * import { GoogleOAuth2Mixin } from "@twister/twister/auth";
 * import { TestClient } from "@twister/twister/testing";
 * import { Application, RequestHandler } from "@twister/twister/web";
 * import { assertMatch } from "@std/assert";
 *
 * const redirectUri = "https://app.example/auth/google";
 *
 * class Login extends GoogleOAuth2Mixin(RequestHandler) {
 *   override async get(): Promise<void> {
 *     if (this.getArgument("code", null) === null) {
 *       return await this.authorizeRedirect({ redirectUri, scope: ["profile", "email"] });
 *     }
 *     const { claims, next } = await this.getAuthenticatedUser(redirectUri);
 *     this.setSignedCookie("user", claims.sub, { httponly: true, samesite: "Lax", secure: true });
 *     this.redirect(next);
 *   }
 * }
 *
 * const app = new Application([["/auth/google", Login]], {
 *   cookieSecret: "a secret",
 *   googleOauth: { key: "the client's id", secret: "the client's secret" },
 * });
 * await using client = new TestClient(app, { followRedirects: false });
 * const response = await client.get("/auth/google");
 * assertMatch(response.headers.get("Location") ?? "", /^https:\/\/accounts\.google\.com\/o\/oauth2\/v2\/auth\?/);
 * ```
 */
export function GoogleOAuth2Mixin<Base extends RequestHandlerClass>(base: Base): WithMixin<Base, GoogleOAuth2Mixin> {
  return mixed<Base, GoogleOAuth2Mixin>(base, withGoogle(base));
}

function withGoogle(base: RequestHandlerClass): Mixed<GoogleOAuth2Mixin> {
  return class extends withOpenIDConnect(base) implements GoogleOAuth2Mixin {
    override get _OAUTH_ISSUER(): string {
      return ISSUER;
    }

    override get _OAUTH_AUTHORIZE_URL(): string {
      return this.#ofGoogle("https://accounts.google.com/o/oauth2/v2/auth");
    }

    override get _OAUTH_ACCESS_TOKEN_URL(): string {
      return this.#ofGoogle("https://oauth2.googleapis.com/token");
    }

    override get _OAUTH_USERINFO_URL(): string {
      return this.#ofGoogle("https://openidconnect.googleapis.com/v1/userinfo");
    }

    override get _OAUTH_JWKS_URL(): string {
      return this.#ofGoogle("https://www.googleapis.com/oauth2/v3/certs");
    }

    override get _OAUTH_SETTINGS_KEY(): string {
      return "googleOauth";
    }

    get _OAUTH_NO_CALLBACKS(): boolean {
      return false;
    }

    override _oauthConsumerToken(): OAuthConsumer {
      return this.getGoogleOauthSettings();
    }

    getGoogleOauthSettings(): OAuthConsumer {
      return consumerSetting(this, this._OAUTH_SETTINGS_KEY);
    }

    #ofGoogle(url: string): string {
      return this._OAUTH_ISSUER === ISSUER ? url : "";
    }
  };
}
