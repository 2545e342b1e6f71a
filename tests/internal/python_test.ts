import { assertEquals } from "@std/assert";
import { isSpace, repr, reprBytes, strip } from "../../src/internal/python.ts";
import { test } from "../support/test.ts";

test("isSpace takes what Python's str.isspace takes, of every UTF-16 unit", () => {
  const spaces: number[] = [];
  for (let unit = 0; unit <= 0xffff; unit++) if (isSpace(unit)) spaces.push(unit);
  assertEquals(spaces, [
    ...[0x09, 0x0a, 0x0b, 0x0c, 0x0d, 0x1c, 0x1d, 0x1e, 0x1f, 0x20, 0x85, 0xa0, 0x1680],
    ...[0x2000, 0x2001, 0x2002, 0x2003, 0x2004, 0x2005, 0x2006, 0x2007, 0x2008, 0x2009, 0x200a],
    ...[0x2028, 0x2029, 0x202f, 0x205f, 0x3000],
  ]);
});

test("strip removes Python's white space from both ends, and U+FEFF stays", () => {
  assertEquals(strip("\t\x1c\x85 a b \u3000\x1f\n"), "a b");
  assertEquals(strip("\ufeffa\ufeff"), "\ufeffa\ufeff");
  assertEquals(strip(" \r\n"), "");
  assertEquals(strip(""), "");
});

for (
  const [text, expected] of [
    ["", "''"],
    ["plain", "'plain'"],
    ["it's", `"it's"`],
    [`"it's"`, `'"it\\'s"'`],
    ['say "a"', `'say "a"'`],
    ["a\\b", "'a\\\\b'"],
    ["\t\r\n\0\x1b\x7f", "'\\t\\r\\n\\x00\\x1b\\x7f'"],
    ["é€😀", "'é€😀'"],
    ["\x85\xa0\xad", "'\\x85\\xa0\\xad'"],
    ["\u200b\u2028\ufeff\ud800", "'\\u200b\\u2028\\ufeff\\ud800'"],
    ["\u{e0001}", "'\\U000e0001'"],
  ]
) {
  test(`repr quotes ${JSON.stringify(text)} as Python`, () => assertEquals(repr(text), expected));
}

test("reprBytes quotes every byte as Python", () => {
  const utf8 = (text: string) => new TextEncoder().encode(text);
  assertEquals(reprBytes(utf8("it's é\t\\")), `b"it's \\xc3\\xa9\\t\\\\"`);
  assertEquals(reprBytes(utf8(`"'`)), `b'"\\''`);
  assertEquals(reprBytes(Uint8Array.of(0, 0x1f, 0x20, 0x7e, 0x7f, 0xff)), "b'\\x00\\x1f ~\\x7f\\xff'");
});
