import { assert, assertEquals, assertRejects } from "@std/assert";
import { type HTTPConnection, HTTPInputError } from "../../../src/http/httputil.ts";
import { StreamClosedError } from "../../../src/net/iostream.ts";
import { Application, RequestHandler } from "../../../src/web/mod.ts";
import { RawClient } from "../../support/raw_client.ts";
import { answer, contractTest, type Engine, headers, reply, type Script, Scripted, serve, status } from "./engine.ts";
import { QUIET } from "./site.ts";

const POST = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello";

/** What becomes of errors in the application, and of clients that leave. */
export function failureContract(engine: Engine): void {
  const boom = (): never => {
    throw new Error("boom");
  };
  const later = async (): Promise<void> => {
    await Promise.resolve();
    boom();
  };
  const places: [string, Script, number][] = [
    ["headersReceived", { headers: boom }, 1],
    ["headersReceived's promise", { headers: later }, 1],
    ["dataReceived", { data: boom }, 1],
    ["dataReceived's promise", { data: later }, 1],
    ["finish", { finish: boom }, 0],
  ];
  for (const [place, script, closed] of places) {
    contractTest(engine, `an error in ${place} is a 500 without a body, and a logged stack`, async (t) => {
      t.expectLog("tornado.application", /^Uncaught exception/);
      const delegate = new Scripted(script);
      await using server = serve(engine, delegate);
      using client = await RawClient.connect(server.port);
      await client.send(POST);
      const got = await answer(client);
      assertEquals([got.status, got.get("content-length"), got.body], [500, "0", ""]);
      assertEquals(delegate.count("closed"), closed);
      const logged = t.logs.find((record) => record.name === "tornado.application")?.excInfo;
      assertEquals(logged instanceof Error && logged.message, "boom");
    });
  }

  contractTest(engine, "an error in startRequest is a 500, and other clients are served", async (t) => {
    t.expectLog("tornado.application", /^Uncaught exception/);
    const delegate = new class extends Scripted {
      override startRequest(...args: Parameters<Scripted["startRequest"]>): ReturnType<Scripted["startRequest"]> {
        if (this.events.length === 0) {
          this.note("refused");
          boom();
        }
        return super.startRequest(...args);
      }
    }({ finish: (connection) => reply(connection, "fine") });
    await using server = serve(engine, delegate);
    using client = await RawClient.connect(server.port);
    await client.send(POST);
    assertEquals((await answer(client)).status, 500);
    using other = await RawClient.connect(server.port);
    await other.send(POST);
    assertEquals((await answer(other)).body, "fine");
  });

  contractTest(engine, "an HTTPInputError of the delegate is its status and one line", async (t) => {
    const delegate = new Scripted({
      finish: () => {
        throw new HTTPInputError("too odd", { statusCode: 414 });
      },
    });
    await using server = serve(engine, delegate);
    using client = await RawClient.connect(server.port);
    await client.send(POST);
    assertEquals((await answer(client)).status, 414);
    const lines = t.logs.filter((record) => record.name === "tornado.general").map((record) => record.getMessage());
    assertEquals(lines, ["Malformed HTTP message from 127.0.0.1: too odd"]);
  });

  for (const fields of [{}, { "Content-Length": "10" }]) {
    const framing = JSON.stringify(fields);
    contractTest(engine, `a function whose promise rejects within a response ${framing} cuts it`, async (t) => {
      t.expectLog("tornado.application", /^Uncaught exception/);
      await using server = serve(engine, async ({ connection }) => {
        await connection?.writeHeaders(status(200), headers(fields), "half");
        await later();
      });
      const text = await RawClient.exchange(server.port, POST);
      assert(/^HTTP\/1\.1 200 [^]*half/.test(text), text);
      assert(!text.endsWith("0\r\n\r\n"), text);
    });
  }

  for (const begun of [false, true]) {
    const state = begun ? "has begun" : "has not begun";
    contractTest(engine, `a response that ${state} when the request fails is lost, which is no error`, async () => {
      const seen = Promise.withResolvers<HTTPConnection>();
      const delegate = new Scripted({
        data: (its) => {
          seen.resolve(its);
          if (begun) void its.writeHeaders(status(200), headers({}), "half");
        },
      });
      await using server = serve(engine, delegate);
      using client = await RawClient.connect(server.port);
      await client.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n");
      await delegate.seen("data 5");
      await client.send("zz\r\n");
      await delegate.seen("closed");
      const connection = await seen.promise;
      const more = () => begun ? connection.write("more") : connection.writeHeaders(status(200), headers({}), "x");
      await assertRejects(more, StreamClosedError);
      connection.finish();
    });
  }

  contractTest(engine, "a head that cannot be made is a 500 page and a line, not silence", async (t) => {
    t.expectLog("tornado.application", /^Uncaught exception GET \/status/);
    t.expectLog("tornado.application", /^Uncaught exception GET \/length/);
    class Faulty extends RequestHandler {
      override async get(kind: string): Promise<void> {
        if (kind.startsWith("status")) this.setStatus(Number(kind.slice(6)));
        else this.setHeader("Content-Length", "many");
        if (kind.endsWith("flush")) await this.flush();
      }
    }
    await using server = serve(engine, new Application([["/([a-z0-9]+)", Faulty]], QUIET));
    const kinds = ["status100", "status101", "status103", "status199", "length", "lengthflush"];
    for (const kind of kinds) {
      using client = await RawClient.connect(server.port);
      await client.send(`GET /${kind} HTTP/1.1\r\nHost: a\r\n\r\n`);
      const got = await answer(client);
      assertEquals([got.status, got.body.slice(0, 24)], [500, "<html><title>500: Intern"], kind);
    }
  });

  contractTest(engine, "a function whose head cannot be made is a 500", async (t) => {
    t.expectLog("tornado.application", /^Uncaught exception/);
    const heads: [number, Record<string, string>, string][] = [
      [100, {}, ""],
      [103, {}, "body"],
      [0, {}, ""],
      [NaN, {}, ""],
      [1000, {}, ""],
      [200, { "Content-Length": "many" }, ""],
      [200, { "Content-Length": "3" }, "four"],
    ];
    for (const whole of [true, false]) {
      for (const [code, fields, body] of heads) {
        await using server = serve(engine, ({ connection }) => {
          if (whole) connection?.respond(status(code), headers(fields), body);
          else void connection?.writeHeaders(status(code), headers(fields), body);
        });
        using client = await RawClient.connect(server.port);
        await client.send(POST);
        assertEquals((await answer(client)).status, 500);
      }
    }
  });

  contractTest(engine, "a function whose promise rejects is a 500", async (t) => {
    t.expectLog("tornado.application", /^Uncaught exception/);
    await using server = serve(engine, () => later());
    using client = await RawClient.connect(server.port);
    await client.send(POST);
    assertEquals((await answer(client)).status, 500);
  });

  contractTest(engine, "an error after the head was written cuts the response", async (t) => {
    t.expectLog("tornado.application", /^Uncaught exception/);
    const delegate = new Scripted({
      headers: async (connection) => {
        await connection.writeHeaders(status(200), headers(), "first");
      },
      data: boom,
    });
    await using server = serve(engine, delegate);
    using client = await RawClient.connect(server.port);
    await client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n");
    await client.until("first");
    await client.send("hello");
    const rest = await client.rest();
    assert(!rest.includes("0\r\n\r\n"), `the response looks complete: ${rest}`);
    assertEquals(delegate.count("closed"), 1);
  });

  contractTest(engine, "a client that leaves while the answer is pending runs the close callback once", async () => {
    const closed = Promise.withResolvers<void>();
    let calls = 0;
    const delegate = new Scripted({
      finish: (connection) =>
        connection.setCloseCallback(() => {
          calls++;
          // Nobody listens, and nothing happens.
          reply(connection, "too late");
          closed.resolve();
        }),
    });
    await using server = serve(engine, delegate);
    {
      using client = await RawClient.connect(server.port);
      await client.send(POST);
      await delegate.seen("finish");
    }
    await closed.promise;
    await delegate.seen("end");
    assertEquals([calls, delegate.count("closed")], [1, 0]);
  });

  contractTest(engine, "a close callback that was set late runs as well, one taken back does not", async () => {
    const set = Promise.withResolvers<void>();
    const closed = Promise.withResolvers<void>();
    const delegate = new Scripted({
      finish: (connection) => {
        connection.setCloseCallback(() => assert(false, "this one was taken back"));
        connection.setCloseCallback(null);
        queueMicrotask(() => {
          connection.setCloseCallback(closed.resolve);
          set.resolve();
        });
      },
    });
    await using server = serve(engine, delegate);
    {
      using client = await RawClient.connect(server.port);
      await client.send(POST);
      await set.promise;
    }
    await closed.promise;
  });

  contractTest(engine, "a close callback does not run after the answer", async () => {
    let calls = 0;
    const delegate = new Scripted({
      finish: (connection) => {
        connection.setCloseCallback(() => calls++);
        queueMicrotask(() => reply(connection, "done"));
      },
    });
    await using server = serve(engine, delegate);
    {
      using client = await RawClient.connect(server.port);
      await client.send(POST);
      assertEquals((await answer(client)).body, "done");
    }
    await delegate.seen("end");
    assertEquals(calls, 0);
  });

  contractTest(engine, "a client that leaves in the middle of its body makes the delegate's end", async () => {
    const delegate = new Scripted();
    await using server = serve(engine, delegate);
    {
      using client = await RawClient.connect(server.port);
      await client.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n");
      await delegate.seen("data 5");
    }
    await delegate.seen("closed");
    await delegate.seen("end");
    assertEquals(delegate.events, ["start", "headers", "data 5", "closed", "end"]);
  });

  contractTest(engine, "an error in onConnectionClose is logged", async (t) => {
    t.expectLog("tornado.application", /^Uncaught exception/);
    const delegate = new Scripted({ closed: boom });
    await using server = serve(engine, delegate);
    {
      using client = await RawClient.connect(server.port);
      await client.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n");
      await delegate.seen("data 5");
    }
    await delegate.seen("end");
  });

  contractTest(engine, "an error in onClose is logged", async (t) => {
    t.expectLog("tornado.application", /^Uncaught exception/);
    const ended = Promise.withResolvers<void>();
    const delegate = new class extends Scripted {
      override onClose(): void {
        ended.resolve();
        boom();
      }
    }({ finish: (connection) => reply(connection, "fine") });
    await using server = serve(engine, delegate);
    using client = await RawClient.connect(server.port);
    await client.send(POST.replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n"));
    assertEquals((await answer(client)).body, "fine");
    await ended.promise;
  });

  contractTest(engine, "detach() gives the stream, or says why it cannot", async () => {
    const listens = engine.name === "listen";
    const results: string[] = [];
    const delegate = new Scripted({
      finish: (connection) => {
        try {
          const stream = connection.detach();
          results.push(typeof stream);
          if (typeof stream === "object" && stream !== null && "close" in stream) (stream as { close(): void }).close();
        } catch (error) {
          results.push(error instanceof Error ? error.message : "");
          reply(connection, "still here");
        }
      },
    });
    await using server = serve(engine, delegate);
    using client = await RawClient.connect(server.port);
    await client.send(POST);
    if (listens) assertEquals(await client.rest(), "");
    else assertEquals((await answer(client)).body, "still here");
    assertEquals(results.length, 1);
    assert(listens ? results[0] === "object" : /^Cannot detach the connection: /.test(results[0] ?? ""), results[0]);
  });
}
