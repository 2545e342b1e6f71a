import { assertEquals, assertThrows } from "@std/assert";
import { HTTPServerRequest } from "../../src/http/httputil.ts";
import { Application, RequestHandler } from "../../src/web/mod.ts";
import { utf8 } from "../../src/util/escape.ts";
import { Random } from "../support/random.ts";
import { test } from "../support/test.ts";

class Fast extends RequestHandler {}

/** Its own decoder, though it is the same, keeps it from taking arguments as they stand in the query. */
class Slow extends RequestHandler {
  override decodeArgument(value: Uint8Array<ArrayBuffer>, name?: string): string {
    return super.decodeArgument(value, name);
  }
}

const application = new Application([], { logFunction() {} });

function fastHandler(uri: string): Fast {
  return new Fast(application, new HTTPServerRequest({ uri }));
}

/** What a method gives or throws. */
function outcome(read: () => unknown): unknown {
  try {
    return read();
  } catch (error) {
    return error instanceof Error ? `${error.name}: ${error.message}` : error;
  }
}

test("arguments that are taken from the query as it is written are those that parsing gives", () => {
  const random = new Random(2111);
  const pieces = ["a", "b", "ab", "=", "&", "&", "==", "&&", "%", "%61", "+", ".", "-", "?", "\x80", "#", "__proto__"];
  const names = ["a", "b", "ab", "aa", "a.b", "", "a=b", "a&b", "__proto__", "toString", "%61", "a b", "é"];
  for (let round = 0; round < 20_000; round++) {
    const query = random.text(pieces, 14);
    const uri = random.pick(["/", "http://h/p", "", "http://h"]) + (random.below(8) === 0 ? query : `?${query}`);
    const name = random.pick(names);
    const fallback = random.pick([undefined, null, "none"]);
    const strip = random.below(2) === 0;
    for (const method of ["getArgument", "getQueryArgument"] as const) {
      const fast = outcome(() => fastHandler(uri)[method](name, fallback, { strip }));
      const slow = outcome(() =>
        new Slow(application, new HTTPServerRequest({ uri }))[method](name, fallback, { strip })
      );
      assertEquals(fast, slow, `${method} ${JSON.stringify(name)} of ${JSON.stringify(uri)}`);
    }
  }
});

test("getArgument() sees what was changed in request.arguments", () => {
  const handler = fastHandler("/?a=1&b=2");
  assertEquals(handler.getArgument("a"), "1");
  handler.request.arguments["a"] = [utf8("changed")];
  assertEquals(handler.getArgument("a"), "changed");
  assertEquals(handler.getQueryArgument("a"), "1");
  handler.request.queryArguments["a"] = [utf8("too")];
  assertEquals(handler.getQueryArgument("a"), "too");
  assertEquals(fastHandler("/?a=1").getArgument("b", "none"), "none");
});

test("getArgument() takes a form behind a query, however plain that is", () => {
  const request = new HTTPServerRequest({ method: "POST", uri: "/?a=1&b=2", body: utf8("a=form") });
  request.headers.set("Content-Type", "application/x-www-form-urlencoded");
  request.parseBody();
  const handler = new Fast(application, request);
  assertEquals([handler.getArgument("a"), handler.getArgument("b")], ["form", "2"]);
  assertEquals(handler.getQueryArgument("a"), "1");
});

test("getArgument() refuses options in the place of which there is a text, also for a plain argument", () => {
  const handler = fastHandler("/?a=1");
  assertThrows(() => Reflect.apply(handler.getArgument, handler, ["a", "", "strip"]), TypeError, "must be an object");
});
