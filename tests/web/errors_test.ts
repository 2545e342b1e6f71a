import { assertEquals, assertStrictEquals } from "@std/assert";
import { Finish, HTTPError, MissingArgumentError } from "../../src/web/mod.ts";
import { test } from "../support/test.ts";

test("HTTPError is a 500 by default, without a message", () => {
  const error = new HTTPError();
  assertEquals([error.statusCode, error.reason, error.logMessage, error.getMessage()], [500, null, null, null]);
  assertEquals([error.args, error.name, String(error)], [[], "HTTPError", "HTTP 500: Internal Server Error"]);
});

test("HTTPError formats its message with its arguments only", () => {
  const formatted = new HTTPError(400, "%s is %d%%", { args: ["x", 7] });
  assertEquals([formatted.logMessage, formatted.getMessage()], ["%s is %d%%", "x is 7%"]);
  assertEquals(formatted.message, "HTTP 400: Bad Request (x is 7%)");
  const plain = new HTTPError(400, "100%d");
  assertEquals([plain.logMessage, plain.getMessage()], ["100%%d", "100%d"]);
  assertEquals(String(plain), "HTTP 400: Bad Request (100%d)");
});

test("HTTPError names its reason and cause", () => {
  const cause = new Error("cause");
  const error = new HTTPError(404, null, { reason: "Gone fishing", cause });
  assertEquals([error.reason, error.message], ["Gone fishing", "HTTP 404: Gone fishing"]);
  assertStrictEquals(error.cause, cause);
  assertEquals(String(new HTTPError(999)), "HTTP 999: Unknown");
});

test("MissingArgumentError is an HTTPError with status 400", () => {
  const error = new MissingArgumentError("a%s");
  assertEquals([error instanceof HTTPError, error.statusCode, error.argName], [true, 400, "a%s"]);
  assertEquals([error.name, error.getMessage()], ["MissingArgumentError", "Missing argument a%s"]);
});

test("Finish keeps what is to be written last", () => {
  assertEquals([new Finish().chunk, new Finish("a").chunk, new Finish({ a: 1 }).chunk], [undefined, "a", { a: 1 }]);
  assertEquals([new Finish().name, new Finish() instanceof HTTPError], ["Finish", false]);
});
