import { assert, assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import {
  type HTTPConnection,
  HTTPHeaders,
  HTTPInputError,
  HTTPMessageDelegate,
  HTTPServerConnectionDelegate,
  HTTPServerRequest,
  ResponseStartLine,
} from "../../src/http/httputil.ts";
import {
  Matcher,
  PathMatches,
  ReversibleRuleRouter,
  Router,
  Rule,
  RuleRouter,
  type RuleTarget,
  type TargetParams,
  url,
} from "../../src/web/routing.ts";
import { ask, FakeExchange } from "../support/fake_connection.ts";
import { settled } from "../support/fake_clock.ts";
import { test } from "../support/test.ts";

const OK = new ResponseStartLine("HTTP/1.1", 200, "OK");

/** A target that answers with its name, the request's body and what the rule said. */
function answers(name: string) {
  return (request: HTTPServerRequest, params: TargetParams) => {
    const told = Object.keys(params).length === 0 ? "" : JSON.stringify(params);
    const body = new TextDecoder().decode(request.body);
    request.connection?.respond(OK, new HTTPHeaders(), [name, body, told].filter((text) => text !== "").join(" "));
  };
}

test("RuleRouter tries rules in order, whatever their kind", () => {
  const router = new RuleRouter([
    ["/a", answers("first")],
    ["/a", answers("second")],
    ["/[bc]", answers("pattern")],
    ["/b", answers("literal after the pattern")],
    ["/d", answers("d")],
    [/\/.*/, answers("rest")],
    ["/e", answers("never")],
  ]);
  const bodies = ["/a", "/b", "/c", "/d", "/e", "/x"].map((path) => ask(router, path).body);
  assertEquals(bodies, ["first", "pattern", "pattern", "d", "rest", "rest"]);
});

test("RuleRouter goes on where a target does not take the request", () => {
  const router = new RuleRouter([
    ["/a", new RuleRouter([["/b", answers("b")]])],
    ["/a", answers("second")],
    ["/.*", new RuleRouter([["/c", answers("inner c")]])],
    ["/c", answers("outer c")],
    ["/d", answers("d")],
  ]);
  assertEquals(["/a", "/c", "/d"].map((path) => ask(router, path).body), ["second", "inner c", "d"]);
});

test("RuleRouter.addRules() adds at the end or before a rule", () => {
  const router = new RuleRouter([["/a", answers("first")], ["/.*", answers("rest")]]);
  assertEquals(ask(router, "/b").body, "rest");
  router.addRules([["/b", answers("b")], ["/.*", answers("new rest")]], { index: 1 });
  assertEquals([ask(router, "/b").body, ask(router, "/c").body], ["b", "new rest"]);
  assertEquals(router.rules.length, 4);
  router.addRules([new Rule(new PathMatches("/z"), answers("z"))]);
  assertEquals(router.rules.length, 5);
});

test("RuleRouter refuses what is no rule", () => {
  const build = (entry: unknown) => () => Reflect.construct(RuleRouter, [[entry]]);
  assertThrows(build(["/"]), TypeError, "list of 2 to 4 values");
  assertThrows(build(["/", answers("a"), {}, "x", 1]), TypeError, "list of 2 to 4 values");
  assertThrows(build("/"), TypeError, "list of 2 to 4 values");
  assertThrows(build([7, answers("a")]), TypeError, "A path pattern must be");
  assertThrows(build(["/(", answers("a")]), SyntaxError, "Cannot use the pattern");
});

test("RuleRouter tells a function what the rule and the pattern have to say", () => {
  const router = new RuleRouter([
    ["/lit", answers("lit"), { a: 1 }],
    ["/n/(?P<x>.)", answers("named"), { a: 2 }],
    ["/u/(.)", answers("unnamed")],
  ]);
  assertEquals(ask(router, "/lit").body, 'lit {"targetKwargs":{"a":1}}');
  assertEquals(ask(router, "/n/y").body, 'named {"pathKwargs":{"x":"y"},"targetKwargs":{"a":2}}');
  assertEquals(ask(router, "/u/y").body, 'unnamed {"pathArgs":["y"]}');
});

test("a function as target gets the whole body, parsed", () => {
  let seen: HTTPServerRequest | null = null;
  const router = new RuleRouter([["/", (request: HTTPServerRequest) => {
    seen = request;
    answers("form")(request, {});
  }]]);
  const exchange = new FakeExchange(router, "/", {
    method: "POST",
    headers: { "Content-Type": "application/x-www-form-urlencoded" },
  });
  const text = `a=${"x".repeat(5000)}&b=2`;
  for (const piece of [text.slice(0, 3), text.slice(3, 4), text.slice(4, 4000), text.slice(4000)]) exchange.send(piece);
  assertEquals(exchange.end().body, `form ${text}`);
  const { bodyArguments } = seen ?? new HTTPServerRequest();
  assertEquals(bodyArguments.b, [new TextEncoder().encode("2")]);
});

test("a function as target that throws is answered with 500, bad input with 400", async (t) => {
  t.expectLog("tornado.application", /^Uncaught exception in callback for GET \/sync$/);
  t.expectLog("tornado.application", /^Uncaught exception in callback for GET \/async$/);
  t.expectLog("tornado.application", /^Uncaught exception in callback for GET \/late$/);
  t.expectLog("tornado.general", /^Invalid body of POST \/sync: /);
  const router = new RuleRouter([
    ["/sync", () => {
      throw new Error("sync");
    }],
    ["/async", () => Promise.reject(new Error("async"))],
    ["/late", (request: HTTPServerRequest) => {
      answers("begun")(request, {});
      throw new Error("late");
    }],
  ]);
  assertEquals(ask(router, "/sync").status, 500);
  const connection = ask(router, "/async");
  await settled();
  assertEquals(connection.status, 500);
  assertEquals(ask(router, "/late").body, "begun");
  const headers = { "Content-Type": "multipart/form-data" };
  assertEquals(ask(router, "/sync", { method: "POST", headers, body: "x" }).status, 400);
});

test("a function as target that returns what it meant to send is answered with 500, other results pass", async (t) => {
  t.expectLog("tornado.application", /^Uncaught exception in callback for GET /);
  // The types of functions that return nothing, behind which JavaScript returns something.
  const text: () => void = () => "hi";
  const response: () => void = () => Promise.resolve(new Response("hi"));
  const later: (request: HTTPServerRequest) => void = (request) => [request].push(request);
  const answered: (request: HTTPServerRequest) => void = (request) => {
    answers("whole")(request, {});
    return "whole";
  };
  const router = new RuleRouter([["/text", text], ["/response", response], ["/answered", answered], ["/later", later]]);
  assertEquals(ask(router, "/text").status, 500);
  const connection = ask(router, "/response");
  await settled();
  assertEquals(connection.status, 500);
  assertEquals(ask(router, "/answered").body, "whole");
  assertEquals(ask(router, "/later").status, 0);
  assertEquals(t.logs.map(({ excInfo }) => String(excInfo)), [
    'TypeError: Cannot send what a function of a rule returned, "hi": use a RequestHandler',
    "TypeError: Cannot send what a function of a rule returned, a Response: use a RequestHandler",
  ]);
});

test("a delegate as target gets connection and headers", () => {
  class Delegate extends HTTPServerConnectionDelegate {
    override startRequest(_serverConn: object, connection: HTTPConnection): HTTPMessageDelegate {
      class Receiver extends HTTPMessageDelegate {
        #text = "";
        override headersReceived(): void {
          this.#text = "headers";
        }
        override finish(): void {
          connection.respond(OK, new HTTPHeaders(), `${this.#text} finish`);
        }
      }
      return new Receiver();
    }
  }
  assertEquals(ask(new RuleRouter([["/.*", new Delegate()]]), "/x").body, "headers finish");
});

test("RuleRouter.getTargetDelegate() may be overridden for other targets", () => {
  class Teapot {}
  class TeaRouter extends RuleRouter {
    override getTargetDelegate(target: RuleTarget, request: HTTPServerRequest, params?: TargetParams) {
      return super.getTargetDelegate(target instanceof Teapot ? answers("tea") : target, request, params);
    }
  }
  assertEquals(ask(new TeaRouter([["/", new Teapot()]]), "/").body, "tea");
  assertEquals(ask(new RuleRouter([["/", new Teapot()]]), "/").status, 404);
});

test("RuleRouter.processRule() may change rules", () => {
  class Prefixed extends RuleRouter {
    override processRule(rule: Rule): Rule {
      return new Rule(new PathMatches("/prefixed"), rule.target);
    }
  }
  assertEquals(ask(new Prefixed([["/a", answers("a")]]), "/prefixed").body, "a");
});

test("Router answers what nobody takes with a 404 without a body", () => {
  const connection = ask(new RuleRouter([]), "/x", { method: "POST", body: "ignored" });
  assertEquals([connection.status, connection.reason, connection.body], [404, "Not Found", ""]);
  assertEquals(connection.headers.get("Content-Length"), "0");
  assertEquals(connection.calls, ["respond"]);
});

test("Router answers an error in a matcher with 500, and lets bad input through", (t) => {
  t.expectLog("tornado.application", /^Uncaught exception in router for GET \/x$/);
  class Failing extends Matcher {
    readonly #error: Error;
    constructor(error: Error) {
      super();
      this.#error = error;
    }
    override match(): never {
      throw this.#error;
    }
  }
  assertEquals(ask(new RuleRouter([[new Failing(new Error("matcher")), answers("a")]]), "/x").status, 500);
  const bad = new RuleRouter([[new Failing(new HTTPInputError("bad")), answers("a")]]);
  assertThrows(() => ask(bad, "/x"), HTTPInputError, "bad");
});

test("Router passes the end of a connection on", () => {
  let closed = 0;
  class Receiver extends HTTPMessageDelegate {
    override onConnectionClose(): void {
      closed++;
    }
  }
  class One extends Router {
    override findHandler(): HTTPMessageDelegate {
      return new Receiver();
    }
  }
  new FakeExchange(new One(), "/").delegate.onConnectionClose();
  assertEquals(closed, 1);
});

test("ReversibleRuleRouter finds named rules, its own first, then those of targets", () => {
  const inner = new ReversibleRuleRouter([url("/inner/(.*)", answers("i"), { name: "x" }), [
    "/j",
    answers("j"),
    {},
    "j",
  ]]);
  const router = new ReversibleRuleRouter([
    ["/.*", inner],
    ["/x", answers("x"), null, "x"],
    ["/.*", new RuleRouter([["/k", answers("k"), {}, "k"]])],
  ]);
  assertEquals(router.reverseUrl("x"), "/x");
  assertEquals(router.reverseUrl("j"), "/j");
  assertEquals(inner.reverseUrl("x", "a b"), "/inner/a%20b");
  assertEquals(router.reverseUrl("k"), null);
  assertStrictEquals(router.namedRules.get("x"), router.rules[1]);
  assert(!router.namedRules.has("j"));
});

test("ReversibleRuleRouter warns of a name that is taken, and gives it to the new rule", (t) => {
  t.expectLog("tornado.application", /^Multiple handlers named x; replacing previous value$/);
  const router = new ReversibleRuleRouter([["/a", answers("a"), {}, "x"], ["/b", answers("b"), {}, "x"]]);
  assertEquals(router.reverseUrl("x"), "/b");
});
