import { assert, assertEquals, assertFalse, assertThrows } from "@std/assert";
import { encodeUsernamePassword, qsToQsl, splitHostAndPort, urlConcat } from "../../../src/http/httputil.ts";
import { isValidHost, splitTarget } from "../../../src/http/_httputil/urls.ts";
import { assertLinear } from "../../support/assert_linear.ts";
import { test } from "../../support/test.ts";

test("urlConcat() extends the query and keeps the fragment at the end", () => {
  const cases: [string, [string, string][], string][] = [
    ["https://localhost/path", [["y", "y"], ["z", "z"]], "https://localhost/path?y=y&z=z"],
    ["https://localhost/path?x", [["y", "y"]], "https://localhost/path?x=&y=y"],
    ["https://localhost/path?r1=1&r2=2&", [["y", "/x x"]], "https://localhost/path?r1=1&r2=2&y=%2Fx+x"],
    ["https://localhost/path?a=b#tab", [["y", "y"]], "https://localhost/path?a=b&y=y#tab"],
    ["https://localhost/path#?x", [["y", "y"]], "https://localhost/path?y=y#?x"],
    ["https://localhost/path?", [], "https://localhost/path"],
    ["https://localhost/path?a=%C3%A9&b=%e9", [], "https://localhost/path?a=%C3%A9&b=%EF%BF%BD"],
    ["", [["a", "\u20ac!'()*~"]], "?a=%E2%82%AC%21%27%28%29%2A~"],
    ["/a;b?c;d", [["e", "f"]], "/a;b?c%3Bd=&e=f"],
  ];
  for (const [url, args, expected] of cases) assertEquals(urlConcat(url, args), expected);
  assertEquals(urlConcat("/x?a=1", { a: "2", b: "3" }), "/x?a=1&a=2&b=3");
});

test("urlConcat() leaves the URL alone for null, and refuses what is no list or record", () => {
  assertEquals(urlConcat("/x?%zz#", null), "/x?%zz#");
  // As a caller without types may do.
  // deno-lint-ignore no-explicit-any
  assertThrows(() => urlConcat("/x", "a=b" as any), TypeError, "string");
});

test("urlConcat() lets no line break through", () => {
  assertEquals(urlConcat("ht\ntp://h/\r\nX: y\t", { a: "\r\n" }), "http://h/X: y?a=%0D%0A");
});

test("qsToQsl() yields a pair for each value", () => {
  assertEquals([...qsToQsl({ a: ["1", "2"], b: [], c: ["3"] })], [["a", "1"], ["a", "2"], ["c", "3"]]);
  const bytes = new Uint8Array([1]);
  assertEquals([...qsToQsl({ a: [bytes] })], [["a", bytes]]);
});

test("splitHostAndPort() takes digits after the last colon for the port", () => {
  assertEquals(splitHostAndPort("example.com:8888"), ["example.com", 8888]);
  assertEquals(splitHostAndPort("[::1]:80"), ["[::1]", 80]);
  assertEquals(splitHostAndPort("[::1]"), ["[::1]", null]);
  assertEquals(splitHostAndPort("::1"), [":", 1]);
  for (const text of ["", "a", "a:", ":80", "a:b", "a:\u0661", "a:80 "]) {
    assertEquals(splitHostAndPort(text), [text, null]);
  }
});

test("encodeUsernamePassword() composes characters, and takes bytes as they are", () => {
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  assertEquals(text(encodeUsernamePassword("Aladdin", "open sesame")), "Aladdin:open sesame");
  assertEquals(encodeUsernamePassword("e\u0301", ""), new Uint8Array([0xc3, 0xa9, 0x3a]));
  assertEquals(
    encodeUsernamePassword(new Uint8Array([0xff]), new Uint8Array([0xfe])),
    new Uint8Array([0xff, 0x3a, 0xfe]),
  );
});

test("splitTarget() tells the forms of RFC 9112 section 3.2", () => {
  const cases: [string, string | null, string, string][] = [
    ["/", null, "/", ""],
    ["/a/../b?c?d", null, "/a/../b", "c?d"],
    ["//host/x?", null, "//host/x", ""],
    ["/http://h/x", null, "/http://h/x", ""],
    ["*", null, "*", ""],
    ["example.com:443", null, "example.com:443", ""],
    ["http://h/x?y", "h", "/x", "y"],
    ["HTTPS://H:8/x#f", "H:8", "/x#f", ""],
    ["http://h", "h", "/", ""],
    ["http://h?q", "h", "/", "q"],
    ["http://user@h/x", "h", "/x", ""],
    ["http://", "", "/", ""],
    ["ftp://h/x", null, "ftp://h/x", ""],
    ["", null, "", ""],
    ["?a", null, "", "a"],
  ];
  for (const [target, authority, path, query] of cases) {
    assertEquals(splitTarget(target), { authority, path, query }, target);
  }
});

test("isValidHost() knows the grammar, and refuses lists", () => {
  for (
    const host of ["", "a", "a.b:80", "a:", "127.0.0.1", "[::1]", "[::1]:80", "[v1.a]", "a_b", "%41", "a!$&'()*+,;=~"]
  ) {
    assert(isValidHost(host), host);
  }
  for (
    const host of [
      "a b",
      "a, b",
      "[zz]",
      "[v1]",
      "a/b",
      "a@b",
      "a:b",
      "a:80:80",
      "[::1",
      "::1",
      "a\u0000",
      "\u00e9",
      "%4",
      "<x>",
      "a\n",
      "[]",
      "a?b",
      "a#b",
    ]
  ) {
    assertFalse(isValidHost(host), host);
  }
});

test("isValidHost() and splitTarget() take time linear in the text", () => {
  for (const piece of ["%41", "a", ":", "[", "@", "1:", "http://"]) {
    assertLinear((n) => `${piece.repeat(n)}\n`, isValidHost);
    assertLinear((n) => `http://${piece.repeat(n)}`, splitTarget);
    assertLinear((n) => `${piece.repeat(n)}\n`, splitHostAndPort);
  }
});
