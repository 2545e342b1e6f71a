import { assertEquals } from "@std/assert";
import { createGunzip, gunzipSync } from "node:zlib";
import type { Bytes } from "../../../src/internal/bytes.ts";
import { utf8 } from "../../../src/util/escape.ts";
import { GzipStream } from "../../../src/web/_transforms/gzip_stream.ts";
import { concat } from "../../support/bytes.ts";
import { Random } from "../../support/random.ts";
import { test } from "../../support/test.ts";

/** The pieces of a stream, the last chunk being its end. */
function pieces(chunks: readonly Bytes[], level = 6): Bytes[] {
  const stream = new GzipStream(level);
  return chunks.map((chunk, i) => stream.piece(chunk, i === chunks.length - 1));
}

test("GzipStream makes one gzip file of any chunks", () => {
  const random = new Random(1);
  for (let round = 0; round < 60; round++) {
    const chunks = Array.from({ length: 1 + random.below(12) }, () => {
      const length = random.pick([0, 1, 10, 1000, 8191, 8192, 8193, 70_000]);
      const alphabet = random.pick([2, 20, 256]);
      return new Uint8Array(length).map(() => random.below(alphabet));
    });
    const zipped = concat(...pieces(chunks, 1 + random.below(9)));
    assertEquals(new Uint8Array(gunzipSync(zipped)), concat(...chunks), `round ${round}`);
  }
});

test("GzipStream shows each piece to the reader at once", async () => {
  const stream = new GzipStream(6);
  const gunzip = createGunzip();
  for (const text of ["first", "second", "", "x".repeat(100_000), "last"]) {
    const piece = stream.piece(utf8(text), false);
    let read = "";
    gunzip.write(piece);
    while (read.length < text.length) {
      const part: Uint8Array | null = gunzip.read();
      if (part !== null) read += new TextDecoder().decode(part);
      else await new Promise((resolve) => gunzip.once("readable", resolve));
    }
    assertEquals(read, text);
  }
  gunzip.end(stream.piece(new Uint8Array(0), true));
  await new Promise((resolve) => gunzip.resume().once("close", resolve));
});

test("GzipStream finds in a piece what came in those before it, among other streams", () => {
  const random = new Random(2);
  const text = utf8(Array.from({ length: 300 }, () => random.below(1e9).toString(36)).join(""));
  const streams = [new GzipStream(6), new GzipStream(6)];
  const sizes = streams.map((stream) =>
    [text, text, new Uint8Array(0)].map((chunk) => stream.piece(chunk, false).length)
  );
  for (const [first = 0, second = 0, empty] of sizes) {
    assertEquals([second * 10 < first, empty], [true, 0], `${first} and ${second} bytes`);
  }
  for (const stream of streams) stream.piece(text, true);
});

test("GzipStream makes a valid file of nothing", () => {
  const [only] = pieces([new Uint8Array(0)]);
  assertEquals(gunzipSync(only).length, 0);
});
