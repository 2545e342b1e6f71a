import { assertEquals } from "@std/assert";
import { ByteSearcher } from "../../../src/http/_httputil/byte_search.ts";
import { latin1Bytes } from "../../support/bytes.ts";
import { Random } from "../../support/random.ts";
import { test } from "../../support/test.ts";

function naive(text: string, needle: string): number[] {
  const positions: number[] = [];
  for (let at = text.indexOf(needle); at !== -1; at = text.indexOf(needle, at + 1)) positions.push(at);
  return positions;
}

function search(text: string, needle: string): number[] {
  const positions: number[] = [];
  new ByteSearcher(latin1Bytes(needle)).forEach(latin1Bytes(text), (position) => positions.push(position));
  return positions;
}

test("ByteSearcher finds every occurrence, overlaps included, as a naive search does", () => {
  const random = new Random(1);
  const word = (letters: string, length: number) => {
    return Array.from({ length }, () => letters[random.below(letters.length)]).join("");
  };
  for (let round = 0; round < 3_000; round++) {
    const letters = ["a", "ab", "abc", "-a\r\n\u00ff"][random.below(4)] ?? "a";
    const text = word(letters, random.below(60));
    const needle = word(letters, 1 + random.below(6));
    assertEquals(search(text, needle), naive(text, needle), JSON.stringify([text, needle]));
  }
});

test("ByteSearcher finds the same after it has changed its method", () => {
  const needle = "-".repeat(50) + "a" + "-".repeat(50);
  const text = "-".repeat(20_000) + "a" + "-".repeat(70) + needle + "b" + "-".repeat(5_000) + "a" + "-".repeat(50);
  assertEquals(search(text, needle), naive(text, needle));
  assertEquals(search("a".repeat(3_000), "a".repeat(40)).length, 2_961);
});
