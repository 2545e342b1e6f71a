import { assert, assertEquals, assertMatch, assertStrictEquals, assertThrows } from "@std/assert";
import { type HTTPHeaders, HTTPServerRequest } from "../../src/http/httputil.ts";
import { accessLog, INFO } from "../../src/util/log.ts";
import {
  Application,
  type ApplicationOptions,
  type FirstChunk,
  OutputTransform,
  RequestHandler,
  type RuleList,
  StaticFileHandler,
  url,
} from "../../src/web/mod.ts";
import { HostMatches, ReversibleRuleRouter, RuleRouter } from "../../src/web/routing.ts";
import { answered, ask, FakeConnection } from "../support/fake_connection.ts";
import { test } from "../support/test.ts";

/** Answers with the name its rule gives it. */
class Named extends RequestHandler {
  #name = "nobody";
  override initialize({ name }: { name?: string }): void {
    this.#name = name ?? "nameless";
  }
  override get(...groups: string[]): void {
    this.write([this.#name, ...groups].join(" "));
  }
}

function site(rules: RuleList, options: ApplicationOptions = {}): Application {
  return new Application(rules, { logFunction() {}, ...options });
}

test("Application takes tuples, rules, nested lists and other applications", () => {
  const other = site([["/other", Named, { name: "other" }]]);
  const app = site([
    ["/", Named],
    ["/story/([0-9]+)", Named, { name: "story" }, "story"],
    url("/url", Named, { kwargs: { name: "url" } }),
    [new HostMatches("admin\\..*"), [["/x", Named, { name: "admin x" }], ["/y/(.)", Named, { name: "admin y" }]]],
    ["/x", Named, { name: "x" }],
    ["/other", other],
    [new URLPattern({ pathname: "/pattern/*" }), Named, { name: "pattern" }],
    ["/function", (request: HTTPServerRequest) => void request.connection?.finish()],
  ]);
  const body = (path: string, host = "localhost") => ask(app, path, { headers: { Host: host } }).body;
  assertEquals(["/", "/story/7", "/url", "/x", "/other", "/pattern/p"].map((path) => body(path)), [
    "nameless",
    "story 7",
    "url",
    "x",
    "other",
    "pattern p",
  ]);
  assertEquals([body("/x", "admin.example.com"), body("/y/1", "admin.local:80")], ["admin x", "admin y 1"]);
  assertEquals(ask(app, "/function").finished, true);
});

test("Application answers what no rule matches with a 404 page", () => {
  const connection = ask(site([]), "/nowhere");
  assertEquals(connection.status, 404);
  assertEquals(connection.body, "<html><title>404: Not Found</title><body>404: Not Found</body></html>");
  assertEquals(ask(site([]), "/nowhere", { method: "POST", body: "x" }).status, 404);
});

test("the setting defaultHandlerClass answers what no rule matches", () => {
  const app = site([], { defaultHandlerClass: Named, defaultHandlerArgs: { name: "default" } });
  assertEquals(ask(app, "/nowhere").body, "default");
  assertEquals(ask(site([], { defaultHandlerClass: Named }), "/nowhere").body, "nameless");
});

test("Application refuses targets that could not answer, when it is made", () => {
  class NoHandler {}
  const build = (target: unknown) => () => Reflect.construct(Application, [[["/x", target]]]);
  for (const target of [NoHandler, {}, "web.MainHandler", undefined, null, 7]) {
    assertThrows(build(target), TypeError);
  }
  for (const target of [NoHandler, undefined, null]) {
    assertThrows(build(target), TypeError, "must be a RequestHandler class");
  }
  assertThrows(build(undefined), TypeError, "undefined while both load");
  assertThrows(() => site([["/(", Named]]), SyntaxError, "Cannot use the pattern");
});

test("Application.addHandlers() puts rules for hosts before those for all", () => {
  const app = site([["/", Named, { name: "all" }], ["/rest", Named, { name: "rest" }]]);
  app.addHandlers("www\\.a\\.com", [["/", Named, { name: "first" }]]);
  app.addHandlers(/.*\.a\.com$/, [["/", Named, { name: "second" }], ["/two", Named, { name: "two" }]]);
  const body = (host: string, path = "/") => ask(app, path, { headers: { Host: host } }).body;
  assertEquals([body("WWW.a.com:80"), body("x.a.com"), body("b.com")], ["first", "second", "all"]);
  assertEquals([body("www.a.com", "/two"), body("www.a.com", "/rest")], ["two", "rest"]);
});

test("the option defaultHost stands in for unknown hosts, not behind a proxy", () => {
  const app = site([["/all", Named, { name: "all" }]], { defaultHost: "www.a.com" });
  app.addHandlers("www\\.a\\.com", [["/", Named, { name: "a" }]]);
  assertEquals(app.defaultHost, "www.a.com");
  assertEquals(ask(app, "/").body, "a");
  assertEquals(ask(app, "/", { headers: { "X-Real-Ip": "1.2.3.4" } }).status, 404);
  assertEquals("defaultHost" in app.settings, false);
});

test("Application.reverseUrl() finds names in all its routers", () => {
  const app = site([
    ["/a/(.*)/(.*)", Named, {}, "a"],
    ["/.*", [["/b", Named, {}, "b"]]],
    ["/.*", new ReversibleRuleRouter([["/c/(?P<x>.)", Named, {}, "c"]])],
  ]);
  app.addHandlers("www\\..*", [["/host", Named, {}, "host"]]);
  assertEquals(app.reverseUrl("a", 1, "x y"), "/a/1/x%20y");
  assertEquals([app.reverseUrl("b"), app.reverseUrl("c", { x: 1 }), app.reverseUrl("host")], ["/b", "/c/1", "/host"]);
  assertThrows(() => app.reverseUrl("d"), RangeError, "d not found in named urls");
  assertThrows(() => app.reverseUrl("a", 1), TypeError, "expected 2 arguments, got 1");
});

test("the setting debug sets what is not set", () => {
  assertEquals(site([], { debug: true }).settings.serveTraceback, true);
  const { settings } = new Application([], { debug: true, autoreload: false });
  assertEquals(settings, {
    debug: true,
    autoreload: false,
    compiledTemplateCache: false,
    staticHashCache: false,
    serveTraceback: true,
  });
  assertEquals(new Application().settings, {});
});

test("Application.logRequest() writes to tornado.access, by status", (t) => {
  t.expectLog("tornado.access", /^404 GET \/404\?a=b \(127\.0\.0\.1\) \d+\.\d\dms$/);
  t.expectLog("tornado.access", /^500 GET \/500 \(127\.0\.0\.1\) \d+\.\d\dms$/);
  class Status extends RequestHandler {
    override get(status: string): void {
      this.setStatus(Number(status));
    }
  }
  const app = new Application([["/(\\d+)", Status]]);
  for (const path of ["/200", "/302", "/404?a=b", "/500"]) ask(app, path);
  assertEquals(t.logs.map(({ name, levelname }) => `${name} ${levelname}`), [
    "tornado.access INFO",
    "tornado.access INFO",
    "tornado.access WARNING",
    "tornado.access ERROR",
  ]);
});

test("Application.logRequest() looks at no clock where nobody listens", () => {
  const { level } = accessLog;
  accessLog.level = INFO + 1;
  let asked = 0;
  class Timed extends HTTPServerRequest {
    override requestTime(): number {
      asked++;
      return super.requestTime();
    }
  }
  try {
    const app = new Application();
    app.logRequest(new RequestHandler(app, new Timed()));
    assertEquals(asked, 0);
  } finally {
    accessLog.level = level;
  }
});

test("the setting logFunction takes the place of the access log", (t) => {
  const seen: string[] = [];
  const app = new Application([["/", Named]], {
    logFunction: (handler: RequestHandler) => void seen.push(`${handler.getStatus()} ${handler.request.uri}`),
  });
  ask(app, "/");
  ask(app, "/x");
  assertEquals([seen, t.logs.length], [["200 /", "404 /x"], 0]);
});

test("Application.logRequest() may be overridden", () => {
  const seen: number[] = [];
  class Logging extends Application {
    override logRequest(handler: RequestHandler): void {
      seen.push(handler.getStatus());
    }
  }
  ask(new Logging(), "/");
  assertEquals(seen, [404]);
});

test("Application.handle() answers a request made by hand", async () => {
  const connection = new FakeConnection();
  await site([["/a", Named, { name: "a" }]]).handle(new HTTPServerRequest({ connection, uri: "/a?b" }));
  assertEquals(connection.body, "a");
});

test("transforms change a response on its way out, the first chunk and the others", () => {
  const seen: unknown[] = [];
  class Shout extends OutputTransform {
    override transformFirstChunk(
      code: number,
      headers: HTTPHeaders,
      chunk: Uint8Array<ArrayBuffer>,
      end: boolean,
    ): FirstChunk {
      seen.push([new TextDecoder().decode(chunk), end]);
      headers.set("X-Shout", "1");
      if (headers.has("Content-Length")) headers.set("Content-Length", String(chunk.length + 1));
      return [code === 404 ? 410 : code, headers, this.transformChunk(chunk, end)];
    }
    override transformChunk(chunk: Uint8Array<ArrayBuffer>, end: boolean): Uint8Array<ArrayBuffer> {
      return end ? new Uint8Array([...chunk, 0x21]) : chunk;
    }
  }
  class Flushing extends RequestHandler {
    override get(): void {
      this.write("a");
      this.flush();
      this.write("b");
    }
  }
  const app = site([["/", Named, { name: "x" }], ["/flush", Flushing]], { transforms: [Shout] });
  app.addTransform(OutputTransform);
  assertEquals(app.transforms, [Shout, OutputTransform]);
  const whole = ask(app, "/");
  assertEquals([whole.body, whole.headers.get("Content-Length"), whole.headers.get("X-Shout")], ["x!", "2", "1"]);
  assertEquals(ask(app, "/flush").body, "ab!");
  const gone = ask(app, "/nowhere");
  assertEquals([gone.status, gone.reason], [410, "Gone"]);
  const head = ask(app, "/", { method: "HEAD" });
  assertEquals([head.status, head.body], [405, ""]);
  assertEquals(seen[0], ["x", true]);
  assertEquals(seen[1], ["a", false]);
});

test("ETag: equal bodies have equal ones, and a client that has it gets 304", () => {
  class Page extends RequestHandler {
    override get(): void {
      this.setHeader("X-A", "1");
      this.write("Hello, world");
    }
    override head(): void {
      this.get();
    }
    override post(): void {
      this.get();
    }
  }
  class Pieces extends Page {
    override get(): void {
      this.write(new TextEncoder().encode("Hello, "));
      this.write("world");
    }
  }
  const app = site([["/", Page], ["/pieces", Pieces]]);
  const etag = ask(app, "/").headers.get("Etag") ?? "";
  assertMatch(etag, /^"[0-9a-f]{40}"$/);
  assertEquals(ask(app, "/pieces").headers.get("Etag"), etag);
  assertEquals(ask(app, "/", { method: "POST" }).headers.get("Etag"), null);
  const status = (ifNoneMatch: string, method = "GET") => {
    return ask(app, "/", { method, headers: { "If-None-Match": ifNoneMatch } }).status;
  };
  const matching = [etag, `W/${etag}`, `"a", ${etag}`, `"a",W/${etag}`, "*", '*, "a"', `garbage ${etag}`];
  assertEquals(matching.map((value) => status(value)), matching.map(() => 304));
  const others = ['"a"', '"a", *', "", etag.slice(1), etag.toUpperCase(), "W/", '"', etag.slice(0, -1)];
  assertEquals(others.map((value) => status(value)), others.map(() => 200));
  assertEquals([status(etag, "HEAD"), status(etag, "POST")], [304, 200]);
  const notModified = ask(app, "/", { headers: { "If-None-Match": etag } });
  assertEquals([notModified.body, notModified.headers.get("Etag"), notModified.headers.get("X-A")], ["", etag, "1"]);
  assertEquals(notModified.headers.has("Content-Length"), false);
});

test("ETag: of other statuses, of flushed responses, or where the handler sets or denies one", () => {
  class Etags extends RequestHandler {
    override get(kind: string): void {
      if (kind === "created") this.setStatus(201);
      if (kind === "own") this.setHeader("Etag", '"own"');
      this.write("x");
      if (kind === "flushed") this.flush();
    }
    override computeEtag(): string | null {
      return this.request.path === "/none" ? null : this.request.path === "/weak" ? 'W/"1"' : super.computeEtag();
    }
  }
  const app = site([["/(.*)", Etags]]);
  const etag = (path: string) => ask(app, path).headers.get("Etag");
  assertEquals(["/created", "/own", "/none", "/weak", "/flushed"].map(etag), [null, '"own"', null, 'W/"1"', null]);
  assertEquals(ask(app, "/weak", { headers: { "If-None-Match": '"1"' } }).status, 304);
  // What the handler has set it answers for itself.
  assertEquals(ask(app, "/own", { headers: { "If-None-Match": '"own"' } }).status, 200);
});

test("Application is a router, and may be a target of another", () => {
  const inner = site([["/a", Named, { name: "inner" }]]);
  assertEquals(ask(new RuleRouter([["/.*", inner]]), "/a").body, "inner");
  assert(inner.defaultRouter.rules.length === 1);
  assertStrictEquals(inner.defaultRouter.rules[0]?.target, inner.wildcardRouter);
});

test("Application.fetch answers a Request, also without its application", async () => {
  const { fetch } = site([["/(.*)", Named, { name: "x" }]]);
  const response = await fetch(new Request("http://localhost/a%20b"));
  assertEquals([response.status, await response.text()], [200, "x a b"]);
});

for (const engine of ["listen", "serve"] as const) {
  test(`Application.listen() serves on the ${engine} engine`, async () => {
    const app = site([["/(.*)", Named, { name: engine }]]);
    const options = { address: "127.0.0.1" };
    await using server = engine === "serve"
      ? app.listen(0, { engine, ...options })
      : app.listen(0, { engine, ...options });
    const response = await fetch(`http://127.0.0.1:${server.port}/x`);
    assertEquals([response.status, await response.text()], [200, `${engine} x`]);
  });
}

test("Application refuses handlers that are named by a string, and a default handler that is none", () => {
  const rules = (target: unknown) => {
    const list: RuleList = JSON.parse(JSON.stringify([["/", target]]));
    return list;
  };
  for (const make of [() => new Application(rules("app.Home")), () => new Application([["/x", rules("app.Home")]])]) {
    assertThrows(make, TypeError, 'Cannot find a handler by the name "app.Home": import the class');
  }
  const list = rules("app.Home");
  assertThrows(() => new RuleRouter(list), TypeError, 'Cannot find a handler by the name "app.Home"');
  for (const defaultHandlerClass of ["app.Home", class {}, {}]) {
    const settings = Object.assign({}, { debug: true });
    Object.assign(settings, { defaultHandlerClass });
    assertThrows(() => new Application([], settings), TypeError, "The setting defaultHandlerClass must be a handler");
  }
});

test("Application calls reset() of its static handler before each request, if staticHashCache is false", async () => {
  const calls: string[] = [];
  class Static extends StaticFileHandler {
    static override reset(): void {
      calls.push("reset");
      super.reset();
    }
  }
  class Page extends RequestHandler {
    override initialize(): void {
      calls.push("page");
    }
    override get(): void {}
  }
  for (const settings of [{ staticHashCache: false }, { debug: true }, {}, { debug: true, staticHashCache: true }]) {
    const app = new Application([["/", Page]], { logFunction() {}, staticHandlerClass: Static, ...settings });
    for (let request = 0; request < 2; request++) await answered(ask(app, "/"));
    calls.push(".");
  }
  const twice = ["reset", "page", "reset", "page", "."];
  assertEquals(calls, [...twice, ...twice, "page", "page", ".", "page", "page", "."]);
});
