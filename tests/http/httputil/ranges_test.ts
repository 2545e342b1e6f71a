import { assertEquals } from "@std/assert";
import { getContentRange, parseRequestRange } from "../../../src/http/httputil.ts";
import { test } from "../../support/test.ts";

test("parseRequestRange() reads one range of bytes", () => {
  const cases: [string, [number | null, number | null] | null][] = [
    ["bytes=1-2", [1, 3]],
    ["bytes=0-0", [0, 1]],
    ["bytes=6-", [6, null]],
    ["bytes=-6", [-6, null]],
    ["bytes=-0", [null, 0]],
    ["bytes=", [null, null]],
    ["bytes = 1 - 2 ", [1, 3]],
    ["Bytes=1-2", [1, 3]],
    ["bytes=5-3", [5, 4]],
    ["foo=42", null],
    ["1-2", null],
    ["bytes=1-2,6-10", null],
    ["bytes=a-b", null],
    ["bytes=1-2-3", null],
    ["bytes=--2", null],
    ["bytes=+1-2", null],
    ["bytes=1_0-2_0", null],
    ["bytes=0x1-2", null],
    ["bytes=\u0661-2", null],
    ["bytes=1.5-2", null],
  ];
  for (const [header, expected] of cases) assertEquals(parseRequestRange(header), expected, header);
});

test("parseRequestRange() keeps numbers exact, however many digits come", () => {
  const [start, end] = parseRequestRange(`bytes=${"9".repeat(400)}-${"9".repeat(30)}`) ?? [];
  assertEquals([Number.isSafeInteger(start), Number.isSafeInteger(end)], [true, true]);
});

test("getContentRange() is inclusive", () => {
  assertEquals(getContentRange(null, null, 4), "bytes 0-3/4");
  assertEquals(getContentRange(1, 3, 4), "bytes 1-2/4");
  assertEquals(getContentRange(0, 1, 4), "bytes 0-0/4");
});
