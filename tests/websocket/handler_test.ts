import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { TestClient } from "../../src/testing/mod.ts";
import { Application, RequestHandler } from "../../src/web/mod.ts";
import { WebSocketClosedError, websocketConnect, WebSocketHandler } from "../../src/websocket/mod.ts";
import { settled } from "../support/fake_clock.ts";
import { test } from "../support/test.ts";
import { until } from "../support/turns.ts";
import { EchoHandler, Mailbox, RawClient, serve, urlOf } from "./server_support.ts";
import { frame, hex, utf8 } from "./support.ts";

const REFUSED: readonly [what: string, headers: Record<string, string | null>, status: number, body: string][] = [
  ["no Upgrade", { Upgrade: null }, 400, 'Can "Upgrade" only to "WebSocket".'],
  ["another Upgrade", { Upgrade: "h2c" }, 400, 'Can "Upgrade" only to "WebSocket".'],
  ["no Connection", { Connection: null }, 400, '"Connection" must be "Upgrade".'],
  ["Connection without upgrade", { Connection: "keep-alive" }, 400, '"Connection" must be "Upgrade".'],
  ["a foreign origin", { Origin: "http://evil.example" }, 403, "Cross origin websockets not allowed"],
  ["a foreign origin of version 8", { "Sec-WebSocket-Origin": "http://e" }, 403, "Cross origin websockets not allowed"],
  ["the origin null", { Origin: "null" }, 403, "Cross origin websockets not allowed"],
  ["an origin with a port", { Origin: "http://localhost:81" }, 403, "Cross origin websockets not allowed"],
  ["no version", { "Sec-WebSocket-Version": null }, 426, ""],
  ["version 25", { "Sec-WebSocket-Version": "25" }, 426, ""],
  ["no key", { "Sec-WebSocket-Key": null }, 400, "Missing/Invalid WebSocket headers"],
  ["a short key", { "Sec-WebSocket-Key": btoa("12345678") }, 400, "Missing/Invalid WebSocket headers"],
  ["a key that is no base64", { "Sec-WebSocket-Key": "!".repeat(24) }, 400, "Missing/Invalid WebSocket headers"],
  ["malformed extensions", { "Sec-WebSocket-Extensions": "a;;b" }, 400, "Missing/Invalid WebSocket headers"],
];
for (const [what, headers, status, body] of REFUSED) {
  test(`WebSocketHandler answers a handshake with ${what} with ${status}`, async () => {
    await using server = serve([["/", EchoHandler]]);
    using client = await RawClient.connect(server);
    const answer = await client.handshake("/", headers);
    assertEquals(answer.status, status);
    assertEquals(await client.body(answer), body);
    assertEquals(answer.headers.get("Sec-WebSocket-Version"), status === 426 ? "7, 8, 13" : null);
    assertEquals(answer.headers.get("Upgrade"), status === 426 ? "websocket" : null);
    // The connection is still one of HTTP.
    assertEquals((await client.handshake()).status, 101);
  });
}

test("WebSocketHandler answers POST with 405", async () => {
  await using server = serve([["/", EchoHandler]]);
  using client = await RawClient.connect(server);
  assertEquals((await client.handshake("/", { "Content-Length": "0" }, "POST")).status, 405);
});

test("WebSocketHandler answers a handshake with Tornado's headers", async () => {
  await using server = serve([["/", EchoHandler]]);
  using client = await RawClient.connect(server);
  const { lines } = await client.handshake("/", { Connection: "keep-alive, uPGRADE", Upgrade: "WebSocket" });
  assertEquals(lines[0], "HTTP/1.1 101 Switching Protocols");
  assertEquals(lines.slice(1).map((line) => line.split(":")[0]), [
    "Server",
    "Date",
    "Upgrade",
    "Connection",
    "Sec-Websocket-Accept",
  ]);
  assertEquals(lines.at(-1), "Sec-Websocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
});

for (const origin of ["http://LOCALHOST", "https://localhost", "http://localhost/x"]) {
  test(`WebSocketHandler takes the origin ${origin} of its own host`, async () => {
    await using server = serve([["/", EchoHandler]]);
    using client = await RawClient.connect(server);
    assertEquals((await client.handshake("/", { Origin: origin, Host: "LocalHost" })).status, 101);
  });
}

test("WebSocketHandler takes messages that come with the handshake, even behind a long head", async () => {
  await using server = serve([["/", EchoHandler]]);
  for (const padding of [0, 900, 1100, 5000]) {
    using client = await RawClient.connect(server);
    client.send(
      utf8(
        `GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: upgrade\r\nX: ${"x".repeat(padding)}\r\n` +
          `Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n`,
      ),
      frame(1, "early"),
      frame(8),
    );
    await client.stream.readUntil(utf8("\r\n\r\n"));
    assertEquals(await client.rest(), [{ text: "early" }, { close: 0, reason: "" }]);
  }
});

test("WebSocketHandler.checkOrigin() and prepare() decide before the upgrade", async () => {
  class Open extends EchoHandler {
    override checkOrigin(origin: string): boolean {
      return origin === "https://friend.example";
    }
    override prepare(): void {
      if (this.getQueryArgument("token", "") !== "secret") {
        this.setStatus(401);
        this.finish("no");
      } else this.setHeader("X-Seen", "yes");
    }
  }
  await using server = serve([["/", Open]]);
  using client = await RawClient.connect(server);
  const refused = await client.handshake("/");
  assertEquals([refused.status, await client.body(refused)], [401, "no"]);
  const foreign = await client.handshake("/?token=secret", { Origin: "http://localhost" });
  assertEquals([foreign.status, await client.body(foreign)], [403, "Cross origin websockets not allowed"]);
  const answer = await client.handshake("/?token=secret", { Origin: "https://friend.example" });
  assertEquals([answer.status, answer.headers.get("X-Seen")], [101, "yes"]);
});

test("WebSocketHandler.prepare() may be asynchronous, and may throw", async (t) => {
  class Late extends EchoHandler {
    override async prepare(): Promise<void> {
      await Promise.resolve();
      if (this.request.path === "/bad") throw new Error("no way");
    }
  }
  await using server = serve([["/.*", Late]]);
  await using client = await websocketConnect(urlOf(server));
  client.writeMessage("a");
  assertEquals(await client.readMessage(), "a");
  t.expectLog("tornado.application", /Uncaught exception GET \/bad/);
  await assertRejects(() => websocketConnect(urlOf(server, "/bad")), Error, "500");
});

test("WebSocketHandler has cookies, signed cookies and a user before the upgrade and after it", async () => {
  const seen = new Mailbox<unknown>();
  class Private extends EchoHandler {
    override getCurrentUser(): string | null {
      const user = this.getSignedCookie("user");
      return user === null ? null : new TextDecoder().decode(user);
    }
    override prepare(): void {
      if (this.currentUser === null) {
        this.setSignedCookie("user", "ada");
        this.setCookie("seen", "1", { path: "/" });
      }
    }
    override open(): void {
      seen.put([this.currentUser, this.getCookie("user") !== null]);
    }
    override onMessage(): void {
      seen.put([this.getCookie("late"), this.getQueryArgument("a"), this.request.remoteIp]);
    }
  }
  await using server = serve([["/", Private]], { cookieSecret: "a".repeat(32) });
  const first = await websocketConnect(urlOf(server));
  const cookies = first.headers.getList("Set-Cookie");
  assertEquals(cookies.map((cookie) => cookie.split("=")[0]), ["user", "seen"]);
  assertEquals(await seen.take(), [null, false]);
  await first[Symbol.asyncDispose]();
  const cookie = `${cookies[0].split(";")[0]}; late=x`;
  await using second = await websocketConnect(`${urlOf(server)}?a=b`, { headers: { Cookie: cookie } });
  assertEquals(await seen.take(), ["ada", true]);
  second.writeMessage("go");
  assertEquals(await seen.take(), ["x", "b", "127.0.0.1"]);
});

test("WebSocketHandler logs the handshake, and calls onFinish(), once", async () => {
  const log: string[] = [];
  class Logged extends EchoHandler {
    override onFinish(): void {
      log.push("finish");
    }
    override open(): void {
      log.push("open");
    }
  }
  await using server = serve([["/", Logged]], { logFunction: (handler) => void log.push(`${handler.getStatus()}`) });
  await using client = await websocketConnect(urlOf(server));
  client.writeMessage("a");
  await client.readMessage();
  assertEquals(log, ["101", "finish", "open"]);
});

test("WebSocketHandler.open() gets the arguments of the path", async () => {
  const seen = new Mailbox<unknown>();
  class Positional extends EchoHandler {
    override open(a: string, b: string | null): void {
      seen.put([a, b, this.openArgs]);
    }
  }
  class Named extends EchoHandler {
    override open(args: { name: string }): void {
      seen.put([args, this.openKwargs]);
    }
  }
  await using server = serve([["/p/([a-z]+)/(x)?", Positional], ["/n/(?P<name>.*)", Named]]);
  await using first = await websocketConnect(urlOf(server, "/p/abc/"));
  assertEquals(await seen.take(), ["abc", null, ["abc", null]]);
  await using second = await websocketConnect(urlOf(server, "/n/a%20b"));
  assertEquals(await seen.take(), [{ name: "a b" }, { name: "a b" }]);
  assertEquals([first.closeCode, second.closeCode], [null, null]);
});

test("WebSocketHandler.selectSubprotocol() is called once, and its choice is announced", async () => {
  const offers: string[][] = [];
  class Chooser extends EchoHandler {
    override selectSubprotocol(subprotocols: string[]): string | null {
      offers.push(subprotocols);
      return subprotocols[1] ?? null;
    }
    override open(): void {
      this.writeMessage(String(this.selectedSubprotocol));
    }
  }
  await using server = serve([["/", Chooser]]);
  await using client = await websocketConnect(urlOf(server), { subprotocols: ["a", "b", "c"] });
  assertEquals([client.selectedSubprotocol, await client.readMessage()], ["b", "b"]);
  await using plain = await websocketConnect(urlOf(server));
  assertEquals([plain.selectedSubprotocol, await plain.readMessage()], [null, "null"]);
  assertEquals(offers, [["a", "b", "c"], []]);
});

test("WebSocketHandler answers 500 if a subprotocol is chosen that was not offered", async (t) => {
  class Wrong extends EchoHandler {
    override selectSubprotocol(): string {
      return "other";
    }
  }
  await using server = serve([["/", Wrong]]);
  t.expectLog("tornado.application", /Uncaught exception/);
  await assertRejects(() => websocketConnect(urlOf(server), { subprotocols: ["a"] }), Error, "500");
});

test("WebSocketHandler.writeMessage() sends text, bytes and JSON", async () => {
  class Sender extends WebSocketHandler {
    override async open(): Promise<void> {
      await this.writeMessage("text");
      await this.writeMessage(hex("00ff"));
      await this.writeMessage({ a: "</script>", b: [1] });
      await this.writeMessage([1, null]);
      await this.writeMessage("text", true);
      await this.writeMessage(utf8("bytes"), false);
      await this.writeMessage(hex("0102").buffer);
      await this.writeMessage({}, true);
      const nothing: object = new Map([["a", 1]]);
      assertThrows(() => this.writeMessage(nothing), TypeError, "not Map(1)");
      this.close();
    }
  }
  await using server = serve([["/", Sender]]);
  const client = await websocketConnect(urlOf(server));
  assertEquals(await Array.fromAsync(client), [
    "text",
    hex("00ff"),
    '{"a":"<\\/script>","b":[1]}',
    "[1,null]",
    utf8("text"),
    "bytes",
    hex("0102"),
    utf8("{}"),
  ]);
  await client.closed;
});

test("WebSocketHandler awaits open() and onMessage() before the next message", async () => {
  const log: string[] = [];
  const gate = Promise.withResolvers<void>();
  class Slow extends WebSocketHandler {
    override async open(): Promise<void> {
      log.push("open");
      await gate.promise;
      log.push("opened");
    }
    override async onMessage(message: string | Uint8Array): Promise<void> {
      log.push(`begin ${message}`);
      await settled();
      log.push(`end ${message}`);
      await this.writeMessage(message);
    }
    override onPing(data: Uint8Array): void {
      log.push(`ping ${new TextDecoder().decode(data)}`);
    }
  }
  await using server = serve([["/", Slow]]);
  using client = await RawClient.open(server);
  client.send(frame(1, "1"), frame(9, "x"), frame(1, "2"), frame(1, "3"), frame(8));
  await client.stream.drained();
  gate.resolve();
  await client.rest();
  assertEquals(log, [
    "open",
    "opened",
    ...["begin 1", "end 1", "ping x", "begin 2", "end 2", "begin 3", "end 3"],
  ]);
});

test("WebSocketHandler.onPing() comes after the pong, onPong() with its data", async () => {
  const seen = new Mailbox<unknown>();
  class Pinger extends EchoHandler {
    override open(): void {
      this.ping("are you there?");
      this.ping(hex("00"));
      this.ping();
    }
    override onPing(data: Uint8Array): void {
      this.writeMessage(`pinged ${data.length}`);
    }
    override onPong(data: Uint8Array): void {
      seen.put(data);
    }
  }
  await using server = serve([["/", Pinger]]);
  await using client = await websocketConnect(urlOf(server));
  assertEquals([await seen.take(), await seen.take(), await seen.take()], [utf8("are you there?"), hex("00"), hex("")]);
  const pong = new Mailbox<unknown>();
  client.onPong = (data) => pong.put(data);
  client.ping("abc");
  assertEquals(await pong.take(), utf8("abc"));
  assertEquals(await client.readMessage(), "pinged 3");
  assertThrows(() => client.ping(new Uint8Array(126)), RangeError, "126 bytes");
});

test("WebSocketHandler echoes the code of a Close frame without its reason, and calls onClose() once", async () => {
  const seen = new Mailbox<unknown>();
  class Closer extends EchoHandler {
    override onClose(): void {
      seen.put([this.closeCode, this.closeReason, this.wsConnection]);
    }
  }
  await using server = serve([["/", Closer]]);
  for (
    const [payload, answer, noted] of [
      [concatCode(4001, "because"), { close: 4001, reason: "" }, [4001, "because", null]],
      [concatCode(1000, ""), { close: 1000, reason: "" }, [1000, "", null]],
      [hex(""), { close: 0, reason: "" }, [null, null, null]],
    ] as const
  ) {
    using client = await RawClient.open(server);
    client.send(frame(8, payload), frame(1, "after the end"));
    assertEquals(await client.rest(), [answer]);
    assertEquals(await seen.take(), noted);
  }
  assertEquals(seen.size, 0);
});

function concatCode(code: number, reason: string): Uint8Array {
  return Uint8Array.of(code >> 8, code, ...utf8(reason));
}

test("WebSocketHandler.onClose() comes when the client goes away without a word", async () => {
  const seen = new Mailbox<unknown>();
  class Closer extends EchoHandler {
    override onClose(): void {
      seen.put([this.closeCode, this.closeReason]);
    }
  }
  await using server = serve([["/", Closer]]);
  const client = await RawClient.open(server);
  client.stream.close();
  assertEquals(await seen.take(), [null, null]);
});

test("WebSocketHandler hands over all messages before onClose(), however slow it is", async () => {
  const log: string[] = [];
  const over = Promise.withResolvers<void>();
  const gate = Promise.withResolvers<void>();
  class Slow extends WebSocketHandler {
    override async onMessage(message: string | Uint8Array): Promise<void> {
      if (message === "0") await gate.promise;
      await Promise.resolve();
      log.push(String(message));
    }
    override onClose(): void {
      log.push(`close ${this.closeCode}`);
      over.resolve();
    }
  }
  await using server = serve([["/", Slow]]);
  const client = await RawClient.open(server);
  for (let n = 0; n < 5; n++) client.send(frame(1, String(n)));
  client.send(frame(8, concatCode(1001, "")));
  await client.stream.drained();
  client.stream.close();
  // The server has seen the end by then.
  await until(() => server.connectionCount === 0);
  gate.resolve();
  await over.promise;
  assertEquals(log, ["0", "1", "2", "3", "4", "close 1001"]);
});

test("WebSocketHandler.close() sends code and reason; messages still come until the client answers", async () => {
  const log: unknown[] = [];
  const over = Promise.withResolvers<void>();
  class Leaver extends WebSocketHandler {
    override onMessage(message: string | Uint8Array): void {
      log.push(message);
      if (message === "leave") {
        this.close(4000, "enough");
        this.close(4001, "twice");
      }
      assertThrowsClosed(() => this.writeMessage("too late"), message !== "first");
    }
    override onClose(): void {
      log.push([this.closeCode, this.closeReason]);
      over.resolve();
    }
  }
  await using server = serve([["/", Leaver]]);
  using client = await RawClient.open(server);
  client.send(frame(1, "first"), frame(1, "leave"), frame(1, "more"), frame(8, concatCode(4000, "")));
  assertEquals(await client.rest(), [{ text: "too late" }, { close: 4000, reason: "enough" }]);
  await over.promise;
  assertEquals(log, ["first", "leave", "more", [4000, ""]]);
});

function assertThrowsClosed(fn: () => unknown, expected: boolean): void {
  if (expected) assertThrows(fn, WebSocketClosedError, "WebSocket is closed");
  else fn();
}

test("WebSocketHandler.close() with a reason only sends 1000, with nothing an empty frame, and refuses bad codes", async () => {
  class Leaver extends WebSocketHandler {
    override open(): void {
      if (this.getQueryArgument("r", "") === "") return this.close();
      assertThrows(() => this.close(1006), RangeError, "Cannot close with code 1006");
      assertThrows(() => this.close(1000, "x".repeat(124)), RangeError, "124 bytes");
      this.close(null, "bye");
    }
  }
  await using server = serve([["/", Leaver]]);
  const first = await websocketConnect(urlOf(server));
  await first.closed;
  assertEquals([first.closeCode, first.closeReason], [null, null]);
  const second = await websocketConnect(urlOf(server, "/?r=1"));
  await second.closed;
  assertEquals([second.closeCode, second.closeReason], [1000, "bye"]);
});

for (const where of ["open", "openAsync", "message", "messageAsync", "ping"]) {
  test(`WebSocketHandler closes with 1011 if ${where} throws`, async (t) => {
    let closes = 0;
    class Thrower extends WebSocketHandler {
      override open(): void | Promise<void> {
        if (where === "open") throw new Error("oh no");
        if (where === "openAsync") return Promise.reject(new Error("oh no"));
      }
      override onMessage(): void | Promise<void> {
        if (where === "message") throw new Error("oh no");
        if (where === "messageAsync") return Promise.reject(new Error("oh no"));
      }
      override onPing(): void {
        throw new Error("oh no");
      }
      override onClose(): void {
        closes++;
      }
    }
    await using server = serve([["/", Thrower]]);
    using client = await RawClient.open(server);
    t.expectLog("tornado.application", /Uncaught exception GET \//);
    client.send(frame(1, "a"), frame(9));
    const events = await client.rest();
    assertEquals(events.at(-1), { close: 1011, reason: "" });
    assertEquals(closes, where.startsWith("open") ? 0 : 1);
  });
}

for (const where of ["onPing", "onPong", "onClose"]) {
  test(`WebSocketHandler.${where}() may be asynchronous, and reject`, async (t) => {
    const failed = Promise.reject(new Error("oh no"));
    failed.catch(() => {});
    class Rejecter extends EchoHandler {
      override onPing(): Promise<void> {
        return where === "onPing" ? failed : Promise.resolve();
      }
      override onPong(): Promise<void> {
        return where === "onPong" ? failed : Promise.resolve();
      }
      override onClose(): Promise<void> {
        return where === "onClose" ? failed : Promise.resolve();
      }
    }
    await using server = serve([["/", Rejecter]]);
    using client = await RawClient.open(server);
    t.expectLog("tornado.application", /Uncaught exception GET \//);
    client.send(frame(where === "onPong" ? 10 : 9));
    if (where === "onClose") client.send(frame(8));
    assertEquals((await client.rest()).at(-1), { close: where === "onClose" ? 0 : 1011, reason: "" });
  });
}

test("WebSocketHandler.onClose() may throw", async (t) => {
  class Thrower extends EchoHandler {
    override onClose(): void {
      throw new Error("oh no");
    }
  }
  await using server = serve([["/", Thrower]]);
  using client = await RawClient.open(server);
  t.expectLog("tornado.application", /Uncaught exception/);
  client.send(frame(8));
  assertEquals(await client.rest(), [{ close: 0, reason: "" }]);
});

test("WebSocketHandler without onMessage() says so", async (t) => {
  class Mute extends WebSocketHandler {}
  await using server = serve([["/", Mute]]);
  using client = await RawClient.open(server);
  t.expectLog("tornado.application", /Uncaught exception/);
  client.send(frame(1, "a"));
  await client.rest();
  const fault = t.logs.find(({ excInfo }) => excInfo !== null)?.excInfo;
  assertEquals(String(fault), "Error: Mute does not override onMessage(), which takes the messages of clients");
});

test("WebSocketHandler refuses the methods of HTTP once it is open", async () => {
  const messages: string[] = [];
  class Confused extends WebSocketHandler {
    override open(): void {
      const calls: (() => unknown)[] = [
        () => this.write("a"),
        () => this.redirect("/"),
        () => this.setHeader("A", "b"),
        () => this.addHeader("A", "b"),
        () => this.clearHeader("Server"),
        () => this.setCookie("a", "b"),
        () => this.setSignedCookie("a", "b"),
        () => this.clearCookie("a"),
        () => this.setStatus(200),
        () => this.flush(),
        () => this.finish(),
      ];
      for (const call of calls) messages.push(assertThrows(call, Error).message);
      this.close();
    }
  }
  await using server = serve([["/", Confused]], { cookieSecret: "a".repeat(32) });
  const client = await websocketConnect(urlOf(server));
  await client.closed;
  assertEquals(messages, Array(11).fill("Method not supported for Web Sockets"));
});

test("WebSocketHandler takes messages up to websocketMaxMessageSize", async () => {
  await using server = serve([["/", EchoHandler]], { websocketMaxMessageSize: 1000 });
  using client = await RawClient.open(server);
  client.send(frame(2, new Uint8Array(1000)), frame(2, new Uint8Array(1001)));
  assertEquals(await client.rest(), [{ binary: new Uint8Array(1000) }, { close: 1009, reason: "message too big" }]);
});

test("WebSocketHandler closes with 1002 on an unmasked frame, and logs why", async (t) => {
  await using server = serve([["/", EchoHandler]]);
  using client = await RawClient.open(server);
  client.send(frame(1, "bare", { key: null }));
  assertEquals(await client.rest(), [{ close: 1002, reason: "unmasked client frame" }]);
  assertEquals(t.logs.map((record) => record.getMessage()), ["Closing WebSocket with 1002: unmasked client frame"]);
});

test("WebSocketHandler serves beside HTTP, and its server can be closed with it open", async () => {
  class Page extends RequestHandler {
    override get(): void {
      this.write("page");
    }
  }
  const server = serve([["/", Page], ["/ws", EchoHandler]]);
  const client = await websocketConnect(urlOf(server, "/ws"));
  assertEquals(await (await fetch(`http://127.0.0.1:${server.port}/`)).text(), "page");
  client.writeMessage("still there");
  assertEquals(await client.readMessage(), "still there");
  await server[Symbol.asyncDispose]();
  await client.closed;
});

test("WebSocketHandler takes Upgrade as a list", async () => {
  await using server = serve([["/", EchoHandler]]);
  for (
    const [upgrade, status] of [
      ["websocket, websocket", 101],
      ["h2c, WebSocket", 101],
      [" websocket ,", 101],
      ["websocket;q=1", 400],
      ["websocketx, h2c", 400],
      [",", 400],
    ] as const
  ) {
    using client = await RawClient.connect(server);
    assertEquals((await client.handshake("/", { Upgrade: upgrade })).status, status, upgrade);
  }
});

test("WebSocketHandler.checkOrigin() takes a port that need not be named as the same origin", async () => {
  await using server = serve([["/", EchoHandler]]);
  for (const [host, status] of [["h", 101], ["h:443", 101], ["h:80", 403]] as const) {
    using client = await RawClient.connect(server);
    assertEquals((await client.handshake("/", { Host: host, Origin: "https://h" })).status, status, host);
  }
});

test("WebSocketHandler knows its request after the handshake, and each handler its own", async () => {
  const seen: unknown[] = [];
  const finished: string[] = [];
  class Curious extends WebSocketHandler {
    override open(): void {
      assertThrows(() => this.clear(), Error, "Method not supported for Web Sockets");
    }
    override onFinish(): void {
      finished.push(this.request.uri);
    }
    override onMessage(): void {
      const { method, uri, path, query, version, host, hostName, remoteIp, protocol, headers } = this.request;
      seen.push({ method, uri, path, query, version, host, hostName, remoteIp, protocol });
      seen.push([this.getArgument("name"), this.getCookie("a"), headers.get("X-Name"), this.getStatus()]);
      assert(headers.has("Sec-Websocket-Key") && this.request.requestTime() >= 0);
      this.close();
    }
  }
  await using server = serve([["/r", Curious]]);
  const names = ["one", "two"];
  for (const name of names) {
    const client = await websocketConnect(urlOf(server, `/r?name=${name}`), {
      headers: { Cookie: `a=${name}`, "X-Name": name },
    });
    await client.writeMessage("hello");
    await client.closed;
  }
  const host = `127.0.0.1:${server.port}`;
  const shared = { path: "/r", version: "HTTP/1.1", host, hostName: "127.0.0.1", remoteIp: "127.0.0.1" };
  const expected = names.flatMap((name) => [
    { ...shared, method: "GET", uri: `/r?name=${name}`, query: `name=${name}`, protocol: "http" },
    [name, name, name, 101],
  ]);
  assertEquals(seen, expected);
  assertEquals(finished, names.map((name) => `/r?name=${name}`));
});

for (const engine of ["listen", "serve"] as const) {
  test(`WebSocketHandler.signal (${engine}) aborts with the WebSocket, whenever it is first read`, async () => {
    const signals: AbortSignal[] = [];
    const closed = Promise.withResolvers<void>();
    class Early extends WebSocketHandler {
      override prepare(): void {
        if (this.request.path === "/early") signals.push(this.signal);
      }
      override open(): void {
        if (this.request.path === "/open") signals.push(this.signal);
        void this.writeMessage("open");
      }
      override onClose(): void {
        signals.push(this.signal);
        if (signals.length === 5) closed.resolve();
      }
    }
    await using client = new TestClient(new Application([["/.*", Early]]), { engine });
    for (const path of ["/early", "/open", "/late"]) {
      const socket = await client.websocket(path);
      assertEquals(await socket.readMessage(), "open");
      assertEquals(signals.map(({ aborted }) => aborted).at(-1) ?? false, path === "/late");
      await socket[Symbol.asyncDispose]();
      await until(() => signals.at(-1)?.aborted === true);
    }
    await closed.promise;
    assertEquals(new Set(signals).size, 3);
    for (const { reason } of signals) assert(reason instanceof WebSocketClosedError);
  });
}
