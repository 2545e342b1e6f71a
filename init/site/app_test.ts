import { strict as assert } from "node:assert";
import { ExpectLog, TestClient } from "@twister/twister/testing";
import { makeApp } from "./app.ts";

Deno.test("an entry is shown, and its author is known the next time", async () => {
  await using client = new TestClient(makeApp("secret of the tests"));
  assert.match((await client.get("/")).text, /Nobody has written/);
  const page = await client.post("/", { form: { author: "Ada", text: "<b>Hello" }, xsrf: true });
  assert.match(page.text, /&lt;b&gt;Hello/);
  assert.match(page.text, /value="Ada"/);
});

Deno.test("a form without its token is refused", async () => {
  await using client = new TestClient(makeApp("secret of the tests"));
  using _log = new ExpectLog("tornado.general", /^403 POST/);
  assert.equal((await client.post("/", { form: { author: "Ada", text: "Hello" } })).code, 403);
});

Deno.test("a page that does not exist is told so in the site's own style", async () => {
  await using client = new TestClient(makeApp("secret of the tests"));
  const page = await client.get("/nothing");
  assert.equal(page.code, 404);
  assert.match(page.text, /There is no such page/);
});
