// Upstreams and clients that keep to no rule, and what the other side of the proxy gets to see of it.
import { assert, assertEquals, assertMatch, assertNotMatch } from "@std/assert";
import { latin1Bytes, latin1Text } from "../../src/internal/utf8.ts";
import { HTTPServer } from "../../src/http/httpserver.ts";
import { IOStream } from "../../src/net/iostream.ts";
import { bindUnixSocket } from "../../src/net/netutil.ts";
import { Upstreams } from "../../src/proxy/mod.ts";
import { Application, RequestHandler } from "../../src/web/mod.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { proxied } from "../support/proxied.ts";
import { RawClient } from "../support/raw_client.ts";
import { CLOSE, HOLD, readBody, reply, ScriptedServer } from "../support/scripted_server.ts";
import { TempDir } from "../support/temp_dir.ts";
import { test } from "../support/test.ts";
import { until } from "../support/turns.ts";

const certs = new URL("../support/certs/", import.meta.url);
const GET = "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";

/** The bytes that come until the end of the connection. */
async function rest(stream: IOStream): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  let text = "";
  stream.consume({
    onData: (buffer) => void (text += latin1Text(buffer.take(buffer.length))),
    onInputEnd: () => resolve(text),
    onEnd: () => resolve(text),
  });
  return await promise;
}

test("ProxyHandler: gives up on a head that has no end", async (t) => {
  t.expectLog("tornado.general", /^502 GET/);
  t.expectLog("tornado.access", /^502 GET/);
  let sent = 0;
  for (const piece of [`X-${"y".repeat(1000)}: z\r\n`, "y".repeat(1000), "X: y\r\n".repeat(100)]) {
    await using upstream = new ScriptedServer(() => [
      "HTTP/1.1 200 OK\r\n",
      async (stream: IOStream) => {
        for (sent = 0;; sent += piece.length) await stream.write(latin1Bytes(piece));
      },
    ]);
    await using proxy = proxied([upstream], { upstreams: { tryTime: 0 } });
    assertMatch(await RawClient.exchange(proxy.port, GET), /^HTTP\/1\.1 502 /);
    await until(() => upstream.open === 0);
    assert(sent < 16 * 1024 * 1024, `${sent} bytes`);
  }
});

test("ProxyHandler: repeats nothing once an interim response has gone on", async (t) => {
  t.expectLog("tornado.general", /^502 GET/);
  t.expectLog("tornado.access", /^502 GET/);
  await using upstream = new ScriptedServer(() => ["HTTP/1.1 103 Early Hints\r\nLink: <a>\r\n\r\n", CLOSE]);
  await using proxy = proxied([upstream]);
  assertMatch(await RawClient.exchange(proxy.port, GET), /^HTTP\/1\.1 103 [^]*\r\n\r\nHTTP\/1\.1 502 /);
  assertEquals(upstream.requests.length, 1);
});

test("ProxyHandler: repeats what is idempotent and has no body, and nothing else", async (t) => {
  t.expectLog("tornado.general", /^502 /);
  t.expectLog("tornado.access", /^502 /);
  const rows: [string, string, number][] = [
    ["HEAD", "", 2],
    ["PUT", "Content-Length: 0\r\n", 2],
    ["DELETE", "", 2],
    ["OPTIONS", "", 2],
    ["PROPFIND", "", 1],
    ["POST", "Content-Length: 0\r\n", 1],
    ["PATCH", "", 1],
    ["LOCK", "", 1],
    ["PUT", "Transfer-Encoding: chunked\r\n", 1],
  ];
  for (const [method, fields, expected] of rows) {
    await using upstream = new ScriptedServer((_, index) => index === 0 ? [CLOSE] : [reply("")]);
    await using proxy = proxied([upstream], { upstreams: { tryPause: 0.001 } });
    const body = fields.includes("chunked") ? "0\r\n\r\n" : "";
    await RawClient.exchange(proxy.port, GET.replace("GET", method).replace("Host", `${fields}Host`) + body);
    assertEquals(upstream.requests.length, expected, `${method} ${fields}`);
  }
});

test("ProxyHandler: tries again only within tryTime", async (t) => {
  t.expectLog("tornado.general", /^502 GET/);
  t.expectLog("tornado.access", /^502 GET/);
  using clock = new FakeClock();
  await using upstream = new ScriptedServer(() => [CLOSE]);
  await using proxy = proxied([upstream], { upstreams: { tryTime: 10, tryPause: 4 } });
  using client = await RawClient.connect(proxy.port);
  await client.send(GET);
  for (const count of [1, 2, 3]) {
    await until(() => proxy.upstreams.status()[0]?.failures === count);
    clock.advance(4);
  }
  assertMatch(await client.rest(), /^HTTP\/1\.1 502 /);
  assertEquals(upstream.requests.length, 3);
});

test("ProxyHandler: a request that its client breaks off never looks complete to the upstream", async () => {
  for (const framing of ["Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n", "Content-Length: 9\r\n\r\nhello"]) {
    const seen = Promise.withResolvers<string>();
    await using upstream = new ScriptedServer(
      () => [async (stream: IOStream) => seen.resolve(await rest(stream)), HOLD],
      {
        answersEarly: true,
      },
    );
    await using proxy = proxied([upstream]);
    {
      using client = await RawClient.connect(proxy.port);
      await client.send(`PUT / HTTP/1.1\r\nHost: a\r\n${framing}`);
      await until(() => upstream.requests.length === 1);
    }
    const text = await seen.promise;
    assert(!text.includes("0\r\n\r\n") && text.length < 11, JSON.stringify(text));
    await until(() => proxy.upstreams.status()[0]?.active === 0);
    assertEquals(proxy.upstreams.status()[0]?.failures, 0);
  }
});

test("ProxyHandler: an answer before the end of the request ends the connection to the upstream", async () => {
  await using upstream = new ScriptedServer(({ method }) => [reply(method === "GET" ? "next" : "early")], {
    answersEarly: true,
  });
  await using proxy = proxied([upstream]);
  using client = await RawClient.connect(proxy.port);
  await client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\nsome");
  assertEquals((await client.response()).body, "early");
  assertMatch(await RawClient.exchange(proxy.port, GET), /next$/);
  assertEquals(upstream.connections, 2);
});

test("ProxyHandler: passes the answer of an upstream on that drops the rest of an upload", async (t) => {
  t.expectLog("tornado.access", /^413 POST/);
  // The upstream leaves bytes unread at its close, so that the next ones find a connection that was reset.
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const answering = (async () => {
    using upstream = await listener.accept();
    await upstream.read(new Uint8Array(100));
    await upstream.write(latin1Bytes(reply("too much", ["Connection: close"], "413 Content Too Large")));
  })();
  await using proxy = proxied([`http://127.0.0.1:${listener.addr.port}`]);
  const client = await IOStream.connect({ hostname: "127.0.0.1", port: proxy.port });
  client.send(latin1Bytes(`POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9000000\r\n\r\n${"x".repeat(8_000_000)}`));
  assertMatch(await rest(client), /^HTTP\/1\.1 413 [^]*\r\nConnection: close\r\n[^]*too much$/);
  client.abort();
  await answering;
});

test("ProxyHandler: sends an announced body also to an upstream that never asks for it", async () => {
  for (const version of ["1.0", "1.1"]) {
    using clock = new FakeClock();
    await using upstream = new ScriptedServer(({ headers }) => [
      async (stream: IOStream) => {
        const body = await readBody(stream, headers);
        await stream.write(latin1Bytes(`HTTP/${version} 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`));
      },
    ]);
    await using proxy = proxied([upstream]);
    using client = await RawClient.connect(proxy.port);
    await client.send("PUT / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\nhello");
    await until(() => upstream.requests.length === 1);
    clock.advance(2);
    const text = await client.until("hello");
    assertMatch(text, /^(HTTP\/1\.1 100 Continue\r\n\r\n)?HTTP\/1\.1 200 /);
  }
});

test("ProxyHandler: a client of HTTP/1.0 gets no interim response, whatever it expects", async () => {
  await using upstream = new ScriptedServer(({ headers, body }) => [
    "HTTP/1.1 103 Early Hints\r\nLink: <a>\r\n\r\n",
    reply(`${body} ${headers.has("Expect")}`),
  ]);
  await using proxy = proxied([upstream]);
  const answer = await RawClient.exchange(
    proxy.port,
    "POST / HTTP/1.0\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\nhello",
  );
  assertMatch(answer, /^HTTP\/1\.[01] 200 [^]*hello false$/);
});

test("ProxyHandler: keeps a connection of HTTP/1.0 only if its upstream does", async () => {
  for (const [field, connections] of [["Connection: keep-alive\r\n", 1], ["", 2]] as const) {
    await using upstream = new ScriptedServer(() => [`HTTP/1.0 200 OK\r\n${field}Content-Length: 2\r\n\r\nok`]);
    await using proxy = proxied([upstream]);
    for (let i = 0; i < 2; i++) assertMatch(await RawClient.exchange(proxy.port, GET), /ok$/);
    assertEquals(upstream.connections, connections);
  }
});

test("ProxyHandler: bytes behind a response without a body are no answer to the next request", async () => {
  const hidden = reply("hidden");
  for (const first of ["HTTP/1.1 304 Not Modified\r\n\r\n", "HTTP/1.1 204 No Content\r\n\r\n", reply("")]) {
    await using upstream = new ScriptedServer(({ target }) => [target === "/first" ? first + hidden : reply("own")]);
    await using proxy = proxied([upstream]);
    assertNotMatch(await RawClient.exchange(proxy.port, GET.replace("/ ", "/first ")), /hidden/);
    assertMatch(await RawClient.exchange(proxy.port, GET), /own$/);
    assertEquals(upstream.connections, 2);
  }
});

test("ProxyHandler: passes a response on whose bytes come one by one", async () => {
  const text = "HTTP/1.1 200 OK\r\nX-Own: 1\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nX-End: 1\r\n\r\n";
  await using upstream = new ScriptedServer(() => [...text]);
  await using proxy = proxied([upstream]);
  const answer = await RawClient.exchange(proxy.port, GET);
  assertMatch(answer, /^HTTP\/1\.1 200 OK\r\nX-Own: 1\r\n/);
  assertEquals(
    answer.split("\r\n\r\n").slice(1).join("").replace(/[\r\n]/g, "").replace(/\d+(?=[a-z])/g, ""),
    "hello0X-End: 1",
  );
});

test("ProxyHandler: speaks TLS only to the server that is meant", async (t) => {
  t.expectLog("tornado.general", /^502 GET/);
  t.expectLog("tornado.access", /^502 GET/);
  class Hello extends RequestHandler {
    override get(): void {
      this.write("hello");
    }
  }
  const own = { certfile: new URL("server.pem", certs), keyfile: new URL("server_key.pem", certs) };
  await using server = new HTTPServer(new Application([["/", Hello]]), { sslOptions: own });
  server.listen(0, { address: "127.0.0.1" });
  t.expectLog("tornado.general", /^SSL Error on /);
  await using plain = new ScriptedServer(() => [reply("plain")], { greeting: "HTTP/1.1 400 Bad Request\r\n\r\n" });
  const sslOptions = { caCerts: new URL("ca.pem", certs) };
  const secure = `https://localhost:${server.port}`;
  const rows = [
    [secure, { sslOptions }, 200],
    [secure, {}, 502],
    [secure, { validateCert: false }, 200],
    [secure, { sslOptions, serverHostname: "other.example" }, 502],
    [secure, { sslOptions, serverHostname: "localhost" }, 200],
    [`https://127.0.0.1:${plain.port}`, { sslOptions }, 502],
    [`http://127.0.0.1:${server.port}`, {}, 502],
  ] as const;
  for (const [address, options, code] of rows) {
    await using proxy = proxied([address], { upstreams: { ...options, tryTime: 0 } });
    const answer = await RawClient.exchange(proxy.port, GET);
    assertEquals(answer.slice(9, 12), String(code), `${address} ${JSON.stringify(options)}`);
    assertEquals(proxy.upstreams.status()[0]?.failures, code === 200 ? 0 : 1);
  }
  assertEquals(plain.requests.length, 0);
});

test("ProxyHandler: a Unix socket that is missing, is none, or comes later", async (t) => {
  t.expectLog("tornado.general", /^502 GET/);
  t.expectLog("tornado.access", /^502 GET/);
  class Hello extends RequestHandler {
    override get(): void {
      this.write("hello");
    }
  }
  using directory = new TempDir();
  directory.write("file", "");
  const paths = [`${directory.path}/none.sock`, `${directory.path}/file`, directory.path, `/tmp/${"x".repeat(200)}`];
  for (const path of paths) {
    await using proxy = proxied([`unix:${path}`], { upstreams: { tryTime: 0 } });
    assertMatch(await RawClient.exchange(proxy.port, GET), /^HTTP\/1\.1 502 /, path);
  }
  await using proxy = proxied([`unix:${directory.path}/late.sock`], { upstreams: { tryPause: 0.01 } });
  const answer = RawClient.exchange(proxy.port, GET);
  await until(() => (proxy.upstreams.status()[0]?.failures ?? 0) > 0);
  await using server = new HTTPServer(new Application([["/", Hello]]));
  server.addSocket(bindUnixSocket(`${directory.path}/late.sock`));
  assertMatch(await answer, /hello$/);
});

test("ProxyHandler: two proxies that name each other end the circle", async (t) => {
  t.expectLog("tornado.general", /^508 GET/);
  t.expectLog("tornado.access", /^508 GET/);
  await using first = proxied([], { proxy: { via: "first" } });
  await using second = proxied([first], { proxy: { via: "second" } });
  first.upstreams.add(`http://127.0.0.1:${second.port}`);
  const answer = await RawClient.exchange(first.port, GET);
  assertMatch(answer, /^HTTP\/1\.1 508 /);
  assertEquals(first.upstreams.status()[0]?.requests, 1);
});

test("ProxyHandler: what waits for a connection of an upstream that goes is still answered", async () => {
  const held = Promise.withResolvers<void>();
  await using upstream = new ScriptedServer((_, index) => [...index === 0 ? [() => held.promise] : [], reply("own")]);
  await using proxy = proxied([upstream], { upstreams: { maxConnections: 1 } });
  const answers = Array.from({ length: 3 }, () => RawClient.exchange(proxy.port, GET));
  await until(() => proxy.upstreams.status()[0]?.active === 3);
  proxy.upstreams.remove(`http://127.0.0.1:${upstream.port}`);
  held.resolve();
  for (const answer of await Promise.all(answers)) assertMatch(answer, /own$/);
  await until(() => upstream.open === 0);
});

test("Upstreams: a check that passes and fails in turns changes nothing where two are asked for", async (t) => {
  t.expectLog("tornado.general", /^Upstream http.* is down: the status is 500/);
  let isFlapping = true;
  await using upstream = new ScriptedServer((_, index) => [
    isFlapping && index % 2 === 0 ? reply() : reply("", [], "500 Internal Server Error"),
    CLOSE,
  ]);
  const check = { interval: 0.001, timeout: 30, fails: 2, passes: 2 };
  await using proxy = proxied([upstream], { upstreams: { check } });
  const isUp = () => proxy.upstreams.status()[0]?.isUp === true;
  await until(() => upstream.requests.length > 8);
  assertEquals(isUp(), true);
  isFlapping = false;
  await until(() => !isUp());
  isFlapping = true;
  const before = upstream.requests.length;
  await until(() => upstream.requests.length > before + 8);
  assertEquals(isUp(), false);
});

test("Upstreams: a check reads a body as UTF-8, and not more of it than it has to", async () => {
  await using upstream = new ScriptedServer(() => [
    "HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n",
    latin1Text(new TextEncoder().encode("Überprüft ✓")),
    "x".repeat(70_000),
    HOLD,
  ]);
  using upstreams = new Upstreams([`http://127.0.0.1:${upstream.port}`], {
    check: { interval: 0.001, timeout: 30, body: /^Überprüft ✓/ },
  });
  await until(() => upstream.requests.length > 3);
  assertEquals(upstreams.status()[0]?.isUp, true);
});

test("ProxyHandler: a client that stands still in its request is no fault of the upstream", async (t) => {
  t.expectLog("tornado.access", /^408 PUT/);
  t.expectLog("tornado.general", /^408 PUT .*No more of the request came for 10 seconds/);
  using clock = new FakeClock();
  let read = "";
  await using upstream = new ScriptedServer(() => [async (stream: IOStream) => {
    for (;;) read += latin1Text(await stream.readBytes(5));
  }], { answersEarly: true });
  await using proxy = proxied([upstream], { upstreams: { responseTimeout: 10 } });
  using client = await RawClient.connect(proxy.port);
  await client.send("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 15\r\n\r\nhello");
  await until(() => read === "hello");
  clock.advance(8);
  await client.send("again");
  await until(() => read === "helloagain");
  clock.advance(8);
  assertEquals(proxy.upstreams.status()[0]?.active, 1);
  await until(() => {
    clock.advance(1);
    return proxy.upstreams.status()[0]?.active === 0;
  });
  assertMatch(await client.rest(), /^HTTP\/1\.1 408 /);
  assertEquals(proxy.upstreams.status().map(({ active, failures }) => [active, failures]), [[0, 0]]);
});

test("ProxyHandler: an upstream has its time from the last byte of a request", async (t) => {
  t.expectLog("tornado.access", /^504 PUT/);
  t.expectLog("tornado.general", /^504 PUT .*no response after 10 seconds/);
  for (const framing of ["Content-Length: 10\r\n\r\nhello", "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"]) {
    using clock = new FakeClock();
    let read = "";
    await using upstream = new ScriptedServer(() => [async (stream: IOStream) => {
      for (;;) read += latin1Text(await stream.readBytes(5));
    }], { answersEarly: true });
    await using proxy = proxied([upstream], { upstreams: { responseTimeout: 10 } });
    using client = await RawClient.connect(proxy.port);
    await client.send(`PUT / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n${framing}`);
    await until(() => read.includes("hel"));
    clock.advance(8);
    await client.send(framing.includes("chunked") ? "0\r\n\r\n" : "again");
    await until(() => /again$|0\r\n\r\n$/.test(read));
    clock.advance(8);
    assertEquals(proxy.upstreams.status()[0]?.active, 1);
    await until(() => {
      clock.advance(1);
      return proxy.upstreams.status()[0]?.active === 0;
    });
    assertMatch(await client.rest(), /^HTTP\/1\.1 504 /);
    assertEquals(proxy.upstreams.status().map(({ active, failures }) => [active, failures]), [[0, 1]]);
  }
});

test("Upstreams: a response that comes too late for passive checks takes its upstream out", async () => {
  using clock = new FakeClock();
  const held = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  await using upstream = new ScriptedServer((_, index) => [() => held[index]?.promise, reply("late")]);
  const passive = { unhealthyLatency: 3, failTime: 60 };
  await using proxy = proxied([upstream], { upstreams: { passive } });
  for (const [index, seconds] of [2, 4].entries()) {
    const answer = RawClient.exchange(proxy.port, GET);
    await until(() => upstream.requests.length === index + 1);
    clock.advance(seconds);
    held[index]?.resolve();
    assertMatch(await answer, /late$/);
    assertEquals(proxy.upstreams.status()[0]?.isUp, seconds < 3);
  }
});

test("Upstreams: a client that takes long to send its request makes no response late", async () => {
  using clock = new FakeClock();
  await using upstream = new ScriptedServer(() => [reply("soon")]);
  const passive = { unhealthyLatency: 3, failTime: 60 };
  await using proxy = proxied([upstream], { upstreams: { passive } });
  using client = await RawClient.connect(proxy.port);
  await client.send("PUT / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 2\r\n\r\na");
  await until(() => proxy.upstreams.status()[0]?.active === 1);
  clock.advance(10);
  await client.send("b");
  assertMatch(await client.rest(), /soon$/);
  assertEquals(upstream.requests[0]?.body, "ab");
  assertEquals(proxy.upstreams.status().map(({ isUp, failures }) => [isUp, failures]), [[true, 0]]);
});
