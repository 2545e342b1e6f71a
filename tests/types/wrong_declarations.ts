// More mistakes in typed handlers and in calls of them. Behind each directive stands a part of the message that the
// compiler shows.
import {
  booleanFromText,
  fileField,
  type Handling,
  listOf,
  numberFromText,
  openapi,
  type StandardSchema,
  TypedHandler,
  withJsonSchema,
} from "../../src/api/mod.ts";
import { Client } from "../../src/api/client.ts";
import { TypedWebSocketHandler } from "../../src/api/websocket.ts";
import { Application } from "../../src/web/mod.ts";
interface User {
  readonly id: number;
  readonly name: string;
}
declare const user: StandardSchema<User>;
declare const text: StandardSchema<string>;
declare const day: StandardSchema<string, Date>;
declare const maybe: StandardSchema<string | undefined, string>;

// @ts-expect-error: Index signature for type 'string' is missing in type 'StandardSchema
TypedHandler({ get: { path: [text], response: { 200: user } } });
// @ts-expect-error: Type 'string' is not assignable to type 'DeclaredSchema'
TypedHandler({ get: { path: { id: "text" }, response: { 200: user } } });
// @ts-expect-error: Type 'undefined' is not assignable to type 'DeclaredSchema'
TypedHandler({ get: { path: { id: undefined }, response: { 200: user } } });
// @ts-expect-error: Index signature for type 'number' is missing in type 'StandardSchema
TypedHandler({ get: { response: user } });
// @ts-expect-error: Index signature for type 'string' is missing in type 'StandardSchema
TypedHandler({ get: { response: {}, events: text } });
// @ts-expect-error: Type '{ price: StandardSchema<string, string>; }' is not assignable to type 'nev
TypedHandler({ get: { response: {}, event: { price: text } } });
// @ts-expect-error: 'GET' does not exist in type 'Declarations
TypedHandler({ GET: { response: { 200: user } } });
// @ts-expect-error: Type 'null' is not assignable to type 'Declaration'
TypedHandler({ get: null });
// @ts-expect-error: Type 'null' is not assignable to type '((DeclaredSchema | Bodies)
TypedHandler({ get: { body: null, response: { 204: null } } });
// @ts-expect-error: Index signature for type 'string' is missing in type 'StandardSchema
TypedHandler({ get: { headers: text, response: { 204: null } } });
// @ts-expect-error: Object literal may only specify known properties, and 'name' does not exist in type 'DeclaredSchema
TypedHandler({ post: { body: { json: { name: text } }, response: { 204: null } } });
// @ts-expect-error: Index signature for type 'string' is missing in type 'StandardSchema
TypedHandler({ post: { body: { form: text }, response: { 204: null } } });
// @ts-expect-error: Type 'StandardSchema<User, User>' is not assignable to type 'never'
TypedHandler({ post: { body: { json: user, yaml: user }, response: { 204: null } } });
// @ts-expect-error: Type 'StandardSchema<User, User>' is not assignable to type 'never'
TypedHandler({ get: { response: { "200": user, two: user } } });
// @ts-expect-error: Expected 1 arguments, but got 0
TypedHandler();
// @ts-expect-error: Argument of type 'string' is not assignable to parameter of type 'StandardSchema
numberFromText("7");
// @ts-expect-error: Argument of type 'boolean' is not assignable to parameter of type 'StandardSchema
booleanFromText(true);
// @ts-expect-error: Expected 1 arguments, but got 0
listOf();
// @ts-expect-error: Argument of type 'string' is not assignable to parameter of type 'StandardSchema<unknown, unknown>'
fileField("image/png");
// @ts-expect-error: Expected 2 arguments, but got 1
withJsonSchema(user);
// @ts-expect-error: (Anonymous class))[][]' is not assignable to parameter of type 'Application
openapi([["/", class {}]], { title: "a", version: "1" });
// @ts-expect-error: Property 'version' is missing in type '{ title: string; }' but required in type
openapi(new Application(), { title: "a" });

class Days extends TypedHandler({
  get: {
    path: { id: numberFromText() },
    query: { flag: booleanFromText(), day: listOf(day), maybe },
    response: { 200: user, 404: null },
  },
}) {
  override get(): void {
    const { path, query } = this.args;
    // @ts-expect-error: Property 'ID' does not exist on type 'FieldOutputs
    path.ID;
    // @ts-expect-error: Property 'getTime' does not exist on type 'Date[]'
    query.day.getTime();
    // @ts-expect-error: Type 'Date' is not assignable to type 'string'
    const texts: string[] = query.day;
    // @ts-expect-error: This comparison appears to be unintentional because the types 'boolean' and 'str
    if (query.flag === "true") return;
    // @ts-expect-error: Cannot assign to 'maybe' because it is a read-only property
    query.maybe = "a";
    const { args } = this;
    // @ts-expect-error: Cannot assign to 'args' because it is a read-only property
    this.args = args;
    // @ts-expect-error: Source has 0 element(s) but target requires
    this.reply();
    // @ts-expect-error: Source has 2 element(s) but target allows only 1
    this.reply(404, null);
    // @ts-expect-error: Type 'StandardSchema<User, User>' is missing the following properties from type
    this.reply(200, user);
    // @ts-expect-error: Object literal may only specify known properties, but 'nam' does not exist in ty
    this.reply(200, { ...{ id: 1 }, nam: "a" });
    // @ts-expect-error: Type 'Promise<{ id: number; name: string; }>' is missing the following propertie
    this.reply(200, Promise.resolve({ id: 1, name: "a" }));
    // @ts-expect-error: Type 'number' is not assignable to type '200'
    this.reply(path.id, { id: 1, name: "a" });
    // @ts-expect-error: Source has 3 element(s) but target allows only 2
    this.reply(200, { id: query.maybe, name: "a" }, texts);
    // @ts-expect-error: Argument of type '1' is not assignable to parameter of type 'never'
    this.events().send("price", 1);
  }
  // @ts-expect-error: This member cannot have an 'override' modifier because it is not declared in the base class
  override get1(): void {}
}

// The compiler looks into a schema only where it is used.
class _Doubtful extends TypedHandler({
  get: { query: { page: { "~standard": { version: 2 } } }, response: { 200: { "~standard": null } } },
}) {
  override get(): void {
    // @ts-expect-error: Type 'unknown' is not assignable to type 'string'
    const page: string = this.args.query.page;
    // @ts-expect-error: Argument of type 'string' is not assignable to parameter of type 'never'
    this.reply(200, page);
  }
}

class Several extends TypedHandler({
  get: { path: { id: text }, response: { 200: user } },
  post: { path: { id: text }, body: user, response: { 201: user, 409: null } },
}) {
  override get(): void {
    // @ts-expect-error: Object is of type 'unknown'
    this.args.path;
    // @ts-expect-error: Argument of type '200' is not assignable to parameter of type 'never'
    this.reply(200, { id: 1, name: "a" });
  }
  override post(this: Handling<Several, "post">): void {
    // @ts-expect-error: Type '200' is not assignable to type '201'
    this.reply(200, this.args.body);
    // @ts-expect-error: Source has 1 element(s) but target requires 2
    this.reply(201);
    // @ts-expect-error: Source has 2 element(s) but target allows only 1
    this.reply(409, this.args.body);
    // @ts-expect-error: Property 'email' does not exist on type 'User'
    this.args.body.email;
    // @ts-expect-error: Property 'query' does not exist on type 'MethodArgs
    this.args.query;
  }
  // @ts-expect-error: Type '"delete"' does not satisfy the constraint '"get" | "post"'
  override delete(this: Handling<Several, "delete">): void {}
}

class Socket extends TypedWebSocketHandler({ query: { room: text }, receive: user, send: text }) {
  // @ts-expect-error: Type 'User' is not assignable to type 'string'
  override receive(_message: string): void {
    // @ts-expect-error: Argument of type '{ id: number; }' is not assignable to parameter of type 'strin
    this.send({ id: 1 });
    // @ts-expect-error: Property 'room' does not exist on type 'SocketArgs
    this.args.room;
    // @ts-expect-error: Property 'id' does not exist on type 'string'
    this.args.query.room.id;
  }
}
// @ts-expect-error: Property 'send' is missing in type '{ receive: StandardSchema
TypedWebSocketHandler({ receive: user });
// @ts-expect-error: Property '"~standard"' is missing in type 'StringConstructor' but required in type 'StandardSchema
TypedWebSocketHandler({ receive: user, send: String });

const app = new Application([["/days/(.*)", Days], ["/several/(?P<id>.*)", Several], ["/socket", Socket]]);
const client = new Client<typeof app>("http://localhost");
// @ts-expect-error: Argument of type '"/day/{id}"' is not assignable to parameter of type 'PathsWith
client.get("/day/{id}", { path: { id: 1 } });
// @ts-expect-error: Expected 2 arguments, but got 1
client.get("/days/{id}");
// @ts-expect-error: Type 'string' is not assignable to type 'number'
client.get("/days/{id}", { path: { id: "1" }, query: { flag: true, day: [] } });
// @ts-expect-error: Type 'string' is not assignable to type 'boolean'
client.get("/days/{id}", { path: { id: 1 }, query: { flag: "true", day: [] } });
// @ts-expect-error: Type 'Date' is not assignable to type 'string'
client.get("/days/{id}", { path: { id: 1 }, query: { flag: true, day: [new Date()] } });
// @ts-expect-error: Argument of type '"/days/{id}"' is not assignable to parameter of type '"/severa
client.post("/days/{id}", { path: { id: 1 } });
// @ts-expect-error: Argument of type '"/several/{id}"' is not assignable to parameter of type 'never
client.put("/several/{id}", { path: { id: "1" }, json: { id: 1, name: "a" } });
// @ts-expect-error: Property 'json' is missing in type '{ path: { id: string; }; }' but required in
client.post("/several/{id}", { path: { id: "1" } });
// @ts-expect-error: Property 'name' is missing in type '{ id: number; }' but required in type 'User'
client.post("/several/{id}", { path: { id: "1" }, json: { id: 1 } });
// @ts-expect-error: Object literal may only specify known properties, and 'form' does not exist in type 'RequestParts
client.post("/several/{id}", { path: { id: "1" }, form: { id: 1, name: "a" } });
// @ts-expect-error: Expected 2 arguments, but got 1
client.websocket("/days/{id}");
// @ts-expect-error: Property 'query' is missing in type '{}' but required in type '{ readonly query: FieldInputs
client.websocket("/socket", {});
// @ts-expect-error: Argument of type '"/days/{id}"' is not assignable to parameter of type 'never'
client.events("/days/{id}");
// @ts-expect-error: Argument of type 'string' is not assignable to parameter of type 'User'
client.websocket("/socket", { query: { room: "a" } }).send("a");
const answer = await client.get("/several/{id}", { path: { id: "1" } });
// @ts-expect-error: Property 'email' does not exist on type '{ readonly id: number; readonly name: s
answer.body.email;
// @ts-expect-error: This comparison appears to be unintentional because the types '200' and '404' ha
if (answer.status === 404) throw answer;
