// Mistakes in logins. Behind each directive stands a part of the message that the compiler shows.
import { GoogleOAuth2Mixin, OAuthMixin, OpenIDConnectMixin } from "../../src/auth/mod.ts";
import { Application, RequestHandler } from "../../src/web/mod.ts";

class Login extends GoogleOAuth2Mixin(RequestHandler) {
  override async get(): Promise<void> {
    // @ts-expect-error: 'redirect_uri' does not exist in type 'AuthorizeRedirectOptions'
    await this.authorizeRedirect({ redirect_uri: "https://a.example/" });
    // @ts-expect-error: 'clientSecret' does not exist in type 'AuthorizeRedirectOptions'
    await this.authorizeRedirect({ redirectUri: "https://a.example/", clientSecret: "x" });
    // @ts-expect-error: Argument of type 'number' is not assignable to parameter of type 'string'
    await this.getAuthenticatedUser("https://a.example/", 7);
    const { claims } = await this.getAuthenticatedUser("https://a.example/");
    // @ts-expect-error: Argument of type 'unknown' is not assignable to parameter of type 'string | Bytes'
    this.setSignedCookie("user", claims.email);
    // @ts-expect-error: Cannot assign to 'sub' because it is a read-only property
    claims.sub = "admin";
  }
}

class Settings extends OpenIDConnectMixin(RequestHandler) {
  // @ts-expect-error: Type 'number' is not assignable to type 'string'
  override readonly _OAUTH_ISSUER = 7;
  // @ts-expect-error: is not declared in the base class
  override get _OAUTH_ISSUR(): string {
    return "https://a.example";
  }
}

class Version extends OAuthMixin(RequestHandler) {
  // @ts-expect-error: Type 'string' is not assignable to type 'OAuthVersion'
  override readonly _OAUTH_VERSION: string = "2.0";
}

// @ts-expect-error: Argument of type 'DateConstructor' is not assignable to parameter of type 'RequestHandlerClass'
class Other extends GoogleOAuth2Mixin(Date) {}

// @ts-expect-error: Property 'secret' is missing in type '{ key: string; }' but required in type 'OAuthConsumer'
new Application([["/", Login], ["/s", Settings], ["/v", Version], ["/o", Other]], { googleOauth: { key: "a" } });
