// A program without a mistake: a client of typed handlers. It has to compile; nothing runs it.
import { Client } from "../../src/api/client.ts";
import { type Handling, listOf, numberFromText, type StandardSchema, TypedHandler } from "../../src/api/mod.ts";
import type { HTTPServerRequest } from "../../src/http/httputil.ts";
import { Application, RequestHandler, StaticFileHandler, url } from "../../src/web/mod.ts";

declare const event: StandardSchema<{ name: string; at: Date; tags?: string[] }>;
declare const text: StandardSchema<string>;

/** As the validators make brands. */
type UserId = string & { readonly [brand]: "UserId" };
declare const brand: unique symbol;
/** Any JSON, as validators describe it. */
type Json = string | number | boolean | null | Json[] | { [name: string]: Json };
declare const users: StandardSchema<
  { ids: UserId[]; age: number & { readonly [brand]: "Age" }; notes: Json; at?: Date[] }
>;

/** Makes the compiler compare two types in both directions. */
function same<A, B>(..._: (<T>() => T extends A ? 1 : 2) extends (<T>() => T extends B ? 1 : 2) ? [] : [never]): void {}

class Events extends TypedHandler({
  get: { query: { tag: listOf(text) }, response: { 200: event, 404: null } },
  post: { body: event, response: { 201: event } },
}) {
  override get(this: Handling<Events, "get">): void {
    this.reply(404);
  }
}

class Event extends TypedHandler({
  get: { path: { year: numberFromText(), name: text }, response: { 200: event } },
}) {}

class Upload extends TypedHandler({
  put: { path: { name: text }, body: { json: event, form: { at: text } }, response: { 204: null } },
}) {}

class Users extends TypedHandler({ get: { response: { 200: users } } }) {}

class Plain extends RequestHandler {}

const rules = [
  ["/events", Events],
  ["/events/(?P<year>[0-9]+)/(?P<name>[^/]+)", Event],
  ["/upload/(.*)", Upload],
  ["/users", Users],
  ["/plain", Plain],
  [/\/regexp/, Events],
] as const;

const app = new Application(rules);

// In the call itself, beside rules of other kinds.
const inline = new Application([
  ["/events", Events],
  ["/function/(.*)", (request, { pathArgs = [] }) => {
    same<typeof request, HTTPServerRequest>();
    return void pathArgs.length;
  }],
  ["/files/(.*)", StaticFileHandler, { path: "files" }],
  ["/nested/.*", [["/nested/a", Event]]],
  ["/events/(?P<year>[0-9]+)/(?P<name>[^/]+)", Event, {}, "event"],
  url("/url", Plain),
], { defaultHandlerClass: Plain });

/** An application may have any rules, and is still one. */
export const apps: Application[] = [app, inline];

export async function use(): Promise<void> {
  const statuses = { 200: true, 201: true, 204: true, 404: true } as const;
  const client = new Client<typeof app>("http://localhost", { statuses });
  const ofRules: Client<typeof rules> = client;
  const ofInline = new Client<typeof inline>("http://localhost");
  await ofRules.get("/events");
  const read = await ofInline.get("/events/{year}/{name}", { path: { year: 2026, name: "a" } });
  same<typeof read.body.at, string>();
  if ((await ofInline.get("/events")).status === 404) return;
  const answer = await client.get("/events");
  if (answer.status === 200) same<typeof answer.body.at, string>();
  else same<typeof answer.body, null>();
  await client.get("/events", { query: { tag: ["a"] }, signal: AbortSignal.abort() });
  await client.post("/events", { json: { name: "a", at: new Date() } });
  const { ids, age, notes, at = [] } = (await client.get("/users")).body;
  same<typeof ids, UserId[]>();
  same<typeof notes, Json>();
  same<typeof at, string[]>();
  age.toFixed();
  const { body } = await client.get("/events/{year}/{name}", { path: { year: 2026, name: "a" } });
  same<typeof body.name, string>();
  await client.put("/upload/{name}", { path: { name: "a" }, form: { at: "now" } });
  await client.put("/upload/{name}", { path: { name: "a" }, json: { name: "a", at: new Date() } });
}
