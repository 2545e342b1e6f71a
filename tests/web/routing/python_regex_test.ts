import { assertEquals, assertMatch, assertThrows } from "@std/assert";
import { anchored, compilePattern } from "../../../src/web/_routing/compiled_pattern.ts";
import { translatePattern } from "../../../src/web/_routing/python_regex.ts";
import { test } from "../../support/test.ts";

/** pattern, JavaScript's source, flags */
const TRANSLATED: readonly [string, string, string?][] = [
  ["/a/(.*)", "/a/(.*)"],
  ["(?P<year>[0-9]{4})-(?P<x_1>.)", "(?<year>[0-9]{4})-(?<x_1>.)"],
  ["(?<year>x)", "(?<year>x)"],
  ["(?P<q>['\"]).*(?P=q)", "(?<q>['\"]).*\\k<q>"],
  ["(?P<q>a)\\k<q>", "(?<q>a)\\k<q>"],
  ["(?i)abc", "abc", "i"],
  ["(?ims)abc", "abc", "ims"],
  ["(?au)abc", "abc", ""],
  ["a(?i:b)c", "a(?i:b)c"],
  ["a(?i-s:b)c", "a(?i-s:b)c"],
  ["a(?a:b)c", "a(?:b)c"],
  ["a(?:b)c", "a(?:b)c"],
  ["\\Aa\\Z", "(?<![^])a(?![^])"],
  ["a(?#note)+", "a+"],
  ["(?=a)(?!b)(?<=c)(?<!d)", "(?=a)(?!b)(?<=c)(?<!d)"],
  ["a{,3}", "a{0,3}"],
  ["a{2,}?", "a{2,}?"],
  ["a{2}", "a{2}"],
  ["a{b}", "a\\{b}"],
  ["[]a]", "[\\]a]"],
  ["[^]a]", "[^\\]a]"],
  ["[\\]a-z]", "[\\]a-z]"],
  ["[(?P<x>]", "[(?P<x>]"],
  ["\\a", "\\x07"],
  ["[\\a\\b]", "[\\x07\\b]"],
  ["\\0\\07\\012x", "\\x00\\x07\\x0ax"],
  ["(a)\\1", "(a)(?:\\1)"],
  ["(a)\\1a", "(a)(?:\\1)a"],
  ["\\x41\\u00e9\\U000000e9", "\\x41\\u00e9\\u00e9"],
  ["\\d\\D\\w\\W\\s\\S\\b\\B\\f\\n\\r\\t\\v", "\\d\\D\\w\\W\\s\\S\\b\\B\\f\\n\\r\\t\\v"],
  ["\\/\\-\\.\\é", "\\/\\-\\.\\é"],
];

function anchoredPattern(pattern: string | RegExp): RegExp {
  return anchored(compilePattern(pattern).regex);
}

test("translatePattern() writes Python's syntax in JavaScript's", () => {
  for (const [pattern, source, flags = ""] of TRANSLATED) {
    assertEquals(translatePattern(pattern), { source, flags }, pattern);
  }
});

/** pattern, reason */
const REFUSED: readonly [string, RegExp][] = [
  ["a++", /possessive/],
  ["a*+", /possessive/],
  ["a?+", /possessive/],
  ["a{2}+", /possessive/],
  ["a{,2}+", /possessive/],
  ["(?>a)", /atomic/],
  ["(a)?(?(1)b|c)", /conditional/],
  ["(?x) a", /flag "x"/],
  ["(?L)a", /flag "L"/],
  ["(?x:a)", /flag "x"/],
  ["a(?i)b", /at the start only/],
  ["a(?#note", /comment has no end/],
  ["[a", /class has no end/],
  ["[]", /class has no end/],
  ["a\\", /ends in a backslash/],
  ["\\q", /"\\q"/],
  ["\\p{L}", /"\\p"/],
  ["[\\Z]", /"\\Z"/],
  ["[\\9]", /"\\9"/],
  ["(a)\\2", /no group 2/],
  ["(a)\\11", /no group 11/],
  ["(?P>x)", /begins with "\(\?P"/],
  ["\\U0001f600", /beyond/],
  ["\\N{DASH}", /"\\N"/],
];

test("translatePattern() refuses with a reason what JavaScript cannot do", () => {
  for (const [pattern, reason] of REFUSED) {
    const error = assertThrows(() => translatePattern(pattern), SyntaxError);
    assertMatch(error.message, reason, pattern);
    assertEquals(error.message.startsWith(`Cannot use the pattern "${pattern}"`), true);
  }
});

test("compilePattern() names the pattern that is not valid", () => {
  assertThrows(() => compilePattern("/(a"), SyntaxError, 'Cannot use the pattern "/(a$"');
  assertThrows(() => compilePattern("/a)"), SyntaxError, "not a valid regular expression");
  assertThrows(() => compilePattern("*"), SyntaxError, "not a valid regular expression");
});

test("compilePattern() adds $ to a string that does not end in one", () => {
  assertEquals(compilePattern("/a").regex.source, "\\/a$");
  assertEquals(compilePattern("/a$").regex.source, "\\/a$");
  // Tornado takes an escaped one for the end, and matches what follows.
  assertEquals(anchoredPattern("/a\\$").test("/a$b"), false);
  assertEquals(anchoredPattern("/a\\\\$").test("/a\\"), true);
  assertEquals(anchoredPattern(/\/a/).test("/abc"), true);
});

test("compilePattern() anchors at the start only, as re.match does", () => {
  const start = anchoredPattern("/a|/b");
  assertEquals(["/a", "/axyz", "/b", "/bxyz", "x/a"].map((path) => start.test(path)), [
    true,
    true,
    true,
    false,
    false,
  ]);
  assertEquals(anchoredPattern(/^b/m).test("a\nb"), false);
  assertEquals(anchoredPattern("(?m)^b").test("a\nb"), false);
});

test("compilePattern() keeps no position between calls", () => {
  const { regex } = compilePattern(/\/a/gy);
  const start = anchored(regex);
  assertEquals([start.test("/a"), start.test("/a"), regex.test("/a"), regex.test("/a")], Array(4).fill(true));
});

test("compilePattern() counts and names the groups", () => {
  const { groupCount, groupNames } = compilePattern("/(?P<a>.)(?:x)(?P<b>.)[(]\\(");
  assertEquals([groupCount, groupNames], [2, ["a", "b"]]);
  assertEquals(compilePattern("/a").groupCount, 0);
});
