import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { MAX_HISTORY, MAX_ROOMS, Room, Rooms } from "../../examples/chat/room.ts";
import { type Program, startProgram } from "../support/program.ts";
import { test } from "../support/test.ts";

interface News {
  messages: { id: number; author: string; text: string }[];
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

async function say(program: Program, room: string, author: string, text: string): Promise<number> {
  const body = new URLSearchParams({ author, text });
  const response = await fetch(`${program.address}/api/rooms/${room}/messages`, { method: "POST", body });
  await response.body?.cancel();
  return response.status;
}

async function read(program: Program, room: string, cursor: number): Promise<News> {
  return await (await fetch(`${program.address}/api/rooms/${room}/messages?cursor=${cursor}`)).json();
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
