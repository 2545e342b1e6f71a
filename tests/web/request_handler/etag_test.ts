import { assertEquals } from "@std/assert";
import { createHash } from "node:crypto";
import { utf8 } from "../../../src/util/escape.ts";
import { bodyEtag, etagMatches } from "../../../src/web/_request_handler/etag.ts";
import { test } from "../../support/test.ts";

function sha1(text: string): string {
  return `"${createHash("sha1").update(text).digest("hex")}"`;
}

test("bodyEtag() is the SHA-1 of the bytes, however they were written", () => {
  const expected = sha1("aéb");
  for (const body of ["aéb", utf8("aéb"), ["a", utf8("éb")], [utf8("aé"), "b"]]) {
    assertEquals(bodyEtag(body), expected);
  }
  assertEquals(bodyEtag(null), sha1(""));
});

test("bodyEtag() tells texts apart that are remembered in the same place", () => {
  // The place is a matter of the length.
  const long = [65536, 65537, 1048576, 1048577].flatMap((length) => ["x", "y", "x"].map((char) => char.repeat(length)));
  for (const text of ["first", "other", "first", ...long]) assertEquals(bodyEtag(text), sha1(text));
});

test("etagMatches() compares weakly, and takes * for any tag", () => {
  const rows: [etag: string, ifNoneMatch: string, matches: boolean][] = [
    ['"a"', '"a"', true],
    ['"a"', 'W/"a"', true],
    ['W/"a"', '"b", "a"', true],
    ['"a"', '"b", W/"c"', false],
    ['"a"', "*", true],
    ['"a"', '"b", *', false],
    ['"a"', "a", false],
    ["", "*", false],
    ["", "", false],
  ];
  for (const [etag, header, matches] of rows) assertEquals(etagMatches(etag, header), matches, `${etag} ${header}`);
});
