import { assertEquals } from "@std/assert";
import { HTTPHeaders } from "../../src/http/httputil.ts";
import { CookieJar, type CookieTarget, FakeClock } from "../../src/testing/mod.ts";
import { test } from "../support/test.ts";

const HOME: CookieTarget = { protocol: "http", host: "a.example", target: "/" };

function at(target: string, host = "a.example", protocol: "http" | "https" = "http"): CookieTarget {
  return { protocol, host, target };
}

function jarWith(from: CookieTarget, ...lines: string[]): CookieJar {
  const jar = new CookieJar(HOME);
  const headers = new HTTPHeaders();
  for (const line of lines) headers.add("Set-Cookie", line);
  jar.store(from, headers);
  return jar;
}

test("CookieJar keeps cookies by name, and replaces one in its place", () => {
  const jar = jarWith(HOME, "a=1", "b=two words; HttpOnly", "a=3", "nameless", "=");
  assertEquals(jar.header(HOME), "a=3; b=two words");
  assertEquals([...jar], [["a", "3"], ["b", "two words"]]);
  assertEquals([jar.get("b"), jar.get("c")], ["two words", null]);
});

test("CookieJar sends a cookie to its path and those below, longer paths first", () => {
  const jar = jarWith(at("/x/page?q"), "a=1; Path=/", "b=2; path=/x", "c=3", "d=4; Path=nonsense");
  assertEquals(jar.header(at("/")), "a=1");
  assertEquals(jar.header(at("/x")), "b=2; c=3; d=4; a=1");
  assertEquals(jar.header(at("/x/y?z=/")), "b=2; c=3; d=4; a=1");
  assertEquals(jar.header(at("/xy")), "a=1");
  assertEquals(jarWith(at("/page"), "a=1").header(at("/other")), "a=1");
});

test("CookieJar keeps hosts apart, unless a cookie names their domain", () => {
  const jar = jarWith(HOME, "own=1", "all=2; Domain=.Example", "other=3; Domain=b.example", "a=4; domain=a.example");
  assertEquals(jar.header(at("/", "A.example:8080")), "own=1; all=2; a=4");
  assertEquals(jar.header(at("/", "b.example")), "all=2");
  assertEquals(jar.header(at("/", "x.a.example")), "all=2; a=4");
  assertEquals(jar.header(at("/", "notexample")), "");
});

test("CookieJar sends Secure cookies by https and to localhost only", () => {
  const jar = jarWith(at("/", "a.example", "https"), "a=1; Secure");
  assertEquals([jar.header(HOME), jar.header(at("/", "a.example", "https"))], ["", "a=1"]);
  assertEquals(jarWith(at("/", "localhost"), "a=1; secure").header(at("/", "localhost:80")), "a=1");
});

test("CookieJar forgets a cookie when its time has passed, or when a response says so", () => {
  using clock = new FakeClock({ now: 1_700_000_000 });
  const jar = jarWith(HOME, "age=1; Max-Age=10; Expires=Thu, 01 Jan 1970 00:00:00 GMT", "session=2");
  const until = new Date((1_700_000_000 + 20) * 1000).toUTCString();
  jar.store(HOME, new HTTPHeaders({ "Set-Cookie": `date=3; Expires=${until}` }));
  assertEquals(jar.header(HOME), "age=1; session=2; date=3");
  clock.advance(10);
  assertEquals(jar.header(HOME), "session=2; date=3");
  clock.advance(10);
  assertEquals([...jar], [["session", "2"]]);
  jar.store(HOME, new HTTPHeaders({ "Set-Cookie": "session=; Max-Age=0" }));
  assertEquals(jar.header(HOME), "");
});

test("CookieJar: set(), delete() and clear()", () => {
  const jar = new CookieJar(HOME);
  jar.set("a", "1");
  jar.set("b", "2");
  assertEquals([jar.header(at("/deep/path")), jar.header(at("/", "b.example"))], ["a=1; b=2", ""]);
  jar.delete("a");
  assertEquals([...jar], [["b", "2"]]);
  jar.clear();
  assertEquals([...jar], []);
});
