// A subclass that throws, and clients that leave at a bad moment: neither is the fault of an upstream.
import { assert, assertEquals, assertMatch } from "@std/assert";
import type { HTTPHeaders } from "../../src/http/httputil.ts";
import { ProxyHandler } from "../../src/proxy/mod.ts";
import { HTTPError } from "../../src/web/mod.ts";
import { FakeClock, settled } from "../support/fake_clock.ts";
import { proxied } from "../support/proxied.ts";
import { RawClient } from "../support/raw_client.ts";
import { CLOSE, HOLD, reply, ScriptedServer } from "../support/scripted_server.ts";
import { test } from "../support/test.ts";
import { until } from "../support/turns.ts";

const GET = "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
const ASK = "GET /ws HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" +
  "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n";
const ACCEPT = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n";

/** Refuses all responses. */
class Refusing extends ProxyHandler {
  override changeResponse(code: number): void {
    if (code !== 200) throw new RangeError(`no ${code} here`);
    throw new HTTPError(451);
  }
}

/** Fails when a tunnel begins. */
class Unwatchable extends ProxyHandler {
  override watchTunnel(): never {
    throw new RangeError("nobody watches");
  }
}

/** Asks for what is no path. */
class Astray extends ProxyHandler {
  override changeTarget(): string {
    return "/no path";
  }
}

/** Says of a message what only the proxy knows. */
class Presumptuous extends ProxyHandler {
  override changeRequest(headers: HTTPHeaders): void {
    headers.update({ "Content-Length": "7", "Transfer-Encoding": "chunked", "Connection": "close", "TE": "gzip" });
    headers.update({ "Expect": "100-continue", "Upgrade": "h2c", "Trailer": "X", "X-User": "ada" });
  }

  override changeResponse(_code: number, headers: HTTPHeaders): void {
    headers.set("Transfer-Encoding", "gzip");
    headers.set("X-Changed", "yes");
  }
}

/** States a length that the response has not. */
class Longer extends ProxyHandler {
  override changeResponse(_code: number, headers: HTTPHeaders): void {
    headers.set("Content-Length", "7");
  }
}

/** Fails to log. */
class Unlogged extends ProxyHandler {
  override logException(): never {
    throw new RangeError("nothing is logged");
  }
}

test("ProxyHandler: what changeResponse throws is the answer, and no fault of the upstream", async (t) => {
  t.expectLog("tornado.access", /^(451|500) GET/);
  t.expectLog("tornado.application", /^Uncaught exception/);
  await using upstream = new ScriptedServer(({ target }) =>
    target === "/ws" ? [ACCEPT, HOLD] : target === "/404" ? [reply("", [], "404 Not Found")] : [reply()]
  );
  await using proxy = proxied([upstream], { handler: Refusing });
  assertMatch(await RawClient.exchange(proxy.port, GET), /^HTTP\/1\.1 451 /);
  assertMatch(await RawClient.exchange(proxy.port, GET.replace("/ ", "/404 ")), /^HTTP\/1\.1 500 /);
  using client = await RawClient.connect(proxy.port);
  await client.send(ASK);
  assertMatch((await client.response()).head, /^HTTP\/1\.1 500 /);
  assertEquals(upstream.requests.length, 3);
  await until(() => proxy.upstreams.status()[0]?.active === 0);
  assertEquals(proxy.upstreams.status()[0]?.failures, 0);
});

test("ProxyHandler: a tunnel that a subclass cannot watch does not begin, and nothing of it stays", async (t) => {
  t.expectLog("tornado.access", /^500 GET/);
  t.expectLog("tornado.application", /^Uncaught exception/);
  await using upstream = new ScriptedServer(() => [ACCEPT, HOLD]);
  await using proxy = proxied([upstream], { handler: Unwatchable });
  {
    using client = await RawClient.connect(proxy.port);
    await client.send(ASK);
    assertMatch((await client.response()).head, /^HTTP\/1\.1 500 /);
  }
  await until(() => upstream.open === 0 && proxy.upstreams.status()[0]?.active === 0);
  await until(() => proxy.server.connectionCount === 0);
});

test("ProxyHandler: a client that leaves while a retry waits ends its request", async (t) => {
  await using upstream = new ScriptedServer(() => [CLOSE]);
  await using proxy = proxied([upstream], { upstreams: { tryTime: 600, tryPause: 300 } });
  {
    using client = await RawClient.connect(proxy.port);
    await client.send(GET);
    await until(() => proxy.upstreams.status()[0]?.failures === 1);
    // Nothing is left to be tried when the pause ends with the client.
    proxy.upstreams.close();
  }
  t.expectLog("tornado.access", /^499 GET/);
  await until(() => proxy.server.connectionCount === 0);
});

test("ProxyHandler: the next upstream that is tried gets its own name where the client has named none", async () => {
  await using bad = new ScriptedServer(() => [CLOSE]);
  await using good = new ScriptedServer(() => [reply()]);
  await using proxy = proxied([bad, good], { upstreams: { balancing: "roundRobin" } });
  await RawClient.exchange(proxy.port, GET.replace("Host: a", "Host:"));
  const hosts = [bad, good].map(({ requests }) => requests[0]?.headers.get("Host"));
  assertEquals(hosts, [`127.0.0.1:${bad.port}`, `127.0.0.1:${good.port}`]);
  assert(good.requests[0]?.headers.has("X-Forwarded-For"));
});

test("ProxyHandler: a request that a subclass has made unwritable is no fault of the upstream", async (t) => {
  t.expectLog("tornado.access", /^500 (GET|PUT)/);
  t.expectLog("tornado.application", /^Uncaught exception/);
  await using upstream = new ScriptedServer(() => [reply()]);
  await using proxy = proxied([upstream], { handler: Astray });
  const put = GET.replace("GET", "PUT").replace("\r\n\r\n", "\r\nContent-Length: 1\r\n\r\nx");
  for (const request of [GET, put]) {
    assertMatch(await RawClient.exchange(proxy.port, request), /^HTTP\/1\.1 500 /);
    assertEquals(proxy.upstreams.status().map(({ active, failures }) => [active, failures]), [[0, 0]]);
  }
});

test("ProxyHandler: what a subclass says of the framing does not count", async () => {
  await using upstream = new ScriptedServer(() => [reply("whole")]);
  await using proxy = proxied([upstream], { handler: Presumptuous });
  const bodies = [
    "\r\n\r\n",
    "\r\nContent-Length: 2\r\n\r\nab",
    "\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n",
  ];
  for (const body of bodies) {
    const answer = await RawClient.exchange(proxy.port, GET.replace("\r\n\r\n", body));
    assertMatch(answer, /\r\nContent-Length: 5\r\n[^]*\r\nX-Changed: yes\r\n[^]*\r\n\r\nwhole$/);
    assert(!answer.includes("Transfer-Encoding"), answer);
  }
  const framing = upstream.requests.map(({ headers, body }) => [
    ...["Content-Length", "Transfer-Encoding", "Connection", "TE", "Expect", "Upgrade", "Trailer"]
      .flatMap((name) => headers.getList(name)),
    headers.get("X-User"),
    body,
  ]);
  assertEquals(framing, [["ada", ""], ["2", "ada", "ab"], ["chunked", "ada", "ab"]]);
});

test("ProxyHandler: no field of a client reads like one that a subclass has set", async () => {
  await using upstream = new ScriptedServer(() => [reply()]);
  const fields = "\r\nX_User: root\r\nx-user: root\r\nX_Other: 1\r\n";
  for (const handler of [Presumptuous, ProxyHandler]) {
    await using proxy = proxied([upstream], { handler });
    await RawClient.exchange(proxy.port, GET.replace("\r\n", fields));
  }
  const users = upstream.requests.map(({ headers }) =>
    ["X-User", "X_User", "X_Other"].map((name) => headers.get(name))
  );
  assertEquals(users, [["ada", null, "1"], ["root", "root", "1"]]);
});

test("ProxyHandler: a length that nobody can count is the client's fault, and no upstream hears of it", async (t) => {
  t.expectLog("tornado.general", /^413 POST .*Content-Length too long/);
  t.expectLog("tornado.access", /^413 POST/);
  await using upstream = new ScriptedServer(() => [reply()]);
  await using proxy = proxied([upstream]);
  // The connection is idle then, and the head of the next request goes on in the same turn.
  assertMatch(await RawClient.exchange(proxy.port, GET), /^HTTP\/1\.1 200 /);
  for (const length of ["1000000000000000", "9007199254740990", "9007199254740991", `1${"0".repeat(30)}`]) {
    const post = `POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${length}\r\n\r\n`;
    assertMatch(await RawClient.exchange(proxy.port, post), /^HTTP\/1\.1 413 /, length);
  }
  assertEquals(proxy.upstreams.status().map(({ requests, failures }) => [requests, failures]), [[1, 0]]);
});

test("ProxyHandler: a response that a subclass has made longer ends with a line in the log", async (t) => {
  t.expectLog("tornado.general", /^Cannot complete the response to GET \/: Tried to write 5 bytes less/);
  await using upstream = new ScriptedServer(() => [reply()]);
  await using proxy = proxied([upstream], { handler: Longer });
  await RawClient.exchange(proxy.port, GET);
  assertEquals(proxy.upstreams.status().map(({ active, failures }) => [active, failures]), [[0, 0]]);
});

test("ProxyHandler: a subclass that cannot log a failure does not keep the client waiting", async (t) => {
  t.expectLog("tornado.application", /^Error in exception logger/);
  t.expectLog("tornado.access", /^502 GET/);
  await using upstream = new ScriptedServer(() => [CLOSE]);
  await using proxy = proxied([upstream], { handler: Unlogged, upstreams: { tryTime: 0 } });
  assertMatch(await RawClient.exchange(proxy.port, GET), /^HTTP\/1\.1 502 /);
});

test("ProxyHandler: the time of an attempt that has failed does not end the next one", async () => {
  using clock = new FakeClock();
  const held = Promise.withResolvers<void>();
  await using upstream = new ScriptedServer((_, index) => index === 0 ? [() => held.promise, CLOSE] : [reply()]);
  await using proxy = proxied([upstream], { upstreams: { responseTimeout: 10, tryPause: 5 } });
  using client = await RawClient.connect(proxy.port);
  await client.send(GET);
  await until(() => upstream.requests.length === 1);
  clock.advance(8);
  held.resolve();
  await until(() => proxy.upstreams.status()[0]?.failures === 1);
  // Each step lets what is due happen before the next.
  for (let seconds = 0; seconds < 5; seconds++) {
    clock.advance(1);
    await settled();
  }
  assertMatch(await client.rest(), /^HTTP\/1\.1 200 /);
  assertEquals(upstream.requests.length, 2);
});
