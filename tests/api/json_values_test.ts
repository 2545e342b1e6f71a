// What typed handlers and their clients send as JSON: nothing is lost in silence, and its Content-Type stays.
import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { Client, ClientSocket } from "../../src/api/client.ts";
import { listOf, type StandardSchema, TypedHandler } from "../../src/api/mod.ts";
import { TypedWebSocketHandler } from "../../src/api/websocket.ts";
import { TestClient } from "../../src/testing/mod.ts";
import { Application, type HeaderValue } from "../../src/web/mod.ts";
import { test } from "../support/test.ts";
import { later, optional, text } from "./schemas.ts";

const anything: StandardSchema = { "~standard": { version: 1, vendor: "tests", validate: (value) => ({ value }) } };

const LOST: ReadonlyMap<string, unknown> = new Map<string, unknown>([
  ["map", new Map([["a", 1]])],
  ["item", [new Set([1])]],
  ["nested", { user: { tags: new Map() } }],
  ["promise", { later: Promise.resolve(1) }],
  ["bytes", { bytes: new Uint8Array(2) }],
]);

class Values extends TypedHandler({
  get: { query: { kind: text }, events: { value: anything }, response: { 200: anything, 202: later(anything) } },
}) {
  override async get(): Promise<void> {
    const { kind } = this.args.query;
    const [name = "", how] = kind.split(" ");
    const value = LOST.get(name);
    if (how === "later") await this.reply(202, value);
    else if (how === "event") await this.#sendEvent(value);
    else this.reply(200, value);
  }

  async #sendEvent(value: unknown): Promise<void> {
    const { send, stream } = this.events();
    assertThrows(() => send("value", value), TypeError, "has no JSON form");
    send("value", "refused");
    stream.close();
    await stream.closed;
  }
}

class Socket extends TypedWebSocketHandler({ receive: text, send: anything }) {
  override receive(name: string): void {
    this.send(LOST.get(name));
  }
}

for (const engine of ["listen", "serve"] as const) {
  test(`TypedHandler sends no value whose JSON would be empty, on the ${engine} engine`, async (t) => {
    t.expectLog("tornado.application", /^Uncaught exception/);
    const app = new Application([["/", Values], ["/socket", Socket]], { logFunction: () => {} });
    await using client = new TestClient(app, { engine, raiseServerErrors: false });
    for (const name of LOST.keys()) {
      for (const how of ["", "+later"]) {
        const { code, text } = await client.get(`/?kind=${name}${how}`);
        assertEquals([code, text], [500, '{"type":"about:blank","title":"Internal Server Error","status":500}']);
      }
      const events = (await client.get(`/?kind=${name}+event`)).text;
      assertEquals(events.match(/^data.*/gm), ['data: "refused"']);
      await using socket = await client.websocket("/socket");
      await socket.writeMessage(JSON.stringify(name));
      assertEquals((await socket.receiveClose()).code, 1011);
    }
    const messages = t.logs.flatMap(({ excInfo }) => excInfo === null ? [] : [excInfo.message]);
    assertEquals(messages.length, 3 * LOST.size);
    for (const message of messages) assertEquals(message.endsWith("has no JSON form"), true, message);
  });
}

class Writes extends TypedHandler({
  post: { query: { a: optional(text) }, body: anything, response: { 204: null } },
  put: { query: { a: listOf(text) }, body: { form: { a: text } }, response: { 204: null } },
}) {}

test("Client sends no value whose JSON or text would be empty", async () => {
  const fetch = () => Promise.reject(new Error("It was sent"));
  const client = new Client<readonly [readonly ["/", typeof Writes]]>("http://localhost", { fetch });
  for (const value of [...LOST.values(), () => 1]) {
    await assertRejects(() => client.post("/", { json: value }), TypeError, "has no JSON form");
  }
  using socket = new ClientSocket<unknown, unknown>(new WebSocket("ws://localhost:1"));
  for (const value of [...LOST.values(), undefined]) {
    assertThrows(() => socket.send(value), TypeError, "has no JSON form");
  }
  socket.close();
  await socket.closed;
});

/** Passes a value that the compiler refuses, as a program without types may. */
function untyped(value: unknown): string {
  return value as string;
}

test("Client sends no null, and no object without a text, as a text", async () => {
  const sent: string[] = [];
  const fetch = (request: Request) => {
    sent.push(request.url);
    return new Response(null, { status: 204 });
  };
  const client = new Client<readonly [readonly ["/", typeof Writes]]>("http://localhost", { fetch });
  for (const value of [null, {}, new Map(), new Set(), Promise.resolve()].map(untyped)) {
    await assertRejects(() => client.post("/", { query: { a: value }, json: 1 }), TypeError, "Cannot send a: ");
    await assertRejects(() => client.put("/", { query: { a: [] }, form: { a: value } }), TypeError, "Cannot send a: ");
  }
  for (const value of [1n, new URL("http://a/"), true].map(untyped)) {
    await client.post("/", { query: { a: value }, json: 1 });
  }
  assertEquals(sent.map((url) => new URL(url).search), ["?a=1", "?a=http%3A%2F%2Fa%2F", "?a=true"]);
});

const TYPES: readonly (readonly [set: string | null, sent: string])[] = [
  [null, "application/json; charset=UTF-8"],
  ["application/vnd.api+json", "application/vnd.api+json"],
  ["Application/Ld+JSON; profile=a", "Application/Ld+JSON; profile=a"],
  ["application/json", "application/json"],
  ["text/html", "application/json; charset=UTF-8"],
  ["application/xml", "application/json; charset=UTF-8"],
];

class Typed
  extends TypedHandler({ get: { query: { type: optional(text) }, response: { 200: text, 202: later(text) } } }) {
  override async get(): Promise<void> {
    const { type } = this.args.query;
    if (type !== undefined) this.setHeader("Content-Type", type);
    if (this.request.headers.has("X-Later")) await this.reply(202, "a");
    else this.reply(200, "a");
  }
}

/** Has a Content-Type of its own for all answers. */
class Vendor extends Typed {
  override setDefaultHeaders(): void {
    this.setHeader("Content-Type", "application/vnd.api+json");
  }
}

/** Sees all headers that are set. */
class Watched extends Typed {
  override setHeader(name: string, value: HeaderValue): void {
    super.setHeader(name, value);
    super.setHeader("X-Seen", value);
  }
}

for (const engine of ["listen", "serve"] as const) {
  test(`reply() keeps a Content-Type of JSON that was set before, on the ${engine} engine`, async () => {
    await using client = new TestClient(
      new Application([["/", Typed], ["/vendor", Vendor], ["/watched", Watched]]),
      { engine },
    );
    for (const [set, sent] of TYPES) {
      const query = set === null ? "" : `?type=${encodeURIComponent(set)}`;
      for (const headers of [{}, { "X-Later": "1" }]) {
        for (const path of ["/", "/watched"]) {
          const response = await client.get(`${path}${query}`, { headers });
          assertEquals([response.headers.get("Content-Type"), response.text], [sent, '"a"']);
          if (path === "/watched") assertEquals(response.headers.get("X-Seen"), sent);
        }
      }
    }
    assertEquals((await client.get("/vendor")).headers.get("Content-Type"), "application/vnd.api+json");
  });
}

test("Client reads a declared answer whose Content-Type ends in +json", async () => {
  const app = new Application([["/", Typed]], { logFunction: () => {} });
  const client = new Client<typeof app>("http://localhost", { fetch: app.fetch });
  const { body } = await client.get("/", { query: { type: "application/vnd.api+json" } });
  assertEquals(body, "a");
});
