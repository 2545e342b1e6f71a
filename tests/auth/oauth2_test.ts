import { assert, assertEquals, assertMatch, assertRejects, assertThrows } from "@std/assert";
import {
  AuthError,
  FacebookGraphMixin,
  GitHubOAuth2Mixin,
  GitLabOAuth2Mixin,
  GoogleOAuth2Mixin,
  MicrosoftOAuth2Mixin,
  OAuth2Mixin,
  OpenIDConnectMixin,
} from "../../src/auth/mod.ts";
import { AsyncHTTPClient, HTTPClientError } from "../../src/http/httpclient.ts";
import type { Server } from "../../src/http/httpserver.ts";
import { TestClient, type TestClientOptions } from "../../src/testing/mod.ts";
import { Application, RequestHandler, type RequestHandlerClass, type Settings } from "../../src/web/mod.ts";
import { CONSUMER, IdentityProvider } from "../support/identity_provider.ts";
import { test } from "../support/test.ts";
import { attempts, expectRefusal, LoginSite, REDIRECT_URI } from "./_site.ts";

const COOKIE_SECRET = "the secret of the site";
// Each test has a deadline as a whole.
const QUIET = { followRedirects: false, raiseServerErrors: false, requestTimeout: 30 } as const;

/** Serves one handler to a browser. */
function visit(handler: RequestHandlerClass, settings: Settings = {}, options: TestClientOptions = {}): TestClient {
  const app = new Application([["/login", handler]], { cookieSecret: COOKIE_SECRET, ...settings });
  return new TestClient(app, { ...QUIET, ...options });
}

/** The parameters of the URL that a browser is sent to. */
async function sentTo(browser: TestClient, path = "/login"): Promise<URLSearchParams> {
  return new URL((await browser.get(path)).headers.get("Location") ?? "").searchParams;
}

interface Called {
  readonly path: string;
  readonly uri: string;
  readonly authorization: string | null;
  readonly form: URLSearchParams;
}

/** A provider of OAuth 2 without ID tokens, with fixed answers by path. */
class Provider implements AsyncDisposable {
  readonly calls: Called[] = [];
  readonly #server: Server;

  constructor(answers: Record<string, object>) {
    const { calls } = this;
    class Any extends RequestHandler {
      override prepare(): void {
        const { path, uri, headers, body } = this.request;
        const form = new URLSearchParams(new TextDecoder().decode(body));
        calls.push({ path, uri, authorization: headers.get("Authorization"), form });
        const answer = answers[path];
        if (answer === undefined) return this.sendError(404);
        this.finish(answer);
      }
    }
    this.#server = new Application([["/.*", Any]], { logFunction() {} }).listen(0, { address: "127.0.0.1" });
  }

  get url(): string {
    return `http://127.0.0.1:${this.#server.port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server[Symbol.asyncDispose]();
  }
}

test("GitHubOAuth2Mixin: the result is GitHub's user with the tokens, and refusals have GitHub's codes", async (t) => {
  const answers: Record<string, object> = {
    "/token": { access_token: "gho_1", token_type: "bearer", scope: "" },
    "/api/user": { id: 7, login: "ada", access_token: "of the user", next: "//evil" },
  };
  await using provider = new Provider(answers);
  using http = new AsyncHTTPClient({ forceInstance: true });
  class Login extends GitHubOAuth2Mixin(RequestHandler) {
    override readonly _OAUTH_ACCESS_TOKEN_URL: string = `${provider.url}/token`;
    override readonly _GITHUB_API_URL: string = `${provider.url}/api`;
    override getAuthHttpClient(): AsyncHTTPClient {
      return http;
    }
    override async get(): Promise<void> {
      if (this.getArgument("code", null) === null) {
        return await this.authorizeRedirect({ scope: "read:user user:email" });
      }
      this.write(await this.getAuthenticatedUser(REDIRECT_URI));
    }
  }
  await using browser = visit(Login, { githubOauth: CONSUMER });
  const url = new URL((await browser.get("/login")).headers.get("Location") ?? "");
  assertEquals(url.origin + url.pathname, "https://github.com/login/oauth/authorize");
  assertEquals(url.searchParams.get("scope"), "read:user user:email");
  assertEquals(url.searchParams.has("nonce"), false);
  const state = url.searchParams.get("state") ?? "";
  const user = JSON.parse((await browser.get(`/login?code=1&state=${state}`)).text);
  assertEquals([user.id, user.login, user.access_token, user.next], [7, "ada", "gho_1", "/"]);
  const [token, api] = provider.calls;
  assertEquals([token?.form.get("client_id"), token?.form.get("client_secret")], [CONSUMER.key, CONSUMER.secret]);
  assertEquals(token?.form.get("redirect_uri"), REDIRECT_URI);
  assertEquals([api?.uri, api?.authorization], ["/api/user", "Bearer gho_1"]);

  // GitHub says so with status 200.
  answers["/token"] = { error: "bad_verification_code", error_description: "The code is wrong." };
  const answer = `/login?code=2&state=${(await sentTo(browser)).get("state")}`;
  assertEquals((await browser.get(answer)).code, 403);
  answers["/token"] = { access_token: "gho_1", token_type: "bearer" };
  for (const description of [{}, { id: "7", login: "ada" }, { id: 7 }]) {
    answers["/api/user"] = description;
    assertEquals((await browser.get(`/login?code=3&state=${(await sentTo(browser)).get("state")}`)).code, 403);
  }
  expectRefusal(t, /bad_verification_code/);
  expectRefusal(t, /does not say who the user is/);
});

test("FacebookGraphMixin: test_facebook_login: the secret and the token are in no URL, and the version is in all", async (t) => {
  const answers: Record<string, object> = {
    "/v25.0/oauth/access_token": { access_token: "EAAB", expires_in: 3600 },
    "/v25.0/me": { id: "10", name: "Ada", email: "a@b.example" },
    "/v25.0/me/feed": { id: "post" },
  };
  await using provider = new Provider(answers);
  using http = new AsyncHTTPClient({ forceInstance: true });
  class Login extends FacebookGraphMixin(RequestHandler) {
    override readonly _FACEBOOK_BASE_URL: string = provider.url;
    override readonly _FACEBOOK_VERSION: string = "v25.0";
    override getAuthHttpClient(): AsyncHTTPClient {
      return http;
    }
    override async get(): Promise<void> {
      if (this.getArgument("code", null) === null) {
        return await this.authorizeRedirect({
          redirectUri: REDIRECT_URI,
          extraParams: { scope: "email,public_profile" },
        });
      }
      const user = await this.getAuthenticatedUser(REDIRECT_URI, null, { extraFields: ["email", "name"] });
      const posted = await this.facebookRequest("/me/feed", {
        accessToken: user.access_token,
        postArgs: { message: "Hello & more" },
        args: { a: "1" },
      });
      this.write({ ...user, posted });
    }
  }
  await using browser = visit(Login, { facebookApiKey: "app", facebookSecret: "shh" });
  const url = new URL((await browser.get("/login")).headers.get("Location") ?? "");
  assertEquals(url.origin + url.pathname, "https://www.facebook.com/v25.0/dialog/oauth");
  assertEquals([url.searchParams.get("scope"), url.searchParams.get("client_id")], ["email,public_profile", "app"]);
  const user = JSON.parse((await browser.get(`/login?code=1&state=${url.searchParams.get("state")}`)).text);
  assertEquals([user.id, user.name, user.email, user.session_expires], ["10", "Ada", "a@b.example", "3600"]);
  assertEquals(user.posted, { id: "post" });
  const [, me, feed] = provider.calls;
  const query = new URL(me?.uri ?? "", provider.url).searchParams;
  assertEquals(query.get("fields"), "id,name,first_name,last_name,locale,picture,link,email");
  // printf EAAB | openssl sha256 -hmac shh
  assertEquals(query.get("appsecret_proof"), "9ad3dbaa571f3b37f699ae897189157a710448394595bb166c81503af15bec1a");
  assertEquals([feed?.uri, feed?.form.get("message")], ["/v25.0/me/feed?a=1", "Hello & more"]);
  for (const { uri } of provider.calls) assert(!/EAAB|shh/.test(uri), uri);
  answers["/v25.0/me"] = {};
  assertEquals((await browser.get(`/login?code=1&state=${(await sentTo(browser)).get("state")}`)).code, 403);
  expectRefusal(t, /does not say who the user is/);
});

test("OAuth2Mixin: test_oauth2_redirect: a handler of one's own gets tokens and next, as a public client", async () => {
  await using provider = new Provider({ "/token": { access_token: "t", token_type: "bearer" } });
  using http = new AsyncHTTPClient({ forceInstance: true });
  class Login extends OAuth2Mixin(RequestHandler) {
    override readonly _OAUTH_AUTHORIZE_URL: string = "https://id.example/authorize?a=b";
    override readonly _OAUTH_ACCESS_TOKEN_URL: string = `${provider.url}/token`;
    override getAuthHttpClient(): AsyncHTTPClient {
      return http;
    }
    override async get(): Promise<void> {
      const client = { clientId: "public", clientSecret: "" };
      if (this.getArgument("code", null) === null) {
        const next = "/done";
        return await this.authorizeRedirect({
          redirectUri: "/login",
          clientId: "public",
          next,
          extraParams: { prompt: "login" },
        });
      }
      this.write(await this.getAuthenticatedUser("/login", this.getArgument("code"), client));
    }
  }
  await using browser = visit(Login, { redirectBaseUri: "https://app.example/x/" });
  const parameters = await sentTo(browser);
  assertEquals([parameters.get("redirect_uri"), parameters.get("prompt")], ["https://app.example/login", "login"]);
  assertEquals([parameters.get("a"), parameters.has("scope")], ["b", false]);
  // The cookie is for https only.
  const [name = ""] = attempts(browser);
  assertMatch(name, /^__Host-twister_login_/);
});

test("OAuth2Mixin: on https the cookie has the prefix __Host- and is Secure", async () => {
  await using provider = await IdentityProvider.start();
  await using site = new LoginSite(provider, { protocol: "https" });
  class Login extends OAuth2Mixin(RequestHandler) {
    override readonly _OAUTH_AUTHORIZE_URL: string = "https://id.example/authorize";
    override get(): void {
      this.authorizeRedirect({ clientId: "app" });
    }
  }
  await using browser = visit(Login, {}, { protocol: "https" });
  const cookie = (await browser.get("/login")).headers.get("Set-Cookie") ?? "";
  assertMatch(
    cookie,
    /^__Host-twister_login_[\w-]{16}="?2\|[^;]+; HttpOnly; Max-Age=600; Path=\/; SameSite=Lax; Secure$/,
  );
  assertEquals(site.logins, []);
});

test("OAuth2Mixin: what would switch a check off is refused", async () => {
  const errors: unknown[] = [];
  class Login extends OAuth2Mixin(RequestHandler) {
    override readonly _OAUTH_AUTHORIZE_URL: string = "https://id.example/authorize";
    override get(): void {
      const redirectUri = "https://app.example/";
      for (const name of ["state", "nonce", "code_challenge", "code_challenge_method", "client_id", "redirect_uri"]) {
        errors.push(
          assertThrows(() => this.authorizeRedirect({ clientId: "a", extraParams: { [name]: "x" } }), TypeError),
        );
      }
      errors.push(
        assertThrows(() => this.authorizeRedirect({ clientId: "a", responseType: "token" }), RangeError),
        assertThrows(() => this.authorizeRedirect({ clientId: "a", redirectUri: "/login" }), TypeError),
        assertThrows(
          () =>
            this.authorizeRedirect({
              clientId: "a",
              redirectUri: "http://a.example/",
              extraParams: { response_mode: "form_post" },
            }),
          TypeError,
        ),
        assertThrows(() => this.authorizeRedirect({ redirectUri }), Error, "must define _OAUTH_SETTINGS_KEY"),
      );
    }
  }
  await using browser = visit(Login);
  assertEquals((await browser.get("/login")).code, 200);
  assertEquals(errors.length, 10);
});

test("OpenIDConnectMixin: an answer by form_post needs a cookie that other sites send along", async () => {
  await using provider = await IdentityProvider.start();
  using http = new AsyncHTTPClient({ forceInstance: true });
  const redirectUri = "https://localhost/login";
  class Login extends OpenIDConnectMixin(RequestHandler) {
    override readonly _OAUTH_ISSUER: string = provider.issuer;
    override getAuthHttpClient(): AsyncHTTPClient {
      return http;
    }
    override async get(): Promise<void> {
      await this.authorizeRedirect({ redirectUri, extraParams: { response_mode: "form_post" } });
    }
    override async post(): Promise<void> {
      this.write((await this.getAuthenticatedUser(redirectUri)).claims);
    }
    override checkXsrfCookie(): void {}
    override checkCrossOrigin(): void {}
  }
  const settings = { openidConnect: CONSUMER, xsrfCookies: true, crossOriginProtection: true };
  await using browser = visit(Login, settings, { protocol: "https" });
  const { headers } = await browser.get("/login");
  assertMatch(headers.get("Set-Cookie") ?? "", /; HttpOnly; Max-Age=600; Path=\/; SameSite=None; Secure$/);
  const answer = provider.agree(headers.get("Location") ?? "");
  const response = await browser.post("/login", {
    form: Object.fromEntries(answer),
    headers: { Origin: provider.issuer },
  });
  assertEquals([response.code, response.json<{ sub: string }>().sub], [200, "user-1"]);
});

test("OpenIDConnectMixin: a login that a provider begins is taken only with the long name", async (t) => {
  await using provider = await IdentityProvider.start();
  await using careful = new LoginSite(provider);
  using http = new AsyncHTTPClient({ forceInstance: true });
  class Login extends OpenIDConnectMixin(RequestHandler) {
    override readonly acceptLoginsThatThisBrowserDidNotBegin: boolean = true;
    override readonly _OAUTH_ISSUER: string = provider.issuer;
    override getAuthHttpClient(): AsyncHTTPClient {
      return http;
    }
    override async get(): Promise<void> {
      this.write((await this.getAuthenticatedUser(REDIRECT_URI)).claims);
    }
  }
  await using browser = visit(Login, { openidConnect: CONSUMER });
  // Such a login has no verifier; this provider wants that of the empty text.
  const challenge = "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU";
  const url = `http://x/?code_challenge=${challenge}&redirect_uri=${encodeURIComponent(REDIRECT_URI)}`;
  const begun = () => {
    const answer = provider.agree(url);
    answer.delete("state");
    return `/login?${answer}`;
  };
  assertEquals((await careful.browser.get(begun())).code, 403);
  assertEquals((await browser.get(begun())).code, 200);
  // One with a state is checked all the same.
  assertEquals((await browser.get(`${begun()}&state=${"A".repeat(43)}`)).code, 403);
  expectRefusal(t, /no state/);
  expectRefusal(t, /no login with its state/);
});

test("OpenIDConnectMixin: an answer to a login with another provider or client is refused", async (t) => {
  await using one = await IdentityProvider.start();
  await using other = await IdentityProvider.start();
  await using site = new LoginSite(one);
  await using second = new LoginSite(other);
  const answer = await site.begin();
  for (const [name, value] of site.browser.cookies) second.browser.cookies.set(name, value.replaceAll('"', ""));
  answer.set("iss", other.issuer);
  assertEquals((await second.answer(answer)).code, 403);
  assertEquals(other.count("/token"), 0);
  expectRefusal(t, /began with another provider or client/);
});

for (const proof of ["basic", "post"] as const) {
  test(`OpenIDConnectMixin: a client that is registered for client_secret_${proof} logs in`, async () => {
    await using provider = await IdentityProvider.start();
    await using site = new LoginSite(provider);
    provider.proof = proof;
    for (let i = 0; i < 2; i++) assertEquals((await site.answer(await site.begin())).code, 302);
    // What the provider has taken once is what the next login begins with.
    assertEquals(provider.count("/token"), proof === "basic" ? 2 : 3);
  });
}

test("OpenIDConnectMixin: a wrong secret is refused, and asked no more than twice", async (t) => {
  await using provider = await IdentityProvider.start();
  await using site = new LoginSite(provider, {}, { openidConnect: { ...CONSUMER, secret: "wrong" } });
  assertEquals((await site.answer(await site.begin())).code, 403);
  assertEquals(provider.count("/token"), 2);
  expectRefusal(t, /asks for credentials|invalid_client/);
});

test("OpenIDConnectMixin: refreshTokens verifies a new ID token, and compares sub", async () => {
  await using provider = await IdentityProvider.start();
  using http = new AsyncHTTPClient({ forceInstance: true });
  const outcome: unknown[] = [];
  class Refresh extends OpenIDConnectMixin(RequestHandler) {
    override readonly _OAUTH_ISSUER: string = provider.issuer;
    override getAuthHttpClient(): AsyncHTTPClient {
      return http;
    }
    override async get(): Promise<void> {
      const refresh = (sub: string) => this.refreshTokens("old", { sub });
      const fresh = await refresh("user-1");
      outcome.push(provider.secrets.has(fresh.access_token), typeof fresh.refresh_token);
      await assertRejects(() => refresh("user-2"), AuthError, "another user");
      provider.faults = { idToken: (token) => `${token.slice(0, -9)}AAAAAAAAA` };
      await assertRejects(() => refresh("user-1"), AuthError, "signature");
      provider.faults = { claims: (claims) => ({ ...claims, aud: "other" }) };
      await assertRejects(() => refresh("user-1"), AuthError, "aud");
      provider.faults = { tokens: ({ id_token: _, ...others }) => others };
      outcome.push((await refresh("user-1")).id_token);
    }
  }
  await using browser = visit(Refresh, { openidConnect: CONSUMER });
  assertEquals((await browser.get("/login")).code, 200);
  assertEquals(outcome, [true, "string", undefined]);
});

test("OpenIDConnectMixin: logoutRedirect goes to the provider's page, without a token", async (t) => {
  await using provider = await IdentityProvider.start();
  await using site = new LoginSite(provider);
  assertEquals((await site.answer(await site.begin())).code, 302);
  assertEquals(
    (await site.browser.get("/logout")).headers.get("Location"),
    `${provider.issuer}/logout?client_id=app+1%26&post_logout_redirect_uri=http%3A%2F%2Flocalhost%2F`,
  );
  assertEquals(site.browser.cookies.get("user"), null);
  provider.faults = { metadata: ({ end_session_endpoint: _, ...others }) => others };
  await using without = new LoginSite(provider);
  assertEquals((await without.browser.get("/logout")).code, 403);
  t.expectLog("tornado.general", /no page to log out/);
  t.expectLog("tornado.access", /^403/);
});

test("OpenIDConnectMixin: max_age is checked against auth_time", async (t) => {
  await using provider = await IdentityProvider.start();
  using http = new AsyncHTTPClient({ forceInstance: true });
  class Login extends OpenIDConnectMixin(RequestHandler) {
    override readonly _OAUTH_ISSUER: string = provider.issuer;
    override getAuthHttpClient(): AsyncHTTPClient {
      return http;
    }
    override async get(): Promise<void> {
      if (this.getArgument("code", null) === null) {
        return await this.authorizeRedirect({ redirectUri: REDIRECT_URI, extraParams: { max_age: 60 } });
      }
      await this.getAuthenticatedUser(REDIRECT_URI, null, { askUserinfo: false });
    }
  }
  await using browser = visit(Login, { openidConnect: CONSUMER });
  const logIn = async (age: number | null) => {
    provider.faults = {
      claims: (claims) => age === null ? claims : { ...claims, auth_time: Number(claims.iat) - age },
    };
    return (await browser.get(`/login?${provider.agree((await browser.get("/login")).headers.get("Location") ?? "")}`))
      .code;
  };
  assertEquals([await logIn(10), await logIn(600), await logIn(null)], [200, 403, 403]);
  assertEquals(provider.count("/userinfo"), 0);
  expectRefusal(t, /too much time has elapsed/);
  expectRefusal(t, /"auth_time" \(authentication time\) claim missing/);
});

test("GoogleOAuth2Mixin: test_google_login: Google's endpoints are known, and another issuer brings its own", async () => {
  await using provider = await IdentityProvider.start();
  using http = new AsyncHTTPClient({ forceInstance: true });
  class Google extends GoogleOAuth2Mixin(RequestHandler) {
    override getAuthHttpClient(): AsyncHTTPClient {
      return http;
    }
    override async get(): Promise<void> {
      if (this.getArgument("code", null) === null) {
        return await this.authorizeRedirect({ redirectUri: REDIRECT_URI, scope: ["profile", "email"] });
      }
      const { claims, access_token, userinfo } = await this.getAuthenticatedUser(REDIRECT_URI);
      const again = await this.oauth2Request(this._OAUTH_USERINFO_URL || `${provider.issuer}/userinfo`, {
        accessToken: access_token,
      });
      this.write({ sub: claims.sub, same: JSON.stringify(again) === JSON.stringify(userinfo) });
    }
  }
  class Replaced extends Google {
    override readonly _OAUTH_ISSUER: string = provider.issuer;
  }
  await using google = visit(Google, { googleOauth: CONSUMER });
  const url = new URL((await google.get("/login")).headers.get("Location") ?? "");
  assertEquals(url.origin + url.pathname, "https://accounts.google.com/o/oauth2/v2/auth");
  assertEquals(url.searchParams.get("scope"), "openid profile email");
  await using replaced = visit(Replaced, { googleOauth: CONSUMER });
  const answer = provider.agree((await replaced.get("/login")).headers.get("Location") ?? "");
  assertEquals(JSON.parse((await replaced.get(`/login?${answer}`)).text), { sub: "user-1", same: true });
});

test("MicrosoftOAuth2Mixin: a tenant is named; with many, the ID token says which one", async (t) => {
  await using provider = await IdentityProvider.start();
  using http = new AsyncHTTPClient({ forceInstance: true });
  const tenant = "72f988bf-86f1-41af-91ab-2d7cd011db47";
  class Login extends MicrosoftOAuth2Mixin(RequestHandler) {
    override readonly _MICROSOFT_TENANT: string = "common";
    override get _OAUTH_ISSUER(): string {
      return super._OAUTH_ISSUER.replace("https://login.microsoftonline.com", provider.issuer);
    }
    override get _OAUTH_DISCOVERY_BASE(): string {
      return provider.issuer;
    }
    override getAuthHttpClient(): AsyncHTTPClient {
      return http;
    }
    override async get(): Promise<void> {
      if (this.getArgument("code", null) === null) return await this.authorizeRedirect({ redirectUri: REDIRECT_URI });
      this.write((await this.getAuthenticatedUser(REDIRECT_URI)).claims);
    }
  }
  const metadata = (all: object) => ({
    ...all,
    issuer: `${provider.issuer}/{tenantid}/v2.0`,
    authorization_response_iss_parameter_supported: false,
  });
  await using browser = visit(Login, { microsoftOauth: CONSUMER });
  const logIn = async (tid: unknown, iss: string) => {
    provider.faults = { metadata, claims: (claims) => ({ ...claims, tid, iss: `${provider.issuer}/${iss}/v2.0` }) };
    const answer = provider.agree((await browser.get("/login")).headers.get("Location") ?? "");
    answer.delete("iss");
    return (await browser.get(`/login?${answer}`)).code;
  };
  assertEquals(await logIn(tenant, tenant), 200);
  assertEquals(await logIn(tenant, tenant.replace("7", "8")), 403);
  assertEquals(await logIn("../evil", "../evil"), 403);
  assertEquals(await logIn(undefined, "undefined"), 403);
  expectRefusal(t, /"iss"/);
  expectRefusal(t, /names no tenant/);

  class Single extends MicrosoftOAuth2Mixin(RequestHandler) {
    override readonly _MICROSOFT_TENANT: string = tenant;
    override get(): void {
      this.write(`${this._OAUTH_ISSUER} ${this._OAUTH_DISCOVERY_BASE}`);
    }
  }
  await using single = visit(Single);
  const issuer = `https://login.microsoftonline.com/${tenant}/v2.0`;
  assertEquals((await single.get("/login")).text, `${issuer} ${issuer}`);
});

test("GitLabOAuth2Mixin: a server of one's own is another issuer", async () => {
  await using provider = await IdentityProvider.start();
  using http = new AsyncHTTPClient({ forceInstance: true });
  class Login extends GitLabOAuth2Mixin(RequestHandler) {
    override readonly _OAUTH_ISSUER: string = provider.issuer;
    override getAuthHttpClient(): AsyncHTTPClient {
      return http;
    }
    override async get(): Promise<void> {
      await this.authorizeRedirect({ redirectUri: REDIRECT_URI });
    }
  }
  await using browser = visit(Login, { gitlabOauth: CONSUMER });
  assertMatch((await browser.get("/login")).headers.get("Location") ?? "", new RegExp(`^${provider.issuer}/authorize`));
});

test("AuthHTTPClient: oauth2Request throws what the client throws", async () => {
  await using provider = new Provider({});
  using http = new AsyncHTTPClient({ forceInstance: true });
  class Ask extends OAuth2Mixin(RequestHandler) {
    override getAuthHttpClient(): AsyncHTTPClient {
      return http;
    }
    override async get(): Promise<void> {
      const error = await assertRejects(() => this.oauth2Request(`${provider.url}/nothing`), HTTPClientError);
      this.write(String(error.code));
    }
  }
  await using browser = visit(Ask);
  assertEquals((await browser.get("/login")).text, "404");
});
