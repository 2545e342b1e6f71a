import { assertEquals, assertThrows } from "@std/assert";
import { filterWhitespace, Template } from "../../src/template/mod.ts";
import { test } from "../support/test.ts";
import { errorOf, render } from "./render.ts";

test("filterWhitespace: the three modes", () => {
  const text = "a \t b\n\n  c\r\nd\f\fe \u00a0 f";
  assertEquals(filterWhitespace("all", text), text);
  assertEquals(filterWhitespace("single", text), "a b\nc\nd\f\fe \u00a0 f");
  assertEquals(filterWhitespace("oneline", text), "a b c d e f");
  assertThrows(() => filterWhitespace("squash", ""), RangeError, "invalid whitespace mode squash");
});

test("filterWhitespace: white space is what Python calls so", () => {
  for (let code = 0; code <= 0xffff; code++) {
    const text = String.fromCharCode(code);
    const isSpace = (code >= 0x09 && code <= 0x0d) || (code >= 0x1c && code <= 0x20) ||
      [0x85, 0xa0, 0x1680, 0x2028, 0x2029, 0x202f, 0x205f, 0x3000].includes(code) ||
      (code >= 0x2000 && code <= 0x200a);
    assertEquals(filterWhitespace("oneline", text), isSpace ? " " : text, code.toString(16));
  }
});

test("Template: compressWhitespace is the older form of whitespace", () => {
  const generate = (compressWhitespace: boolean) => new Template("a  b", { compressWhitespace }).generate();
  assertEquals([generate(true), generate(false)], ["a b", "a  b"]);
  assertThrows(() => new Template("", { compressWhitespace: true, whitespace: "all" }), TypeError, "cannot set both");
  assertEquals(
    errorOf(() => render("", {}, JSON.parse('{"whitespace": "squash"}'))).message,
    "invalid whitespace mode squash",
  );
});
