import { assertEquals, assertThrows } from "@std/assert";
import {
  booleanFromText,
  fileField,
  type Handling,
  listOf,
  numberFromText,
  type StandardSchema,
  type StandardSchemaProperties,
  TypedHandler,
  withJsonSchema,
} from "../../src/api/mod.ts";
import { HTTPFile } from "../../src/http/httputil.ts";
import { TestClient, type TestResponse } from "../../src/testing/mod.ts";
import { Application, type ApplicationOptions, authenticated, RequestHandler } from "../../src/web/mod.ts";
import { test, type TestContext } from "../support/test.ts";
import { array, integer, later, object, optional, text } from "./schemas.ts";

const anything: StandardSchema = { "~standard": { version: 1, vendor: "tests", validate: (value) => ({ value }) } };
const user = object({ id: integer, name: text });
const newUser = object({ name: text, tags: optional(array(text)), "a/b~c d": optional(integer) }, { strict: true });
const small: StandardSchema<HTTPFile> = {
  "~standard": {
    version: 1,
    vendor: "tests",
    validate: (value) =>
      value instanceof HTTPFile && value.body.length < 4 ? { value } : { issues: [{ message: "Too large" }] },
  },
};
const form = { name: text, age: numberFromText(integer), tag: listOf(text) };

/** Answers with its arguments. */
class Echo extends TypedHandler({
  get: {
    path: { id: numberFromText(integer) },
    query: {
      page: optional(numberFromText(integer)),
      all: optional(booleanFromText()),
      tag: listOf(text),
      exact: optional(text),
    },
    headers: { "X-Version": optional(numberFromText()), "X-List": listOf(text) },
    cookies: { session: optional(text) },
    response: { 200: anything },
  },
  post: { body: newUser, response: { 201: user, 200: anything } },
  put: {
    body: { json: later(newUser), form, multipart: { ...form, photo: optional(fileField()) } },
    response: { 200: anything },
  },
  patch: { body: optional(anything), response: { 200: anything } },
  delete: { response: { 204: null } },
}) {
  override get(this: Handling<Echo, "get">): void {
    this.reply(200, this.args);
  }
  override post(this: Handling<Echo, "post">): void {
    this.reply(200, this.args.body);
  }
  override put(this: Handling<Echo, "put">): void {
    const { body } = this.args;
    if (!("photo" in body)) return void this.reply(200, body);
    const { photo, ...others } = body;
    this.reply(200, { ...others, photo: photo === undefined ? null : [photo.filename, photo.body.length] });
  }
  override patch(this: Handling<Echo, "patch">): void {
    this.reply(200, { body: this.args.body ?? null, type: typeof this.args.body });
  }
  override async delete(this: Handling<Echo, "delete">): Promise<void> {
    await this.reply(204);
  }
}

const rules = [["/echo/([^/]*)", Echo], ["/named/(?P<id>[^/]+)", Echo]] as const;

function onBoth(
  name: string,
  fn: (client: TestClient, t: TestContext) => Promise<void>,
  app: () => Application = () => new Application(rules),
): void {
  for (const engine of ["listen", "serve"] as const) {
    test(`TypedHandler ${name}, on the ${engine} engine`, async (t) => {
      await using client = new TestClient(app(), { engine, raiseServerErrors: false });
      await fn(client, t);
    });
  }
}

function assertProblem(response: TestResponse, status: number, errors?: readonly (readonly string[])[]): void {
  assertEquals(response.code, status);
  assertEquals(response.headers.get("Content-Type"), "application/problem+json");
  const problem = response.json() as { type: string; title: string; status: number; errors?: Record<string, string>[] };
  assertEquals([problem.type, problem.title, problem.status], ["about:blank", response.reason, status]);
  assertEquals(problem.errors?.map((error) => [error.in, error.pointer, error.detail]), errors);
}

onBoth("gives the method every group, converted as declared", async (client) => {
  const path = "/echo/7?page=-2&all=false&tag=a&tag=b&exact=%20x%20&other=1";
  const headers = { "x-version": "1.5", "x-list": "a", Cookie: "session=abc" };
  const expected = {
    method: "get",
    path: { id: 7 },
    query: { page: -2, all: false, tag: ["a", "b"], exact: " x " },
    headers: { "X-Version": 1.5, "X-List": ["a"] },
    cookies: { session: "abc" },
  };
  assertEquals((await client.get(path, { headers })).json(), expected);
});

onBoth("leaves absent fields to their schemas, and takes the last of several values", async (client) => {
  const expected = {
    method: "get",
    path: { id: 1 },
    query: { page: 2, tag: [] },
    headers: { "X-List": [] },
    cookies: {},
  };
  assertEquals((await client.get("/named/1?page=x&page=2")).json(), expected);
});

onBoth("takes the items of a header that is a list, on one line or several", async (client) => {
  const rows: [lines: string[], items: string[]][] = [
    [["a", "b"], ["a", "b"]],
    [["a, b", "c"], ["a", "b", "c"]],
    [["a,,b ,", ","], ["a", "b"]],
    [['"a, b", c', 'W/"x,y"'], ['"a, b"', "c", 'W/"x,y"']],
    [['"a\\"b, c", d'], ['"a\\"b, c"', "d"]],
    [['"a, b'], ['"a, b']],
    [["a\\, b"], ["a\\", "b"]],
  ];
  for (const [lines, items] of rows) {
    const headers = lines.map((line): [string, string] => ["X-List", line]);
    const { headers: read } = Object((await client.get("/echo/1", { headers })).json());
    assertEquals(read, { "X-List": items });
  }
});

onBoth("names every field that its schema refuses", async (client, t) => {
  t.expectLog("tornado.general", /422 .*path #\/id: Expected a number and 3 more/);
  t.expectLog("tornado.access", /^422 GET/);
  assertProblem(await client.get("/echo/1x?page=1.5&all=0&tag=a&tag="), 422, [
    ["path", "#/id", "Expected a number"],
    ["query", "#/page", "Expected an integer"],
    ["query", "#/all", "Expected true or false"],
    ["query", "#/tag/1", "Expected text"],
  ]);
});

onBoth("takes numbers as JSON writes them, and only those", async (client, t) => {
  t.expectLog("tornado.general", /422/);
  t.expectLog("tornado.access", /^422 GET/);
  for (const number of ["0", "-1", "1e2", "12.0"]) {
    assertEquals((await client.get(`/echo/${number}`)).code, 200, number);
  }
  for (const number of ["", "%201", "0x1", "01", "1e999", "NaN", "Infinity", "1_0", "+1", "."]) {
    assertProblem(await client.get(`/echo/${number}`), 422, [["path", "#/id", "Expected a number"]]);
  }
});

onBoth("validates JSON, with pointers that RFC 6901 escapes", async (client, t) => {
  t.expectLog("tornado.general", /422/);
  t.expectLog("tornado.access", /^422 POST/);
  const good = { name: "Ben", tags: ["x"], "a/b~c d": 1 };
  assertEquals((await client.post("/echo/1", { json: good })).json(), good);
  const bad = { name: "", tags: ["x", 2], "a/b~c d": "1", admin: true };
  assertProblem(await client.post("/echo/1", { json: bad }), 422, [
    ["body", "#/name", "Expected text"],
    ["body", "#/tags/1", "Expected text"],
    ["body", "#/a~1b~0c%20d", "Expected an integer"],
    ["body", "#/admin", "Unknown member"],
  ]);
  assertProblem(await client.post("/echo/1", { json: [1] }), 422, [["body", "#", "Expected an object"]]);
  assertProblem(await client.post("/echo/1"), 422, [["body", "#", "Expected an object"]]);
});

onBoth("answers 400 to a body that is not JSON or not UTF-8", async (client, t) => {
  t.expectLog("tornado.general", /400/);
  t.expectLog("tornado.access", /^400 POST/);
  const headers = { "Content-Type": "application/json" };
  for (const body of ["", "{", "{'a': 1}", new Uint8Array([0x22, 0xff, 0x22])]) {
    assertProblem(await client.post("/echo/1", { headers, body }), 400);
  }
});

onBoth("answers 415 to a media type that is not declared, and names those that are", async (client, t) => {
  t.expectLog("tornado.general", /415/);
  t.expectLog("tornado.access", /^415/);
  for (const type of ["text/plain", "application/xml", "application/jsonx", "text/json", "json"]) {
    const response = await client.post("/echo/1", { headers: { "Content-Type": type }, body: '{"name":"Ben"}' });
    assertProblem(response, 415);
    assertEquals(response.headers.get("Accept"), "application/json");
  }
  const response = await client.put("/echo/1", { headers: { "Content-Type": "text/plain" }, body: "x" });
  const types = "application/json, application/x-www-form-urlencoded, multipart/form-data";
  assertEquals(response.headers.get("Accept"), types);
  assertProblem(await client.post("/echo/1", { form: { name: "Ben" } }), 415);
  const reasons = t.logs.map((record) => record.getMessage());
  assertEquals(reasons.some((each) => each.endsWith("/x-www-form-urlencoded is not declared")), true);
});

onBoth("takes every type of JSON that has its syntax", async (client) => {
  for (const type of ["application/json", "Application/JSON ; charset=utf-8", "application/merge-patch+json"]) {
    const response = await client.post("/echo/1", { headers: { "Content-Type": type }, body: '{"name":"Ben"}' });
    assertEquals(response.json(), { name: "Ben" }, type);
  }
});

onBoth("tells an absent body from null", async (client) => {
  assertEquals((await client.patch("/echo/1")).json(), { body: null, type: "undefined" });
  assertEquals((await client.patch("/echo/1", { json: null })).json(), { body: null, type: "object" });
});

onBoth("validates forms", async (client, t) => {
  t.expectLog("tornado.general", /422/);
  t.expectLog("tornado.access", /^422 PUT/);
  const headers = { "Content-Type": "application/x-www-form-urlencoded" };
  const good = await client.put("/echo/1", { headers, body: "name=Ben&age=7&tag=a&tag=b&__proto__=x" });
  assertEquals(good.json(), { name: "Ben", age: 7, tag: ["a", "b"] });
  assertProblem(await client.put("/echo/1", { headers, body: "name=&age=true" }), 422, [
    ["body", "#/name", "Expected text"],
    ["body", "#/age", "Expected a number"],
  ]);
});

onBoth("validates multipart forms with files", async (client, t) => {
  t.expectLog("tornado.general", /422/);
  t.expectLog("tornado.access", /^422 PUT/);
  const body = new FormData();
  body.append("name", "Ben");
  body.append("age", "7");
  assertEquals((await client.put("/echo/1", { body })).json(), { name: "Ben", age: 7, tag: [], photo: null });
  body.append("photo", new File([new Uint8Array(9)], "ben.png"));
  const { photo } = (await client.put("/echo/1", { body })).json() as { photo: unknown };
  assertEquals(photo, ["ben.png", 9]);
  body.set("age", new File(["7"], "age.txt"));
  assertProblem(await client.put("/echo/1", { body }), 422, [["body", "#/age", "Expected an integer"]]);
});

class Upload extends TypedHandler({
  post: {
    body: { multipart: { photo: fileField(optional(small)), more: listOf(fileField()), tag: listOf(text) } },
    response: { 200: anything },
  },
}) {
  override post(): void {
    const { photo, more, tag } = this.args.body;
    this.reply(200, { photo: photo?.filename ?? null, more: more.map(({ filename }) => filename), tag });
  }
}

/** A part of a form, as pages send it; without a name of the file it is a field for one that was left empty. */
function filePart(name: string, filename: string, content = ""): string {
  const head = `Content-Disposition: form-data; name="${name}"; filename="${filename}"`;
  return `--b\r\n${head}\r\nContent-Type: application/octet-stream\r\n\r\n${content}\r\n`;
}

onBoth("takes a field for a file that was left empty as absent, and passes files on to another schema", async (
  client,
  t,
) => {
  t.expectLog("tornado.general", /422/);
  t.expectLog("tornado.access", /^422 POST/);
  const headers = { "Content-Type": "multipart/form-data; boundary=b" };
  const post = (...parts: string[]) => client.post("/", { headers, body: `${parts.join("")}--b--\r\n` });
  const none = await post(filePart("photo", ""), filePart("more", ""), filePart("__proto__", "a"));
  assertEquals(none.json(), { photo: null, more: [], tag: [] });
  const all = await post(filePart("photo", "a.png", "ab"), filePart("more", "b"), filePart("more", "ü"));
  assertEquals(all.json(), { photo: "a.png", more: ["b", "ü"], tag: [] });
  assertProblem(await post(filePart("photo", "a.png", "abcd"), filePart("tag", "c")), 422, [
    ["body", "#/photo", "Too large"],
    ["body", "#/tag/0", "Expected text"],
  ]);
}, () => new Application([["/", Upload]]));

class Inherited extends TypedHandler({
  get: {
    path: { constructor: optional(text) },
    query: { toString: optional(text) },
    headers: { valueOf: optional(text) },
    cookies: { hasOwnProperty: optional(text) },
    response: { 200: anything },
  },
}) {
  override get(): void {
    this.reply(200, this.args);
  }
}

onBoth("finds nothing under names that all objects have", async (client) => {
  const expected = { method: "get", path: {}, query: {}, headers: {}, cookies: {} };
  assertEquals((await client.get("/")).json(), expected);
}, () => new Application([["/", Inherited]]));

onBoth("waits for asynchronous schemas", async (client, t) => {
  t.expectLog("tornado.general", /422/);
  t.expectLog("tornado.access", /^422 PUT/);
  assertEquals((await client.put("/echo/1", { json: { name: "Ben" } })).json(), { name: "Ben" });
  assertProblem(await client.put("/echo/1", { json: {} }), 422, [["body", "#/name", "Expected text"]]);
});

onBoth("drops members named __proto__, however they are written", async (client) => {
  const headers = { "Content-Type": "application/json" };
  const bodies = ['{"a":{"__proto__":{"admin":true},"b":1}}', '{"a":{"\\u005f_proto__":{"admin":true},"b":1}}'];
  for (const body of bodies) {
    const response = await client.patch("/echo/1", { headers, body });
    assertEquals(response.text, '{"body":{"a":{"b":1}},"type":"object"}');
  }
  assertEquals("admin" in {}, false);
});

onBoth("shows at most 100 errors", async (client, t) => {
  t.expectLog("tornado.general", /and 99 more/);
  t.expectLog("tornado.access", /^422 POST/);
  const response = await client.post("/echo/1", { json: { name: "Ben", tags: Array(500).fill(0) } });
  assertEquals((response.json() as { errors: unknown[] }).errors.length, 100);
});

onBoth("replies without a body, and with 405 to a method that is not there", async (client, t) => {
  t.expectLog("tornado.access", /^405 OPTIONS/);
  const response = await client.delete("/echo/1");
  assertEquals([response.code, response.text], [204, ""]);
  assertProblem(await client.fetch("/echo/1", { method: "OPTIONS" }), 405);
});

/** Announces 500 answers; returns a function that gives the messages of the errors that led to them. */
function expectErrors(t: TestContext): () => string[] {
  t.expectLog("tornado.application", /^Uncaught exception/);
  t.expectLog("tornado.access", /^500/);
  return () => t.logs.flatMap(({ excInfo }) => excInfo === null ? [] : [excInfo.message]);
}

// Responses.

class Replies extends TypedHandler({
  get: {
    query: { kind: text },
    response: { 200: user, 202: later(user), 203: object({ id: integer }, { strict: true }), 404: null },
  },
}) {
  override async get(): Promise<void> {
    const ben = { id: 7, name: "Ben", password: "</secret>" };
    switch (this.args.query.kind) {
      case "extra":
        return await this.reply(200, ben);
      case "later":
        return await this.reply(202, ben);
      case "strict":
        return await this.reply(203, ben);
      case "wrong":
        return await this.reply(200, { ...ben, id: 7.5 });
      case "none":
        this.setStatus(404, "No such todo");
        return await this.reply(404);
      case "status":
        return await Reflect.apply(this.reply, this, [204]);
      case "written":
        this.write("x");
        return await this.reply(200, ben);
      case "thrown":
        throw new Error("private");
    }
  }
}

function replies(options: ApplicationOptions = {}): Application {
  return new Application([["/", Replies]], options);
}

onBoth("sends what the schema of the status returns", async (client) => {
  for (const [kind, status] of [["extra", 200], ["later", 202]] as const) {
    const response = await client.get(`/?kind=${kind}`);
    assertEquals([response.code, response.text], [status, '{"id":7,"name":"Ben"}']);
    assertEquals(response.headers.get("Content-Type"), "application/json; charset=UTF-8");
  }
}, replies);

onBoth("sends no Content-Type with a reply that has no body, and the reason of its status", async (client, t) => {
  t.expectLog("tornado.access", /^404/);
  const response = await client.get("/?kind=none");
  assertEquals([response.code, response.text, response.headers.get("Content-Type")], [404, "", null]);
  assertEquals(response.reason, client.engine === "listen" ? "No such todo" : "Not Found");
}, replies);

onBoth("answers 500 for a response that is not declared, and keeps the reason to itself", async (client, t) => {
  const errors = expectErrors(t);
  for (const kind of ["wrong", "strict", "status", "written", "thrown"]) {
    const response = await client.get(`/?kind=${kind}`);
    assertProblem(response, 500);
    assertEquals(response.text, '{"type":"about:blank","title":"Internal Server Error","status":500}');
  }
  assertEquals(errors(), [
    "Cannot reply with this body: its schema says at id: Expected an integer",
    "Cannot reply with this body: its schema says at name: Unknown member",
    "Cannot reply with status 204: get() does not declare it",
    "Cannot reply: something was written before",
    "private",
  ]);
}, replies);

class Unawaited extends TypedHandler({
  get: { query: { id: numberFromText() }, response: { 200: later(user), 201: later(user) } },
}) {
  override get(): void {
    const { id } = this.args.query;
    this.reply(200, { id, name: "Ben" });
    if (id === 8) this.write("text");
    if (id === 9) this.reply(201, { id: 10, name: "Ann" });
  }
}

onBoth("ends the request by a reply that waits for its schema, although no method waits for the reply", async (
  client,
  t,
) => {
  const errors = expectErrors(t);
  assertEquals((await client.get("/?id=7")).text, '{"id":7,"name":"Ben"}');
  assertProblem(await client.get("/?id=7.5"), 500);
  assertEquals(errors(), ["Cannot reply with this body: its schema says at id: Expected an integer"]);
}, () => new Application([["/", Unawaited]]));

onBoth("keeps a reply that waits for its schema apart from what the method does next", async (client, t) => {
  const errors = expectErrors(t);
  const { code, text } = await client.get("/?id=9");
  assertEquals([code, text], [200, '{"id":9,"name":"Ben"}']);
  assertProblem(await client.get("/?id=8"), 500);
  assertEquals(errors(), ["Cannot write() after finish()", "Cannot reply: something was written before"]);
}, () => new Application([["/", Unawaited]]));

class Recovering extends TypedHandler({ get: { response: { 200: later(user), 503: null } } }) {
  override async get(): Promise<void> {
    try {
      await this.reply(200, { id: 7.5, name: "Ben" });
    } catch {
      this.reply(503);
    }
  }
}

onBoth("lets a method answer otherwise if the schema refuses its reply late", async (client, t) => {
  t.expectLog("tornado.access", /^503/);
  assertEquals((await client.get("/")).code, 503);
}, () => new Application([["/", Recovering]]));

onBoth("shows tracebacks with serveTraceback, and problems for expected errors", async (client, t) => {
  t.expectLog("tornado.application", /^Uncaught exception/);
  t.expectLog("tornado.access", /^(500|422)/);
  t.expectLog("tornado.general", /422/);
  assertEquals((await client.get("/?kind=thrown")).text.includes("Error: private"), true);
  assertProblem(await client.get("/"), 422, [["query", "#/kind", "Expected text"]]);
}, () => replies({ serveTraceback: true }));

// The life of a handler.

class Guarded extends TypedHandler({ post: { body: user, response: { 200: user } } }) {
  override async prepare(): Promise<void> {
    if (this.request.headers.has("X-Forget")) return;
    if (!this.request.headers.has("X-Key")) return void this.sendError(403);
    await super.prepare();
  }
  override getCurrentUser(): string | null {
    return this.request.headers.get("X-User");
  }
  @authenticated
  override post(): void {
    this.reply(200, this.args.body);
  }
  override get(): void {
    this.write(String(this.args.method));
  }
}

onBoth("lets a subclass come before the validation", async (client, t) => {
  const errors = expectErrors(t);
  t.expectLog("tornado.access", /^403/);
  const json = { id: 7, name: "Ben" };
  const key = { "X-Key": "k" };
  assertProblem(await client.post("/", { json: {} }), 403);
  assertProblem(await client.post("/", { json, headers: key }), 403);
  assertEquals((await client.post("/", { json, headers: { ...key, "X-User": "u" } })).json(), json);
  assertProblem(await client.post("/", { json, headers: { "X-Forget": "1", "X-User": "u" } }), 500);
  assertProblem(await client.get("/", { headers: key }), 500);
  const reason = "it is not declared, or super.prepare() was not awaited";
  assertEquals(errors(), [`Cannot read args in post(): ${reason}`, `Cannot read args in get(): ${reason}`]);
}, () => new Application([["/", Guarded]]));

class Plain extends RequestHandler {
  override get(): void {
    this.write(this.getQueryArgument("page"));
  }
}

class Streamed extends TypedHandler({ post: { body: user, response: { 200: user } } }) {
  static override streamRequestBody: boolean = true;
}

onBoth("leaves other handlers alone", async (client, t) => {
  t.expectLog("tornado.access", /^400/);
  t.expectLog("tornado.general", /400/);
  assertEquals((await client.get("/plain?page=x")).text, "x");
  const response = await client.get("/plain");
  assertEquals([response.code, response.headers.get("Content-Type")], [400, "text/html; charset=UTF-8"]);
}, () => new Application([["/plain", Plain]]));

onBoth("refuses to validate a body that it does not have", async (client, t) => {
  const errors = expectErrors(t);
  assertProblem(await client.post("/", { json: { id: 1, name: "Ben" } }), 500);
  assertEquals(errors(), ["Cannot validate the body of Streamed: it has streamRequestBody"]);
}, () => new Application([["/", Streamed]]));

const remembering = {
  "~standard": {
    version: 1,
    vendor: "tests",
    most: 3,
    validate(value: unknown) {
      return Number(value) <= this.most ? { value: Number(value) } : { issues: [{ message: "Too large" }] };
    },
  },
} as const;

class Bounded extends TypedHandler({ post: { body: remembering, response: { 200: remembering } } }) {
  override post(this: Handling<Bounded, "post">): void {
    this.reply(200, this.args.body);
  }
}

onBoth("validates by the method of a schema that uses `this`", async (client, t) => {
  t.expectLog("tornado.access", /^422/);
  t.expectLog("tornado.general", /422/);
  assertEquals((await client.post("/", { json: 3 })).json(), 3);
  assertProblem(await client.post("/", { json: 4 }), 422, [["body", "#", "Too large"]]);
}, () => new Application([["/", Bounded]]));

test("listOf() refuses a value that is not a list, such as one that another schema took from its field", () => {
  const { validate } = listOf(text)["~standard"];
  assertEquals(validate("a"), { issues: [{ message: "Expected a list" }] });
  assertEquals(validate(undefined), { value: [] });
});

test("withJsonSchema() leaves a list one that takes all values, and calls validate as a method", async () => {
  class Counting implements StandardSchemaProperties {
    readonly version = 1;
    readonly vendor = "tests";
    calls = 0;
    validate(value: unknown): { value: unknown } {
      this.calls++;
      return { value };
    }
  }
  const counting = new Counting();
  const counted = withJsonSchema({ "~standard": counting }, {});
  class Tags extends TypedHandler({
    get: { query: { tag: withJsonSchema(listOf(counted), { type: "array" }) }, response: { 200: counted } },
  }) {
    override get(): void {
      this.reply(200, this.args.query.tag);
    }
  }
  await using client = new TestClient(new Application([["/", Tags]]));
  assertEquals((await client.get("/?tag=a&tag=b")).json(), ["a", "b"]);
  assertEquals(counting.calls, 3);
});

test("TypedHandler refuses declarations that could not be carried out, where the class is made", () => {
  const response = { 200: text };
  const rows: [declarations: object, message: string][] = [
    [{ fetch: { response } }, 'Cannot declare "fetch": expected one of get, head, '],
    [{ get: { qurey: {}, response } }, 'Cannot declare "qurey" in get: expected one of path, query, '],
    [{ post: { body: { xml: text }, response } }, 'Cannot declare "xml" in post body: expected one of json, form, '],
    [{ get: { path: { id: listOf(text) }, response } }, "Cannot declare get path.id: it has one value"],
    [{ get: { cookies: { a: listOf(text) }, response } }, "Cannot declare get cookies.a: it has one value"],
    [{ get: { query: { a: fileField() }, response } }, "Cannot declare get query.a: only a multipart form has"],
    [{ post: { body: { form: { a: fileField() } }, response } }, "Cannot declare post body.form.a: only a multipart"],
    [{ get: null }, "Cannot declare get: null is not an object of schemas"],
    [{ get: {} }, "Cannot declare get response: undefined is not an object of schemas"],
    [{ get: { response: text } }, "Cannot declare get response: "],
    [
      { get: { query: { page: Number }, response } },
      "Cannot declare get query.page: [Function: Number] is not a schema",
    ],
    [{ get: { path: { id: "text" }, response } }, 'Cannot declare get path.id: "text" is not a schema'],
    [{ get: { headers: text, response } }, "Cannot declare get headers: "],
    [{ get: { cookies: { a: { "~standard": {} } }, response } }, "Cannot declare get cookies.a: "],
    [{ get: { events: { price: undefined }, response } }, "Cannot declare get events.price: undefined is not"],
    [{ post: { body: 7, response } }, "Cannot declare post body: 7 is not an object of schemas"],
    [{ post: { body: { json: 7 }, response } }, "Cannot declare post body.json: 7 is not a schema"],
    [{ post: { body: { form: text }, response } }, "Cannot declare post body.form: "],
    [{ post: { body: { multipart: { photo: null } }, response } }, "Cannot declare post body.multipart.photo: null"],
    [{ get: { response: { 600: text } } }, "Cannot declare get response 600: a status is a number from 200 to 599"],
    [{ get: { response: { ok: text } } }, "Cannot declare get response ok: a status is a number from 200 to 599"],
    [{ get: { response: { 101: null } } }, "Cannot declare get response 101: a status"],
    [{ get: { response: { 200: undefined } } }, "Cannot declare get response 200: undefined is not a schema"],
    [{ get: { response: { 204: text } } }, "Cannot declare get response 204: it has no body, so write null"],
    [{ get: { response: { 205: text } } }, "Cannot declare get response 205: it has no body, so write null"],
    [{ get: { query: { ["__proto__"]: text }, response } }, "Cannot declare get query.__proto__: no field can have"],
  ];
  for (const [declarations, message] of rows) {
    assertThrows(() => Reflect.apply(TypedHandler, null, [declarations]), TypeError, message);
  }
});
