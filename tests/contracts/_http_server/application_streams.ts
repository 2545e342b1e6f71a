import { assertEquals, assertMatch, assertRejects, assertStringIncludes } from "@std/assert";
import { StreamClosedError } from "../../../src/net/iostream.ts";
import { Application, RequestHandler } from "../../../src/web/mod.ts";
import { RawClient } from "../../support/raw_client.ts";
import { until } from "../../support/turns.ts";
import { answer, contractTest, type Engine, Scripted, serve } from "./engine.ts";
import { ask, QUIET, site, writes } from "./site.ts";

/** What handlers may rely on that stream, wait, or lose their client. */
export function applicationStreamContract(engine: Engine): void {
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

  contractTest(engine, "onDrain ends an event stream and a long poll, and drain() is in time", async () => {
    const told: number[] = [];
    class Waiting extends RequestHandler {
      #end = Promise.withResolvers<void>();
      override async get(kind: string): Promise<void> {
        this.setHeader("Content-Type", "text/event-stream");
        if (kind === "stream") {
          this.write("data: 1\n\n");
          await this.flush();
        }
        waiting.add(kind);
        await this.#end.promise;
        this.write("retry: 5000\n\n");
      }
      override onDrain(seconds: number): void {
        told.push(seconds);
        this.#end.resolve();
      }
    }
    const waiting = new Set<string>();
    await using server = site(engine, [["/(.*)", Waiting]]);
    const clients = await Promise.all([RawClient.connect(server.port), RawClient.connect(server.port)]);
    try {
      await clients[0].send("GET /stream HTTP/1.1\r\nHost: a\r\n\r\n");
      await clients[1].send("GET /poll HTTP/1.1\r\nHost: a\r\n\r\n");
      await until(() => waiting.size === 2);
      const drained = server.drain(60);
      const bodies = await Promise.all(clients.map(async (client) => (await answer(client)).body));
      assertEquals(bodies, ["data: 1\n\nretry: 5000\n\n", "retry: 5000\n\n"]);
      assertEquals([await drained, told], [true, [60, 60]]);
    } finally {
      for (const client of clients) client[Symbol.dispose]();
    }
  });

  contractTest(engine, "onDrain is not called once the request is over, and may fail", async (t) => {
    const calls: string[] = [];
    const events = new Scripted();
    const go = Promise.withResolvers<void>();
    class Waiting extends RequestHandler {
      override async get(kind: string): Promise<void> {
        if (kind === "short") return await Promise.resolve();
        events.note(`${kind} waits`);
        await go.promise;
        this.finish("done");
      }
      override onConnectionClose(): void {
        events.note("gone");
      }
      override onDrain(): void | Promise<void> {
        const { path } = this.request;
        calls.push(path);
        if (path === "/throws") throw new Error("thrown");
        if (path === "/rejects") return Promise.reject(new Error("rejected"));
      }
    }
    await using server = site(engine, [["/(.*)", Waiting]]);
    const send = async (kind: string) => {
      const client = await RawClient.connect(server.port);
      await client.send(`GET /${kind} HTTP/1.1\r\nHost: a\r\n\r\n`);
      if (kind !== "short") await events.seen(`${kind} waits`);
      return client;
    };
    using short = await send("short");
    assertEquals((await answer(short)).status, 200);
    (await send("leaves"))[Symbol.dispose]();
    await events.seen("gone");
    using throws = await send("throws");
    using rejects = await send("rejects");
    const drained = server.drain(60);
    go.resolve();
    for (const client of [throws, rejects]) assertEquals((await answer(client)).body, "done");
    assertEquals([await drained, calls], [true, ["/throws", "/rejects"]]);
    t.expectLog("tornado.application", /^A response cannot be drained/);
    t.expectLog("tornado.application", /^Uncaught exception GET \/rejects/);
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

  contractTest(
    engine,
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
      await using server = site(engine, [["/", Late]]);
      using client = await RawClient.connect(server.port);
      await client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
      const text = await client.rest();
      assertMatch(text, /^HTTP\/1\.1 200 [^]*begun/);
      // The last chunk is missing.
      assertEquals(text.includes("\r\n0\r\n"), false);
    },
  );

  contractTest(engine, "a handler that says a wrong Content-Length sends an error page", async (t) => {
    t.expectLog("tornado.application", /^Uncaught exception GET \/ /);
    await using server = site(engine, [[
      "/",
      writes((handler) => {
        handler.setHeader("Content-Length", 3);
        return "hello";
      }),
    ]]);
    const response = await fetch(`http://127.0.0.1:${server.port}/`);
    assertEquals(response.status, 500);
    assertStringIncludes(await response.text(), "500: Internal Server Error");
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
