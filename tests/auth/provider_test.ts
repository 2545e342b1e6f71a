import { assertEquals } from "@std/assert";
import { FakeClock } from "../support/fake_clock.ts";
import { IdentityProvider } from "../support/identity_provider.ts";
import { test } from "../support/test.ts";
import { expectRefusal, LoginSite } from "./_site.ts";

const METADATA = "/.well-known/openid-configuration";

/** Logs in and returns the status of the answer. */
async function logIn(site: LoginSite): Promise<number> {
  return (await site.answer(await site.begin())).code;
}

/** Begins a login and returns the status. */
async function begin(site: LoginSite): Promise<number> {
  return (await site.browser.get("/login")).code;
}

test("OpenIDConnectMixin: metadata and keys are asked for once, also by logins at the same time", async () => {
  await using provider = await IdentityProvider.start();
  await using site = new LoginSite(provider);
  const browsers = Array.from({ length: 8 }, () => site.visitor());
  const answers = await Promise.all(browsers.map((browser) => site.begin("/", browser)));
  const responses = await Promise.all(browsers.map((browser, i) => site.answer(answers[i] ?? answers[0], browser)));
  assertEquals(new Set(responses.map(({ code }) => code)), new Set([302]));
  assertEquals([provider.count(METADATA), provider.count("/keys")], [1, 1]);
});

test("OpenIDConnectMixin: each application asks for itself", async () => {
  await using provider = await IdentityProvider.start();
  await using one = new LoginSite(provider);
  await using other = new LoginSite(provider);
  assertEquals([await begin(one), await begin(other)], [302, 302]);
  assertEquals(provider.count(METADATA), 2);
});

test("OpenIDConnectMixin: keys rotate without a restart, and an unknown one is asked for once a minute", async (t) => {
  await using provider = await IdentityProvider.start();
  await using site = new LoginSite(provider);
  using clock = new FakeClock();
  assertEquals(await logIn(site), 302);
  provider.signer = 1;
  provider.published = [0, 1];
  assertEquals(await logIn(site), 302);
  assertEquals(provider.count("/keys"), 2);
  provider.signer = 2;
  for (let i = 0; i < 5; i++) assertEquals(await logIn(site), 403);
  assertEquals(provider.count("/keys"), 2);
  await clock.advance(59);
  assertEquals(await logIn(site), 403);
  assertEquals(provider.count("/keys"), 2);
  await clock.advance(2);
  for (let i = 0; i < 5; i++) assertEquals(await logIn(site), 403);
  assertEquals(provider.count("/keys"), 3);
  provider.published = [2];
  await clock.advance(61);
  assertEquals(await logIn(site), 302);
  assertEquals(provider.count("/keys"), 4);
  expectRefusal(t, /no applicable keys/);
});

test("OpenIDConnectMixin: a key that is withdrawn is refused after five minutes", async (t) => {
  await using provider = await IdentityProvider.start();
  await using site = new LoginSite(provider);
  using clock = new FakeClock();
  assertEquals(await logIn(site), 302);
  provider.published = [1];
  await clock.advance(299);
  assertEquals(await logIn(site), 302);
  await clock.advance(2);
  assertEquals(await logIn(site), 403);
  assertEquals(provider.count("/keys"), 2);
  expectRefusal(t, /no applicable keys/);
});

test("OpenIDConnectMixin: metadata are used for ten minutes", async () => {
  await using provider = await IdentityProvider.start();
  await using site = new LoginSite(provider);
  using clock = new FakeClock();
  await begin(site);
  await clock.advance(599);
  await begin(site);
  assertEquals(provider.count(METADATA), 1);
  await clock.advance(2);
  await begin(site);
  assertEquals(provider.count(METADATA), 2);
});

test("OpenIDConnectMixin: an attempt is refused after ten minutes", async (t) => {
  await using provider = await IdentityProvider.start();
  await using site = new LoginSite(provider);
  using clock = new FakeClock();
  const late = await site.begin();
  const [name = ""] = Array.from(site.browser.cookies, ([name]) => name);
  const cookie = site.browser.cookies.get(name)?.replaceAll('"', "") ?? "";
  await clock.advance(602);
  // A browser that keeps it all the same.
  site.browser.cookies.set(name, cookie);
  assertEquals((await site.answer(late)).code, 403);
  expectRefusal(t, /forged or too old/);
});

for (
  const [name, metadata] of [
    ["another issuer", (all: object) => ({ ...all, issuer: "https://evil.example" })],
    ["no issuer", (all: object) => ({ ...all, issuer: undefined })],
    ["no authorization endpoint", (all: object) => ({ ...all, authorization_endpoint: undefined })],
    [
      "an authorization endpoint of script",
      (all: object) => ({ ...all, authorization_endpoint: "javascript:alert(1)" }),
    ],
    ["a token endpoint without TLS elsewhere", (all: object) => ({ ...all, token_endpoint: "http://evil.example/" })],
    ["a token endpoint that is a list", (all: object) => ({ ...all, token_endpoint: ["https://a.example/"] })],
    ["keys in a file", (all: object) => ({ ...all, jwks_uri: "file:///etc/passwd" })],
    ["no keys", (all: object) => ({ ...all, jwks_uri: undefined })],
    [
      "userinfo without TLS elsewhere",
      (all: object) => ({ ...all, userinfo_endpoint: "http://127.0.0.1.evil.example/" }),
    ],
    ["a list", () => []],
    ["text", () => "issuer"],
    ["nothing", () => ""],
    ["a huge document", (all: object) => ({ ...all, padding: "x".repeat(2 ** 21) })],
  ] as const
) {
  test(`OpenIDConnectMixin: metadata with ${name} are refused, and not kept`, async (t) => {
    await using provider = await IdentityProvider.start();
    await using site = new LoginSite(provider);
    provider.faults = { metadata };
    assertEquals(await begin(site), 403);
    t.expectLog("tornado.general", /^403 GET \/login \(127\.0\.0\.1\): Login refused: /);
    t.expectLog("tornado.access", /^403 /);
    provider.faults = {};
    assertEquals(await logIn(site), 302);
  });
}

test("OpenIDConnectMixin: metadata that lead nowhere are asked for again, at most once a minute", async (t) => {
  await using provider = await IdentityProvider.start();
  await using site = new LoginSite(provider);
  using clock = new FakeClock();
  provider.faults = { metadata: (all) => ({ ...all, token_endpoint: `${provider.issuer}/nowhere` }) };
  assertEquals(await logIn(site), 403);
  provider.faults = {};
  assertEquals(await logIn(site), 302);
  assertEquals(provider.count(METADATA), 2);
  provider.faults = { claims: (claims) => ({ ...claims, aud: "another" }) };
  for (let i = 0; i < 5; i++) assertEquals(await logIn(site), 403);
  assertEquals(provider.count(METADATA), 2);
  await clock.advance(61);
  for (let i = 0; i < 5; i++) assertEquals(await logIn(site), 403);
  assertEquals(provider.count(METADATA), 3);
  expectRefusal(t, /content-type|"aud"/);
});

test("OpenIDConnectMixin: an error code of the token endpoint does not make metadata be asked for", async (t) => {
  await using provider = await IdentityProvider.start();
  await using site = new LoginSite(provider);
  for (let i = 0; i < 3; i++) {
    const answer = await site.begin();
    answer.set("code", "junk");
    assertEquals((await site.answer(answer)).code, 403);
  }
  assertEquals(provider.count(METADATA), 1);
  expectRefusal(t, /invalid_grant/);
});

test("OpenIDConnectMixin: answers that belong to no login cause no request to the provider", async (t) => {
  await using provider = await IdentityProvider.start();
  await using site = new LoginSite(provider);
  for (const query of ["code=1", "code=1&state=2", `code=1&state=${"A".repeat(43)}`, "error=x&state=y"]) {
    assertEquals((await site.browser.get(`/login?${query}`)).code, 403);
  }
  assertEquals(provider.requests, []);
  expectRefusal(t, /./);
});

test("OpenIDConnectMixin: a provider that does not end its answer is given up after ten seconds", async (t) => {
  await using provider = await IdentityProvider.start();
  await using site = new LoginSite(provider);
  const answer = await site.begin();
  using clock = new FakeClock();
  const asked = Promise.withResolvers<void>();
  const released = Promise.withResolvers<string>();
  provider.faults = {
    answer: async (_handler, path) => {
      if (path !== "/token") return null;
      asked.resolve();
      return await released.promise;
    },
  };
  const response = site.answer(answer);
  await asked.promise;
  await clock.advance(11);
  assertEquals((await response).code, 403);
  released.resolve("");
  expectRefusal(t, /HTTPTimeoutError/);
});

test("OpenIDConnectMixin: an issuer without TLS must be on this machine", async (t) => {
  await using provider = await IdentityProvider.start();
  for (
    const issuer of [
      "http://id.example",
      "http://127.0.0.1.id.example",
      "http://localhost.example",
      "ftp://a.example",
      "x",
    ]
  ) {
    const elsewhere = Object.create(provider, { issuer: { value: issuer } });
    await using site = new LoginSite(elsewhere);
    assertEquals(await begin(site), 500);
  }
  t.expectLog("tornado.application", /^Uncaught exception GET \/login/);
  t.expectLog("tornado.access", /^500 /);
  assertEquals(provider.requests, []);
});
