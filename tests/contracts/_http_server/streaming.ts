import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import {
  type HTTPConnection,
  HTTPMessageDelegate,
  HTTPOutputError,
  HTTPServerConnectionDelegate,
} from "../../../src/http/httputil.ts";
import { StreamClosedError } from "../../../src/net/iostream.ts";
import { RawClient } from "../../support/raw_client.ts";
import { stalled } from "../../support/turns.ts";
import { answer, contractTest, type Engine, headers, reply, Scripted, serve, status } from "./engine.ts";

const GET = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

/** What becomes of responses that are written piece by piece. */
export function streamingContract(engine: Engine): void {
  const listens = engine.name === "listen";

  contractTest(engine, "a body of unknown length is chunked, and the connection stays usable", async () => {
    await using server = serve(engine, async ({ connection, path }) => {
      if (path === "/end") return reply(connection, "end");
      await connection?.writeHeaders(status(200), headers({ "X-A": "1" }), "one ");
      await connection?.write("");
      await connection?.write("two ");
      await connection?.write(new Uint8Array([0x33, 0x0a]));
      connection?.finish();
    });
    using client = await RawClient.connect(server.port);
    await client.send(GET + GET.replace("/", "/end"));
    const got = await answer(client);
    assertEquals([got.chunked, got.get("x-a"), got.body], [true, "1", "one two 3\n"]);
    assertEquals((await answer(client)).body, "end");
  });

  contractTest(engine, "a body of known length is not chunked", async () => {
    await using server = serve(engine, async ({ connection }) => {
      await connection?.writeHeaders(status(200), headers({ "Content-Length": "10" }), "01234");
      await connection?.write("56789");
      connection?.finish();
    });
    using client = await RawClient.connect(server.port);
    await client.send(GET + GET);
    for (let i = 0; i < 2; i++) {
      const got = await answer(client);
      assertEquals([got.chunked, got.get("content-length"), got.body], [false, "10", "0123456789"]);
    }
  });

  contractTest(engine, "chunks reach the client as they are written", async () => {
    const next = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    await using server = serve(engine, async ({ connection }) => {
      await connection?.writeHeaders(status(200), headers());
      for (const { promise } of next) {
        await connection?.write("tick");
        await promise;
      }
      connection?.finish();
    });
    using client = await RawClient.connect(server.port);
    await client.send(GET);
    await client.until("\r\n\r\n");
    for (const { resolve } of next) {
      assertEquals(await client.until("tick\r\n"), "4\r\ntick\r\n");
      resolve();
    }
    assertEquals(await client.until("\r\n\r\n"), "0\r\n\r\n");
  });

  contractTest(engine, "the head leaves before the first chunk", async () => {
    const go = Promise.withResolvers<void>();
    await using server = serve(engine, async ({ connection }) => {
      await connection?.writeHeaders(status(200), headers({ "X-A": "1" }));
      await go.promise;
      await connection?.write("body");
      connection?.finish();
    });
    using client = await RawClient.connect(server.port);
    await client.send(GET);
    const head = await client.until("\r\n\r\n");
    assert(/^x-a: 1\r$/im.test(head), head);
    go.resolve();
    assertEquals(await client.until("body\r\n"), "4\r\nbody\r\n");
  });

  contractTest(engine, "writeHeaders() to HEAD drops the body and tells no length of 0", async () => {
    await using server = serve(engine, ({ connection, method }) => {
      if (method === "GET") return reply(connection, "next");
      connection?.writeHeaders(status(200), headers({ "X-A": "1" }), "not");
      connection?.write("to be seen");
      connection?.finish();
    });
    using client = await RawClient.connect(server.port);
    await client.send("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n" + GET);
    const head = await answer(client, "HEAD");
    assertEquals([head.status, head.get("x-a"), head.get("content-length")], [200, "1", null]);
    assertEquals((await answer(client)).body, "next");
  });

  contractTest(engine, "204 and 304 drop what is written", async () => {
    await using server = serve(engine, ({ connection, path }) => {
      if (path === "/next") return reply(connection, "next");
      connection?.writeHeaders(status(Number(path.slice(1))), headers(), "not");
      connection?.write("to be seen");
      connection?.finish();
    });
    using client = await RawClient.connect(server.port);
    await client.send(["204", "304", "next"].map((path) => GET.replace("/", `/${path}`)).join(""));
    for (const code of [204, 304]) {
      const got = await answer(client);
      assertEquals([got.status, got.chunked, got.get("content-length")], [code, false, null]);
    }
    assertEquals((await answer(client)).body, "next");
  });

  contractTest(engine, "more than the Content-Length is refused, and nothing of it is sent", async () => {
    const done = Promise.withResolvers<void>();
    await using server = serve(engine, async ({ connection }) => {
      await connection?.writeHeaders(status(200), headers({ "Content-Length": "5" }), "012");
      assertThrows(() => connection?.write("3456"), HTTPOutputError, "Tried to write more data than Content-Length");
      done.resolve();
    });
    using client = await RawClient.connect(server.port);
    await client.send(GET);
    const text = await client.rest();
    await done.promise;
    assert(!text.includes("3456"), text);
  });

  contractTest(engine, "a first chunk beyond the Content-Length is refused, and no 200 is sent", async () => {
    await using server = serve(engine, ({ connection }) => {
      assertThrows(
        () => connection?.writeHeaders(status(200), headers({ "Content-Length": "2" }), "012"),
        HTTPOutputError,
        "Tried to write more data than Content-Length",
      );
    });
    using client = await RawClient.connect(server.port);
    await client.send(GET.replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n"));
    const text = await client.rest();
    assert(!text.includes(" 200 "), text);
  });

  contractTest(engine, "less than the Content-Length is refused, and the connection ends", async () => {
    const done = Promise.withResolvers<void>();
    await using server = serve(engine, async ({ connection }) => {
      await connection?.writeHeaders(status(200), headers({ "Content-Length": "10" }), "012");
      assertThrows(() => connection?.finish(), HTTPOutputError, "Tried to write 7 bytes less than Content-Length");
      done.resolve();
    });
    using client = await RawClient.connect(server.port);
    await client.send(GET);
    const text = await client.rest();
    await done.promise;
    assert(!text.includes("\r\n\r\n") || text.endsWith("\r\n\r\n012"), text);
  });

  contractTest(engine, "write() holds the writer back while the client does not read", async () => {
    // More than any buffer on the way.
    const total = 64 << 20;
    const chunk = new Uint8Array(1 << 20).fill(0x61);
    let sent = 0;
    const done = Promise.withResolvers<void>();
    await using server = serve(engine, async ({ connection }) => {
      await connection?.writeHeaders(status(200), headers({ "Content-Length": String(total) }));
      while (sent < total) {
        await connection?.write(chunk);
        sent += chunk.length;
      }
      connection?.finish();
      done.resolve();
    });
    const response = await fetch(`http://127.0.0.1:${server.port}/`);
    await stalled(() => sent);
    assert(sent < total / 2, `${sent} bytes were taken of a client that does not read`);
    let received = 0;
    for await (const part of response.body ?? []) received += part.length;
    await done.promise;
    assertEquals([received, sent], [total, total]);
  });

  contractTest(engine, "a client that leaves makes write() reject, and the close callback run once", async () => {
    let calls = 0;
    const rejected = Promise.withResolvers<void>();
    const closed = Promise.withResolvers<void>();
    const delegate = new Scripted({
      finish: (connection) => void stream(connection),
    });
    async function stream(connection: HTTPConnection): Promise<void> {
      connection.setCloseCallback(() => {
        calls++;
        closed.resolve();
      });
      await connection.writeHeaders(status(200), headers(), "first");
      await closed.promise;
      await assertRejects(() => connection.write("second"), StreamClosedError);
      await assertRejects(() => connection.drained(), StreamClosedError);
      // Too late to matter, and no error either.
      connection.finish();
      rejected.resolve();
    }
    await using server = serve(engine, delegate);
    {
      using client = await RawClient.connect(server.port);
      await client.send(GET);
      await client.until("first");
    }
    await rejected.promise;
    assertEquals(calls, 1);
    assertEquals([delegate.count("finish"), delegate.count("closed")], [1, 0]);
  });

  contractTest(engine, "abort() breaks a response off behind what was written", async () => {
    let closed = 0;
    await using server = serve(engine, ({ connection, path }) => {
      connection?.setCloseCallback(() => closed++);
      if (path === "/begun") {
        connection?.writeHeaders(status(200), headers(), "first ");
        for (const letter of "xyz") connection?.write(letter);
      }
      connection?.abort();
      connection?.finish();
    });
    using begun = await RawClient.connect(server.port);
    await begun.send(GET.replace("/", "/begun"));
    const text = await begun.rest();
    assertEquals(text.split("\r\n\r\n")[1]?.replace(/\r\n|^[0-9a-f]+$/gm, ""), "first xyz");
    assert(!text.includes("\r\n0\r\n"), text);
    using nothing = await RawClient.connect(server.port);
    await nothing.send(GET);
    const rest = await nothing.rest();
    assert(!rest.includes(" 200 "), rest);
    assertEquals(closed, 2);
  });

  contractTest(engine, "HTTP/1.0 gets a streamed body until the connection closes", async () => {
    await using server = serve(engine, async ({ connection }) => {
      await connection?.writeHeaders(status(200), headers(), "one ");
      await connection?.write("two");
      connection?.finish();
    });
    const text = await RawClient.exchange(server.port, "GET / HTTP/1.0\r\nHost: a\r\n\r\n");
    assert(text.endsWith("\r\n\r\none two"), text);
    assert(!/^transfer-encoding:/im.test(text), text);
  });

  contractTest(engine, "finish() sends trailers behind chunks, and drops them elsewhere", async () => {
    await using server = serve(engine, async ({ connection, path }) => {
      const length = path === "/whole" ? { "Content-Length": "3" } : undefined;
      await connection?.writeHeaders(status(200), headers(length), "one");
      connection?.finish(headers({ "X-Sum": "3" }));
    });
    const chunked = await RawClient.exchange(server.port, GET.replace("Host", "Connection: close\r\nHost"));
    assert(chunked.endsWith(`\r\n3\r\none\r\n0\r\n${listens ? "X-Sum: 3\r\n" : ""}\r\n`), chunked);
    const whole = await RawClient.exchange(
      server.port,
      GET.replace("/ ", "/whole ").replace("Host", "Connection: close\r\nHost"),
    );
    assert(whole.endsWith("\r\n\r\none"), whole);
  });

  if (!listens) return;

  contractTest(engine, "writeInterim() sends a response before the final one, but not to HTTP/1.0", async () => {
    await using server = serve(engine, ({ connection }) => {
      connection?.writeInterim?.(status(103, "Early Hints"), headers({ "Link": "</a.css>" }));
      connection?.respond(status(200), headers(), "body");
      connection?.writeInterim?.(status(103, "Too Late"), headers());
    });
    const text = await RawClient.exchange(server.port, GET.replace("Host", "Connection: close\r\nHost"));
    assert(text.startsWith("HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\nHTTP/1.1 200 OK\r\n"), text);
    assert(text.endsWith("\r\n\r\nbody"), text);
    const old = await RawClient.exchange(server.port, "GET / HTTP/1.0\r\n\r\n");
    assert(old.startsWith("HTTP/1.1 200 OK\r\n"), old);
  });

  contractTest(engine, "trailersReceived() gets the fields behind the chunks of a request", async () => {
    const got: string[] = [];
    class Reader extends HTTPServerConnectionDelegate {
      override startRequest(_server: object, connection: HTTPConnection): HTTPMessageDelegate {
        const delegate = new HTTPMessageDelegate();
        delegate.trailersReceived = (trailers) => void got.push(trailers.toString());
        delegate.finish = () => connection.respond(status(200), headers(), `${got.length}`);
        return delegate;
      }
    }
    await using server = serve(engine, new Reader(), { xheaders: true, decompressRequest: true });
    using client = await RawClient.connect(server.port);
    const head = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
    await client.send(`${head}1\r\na\r\n0\r\nX-Sum:  3 \r\nX-Sum: 4\r\nEmpty:\r\n\r\n`);
    assertEquals((await answer(client)).text, "1");
    assertEquals(got, ["X-Sum: 3\nX-Sum: 4\nEmpty: \n"]);
    await client.send(`${head}1\r\na\r\n0\r\n\r\n`);
    assertEquals((await answer(client)).text, "1");
  });
}
