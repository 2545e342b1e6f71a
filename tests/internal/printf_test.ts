import { assertEquals } from "@std/assert";
import { expandPrintf, formatPrintf, toText } from "../../src/internal/printf.ts";
import { assertLinear } from "../support/assert_linear.ts";
import { test } from "../support/test.ts";

// What Python prints is compared with Python in tests/interop/printf_test.ts; here is what only JavaScript has, and
// what must not fail.

test("formatPrintf leaves a format without arguments untouched", () => {
  assertEquals(formatPrintf("100% %d %%", []), "100% %d %%");
});

test("formatPrintf keeps a conversion whose argument is missing", () => {
  assertEquals(formatPrintf("%s and %d", ["a"]), "a and %d");
  assertEquals(formatPrintf("%*d", [5]), "%*d 5");
});

test("formatPrintf appends arguments that no conversion asks for", () => {
  assertEquals(formatPrintf("done", [1, "x", { a: 1 }]), "done 1 x { a: 1 }");
});

test("formatPrintf reads names from an object, and only its own", () => {
  assertEquals(formatPrintf("%(code)03d %(text)s", [{ code: 7, text: "ok" }]), "007 ok");
  assertEquals(formatPrintf("%(toString)s", [{}]), "%(toString)s {}");
});

test("formatPrintf prints any value for any conversion", () => {
  assertEquals(formatPrintf("%d %x %.2f", ["a", null, undefined]), "a null undefined");
  assertEquals(formatPrintf("%d %x %o", [2n ** 70n, 255n, true]), "1180591620717411303424 ff 1");
  assertEquals(formatPrintf("%d %x", [NaN, -Infinity]), "nan -inf");
  assertEquals(formatPrintf("%d", [3.99]), "3");
  assertEquals(formatPrintf("%s %r", ["a", "a"]), 'a "a"');
  assertEquals(formatPrintf("%c", [-1]), "-1");
  assertEquals(formatPrintf("%s", [new TypeError("no")]), "TypeError: no");
  assertEquals(formatPrintf("%s", [new URL("http://a/")]), "http://a/");
  assertEquals(formatPrintf("%s", [[1, [2]]]), "[ 1, [ 2 ] ]");
  assertEquals(formatPrintf("%s", [Symbol("s")]), "Symbol(s)");
});

test("formatPrintf survives values that cannot be printed", () => {
  const hostile = {
    get a(): string {
      throw new Error("no");
    },
    toString(): string {
      throw new Error("no");
    },
    [Symbol.for("Deno.customInspect")](): string {
      throw new Error("no");
    },
  };
  assertEquals(
    formatPrintf("%s %r", [hostile, hostile]),
    "<value that cannot be printed> <value that cannot be printed>",
  );
  assertEquals(toText(Object.create(null)), "[Object: null prototype] {}");
});

test("formatPrintf bounds the width and precision a format can ask for", () => {
  assertEquals(formatPrintf("%999999999d", [1]).length, 1024);
  assertEquals(formatPrintf("%*s", [1e9, "x"]).length, 1024);
  assertEquals(formatPrintf("%.999999999d", [1]).length, 1024);
  assertEquals(formatPrintf("%.999999999f", [1]).length, 102);
  assertEquals(formatPrintf("%*s", [NaN, "x"]), "x");
});

test("formatPrintf reads a hostile format in linear time", () => {
  const check = (make: (n: number) => string, length: (format: string) => number) =>
    assertLinear(make, (format) => assertEquals(formatPrintf(format, ["x"]).length, length(format)));
  check((n) => "%".repeat(n), (format) => format.length / 2 + 2);
  for (
    const make of [
      (n: number) => "%(".repeat(n),
      (n: number) => `%${"-".repeat(n)}`,
      (n: number) => `%${"9".repeat(n)}`,
      (n: number) => `%${"0".repeat(n)}`,
      (n: number) => `%${"0".repeat(n)}${"1".repeat(n)}`,
      (n: number) => `%1.${"0".repeat(n)}`,
    ]
  ) {
    check(make, (format) => format.length + 2);
  }
});

test("expandPrintf tells how many arguments it used", () => {
  assertEquals(expandPrintf("%s %%", ["a", "b"]), { text: "a %", consumed: 1 });
  assertEquals(expandPrintf("%(a)s", [{ a: 1 }, "b"]), { text: "1", consumed: 1 });
});
