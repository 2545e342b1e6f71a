// Schemas that refer to themselves, wait, throw or convert, and clients that make the most of it: with the schemas of
// zod, valibot and arktype, on both engines.
import { assert, assertEquals } from "@std/assert";
import { scope, type } from "npm:arktype@2.2.9";
import * as v from "npm:valibot@1.5.0";
import { z } from "npm:zod@4.6.7";
import { type Handling, listOf, numberFromText, type StandardSchema, TypedHandler } from "../../src/api/mod.ts";
import { TestClient } from "../../src/testing/mod.ts";
import { Application } from "../../src/web/mod.ts";

interface Tree {
  name: string;
  children: Tree[];
}

type Shape = { kind: "circle"; radius: number } | { kind: "square"; side: number };

interface Schemas {
  readonly tree: StandardSchema<Tree>;
  readonly shape: StandardSchema<Shape>;
  readonly scores: StandardSchema<Record<string, number>>;
  readonly day: StandardSchema<string, Date>;
  readonly text: StandardSchema<string | undefined>;
}

const zodTree: z.ZodType<Tree, Tree> = z.strictObject({
  name: z.string(),
  get children() {
    return z.array(zodTree);
  },
});
const valibotTree: v.GenericSchema<Tree> = v.strictObject({
  name: v.string(),
  children: v.lazy(() => v.array(valibotTree)),
});

const validators: { readonly [name: string]: Schemas } = {
  zod: {
    tree: zodTree,
    shape: z.discriminatedUnion("kind", [
      z.object({ kind: z.literal("circle"), radius: z.number() }),
      z.object({ kind: z.literal("square"), side: z.number() }),
    ]),
    scores: z.record(z.string(), z.number()),
    day: z.iso.date().transform((text) => new Date(text)),
    text: z.string().optional(),
  },
  valibot: {
    tree: valibotTree,
    shape: v.variant("kind", [
      v.object({ kind: v.literal("circle"), radius: v.number() }),
      v.object({ kind: v.literal("square"), side: v.number() }),
    ]),
    scores: v.record(v.string(), v.number()),
    day: v.pipe(v.string(), v.isoDate(), v.transform((text) => new Date(text))),
    text: v.optional(v.string()),
  },
  arktype: {
    tree: scope({ tree: { "+": "reject", name: "string", children: "tree[]" } }).export().tree,
    shape: type({ kind: "'circle'", radius: "number" }).or({ kind: "'square'", side: "number" }),
    scores: type({ "[string]": "number" }),
    day: type("string.date.iso").pipe((text) => new Date(text)),
    text: type("string | undefined"),
  },
};

/** A schema of no validator: it waits, and refuses or fails as the text says. */
const slow: StandardSchema<string | undefined> = {
  "~standard": {
    version: 1,
    vendor: "tests",
    validate: async (value) => {
      await Promise.resolve();
      if (value === "fail") throw new Error("no database");
      return typeof value === "string" || value === undefined
        ? { value }
        : { issues: [{ message: "Expected a text" }] };
    },
  },
};

function application({ tree, shape, scores, day, text }: Schemas): Application {
  class Trees extends TypedHandler({
    post: { query: { slow }, body: tree, response: { 200: numberFromText() } },
  }) {
    override post(): void {
      this.reply(200, JSON.stringify(this.args.body).length);
    }
  }
  class Shapes extends TypedHandler({
    get: { query: { day: listOf(day), text }, response: { 200: listOf(slow), 204: null } },
    post: { body: { json: shape, form: { text } }, response: { 200: shape, 204: null } },
    put: { body: scores, response: { 200: scores } },
  }) {
    override async get(this: Handling<Shapes, "get">): Promise<void> {
      const { day, text } = this.args.query;
      if (text === "none") await this.reply(204);
      else await this.reply(200, [text, ...day.map((each) => each.toISOString())]);
    }
    override post(this: Handling<Shapes, "post">): void {
      const { body } = this.args;
      if ("kind" in body) this.reply(200, body);
      else this.reply(204);
    }
    override put(this: Handling<Shapes, "put">): void {
      this.reply(200, this.args.body);
    }
  }
  return new Application([["/trees", Trees], ["/shapes", Shapes]], { logFunction: () => {} });
}

const nested = (depth: number) => '{"name":"a","children":['.repeat(depth) + "]}".repeat(depth);

interface Row {
  readonly method?: string;
  readonly path: string;
  readonly type?: string;
  readonly body?: string;
  readonly expected: readonly [status: number, body?: unknown];
}

const FORM = "application/x-www-form-urlencoded";

const ROWS: readonly Row[] = [
  // Schemas that refer to themselves.
  { method: "POST", path: "/trees", body: nested(1), expected: [200, nested(1).length] },
  { method: "POST", path: "/trees", body: nested(50), expected: [200, nested(50).length] },
  { method: "POST", path: "/trees", body: '{"name":"a","children":[{"name":"b"}]}', expected: [422] },
  { method: "POST", path: "/trees", body: '{"name":"a","children":[{"name":"b","children":{}}]}', expected: [422] },
  { method: "POST", path: "/trees", body: nested(100_000), expected: [422] },
  { method: "POST", path: "/trees", body: nested(100_000).replace("a", "\\u0061"), expected: [400] },
  // A part that fails late, after another part was refused.
  { method: "POST", path: "/trees?slow=fail", body: "{", expected: [400] },
  { method: "POST", path: "/trees?slow=fail", type: "text/plain", body: "{", expected: [415] },
  { method: "POST", path: "/trees?slow=yes", body: nested(1), expected: [200, nested(1).length] },
  { method: "POST", path: "/trees?slow=yes", body: "{}", expected: [422] },
  // Unions that one member tells apart.
  {
    method: "POST",
    path: "/shapes",
    body: '{"kind":"circle","radius":1}',
    expected: [200, { kind: "circle", radius: 1 }],
  },
  { method: "POST", path: "/shapes", body: '{"kind":"square","side":2}', expected: [200, { kind: "square", side: 2 }] },
  { method: "POST", path: "/shapes", body: '{"kind":"circle","side":2}', expected: [422] },
  { method: "POST", path: "/shapes", body: '{"kind":"line"}', expected: [422] },
  { method: "POST", path: "/shapes", body: '{"kind":["circle"],"radius":1}', expected: [422] },
  { method: "POST", path: "/shapes", body: "[]", expected: [422] },
  { method: "POST", path: "/shapes", type: FORM, body: "kind=circle&radius=1", expected: [204] },
  { method: "POST", path: "/shapes", type: FORM, body: "", expected: [204] },
  { method: "POST", path: "/shapes", type: `${FORM}; charset=utf-8`, body: "text=%FF", expected: [400] },
  // Records.
  {
    method: "PUT",
    path: "/shapes",
    body: '{"a":1,"":2,"toString":3}',
    expected: [200, { a: 1, "": 2, toString: 3 }],
  },
  { method: "PUT", path: "/shapes", body: '{"__proto__":1}', expected: [200, {}] },
  { method: "PUT", path: "/shapes", body: '{"a":"1"}', expected: [422] },
  { method: "PUT", path: "/shapes", body: '{"a":null}', expected: [422] },
  // Texts that become dates, and replies that wait.
  { path: "/shapes?day=2026-11-30", expected: [200, [null, "2026-11-30T00:00:00.000Z"]] },
  {
    path: "/shapes?day=2026-11-30&day=2026-12-01&text=a",
    expected: [200, [
      "a",
      "2026-11-30T00:00:00.000Z",
      "2026-12-01T00:00:00.000Z",
    ]],
  },
  { path: "/shapes?day=", expected: [422] },
  { path: "/shapes?day=2026-11-30&day=tomorrow", expected: [422] },
  { path: "/shapes?text=", expected: [200, [""]] },
  { path: "/shapes?text=%F0%9F%98%80", expected: [200, ["😀"]] },
  { path: "/shapes?text=%ED%A0%80", expected: [400] },
  { path: "/shapes?text=none", expected: [204] },
  { path: "/shapes?TEXT=a", expected: [200, [null]] },
  { path: "/shapes?text[]=a&text.a=b", expected: [200, [null]] },
  // Methods that are not declared.
  { method: "HEAD", path: "/shapes", expected: [405] },
  { method: "OPTIONS", path: "/shapes", expected: [405] },
  { method: "DELETE", path: "/shapes", expected: [405] },
];

for (const [name, schemas] of Object.entries(validators)) {
  for (const engine of ["listen", "serve"] as const) {
    Deno.test(`awkward requests with ${name}, on the ${engine} engine`, async () => {
      await using client = new TestClient(application(schemas), { engine });
      for (const row of ROWS) {
        const { method = "GET", path, type = "application/json", body, expected } = row;
        const sent = body === undefined ? {} : { headers: { "Content-Type": type }, body };
        const response = await client.fetch(path, { method, ...sent });
        const shown = JSON.stringify(row).slice(0, 200);
        assertEquals(response.code, expected[0], shown);
        if (expected.length === 2) assertEquals(response.json(), expected[1], shown);
      }
    });

    Deno.test(`long keys in ${name} do not multiply, on the ${engine} engine`, async () => {
      await using client = new TestClient(application(schemas), { engine });
      const key = "k".repeat(10_000);
      const unknown = await client.post("/trees", { json: { name: "a", children: [], [key]: 1 } });
      assertEquals(unknown.code, 422);
      const wrong = Object.fromEntries(Array.from({ length: 200 }, (_, i) => [`${key}${i}`, "x"]));
      const records = await client.put("/shapes", { json: wrong });
      assertEquals([records.code, (records.json() as { errors: unknown[] }).errors.length], [422, 100]);
      assert(unknown.body.length + records.body.length < 250_000, `${unknown.body.length}, ${records.body.length}`);
    });
  }
}
