import { assertEquals, assertMatch } from "@std/assert";
import { HTTPServerRequest } from "../../../src/http/httputil.ts";
import {
  errorPage,
  type SendErrorOptions,
  sendErrorPage,
  traceback,
} from "../../../src/web/_request_handler/error_page.ts";
import { stateOf } from "../../../src/web/_request_handler/private_parts.ts";
import { Application, HTTPError, RequestHandler } from "../../../src/web/mod.ts";
import { FakeConnection } from "../../support/fake_connection.ts";
import { test } from "../../support/test.ts";
import { until } from "../../support/turns.ts";

class Page extends RequestHandler {
  static override SUPPORTED_METHODS: readonly string[] = ["GET", "PUT", "PURGE", "POST"];
  readonly calls: string[] = [];
  body: () => void | Promise<void> = () => {};

  override put(): void {}
  purge(): void {}
  override clear(): void {
    this.calls.push("clear");
  }
  override setStatus(statusCode: number, reason: string | null): void {
    this.calls.push(`setStatus ${statusCode} ${reason}`);
  }
  override setHeader(name: string, value: string): void {
    this.calls.push(`${name}: ${value}`);
  }
  override writeError(statusCode: number, _options: SendErrorOptions): void | Promise<void> {
    this.calls.push(`writeError ${statusCode}`);
    return this.body();
  }
  override finish(): Promise<void> {
    this.calls.push("finish");
    return Promise.resolve();
  }
}

function make(connection = new FakeConnection()): Page {
  return new Page(new Application([], { logFunction() {} }), new HTTPServerRequest({ uri: "/", connection }));
}

test("sendErrorPage() clears, writes the page and finishes", () => {
  const page = make();
  sendErrorPage(page, 404, {});
  assertEquals(page.calls, ["clear", "setStatus 404 null", "writeError 404", "finish"]);
});

test("sendErrorPage() takes the reason of the error before that of the options", () => {
  const page = make();
  sendErrorPage(page, 500, { reason: "Given" });
  sendErrorPage(page, 500, { reason: "Given", error: new HTTPError(500, null, { reason: "Thrown" }) });
  assertEquals(page.calls.filter((call) => call.startsWith("setStatus")), [
    "setStatus 500 Given",
    "setStatus 500 Thrown",
  ]);
});

test("sendErrorPage() names the methods that a class defines itself", () => {
  const page = make();
  sendErrorPage(page, 405, {});
  assertEquals(page.calls.slice(1, 3), ["setStatus 405 null", "Allow: PUT, PURGE"]);
});

test("sendErrorPage() finishes after a page that takes its time, or fails", async (t) => {
  t.expectLog("tornado.application", /^Uncaught exception in write_error/);
  const failing = make();
  failing.body = () => {
    throw new Error("no page");
  };
  sendErrorPage(failing, 500, {});
  assertEquals(failing.calls.at(-1), "finish");

  const slow = make();
  const page = Promise.withResolvers<void>();
  slow.body = () => page.promise;
  sendErrorPage(slow, 500, {});
  assertEquals(slow.calls.at(-1), "writeError 500");
  page.resolve();
  await until(() => slow.calls.at(-1) === "finish");
});

test("sendErrorPage() breaks the response off once headers are sent", (t) => {
  t.expectLog("tornado.general", /^Cannot send error response after headers written/);
  const connection = new FakeConnection();
  const page = make(connection);
  stateOf(page).headersWritten = true;
  sendErrorPage(page, 500, {});
  assertEquals([page.calls, connection.calls, stateOf(page).finished], [[], ["abort"], true]);
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
