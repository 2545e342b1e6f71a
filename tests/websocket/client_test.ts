import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { IOStream } from "../../src/net/iostream.ts";
import { Application } from "../../src/web/mod.ts";
import {
  WebSocketClosedError,
  websocketConnect,
  type WebSocketConnectOptions,
  WebSocketError,
  WebSocketHandler,
  WebSocketHandshakeError,
  WebSocketProtocol13,
} from "../../src/websocket/mod.ts";
import { FakeClock, settled } from "../support/fake_clock.ts";
import { test } from "../support/test.ts";
import { stalled, until } from "../support/turns.ts";
import { PeerServer } from "../contracts/_websocket/peer.ts";
import { EchoHandler, Mailbox, serve, urlOf } from "./server_support.ts";
import { frame, hex, utf8 } from "./support.ts";

const certificates = new URL("../support/certs/", import.meta.url);
const pem = (name: string) => Deno.readTextFile(new URL(name, certificates));

test("websocketConnect() exchanges text and bytes", async () => {
  await using server = serve([["/", EchoHandler]]);
  await using client = await websocketConnect(urlOf(server));
  for (const message of ["", "hello", "ü€🙂", "x".repeat(70_000), hex(""), hex("00ff80"), new Uint8Array(70_000)]) {
    const sent = client.writeMessage(message);
    assertEquals(await client.readMessage(), message);
    await sent;
  }
  assertEquals(client.bufferedAmount, 0);
  assertEquals(client.roundTripTime, null);
});

test("websocketConnect() masks every frame with another key", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const connecting = websocketConnect(`ws://127.0.0.1:${listener.addr.port}/`);
  using stream = new IOStream(await listener.accept());
  const client = await answer(stream, connecting);
  client.writeMessage("aaaa");
  client.writeMessage("aaaa");
  client.ping("aaaa");
  const frames = [await stream.readBytes(10), await stream.readBytes(10), await stream.readBytes(10)];
  assertEquals(frames.map(([first, second]) => [first, second]), [[0x81, 0x84], [0x81, 0x84], [0x89, 0x84]]);
  assertEquals(new Set(frames.map((bytes) => bytes.subarray(2, 6).toHex())).size, 3);
  for (const bytes of frames) assertEquals(bytes.subarray(6).map((byte, i) => byte ^ bytes[2 + i]), utf8("aaaa"));
  stream.close();
  await client.closed;
});

/** Reads a handshake and answers it as a server should. */
async function answer<T>(stream: IOStream, connecting: Promise<T>, extra = ""): Promise<T> {
  const key = await readKey(stream);
  const accept = WebSocketProtocol13.computeAcceptValue(key);
  await stream.write(utf8(
    `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n${extra}Sec-WebSocket-Accept: ${accept}\r\n\r\n`,
  ));
  return await connecting;
}

async function readKey(stream: IOStream): Promise<string> {
  const head = new TextDecoder().decode(await stream.readUntil(utf8("\r\n\r\n")));
  return /Sec-Websocket-Key: (.*)\r\n/.exec(head)?.[1] ?? "";
}

test("websocketConnect() sends headers, user and password, and offers", async () => {
  const seen = new Mailbox<Record<string, string | null>>();
  class Curious extends EchoHandler {
    override checkOrigin(): boolean {
      return true;
    }
    override open(): void {
      const names = [
        "Host",
        "Origin",
        "Authorization",
        "User-Agent",
        "Sec-Websocket-Extensions",
        "Sec-Websocket-Protocol",
      ];
      seen.put(Object.fromEntries(names.map((name) => [name, this.request.headers.get(name)])));
    }
  }
  await using server = serve([["/", Curious]]);
  await using first = await websocketConnect(urlOf(server).replace("//", "//me:secret@"), {
    headers: { Origin: "http://a.example", "User-Agent": "test" },
    compressionOptions: {},
    subprotocols: ["a", "b"],
  });
  assertEquals(await seen.take(), {
    Host: `127.0.0.1:${server.port}`,
    Origin: "http://a.example",
    Authorization: `Basic ${btoa("me:secret")}`,
    "User-Agent": "test",
    "Sec-Websocket-Extensions": "permessage-deflate; client_max_window_bits",
    "Sec-Websocket-Protocol": "a, b",
  });
  assertEquals(first.headers.get("Upgrade"), "websocket");
});

test("websocketConnect() speaks TLS, and checks the certificate", async (t) => {
  t.expectLog("tornado.general", /SSL Error/);
  const [cert, key, ca] = await Promise.all([pem("server.pem"), pem("server_key.pem"), pem("ca.pem")]);
  const app = new Application([["/", EchoHandler]], { logFunction() {} });
  await using server = app.listen(0, { address: "127.0.0.1", sslOptions: { cert, key } });
  const url = `wss://localhost:${server.port}/`;
  await using client = await websocketConnect(url, { tls: { caCerts: [ca] } });
  client.writeMessage("secret");
  assertEquals(await client.readMessage(), "secret");
  await assertRejects(() => websocketConnect(url), Error, "certificate");
});

const BAD_ANSWERS: readonly [what: string, answer: (accept: string) => string, error: RegExp][] = [
  ["nothing", () => "", /ended before the server's answer did/],
  ["no HTTP", () => "SSH-2.0-OpenSSH\r\n\r\n", /Non-websocket response: Malformed HTTP version/],
  ["404", () => "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", /the server answered 404 Not Found/],
  ["a redirect", () => "HTTP/1.1 302 Found\r\nLocation: /\r\n\r\n", /the server answered 302 Found/],
  ["no Upgrade", (accept) => head(accept, { Upgrade: null }), /Upgrade is null/],
  ["another Upgrade", (accept) => head(accept, { Upgrade: "h2c" }), /Upgrade is "h2c"/],
  ["no Connection", (accept) => head(accept, { Connection: "close" }), /Connection is "close"/],
  ["a wrong accept value", () => head("AAAAAAAAAAAAAAAAAAAAAAAAAAA="), /Sec-WebSocket-Accept is "AAAA/],
  ["a subprotocol that was not offered", (a) => head(a, { "Sec-WebSocket-Protocol": "x" }), /Protocol is "x"/],
  ["an extension that was not offered", (a) => head(a, { "Sec-WebSocket-Extensions": "x" }), /it was not offered/],
  ["a malformed header", (accept) => head(accept).replace("Upgrade:", "Upgr ade:"), /./],
  ["too many informational responses", () => "HTTP/1.1 103 Early Hints\r\n\r\n".repeat(50), /interim/],
];

function head(accept: string, changes: Record<string, string | null> = {}): string {
  const headers = { Upgrade: "websocket", Connection: "Upgrade", "Sec-WebSocket-Accept": accept, ...changes };
  const lines = Object.entries(headers).filter(([, value]) => value !== null).map(([name, value]) =>
    `${name}: ${value}\r\n`
  );
  return `HTTP/1.1 101 Switching Protocols\r\n${lines.join("")}\r\n`;
}

for (const [what, text, message] of BAD_ANSWERS) {
  test(`websocketConnect() refuses ${what} as an answer`, async () => {
    using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const serving = (async () => {
      const stream = new IOStream(await listener.accept());
      await stream.write(utf8(text(WebSocketProtocol13.computeAcceptValue(await readKey(stream)))));
      if (what === "nothing") stream.close();
      else await stream.readUntilClose();
    })();
    const error = await assertRejects(() => websocketConnect(`ws://127.0.0.1:${listener.addr.port}/`));
    assert(error instanceof WebSocketError, String(error));
    assertEquals(message.test(error.message), true, error.message);
    await serving;
  });
}

test("websocketConnect() rejects with the status and headers of another answer", async () => {
  await using server = serve([]);
  const error = await assertRejects(() => websocketConnect(urlOf(server)));
  assert(error instanceof WebSocketHandshakeError);
  assertEquals([error.statusCode, error.headers.get("Content-Type")], [404, "text/html; charset=UTF-8"]);
});

test("websocketConnect() skips informational responses", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const connecting = websocketConnect(`ws://127.0.0.1:${listener.addr.port}/`);
  using stream = new IOStream(await listener.accept());
  await stream.write(utf8("HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n"));
  const client = await answer(stream, connecting);
  await stream.write(frame(1, "hi", { key: null }));
  assertEquals(await client.readMessage(), "hi");
  stream.close();
  await client.closed;
});

test("websocketConnect() takes messages that come with the answer", async () => {
  class Eager extends WebSocketHandler {
    override open(): void {
      this.writeMessage("now");
      this.close(1000);
    }
  }
  await using server = serve([["/", Eager]]);
  const client = await websocketConnect(urlOf(server));
  assertEquals(await Array.fromAsync(client), ["now"]);
  await client.closed;
});

test("websocketConnect() rejects bad URLs and options at once", async () => {
  assertThrows(() => websocketConnect("http://localhost/"), TypeError, "not ws or wss");
  assertThrows(() => websocketConnect("ws://localhost/", { compressionOptions: { memLevel: 10 } }), RangeError);
  const bad = { backpressure: "panic" } as unknown as WebSocketConnectOptions;
  assertThrows(() => websocketConnect("ws://localhost/", bad), RangeError, "panic");
  await assertRejects(() => websocketConnect(`ws://127.0.0.1:${closedPort()}/`), Deno.errors.ConnectionRefused);
});

function closedPort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

test("websocketConnect() gives up after connectTimeout", async () => {
  using clock = new FakeClock();
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const connecting = websocketConnect(`ws://127.0.0.1:${listener.addr.port}/`, { connectTimeout: 3 });
  using stream = new IOStream(await listener.accept());
  await readKey(stream);
  const rejected = assertRejects(() => connecting, WebSocketError, "not open after 3 seconds");
  clock.advance(3.1);
  await rejected;
  assertEquals((await stream.readUntilClose()).length, 0);
});

test("WebSocketClientConnection gives messages to onMessageCallback, and null at the end", async () => {
  const seen = new Mailbox<unknown>();
  await using server = serve([["/", EchoHandler]]);
  const client = await websocketConnect(urlOf(server), { onMessageCallback: (message) => seen.put(message) });
  client.writeMessage("a");
  client.writeMessage(hex("01"));
  assertEquals([await seen.take(), await seen.take()], ["a", hex("01")]);
  assertThrows(() => client.readMessage(), Error, "onMessageCallback gets them");
  client.close();
  assertEquals(await seen.take(), null);
  await client.closed;
});

test("WebSocketClientConnection closes with 1011 if its callback throws", async (t) => {
  const seen = new Mailbox<unknown>();
  class Watcher extends EchoHandler {
    override onClose(): void {
      seen.put(this.closeCode);
    }
  }
  await using server = serve([["/", Watcher]]);
  t.expectLog("tornado.application", /Uncaught exception in WebSocket callback/);
  const client = await websocketConnect(urlOf(server), {
    onMessageCallback() {
      throw new Error("oh no");
    },
  });
  client.writeMessage("a");
  assertEquals(await seen.take(), 1011);
  await client.closed;
});

test("WebSocketClientConnection reads 1 MiB of messages ahead, and sees the pings among them", async () => {
  using server = new PeerServer();
  const connecting = websocketConnect(server.url);
  using peer = await server.accept();
  const client = await connecting;
  let pongs = 0;
  const reading = (async () => {
    for (let event = await peer.next(); event !== "end"; event = await peer.next()) if ("pong" in event) pongs++;
  })();
  for (let n = 0; n < 40; n++) peer.send(peer.frame(2, new Uint8Array(65_536)), peer.frame(9));
  await stalled(() => pongs);
  // The sixteenth message is the first one beyond, so that the ping after it waits.
  assertEquals(pongs, 15);
  await client.readMessage();
  await until(() => pongs > 15);
  await stalled(() => pongs);
  assertEquals(pongs, 16);
  client.protocol?.abort();
  await reading;
  await client.closed;
});

test("WebSocketClientConnection does not read everything ahead of its program", async () => {
  const sent: number[] = [];
  class Fast extends WebSocketHandler {
    override async open(): Promise<void> {
      for (let n = 0; n < 400; n++) {
        await this.writeMessage(new Uint8Array(65_536));
        sent.push(n);
      }
      this.close();
    }
  }
  await using server = serve([["/", Fast]]);
  const client = await websocketConnect(urlOf(server));
  await stalled(() => sent.length);
  // What the kernel holds, but by far not all.
  assert(sent.length < 300, `${sent.length} messages were sent to a client that does not read`);
  let count = 0;
  for await (const message of client) count += message.length;
  assertEquals(count, 400 * 65_536);
  await client.closed;
});

test("WebSocketClientConnection.readMessage() may be called ahead, and resolves with null at the end", async () => {
  await using server = serve([["/", EchoHandler]]);
  const client = await websocketConnect(urlOf(server));
  const reads = [client.readMessage(), client.readMessage(), client.readMessage()];
  client.writeMessage("1");
  client.writeMessage("2");
  assertEquals(await reads[0], "1");
  assertEquals(await reads[1], "2");
  client.close();
  assertEquals(await reads[2], null);
  assertEquals(await client.readMessage(), null);
  await client.closed;
});

test("WebSocketClientConnection has the messages that came before the end, and then the code", async () => {
  const sent = Promise.withResolvers<void>();
  class Quick extends WebSocketHandler {
    override open(): void {
      for (let n = 0; n < 10; n++) this.writeMessage(String(n));
      this.close(4321, "done");
      sent.resolve(this.drained());
    }
  }
  await using server = serve([["/", Quick]]);
  const client = await websocketConnect(urlOf(server));
  await sent.promise;
  await settled();
  assertEquals(await Array.fromAsync(client), Array.from({ length: 10 }, (_, n) => String(n)));
  assertEquals([client.closeCode, client.closeReason], [4321, "done"]);
  await client.closed;
});

test("WebSocketClientConnection cannot send once it is closed", async () => {
  await using server = serve([["/", EchoHandler]]);
  const client = await websocketConnect(urlOf(server));
  client.close(4000, "bye");
  assertThrows(() => client.writeMessage("a"), WebSocketClosedError);
  assertThrows(() => client.ping(), WebSocketClosedError);
  await client.closed;
  await client.drained();
  client.close();
});

test("WebSocketClientConnection.writeMessage() rejects if the connection breaks before the message is gone", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const connecting = websocketConnect(`ws://127.0.0.1:${listener.addr.port}/`);
  using stream = new IOStream(await listener.accept());
  const client = await answer(stream, connecting);
  const ignored = client.writeMessage(new Uint8Array(1 << 24));
  const sent = client.writeMessage("behind");
  const drained = client.drained();
  assert(client.bufferedAmount > 1 << 23);
  stream.close();
  await assertRejects(async () => await sent, WebSocketClosedError);
  await assertRejects(() => sent.catch((error) => Promise.reject(error)), WebSocketClosedError);
  await assertRejects(() => sent.finally(() => {}), WebSocketClosedError);
  await assertRejects(() => drained, WebSocketClosedError);
  assertEquals(String(ignored), "[object Promise]");
  await client.closed;
});

test("WebSocketClientConnection closes when the server does not answer its Close frame", async () => {
  using clock = new FakeClock();
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const connecting = websocketConnect(`ws://127.0.0.1:${listener.addr.port}/`);
  using stream = new IOStream(await listener.accept());
  const client = await answer(stream, connecting);
  client.close(1000);
  await stream.readBytes(8);
  await clock.advanceAsync(5.5);
  await client.closed;
  assertEquals(client.closeCode, null);
});

test("WebSocketClientConnection fails the connection on what no server may send", async () => {
  const bad = [frame(1, "masked"), hex("8b00"), hex("c100"), hex("8801aa"), hex("8103ff")];
  for (const bytes of bad.slice(0, 4)) {
    using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const connecting = websocketConnect(`ws://127.0.0.1:${listener.addr.port}/`);
    using stream = new IOStream(await listener.accept());
    const client = await answer(stream, connecting);
    await stream.write(bytes);
    const close = await stream.readBytes(8);
    assertEquals(close[0], 0x88);
    assertEquals([close[6] ^ close[2], close[7] ^ close[3]], [1002 >> 8, 1002 & 255]);
    stream.close();
    await client.closed;
  }
});

test("WebSocketClientConnection.close() ends a server that is drained meanwhile", async () => {
  const server = serve([["/", EchoHandler]]);
  const client = await websocketConnect(urlOf(server));
  const drained = server.drain(5);
  client.close();
  assertEquals(await drained, true);
  await client.closed;
});

test("WebSocketClientConnection answers pings while messages wait unread, and reads ahead a bounded amount", async () => {
  const pongs = new Mailbox<void>();
  let sent = 0;
  let flooding = false;
  class Chatty extends WebSocketHandler {
    override open(): void {
      for (const text of ["a", "b", "c"]) this.writeMessage(text);
      this.ping("there?");
    }
    override onPong(): void {
      pongs.put();
    }
    override async onMessage(): Promise<void> {
      flooding = true;
      for (; sent < 1000; sent++) await this.writeMessage(new Uint8Array(100_000));
    }
  }
  await using server = serve([["/", Chatty]]);
  const client = await websocketConnect(urlOf(server));
  await pongs.take();
  client.writeMessage("flood");
  await until(() => flooding);
  await stalled(() => sent);
  assert(sent < 1000, `${sent} were sent`);
  for (const text of ["a", "b", "c"]) assertEquals(await client.readMessage(), text);
  for (let n = 0; n < 1000; n++) assertEquals((await client.readMessage())?.length, 100_000);
  await client[Symbol.asyncDispose]();
});

test("WebSocketClientConnection answers pings while its onMessageCallback is at work", async () => {
  const pongs = new Mailbox<void>();
  class Chatty extends WebSocketHandler {
    override open(): void {
      for (const text of ["a", "b"]) this.writeMessage(text);
      this.ping("there?");
    }
    override onPong(): void {
      pongs.put();
      this.close(4000);
    }
  }
  await using server = serve([["/", Chatty]]);
  const gate = Promise.withResolvers<void>();
  const seen: unknown[] = [];
  const over = Promise.withResolvers<void>();
  const client = await websocketConnect(urlOf(server), {
    onMessageCallback: async (message) => {
      seen.push(message);
      await gate.promise;
      if (message === null) over.resolve();
    },
  });
  await pongs.take();
  await client.closed;
  assertEquals(seen, ["a"]);
  gate.resolve();
  await over.promise;
  assertEquals(seen, ["a", "b", null]);
});
