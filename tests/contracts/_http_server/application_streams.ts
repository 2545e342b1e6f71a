import { assertEquals, assertMatch, assertRejects, assertStringIncludes } from "@std/assert";
import { StreamClosedError } from "../../../src/net/iostream.ts";
import { Application, RequestHandler } from "../../../src/web/mod.ts";
import { answer } from "./engine.ts";
import { ask, isFramed, QUIET, site, siteTest, visit, type Way, writes } from "./site.ts";

/** What handlers may rely on that stream, wait, or lose their client. */
export function applicationStreamContract(way: Way): void {
  siteTest(way, "flush() streams the answer, and a body of known length is not chunked", async () => {
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
    await using client = site(way, [["/", Stream]]);
    for (const [path, chunked] of [["/", true], ["/?length=1", false]] as const) {
      const got = await ask(client, path);
      assertEquals([got.status, got.chunked, got.body, got.get("etag")], [
        200,
        chunked && isFramed(way),
        "abcdef",
        null,
      ]);
    }
  });

  siteTest(way, "flush() rejects when the client is gone, and onConnectionClose is called", async () => {
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
    await using client = site(way, [["/", Endless]]);
    {
      using connection = await client.connect();
      await connection.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
      await connection.until("first");
    }
    await rejected.promise;
  });

  siteTest(way, "onConnectionClose is called for a client that leaves while it waits", async () => {
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
    await using client = site(way, [["/", LongPoll]]);
    {
      using connection = await client.connect();
      await connection.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
      await waiting.promise;
    }
    await finished.promise;
  });

  siteTest(way, "requests that wait are answered by another one", async () => {
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
    await using client = site(way, [["/", Poll]]);
    const polls = [1, 2, 3].map(() => ask(client, "/"));
    await full.promise;
    assertEquals((await ask(client, "/?message=hello", ["Content-Length: 0"], "POST")).status, 200);
    assertEquals((await Promise.all(polls)).map((got) => got.body), ["hello", "hello", "hello"]);
  });

  siteTest(way, "a streamRequestBody handler gets the body as it arrives", async () => {
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
    await using client = site(way, [["/", Upload]]);
    using connection = await client.connect();
    await connection.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n");
    await first.promise;
    await connection.send("3\r\nabc\r\n0\r\n\r\n");
    assertEquals((await answer(connection)).body, "5,3");
    await connection.send(`POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 101\r\n\r\n`);
    assertEquals((await answer(connection)).status, 413);
  });

  siteTest(way, "a streamRequestBody handler may answer in prepare, or lose its client", async () => {
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
    await using client = site(way, [["/.*", Upload]]);
    {
      using early = await client.connect();
      await early.send("POST /early HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n");
      const got = await answer(early);
      assertEquals([got.status, got.body], [403, "no need"]);
    }
    {
      using lost = await client.connect();
      await lost.send("POST /lost HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n");
      await seen.promise;
    }
    await closed.promise;
    assertEquals(calls.filter((call) => call !== "closed /early"), ["data", "closed /lost"]);
  });

  siteTest(way, "bodies of 8 MiB go both ways", async () => {
    class Echo extends RequestHandler {
      override post(): void {
        this.write(this.request.body);
      }
    }
    const body = new Uint8Array(8 << 20);
    for (let i = 0; i < body.length; i++) body[i] = (i * 13) ^ (i >> 7);
    await using client = site(way, [["/", Echo]]);
    assertEquals((await client.post("/", { body })).body, body);
  });

  siteTest(way, "a body beyond maxBodySize is 413 and no handler is made", async () => {
    let made = 0;
    class Counted extends RequestHandler {
      override initialize(): void {
        made++;
      }
    }
    await using client = visit(way, new Application([["/", Counted]], QUIET), { maxBodySize: 4 });
    assertEquals((await ask(client, "/", [], "POST", "12345")).status, 413);
    assertEquals(made, 0);
  });

  siteTest(
    way,
    "an error after the head was sent is logged, and the client can tell that the answer is cut",
    async (t) => {
      t.expectLog("tornado.application", /^Uncaught exception GET \//);
      t.expectLog("tornado.general", /^Cannot send error response after headers written$/);
      class Late extends RequestHandler {
        override async get(): Promise<void> {
          this.write("begun");
          await this.flush();
          throw new Error("boom");
        }
      }
      await using client = site(way, [["/", Late]]);
      using connection = await client.connect();
      await connection.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
      const text = await connection.rest();
      assertMatch(text, /^HTTP\/1\.1 200 [^]*begun/);
      // The last chunk is missing.
      assertEquals(text.includes("\r\n0\r\n"), false);
    },
  );

  siteTest(way, "a handler that says a wrong Content-Length sends an error page", async (t) => {
    t.expectLog("tornado.application", /^Uncaught exception GET \/ /);
    await using client = site(way, [[
      "/",
      writes((handler) => {
        handler.setHeader("Content-Length", 3);
        return "hello";
      }),
    ]]);
    const response = await client.get("/");
    assertEquals(response.code, 500);
    assertStringIncludes(response.text, "500: Internal Server Error");
  });

  siteTest(way, "a handler's error does not keep others waiting", async (t) => {
    t.expectLog("tornado.application", /^Uncaught exception/);
    const go = Promise.withResolvers<void>();
    class Waits extends RequestHandler {
      override async get(): Promise<void> {
        await go.promise;
        throw new Error("boom");
      }
    }
    await using client = site(way, [["/waits", Waits], ["/", writes(() => "quick")]]);
    const slow = ask(client, "/waits");
    assertEquals((await ask(client, "/")).body, "quick");
    go.resolve();
    assertEquals((await slow).status, 500);
  });
}
