import { assertEquals, assertThrows } from "@std/assert";
import { Health } from "../../src/ops/health.ts";
import { HTTPServer } from "../../src/http/httpserver.ts";
import { FakeClock } from "../../src/testing/mod.ts";
import { Application } from "../../src/web/mod.ts";
import { QUIET, site, WAYS } from "../contracts/_http_server/site.ts";
import { RawClient } from "../support/raw_client.ts";
import { until } from "../support/turns.ts";
import { test } from "../support/test.ts";

async function probe(port: number, path: string): Promise<[number, unknown]> {
  const response = await fetch(`http://127.0.0.1:${port}${path}`, { headers: { Connection: "close" } });
  return [response.status, await response.json()];
}

for (const way of WAYS) {
  test(`Health (${way.engine}, ${way.port ? "port" : "memory"}) asks its checks, all of them together`, async (t) => {
    t.expectLog("tornado.general", /Not ready: the check cache fails: Error: refused/);
    let broken = true;
    using health = new Health({
      maxAge: 0,
      checks: {
        database: async () => await Promise.resolve(),
        cache: () => {
          if (broken) throw new Error("refused");
        },
      },
    });
    await using client = site(way, health.rules, QUIET);
    assertEquals((await client.get("/livez")).code, 200);
    const failing = await client.get("/readyz");
    assertEquals(failing.code, 503);
    assertEquals(failing.json(), { status: "failing", checks: { database: "ok", cache: "failed" } });
    assertEquals(failing.headers.get("Cache-Control"), "no-store");
    broken = false;
    const ready = await client.get("/readyz");
    assertEquals([ready.code, ready.json()], [200, { status: "ready", checks: { database: "ok", cache: "ok" } }]);
  });
}

test("Health gives up a check that takes too long, asks none twice at a time, and keeps a result for a while", async (t) => {
  t.expectLog("tornado.general", /the check slow fails: Error: no answer within 2 s/);
  using clock = new FakeClock();
  let asked = 0;
  let aborted = false;
  using health = new Health({
    timeout: 2,
    maxAge: 1,
    checks: {
      slow: (signal) => {
        asked++;
        signal.addEventListener("abort", () => aborted = true);
        return new Promise(() => {});
      },
    },
  });
  const first = health.readiness();
  const second = health.readiness();
  clock.advance(2);
  assertEquals((await first).checks, { slow: "failed" });
  assertEquals((await second).status, "failing");
  assertEquals([asked, aborted], [1, true]);
  await health.readiness();
  assertEquals(asked, 1);
  clock.advance(1);
  const third = health.readiness();
  assertEquals(asked, 2);
  clock.advance(2);
  await third;
});

test("Health answers HEAD as GET, and refuses times that are none", async (t) => {
  t.expectLog("tornado.general", /^Not ready: the check never fails/);
  using health = new Health({ checks: { never: () => false } });
  const app = new Application(health.rules, QUIET);
  for (const [path, status] of [["/livez", 200], ["/readyz", 503]] as const) {
    const answer = await app.fetch(new Request(`http://localhost${path}`, { method: "HEAD" }));
    assertEquals([answer.status, await answer.text()], [status, ""]);
  }
  for (const option of ["timeout", "maxAge"]) assertThrows(() => new Health({ [option]: NaN }), TypeError, option);
});

test("Health is not ready from the first moment of a drain, and still lives", async () => {
  using health = new Health();
  await using probes = health.listen(0, { address: "127.0.0.1" });
  const server = new HTTPServer(new Application([], QUIET));
  server.listen(0, { address: "127.0.0.1" });
  assertEquals(await probe(probes.port, "/readyz"), [200, { status: "ready", checks: {} }]);
  const drained = server.drain(5);
  assertEquals(health.draining, true);
  assertEquals(await probe(probes.port, "/readyz"), [503, { status: "draining", checks: {} }]);
  assertEquals((await probe(probes.port, "/livez"))[0], 200);
  assertEquals(await drained, true);
});

test("Health.shutDown() still accepts while balancers learn of it", async () => {
  using clock = new FakeClock();
  using health = new Health();
  const server = new Application(health.rules, QUIET).listen(0, { address: "127.0.0.1" });
  const ended = health.shutDown(server, { delay: 3, deadline: 0 });
  using client = await RawClient.connect(server.port);
  await client.send("GET /readyz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  assertEquals((await client.rest()).split(" ")[1], "503");
  clock.advance(3);
  assertEquals(await ended, true);
});

test("Health is full while a server has all its connections", async (t) => {
  t.expectLog("tornado.general", /maxConnections is reached/);
  using health = new Health();
  await using probes = health.listen(0, { address: "127.0.0.1" });
  await using server = new HTTPServer(new Application([], QUIET), { maxConnections: 1 });
  server.listen(0, { address: "127.0.0.1" });
  health.watch(server);
  {
    using _client = await RawClient.connect(server.port);
    await until(() => server.connectionCount === 1);
    assertEquals(await probe(probes.port, "/readyz"), [503, { status: "full", checks: {} }]);
  }
  await until(() => server.connectionCount === 0);
  assertEquals((await probe(probes.port, "/readyz"))[0], 200);
});
