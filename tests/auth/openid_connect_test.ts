import { assert, assertEquals, assertMatch, assertNotEquals } from "@std/assert";
import { OpenIDConnectMixin } from "../../src/auth/mod.ts";
import { AsyncHTTPClient } from "../../src/http/httpclient.ts";
import { TestClient } from "../../src/testing/mod.ts";
import { Application, RequestHandler } from "../../src/web/mod.ts";
import { CONSUMER, IdentityProvider } from "../support/identity_provider.ts";
import { test } from "../support/test.ts";
import { attempts, LoginSite } from "./_site.ts";

const ENGINES = ["listen", "serve"] as const;

for (const engine of ENGINES) {
  test(`OpenIDConnectMixin (${engine}): a login gives claims, tokens and next, and ends its cookie`, async (t) => {
    await using provider = await IdentityProvider.start();
    await using site = new LoginSite(provider, { engine });
    const answer = await site.begin("/page?a=b#c");
    assertEquals(attempts(site.browser).length, 1);
    const response = await site.answer(answer);
    assertEquals([response.code, response.headers.get("Location")], [302, "/page?a=b#c"]);
    assertEquals(response.headers.get("Cache-Control"), "no-store");
    assertEquals(attempts(site.browser), []);
    const [login] = site.logins;
    assertEquals(login?.claims.sub, "user-1");
    assertEquals(login?.claims.email, "ada@example.com");
    assertEquals(login?.userinfo?.email, "ada@example.com");
    assert(provider.secrets.has(login?.access_token ?? ""));
    assert(provider.secrets.has(login?.refresh_token ?? ""));
    assertEquals(provider.requests, ["/.well-known/openid-configuration", "/token", "/keys", "/userinfo"]);
    const text = t.logs.map((record) => record.getMessage()).join("\n");
    for (const secret of provider.secrets) assert(!text.includes(secret), text);
  });
}

test("OpenIDConnectMixin: the URL of the provider has state, nonce and challenge, and keeps its own query", async () => {
  await using provider = await IdentityProvider.start();
  await using site = new LoginSite(provider);
  const { headers } = await site.browser.get("/login");
  const { searchParams, pathname } = new URL(headers.get("Location") ?? "");
  assertEquals(pathname, "/authorize");
  assertEquals(Object.fromEntries([...searchParams].filter(([name]) => !/^(state|nonce|code_challenge)$/.test(name))), {
    fixed: "1",
    scope: "openid email",
    response_type: "code",
    client_id: "app 1&",
    redirect_uri: "http://localhost/login",
    code_challenge_method: "S256",
  });
  for (const name of ["state", "nonce", "code_challenge"]) assertMatch(searchParams.get(name) ?? "", /^[\w-]{43}$/);
  const [cookie = "", ...others] = headers.getList("Set-Cookie");
  assertEquals(others, []);
  assertMatch(cookie, /^twister_login_[\w-]{16}="?2\|1:0\|/);
  assertMatch(cookie, /; HttpOnly; Max-Age=600; Path=\/; SameSite=Lax$/);
  const again = new URL((await site.browser.get("/login")).headers.get("Location") ?? "");
  for (const name of ["state", "nonce", "code_challenge"]) {
    assertNotEquals(again.searchParams.get(name), searchParams.get(name));
  }
});

test("OpenIDConnectMixin: two tabs of one browser log in, in any order", async () => {
  await using provider = await IdentityProvider.start();
  await using site = new LoginSite(provider);
  const first = await site.begin("/first");
  const second = await site.begin("/second");
  assertEquals(attempts(site.browser).length, 2);
  assertEquals((await site.answer(second)).headers.get("Location"), "/second");
  assertEquals((await site.answer(first)).headers.get("Location"), "/first");
  assertEquals(attempts(site.browser), []);
});

test("OpenIDConnectMixin: a browser has no more than six logins under way", async () => {
  await using provider = await IdentityProvider.start();
  await using site = new LoginSite(provider);
  for (let i = 0; i < 20; i++) await site.begin();
  assertEquals(attempts(site.browser).length, 6);
  assertEquals((await site.answer(await site.begin())).code, 302);
});

test("OpenIDConnectMixin: a redirect that is not awaited is told in the log, and harms nothing", async (t) => {
  await using provider = await IdentityProvider.start();
  using http = new AsyncHTTPClient({ forceInstance: true });
  const redirects: Promise<void>[] = [];
  class Login extends OpenIDConnectMixin(RequestHandler) {
    override readonly _OAUTH_ISSUER: string = provider.issuer;
    override getAuthHttpClient(): AsyncHTTPClient {
      return http;
    }
    override get(): void {
      redirects.push(this.authorizeRedirect({ redirectUri: "http://localhost/login" }));
    }
  }
  const app = new Application([["/login", Login]], { cookieSecret: "a secret", openidConnect: CONSUMER });
  await using browser = new TestClient(app, { followRedirects: false, raiseServerErrors: false, requestTimeout: 30 });
  assertEquals((await browser.get("/login?error=access_denied")).code, 403);
  provider.faults = { metadata: () => [] };
  assertEquals((await browser.get("/login")).code, 200);
  await Promise.all(redirects);
  provider.faults = {};
  assertEquals((await browser.get("/login")).code, 200);
  await Promise.all(redirects);
  t.expectLog("tornado.application", /^authorizeRedirect\(\) was called for a response that is over/);
  t.expectLog("tornado.general", /access_denied/);
  t.expectLog("tornado.access", /^403/);
});
