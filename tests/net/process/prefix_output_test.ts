import { assertEquals } from "@std/assert";
import { Readable } from "node:stream";
import { prefixLines } from "../../../src/net/_process/prefix_output.ts";
import { latin1, latin1Bytes } from "../../support/bytes.ts";
import { test } from "../../support/test.ts";

async function prefixed(chunks: readonly string[]): Promise<string[]> {
  const lines: string[] = [];
  const output = Readable.from(chunks.map((chunk) => latin1Bytes(chunk)));
  prefixLines(output, "[7] ", (line) => lines.push(latin1(line)));
  await new Promise((resolve) => output.once("close", resolve));
  return lines;
}

test("prefixLines writes whole lines, however they arrive, and the rest at the end", async () => {
  assertEquals(await prefixed(["one\ntw", "o", "\n\nthr", "ee"]), ["[7] one\n", "[7] two\n", "[7] \n", "[7] three"]);
});

test("prefixLines passes a line without an end on", async () => {
  const [first = "", ...rest] = await prefixed(["x".repeat(100_000), "y\n"]);
  assertEquals(first.length, 100_004);
  assertEquals(rest, ["[7] y\n"]);
});
