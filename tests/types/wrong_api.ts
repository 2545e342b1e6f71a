// Mistakes in typed handlers. Behind each directive stands a part of the message that the compiler shows.
import { type Handling, listOf, numberFromText, type StandardSchema, TypedHandler } from "../../src/api/mod.ts";
import { Application } from "../../src/web/mod.ts";

interface User {
  readonly id: number;
  readonly name: string;
}

declare const user: StandardSchema<User>;
declare const newUser: StandardSchema<{ name: string; born: string }, { name: string; born: Date }>;
declare const text: StandardSchema<string>;

// Declarations.

// @ts-expect-error: 'fetch' does not exist in type 'Declarations
TypedHandler({ fetch: { response: { 200: user } } });
// @ts-expect-error: Type '{ page: StandardSchema<string, string>; }' is not assignable to type 'never'
TypedHandler({ get: { qurey: { page: text }, response: { 200: user } } });
// @ts-expect-error: but required in type 'Declaration'
TypedHandler({ get: { query: { page: text } } });
// @ts-expect-error: Type 'StandardSchema<string, string>' is not assignable to type 'Fields'
TypedHandler({ get: { query: text, response: { 200: user } } });
// @ts-expect-error: Property '"~standard"' is missing in type 'NumberConstructor'
TypedHandler({ get: { query: { page: Number }, response: { 200: user } } });
// @ts-expect-error: Type 'StandardSchema<User, User>' is not assignable to type 'never'
TypedHandler({ get: { response: { ok: user } } });
// @ts-expect-error: Type 'undefined' is not assignable to type 'DeclaredSchema | null'
TypedHandler({ get: { response: { 200: undefined } } });
// @ts-expect-error: 'xml' does not exist in type '(DeclaredSchema | Bodies)
TypedHandler({ post: { body: { xml: newUser }, response: { 204: null } } });
// @ts-expect-error: is not assignable to type 'Fields'
TypedHandler({ post: { body: { form: newUser }, response: { 204: null } } });
// @ts-expect-error: Argument of type 'string' is not assignable to parameter of type 'StandardSchema<unknown, unknown>'
listOf("text");
// @ts-expect-error: is not assignable to parameter of type 'StandardSchema<unknown, unknown>'
numberFromText(Number);

// One method.

class Item extends TypedHandler({
  get: { path: { id: numberFromText() }, query: { tag: listOf(text) }, response: { 200: user, 404: null } },
}) {
  override get(): void {
    // @ts-expect-error: Property 'body' does not exist on type 'MethodArgs
    this.args.body;
    // @ts-expect-error: Property 'headers' does not exist on type 'MethodArgs
    this.args.headers;
    // @ts-expect-error: Property 'page' does not exist on type 'FieldOutputs
    this.args.query.page;
    // @ts-expect-error: Type 'number' is not assignable to type 'string'
    const id: string = this.args.path.id;
    // @ts-expect-error: Type 'string[]' is not assignable to type 'string'
    const tag: string = this.args.query.tag;
    // @ts-expect-error: Cannot assign to 'id' because it is a read-only property
    this.args.path.id = 7;
    // @ts-expect-error: Type '201' is not assignable to type '200'
    this.reply(201, { id: 1, name: "Ben" });
    // @ts-expect-error: Type '"200"' is not assignable to type '200'
    this.reply("200", { id: 1, name: "Ben" });
    // @ts-expect-error: Property 'name' is missing in type '{ id: number; }' but required in type 'User'
    this.reply(200, { id: 1 });
    // @ts-expect-error: Type 'string' is not assignable to type 'number'
    this.reply(200, { id: "1", name: "Ben" });
    // @ts-expect-error: Object literal may only specify known properties, and 'password' does not exist in type 'User'
    this.reply(200, { id: 1, name: "Ben", password: "secret" });
    // @ts-expect-error: Source has 1 element(s) but target requires 2
    this.reply(200);
    // @ts-expect-error: Source has 2 element(s) but target allows only 1
    this.reply(404, { id: 1, name: "Ben" });
    this.reply(200, { id: id.length, name: tag });
  }
}

// Several methods.

class Users extends TypedHandler({
  get: { query: { page: numberFromText() }, response: { 200: user } },
  post: { body: newUser, response: { 201: user, 200: text } },
}) {
  override get(this: Handling<Users, "get">): void {
    // @ts-expect-error: Property 'body' does not exist on type 'MethodArgs
    this.args.body;
    // @ts-expect-error: Argument of type '201' is not assignable to parameter of type '200'
    this.reply(201, { id: 1, name: "Ben" });
  }

  override post(this: Handling<Users, "post">): void {
    // @ts-expect-error: Property 'query' does not exist on type 'MethodArgs
    this.args.query;
    // @ts-expect-error: Type 'Date' is not assignable to type 'string'
    const born: string = this.args.body.born;
    // @ts-expect-error: Type '{ id: number; name: string; }' is not assignable to type 'string'
    this.reply(200, { id: 1, name: born });
  }

  // @ts-expect-error: Type '"put"' does not satisfy the constraint '"get" | "post"'
  override put(this: Handling<Users, "put">): void {}

  shared(this: Handling<Users, "get" | "post">): void {
    // @ts-expect-error: Type 'string' is not assignable to type 'User'
    this.reply(200, "Ben");
    // @ts-expect-error: Type '201' is not assignable to type '200'
    this.reply(201, { id: 1, name: "Ben" });
  }

  override patch(): void {
    // @ts-expect-error: Object is of type 'unknown'
    this.args.body;
    // @ts-expect-error: Argument of type '201' is not assignable to parameter of type 'never'
    this.reply(201, { id: 1, name: "Ben" });
    // @ts-expect-error: Argument of type '200' is not assignable to parameter of type 'never'
    this.reply(200, "Ben");
  }
}

// @ts-expect-error: Object literal may only specify known properties, and 'db' does not exist in type 'NoArguments'
export const app: Application = new Application([["/item/(.*)", Item, { db: 1 }], ["/users", Users]]);
