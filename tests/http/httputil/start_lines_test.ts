import { assertEquals, assertThrows } from "@std/assert";
import {
  HTTPInputError,
  parseRequestStartLine,
  parseResponseStartLine,
  RequestStartLine,
  ResponseStartLine,
} from "../../../src/http/httputil.ts";
import { test } from "../../support/test.ts";

test("parseRequestStartLine() takes method, target and version", () => {
  assertEquals(parseRequestStartLine("GET /foo HTTP/1.1"), new RequestStartLine("GET", "/foo", "HTTP/1.1"));
  assertEquals(parseRequestStartLine("get * HTTP/1.0").method, "get");
  assertEquals(parseRequestStartLine("M-SEARCH http://h/\u00e9?x HTTP/1.9").path, "http://h/\u00e9?x");
});

test("parseRequestStartLine() refuses malformed lines", () => {
  const lines = [
    "",
    "GET",
    "GET /",
    "GET  / HTTP/1.1",
    "GET / HTTP/1.1 ",
    " GET / HTTP/1.1",
    "GET / HTTP/11",
    "GET / http/1.1",
    "GET / HTTP/1.1\n",
    "GET /a b HTTP/1.1",
    "GET /\u0000 HTTP/1.1",
    "GET /\u007f HTTP/1.1",
    "GET /\u20ac HTTP/1.1",
    "G@T / HTTP/1.1",
    "GET\t/\tHTTP/1.1",
  ];
  for (const line of lines) {
    const error = assertThrows(() => parseRequestStartLine(line), HTTPInputError, "Malformed");
    assertEquals(error.statusCode, 400);
  }
});

test("parseRequestStartLine() answers other versions with 505", () => {
  const error = assertThrows(() => parseRequestStartLine("GET / HTTP/2.0"), HTTPInputError, "HTTP/2.0");
  assertEquals(error.statusCode, 505);
});

test("parseResponseStartLine() takes version, code and reason", () => {
  assertEquals(parseResponseStartLine("HTTP/1.1 200 OK"), new ResponseStartLine("HTTP/1.1", 200, "OK"));
  assertEquals(parseResponseStartLine("HTTP/1.0 404 Not  Found").reason, "Not  Found");
  assertEquals(parseResponseStartLine("HTTP/1.1 200 ").reason, "");
  assertEquals(parseResponseStartLine("HTTP/1.1 200").reason, "");
});

test("parseResponseStartLine() refuses malformed lines", () => {
  for (
    const line of ["", "HTTP/1.1", "HTTP/1.1 20 OK", "HTTP/1.1 2000 OK", "HTTP/1.1  200 OK", "HTTP/1.1 200 O\u0000K"]
  ) {
    assertThrows(() => parseResponseStartLine(line), HTTPInputError, "Malformed");
  }
});

test("start lines print as they are sent", () => {
  assertEquals(String(new RequestStartLine("GET", "/", "HTTP/1.1")), "GET / HTTP/1.1");
  assertEquals(String(new ResponseStartLine("HTTP/1.1", 404, "Not Found")), "HTTP/1.1 404 Not Found");
});
