// The document of the todo API: judged by another parser, turned into types that equal the declared ones, and followed
// by a generator of requests, none of which may be answered with 500.
import { assert, assertEquals } from "@std/assert";
import { Validator } from "npm:@seriousme/openapi-schema-validator@2.11.0";
import { validate } from "npm:@readme/openapi-parser@9.0.0";
import openapiTS, { astToString } from "npm:openapi-typescript@7.13.0";
import { makeTodoApi } from "../../examples/todo_api/app.ts";
import { TodoStore } from "../../examples/todo_api/store.ts";
import { TestClient } from "../../src/testing/mod.ts";
import { projectRoot } from "../../tools/project.ts";
import { fuzzSeed, fuzzTimes } from "../support/fuzz.ts";
import { Random } from "../support/random.ts";
import { TempDir } from "../support/temp_dir.ts";

interface Schema {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
}

interface Operation {
  readonly parameters?: readonly { name: string; in: string; required: boolean; schema: Schema }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Schema }>> };
  readonly responses: Readonly<Record<string, unknown>>;
}

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

async function documentOf(client: TestClient): Promise<Document> {
  return JSON.parse((await client.get("/openapi.json")).text);
}

/** A function, since parsers write into what they are given. */
async function todoDocument(): Promise<Record<string, unknown>> {
  using store = new TodoStore(":memory:");
  await using client = new TestClient(makeTodoApi(store));
  return { ...await documentOf(client) };
}

Deno.test("the document of the todo API is valid to two validators", async () => {
  const { errors } = await new Validator().validate(await todoDocument());
  assertEquals(errors, undefined);
  const result = await validate(JSON.parse(JSON.stringify(await todoDocument())));
  assertEquals(result.valid ? [] : result.errors, []);
});

/** What stands in the document, beside what the schemas of the program say. */
const COMPARISONS = `
import type { paths } from "./paths.ts";

type Same<A, B> = [A] extends [B] ? [B] extends [A] ? true : { only: B } : { only: A };
function same<A, B>(..._: Same<A, B> extends true ? [] : [Same<A, B>]): void {}

/** zod lets a field that may be absent also be undefined. */
type Loose<T> = { [Name in keyof T]: Record<never, never> extends Pick<T, Name> ? T[Name] | undefined : T[Name] };

type List = paths["/todos"]["get"];
type One = paths["/todos/{id}"];
type Json = "application/json";
same<List["responses"][200]["content"][Json], z.output<typeof todo>[]>();
same<NonNullable<List["parameters"]["query"]>, { done?: boolean; after?: number; limit?: number }>();
same<Loose<paths["/todos"]["post"]["requestBody"]["content"][Json]>, z.input<typeof newTodo>>();
same<paths["/todos"]["post"]["responses"][201]["content"][Json], z.output<typeof todo>>();
same<One["get"]["parameters"]["path"], { id: number }>();
same<One["get"]["responses"][200]["content"][Json], z.output<typeof todo>>();
same<NonNullable<One["get"]["responses"][404]["content"]>, never>();
same<Loose<NonNullable<One["put"]["requestBody"]>["content"][Json]>, z.input<typeof newTodo>>();
same<NonNullable<One["delete"]["responses"][204]["content"]>, never>();
// @ts-expect-error: the comparison is one that can fail
same<One["get"]["responses"][200]["content"][Json], { id: number; title: string | null; done: boolean }>();
`;

async function check(program: string, paths: string): Promise<string> {
  using dir = new TempDir();
  await Deno.writeTextFile(`${dir.path}/deno.json`, '{ "compilerOptions": { "exactOptionalPropertyTypes": true } }');
  await Deno.writeTextFile(`${dir.path}/paths.ts`, paths);
  await Deno.writeTextFile(`${dir.path}/program.ts`, program);
  const args = ["check", "--quiet", "--no-lock", "--config", `${dir.path}/deno.json`, `${dir.path}/program.ts`];
  const { stderr } = await new Deno.Command(Deno.execPath(), { args, env: { NO_COLOR: "1" } }).output();
  return new TextDecoder().decode(stderr);
}

Deno.test("the types that openapi-typescript makes of the document are the declared ones", async () => {
  // A field with a default may be absent from a request.
  const options = { defaultNonNullable: false };
  const paths = astToString(await openapiTS(JSON.stringify(await todoDocument()), options));
  const app = await Deno.readTextFile(`${projectRoot}examples/todo_api/app.ts`);
  const program = app.replaceAll('"../../', `"${projectRoot}`).replaceAll('"./', `"${projectRoot}examples/todo_api/`);
  assertEquals(await check(program + COMPARISONS, paths), "");
});

const ODD: readonly unknown[] = [
  null,
  true,
  -1,
  0.5,
  1e308,
  "",
  "\u0000",
  "a".repeat(3000),
  "é😀",
  [],
  [[]],
  {},
  "__proto__",
];

/** A value that fits a schema. */
function fitting(random: Random, schema: Schema): unknown {
  switch (schema.type) {
    case "boolean":
      return random.below(2) === 0;
    case "integer":
    case "number": {
      const least = schema.minimum ?? -1000;
      return Math.max(least, 0) + random.below(Math.min((schema.maximum ?? 1000) - Math.max(least, 0), 1000) + 1);
    }
    case "string":
      return "x".repeat((schema.minLength ?? 0) + random.below((schema.maxLength ?? 20) - (schema.minLength ?? 0)));
    case "array":
      return Array.from({ length: random.below(4) }, () => fitting(random, schema.items ?? {}));
    case "object":
      return Object.fromEntries(
        Object.entries(schema.properties ?? {})
          .filter(([name]) => schema.required?.includes(name) || random.below(2) === 0)
          .map(([name, member]) => [name, fitting(random, member)]),
      );
    default:
      throw new TypeError(`The generator does not know ${JSON.stringify(schema)}`);
  }
}

/** Spoils a value, or a member of it. */
function spoiled(random: Random, value: unknown): unknown {
  if (typeof value !== "object" || value === null || random.below(3) === 0) return random.pick(ODD);
  const members = new Map<string, unknown>(Object.entries(value));
  members.set(random.pick([...members.keys(), "extra", "__proto__", "constructor"]), random.pick(ODD));
  return Object.fromEntries(members);
}

Deno.test("requests that follow the document, and spoiled ones, are never answered with 500", async () => {
  using store = new TodoStore(":memory:");
  // The generator makes IDs of up to 1,001: about half of them are there, whatever the seed is.
  for (let i = 0; i < 500; i++) store.add({ title: `todo ${i}`, done: false });
  await using client = new TestClient(makeTodoApi(store));
  const { paths } = await documentOf(client);
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation }))
  );
  const random = new Random(fuzzSeed());
  const refused = new Set<number>();
  const taken = new Set<string>();
  for (let rounds = fuzzTimes(600); rounds > 0; rounds--) {
    const { path, method, operation } = random.pick(operations);
    const spoils = random.below(2) === 0;
    const value = (schema: Schema) => {
      const good = fitting(random, schema);
      return spoils && random.below(2) === 0 ? spoiled(random, good) : good;
    };
    let target = path;
    const query = new URLSearchParams();
    for (const { name, in: place, required, schema } of operation.parameters ?? []) {
      if (place === "path") target = target.replace(`{${name}}`, encodeURIComponent(String(value(schema))));
      else if (required || random.below(2) === 0) query.append(name, String(value(schema)));
    }
    const [[type = "", body] = []] = Object.entries(operation.requestBody?.content ?? {});
    const response = await client.fetch(`${target}?${query}`, {
      method: method.toUpperCase(),
      headers: body === undefined ? {} : { "Content-Type": spoils && random.below(8) === 0 ? "text/plain" : type },
      body: body === undefined ? null : JSON.stringify(value(body.schema)) ?? "",
      raiseServerErrors: false,
    });
    const call = `${method} ${target}?${query}: ${response.code} ${response.text}`;
    assert(response.code < 500, call);
    if (spoils) refused.add(response.code);
    else {
      assert(String(response.code) in operation.responses && response.code !== 422, call);
      taken.add(`${method} ${path} ${response.code}`);
    }
  }
  assert(refused.has(422) && refused.has(415));
  assert(taken.has("post /todos 201") && taken.has("get /todos 200") && taken.has("delete /todos/{id} 204"));
});
