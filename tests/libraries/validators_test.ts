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
      const polluted = '{"id":1,"name":"Ben","tags":[],"__proto__":{"admin":true}}';
      const headers = { "Content-Type": "application/json" };
      assertEquals((await client.post("/users/7", { headers, body: polluted })).text.includes("admin"), false);
    });
  }
}
