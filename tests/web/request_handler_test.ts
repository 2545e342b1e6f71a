import { assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { createHash } from "node:crypto";
import { HTTPServerRequest } from "../../src/http/httputil.ts";
import { IOStream } from "../../src/net/iostream.ts";
import { version } from "../../src/internal/version.ts";
import {
  Application,
  HTTPError,
  RequestHandler,
  type RequestHandlerClass,
  type RuleList,
  type Settings,
} from "../../src/web/mod.ts";
import { settled } from "../support/fake_clock.ts";
import { ask, FakeConnection, type FakeRequest } from "../support/fake_connection.ts";
import { test } from "../support/test.ts";

/** Answers GET (and with `verbs` other methods) by a function of the handler. */
function app(
  answer: (handler: RequestHandler) => unknown,
  settings: Settings = {},
): Application {
  class Handler extends RequestHandler {
    #answer(): void | Promise<void> {
      const result = answer(this);
      if (result instanceof Promise) return result;
    }
    override get(): void | Promise<void> {
      return this.#answer();
    }
    override post(): void | Promise<void> {
      return this.#answer();
    }
    override head(): void | Promise<void> {
      return this.#answer();
    }
  }
  return site([["/.*", Handler]], settings);
}

/** An application whose access lines are not written: half of the tests here end in a warning. */
function site(rules: RuleList, settings: Settings = {}): Application {
  return new Application(rules, { logFunction() {}, ...settings });
}

/** What a request to `answer` gets. */
function answerOf(answer: (handler: RequestHandler) => unknown, request: FakeRequest = {}): FakeConnection {
  return ask(app(answer), "/", request);
}

test("RequestHandler answers in one call, in the same turn, with Tornado's headers", () => {
  const connection = answerOf((handler) => handler.write("Hello, world"));
  assertEquals(connection.calls, ["respond"]);
  assertEquals([connection.status, connection.reason, connection.body], [200, "OK", "Hello, world"]);
  assertEquals([...connection.headers.keys()], ["Server", "Content-Type", "Date", "Etag", "Content-Length"]);
  assertEquals(connection.headers.get("Server"), `TwisterServer/${version}`);
  assertEquals(connection.headers.get("Content-Type"), "text/html; charset=UTF-8");
  assertEquals(connection.headers.get("Content-Length"), "12");
  const digest = createHash("sha1").update("Hello, world").digest("hex");
  assertEquals(connection.headers.get("Etag"), `"${digest}"`);
  const age = Date.now() - Date.parse(connection.headers.get("Date") ?? "");
  assertEquals(age >= 0 && age < 60_000, true);
});

test("RequestHandler answers methods that its class has not with 405 and Allow", () => {
  const methods = ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "get", "CONNECT"];
  for (const method of methods) {
    const connection = ask(app(() => {}), "/", { method });
    assertEquals([connection.status, connection.headers.get("Allow")], [405, "GET, HEAD, POST"], method);
    assertEquals(
      connection.body,
      "<html><title>405: Method Not Allowed</title><body>405: Method Not Allowed</body></html>",
    );
  }
});

test("RequestHandler does not derive HEAD from GET", () => {
  class GetOnly extends RequestHandler {
    override get(): void {}
  }
  const connection = ask(site([["/", GetOnly]]), "/", { method: "HEAD" });
  assertEquals([connection.status, connection.headers.get("Allow"), connection.body], [405, "GET", ""]);
});

test("RequestHandler.SUPPORTED_METHODS adds and takes away methods", () => {
  class Dav extends RequestHandler {
    static override SUPPORTED_METHODS = ["PROPFIND", "GET"];
    override get(): void {}
    override post(): void {}
    propfind(): void {
      this.write("found");
    }
  }
  const dav = site([["/", Dav]]);
  assertEquals(ask(dav, "/", { method: "PROPFIND" }).body, "found");
  const post = ask(dav, "/", { method: "POST" });
  assertEquals([post.status, post.headers.get("Allow")], [405, "PROPFIND, GET"]);
});

test("RequestHandler passes unnamed groups one after another", () => {
  class Handler extends RequestHandler {
    override get(a: string, b: string | null, c: string): void {
      this.write(JSON.stringify([a, b, c, this.pathArgs, this.pathKwargs]));
    }
  }
  const connection = ask(site([["/(.)(x)?/(.*)", Handler]]), "/a/%C3%A9+");
  assertEquals(connection.body, JSON.stringify(["a", null, "é+", ["a", null, "é+"], {}]));
});

test("RequestHandler passes named groups as one object", () => {
  class Handler extends RequestHandler {
    override get({ year, slug }: { year: string; slug: string }): void {
      this.write(JSON.stringify([year, slug, this.pathArgs, this.pathKwargs]));
    }
  }
  const connection = ask(site([["/(?P<year>\\d+)/(?P<slug>.*)", Handler]]), "/2024/a%20b");
  assertEquals(connection.body, JSON.stringify(["2024", "a b", [], { year: "2024", slug: "a b" }]));
});

test("RequestHandler answers a path that is not UTF-8 with 400", (t) => {
  t.expectLog("tornado.general", /^400 GET \/%ff \(127\.0\.0\.1\): Invalid unicode in url: b'\\xff'$/);
  t.expectLog(
    "tornado.general",
    /^400 GET \/n\/%ff%22%27%0a \(127\.0\.0\.1\): Invalid unicode in name: b'\\xff"\\'\\n'$/,
  );
  class Handler extends RequestHandler {}
  const groups = site([["/(?!n/)(.*)", Handler], ["/n/(?P<name>.*)", Handler]]);
  assertEquals(ask(groups, "/%ff").status, 400);
  assertEquals(ask(groups, "/n/%ff%22%27%0a").status, 400);
});

test("RequestHandler.decodeArgument() decodes groups and arguments of an overriding handler", () => {
  class Latin1 extends RequestHandler {
    override decodeArgument(value: Uint8Array<ArrayBuffer>, name?: string): string {
      return `${name}:${String.fromCharCode(...value)}`;
    }
    override get(group: string): void {
      this.write(JSON.stringify([group, this.getArgument("a")]));
    }
  }
  const connection = ask(site([["/(.*)", Latin1]]), "/plain?a=%e9");
  assertEquals(connection.body, JSON.stringify(["undefined:plain", "a:é"]));
});

test("RequestHandler.initialize() gets the rule's arguments, after the fields of the class are there", () => {
  class Handler extends RequestHandler {
    database = "none";
    override setDefaultHeaders(): void {
      this.setHeader("X-Database", this.database);
    }
    override initialize({ database, suffix = "!" }: { database: string; suffix?: string }): void {
      this.database = database + suffix;
    }
    override get(): void {
      this.write(this.database);
    }
  }
  const connection = ask(site([["/", Handler, { database: "db" }]]), "/");
  assertEquals([connection.body, connection.headers.get("X-Database")], ["db!", "none"]);
});

test("RequestHandler.kwargs are the rule's arguments, and there before the fields of the class", () => {
  class Base extends RequestHandler {
    declare readonly kwargs: { database: string };
  }
  class Handler extends Base {
    readonly database: string = this.kwargs.database;
    override initialize(kwargs: object): void {
      assertStrictEquals(kwargs, this.kwargs);
    }
    override get(): void {
      this.write(this.database);
    }
  }
  assertEquals(ask(site([["/", Handler, { database: "db" }]]), "/").body, "db");
  const nested: RuleList = [["/n/.*", [["/n/a", Handler, { database: "nested" }]]]];
  assertEquals(ask(site(nested), "/n/a").body, "nested");
});

test("RequestHandler.kwargs that a constructor does not pass on are an error that says so", (t) => {
  t.expectLog("tornado.application", /^Uncaught exception GET \/with/);
  class Loses extends RequestHandler {
    constructor(application: Application, request: HTTPServerRequest) {
      super(application, request);
    }
    override initialize(_kwargs: object): void {}
    override get(): void {
      this.write("answered");
    }
  }
  class Passes extends Loses {
    override readonly kwargs: { more: number };
    constructor(application: Application, request: HTTPServerRequest, kwargs?: object) {
      super(application, request);
      this.kwargs = { more: 1, ...kwargs };
    }
  }
  const rules: RuleList = [["/with", Loses, { a: 1 }], ["/without", Loses], ["/empty", Loses, {}], ["/own", Passes, {
    a: 1,
  }]];
  const lossy = new Application(rules, { logFunction() {} });
  assertEquals(["/with", "/without", "/empty", "/own"].map((path) => ask(lossy, path).status), [500, 200, 200, 200]);
  const [error] = t.logs.flatMap(({ excInfo }) => excInfo ?? []);
  assertEquals(error.message, "Loses loses the arguments of its rule: call super(application, request, kwargs)");
});

test("RequestHandler.kwargs of a rule without arguments are an empty object that cannot change", () => {
  const connection = answerOf((handler) => {
    handler.write({ keys: Object.keys(handler.kwargs), frozen: Object.isFrozen(handler.kwargs) });
  });
  assertEquals(connection.body, '{"keys":[],"frozen":true}');
});

test("RequestHandler.kwargs of the default handler are the setting defaultHandlerArgs", () => {
  class Default extends RequestHandler {
    declare readonly kwargs: { text: string };
    override get(): void {
      this.write(this.kwargs.text);
    }
  }
  const settings = { defaultHandlerClass: Default, defaultHandlerArgs: { text: "default" } };
  assertEquals(ask(site([], settings), "/x").body, "default");
});

test("RequestHandler.getBodyText() and getBodyJson() read the body whatever its type is", () => {
  const bodies = ['{"a":[1,"é"]}', "null", " 1 ", '"\\u0000"'];
  for (const body of bodies) {
    const read = answerOf((handler) => handler.write({ text: handler.getBodyText(), json: handler.getBodyJson() }), {
      method: "POST",
      body,
      headers: { "Content-Type": "text/plain" },
    });
    assertEquals(JSON.parse(String(read.body)), { text: body, json: JSON.parse(body) });
  }
  assertEquals(answerOf((handler) => handler.write(`<${handler.getBodyText()}>`), { method: "POST" }).body, "<>");
});

test("HTTPServerRequest.text() and json() read the body, and answer 400 if it is neither", (t) => {
  t.expectLog("tornado.general", /^400 POST .*: Body is not UTF-8$/);
  t.expectLog("tornado.general", /^400 POST .*: Body is not JSON$/);
  const text = (body: NonNullable<FakeRequest["body"]>) =>
    answerOf((handler) => handler.write(handler.request.text()), { method: "POST", body });
  const json = (body: NonNullable<FakeRequest["body"]>) =>
    answerOf((handler) => handler.write({ is: handler.request.json() }), { method: "POST", body });
  assertEquals([text("é").body, text("").body], ["é", ""]);
  assertEquals(json(' [1, "é"] ').body, '{"is":[1,"é"]}');
  const refused = [text(new Uint8Array([0xc3])), json(new Uint8Array([0xc3])), json(""), json("{")];
  assertEquals(refused.map(({ status }) => status), [400, 400, 400, 400]);
});

test("RequestHandler.settings are those of the application", () => {
  const connection = ask(app((handler) => handler.write(String(handler.settings.loginUrl)), { loginUrl: "Blog" }), "/");
  assertEquals(connection.body, "Blog");
});

test("RequestHandler.clear() starts over, with the default headers", () => {
  class Handler extends RequestHandler {
    override setDefaultHeaders(): void {
      this.setHeader("Server", "own");
    }
    override get(): void {
      this.setStatus(404);
      this.setHeader("X-A", "1");
      this.write("first");
      this.clear();
      this.write("second");
    }
  }
  const connection = ask(site([["/", Handler]]), "/");
  assertEquals([connection.status, connection.reason, connection.body], [200, "OK", "second"]);
  assertEquals([connection.headers.get("Server"), connection.headers.has("X-A")], ["own", false]);
});

test("RequestHandler.setStatus() takes the usual reason, a legal one, or says Unknown", () => {
  const reasons: [number, string | undefined, string][] = [
    [404, undefined, "Not Found"],
    [413, undefined, "Request Entity Too Large"],
    [599, undefined, "Unknown"],
    [600, undefined, "Unknown"],
    [200, "Fine", "Fine"],
    [200, "Très\tbien", "Très\tbien"],
    [200, "a\r\nb", "Unknown"],
    [200, "<b>", "Unknown"],
    [200, "€", "Unknown"],
    [200, "", "Unknown"],
  ];
  for (const [code, given, sent] of reasons) {
    const connection = answerOf((handler) => handler.setStatus(code, given));
    assertEquals([connection.status, connection.reason], [code, sent]);
  }
  answerOf((handler) => {
    handler.setStatus(201);
    assertEquals(handler.getStatus(), 201);
  });
});

test("RequestHandler.setHeader() and addHeader() convert and check values", () => {
  const connection = answerOf((handler) => {
    handler.setHeader("X-Text", "a\té");
    handler.setHeader("X-Bytes", new Uint8Array([0x61, 0x80, 0xff]));
    handler.setHeader("X-Number", 7);
    handler.setHeader("X-Big", 2n ** 70n);
    handler.setHeader("X-Date", new Date(1359312200_000));
    handler.addHeader("X-Many", "1");
    handler.addHeader("x-many", 2);
    handler.setHeader("X-Gone", "1");
    handler.addHeader("X-Gone", "2");
    handler.clearHeader("x-gone");
    handler.clearHeader("X-Never");
  });
  const { headers } = connection;
  assertEquals(headers.get("X-Text"), "a\té");
  assertEquals(headers.get("X-Bytes"), "a\x80\xff");
  assertEquals([headers.get("X-Number"), headers.get("X-Big")], ["7", String(2n ** 70n)]);
  assertEquals(headers.get("X-Date"), "Sun, 27 Jan 2013 18:43:20 GMT");
  assertEquals(headers.getList("X-Many"), ["1", "2"]);
  assertEquals(headers.has("X-Gone"), false);
});

test("RequestHandler.setHeader() and addHeader() refuse what could split the response", () => {
  answerOf((handler) => {
    for (const value of ["a\r\nb", "a\nb", "a\0", "a\x7f", "€"]) {
      assertThrows(() => handler.setHeader("X-A", value), Error, "Invalid header value");
      assertThrows(() => handler.addHeader("X-A", value), Error, "Invalid header value");
    }
    assertThrows(() => handler.setHeader("X A", "b"), Error, "Invalid header name");
    assertThrows(() => handler.setHeader("X\r\nA", "b"), Error, "Invalid header name");
    assertThrows(() => handler.setHeader("X-A", 1.5), TypeError, "Unsupported header value 1.5");
    assertThrows(() => Reflect.apply(handler.setHeader, handler, ["X-A", null]), TypeError, "Unsupported header value");
    assertThrows(() => handler.setHeader("X-A", new Date(NaN)), RangeError);
  });
});

test("RequestHandler.write() takes text, bytes and plain objects", () => {
  const connection = answerOf((handler) => {
    handler.write("é");
    handler.write(new Uint8Array([0x2d]));
    handler.write("a");
    handler.write("b");
  });
  assertEquals([connection.body, connection.headers.get("Content-Length")], ["é-ab", "5"]);
  const json = answerOf((handler) => {
    handler.setHeader("Content-Type", "text/plain");
    handler.write({ a: [1, "</script>"] });
  });
  assertEquals(json.body, '{"a":[1,"<\\/script>"]}');
  assertEquals(json.headers.get("Content-Type"), "application/json; charset=UTF-8");
  const own = answerOf((handler) => {
    handler.write({ toJSON: () => ({ b: 1 }) });
    handler.setHeader("Content-Type", "application/vnd.x+json");
  });
  assertEquals([own.body, own.headers.get("Content-Type")], ['{"b":1}', "application/vnd.x+json"]);
});

test("RequestHandler.write() refuses lists and other values", () => {
  answerOf((handler) => {
    assertThrows(() => handler.write(JSON.parse("[1]")), TypeError, "not a list: wrap it in an object");
    for (const value of [new Map(), new Set(), 7, null, undefined, true, () => {}, new ArrayBuffer(1), Symbol("x")]) {
      assertThrows(() => Reflect.apply(handler.write, handler, [value]), TypeError, "write() takes a string, bytes or");
    }
  });
});

test("RequestHandler.write(), finish(), redirect() after the end are errors", () => {
  answerOf((handler) => {
    handler.finish("done");
    assertThrows(() => handler.write("x"), Error, "Cannot write() after finish()");
    assertThrows(() => handler.finish(), Error, "finish() called twice");
    assertThrows(() => handler.redirect("/"), Error, "Cannot redirect after headers have been written");
  });
});

test("RequestHandler.flush() sends the headers, and then what was written", async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const connection = answerOf(async (handler) => {
    handler.write("a");
    await handler.flush();
    handler.write("b");
    await handler.flush();
    handler.write("c");
    resolve();
  });
  await promise;
  await settled();
  assertEquals(connection.calls, ["writeHeaders", "write", "write", "finish"]);
  assertEquals(connection.body, "abc");
  assertEquals([connection.headers.has("Content-Length"), connection.headers.has("Etag")], [false, false]);
});

test("RequestHandler.flush() waits for the peer", async () => {
  const written: string[] = [];
  const connection = new FakeConnection();
  connection.hold();
  const request = new HTTPServerRequest({ connection, uri: "/" });
  const done = app(async (handler) => {
    for (const chunk of ["a", "b"]) {
      handler.write(chunk);
      await handler.flush();
      written.push(chunk);
    }
  }).handle(request);
  await done;
  await settled();
  assertEquals([connection.body, written], ["a", []]);
  connection.release();
  await settled();
  assertEquals([connection.body, written, connection.finished], ["ab", ["a", "b"], true]);
});

test("RequestHandler.finish() gives a promise of the response's way", async () => {
  let finished: Promise<void> = Promise.resolve();
  const connection = new FakeConnection();
  connection.hold();
  await app((handler) => {
    finished = handler.finish("x");
  }).handle(new HTTPServerRequest({ connection, uri: "/" }));
  assertEquals(connection.body, "x");
  let resolved = false;
  finished.then(() => {
    resolved = true;
  });
  await settled();
  assertEquals(resolved, false);
  connection.release();
  await finished;
});

test("RequestHandler sends headers and no body for HEAD", () => {
  const connection = answerOf((handler) => handler.write("12345"), { method: "HEAD" });
  assertEquals([connection.body, connection.headers.get("Content-Length")], ["", "5"]);
  assertEquals(connection.headers.get("Etag")?.length, 42);
  const flushed = answerOf((handler) => {
    handler.write("1");
    handler.flush();
    handler.write("2");
    handler.flush();
    handler.write("3");
  }, { method: "HEAD" });
  assertEquals([flushed.calls, flushed.body], [["writeHeaders", "finish"], ""]);
});

test("RequestHandler leaves representation headers out of responses without a body", () => {
  for (const status of [204, 304]) {
    const connection = answerOf((handler) => {
      handler.setStatus(status);
      handler.setHeader("Content-Encoding", "gzip");
      handler.setHeader("Content-Language", "en");
      handler.setHeader("Content-Length", 3);
      handler.setHeader("X-Kept", "1");
    });
    const left = ["Content-Type", "Content-Encoding", "Content-Language", "X-Kept"].map((n) =>
      connection.headers.has(n)
    );
    assertEquals([connection.status, left], [status, [false, false, false, true]]);
    assertEquals(connection.headers.get("Content-Length"), status === 304 ? "3" : null);
  }
});

test("RequestHandler answers a body where none is allowed with 500", (t) => {
  t.expectLog(
    "tornado.application",
    /^Uncaught exception GET \/ \(127\.0\.0\.1\)\nHTTPServerRequest\(protocol='http', /,
  );
  const connection = answerOf((handler) => {
    handler.setStatus(204);
    handler.write("x");
  });
  assertEquals(connection.status, 500);
});

test("RequestHandler.redirect() sends the URL as it is, and percent-encodes what is not ASCII", () => {
  const target = (options?: { permanent?: boolean; status?: number }, url = "/a b?é") => {
    const connection = answerOf((handler) => handler.redirect(url, options));
    return [connection.status, connection.headers.get("Location"), connection.body];
  };
  assertEquals(target(), [302, "/a b?%C3%A9", ""]);
  assertEquals(target({ permanent: true }), [301, "/a b?%C3%A9", ""]);
  assertEquals(target({ status: 303 }), [303, "/a b?%C3%A9", ""]);
  assertEquals(target({}, "/%e9%/文😀\ud800#ö")[1], "/%e9%/%E6%96%87%F0%9F%98%80%EF%BF%BD#%C3%B6");
  assertEquals(target({}, "https://münchen.example/")[1], "https://m%C3%BCnchen.example/");
  assertEquals(answerOf((handler) => handler.redirect("/")).headers.get("Content-Length"), "0");
  const created = answerOf((handler) => handler.setHeader("location", "/größe?€"));
  assertEquals(created.headers.get("Location"), "/gr%C3%B6%C3%9Fe?%E2%82%AC");
  answerOf((handler) => {
    for (const status of [200, 299, 400, 301.5]) {
      assertThrows(() => handler.redirect("/", { status }), RangeError, "Cannot redirect with status");
    }
    assertThrows(() => handler.redirect("/\r\nX: y"), Error, "Invalid header value");
  });
});

test("RequestHandler.requireSetting() names what is missing and what for", () => {
  ask(
    app((handler) => {
      handler.requireSetting("loginUrl");
      assertThrows(
        () => handler.requireSetting("cookieSecret", "secure cookies"),
        Error,
        "You must define the 'cookieSecret' setting in your application to use secure cookies",
      );
      assertThrows(() => handler.requireSetting("templatePath"), Error, "to use this feature");
    }, { loginUrl: "/login", templatePath: "" }),
    "/",
  );
});

test("RequestHandler.reverseUrl() asks the application", () => {
  class Handler extends RequestHandler {
    override get(): void {
      this.write(this.reverseUrl("story", 5));
    }
  }
  assertEquals(ask(site([["/", Handler], ["/s/(.*)", Handler, null, "story"]]), "/").body, "/s/5");
});

test("RequestHandler.detach() hands the stream over and ends the response", async () => {
  const connection = new FakeConnection();
  const idle = { readable: new ReadableStream(), writable: new WritableStream(), close() {} };
  connection.stream = new IOStream(idle as unknown as Deno.Conn); // never read or written
  let stream: unknown = null;
  await app((handler) => {
    stream = handler.detach();
    assertThrows(() => handler.write("x"), Error, "after finish");
  }).handle(new HTTPServerRequest({ connection, uri: "/" }));
  assertStrictEquals(stream, connection.stream);
  assertEquals(connection.calls, []);
});

test("RequestHandler without a connection can be asked, but not answer", () => {
  class Handler extends RequestHandler {}
  const handler = new Handler(new Application(), new HTTPServerRequest({ uri: "/?a=b" }));
  assertEquals(handler.getArgument("a"), "b");
  assertThrows(() => handler.finish("x"), Error, "the request has no connection");
});

test("HTTPError thrown by a method is its answer", (t) => {
  t.expectLog("tornado.general", /^403 GET \/ \(127\.0\.0\.1\): no entry for 7%$/);
  const connection = answerOf(() => {
    throw new HTTPError(403, "no entry for %d%%", { args: [7] });
  });
  assertEquals(connection.body, "<html><title>403: Forbidden</title><body>403: Forbidden</body></html>");
  assertEquals(connection.headers.get("Content-Length"), String(connection.body.length));
});

test("RequestHandlerClass describes every subclass", () => {
  class A extends RequestHandler {
    override get({ id }: { id: string }): void {
      this.write(id);
    }
  }
  const classes: RequestHandlerClass[] = [RequestHandler, A];
  assertEquals(classes.map((each) => each.streamRequestBody), [false, false]);
});
