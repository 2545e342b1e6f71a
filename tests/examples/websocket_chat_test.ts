import { assert, assertEquals, assertNotEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { makeChat } from "../../examples/websocket_chat/app.ts";
import {
  cleanName,
  cleanRoomName,
  MAX_MESSAGE_BYTES,
  MAX_TEXT,
  readMessage,
  type ToPage,
  type Welcome,
} from "../../examples/websocket_chat/protocol.ts";
import {
  FIRST_ROOMS,
  MAX_HISTORY,
  MAX_ROOMS,
  MAX_WINDOWS,
  type Message,
  Room,
  Rooms,
} from "../../examples/websocket_chat/rooms.ts";
import { TokenBucket } from "../../examples/websocket_chat/token_bucket.ts";
import type { Server } from "../../src/http/httpserver.ts";
import {
  type WebSocketClientConnection,
  websocketConnect,
  type WebSocketConnectOptions,
  WebSocketError,
} from "../../src/websocket/mod.ts";
import { startProgram } from "../support/program.ts";
import { test } from "../support/test.ts";

const BEGINNING = { life: "", id: 0 };

function textsOf(messages: readonly Message[]): string[] {
  return messages.map(({ text }) => text);
}

test("Room.after gives what the reader has not seen, and everything to a reader from another life", () => {
  const room = new Room("tea");
  for (const text of ["one", "two", "three"]) room.say("Ann", `key-${text}`, text);
  const { life } = room;
  assertEquals(textsOf(room.after({ life, id: 1 }).messages), ["two", "three"]);
  assertEquals(room.after({ life, id: 3 }), { life, messages: [], complete: true });
  assertEquals(textsOf(room.after({ life: new Room("tea").life, id: 3 }).messages), ["one", "two", "three"]);
});

test("Room keeps a bounded history, and says when something of it is missing", () => {
  const room = new Room("tea");
  for (let i = 1; i <= MAX_HISTORY + 5; i++) room.say("Ann", `key-${i}`, String(i));
  const { messages, complete } = room.after(BEGINNING);
  assertEquals([messages.length, messages[0].text, complete], [MAX_HISTORY, "6", false]);
  assertEquals(room.after({ life: room.life, id: 4 }).complete, false);
  assertEquals(room.after({ life: room.life, id: 5 }).complete, true);
});

test("Room.say knows a message by its key, also when it is history", () => {
  const room = new Room("tea");
  assertEquals(room.say("Ann", "the-key", "hello")?.id, 1);
  assertEquals(room.say("Ann", "the-key", "hello"), null);
  for (let i = 0; i <= MAX_HISTORY; i++) room.say("Ben", `key-${i}`, "x");
  assertEquals(room.say("Ann", "the-key", "hello"), null);
});

test("Room counts a person once, whatever the number of windows, and readers not at all", () => {
  const room = new Room("tea");
  assertEquals(["Ann", "Ann", "Ben", null].map((name) => room.enter(name)), [true, false, true, false]);
  assertEquals([room.people, room.windows], [["Ann", "Ben"], 4]);
  assertEquals([null, "Ann", "Ann", "Ben"].map((name) => room.leave(name)), [false, false, true, true]);
  assertEquals([room.people, room.windows], [[], 0]);
});

test("Room is full when it has its number of windows", () => {
  const room = new Room("tea");
  for (let i = 1; i < MAX_WINDOWS; i++) room.enter(null);
  assertEquals(room.isFull, false);
  room.enter("Ann");
  assertEquals(room.isFull, true);
});

test("Rooms.open makes no more rooms than its bound, and forgets the one that is empty for longest", () => {
  const rooms = new Rooms();
  for (let i = FIRST_ROOMS.length; i < MAX_ROOMS; i++) rooms.open(`room-${i}`)?.enter(null);
  assertEquals(rooms.open("one-more"), null);
  const [six, five] = [rooms.open("room-6"), rooms.open("room-5")];
  five?.leave(null);
  six?.leave(null);
  assert(rooms.open("one-more") instanceof Room);
  assertEquals([rooms.find("room-6"), rooms.find("room-5")], [null, five]);
  assertEquals(rooms.open("room-5"), five);
});

test("Rooms.list begins with the rooms that are always there", () => {
  const rooms = new Rooms();
  rooms.open("zoo");
  rooms.open("art")?.enter("Ann");
  assertEquals(rooms.list().map(({ name }) => name), [...FIRST_ROOMS, "art", "zoo"]);
  assertEquals(rooms.list().at(-2), { name: "art", people: 1 });
});

test("TokenBucket.take() lets a burst pass, and then tells how long to wait", () => {
  const bucket = new TokenBucket(2, 4, 100);
  assertEquals([100, 100, 100, 100].map((now) => bucket.take(now)), [0, 0, 0.25, 0.5]);
  assertEquals([101, 101, 101].map((now) => bucket.take(now)), [0, 0, 0.25]);
  // However long nothing came, no more than a burst is saved up.
  assertEquals([999, 999, 999].map((now) => bucket.take(now)), [0, 0, 0.25]);
});

const NAMES: readonly [text: string, name: string | null][] = [
  ["Ann", "Ann"],
  ["  Ann \t of\nGreen  ", "Ann of Green"],
  ["Zoe\u0308", "Zo\u00eb"],
  ["O'Neil-<b>", "O'Neil-<b>"],
  ["\u{1f469}\u200d\u{1f680}", "\u{1f469}\u200d\u{1f680}"],
  ["\u{1f32a}".repeat(24), "\u{1f32a}".repeat(24)],
  ["x".repeat(25), null],
  ["", null],
  [" \n ", null],
  ["...", null],
  ["a\u202egnp.exe", null],
  ["a\u0000b", null],
  ["\ud800", null],
];
for (const [text, name] of NAMES) {
  test(`cleanName makes ${JSON.stringify(name)} of ${JSON.stringify(text)}`, () => assertEquals(cleanName(text), name));
}

const ROOM_NAMES: readonly [text: string, name: string | null][] = [
  ["lobby", "lobby"],
  ["Tea time!", "tea-time"],
  ["--a__b--", "a-b"],
  ["\u0427\u0430\u0439", "\u0447\u0430\u0439"],
  ["../../etc", "etc"],
  ["x".repeat(30), "x".repeat(24)],
  [`${"x".repeat(23)} y`, "x".repeat(23)],
  ["!?", null],
];
for (const [text, name] of ROOM_NAMES) {
  test(`cleanRoomName makes ${name} of ${text}`, () => {
    assertEquals(cleanRoomName(text), name);
    if (name !== null) assertEquals(cleanRoomName(name), name);
  });
}

const BAD: readonly [data: string, key: string | null, reason: string][] = [
  ["", null, "A message must be JSON"],
  ["{", null, "A message must be JSON"],
  ["null", null, "A message must have the type say or typing"],
  ["[]", null, "A message must have the type say or typing"],
  ['{"type":"shout"}', null, "A message must have the type say or typing"],
  ['{"type":"say"}', null, "The key must be 8 to 40 letters, digits, - or _"],
  ['{"type":"say","key":"short","text":"x"}', null, "The key must be 8 to 40 letters, digits, - or _"],
  ['{"type":"say","key":"a-long-key"}', "a-long-key", "The text must be a string"],
  ['{"type":"say","key":"a-long-key","text":" \\n"}', "a-long-key", "The text is empty"],
  [
    JSON.stringify({ type: "say", key: "a-long-key", text: "x".repeat(MAX_TEXT + 1) }),
    "a-long-key",
    "The text has 2001 characters, 2000 are allowed",
  ],
];
for (const [data, key, reason] of BAD) {
  test(`readMessage refuses ${data.slice(0, 60)}`, () => {
    assertEquals(readMessage(data), { type: "refused", key, reason });
  });
}

test("readMessage takes what is allowed, and nothing more of it", () => {
  const data = JSON.stringify({ type: "say", key: "a-long-key", text: " a\r\nb\ud800 ", author: "Eve" });
  assertEquals(readMessage(data), { type: "say", key: "a-long-key", text: "a\nb\ufffd" });
  assertEquals(readMessage('{"type":"typing","name":"Eve"}'), { type: "typing" });
  const longest = JSON.stringify({ type: "say", key: "k".repeat(40), text: "\u0001".repeat(MAX_TEXT) });
  assert(longest.length <= MAX_MESSAGE_BYTES);
  assertEquals(readMessage(longest).type, "say");
});

/** A server with a state that a test can reach into. */
function serve(rooms = new Rooms(), secret = "secret"): Server {
  return makeChat(rooms, secret).listen(0, { address: "127.0.0.1" });
}

function addressOf({ port }: { port: number }): string {
  return `http://127.0.0.1:${port}`;
}

function cookiesOf(response: Response): string[] {
  return response.headers.getSetCookie().map((cookie) => cookie.split(";")[0]);
}

/** Gives the form of a room a name, as a browser does; returns the answer and the cookies to come back with. */
async function introduce(address: string, name: string): Promise<{ status: number; page: string; cookie: string }> {
  const form = await fetch(`${address}/rooms/lobby`);
  const [, token = ""] = /name="_xsrf" value="([^"]+)"/.exec(await form.text()) ?? [];
  const response = await fetch(`${address}/rooms/lobby`, {
    method: "POST",
    headers: { Cookie: cookiesOf(form).join("; ") },
    body: new URLSearchParams({ _xsrf: token, name }),
    redirect: "manual",
  });
  const cookie = [...cookiesOf(form), ...cookiesOf(response)].join("; ");
  return { status: response.status, page: await response.text(), cookie };
}

function isOf<T extends ToPage["type"]>(message: ToPage, type: T): message is Extract<ToPage, { type: T }> {
  return message.type === type;
}

/** A window of the chat, without a page. */
class Window implements AsyncDisposable {
  readonly socket: WebSocketClientConnection;
  readonly welcome: Welcome;

  private constructor(socket: WebSocketClientConnection, welcome: Welcome) {
    this.socket = socket;
    this.welcome = welcome;
  }

  /** Opens a window of a room that begins after `seen`. */
  static async open(
    server: { port: number },
    room: string,
    options: { cookie?: string; seen?: { life: string; id: number } } & WebSocketConnectOptions = {},
  ): Promise<Window> {
    const { cookie = "", seen = BEGINNING, ...others } = options;
    const query = new URLSearchParams({ life: seen.life, after: String(seen.id) });
    const url = `ws://127.0.0.1:${server.port}/socket/${encodeURIComponent(room)}?${query}`;
    const socket = await websocketConnect(url, { headers: { Cookie: cookie }, ...others });
    const welcome: ToPage = JSON.parse(String(await socket.readMessage()));
    if (welcome.type !== "welcome") throw new Error(`The first message is ${welcome.type}`);
    return new Window(socket, welcome);
  }

  /** Opens a window of somebody with that name. */
  static async of(server: { port: number }, name: string, room: string): Promise<Window> {
    const { cookie } = await introduce(addressOf(server), name);
    return await Window.open(server, room, { cookie });
  }

  say(text: string, key: string = crypto.randomUUID()): void {
    this.socket.writeMessage({ type: "say", key, text });
  }

  /** The next message. */
  async next(): Promise<ToPage> {
    const data = await this.socket.readMessage();
    if (data === null) throw new Error(`The connection is closed with ${this.socket.closeCode}`);
    return JSON.parse(String(data));
  }

  /** The next message of that type; others before it are left out. */
  async until<T extends ToPage["type"]>(type: T): Promise<Extract<ToPage, { type: T }>> {
    for (;;) {
      const message = await this.next();
      if (isOf(message, type)) return message;
    }
  }

  /** The texts of the next messages that are said. */
  async hear(count: number): Promise<string[]> {
    const texts: string[] = [];
    while (texts.length < count) texts.push((await this.until("message")).message.text);
    return texts;
  }

  /** Reads on to the end, and returns the code that the server closed with. */
  async end(): Promise<number | null> {
    while (await this.socket.readMessage() !== null);
    return this.socket.closeCode;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.socket[Symbol.asyncDispose]();
  }
}

test("examples/websocket_chat delivers a message to everybody in its room, compressed or not, and to no other", async () => {
  await using program = await startProgram("examples/websocket_chat/main.ts");
  const { cookie } = await introduce(program.address, "Ann");
  await using ann = await Window.open(program, "tea", { cookie, compressionOptions: {} });
  await using ben = await Window.of(program, "Ben", "tea");
  await using cy = await Window.of(program, "Cy", "lobby");
  assertStringIncludes(ann.socket.headers.get("Sec-WebSocket-Extensions") ?? "", "permessage-deflate");
  assertEquals(ben.socket.headers.get("Sec-WebSocket-Extensions"), null);

  const text = "milk & <sugar>? ".repeat(100).trim();
  ann.say(text, "the-first-key");
  for (const window of [ann, ben]) {
    const { message } = await window.until("message");
    assertEquals([message.author, message.text, message.key], ["Ann", text, "the-first-key"]);
  }
  cy.say("in the lobby");
  assertEquals(await cy.hear(1), ["in the lobby"]);
});

test("examples/websocket_chat gives late readers the history, in the page and by WebSocket", async () => {
  await using program = await startProgram("examples/websocket_chat/main.ts");
  await using ann = await Window.of(program, "Ann", "tea");
  ann.say("one <script>");
  ann.say("two & three");
  await ann.hear(2);
  const page = await (await fetch(`${program.address}/rooms/tea`)).text();
  assertStringIncludes(page, ">one &lt;script&gt;<");
  assertStringIncludes(page, ">two &amp; three<");
  assertStringIncludes(page, `data-life="${ann.welcome.life}"`);

  // A WebSocket that is not ours, of somebody who only reads.
  const reader = new WebSocket(`ws://127.0.0.1:${program.port}/socket/tea`);
  const { data } = await new Promise<MessageEvent>((resolve) => reader.onmessage = resolve);
  const welcome: Welcome = JSON.parse(data);
  assertEquals(textsOf(welcome.messages), ["one <script>", "two & three"]);
  assertEquals([welcome.you, welcome.people, welcome.complete], [null, ["Ann"], true]);
  reader.close();
  await new Promise((resolve) => reader.onclose = resolve);
});

test("examples/websocket_chat resumes where a window left off, and takes a message once that is sent twice", async () => {
  await using server = serve();
  await using ann = await Window.of(server, "Ann", "tea");
  const { cookie } = await introduce(addressOf(server), "Ben");
  const first = await Window.open(server, "tea", { cookie });
  ann.say("one");
  const { message } = await first.until("message");
  await first[Symbol.asyncDispose]();

  ann.say("two", "the-same-key");
  ann.say("two", "the-same-key");
  assertEquals((await ann.until("said")).key, "the-same-key");
  ann.say("three");
  await ann.hear(1);
  const seen = { life: first.welcome.life, id: message.id };
  await using second = await Window.open(server, "tea", { cookie, seen });
  assertEquals(textsOf(second.welcome.messages), ["two", "three"]);
  await using third = await Window.open(server, "tea", { cookie, seen: { ...seen, life: "another" } });
  assertEquals(textsOf(third.welcome.messages), ["one", "two", "three"]);
});

test("examples/websocket_chat tells who comes and goes, each person once, and how many are in which room", async () => {
  await using server = serve();
  await using ben = await Window.of(server, "Ben", "lobby");
  await using cy = await Window.of(server, "Cy", "tea");
  const { cookie } = await introduce(addressOf(server), "Ann");
  const one = await Window.open(server, "tea", { cookie });
  assertEquals([one.welcome.you, one.welcome.people], ["Ann", ["Cy", "Ann"]]);
  assertEquals((await cy.until("joined")).name, "Ann");
  const two = await Window.open(server, "tea", { cookie });
  assertEquals(two.welcome.people, ["Cy", "Ann"]);
  await one[Symbol.asyncDispose]();
  two.say("still here");
  // Neither her second window nor the end of her first is news.
  const between: string[] = [];
  for (let message = await cy.next(); message.type !== "message"; message = await cy.next()) between.push(message.type);
  assertEquals(between, ["room"]);
  await two[Symbol.asyncDispose]();
  assertEquals((await cy.until("left")).name, "Ann");

  const counts: unknown[] = [];
  while (counts.length < 4) counts.push((await ben.until("room")).room);
  assertEquals(counts, [
    { name: "lobby", people: 1 },
    { name: "tea", people: 1 },
    { name: "tea", people: 2 },
    { name: "tea", people: 1 },
  ]);
});

test("examples/websocket_chat tells the others that somebody is writing", async () => {
  await using server = serve();
  await using ann = await Window.of(server, "Ann", "tea");
  await using ben = await Window.of(server, "Ben", "tea");
  ann.socket.writeMessage({ type: "typing" });
  ann.say("done");
  assertEquals((await ben.until("typing")).name, "Ann");
  for (let message = await ann.next(); message.type !== "message"; message = await ann.next()) {
    assertNotEquals(message.type, "typing");
  }
});

test("examples/websocket_chat answers what it cannot use, and goes on", async () => {
  await using server = serve();
  await using ann = await Window.of(server, "Ann", "tea");
  for (const bad of ["{", "[]", '{"type":"say","key":"a-long-key","text":1}']) ann.socket.writeMessage(bad);
  const reasons = [];
  while (reasons.length < 3) reasons.push((await ann.until("refused")).reason);
  assertEquals(reasons, [
    "A message must be JSON",
    "A message must have the type say or typing",
    "The text must be a string",
  ]);
  ann.say("hello");
  assertEquals(await ann.hear(1), ["hello"]);

  await using reader = await Window.open(server, "tea");
  reader.say("me too");
  assertEquals((await reader.until("refused")).reason, "Choose a name first");
});

test("examples/websocket_chat takes a burst of messages more slowly than they come, each once and in order", async () => {
  await using server = serve();
  await using ann = await Window.of(server, "Ann", "tea");
  const texts = Array.from({ length: 33 }, (_, i) => String(i));
  for (const text of texts) ann.say(text);
  assertEquals(await ann.hear(texts.length), texts);
});

test("examples/websocket_chat closes on bytes, on long messages, and where there is no place", async () => {
  const rooms = new Rooms();
  await using server = serve(rooms);
  const closeCode = async (message: string | Uint8Array) => {
    const { socket } = await Window.open(server, "tea");
    socket.writeMessage(message);
    await socket.closed;
    return socket.closeCode;
  };
  assertEquals(await closeCode(new Uint8Array(8)), 1003);
  assertEquals(await closeCode("x".repeat(MAX_MESSAGE_BYTES + 1)), 1009);

  const tea = rooms.open("tea");
  while (tea?.isFull === false) tea.enter(null);
  const full = await websocketConnect(`ws://127.0.0.1:${server.port}/socket/tea`);
  await full.closed;
  assertEquals([full.closeCode, full.closeReason], [1013, "The room is full"]);
  for (let i = 0; i < MAX_ROOMS; i++) rooms.open(`room-${i}`)?.enter(null);
  const many = await websocketConnect(`ws://127.0.0.1:${server.port}/socket/one-more`);
  await many.closed;
  assertEquals([many.closeCode, many.closeReason], [1013, "There are too many rooms"]);
});

test("examples/websocket_chat opens no WebSocket for other sites, wrong rooms and wrong places", async (t) => {
  await using server = serve();
  t.expectLog("tornado.access", /403 GET/);
  t.expectLog("tornado.access", /404 GET/);
  t.expectLog("tornado.access", /400 GET/);
  const connect = (path: string, headers: Record<string, string> = {}) => () =>
    websocketConnect(`ws://127.0.0.1:${server.port}${path}`, { headers });
  await assertRejects(connect("/socket/tea", { Origin: "http://evil.example" }), WebSocketError, "403");
  for (const room of ["Tea", "%20", "a--b"]) await assertRejects(connect(`/socket/${room}`), WebSocketError, "404");
  for (const after of ["-1", "x", "1.5"]) {
    await assertRejects(connect(`/socket/tea?after=${after}`), WebSocketError, "400");
  }
  const own = await websocketConnect(`ws://127.0.0.1:${server.port}/socket/tea`, {
    headers: { Origin: addressOf(server) },
  });
  await own[Symbol.asyncDispose]();
});

test("examples/websocket_chat does not know a name that another server signed", async () => {
  await using server = serve();
  const { cookie } = await introduce(addressOf(server), "Ann");
  await using same = serve(new Rooms(), "secret");
  await using ann = await Window.open(same, "tea", { cookie });
  assertEquals(ann.welcome.you, "Ann");
  await using other = serve(new Rooms(), "another secret");
  await using nobody = await Window.open(other, "tea", { cookie });
  assertEquals(nobody.welcome.you, null);
});

test("examples/websocket_chat takes nothing more when it closes, so that the next server gets it", async () => {
  const rooms = new Rooms();
  await using server = serve(rooms);
  await using ann = await Window.of(server, "Ann", "tea");
  await using ben = await Window.of(server, "Ben", "tea");
  ann.say("before");
  await ben.hear(1);
  rooms.close();
  ann.say("after");
  const drained = server.drain(1);
  // What is said after the end of the history would come before the end of the connection.
  await assertRejects(() => ben.hear(1), Error, "closed with 1012");
  assertEquals([await ann.end(), await drained], [1012, true]);
  assertEquals(textsOf(rooms.find("tea")?.after(BEGINNING).messages ?? []), ["before"]);
});

test("examples/websocket_chat closes WebSockets with 1012, then ends, at the interrupt signal", async () => {
  await using program = await startProgram("examples/websocket_chat/main.ts");
  await using ann = await Window.of(program, "Ann", "tea");
  await using reader = await Window.open(program, "tea", { compressionOptions: {} });
  const code = program.interrupt();
  assertEquals(await Promise.all([ann.end(), reader.end(), code]), [1012, 1012, 0]);
});

test("examples/websocket_chat takes a name by a form, and refuses what is none", async (t) => {
  await using server = serve();
  const address = addressOf(server);
  const { status, cookie } = await introduce(address, " Ada  <b> ");
  assertEquals(status, 303);
  const page = await (await fetch(`${address}/rooms/lobby`, { headers: { Cookie: cookie } })).text();
  assertStringIncludes(page, 'data-me="Ada &lt;b&gt;"');
  assertStringIncludes(page, 'id="compose"');

  t.expectLog("tornado.access", /400 POST/);
  const refused = await introduce(address, "\u202e");
  assertEquals([refused.status, refused.cookie.includes("chat_name")], [400, false]);
  assertStringIncludes(refused.page, "A name has 1 to 24 letters, digits or signs.");

  t.expectLog("tornado.general", /_xsrf/);
  t.expectLog("tornado.access", /403 POST/);
  const forged = await fetch(`${address}/rooms/lobby`, { method: "POST", body: new URLSearchParams({ name: "Eve" }) });
  await forged.body?.cancel();
  assertEquals(forged.status, 403);
});

const REDIRECTS: readonly [path: string, location: string][] = [
  ["/", "/rooms/lobby"],
  ["/rooms?name=Tea%20time", "/rooms/tea-time"],
  ["/rooms?name=%D0%A7%D0%B0%D0%B9", "/rooms/%D1%87%D0%B0%D0%B9"],
  ["/rooms?name=!!", "/rooms/lobby"],
  ["/rooms/Tea_Time", "/rooms/tea-time"],
];
for (const [path, location] of REDIRECTS) {
  test(`examples/websocket_chat leads from ${path} to ${location}`, async () => {
    await using server = serve();
    const response = await fetch(addressOf(server) + path, { redirect: "manual" });
    await response.body?.cancel();
    assertEquals([response.status, response.headers.get("location")], [302, location]);
  });
}

test("examples/websocket_chat serves its page without inline code, and makes no room for looking at it", async (t) => {
  const rooms = new Rooms();
  await using server = serve(rooms);
  const page = await fetch(`${addressOf(server)}/rooms/nowhere`);
  assertStringIncludes(page.headers.get("content-security-policy") ?? "", "default-src 'self'");
  assertStringIncludes(page.headers.get("content-security-policy") ?? "", `ws://127.0.0.1:${server.port} `);
  const html = await page.text();
  assertEquals(/<script(?![^>]*src=)|<style|\sstyle=|\son\w+=/.exec(html), null);
  assertEquals(rooms.find("nowhere"), null);

  const types: (string | null)[] = [];
  for (const [, path] of html.matchAll(/(?:src|href)="(\/[\w/]+\.\w+)"/g)) {
    const response = await fetch(addressOf(server) + path);
    await response.body?.cancel();
    types.push(response.headers.get("content-type"));
  }
  assertEquals(
    new Set(types),
    new Set(["image/svg+xml; charset=UTF-8", "text/css; charset=UTF-8", "text/javascript; charset=UTF-8"]),
  );
  t.expectLog("tornado.access", /404 GET/);
  const none = await fetch(`${addressOf(server)}/rooms/%20`);
  await none.body?.cancel();
  assertEquals(none.status, 404);
});
