import { assert, assertEquals } from "@std/assert";
import { makeTokenStream } from "../../examples/token_stream/app.ts";
import { write } from "../../examples/token_stream/writer.ts";
import { TestClient } from "../../src/testing/mod.ts";
import { startProgram } from "../support/program.ts";
import { test } from "../support/test.ts";
import { readCut } from "./token_stream/cut_readers.ts";

const QUIET = { logFunction() {} };

test("write() makes the same text for the same question", async () => {
  const text = async (question: string) => (await Array.fromAsync(write(question, 40, async () => {}))).join("");
  assertEquals(await text("a"), await text("a"));
  assert(await text("a") !== await text("b"));
});

test("token stream: readers that are cut at random get the text of the writer, byte by byte", async () => {
  const result = await readCut({ streams: 20, tokens: 400, cuts: 5, seed: 15 });
  assertEquals(result, { equal: 20, repeated: 0, connections: result.connections, gaps: 0 });
  assert(result.connections > 100, String(result.connections));
});

test("token stream: several watch one answer, and the stop button stops it for all", async () => {
  const go = Promise.withResolvers<void>();
  let written = 0;
  const { app, answers } = makeTokenStream({
    length: 100,
    pause: () => ++written > 3 ? go.promise : Promise.resolve(),
  });
  using _answers = answers;
  Object.assign(app.settings, QUIET);
  await using client = new TestClient(app);
  const { name } = (await client.post("/answers", { form: { question: "Why?" } })).json<{ name: string }>();
  const expected = await Array.fromAsync(write("Why?", 3, async () => {}));
  using ann = await client.eventStream(`/answers/${name}`);
  using ben = await client.eventStream(`/answers/${name}`);
  for (const events of [ann, ben]) {
    for (const token of expected) assertEquals((await events.next())?.data, token);
  }
  ann.close();
  assertEquals((await client.delete(`/answers/${name}`)).code, 204);
  assertEquals((await ben.next())?.data, "stopped");
  assertEquals(await ben.next(), null);
  const again = await client.fetch(`/answers/${name}`, {
    headers: { "Last-Event-ID": `${answers.get(name)?.epoch}-4` },
  });
  assertEquals(again.code, 204);
  assertEquals((await client.get("/answers/00000000-0000-0000-0000-000000000000")).code, 204);
  go.resolve();
});

test("token stream: the program starts, refuses an empty question, and ends", async () => {
  await using program = await startProgram("examples/token_stream/main.ts");
  const page = await (await fetch(program.address)).text();
  assert(page.includes("token_stream.js"));
  const refused = await fetch(`${program.address}/answers`, {
    method: "POST",
    body: new URLSearchParams({ question: "" }),
  });
  assertEquals(refused.status, 400);
  await refused.body?.cancel();
  const begun = await fetch(`${program.address}/answers`, {
    method: "POST",
    body: new URLSearchParams({ question: "x" }),
  });
  const { name } = await begun.json();
  const { body } = await fetch(`${program.address}/answers/${name}`);
  assertEquals(await program.interrupt(), 0);
  let text = "";
  for await (const piece of body?.pipeThrough(new TextDecoderStream()) ?? []) text += piece;
  assert(/event: end\nid: .*\ndata: stopped\n\n/.test(text), text.slice(-200));
});
