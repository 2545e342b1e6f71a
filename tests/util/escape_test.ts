import { assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import {
  type Bytes,
  jsonDecode,
  jsonEncode,
  linkify,
  type LinkifyOptions,
  nativeStr,
  parseQsBytes,
  recursiveUnicode,
  squeeze,
  toBasestring,
  toUnicode,
  urlEscape,
  urlUnescape,
  utf8,
  xhtmlEscape,
  xhtmlUnescape,
} from "../../src/util/escape.ts";
import { assertLinear } from "../support/assert_linear.ts";
import { latin1Bytes } from "../support/bytes.ts";
import { Random } from "../support/random.ts";
import { test } from "../support/test.ts";

// Thousands of random texts are compared with Tornado itself in tests/interop/escape_test.ts.

test("xhtmlEscape escapes five characters and nothing else", () => {
  assertEquals(xhtmlEscape('<foo>"&"\''), "&lt;foo&gt;&quot;&amp;&quot;&#x27;");
  assertEquals(xhtmlEscape("`/=é\u2028\0"), "`/=é\u2028\0");
  assertEquals(xhtmlEscape(utf8("<é>")), "&lt;é&gt;");
  assertEquals(xhtmlEscape(""), "");
  assertThrows(() => xhtmlEscape(Uint8Array.of(0xff)), TypeError);
});

test("xhtmlUnescape reads references as a browser does", () => {
  const cases: [string, string][] = [
    ["foo&#32;bar", "foo bar"],
    ["foo&#x20;bar", "foo bar"],
    ["foo&#X20;bar", "foo bar"],
    ["foo&#32bar", "foo bar"],
    ["foo&#xabc;bar", "foo\u0abcbar"],
    ["foo&#xyz;bar", "foo&#xyz;bar"],
    ["foo&#;bar", "foo&#;bar"],
    ["&lt;&amp&quot;&apos;&nbsp;", "<&\"'\xa0"],
    ["&notit; &notin;", "¬it; ∉"],
    ["&NotEqualTilde;&fjlig;", "≂̸fj"],
    ["&#0;&#xD800;&#x110000;", "\ufffd\ufffd\ufffd"],
    ["&#x80;&#153;&#x81;", "€™\x81"],
    ["&#1;&#xFFFE;&#xFDD0;|", "|"],
    [`&#${"9".repeat(5000)};`, "\ufffd"],
    ["&&&unknown;&toString;&__proto__;", "&&&unknown;&toString;&__proto__;"],
  ];
  for (const [text, expected] of cases) assertEquals(xhtmlUnescape(text), expected, text);
  assertEquals(xhtmlUnescape(utf8("&eacute;é")), "éé");
});

test("xhtmlEscape does to texts of every length what replace() does", () => {
  const references: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#x27;" };
  const random = new Random(7);
  for (let n = 0; n < 3000; n++) {
    const text = random.text(["a", "é", "\u{1f600}", "=", "&", "<", ">", '"', "'", "plain words "], 40);
    assertEquals(xhtmlEscape(text), text.replace(/[&<>"']/g, (found) => references[found] ?? ""));
  }
});

test("xhtmlUnescape undoes xhtmlEscape", () => {
  const text = "<a href=\"x?a=1&b=2\" title='&amp;'>é😀</a>";
  assertEquals(xhtmlUnescape(xhtmlEscape(text)), text);
});

test("jsonEncode escapes </ and refuses what has no JSON form", () => {
  assertEquals(jsonEncode({ a: "</script><//x>", b: [1, null] }), '{"a":"<\\/script><\\//x>","b":[1,null]}');
  assertEquals(jsonDecode(jsonEncode("</a>")), "</a>");
  assertEquals(jsonEncode("é\u2028"), '"é\u2028"');
  for (const value of [undefined, () => 1, Symbol("x"), 1n]) assertThrows(() => jsonEncode(value), TypeError);
});

test("jsonDecode takes text and UTF-8", () => {
  assertEquals(jsonDecode('"\\u00e9"'), "é");
  assertEquals(jsonDecode(utf8('{"é": [1.5, true]}')), { é: [1.5, true] });
  assertThrows(() => jsonDecode("{"), SyntaxError);
  assertThrows(() => jsonDecode(Uint8Array.of(0x22, 0xe9, 0x22)), TypeError);
});

test("squeeze makes one line", () => {
  assertEquals(squeeze("\n a \x00\x1f b\r\n\tc\xa0 "), "a b c");
  assertEquals(squeeze("\xa0\u2003a\ufeff"), "a\ufeff");
});

test("urlEscape keeps letters, digits and _.-~ only", () => {
  const safe = "ABCXYZabcxyz0189_.-~";
  assertEquals(urlEscape(safe), safe);
  assertEquals(urlEscape(safe, false), safe);
  assertEquals(urlEscape("a+b c/d!'()*é"), "a%2Bb+c%2Fd%21%27%28%29%2A%C3%A9");
  assertEquals(urlEscape("a+b c/d", false), "a%2Bb%20c/d");
  assertEquals(urlEscape(Uint8Array.of(0, 0x20, 0x2f, 0x7e, 0x80, 0xff)), "%00+%2F~%80%FF");
  assertEquals(urlEscape(Uint8Array.of(0x20, 0x2f), false), "%20/");
  assertEquals(urlEscape("\ud800"), "%EF%BF%BD");
});

test("urlUnescape decodes what is right and keeps what is not", () => {
  assertEquals(urlUnescape("a+b%2B%20%c3%A9"), "a b+ é");
  assertEquals(urlUnescape("a+b%2B", "utf-8", false), "a+b+");
  assertEquals(urlUnescape("%e9%zz%4%"), "\ufffd%zz%4%");
  assertEquals(urlUnescape("é%C3%A9%EF%BB%BF"), "éé\ufeff");
  assertEquals(urlUnescape(utf8("%41é")), "Aé");
  assertThrows(() => urlUnescape(Uint8Array.of(0xff)), TypeError);
});

test("urlUnescape knows other encodings, and latin1 and ascii as Python does", () => {
  assertEquals(urlUnescape("%e9%80", "latin1"), "é\x80");
  assertEquals(urlUnescape("%e9%80", "ISO_8859-1"), "é\x80");
  assertEquals(urlUnescape("%41%e9", "ascii"), "A\ufffd");
  assertEquals(urlUnescape("%80", "windows-1252"), "€");
  assertEquals(urlUnescape("%83e", "shift_jis"), new TextDecoder("shift_jis").decode(Uint8Array.of(0x83, 0x65)));
  assertThrows(() => urlUnescape("%41", "no-such-encoding"), RangeError);
});

test("urlUnescape gives bytes where the encoding is null", () => {
  const bytes: Bytes = urlUnescape("a+%ff%C3é", null);
  assertEquals(bytes, Uint8Array.of(0x61, 0x20, 0xff, 0xc3, 0xc3, 0xa9));
  assertEquals(urlUnescape("+", null, false), Uint8Array.of(0x2b));
  assertEquals(urlUnescape(Uint8Array.of(0xff, 0x25, 0x34, 0x31, 0x25), null), Uint8Array.of(0xff, 0x41, 0x25));
});

test("urlUnescape undoes urlEscape", () => {
  const text = Array.from({ length: 0x250 }, (_, i) => String.fromCharCode(i)).join("") + "😀";
  assertEquals(urlUnescape(urlEscape(text)), text);
  assertEquals(urlUnescape(urlEscape(text, false), "utf-8", false), text);
});

test("parseQsBytes keeps values as bytes, and names as UTF-8 or else latin1", () => {
  const fields = parseQsBytes("a=1&b=%ff+x&a=%C3%A9&%e9=2&gr%C3%B6%c3%9Fe=3&\xc3\xa9+%zz=4&%e2%82=5");
  assertEquals(Object.keys(fields), ["a", "b", "é", "größe", "é %zz", "â\x82"]);
  assertEquals(Object.keys(parseQsBytes(utf8("größe&%F0%9F%92%A9&\ufeffa"), true)), ["größe", "💩", "\ufeffa"]);
  assertEquals(fields.a, [utf8("1"), utf8("é")]);
  assertEquals(fields.b, [Uint8Array.of(0xff, 0x20, 0x78)]);
});

test("parseQsBytes takes & only as separator, and keeps further equal signs", () => {
  assertEquals(parseQsBytes("a=1;b=2&c=d=e").a, [utf8("1;b=2")]);
  assertEquals(parseQsBytes("a=1;b=2&c=d=e").c, [utf8("d=e")]);
});

test("parseQsBytes drops blank values unless they are to be kept", () => {
  assertEquals(Object.keys(parseQsBytes("a=&b&=c&&d=1")), ["", "d"]);
  assertEquals(Object.entries(parseQsBytes("a=&b&&d=1", true)), [
    ["a", [new Uint8Array(0)]],
    ["b", [new Uint8Array(0)]],
    ["d", [utf8("1")]],
  ]);
});

test("parseQsBytes refuses more fields than maxNumFields, empty ones included", () => {
  const parse = (qs: string | Uint8Array, maxNumFields: number | null) =>
    Object.keys(parseQsBytes(qs, false, false, { maxNumFields }));
  for (const make of [(text: string) => text, utf8]) {
    assertEquals(parse(make("a=1&b=2"), 2), ["a", "b"]);
    assertEquals(parse(make("a=1&"), 2), ["a"]);
    assertEquals(parse(make(""), 0), []);
    assertEquals(parse(make("&".repeat(5000)), null), []);
    for (const qs of ["a=1&b=2&c=3", "a&&", "&&", "a=1&a=2&a=3"]) {
      assertThrows(() => parse(make(qs), 2), RangeError, "more than 2 fields");
    }
    assertThrows(() => parse(make("a"), 0), RangeError, "more than 0 fields");
  }
});

test("parseQsBytes gives all values one buffer, and each its own part of it", () => {
  const { a: [first, second] = [], b: [third] = [] } = parseQsBytes("a=12&b=%33&a=4+");
  assertEquals(new Set([first?.buffer, second?.buffer, third?.buffer]).size, 1);
  first?.fill(0);
  assertEquals([second, third], [utf8("4 "), utf8("3")]);
});

test("parseQsBytes takes bytes as it takes the text of the same bytes", () => {
  const random = new Random(74);
  const pieces = ["a", "b", "bc", "=", "=", "&", "&", "%", "%4", "%41", "%c3%a9", "\xe9", "+", "__proto__", "\0"];
  for (let round = 0; round < 3000; round++) {
    const text = random.text(pieces, 14);
    const outcome = (qs: string | Uint8Array) => {
      try {
        const [keepBlankValues, strictParsing] = [round % 2 === 0, round % 3 === 0];
        return Object.entries(parseQsBytes(qs, keepBlankValues, strictParsing));
      } catch (error) {
        return String(error);
      }
    };
    assertEquals(outcome(latin1Bytes(text)), outcome(text));
  }
});

test("parseQsBytes leaves the bytes that it is given unchanged", () => {
  const body = utf8("a=%41+b");
  const { a: [value] = [] } = parseQsBytes(body);
  value?.fill(0);
  assertEquals(body, utf8("a=%41+b"));
});

test("parseQsBytes refuses fields without = where it is strict", () => {
  assertThrows(() => parseQsBytes("a=1&b", false, true), SyntaxError, '"b"');
  assertThrows(() => parseQsBytes("a=1&", false, true), SyntaxError, '""');
  assertEquals(Object.keys(parseQsBytes("", false, true)), []);
});

test("parseQsBytes has no names but those sent", () => {
  const fields = parseQsBytes("__proto__=1&constructor=2");
  assertStrictEquals(Object.getPrototypeOf(fields), null);
  assertEquals(Object.keys(fields), ["__proto__", "constructor"]);
  assertStrictEquals(parseQsBytes("")["toString"], undefined);
});

test("parseQsBytes refuses text that is not one byte to a character", () => {
  assertThrows(() => parseQsBytes("a=€"), RangeError, "€");
  assertEquals(parseQsBytes(utf8("a=€")).a, [utf8("€")]);
});

test("utf8 and toUnicode convert what needs it and return the rest", () => {
  const bytes = utf8("é😀");
  assertEquals(bytes, Uint8Array.of(0xc3, 0xa9, 0xf0, 0x9f, 0x98, 0x80));
  assertStrictEquals(utf8(bytes), bytes);
  assertStrictEquals(utf8(null), null);
  assertEquals(toUnicode(bytes), "é😀");
  assertStrictEquals(toUnicode("x"), "x");
  assertStrictEquals(toUnicode(null), null);
  assertEquals(toUnicode(Uint8Array.of(0xef, 0xbb, 0xbf, 0x61)), "\ufeffa");
  assertStrictEquals(nativeStr, toUnicode);
  assertStrictEquals(toBasestring, toUnicode);
});

test("toUnicode refuses what is not UTF-8", () => {
  for (const bytes of [[0xff], [0xc3], [0xc0, 0xaf], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80]]) {
    assertThrows(() => toUnicode(Uint8Array.from(bytes)), TypeError);
  }
});

test("utf8 and toUnicode refuse other kinds of values, which JavaScript may pass", () => {
  const call = (fn: (value: never) => unknown, value: unknown) => Reflect.apply(fn, null, [value]);
  for (const value of [1, undefined, {}, []]) {
    assertThrows(() => call(utf8, value), TypeError, "expected a string, bytes or null");
    assertThrows(() => call(toUnicode, value), TypeError, "expected a string, bytes or null");
  }
});

test("recursiveUnicode decodes within arrays, maps and objects", () => {
  const date = new Date(0);
  assertEquals(
    recursiveUnicode({ a: [utf8("x"), { b: utf8("é") }], m: new Map([[utf8("k"), utf8("v")]]), n: null, date }),
    { a: ["x", { b: "é" }], m: new Map([["k", "v"]]), n: null, date },
  );
  const odd = recursiveUnicode(JSON.parse('{"__proto__": {"x": 1}}'));
  assertEquals(JSON.stringify(odd), '{"__proto__":{"x":1}}');
  const bare = Object.assign(Object.create(null), { a: utf8("x") });
  assertStrictEquals(Object.getPrototypeOf(recursiveUnicode(bare)), null);
  assertThrows(() => recursiveUnicode([Uint8Array.of(0xff)]), TypeError);
});

test("linkify links URLs and escapes the rest", () => {
  const cases: [string, LinkifyOptions, string][] = [
    ["hello http://world.com/!", {}, 'hello <a href="http://world.com/">http://world.com/</a>!'],
    [
      "hello http://world.com/with?param=true&stuff=yes",
      {},
      'hello <a href="http://world.com/with?param=true&amp;stuff=yes">http://world.com/with?param=true&amp;stuff=yes</a>',
    ],
    ["<http://a.com>", {}, '&lt;<a href="http://a.com">http://a.com</a>&gt;'],
    ["a (http://b.c/d_(e)_f)", {}, 'a (<a href="http://b.c/d_(e)_f">http://b.c/d_(e)_f</a>)'],
    ["www.x.com, bit.ly/foo", {}, '<a href="http://www.x.com">www.x.com</a>, bit.ly/foo'],
    ["www.x.com http://y.z", { requireProtocol: true }, 'www.x.com <a href="http://y.z">http://y.z</a>'],
    ["javascript:/alert(1) ftp://x.y", {}, "javascript:/alert(1) ftp://x.y"],
    ["ftp://x.y http://x.y", { permittedProtocols: ["ftp"] }, '<a href="ftp://x.y">ftp://x.y</a> http://x.y'],
    ["www.x.com", { extraParams: '  rel="nofollow" ' }, '<a href="http://www.x.com" rel="nofollow">www.x.com</a>'],
    [
      "http://reallylong.com/abcdefghijklmnopqrstuvwxyz",
      { shorten: true },
      '<a href="http://reallylong.com/abcdefghijklmnopqrstuvwxyz" ' +
      'title="http://reallylong.com/abcdefghijklmnopqrstuvwxyz">http://reallylong.com/abcdefgh...</a>',
    ],
  ];
  for (const [text, options, expected] of cases) assertEquals(linkify(text, options), expected);
  assertEquals(linkify(utf8("www.é.com")), '<a href="http://www.é.com">www.é.com</a>');
});

test("linkify asks extraParams with the target of each link", () => {
  const extraParams = (href: string) => href.startsWith("http://www.") ? " class=www " : "";
  assertEquals(
    linkify("www.a.b http://c.d", { extraParams }),
    '<a href="http://www.a.b" class=www>www.a.b</a> <a href="http://c.d" >http://c.d</a>',
  );
});

test("escape functions take hostile text in linear time", () => {
  for (const piece of ["a-", "www.(", "-:/"]) assertLinear((n) => piece.repeat(n), (text) => linkify(text));
  assertLinear((n) => `${"xwww. ".repeat(n)}${"a".repeat(n)}:/`, (text) => linkify(text));
  assertLinear((n) => `http://${".".repeat(n)}`, (text) => linkify(text));
  assertLinear((n) => `&${"a".repeat(n)}`, xhtmlUnescape);
  assertLinear((n) => `&#${"9".repeat(n)}`, xhtmlUnescape);
  assertLinear((n) => `${"\xa0".repeat(n)}a`, squeeze);
  assertLinear((n) => `a${"\xa0".repeat(n)}b`, squeeze);
  assertLinear((n) => "%".repeat(n), (text) => urlUnescape(text));
  assertLinear((n) => "&=".repeat(n), (text) => parseQsBytes(text, true));
  assertLinear((n) => latin1Bytes("&=".repeat(n)), (bytes) => parseQsBytes(bytes, true));
  assertLinear((n) => latin1Bytes("a%&".repeat(n)), (bytes) => parseQsBytes(bytes, true));
});

test("toUnicode() reads short and long bytes alike", () => {
  const random = new Random(31);
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  const attempt = (decode: () => string) => {
    try {
      return decode();
    } catch (error) {
      return error instanceof TypeError;
    }
  };
  for (let times = 0; times < 3000; times++) {
    const text = random.text(["a", "~", "\0", "\x7f", " ", "\x80", "é", "€", "\ufeff", "\ufffd", "😀"], 20);
    const bytes = new TextEncoder().encode(text);
    if (random.below(3) === 0 && bytes.length > 0) bytes[random.below(bytes.length)] = random.below(256);
    assertEquals(attempt(() => toUnicode(bytes)), attempt(() => decoder.decode(bytes)));
  }
});
