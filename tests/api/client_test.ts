// A client that has its types from the rules of an application, by three ways to carry out its requests.
import { assertEquals, assertRejects } from "@std/assert";
import { Client, ClientError, type ClientFetch, fetchWith } from "../../src/api/client.ts";
import { fileField, type Handling, listOf, numberFromText, TypedHandler } from "../../src/api/mod.ts";
import { AsyncHTTPClient } from "../../src/http/httpclient.ts";
import { Application } from "../../src/web/mod.ts";
import { projectRoot } from "../../tools/project.ts";
import { test, type TestContext } from "../support/test.ts";
import { integer, object, optional, text } from "./schemas.ts";

const item = object({ id: integer, name: text });

class Item extends TypedHandler({
  get: {
    path: { id: numberFromText(integer) },
    query: { tag: listOf(text), page: optional(numberFromText(integer)) },
    headers: { "X-Version": optional(text), "X-Tag": listOf(text) },
    cookies: { session: optional(text) },
    response: { 200: object({ id: integer, seen: listOf(text) }), 404: null },
  },
  put: { path: { id: text }, body: item, response: { 200: item } },
  delete: { path: { id: text }, response: { 204: null } },
}) {
  override get(this: Handling<Item, "get">): void {
    const { path, query, headers, cookies } = this.args;
    if (path.id === 0) return void this.reply(404);
    const seen = [...query.tag, `${query.page}`, `${headers["X-Version"]}`, `${cookies.session}`, ...headers["X-Tag"]];
    this.reply(200, { id: path.id, seen });
  }
  override put(this: Handling<Item, "put">): void {
    this.reply(200, this.args.body);
  }
  override delete(this: Handling<Item, "delete">): void {
    this.setHeader("X-Deleted", encodeURIComponent(this.args.path.id));
    this.reply(204);
  }
}

class Items extends TypedHandler({
  post: { body: { form: { name: text, age: numberFromText() } }, response: { 201: item } },
  patch: {
    body: { multipart: { name: text, photo: fileField(), more: listOf(fileField()) } },
    response: { 200: item },
  },
  get: { response: { 200: item } },
}) {
  override post(this: Handling<Items, "post">): void {
    const { name, age } = this.args.body;
    this.reply(201, { id: age, name });
  }
  override patch(this: Handling<Items, "patch">): void {
    const { name, photo, more } = this.args.body;
    this.reply(200, { id: photo.body.length, name: [name, ...more.map(({ body }) => body.length)].join(" ") });
  }
  override get(this: Handling<Items, "get">): void {
    this.write("not JSON");
  }
}

class Prices extends TypedHandler({
  get: { path: { stock: text }, events: { price: integer, end: object({ reason: text }) }, response: {} },
}) {
  override async get(): Promise<void> {
    const { send, stream } = this.events({ retry: 0 });
    await send("price", this.args.path.stock.length, { id: "1" });
    await send("end", { reason: "a\nb" });
    if (this.args.path.stock === "endless") await stream.closed;
    stream.close();
    await stream.closed;
  }
}

class Ping extends TypedHandler({ post: { response: { 204: null } } }) {
  override post(): void {
    this.reply(204);
  }
}

const rules = [
  ["/items/([^/]+)", Item],
  ["/items", Items],
  ["/prices/(.*)", Prices],
  ["/ping", Ping],
] as const;
type Api = typeof app;
const app = new Application(rules);

/** Runs the same test with the client on our own connections, on Deno's `fetch`, and on the application itself. */
function inEachWay(
  name: string,
  fn: (client: Client<Api>, t: TestContext, fetch: ClientFetch, base: string) => Promise<void>,
): void {
  const ways: [string, (http: AsyncHTTPClient) => ClientFetch][] = [
    ["AsyncHTTPClient", fetchWith],
    ["fetch", () => (request) => fetch(request)],
    ["the application", () => app.fetch],
  ];
  for (const [way, fetchOf] of ways) {
    test(`Client ${name}, by ${way}`, async (t) => {
      await using server = app.listen(0, { address: "127.0.0.1" });
      using http = new AsyncHTTPClient({ forceInstance: true });
      const base = `http://127.0.0.1:${server.port}/`;
      const fetch = fetchOf(http);
      await fn(new Client<Api>(base, { fetch }), t, fetch, base);
    });
  }
}

inEachWay("sends every part, and tells the answers apart", async (client, t) => {
  t.expectLog("tornado.access", /^404/);
  const found = await client.get("/items/{id}", {
    path: { id: 7 },
    query: { tag: ["a", "b&c"], page: 2 },
    headers: { "X-Version": "1", "X-Tag": ["c", "d"] },
    cookies: { session: "s" },
  });
  assertEquals(found.status === 200 && found.body, { id: 7, seen: ["a", "b&c", "2", "1", "s", "c", "d"] });
  const bare = await client.get("/items/{id}", { path: { id: 1 } });
  assertEquals(bare.status === 200 && bare.body.seen, ["undefined", "undefined", "undefined"]);
  const { status, body } = await client.get("/items/{id}", { path: { id: 0 } });
  assertEquals([status, body], [404, null]);
});

inEachWay("sends its own headers, unless a request has one of the name", async (_client, _t, fetch, base) => {
  const headers = { "x-version": "1", Cookie: "session=old; theme=dark" };
  const client = new Client<Api>(base, { fetch, headers });
  const path = { id: 7 };
  const first = await client.get("/items/{id}", { path });
  assertEquals(first.status === 200 && first.body.seen, ["undefined", "1", "old"]);
  const parts = { path, headers: { "X-Version": "2", "X-Tag": ["a", "b"] }, cookies: { session: "new" } };
  const second = await client.get("/items/{id}", parts);
  assertEquals(second.status === 200 && second.body.seen, ["undefined", "2", "new", "a", "b"]);
});

inEachWay("sends a POST without a body", async (client) => {
  assertEquals((await client.post("/ping")).status, 204);
});

inEachWay("ends a stream of events when its signal aborts", async (client) => {
  const abort = new AbortController();
  const path = { stock: "endless" };
  await assertRejects(
    async () => {
      for await (const { event } of client.events("/prices/{stock}", { path, signal: abort.signal })) {
        if (event === "end") abort.abort(new RangeError("Enough"));
      }
    },
    RangeError,
    "Enough",
  );
});

inEachWay("sends JSON, forms and files", async (client) => {
  const ben = { id: 1, name: "Bén" };
  assertEquals((await client.put("/items/{id}", { path: { id: "x" }, json: ben })).body, ben);
  assertEquals((await client.post("/items", { form: { name: "a=b&c", age: 7 } })).body, { id: 7, name: "a=b&c" });
  const photo = new Blob([new Uint8Array(9)]);
  assertEquals((await client.patch("/items", { multipart: { name: "Ben", photo } })).body, { id: 9, name: "Ben" });
  const more = [new Blob(["a"]), new Blob(["bcd"])];
  const { body } = await client.patch("/items", { multipart: { name: "Ben", photo, more } });
  assertEquals(body, { id: 9, name: "Ben 1 3" });
});

inEachWay("escapes the values of a path, and refuses those that would name another", async (client) => {
  for (const id of ["a/b?c#d%", "…", "...", "%2e"]) {
    const { headers } = await client.delete("/items/{id}", { path: { id } });
    assertEquals(headers.get("X-Deleted"), encodeURIComponent(id));
  }
  for (const id of ["", ".", ".."]) {
    await assertRejects(() => client.delete("/items/{id}", { path: { id } }), RangeError, "it would name another path");
  }
  const cookies = { session: "a; admin=1" };
  await assertRejects(() => client.get("/items/{id}", { path: { id: 1 }, cookies }), RangeError, "semicolon");
});

class Named extends TypedHandler({
  get: { path: { "user-näme": optional(text) }, response: { 200: optional(text) } },
}) {
  override get(): void {
    this.reply(200, this.args.path["user-näme"]);
  }
}

test("Client fills a group of any name, and refuses to leave it empty", async () => {
  const named = new Application([["/users/(.+)", Named]]);
  const client = new Client<typeof named>("http://localhost", { fetch: named.fetch });
  const { body } = await client.get("/users/{user-näme}", { path: { "user-näme": "a b" } });
  assertEquals(body, "a b");
  for (const parts of [{}, { path: {} }, { path: { "user-näme": undefined } }]) {
    await assertRejects(() => client.get("/users/{user-näme}", parts), RangeError, "there is no value for user-näme");
  }
});

test("Client tells that the data of an event is not JSON", async () => {
  const headers = { "Content-Type": "text/event-stream" };
  const fetch = () => new Response("event: price\ndata: {\n\n", { headers });
  const client = new Client<Api>("http://localhost", { fetch });
  const events = client.events("/prices/{stock}", { path: { stock: "x" } });
  await assertRejects(() => Array.fromAsync(events), TypeError, "Cannot read the event price of the stream");
});

inEachWay("rejects for answers that are not declared", async (client, t) => {
  t.expectLog("tornado.general", /422/);
  t.expectLog("tornado.access", /^422/);
  const refused = await assertRejects(
    () => client.put("/items/{id}", { path: { id: "x" }, json: { id: 1.5, name: "" } }),
    ClientError,
    "was answered with 422 Unprocessable Entity, body #/id: Expected an integer and 1 more",
  );
  assertEquals([refused.status, refused.problem?.errors?.length], [422, 2]);
  const { status, problem } = await assertRejects(() => client.get("/items"), ClientError);
  assertEquals([status, problem], [200, null]);
});

inEachWay("reads events", async (client) => {
  const seen = await Array.fromAsync(client.events("/prices/{stock}", { path: { stock: "ACME" } }));
  assertEquals(seen, [
    { event: "price", data: 4, id: "1" },
    { event: "end", data: { reason: "a\nb" }, id: "1" },
  ]);
  for await (const event of client.events("/prices/{stock}", { path: { stock: "endless" } })) {
    if (event.event === "price") assertEquals(event.data, 7);
    else break;
  }
});

test("Client reads events where streams have no iterator, and cancels a stream that it leaves", async () => {
  const left = Promise.withResolvers<unknown>();
  const bytes = new TextEncoder().encode("event: price\ndata: 1\n\nevent: price\ndata: 2\n\n");
  const body = new ReadableStream({ start: (controller) => controller.enqueue(bytes), cancel: left.resolve });
  Object.defineProperty(body, Symbol.asyncIterator, { value: undefined });
  const response = new Response(body, { headers: { "Content-Type": "text/event-stream" } });
  const client = new Client<Api>("http://localhost", { fetch: () => response });
  const seen = [];
  for await (const { data } of client.events("/prices/{stock}", { path: { stock: "x" } })) {
    seen.push(data);
    if (seen.length === 2) break;
  }
  assertEquals(seen, [1, 2]);
  await left.promise;
});

inEachWay("rejects for an answer that is not a stream", async (client, t) => {
  t.expectLog("tornado.general", /422/);
  t.expectLog("tornado.access", /^422/);
  const base = "http://localhost/prices/";
  const refused = new Client<Api>(base, { fetch: () => app.fetch(new Request(base)) });
  await assertRejects(() => Array.fromAsync(refused.events("/prices/{stock}", { path: { stock: "x" } })), ClientError);
  await assertRejects(() => client.get("/prices/{stock}", { path: { stock: "x" } }), ClientError);
});

test("Client rejects with a ClientError for answers of other servers on the way", async () => {
  const rows: [status: number, type: string, text: string, problem: object | null][] = [
    [200, "application/json", "{", null],
    [502, "text/html", "<h1>Bad Gateway</h1>", null],
    [200, "application/vnd.a", "[]", null],
    [500, "application/problem+json", "{", null],
    [500, "application/problem+json", "null", null],
    [500, "application/problem+json", '{"errors":[null]}', null],
    [500, "application/problem+json", '{"title":"Down"}', { title: "Down" }],
  ];
  for (const [status, type, text, problem] of rows) {
    const fetch = () => new Response(text, { status, headers: { "Content-Type": type } });
    const client = new Client<Api>("http://localhost", { fetch });
    const error = await assertRejects(() => client.get("/items"), ClientError, `was answered with ${status}`);
    assertEquals([error.status, error.problem], [status, problem], text);
  }
});

test("Client rejects with a ClientError for a status that is not one of its option", async () => {
  let answer = new Response(null, { status: 413 });
  const statuses = { 200: true, 201: true, 204: true, 404: true } as const;
  const client = new Client<Api>("http://localhost", { fetch: () => answer, statuses });
  await assertRejects(() => client.get("/items"), ClientError, "was answered with 413");
  answer = Response.json({ error: "Bad Gateway" }, { status: 502 });
  await assertRejects(() => client.get("/items"), ClientError, "was answered with 502");
  answer = Response.json({ id: 1, name: "a" });
  assertEquals((await client.get("/items")).body, { id: 1, name: "a" });
});

test("Client sends nothing if its signal has aborted", async () => {
  const client = new Client<Api>("http://localhost", { fetch: () => Promise.reject(new Error("It was sent")) });
  const signal = AbortSignal.abort(new RangeError("Enough"));
  await assertRejects(() => client.get("/items", { signal }), RangeError, "Enough");
});

test("Client loads nothing of the server", async () => {
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["info", "--json", `${projectRoot}src/api/client.ts`],
  }).output();
  const { modules }: {
    modules: { specifier: string; dependencies?: { specifier: string; code?: object }[] }[];
  } = JSON.parse(new TextDecoder().decode(stdout));
  const [root] = modules.filter(({ specifier }) => specifier.endsWith("/src/api/client.ts"));
  const loaded = root?.dependencies?.filter(({ code }) => code !== undefined).map(({ specifier }) => specifier);
  assertEquals(loaded, [
    "./_client_socket.ts",
    "../internal/event_parser.ts",
    "../internal/json_text.ts",
  ]);
});
