// What reaches an upstream of a request, and the client of a response.
import { assert, assertEquals, assertMatch, assertNotMatch, assertRejects } from "@std/assert";
import { HTTPHeaders } from "../../src/http/httputil.ts";
import { type IOStream, StreamClosedError } from "../../src/net/iostream.ts";
import { latin1Bytes } from "../../src/internal/utf8.ts";
import { ProxyHandler } from "../../src/proxy/mod.ts";
import { proxied } from "../support/proxied.ts";
import { RawClient } from "../support/raw_client.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { CLOSE, readBody, reply, ScriptedServer } from "../support/scripted_server.ts";
import { test } from "../support/test.ts";
import { stalled, until } from "../support/turns.ts";

/** Leaves what comes next in the socket, until the connection is closed. */
function holdUnread(stream: IOStream): Promise<void> {
  return new Promise((resolve) => stream.setCloseCallback(resolve));
}

const GET = "GET / HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\n\r\n";

test("ProxyHandler: passes method, path, query, fields and body on", async () => {
  await using upstream = new ScriptedServer(
    () => [reply("answer", ["X-Own: 1", "Set-Cookie: a=1", "Set-Cookie: b=2"])],
  );
  await using proxy = proxied([upstream]);
  using client = await RawClient.connect(proxy.port);
  await client.send(
    "POST /a%20b?c=%2f&d HTTP/1.1\r\nHost: a.example:8\r\nX-Mine: \xe9\r\nContent-Length: 4\r\n\r\nbody",
  );
  const { head, body } = await client.response();
  const [request] = upstream.requests;
  assertEquals([request?.method, request?.target, request?.body], ["POST", "/a%20b?c=%2f&d", "body"]);
  assertEquals([request?.headers.get("Host"), request?.headers.get("X-Mine")], ["a.example:8", "\xe9"]);
  assertEquals(body, "answer");
  assertMatch(head, /^HTTP\/1\.1 200 OK\r\n(.*\r\n)*X-Own: 1\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\n/);
});

test("ProxyHandler: passes any registered method on, and no CONNECT or TRACE", async (t) => {
  t.expectLog("tornado.access", /^405 TRACE/);
  await using upstream = new ScriptedServer(() => [reply()]);
  await using proxy = proxied([upstream]);
  for (const method of ["PROPFIND", "QUERY", "DELETE", "VERSION-CONTROL"]) {
    assertMatch(await RawClient.exchange(proxy.port, GET.replace("GET", method)), /^HTTP\/1\.1 200 /);
  }
  const refusal = await RawClient.exchange(proxy.port, GET.replace("GET", "TRACE"));
  assertMatch(refusal, /^HTTP\/1\.1 405 [^]*\r\nAllow: ACL, [^]*, GET, [^]*, VERSION-CONTROL\r\n/);
  assertEquals(upstream.requests.map(({ method }) => method), ["PROPFIND", "QUERY", "DELETE", "VERSION-CONTROL"]);
});

test("ProxyHandler: keeps connections to the upstream for other requests", async () => {
  await using upstream = new ScriptedServer(() => [reply()]);
  await using proxy = proxied([upstream]);
  for (let i = 0; i < 3; i++) await RawClient.exchange(proxy.port, GET);
  assertEquals([upstream.requests.length, upstream.connections], [3, 1]);
});

test("ProxyHandler: drops what is about the connection, and all that Connection names", async () => {
  await using upstream = new ScriptedServer(() => [
    reply("", [
      "Connection: X-Secret, keep-alive",
      "X-Secret: 1",
      "Keep-Alive: timeout=9",
      "Proxy-Authenticate: Basic",
    ]),
  ]);
  await using proxy = proxied([upstream]);
  const answer = await RawClient.exchange(
    proxy.port,
    "GET / HTTP/1.1\r\nHost: a\r\nConnection: close, x-private,, Cookie\r\nX-Private: 1\r\nCookie: a=b\r\n" +
      "Keep-Alive: 5\r\nProxy-Connection: close\r\nTE: trailers, gzip\r\nProxy-Authorization: x\r\nUpgrade: h2c\r\n" +
      "HTTP2-Settings: AAA\r\nTrailer: X-End\r\nProxy: http://evil\r\nX-Kept: 1\r\n\r\n",
  );
  const names = [...upstream.requests[0]?.headers.keys() ?? []];
  const added = /^(X-Forwarded-\w+|X-Real-Ip|X-Scheme|Forwarded|Via)$/;
  assertEquals(names.filter((name) => !added.test(name)).sort(), ["Connection", "Host", "Te", "X-Kept"]);
  assertEquals(upstream.requests[0]?.headers.get("Te"), "trailers");
  assertEquals(upstream.requests[0]?.headers.get("Connection"), "TE");
  assertNotMatch(answer, /X-Secret|Keep-Alive|Proxy-Auth/i);
});

test("ProxyHandler: says who the client is, whatever the client says of itself", async () => {
  await using upstream = new ScriptedServer(() => [reply()]);
  await using proxy = proxied([upstream]);
  await RawClient.exchange(
    proxy.port,
    "GET / HTTP/1.1\r\nHost: a.example:81\r\nConnection: close, X-Forwarded-For\r\nX-Forwarded-For: 1.1.1.1\r\n" +
      "Forwarded: for=1.1.1.1\r\nX-Forwarded-User: root\r\nX-Real-IP: 1.1.1.1\r\nX_Forwarded_For: 1.1.1.1\r\n" +
      "X-Scheme: https\r\nX-Forwarded_Proto: https\r\nContent_Length: 5\r\n\r\n",
  );
  const headers = upstream.requests[0]?.headers ?? new HTTPHeaders();
  const found = [...headers.entries()].filter(([name]) => /forwarded|real|scheme|_/i.test(name));
  assertEquals(Object.fromEntries(found), {
    "X-Forwarded-For": "127.0.0.1",
    "X-Forwarded-Proto": "http",
    "X-Forwarded-Host": "a.example:81",
    "X-Forwarded-Port": "81",
    "X-Real-Ip": "127.0.0.1",
    "X-Scheme": "http",
    "Forwarded": 'for=127.0.0.1;host="a.example:81";proto=http',
  });
});

test("ProxyHandler: appends to what a trusted proxy says", async () => {
  await using upstream = new ScriptedServer(() => [reply()]);
  await using proxy = proxied([upstream], { proxy: { trustedDownstream: ["127.0.0.1"] } });
  await RawClient.exchange(
    proxy.port,
    "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nX-Forwarded-For: 192.0.2.1\r\nX-Forwarded-Proto: https\r\n" +
      "Forwarded: for=192.0.2.1\r\nX-Real-IP: 192.0.2.1\r\n\r\n",
  );
  const headers = upstream.requests[0]?.headers;
  assertEquals(headers?.get("X-Forwarded-For"), "192.0.2.1, 127.0.0.1");
  assertEquals(headers?.get("X-Forwarded-Proto"), "https");
  assertEquals(headers?.get("X-Real-Ip"), "192.0.2.1");
  assertEquals(headers?.get("Forwarded"), 'for=192.0.2.1, for=127.0.0.1;host="a";proto=http');
});

test("ProxyHandler: adds Via, finds loops, and counts Max-Forwards down", async () => {
  await using upstream = new ScriptedServer(() => [reply("", ["Via: 1.0 inner"])]);
  await using proxy = proxied([upstream], { proxy: { via: "edge" } });
  const answer = await RawClient.exchange(proxy.port, GET.replace("Connection", "Via: 1.0 outer\r\nConnection"));
  assertMatch(answer, /\r\nVia: 1\.0 inner, 1\.1 edge\r\n/);
  assertEquals(upstream.requests[0]?.headers.get("Via"), "1.0 outer, 1.1 edge");
  const options = GET.replace("GET", "OPTIONS").replace("Connection", "Max-Forwards: 1\r\nConnection");
  await RawClient.exchange(proxy.port, options);
  assertEquals(upstream.requests[1]?.headers.get("Max-Forwards"), "0");
  assertMatch(
    await RawClient.exchange(proxy.port, options.replace(": 1\r", ": 0\r")),
    /^HTTP\/1\.1 204 (.*\r\n)*Allow: /,
  );
  assertEquals(upstream.requests.length, 2);
});

test("ProxyHandler: refuses a request that it has passed on before", async (t) => {
  await using upstream = new ScriptedServer(() => [reply()]);
  await using proxy = proxied([upstream], { proxy: { via: "edge" } });
  t.expectLog("tornado.general", /^508 GET \/ .* passed this proxy before/);
  t.expectLog("tornado.access", /^508/);
  const answer = await RawClient.exchange(
    proxy.port,
    GET.replace("Connection", "Via: 1.1 a, 1.1 edge (x)\r\nConnection"),
  );
  assertMatch(answer, /^HTTP\/1\.1 508 /);
  assertEquals(upstream.requests.length, 0);
});

test("ProxyHandler: makes an absolute target a path with its host", async () => {
  await using upstream = new ScriptedServer(() => [reply()]);
  await using proxy = proxied([upstream]);
  for (const [target, path] of [["http://b.example/x?y", "/x?y"], ["http://b.example?y", "/?y"], ["*", "*"]]) {
    const method = target === "*" ? "OPTIONS" : "GET";
    await RawClient.exchange(proxy.port, GET.replace("GET /", `${method} ${target}`));
    const request = upstream.requests.at(-1);
    assertEquals([request?.target, request?.headers.get("Host")], [path, target === "*" ? "a.example" : "b.example"]);
  }
});

test("ProxyHandler: sends a Host that Connection names", async () => {
  await using upstream = new ScriptedServer(() => [reply()]);
  await using proxy = proxied([upstream]);
  for (const names of ["Host", "close, hOST", "Host, Via, X-Forwarded-For"]) {
    await RawClient.exchange(proxy.port, GET.replace("Connection: close", `Connection: close, ${names}`));
    const headers = upstream.requests.at(-1)?.headers;
    assertEquals([headers?.getList("Host"), headers?.getList("Via").length], [["a.example"], 1], names);
  }
});

test("ProxyHandler: puts the path of the upstream's address in front, and its host with changeHost", async () => {
  await using upstream = new ScriptedServer(() => [reply()]);
  await using proxy = proxied([`http://127.0.0.1:${upstream.port}/base/`], { proxy: { changeHost: true } });
  await RawClient.exchange(proxy.port, GET);
  const [request] = upstream.requests;
  assertEquals([request?.target, request?.headers.get("Host")], ["/base/", `127.0.0.1:${upstream.port}`]);
  assertEquals(request?.headers.get("X-Forwarded-Host"), "a.example");
});

test("ProxyHandler: an empty path of a subclass is the one of the upstream's address", async () => {
  class Own extends ProxyHandler {
    override changeTarget(target: string): string {
      return target.slice(1);
    }
  }
  await using upstream = new ScriptedServer(() => [reply()]);
  for (const [base, expected] of [["/base", ["/base", "/base?q"]], ["", ["/", "/?q"]]] as const) {
    await using proxy = proxied([upstream.url(base)], { handler: Own });
    for (const target of ["/", "/?q"]) await RawClient.exchange(proxy.port, GET.replace("/ ", `${target} `));
    assertEquals(upstream.requests.slice(-2).map(({ target }) => target), expected);
  }
});

test("ProxyHandler: streams a chunked body in chunks, with its trailers, for any method", async () => {
  await using upstream = new ScriptedServer(() => [async (stream: IOStream) => {
    const text = await stream.readUntil(latin1Bytes("0\r\nX-End: 1\r\n\r\n"));
    await stream.write(latin1Bytes(reply(String(text.length))));
  }], { answersEarly: true });
  await using proxy = proxied([upstream]);
  using client = await RawClient.connect(proxy.port);
  const head = "REPORT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
  await client.send(`${head}5;x=y\r\nhello\r\n0\r\nX-End: 1\r\nHost: evil\r\nX-Forwarded-For: 1.1.1.1\r\n\r\n`);
  const { body } = await client.response();
  assertEquals(upstream.requests[0]?.headers.get("Transfer-Encoding"), "chunked");
  assertEquals(upstream.requests[0]?.headers.get("Content-Length"), null);
  assertEquals(body, String("5\r\nhello\r\n0\r\nX-End: 1\r\n\r\n".length));
});

test("ProxyHandler: passes trailers and interim responses on", async () => {
  await using upstream = new ScriptedServer(() => [
    "HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\nConnection: X-Hop\r\nX-Hop: 1\r\n\r\n",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nX-Sum: 9\r\nContent-Length: 3\r\n\r\n",
  ]);
  await using proxy = proxied([upstream]);
  const answer = await RawClient.exchange(proxy.port, GET);
  assertMatch(answer, /^HTTP\/1\.1 103 Early Hints\r\nLink: <\/a.css>\r\n\r\nHTTP\/1\.1 200 OK\r\n/);
  assertMatch(answer, /\r\n\r\n3\r\nabc\r\n0\r\nX-Sum: 9\r\n\r\n$/);
  const old = await RawClient.exchange(proxy.port, "GET / HTTP/1.0\r\n\r\n");
  assertMatch(old, /^HTTP\/1\.1 200 OK\r\n(?!.*chunked)/s);
  assertMatch(old, /\r\n\r\nabc$/);
});

test("ProxyHandler: understands upstreams that speak HTTP/1.0", async () => {
  await using upstream = new ScriptedServer(() => ["HTTP/1.0 200 OK\r\nX-Old: 1\r\n\r\nuntil the end", CLOSE]);
  await using proxy = proxied([upstream]);
  const answer = await RawClient.exchange(proxy.port, GET);
  assertMatch(answer, /\r\nX-Old: 1\r\nDate: [^\r]+ GMT\r\nVia: 1\.0 /);
  assertMatch(answer, /\r\n\r\nd\r\nuntil the end\r\n0\r\n\r\n$/);
});

test("ProxyHandler: adds a Date to a response without one, and keeps that of the upstream", async () => {
  const dated = "Date: Sun, 06 Nov 1994 08:49:37 GMT";
  await using upstream = new ScriptedServer(({ target }) => [
    reply("", target === "/dated" ? [dated] : target === "/named" ? [dated, "Connection: date"] : []),
  ]);
  await using proxy = proxied([upstream]);
  using _clock = new FakeClock({ now: Date.UTC(2026, 10, 30, 15, 4, 5) / 1000 });
  const dateOf = async (path: string) => {
    const answer = await RawClient.exchange(proxy.port, GET.replace("/", path));
    return [...answer.matchAll(/^Date: (.*)\r$/gm)].map(([, date]) => date);
  };
  assertEquals(await dateOf("/dated"), ["Sun, 06 Nov 1994 08:49:37 GMT"]);
  assertEquals(await dateOf("/none"), ["Mon, 30 Nov 2026 15:04:05 GMT"]);
  assertEquals(await dateOf("/named"), ["Mon, 30 Nov 2026 15:04:05 GMT"]);
});

test("ProxyHandler: sends no chunks to an upstream that speaks HTTP/1.0", async (t) => {
  await using upstream = new ScriptedServer(() => ["HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n", CLOSE]);
  await using proxy = proxied([upstream]);
  await RawClient.exchange(proxy.port, GET);
  t.expectLog("tornado.general", /^411 POST/);
  t.expectLog("tornado.access", /^411/);
  const head = "POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n";
  assertMatch(await RawClient.exchange(proxy.port, `${head}1\r\na\r\n0\r\n\r\n`), /^HTTP\/1\.1 411 /);
});

test("ProxyHandler: asks the upstream before a client may send a body that it announces", async (t) => {
  t.expectLog("tornado.access", /^401 PUT/);
  const log: string[] = [];
  await using upstream = new ScriptedServer((request) => [async (stream: IOStream) => {
    if (request.target === "/no") return await stream.write(latin1Bytes(reply("", [], "401 Unauthorized")));
    log.push("asked");
    await stream.write(latin1Bytes("HTTP/1.1 100 Continue\r\n\r\n"));
    log.push(await readBody(stream, request.headers));
    await stream.write(latin1Bytes(reply("taken")));
  }]);
  await using proxy = proxied([upstream]);
  using client = await RawClient.connect(proxy.port);
  await client.send("PUT /yes HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n");
  assertEquals(await client.until("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  assertEquals(log, ["asked"]);
  await client.send("body");
  assertEquals((await client.response()).body, "taken");
  assertEquals(log, ["asked", "body"]);
  using refused = await RawClient.connect(proxy.port);
  await refused.send("PUT /no HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n");
  assertMatch(await refused.rest(), /^HTTP\/1\.1 401 Unauthorized\r\n/);
});

test("ProxyHandler: passes each event of a stream on when it comes", async () => {
  const next = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  await using upstream = new ScriptedServer(() => [
    "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\ndata: 1\n\n",
    () => next[0]?.promise,
    "data: 2\n\n",
    () => next[1]?.promise,
    CLOSE,
  ]);
  await using proxy = proxied([upstream]);
  using client = await RawClient.connect(proxy.port);
  await client.send("GET / HTTP/1.0\r\n\r\n");
  await client.until("data: 1\n\n");
  next[0]?.resolve();
  await client.until("data: 2\n\n");
  next[1]?.resolve();
  assertEquals(await client.rest(), "");
});

test("ProxyHandler: keeps the lengths and statuses of responses without a body", async () => {
  const long = `12${"0".repeat(30)}1`;
  await using upstream = new ScriptedServer(({ target }) =>
    target === "/304"
      ? ['HTTP/1.1 304 Not Modified\r\nETag: "a"\r\nContent-Length: 9\r\n\r\n']
      : target === "/204"
      ? ["HTTP/1.1 204 No Content\r\n\r\n"]
      : target === "/long"
      ? [`HTTP/1.1 200 OK\r\nContent-Length: 00${long}\r\n\r\n`]
      : ["HTTP/1.1 200 OK\r\nContent-Length: 1234\r\n\r\n"]
  );
  await using proxy = proxied([upstream]);
  const head = await RawClient.exchange(proxy.port, GET.replace("GET", "HEAD"));
  assertMatch(head, /^HTTP\/1\.1 200 OK\r\n(.*\r\n)*Content-Length: 1234\r\n(.*\r\n)*\r\n$/);
  const longHead = await RawClient.exchange(proxy.port, GET.replace("GET /", "HEAD /long"));
  assert(longHead.includes(`\r\nContent-Length: ${long}\r\n`), longHead);
  const notModified = await RawClient.exchange(proxy.port, GET.replace("/ ", "/304 "));
  assertMatch(notModified, /^HTTP\/1\.1 304 Not Modified\r\n(.*\r\n)*Content-Length: 9\r\n(.*\r\n)*\r\n$/);
  assertMatch(
    await RawClient.exchange(proxy.port, GET.replace("/ ", "/204 ")),
    /^HTTP\/1\.1 204 No Content\r\n(?!.*Length)/s,
  );
});

test("ProxyHandler: takes no more of an upload than the upstream reads, and of a response than the client reads", async () => {
  const piece = new Uint8Array(65536);
  let offered = 0;
  await using upstream = new ScriptedServer(({ method }) =>
    method === "POST" ? [holdUnread] : [
      `HTTP/1.1 200 OK\r\nContent-Length: ${2 ** 40}\r\n\r\n`,
      async (stream: IOStream) => {
        for (;; offered += piece.length) await stream.write(piece);
      },
    ], { answersEarly: true });
  await using proxy = proxied([upstream]);
  using uploader = await RawClient.connect(proxy.port);
  await uploader.send(`POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${2 ** 40}\r\n\r\n`);
  let sent = 0;
  const upload = (async () => {
    for (;; sent += piece.length) await uploader.send(piece);
  })();
  await until(() => sent > 0);
  await stalled(() => sent);
  using reader = await RawClient.connect(proxy.port);
  await reader.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  await reader.until("\r\n\r\n");
  await until(() => offered > 0);
  await stalled(() => offered);
  // What the kernel holds of four sockets, and the proxy itself.
  for (const bytes of [sent, offered]) assertEquals(bytes < 64 * 1024 * 1024, true, `${bytes} bytes`);
  uploader.close();
  await assertRejects(() => upload, StreamClosedError);
});

test("ProxyHandler: ends the request to the upstream when its client goes away", async () => {
  await using upstream = new ScriptedServer(() => ["HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nsome"]);
  await using proxy = proxied([upstream]);
  {
    using client = await RawClient.connect(proxy.port);
    await client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    await client.until("some");
  }
  await until(() => upstream.open === 0);
  await until(() => proxy.upstreams.status()[0]?.active === 0);
  assertEquals(proxy.upstreams.status()[0]?.failures, 0);
});

test("ProxyHandler: passes a response on that comes before the end of the request", async (t) => {
  t.expectLog("tornado.access", /^413 POST/);
  await using upstream = new ScriptedServer(() => [reply("too much", [], "413 Content Too Large"), CLOSE], {
    answersEarly: true,
  });
  await using proxy = proxied([upstream]);
  using client = await RawClient.connect(proxy.port);
  await client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\nsome");
  const { head, body } = await client.response();
  assertMatch(head, /^HTTP\/1\.1 413 [^]*\r\nConnection: close\r\n/);
  assertEquals(body, "too much");
});

test("ProxyHandler: limits bodies only if it is told to", async (t) => {
  await using upstream = new ScriptedServer(() => [reply()]);
  await using proxy = proxied([upstream], { proxy: { maxBodySize: 3 }, server: { maxBodySize: 1 } });
  const post = (body: string) =>
    RawClient.exchange(
      proxy.port,
      `POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    );
  assertMatch(await post("abc"), /^HTTP\/1\.1 200 /);
  t.expectLog("tornado.general", /Content-Length too long/);
  t.expectLog("tornado.access", /^413 POST/);
  assertMatch(await post("abcd"), /^HTTP\/1\.1 413 /);
});

test("ProxyHandler: a subclass refuses requests, and changes fields both ways", async (t) => {
  t.expectLog("tornado.access", /^403 GET/);
  class Own extends ProxyHandler {
    override prepare(): void | Promise<void> {
      if (this.request.path === "/private") {
        this.setStatus(403);
        return void this.finish("not for you");
      }
      return super.prepare();
    }
    override changeTarget(target: string): string {
      return `/own${target}`;
    }
    override changeRequest(headers: HTTPHeaders): void {
      headers.set("X-User", "ada");
    }
    override changeResponse(code: number, headers: HTTPHeaders): void {
      headers.delete("Server");
      headers.set("X-Code", String(code));
    }
  }
  await using upstream = new ScriptedServer(() => [reply("", ["Server: secret/1"])]);
  await using proxy = proxied([upstream], { handler: Own });
  assertMatch(await RawClient.exchange(proxy.port, GET.replace("/ ", "/private ")), /^HTTP\/1\.1 403 .*not for you$/s);
  const answer = await RawClient.exchange(proxy.port, GET);
  assertMatch(answer, /\r\nX-Code: 200\r\n/);
  assertNotMatch(answer, /secret/);
  assertEquals(upstream.requests.map(({ target, headers }) => [target, headers.get("X-User")]), [["/own/", "ada"]]);
});
