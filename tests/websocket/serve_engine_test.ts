// The same handlers over Deno.upgradeWebSocket: what is the same, and what is a clear answer instead of silence.
import { assert, assertEquals, assertMatch, assertRejects, assertThrows } from "@std/assert";
import type { Server } from "../../src/http/httpserver.ts";
import { nextTurn } from "../../src/internal/clock.ts";
import { Application, type ApplicationOptions, type RuleList } from "../../src/web/mod.ts";
import {
  WebSocketClosedError,
  type WebSocketCompressionOptions,
  websocketConnect,
  WebSocketError,
  WebSocketHandler,
} from "../../src/websocket/mod.ts";
import { FakeClock, settled } from "../support/fake_clock.ts";
import { RawClient } from "../support/raw_client.ts";
import { test } from "../support/test.ts";
import { stalled, until } from "../support/turns.ts";
import { EchoHandler, Mailbox } from "./server_support.ts";
import { hex } from "./support.ts";

function serve(rules: RuleList, options: ApplicationOptions = {}): Server {
  const app = new Application(rules, { logFunction() {}, ...options });
  return app.listen(0, { address: "127.0.0.1", engine: "serve" });
}

const HANDSHAKE = [
  "GET / HTTP/1.1",
  "Host: a",
  "Upgrade: websocket",
  "Connection: upgrade",
  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
  "Sec-WebSocket-Version: 13",
  "\r\n",
].join("\r\n");
/** A text of one letter, with a mask of zeros. */
const SMALL_TEXT = "\x81\x81\0\0\0\0x";

/** Gives the sockets of `Deno.upgradeWebSocket` a way of reading that cannot be replaced. */
function sealedSockets(): Disposable {
  const upgrade = Deno.upgradeWebSocket;
  Deno.upgradeWebSocket = (request, options) => {
    const upgraded = upgrade(request, options);
    for (const key of Object.getOwnPropertySymbols(WebSocket.prototype)) {
      const value: unknown = Reflect.get(upgraded.socket, key);
      if (typeof value === "function") Object.defineProperty(upgraded.socket, key, { value });
    }
    return upgraded;
  };
  return { [Symbol.dispose]: () => Deno.upgradeWebSocket = upgrade };
}

/** Makes Deno take a millisecond for each message and each pong; `onFrame` is called for each. */
function slowFrames(onFrame: () => void): Disposable {
  const key = Object.getOwnPropertySymbols(WebSocket.prototype).find(({ description }) =>
    description === "[[serverHandleIdleTimeout]]"
  );
  const value: unknown = key === undefined ? undefined : Reflect.get(WebSocket.prototype, key);
  if (key === undefined || typeof value !== "function") throw new Error("Deno waits for a sign of life in another way");
  const slow = function (this: WebSocket): unknown {
    const end = performance.now() + 1;
    while (performance.now() < end);
    onFrame();
    return Reflect.apply(value, this, []);
  };
  Reflect.set(WebSocket.prototype, key, slow);
  return { [Symbol.dispose]: () => Reflect.set(WebSocket.prototype, key, value) };
}

function urlOf(server: Server, path = "/"): string {
  return `ws://127.0.0.1:${server.port}${path}`;
}

test("WebSocketHandler on the serve engine exchanges text, bytes and JSON", async () => {
  class Mixed extends EchoHandler {
    override open(): void {
      this.writeMessage({ hello: "</world>" });
      this.writeMessage("bytes", true);
      this.writeMessage(hex("6162"), false);
      this.writeMessage(hex("efbbbf61"), false);
    }
  }
  await using server = serve([["/", Mixed]]);
  const client = await websocketConnect(urlOf(server));
  assertEquals(await client.readMessage(), '{"hello":"<\\/world>"}');
  assertEquals(await client.readMessage(), new TextEncoder().encode("bytes"));
  assertEquals(await client.readMessage(), "ab");
  assertEquals(await client.readMessage(), "\ufeffa");
  for (const message of ["", "ü€🙂", "x".repeat(100_000), hex("00ff"), new Uint8Array(100_000)]) {
    client.writeMessage(message);
    assertEquals(await client.readMessage(), message);
  }
  client.close(1000);
  await client.closed;
});

test("WebSocketHandler on the serve engine calls open(), onMessage() and onClose() in their order", async () => {
  const log: unknown[] = [];
  const over = Promise.withResolvers<void>();
  const done = Promise.withResolvers<void>();
  class Slow extends WebSocketHandler {
    override prepare(): void {
      this.setHeader("X-Seen", "yes");
    }
    override async open(name: string): Promise<void> {
      log.push(`open ${name} ${this.selectedSubprotocol}`);
      await Promise.resolve();
      log.push("opened");
    }
    override selectSubprotocol(offered: string[]): string | null {
      return offered[1] ?? null;
    }
    override async onMessage(message: string | Uint8Array): Promise<void> {
      log.push(`begin ${message}`);
      await settled();
      log.push(`end ${message}`);
      if (message === "3") done.resolve();
    }
    override onClose(): void {
      log.push([this.closeCode, this.closeReason]);
      over.resolve();
    }
  }
  await using server = serve([["/(.*)", Slow]]);
  const client = await websocketConnect(urlOf(server, "/room"), { subprotocols: ["a", "b"] });
  assertEquals([client.selectedSubprotocol, client.headers.get("X-Seen")], ["b", "yes"]);
  for (const message of ["1", "2", "3"]) client.writeMessage(message);
  client.close(4000, "done");
  await Promise.all([over.promise, done.promise]);
  await client.closed;
  // The end is told when no message is left, and need not wait for the work on the last one.
  assertEquals(log.filter((entry) => entry !== "end 3"), [
    ...["open room b", "opened"],
    ...["begin 1", "end 1", "begin 2", "end 2", "begin 3"],
    [4000, "done"],
  ]);
});

test("WebSocketHandler.prepare() on the serve engine may be asynchronous", async () => {
  class Late extends EchoHandler {
    override async prepare(): Promise<void> {
      await settled();
      this.setHeader("X-Seen", "yes");
    }
  }
  await using server = serve([["/", Late]]);
  await using client = await websocketConnect(urlOf(server));
  assertEquals(client.headers.get("X-Seen"), "yes");
  client.writeMessage("a");
  assertEquals(await client.readMessage(), "a");
});

test("WebSocketHandler on the serve engine is not opened for a client that left during prepare()", async (t) => {
  const preparing = Promise.withResolvers<void>();
  const gone = Promise.withResolvers<void>();
  class Late extends EchoHandler {
    override async prepare(): Promise<void> {
      preparing.resolve();
      await gone.promise;
    }
    override onConnectionClose(): void {
      super.onConnectionClose();
      gone.resolve();
    }
  }
  const server = serve([["/", Late]]);
  {
    using client = await RawClient.connect(server.port);
    await client.send(
      "GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: upgrade\r\n" +
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n",
    );
    await preparing.promise;
  }
  await gone.promise;
  assertEquals(await server.drain(60), true);
  assertEquals(t.logs.map((record) => record.getMessage()), ["Client is gone: GET / (127.0.0.1)"]);
});

test("WebSocketHandler on the serve engine refuses handshakes as on the other", async () => {
  await using server = serve([["/", EchoHandler]]);
  const answer = async (headers: Record<string, string>) => {
    const response = await fetch(`http://127.0.0.1:${server.port}/`, { headers });
    return [response.status, await response.text()];
  };
  assertEquals(await answer({}), [400, 'Can "Upgrade" only to "WebSocket".']);
  await assertRejects(
    () => websocketConnect(urlOf(server), { headers: { Origin: "http://evil.example" } }),
    WebSocketError,
    "403",
  );
});

test("WebSocketHandler on the serve engine closes with codes and reasons", async () => {
  class Leaver extends WebSocketHandler {
    override open(): void {
      const code = Number(this.getQueryArgument("code"));
      if (code === 0) return this.close();
      this.close(code, "why");
      assertThrows(() => this.writeMessage("late"), WebSocketClosedError);
    }
  }
  await using server = serve([["/", Leaver]]);
  for (const code of [1000, 1001, 1009, 1011, 3000, 4999]) {
    const client = await websocketConnect(urlOf(server, `/?code=${code}`));
    await client.closed;
    assertEquals([client.closeCode, client.closeReason], [code, "why"]);
  }
  const client = await websocketConnect(urlOf(server, "/?code=0"));
  await client.closed;
});

test("WebSocketProtocol.abort() on the serve engine ends the connection", async () => {
  const log: string[] = [];
  class Aborter extends WebSocketHandler {
    override onMessage(message: string | Uint8Array): void {
      log.push(String(message));
      this.wsConnection?.abort();
    }
    override onClose(): void {
      log.push("closed");
    }
  }
  await using server = serve([["/", Aborter]]);
  const client = await websocketConnect(urlOf(server));
  client.writeMessage("first");
  await client.closed;
  assertEquals([log, client.closeCode], [["first", "closed"], 1001]);
});

for (const where of ["open", "message"]) {
  test(`WebSocketHandler on the serve engine closes with 1011 if ${where} throws`, async (t) => {
    class Thrower extends WebSocketHandler {
      override open(): void {
        if (where === "open") throw new Error("oh no");
      }
      override onMessage(): Promise<void> {
        return Promise.reject(new Error("oh no"));
      }
    }
    await using server = serve([["/", Thrower]]);
    t.expectLog("tornado.application", /Uncaught exception/);
    const client = await websocketConnect(urlOf(server));
    if (where === "message") client.writeMessage("a");
    await client.closed;
    assertEquals(client.closeCode, 1011);
  });
}

test("WebSocketHandler on the serve engine closes too large messages with 1009", async () => {
  await using server = serve([["/", EchoHandler]], { websocketMaxMessageSize: 10 });
  const client = await websocketConnect(urlOf(server));
  client.writeMessage("x".repeat(11));
  await client.closed;
  assertEquals([client.closeCode, client.closeReason], [1009, "message too big"]);
});

test("WebSocketHandler on the serve engine has no pings and no compression, and says so", async (t) => {
  const errors = new Mailbox<Error>();
  class Wishful extends EchoHandler {
    override getCompressionOptions(): WebSocketCompressionOptions {
      return {};
    }
    override open(): void {
      errors.put(assertThrows(() => this.ping("a"), WebSocketError));
      this.setNodelay(true);
    }
  }
  t.expectLog("tornado.general", /Cannot compress WebSocket messages on the serve engine/);
  await using server = serve([["/", Wishful]]);
  for (let n = 0; n < 2; n++) {
    const client = await websocketConnect(urlOf(server), { compressionOptions: {} });
    assertEquals(client.headers.has("Sec-WebSocket-Extensions"), false);
    assertEquals((await errors.take()).message.startsWith("Cannot ping on the serve engine"), true);
    client.writeMessage("fine");
    assertEquals(await client.readMessage(), "fine");
    client.close();
    await client.closed;
  }
  assertEquals(t.logs.filter((record) => /compress/.test(record.getMessage())).length, 1);
});

test("WebSocketHandler on the serve engine leaves messages out for a client that does not read", async () => {
  const flooded = Promise.withResolvers<{ dropped: number; waiting: number }>();
  class Flood extends WebSocketHandler {
    override onMessage(): void {
      for (let n = 0; n < 200; n++) this.writeMessage(new Uint8Array(100_000));
      flooded.resolve({ dropped: this.droppedMessages, waiting: this.bufferedAmount });
    }
  }
  await using server = serve([["/", Flood]], { websocketHighWaterMark: 1_000_000, websocketBackpressure: "drop" });
  const client = await websocketConnect(urlOf(server));
  client.writeMessage("go");
  const { dropped, waiting } = await flooded.promise;
  assert(dropped > 100 && waiting <= 1_000_000, `${dropped} dropped, ${waiting} waiting`);
  for (let n = dropped; n < 200; n++) await client.readMessage();
  client.close();
  await client.closed;
});

test("WebSocketHandler on the serve engine counts what short messages cost while they wait", async () => {
  const flooded = Promise.withResolvers<number>();
  class Flood extends WebSocketHandler {
    override onMessage(): void {
      for (let n = 0; n < 1000; n++) this.writeMessage("x");
      flooded.resolve(this.droppedMessages);
    }
  }
  await using server = serve([["/", Flood]], { websocketHighWaterMark: 60_000, websocketBackpressure: "drop" });
  const client = await websocketConnect(urlOf(server));
  client.writeMessage("go");
  const dropped = await flooded.promise;
  assert(dropped > 500 && dropped < 600, `${dropped} dropped`);
  for (let n = dropped; n < 1000; n++) await client.readMessage();
  client.close();
  await client.closed;
});

test("WebSocketHandler on the serve engine closes a client that does not read, and says so to who sends", async (t) => {
  const refused = Promise.withResolvers<unknown>();
  class Flood extends WebSocketHandler {
    override async onMessage(): Promise<void> {
      this.writeMessage(new Uint8Array(3_000_000));
      await this.writeMessage("more").catch(refused.resolve);
    }
  }
  await using server = serve([["/", Flood]], { websocketHighWaterMark: 1000 });
  const client = await websocketConnect(urlOf(server));
  client.writeMessage("go");
  assertMatch(String(await refused.promise), /WebSocketClosedError: .* 3000000 bytes waited for the peer/);
  await client[Symbol.asyncDispose]();
  assert(t.logs.some((record) => /bytes wait for a client/.test(record.getMessage())));
});

test("WebSocketHandler on the serve engine closes a client that sends on and on and does not read", async (t) => {
  let handed = 0;
  const closed = Promise.withResolvers<void>();
  class Answers extends WebSocketHandler {
    override onMessage(): void {
      // More than the client reads ahead and the system takes.
      if (handed++ === 0) { for (let n = 0; n < 10; n++) this.writeMessage(new Uint8Array(3_000_000)); }
      this.writeMessage("taken");
    }
    override onClose(): void {
      closed.resolve();
    }
  }
  await using server = serve([["/", Answers]], { websocketHighWaterMark: 40_000_000 });
  const client = await websocketConnect(urlOf(server));
  const message = new Uint8Array(1_000_000);
  const sending = (async () => {
    for (let n = 0; n < 1000; n++) await client.writeMessage(message);
  })().catch(() => {});
  await closed.promise;
  assert(handed < 500, `${handed} messages`);
  assert(t.logs.some((record) => /bytes wait for a client that does not read/.test(record.getMessage())));
  await client[Symbol.asyncDispose]();
  await sending;
});

test("WebSocketHandler on the serve engine makes a client wait that does not read, with the policy wait", async () => {
  using clock = new FakeClock();
  let handed = 0;
  const closed = Promise.withResolvers<void>();
  class Answers extends WebSocketHandler {
    override onMessage(): void {
      if (!this.wsConnection?.isClosing()) this.writeMessage(new Uint8Array(3_000_000));
      handed++;
    }
    override onClose(): void {
      closed.resolve();
    }
  }
  await using server = serve([["/", Answers]], {
    websocketHighWaterMark: 1_000_000,
    websocketBackpressure: "wait",
  });
  using client = await RawClient.connect(server.port);
  await client.send(HANDSHAKE);
  await client.until("\r\n\r\n");
  await client.send(SMALL_TEXT.repeat(1000));
  await stalled(() => handed);
  assert(handed > 0 && handed < 100, `${handed} messages`);
  // Nothing shows that it is gone but that it takes nothing.
  client.stream.close();
  await clock.advanceAsync(90);
  await closed.promise;
});

test("WebSocketHandler on the serve engine lets others have their turn while one client sends on and on", async () => {
  const done = Promise.withResolvers<void>();
  let handed = 0, turns = 0;
  class Busy extends WebSocketHandler {
    override onMessage(): void {
      const end = performance.now() + 1;
      while (performance.now() < end);
      if (++handed === 400) done.resolve();
    }
  }
  await using server = serve([["/", Busy]]);
  using client = await RawClient.connect(server.port);
  await client.send(HANDSHAKE);
  await client.until("\r\n\r\n");
  // All of it comes in one read.
  await client.send(SMALL_TEXT.repeat(400));
  await until(() => handed > 0);
  while (handed < 400) {
    await nextTurn();
    turns++;
  }
  await done.promise;
  assert(turns >= 20, `${turns} turns`);
});

test("WebSocketHandler on the serve engine lets others have their turn while one client sends pongs", async () => {
  const received = new Mailbox<string | Uint8Array>();
  let seen = 0, turns = 0;
  class Silent extends WebSocketHandler {
    override onMessage(message: string | Uint8Array): void {
      received.put(message);
    }
  }
  await using server = serve([["/", Silent]]);
  using _ = slowFrames(() => seen++);
  using client = await RawClient.connect(server.port);
  await client.send(HANDSHAKE);
  await client.until("\r\n\r\n");
  // All of it comes in one read.
  await client.send("\x8a\x80\0\0\0\0".repeat(400) + SMALL_TEXT);
  await until(() => seen > 1);
  while (seen < 400) {
    await nextTurn();
    turns++;
  }
  assert(turns >= 20, `${turns} turns`);
  assertEquals(await received.take(), "x");
});

test("WebSocketHandler on the serve engine bounds what waits for a slow handler where reading cannot be paused", async (t) => {
  const closed = Promise.withResolvers<void>();
  const release = Promise.withResolvers<void>();
  class Slow extends WebSocketHandler {
    override onMessage(): Promise<void> {
      return release.promise;
    }
    override onClose(): void {
      closed.resolve();
    }
  }
  using _sealed = sealedSockets();
  await using server = serve([["/", Slow]], { websocketHighWaterMark: 100_000 });
  const client = await websocketConnect(urlOf(server));
  for (let n = 0; n < 20; n++) client.writeMessage(new Uint8Array(100_000));
  await client.closed;
  release.resolve();
  await closed.promise;
  assert(t.logs.some((record) => /bytes wait for the handler/.test(record.getMessage())));
});

test("WebSocketHandler on the serve engine keeps a client that reads, whatever it sends", async () => {
  let handed = 0;
  class Echo extends WebSocketHandler {
    override onMessage(message: string | Uint8Array<ArrayBuffer>): void {
      handed += message.length;
      this.writeMessage(message);
    }
  }
  await using server = serve([["/", Echo]], { websocketHighWaterMark: 100_000 });
  const client = await websocketConnect(urlOf(server));
  for (let n = 0; n < 50; n++) {
    client.writeMessage(new Uint8Array(200_000));
    assertEquals((await client.readMessage())?.length, 200_000);
  }
  assertEquals(handed, 10_000_000);
  client.close();
  await client.closed;
});

test("WebSocketHandler on the serve engine rejects the promise of a message that is lost", async () => {
  const sent = Promise.withResolvers<string>();
  const sending = Promise.withResolvers<void>();
  const codes = new Mailbox<number | null>();
  class Flood extends WebSocketHandler {
    override onMessage(): void {
      this.writeMessage(new Uint8Array(30_000_000)).then(
        () => sent.resolve("sent"),
        (error) => sent.resolve(error.name),
      );
      // Nobody has to look at this one, which is rejected as well.
      this.drained();
      sending.resolve();
    }
    override onClose(): void {
      codes.put(this.closeCode);
    }
  }
  await using server = serve([["/", Flood]], { websocketHighWaterMark: 1000 });
  const client = await websocketConnect(urlOf(server));
  client.writeMessage("go");
  await sending.promise;
  client.protocol?.stream?.close();
  assertEquals(await sent.promise, "WebSocketClosedError");
  assertEquals(await codes.take(), null);
});

test("WebSocketHandler on the serve engine calls onClose() behind an open() that the client did not wait for", async () => {
  const opening = Promise.withResolvers<void>();
  const gate = Promise.withResolvers<void>();
  const over = Promise.withResolvers<void>();
  const log: string[] = [];
  class Slow extends EchoHandler {
    override async open(): Promise<void> {
      opening.resolve();
      await gate.promise;
      log.push("opened");
    }
    override onClose(): void {
      log.push(`closed ${this.closeCode}`);
      over.resolve();
    }
  }
  await using server = serve([["/", Slow]]);
  const client = await websocketConnect(urlOf(server));
  await opening.promise;
  client.close(4000);
  // Deno answers the Close frame by itself.
  await client.closed;
  await settled();
  gate.resolve();
  await over.promise;
  assertEquals(log, ["opened", "closed 4000"]);
});

test("ServeServer.drain() ends its WebSockets", async () => {
  const server = serve([["/", EchoHandler]]);
  const client = await websocketConnect(urlOf(server));
  await server.drain(5);
  await client.closed;
  assertEquals(client.closeCode, 1001);
});

test("ServeServer.drain() waits until its WebSockets have closed", async () => {
  const log: string[] = [];
  class Member extends WebSocketHandler {
    override open(): void {
      log.push("open");
    }
    override onClose(): void {
      log.push("closed");
    }
  }
  const server = serve([["/", Member]]);
  const client = await websocketConnect(urlOf(server));
  await until(() => log.includes("open"));
  assertEquals(server.connectionCount, 1);
  assertEquals(await server.drain(5), true);
  assertEquals([log, server.connectionCount], [["open", "closed"], 0]);
  await client.closed;
});
