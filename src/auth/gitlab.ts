import type { RequestHandlerClass } from "../web/mod.ts";
import { type Mixed, mixed, type WithMixin } from "./_mix.ts";
import { type OpenIDConnectMixin, withOpenIDConnect } from "./openid_connect_mixin.ts";

/**
 * Adds login by GitLab to a handler class: {@linkcode OpenIDConnectMixin} with the issuer `https://gitlab.com` and the
 * setting `gitlabOauth`. For another server, override `_OAUTH_ISSUER`.
 *
 * @example
 * ```ts
 * import { GitLabOAuth2Mixin } from "@twister/twister/auth";
 * import { RequestHandler } from "@twister/twister/web";
 * import { assert } from "@std/assert";
 *
 * const redirectUri = "https://app.example/auth/gitlab";
 *
 * class Login extends GitLabOAuth2Mixin(RequestHandler) {
 *   override get _OAUTH_ISSUER(): string {
 *     return "https://gitlab.company.example";
 *   }
 *   override async get(): Promise<void> {
 *     if (this.getArgument("code", null) === null) return await this.authorizeRedirect({ redirectUri });
 *     const { claims } = await this.getAuthenticatedUser(redirectUri);
 *     this.write(`Hello, ${claims.nickname}`);
 *   }
 * }
 * assert(Login.prototype instanceof RequestHandler);
 * ```
 */
export function GitLabOAuth2Mixin<Base extends RequestHandlerClass>(base: Base): WithMixin<Base, OpenIDConnectMixin> {
  return mixed<Base, OpenIDConnectMixin>(base, withGitLab(base));
}

function withGitLab(base: RequestHandlerClass): Mixed<OpenIDConnectMixin> {
  return class extends withOpenIDConnect(base) implements OpenIDConnectMixin {
    override get _OAUTH_ISSUER(): string {
      return "https://gitlab.com";
    }

    override get _OAUTH_SETTINGS_KEY(): string {
      return "gitlabOauth";
    }
  };
}
