// A subclass that throws, and clients that leave at a bad moment: neither is the fault of an upstream.
import { assert, assertEquals, assertMatch } from "@std/assert";
import { ProxyHandler } from "../../src/proxy/mod.ts";
import { HTTPError } from "../../src/web/mod.ts";
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
