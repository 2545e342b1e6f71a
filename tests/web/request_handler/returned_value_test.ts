import { assertEquals } from "@std/assert";
import type { Bytes } from "../../../src/internal/bytes.ts";
import { Application, RequestHandler, type RequestHandlerClass } from "../../../src/web/mod.ts";
import { test, type TestContext } from "../../support/test.ts";

/** What a method returns in JavaScript, where no compiler looks at it. */
type Returning = () => void;

interface Methods {
  get?: Returning;
  prepare?: Returning;
  dataReceived?: Returning;
}

const nothing: Returning = () => {};
const text: Returning = () => "hi";
const list: Returning = () => [1, 2];
const later: Returning = () => Promise.resolve({ a: 1 });

function handlerOf({ get = nothing, prepare = nothing, dataReceived = nothing }: Methods): RequestHandlerClass {
  return class Handler extends RequestHandler {
    override prepare(): void {
      return prepare();
    }
    override dataReceived(_chunk: Bytes): void {
      return dataReceived();
    }
    override put(): void {
      return get();
    }
  };
}

/** The status of the answer, and the errors that are logged. */
async function outcome(t: TestContext, handler: RequestHandlerClass): Promise<unknown[]> {
  const before = t.logs.length;
  const app = new Application([["/", handler]], { logFunction() {} });
  const response = await app.fetch(new Request("http://localhost/", { method: "PUT", body: "x" }));
  await response.body?.cancel();
  return [response.status, ...t.logs.slice(before).map((record) => String(record.excInfo))];
}

function refusal(method: string, shown: string): string {
  return `TypeError: Cannot send what ${method}() of Handler returned, ${shown}: a handler answers with this.write()`;
}

test("a method of a handler that returns a value is an error that names write", async (t) => {
  t.expectLog("tornado.application", /^Uncaught exception PUT/);
  for (const [given, shown] of [[text, '"hi"'], [list, "[ 1, 2 ]"], [later, "{ a: 1 }"]] as const) {
    assertEquals(await outcome(t, handlerOf({ get: given })), [500, refusal("put", shown)]);
    assertEquals(await outcome(t, handlerOf({ prepare: given })), [500, refusal("prepare", shown)]);
    // What comes before the method must not keep its value from being seen.
    const slowly = handlerOf({ prepare: () => Promise.resolve(), get: given });
    assertEquals(await outcome(t, slowly), [500, refusal("put", shown)]);
  }
});

test("a Response that a handler returns is named by its class", async (t) => {
  t.expectLog("tornado.application", /^Uncaught exception PUT/);
  const get: Returning = () => new Response("hi");
  assertEquals(await outcome(t, handlerOf({ get })), [500, refusal("put", "a Response")]);
});

test("a handler with streamRequestBody that returns a value is an error that names write", async (t) => {
  t.expectLog("tornado.application", /^Uncaught exception PUT/);
  for (const [given, shown] of [[text, '"hi"'], [later, "{ a: 1 }"]] as const) {
    for (const name of ["prepare", "get"] as const) {
      const handler = handlerOf({ [name]: given });
      handler.streamRequestBody = true;
      assertEquals(await outcome(t, handler), [500, refusal(name === "get" ? "put" : name, shown)]);
    }
  }
});

test("dataReceived may return what a write returns, since nobody takes that for an answer", async (t) => {
  for (const dataReceived of [() => 7, () => Promise.resolve(7)]) {
    const handler = handlerOf({ dataReceived });
    handler.streamRequestBody = true;
    assertEquals(await outcome(t, handler), [200]);
  }
});

test("a value that is returned after finish() is logged, and the answer stays", async (t) => {
  t.expectLog("tornado.application", /^Uncaught exception PUT/);
  class Handler extends RequestHandler {
    override put(): void {
      this.finish("done");
      return text();
    }
  }
  assertEquals(await outcome(t, Handler), [200, refusal("put", '"hi"')]);
});

test("a method of a handler may return nothing, now or later", async (t) => {
  for (const get of [nothing, () => Promise.resolve()]) {
    assertEquals(await outcome(t, handlerOf({ get, prepare: get })), [200]);
  }
});
