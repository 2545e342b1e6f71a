import { assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { compilePluralRule, MAX_EXPRESSION_LENGTH, MAX_PARENTHESES } from "../../src/locale/_plural_forms.ts";
import { test } from "../support/test.ts";

function forms(expression: string, counts: readonly number[]): number[] {
  return counts.map(compilePluralRule(expression));
}

test("compilePluralRule() reads the rules of languages in use", () => {
  const counts = [0, 1, 2, 3, 5, 10, 11, 12, 21, 22, 25, 100, 101, 111];
  const rules: Record<string, number[]> = {
    "0": [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
    "n != 1": [1, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1],
    "n > 1": [0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1],
    "n%10==1 && n%100!=11 ? 0 : n != 0 ? 1 : 2": [2, 0, 1, 1, 1, 1, 1, 1, 0, 1, 1, 1, 0, 1],
    "(n%10==1 && n%100!=11 ? 0 : n%10>=2 && n%10<=4 && (n%100<10 || n%100>=20) ? 1 : 2)": [
      2,
      0,
      1,
      1,
      2,
      2,
      2,
      2,
      0,
      1,
      2,
      2,
      0,
      2,
    ],
    "(n==1) ? 0 : (n>=2 && n<=4) ? 1 : 2": [2, 0, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2],
    "n==0 ? 0 : n==1 ? 1 : n==2 ? 2 : n%100>=3 && n%100<=10 ? 3 : n%100>=11 ? 4 : 5": [
      0,
      1,
      2,
      3,
      3,
      3,
      4,
      4,
      4,
      4,
      4,
      5,
      5,
      4,
    ],
  };
  for (const [expression, expected] of Object.entries(rules)) {
    assertEquals(forms(expression, counts), expected, expression);
  }
});

test("compilePluralRule() binds operators as C does", () => {
  const cases: [string, number][] = [
    ["1 + 2 * 3", 7],
    ["(1 + 2) * 3", 9],
    ["10 - 3 - 2", 5],
    ["100 / 10 / 2", 5],
    ["7 % 4 * 2", 6],
    ["1 < 2 == 1", 1],
    ["3 > 2 > 1", 0],
    ["0 == 0 < 1", 0],
    ["1 || 0 && 0", 1],
    ["5 && 7", 1],
    ["0 || 9", 1],
    ["!5", 0],
    ["!!5", 1],
    ["!!!0", 1],
    ["!0 == 1", 1],
    ["!2 == 1", 0],
    ["1 ? 2 : 0 ? 3 : 4", 2],
    ["0 ? 2 : 0 ? 3 : 4", 4],
    ["1 ? 0 ? 5 : 6 : 7", 6],
    ["007", 7],
    [" \t1\t", 1],
    ["1!=2", 1],
    ["2>=2", 1],
    ["2<=1", 0],
  ];
  for (const [expression, expected] of cases) {
    assertStrictEquals(compilePluralRule(expression)(0), expected, expression);
  }
});

test("compilePluralRule() rounds division down and keeps the sign of the divisor, as Python does", () => {
  assertEquals(forms("(n - 5) / 2", [0, 1, 4, 5, 8]), [-3, -2, -1, 0, 1]);
  assertEquals(forms("(n - 5) % 3", [0, 1, 2, 5, 7]), [1, 2, 0, 0, 2]);
  assertEquals(forms("n / 3", [9007199254740991, 9007199254740990]), [3002399751580330, 3002399751580330]);
});

test("compilePluralRule() takes negative counts and fractions, and cuts the result to an integer", () => {
  assertEquals(forms("n != 1", [-1, 1.5, 1.0]), [1, 1, 0]);
  assertEquals(forms("n", [2.9, -2.9]), [2, -2]);
  assertEquals(forms("n % 10", [-1, 12.5]), [9, 2]);
});

test("compilePluralRule() gives a RangeError where there is no result", () => {
  for (const expression of ["n / 0", "n % 0", "1 % (n - n)"]) {
    assertThrows(() => compilePluralRule(expression)(1), RangeError, "divides by zero");
  }
  for (const n of [NaN, Infinity, -Infinity]) {
    assertThrows(() => compilePluralRule("0")(n), RangeError, "not finite");
  }
  assertThrows(() => compilePluralRule("n * n")(2 ** 40), RangeError, "too large");
});

test("compilePluralRule() works out only the branch that is taken", () => {
  assertEquals(forms("n == 0 ? 0 : 10 / n", [0, 5]), [0, 2]);
  assertEquals(forms("n == 0 || 10 / n > 3", [0, 2, 5]), [1, 1, 0]);
  assertEquals(forms("n != 0 && 10 % n == 0", [0, 5, 3]), [0, 1, 0]);
});

test("compilePluralRule() refuses what is not an expression of n", () => {
  const wrong = [
    "",
    " ",
    "n +",
    "+ n",
    "-1",
    "n n",
    "1 2",
    "1n",
    "n1",
    "nn",
    "m",
    "x",
    "n == 1 ?",
    "n ? 1",
    "n ? : 2",
    "n ? 1 : ",
    "1 : 2",
    "(n",
    "n)",
    "()",
    "n = 1",
    "n & 1",
    "n | 1",
    "n ^ 1",
    "~n",
    "n << 1",
    "n ** 2",
    "n === 1",
    "n !== 1",
    "n == == 1",
    "1.5",
    "0x10",
    "n\n",
    "n, 1",
    "n;",
    "n[0]",
    "globalThis",
    "n.constructor",
    "'a'",
    "n é",
    "٣",
  ];
  for (const expression of wrong) {
    assertThrows(() => compilePluralRule(expression), SyntaxError, "plural expression", expression);
  }
});

test("compilePluralRule() bounds length, depth and numbers", () => {
  assertThrows(() => compilePluralRule("n" + " ".repeat(MAX_EXPRESSION_LENGTH)), SyntaxError, "too long");
  assertStrictEquals(compilePluralRule("(".repeat(MAX_PARENTHESES) + "n" + ")".repeat(MAX_PARENTHESES))(3), 3);
  assertThrows(
    () => compilePluralRule("(".repeat(MAX_PARENTHESES + 1) + "n" + ")".repeat(MAX_PARENTHESES + 1)),
    SyntaxError,
    "too deep",
  );
  assertThrows(() => compilePluralRule("(".repeat(MAX_EXPRESSION_LENGTH)), SyntaxError, "too deep");
  assertStrictEquals(compilePluralRule("9007199254740991")(0), Number.MAX_SAFE_INTEGER);
  assertThrows(() => compilePluralRule("9007199254740992"), SyntaxError, "too large");
});

test("compilePluralRule() survives the longest chains that fit", () => {
  assertStrictEquals(compilePluralRule("n?0:".repeat(249) + "7")(0), 7);
  assertStrictEquals(compilePluralRule("n?".repeat(249) + "7" + ":0".repeat(249))(1), 7);
  assertStrictEquals(compilePluralRule("!".repeat(999) + "n")(0), 1);
  assertStrictEquals(compilePluralRule("n" + "+n".repeat(499))(1), 500);
});
