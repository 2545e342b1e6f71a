import { assertEquals, assertThrows } from "@std/assert";
import { PathMatches } from "../../../src/web/routing.ts";
import { test } from "../../support/test.ts";

/** pattern, arguments, path */
const REVERSED: readonly [string, unknown[], string][] = [
  ["/", [], "/"],
  ["^/a$", [], "/a"],
  ["/([0-9]+)/(.*)", [5, "x y/é+?"], "/5/x%20y/%C3%A9%2B%3F"],
  ["/(?P<id>[0-9]+)/(?P<rest>.*)", [5, "x"], "/5/x"],
  ["/(?P<id>[0-9]+)/(?P<rest>.*)", [{ rest: "x", id: 5 }], "/5/x"],
  ["/(?P<id>.*)", [{ id: "a" }], "/a"],
  ["/a\\.b\\-c", [], "/a.b-c"],
  ["/robots.txt", [], "/robots.txt"],
  ["/([)]|\\)|[^]()]+)x", ["y"], "/yx"],
  ["/\\(([a-z]+)\\)", ["y"], "/(y)"],
  ["/((?:a|b)+)", ["ab"], "/ab"],
  ["/(a|b)?x", ["a"], "/ax"],
  ["/(a|b)?x", [null], "/x"],
  ["/(a|b)?x", [undefined], "/x"],
  ["/foo/?", [], "/foo/"],
  ["/foo/*", [], "/foo"],
  ["/fo+", [], "/fo"],
  ["/foo(?:/index)?", [], "/foo"],
  ["(?i)/abc/(.*)", ["X"], "/abc/X"],
  ["/(.*)", [new Uint8Array([0xe9, 0x20])], "/%E9%20"],
  ["/(.*)", [true], "/true"],
];

test("PathMatches.reverse() gives the path that the pattern matches", () => {
  for (const [pattern, args, path] of REVERSED) {
    assertEquals(new PathMatches(pattern).reverse(...args), path, pattern);
  }
});

test("PathMatches.reverse() of a RegExp", () => {
  assertEquals(new PathMatches(/\/a\/(\d+)$/).reverse(7), "/a/7");
});

test("PathMatches.reverse() refuses patterns that are more than a path with places", () => {
  for (
    const pattern of ["/\\d", "/[ab]", "/a|/b", "/((b)c)", "/(?:a|b)", "/(?=a)a", "/a{2}", "/(a){2}", "/a^", "/(a)\\1"]
  ) {
    assertThrows(() => new PathMatches(pattern).reverse("x", "y"), Error, "Cannot reverse url regex", pattern);
  }
});

test("PathMatches.reverse() wants as many arguments as groups", () => {
  assertThrows(() => new PathMatches("/(.)/(.)").reverse("a"), TypeError, "expected 2 arguments, got 1");
  assertThrows(() => new PathMatches("/").reverse("a"), TypeError, "expected 0 arguments, got 1");
});
