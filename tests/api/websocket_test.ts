// WebSockets with declared messages, both ways, and the typed client of them.
import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { Client } from "../../src/api/client.ts";
import { numberFromText } from "../../src/api/mod.ts";
import { type MessageError, TypedWebSocketHandler } from "../../src/api/websocket.ts";
import { TestClient } from "../../src/testing/mod.ts";
import { Application } from "../../src/web/mod.ts";
import { test } from "../support/test.ts";
import { array, integer, later, object, optional, text } from "./schemas.ts";

const message = object({ text, to: optional(array(integer)) }, { strict: true });
const reply = object({ count: integer, echo: text });

class Chat extends TypedWebSocketHandler({
  path: { room: text },
  query: { factor: optional(numberFromText(integer)) },
  receive: message,
  send: later(reply),
}) {
  override async receive({ text, to = [] }: { text: string; to: number[] | undefined }): Promise<void> {
    const { path, query } = this.args;
    if (text === "wrong") return await Reflect.apply(this.send, this, [{ count: 1.5, echo: "x" }]);
    await this.send({ count: to.length * (query.factor ?? 1), echo: `${path.room}: ${text}` });
  }
}

class Lenient extends TypedWebSocketHandler({ receive: later(integer), send: text }) {
  override receive(message: number): void {
    // Not awaited: Deno does not tell when a message has left, and looking for it may outlast the test.
    this.send(String(message));
  }
  override refuse([first]: readonly MessageError[]): void {
    this.send(`refused ${first?.pointer} ${first?.detail}`);
  }
}

const rules = [["/chat/([^/]+)", Chat], ["/lenient", Lenient]] as const;
const app = new Application(rules, { logFunction: () => {} });

for (const engine of ["listen", "serve"] as const) {
  test(`TypedWebSocketHandler validates messages both ways, on the ${engine} engine`, async (t) => {
    t.expectLog("tornado.application", /^Uncaught exception/);
    await using client = new TestClient(app, { engine, raiseServerErrors: false });
    await using socket = await client.websocket("/chat/a%20b?factor=3");
    await socket.writeMessage('{"text":"hi","to":[1,2]}');
    assertEquals(await socket.receiveJson(), { count: 6, echo: "a b: hi" });
    await socket.writeMessage('{"text":"wrong"}');
    assertEquals((await socket.receiveClose()).code, 1011);
    const [{ excInfo } = {}] = t.logs.filter((log) => log.excInfo !== null);
    assertEquals(excInfo?.message, "Cannot send this message: its schema says at count: Expected an integer");
  });

  test(`TypedWebSocketHandler closes with 1007 for what does not fit, on the ${engine} engine`, async (t) => {
    t.expectLog("tornado.general", /^Refused a message from/);
    await using client = new TestClient(app, { engine });
    const cases: [string | Uint8Array<ArrayBuffer>, string][] = [
      ["{", "# Expected JSON"],
      ["", "# Expected JSON"],
      [new Uint8Array([1]), "# Expected JSON"],
      ["null", "# Expected an object"],
      ['{"text":"x","to":[1,"2"]}', "#/to/1 Expected an integer"],
      ['{"text":"x","admin":true}', "#/admin Unknown member"],
      [`{"text":"x","${"é".repeat(200)}":1}`, `#/${"%C3%A9".repeat(40)}`.slice(0, 120)],
    ];
    for (const [sent, reason] of cases) {
      await using socket = await client.websocket("/chat/room");
      await socket.writeMessage(sent);
      // A message that Deno has not read when it closes may cost the client the Close frame.
      if (engine === "listen") await socket.writeMessage(sent);
      assertEquals(await socket.receiveClose(), { code: 1007, reason });
    }
    // Of several messages that are under way, the first is worth a line.
    assertEquals(t.logs.filter((record) => record.getMessage().startsWith("Refused")).length, cases.length);
  });

  test(`TypedWebSocketHandler lets a subclass answer what does not fit, on the ${engine} engine`, async () => {
    await using client = new TestClient(app, { engine });
    await using socket = await client.websocket("/lenient");
    for (const [sent, received] of [["7", '"7"'], ["1.5", '"refused # Expected an integer"'], ["8", '"8"']] as const) {
      await socket.writeMessage(sent);
      assertEquals(await socket.receive(), received);
    }
  });

  test(`TypedWebSocketHandler refuses a handshake with a problem document, on the ${engine} engine`, async (t) => {
    t.expectLog("tornado.general", /422/);
    await using client = new TestClient(app, { engine });
    const response = await client.get("/chat/room?factor=x");
    assertEquals([response.code, response.headers.get("Content-Type")], [422, "application/problem+json"]);
  });
}

test("Client opens WebSockets, sends and receives what is declared", async () => {
  await using server = app.listen(0, { address: "127.0.0.1" });
  const client = new Client<typeof app>(`http://127.0.0.1:${server.port}`);
  const socket = client.websocket("/chat/{room}", { path: { room: "a/b" }, query: { factor: 2 } });
  socket.send({ text: "hi", to: [1] });
  await socket.opened;
  socket.send({ text: "ho", to: undefined });
  const seen: unknown[] = [];
  for await (const { count, echo } of socket) {
    seen.push([count, echo]);
    if (seen.length === 2) break;
  }
  assertEquals(seen, [[2, "a/b: hi"], [0, "a/b: ho"]]);
  assertEquals((await socket.closed).code, 1005);
  socket.send({ text: "late", to: [] });
  assertThrows(() => client.websocket("/chat/{room}", { path: { room: ".." } }), RangeError);
});

test("Client ends all loops over a WebSocket when that closes", async () => {
  await using server = app.listen(0, { address: "127.0.0.1" });
  const client = new Client<typeof app>(`http://127.0.0.1:${server.port}`);
  const socket = client.websocket("/lenient");
  const loops = [Array.fromAsync(socket), Array.fromAsync(socket)];
  await socket.opened;
  socket.close();
  assertEquals(await Promise.all(loops), [[], []]);
});

test("Client closes a WebSocket whose signal aborts", async () => {
  await using server = app.listen(0, { address: "127.0.0.1" });
  const client = new Client<typeof app>(`http://127.0.0.1:${server.port}`);
  const abort = new AbortController();
  const socket = client.websocket("/lenient", { signal: abort.signal });
  await socket.opened;
  abort.abort();
  assertEquals(await Array.fromAsync(socket), []);
  const late = client.websocket("/lenient", { signal: abort.signal });
  await assertRejects(() => late.opened, Error, "before it opened");
});

test("Client tells that a WebSocket has not opened", async (t) => {
  t.expectLog("tornado.general", /422/);
  await using server = app.listen(0, { address: "127.0.0.1" });
  const client = new Client<typeof app>(`http://127.0.0.1:${server.port}`);
  const socket = client.websocket("/chat/{room}", { path: { room: "r" }, query: { factor: 0.5 } });
  await assertRejects(() => socket.opened, Error, "before it opened");
  assertEquals(await Array.fromAsync(socket), []);
});

test("TypedWebSocketHandler refuses a declaration that could not be carried out", () => {
  const rows: [declaration: object, message: string][] = [
    [{ receive: text, send: text, body: text }, 'Cannot declare "body"'],
    [{ receive: text }, "Cannot declare WebSocket send: undefined is not a schema"],
    [{ receive: String, send: text }, "Cannot declare WebSocket receive: [Function: String] is not a schema"],
    [{ receive: text, send: text, query: { room: 7 } }, "Cannot declare WebSocket query.room: 7 is not a schema"],
  ];
  for (const [declaration, message] of rows) {
    assertThrows(() => Reflect.apply(TypedWebSocketHandler, null, [declaration]), TypeError, message);
  }
});
