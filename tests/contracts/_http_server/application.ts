import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { StreamClosedError } from "../../../src/net/iostream.ts";
import {
  Application,
  type Chunk,
  Finish,
  HTTPError,
  RequestHandler,
  type RequestHandlerClass,
  type RuleList,
  type Settings,
} from "../../../src/web/mod.ts";
import { RawClient } from "../../support/raw_client.ts";
import { type Answer, answer, contractTest, type Engine, serve, type Server } from "./engine.ts";

const QUIET: Settings = { logFunction() {} };

/** Starts a server for some rules, without access lines. */
function site(engine: Engine, rules: RuleList, settings: Settings = QUIET): Server {
  return serve(engine, new Application(rules, settings));
}

/** A handler whose GET writes what `chunk` returns. */
function writes(chunk: (handler: RequestHandler) => Chunk | undefined): RequestHandlerClass {
  return class extends RequestHandler {
    override get(): void {
      const written = chunk(this);
      if (written !== undefined) this.write(written);
    }
  };
}

/** Sends one request and returns its answer. */
async function ask(server: Server, path: string, lines: string[] = [], method = "GET", body = ""): Promise<Answer> {
  using client = await RawClient.connect(server.port);
  const length = body === "" ? [] : [`Content-Length: ${body.length}`];
  await client.send([`${method} ${path} HTTP/1.1`, "Host: a", ...lines, ...length, "", body].join("\r\n"));
  return await answer(client, method);
}

/** What handlers may rely on. */
export function applicationContract(engine: Engine): void {
  contractTest(engine, "a handler's text comes with Tornado's default headers", async () => {
    await using server = site(engine, [["/", writes(() => "Hello, world")]]);
    const got = await ask(server, "/");
    assertEquals([got.status, got.reason, got.body], [200, "OK", "Hello, world"]);
    assertEquals(got.get("content-type"), "text/html; charset=UTF-8");
    assertEquals(got.get("content-length"), "12");
    assertEquals(got.get("etag"), '"e02aa1b106d5c7c6a98def2b13005d5b84fd8dc8"');
    assertMatch(got.get("server") ?? "", /^TwisterServer\/\d/);
    assertMatch(got.get("date") ?? "", /^\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT$/);
    assertEquals(got.headers.length, 5);
  });

  contractTest(engine, "an object becomes JSON", async () => {
    await using server = site(engine, [["/", writes(() => ({ a: [1, "</x>", "ä"] }))]]);
    const got = await ask(server, "/");
    assertEquals([got.get("content-type"), got.text], ["application/json; charset=UTF-8", '{"a":[1,"<\\/x>","ä"]}']);
  });

  contractTest(engine, "HEAD has the headers of GET, where there is a method for it", async () => {
    class Both extends RequestHandler {
      override get(): void {
        this.write("Hello, world");
      }
      override head(): void {
        this.get();
      }
    }
    await using server = site(engine, [["/", Both]]);
    const got = await ask(server, "/", [], "HEAD");
    assertEquals([got.status, got.get("content-length"), got.get("etag") !== null], [200, "12", true]);
  });

  contractTest(engine, "If-None-Match makes a 304 without a body, on a connection that goes on", async () => {
    await using server = site(engine, [["/", writes(() => "Hello, world")]]);
    using client = await RawClient.connect(server.port);
    const etag = '"e02aa1b106d5c7c6a98def2b13005d5b84fd8dc8"';
    for (const [value, status] of [[etag, 304], [`W/${etag}`, 304], ["*", 304], ['"x"', 200]] as const) {
      await client.send(`GET / HTTP/1.1\r\nHost: a\r\nIf-None-Match: ${value}\r\n\r\n`);
      const got = await answer(client);
      assertEquals([got.status, got.get("etag"), got.body], [status, etag, status === 200 ? "Hello, world" : ""]);
    }
  });

  contractTest(engine, "unknown paths are 404 and unknown methods 405 with Allow, with Tornado's page", async (t) => {
    await using server = site(engine, [["/", writes(() => "x")]]);
    const missing = await ask(server, "/nothing");
    assertEquals([missing.status, missing.reason], [404, "Not Found"]);
    assertEquals(missing.body, "<html><title>404: Not Found</title><body>404: Not Found</body></html>");
    const refused = await ask(server, "/", [], "POST");
    assertEquals([refused.status, refused.reason], [405, "Method Not Allowed"]);
    assertEquals(refused.get("allow"), "GET");
    assertEquals(
      refused.body,
      "<html><title>405: Method Not Allowed</title><body>405: Method Not Allowed</body></html>",
    );
    assertEquals(t.logs.filter((record) => record.levelno >= 30), []);
  });

  contractTest(
    engine,
    "an HTTPError is its page, with the reason in it, and one line if it has a message",
    async (t) => {
      t.expectLog("tornado.general", /^403 GET \/ \(127\.0\.0\.1\): not you$/);
      const page = writes(() => {
        throw new HTTPError(403, "not you", { reason: "Not <You>" });
      });
      await using server = site(engine, [["/", page]]);
      const got = await ask(server, "/");
      // A reason with "<" is not sent.
      assertEquals([got.status, got.reason], [403, engine.name === "listen" ? "Unknown" : "Forbidden"]);
      assertEquals(got.body, "<html><title>403: Unknown</title><body>403: Unknown</body></html>");
    },
  );

  contractTest(engine, "an error is a 500 page and a logged stack, also after an await", async (t) => {
    t.expectLog(
      "tornado.application",
      /^Uncaught exception GET \/sync \(127\.0\.0\.1\)\nHTTPServerRequest\(protocol='http', /,
    );
    t.expectLog("tornado.application", /^Uncaught exception GET \/async \(127\.0\.0\.1\)\n/);
    const sync = writes((handler) => {
      handler.setHeader("X-Dropped", "1");
      handler.write("dropped");
      throw new Error("boom");
    });
    class Async extends RequestHandler {
      override async get(): Promise<void> {
        await Promise.resolve();
        throw new Error("boom");
      }
    }
    await using server = site(engine, [["/sync", sync], ["/async", Async]]);
    for (const path of ["/sync", "/async"]) {
      const got = await ask(server, path);
      assertEquals([got.status, got.get("x-dropped")], [500, null]);
      assertEquals(
        got.body,
        "<html><title>500: Internal Server Error</title><body>500: Internal Server Error</body></html>",
      );
    }
  });

  contractTest(engine, "errors and answers alternate on one connection", async (t) => {
    t.expectLog("tornado.application", /^Uncaught exception GET \/boom/);
    const boom = writes(() => {
      throw new Error("boom");
    });
    await using server = site(engine, [["/", writes(() => "fine")], ["/boom", boom]]);
    using client = await RawClient.connect(server.port);
    await client.send(
      ["/", "/none", "/", "/boom", "/"].map((path) => `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`).join(""),
    );
    for (const status of [200, 404, 200, 500, 200]) assertEquals((await answer(client)).status, status);
  });

  contractTest(engine, "redirects have a Location and no body", async () => {
    const rules: RuleList = [
      ["/found", writes((handler) => void handler.redirect("/x?y=ä b"))],
      ["/moved", writes((handler) => void handler.redirect("http://other/", { permanent: true }))],
      ["/see", writes((handler) => void handler.redirect("z", { status: 303 }))],
    ];
    await using server = site(engine, rules);
    const seen = [];
    for (const path of ["/found", "/moved", "/see"]) {
      const got = await ask(server, path);
      seen.push([got.status, got.get("location"), got.get("content-length"), got.body]);
    }
    assertEquals(seen, [
      [302, "/x?y=\xc3\xa4 b", "0", ""],
      [301, "http://other/", "0", ""],
      [303, "z", "0", ""],
    ]);
  });

  contractTest(engine, "arguments come from query, form and multipart, paths give theirs", async () => {
    class Arguments extends RequestHandler {
      override post(id: string, rest: string | null): void {
        this.write({
          id,
          rest,
          a: this.getArguments("a"),
          last: this.getArgument("a"),
          none: this.getArgument("n", null),
        });
      }
    }
    await using server = site(engine, [["/([^/]*)(/.*)?", Arguments]]);
    const url = `http://127.0.0.1:${server.port}/x%20y%C3%A4?a=1+%C3%A4`;
    const form = await fetch(url, { method: "POST", body: new URLSearchParams([["a", " 2 "]]) });
    assertEquals(await form.json(), { id: "x yä", rest: null, a: ["1 ä", "2"], last: "2", none: null });
    const data = new FormData();
    data.append("a", "3");
    const multipart = await fetch(url, { method: "POST", body: data });
    assertEquals((await multipart.json()).a, ["1 ä", "3"]);
  });

  contractTest(engine, "a missing argument, a malformed one and a malformed form are 400", async (t) => {
    t.expectLog("tornado.general", /^400 GET \/ \(127\.0\.0\.1\): Missing argument a$/);
    t.expectLog("tornado.general", /^400 GET \/\?a=%ff \(127\.0\.0\.1\): Invalid unicode in a: /);
    t.expectLog("tornado.general", /^400 POST \/ \(127\.0\.0\.1\): /);
    await using server = site(engine, [["/", writes((handler) => `got ${handler.getArgument("a")}`)]]);
    assertEquals((await ask(server, "/")).status, 400);
    assertEquals((await ask(server, "/?a=%ff")).status, 400);
    const type = "Content-Type: multipart/form-data; boundary=B";
    assertEquals((await ask(server, "/", [type], "POST", "--B\r\nnonsense")).status, 400);
  });

  contractTest(engine, "hosts have rules of their own", async () => {
    const app = new Application([["/", writes(() => "any")]], QUIET);
    app.addHandlers("shop\\.example", [["/", writes(() => "shop")]]);
    await using server = serve(engine, app);
    const seen = [];
    for (const host of ["a", "shop.example", "SHOP.example:80", "http://shop.example/"]) {
      using client = await RawClient.connect(server.port);
      const target = host.startsWith("http") ? host : "/";
      await client.send(`GET ${target} HTTP/1.1\r\nHost: ${host.startsWith("http") ? "a" : host}\r\n\r\n`);
      seen.push((await answer(client)).body);
    }
    assertEquals(seen, ["any", "shop", "shop", "shop"]);
  });

  contractTest(engine, "Finish ends the request without an error page", async () => {
    const finish = writes((handler) => {
      handler.setStatus(401);
      handler.setHeader("WWW-Authenticate", "Basic");
      throw new Finish("who are you?");
    });
    await using server = site(engine, [["/", finish]]);
    const got = await ask(server, "/");
    assertEquals([got.status, got.get("www-authenticate"), got.body], [401, "Basic", "who are you?"]);
  });

  contractTest(
    engine,
    "the access line is written before onFinish, once for each request, at the level of its status",
    async (t) => {
      const order: string[] = [];
      class Logged extends RequestHandler {
        override get(code: string): void {
          this.setStatus(Number(code));
        }
        override onFinish(): void {
          order.push(`${t.logs.filter((record) => record.name === "tornado.access").length} lines`);
        }
      }
      t.expectLog("tornado.access", /^404 GET \/404 \(127\.0\.0\.1\) \d+\.\d\dms$/);
      t.expectLog("tornado.access", /^500 GET \/500\?x \(127\.0\.0\.1\) \d+\.\d\dms$/);
      await using server = serve(engine, new Application([["/([0-9]+)", Logged]]));
      for (const path of ["/200", "/404", "/500?x"]) await ask(server, path);
      const lines = t.logs.filter((record) => record.name === "tornado.access");
      assertEquals(lines.map((record) => record.levelname), ["INFO", "WARNING", "ERROR"]);
      assertMatch(lines[0]?.getMessage() ?? "", /^200 GET \/200 \(127\.0\.0\.1\) \d+\.\d\dms$/);
      assertEquals(order, ["1 lines", "2 lines", "3 lines"]);
    },
  );

  contractTest(engine, "flush() streams the answer, and a body of known length is not chunked", async () => {
    class Stream extends RequestHandler {
      override async get(): Promise<void> {
        if (this.getArgument("length", "") !== "") this.setHeader("Content-Length", 6);
        for (const chunk of ["ab", "cd"]) {
          this.write(chunk);
          await this.flush();
        }
        this.write("ef");
      }
    }
    await using server = site(engine, [["/", Stream]]);
    for (const [path, chunked] of [["/", true], ["/?length=1", false]] as const) {
      const got = await ask(server, path);
      assertEquals([got.status, got.chunked, got.body, got.get("etag")], [200, chunked, "abcdef", null]);
    }
  });

  contractTest(engine, "flush() rejects when the client is gone, and onConnectionClose is called", async () => {
    const closed = Promise.withResolvers<void>();
    const rejected = Promise.withResolvers<void>();
    class Endless extends RequestHandler {
      override async get(): Promise<void> {
        this.write("first");
        await this.flush();
        await closed.promise;
        this.write("second");
        await assertRejects(() => this.flush(), StreamClosedError);
        rejected.resolve();
      }
      override onConnectionClose(): void {
        closed.resolve();
      }
    }
    await using server = site(engine, [["/", Endless]]);
    {
      using client = await RawClient.connect(server.port);
      await client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
      await client.until("first");
    }
    await rejected.promise;
  });

  contractTest(engine, "onConnectionClose is called for a client that leaves while it waits", async () => {
    const waiting = Promise.withResolvers<void>();
    const closed = Promise.withResolvers<void>();
    const finished = Promise.withResolvers<void>();
    class LongPoll extends RequestHandler {
      override async get(): Promise<void> {
        waiting.resolve();
        await closed.promise;
        this.write("nobody reads this");
      }
      override onConnectionClose(): void {
        closed.resolve();
      }
      override onFinish(): void {
        finished.resolve();
      }
    }
    await using server = site(engine, [["/", LongPoll]]);
    {
      using client = await RawClient.connect(server.port);
      await client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
      await waiting.promise;
    }
    await finished.promise;
  });

  contractTest(engine, "requests that wait are answered by another one", async () => {
    const waiters: ((text: string) => void)[] = [];
    const full = Promise.withResolvers<void>();
    class Poll extends RequestHandler {
      override async get(): Promise<void> {
        const text = new Promise<string>((resolve) => waiters.push(resolve));
        if (waiters.length === 3) full.resolve();
        this.write(await text);
      }
      override post(): void {
        for (const resolve of waiters.splice(0)) resolve(this.getArgument("message"));
      }
    }
    await using server = site(engine, [["/", Poll]]);
    const polls = [1, 2, 3].map(() => ask(server, "/"));
    await full.promise;
    assertEquals((await ask(server, "/?message=hello", ["Content-Length: 0"], "POST")).status, 200);
    assertEquals((await Promise.all(polls)).map((got) => got.body), ["hello", "hello", "hello"]);
  });

  contractTest(engine, "a streamRequestBody handler gets the body as it arrives", async () => {
    const first = Promise.withResolvers<void>();
    class Upload extends RequestHandler {
      static override streamRequestBody = true;
      readonly #sizes: number[] = [];
      override async prepare(): Promise<void> {
        await Promise.resolve();
        this.request.connection?.setMaxBodySize(100);
      }
      override async dataReceived(chunk: Uint8Array): Promise<void> {
        await Promise.resolve();
        this.#sizes.push(chunk.length);
        first.resolve();
      }
      override post(): void {
        this.write(this.#sizes.join());
      }
    }
    await using server = site(engine, [["/", Upload]]);
    using client = await RawClient.connect(server.port);
    await client.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n");
    await first.promise;
    await client.send("3\r\nabc\r\n0\r\n\r\n");
    assertEquals((await answer(client)).body, "5,3");
    await client.send(`POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 101\r\n\r\n`);
    assertEquals((await answer(client)).status, 413);
  });

  contractTest(engine, "a streamRequestBody handler may answer in prepare, or lose its client", async () => {
    const calls: string[] = [];
    const seen = Promise.withResolvers<void>();
    const closed = Promise.withResolvers<void>();
    class Upload extends RequestHandler {
      static override streamRequestBody = true;
      override prepare(): void {
        if (this.request.path === "/early") {
          this.setStatus(403);
          this.finish("no need");
        }
      }
      override dataReceived(): void {
        calls.push("data");
        seen.resolve();
      }
      override post(): void {
        calls.push("post");
      }
      override onConnectionClose(): void {
        calls.push(`closed ${this.request.path}`);
        if (this.request.path === "/lost") closed.resolve();
      }
    }
    await using server = site(engine, [["/.*", Upload]]);
    {
      using early = await RawClient.connect(server.port);
      await early.send("POST /early HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n");
      const got = await answer(early);
      assertEquals([got.status, got.body], [403, "no need"]);
    }
    {
      using lost = await RawClient.connect(server.port);
      await lost.send("POST /lost HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n");
      await seen.promise;
    }
    await closed.promise;
    assertEquals(calls.filter((call) => call !== "closed /early"), ["data", "closed /lost"]);
  });

  contractTest(engine, "bodies of 8 MiB go both ways", async () => {
    class Echo extends RequestHandler {
      override post(): void {
        this.write(this.request.body);
      }
    }
    const body = new Uint8Array(8 << 20);
    for (let i = 0; i < body.length; i++) body[i] = (i * 13) ^ (i >> 7);
    await using server = site(engine, [["/", Echo]]);
    const response = await fetch(`http://127.0.0.1:${server.port}/`, { method: "POST", body });
    assertEquals(await response.bytes(), body);
  });

  contractTest(engine, "a body beyond maxBodySize is 413 and no handler is made", async () => {
    let made = 0;
    class Counted extends RequestHandler {
      override initialize(): void {
        made++;
      }
    }
    await using server = serve(engine, new Application([["/", Counted]], QUIET), { maxBodySize: 4 });
    assertEquals((await ask(server, "/", [], "POST", "12345")).status, 413);
    assertEquals(made, 0);
  });

  contractTest(engine, "an error after the head was sent is logged, and the client can tell that the answer is cut", async (t) => {
    t.expectLog("tornado.application", /^Uncaught exception GET \//);
    t.expectLog("tornado.general", /^Cannot send error response after headers written$/);
    class Late extends RequestHandler {
      override async get(): Promise<void> {
        this.write("begun");
        await this.flush();
        throw new Error("boom");
      }
    }
    await using server = site(engine, [["/", Late]]);
    using client = await RawClient.connect(server.port);
    await client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    const text = await client.rest();
    assertMatch(text, /^HTTP\/1\.1 200 [^]*begun/);
    // The last chunk is missing.
    assertEquals(text.includes("\r\n0\r\n"), false);
  });

  contractTest(engine, "a handler that says a wrong Content-Length does not send a 200", async (t) => {
    t.expectLog("tornado.application", /^Uncaught exception GET \/ /);
    t.expectLog("tornado.general", /^Cannot send error response after headers written$/);
    await using server = site(engine, [[
      "/",
      writes((handler) => {
        handler.setHeader("Content-Length", 3);
        return "hello";
      }),
    ]]);
    using client = await RawClient.connect(server.port);
    await client.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    const text = await client.rest();
    assert(!text.includes(" 200 "), text);
  });

  contractTest(engine, "a handler's error does not keep others waiting", async (t) => {
    t.expectLog("tornado.application", /^Uncaught exception/);
    const go = Promise.withResolvers<void>();
    class Waits extends RequestHandler {
      override async get(): Promise<void> {
        await go.promise;
        throw new Error("boom");
      }
    }
    await using server = site(engine, [["/waits", Waits], ["/", writes(() => "quick")]]);
    const slow = ask(server, "/waits");
    assertEquals((await ask(server, "/")).body, "quick");
    go.resolve();
    assertEquals((await slow).status, 500);
  });
}
