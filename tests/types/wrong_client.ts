// Mistakes in calls of a typed client. Behind each directive stands a part of the message that the compiler shows.
import { Client } from "../../src/api/client.ts";
import { numberFromText, type StandardSchema, TypedHandler } from "../../src/api/mod.ts";
import { Application } from "../../src/web/mod.ts";

declare const item: StandardSchema<{ id: number; name: string }>;
declare const text: StandardSchema<string>;

class Item extends TypedHandler({
  get: { path: { id: numberFromText() }, query: { view: text }, response: { 200: item, 404: null } },
  put: { path: { id: numberFromText() }, body: item, response: { 204: null } },
  patch: { path: { id: numberFromText() }, body: { json: item, form: { name: text } }, response: { 204: null } },
}) {}

class Nested extends TypedHandler({ get: { path: { id: text }, response: { 204: null } } }) {}

const rules = [["/items/(?P<id>[0-9]+)", Item], ["/nested/((?:a|b)+)", Nested]] as const;
const app = new Application(rules);
const client = new Client<typeof app>("http://localhost");

// @ts-expect-error: Argument of type '"/item/{id}"' is not assignable to parameter of type '"/items/{id}"'
client.get("/item/{id}", { path: { id: 1 }, query: { view: "full" } });
// @ts-expect-error: Argument of type '"/nested/{id}"' is not assignable to parameter of type '"/items/{id}"'
client.get("/nested/{id}", { path: { id: "a" } });
// @ts-expect-error: is not assignable to parameter of type 'never'
client.post("/items/{id}", { path: { id: 1 } });
// @ts-expect-error: is not assignable to parameter of type 'never'
client.delete("/items");
// @ts-expect-error: Expected 2 arguments, but got 1
client.get("/items/{id}");
// @ts-expect-error: Property 'query' is missing
client.get("/items/{id}", { path: { id: 1 } });
// @ts-expect-error: Type 'string' is not assignable to type 'number'
client.get("/items/{id}", { path: { id: "1" }, query: { view: "full" } });
// @ts-expect-error: 'json' does not exist in type
client.get("/items/{id}", { path: { id: 1 }, query: { view: "full" }, json: {} });
// @ts-expect-error: 'page' does not exist in type
client.get("/items/{id}", { path: { id: 1 }, query: { view: "full", page: 1 } });
// @ts-expect-error: Property 'name' is missing in type '{ id: number; }'
client.put("/items/{id}", { path: { id: 1 }, json: { id: 1 } });
// @ts-expect-error: Types of property 'form' are incompatible
client.patch("/items/{id}", { path: { id: 1 }, json: { id: 1, name: "Ben" }, form: { name: "Ben" } });

// @ts-expect-error: Property '404' is missing
new Client<typeof app>("http://localhost", { statuses: { 200: true, 204: true } });
// @ts-expect-error: '201' does not exist in type
new Client<typeof app>("http://localhost", { statuses: { 200: true, 201: true, 204: true, 404: true } });

// An application in which nothing is known of the rules.

export const annotated: Application = app;
// @ts-expect-error: is not assignable to parameter of type 'never'
new Client<typeof annotated>("http://localhost").get("/items/{id}", { path: { id: 1 }, query: { view: "full" } });

// @ts-expect-error: is not assignable to parameter of type 'never'
new Client("http://localhost").get("/items");

export async function read(): Promise<void> {
  const answer = await client.get("/items/{id}", { path: { id: 1 }, query: { view: "full" } });
  // @ts-expect-error: 'answer.body' is possibly 'null'
  answer.body.name;
  // @ts-expect-error: because the types '200 | 404' and '201' have no overlap
  if (answer.status === 201) return;
  // @ts-expect-error: Property 'password' does not exist on type
  if (answer.status === 200) answer.body.password;
}
