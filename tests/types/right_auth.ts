// A program without a mistake: login mixins on classes of an application. It has to compile; nothing runs it.
import {
  type Claims,
  FacebookGraphMixin,
  GitHubOAuth2Mixin,
  GoogleOAuth2Mixin,
  OAuth2Mixin,
  type OpenIDConnectLogin,
  OpenIDConnectMixin,
  TwitterMixin,
} from "../../src/auth/mod.ts";
import { AsyncHTTPClient } from "../../src/http/httpclient.ts";
import { Application, authenticated, type OAuthConsumer, RequestHandler, type Settings } from "../../src/web/mod.ts";

interface User {
  readonly sub: string;
}

interface SiteSettings extends Settings {
  readonly ownOauth: OAuthConsumer;
}

/** What all handlers have in common stays typed behind a mixin: fields, overrides, static members and arguments. */
class SiteHandler extends RequestHandler {
  static override SUPPORTED_METHODS: readonly string[] = ["GET", "POST"];
  static readonly kind: "site" = "site";
  declare readonly application: Site;
  declare readonly kwargs: { users: Map<string, User> };

  override getCurrentUser(): User | null {
    return this.kwargs.users.get(this.getSignedCookieText("user") ?? "") ?? null;
  }

  logIn(claims: Claims): void {
    this.kwargs.users.set(claims.sub, { sub: claims.sub });
  }
}

class Login extends GoogleOAuth2Mixin(SiteHandler) {
  override async get(): Promise<void> {
    const { key } = this.settings.ownOauth;
    if (this.getArgument("code", null) === null) {
      return await this.authorizeRedirect({ redirectUri: "https://a.example/", clientId: key, scope: ["email"] });
    }
    const login: OpenIDConnectLogin = await this.getAuthenticatedUser("https://a.example/", this.getArgument("code"));
    this.logIn(login.claims);
    const name: string | undefined = this.currentUser?.sub;
    this.redirect(name === undefined ? "/" : login.next);
  }
}

class Own extends OpenIDConnectMixin(RequestHandler) {
  // As a field or as a getter.
  override readonly _OAUTH_ISSUER: string = "https://id.example";
  override get _OAUTH_SETTINGS_KEY(): string {
    return "ownOauth";
  }
  override getAuthHttpClient(): AsyncHTTPClient {
    return new AsyncHTTPClient({ maxClients: 5 });
  }
  override _oauthConsumerToken(): OAuthConsumer {
    return { ...super._oauthConsumerToken(), secret: "" };
  }
}

class GitHub extends GitHubOAuth2Mixin(RequestHandler) {
  @authenticated
  override async get(): Promise<void> {
    const { id, login, next } = await this.getAuthenticatedUser("https://a.example/");
    this.write({ id: id.toFixed(), login: login.toUpperCase(), next });
  }
}

class Plain extends OAuth2Mixin(RequestHandler) {
  override get(): void | Promise<void> {
    return this.authorizeRedirect();
  }
}

class Facebook extends FacebookGraphMixin(RequestHandler) {
  override async get(): Promise<void> {
    const { session_expires } = await this.getAuthenticatedUser("/x", null, { extraFields: ["email"] });
    this.write(session_expires ?? "");
  }
}

class Twitter extends TwitterMixin(RequestHandler) {
  override async get(): Promise<void> {
    const { access_token } = await this.getAuthenticatedUser();
    this.write({ answer: await this.twitterRequest("/x", access_token, { postArgs: { status: "y" } }) });
  }
}

const kind: "site" = Login.kind;

class Site extends Application {
  declare readonly settings: SiteSettings;

  constructor(settings: SiteSettings) {
    super([
      ["/login", Login, { users: new Map<string, User>() }],
      ["/own", Own],
      ["/github", GitHub],
      [`/${kind}`, Plain],
      ["/facebook", Facebook],
      ["/twitter", Twitter],
    ], settings);
  }
}

new Site({ ownOauth: { key: "a", secret: "b" }, googleOauth: { key: "a", secret: "b" }, cookieSecret: "c" });
