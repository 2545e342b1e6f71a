import { assertEquals, assertThrows } from "@std/assert";
import { HTTPServerRequest } from "../../../src/http/httputil.ts";
import { stateOf } from "../../../src/web/_request_handler/private_parts.ts";
import { Application, RequestHandler } from "../../../src/web/mod.ts";
import type { HandlerState } from "../../../src/web/_request_handler/handler_state.ts";
import { FakeConnection } from "../../support/fake_connection.ts";
import { test } from "../../support/test.ts";

/** A handler that notes what its state asks of it, without a delegate that leads it. */
class FakeHandler extends RequestHandler {
  readonly calls: string[] = [];
  readonly connection: FakeConnection;
  isKnown = false;
  failing: string | null = null;

  constructor(method = "GET") {
    const connection = new FakeConnection(method);
    const application = new Application([], { logFunction: () => this.#note("logRequest") });
    super(application, new HTTPServerRequest({ method, uri: "/", connection }));
    this.connection = connection;
  }

  get state(): HandlerState {
    return stateOf(this);
  }

  override setEtagHeader(): void {
    this.#note("setEtagHeader");
    this.state.headers.set("Etag", '"a"');
  }

  override checkEtagHeader(): boolean {
    return this.isKnown;
  }

  override onFinish(): void {
    this.#note("onFinish");
  }

  #note(call: string): void {
    this.calls.push(call);
    if (this.failing === call) throw new Error(call);
  }
}

test("HandlerState.finish() completes the response and concludes the request", () => {
  const handler = new FakeHandler();
  handler.state.append("hello");
  handler.state.finish();
  assertEquals(handler.connection.calls, ["respond"]);
  assertEquals(handler.connection.headers.get("Content-Length"), "5");
  assertEquals(handler.calls, ["setEtagHeader", "logRequest", "onFinish"]);
  assertEquals(handler.state.finished, true);
  assertThrows(() => handler.state.finish(), Error, "finish() called twice");
});

test("HandlerState.finish() answers 304 without a body if the client has it", () => {
  const handler = new FakeHandler();
  handler.isKnown = true;
  handler.state.append("hello");
  handler.state.finish();
  assertEquals([handler.connection.status, handler.connection.body], [304, ""]);
});

test("HandlerState.finish() makes an ETag for a 200 to GET and HEAD only", () => {
  const post = new FakeHandler("POST");
  post.state.finish();
  const missing = new FakeHandler();
  missing.state.setStatus(404, null);
  missing.state.finish();
  const tagged = new FakeHandler();
  tagged.state.headers.set("Etag", '"mine"');
  tagged.state.finish();
  for (const { calls } of [post, missing, tagged]) assertEquals(calls, ["logRequest", "onFinish"]);
});

test("HandlerState calls what whenOver() was given once, whatever fails before it", () => {
  for (const failing of ["logRequest", "onFinish"]) {
    const handler = new FakeHandler();
    handler.failing = failing;
    const done: string[] = [];
    handler.state.whenOver(() => void done.push("first"));
    handler.state.whenOver(() => void done.push("second"));
    assertThrows(() => handler.state.finish(), Error, failing);
    handler.state.cleanUp();
    assertEquals(done, ["first", "second"]);
  }
});
