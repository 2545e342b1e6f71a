import { assertEquals } from "@std/assert";
import { createHash } from "node:crypto";
import { quotedSha1, quotedSha1OfParts } from "../../../src/internal/digest/sha1.ts";
import { utf8 } from "../../../src/util/escape.ts";
import { Random } from "../../support/random.ts";
import { test } from "../../support/test.ts";

function expected(data: string | Uint8Array): string {
  return `"${createHash("sha1").update(data).digest("hex")}"`;
}

test("quotedSha1() equals node:crypto for text and bytes of every length up to 600", () => {
  for (const pattern of ["x", "ab\x00z~\x7f", "é", "€1", "\u{1f600}", "\ud800a"]) {
    for (let length = 0; length <= 600; length++) {
      const text = pattern.repeat(length / pattern.length + 1).slice(0, length);
      const bytes = utf8(text);
      assertEquals(quotedSha1(text), expected(bytes), `text of ${length} ${pattern}`);
      assertEquals(quotedSha1(bytes), expected(bytes), `bytes of ${length} ${pattern}`);
    }
  }
});

test("quotedSha1() equals node:crypto for random bytes", () => {
  const random = new Random(4711);
  for (let i = 0; i < 3000; i++) {
    const bytes = Uint8Array.from({ length: random.below(300) }, () => random.below(256));
    assertEquals(quotedSha1(bytes), expected(bytes));
  }
});

test("quotedSha1() forgets the text before", () => {
  quotedSha1("x".repeat(119));
  assertEquals(quotedSha1(""), '"da39a3ee5e6b4b0d3255bfef95601890afd80709"');
  assertEquals(quotedSha1("abc"), '"a9993e364706816aba3e25717850c26c9cd0d89d"');
});

test("quotedSha1OfParts() equals the hash of the whole", () => {
  assertEquals(quotedSha1OfParts(["é", utf8("b"), "", "c".repeat(200)]), quotedSha1(`éb${"c".repeat(200)}`));
});
