import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { MAX_HISTORY, MAX_ROOMS, Room, Rooms } from "../../examples/chat/room.ts";
import { type Program, startProgram } from "../support/program.ts";
import { test } from "../support/test.ts";

interface News {
  messages: { id: number; author: string; text: string; html: string }[];
  cursor: number;
}

test("Room.after gives what the reader has not seen, and everything to a reader from another life", () => {
  const room = new Room("tea");
  const [one, , three] = ["one", "two", "three"].map((text) => room.add("ann", text));
  assertEquals(room.after(one?.id ?? 0).map(({ text }) => text), ["two", "three"]);
  assertEquals(room.after(three?.id ?? 0), []);
  assertEquals(room.lastId, three?.id);
  assertEquals(room.after(Date.now() - 60_000).length, 3);
});

test("Room keeps a bounded history", () => {
  const room = new Room("tea");
  const first = room.add("ann", "x");
  for (let i = 1; i < MAX_HISTORY + 5; i++) room.add("ann", "x");
  assertEquals(room.after(0).map(({ id }) => id), Array.from({ length: MAX_HISTORY }, (_, i) => first.id + 5 + i));
});

test("Room.wait ends at the next message or at the signal, and leaves nobody behind", async () => {
  const room = new Room("tea");
  const gone = new AbortController();
  const both = [room.wait(gone.signal), room.wait(new AbortController().signal)];
  assertEquals(room.readers, 2);
  gone.abort();
  await both[0];
  assertEquals(room.readers, 1);
  room.add("ann", "x");
  await both[1];
  assertEquals(room.readers, 0);
  await room.wait(gone.signal);
});

test("Rooms.open makes no more rooms than its bound, and forgets an empty one first", () => {
  const rooms = new Rooms();
  for (let i = 0; i < MAX_ROOMS; i++) rooms.open(`r${i}`)?.add("ann", "x");
  assertEquals(rooms.open("one-more"), null);
  const others = new Rooms();
  for (let i = 0; i < MAX_ROOMS; i++) others.open(`r${i}`);
  assert(others.open("one-more") instanceof Room);
});

/** A browser as far as the chat needs one: it keeps cookies, and sends the token of the form. */
class Browser {
  readonly #program: Program;
  readonly #cookies = new Map<string, string>();
  #token = "";

  constructor(program: Program) {
    this.#program = program;
  }

  /** Sets a cookie that the server has not made. */
  forge(name: string, value: string): void {
    this.#cookies.set(name, value);
  }

  async ask(path: string, init: RequestInit = {}): Promise<Response> {
    const headers = new Headers(init.headers);
    headers.set("Cookie", Array.from(this.#cookies, ([name, value]) => `${name}=${value}`).join("; "));
    const response = await fetch(this.#program.address + path, { ...init, headers, redirect: "manual" });
    for (const header of response.headers.getSetCookie()) {
      const [, name = "", value = ""] = header.match(/^([^=]+)="?([^;"]*)/) ?? [];
      this.#cookies.set(name, value);
    }
    return response;
  }

  /** The page of a room. */
  async page(room = "lobby"): Promise<string> {
    const text = await (await this.ask(`/rooms/${room}`)).text();
    this.#token = text.match(/name="_xsrf" value="([^"]+)"/)?.[1] ?? "";
    return text;
  }

  async say(room: string, fields: Record<string, string>, headers: HeadersInit = {}): Promise<Response> {
    if (this.#token === "") await this.page();
    const body = new URLSearchParams({ _xsrf: this.#token, ...fields });
    return await this.ask(`/api/rooms/${room}/messages`, { method: "POST", headers, body });
  }
}

/** Says something as a browser that has not been here before; returns the status. */
async function say(program: Program, room: string, author: string, text: string): Promise<number> {
  const response = await new Browser(program).say(room, { author, text });
  await response.body?.cancel();
  return response.status;
}

/** The name that the form of a page has in it. */
function nameIn(page: string): string | undefined {
  return page.match(/id="author"\s+name="author"\s+value="([^"]*)"/)?.[1];
}

/** What came after the cursor; it is waited for unless that is said not to be wanted. */
async function read(program: Program, room: string, cursor: number, waits = true): Promise<News> {
  const query = waits ? `?cursor=${cursor}` : "";
  return await (await fetch(`${program.address}/api/rooms/${room}/messages${query}`)).json();
}

/** Resolves once that many requests wait in the room: the server says so itself. */
async function waiting(program: Program, room: string, count: number): Promise<void> {
  for (;;) {
    const { rooms } = await (await fetch(`${program.address}/api/rooms`)).json();
    if (rooms.some((one: { name: string; readers: number }) => one.name === room && one.readers === count)) return;
  }
}

test("examples/chat delivers a message to every request that waits in its room, and to no other", async () => {
  await using program = await startProgram("examples/chat/main.ts");
  const inTea = [read(program, "tea", 0), read(program, "tea", 0)];
  const inLobby = read(program, "lobby", 0);
  await waiting(program, "tea", 2);
  await waiting(program, "lobby", 1);
  assertEquals(await say(program, "tea", "ann", "milk & <sugar>?"), 201);
  for (const news of await Promise.all(inTea)) {
    assertEquals(news.messages.map(({ author, text }) => [author, text]), [["ann", "milk & <sugar>?"]]);
    assertEquals(news.cursor, news.messages[0]?.id);
    assertStringIncludes(news.messages[0]?.html ?? "", "<p>milk &amp; &lt;sugar&gt;?</p>");
  }
  await waiting(program, "lobby", 1);
  assertEquals(await say(program, "lobby", "ben", "hello"), 201);
  assertEquals((await inLobby).messages.length, 1);
});

test("examples/chat answers at once where no cursor is named", async () => {
  await using program = await startProgram("examples/chat/main.ts");
  const response = await fetch(`${program.address}/api/rooms/tea/messages`);
  const news: News = await response.json();
  assertEquals(news.messages, []);
  assertEquals(news.cursor > 0, true);
});

test("examples/chat loses nothing between two requests", async () => {
  await using program = await startProgram("examples/chat/main.ts");
  for (const text of ["one", "two", "three"]) await say(program, "tea", "ann", text);
  const all = await read(program, "tea", 0);
  const rest = await read(program, "tea", all.messages[0]?.id ?? 0);
  assertEquals(rest, { messages: all.messages.slice(1), cursor: all.cursor });
  assertEquals(rest.messages.map(({ text }) => text), ["two", "three"]);
});

test("examples/chat forgets a reader that has gone away", async () => {
  await using program = await startProgram("examples/chat/main.ts");
  const conn = await Deno.connect({ port: program.port, hostname: "127.0.0.1" });
  await conn.write(new TextEncoder().encode("GET /api/rooms/tea/messages?cursor=0 HTTP/1.1\r\nHost: x\r\n\r\n"));
  await waiting(program, "tea", 1);
  conn.close();
  await waiting(program, "tea", 0);
});

test("examples/chat refuses a message without the token of the form", async () => {
  await using program = await startProgram("examples/chat/main.ts");
  const ann = new Browser(program);
  await ann.page();
  const fields = { author: "Ann", text: "hello" };
  const stranger = new Browser(program);
  for (const attempt of [ann.say("tea", { ...fields, _xsrf: "" }), stranger.say("tea", { ...fields, _xsrf: "x" })]) {
    const response = await attempt;
    await response.body?.cancel();
    assertEquals(response.status, 403);
  }
  assertEquals((await read(program, "tea", 0, false)).messages, []);
  const response = await ann.say("tea", fields);
  await response.body?.cancel();
  assertEquals(response.status, 201);
});

test("examples/chat remembers a name, and believes no cookie that it has not signed", async () => {
  await using program = await startProgram("examples/chat/main.ts");
  const ann = new Browser(program);
  assertEquals(nameIn(await ann.page()), "");
  const first = await ann.say("tea", { author: 'Änn <"3"', text: "one" });
  assertMatch(first.headers.getSetCookie().join(), /^author=.*; HttpOnly; Path=\/; SameSite=Lax$/i);
  await first.body?.cancel();
  assertEquals(nameIn(await ann.page()), "Änn &lt;&quot;3&quot;");
  const second: { message: { author: string } } = await (await ann.say("tea", { text: "two" })).json();
  assertEquals(second.message.author, 'Änn <"3"');

  const eve = new Browser(program);
  for (
    const forged of ["Ann", btoa("Ann"), `2|1:0|10:${Math.floor(Date.now() / 1000)}|6:author|4:QW5u|${"0".repeat(64)}`]
  ) {
    eve.forge("author", forged);
    assertEquals(nameIn(await eve.page()), "", forged);
    const response = await eve.say("tea", { text: "three" });
    await response.body?.cancel();
    assertEquals(response.status, 400, forged);
  }
});

test("examples/chat puts what was said into the page, escaped, for readers without the script, too", async () => {
  await using program = await startProgram("examples/chat/main.ts");
  const ann = new Browser(program);
  const response = await ann.say("tea", { author: "Ann", text: "milk & <sugar>?" }, { Accept: "text/html,*/*" });
  await response.body?.cancel();
  assertEquals([response.status, response.headers.get("location")], [303, "/rooms/tea"]);
  const page = await ann.page("tea");
  assertMatch(page, /<span class="author">Ann<\/span>[^]*<p>milk &amp; &lt;sugar&gt;\?<\/p>/);
  const { messages, cursor } = await read(program, "tea", 0);
  assertStringIncludes(page, `data-cursor="${cursor}"`);
  assertStringIncludes(page, `<li data-id="${messages[0]?.id}">`);
  assertEquals((await ann.page("lobby")).includes("<li "), false);
});

test("examples/chat refuses what it cannot use", async () => {
  await using program = await startProgram("examples/chat/main.ts");
  assertEquals(await say(program, "tea", "", "x"), 400);
  assertEquals(await say(program, "tea", "ann", ""), 400);
  assertEquals(await say(program, "tea", "ann", "x".repeat(2001)), 400);
  assertEquals(await say(program, "no%20room", "ann", "x"), 404);
  for (const path of ["/api/rooms/tea/messages?cursor=-1", "/api/rooms/tea/messages?cursor=x"]) {
    const response = await fetch(program.address + path);
    await response.body?.cancel();
    assertEquals(response.status, 400);
  }
});

test("examples/chat serves its page without inline code", async () => {
  await using program = await startProgram("examples/chat/main.ts");
  const front = await fetch(`${program.address}/`, { redirect: "manual" });
  await front.body?.cancel();
  assertEquals([front.status, front.headers.get("location")], [302, "/rooms/lobby"]);
  const page = await fetch(`${program.address}/rooms/lobby`);
  assertStringIncludes(page.headers.get("content-security-policy") ?? "", "default-src 'self'");
  assertStringIncludes(await page.text(), '<script type="module" src="/chat.js">');
  const types = [];
  for (const path of ["/chat.js", "/chat.css"]) {
    const response = await fetch(program.address + path);
    await response.body?.cancel();
    types.push(response.headers.get("content-type"));
  }
  assertEquals(types, ["text/javascript; charset=UTF-8", "text/css; charset=UTF-8"]);
});

test("examples/chat answers the requests that wait, then ends, at the interrupt signal", async () => {
  await using program = await startProgram("examples/chat/main.ts");
  const held = read(program, "tea", 0);
  await waiting(program, "tea", 1);
  const code = program.interrupt();
  assertEquals((await held).messages, []);
  assertEquals(await code, 0);
});
