import { isPlainObject } from "../internal/json_object.ts";
import type { RequestHandlerClass } from "../web/mod.ts";
import { AuthError } from "./auth_error.ts";
import { type Mixed, mixed, type WithMixin } from "./_mix.ts";
import { type ClientOptions, type OAuth2Login, type OAuth2Mixin, withOAuth2 } from "./oauth2_mixin.ts";
import { providerFetch } from "./_provider_fetch.ts";
import { askApi } from "./_user_api.ts";

/** The result of a login by GitHub: the tokens, and GitHub's description of the user. */
export interface GitHubLogin extends OAuth2Login {
  /** Identifies the user for good; the name may change hands. */
  readonly id: number;
  /** The user's name in URLs. */
  readonly login: string;
}

/** The members that {@linkcode GitHubOAuth2Mixin} adds to a handler. */
export interface GitHubOAuth2Mixin extends OAuth2Mixin {
  /** The URL of GitHub's API; another one for GitHub Enterprise. */
  readonly _GITHUB_API_URL: string;
  /**
   * Takes GitHub's answer, exchanges its code for tokens, and asks who the user is.
   *
   * @throws {AuthError} If the login is refused.
   */
  getAuthenticatedUser(redirectUri: string, code?: string | null, options?: ClientOptions): Promise<GitHubLogin>;
}

/**
 * Adds login by GitHub to a handler class, with the setting `githubOauth`.
 *
 * GitHub has no ID tokens: the user is the one whom its API names for the access token.
 *
 * @example
 * ```ts
 * import { GitHubOAuth2Mixin } from "@twister/twister/auth";
 * import { RequestHandler } from "@twister/twister/web";
 * import { assert } from "@std/assert";
 *
 * const redirectUri = "https://app.example/auth/github";
 *
 * class Login extends GitHubOAuth2Mixin(RequestHandler) {
 *   override async get(): Promise<void> {
 *     if (this.getArgument("code", null) === null) return await this.authorizeRedirect({ redirectUri });
 *     const { id, next } = await this.getAuthenticatedUser(redirectUri);
 *     this.setSignedCookie("user", String(id), { httponly: true, samesite: "Lax", secure: true });
 *     this.redirect(next);
 *   }
 * }
 * assert(Login.prototype instanceof RequestHandler);
 * ```
 */
export function GitHubOAuth2Mixin<Base extends RequestHandlerClass>(base: Base): WithMixin<Base, GitHubOAuth2Mixin> {
  return mixed<Base, GitHubOAuth2Mixin>(base, withGitHub(base));
}

function withGitHub(base: RequestHandlerClass): Mixed<GitHubOAuth2Mixin> {
  return class extends withOAuth2(base) implements GitHubOAuth2Mixin {
    override get _OAUTH_AUTHORIZE_URL(): string {
      return "https://github.com/login/oauth/authorize";
    }

    override get _OAUTH_ACCESS_TOKEN_URL(): string {
      return "https://github.com/login/oauth/access_token";
    }

    override get _OAUTH_SETTINGS_KEY(): string {
      return "githubOauth";
    }

    get _GITHUB_API_URL(): string {
      return "https://api.github.com";
    }

    override async getAuthenticatedUser(
      redirectUri: string,
      code: string | null = null,
      options: ClientOptions = {},
    ): Promise<GitHubLogin> {
      const login = await super.getAuthenticatedUser(redirectUri, code, options);
      const fetch = providerFetch(this.getAuthHttpClient());
      const user = await askApi(fetch, `${this._GITHUB_API_URL}/user`, login.access_token);
      if (!isPlainObject(user) || !Number.isSafeInteger(user.id) || typeof user.login !== "string") {
        throw new AuthError("the provider does not say who the user is");
      }
      return { ...user, ...login, id: Number(user.id), login: user.login };
    }
  };
}
