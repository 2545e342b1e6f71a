import { assertEquals, assertMatch } from "@std/assert";
import { HTTPHeaders, type HTTPServerRequest, ResponseStartLine } from "../../src/http/httputil.ts";
import {
  Application,
  FallbackHandler,
  type FallbackHandlerKwargs,
  RequestHandler,
  type RuleList,
} from "../../src/web/mod.ts";
import { settled } from "../support/fake_clock.ts";
import { answered, ask, type FakeConnection, FakeExchange, type FakeRequest } from "../support/fake_connection.ts";
import { test } from "../support/test.ts";
import { stalled, until } from "../support/turns.ts";

function site(kwargs: object): Application {
  const rules: RuleList = [["/.*", FallbackHandler, kwargs]];
  return new Application(rules, { logFunction() {} });
}

function fetching(fetch: FallbackHandlerKwargs["fetch"], uri: string, request?: FakeRequest): Promise<FakeConnection> {
  return answered(ask(site({ fetch }), uri, request));
}

test("FallbackHandler gives the request to another application", async () => {
  class Echo extends RequestHandler {
    override async post(): Promise<void> {
      await Promise.resolve();
      this.write(`${this.request.path} ${this.getBodyArgument("a")} ${this.getArguments("a").length}`);
    }
  }
  const inner = new Application([["/inner/.*", Echo]], { logFunction() {} });
  const form = { headers: { "Content-Type": "application/x-www-form-urlencoded" }, body: "a=b" };
  const connection = await answered(ask(site({ fallback: inner }), "/inner/x", { method: "POST", ...form }));
  assertEquals([connection.status, connection.body], [200, "/inner/x b 1"]);
  assertEquals((await answered(ask(site({ fallback: inner }), "/x"))).status, 404);
});

test("FallbackHandler calls a function of Tornado's kind, and is done", async () => {
  const finished: string[] = [];
  class Noting extends FallbackHandler {
    override onFinish(): void {
      finished.push("outer");
      super.onFinish();
    }
  }
  const fallback = (request: HTTPServerRequest) => {
    request.connection?.respond(new ResponseStartLine("HTTP/1.1", 202, "Accepted"), new HTTPHeaders(), "called");
  };
  const connection = await answered(ask(new Application([["/", Noting, { fallback }]]), "/"));
  assertEquals([connection.status, connection.body, finished], [202, "called", ["outer"]]);
});

test("FallbackHandler answers what goes wrong out of its hands with 500, if nobody has answered", async (t) => {
  t.expectLog("tornado.application", /^Uncaught exception in fallback for GET \/$/);
  const failing = ask(site({ fallback: () => Promise.reject(new Error("later")) }), "/");
  const fallback = (request: HTTPServerRequest) => {
    request.connection?.respond(new ResponseStartLine("HTTP/1.1", 202, "Accepted"), new HTTPHeaders(), null);
    return Promise.reject(new Error("later"));
  };
  const answering = ask(site({ fallback }), "/");
  await settled();
  assertEquals([failing.status, answering.status, answering.calls], [500, 202, ["respond"]]);
});

test("FallbackHandler leads to a function of the Fetch standard", async () => {
  const seen: unknown[] = [];
  const connection = await fetching(
    async (request, info) => {
      const { remoteAddr } = info;
      seen.push(request.method, request.url, request.headers.get("x-a"), await request.text());
      seen.push("hostname" in remoteAddr && remoteAddr.hostname, request.signal.aborted);
      const headers = new Headers({ "X-B": "c", "Content-Type": "text/plain", "Transfer-Encoding": "chunked" });
      headers.append("Set-Cookie", "a=1");
      headers.append("Set-Cookie", "b=2");
      return new Response("é", { status: 418, statusText: "Tea", headers });
    },
    "/a?b=c",
    { method: "POST", headers: { "X-A": "1", Host: "example.com:80" }, body: "body" },
  );
  assertEquals(seen, ["POST", "http://example.com/a?b=c", "1", "body", "127.0.0.1", false]);
  assertEquals([connection.status, connection.reason, connection.body], [418, "Tea", "é"]);
  const { headers } = connection;
  assertEquals([headers.get("X-B"), headers.get("Content-Type"), headers.has("Transfer-Encoding")], [
    "c",
    "text/plain",
    false,
  ]);
  assertEquals(headers.getList("Set-Cookie"), ["a=1", "b=2"]);
  assertEquals([headers.has("Etag"), headers.has("Date")], [false, true]);
});

test("FallbackHandler takes an object with a method fetch", async () => {
  class Api {
    readonly #name = "api";
    fetch(request: Request): Response {
      return new Response(`${this.#name} ${request.method}`);
    }
  }
  assertEquals((await answered(ask(site({ fallback: new Api() }), "/"))).body, "api GET");
});

test("FallbackHandler sends responses without a body as they are", async () => {
  const empty = await fetching(() => new Response(null, { status: 204, headers: { "X-A": "1" } }), "/");
  assertEquals([empty.status, empty.headers.get("X-A"), empty.headers.has("Content-Type")], [204, "1", false]);
  const none = await fetching(() => new Response(null), "/");
  assertEquals([none.headers.get("Content-Length"), none.body], ["0", ""]);
  const redirect = await fetching(() => Response.redirect("http://example.com/x"), "/");
  assertEquals([redirect.status, redirect.headers.get("Location")], [302, "http://example.com/x"]);
});

test("FallbackHandler sends no body for HEAD, and no length that it does not know", async () => {
  let cancelled = false;
  const body = new ReadableStream({
    cancel() {
      cancelled = true;
    },
  });
  const head = await fetching(() => new Response(body), "/", { method: "HEAD" });
  assertEquals([head.body, head.headers.has("Content-Length"), cancelled], ["", false, true]);
  const known = await fetching(() => new Response("x", { headers: { "Content-Length": "1" } }), "/", {
    method: "HEAD",
  });
  assertEquals([known.body, known.headers.get("Content-Length")], ["", "1"]);
});

test("FallbackHandler reads on when the client has read", async () => {
  let pulled = 0;
  const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
    pull(controller) {
      controller.enqueue(new Uint8Array(10));
      if (++pulled === 20) controller.close();
    },
  }, { highWaterMark: 0 });
  const exchange = new FakeExchange(site({ fetch: () => new Response(body) }), "/");
  exchange.connection.hold();
  exchange.end();
  await stalled(() => pulled);
  assertEquals(pulled, 1);
  exchange.connection.release();
  await answered(exchange.connection);
  assertEquals([pulled, exchange.connection.body.length], [20, 200]);
});

test("FallbackHandler tells the other side that the client is gone", async () => {
  const events: string[] = [];
  const exchange = new FakeExchange(
    site({
      fetch: (request: Request, info: Deno.ServeHandlerInfo) => {
        request.signal.addEventListener("abort", () => events.push("abort"));
        info.completed.then(() => events.push("completed"));
        const body = new ReadableStream({
          start: (controller) => controller.enqueue(new Uint8Array(1)),
          cancel() {
            events.push("cancel");
          },
        });
        return new Response(body);
      },
    }),
    "/",
  );
  const connection = exchange.end();
  await until(() => connection.body !== "");
  assertEquals([connection.body, events], ["\0", []]);
  connection.close();
  await until(() => events.length === 3);
  assertEquals(events, ["abort", "cancel", "completed"]);
});

test("FallbackHandler answers what fails on the other side with 500", async (t) => {
  t.expectLog("tornado.application", /^Uncaught exception GET \/[a-z]+ /);
  const failures: Record<string, () => unknown> = {
    "/throws": () => {
      throw new Error("throws");
    },
    "/rejects": () => Promise.reject(new Error("rejects")),
    "/nothing": () => undefined,
    "/error": () => Response.error(),
  };
  for (const [path, fetch] of Object.entries(failures)) {
    assertEquals((await answered(ask(site({ fetch }), path))).status, 500, path);
  }
  assertEquals(ask(site({}), "/none").status, 500);
  const messages = t.logs.map(({ excInfo }) => excInfo?.message).join("\n");
  assertMatch(messages, /throws\n.*rejects\n.*not undefined\n.*not Response[^]*needs a fallback or a fetch function/);
});

test("FallbackHandler refuses a host that is none, and takes a target that is no path", async (t) => {
  t.expectLog("tornado.general", /^400 GET \/x .*: Not a URL: http:\/\/\[\/x$/);
  const fetch = (request: Request) => new Response(request.url);
  const app = new Application([[/.*/, FallbackHandler, { fetch }]], { logFunction() {} });
  assertEquals((await answered(ask(app, "/x", { headers: { Host: "[" } }))).status, 400);
  assertEquals((await answered(ask(app, "*", { method: "OPTIONS" }))).body, "http://localhost/*");
});

test("FallbackHandler with a body that breaks ends the response", async (t) => {
  t.expectLog("tornado.application", /^Uncaught exception GET/);
  t.expectLog("tornado.general", /^Cannot send error response after headers written$/);
  let pulled = 0;
  const body = new ReadableStream({
    pull(controller) {
      if (pulled++ === 0) controller.enqueue(new Uint8Array(1));
      else controller.error(new Error("broken"));
    },
  });
  const connection = await fetching(() => new Response(body), "/");
  assertEquals([connection.status, connection.body, connection.finished], [200, "\0", true]);
});

/** A response that never comes to its first byte, and tells when nobody wants it any more. */
function silentResponse(init?: ResponseInit) {
  const cancelled = Promise.withResolvers<void>();
  const body = new ReadableStream<Uint8Array<ArrayBuffer>>({ cancel: () => cancelled.resolve() });
  return { response: new Response(body, init), cancelled: cancelled.promise };
}

test("FallbackHandler cancels a response that comes when the client is gone", async () => {
  const fetched = Promise.withResolvers<Response>();
  const connection = ask(site({ fetch: () => fetched.promise }), "/");
  connection.close();
  const { response, cancelled } = silentResponse();
  fetched.resolve(response);
  await cancelled;
  await answered(connection);
});

test("FallbackHandler cancels a response whose head cannot be sent", async (t) => {
  t.expectLog("tornado.application", /^Uncaught exception GET/);
  const { response, cancelled } = silentResponse({ headers: { "X-A": "a\x01b" } });
  const connection = await fetching(() => response, "/");
  await cancelled;
  assertEquals(connection.status, 500);
});
