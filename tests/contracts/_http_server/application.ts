import { assertEquals, assertMatch } from "@std/assert";
import { Application, Finish, HTTPError, RequestHandler, type RuleList } from "../../../src/web/mod.ts";
import type { FetchBody } from "../../../src/testing/mod.ts";
import { answer } from "./engine.ts";
import { ask, isFramed, QUIET, site, siteTest, visit, type Way, writes } from "./site.ts";

/** What handlers may rely on. */
export function applicationContract(way: Way): void {
  siteTest(way, "a handler's text comes with Tornado's default headers", async () => {
    await using client = site(way, [["/", writes(() => "Hello, world")]]);
    const got = await ask(client, "/");
    assertEquals([got.status, got.reason, got.body], [200, "OK", "Hello, world"]);
    assertEquals(got.get("content-type"), "text/html; charset=UTF-8");
    assertEquals(got.get("content-length"), isFramed(way) ? "12" : null);
    assertEquals(got.get("etag"), '"e02aa1b106d5c7c6a98def2b13005d5b84fd8dc8"');
    assertMatch(got.get("server") ?? "", /^TwisterServer\/\d/);
    assertMatch(got.get("date") ?? "", /^\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT$/);
    assertEquals(got.headers.length, isFramed(way) ? 5 : 4);
  });

  siteTest(way, "an object becomes JSON", async () => {
    await using client = site(way, [["/", writes(() => ({ a: [1, "</x>", "ä"] }))]]);
    const got = await ask(client, "/");
    assertEquals([got.get("content-type"), got.text], ["application/json; charset=UTF-8", '{"a":[1,"<\\/x>","ä"]}']);
  });

  siteTest(way, "HEAD has the headers of GET, where there is a method for it", async () => {
    class Both extends RequestHandler {
      override get(): void {
        this.write("Hello, world");
      }
      override head(): void {
        this.get();
      }
    }
    await using client = site(way, [["/", Both]]);
    const got = await ask(client, "/", [], "HEAD");
    assertEquals([got.status, got.get("content-length"), got.get("etag") !== null], [200, "12", true]);
  });

  siteTest(way, "If-None-Match makes a 304 without a body, on a connection that goes on", async () => {
    await using client = site(way, [["/", writes(() => "Hello, world")]]);
    using connection = await client.connect();
    const etag = '"e02aa1b106d5c7c6a98def2b13005d5b84fd8dc8"';
    for (const [value, status] of [[etag, 304], [`W/${etag}`, 304], ["*", 304], ['"x"', 200]] as const) {
      await connection.send(`GET / HTTP/1.1\r\nHost: a\r\nIf-None-Match: ${value}\r\n\r\n`);
      const got = await answer(connection);
      assertEquals([got.status, got.get("etag"), got.body], [status, etag, status === 200 ? "Hello, world" : ""]);
    }
  });

  siteTest(way, "unknown paths are 404 and unknown methods 405 with Allow, with Tornado's page", async (t) => {
    await using client = site(way, [["/", writes(() => "x")]]);
    const missing = await ask(client, "/nothing");
    assertEquals([missing.status, missing.reason], [404, "Not Found"]);
    assertEquals(missing.body, "<html><title>404: Not Found</title><body>404: Not Found</body></html>");
    const refused = await ask(client, "/", [], "POST");
    assertEquals([refused.status, refused.reason], [405, "Method Not Allowed"]);
    assertEquals(refused.get("allow"), "GET");
    assertEquals(
      refused.body,
      "<html><title>405: Method Not Allowed</title><body>405: Method Not Allowed</body></html>",
    );
    assertEquals(t.logs.filter((record) => record.levelno >= 30), []);
  });

  siteTest(
    way,
    "an HTTPError is its page, with the reason in it, and one line if it has a message",
    async (t) => {
      t.expectLog("tornado.general", /^403 GET \/ \(127\.0\.0\.1\): not you$/);
      const page = writes(() => {
        throw new HTTPError(403, "not you", { reason: "Not <You>" });
      });
      await using client = site(way, [["/", page]]);
      const got = await ask(client, "/");
      // A reason with "<" is not sent.
      assertEquals([got.status, got.reason], [403, way.engine === "listen" ? "Unknown" : "Forbidden"]);
      assertEquals(got.body, "<html><title>403: Unknown</title><body>403: Unknown</body></html>");
    },
  );

  siteTest(way, "an error is a 500 page and a logged stack, also after an await", async (t) => {
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
    await using client = site(way, [["/sync", sync], ["/async", Async]]);
    for (const path of ["/sync", "/async"]) {
      const got = await ask(client, path);
      assertEquals([got.status, got.get("x-dropped")], [500, null]);
      assertEquals(
        got.body,
        "<html><title>500: Internal Server Error</title><body>500: Internal Server Error</body></html>",
      );
    }
  });

  siteTest(way, "errors and answers alternate on one connection", async (t) => {
    t.expectLog("tornado.application", /^Uncaught exception GET \/boom/);
    const boom = writes(() => {
      throw new Error("boom");
    });
    await using client = site(way, [["/", writes(() => "fine")], ["/boom", boom]]);
    using connection = await client.connect();
    await connection.send(
      ["/", "/none", "/", "/boom", "/"].map((path) => `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`).join(""),
    );
    for (const status of [200, 404, 200, 500, 200]) assertEquals((await answer(connection)).status, status);
  });

  siteTest(way, "redirects have a Location and no body", async () => {
    const rules: RuleList = [
      ["/found", writes((handler) => void handler.redirect("/x?y=ä b"))],
      ["/moved", writes((handler) => void handler.redirect("http://other/", { permanent: true }))],
      ["/see", writes((handler) => void handler.redirect("z", { status: 303 }))],
    ];
    await using client = site(way, rules);
    const seen = [];
    for (const path of ["/found", "/moved", "/see"]) {
      const got = await ask(client, path);
      seen.push([got.status, got.get("location"), got.get("content-length"), got.body]);
    }
    const length = isFramed(way) ? "0" : null;
    assertEquals(seen, [
      [302, "/x?y=%C3%A4 b", length, ""],
      [301, "http://other/", length, ""],
      [303, "z", length, ""],
    ]);
  });

  siteTest(way, "arguments come from query, form and multipart, paths give theirs", async () => {
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
    await using client = site(way, [["/([^/]*)(/.*)?", Arguments]]);
    const path = "/x%20y%C3%A4?a=1+%C3%A4";
    const form = await client.post(path, { body: new URLSearchParams([["a", " 2 "]]) });
    assertEquals(form.json(), { id: "x yä", rest: null, a: ["1 ä", "2"], last: "2", none: null });
    const data = new FormData();
    data.append("a", "3");
    const multipart = await client.post(path, { body: data });
    assertEquals(multipart.json<{ a: string[] }>().a, ["1 ä", "3"]);
  });

  siteTest(way, "a missing argument, a malformed one and a malformed form are 400", async (t) => {
    t.expectLog("tornado.general", /^400 GET \/ \(127\.0\.0\.1\): Missing argument a$/);
    t.expectLog("tornado.general", /^400 GET \/\?a=%ff \(127\.0\.0\.1\): Invalid unicode in a: /);
    t.expectLog("tornado.general", /^400 POST \/ \(127\.0\.0\.1\): /);
    await using client = site(way, [["/", writes((handler) => `got ${handler.getArgument("a")}`)]]);
    assertEquals((await ask(client, "/")).status, 400);
    assertEquals((await ask(client, "/?a=%ff")).status, 400);
    const type = "Content-Type: multipart/form-data; boundary=B";
    assertEquals((await ask(client, "/", [type], "POST", "--B\r\nnonsense")).status, 400);
  });

  siteTest(way, "a body is read as text and JSON, and one that is neither is 400", async (t) => {
    t.expectLog("tornado.general", /^400 POST \/json \(127\.0\.0\.1\): Body is not JSON$/);
    t.expectLog("tornado.general", /^400 POST \/text \(127\.0\.0\.1\): Invalid unicode in body: b'\\xff'$/);
    t.expectLog("tornado.general", /^400 POST \/json \(127\.0\.0\.1\): Invalid unicode in body: b'\\xff'$/);
    class Json extends RequestHandler {
      override post(): void {
        this.write({ json: this.getBodyJson() });
      }
    }
    class Text extends RequestHandler {
      override post(): void {
        this.write(this.getBodyText());
      }
    }
    await using client = site(way, [["/json", Json], ["/text", Text]]);
    const post = async (path: string, body: FetchBody): Promise<[number, string]> => {
      const response = await client.post(path, { body });
      return [response.code, response.text];
    };
    assertEquals(await post("/json", '[1,{"a":"é"}]'), [200, '{"json":[1,{"a":"é"}]}']);
    assertEquals(await post("/text", "é\r\n"), [200, "é\r\n"]);
    assertEquals((await post("/json", "{a: 1}\nx"))[0], 400);
    assertEquals((await post("/json", ""))[0], 400);
    assertEquals((await post("/json", new Uint8Array([0xff])))[0], 400);
    assertEquals((await post("/text", new Uint8Array([0xff])))[0], 400);
  });

  siteTest(way, "hosts have rules of their own", async () => {
    const app = new Application([["/", writes(() => "any")]], QUIET);
    app.addHandlers("shop\\.example", [["/", writes(() => "shop")]]);
    await using client = visit(way, app);
    const seen = [];
    for (const host of ["a", "shop.example", "SHOP.example:80", "http://shop.example/"]) {
      using connection = await client.connect();
      const target = host.startsWith("http") ? host : "/";
      await connection.send(`GET ${target} HTTP/1.1\r\nHost: ${host.startsWith("http") ? "a" : host}\r\n\r\n`);
      seen.push((await answer(connection)).body);
    }
    assertEquals(seen, ["any", "shop", "shop", "shop"]);
  });

  siteTest(way, "Finish ends the request without an error page", async () => {
    const finish = writes((handler) => {
      handler.setStatus(401);
      handler.setHeader("WWW-Authenticate", "Basic");
      throw new Finish("who are you?");
    });
    await using client = site(way, [["/", finish]]);
    const got = await ask(client, "/");
    assertEquals([got.status, got.get("www-authenticate"), got.body], [401, "Basic", "who are you?"]);
  });

  siteTest(
    way,
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
      await using client = visit(way, new Application([["/([0-9]+)", Logged]]));
      for (const path of ["/200", "/404", "/500?x"]) await ask(client, path);
      const lines = t.logs.filter((record) => record.name === "tornado.access");
      assertEquals(lines.map((record) => record.levelname), ["INFO", "WARNING", "ERROR"]);
      assertMatch(lines[0]?.getMessage() ?? "", /^200 GET \/200 \(127\.0\.0\.1\) \d+\.\d\dms$/);
      assertEquals(order, ["1 lines", "2 lines", "3 lines"]);
    },
  );
}
