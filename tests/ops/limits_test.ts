import { assert, assertEquals, assertMatch, assertThrows } from "@std/assert";
import { clientKey, LoadShedder, networkOf, rateLimit, rateLimited, RateLimiter } from "../../src/ops/limits.ts";
import { RedisRateLimiter } from "../../src/ops/redis_limits.ts";
import { events } from "../../src/internal/events.ts";
import { Metrics } from "../../src/ops/metrics.ts";
import { HTTPServerRequest } from "../../src/http/httputil.ts";
import { FakeClock } from "../../src/testing/mod.ts";
import { Application, RequestHandler } from "../../src/web/mod.ts";
import { QUIET, site, WAYS } from "../contracts/_http_server/site.ts";
import { HTTPServer } from "../../src/http/httpserver.ts";
import { RawClient } from "../support/raw_client.ts";
import { settled } from "../support/fake_clock.ts";
import { until } from "../support/turns.ts";
import { test } from "../support/test.ts";

class Hello extends RequestHandler {
  override get(): void {
    this.write("hello");
  }
}

test("networkOf() keeps IPv4 addresses and the first 64 bits of IPv6 addresses", () => {
  const cases = [
    ["192.0.2.1", "192.0.2.1"],
    ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
    ["2001:0DB8:0001:0002::", "2001:db8:1:2::/64"],
    ["2001:db8::7", "2001:db8:0:0::/64"],
    ["::1", "0:0:0:0::/64"],
    ["::", "0:0:0:0::/64"],
    ["1::2:3:4:5:6:7", "1:0:2:3::/64"],
    ["64:ff9b::192.0.2.1", "64:ff9b:0:0::/64"],
    ["::ffff:192.0.2.1", "192.0.2.1"],
    ["fe80::1%eth0", "fe80:0:0:0::/64"],
    ["", ""],
  ] as const;
  for (const [address, network] of cases) assertEquals(networkOf(address), network, address);
});

test("RateLimiter lets the quota through together, and then evenly", () => {
  using clock = new FakeClock();
  const limiter = new RateLimiter({ quota: 3, window: 60 });
  for (const left of [2, 1, 0]) assertEquals(limiter.take("a").remaining, left);
  const refused = limiter.take("a");
  assertEquals([refused.allowed, refused.retryAfter, refused.reset], [false, 20, 60]);
  assertEquals(limiter.take("b").allowed, true);
  clock.advance(19.9);
  assertEquals(limiter.take("a").allowed, false);
  clock.advance(0.1);
  assertEquals(limiter.take("a").allowed, true);
  assertEquals(limiter.take("a").allowed, false);
  clock.advance(3600);
  const all = limiter.take("a", 3);
  assertEquals([all.allowed, all.remaining, all.reset], [true, 0, 60]);
});

test("RateLimiter refuses what cannot be limited", () => {
  for (
    const options of [
      { quota: 0, window: 1 },
      { quota: 1, window: 0 },
      { quota: 1, window: 1, name: 'a"b' },
      { quota: 1, window: 1, maxKeys: 0 },
    ]
  ) assertThrows(() => new RateLimiter(options), RangeError);
  const limiter = new RateLimiter({ quota: 2, window: 1 });
  for (const units of [0, 3, 0.5, NaN]) assertThrows(() => limiter.take("a", units), RangeError);
});

test("RateLimiter keeps a million keys in 32 MiB, and forgets no busy one for strangers", () => {
  using _clock = new FakeClock();
  const limiter = new RateLimiter({ quota: 100, window: 60, maxKeys: 1_000_000 });
  assert(limiter.byteLength <= 32 * 1024 * 1024);
  while (limiter.take("busy").allowed);
  let wrong = 0;
  for (let i = 0; i < 1_000_000; i++) if (limiter.take(`${i}.spoofed`).remaining !== 99) wrong++;
  // Each key was new, so one that has less was taken for another, or has pushed one out.
  assert(wrong <= 1, `${wrong} keys were taken for others`);
  assertEquals(limiter.take("busy").allowed, false);
  let known = 0;
  for (let i = 0; i < 1_000_000; i++) if (limiter.take(`${i}.spoofed`).remaining === 98) known++;
  assert(known > 980_000, `${known} of a million keys are known`);
});

for (const way of WAYS) {
  test(`rateLimit(${way.engine}, ${way.port ? "port" : "memory"}) answers 429 with a time that is true`, async () => {
    using clock = new FakeClock();
    const limiter = new RateLimiter({ name: "api", quota: 2, window: 10 });
    const settings = { ...QUIET, rateLimit: rateLimit(limiter, { key: () => "all" }) };
    await using client = site(way, [["/", Hello]], settings);
    const first = await client.get("/");
    assertEquals(first.headers.get("RateLimit-Policy"), '"api";q=2;w=10');
    assertEquals(first.headers.get("RateLimit"), '"api";r=1;t=5');
    assertEquals((await client.get("/")).headers.get("RateLimit"), '"api";r=0;t=10');
    const refused = await client.get("/");
    assertEquals([refused.code, refused.headers.get("Retry-After")], [429, "5"]);
    assertEquals(refused.headers.get("RateLimit"), '"api";r=0;t=5');
    clock.advance(5);
    assertEquals((await client.get("/")).code, 200);
  });
}

test("rateLimited() limits one method, and several limits tell what is left of each", async () => {
  const one = new RateLimiter({ name: "one", quota: 1, window: 60 });
  const all = new RateLimiter({ name: "all", quota: 10, window: 60 });
  class Login extends RequestHandler {
    override get(): void {
      this.write("form");
    }
    @rateLimited(one, { key: (handler) => handler.getArgument("user") })
    override post(): void {
      this.write("welcome");
    }
  }
  const app = new Application([["/", Login]], { ...QUIET, rateLimit: rateLimit(all) });
  const post = (user: string) => app.fetch(new Request(`http://localhost/?user=${user}`, { method: "POST" }));
  assertEquals((await app.fetch(new Request("http://localhost/"))).status, 200);
  const welcome = await post("ann");
  assertEquals(await welcome.text(), "welcome");
  assertEquals(welcome.headers.get("RateLimit"), '"all";r=8;t=12, "one";r=0;t=60');
  const refused = await post("ann");
  assertEquals([refused.status, refused.headers.get("Retry-After")], [429, "60"]);
  assertEquals(refused.headers.get("RateLimit"), '"all";r=7;t=18, "one";r=0;t=60');
  assertEquals(refused.headers.get("RateLimit-Policy"), '"all";q=10;w=60, "one";q=1;w=60');
  assertEquals((await post("bob")).status, 200);
});

test("rateLimit() and rateLimited() refuse a cost that no request could pay", () => {
  const limiter = new RateLimiter({ quota: 5, window: 60 });
  for (const cost of [6, 0, 1.5, NaN, -1, Infinity]) {
    assertThrows(
      () => rateLimit(limiter, { cost }),
      RangeError,
      `Cannot take ${cost} units of default: its quota is 5`,
    );
    assertThrows(() => rateLimited(limiter, { cost }), RangeError);
  }
});

test("RedisRateLimiter tells of a key that it knows to be refused when so many units are there", async () => {
  using clock = new FakeClock();
  let asked = 0;
  const redis = {
    sendCommand: () => {
      asked++;
      // All of the quota is used.
      return Promise.resolve([0, "60000"]);
    },
  };
  const limiter = new RedisRateLimiter({ redis, quota: 6, window: 60 });
  const wait = async (units: number) => Math.round((await limiter.take("a", units)).retryAfter);
  assertEquals([await wait(1), await wait(1), await wait(3), await wait(6)], [10, 10, 30, 60]);
  assertEquals(asked, 1);
  clock.advance(10);
  await wait(1);
  assertEquals(asked, 2);
});

test("clientKey() takes the address that a trusted proxy names, by its network", () => {
  const request = new HTTPServerRequest();
  request.remoteIp = "2001:db8::1:2:3:4";
  assertEquals(clientKey(request), "2001:db8:0:0::/64");
});

test("HTTPServer refuses the connections of an address beyond maxConnectionsPerAddress, and takes new ones later", async () => {
  const app = new Application([["/", Hello]], QUIET);
  await using server = new HTTPServer(app, { maxConnectionsPerAddress: 2 });
  server.listen(0, { address: "127.0.0.1" });
  const get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
  const first = await RawClient.connect(server.port);
  using second = await RawClient.connect(server.port);
  await first.send(get);
  await first.until("hello");
  await second.send(get);
  await second.until("hello");
  {
    using third = await RawClient.connect(server.port);
    assertEquals(await third.rest(), "");
  }
  first.close();
  await until(() => server.connectionCount === 1);
  using fourth = await RawClient.connect(server.port);
  await fourth.send(get);
  await fourth.until("hello");
});

test("LoadShedder refuses at the limit of requests in flight, by priority", async (t) => {
  t.expectLog("tornado.general", /^Overload: /);
  const gate = Promise.withResolvers<void>();
  class Slow extends RequestHandler {
    override async get(): Promise<void> {
      await gate.promise;
      this.write("done");
    }
  }
  using shedder = new LoadShedder({
    inFlight: [4, 4],
    maxLag: Infinity,
    maxTurn: Infinity,
    retryAfter: [2, 3],
    priorities: { "/low": "low", "/events/.*": "stream" },
  });
  const app = new Application([["/(.*)", Slow]], QUIET);
  const ask = (path: string) => app.fetch(new Request(`http://localhost${path}`));
  const low = ["/low", "/low"].map(ask);
  const refusedLow = await ask("/low?x=1");
  assertEquals([refusedLow.status, refusedLow.headers.get("Connection")], [503, "close"]);
  const wait = Number(refusedLow.headers.get("Retry-After"));
  assert(wait >= 2 && wait <= 3);
  const normal = ["/a", "/b"].map(ask);
  assertEquals(shedder.inFlight, 4);
  assertEquals((await ask("/c")).status, 503);
  const stream = await ask("/events/1");
  assertEquals([stream.status, stream.headers.get("Content-Type")], [200, "text/event-stream"]);
  const [, retry] = /^retry: (\d+)\n\n$/.exec(await stream.text()) ?? [];
  assert(Number(retry) >= 2000 && Number(retry) <= 3000);
  const critical = ask("/livez");
  gate.resolve();
  for (const one of [...low, ...normal, critical]) assertEquals(await (await one).text(), "done");
  assertEquals([shedder.refused, shedder.inFlight], [3, 0]);
  assertEquals((await ask("/c")).status, 200);
});

test("LoadShedder refuses what comes in a turn that has taken too long", async (t) => {
  t.expectLog("tornado.general", /^Overload: /);
  class Busy extends RequestHandler {
    override get(): void {
      const end = performance.now() + 30;
      while (performance.now() < end);
      this.write("done");
    }
  }
  using _shedder = new LoadShedder({ maxTurn: 0.02, maxLag: Infinity });
  const app = new Application([["/", Busy]], QUIET);
  const ask = () => app.fetch(new Request("http://localhost/"));
  const answers = await Promise.all([ask(), ask(), ask()]);
  assertEquals(answers.map(({ status }) => status), [200, 503, 503]);
  for (const answer of answers) await answer.body?.cancel();
});

test("LoadShedder refuses what has waited for the event loop, but only while it refuses anyway", async (t) => {
  t.expectLog("tornado.general", /^Overload: /);
  const gate = Promise.withResolvers<void>();
  class Slow extends RequestHandler {
    override async get(): Promise<void> {
      await gate.promise;
    }
  }
  using shedder = new LoadShedder({ inFlight: [1, 1], maxLag: 100, maxTurn: Infinity });
  const app = new Application([["/slow", Slow], ["/", Hello]], QUIET);
  const statusOf = async (path: string) => {
    const answer = await app.fetch(new Request(`http://localhost${path}`));
    await answer.body?.cancel();
    return answer.status;
  };
  const block = async () => {
    const end = performance.now() + 300;
    while (performance.now() < end);
    // The timer of the shedder is due.
    await settled();
  };
  // The first look of a program does not count.
  await block();
  await block();
  assertEquals(await statusOf("/"), 200);
  const slow = statusOf("/slow");
  assertEquals([await statusOf("/"), shedder.refused], [503, 1]);
  gate.resolve();
  assertEquals(await slow, 200);
  await block();
  assertEquals([await statusOf("/"), shedder.inFlight], [503, 0]);
});

test("LoadShedder lets so many handshakes in", async (t) => {
  t.expectLog("tornado.general", /^Overload: /);
  using _shedder = new LoadShedder({ handshakes: 2, maxLag: Infinity, maxTurn: Infinity });
  const app = new Application([["/", Hello]], QUIET);
  const ask = () => app.fetch(new Request("http://localhost/", { headers: { Upgrade: "WebSocket" } }));
  const statuses = [];
  for (let i = 0; i < 4; i++) statuses.push((await ask()).status);
  assertEquals(statuses, [200, 200, 503, 503]);
  assertEquals((await app.fetch(new Request("http://localhost/"))).status, 200);
});

/** A request, and the beginning of what it gets while everything is refused. */
const REFUSED: readonly (readonly [request: string, answer: RegExp])[] = [
  ["GET /a?b=c HTTP/1.1\r\nHost: a\r\n\r\n", /^HTTP\/1\.1 503 Service Unavailable\r\nRetry-After: 7\r\n.*\r\n\r\n$/s],
  ["HEAD /a HTTP/1.1\r\nHost: a\r\n\r\n", /^HTTP\/1\.1 503 .*\r\n\r\n$/s],
  ["GET /a HTTP/1.0\r\n\r\n", /^HTTP\/1\.1 503 .*\r\n\r\n$/s],
  ["OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", /^HTTP\/1\.1 503 /],
  ["GET http://a/events HTTP/1.1\r\nHost: a\r\n\r\n", /^HTTP\/1\.1 200 /],
  ["GET /events?x HTTP/1.1\r\nHost: a\r\n\r\n", /^HTTP\/1\.1 200 OK\r\n.*Date: .*\r\n\r\nretry: 7000\n\n$/s],
  ["HEAD /events HTTP/1.1\r\nHost: a\r\n\r\n", /^HTTP\/1\.1 200 OK\r\n.*Content-Length: 13\r\n.*\r\n\r\n$/s],
  ["POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello", /^HTTP\/1\.1 503 /],
  ["POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 500000\r\n\r\nhello", /^HTTP\/1\.1 503 /],
  ["POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel", /^HTTP\/1\.1 503 /],
  ["POST /a HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n", /^HTTP\/1\.1 503 /],
  // The second is not read any more.
  ["GET /a HTTP/1.1\r\nHost: a\r\n\r\nGET /livez HTTP/1.1\r\nHost: a\r\n\r\n", /^HTTP\/1\.1 503 [^]*\r\n\r\n$/],
  // What was let in is answered before.
  [
    "GET /livez HTTP/1.1\r\nHost: a\r\n\r\nGET /a HTTP/1.1\r\nHost: a\r\n\r\n",
    /^HTTP\/1\.1 200 OK\r\n.*\r\n\r\nhelloHTTP\/1\.1 503 [^]*\r\n\r\n$/s,
  ],
  // A malformed head stays a 400.
  ["GET /a b HTTP/1.1\r\nHost: a\r\n\r\n", /^HTTP\/1\.1 400 /],
  ["GET /%6civez HTTP/1.1\r\nHost: a\r\n\r\n", /^HTTP\/1\.1 503 /],
  ["GET //livez HTTP/1.1\r\nHost: a\r\n\r\n", /^HTTP\/1\.1 503 /],
  ["GET /livez/ HTTP/1.1\r\nHost: a\r\n\r\n", /^HTTP\/1\.1 503 /],
];

test("LoadShedder ends a connection with its refusal, before anything is made of the request", async (t) => {
  t.expectLog("tornado.general", /^Overload: \d+ requests refused, 0 in flight of 20 allowed, event loop \d+ ms late$/);
  using shedder = new LoadShedder({
    maxLag: -1,
    maxTurn: Infinity,
    retryAfter: [7, 7],
    priorities: { "/livez": "critical", "/events": "stream" },
  });
  using metrics = new Metrics({ loopLag: false });
  let handled = 0;
  class Counted extends Hello {
    override prepare(): void {
      handled++;
    }
  }
  await using server = new HTTPServer(new Application([["/.*", Counted]], QUIET));
  server.listen(0, { address: "127.0.0.1" });
  for (const [request, answer] of REFUSED) {
    using client = await RawClient.connect(server.port);
    await client.send(request);
    assertMatch(await client.rest(), answer, request);
  }
  // The one that was let in, and the malformed one.
  assertEquals([handled, shedder.refused, shedder.inFlight], [1, REFUSED.length - 1, 0]);
  const lines = metrics.text().split("\n");
  assert(lines.includes(`http_server_refused_total{kind="overload"} ${REFUSED.length - 1}`));
  assert(lines.includes("http_server_active_requests 0"));
  await until(() => server.connectionCount === 0);
});

test("LoadShedder under pressure has new connections taken together, loses none, and leaves no timer", async (t) => {
  t.expectLog("tornado.general", /^Overload: /);
  using shedder = new LoadShedder({ maxLag: -1, priorities: { "/livez": "critical" } });
  await using server = new HTTPServer(new Application([["/.*", Hello]], QUIET));
  server.listen(0, { address: "127.0.0.1", transport: "auto" });
  const ask = (path: string) => RawClient.exchange(server.port, `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`);
  const gate = events.gates?.[0];
  while (gate?.isPressed() === false) await Promise.all(Array.from({ length: 20 }, () => ask("/")));
  const before = shedder.refused;
  // More than the 128 that a handle accepts at once.
  const answers = await Promise.all(Array.from({ length: 300 }, () => ask("/")));
  assertEquals(answers.filter((answer) => answer.startsWith("HTTP/1.1 503 ")).length, 300);
  assertEquals(shedder.refused - before, 300);
  const livez = "GET /livez HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
  assertMatch(await RawClient.exchange(server.port, livez), /^HTTP\/1\.1 200 /);
});

test("LoadShedder refuses limits that make no sense", () => {
  for (
    const options of [
      { maxLag: NaN },
      { maxTurn: NaN },
      { retryAfter: [5, 1] as const },
      { retryAfter: [NaN, 1] as const },
      { retryAfter: [-1, 1] as const },
      { retryAfter: [1, Infinity] as const },
      { inFlight: [0, 1] as const },
      { inFlight: [2, 1] as const },
      { handshakes: 0.5 },
    ]
  ) assertThrows(() => new LoadShedder(options), RangeError);
  assertThrows(() => new LoadShedder({ priorities: { "(": "low" } }), SyntaxError);
});

test("LoadShedder takes a target in absolute form for its path", async (t) => {
  t.expectLog("tornado.general", /^Overload: /);
  using _shedder = new LoadShedder({ maxLag: -1, priorities: { "/open": "critical" } });
  await using server = new Application([["/open", RequestHandler]], QUIET).listen(0, { address: "127.0.0.1" });
  const answers = [["/open?a", 405], ["http://a/open?a", 405], ["http://a/livez", 404], ["http://a", 503]] as const;
  for (const [target, status] of answers) {
    using client = await RawClient.connect(server.port);
    await client.send(`GET ${target} HTTP/1.1\r\nHost: a\r\n\r\n`);
    await client.until(`HTTP/1.1 ${status} `);
  }
});
