import { assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { HTTPHeaders, HTTPServerRequest } from "../../../src/http/httputil.ts";
import {
  AnyMatches,
  DefaultHostMatches,
  HostMatches,
  PathMatches,
  Rule,
  url,
  URLPatternMatches,
  URLSpec,
} from "../../../src/web/routing.ts";
import { test } from "../../support/test.ts";

function at(uri: string, host = "localhost"): HTTPServerRequest {
  return new HTTPServerRequest({ uri, host });
}

test("PathMatches matches the path without the query, from start to end", () => {
  const matcher = new PathMatches("/a.c");
  assertEquals(matcher.match(at("/abc?x=/d")), {});
  assertEquals(matcher.match(at("/abcd")), null);
  assertEquals(matcher.match(at("/x/abc")), null);
});

test("PathMatches does not decode or normalise the path", () => {
  assertEquals(new PathMatches("/a b").match(at("/a%20b")), null);
  assertEquals(new PathMatches("/a/../b").match(at("/a/../b")), {});
});

test("PathMatches gives unnamed groups in order, percent-decoded", () => {
  const matcher = new PathMatches("/([^/]*)/(.*)");
  assertEquals(matcher.match(at("/a+b/c")), { pathArgs: ["a+b", "c"] });
  assertEquals(matcher.match(at("/%41%2f/c%zz")), {
    pathArgs: [new Uint8Array([0x41, 0x2f]), new Uint8Array([0x63, 0x25, 0x7a, 0x7a])],
  });
});

test("PathMatches gives named groups as one record", () => {
  const matcher = new PathMatches("/(?P<year>[0-9]+)/(?P<slug>.*)");
  assertEquals(matcher.match(at("/2024/x")), { pathKwargs: { year: "2024", slug: "x" } });
});

test("PathMatches gives null for a group that took no part", () => {
  assertEquals(new PathMatches("/a(b)?").match(at("/a")), { pathArgs: [null] });
  assertEquals(new PathMatches("/a(?P<x>b)?").match(at("/a")), { pathKwargs: { x: null } });
});

test("PathMatches takes raw bytes of the path for what they are", () => {
  const utf8 = new PathMatches("/(.*)").match(at("/\xc3\xa9%C3%A9"));
  assertEquals(utf8, { pathArgs: [new Uint8Array([0xc3, 0xa9, 0xc3, 0xa9])] });
  const text = new PathMatches("/(.*)").match(at("/€"));
  assertEquals(text, { pathArgs: [new TextEncoder().encode("€")] });
});

test("PathMatches refuses a mixture of named and unnamed groups", () => {
  assertThrows(() => new PathMatches("/(?P<a>x)(y)"), SyntaxError, "either all groups have a name or none");
});

test("PathMatches takes a literal path by its text", () => {
  for (const pattern of ["/robots\\.txt", "^/robots\\.txt$", /^\/robots\.txt$/]) {
    const matcher = new PathMatches(pattern);
    assertEquals(matcher.match(at("/robots.txt")), {});
    assertEquals(matcher.match(at("/robotsxtxt")), null);
    assertEquals(matcher.match(at("/robots.txt/")), null);
  }
  assertEquals(new PathMatches("(?i)/abc").match(at("/ABC")), {});
});

test("PathMatches takes a RegExp as it is, with its flags", () => {
  assertEquals(new PathMatches(/\/abc/i).match(at("/ABCdef")), {});
  assertEquals(new PathMatches(/\/(\p{Lu})$/u).match(at("/A")), { pathArgs: ["A"] });
});

test("HostMatches looks at the lower-case host without its port", () => {
  const matcher = new HostMatches("(www\\.)?example\\.com");
  assertEquals(matcher.match(at("/", "WWW.example.COM:8080")), {});
  assertEquals(matcher.match(at("/", "example.com.evil.org")), null);
  assertEquals(matcher.match(at("/", "notexample.com")), null);
  assertEquals(new HostMatches(/example/).match(at("/", "example.org")), {});
});

test("DefaultHostMatches matches the default host, not behind a proxy", () => {
  const matcher = new DefaultHostMatches({ defaultHost: "www.example.com" }, /www\.example\.com$/);
  assertEquals(matcher.match(at("/", "anything")), {});
  const proxied = new HTTPServerRequest({ headers: new HTTPHeaders({ "X-Real-Ip": "1.2.3.4" }) });
  assertEquals(matcher.match(proxied), null);
  assertEquals(new DefaultHostMatches({ defaultHost: null }, /.*/).match(at("/")), null);
});

test("AnyMatches matches everything and reverses to nothing", () => {
  const matcher = new AnyMatches();
  assertEquals(matcher.match(), {});
  assertEquals(matcher.reverse(), null);
});

test("URLPatternMatches gives named and unnamed groups", () => {
  const named = new URLPatternMatches(new URLPattern({ pathname: "/books/:id/:page?" }));
  assertEquals(named.match(at("/books/a%20b")), {
    pathKwargs: { id: new Uint8Array([0x61, 0x20, 0x62]), page: null },
  });
  assertEquals(named.match(at("/books")), null);
  const unnamed = new URLPatternMatches(new URLPattern({ pathname: "/files/*" }));
  assertEquals(unnamed.match(at("/files/x/y")), { pathArgs: ["x/y"] });
  const mixed = new URLPatternMatches(new URLPattern({ pathname: "/:user/*" }));
  assertEquals(mixed.match(at("/ada/x/y")), { pathKwargs: { user: "ada", "0": "x/y" } });
});

test("URLPatternMatches looks only at what the pattern names", () => {
  const path = new URLPatternMatches(new URLPattern({ pathname: "/a" }));
  assertEquals(path.match(at("/a?b=c", "not a host")), { pathArgs: [] });
  const whole = new URLPatternMatches(new URLPattern("http://:sub.example.com:8080/a?x=1"));
  assertEquals(whole.match(at("/a?x=1", "www.example.com:8080")), { pathArgs: [] });
  assertEquals(whole.match(at("/a?x=1", "www.example.com")), null);
  assertEquals(whole.match(at("/a?x=2", "www.example.com:8080")), null);
});

test("URLPatternMatches reverses what has no optional part", () => {
  const matcher = new URLPatternMatches(new URLPattern({ pathname: "/books/:id(\\d+)/*" }));
  assertEquals(matcher.reverse(5, "x y"), "/books/5/x%20y");
  assertThrows(() => matcher.reverse(5), TypeError, "expected 2 arguments, got 1");
  const named = new URLPatternMatches(new URLPattern({ pathname: "/:a-:b" }));
  assertEquals(named.reverse({ b: 2, a: 1 }), "/1-2");
  for (const pathname of ["/:a?", "/{b}?", "/:a+"]) {
    const matcher = new URLPatternMatches(new URLPattern({ pathname }));
    assertThrows(() => matcher.reverse("x"), Error, "Cannot reverse url pattern");
  }
});

test("Rule keeps matcher, target, arguments and name", () => {
  const target = () => {};
  const kwargs = { a: 1 };
  const rule = new Rule(new PathMatches("/x"), target, { targetKwargs: kwargs, name: "x" });
  assertStrictEquals(rule.target, target);
  assertStrictEquals(rule.targetKwargs, kwargs);
  assertEquals(rule.name, "x");
  assertEquals(new Rule(new AnyMatches(), target).targetKwargs, {});
  assertEquals(new Rule(new AnyMatches(), target).reverse(), null);
  assertEquals(String(rule), "Rule(/\\/x$/, target, name=x)");
});

test("URLSpec and url() make a rule for a path", () => {
  const target = () => {};
  const rule = url("/x/(.*)", target, { kwargs: { a: 1 }, name: "x" });
  assertEquals(rule instanceof URLSpec, true);
  assertStrictEquals(rule.handlerClass, target);
  assertEquals([rule.kwargs, rule.targetKwargs, rule.name], [{ a: 1 }, { a: 1 }, "x"]);
  assertEquals(rule.regex?.source, "\\/x\\/(.*)$");
  assertEquals(new URLSpec(new URLPattern({ pathname: "/" }), target).regex, null);
});
