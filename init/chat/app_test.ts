import { strict as assert } from "node:assert";
import { TestClient } from "@twister/twister/testing";
import { makeApp } from "./app.ts";

Deno.test("what one says, all in the room get", async () => {
  await using client = new TestClient(makeApp());
  await using ada = await client.websocket("/rooms/tea");
  await using ben = await client.websocket("/rooms/tea");
  await using eve = await client.websocket("/rooms/coffee");
  await ada.writeMessage("hello");
  assert.equal(await ada.receive(), "hello");
  assert.equal(await ben.receive(), "hello");
  await eve.writeMessage("only me");
  assert.equal(await eve.receive(), "only me");
});

Deno.test("bytes end the connection with 1003", async () => {
  await using client = new TestClient(makeApp());
  await using socket = await client.websocket("/rooms/tea");
  await socket.writeMessage(new Uint8Array([1]));
  assert.equal((await socket.receiveClose()).code, 1003);
});

Deno.test("the page is there", async () => {
  await using client = new TestClient(makeApp());
  assert.match((await client.get("/")).text, /id="messages"/);
});
