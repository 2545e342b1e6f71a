import { assertEquals, assertThrows } from "@std/assert";
import { formatTimestamp, parseTimestamp } from "../../../src/http/httputil.ts";
import { test } from "../../support/test.ts";

const TIMESTAMP = 1359312200.503611;
const EXPECTED = "Sun, 27 Jan 2013 18:43:20 GMT";

test("formatTimestamp() takes seconds, dates and fields", () => {
  assertEquals(formatTimestamp(TIMESTAMP), EXPECTED);
  assertEquals(formatTimestamp(new Date(TIMESTAMP * 1000)), EXPECTED);
  assertEquals(formatTimestamp([2013, 1, 27, 18, 43, 20]), EXPECTED);
  assertEquals(formatTimestamp([2013, 1, 27, 18, 43, 20, 6, 27, 0]), EXPECTED);
  assertEquals(formatTimestamp([50, 2, 3]), "Thu, 03 Feb 0050 00:00:00 GMT");
  assertEquals(formatTimestamp(0), "Thu, 01 Jan 1970 00:00:00 GMT");
  assertEquals(formatTimestamp(-0.5), "Wed, 31 Dec 1969 23:59:59 GMT");
});

test("formatTimestamp() refuses what is no time of four digits", () => {
  for (const value of [NaN, Infinity, 253402300800, -62200000000, new Date(NaN), []]) {
    assertThrows(() => formatTimestamp(value), RangeError);
  }
});

test("parseTimestamp() reads the three forms of RFC 9110", () => {
  const expected = new Date(784111777_000);
  for (
    const text of [
      "Sun, 06 Nov 1994 08:49:37 GMT",
      "Sunday, 06-Nov-94 08:49:37 GMT",
      "Sun Nov  6 08:49:37 1994",
      "Sun Nov 06 08:49:37 1994",
      " sun, 6 nov 1994 08:49:37 gmt ",
      "06 Nov 1994 08:49:37 GMT",
      "Sun, 06 Nov 1994 08:49:37",
      "Sun, 06 Nov 1994 10:19:37 +0130",
      "Sun, 06 Nov 1994 00:49:37 -0800",
    ]
  ) assertEquals(parseTimestamp(text), expected, text);
});

test("parseTimestamp() takes a two-digit year for one at most 50 years ahead", () => {
  const year = new Date().getUTCFullYear();
  const short = (full: number) => String(full % 100).padStart(2, "0");
  const yearOf = (full: number) => parseTimestamp(`Sunday, 06-Nov-${short(full)} 08:49:37 GMT`)?.getUTCFullYear();
  assertEquals(yearOf(year + 49), year + 49);
  assertEquals(yearOf(year - 49), year - 49);
  assertEquals(yearOf(year), year);
});

test("parseTimestamp() returns null for what is no time", () => {
  for (
    const text of [
      "",
      "yesterday",
      "784111777",
      "Sun, 31 Feb 1994 08:49:37 GMT",
      "Sun, 00 Nov 1994 08:49:37 GMT",
      "Sun, 06 Foo 1994 08:49:37 GMT",
      "Sun, 06 Nov 1994 24:49:37 GMT",
      "Sun, 06 Nov 1994 08:60:37 GMT",
      "Sun, 06 Nov 1994 08:49:61 GMT",
      "Sun, 06 Nov 1994 08:49:37 PST",
      "Sun, 06 Nov 1994 08:49:37 GMT; length=5",
      "1994-11-06T08:49:37Z",
      `Sun, ${"0".repeat(100_000)}`,
    ]
  ) assertEquals(parseTimestamp(text), null, text.slice(0, 40));
});

test("parseTimestamp() reads what formatTimestamp() writes", () => {
  for (let ts = -86_400 * 400; ts < 4e9; ts += 86_399 * 37) {
    assertEquals(parseTimestamp(formatTimestamp(ts))?.getTime(), ts * 1000);
  }
});
