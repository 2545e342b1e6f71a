import { strict as assert } from "node:assert";
import { ExpectLog, TestClient } from "@twister/twister/testing";
import { makeApp, Notes } from "./app.ts";

Deno.test("a note is made, read, changed and removed", async () => {
  using notes = new Notes(":memory:");
  await using client = new TestClient(makeApp(notes, ""));
  const made = await client.post("/notes", { json: { text: "milk" } });
  assert.deepEqual([made.code, made.json()], [201, { id: 1, text: "milk" }]);
  assert.deepEqual((await client.get("/notes/1")).json(), { id: 1, text: "milk" });
  assert.deepEqual((await client.put("/notes/1", { json: { text: "bread" } })).json(), { id: 1, text: "bread" });
  assert.equal((await client.delete("/notes/1")).code, 204);
  assert.deepEqual((await client.get("/notes")).json(), { notes: [] });
});

Deno.test("a note that does not exist, and a body that does not fit, are refused in JSON", async () => {
  using notes = new Notes(":memory:");
  await using client = new TestClient(makeApp(notes, ""));
  using _log = new ExpectLog("tornado.general", /^4\d\d /);
  for (const path of ["/notes/7", "/elsewhere"]) {
    const missing = await client.get(path);
    assert.deepEqual([missing.code, missing.json()], [404, { error: "There is nothing at this address" }]);
  }
  for (const json of [{}, { text: "" }, { text: 1 }, [], null]) {
    assert.equal((await client.post("/notes", { json })).code, 422);
  }
  assert.equal((await client.post("/notes", { body: "{" })).code, 400);
});

Deno.test("a client without the token is refused", async () => {
  using notes = new Notes(":memory:");
  await using client = new TestClient(makeApp(notes, "secret"));
  for (const path of ["/notes", "/elsewhere"]) assert.equal((await client.get(path)).code, 401);
  assert.equal((await client.get("/notes", { headers: { Authorization: "Bearer secret" } })).code, 200);
});
