import { assertEquals } from "@std/assert";
import { chooseCoding } from "../../../src/web/_transforms/accept_encoding.ts";
import { assertLinear } from "../../support/assert_linear.ts";
import { test } from "../../support/test.ts";

const OURS = ["zstd", "br", "gzip"] as const;

const CHOICES: [header: string, chosen: string | null][] = [
  ["", null],
  ["gzip", "gzip"],
  ["GZip", "gzip"],
  ["x-gzip", "gzip"],
  ["gzip, deflate, br, zstd", "zstd"],
  ["gzip, deflate, br", "br"],
  ["gzip;q=1.0, br;q=0.5", "gzip"],
  ["gzip ; q=0.8 , br ; Q=0.9", "br"],
  ["gzip;q=0", null],
  ["gzip;q=0.000", null],
  ["gzip;q=0.001", "gzip"],
  ["*", "zstd"],
  ["*;q=0.5, zstd;q=0", "br"],
  ["*;q=0, gzip", "gzip"],
  ["gzip;q=0, *", "zstd"],
  ["identity", null],
  ["identity;q=1, gzip;q=0.5", null],
  ["identity;q=0.5, gzip;q=0.5", "gzip"],
  ["identity;q=0, gzip", "gzip"],
  ["deflate, compress", null],
  ["gzip;q=2", null],
  ["gzip;q=", null],
  ["gzip;q=-1", null],
  ["gzip;q=0.1234", null],
  ["gzip;q=x, br", "br"],
  ["gzip;foo=1;q=0.5", "gzip"],
  ["notgzip, gzipped", null],
  [",,;,gzip,;q=1", "gzip"],
];

test("chooseCoding() chooses by weight, then by our preference", () => {
  for (const [header, chosen] of CHOICES) assertEquals(chooseCoding(header, OURS), chosen, header);
});

test("chooseCoding() chooses nothing that is not ours", () => {
  assertEquals(chooseCoding("br, zstd", ["gzip"]), null);
  assertEquals(chooseCoding("gzip", []), null);
});

test("chooseCoding() takes long headers in linear time", () => {
  const choose = (header: string) => chooseCoding(header, OURS);
  assertLinear((n) => "gzip;q=0.5,".repeat(n), (header) => assertEquals(choose(header), "gzip"));
  assertLinear((n) => `gzip${" ".repeat(n)};q=0.5${" ".repeat(n)}`, (header) => assertEquals(choose(header), "gzip"));
  assertLinear((n) => ";".repeat(n), (header) => assertEquals(choose(header), null));
});
