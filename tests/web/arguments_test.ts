import { assertEquals, assertThrows } from "@std/assert";
import { HTTPServerRequest } from "../../src/http/httputil.ts";
import { Application, HTTPError, MissingArgumentError, RequestHandler } from "../../src/web/mod.ts";
import { utf8 } from "../../src/util/escape.ts";
import { ask, type FakeRequest } from "../support/fake_connection.ts";
import { test } from "../support/test.ts";

class Silent extends RequestHandler {}

const application = new Application([], { cookieSecret: "secret", logFunction() {} });

/** A handler of a request that was not sent. */
function handlerOf(uri: string): RequestHandler {
  return new Silent(application, new HTTPServerRequest({ uri }));
}

/** What `read` gets of a POST. */
function posted<T>(uri: string, request: FakeRequest, read: (handler: RequestHandler) => T): T {
  const results: T[] = [];
  class Handler extends RequestHandler {
    override post(): void {
      results.push(read(this));
    }
  }
  ask(new Application([["/.*", Handler]]), uri, { method: "POST", ...request });
  const [result] = results;
  if (result === undefined) throw new Error("The handler was not called");
  return result;
}

const FORM = { "Content-Type": "application/x-www-form-urlencoded" };

test("getArgument() gives the last value, decoded and stripped", () => {
  const handler = handlerOf("/?a=1&a=+2%20&b=%C3%A9&c=&d");
  assertEquals(handler.getArgument("a"), "2");
  assertEquals(handler.getArgument("a", undefined, { strip: false }), " 2 ");
  assertEquals(handler.getArgument("b"), "é");
  assertEquals([handler.getArgument("c"), handler.getArgument("d")], ["", ""]);
});

test("getArgument() gives the default, or throws without one", () => {
  const handler = handlerOf("/?a=1");
  assertEquals(handler.getArgument("x", "default"), "default");
  const none: string | null = handler.getArgument("x", null);
  assertEquals(none, null);
  const there: string = handler.getArgument("a");
  assertEquals(there, "1");
  // What it is wanted for must not make a null of it.
  handler.setSignedCookie("a", handler.getArgument("a"));
  const error = assertThrows(() => handler.getArgument("x"), MissingArgumentError, "HTTP 400: Bad Request");
  assertEquals([error.argName, error.getMessage()], ["x", "Missing argument x"]);
  assertEquals(handler.getArgument("__proto__", null), null);
  assertEquals(handler.getArgument("constructor", null), null);
});

test("getArguments() gives all values, those of the query first", () => {
  const values = posted("/?a=1&a=2", { headers: FORM, body: "a=3&b=4" }, (handler) => [
    handler.getArguments("a"),
    handler.getQueryArguments("a"),
    handler.getBodyArguments("a"),
    [handler.getArgument("a"), handler.getQueryArgument("a"), handler.getBodyArgument("a")],
    handler.getArguments("x"),
    [handler.getQueryArgument("b", "none"), handler.getBodyArgument("b", null)],
  ]);
  assertEquals(values, [["1", "2", "3"], ["1", "2"], ["3"], ["3", "2", "3"], [], ["none", "4"]]);
});

test("arguments of a multipart body", () => {
  const body = '--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n é \r\n--x--\r\n';
  const headers = { "Content-Type": "multipart/form-data; boundary=x" };
  assertEquals(posted("/", { headers, body }, (handler) => handler.getBodyArgument("a")), "é");
});

test("control characters in arguments become spaces, and Python's white space is stripped", () => {
  const value = (bytes: string) => handlerOf(`/?a=${bytes}`).getArgument("a");
  assertEquals(value("x%00y%08z%0e%1fw"), "x y z  w");
  assertEquals(value("x%09y%0a%0b%0c%0dz%7fw"), "x\ty\n\v\f\rz\x7fw");
  assertEquals(value("%1c%1fx%1e"), "x");
  assertEquals(value("%C2%85%C2%A0%E3%80%80x%E2%80%A8"), "x");
  assertEquals(value("%EF%BB%BFx"), "\ufeffx");
  assertEquals(handlerOf("/?a=%00x%00").getArguments("a", { strip: false }), [" x "]);
});

test("an argument that is not UTF-8 is refused with its name", () => {
  const handler = handlerOf(`/?a=%ff&b=${"%80".repeat(50)}`);
  const error = assertThrows(() => handler.getArgument("a"), HTTPError);
  assertEquals([error.statusCode, error.getMessage()], [400, "Invalid unicode in a: b'\\xff'"]);
  const long = assertThrows(() => handler.getArguments("b"), HTTPError);
  assertEquals(long.getMessage(), `Invalid unicode in b: b'${"\\x80".repeat(40)}'`);
});

test("options of an argument that are none are refused", () => {
  const handler = handlerOf("/?a=1");
  assertThrows(() => Reflect.apply(handler.getArguments, handler, ["a", "default"]), TypeError, "must be an object");
  assertThrows(() => Reflect.apply(handler.getArgument, handler, ["a", null, true]), TypeError, "must be an object");
});

test("decodeArgument() is the one way to decode", () => {
  const handler = handlerOf("/");
  assertEquals(handler.decodeArgument(utf8("é")), "é");
  const error = assertThrows(() => handler.decodeArgument(new Uint8Array([0xc3])), HTTPError);
  assertEquals(error.getMessage(), "Invalid unicode in url: b'\\xc3'");
});

test("a form body that cannot be read is answered with 400", (t) => {
  t.expectLog("tornado.general", /^400 POST \/ \(127\.0\.0\.1\): Invalid body: Unsupported Content-Encoding: gzip$/);
  t.expectLog("tornado.general", /^400 POST \/ \(127\.0\.0\.1\): Invalid body: .*boundary not found$/);
  class Handler extends RequestHandler {
    override post(): void {
      this.write("called");
    }
  }
  const app = new Application([["/", Handler]], { logFunction() {} });
  const encoded = ask(app, "/", { method: "POST", headers: { ...FORM, "Content-Encoding": "gzip" }, body: "a=1" });
  assertEquals(encoded.status, 400);
  const headers = { "Content-Type": "multipart/form-data" };
  assertEquals(ask(app, "/", { method: "POST", headers, body: "x" }).status, 400);
  assertEquals(ask(app, "/", { method: "POST", headers: { "Content-Type": "text/x" }, body: "x" }).body, "called");
});
