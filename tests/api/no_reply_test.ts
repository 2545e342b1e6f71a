// Methods that end without a reply.
import { assertEquals } from "@std/assert";
import { type Handling, TypedHandler } from "../../src/api/mod.ts";
import { TestClient } from "../../src/testing/mod.ts";
import { Application, HTTPError } from "../../src/web/mod.ts";
import { test } from "../support/test.ts";
import { later, text } from "./schemas.ts";

const declaration = { query: { how: text }, response: { 200: text, 202: later(text), 204: null } };

class Forgetful extends TypedHandler({ get: declaration, post: declaration, put: { response: { 200: null } } }) {
  override get(this: Handling<Forgetful, "get">): void {
    this.#answer(this.args.query.how);
  }
  override async post(this: Handling<Forgetful, "post">): Promise<void> {
    await Promise.resolve();
    this.#answer(this.args.query.how);
  }
  override put(): void {}
  override delete(): void {}

  #answer(this: Handling<Forgetful, "get" | "post">, how: string): void {
    if (how === "reply") this.reply(200, "a");
    else if (how === "later") this.reply(202, "a");
    else if (how === "write") this.write("a");
    else if (how === "finish") void this.finish();
    else if (how === "flush") void this.flush();
    else if (how === "redirect") this.redirect("/");
    else if (how === "error") throw new HTTPError(404);
    else if (/^[0-9]/.test(how)) this.setStatus(Number(how));
  }
}

class Unlisted extends TypedHandler({ get: { response: { 201: text } }, put: { response: {} } }) {
  override get(): void {}
  override put(): void {}
}

const rows: readonly (readonly [how: string, code: number, text: string])[] = [
  ["reply", 200, '"a"'],
  ["later", 202, '"a"'],
  ["write", 200, "a"],
  ["finish", 200, ""],
  ["flush", 200, ""],
  ["redirect", 302, ""],
  ["204", 204, ""],
  ["304", 304, ""],
];

for (const engine of ["listen", "serve"] as const) {
  test(`TypedHandler refuses to end without a declared body, on the ${engine} engine`, async (t) => {
    t.expectLog("tornado.application", /^Uncaught exception/);
    t.expectLog("tornado.access", /./);
    const app = new Application([["/", Forgetful], ["/unlisted", Unlisted]]);
    await using client = new TestClient(app, { engine, raiseServerErrors: false });
    for (const method of ["GET", "POST"]) {
      for (const [how, code, text] of rows) {
        const response = await client.fetch(`/?how=${how}`, { method, followRedirects: false });
        assertEquals([response.code, response.text], [code, text], how);
      }
      assertEquals((await client.fetch("/?how=error", { method })).code, 404);
      for (const how of ["nothing", "200", "202"]) {
        const response = await client.fetch(`/?how=${how}`, { method });
        assertEquals(response.code, 500);
        assertEquals(response.headers.get("Content-Type"), "application/problem+json");
      }
    }
    for (const method of ["PUT", "DELETE"]) assertEquals((await client.fetch("/", { method })).code, 200);
    assertEquals((await client.get("/unlisted")).code, 500);
    assertEquals((await client.put("/unlisted")).code, 200);
    assertEquals(
      t.logs.flatMap(({ excInfo }) => excInfo === null ? [] : [excInfo.message]).filter((each) => !/404/.test(each)),
      [
        ...["get", "post"].flatMap((method) =>
          [200, 200, 202].map((status) => `Cannot end ${method}() without a reply: ${status} is not declared as empty`)
        ),
        "Cannot end get() without a reply: 200 is not declared as empty",
      ],
    );
  });
}
