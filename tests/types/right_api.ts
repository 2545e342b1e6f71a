// A program without a mistake: typed handlers of every form. It has to compile; nothing runs it.
import { type Handling, listOf, numberFromText, type StandardSchema, TypedHandler } from "../../src/api/mod.ts";
import { Application, type Bytes } from "../../src/web/mod.ts";
import type { HTTPFile } from "../../src/http/httputil.ts";
import { fileField } from "../../src/api/mod.ts";

interface User {
  readonly id: number;
  readonly name: string;
}

declare const user: StandardSchema<User>;
declare const newUser: StandardSchema<{ name: string; born: string }, { name: string; born: Date }>;
declare const text: StandardSchema<string>;

/** Makes the compiler compare two types in both directions. */
function same<A, B>(..._: (<T>() => T extends A ? 1 : 2) extends (<T>() => T extends B ? 1 : 2) ? [] : [never]): void {}

// One method needs no annotation.

class Item extends TypedHandler({
  get: {
    path: { id: numberFromText() },
    query: { tag: listOf(text) },
    headers: { "x-request-id": text },
    cookies: { session: text },
    response: { 200: user, 404: null },
  },
}) {
  readonly #seen: number[] = [];

  override async get(): Promise<void> {
    const { path, query, headers, cookies, method } = this.args;
    same<typeof path, { readonly id: number }>();
    same<typeof query.tag, string[]>();
    same<typeof method, "get">();
    this.#seen.push(path.id);
    if (query.tag.includes(headers["x-request-id"] + cookies.session)) return await this.reply(404);
    await this.reply(200, { id: path.id, name: "Ben" });
  }
}

// Several methods say which one they are.

class Users extends TypedHandler({
  get: { query: { page: numberFromText() }, response: { 200: user } },
  post: { body: newUser, response: { 201: user, 204: null } },
  put: { body: { json: newUser, multipart: { photo: fileField() } }, response: { 204: null } },
}) {
  declare readonly kwargs: { db: Map<number, User> };
  readonly #secret: string = "";

  override get(this: Handling<Users, "get">): void {
    this.reply(200, { id: this.args.query.page, name: this.#secret });
  }

  override post(this: Handling<Users, "post">): void {
    const { body } = this.args;
    same<typeof body, { name: string; born: Date }>();
    this.kwargs.db.clear();
    this.reply(201, { id: 1, name: body.name });
    this.reply(204);
  }

  override put(this: Handling<Users, "put">): void {
    const { body } = this.args;
    if ("photo" in body) {
      same<typeof body.photo, HTTPFile>();
      const bytes: Bytes = body.photo.body;
      this.setHeader("X-Size", bytes.length);
    } else same<typeof body.born, Date>();
    this.reply(204);
  }
}

// What several methods share is in the types of each.

class Shared extends TypedHandler({
  get: { path: { id: text }, response: { 200: user, 404: null } },
  delete: { path: { id: text }, response: { 204: null, 404: null } },
}) {
  #missing(this: Handling<Shared, "get" | "delete">): void {
    this.setHeader("X-Id", this.args.path.id);
    this.reply(404);
  }
  override get(this: Handling<Shared, "get">): void {
    this.#missing();
  }
  override delete(this: Handling<Shared, "delete">): void {
    if (this.args.path.id === "0") this.#missing();
    else this.reply(204);
  }
}

// A status that has a body in one method only is in none that they share; one with two bodies takes what fits both.

class Alike extends TypedHandler({
  get: { response: { 200: user, 201: user, 404: null } },
  put: { response: { 200: user, 201: newUser, 404: null } },
  head: { response: { 200: null, 404: null } },
}) {
  #send(this: Handling<Alike, "get" | "put">): void {
    this.reply(200, { id: 1, name: "Ben" });
    this.reply(201, { id: 1, name: "Ben", born: "2000-01-01" });
  }
  #count(this: Handling<Alike, "get" | "put" | "head">): void {
    this.reply(404);
  }
  override get(this: Handling<Alike, "get">): void {
    this.#send();
    this.#count();
  }
  override put(this: Handling<Alike, "put">): void {
    this.#send();
  }
  override head(this: Handling<Alike, "head">): void {
    this.#count();
  }
}

export const app: Application = new Application([
  ["/users/(?P<id>[0-9]+)", Item],
  ["/users", Users, { db: new Map() }],
  ["/shared/(.*)", Shared],
  ["/alike", Alike],
]);
