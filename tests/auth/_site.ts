/**
 * A site with logins by a provider of the tests.
 *
 * @module
 */
import { type OpenIDConnectLogin, OpenIDConnectMixin } from "../../src/auth/mod.ts";
import { AsyncHTTPClient } from "../../src/http/httpclient.ts";
import { TestClient, type TestClientOptions, type TestResponse } from "../../src/testing/mod.ts";
import { Application, RequestHandler, type Settings } from "../../src/web/mod.ts";
import type { TestContext } from "../support/test.ts";
import { CONSUMER, type IdentityProvider } from "../support/identity_provider.ts";

/** The redirect URI, at which the site is for browsers. */
export const REDIRECT_URI = "http://localhost/login";

/** A site, and the browser of a visitor. */
export class LoginSite implements AsyncDisposable {
  /** The results of the logins, in order. */
  readonly logins: OpenIDConnectLogin[] = [];
  readonly app: Application;
  readonly browser: TestClient;
  readonly http: AsyncHTTPClient = new AsyncHTTPClient({ forceInstance: true });
  readonly provider: IdentityProvider;
  readonly #visitors: TestClient[] = [];
  readonly #options: TestClientOptions;

  constructor(provider: IdentityProvider, options: TestClientOptions = {}, settings: Settings = {}) {
    const { http, logins } = this;
    class Login extends OpenIDConnectMixin(RequestHandler) {
      override get _OAUTH_ISSUER(): string {
        return provider.issuer;
      }
      override getAuthHttpClient(): AsyncHTTPClient {
        return http;
      }
      override async get(): Promise<void> {
        if (this.getArgument("code", null) === null) {
          const next = this.getArgument("next", "/");
          return await this.authorizeRedirect({ redirectUri: REDIRECT_URI, scope: ["email"], next });
        }
        const login = await this.getAuthenticatedUser(REDIRECT_URI, this.getArgument("code"));
        logins.push(login);
        this.setSignedCookie("user", login.claims.sub, { httponly: true });
        this.redirect(login.next);
      }
    }
    class Logout extends Login {
      override async get(): Promise<void> {
        this.clearCookie("user");
        await this.logoutRedirect({ postLogoutRedirectUri: "http://localhost/" });
      }
    }
    this.provider = provider;
    // Each test has a deadline as a whole.
    this.#options = { followRedirects: false, raiseServerErrors: false, requestTimeout: 30, ...options };
    this.app = new Application([["/login", Login], ["/logout", Logout]], {
      cookieSecret: "the secret of the site",
      openidConnect: CONSUMER,
      ...settings,
    });
    this.browser = this.visitor();
  }

  /** Opens another browser. */
  visitor(): TestClient {
    const browser = new TestClient(this.app, this.#options);
    this.#visitors.push(browser);
    return browser;
  }

  /** Begins a login and returns the query of the provider's answer. */
  async begin(next = "/", browser: TestClient = this.browser): Promise<URLSearchParams> {
    const response = await browser.get(`/login?next=${encodeURIComponent(next)}`);
    if (response.code !== 302) throw new Error(`The login begins with ${response.code}`);
    return this.provider.agree(response.headers.get("Location") ?? "");
  }

  /** Goes back to the site with an answer. */
  async answer(query: URLSearchParams, browser: TestClient = this.browser): Promise<TestResponse> {
    return await browser.get(`/login?${query}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const browser of this.#visitors) await browser[Symbol.asyncDispose]();
    this.http.close();
  }
}

/** The names of the cookies of logins under way. */
export function attempts(browser: TestClient): string[] {
  return Array.from(browser.cookies, ([name]) => name).filter((name) => name.includes("twister_login_"));
}

/** Announces the log lines of a refusal, and finds that there was one, which says nothing secret. */
export function expectRefusal(t: TestContext, reason: RegExp): void {
  t.expectLog(
    "tornado.general",
    new RegExp(`^403 GET /login\\?\\.\\.\\. \\(127\\.0\\.0\\.1\\): Login refused: .*${reason.source}`),
  );
  t.expectLog("tornado.access", /^403 GET \/login\?\.\.\. /);
}
