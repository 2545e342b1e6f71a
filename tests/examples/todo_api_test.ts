import { assertEquals } from "@std/assert";
import { makeTodoApi } from "../../examples/todo_api/app.ts";
import { TodoStore } from "../../examples/todo_api/store.ts";
import { ApiPages } from "../../src/api/ui.ts";
import { TestClient } from "../../src/testing/mod.ts";
import { test } from "../support/test.ts";
import { TempDir } from "../support/temp_dir.ts";

for (const engine of ["listen", "serve"] as const) {
  test(`the todo API makes, lists, changes and removes todos, on the ${engine} engine`, async (t) => {
    t.expectLog("tornado.access", /^404/);
    using store = new TodoStore(":memory:");
    await using client = new TestClient(makeTodoApi(store), { engine });
    const made = await client.post("/todos", { json: { title: " milk " } });
    const milk = { id: 1, title: "milk", done: false };
    assertEquals([made.code, made.headers.get("Location"), made.json()], [201, "/todos/1", milk]);
    await client.post("/todos", { json: { title: "bread", done: true } });
    assertEquals((await client.get("/todos?done=false")).json(), [milk]);
    assertEquals((await client.get("/todos?after=1")).json(), [{ id: 2, title: "bread", done: true }]);
    assertEquals((await client.get("/todos?limit=1")).json(), [milk]);
    const changed = { id: 1, title: "oat milk", done: true };
    assertEquals((await client.put("/todos/1", { json: { title: "oat milk", done: true } })).json(), changed);
    assertEquals((await client.get("/todos/1")).json(), changed);
    assertEquals((await client.delete("/todos/1")).code, 204);
    for (const response of [await client.get("/todos/1"), await client.delete("/todos/1")]) {
      assertEquals([response.code, response.text], [404, ""]);
    }
  });
}

test("the todo API refuses what its schemas do not take", async (t) => {
  t.expectLog("tornado.access", /^4/);
  t.expectLog("tornado.general", /4/);
  using store = new TodoStore(":memory:");
  await using client = new TestClient(makeTodoApi(store));
  for (const json of [{}, { title: "" }, { title: "x".repeat(201) }, { title: "x", admin: true }, null, []]) {
    assertEquals((await client.post("/todos", { json })).code, 422);
  }
  for (const query of ["done=1", "limit=0", "limit=101", "after=-1", "after=x"]) {
    assertEquals((await client.get(`/todos?${query}`)).code, 422, query);
  }
  assertEquals((await client.get("/todos/9007199254740993")).code, 422);
  assertEquals((await client.post("/todos", { form: { title: "x" } })).code, 415);
  assertEquals(store.list({ done: undefined, after: 0, limit: 10 }), []);
});

test("the todo API has its document and Swagger UI, from this host alone", async (t) => {
  t.expectLog("tornado.access", /^404/);
  using store = new TodoStore(":memory:");
  await using plain = new TestClient(makeTodoApi(store));
  assertEquals((await plain.get("/docs/")).code, 404);
  await using client = new TestClient(makeTodoApi(store, ApiPages));
  const { paths } = (await client.get("/docs/openapi.json")).json() as { paths: Record<string, object> };
  assertEquals((await plain.get("/")).json(), { ...(await client.get("/docs/openapi.json")).json() as object });
  assertEquals(Object.entries(paths).map(([path, methods]) => [path, ...Object.keys(methods)]), [
    ["/todos", "get", "post"],
    ["/todos/{id}", "get", "put", "delete"],
  ]);
  const page = await client.get("/");
  assertEquals(page.text.match(/https?:/g), null);
  for (const [, file = ""] of page.text.matchAll(/(?:src|href)="([^"]+)"/g)) {
    assertEquals((await client.get(`/docs/${file}`)).code, 200, file);
  }
  for (const file of ["absolute-path.js", "..%2Fpackage.json", "index.html"]) {
    assertEquals((await client.get(`/docs/${file}`)).code, 404, file);
  }
});

test("todos outlive the store", () => {
  using dir = new TempDir();
  const path = `${dir.path}/todos.sqlite`;
  {
    using store = new TodoStore(path);
    store.add({ title: "milk", done: false });
  }
  using store = new TodoStore(path);
  assertEquals(store.find(1), { id: 1, title: "milk", done: false });
});
