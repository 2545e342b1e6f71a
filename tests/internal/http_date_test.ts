import { assertEquals } from "@std/assert";
import { httpDate } from "../../src/internal/http_date.ts";
import { test } from "../support/test.ts";

/** The first and last seconds that HTTP can write: of the years 0 and 9999. */
const FIRST = new Date("0000-01-01T00:00:00Z").getTime() / 1000;
const LAST = Date.UTC(9999, 11, 31, 23, 59, 59) / 1000;

test("httpDate: writes every kind of day as Date does", () => {
  const days = [0, 1, 4, 100, 400, 1600, 1700, 1899, 1900, 1969, 1970, 1999, 2000, 2024, 2026, 2100, 2400, 9999]
    .flatMap((year) => Array.from({ length: 12 }, (_, month) => [year, month]))
    .flatMap(([year, month]) => [1, 28, 29, 30, 31].map((day) => new Date(0).setUTCFullYear(year, month, day) / 1000));
  for (const day of days) {
    for (const second of [0, 59, 3599, 3600, 43200, 86399]) {
      assertEquals(httpDate(day + second), new Date((day + second) * 1000).toUTCString());
    }
  }
});

test("httpDate: writes the first second, the last one, and those between as Date does", () => {
  for (let i = 0; i <= 20_000; i++) {
    const time = FIRST + Math.floor((LAST - FIRST) * i / 20_000);
    assertEquals(httpDate(time), new Date(time * 1000).toUTCString());
  }
});

test("httpDate: drops a fraction, also before 1970", () => {
  assertEquals(httpDate(1359312200.999), "Sun, 27 Jan 2013 18:43:20 GMT");
  assertEquals(httpDate(-0.25), "Wed, 31 Dec 1969 23:59:59 GMT");
});
