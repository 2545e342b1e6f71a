// Logins at providers from npm: oidc-provider, which is certified, as a program of its own, and oauth2-mock-server,
// whose answers are falsified.
import { assert, assertEquals, assertMatch } from "@std/assert";
import { OAuth2Server } from "npm:oauth2-mock-server@9.3.0";
import { type OpenIDConnectLogin, OpenIDConnectMixin } from "../../src/auth/mod.ts";
import { AsyncHTTPClient, CookieJar, type HTTPResponse } from "../../src/http/httpclient.ts";
import { TestClient } from "../../src/testing/mod.ts";
import { Application, type OAuthConsumer, RequestHandler } from "../../src/web/mod.ts";
import { startOidcProvider } from "../support/oidc_provider.ts";
import { test } from "../support/test.ts";

const REDIRECT_URI = "http://localhost/login";
const SECRET = "a secret / with & characters";

interface Site extends AsyncDisposable {
  readonly browser: TestClient;
  readonly http: AsyncHTTPClient;
  readonly logins: OpenIDConnectLogin[];
}

function makeSite(issuer: string, openidConnect: OAuthConsumer, engine: "listen" | "serve"): Site {
  const http = new AsyncHTTPClient({ forceInstance: true });
  const logins: OpenIDConnectLogin[] = [];
  class Login extends OpenIDConnectMixin(RequestHandler) {
    override readonly _OAUTH_ISSUER: string = issuer;
    override getAuthHttpClient(): AsyncHTTPClient {
      return http;
    }
    override async get(): Promise<void> {
      if (this.getArgument("code", null) === null) {
        const scope = ["openid", "email", "offline_access"];
        const extraParams = { prompt: "consent" };
        return await this.authorizeRedirect({ redirectUri: REDIRECT_URI, scope, extraParams, next: "/inside?a=b" });
      }
      const login = await this.getAuthenticatedUser(REDIRECT_URI, this.getArgument("code"));
      logins.push(login);
      const { refresh_token } = login;
      if (refresh_token !== undefined) {
        const { sub } = login.claims;
        const fresh = await this.refreshTokens(refresh_token, { sub });
        assertEquals(fresh.token_type, "bearer");
      }
      this.redirect(login.next);
    }
  }
  const app = new Application([["/login", Login]], { cookieSecret: "the secret of the site", openidConnect });
  const browser = new TestClient(app, { engine, followRedirects: false, raiseServerErrors: false, requestTimeout: 30 });
  return {
    browser,
    http,
    logins,
    async [Symbol.asyncDispose]() {
      await browser[Symbol.asyncDispose]();
      http.close();
    },
  };
}

/** Goes through the pages of oidc-provider as a user who agrees; returns the query of the answer. */
async function agree(http: AsyncHTTPClient, location: string, login: string): Promise<string> {
  const cookies = new CookieJar();
  const go = async (url: string, form?: Record<string, string>): Promise<HTTPResponse> =>
    await http.fetch(url, {
      cookies,
      followRedirects: false,
      raiseError: false,
      ...(form === undefined ? {} : { method: "POST", body: new URLSearchParams(form).toString() }),
    });
  let url = location;
  for (let step = 0; step < 20; step++) {
    let response = await go(url);
    if (response.code === 200) {
      // A page of its own for the name, and one for the consent.
      const form = response.text.includes('name="login"')
        ? { prompt: "login", login, password: "x" }
        : { prompt: "consent" };
      response = await go(url, form);
    }
    const next = response.headers.get("Location");
    if (next === null) throw new Error(`The provider answers ${response.code}: ${response.text}`);
    url = new URL(next, url).href;
    if (url.startsWith(REDIRECT_URI)) return new URL(url).search;
  }
  throw new Error(`There is no end at ${url}`);
}

for (const engine of ["listen", "serve"] as const) {
  test(`oidc-provider (${engine}): clients of all kinds log in, and their tokens are refreshed`, async (t) => {
    await using provider = await startOidcProvider();
    for (const [key, secret] of [["basic", SECRET], ["post", SECRET], ["public", ""]] as const) {
      await using site = makeSite(provider.issuer, { key, secret }, engine);
      const { headers } = await site.browser.get("/login");
      const query = await agree(site.http, headers.get("Location") ?? "", `ada-${key}`);
      assertMatch(query, /[?&]iss=http/);
      const response = await site.browser.get(`/login${query}`);
      assertEquals([response.code, response.headers.get("Location")], [302, "/inside?a=b"], key);
      const [login] = site.logins;
      assertEquals([login?.claims.sub, login?.claims.email], [`ada-${key}`, `ada-${key}@example.com`]);
      assert(login?.refresh_token !== undefined);
      assertEquals([...site.browser.cookies], []);
      assertEquals((await site.browser.get(`/login${query}`)).code, 403);
    }
    t.expectLog("tornado.general", /used before/);
    t.expectLog("tornado.access", /^403/);
  });

  test(`oidc-provider (${engine}): its refusals are ours`, async (t) => {
    await using provider = await startOidcProvider();
    await using site = makeSite(provider.issuer, { key: "basic", secret: SECRET }, engine);
    const begin = async () => (await site.browser.get("/login")).headers.get("Location") ?? "";
    const refused = async (query: string) => assertEquals((await site.browser.get(`/login${query}`)).code, 403);
    // A code of another login: its challenge is another.
    const [mine, other] = [await begin(), await begin()];
    const [one, two] = [await agree(site.http, mine, "ada"), await agree(site.http, other, "eve")];
    const swapped = new URLSearchParams(one);
    swapped.set("code", new URLSearchParams(two).get("code") ?? "");
    await refused(`?${swapped}`);
    t.expectLog("tornado.general", /invalid_grant/);
    // A wrong secret.
    await using wrong = makeSite(provider.issuer, { key: "basic", secret: "wrong" }, engine);
    const { headers } = await wrong.browser.get("/login");
    const answer = await agree(wrong.http, headers.get("Location") ?? "", "ada");
    assertEquals((await wrong.browser.get(`/login${answer}`)).code, 403);
    t.expectLog("tornado.general", /invalid_client|asks for credentials/);
    // An error answer.
    const url = new URL(await begin());
    url.searchParams.set("prompt", "none");
    await refused(await agree(site.http, url.href, "ada"));
    t.expectLog("tornado.general", /login_required/);
    t.expectLog("tornado.access", /^403/);
    assertEquals([site.logins, wrong.logins], [[], []]);
  });

  test(`oauth2-mock-server (${engine}): logs in, and what it falsifies is refused`, async (t) => {
    const server = new OAuth2Server();
    await server.issuer.keys.generate("RS256");
    await server.start(undefined, "127.0.0.1");
    try {
      const issuer = `http://127.0.0.1:${server.address().port}`;
      server.issuer.url = issuer;
      await using site = makeSite(issuer, { key: "app", secret: SECRET }, engine);
      const logIn = async () => {
        const { headers } = await site.browser.get("/login");
        const answer = await site.http.fetch(headers.get("Location") ?? "", {
          followRedirects: false,
          raiseError: false,
        });
        return (await site.browser.get(`/login${new URL(answer.headers.get("Location") ?? "").search}`)).code;
      };
      assertEquals(await logIn(), 302);
      assertEquals(site.logins[0]?.claims.sub, "johndoe");
      const falsify: [RegExp, (payload: Record<string, unknown>) => void][] = [
        [/"iss"/, (payload) => payload.iss = "https://evil.example"],
        [/"aud"/, (payload) => payload.aud = "another"],
        [/"exp"/, (payload) => payload.exp = 1],
        [/"iat"/, (payload) => payload.iat = 4e9],
        [/"nonce"/, (payload) => payload.nonce = "another"],
        [/"sub"/, (payload) => delete payload.sub],
        [/"azp"/, (payload) => payload.azp = "another"],
        [/"at_hash"/, (payload) => payload.at_hash = "another"],
      ];
      for (const [reason, change] of falsify) {
        const listener = (token: { payload: Record<string, unknown> }) => change(token.payload);
        server.service.on("beforeTokenSigning", listener);
        assertEquals(await logIn(), 403, reason.source);
        server.service.off("beforeTokenSigning", listener);
        t.expectLog("tornado.general", new RegExp(`Login refused: .*${reason.source}`));
      }
      server.service.once("beforeUserinfo", (response: { body: object }) => response.body = { sub: "another" });
      assertEquals(await logIn(), 403);
      server.service.once("beforeResponse", (response: { statusCode: number; body: object }) => {
        response.statusCode = 400;
        response.body = { error: "invalid_grant" };
      });
      assertEquals(await logIn(), 403);
      t.expectLog("tornado.general", /invalid_grant/);
      t.expectLog("tornado.access", /^403/);
      assertEquals(site.logins.length, 1);
    } finally {
      await server.stop();
    }
  });
}
