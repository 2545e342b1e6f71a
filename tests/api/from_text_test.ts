import { assertEquals } from "@std/assert";
import { booleanFromText, numberFromText } from "../../src/api/mod.ts";
import { test } from "../support/test.ts";

test("numberFromText() and booleanFromText() alone take no value that JSON would send as null", () => {
  const number = numberFromText()["~standard"];
  for (const value of [7, -0.5]) assertEquals(number.validate(value), { value });
  for (const value of [NaN, Infinity, null, true]) {
    assertEquals(number.validate(value), { issues: [{ message: "Expected a number" }] });
  }
  assertEquals(number.validate(undefined), { issues: [{ message: "Required" }] });
  const boolean = booleanFromText()["~standard"];
  assertEquals(boolean.validate(false), { value: false });
  for (const value of [null, 0]) {
    assertEquals(boolean.validate(value), { issues: [{ message: "Expected true or false" }] });
  }
  assertEquals(boolean.validate(undefined), { issues: [{ message: "Required" }] });
});
