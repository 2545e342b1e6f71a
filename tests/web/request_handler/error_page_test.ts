import { assertEquals, assertMatch } from "@std/assert";
import { HTTPServerRequest } from "../../../src/http/httputil.ts";
import {
  errorPage,
  type ErrorPageHandler,
  type SendErrorOptions,
  sendErrorPage,
  traceback,
} from "../../../src/web/_request_handler/error_page.ts";
import type { HandlerState } from "../../../src/web/_request_handler/handler_state.ts";
import { Application, HTTPError, RequestHandler } from "../../../src/web/mod.ts";
import { FakeConnection } from "../../support/fake_connection.ts";
import { test } from "../../support/test.ts";
import { until } from "../../support/turns.ts";

/** The methods that a class inherits, and therefore does not answer. */
class Base {
  get(): void {}
  put(): void {}
}

class Page extends Base implements ErrorPageHandler {
  static readonly SUPPORTED_METHODS = ["GET", "PUT", "PURGE", "POST"];
  readonly calls: string[] = [];
  readonly connection: FakeConnection = new FakeConnection();
  readonly state: HandlerState;
  write: () => void | Promise<void> = () => {};

  constructor() {
    super();
    const request = new HTTPServerRequest({ uri: "/", connection: this.connection });
    this.state = new RequestHandler(new Application([], { logFunction() {} }), request)._handlerState;
  }

  override put(): void {}
  purge(): void {}
  clear(): void {
    this.calls.push("clear");
  }
  setStatus(statusCode: number, reason: string | null): void {
    this.calls.push(`setStatus ${statusCode} ${reason}`);
  }
  setHeader(name: string, value: string): void {
    this.calls.push(`${name}: ${value}`);
  }
  writeError(statusCode: number, _options: SendErrorOptions): void | Promise<void> {
    this.calls.push(`writeError ${statusCode}`);
    return this.write();
  }
  send(statusCode: number, options: SendErrorOptions = {}): void {
    sendErrorPage(this, this.state, statusCode, options, Base.prototype, () => void this.calls.push("finish"));
  }
}

test("sendErrorPage() clears, writes the page and finishes", () => {
  const page = new Page();
  page.send(404);
  assertEquals(page.calls, ["clear", "setStatus 404 null", "writeError 404", "finish"]);
});

test("sendErrorPage() takes the reason of the error before that of the options", () => {
  const page = new Page();
  page.send(500, { reason: "Given" });
  page.send(500, { reason: "Given", error: new HTTPError(500, null, { reason: "Thrown" }) });
  assertEquals(page.calls.filter((call) => call.startsWith("setStatus")), [
    "setStatus 500 Given",
    "setStatus 500 Thrown",
  ]);
});

test("sendErrorPage() names the methods that a class defines itself", () => {
  const page = new Page();
  page.send(405);
  assertEquals(page.calls.slice(1, 3), ["setStatus 405 null", "Allow: PUT, PURGE"]);
});

test("sendErrorPage() finishes after a page that takes its time, or fails", async (t) => {
  t.expectLog("tornado.application", /^Uncaught exception in write_error/);
  const failing = new Page();
  failing.write = () => {
    throw new Error("no page");
  };
  failing.send(500);
  assertEquals(failing.calls.at(-1), "finish");

  const slow = new Page();
  const page = Promise.withResolvers<void>();
  slow.write = () => page.promise;
  slow.send(500);
  assertEquals(slow.calls.at(-1), "writeError 500");
  page.resolve();
  await until(() => slow.calls.at(-1) === "finish");
});

test("sendErrorPage() breaks the response off once headers are sent", (t) => {
  t.expectLog("tornado.general", /^Cannot send error response after headers written/);
  const page = new Page();
  page.state.headersWritten = true;
  page.send(500);
  assertEquals([page.calls, page.connection.calls, page.state.finished], [[], ["abort"], true]);
});

test("errorPage() is Tornado's page, escaped", () => {
  assertEquals(
    errorPage(400, "<&>"),
    "<html><title>400: &lt;&amp;&gt;</title><body>400: &lt;&amp;&gt;</body></html>",
  );
});

test("traceback() shows the causes of an error, even of one that causes itself", () => {
  const cause = new TypeError("inner");
  assertMatch(traceback(new Error("outer", { cause })), /^Error: outer\n[^]*\nCaused by: TypeError: inner\n/);
  const own = new Error("own");
  own.cause = own;
  assertEquals(traceback(own).match(/Caused by/g)?.length, 8);
  assertEquals(traceback("text"), 'Uncaught "text"\n');
});
