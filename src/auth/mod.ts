/**
 * Login by providers: OpenID Connect, OAuth 2 and OAuth 1. Tornado's `tornado.auth`.
 *
 * A mixin adds to a handler class what sends a browser to the provider and takes its answer.
 *
 * @example
 * ```ts
 * import { GoogleOAuth2Mixin } from "@twister/twister/auth";
 * import { RequestHandler } from "@twister/twister/web";
 * import { assert } from "@std/assert";
 *
 * const redirectUri = "https://app.example/auth/google";
 *
 * class Login extends GoogleOAuth2Mixin(RequestHandler) {
 *   override async get(): Promise<void> {
 *     if (this.getArgument("code", null) === null) {
 *       return await this.authorizeRedirect({ redirectUri, next: this.getArgument("next", "/") });
 *     }
 *     const { claims, next } = await this.getAuthenticatedUser(redirectUri);
 *     this.setSignedCookie("user", claims.sub, { httponly: true, samesite: "Lax", secure: true });
 *     this.redirect(next);
 *   }
 * }
 * assert(Login.prototype instanceof RequestHandler);
 * ```
 *
 * @module
 */
export type { AuthorizeRedirectOptions } from "./_code_flow.ts";
export type { WithMixin } from "./_mix.ts";
export type { OAuthToken, OAuthVersion } from "./_oauth1_signature.ts";
export type { AuthHTTPClient, AuthRequestOptions } from "./_provider_fetch.ts";
export { AuthError, type AuthErrorOptions } from "./auth_error.ts";
export { FacebookGraphMixin, type FacebookLogin, type FacebookLoginOptions } from "./facebook.ts";
export { type GitHubLogin, GitHubOAuth2Mixin } from "./github.ts";
export { GitLabOAuth2Mixin } from "./gitlab.ts";
export { GoogleOAuth2Mixin } from "./google.ts";
export { MicrosoftOAuth2Mixin } from "./microsoft.ts";
export {
  type ClientOptions,
  type OAuth2Login,
  OAuth2Mixin,
  type OAuth2RequestOptions,
  type OAuth2Tokens,
} from "./oauth2_mixin.ts";
export { type OAuthLogin, OAuthMixin, type OAuthRedirectOptions, type OAuthUser } from "./oauth_mixin.ts";
export {
  type Claims,
  type LogoutRedirectOptions,
  type OpenIDConnectLogin,
  OpenIDConnectMixin,
  type OpenIDConnectOptions,
  type OpenIDConnectRefreshOptions,
} from "./openid_connect_mixin.ts";
export { TwitterMixin, type TwitterRequestOptions } from "./twitter.ts";
