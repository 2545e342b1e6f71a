import { assertEquals, assertThrows } from "@std/assert";
import { appendQuery, formatUrl, leadsToOtherHost } from "../../../src/web/_redirect/redirect_url.ts";
import { test } from "../../support/test.ts";

test("formatUrl() puts groups into a URL, encoded where they must be", () => {
  assertEquals(formatUrl("/a/{0}/{1}/{0}", ["x", "y/z"], {}), "/a/x/y/z/x");
  assertEquals(formatUrl("/{}/{}", ["x y", "é?#%"], {}), "/x%20y/%C3%A9%3F%23%25");
  assertEquals(formatUrl("/{{{name}}}", [], { name: "n" }), "/{n}");
  assertEquals(formatUrl("/{0}", [null], {}), "/");
  assertEquals(formatUrl("/{0}", ["\ud800"], {}), "/%EF%BF%BD");
});

test("formatUrl() refuses groups that are missing, and braces without a partner", () => {
  assertThrows(() => formatUrl("/{1}", ["x"], {}), RangeError, 'no group "1"');
  assertThrows(() => formatUrl("/{toString}", [], {}), RangeError, 'no group "toString"');
  for (const url of ["/{", "/}", "/{a-b}"]) assertThrows(() => formatUrl(url, [], {}), SyntaxError, "single");
});

test("appendQuery() adds a query before the fragment, and encodes raw bytes", () => {
  assertEquals(appendQuery("/a", ""), "/a");
  assertEquals(appendQuery("/a#top", "b=1"), "/a?b=1#top");
  assertEquals(appendQuery("/a?b=1", "c=2"), "/a?b=1&c=2");
  assertEquals(appendQuery("/a", "b=\xe9 #"), "/a?b=%E9%20%23");
});

test("leadsToOtherHost() knows both slashes", () => {
  const paths = ["//host", "/\\host", "\\\\host", "/host", "/a//b", ""];
  assertEquals(paths.map(leadsToOtherHost), [true, true, true, false, false, false]);
});
