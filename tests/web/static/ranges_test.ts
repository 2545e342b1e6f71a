import { assertEquals } from "@std/assert";
import { selectRanges } from "../../../src/web/_static/ranges.ts";
import { test } from "../../support/test.ts";

/** The selection as `start-end` in a row. */
function select(header: string, size: number): string {
  const selection = selectRanges(header, size);
  return typeof selection === "string" ? selection : selection.map(({ start, end }) => `${start}-${end}`).join(" ");
}

const OF_TEN: [header: string, selection: string][] = [
  ["bytes=0-0", "0-1"],
  ["bytes=2-5", "2-6"],
  ["bytes=5-", "5-10"],
  ["bytes=-3", "7-10"],
  ["bytes=8-99", "8-10"],
  ["bytes=0-", "whole"],
  ["bytes=0-9", "whole"],
  ["bytes=0-99", "whole"],
  ["bytes=-10", "whole"],
  ["bytes=-99", "whole"],
  ["bytes=10-", "unsatisfiable"],
  ["bytes=10-12", "unsatisfiable"],
  ["bytes=-0", "unsatisfiable"],
  ["bytes=", "whole"],
  ["bytes=x-1", "whole"],
  ["bytes=1-x", "whole"],
  ["bytes=1", "whole"],
  ["seconds=1-2", "whole"],
  ["bytes", "whole"],
  ["", "whole"],
  [`bytes=${"9".repeat(500)}-`, "unsatisfiable"],
  [`bytes=1-${"9".repeat(500)}`, "1-10"],
  ["bytes=0-1,3-4", "0-2 3-5"],
  ["bytes=3-4, 0-1", "3-5 0-2"],
  ["BYTES = 0-1 , , -2", "0-2 8-10"],
  ["bytes=0-1,20-30,-1", "0-2 9-10"],
  ["bytes=20-,30-", "unsatisfiable"],
  ["bytes=-0,20-", "unsatisfiable"],
  ["bytes=1-2,20-", "1-3"],
  ["bytes=0-,20-", "whole"],
  ["bytes=0-7,2-9", "whole"],
  ["bytes=0-4,5-9", "0-5 5-10"],
  ["bytes=0-1,4-3", "whole"],
  ["bytes=0-1,x", "whole"],
  ["bytes=0-1,-", "whole"],
  ["bytes=0-1,+2-3", "whole"],
  ["lines=0-1,2-3", "whole"],
  ["bytes=,,", "whole"],
  [`bytes=0-0,1-${"9".repeat(500)}`, "0-1 1-10"],
];

test("selectRanges() selects of ten bytes what is asked for", () => {
  for (const [header, selection] of OF_TEN) {
    assertEquals(select(header, 10), selection, header.slice(0, 60));
  }
});

test("selectRanges() refuses one range that ends before it begins, as Tornado does", () => {
  assertEquals(select("bytes=5-4", 10), "unsatisfiable");
});

test("selectRanges() finds nothing in an empty file", () => {
  for (const header of ["bytes=0-", "bytes=-1", "bytes=0-0", "bytes=0-0,1-1"]) {
    assertEquals(select(header, 0), "unsatisfiable", header);
  }
});

test("selectRanges() ignores more ranges than anybody needs", () => {
  const ranges = (count: number) => "bytes=" + Array.from({ length: count }, (_, i) => `${2 * i}-${2 * i}`).join(",");
  assertEquals(select(ranges(64), 1000).split(" ").length, 64);
  assertEquals(select(ranges(65), 1000), "whole");
  assertEquals(select("bytes=" + "0-0,".repeat(50_000), 1e9), "whole");
});
