import { assertEquals, assertThrows } from "@std/assert";
import { type HTTPConnection, HTTPHeaders, HTTPOutputError } from "../../../src/http/httputil.ts";
import { RawClient } from "../../support/raw_client.ts";
import { answer, contractTest, type Engine, headers, reply, serve, status, utf8 } from "./engine.ts";

const GET = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
const HEAD = "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n";

/** What becomes of whole responses. */
export function responseContract(engine: Engine): void {
  const listens = engine.name === "listen";

  contractTest(engine, "respond() sends status, headers and a text as UTF-8", async () => {
    await using server = serve(engine, (request) => {
      request.connection?.respond(status(201, "Created"), headers({ "X-Who": "me" }), "äö€");
    });
    using client = await RawClient.connect(server.port);
    await client.send(GET);
    const got = await answer(client);
    assertEquals([got.status, got.reason, got.get("x-who"), got.text], [201, "Created", "me", "äö€"]);
    assertEquals([got.get("content-length"), got.chunked], ["7", false]);
  });

  contractTest(engine, "respond() sends bytes as they are, any value of them", async () => {
    const bytes = Uint8Array.from({ length: 512 }, (_, i) => i & 0xff);
    await using server = serve(engine, (request) => request.connection?.respond(status(200), headers(), bytes));
    using client = await RawClient.connect(server.port);
    await client.send(GET);
    assertEquals((await answer(client)).body, String.fromCharCode(...bytes));
  });

  contractTest(engine, "respond() without a body says that there are 0 bytes", async () => {
    await using server = serve(engine, (request) => request.connection?.respond(status(200), headers(), null));
    using client = await RawClient.connect(server.port);
    await client.send(GET + GET);
    for (let i = 0; i < 2; i++) {
      const got = await answer(client);
      assertEquals([got.status, got.get("content-length"), got.body], [200, "0", ""]);
    }
  });

  contractTest(engine, "respond() adds no Content-Type of its own", async () => {
    await using server = serve(engine, (request) => {
      request.connection?.respond(status(200), headers({ "X-A": "1", "X-B": "2" }), "text");
    });
    using client = await RawClient.connect(server.port);
    await client.send(GET);
    const got = await answer(client);
    assertEquals(got.get("content-type"), null);
    assertEquals([got.get("x-a"), got.get("x-b")], ["1", "2"]);
  });

  contractTest(engine, "respond() accepts a Content-Length that is right and refuses one that is not", async (t) => {
    const refused: unknown[] = [];
    await using server = serve(engine, (request) => {
      const said = request.path === "/right" ? "5" : request.path === "/wrong" ? "6" : "x";
      try {
        request.connection?.respond(status(200), headers({ "Content-Length": said }), "hello");
      } catch (error) {
        refused.push(error);
        throw error;
      }
    });
    using right = await RawClient.connect(server.port);
    await right.send("GET /right HTTP/1.1\r\nHost: a\r\n\r\n");
    assertEquals((await answer(right)).body, "hello");
    for (const target of ["GET /wrong", "GET /bad", "HEAD /bad"]) {
      t.expectLog("tornado.application", /Uncaught exception/);
      using wrong = await RawClient.connect(server.port);
      await wrong.send(`${target} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`);
      // Whether the connection just closes or an error is sent: no 200, and nothing of the body.
      const text = await wrong.rest();
      assertEquals([text.includes(" 200 "), text.includes("hello")], [false, false]);
    }
    assertEquals(refused.map((error) => error instanceof HTTPOutputError), [true, true, true]);
  });

  contractTest(engine, "respond() to HEAD sends the headers of the body and no body", async () => {
    await using server = serve(engine, (request) => reply(request.connection, "hello"));
    using client = await RawClient.connect(server.port);
    await client.send(HEAD + GET);
    const head = await answer(client, "HEAD");
    assertEquals([head.status, head.get("content-length"), head.get("content-type")], [200, "5", "text/plain"]);
    assertEquals((await answer(client)).body, "hello");
  });

  contractTest(engine, "a Content-Length that the application gives to HEAD is sent", async () => {
    await using server = serve(engine, (request) => {
      request.connection?.respond(status(200), headers({ "Content-Length": "12345" }), null);
    });
    using client = await RawClient.connect(server.port);
    await client.send(HEAD + HEAD);
    for (let i = 0; i < 2; i++) assertEquals((await answer(client, "HEAD")).get("content-length"), "12345");
  });

  contractTest(engine, "204 and 304 have no body and no length of it, whatever the application gives", async () => {
    await using server = serve(engine, (request) => {
      const code = Number(request.path.slice(1));
      request.connection?.respond(status(code), headers({ Etag: '"x"' }), code === 200 ? "next" : "not to be seen");
    });
    using client = await RawClient.connect(server.port);
    await client.send(["204", "304", "200"].map((path) => GET.replace("/", `/${path}`)).join(""));
    for (const code of [204, 304]) {
      const got = await answer(client);
      assertEquals([got.status, got.get("content-length"), got.get("etag")], [code, null, '"x"']);
    }
    assertEquals((await answer(client)).body, "next");
  });

  contractTest(engine, "several Set-Cookie headers stay apart", async () => {
    await using server = serve(engine, (request) => {
      const cookies = new HTTPHeaders();
      cookies.add("Set-Cookie", "a=1; Expires=Fri, 20 Nov 2026 00:00:00 GMT");
      cookies.add("Set-Cookie", "b=2");
      request.connection?.respond(status(200), cookies, null);
    });
    using client = await RawClient.connect(server.port);
    await client.send(GET);
    assertEquals((await answer(client)).getAll("set-cookie"), ["a=1; Expires=Fri, 20 Nov 2026 00:00:00 GMT", "b=2"]);
  });

  contractTest(engine, "header values are latin1 on the wire", async () => {
    await using server = serve(engine, (request) => {
      const value = request.headers.get("X-In") ?? "";
      request.connection?.respond(status(200), headers({ "X-Out": value, "X-Length": String(value.length) }), "ä");
    });
    using client = await RawClient.connect(server.port);
    await client.send("GET / HTTP/1.1\r\nHost: a\r\nX-In: caf\xe9\ttab\r\n\r\n");
    const got = await answer(client);
    assertEquals([got.get("x-out"), got.get("x-length")], ["caf\xe9\ttab", "8"]);
  });

  contractTest(engine, "the reason phrase is the application's where the engine can send one", async () => {
    await using server = serve(engine, (request) => {
      request.connection?.respond(status(request.path === "/own" ? 404 : 499, "Gone Fishing"), headers(), null);
    });
    using client = await RawClient.connect(server.port);
    await client.send(GET.replace("/", "/own") + GET);
    const known = await answer(client);
    assertEquals([known.status, known.reason], [404, listens ? "Gone Fishing" : "Not Found"]);
    const unknown = await answer(client);
    assertEquals([unknown.status, unknown.reason], [499, listens ? "Gone Fishing" : ""]);
  });

  contractTest(engine, "a status outside 200 to 599 is sent, or replaced and logged", async (t) => {
    await using server = serve(engine, (request) => {
      request.connection?.respond(status(600, "Beyond"), headers({ "X-A": "1" }), "body");
    });
    if (!listens) t.expectLog("tornado.general", /Cannot send status 600 through Deno\.serve: sending 500 instead/);
    using client = await RawClient.connect(server.port);
    await client.send(GET);
    const got = await answer(client);
    assertEquals([got.status, got.get("x-a"), got.body], [listens ? 600 : 500, "1", "body"]);
  });

  contractTest(engine, "a head cannot be written twice, nor a body before its head", async () => {
    const errors: string[] = [];
    const attempt = (action: () => unknown) => {
      errors.push(assertThrows(action, HTTPOutputError).message);
    };
    await using server = serve(engine, (request) => {
      const connection = request.connection as HTTPConnection;
      attempt(() => connection.write("too early"));
      connection.writeHeaders(status(200), headers());
      attempt(() => connection.writeHeaders(status(200), headers()));
      attempt(() => connection.respond(status(200), headers(), "again"));
      connection.write("body");
      connection.finish();
      attempt(() => connection.write("too late"));
    });
    using client = await RawClient.connect(server.port);
    await client.send(GET);
    assertEquals((await answer(client)).body, "body");
    assertEquals(errors, [
      "Cannot write a body before its head",
      "Cannot write the head twice",
      "Cannot write the head twice",
      "Cannot write: the message is finished",
    ]);
  });

  contractTest(engine, "an answer may come in a later turn, and drained() resolves after it", async () => {
    const drained = Promise.withResolvers<void>();
    await using server = serve(engine, (request) => {
      queueMicrotask(() => {
        reply(request.connection, "later");
        request.connection?.drained().then(drained.resolve, drained.reject);
      });
    });
    using client = await RawClient.connect(server.port);
    await client.send(GET);
    assertEquals((await answer(client)).body, "later");
    await drained.promise;
  });

  contractTest(engine, "an answer of 8 MiB arrives whole", async () => {
    const bytes = new Uint8Array(8 << 20);
    for (let i = 0; i < bytes.length; i++) bytes[i] = (i * 31) ^ (i >> 8);
    await using server = serve(engine, (request) => request.connection?.respond(status(200), headers(), bytes));
    const response = await fetch(`http://127.0.0.1:${server.port}/`);
    assertEquals(await response.bytes(), bytes);
  });

  contractTest(engine, "the body may be changed when it was handed over", async () => {
    await using server = serve(engine, async (request) => {
      const { connection } = request;
      const buffer = utf8("aaaa");
      await connection?.writeHeaders(status(200), headers(), buffer);
      for (const letter of "bcd") {
        buffer.fill(letter.charCodeAt(0));
        await connection?.write(buffer);
      }
      buffer.fill(0);
      connection?.finish();
    });
    using client = await RawClient.connect(server.port);
    await client.send(GET);
    assertEquals((await answer(client)).body, "aaaabbbbccccdddd");
  });
}
