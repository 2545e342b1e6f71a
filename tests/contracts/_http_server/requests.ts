import { assert, assertEquals } from "@std/assert";
import type { HTTPServerRequest } from "../../../src/http/httputil.ts";
import { RawClient } from "../../support/raw_client.ts";
import { answer, contractTest, type Engine, headers, reply, Scripted, serve, status } from "./engine.ts";

/** What a client's head becomes, and which heads are refused. */
export function requestContract(engine: Engine): void {
  const listens = engine.name === "listen";

  /** Sends heads one after another and returns what `look` says of each. */
  async function look(heads: string[], look: (request: HTTPServerRequest) => unknown): Promise<unknown[]> {
    await using server = serve(engine, (request) => reply(request.connection, JSON.stringify(look(request) ?? null)));
    const seen: unknown[] = [];
    for (const head of heads) {
      using client = await RawClient.connect(server.port);
      await client.send(head);
      seen.push(JSON.parse((await answer(client)).text));
    }
    return seen;
  }

  contractTest(engine, "methods come as sent, in their case", async () => {
    const methods = [
      "GET",
      "POST",
      "PUT",
      "DELETE",
      "PATCH",
      "OPTIONS",
      "PROPFIND",
      "get",
      "M-SEARCH",
      "!#$%&'*+.^_`|~1a",
    ];
    const heads = methods.map((method) => `${method} / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n`);
    assertEquals(await look(heads, (request) => request.method), methods);
  });

  contractTest(engine, "targets come as sent: neither decoded nor normalised", async () => {
    const targets = ["/a/../b/%2e%2E//c?x=1&y=%zz", "/?", "//a", "/a?b?c", "/;x=y", "/%C3%A4+%20", '/a|b\\^{}"<>`'];
    const heads = targets.map((target) => `GET ${target} HTTP/1.1\r\nHost: a\r\n\r\n`);
    assertEquals(await look(heads, (request) => request.uri), targets);
  });

  contractTest(engine, "a target in absolute form is routed by its path, and names the host", async () => {
    const heads = ["http://other:81/a/../b?c", "http://other", "HTTP://other?q"].map((target) =>
      `GET ${target} HTTP/1.1\r\nHost: a\r\n\r\n`
    );
    const [full, ...short] = await look(heads, (request) => [request.host, request.path, request.query]);
    assertEquals(full, ["other:81", "/a/../b", "c"]);
    assertEquals(short, [["other", "/", ""], ["other", "/", "q"]]);
  });

  contractTest(engine, "OPTIONS * comes as an asterisk", async () => {
    assertEquals(await look(["OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n"], (request) => request.uri), ["*"]);
  });

  contractTest(engine, "header names have any case, values are trimmed, repeats are joined", async () => {
    const head = "GET / HTTP/1.1\r\nhOST: a\r\nX-ONE:  1 \t\r\nx-two: 2\r\nX-Two: 3\r\nX-Empty:\r\n\r\n";
    const [seen] = await look([head], ({ headers }) => [
      headers.get("x-one"),
      headers.get("X-Two")?.replace(/, */g, ","),
      headers.get("X-EMPTY"),
      headers.get("X-None"),
      [...headers.keys()].sort(),
    ]);
    assertEquals(seen, ["1", "2,3", "", null, ["Host", "X-Empty", "X-One", "X-Two"]]);
  });

  contractTest(engine, "cookies and arguments are read from the head", async () => {
    const head = "GET /?a=1&a=2&b=%C3%A4+x HTTP/1.1\r\nHost: a\r\nCookie: k=v; l=w\r\n\r\n";
    const [seen] = await look([head], (request) => [
      [...request.cookies.keys()],
      (request.arguments.a ?? []).map((value) => new TextDecoder().decode(value)),
      (request.arguments.b ?? []).map((value) => new TextDecoder().decode(value)),
    ]);
    assertEquals(seen, [["k", "l"], ["1", "2"], ["ä x"]]);
  });

  contractTest(engine, "the Host header is passed on, with its port and empty too", async () => {
    const hosts = ["a", "a:8080", "A.B:1", "127.0.0.1:80", "[::1]:80", "a_b-c.d.", "%65x", ""];
    const heads = hosts.map((host) => `GET / HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
    assertEquals(await look(heads, (request) => request.headers.get("Host")), hosts);
  });

  contractTest(engine, "a malformed Host is refused, and the delegate does not hear of it", async (t) => {
    const delegate = new Scripted();
    await using server = serve(engine, delegate);
    const bad = [
      "a b",
      "a/b",
      "a@b",
      "a?b",
      "a#b",
      "a\\b",
      "<a>",
      "{a}",
      "a:b",
      "a:-1",
      "%zz",
      "[::1",
      "a:1:2",
      "caf\xe9",
    ];
    for (const host of bad) {
      using client = await RawClient.connect(server.port);
      await client.send(`GET / HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
      const got = await answer(client);
      assertEquals([host, got.status, got.get("content-length")], [host, 400, "0"]);
    }
    assertEquals(delegate.count("start"), 0);
    const lines = t.logs.filter((record) => record.name === "tornado.general").map((record) => record.getMessage());
    assertEquals(lines.length, bad.length);
    for (const line of lines) {
      assert(/^Malformed HTTP message from 127\.0\.0\.1: (Invalid Host header|Malformed .*)$/.test(line), line);
    }
  });

  contractTest(engine, "two Host headers are refused", async () => {
    await using server = serve(engine, new Scripted());
    using client = await RawClient.connect(server.port);
    await client.send("GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n");
    assertEquals((await answer(client)).status, 400);
  });

  contractTest(engine, "a request without Host is one to 127.0.0.1, or to what Deno puts there", async () => {
    await using server = serve(engine, (request) => reply(request.connection, request.host));
    const text = await RawClient.exchange(server.port, "GET / HTTP/1.0\r\n\r\n");
    assertEquals(text.split("\r\n\r\n")[1], listens ? "127.0.0.1" : `localhost:${server.port}`);
  });

  contractTest(engine, "fragments, user information and raw 8-bit characters in the target are refused", async () => {
    const delegate = new Scripted();
    await using server = serve(engine, delegate);
    for (const target of ["/a#b", "http://me@a/", "ftp://a/", "http://:80/", `http://a"b/`, "/caf\xc3\xa9"]) {
      using client = await RawClient.connect(server.port);
      await client.send(`GET ${target} HTTP/1.1\r\nHost: a\r\n\r\n`);
      assertEquals((await answer(client)).status, 400, target);
    }
    assertEquals(delegate.count("start"), 0);
  });

  contractTest(engine, "unknown transfer codings and expectations are refused with a status that says so", async () => {
    await using server = serve(engine, new Scripted());
    const cases: [string, number][] = [["Transfer-Encoding: gzip, chunked", 501], ["Expect: a-miracle", 417]];
    for (const [line, code] of cases) {
      using client = await RawClient.connect(server.port);
      await client.send(`POST / HTTP/1.1\r\nHost: a\r\n${line}\r\n\r\n`);
      assertEquals((await answer(client)).status, code, line);
    }
  });

  contractTest(engine, "headers beyond maxHeaderSize are refused with 431", async () => {
    const delegate = new Scripted();
    await using server = serve(engine, delegate, { maxHeaderSize: 1000 });
    using client = await RawClient.connect(server.port);
    await client.send(`GET / HTTP/1.1\r\nHost: a\r\nX-Long: ${"x".repeat(1000)}\r\n\r\n`);
    assertEquals((await answer(client)).status, 431);
    assertEquals(delegate.count("start"), 0);
  });

  contractTest(engine, "one connection serves request after request", async () => {
    await using server = serve(engine, (request) => reply(request.connection, request.uri));
    using client = await RawClient.connect(server.port);
    for (let i = 0; i < 5; i++) {
      await client.send(`GET /${i} HTTP/1.1\r\nHost: a\r\n\r\n`);
      assertEquals((await answer(client)).body, `/${i}`);
    }
  });

  contractTest(engine, "pipelined requests are answered in order, also when the first takes longest", async () => {
    const go = Promise.withResolvers<void>();
    await using server = serve(engine, async (request) => {
      if (request.uri === "/0") await go.promise;
      reply(request.connection, request.uri);
    });
    using client = await RawClient.connect(server.port);
    await client.send(["/0", "/1", "/2"].map((uri) => `GET ${uri} HTTP/1.1\r\nHost: a\r\n\r\n`).join(""));
    go.resolve();
    for (let i = 0; i < 3; i++) assertEquals((await answer(client)).body, `/${i}`);
  });

  contractTest(engine, "the connection closes after Connection: close and after HTTP/1.0", async () => {
    await using server = serve(engine, (request) => reply(request.connection, "bye"));
    for (const head of ["GET / HTTP/1.1\r\nHost: a\r\nConnection: close", "GET / HTTP/1.0\r\nHost: a"]) {
      const text = await RawClient.exchange(server.port, `${head}\r\n\r\n`);
      assert(text.endsWith("\r\n\r\nbye"), text);
    }
  });

  contractTest(engine, "a request cut off in its head, or nothing at all, does no harm to the next", async () => {
    await using server = serve(engine, (request) => reply(request.connection, "fine"));
    for (const start of ["", "GE", "GET / HTTP/1.1\r\nHos"]) {
      using client = await RawClient.connect(server.port);
      if (start !== "") await client.send(start);
    }
    using client = await RawClient.connect(server.port);
    await client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    assertEquals((await answer(client)).body, "fine");
  });

  contractTest(engine, "an answer to the head of a request without a body is its end", async () => {
    const delegate = new Scripted({ headers: (connection) => reply(connection, "at once") });
    await using server = serve(engine, delegate);
    using client = await RawClient.connect(server.port);
    await client.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    assertEquals((await answer(client)).body, "at once");
    await delegate.seen("end");
    assertEquals(delegate.events, ["start", "headers", "closed", "end"]);
  });

  contractTest(
    engine,
    "startRequest, headers and finish come in this order, then the end of the connection",
    async () => {
      const delegate = new Scripted({ finish: (connection) => connection.respond(status(200), headers(), "x") });
      await using server = serve(engine, delegate);
      {
        using client = await RawClient.connect(server.port);
        await client.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
        await client.rest();
      }
      await delegate.seen("end");
      assertEquals(delegate.events, ["start", "headers", "finish", "end"]);
    },
  );
}
