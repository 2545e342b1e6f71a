// The typed client in a page: its module as one file, which a bundler has made for browsers.
import { assertEquals } from "@std/assert";
import { numberFromText, TypedHandler } from "../../src/api/mod.ts";
import { TypedWebSocketHandler } from "../../src/api/websocket.ts";
import { Application, RequestHandler } from "../../src/web/mod.ts";
import { deno, projectRoot } from "../../tools/project.ts";
import { Browser } from "../support/chromium.ts";
import { TempDir } from "../support/temp_dir.ts";
import { test } from "../support/test.ts";

const number = numberFromText();

class Double extends TypedHandler({ get: { path: { n: number }, response: { 200: number } } }) {
  override get(): void {
    this.reply(200, 2 * this.args.path.n);
  }
}

class Count extends TypedHandler({ get: { events: { count: number }, response: {} } }) {
  override async get(): Promise<void> {
    const { send, stream } = this.events();
    for (const n of [1, 2, 3]) await send("count", n);
    stream.close();
    await stream.closed;
  }
}

class Negate extends TypedWebSocketHandler({ receive: number, send: number }) {
  override receive(message: number): void {
    this.send(-message);
  }
}

class Page extends RequestHandler {
  declare readonly kwargs: { text: string; type: string };
  override get(): void {
    this.setHeader("Content-Type", this.kwargs.type);
    this.write(this.kwargs.text);
  }
}

const CALLS = `(async () => {
  const { Client } = await import("/client.js");
  const client = new Client(location.origin);
  const { status, body } = await client.get("/double/{n}", { path: { n: 21 } });
  const counts = [];
  for await (const { data } of client.events("/count")) counts.push(data);
  const socket = client.websocket("/negate");
  socket.send(7);
  for await (const answer of socket) return [status, body, counts, answer];
})()`;

test("a page calls typed handlers by the client in one file", async () => {
  using dir = new TempDir();
  const file = `${dir.path}/client.js`;
  await deno([
    "bundle",
    "--quiet",
    "--lock=dev.lock",
    "--frozen",
    "--platform=browser",
    "-o",
    file,
    `${projectRoot}src/api/client.ts`,
  ]);
  const text = await Deno.readTextFile(file);
  assertEquals(text.includes("Deno."), false);
  const app = new Application([
    ["/", Page, { text: "<!DOCTYPE html><title>Client</title>", type: "text/html; charset=UTF-8" }],
    ["/client.js", Page, { text, type: "text/javascript; charset=UTF-8" }],
    ["/double/(.*)", Double],
    ["/count", Count],
    ["/negate", Negate],
  ], { logFunction: () => {} });
  await using server = app.listen(0, { address: "127.0.0.1" });
  await using browser = await Browser.launch();
  const page = await browser.open(`http://127.0.0.1:${server.port}/`);
  assertEquals(await page.evaluate(CALLS), [200, 42, [1, 2, 3], -7]);
});
