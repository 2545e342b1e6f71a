// The applications of the examples without their programs: in memory, as their users would test them.
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { makeChat as makePollingChat } from "../../examples/chat/app.ts";
import { Rooms as PollingRooms } from "../../examples/chat/room.ts";
import { makeChat } from "../../examples/websocket_chat/app.ts";
import { Rooms } from "../../examples/websocket_chat/rooms.ts";
import { TestClient } from "../../src/testing/mod.ts";
import { test } from "../support/test.ts";
import { until } from "../support/turns.ts";

interface Said {
  type: string;
  message?: { author: string; text: string };
}

test("examples/websocket_chat: two people talk, who have told their names in the form of the room", async () => {
  const app = makeChat(new Rooms(), "secret");
  await using ann = new TestClient(app);
  await using ben = new TestClient(app, { remoteAddress: "192.0.2.7" });
  const talk = async (client: TestClient, name: string) => {
    const page = await client.get("/rooms/tea");
    assertMatch(page.text, /name="_xsrf"/);
    await client.post("/rooms/tea", { form: { _xsrf: client.xsrf(), name } });
    assertStringIncludes((await client.get("/rooms/tea")).text, name);
    return await client.websocket("/socket/tea?life=&after=0");
  };
  await using first = await talk(ann, "Ann");
  await using second = await talk(ben, "Ben");
  assertEquals((await second.receiveJson<Said>()).type, "welcome");
  first.writeMessage({ type: "say", key: "the-first-key", text: "Tea?" });
  let said = await second.receiveJson<Said>();
  while (said.type !== "message") said = await second.receiveJson<Said>();
  assertEquals([said.message?.author, said.message?.text], ["Ann", "Tea?"]);
});

test("examples/chat: a poll waits for the next message, which a form sends", async () => {
  const rooms = new PollingRooms();
  await using client = new TestClient(makePollingChat(rooms));
  const path = "/api/rooms/tea/messages";
  assertEquals((await client.get("/")).effectiveUrl, "http://localhost/rooms/lobby");
  const { cursor } = (await client.get(path)).json<{ cursor: number }>();
  const poll = client.get(`${path}?cursor=${cursor}`);
  await until(() => rooms.open("tea")?.readers === 1);
  const answer = await client.post(path, { form: { author: "Ann", text: "Tea?" }, xsrf: true });
  assertEquals(answer.code, 201);
  const { messages } = (await poll).json<{ messages: { author: string; text: string }[] }>();
  assertEquals(messages.map(({ author, text }) => [author, text]), [["Ann", "Tea?"]]);
});

test("examples/chat: a reader that leaves is forgotten", async () => {
  const rooms = new PollingRooms();
  await using client = new TestClient(makePollingChat(rooms));
  const gone = new AbortController();
  const poll = client.get("/api/rooms/tea/messages?cursor=0", { signal: gone.signal }).catch(String);
  await until(() => rooms.open("tea")?.readers === 1);
  gone.abort("enough");
  assertEquals(await poll, "enough");
  await until(() => rooms.open("tea")?.readers === 0);
});
