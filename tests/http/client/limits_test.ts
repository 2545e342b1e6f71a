// Time limits and signals, at each step of a request.
import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { HTTPTimeoutError } from "../../../src/http/httpclient.ts";
import { type ResolvedAddress, Resolver } from "../../../src/net/netutil.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import { CLOSE, HOLD, reply, ScriptedServer } from "../../support/scripted_server.ts";
import { clientTest, SIMPLE } from "./back_ends.ts";

class SilentResolver extends Resolver {
  override resolve(): Promise<ResolvedAddress[]> {
    return new Promise(() => {});
  }
}

clientTest("requestTimeout: spans redirects", async (make) => {
  using clock = new FakeClock();
  const moved = "HTTP/1.1 302 Found\r\nLocation: /\r\nContent-Length: 0\r\n\r\n";
  await using server = new ScriptedServer((_request, index) => [() => clock.advance(6), index < 8 ? moved : reply()]);
  using client = make();
  const error = await assertRejects(() => client.fetch(server.url(), { maxRedirects: 9 }), HTTPTimeoutError);
  assertEquals(error.message, "HTTP 599: Timeout during request: no complete response after 20 seconds");
  assertEquals([error.code, server.requests.length], [599, 4]);
  await client.fetch(server.url(), { maxRedirects: 9, requestTimeout: 0 });
});

clientTest("requestTimeout: spans retries and their pauses", async (make) => {
  using clock = new FakeClock();
  await using server = new ScriptedServer(() => [reply("", ["Retry-After: 8"], "503 Busy")]);
  using client = make();
  let isOver = false;
  const outcome = assertRejects(() => client.fetch(server.url(), { retry: { limit: 9 } }), HTTPTimeoutError)
    .finally(() => isOver = true);
  while (!isOver) await clock.advanceAsync(1);
  assertMatch((await outcome).message, /Timeout (before a retry|during request)/);
  assertEquals(server.requests.length <= 3, true);
});

clientTest("requestTimeout: spans the queue", async (make) => {
  await using server = new ScriptedServer(() => [HOLD]);
  using client = make({ maxClients: 1 });
  const held = assertRejects(() => client.fetch(server.url()));
  const error = await assertRejects(() => client.fetch(server.url(), { requestTimeout: 0.05 }), HTTPTimeoutError);
  assertMatch(error.message, /Timeout in request queue/);
  client.close();
  await held;
  assertEquals(server.requests.length <= 1, true);
});

clientTest("requestTimeout and connectTimeout: span the resolver, and free the slot", async (make) => {
  using client = make({ maxClients: 1, resolver: new SilentResolver() });
  for (const options of [{ requestTimeout: 0.05 }, { connectTimeout: 0.05 }]) {
    const error = await assertRejects(() => client.fetch("http://a.example/", options), HTTPTimeoutError);
    assertMatch(error.message, /Timeout while connecting/);
  }
}, [SIMPLE]);

clientTest("connectTimeout: spans the TLS handshake", async (make) => {
  await using server = new ScriptedServer(() => [HOLD]);
  using client = make();
  const url = server.url().replace("http:", "https:");
  const error = await assertRejects(() => client.fetch(url, { connectTimeout: 0.05 }), HTTPTimeoutError);
  assertMatch(error.message, /Timeout while connecting to 127\.0\.0\.1:\d+: no connection after 0\.05 seconds/);
}, [SIMPLE]);

clientTest("connectTimeout: spans the answer of a proxy", async (make) => {
  using clock = new FakeClock();
  await using proxy = new ScriptedServer(() => [() => clock.advanceAsync(5), HOLD]);
  using client = make();
  const options = { connectTimeout: 5, proxyHost: "127.0.0.1", proxyPort: proxy.port };
  const error = await assertRejects(() => client.fetch("https://a.example/", options), HTTPTimeoutError);
  assertMatch(error.message, /Timeout while connecting to a\.example/);
  assertEquals(proxy.requests.map(({ method, target }) => `${method} ${target}`), ["CONNECT a.example:443"]);
}, [SIMPLE]);

clientTest("stallTimeout: does not count the time that a streamingCallback takes", async (make) => {
  using clock = new FakeClock();
  await using server = new ScriptedServer(() => [reply("hello")]);
  using client = make();
  const streamingCallback = () => clock.advanceAsync(100);
  const options = { stallTimeout: 5, requestTimeout: 0, streamingCallback };
  assertEquals((await client.fetch(server.url(), options)).code, 200);
});

clientTest("stallTimeout: restarts with each byte", async (make) => {
  using clock = new FakeClock();
  const letters = [..."abcdefgh"];
  const received = letters.map(() => Promise.withResolvers<void>());
  const steps = letters.flatMap((letter, i) => [letter, async () => {
    await received[i]?.promise;
    await clock.advanceAsync(3);
  }]);
  await using server = new ScriptedServer(() => ["HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\n", ...steps]);
  using client = make();
  let count = 0;
  const streamingCallback = (chunk: Uint8Array) => chunk.forEach(() => received[count++]?.resolve());
  await client.fetch(server.url(), { stallTimeout: 5, requestTimeout: 0, streamingCallback });
  assertEquals(count, letters.length);
});

clientTest("signal: an aborted one sends nothing", async (make) => {
  await using server = new ScriptedServer(() => [reply()]);
  using client = make();
  const reason = new Error("enough");
  const signal = AbortSignal.abort(reason);
  assertEquals(await assertRejects(() => client.fetch(server.url(), { signal })), reason);
  assertEquals(server.connections, 0);
});

clientTest(
  "signal: ends a request in the queue, while it connects, and while it waits for a response",
  async (make) => {
    const arrived = Promise.withResolvers<void>();
    await using server = new ScriptedServer(() => [() => arrived.resolve(), HOLD]);
    await using good = new ScriptedServer(() => [reply("good")]);
    using client = make({ maxClients: 1 });
    const reasons = [new Error("first"), new Error("second")];
    const controllers = reasons.map(() => new AbortController());
    const outcomes = controllers.map(({ signal }) => assertRejects(() => client.fetch(server.url(), { signal })));
    await arrived.promise;
    controllers[1]?.abort(reasons[1]);
    assertEquals(await outcomes[1], reasons[1]);
    controllers[0]?.abort(reasons[0]);
    assertEquals(await outcomes[0], reasons[0]);
    assertEquals((await client.fetch(good.url())).text, "good");

    using silent = make({ resolver: new SilentResolver() });
    const controller = new AbortController();
    const connecting = assertRejects(() => silent.fetch("http://a.example/", { signal: controller.signal }));
    controller.abort(reasons[0]);
    assertEquals(await connecting, reasons[0]);
  },
  [SIMPLE],
);

clientTest("signal: ends a body that is being streamed, and one that waits for its reader", async (make) => {
  await using server = new ScriptedServer(() => ["HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nab", HOLD]);
  using client = make({ maxClients: 1 });
  for (const taken of [0, 1]) {
    const controller = new AbortController();
    const { body } = await client.stream(server.url(), { signal: controller.signal });
    const iterator = body[Symbol.asyncIterator]();
    if (taken === 1) assertEquals((await iterator.next()).value?.length, 2);
    const reason = new Error("enough");
    controller.abort(reason);
    const rest = async () => {
      while (!(await iterator.next()).done);
    };
    assertEquals(await assertRejects(rest), reason);
  }
});

clientTest("signal: ends the pause before a retry", async (make) => {
  await using server = new ScriptedServer(() => [reply("", ["Retry-After: 8"], "503 Busy"), CLOSE]);
  using client = make();
  const controller = new AbortController();
  const outcome = assertRejects(() => client.fetch(server.url(), { retry: {}, signal: controller.signal }));
  await server.changed();
  const reason = new Error("enough");
  controller.abort(reason);
  assertEquals(await outcome, reason);
});
