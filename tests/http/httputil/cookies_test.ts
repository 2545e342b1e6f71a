import { assertEquals } from "@std/assert";
import { HTTPHeaders, HTTPServerRequest, parseCookie } from "../../../src/http/httputil.ts";
import { assertLinear } from "../../support/assert_linear.ts";
import { test } from "../../support/test.ts";

const parse = (text: string): Record<string, string> => ({ ...parseCookie(text) });

test("parseCookie() splits as browsers do", () => {
  assertEquals(parse("chips=ahoy; vienna=finger"), { chips: "ahoy", vienna: "finger" });
  assertEquals(parse("a=b=c; d=e"), { a: "b=c", d: "e" });
  assertEquals(parse("abc=def; unnamed; "), { abc: "def", "": "unnamed" });
  assertEquals(parse(" a = b ;c=d;;=;e="), { a: "b", c: "d", e: "" });
  assertEquals(parse("a=1; b=2; a=3"), { a: "3", b: "2" });
  assertEquals(parse(""), {});
  assertEquals(parse("x=\u00c3\u00a9\u00a0"), { x: "\u00c3\u00a9\u00a0" });
});

test("parseCookie() undoes quotes and escapes only of a wholly quoted value", () => {
  const cases: [string, string][] = [
    ['a="b=c;"', '"b=c'],
    ['a="b c"', "b c"],
    ['a="\\"x\\""', '"x"'],
    ['a="\\073\\054\\351"', ";,\u00e9"],
    ['a="\\377\\400\\12x\\8"', "\u00ff40012x8"],
    ['a="\\\\073"', "\\073"],
    ['a="', '"'],
    ['a=""', ""],
    ['a="\\"', "\\"],
    ['a=x"y"', 'x"y"'],
    ['a="x"y', '"x"y'],
  ];
  for (const [text, value] of cases) assertEquals(parse(text).a, value, text);
});

test("parseCookie() takes any name for a name", () => {
  const record = parseCookie("__proto__=a; constructor=b; toString=c");
  assertEquals(Object.getPrototypeOf(record), null);
  assertEquals(Object.entries(record), [["__proto__", "a"], ["constructor", "b"], ["toString", "c"]]);
});

test("parseCookie() takes time linear in the header", () => {
  for (const piece of [";", "=", "a=;", " ", "\\", "\\0", '"', '"\\"', 'a="\\073";']) {
    assertLinear((n) => piece.repeat(n), parseCookie);
    assertLinear((n) => `a="${piece.repeat(n)}"`, parseCookie);
  }
});

test("HTTPServerRequest.cookies drops illegal and reserved names, and nothing else", () => {
  const headers = new HTTPHeaders({ Cookie: 'a=1; Path=/; b c=2; EXPIRES=x; d="e\\073f"; noname; max-age=5; g:h=3' });
  const { cookies } = new HTTPServerRequest({ headers });
  assertEquals([...cookies.keys()], ["a", "d", "g:h"]);
  const morsel = cookies.get("d");
  assertEquals([morsel?.key, morsel?.value, morsel?.codedValue, String(morsel)], ["d", "e;f", '"e\\073f"', "e;f"]);
});

test("HTTPServerRequest.cookies is empty without a header, and read once", () => {
  const request = new HTTPServerRequest();
  assertEquals(request.cookies.size, 0);
  assertEquals(request.cookies === request.cookies, true);
});

test("HTTPServerRequest.cookies reads the first thousand pairs", () => {
  const pairs = Array.from({ length: 1500 }, (_, i) => `c${i}=${i}`);
  const { cookies } = new HTTPServerRequest({ headers: new HTTPHeaders({ Cookie: pairs.join("; ") }) });
  assertEquals([cookies.size, cookies.get("c999")?.value, cookies.has("c1000")], [1000, "999", false]);
});
