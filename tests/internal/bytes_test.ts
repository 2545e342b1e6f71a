import { assertEquals, assertStrictEquals } from "@std/assert";
import { equalBytes, joinBytes } from "../../src/internal/bytes.ts";
import { test } from "../support/test.ts";

test("joinBytes joins pieces in order", () => {
  assertEquals(joinBytes([Uint8Array.of(1, 2), Uint8Array.of(), Uint8Array.of(3)]), Uint8Array.of(1, 2, 3));
  assertEquals(joinBytes([]), new Uint8Array(0));
});

test("joinBytes returns a single piece itself", () => {
  const piece = Uint8Array.of(1);
  assertStrictEquals(joinBytes([piece]), piece);
});

test("equalBytes compares length and content", () => {
  assertEquals(equalBytes(Uint8Array.of(1, 2), Uint8Array.of(1, 2)), true);
  assertEquals(equalBytes(Uint8Array.of(), Uint8Array.of()), true);
  assertEquals(equalBytes(Uint8Array.of(1, 2), Uint8Array.of(1, 3)), false);
  assertEquals(equalBytes(Uint8Array.of(9, 2), Uint8Array.of(1, 2)), false);
  assertEquals(equalBytes(Uint8Array.of(1, 2), Uint8Array.of(1, 2, 3)), false);
});
