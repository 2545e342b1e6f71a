import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { type WebSocketClientConnection, websocketConnect } from "../../src/websocket/mod.ts";
import { startClusterChat } from "../support/cluster_chat.ts";
import { test } from "../support/test.ts";

/** A page of the chat, as far as it reads messages. */
class Page {
  readonly said: string[] = [];
  position = "";
  readonly #connection: WebSocketClientConnection;

  constructor(connection: WebSocketClientConnection) {
    this.#connection = connection;
  }

  static async open(port: number, name: string, since = ""): Promise<Page> {
    return new Page(await websocketConnect(`ws://127.0.0.1:${port}/chat?name=${name}&since=${since}`));
  }

  /** Reads until a message tells something. */
  async until(holds: (message: Record<string, unknown>) => boolean): Promise<Record<string, unknown>> {
    while (true) {
      const text = await this.#connection.readMessage();
      if (text === null) throw new Error(`The connection is closed with ${this.#connection.closeCode}`);
      const message = JSON.parse(String(text));
      if (typeof message.position === "string") this.position = message.position;
      if ("said" in message) this.said.push(message.said.text);
      if (holds(message)) return message;
    }
  }

  say(text: string): Promise<void> {
    return this.#connection.writeMessage({ id: crypto.randomUUID(), text });
  }

  async close(): Promise<void> {
    await this.#connection[Symbol.asyncDispose]();
  }
}

test("examples/cluster_chat carries messages between nodes, and a page resumes at another one", async () => {
  await using program = await startClusterChat();
  const { port } = program;
  assertStringIncludes(await (await fetch(`http://127.0.0.1:${port}/`)).text(), 'id="chat"');
  const ann = await Page.open(port, "Ann");
  const bob = await Page.open(port + 1, "Bob");
  for (const page of [ann, bob]) await page.until((message) => "recovered" in message);
  await ann.until(({ here }) => Array.isArray(here) && here.length === 2);
  await ann.say("one");
  for (const page of [ann, bob]) await page.until((message) => "said" in message);
  const { position } = ann;
  await ann.close();
  for (const text of ["two", "three"]) await bob.say(text);
  while (bob.said.length < 3) await bob.until((message) => "said" in message);
  const again = await Page.open(port + 2, "Ann", position);
  const { recovered } = await again.until((message) => "recovered" in message);
  assertEquals([recovered, again.said, bob.said], [true, ["two", "three"], ["one", "two", "three"]]);
  await again.close();
  const stranger = await Page.open(port + 2, "Cid", "ab:1");
  const answer = await stranger.until((message) => "recovered" in message);
  assert(answer.recovered === false && stranger.said.length === 0);
  await stranger.close();
  await bob.close();
  assertEquals(await program.interrupt(), 0);
});
