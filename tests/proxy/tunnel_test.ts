// WebSockets through a proxy: the handshake, both directions, their ends, and a drain.
import { assertEquals, assertMatch, assertNotMatch } from "@std/assert";
import type { Bytes } from "../../src/internal/bytes.ts";
import { latin1Bytes, latin1Text } from "../../src/internal/utf8.ts";
import type { IOStream } from "../../src/net/iostream.ts";
import { ProxyHandler, Upstreams } from "../../src/proxy/mod.ts";
import { websocketConnect, WebSocketHandler } from "../../src/websocket/mod.ts";
import { Application } from "../../src/web/mod.ts";
import { ServeServer } from "../../src/http/serve.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { proxied } from "../support/proxied.ts";
import { RawClient } from "../support/raw_client.ts";
import { HOLD, reply, ScriptedServer } from "../support/scripted_server.ts";
import { test } from "../support/test.ts";
import { stalled, until } from "../support/turns.ts";

const ASK = "GET /ws HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, X-Hop\r\nUpgrade: websocket\r\nX-Hop: 1\r\n" +
  "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n";
const ACCEPT = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: upgrade, X-Own\r\nX-Own: 1\r\n" +
  "Sec-WebSocket-Accept: x\r\n\r\n";

/** A server of raw tunnels: what it does with each is a function. */
function tunnels(serve: (stream: IOStream) => unknown): ScriptedServer {
  return new ScriptedServer(() => [ACCEPT, serve, HOLD]);
}

/** The bytes that come before the peer ends its direction; the stream stays open for writing. */
function untilEnd(stream: IOStream): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  let text = "";
  stream.consume({
    onData: (buffer) => void (text += latin1Text(buffer.take(buffer.length))),
    onInputEnd: () => resolve(text),
    onEnd: () => resolve(text),
  });
  return promise;
}

class Echo extends WebSocketHandler {
  override getCompressionOptions(): Record<never, never> {
    return {};
  }
  override async onMessage(message: string | Bytes): Promise<void> {
    await this.writeMessage(message);
  }
}

test("ProxyHandler: passes WebSockets on, compressed and large ones too", async () => {
  await using behind = new Application([["/echo", Echo]]).listen(0, { address: "127.0.0.1" });
  await using proxy = proxied([behind]);
  for (const compressionOptions of [null, {}]) {
    const client = await websocketConnect(`ws://127.0.0.1:${proxy.port}/echo`, { compressionOptions });
    for (const message of ["hello", "x".repeat(1_000_000), "ü".repeat(1000)]) {
      await client.writeMessage(message);
      assertEquals(await client.readMessage(), message);
    }
    client.close(4000);
    await client.closed;
    assertEquals(client.closeCode, 4000);
  }
  await until(() => proxy.upstreams.status()[0]?.active === 0);
});

test("ProxyHandler: passes the fields of a handshake on, but for those of the connection", async () => {
  await using upstream = tunnels(() => Promise.resolve());
  await using proxy = proxied([upstream]);
  using client = await RawClient.connect(proxy.port);
  await client.send(ASK);
  const head = await client.until("\r\n\r\n");
  assertMatch(head, /^HTTP\/1\.1 101 Switching Protocols\r\n/);
  assertMatch(head, /\r\nConnection: Upgrade\r\n/);
  assertMatch(head, /\r\nUpgrade: websocket\r\n/);
  assertMatch(head, /\r\nSec-Websocket-Accept: x\r\n/);
  assertNotMatch(head, /X-Own/);
  const [request] = upstream.requests;
  assertEquals([request?.headers.get("Connection"), request?.headers.get("Upgrade")], ["Upgrade", "websocket"]);
  assertEquals(request?.headers.get("X-Hop"), null);
  assertEquals(request?.headers.get("X-Forwarded-For"), "127.0.0.1");
});

test("ProxyHandler: passes the refusal of a handshake on as any response", async (t) => {
  t.expectLog("tornado.access", /^403 GET/);
  await using upstream = new ScriptedServer(() => [reply("no", [], "403 Forbidden")]);
  await using proxy = proxied([upstream]);
  using client = await RawClient.connect(proxy.port);
  await client.send(ASK);
  assertEquals((await client.response()).body, "no");
  await client.send("GET /next HTTP/1.1\r\nHost: a\r\n\r\n");
  await client.response();
  assertEquals(upstream.requests.map(({ target }) => target), ["/ws", "/next"]);
});

test("ProxyHandler: becomes no tunnel of another protocol than the client has asked for", async (t) => {
  t.expectLog("tornado.general", /^502 GET \/ws .*101 to another protocol/);
  t.expectLog("tornado.access", /^502 GET/);
  for (const upgrade of ["Upgrade: h2c\r\n", "Upgrade: websockets\r\n", ""]) {
    await using upstream = new ScriptedServer(() => [ACCEPT.replace("Upgrade: websocket\r\n", upgrade), HOLD]);
    await using proxy = proxied([upstream]);
    using client = await RawClient.connect(proxy.port);
    await client.send(ASK);
    assertMatch((await client.response()).head, /^HTTP\/1\.1 502 /);
    await until(() => upstream.open === 0);
  }
});

test("ProxyHandler: asks for no other protocol than WebSocket, and not with a body", async () => {
  await using upstream = new ScriptedServer(() => [reply()]);
  await using proxy = proxied([upstream]);
  for (
    const request of [
      ASK.replace("Upgrade: websocket", "Upgrade: h2c"),
      ASK.replace("GET", "POST"),
      ASK.replace("Host: a", "Host: a\r\nContent-Length: 1").concat("x"),
      ASK.replace("Connection: Upgrade, X-Hop", "Connection: X-Hop"),
      ASK.replace("HTTP/1.1", "HTTP/1.0"),
    ]
  ) {
    using client = await RawClient.connect(proxy.port);
    await client.send(request);
    await client.response();
    assertEquals(upstream.requests.at(-1)?.headers.get("Upgrade"), null, request);
  }
});

test("ProxyHandler: passes bytes on that come with the handshake, either way", async () => {
  const received = Promise.withResolvers<string>();
  await using upstream = new ScriptedServer(() => [
    `${ACCEPT}early`,
    async (stream: IOStream) => received.resolve(latin1Text(await stream.readBytes(5))),
    HOLD,
  ]);
  await using proxy = proxied([upstream]);
  using client = await RawClient.connect(proxy.port);
  await client.send(`${ASK}first`);
  await client.until("\r\n\r\nearly");
  assertEquals(await received.promise, "first");
});

test("ProxyHandler: keeps one direction of a tunnel when the other has ended", async () => {
  const heard = Promise.withResolvers<string>();
  await using upstream = tunnels(async (stream) => {
    heard.resolve(await untilEnd(stream));
    await stream.write(latin1Bytes("the answer"));
    stream.close();
  });
  await using proxy = proxied([upstream]);
  using client = await RawClient.connect(proxy.port);
  await client.send(ASK);
  await client.until("\r\n\r\n");
  await client.send("the question");
  await client.end();
  assertEquals(await heard.promise, "the question");
  assertEquals(await client.rest(), "the answer");
  await until(() => proxy.server.connectionCount === 0 && proxy.upstreams.status()[0]?.active === 0);
});

test("ProxyHandler: keeps a tunnel when the upstream has ended its direction", async () => {
  const heard = Promise.withResolvers<string>();
  await using upstream = tunnels(async (stream) => {
    await stream.write(latin1Bytes("all I say"));
    await stream.closeWrite();
    heard.resolve(await untilEnd(stream));
  });
  await using proxy = proxied([upstream]);
  using client = await RawClient.connect(proxy.port);
  await client.send(ASK);
  await client.until("\r\n\r\n");
  const rest = untilEnd(client.stream);
  assertEquals(await rest, "all I say");
  await client.send("still here");
  await client.end();
  assertEquals(await heard.promise, "still here");
});

test("ProxyHandler: forgets a tunnel when both sides have gone", async () => {
  await using upstream = tunnels(async (stream) => {
    await untilEnd(stream);
    stream.close();
  });
  await using proxy = proxied([upstream]);
  {
    using client = await RawClient.connect(proxy.port);
    await client.send(ASK);
    await client.until("\r\n\r\n");
  }
  await until(() => upstream.open === 0 && proxy.server.connectionCount === 0);
  await until(() => proxy.upstreams.status()[0]?.active === 0);
});

test("ProxyHandler: closes the rest of a tunnel that one side has left for a minute without a byte", async () => {
  const ended = Promise.withResolvers<string>();
  await using upstream = tunnels(async (stream) => ended.resolve(await untilEnd(stream)));
  using clock = new FakeClock();
  await using proxy = proxied([upstream]);
  using client = await RawClient.connect(proxy.port);
  await client.send(ASK);
  await client.until("\r\n\r\n");
  await client.end();
  await ended.promise;
  clock.advance(59);
  assertEquals(proxy.upstreams.status()[0]?.active, 1);
  clock.advance(3);
  assertEquals(proxy.upstreams.status()[0]?.active, 0);
  assertEquals(await client.rest(), "");
});

test("ProxyHandler: reads no more from one side of a tunnel than the other takes", async () => {
  let sent = 0;
  await using upstream = tunnels(async (stream) => {
    const chunk = new Uint8Array(65536);
    for (;;) {
      await stream.write(chunk);
      sent += chunk.length;
    }
  });
  await using proxy = proxied([upstream]);
  using client = await RawClient.connect(proxy.port);
  await client.send(ASK);
  await client.until("\r\n\r\n");
  await until(() => sent > 0);
  await stalled(() => sent);
  // What the kernel holds of four sockets, and the proxy itself.
  assertEquals(sent < 64 * 1024 * 1024, true, `${sent} bytes`);
});

test("ProxyHandler: a drain closes tunnels within streamCloseDelay", async () => {
  await using upstream = tunnels((stream) => untilEnd(stream));
  await using proxy = proxied([upstream], { proxy: { streamCloseDelay: 0.05 } });
  using client = await RawClient.connect(proxy.port);
  await client.send(ASK);
  await client.until("\r\n\r\n");
  const rest = client.rest();
  assertEquals(await proxy.server.drain(20), true);
  assertEquals(await rest, "");
});

test("ProxyHandler: tells a subclass of bytes in a tunnel", async () => {
  let activity = 0;
  class Watching extends ProxyHandler {
    override watchTunnel(): () => void {
      return () => void activity++;
    }
  }
  await using upstream = tunnels(async (stream) => {
    await stream.readBytes(5);
    await stream.write(latin1Bytes("world"));
  });
  await using proxy = proxied([upstream], { handler: Watching });
  using client = await RawClient.connect(proxy.port);
  await client.send(ASK);
  await client.until("\r\n\r\n");
  assertEquals(activity, 0);
  await client.send("hello");
  await client.until("world");
  assertEquals(activity, 2);
});

test("ProxyHandler: refuses WebSockets on the serve engine, and passes all else on", async (t) => {
  t.expectLog("tornado.general", /^501 GET \/ws .*has no streams/);
  t.expectLog("tornado.access", /^501 GET/);
  await using upstream = new ScriptedServer(({ target }) => target === "/ws" ? [ACCEPT] : [reply("plain")]);
  using upstreams = new Upstreams([`http://127.0.0.1:${upstream.port}`]);
  await using server = new ServeServer(new Application([["/.*", ProxyHandler, { upstreams }]]));
  server.listen(0, { address: "127.0.0.1" });
  using client = await RawClient.connect(server.port);
  await client.send(ASK);
  assertMatch((await client.response()).head, /^HTTP\/1\.1 501 /);
  const response = await fetch(`http://127.0.0.1:${server.port}/`, { method: "POST", body: "x".repeat(100_000) });
  assertEquals(await response.text(), "plain");
  assertEquals(upstream.requests.at(-1)?.body.length, 100_000);
});
