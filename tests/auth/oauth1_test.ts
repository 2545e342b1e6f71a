import { assert, assertEquals, assertMatch } from "@std/assert";
import {
  OAuthMixin,
  type OAuthRedirectOptions,
  type OAuthToken,
  type OAuthUser,
  type OAuthVersion,
  TwitterMixin,
} from "../../src/auth/mod.ts";
import { oauthSignature, parseOAuthToken } from "../../src/auth/_oauth1_signature.ts";
import { AsyncHTTPClient, HTTPClientError } from "../../src/http/httpclient.ts";
import type { Server } from "../../src/http/httpserver.ts";
import { TestClient } from "../../src/testing/mod.ts";
import { type Coroutine, coroutine } from "../../src/concurrency/gen.ts";
import { utf8 } from "../../src/util/escape.ts";
import { Application, HTTPError, type OAuthConsumer, RequestHandler, type Settings } from "../../src/web/mod.ts";
import { test } from "../support/test.ts";

const CONSUMER = { key: "asdf", secret: "qw&er" };
const REQUEST_TOKEN = { key: "zxcv", secret: "1234" };
const ACCESS_TOKEN = { key: "uiop", secret: "56/78" };

interface Called {
  readonly path: string;
  readonly method: string;
  readonly args: Record<string, string>;
}

/** A provider that notes its requests. */
class Provider implements AsyncDisposable {
  readonly calls: Called[] = [];
  /** The answers by path; any other is an error. */
  readonly answers: Record<string, string> = {
    "/request_token": "oauth_token=zxcv&oauth_token_secret=1234",
    "/access_token": "oauth_token=uiop&oauth_token_secret=56%2F78&screen_name=foo",
    "/account/verify_credentials.json": '{"screen_name":"foo","name":"Foo"}',
    "/statuses/update.json": '{"id":1}',
  };
  readonly #server: Server;

  constructor() {
    const { calls, answers } = this;
    class Any extends RequestHandler {
      override prepare(): void {
        const { path, method } = this.request;
        const args = Object.fromEntries(
          Object.keys(this.request.arguments).map((name) => [name, this.getArgument(name)]),
        );
        calls.push({ path, method, args });
        const answer = answers[path];
        if (answer === undefined) this.sendError(401);
        else this.finish(answer);
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

interface Site extends AsyncDisposable {
  readonly browser: TestClient;
  readonly users: OAuthUser[];
  /** What the look-up of the user throws, or `null`. */
  lookUpError: HTTPError | null;
}

function makeSite(
  provider: Provider,
  version: OAuthVersion,
  options: OAuthRedirectOptions = {},
  settings: Settings = {},
  protocol: "http" | "https" = "http",
): Site {
  const http = new AsyncHTTPClient({ forceInstance: true });
  const users: OAuthUser[] = [];
  class Login extends OAuthMixin(RequestHandler) {
    override readonly _OAUTH_VERSION: OAuthVersion = version;
    override readonly _OAUTH_REQUEST_TOKEN_URL: string = `${provider.url}/request_token`;
    override readonly _OAUTH_AUTHORIZE_URL: string = `${provider.url}/authorize`;
    override readonly _OAUTH_ACCESS_TOKEN_URL: string = `${provider.url}/access_token`;
    override _oauthConsumerToken(): OAuthConsumer {
      return CONSUMER;
    }
    override getAuthHttpClient(): AsyncHTTPClient {
      return http;
    }
    override async _oauthGetUserFuture(token: OAuthToken): Promise<OAuthUser | null> {
      if (site.lookUpError !== null) throw site.lookUpError;
      return await Promise.resolve(token.screen_name === undefined ? null : { name: token.screen_name });
    }
    override async get(): Promise<void> {
      if (this.getArgument("oauth_token", null) === null) return await this.authorizeRedirect(options);
      users.push(await this.getAuthenticatedUser());
    }
  }
  const app = new Application([["/login", Login]], settings);
  const browser = new TestClient(app, {
    followRedirects: false,
    raiseServerErrors: false,
    requestTimeout: 30,
    protocol,
  });
  const site: Site = {
    browser,
    users,
    lookUpError: null,
    async [Symbol.asyncDispose]() {
      await browser[Symbol.asyncDispose]();
      http.close();
    },
  };
  return site;
}

/** Finds that a request was signed right. */
function assertSigned(call: Called, url: string, version: OAuthVersion, token: OAuthToken | null): void {
  const { oauth_signature, ...parameters } = call.args;
  assertEquals(oauth_signature, oauthSignature(version, CONSUMER, { method: call.method, url, parameters }, token));
  assertMatch(parameters.oauth_nonce ?? "", /^[0-9a-f]{32}$/);
  assertEquals(parameters.oauth_signature_method, "HMAC-SHA1");
  assertEquals(parameters.oauth_version, "1.0");
}

/** Tornado's tests that a login repeats, by version. */
const LOGINS: readonly (readonly [version: OAuthVersion, names: string])[] = [
  ["1.0", "test_oauth10_redirect, test_oauth10_get_user, test_oauth10_request_parameters"],
  ["1.0a", "test_oauth10a_redirect, test_oauth10a_get_user, test_oauth10a_request_parameters"],
];

for (const [version, names] of LOGINS) {
  test(`OAuthMixin: ${names}: a login, with signed requests and a cookie that ends`, async () => {
    await using provider = new Provider();
    await using site = makeSite(provider, version);
    const redirect = await site.browser.get("/login");
    assertEquals(redirect.headers.get("Location"), `${provider.url}/authorize?oauth_token=zxcv`);
    assertMatch(
      redirect.headers.get("Set-Cookie") ?? "",
      /^_oauth_request_token="enhjdg==\|MTIzNA=="; HttpOnly; Path=\/; SameSite=Lax$/,
    );
    const response = await site.browser.get("/login?oauth_token=zxcv&oauth_verifier=v1");
    assertEquals(response.code, 200);
    assertEquals(site.users, [{ name: "foo", access_token: { ...ACCESS_TOKEN, screen_name: "foo" } }]);
    assertEquals([...site.browser.cookies], []);
    const [first, second] = provider.calls;
    assert(first !== undefined && second !== undefined);
    assertSigned(first, `${provider.url}/request_token`, version, null);
    assertSigned(second, `${provider.url}/access_token`, version, REQUEST_TOKEN);
    assertEquals([second.args.oauth_token, second.args.oauth_verifier], ["zxcv", "v1"]);
  });
}

test("OAuthMixin: the callback is resolved, and out-of-band logins show the URL", async () => {
  await using provider = new Provider();
  await using relative = makeSite(provider, "1.0a", { callbackUri: "done", extraParams: { x_scope: "a b" } });
  const redirect = await relative.browser.get("/login");
  const callback = "http://localhost/done";
  assertEquals(
    redirect.headers.get("Location"),
    `${provider.url}/authorize?oauth_token=zxcv&oauth_callback=${encodeURIComponent(callback)}`,
  );
  assertEquals([provider.calls[0]?.args.oauth_callback, provider.calls[0]?.args.x_scope], [callback, "a b"]);
  await using fixed = makeSite(provider, "1.0a", { callbackUri: "/done" }, { redirectBaseUri: "https://app.example" });
  const { headers } = await fixed.browser.get("/login");
  assertMatch(headers.get("Location") ?? "", /oauth_callback=https%3A%2F%2Fapp\.example%2Fdone$/);
  assertMatch(headers.get("Set-Cookie") ?? "", /; Secure$/);
  await using shown = makeSite(provider, "1.0a", { callbackUri: "oob" });
  assertEquals((await shown.browser.get("/login")).text, `${provider.url}/authorize?oauth_token=zxcv`);
});

test("OAuthMixin: test_oauth10a_redirect_error: refuses answers to no login, and providers without tokens or users", async (t) => {
  await using provider = new Provider();
  await using site = makeSite(provider, "1.0a");
  const refused = async (query: string) => {
    const { code } = await site.browser.get(`/login${query}`);
    assertEquals(code, 403);
    assertEquals([...site.browser.cookies], []);
  };
  await refused("?oauth_token=zxcv");
  await site.browser.get("/login");
  await refused("?oauth_token=other");
  site.browser.cookies.set("_oauth_request_token", "###|###");
  await refused("?oauth_token=zxcv");
  await site.browser.get("/login");
  provider.answers["/access_token"] = "oauth_problem=token_rejected";
  await refused("?oauth_token=zxcv");
  await site.browser.get("/login");
  provider.answers["/access_token"] = "oauth_token=a&oauth_token_secret=b";
  await refused("?oauth_token=zxcv");
  delete provider.answers["/request_token"];
  await refused("");
  assertEquals(site.users, []);
  for (
    const reason of [
      /no login began in this browser$/,
      /the token is that of another login$/,
      /the provider gives no token$/,
      /does not say who the user is$/,
      /answers 401 and gives no token$/,
    ]
  ) t.expectLog("tornado.general", reason);
  t.expectLog("tornado.access", /^403/);
});

test("OAuthMixin: refuses answers of a provider that are no tokens, and tells nothing of them", async (t) => {
  await using provider = new Provider();
  await using site = makeSite(provider, "1.0a");
  const right = provider.answers["/request_token"] ?? "";
  const wrong = [
    "",
    "<html><script>alert(1)</script>",
    '{"oauth_token":"a","oauth_token_secret":"hidden"}',
    "oauth_token=a",
    "oauth_token_secret=hidden",
    "oauth_token=&oauth_token_secret=hidden",
    "oauth_token=a&oauth_token_secret=",
    "OAUTH_TOKEN=a&OAUTH_TOKEN_SECRET=hidden",
    `oauth_token=a&oauth_token_secret=hidden&x=${"x".repeat(2 ** 21)}`,
  ];
  for (const answer of wrong) {
    provider.answers["/request_token"] = answer;
    assertEquals((await site.browser.get("/login")).code, 403);
    provider.answers["/request_token"] = right;
    await site.browser.get("/login");
    provider.answers["/access_token"] = answer;
    assertEquals((await site.browser.get("/login?oauth_token=zxcv&oauth_verifier=hidden")).code, 403);
    assertEquals([...site.browser.cookies], []);
  }
  assertEquals(site.users, []);
  t.expectLog("tornado.general", /the provider gives no token$/);
  t.expectLog("tornado.general", /larger than \d+ bytes$/);
  t.expectLog("tornado.access", /^403/);
  assertEquals(t.logs.filter((record) => /hidden|alert|1234/.test(record.getMessage())), []);
});

test("OAuthMixin: test_oauth10a_get_user_coroutine_exception: an error of the user look-up is the answer", async (t) => {
  await using provider = new Provider();
  await using site = makeSite(provider, "1.0a");
  site.lookUpError = new HTTPError(503);
  await site.browser.get("/login");
  assertEquals((await site.browser.get("/login?oauth_token=zxcv")).code, 503);
  t.expectLog("tornado.access", /^503/);
});

/** The handlers of a site that uses a provider in Twitter's place. */
function twitterBase(url: string, http: AsyncHTTPClient): ReturnType<typeof TwitterMixin<typeof RequestHandler>> {
  return class extends TwitterMixin(RequestHandler) {
    override readonly _OAUTH_REQUEST_TOKEN_URL: string = `${url}/request_token`;
    override readonly _OAUTH_ACCESS_TOKEN_URL: string = `${url}/access_token`;
    override readonly _OAUTH_AUTHORIZE_URL: string = `${url}/authorize`;
    override readonly _OAUTH_AUTHENTICATE_URL: string = `${url}/authenticate`;
    override readonly _TWITTER_BASE_URL: string = url;
    override getAuthHttpClient(): AsyncHTTPClient {
      return http;
    }
  };
}

const TWITTER_SETTINGS: Settings = {
  twitterConsumerKey: CONSUMER.key,
  twitterConsumerSecret: CONSUMER.secret,
};

test("TwitterMixin: test_twitter_redirect, test_twitter_redirect_gen_coroutine", async () => {
  await using provider = new Provider();
  using http = new AsyncHTTPClient({ forceInstance: true });
  const Twitter = twitterBase(provider.url, http);
  class Login extends Twitter {
    override async get(): Promise<void> {
      await this.authorizeRedirect();
    }
  }
  class OldLogin extends Twitter {
    @coroutine
    override *get(): Coroutine {
      yield this.authorizeRedirect();
    }
  }
  const app = new Application([["/login", Login], ["/old", OldLogin]], TWITTER_SETTINGS);
  await using browser = new TestClient(app, { followRedirects: false, requestTimeout: 30 });
  for (const path of ["/login", "/old"]) {
    const { code, headers } = await browser.get(path);
    assertEquals([code, headers.get("Location")], [302, `${provider.url}/authorize?oauth_token=zxcv`]);
    assertMatch(headers.get("Set-Cookie") ?? "", /^_oauth_request_token="enhjdg==\|MTIzNA=="/);
  }
});

test("TwitterMixin: test_twitter_show_user, test_twitter_show_user_error", async () => {
  await using provider = new Provider();
  provider.answers["/users/show/somebody.json"] = '{"name":"Somebody","screen_name":"somebody"}';
  using http = new AsyncHTTPClient({ forceInstance: true });
  class Show extends twitterBase(provider.url, http) {
    override async get(): Promise<void> {
      const path = `/users/show/${this.getArgument("name")}`;
      try {
        this.finish(JSON.stringify(await this.twitterRequest(path, ACCESS_TOKEN)));
      } catch (error) {
        if (!(error instanceof HTTPClientError)) throw error;
        this.setStatus(502);
        this.finish(`Twitter says ${error.code}`);
      }
    }
  }
  const app = new Application([["/show", Show]], { ...TWITTER_SETTINGS, logFunction() {} });
  await using browser = new TestClient(app, { requestTimeout: 30 });
  const show = async (name: string) => (await browser.get(`/show?name=${name}`)).text;
  assertEquals(await show("somebody"), '{"name":"Somebody","screen_name":"somebody"}');
  assertEquals(await show("error"), "Twitter says 401");
});

test("TwitterMixin: test_twitter_authenticate_redirect, test_twitter_get_user: signs requests to the API", async () => {
  await using provider = new Provider();
  using http = new AsyncHTTPClient({ forceInstance: true });
  const { url } = provider;
  class Login extends twitterBase(url, http) {
    override async get(): Promise<void> {
      if (this.getArgument("oauth_token", null) === null) return await this.authenticateRedirect("/done");
      const { username, name, access_token: token } = await this.getAuthenticatedUser();
      const posted = await this.twitterRequest("/statuses/update", token, {
        postArgs: { status: "Tornado & more" },
        args: { trim: "1" },
      });
      this.write({ username, name, posted });
    }
  }
  const app = new Application([["/login", Login]], TWITTER_SETTINGS);
  await using browser = new TestClient(app, { followRedirects: false, requestTimeout: 30 });
  assertEquals((await browser.get("/login")).headers.get("Location"), `${url}/authenticate?oauth_token=zxcv`);
  assertEquals(provider.calls[0]?.args.oauth_callback, "http://localhost/done");
  const { text } = await browser.get("/login?oauth_token=zxcv");
  assertEquals(JSON.parse(text), { username: "foo", name: "Foo", posted: { id: 1 } });
  const [, , verify, update] = provider.calls;
  assert(verify !== undefined && update !== undefined);
  assertSigned(verify, `${url}/account/verify_credentials.json`, "1.0a", ACCESS_TOKEN);
  assertSigned(update, `${url}/statuses/update.json`, "1.0a", ACCESS_TOKEN);
  assertEquals([update.method, update.args.status, update.args.trim], ["POST", "Tornado & more", "1"]);
});

test("TwitterMixin: says which setting is missing", async (t) => {
  class Login extends TwitterMixin(RequestHandler) {
    override async get(): Promise<void> {
      await this.authorizeRedirect();
    }
  }
  await using browser = new TestClient(new Application([["/", Login]]), { raiseServerErrors: false });
  assertEquals((await browser.get("/")).code, 500);
  t.expectLog("tornado.application", /Uncaught exception/);
  t.expectLog("tornado.access", /^500/);
});

// The example in "Creating a signature" of Twitter's documentation.
test("oauthSignature signs the example of Twitter", () => {
  const signature = oauthSignature("1.0a", {
    key: "xvz1evFS4wEEPTGEFPHBog",
    secret: "kAcSOqF21Fu85e7zjz7ZN2U4ZRhfV3WpwPAoE3Z7kBw",
  }, {
    method: "post",
    url: "https://api.twitter.com:443/1.1/statuses/update.json?a=b",
    parameters: {
      status: "Hello Ladies + Gentlemen, a signed OAuth request!",
      include_entities: "true",
      oauth_consumer_key: "xvz1evFS4wEEPTGEFPHBog",
      oauth_nonce: "kYjzVBB8Y0ZFabxSWbWovY3uYSQ2pTgmZeNu2VS4cg",
      oauth_signature_method: "HMAC-SHA1",
      oauth_timestamp: "1318622958",
      oauth_token: "370773112-GmHxMAgYyLbNEtIKZeRNFsMKPR9EyMZeS9weJAEb",
      oauth_version: "1.0",
    },
  }, { key: "", secret: "LswwdoUaIvS8ltyTt5jkRh4J50vUPVVHtR2YPi5kE" });
  assertEquals(signature, "hCtSmYh+iHYCEqBWrE7C7hYmtUk=");
});

test("oauthSignature escapes names and sorts by bytes (RFC 5849 section 3.4.1.3)", () => {
  const sign = (parameters: Record<string, string>) =>
    oauthSignature("1.0a", CONSUMER, { method: "GET", url: "http://a.example", parameters }, null);
  assertEquals(sign({ "c@": "1", "a b": "2", a2: "r b" }), sign({ a2: "r b", "a b": "2", "c@": "1" }));
  assert(sign({ "a=b": "c" }) !== sign({ a: "b=c" }));
  assert(sign({ "a&b": "" }) !== sign({ a: "", b: "" }));
});

test("parseOAuthToken takes the first value of a name, and refuses what is no token", () => {
  assertEquals(parseOAuthToken(utf8("oauth_token=1&oauth_token=2&oauth_token_secret=3&x=")), { key: "1", secret: "3" });
  for (const body of ["", "oauth_token=1", "oauth_token_secret=1", "oauth_token=&oauth_token_secret=1", "{}"]) {
    let message = "";
    try {
      parseOAuthToken(utf8(body));
    } catch (error) {
      message = String(error);
    }
    assertMatch(message, /Login refused: the provider gives no token/);
  }
});
