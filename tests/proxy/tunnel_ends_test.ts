// WebSockets through a proxy whose ends refuse, leave, stay too long, or say more than they should.
import { assert, assertEquals, assertMatch, assertNotMatch } from "@std/assert";
import type { IOStream } from "../../src/net/iostream.ts";
import { latin1Text } from "../../src/internal/utf8.ts";
import { proxied } from "../support/proxied.ts";
import { RawClient } from "../support/raw_client.ts";
import { HOLD, reply, ScriptedServer, type Step } from "../support/scripted_server.ts";
import { test } from "../support/test.ts";
import { until } from "../support/turns.ts";

const ASK = "GET /ws HTTP/1.1\r\nHost: a\r\nConnection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n" +
  "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n";
const ACCEPT = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n";

function tunnels(...steps: Step[]): ScriptedServer {
  return new ScriptedServer(() => [ACCEPT, ...steps, HOLD]);
}

async function opened(port: number): Promise<RawClient> {
  const client = await RawClient.connect(port);
  await client.send(ASK);
  await client.until("\r\n\r\n");
  return client;
}

test("ProxyHandler: passes sub-protocols and extensions on as they are", async () => {
  const fields = [
    "Sec-WebSocket-Protocol: b",
    "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits=9",
  ];
  await using upstream = new ScriptedServer(
    () => [ACCEPT.replace("\r\n\r\n", `\r\n${fields.join("\r\n")}\r\n\r\n`), HOLD],
  );
  await using proxy = proxied([upstream]);
  using client = await RawClient.connect(proxy.port);
  const asked = "Sec-WebSocket-Protocol: a, b\r\nSec-WebSocket-Protocol: c\r\n" +
    'Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits, x-own; y="z"\r\n';
  await client.send(ASK.replace("Sec-WebSocket-Key", `${asked}Sec-WebSocket-Key`));
  const head = await client.until("\r\n\r\n");
  for (const field of fields) assert(head.toLowerCase().includes(`\r\n${field.toLowerCase()}\r\n`), head);
  const headers = upstream.requests[0]?.headers;
  assertEquals(headers?.get("Sec-WebSocket-Protocol"), "a, b,c");
  assertEquals(
    headers?.get("Sec-WebSocket-Extensions"),
    'permessage-deflate; client_max_window_bits, x-own; y="z"',
  );
});

test("ProxyHandler: passes each way to refuse a handshake on, with its body, and goes on as HTTP", async (t) => {
  t.expectLog("tornado.access", /^(400|401|426|503) GET/);
  for (
    const status of ["400 Bad Request", "401 Unauthorized", "426 Upgrade Required", "302 Found", "503 Busy", "200 OK"]
  ) {
    await using upstream = new ScriptedServer(({ target }) => [
      target === "/ws" ? reply("refused", ["Sec-WebSocket-Version: 13, 8"], status) : reply("next"),
    ]);
    await using proxy = proxied([upstream]);
    using client = await RawClient.connect(proxy.port);
    await client.send(ASK);
    const { head, body } = await client.response();
    assertEquals([head.slice(9, 12), body], [status.slice(0, 3), "refused"]);
    assertMatch(head, /\r\nSec-Websocket-Version: 13, 8\r\n/i);
    await client.send("GET /next HTTP/1.1\r\nHost: a\r\n\r\n");
    assertEquals((await client.response()).body, "next");
  }
});

test("ProxyHandler: a 101 that nobody has asked for is an error, and nothing behind it reaches the client", async (t) => {
  t.expectLog("tornado.general", /^502 (GET|POST) .*101 without an Upgrade/);
  t.expectLog("tornado.access", /^502 (GET|POST)/);
  const requests = [
    "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
    ASK.replace("Upgrade: websocket\r\n", ""),
    ASK.replace("Upgrade: websocket", "Upgrade: h2c"),
    ASK.replace("GET", "POST"),
  ];
  for (const request of requests) {
    await using upstream = new ScriptedServer(() => [`${ACCEPT}${reply("hidden")}`, HOLD]);
    await using proxy = proxied([upstream]);
    using client = await RawClient.connect(proxy.port);
    await client.send(request);
    const { head, body } = await client.response();
    assertMatch(head, /^HTTP\/1\.1 502 /);
    assertNotMatch(head + body, /hidden|101/);
    await until(() => upstream.open === 0);
    assertEquals(proxy.upstreams.status()[0]?.active, 0);
  }
});

test("ProxyHandler: keeps what a client sends before its tunnel is open", async () => {
  const early = "x".repeat(300_000);
  const held = Promise.withResolvers<void>();
  const heard = Promise.withResolvers<string>();
  await using upstream = new ScriptedServer(() => [
    () => held.promise,
    ACCEPT,
    async (stream: IOStream) => heard.resolve(latin1Text(await stream.readBytes(early.length + 4))),
    HOLD,
  ]);
  await using proxy = proxied([upstream]);
  using client = await RawClient.connect(proxy.port);
  const sent = client.send(`${ASK}${early}last`);
  await until(() => upstream.requests.length === 1);
  held.resolve();
  await sent;
  assertEquals(await heard.promise, `${early}last`);
});

test("ProxyHandler: a client that leaves before its tunnel is open leaves nothing", async (t) => {
  t.expectLog("tornado.access", /^499 GET/);
  await using upstream = new ScriptedServer(() => [HOLD]);
  await using proxy = proxied([upstream]);
  {
    using client = await RawClient.connect(proxy.port);
    await client.send(ASK);
    await until(() => upstream.requests.length === 1);
  }
  await until(() => upstream.open === 0 && proxy.server.connectionCount === 0);
  assertEquals(proxy.upstreams.status().map(({ active, failures }) => [active, failures]), [[0, 0]]);
});

test("ProxyHandler: an end that is cut ends the other", async () => {
  const streams: IOStream[] = [];
  await using upstream = tunnels((stream) => void streams.push(stream));
  await using proxy = proxied([upstream]);
  using left = await opened(proxy.port);
  using right = await opened(proxy.port);
  await until(() => streams.length === 2);
  streams[0]?.abort();
  const ends = [left.rest()];
  await until(() => upstream.open === 1);
  assertEquals(await ends[0], "");
  right.stream.abort();
  await until(() => upstream.open === 0 && proxy.server.connectionCount === 0);
  assertEquals(proxy.upstreams.status()[0]?.active, 0);
});

test("ProxyHandler: a tunnel outlives its upstream's place in the list", async () => {
  await using upstream = tunnels(async (stream: IOStream) => {
    for (;;) await stream.write(await stream.readBytes(4));
  });
  await using proxy = proxied([upstream], { upstreams: { check: null } });
  using client = await opened(proxy.port);
  proxy.upstreams.remove(`http://127.0.0.1:${upstream.port}`);
  for (const text of ["ping", "pong"]) {
    await client.send(text);
    assertEquals(await client.until(text), text);
  }
  proxy.upstreams.add(`http://127.0.0.1:${upstream.port}`);
  using another = await opened(proxy.port);
  await another.send("ping");
  await another.until("ping");
  assertEquals(proxy.upstreams.status()[0]?.active, 1);
});

test("ProxyHandler: a drain closes tunnels at once without a delay, and at its own end with a long one", async () => {
  for (
    const [streamCloseDelay, seconds, isDrained] of [[0, 30, true], [Infinity, 0, true], [3600, 0.05, true]] as const
  ) {
    await using upstream = tunnels();
    await using proxy = proxied([upstream], { proxy: { streamCloseDelay } });
    using client = await opened(proxy.port);
    const rest = client.rest();
    assertEquals(await proxy.server.drain(seconds), isDrained, String(streamCloseDelay));
    assertEquals(await rest, "");
    await until(() => proxy.upstreams.status()[0]?.active === 0);
  }
});

test("ProxyHandler: a drain lets a tunnel that is open pass bytes until its moment", async () => {
  await using upstream = tunnels(async (stream: IOStream) => {
    for (;;) await stream.write(await stream.readBytes(4));
  });
  await using proxy = proxied([upstream], { proxy: { streamCloseDelay: 3600 } });
  using client = await opened(proxy.port);
  const drained = proxy.server.drain(3600);
  await client.send("ping");
  assertEquals(await client.until("ping"), "ping");
  client.close();
  assertEquals(await drained, true);
});
