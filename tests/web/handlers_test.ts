import { assertEquals, assertMatch } from "@std/assert";
import {
  addslash,
  Application,
  ErrorHandler,
  RedirectHandler,
  removeslash,
  RequestHandler,
  type RuleList,
} from "../../src/web/mod.ts";
import { ask, type FakeConnection } from "../support/fake_connection.ts";
import { test } from "../support/test.ts";

function site(pattern: string, handler: typeof RequestHandler, kwargs: object = {}): Application {
  const rules: RuleList = [[pattern, handler, kwargs]];
  return new Application(rules, { logFunction() {} });
}

function moved({ status, headers }: FakeConnection): [number, string | null] {
  return [status, headers.get("Location")];
}

test("ErrorHandler answers every method with its status", () => {
  const app = site("/.*", ErrorHandler, { statusCode: 410 });
  for (const method of ["GET", "POST", "DELETE"]) assertEquals(ask(app, "/x", { method }).status, 410);
});

test("RedirectHandler puts groups into its URL, and adds the query", () => {
  const to = (pattern: string, url: string, path: string) => moved(ask(site(pattern, RedirectHandler, { url }), path));
  assertEquals(to("/a", "/b", "/a"), [301, "/b"]);
  assertEquals(to("/(.*?)/(.*?)/(.*)", "/{1}/{0}/{2}", "/a/b/c"), [301, "/b/a/c"]);
  assertEquals(to("/(.*?)/(.*)", "/{}-{}", "/a/b"), [301, "/a-b"]);
  assertEquals(to("/(?P<x>.*)", "/n/{x}", "/a"), [301, "/n/a"]);
  assertEquals(to("/a(b)?", "/c{0}", "/a"), [301, "/c"]);
  assertEquals(to("/a", "/{{b}}", "/a"), [301, "/{b}"]);
  assertEquals(to("/a", "/b", "/a?x=1&y=a%20b"), [301, "/b?x=1&y=a%20b"]);
  assertEquals(to("/a", "/b?z=2#top", "/a?x=1"), [301, "/b?z=2&x=1#top"]);
  assertEquals(to("/a", "https://example.com/", "/a?x=\xe9"), [301, "https://example.com/?x=%E9"]);
});

test("RedirectHandler encodes again what was decoded", () => {
  const app = site("/(.*)", RedirectHandler, { url: "/x/{0}" });
  assertEquals(moved(ask(app, "/a%20b%0d%0aX:%20y")), [301, "/x/a%20b%0D%0AX:%20y"]);
  assertEquals(moved(ask(app, "/%C3%A9%3F%23%25/;=&")), [301, "/x/%C3%A9%3F%23%25/;=&"]);
  assertEquals(moved(ask(site("/", RedirectHandler, { url: "/größe" }), "/")), [301, "/gr%C3%B6%C3%9Fe"]);
});

test("RedirectHandler lets no group make another host of a path", (t) => {
  t.expectLog(
    "tornado.general",
    /^403 GET .* Cannot redirect to \S+: groups of the path changed its scheme or host$/,
  );
  const to = (pattern: string, url: string, path: string) => moved(ask(site(pattern, RedirectHandler, { url }), path));
  assertEquals(to("/old/(.*)", "/{0}", "/old//evil.example/x"), [403, null]);
  assertEquals(to("/old/(.*)", "/{0}", "/old/%2Fevil.example/x"), [403, null]);
  assertEquals(to("/old(/.*)", "{0}", "/old//evil.example/x"), [403, null]);
  assertEquals(to("/old/(.*)", "{0}", "/old/https://evil.example/x"), [403, null]);
  assertEquals(to("/old/(?P<to>.*)", "{to}", "/old/javascript:alert(1)"), [403, null]);
  assertEquals(to("/old/(.*)", "https://{0}.example/", "/old/evil.com%2F"), [403, null]);
  assertEquals(to("/old/(.*)", "https://{0}.example/", "/old/shop?a=b"), [301, "https://shop.example/?a=b"]);
  assertEquals(to("/old(/.*)", "https://example.com{0}", "/old/a"), [301, "https://example.com/a"]);
  assertEquals(to("/old(.*)", "https://example.com{0}", "/old.evil.com/a"), [403, null]);
  assertEquals(to("/old/(.*)", "/new/{0}", "/old//evil.example/x"), [301, "/new//evil.example/x"]);
  assertEquals(to("/old/(.*)", "//example.com/{0}", "/old/x"), [301, "//example.com/x"]);
});

test("RedirectHandler may be temporary, and answers GET only", () => {
  const app = site("/", RedirectHandler, { url: "/b", permanent: false });
  assertEquals(moved(ask(app, "/")), [302, "/b"]);
  assertEquals(ask(app, "/", { method: "POST" }).status, 405);
});

test("RedirectHandler with a URL that asks for what is not there is an error", (t) => {
  t.expectLog("tornado.application", /^Uncaught exception GET/);
  for (const url of ["/{0}", "/{x}", "/{", "/}", "/{toString}", "/{0!r}"]) {
    assertEquals(ask(site("/", RedirectHandler, { url }), "/").status, 500, url);
  }
  assertMatch(t.logs.map(({ excInfo }) => excInfo?.message).join("\n"), /there is no group "0"\n.*no group "x"/);
});

class Slashes extends RequestHandler {
  @removeslash
  override get(): void {
    this.write("get");
  }
  @removeslash
  override async head(): Promise<void> {
    await this.finish();
  }
  @removeslash
  override post(): void {
    this.write("post");
  }
  @addslash
  override put(): void {
    this.write("put");
  }
}

class Adding extends RequestHandler {
  @addslash
  override get(group: string): void {
    this.write(`get ${group}`);
  }
}

test("removeslash redirects GET and HEAD, and answers other methods with 404", () => {
  const app = site(".*", Slashes);
  assertEquals(moved(ask(app, "/a//?b=c")), [301, "/a?b=c"]);
  assertEquals(moved(ask(app, "/a/", { method: "HEAD" })), [301, "/a"]);
  assertEquals([ask(app, "/a").body, ask(app, "/").body, ask(app, "///").body], ["get", "get", "get"]);
  assertEquals(ask(app, "/a/", { method: "POST" }).status, 404);
  assertEquals(ask(app, "/a", { method: "POST" }).body, "post");
});

test("addslash redirects GET and HEAD, and answers other methods with 404", () => {
  const app = site("(.*?)/?", Adding);
  assertEquals(moved(ask(app, "/a?b=c")), [301, "/a/?b=c"]);
  assertEquals(ask(app, "/a/").body, "get /a");
  assertEquals(ask(site(".*", Slashes), "/a", { method: "PUT" }).status, 404);
  assertEquals(ask(site(".*", Slashes), "/a/", { method: "PUT" }).body, "put");
});

test("removeslash and addslash do not redirect to another host", (t) => {
  t.expectLog("tornado.general", /^403 GET \/\/evil\.example\/a\/ .*two initial slashes$/);
  t.expectLog("tornado.general", /^403 GET \/\/evil\.example .*two initial slashes$/);
  assertEquals(ask(site(".*", Slashes), "//evil.example/a/").status, 403);
  assertEquals(ask(site("(.*)", Adding), "//evil.example").status, 403);
  // Browsers take a backslash for a slash.
  t.expectLog("tornado.general", /^403 GET \/\\evil\.example\/ .*two initial slashes$/);
  t.expectLog("tornado.general", /^403 GET \/\\evil\.example .*two initial slashes$/);
  assertEquals(ask(site(".*", Slashes), "/\\evil.example/").status, 403);
  assertEquals(ask(site("(.*)", Adding), "/\\evil.example").status, 403);
});
