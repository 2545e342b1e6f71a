// The same handler with the schemas of zod, valibot and arktype, on both engines.
import { assertEquals } from "@std/assert";
import { type } from "npm:arktype@2.2.9";
import * as v from "npm:valibot@1.5.0";
import { z } from "npm:zod@4.6.7";
import {
  booleanFromText,
  fileField,
  type Handling,
  listOf,
  numberFromText,
  type StandardSchema,
  TypedHandler,
} from "../../src/api/mod.ts";
import { TestClient, type TestResponse } from "../../src/testing/mod.ts";
import { Application } from "../../src/web/mod.ts";

interface User {
  id: number;
  name: string;
  tags: string[];
}

interface Schemas {
  readonly id: StandardSchema<number>;
  readonly page: StandardSchema<number | undefined, number>;
  readonly flag: StandardSchema<boolean | undefined>;
  readonly tag: StandardSchema<string>;
  readonly user: StandardSchema<User>;
  readonly strict: StandardSchema<User>;
}

const validators: { readonly [name: string]: Schemas } = {
  zod: {
    id: z.int().min(1),
    page: z.int().default(1),
    flag: z.boolean().optional(),
    tag: z.string().min(1),
    user: z.object({ id: z.int(), name: z.string().min(1), tags: z.array(z.string()) }),
    strict: z.strictObject({ id: z.int(), name: z.string().min(1), tags: z.array(z.string()) }),
  },
  valibot: {
    id: v.pipe(v.number(), v.integer(), v.minValue(1)),
    page: v.optional(v.pipe(v.number(), v.integer()), 1),
    flag: v.optional(v.boolean()),
    tag: v.pipe(v.string(), v.minLength(1)),
    user: v.object({ id: v.number(), name: v.pipe(v.string(), v.minLength(1)), tags: v.array(v.string()) }),
    strict: v.strictObject({ id: v.number(), name: v.pipe(v.string(), v.minLength(1)), tags: v.array(v.string()) }),
  },
  arktype: {
    id: type("number.integer >= 1"),
    page: type("number.integer | undefined").pipe((page) => page ?? 1),
    flag: type("boolean | undefined"),
    tag: type("string >= 1"),
    user: type({ "+": "delete", id: "number", name: "string >= 1", tags: "string[]" }),
    strict: type({ "+": "reject", id: "number", name: "string >= 1", tags: "string[]" }),
  },
};

function application({ id, page, flag, tag, user, strict }: Schemas): Application {
  class Users extends TypedHandler({
    get: {
      path: { id: numberFromText(id) },
      query: { page: numberFromText(page), flag: booleanFromText(flag), tag: listOf(tag) },
      response: { 200: user },
    },
    post: { path: { id: numberFromText(id) }, body: strict, response: { 200: user } },
    put: {
      path: { id: numberFromText(id) },
      headers: { "X-Page": numberFromText(page) },
      cookies: { flag: booleanFromText(flag) },
      body: {
        form: { name: tag, tags: listOf(tag), page: numberFromText(page) },
        multipart: { name: tag, tags: listOf(tag), photo: fileField() },
      },
      response: { 200: user },
    },
  }) {
    override get(this: Handling<Users, "get">): void {
      const { path, query } = this.args;
      const found = { ...path, name: `page ${query.page}, ${query.flag}`, tags: query.tag, password: "secret" };
      this.reply(200, found);
    }
    override post(this: Handling<Users, "post">): void {
      this.reply(200, this.args.body);
    }
    override put(this: Handling<Users, "put">): void {
      const { path, headers, cookies, body } = this.args;
      const last = "photo" in body ? `${body.photo.filename} ${body.photo.body.length}` : body.page;
      const name = `${body.name}, ${headers["X-Page"]}, ${cookies.flag}, ${last}`;
      this.reply(200, { ...path, name, tags: body.tags });
    }
  }
  return new Application([["/users/(.*)", Users]], { logFunction: () => {} });
}

interface Row {
  readonly path: string;
  /** The JSON to post; absent for a GET. */
  readonly body?: unknown;
  /** The form to put, without or with a file. */
  readonly form?: Readonly<Record<string, string | readonly string[] | File>>;
  readonly headers?: Readonly<Record<string, string>>;
  /** The response, or the pointers of what is refused. */
  readonly expected: User | readonly string[];
}

const PHOTO = new File([new Uint8Array(3)], "a.png");
const ben = { id: 1, name: "Ben", tags: ["a"] };

const ROWS: readonly Row[] = [
  { path: "/users/7", expected: { id: 7, name: "page 1, undefined", tags: [] } },
  { path: "/users/7?page=3&flag=false", expected: { id: 7, name: "page 3, false", tags: [] } },
  { path: "/users/7?flag=true&tag=a&tag=b", expected: { id: 7, name: "page 1, true", tags: ["a", "b"] } },
  { path: "/users/7?unknown=1", expected: { id: 7, name: "page 1, undefined", tags: [] } },
  { path: "/users/0", expected: ["path#/id"] },
  { path: "/users/1.5", expected: ["path#/id"] },
  { path: "/users/x", expected: ["path#/id"] },
  { path: "/users/", expected: ["path#/id"] },
  { path: "/users/7?page=", expected: ["query#/page"] },
  { path: "/users/7?page=1.5", expected: ["query#/page"] },
  { path: "/users/7?page=0x10", expected: ["query#/page"] },
  { path: "/users/7?flag=0", expected: ["query#/flag"] },
  { path: "/users/7?flag=False", expected: ["query#/flag"] },
  { path: "/users/7?flag=", expected: ["query#/flag"] },
  { path: "/users/7?tag=", expected: ["query#/tag/0"] },
  { path: "/users/7?tag=a&tag=", expected: ["query#/tag/1"] },
  { path: "/users/x?page=y&flag=z", expected: ["path#/id", "query#/page", "query#/flag"] },
  { path: "/users/7", body: ben, expected: ben },
  { path: "/users/7", body: { ...ben, tags: [] }, expected: { ...ben, tags: [] } },
  { path: "/users/7", body: null, expected: ["body#"] },
  { path: "/users/7", body: "text", expected: ["body#"] },
  { path: "/users/7", body: 7, expected: ["body#"] },
  { path: "/users/7", body: { name: "Ben", tags: [] }, expected: ["body#/id"] },
  { path: "/users/7", body: { ...ben, id: "1" }, expected: ["body#/id"] },
  { path: "/users/7", body: { ...ben, id: null }, expected: ["body#/id"] },
  { path: "/users/7", body: { ...ben, name: "" }, expected: ["body#/name"] },
  { path: "/users/7", body: { ...ben, tags: "a" }, expected: ["body#/tags"] },
  { path: "/users/7", body: { ...ben, tags: ["a", 1] }, expected: ["body#/tags/1"] },
  { path: "/users/7", body: { ...ben, tags: [[], "a", {}] }, expected: ["body#/tags/0", "body#/tags/2"] },
  { path: "/users/x", body: { ...ben, name: "" }, expected: ["path#/id", "body#/name"] },
  { path: "/users/%37", expected: { id: 7, name: "page 1, undefined", tags: [] } },
  { path: "/users/7?page=1e1", expected: { id: 7, name: "page 10, undefined", tags: [] } },
  { path: "/users/7?page=2&page=3", expected: { id: 7, name: "page 3, undefined", tags: [] } },
  { path: "/users/7?page=01", expected: ["query#/page"] },
  { path: "/users/7?page=1e999", expected: ["query#/page"] },
  { path: "/users/7?page=NaN", expected: ["query#/page"] },
  { path: "/users/7?flag=1", expected: ["query#/flag"] },
  { path: "/users/7?flag=no", expected: ["query#/flag"] },
  { path: "/users/7?tag=%20a%20", expected: { id: 7, name: "page 1, undefined", tags: [" a "] } },
  { path: "/users/-1", expected: ["path#/id"] },
  { path: "/users/7", body: false, expected: ["body#"] },
  { path: "/users/7", body: "", expected: ["body#"] },
  { path: "/users/7", body: { ...ben, name: 7 }, expected: ["body#/name"] },
  { path: "/users/7", body: { ...ben, name: null }, expected: ["body#/name"] },
  { path: "/users/7", body: { id: 1, name: "Ben" }, expected: ["body#/tags"] },
  { path: "/users/7", body: { ...ben, tags: null }, expected: ["body#/tags"] },
  { path: "/users/7", body: { ...ben, tags: { 0: "a" } }, expected: ["body#/tags"] },
  { path: "/users/7", body: { ...ben, name: "é😀</script>" }, expected: { ...ben, name: "é😀</script>" } },
  { path: "/users/7", body: { ...ben, name: "constructor" }, expected: { ...ben, name: "constructor" } },
  { path: "/users/7", form: { name: "Ben" }, expected: { id: 7, name: "Ben, 1, undefined, 1", tags: [] } },
  {
    path: "/users/7",
    form: { name: "Ben", tags: ["a", "b"], page: "3", other: "x" },
    expected: { id: 7, name: "Ben, 1, undefined, 3", tags: ["a", "b"] },
  },
  {
    path: "/users/7",
    form: { name: "Ben" },
    headers: { "x-page": "4", Cookie: "flag=false" },
    expected: { id: 7, name: "Ben, 4, false, 1", tags: [] },
  },
  { path: "/users/7", form: {}, expected: ["body#/name"] },
  { path: "/users/7", form: { name: "Ben", page: "x" }, expected: ["body#/page"] },
  { path: "/users/7", form: { name: "Ben", tags: ["a", ""] }, expected: ["body#/tags/1"] },
  { path: "/users/7", form: { name: "Ben" }, headers: { "X-Page": "1.5" }, expected: ["headers#/X-Page"] },
  { path: "/users/7", form: { name: "Ben" }, headers: { Cookie: "flag=1" }, expected: ["cookies#/flag"] },
  {
    path: "/users/x",
    form: { name: "" },
    headers: { "X-Page": "", Cookie: "flag=0" },
    expected: ["path#/id", "headers#/X-Page", "cookies#/flag", "body#/name"],
  },
  {
    path: "/users/7",
    form: { name: "Ben", photo: PHOTO },
    expected: { id: 7, name: "Ben, 1, undefined, a.png 3", tags: [] },
  },
  {
    path: "/users/7",
    form: { name: "Ben", photo: PHOTO, tags: ["a", "b"] },
    expected: { id: 7, name: "Ben, 1, undefined, a.png 3", tags: ["a", "b"] },
  },
  { path: "/users/7", form: { name: PHOTO, photo: PHOTO }, expected: ["body#/name"] },
];

/** A request that a client sends by hand, and the status with the pointers of what is refused, or the answer. */
interface HostileRow {
  readonly path?: string;
  readonly method?: string;
  readonly type?: string | null;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array<ArrayBuffer>;
  readonly expected: readonly [status: number, ...pointers: string[]] | User;
}

const BEN = '"id":1,"name":"Ben","tags":[]';
const noTags = { id: 1, name: "Ben", tags: [] };
const FORM = "application/x-www-form-urlencoded";
const ofForm = { id: 7, name: "Ben, 1, undefined, 1", tags: [] };

const HOSTILE: readonly HostileRow[] = [
  // Names that mean something to JavaScript.
  { body: `{${BEN},"__proto__":{"admin":true}}`, expected: noTags },
  { body: `{${BEN},"__proto__":null}`, expected: noTags },
  { body: `{${BEN},"\\u005f_proto__":{"admin":true}}`, expected: noTags },
  { body: '{"__proto__":{"id":1,"name":"Ben","tags":[]}}', expected: [422, "body#/id", "body#/name", "body#/tags"] },
  { body: `{${BEN},"constructor":{"prototype":{"admin":true}}}`, expected: [422] },
  { body: `{${BEN},"toString":1}`, expected: [422] },
  {
    body: '{"id":1,"name":"__proto__","tags":["__proto__"]}',
    expected: { id: 1, name: "__proto__", tags: ["__proto__"] },
  },
  // JSON that its grammar refuses, or that says a thing twice.
  { body: `{${BEN},}`, expected: [400] },
  { body: `{${BEN}}{}`, expected: [400] },
  { body: `\ufeff{${BEN}}`, expected: [400] },
  { body: `// comment\n{${BEN}}`, expected: [400] },
  { body: '{"id":NaN,"name":"Ben","tags":[]}', expected: [400] },
  { body: '{"id":01,"name":"Ben","tags":[]}', expected: [400] },
  { body: "", expected: [400] },
  { body: " ", expected: [400] },
  { body: "[".repeat(100_000), expected: [400] },
  { body: new Uint8Array([0x22, 0xed, 0xa0, 0x80, 0x22]), expected: [400] },
  { body: new Uint8Array([0xff, 0xfe, 0x7b, 0x00, 0x7d, 0x00]), expected: [400] },
  { body: `{${BEN},"name":"Last"}`, expected: { ...noTags, name: "Last" } },
  { body: `{${BEN},"name":""}`, expected: [422, "body#/name"] },
  // Values of other types, and fields that nobody asked for.
  { body: '{"id":"1","name":"Ben","tags":[]}', expected: [422, "body#/id"] },
  { body: '{"id":true,"name":"Ben","tags":[]}', expected: [422, "body#/id"] },
  { body: '{"id":[1],"name":["Ben"],"tags":[["a"]]}', expected: [422, "body#/id", "body#/name", "body#/tags/0"] },
  { body: '{"id":{"valueOf":1},"name":"Ben","tags":[]}', expected: [422, "body#/id"] },
  { body: `{${BEN},"a/b~c d":1}`, expected: [422] },
  // Media types.
  { type: "text/plain", body: `{${BEN}}`, expected: [415] },
  { type: null, body: `{${BEN}}`, expected: [415] },
  { type: "application/json, text/plain", body: `{${BEN}}`, expected: [415] },
  { type: "application/jsonp", body: `{${BEN}}`, expected: [415] },
  { type: "application/+json", body: `{${BEN}}`, expected: [415] },
  { type: "application/ld+json;charset=utf-8", body: `{${BEN}}`, expected: noTags },
  { type: "APPLICATION/JSON", body: `{${BEN}}`, expected: noTags },
  { method: "PUT", type: "application/json", body: `{${BEN}}`, expected: [415] },
  // Forms.
  { method: "PUT", type: FORM, body: "name=Ben&__proto__=x&constructor=y", expected: ofForm },
  { method: "PUT", type: FORM, body: "__proto__[name]=Ben", expected: [422, "body#/name"] },
  { method: "PUT", type: FORM, body: "name=Ben&name=", expected: [422, "body#/name"] },
  { method: "PUT", type: FORM, body: "NAME=Ben", expected: [422, "body#/name"] },
  {
    method: "PUT",
    type: FORM,
    headers: { Cookie: "flag=true; flag=no" },
    body: "name=Ben",
    expected: [422, "cookies#/flag"],
  },
  { method: "PUT", type: FORM, headers: { Cookie: "__proto__=1; constructor=2" }, body: "name=Ben", expected: ofForm },
  { method: "PUT", type: FORM, headers: { "X-Page": "1, 2" }, body: "name=Ben", expected: [422, "headers#/X-Page"] },
];

async function hostileAnswer(client: TestClient, row: HostileRow): Promise<unknown> {
  const { path = "/users/7", method = "POST", type = "application/json", headers = {}, body } = row;
  const given = type === null ? headers : { ...headers, "Content-Type": type };
  const response = await client.fetch(path, { method, headers: given, body });
  if (response.code === 200) return response.json();
  assertEquals(response.headers.get("Content-Type"), "application/problem+json");
  const problem = response.json() as { status: number; errors?: { in: string; pointer: string }[] };
  assertEquals(problem.status, response.code);
  const pointers = (problem.errors ?? []).map((error) => `${error.in}${error.pointer}`);
  // A field that nobody asked for has a place of its own with some validators, and that of its object with others.
  return row.expected instanceof Array && row.expected.length === 1 ? [response.code] : [response.code, ...pointers];
}

async function answer(client: TestClient, row: Row): Promise<unknown> {
  const response = await send(client, row);
  const json = response.json() as { errors: { in: string; pointer: string; detail: string }[] };
  if (response.code === 200) return json;
  assertEquals([response.code, response.headers.get("Content-Type")], [422, "application/problem+json"]);
  assertEquals(json.errors.filter(({ detail }) => typeof detail !== "string" || detail === ""), []);
  return json.errors.map((error) => `${error.in}${error.pointer}`);
}

async function send(client: TestClient, { path, body, form, headers = {} }: Row): Promise<TestResponse> {
  if (form === undefined) return await (body === undefined ? client.get(path) : client.post(path, { json: body }));
  const data = new FormData();
  const fields = new URLSearchParams();
  for (const [name, value] of Object.entries(form)) {
    for (const each of [value].flat()) {
      data.append(name, each);
      fields.append(name, String(each));
    }
  }
  if (form.photo !== undefined) return await client.put(path, { headers, body: data });
  const type = { "Content-Type": "application/x-www-form-urlencoded" };
  return await client.put(path, { headers: { ...headers, ...type }, body: String(fields) });
}

for (const [name, schemas] of Object.entries(validators)) {
  for (const engine of ["listen", "serve"] as const) {
    Deno.test(`typed handlers with ${name}, on the ${engine} engine`, async () => {
      await using client = new TestClient(application(schemas), { engine });
      for (const row of ROWS) assertEquals(await answer(client, row), row.expected, JSON.stringify(row));
      const extra = await client.post("/users/7", { json: { ...ben, admin: true } });
      assertEquals(extra.code, 422);
      assertEquals(extra.text.includes("true"), false, "a problem document says nothing of values");
    });

    Deno.test(`typed handlers with ${name}, of requests made by hand, on the ${engine} engine`, async () => {
      await using client = new TestClient(application(schemas), { engine });
      for (const row of HOSTILE) {
        assertEquals(await hostileAnswer(client, row), row.expected, JSON.stringify(row).slice(0, 300));
      }
      assertEquals("admin" in {}, false);
    });
  }
}

// The compiler judges it as well: it once found these schemas too deep.
Deno.test("sends the events of an event stream with schemas of arktype", async () => {
  class Ticks extends TypedHandler({
    get: { events: { tick: type({ n: "number" }), end: type("null") }, response: {} },
  }) {
    override async get(): Promise<void> {
      const { send, stream } = this.events();
      await send("tick", { n: 1 }, { id: "1" });
      await send("end", null);
      stream.close();
      await stream.closed;
    }
  }
  await using client = new TestClient(new Application([["/", Ticks]]));
  using events = await client.eventStream("/");
  assertEquals(await events.next(), { event: "tick", data: '{"n":1}', id: "1" });
  assertEquals(await events.next(), { event: "end", data: "null", id: "1" });
});
