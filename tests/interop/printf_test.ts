/** Python's % operator as the judge of formatPrintf. */
import { assertEquals } from "@std/assert";
import { formatPrintf } from "../../src/internal/printf.ts";
import { askPython } from "../support/python.ts";
import { test } from "../support/test.ts";

const ORACLE = `
import json, sys
cases = json.load(sys.stdin)
# JSON does not tell 1.0 from 1: floats come as {"f": ...}.
value = lambda v: float(v["f"]) if isinstance(v, dict) else v
sys.stdout.write(json.dumps([f % tuple(value(v) for v in args) for f, args in cases]))
`;

type Value = string | number | { f: string };

test("formatPrintf gives what Python's % operator gives", async () => {
  const integers = [0, 1, -1, 42, -255, 65535, 2 ** 40, -(2 ** 52)];
  const floats = [
    "0",
    "-0.0",
    "1.5",
    "-2.25",
    "0.001",
    "123456.789",
    "1e21",
    "-1.5e300",
    "1e-7",
    "99999.5",
    "0.0001",
    "inf",
    "-inf",
    "nan",
  ];
  const cases: [string, Value[]][] = [["plain 100%%", []], ["%s", ["a"]], ["%5s|%-5s|%.2s|%5.1s", [
    "ab",
    "ab",
    "abc",
    "abc",
  ]]];
  for (const flags of ["", "-", "+", " ", "0", "#", "-0", "+0", "+ "]) {
    for (const size of ["", "1", "8", "12", ".0", ".3", "12.3", "3.12"]) {
      for (const conversion of ["d", "i", "x", "X", "o"]) {
        for (const value of integers) cases.push([`%${flags}${size}${conversion}`, [value]]);
      }
      if (flags.includes("#")) continue;
      for (const conversion of ["f", "F", "e", "E", "g", "G"]) {
        for (const f of floats) cases.push([`%${flags}${size}${conversion}`, [{ f }]]);
      }
    }
  }
  cases.push(["%*d|%-*d|%.*f", [5, 1, 5, 2, 1, { f: "2.55" }]], ["%d%%", [50]], ["%c%c", [0x20ac, "x"]]);
  const answers = await askPython(["-c", ORACLE], cases);
  cases.forEach(([format, args], i) => {
    const values = args.map((value) => typeof value === "object" ? Number(value.f.replace("inf", "Infinity")) : value);
    assertEquals(
      formatPrintf(format, values),
      cases[i]?.[1].length === 0 ? format : answers[i],
      `${format} ${JSON.stringify(args)}`,
    );
  });
});
