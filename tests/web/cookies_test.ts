import { assertEquals, assertThrows } from "@std/assert";
import { utf8 } from "../../src/util/escape.ts";
import { clearCookieHeader, CookieError, type CookieOptions, setCookieHeader } from "../../src/web/cookies.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { test } from "../support/test.ts";

test("setCookieHeader() writes attributes in alphabetical order", () => {
  const options = {
    secure: true,
    samesite: "Lax",
    path: "/p",
    maxAge: 5,
    httponly: true,
    expires: 1700000000,
    domain: "example.com",
  };
  assertEquals(
    setCookieHeader("full", "v", options),
    "full=v; Domain=example.com; expires=Tue, 14 Nov 2023 22:13:20 GMT; HttpOnly; Max-Age=5; Path=/p; SameSite=Lax; Secure",
  );
  assertEquals(
    setCookieHeader("a", "v", { partitioned: true, priority: "High", secure: true, maxAge: 1, samesite: "None" }),
    "a=v; Max-Age=1; Partitioned; Path=/; Priority=High; SameSite=None; Secure",
  );
});

const QUOTED: [value: string, written: string][] = [
  ["", '""'],
  ["plain", "plain"],
  ["!#$%&'*+-.^_`|~:09azAZ", "!#$%&'*+-.^_`|~:09azAZ"],
  ["a=b", '"a=b"'],
  ["a;b", '"a\\073b"'],
  ["a,b", '"a\\054b"'],
  ['a"b', '"a\\"b"'],
  ["a\\b", '"a\\\\b"'],
  ["()/<=>?@[]{}", '"()/<=>?@[]{}"'],
  ["\x7f", '"\\177"'],
  ["é", '"\\351"'],
  ["\xff\x80", '"\\377\\200"'],
];

test("setCookieHeader() quotes values as http.cookies does", () => {
  for (const [value, written] of QUOTED) {
    assertEquals(setCookieHeader("a", value), `a=${written}; Path=/`);
    assertEquals(setCookieHeader("a", utf8(value)), `a=${written}; Path=/`);
  }
});

test("setCookieHeader() leaves out attributes that are empty, zero or false", () => {
  const nothing: CookieOptions = {
    domain: "",
    expires: 0,
    expiresDays: null,
    httponly: false,
    maxAge: 0,
    partitioned: false,
    path: "",
    priority: "",
    samesite: "",
    secure: false,
  };
  assertEquals(setCookieHeader("a", "b", nothing), "a=b");
  assertEquals(setCookieHeader("a", "b", { domain: null, expires: null, maxAge: null, path: null }), "a=b");
});

test("setCookieHeader() ends a cookie by expires before expiresDays", () => {
  using _clock = new FakeClock({ now: 1700000000 });
  const end = "a=b; expires=Tue, 14 Nov 2023 22:13:20 GMT; Path=/";
  assertEquals(setCookieHeader("a", "b", { expires: 1700000000.9, expiresDays: 3 }), end);
  assertEquals(setCookieHeader("a", "b", { expires: new Date(1700000000_000) }), end);
  assertEquals(setCookieHeader("a", "b", { expires: [2023, 11, 14, 22, 13, 20] }), end);
  assertEquals(setCookieHeader("a", "b", { expiresDays: 0 }), end);
  const later = "a=b; expires=Wed, 15 Nov 2023 10:13:20 GMT; Path=/";
  assertEquals(setCookieHeader("a", "b", { expiresDays: 0.5 }), later);
  assertEquals(setCookieHeader("a", "b", { expires: 0, expiresDays: 0.5 }), later);
});

test("setCookieHeader() refuses names, values and attributes that could add another", () => {
  const names = ["", "a b", "a;b", "a=b", "a,b", "a\n", "é", '"', "a\x7f", "Path", "expires", "SameSite", "max-age"];
  for (const name of names) assertThrows(() => setCookieHeader(name, "v"), CookieError, "name", name);
  for (const value of ["a b", "a\nb", "\0", "a\r\nSet-Cookie: b=c", "\t", "€", "😀"]) {
    assertThrows(() => setCookieHeader("a", value), CookieError, "value");
  }
  for (const attribute of ["domain", "path", "samesite", "priority"]) {
    for (const bad of ["a b", "a;b", "a\x7f", "/\r\n", "\0"]) {
      assertThrows(() => setCookieHeader("a", "b", { [attribute]: bad }), CookieError, attribute);
    }
  }
  assertThrows(() => setCookieHeader("a", "b", { expires: NaN }), RangeError);
  for (const maxAge of [1.5, NaN, Infinity, 2 ** 60]) {
    assertThrows(() => setCookieHeader("a", "b", { maxAge }), CookieError, "maxAge");
  }
  assertThrows(() => setCookieHeader("a", "b", { expires: Infinity }), RangeError);
  assertThrows(() => setCookieHeader("a", new Uint8Array([0xff])), TypeError);
});

test("setCookieHeader() names the cookie that it refuses", () => {
  const error = assertThrows(() => setCookieHeader("session", "a b"), CookieError);
  assertEquals(error.cookieName, "session");
});

test("clearCookieHeader() ends the cookie a year ago", () => {
  using _clock = new FakeClock({ now: 1700000000 });
  assertEquals(clearCookieHeader("a"), 'a=""; expires=Mon, 14 Nov 2022 22:13:20 GMT; Path=/');
  assertEquals(
    clearCookieHeader("a", { path: "/p", domain: "example.com", secure: true }),
    'a=""; Domain=example.com; expires=Mon, 14 Nov 2022 22:13:20 GMT; Path=/p; Secure',
  );
});

test("clearCookieHeader() refuses options that would keep the cookie", () => {
  const all: CookieOptions[] = [{ expires: 1 }, { maxAge: 1 }, { expiresDays: 1 }];
  for (const options of all) assertThrows(() => clearCookieHeader("a", options), TypeError);
});
