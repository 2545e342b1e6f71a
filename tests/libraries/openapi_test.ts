// What openapi() makes of the schemas of zod, valibot and arktype, in the eyes of a validator of documents.
import { assert, assertEquals } from "@std/assert";
import { Validator } from "npm:@seriousme/openapi-schema-validator@2.11.0";
import { toStandardJsonSchema } from "npm:@valibot/to-json-schema@1.8.0";
import { type } from "npm:arktype@2.2.9";
import * as v from "npm:valibot@1.5.0";
import { z } from "npm:zod@4.6.7";
import { listOf, numberFromText, openapi, TypedHandler } from "../../src/api/mod.ts";
import { Application } from "../../src/web/mod.ts";

interface Tree {
  name: string;
  children: Tree[];
}

const zodTree: z.ZodType<Tree, Tree> = z.object({
  name: z.string(),
  get children() {
    return z.array(zodTree);
  },
});

class Zod extends TypedHandler({
  get: {
    path: { id: numberFromText(z.int().min(1)) },
    query: { tag: listOf(z.string()), page: numberFromText(z.int().default(1)) },
    headers: { "X-Version": z.string().optional() },
    response: { 200: z.object({ id: z.int(), name: z.string() }), 404: null },
  },
  post: { path: { id: numberFromText(z.int()) }, body: zodTree, response: { 201: zodTree } },
}) {
  override get(): void {}
  override post(): void {}
}

class Valibot extends TypedHandler({
  put: {
    body: { form: { age: numberFromText(toStandardJsonSchema(v.pipe(v.number(), v.integer()))) } },
    response: { 200: toStandardJsonSchema(v.object({ id: v.number() })) },
  },
}) {
  override put(): void {}
}

class Arktype extends TypedHandler({
  patch: { body: type({ "name?": "string", tags: "string[]" }), response: { 200: type({ id: "number" }) } },
}) {
  override patch(): void {}
}

Deno.test("openapi() makes a valid document from the schemas of three validators", async () => {
  const app = new Application([["/zod/([0-9]+)", Zod], ["/valibot", Valibot], ["/arktype", Arktype]]);
  const document = openapi(app, { title: "Three", version: "1.0.0" });
  const { valid, errors } = await new Validator().validate(JSON.parse(JSON.stringify(document)));
  assertEquals(errors, undefined);
  assert(valid);
  const { get } = document.paths["/zod/{id}"] as { get: { parameters: { name: string; required: boolean }[] } };
  const required = get.parameters.map((parameter) => [parameter.name, parameter.required]);
  assertEquals(required, [["id", true], ["tag", false], ["page", false], ["X-Version", false]]);
});

Deno.test("openapi() has one component for a schema of zod that has an ID, and one for requests if it has defaults", () => {
  const tag = z.enum(["new", "old"]).meta({ id: "Tag" });
  const user = z.object({ name: z.string(), tags: z.array(tag).default([]) }).meta({ id: "User" });
  class Users extends TypedHandler({
    get: { query: { tag: tag.optional() }, response: { 200: z.array(user) } },
    post: { body: user, response: { 201: user } },
  }) {
    override get(): void {}
    override post(): void {}
  }
  const { components, paths } = openapi(new Application([["/users", Users]]), { title: "Users", version: "1.0.0" });
  assertEquals(Object.keys(components.schemas), ["Problem", "Tag", "User", "UserInput"]);
  const { post } = paths["/users"] as { post: { responses: Record<string, { content: Record<string, object> }> } };
  const schema = { $ref: "#/components/schemas/User" };
  assertEquals(post.responses["201"]?.content, { "application/json": { schema } });
});

Deno.test("openapi() names the route and the field of a schema that cannot be expressed", () => {
  class Dated extends TypedHandler({ get: { query: { since: z.date() }, response: { 204: null } } }) {
    override get(): void {}
  }
  const app = new Application([["/dated", Dated]]);
  let message = "";
  try {
    openapi(app, { title: "Dated", version: "1.0.0" });
  } catch (error) {
    if (error instanceof TypeError) message = error.message;
  }
  assertEquals(message, "Cannot describe GET /dated, query.since: its schema, of zod, cannot be expressed");
});
