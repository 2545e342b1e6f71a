// The routes of the API, each with what it takes and answers.
import { z } from "npm:zod@4.6.7";
import {
  booleanFromText,
  type Handling,
  numberFromText,
  openapi,
  type OpenAPIDocument,
  TypedHandler,
} from "../../src/api/mod.ts";
import type { ApiPages } from "../../src/api/ui.ts";
import { Application, RedirectHandler, RequestHandler } from "../../src/web/mod.ts";
import type { TodoStore } from "./store.ts";

const MAX_TITLE = 200;
const MAX_PAGE = 100;

const id = numberFromText(z.int().min(1));
const newTodo = z.strictObject({ title: z.string().trim().min(1).max(MAX_TITLE), done: z.boolean().default(false) });
const todo = z.strictObject({ id: z.int(), title: z.string(), done: z.boolean() });

class TodoListHandler extends TypedHandler({
  get: {
    query: {
      done: booleanFromText(z.boolean().optional()),
      after: numberFromText(z.int().min(0).default(0)),
      limit: numberFromText(z.int().min(1).max(MAX_PAGE).default(MAX_PAGE)),
    },
    response: { 200: z.array(todo) },
  },
  post: { body: newTodo, response: { 201: todo } },
}) {
  declare readonly kwargs: { store: TodoStore };

  override get(this: Handling<TodoListHandler, "get">): void {
    const { done, after, limit } = this.args.query;
    this.reply(200, this.kwargs.store.list({ done, after, limit }));
  }

  override post(this: Handling<TodoListHandler, "post">): void {
    const added = this.kwargs.store.add(this.args.body);
    this.setHeader("Location", `/todos/${added.id}`);
    this.reply(201, added);
  }
}

class TodoHandler extends TypedHandler({
  get: { path: { id }, response: { 200: todo, 404: null } },
  put: { path: { id }, body: newTodo, response: { 200: todo, 404: null } },
  delete: { path: { id }, response: { 204: null, 404: null } },
}) {
  declare readonly kwargs: { store: TodoStore };

  override get(this: Handling<TodoHandler, "get">): void {
    const found = this.kwargs.store.find(this.args.path.id);
    if (found === null) this.reply(404);
    else this.reply(200, found);
  }

  override put(this: Handling<TodoHandler, "put">): void {
    const changed = { ...this.args.body, id: this.args.path.id };
    if (this.kwargs.store.replace(changed)) this.reply(200, changed);
    else this.reply(404);
  }

  override delete(this: Handling<TodoHandler, "delete">): void {
    this.reply(this.kwargs.store.remove(this.args.path.id) ? 204 : 404);
  }
}

class DocumentHandler extends RequestHandler {
  declare readonly kwargs: { document: () => OpenAPIDocument };

  override get(): void {
    this.write({ ...this.kwargs.document() });
  }
}

/** The API over a store, with its document, and with `pages` in `/docs/` for those who try it in a browser. */
export function makeTodoApi(store: TodoStore, pages: typeof ApiPages | null = null): Application {
  const app = new Application([
    ["/", RedirectHandler, { url: pages === null ? "/openapi.json" : "/docs/", permanent: false }],
    ["/todos", TodoListHandler, { store }],
    ["/todos/(?P<id>[0-9]+)", TodoHandler, { store }],
    ["/openapi.json", DocumentHandler, { document: () => document }],
  ]);
  if (pages !== null) app.addHandlers(".*", [["/docs/(.*)", pages, { document: () => document }]]);
  const document = openapi(app, { title: "Todos", version: "1.0.0" });
  return app;
}
