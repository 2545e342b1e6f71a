import { assertEquals } from "@std/assert";
import { encodeHeader, parseHeader } from "../../../src/http/httputil.ts";
import { assertLinear } from "../../support/assert_linear.ts";
import { test } from "../../support/test.ts";

function check(line: string, value: string, params: Record<string, string>): void {
  const [gotValue, gotParams] = parseHeader(line);
  assertEquals([gotValue, { ...gotParams }], [value, params], line);
}

test("parseHeader() reads values and parameters", () => {
  check("", "", {});
  check("text/html", "text/html", {});
  check(" text/html ; Charset = UTF-8 ; ", "text/html", { charset: "UTF-8" });
  check("a; b=1; B=2", "a", { b: "2" });
  check('form-data; name="fieldName"; filename="foo.txt"', "form-data", { name: "fieldName", filename: "foo.txt" });
  check("a; novalue; b=", "a", { b: "" });
  check("a;b=c=d", "a", { b: "c=d" });
});

test("parseHeader() sees no semicolon within quotes, and undoes escapes of quote and backslash alone", () => {
  check('a; b="c;d"; e=f', "a", { b: "c;d", e: "f" });
  check('a; b="c\\";d"; e=f', "a", { b: 'c";d', e: "f" });
  check('a; b="\\"\\\\"; e=f', "a", { b: '"\\', e: "f" });
  check('a; b="C:\\dir\\file.txt"', "a", { b: "C:\\dir\\file.txt" });
  check('a; b="unclosed; c=d', "a", { b: '"unclosed; c=d' });
  check('a; b="', "a", { b: '"' });
  check('a; b=x"y;z"', "a", { b: 'x"y;z"' });
});

test("parseHeader() decodes the extended form of RFC 2231 and RFC 5987, which wins wherever it stands", () => {
  check("a; f*=UTF-8''%e2%82%ac.txt; f=plain", "a", { f: "\u20ac.txt" });
  check("a; f=plain; f*=utf-8'en'%C3%A4", "a", { f: "\u00e4" });
  check("a; f*=iso-8859-1''%80%e9", "a", { f: "\u0080\u00e9" });
  check("a; f*=windows-1252''%80", "a", { f: "\u20ac" });
  check("a; f*=no-such-charset''%e9", "a", { f: "\u00e9" });
  check("a; f*=UTF-8''%ff%zz%", "a", { f: "\ufffd%zz%" });
  check("a; f*=unmarked%20text", "a", { f: "unmarked text" });
  check("a; f*=UTF-8''\u00e9", "a", { f: "\u00e9" });
  check("a; f*=\"UTF-8''%41\"", "a", { f: "A" });
});

test("parseHeader() puts continuations together by number", () => {
  check("a; f*1=b; f*0=a; f*10=d; f*2=c", "a", { f: "abcd" });
  check("a; f*0*=UTF-8''%C3; f*1*=%A9; f*2=x%20", "a", { f: "\u00e9x%20" });
  check("a; f*0*=UTF-8''a; f*=x", "a", { f: "ax" });
  check("a; *=x; f**=y; f*x=z", "a", { "*": "x", "f**": "y", "f*x": "z" });
});

test("parseHeader() takes any name for a name", () => {
  const [, params] = parseHeader("a; __proto__=1; constructor*=UTF-8''2");
  assertEquals(Object.entries(params), [["__proto__", "1"], ["constructor", "2"]]);
});

test("parseHeader() takes time linear in the line", () => {
  for (const piece of [";", '"', '";', 'a=";"', '\\"', '"\\";', "a*=b;", "a*0=x;", "=", "*", "%", "'", ";a*1*=%41"]) {
    assertLinear((n) => `a; b="${piece.repeat(n)}`, parseHeader);
    assertLinear((n) => `a; ${piece.repeat(n)}`, parseHeader);
  }
});

test("encodeHeader() sorts, and leaves out the sign of equality for null", () => {
  assertEquals(encodeHeader("a", {}), "a");
  assertEquals(encodeHeader("permessage-deflate", { b: "15", a: null, c: "" }), "permessage-deflate; a; b=15; c=");
});
