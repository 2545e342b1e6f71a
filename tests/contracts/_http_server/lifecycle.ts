import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { Application, DrainError, type EventStreamEnd, RequestHandler } from "../../../src/web/mod.ts";
import { WARNING } from "../../../src/util/log.ts";
import { Load } from "../../support/load.ts";
import { RawClient } from "../../support/raw_client.ts";
import { until } from "../../support/turns.ts";
import { answer, contractTest, type Engine, headers, reply, Scripted, serve, status } from "./engine.ts";
import { QUIET } from "./site.ts";

const GET = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
const POST = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n";

/** How a server ends. */
export function lifecycleContract(engine: Engine): void {
  contractTest(engine, "a server can be disposed of before it listens, and twice", async () => {
    const server = engine.make(new Scripted());
    await server[Symbol.asyncDispose]();
    await server[Symbol.asyncDispose]();
  });

  contractTest(engine, "port tells the port that was found for 0, and is refused before", async () => {
    await using server = engine.make((request) => reply(request.connection, "here"));
    let refused = "";
    try {
      void server.port;
    } catch (error) {
      refused = error instanceof Error ? error.message : "";
    }
    assertEquals(refused.startsWith("Cannot tell the port: "), true);
    server.listen(0, { address: "127.0.0.1" });
    assertEquals(await (await fetch(`http://127.0.0.1:${server.port}/`)).text(), "here");
  });

  contractTest(engine, "a server may listen on several ports", async () => {
    await using first = engine.make(({ connection, headers }) => reply(connection, headers.get("Host") ?? ""));
    first.listen(0, { address: "127.0.0.1" });
    const { port } = first;
    first.listen(0, { address: "127.0.0.1" });
    assertEquals(first.port, port);
    assertEquals(await (await fetch(`http://127.0.0.1:${port}/`)).text(), `127.0.0.1:${port}`);
  });

  contractTest(engine, "stop() refuses new connections and answers the request under way", async () => {
    const go = Promise.withResolvers<void>();
    const delegate = new Scripted({ finish: (connection) => void go.promise.then(() => reply(connection, "done")) });
    await using server = serve(engine, delegate);
    const { port } = server;
    using client = await RawClient.connect(port);
    await client.send(GET);
    await delegate.seen("finish");
    server.stop();
    await assertRejects(() => RawClient.exchange(port, GET).then(refuseEmpty));
    go.resolve();
    assertEquals((await answer(client)).body, "done");
  });

  contractTest(engine, "drain() closes idle connections, lets the request under way finish, and tells so", async () => {
    const go = Promise.withResolvers<void>();
    const delegate = new Scripted({ finish: (connection) => void go.promise.then(() => reply(connection, "done")) });
    await using server = serve(engine, delegate);
    using idle = await RawClient.connect(server.port);
    using client = await RawClient.connect(server.port);
    await client.send(GET);
    await delegate.seen("finish");
    const drained = server.drain(60);
    assertEquals(await idle.rest(), "");
    go.resolve();
    assertEquals((await answer(client)).body, "done");
    assertEquals(await client.rest(), "");
    assertEquals(await drained, true);
  });

  contractTest(engine, "drain() under load loses no request, on old connections and on new ones", async () => {
    let answers = 0;
    await using server = serve(engine, ({ connection }) => {
      answers++;
      reply(connection, "done");
    });
    const load = new Load(server.port, 40);
    await until(() => answers >= 400);
    assertEquals(await server.drain(60), true);
    await load.ended;
    assertEquals([load.lost, load.answered], [0, answers]);
  });

  contractTest(engine, "the port is free after drain()", async () => {
    await using server = serve(engine, ({ connection }) => reply(connection, "here"));
    const { port } = server;
    await (await fetch(`http://127.0.0.1:${port}/`)).text();
    await server.drain(60);
    Deno.listen({ hostname: "127.0.0.1", port }).close();
  });

  contractTest(engine, "drain() of an idle server is done at once", async () => {
    await using server = serve(engine, new Scripted());
    assertEquals(await server.drain(60), true);
  });

  contractTest(engine, "drain() cuts what is not finished at the deadline", async () => {
    let closed = 0;
    const delegate = new Scripted({
      finish: (connection) => {
        connection.setCloseCallback(() => closed++);
        if (delegate.count("finish") === 1) return;
        connection.writeHeaders(status(200), headers(), "begun");
      },
    });
    await using server = serve(engine, delegate);
    using pending = await RawClient.connect(server.port);
    await pending.send(GET);
    await delegate.seen("finish");
    using streaming = await RawClient.connect(server.port);
    await streaming.send(GET);
    await streaming.until("begun\r\n");
    assertEquals(await server.drain(0.2), false);
    assertEquals(await streaming.rest(), "");
    assertEquals((await pending.rest()).includes(" 200 "), false);
    assertEquals(closed, 2);
  });

  contractTest(engine, "drain() tells long-lived responses, which end in order", async () => {
    const told: number[] = [];
    const delegate = new Scripted({
      finish(connection) {
        const others = connection.context?.longLived;
        const isStream = delegate.count("finish") === 1;
        if (isStream) connection.writeHeaders(status(200), headers(), "begun");
        const response = {
          drain(seconds: number) {
            told.push(seconds);
            if (isStream) connection.write(", ended");
            if (isStream) connection.finish();
            else reply(connection, "nothing new");
            others?.delete(response);
          },
        };
        others?.add(response);
      },
    });
    await using server = serve(engine, delegate);
    using stream = await RawClient.connect(server.port);
    await stream.send(GET);
    await delegate.seen("finish");
    using poll = await RawClient.connect(server.port);
    await poll.send(GET);
    await until(() => delegate.count("finish") === 2);
    assertEquals(server.connectionCount, 2);
    assertEquals(
      await Promise.all([server.drain(60), answer(stream), answer(poll)]).then(
        ([drained, ...answers]) => [drained, ...answers.map(({ body }) => body)],
      ),
      [true, "begun, ended", "nothing new"],
    );
    assertEquals(told, [60, 60]);
  });

  contractTest(engine, "drain() ends event streams in order, each with a time to come back", async () => {
    const ends: EventStreamEnd[] = [];
    class Events extends RequestHandler {
      override async get(): Promise<void> {
        const { closed } = this.eventStream();
        opened++;
        ends.push(await closed);
      }
      override post(): void {
        this.eventStream({ keepOpen: true });
        opened++;
      }
    }
    let opened = 0;
    await using server = serve(engine, new Application([["/", Events]], QUIET));
    const clients = await Promise.all(Array.from({ length: 20 }, () => RawClient.connect(server.port)));
    try {
      for (const [i, client] of clients.entries()) await client.send(i % 2 === 0 ? GET : POST);
      await until(() => opened === clients.length);
      const [isDrained, ...answers] = await Promise.all([server.drain(2), ...clients.map((each) => answer(each))]);
      assertEquals(isDrained, true);
      for (const { body } of answers) assertMatch(body, /^retry: \d+\n\nretry: \d+\n\n$/);
      assertEquals(ends, Array.from({ length: 10 }, () => "drain"));
    } finally {
      for (const client of clients) client[Symbol.dispose]();
    }
  });

  contractTest(engine, "drain() tells the others if one response fails to drain", async (t) => {
    const delegate = new Scripted({
      finish(connection) {
        const others = connection.context?.longLived;
        others?.add({
          drain() {
            throw new Error("cannot");
          },
        });
        others?.add({ drain: () => reply(connection, "told") });
      },
    });
    await using server = serve(engine, delegate);
    using client = await RawClient.connect(server.port);
    await client.send(GET);
    await delegate.seen("finish");
    const drained = server.drain(60);
    assertEquals((await answer(client)).body, "told");
    assertEquals(await drained, true);
    t.expectLog("tornado.application", /^A response cannot be drained/);
  });

  contractTest(engine, "a response that is added while the server is drained is told immediately", async () => {
    const go = Promise.withResolvers<void>();
    const delegate = new Scripted({
      finish: (connection) =>
        void go.promise.then(() => {
          connection.context?.longLived?.add({ drain: (seconds) => reply(connection, `in ${seconds}`) });
        }),
    });
    await using server = serve(engine, delegate);
    using client = await RawClient.connect(server.port);
    await client.send(GET);
    await delegate.seen("finish");
    const drained = server.drain(30);
    go.resolve();
    assertEquals((await answer(client)).body, "in 30");
    assertEquals(await drained, true);
  });

  contractTest(engine, "drain() waits for what has left HTTP, and aborts it at the deadline", async () => {
    const calls: string[] = [];
    const delegate = new Scripted({
      finish(connection) {
        const others = connection.context?.longLived;
        const response = {
          drain: () => void calls.push("drain"),
          abort() {
            calls.push("abort");
            others?.delete(response);
          },
        };
        others?.add(response);
        reply(connection, "left");
      },
    });
    await using server = serve(engine, delegate);
    using client = await RawClient.connect(server.port);
    await client.send(GET);
    assertEquals((await answer(client)).body, "left");
    assertEquals(await server.drain(0.05), false);
    assertEquals([calls, server.connectionCount], [["drain", "abort"], 0]);
  });

  contractTest(engine, "closeAllConnections() ends whatever is under way", async () => {
    let closed = 0;
    const delegate = new Scripted({ finish: (connection) => connection.setCloseCallback(() => closed++) });
    await using server = serve(engine, delegate);
    using idle = await RawClient.connect(server.port);
    using pending = await RawClient.connect(server.port);
    await pending.send(GET);
    await delegate.seen("finish");
    using body = await RawClient.connect(server.port);
    await body.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n");
    await delegate.seen("data 5");
    server.stop();
    await server.closeAllConnections();
    assertEquals(await idle.rest(), "");
    assertEquals((await pending.rest()).includes(" 200 "), false);
    assertEquals((await body.rest()).includes(" 200 "), false);
    await delegate.seen("closed");
    assertEquals([closed, delegate.count("closed")], [1, 1]);
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
    await using server = serve(engine, new Application([["/(.*)", Waiting]], QUIET));
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

  contractTest(engine, "event streams end in the first half of a drain, each with a time to come back", async () => {
    const ends: Promise<string>[] = [];
    const reasons: unknown[] = [];
    class Feed extends RequestHandler {
      override async get(): Promise<void> {
        const events = this.eventStream({ retry: 4 });
        events.send("hello");
        ends.push(events.closed);
        this.signal.addEventListener("abort", () => reasons.push(this.signal.reason));
        await events.closed;
        // What a handler still sends is no error.
        await events.send("late");
      }
    }
    await using server = serve(engine, new Application([["/", Feed]], QUIET));
    const clients = await Promise.all(Array.from({ length: 20 }, () => RawClient.connect(server.port)));
    try {
      for (const client of clients) await client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
      await until(() => ends.length === 20);
      const drained = server.drain(2);
      const times = new Set<string>();
      for (const client of clients) {
        const { body } = await answer(client);
        const [, , end = ""] = /^retry: (\d+)\n\ndata: hello\n\nretry: (\d+)\n\n$/.exec(body) ?? [];
        assertEquals(Number(end) >= 2000 && Number(end) <= 6000, true, body);
        times.add(end);
      }
      assertEquals([await drained, times.size > 10], [true, true]);
      assertEquals(new Set(await Promise.all(ends)), new Set(["drain"]));
      assertEquals(reasons.map((reason) => reason instanceof DrainError && reason.seconds), ends.map(() => 2));
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
    await using server = serve(engine, new Application([["/(.*)", Waiting]], QUIET));
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

  contractTest(
    engine,
    "a handler that throws the reason of its signal for a client that has gone logs nothing",
    async (t) => {
      const begun = Promise.withResolvers<void>();
      const ended = Promise.withResolvers<void>();
      class Waiting extends RequestHandler {
        override async get(): Promise<void> {
          begun.resolve();
          await new Promise((_resolve, reject) => {
            this.signal.addEventListener("abort", () => reject(this.signal.reason), { once: true });
          });
        }
        override onFinish(): void {
          ended.resolve();
        }
      }
      await using server = serve(engine, new Application([["/", Waiting]], QUIET));
      const client = await RawClient.connect(server.port);
      await client.send(GET);
      await begun.promise;
      client[Symbol.dispose]();
      await ended.promise;
      assertEquals(t.logs.filter(({ levelno }) => levelno >= WARNING), []);
    },
  );
}

/** A connection that was accepted by the kernel and closed by nobody's answer is one refused. */
function refuseEmpty(text: string): void {
  if (text === "") throw new Error("closed without an answer");
}
