import { assertEquals, assertStringIncludes } from "@std/assert";
import type { HTTPHeaders } from "../../../src/http/httputil.ts";
import type { Bytes } from "../../../src/internal/bytes.ts";
import {
  addslash,
  Application,
  FallbackHandler,
  type FirstChunk,
  HTTPError,
  OutputTransform,
  RedirectHandler,
  RequestHandler,
} from "../../../src/web/mod.ts";
import { ask, QUIET, site, siteTest, visit, type Way, writes } from "./site.ts";

/** Reads its Cookie header through the application's eyes. */
const cookies = writes((handler) => ({
  all: Object.fromEntries(Array.from(handler.cookies, ([name, { value }]) => [name, value])),
  header: handler.request.headers.get("Cookie"),
  a: handler.getCookie("a"),
}));

class Flushes extends RequestHandler {
  override async get(code: string): Promise<void> {
    this.setStatus(Number(code));
    await this.flush();
  }
}

/** What handlers answer where a response of theirs cannot be sent. */
export function applicationErrorContract(way: Way): void {
  siteTest(way, "a final status of 1xx is a 500 and a logged stack", async (t) => {
    t.expectLog("tornado.application", /^Uncaught exception GET \/(?:set|flush)\/1/);
    t.expectLog("tornado.general", /^Cannot answer with 103, which is an interim status: sending 500$/);
    class Sets extends RequestHandler {
      override get(code: string): void {
        this.setStatus(Number(code));
      }
    }
    class Throws extends RequestHandler {
      override get(code: string): void {
        throw new HTTPError(Number(code));
      }
    }
    await using client = site(way, [["/set/(.*)", Sets], ["/flush/(.*)", Flushes], ["/throw/(.*)", Throws]]);
    for (const code of [100, 101, 102, 103, 199]) {
      for (const how of ["set", "flush"]) {
        const got = await ask(client, `/${how}/${code}`);
        assertEquals([got.status, got.reason], [500, "Internal Server Error"], `${how} ${code}`);
        assertStringIncludes(got.body, "500: Internal Server Error");
      }
    }
    const got = await ask(client, "/throw/103");
    assertEquals([got.status, got.body.includes("500: Internal Server Error")], [500, true]);
    assertEquals(t.logs.filter((record) => record.getMessage().startsWith("Uncaught exception")).length, 10);
  });

  siteTest(way, "HTTPError(204), HTTPError(205) and HTTPError(304) send no body", async (t) => {
    class Throws extends RequestHandler {
      override get(code: string): void {
        this.write("discarded");
        throw new HTTPError(Number(code));
      }
      override writeError(): void {
        this.write("a page");
      }
    }
    class Sends extends RequestHandler {
      override get(code: string): void {
        this.sendError(Number(code));
      }
    }
    await using client = site(way, [["/throw/(.*)", Throws], ["/send/(.*)", Sends]]);
    for (const path of ["/throw/204", "/throw/304", "/send/204", "/send/304"]) {
      const got = await ask(client, path);
      assertEquals([got.status, got.get("content-type"), got.chunked], [Number(path.slice(-3)), null, false], path);
    }
    // Deno.serve cannot send it.
    const reset = way.engine === "listen" ? 205 : 204;
    if (reset === 204) {
      t.expectLog("tornado.general", /^Cannot send status 205 through Deno.serve: sending 204 instead$/);
    }
    for (const path of ["/throw/205", "/send/205"]) {
      const got = await ask(client, path);
      assertEquals([got.status, got.get("content-type"), got.body], [reset, null, ""], path);
    }
  });

  siteTest(way, "what throws while the head is made leads to an error page", async (t) => {
    t.expectLog("tornado.application", /^Uncaught exception GET \//);
    class Fails extends OutputTransform {
      readonly #path: string;
      constructor(...args: ConstructorParameters<typeof OutputTransform>) {
        super(...args);
        this.#path = args[0].path;
      }
      override transformFirstChunk(statusCode: number, headers: HTTPHeaders, chunk: Bytes): FirstChunk {
        if (this.#path === "/transform" && statusCode === 200) throw new Error("boom");
        return [statusCode, headers, chunk];
      }
    }
    const says = (length: string, how: "finish" | "flush") =>
      class extends RequestHandler {
        override async get(): Promise<void> {
          this.setHeader("Content-Length", length);
          this.write("hello");
          if (how === "flush") await this.flush();
        }
      };
    const rules = [
      ["/transform", writes(() => "page")],
      ["/short", says("3", "finish")],
      ["/long", says("9", "finish")],
      ["/text", says("five", "finish")],
      ["/flushed", says("3", "flush")],
      ["/flushed/text", says("five", "flush")],
    ] as const;
    await using client = visit(way, new Application(rules, { ...QUIET, transforms: [Fails] }));
    for (const [path] of rules) {
      const got = await ask(client, path);
      assertEquals([got.status, got.get("content-type")], [500, "text/html; charset=UTF-8"], path);
      assertStringIncludes(got.body, "500: Internal Server Error");
    }
  });

  siteTest(way, "an error page that cannot be sent is a bare 500, also a page that waits", async (t) => {
    t.expectLog("tornado.application", /^Uncaught exception GET \//);
    t.expectLog("tornado.application", /^Exception in exception handler$/);
    t.expectLog("tornado.application", /^Uncaught exception in write_error$/);
    class Hopeless extends OutputTransform {
      override transformFirstChunk(): FirstChunk {
        throw new Error("boom");
      }
    }
    class Waits extends RequestHandler {
      override get(): void {
        throw new Error("first");
      }
      override async writeError(): Promise<void> {
        await Promise.resolve();
        this.write("page");
      }
    }
    const rules = [["/", writes(() => "page")], ["/waits", Waits]] as const;
    await using client = visit(way, new Application(rules, { ...QUIET, transforms: [Hopeless] }));
    for (const [path] of rules) {
      const got = await ask(client, path);
      assertEquals([got.status, got.body], [500, ""], path);
    }
  });

  siteTest(way, "several Cookie lines are one list, as a proxy splits it that reads HTTP/2", async () => {
    const echo = { fetch: (request: Request) => new Response(request.headers.get("Cookie")) };
    await using client = site(way, [["/", cookies], ["/fetch", FallbackHandler, { fallback: echo }]]);
    const lines = ["Cookie: a=1", "X-Other: x", "Cookie: b=2; c=3", "Cookie: d=4"];
    const got = await ask(client, "/", lines);
    const header = "a=1; b=2; c=3; d=4";
    assertEquals(JSON.parse(got.body), { all: { a: "1", b: "2", c: "3", d: "4" }, header, a: "1" });
    assertEquals((await ask(client, "/fetch", lines)).body, header);
  });

  siteTest(way, "two cookies of one name are set for two paths", async () => {
    const sets = writes((handler) => {
      handler.setCookie("sid", "a", { path: "/x" });
      handler.setCookie("sid", "b", { path: "/y" });
      handler.setCookie("sid", "c", { path: "/y" });
      return undefined;
    });
    await using client = site(way, [["/", sets]]);
    assertEquals((await ask(client, "/")).getAll("set-cookie"), ["sid=a; Path=/x", "sid=c; Path=/y"]);
  });

  siteTest(way, "a Location beyond ASCII is percent-encoded, and leads there", async () => {
    class Goes extends RequestHandler {
      override get(): void {
        this.redirect(this.getArgument("to"));
      }
    }
    class Slash extends RequestHandler {
      @addslash
      override get(): void {
        this.write(this.request.path);
      }
    }
    await using client = site(way, [
      ["/go", Goes],
      ["/moved/(.*)", RedirectHandler, { url: "/café/{0}" }],
      ["/café/?|/caf%C3%A9/.*", Slash],
    ]);
    for (
      const [path, location] of [
        ["/go?to=/caf%C3%A9/", "/caf%C3%A9/"],
        ["/go?to=/caf%25C3%25A9/", "/caf%C3%A9/"],
        ["/moved/th%C3%A9/", "/caf%C3%A9/th%C3%A9/"],
        ["/caf%C3%A9/x", "/caf%C3%A9/x/"],
      ]
    ) {
      assertEquals((await ask(client, path)).get("location"), location, path);
      const response = await client.get(path, { followRedirects: true });
      assertEquals([response.code, response.text], [200, location], path);
    }
  });
}
