import type { RequestHandlerClass } from "../web/mod.ts";
import { type Mixed, mixed, type WithMixin } from "./_mix.ts";
import { type OpenIDConnectMixin, withOpenIDConnect } from "./openid_connect_mixin.ts";
import { undefinedGetter } from "./oauth2_mixin.ts";

const SERVER = "https://login.microsoftonline.com";

/** Tenants that stand for many: their ID tokens name the tenant of the user. */
const MANY = new Set(["common", "organizations", "consumers"]);

/** The members that {@linkcode MicrosoftOAuth2Mixin} adds to a handler. */
export interface MicrosoftOAuth2Mixin extends OpenIDConnectMixin {
  /**
   * The tenant whose users may log in: its id, or `common`, `organizations` or `consumers` for those of all tenants. A
   * subclass must override it.
   */
  readonly _MICROSOFT_TENANT: string;
}

/**
 * Adds login by Microsoft (Entra ID) to a handler class: {@linkcode OpenIDConnectMixin} with a tenant and the setting
 * `microsoftOauth`.
 *
 * With `common`, every owner of an account at Microsoft can log in: look at `claims.tid`. An `email` proves nothing
 * there, since each tenant sets its own; `claims.oid` and `claims.tid` together identify a user in all applications,
 * and `claims.sub` in this one.
 *
 * @example
 * ```ts
 * import { MicrosoftOAuth2Mixin } from "@twister/twister/auth";
 * import { RequestHandler } from "@twister/twister/web";
 * import { assert } from "@std/assert";
 *
 * const redirectUri = "https://app.example/auth/microsoft";
 *
 * class Login extends MicrosoftOAuth2Mixin(RequestHandler) {
 *   override get _MICROSOFT_TENANT(): string {
 *     return "72f988bf-86f1-41af-91ab-2d7cd011db47";
 *   }
 *   override async get(): Promise<void> {
 *     if (this.getArgument("code", null) === null) return await this.authorizeRedirect({ redirectUri });
 *     const { claims } = await this.getAuthenticatedUser(redirectUri);
 *     this.write(`Hello, ${claims.name}`);
 *   }
 * }
 * assert(Login.prototype instanceof RequestHandler);
 * ```
 */
export function MicrosoftOAuth2Mixin<Base extends RequestHandlerClass>(
  base: Base,
): WithMixin<Base, MicrosoftOAuth2Mixin> {
  return mixed<Base, MicrosoftOAuth2Mixin>(base, withMicrosoft(base));
}

function withMicrosoft(base: RequestHandlerClass): Mixed<MicrosoftOAuth2Mixin> {
  return class extends withOpenIDConnect(base) implements MicrosoftOAuth2Mixin {
    get _MICROSOFT_TENANT(): string {
      throw undefinedGetter(this, "_MICROSOFT_TENANT");
    }

    override get _OAUTH_ISSUER(): string {
      const tenant = this._MICROSOFT_TENANT;
      return `${SERVER}/${MANY.has(tenant) ? "{tenantid}" : tenant}/v2.0`;
    }

    override get _OAUTH_DISCOVERY_BASE(): string {
      return this._OAUTH_ISSUER.replace("{tenantid}", this._MICROSOFT_TENANT);
    }

    override get _OAUTH_SETTINGS_KEY(): string {
      return "microsoftOauth";
    }
  };
}
