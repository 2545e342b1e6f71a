import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { assertLinear } from "./assert_linear.ts";
import { test } from "./test.ts";

test("assertLinear accepts linear work, up to the size asked for", () => {
  let largest = 0;
  assertLinear((n) => "a".repeat(n), (text) => {
    largest = Math.max(largest, text.length);
    return text.toUpperCase().split("");
  }, 100_000);
  assertEquals(largest >= 100_000 && largest < 400_000, true);
});

test("assertLinear refuses quadratic work with its input", () => {
  const trimEnd = (text: string) => text.replace(/ +$/, "");
  const error = assertThrows(() => assertLinear((n) => `${" ".repeat(n)}x`, trimEnd));
  assertStringIncludes(String(error), "Not linear: ");
  assertStringIncludes(String(error), '"    x"');
});

test("assertLinear throws what the work throws", () => {
  assertThrows(() => assertLinear((n) => n, () => JSON.parse("{")), SyntaxError);
});
