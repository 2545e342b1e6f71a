import { assertEquals, assertMatch } from "@std/assert";
import { HTTPHeaders, HTTPServerRequest } from "../../src/http/httputil.ts";
import { StreamClosedError } from "../../src/net/iostream.ts";
import { LogFormatter } from "../../src/util/log.ts";
import {
  Application,
  authenticated,
  Finish,
  HTTPError,
  RequestHandler,
  type RequestHandlerClass,
  type SendErrorOptions,
  type Settings,
  streamRequestBody,
} from "../../src/web/mod.ts";
import { settled } from "../support/fake_clock.ts";
import { ask, FakeConnection, FakeExchange } from "../support/fake_connection.ts";
import { test } from "../support/test.ts";
import { until } from "../support/turns.ts";

function site(handler: RequestHandlerClass, settings: Settings = {}): Application {
  return new Application([["/.*", handler]], { logFunction() {}, ...settings });
}

/** A handler that notes its calls. */
function recorder(own: Partial<Record<"prepare" | "get" | "finished", (handler: RequestHandler) => unknown>>) {
  const calls: string[] = [];
  const run = (name: string, handler: RequestHandler, step?: (handler: RequestHandler) => unknown) => {
    calls.push(name);
    const result = step?.(handler);
    return result instanceof Promise ? result : undefined;
  };
  class Recorder extends RequestHandler {
    override initialize(): void {
      calls.push("initialize");
    }
    override prepare(): void | Promise<void> {
      return run("prepare", this, own.prepare);
    }
    override get(): void | Promise<void> {
      return run("get", this, own.get);
    }
    override onFinish(): void {
      run("onFinish", this, own.finished);
    }
    override onConnectionClose(): void {
      calls.push("onConnectionClose");
    }
  }
  return { calls, app: site(Recorder) };
}

test("the life of a handler, in one turn", () => {
  const { calls, app } = recorder({});
  assertEquals(ask(app, "/").calls, ["respond"]);
  assertEquals(calls, ["initialize", "prepare", "get", "onFinish"]);
});

test("a prepare that finishes keeps the method from being called", () => {
  const { calls, app } = recorder({ prepare: (handler) => void handler.finish("early") });
  assertEquals(ask(app, "/").body, "early");
  assertEquals(calls, ["initialize", "prepare", "onFinish"]);
});

test("an asynchronous prepare and method are waited for", async () => {
  const gate = Promise.withResolvers<void>();
  const { calls, app } = recorder({
    prepare: () => gate.promise,
    get: async (handler) => {
      handler.write("a");
      await gate.promise;
      handler.write("b");
    },
  });
  const connection = ask(app, "/");
  await settled();
  assertEquals(calls, ["initialize", "prepare"]);
  gate.resolve();
  await settled();
  assertEquals([connection.body, connection.calls], ["ab", ["respond"]]);
  assertEquals(calls, ["initialize", "prepare", "get", "onFinish"]);
});

test("an asynchronous prepare that finishes keeps the method from being called", async () => {
  const { calls, app } = recorder({
    prepare: async (handler) => {
      await Promise.resolve();
      handler.redirect("/login");
    },
  });
  const connection = ask(app, "/");
  await settled();
  assertEquals([connection.status, calls], [302, ["initialize", "prepare", "onFinish"]]);
});

test("what is thrown in any step is a 500 page and a logged stack", async (t) => {
  t.expectLog(
    "tornado.application",
    /^Uncaught exception GET \/x\?y \(127\.0\.0\.1\)\nHTTPServerRequest\(.*uri='\/x\?y'/,
  );
  const fail = () => {
    throw new Error("oops");
  };
  class Constructor extends RequestHandler {
    readonly #field = fail();
    override get(): void {
      this.write(String(this.#field));
    }
  }
  class Initialize extends RequestHandler {
    override initialize(): void {
      fail();
    }
  }
  class Prepare extends RequestHandler {
    override prepare(): void {
      fail();
    }
  }
  class AsyncPrepare extends RequestHandler {
    override async prepare(): Promise<void> {
      await Promise.reject(new Error("oops"));
    }
  }
  class Get extends RequestHandler {
    override get(): void {
      this.setStatus(201);
      this.setHeader("X-A", "1");
      this.write("partial");
      fail();
    }
  }
  class AsyncGet extends RequestHandler {
    override async get(): Promise<void> {
      await Promise.reject(new Error("oops"));
    }
  }
  for (const handler of [Constructor, Initialize, Prepare, AsyncPrepare, Get, AsyncGet]) {
    const connection = ask(site(handler), "/x?y");
    await settled();
    assertEquals(connection.status, 500, handler.name);
    const title = "500: Internal Server Error";
    assertEquals(connection.body, `<html><title>${title}</title><body>${title}</body></html>`);
    assertEquals(connection.headers.has("X-A"), false);
  }
  assertEquals(t.logs.filter(({ excInfo }) => excInfo?.message === "oops").length, 6);
});

test("what is thrown may be no error", (t) => {
  t.expectLog("tornado.application", /^Uncaught exception GET/);
  for (const thrown of ["text", undefined, null, 7, {}]) {
    const { app } = recorder({
      get: () => {
        throw thrown;
      },
    });
    assertEquals(ask(app, "/").status, 500);
  }
});

test("an error after the end is only logged", async (t) => {
  t.expectLog("tornado.application", /^Uncaught exception GET/);
  const { app } = recorder({
    get: async (handler) => {
      handler.finish("done");
      await Promise.reject(new Error("late"));
    },
  });
  const connection = ask(app, "/");
  await settled();
  assertEquals([connection.body, connection.calls], ["done", ["respond"]]);
  const { app: second } = recorder({
    finished: () => {
      throw new Error("in onFinish");
    },
  });
  assertEquals(ask(second, "/").status, 200);
});

test("Finish ends with what was written, without a log line", () => {
  const { app, calls } = recorder({
    get: (handler) => {
      handler.setStatus(401);
      handler.write("a");
      throw new Finish();
    },
  });
  const connection = ask(app, "/");
  assertEquals([connection.status, connection.body], [401, "a"]);
  assertEquals(calls.at(-1), "onFinish");
  const { app: json } = recorder({
    prepare: () => {
      throw new Finish({ b: 1 });
    },
  });
  assertEquals(ask(json, "/").body, '{"b":1}');
  const { app: done } = recorder({
    get: (handler) => {
      handler.finish("c");
      throw new Finish();
    },
  });
  assertEquals(ask(done, "/").body, "c");
});

test("HTTPError sends its status and reason, and logs its message", (t) => {
  t.expectLog("tornado.general", /^418 GET \/ \(127\.0\.0\.1\): 100% tea$/);
  const thrown = (error: Error) => {
    const { app } = recorder({
      get: () => {
        throw error;
      },
    });
    return ask(app, "/");
  };
  assertEquals(thrown(new HTTPError(418, "100% tea")).status, 418);
  const own = thrown(new HTTPError(499, null, { reason: "A & B" }));
  assertEquals([own.status, own.reason], [499, "A & B"]);
  assertMatch(own.body, /<title>499: A &amp; B</);
  assertEquals(thrown(new HTTPError(404, "", { reason: "<x>" })).reason, "Unknown");
  const notModified = thrown(new HTTPError(304));
  assertEquals([notModified.status, notModified.body], [304, ""]);
});

test("a status that has not three digits is refused", (t) => {
  t.expectLog("tornado.application", /^Uncaught exception GET \/set/);
  t.expectLog("tornado.application", /^Exception in exception handler$/);
  for (const status of [NaN, 0, -200, 99, 1000, 200.5]) {
    class Setting extends RequestHandler {
      override get(): void {
        this.setStatus(status);
      }
    }
    class Throwing extends RequestHandler {
      override get(): void {
        throw new HTTPError(status);
      }
    }
    assertEquals([ask(site(Setting), "/set").status, ask(site(Throwing), "/throw").status], [500, 500], String(status));
  }
  class Unusual extends RequestHandler {
    override get(): void {
      this.setStatus(799);
    }
  }
  assertEquals(ask(site(Unusual), "/").status, 799);
});

test("sendError() takes a reason, and writeError() gets what it was given", () => {
  const seen: unknown[] = [];
  class Handler extends RequestHandler {
    override get(): void {
      this.sendError(404, { reason: "Gone away", extra: 7 });
    }
    override writeError(statusCode: number, options: SendErrorOptions): void {
      seen.push(statusCode, options);
      this.write({ code: statusCode });
    }
  }
  const connection = ask(site(Handler), "/");
  assertEquals([connection.status, connection.reason, connection.body], [404, "Gone away", '{"code":404}']);
  assertEquals(seen, [404, { reason: "Gone away", extra: 7 }]);
});

test("writeError() may be asynchronous, or finish by itself", async () => {
  class Async extends RequestHandler {
    override get(): void {
      throw new HTTPError(404);
    }
    override async writeError(): Promise<void> {
      await Promise.resolve();
      this.write("page");
    }
  }
  class Finishing extends Async {
    override writeError(): Promise<void> {
      return this.finish("finished");
    }
  }
  const connections = [ask(site(Async), "/"), ask(site(Finishing), "/")];
  await settled();
  assertEquals(connections.map(({ status, body }) => [status, body]), [[404, "page"], [404, "finished"]]);
});

test("a writeError() that fails leaves an empty page", async (t) => {
  t.expectLog("tornado.application", /^Uncaught exception in write_error$/);
  class Sync extends RequestHandler {
    override get(): void {
      throw new HTTPError(404);
    }
    override writeError(): void | Promise<void> {
      throw new Error("page");
    }
  }
  class Async extends Sync {
    override writeError(): Promise<void> {
      return Promise.reject(new Error("page"));
    }
  }
  const connections = [ask(site(Sync), "/"), ask(site(Async), "/")];
  await settled();
  assertEquals(connections.map(({ status, body }) => [status, body]), [[404, ""], [404, ""]]);
});

test("the setting serveTraceback shows the stack and its causes, as text", (t) => {
  t.expectLog("tornado.application", /^Uncaught exception GET/);
  const { app } = recorder({
    get: () => {
      throw new TypeError("outer <b>", { cause: new RangeError("inner") });
    },
  });
  app.settings.serveTraceback = true;
  const connection = ask(app, "/");
  assertEquals([connection.status, connection.headers.get("Content-Type")], [500, "text/plain; charset=UTF-8"]);
  assertMatch(connection.body, /^TypeError: outer <b>\n {4}at .*\n[^]*Caused by: RangeError: inner\n {4}at /);
  const asked = recorder({ get: (handler) => handler.sendError(404) }).app;
  asked.settings.serveTraceback = true;
  assertMatch(ask(asked, "/").body, /^<html>/);
});

test("an error after headers were sent ends the response as it is", async (t) => {
  t.expectLog("tornado.application", /^Uncaught exception GET/);
  t.expectLog("tornado.general", /^Cannot send error response after headers written$/);
  const { app, calls } = recorder({
    get: async (handler) => {
      handler.write("a");
      await handler.flush();
      throw new Error("late");
    },
  });
  const connection = ask(app, "/");
  await settled();
  assertEquals([connection.status, connection.body, connection.finished], [200, "a", true]);
  assertEquals(calls.at(-1), "onFinish");
});

test("a body that does not fit its Content-Length ends the request", async (t) => {
  t.expectLog("tornado.application", /^Uncaught exception GET/);
  t.expectLog("tornado.general", /^Cannot send error response after headers written$/);
  for (const length of [2, 9]) {
    const { app, calls } = recorder({
      get: (handler) => {
        handler.setHeader("Content-Length", length);
        handler.write("12345");
      },
    });
    const connection = ask(app, "/");
    assertEquals([connection.startLine?.code, ...calls], [500, "initialize", "prepare", "get", "onFinish"]);
    const { app: flushing, calls: flushed } = recorder({
      get: async (handler) => {
        handler.setHeader("Content-Length", length);
        handler.write("12345");
        await handler.flush();
      },
    });
    ask(flushing, "/");
    await settled();
    assertEquals(flushed.at(-1), "onFinish");
  }
});

test("the log folds the frames of Twister under an error of a handler, unless debug is set", (t) => {
  t.expectLog("tornado.application", /^Uncaught exception GET/);
  class Fails extends RequestHandler {
    override get(): void {
      this.setHeader("X", "\u4e2d");
    }
  }
  for (const debug of [false, true]) ask(new Application([["/", Fails]], { logFunction() {}, debug }), "/");
  const formatter = new LogFormatter({ color: false });
  const [folded, whole] = t.logs.filter(({ excInfo }) => excInfo !== null).map((record) => formatter.format(record));
  assertMatch(
    folded,
    /\.\.\. \d frames of Twister\n +at Fails\.get \(\S+\/life_cycle_test\.ts:.*\n +\.\.\. \d frames of Twister/,
  );
  assertEquals([folded.includes("/src/"), whole.includes("/src/web/"), whole.includes("of Twister")], [
    false,
    true,
    false,
  ]);
});

test("a handler that fails everywhere still answers", (t) => {
  t.expectLog("tornado.application", /^Error in exception logger$/);
  t.expectLog("tornado.application", /^Exception in exception handler$/);
  class Hopeless extends RequestHandler {
    #calls = 0;
    override setDefaultHeaders(): void {
      if (this.#calls++ > 0) throw new Error("headers");
    }
    override logException(): void {
      throw new Error("log");
    }
    override get(): void {
      throw new Error("get");
    }
  }
  const connection = ask(site(Hopeless), "/");
  assertEquals([connection.status, connection.body, connection.finished], [500, "", true]);
});

test("onConnectionClose() is called while a method waits, and never afterwards", async () => {
  const gate = Promise.withResolvers<void>();
  const { app, calls } = recorder({ get: () => gate.promise });
  const connection = ask(app, "/");
  connection.close();
  assertEquals(calls, ["initialize", "prepare", "get", "onConnectionClose"]);
  gate.resolve();
  await settled();
  assertEquals(calls.at(-1), "onFinish");
  const { app: quick, calls: quickCalls } = recorder({});
  ask(quick, "/").close();
  assertEquals(quickCalls.includes("onConnectionClose"), false);
  const { app: slow, calls: slowCalls } = recorder({ get: () => Promise.resolve() });
  const answered = ask(slow, "/");
  await settled();
  answered.close();
  assertEquals(slowCalls.includes("onConnectionClose"), false);
});

test("a client that goes away is no error of the handler", async (t) => {
  const { app, calls } = recorder({
    get: async (handler) => {
      for (;;) {
        handler.write("x");
        await handler.flush();
        await settled();
      }
    },
  });
  const connection = ask(app, "/");
  await settled();
  connection.close();
  await until(() => calls.includes("onFinish"));
  assertEquals(calls, ["initialize", "prepare", "get", "onConnectionClose", "onFinish"]);
  assertEquals(t.logs.map((record) => record.getMessage()), ["Client is gone: GET / (127.0.0.1)"]);
});

test("a stream of somebody else that is closed is an error like others", async (t) => {
  t.expectLog("tornado.application", /^Uncaught exception GET/);
  const { app } = recorder({ get: () => Promise.reject(new StreamClosedError()) });
  const connection = ask(app, "/");
  await settled();
  assertEquals(connection.status, 500);
});

test("a promise that nobody waits for may be rejected", async () => {
  const { app } = recorder({
    get: (handler) => {
      handler.write("x");
      handler.flush();
      handler.finish();
    },
  });
  const connection = new FakeConnection();
  connection.closed = true;
  await app.handle(new HTTPServerRequest({ uri: "/", connection }));
  await settled();
  assertEquals(connection.finished, true);
});

test("what writes logs may be asynchronous, and fail", async (t) => {
  t.expectLog("tornado.application", /^Uncaught exception GET \/ /);
  class Logging extends RequestHandler {
    override get(): void {
      throw new Error("of the handler");
    }
    override async logException(): Promise<void> {
      await Promise.reject(new Error("of logException"));
    }
  }
  const logFunction = () => Promise.reject(new Error("of logFunction"));
  assertEquals(ask(site(Logging, { logFunction }), "/").status, 500);
  await settled();
  assertEquals(t.logs.map(({ excInfo }) => excInfo?.message), ["of logFunction", "of logException"]);
});

test("onFinish() and onConnectionClose() may be asynchronous, and fail", async (t) => {
  t.expectLog("tornado.application", /^Uncaught exception GET \/ /);
  class Failing extends RequestHandler {
    override async get(): Promise<void> {
      await new Promise(() => {});
    }
    override async onConnectionClose(): Promise<void> {
      await Promise.reject(new Error("close"));
    }
    override async onFinish(): Promise<void> {
      await Promise.reject(new Error("finish"));
    }
  }
  class Quick extends Failing {
    override async get(): Promise<void> {}
  }
  ask(site(Failing), "/").close();
  ask(site(Quick), "/");
  await settled();
  assertEquals(t.logs.map(({ excInfo }) => excInfo?.message), ["close", "finish"]);
});

test("what cannot wait is refused when it is asynchronous", async (t) => {
  t.expectLog("tornado.application", /^Uncaught exception POST/);
  class Initialize extends RequestHandler {
    override async initialize(): Promise<void> {
      await Promise.reject(new Error("late"));
    }
  }
  class Check extends RequestHandler {
    override async checkXsrfCookie(): Promise<void> {
      await Promise.reject(new Error("late"));
    }
  }
  class User extends RequestHandler {
    override async getCurrentUser(): Promise<null> {
      return await Promise.reject(new Error("late"));
    }
    @authenticated
    override post(): void {
      this.write("secret");
    }
  }
  class Forgotten extends User {
    override prepare(): void {
      this.currentUser = this.getCurrentUser();
    }
  }
  for (const handler of [Initialize, Check, User, Forgotten]) {
    const app = new Application([["/", handler]], { xsrfCookies: handler === Check, logFunction() {} });
    assertEquals(ask(app, "/", { method: "POST" }).status, 500, handler.name);
  }
  await settled();
  assertEquals(
    t.logs.map(({ excInfo }) => excInfo?.message.split(" cannot be asynchronous")[0]),
    ["initialize()", "checkXsrfCookie()", "getCurrentUser()", "currentUser"],
  );
});

test("an overridden finish() sees every end", () => {
  class Footer extends RequestHandler {
    override get(): void {
      this.write("a");
    }
    override post(): void {
      this.redirect("/");
    }
    override finish(chunk?: string): Promise<void> {
      this.setHeader("X-Footer", "1");
      return super.finish(chunk);
    }
  }
  for (const method of ["GET", "POST", "PUT"]) {
    assertEquals(ask(site(Footer), "/", { method }).headers.get("X-Footer"), "1", method);
  }
});

test("a handler that streams its body gets headers, pieces and the end in turn", () => {
  const calls: string[] = [];
  @streamRequestBody
  class Upload extends RequestHandler {
    override prepare(): void {
      calls.push(`prepare ${this.request.headers.get("X-A")}`);
      this.request.connection?.setMaxBodySize(7);
    }
    override dataReceived(chunk: Uint8Array<ArrayBuffer>): void {
      calls.push(`data ${chunk.length}`);
    }
    override put(): void {
      calls.push(`put ${this.request.body.length} ${this.getArgument("q")}`);
      this.write("done");
    }
  }
  const exchange = new FakeExchange(site(Upload), "/?q=1", { method: "PUT", headers: new HTTPHeaders({ "X-A": "b" }) });
  assertEquals([exchange.ready, calls, exchange.connection.maxBodySize], [undefined, ["prepare b"], 7]);
  assertEquals([exchange.send("123"), exchange.send("45")], [undefined, undefined]);
  assertEquals(exchange.end().body, "done");
  assertEquals(calls, ["prepare b", "data 3", "data 2", "put 0 1"]);
});

test("a handler that streams its body holds back what comes too fast", async () => {
  const gates = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  class Slow extends RequestHandler {
    static override streamRequestBody = true;
    override prepare(): Promise<void> | void {
      return gates[0]?.promise;
    }
    override dataReceived(): Promise<void> | void {
      return gates[1]?.promise;
    }
    override post(): void {
      this.write("done");
    }
  }
  const exchange = new FakeExchange(site(Slow), "/", { method: "POST" });
  gates[0]?.resolve();
  assertEquals(exchange.ready instanceof Promise, true);
  await exchange.ready;
  const taken = exchange.send("x");
  assertEquals(taken instanceof Promise, true);
  gates[1]?.resolve();
  await taken;
  assertEquals(exchange.end().body, "done");
});

test("a handler that streams its body does nothing after a failure, while its error page is under way", async () => {
  for (const step of ["prepare", "later", "data"]) {
    const page = Promise.withResolvers<void>();
    const calls: string[] = [];
    class Failing extends RequestHandler {
      static override streamRequestBody = true;
      override prepare(): void | Promise<void> {
        if (step === "prepare") throw new HTTPError(403);
        if (step === "later") return Promise.reject(new HTTPError(403));
      }
      override dataReceived(chunk: Uint8Array<ArrayBuffer>): void {
        calls.push(`data ${chunk.length}`);
        if (step === "data") throw new HTTPError(403);
      }
      override post(): void {
        calls.push("post");
      }
      override async writeError(status: number): Promise<void> {
        await page.promise;
        this.write(`page ${status}`);
      }
    }
    const exchange = new FakeExchange(site(Failing), "/", { method: "POST" });
    await exchange.ready;
    for (const piece of ["x", "yy"]) await exchange.send(piece);
    const connection = exchange.end();
    page.resolve();
    await until(() => connection.finished);
    assertEquals([connection.body, calls], ["page 403", step === "data" ? ["data 1"] : []], step);
  }
});

test("a handler that streams its body may answer before the end", () => {
  class Refusing extends RequestHandler {
    static override streamRequestBody = true;
    override prepare(): void {
      this.setStatus(413);
      this.finish("too much");
    }
    override dataReceived(): void {
      throw new Error("not to be called");
    }
    override post(): void {
      throw new Error("not to be called");
    }
  }
  const exchange = new FakeExchange(site(Refusing), "/", { method: "POST" });
  assertEquals([exchange.connection.status, exchange.connection.body], [413, "too much"]);
  exchange.send("x");
  assertEquals(exchange.end().calls, ["respond"]);
});

test("an error while a body streams is an error page", async (t) => {
  t.expectLog("tornado.application", /^Uncaught exception POST/);
  t.expectLog("tornado.general", /^413 POST \/ \(127\.0\.0\.1\): enough$/);
  class Failing extends RequestHandler {
    static override streamRequestBody = true;
    override post(): void {}
  }
  class Limiting extends Failing {
    override dataReceived(): Promise<void> {
      return Promise.reject(new HTTPError(413, "enough"));
    }
  }
  const missing = new FakeExchange(site(Failing), "/", { method: "POST" });
  missing.send("x");
  assertEquals(missing.end().status, 500);
  const limited = new FakeExchange(site(Limiting), "/", { method: "POST" });
  await limited.send("x");
  limited.send("y");
  assertEquals(limited.end().status, 413);
  const wrong = new FakeExchange(site(Failing), "/", { method: "PUT" }).end();
  assertEquals([wrong.status, wrong.headers.get("Allow")], [405, "POST"]);
});

test("a client that goes away while its body streams is told of, and the method not called", () => {
  const calls: string[] = [];
  class Upload extends RequestHandler {
    static override streamRequestBody = true;
    override dataReceived(): void {
      calls.push("data");
    }
    override onConnectionClose(): void {
      calls.push("close");
    }
    override put(): void {
      calls.push("put");
    }
  }
  const exchange = new FakeExchange(site(Upload), "/", { method: "PUT" });
  exchange.send("x");
  exchange.delegate.onConnectionClose();
  exchange.delegate.finish();
  assertEquals(calls, ["data", "close"]);
});

test("a client that goes away before its body is complete is answered by nobody", () => {
  const { app, calls } = recorder({});
  const exchange = new FakeExchange(app, "/");
  exchange.send("x");
  exchange.delegate.onConnectionClose();
  assertEquals([calls, exchange.connection.calls], [[], []]);
});
