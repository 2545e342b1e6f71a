import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { AsyncHTTPClient, CookieJar, type HTTPRequestOptions, type HTTPResponse } from "../../src/http/httpclient.ts";
import { Application, RequestHandler } from "../../src/web/mod.ts";
import { CONSUMER, IdentityProvider } from "../support/identity_provider.ts";
import { startProgram } from "../support/program.ts";
import { test } from "../support/test.ts";

/** A browser that does not follow redirects. */
class Browser implements Disposable {
  readonly #http: AsyncHTTPClient = new AsyncHTTPClient({ forceInstance: true });
  readonly #cookies: CookieJar = new CookieJar();

  async go(url: string, options: HTTPRequestOptions = {}): Promise<HTTPResponse> {
    const habits = { cookies: this.#cookies, followRedirects: false, raiseError: false };
    return await this.#http.fetch(url, { ...options, ...habits });
  }

  /** Presses the one button of a page. */
  async press(url: string, page: HTTPResponse): Promise<HTTPResponse> {
    const token = /name="_xsrf" value="([^"]+)"/.exec(page.text)?.[1] ?? "";
    return await this.go(url, { method: "POST", body: new URLSearchParams({ _xsrf: token }).toString() });
  }

  [Symbol.dispose](): void {
    this.#http.close();
  }
}

function target(response: HTTPResponse): string {
  assertEquals(response.code, 302);
  return response.headers.get("Location") ?? "";
}

test("examples/google_auth: the page is for users, who log in at a provider, and log out", async () => {
  await using provider = await IdentityProvider.start();
  await using program = await startProgram("examples/google_auth/main.ts", {
    args: [`--issuer=${provider.issuer}`, `--key=${CONSUMER.key}`, `--secret=${CONSUMER.secret}`],
  });
  using browser = new Browser();
  const site = program.address;
  assertEquals(target(await browser.go(`${site}/`)), "/auth/login?next=%2F");
  const answer = provider.agree(target(await browser.go(`${site}/auth/login?next=%2F`)));
  assertEquals(target(await browser.go(`${site}/auth/login?${answer}`)), "/");
  const page = await browser.go(`${site}/`);
  assertStringIncludes(page.text, "Hello, user-1");
  assertStringIncludes(page.text, "ada@example.com");
  assertEquals((await browser.go(`${site}/auth/logout`, { method: "POST", body: "" })).code, 403);
  assertEquals((await browser.press(`${site}/auth/logout`, page)).headers.get("Location"), "/bye");
  assertStringIncludes((await browser.go(`${site}/bye`)).text, "You are logged out");
  assertEquals((await browser.go(`${site}/`)).code, 302);
});

test("examples/facebook: the posts of a user, whose token is in no cookie", async () => {
  class Graph extends RequestHandler {
    override prepare(): void {
      const { path, headers } = this.request;
      if (path === "/oauth/access_token") this.finish({ access_token: "EAAB", token_type: "bearer" });
      else if (headers.get("Authorization") !== "Bearer EAAB") this.sendError(401);
      else if (path === "/me") this.finish({ id: "10", name: "Ada <b>" });
      else this.finish({ data: [{ message: "Tea & cake", created_time: "2026-11-29T12:00:00" }, { story: "x" }, 7] });
    }
  }
  const app = new Application([["/.*", Graph]], { logFunction() {} });
  await using facebook = app.listen(0, { address: "127.0.0.1" });
  const graph = `http://127.0.0.1:${facebook.port}`;
  await using program = await startProgram("examples/facebook/main.ts", {
    args: [`--graph=${graph}`, `--dialog=${graph}/dialog`, "--key=app", "--secret=shh"],
  });
  using browser = new Browser();
  const site = program.address;
  const url = new URL(target(await browser.go(`${site}/auth/login?next=%2F`)));
  assertEquals(url.searchParams.get("redirect_uri"), `${site}/auth/login`);
  const entered = await browser.go(`${site}/auth/login?code=1&state=${url.searchParams.get("state")}`);
  assertEquals(target(entered), "/");
  for (const cookie of entered.headers.getList("Set-Cookie")) {
    assert(!cookie.includes(btoa("EAAB").slice(0, 5)), cookie);
  }
  const page = await browser.go(`${site}/`);
  assertStringIncludes(page.text, "Posts of Ada &lt;b&gt;");
  assertStringIncludes(page.text, "<p>Tea &amp; cake</p>");
  assertEquals(page.text.match(/<li>/g)?.length, 1);
  assertEquals((await browser.press(`${site}/auth/logout`, page)).headers.get("Location"), "/bye");
  assertMatch(target(await browser.go(`${site}/`)), /^\/auth\/login/);
});
