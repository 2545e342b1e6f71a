import { constants, deflateRawSync, inflateRawSync, type ZlibOptions } from "node:zlib";
import { assert, assertEquals, assertThrows } from "@std/assert";
import type { Bytes } from "../../src/internal/bytes.ts";
import { Inflate, InflateError } from "../../src/internal/inflate.ts";
import { concat } from "../support/bytes.ts";
import { Random } from "../support/random.ts";
import { test } from "../support/test.ts";

const encoder = new TextEncoder();

/** Samples of different kinds: text, runs, noise, matches far back, few symbols. */
function samples(random: Random): Bytes[] {
  const noise = Uint8Array.from({ length: 70_000 }, () => random.below(256));
  return [
    new Uint8Array(0),
    encoder.encode("a"),
    encoder.encode("hello hello hello hello"),
    new Uint8Array(300_000),
    noise,
    encoder.encode(Array.from({ length: 4000 }, (_, i) => `line ${i} of ${Math.sin(i)}`).join("\n")),
    concat(noise.subarray(0, 32_768), encoder.encode("-"), noise.subarray(0, 32_768)),
    Uint8Array.from({ length: 20_000 }, () => random.below(8) === 0 ? random.below(256) : 65 + random.below(3)),
    Uint8Array.from({ length: 9000 }, (_, i) => i % 7),
  ];
}

const SETTINGS: ZlibOptions[] = [
  { level: 0 },
  { level: 1 },
  { level: 6 },
  { level: 9 },
  { strategy: constants.Z_FIXED },
  { strategy: constants.Z_HUFFMAN_ONLY },
  { strategy: constants.Z_RLE },
  { level: 6, memLevel: 1 },
];

/** All the output, with pieces of input and limits of output chosen at random; at the end, whether the stream ended and what it used. */
function inflateAll(data: Uint8Array, random: Random, pieces: number, limit: number) {
  const inflate = new Inflate();
  const output: Bytes[] = [];
  let position = 0;
  let idle = 0;
  while (!inflate.ended && idle < 2) {
    const input = data.subarray(position, position + 1 + random.below(pieces));
    const most = 1 + random.below(limit);
    const piece = inflate.inflate(input, most);
    assert(piece.length <= most);
    position += inflate.consumed;
    output.push(piece);
    idle = inflate.consumed === 0 && piece.length === 0 ? idle + 1 : 0;
  }
  return { output: concat(...output), ended: inflate.ended, consumed: position };
}

test("Inflate undoes what zlib makes, in pieces of any size", () => {
  const random = new Random(1);
  for (const sample of samples(random)) {
    for (const setting of SETTINGS) {
      const data = new Uint8Array(deflateRawSync(sample, setting));
      const followed = concat(data, encoder.encode("rest"));
      for (const [pieces, limit] of [[1 << 20, 1 << 20], [5000, 70_000], [17, 3000], [4000, 97]] as const) {
        const { output, ended, consumed } = inflateAll(followed, random, pieces, limit);
        assert(ended);
        assertEquals(consumed, data.length);
        // Far faster than assertEquals for so many bytes.
        assert(output.length === sample.length && output.every((byte, i) => byte === sample[i]));
      }
    }
  }
});

test("Inflate gives the same for every cut of a stream, and byte by byte", () => {
  const sample = encoder.encode("a cut anywhere, a cut anywhere: ".repeat(4) + "äöü€😀");
  for (const setting of SETTINGS) {
    const data = new Uint8Array(deflateRawSync(sample, setting));
    for (let cut = 0; cut <= data.length; cut++) {
      const inflate = new Inflate();
      const first = inflate.inflate(data.subarray(0, cut), 1000);
      assertEquals(inflate.consumed, cut);
      assertEquals(inflate.ended, cut === data.length);
      assertEquals(concat(first, inflate.inflate(data.subarray(cut), 1000)), sample);
      assertEquals(inflate.consumed, data.length - cut);
    }
    for (const limit of [1, 2, 3]) assertEquals(inflateAll(data, new Random(0), 1, limit).output, sample);
  }
});

test("Inflate stops at the limit, however well the data is compressed", () => {
  const data = new Uint8Array(deflateRawSync(new Uint8Array(50_000_000)));
  const inflate = new Inflate();
  let position = 0;
  let total = 0;
  while (!inflate.ended) {
    const piece = inflate.inflate(data.subarray(position), 1000);
    assert(piece.length <= 1000);
    total += piece.length;
    position += inflate.consumed;
  }
  assertEquals([total, position], [50_000_000, data.length]);
});

test("Inflate takes streams that a sync flush ended, block after block", () => {
  const options = { finishFlush: constants.Z_SYNC_FLUSH };
  const inflate = new Inflate();
  for (const text of ["one", "two", "three"]) {
    assertEquals(
      inflate.inflate(new Uint8Array(deflateRawSync(encoder.encode(text), options)), 100),
      encoder.encode(text),
    );
    assert(!inflate.ended);
  }
});

test("Inflate refuses each kind of damage", () => {
  const bits = (text: string) => {
    const list = [...text.replaceAll(" ", "")];
    return Uint8Array.from(
      { length: Math.ceil(list.length / 8) },
      (_, i) => parseInt(list.slice(i * 8, i * 8 + 8).reverse().join(""), 2),
    );
  };
  const damaged: [string, Uint8Array][] = [
    ["block type 3", bits("1 11 00000")],
    ["complement", Uint8Array.of(1, 5, 0, 5, 0)],
    ["too many codes", bits("1 01 11111 00000 0000 000000000")],
    ["too many codes", bits("1 01 00000 01111 0000 000000000")],
    ["code lengths is not possible", bits("1 01 00000 00000 0000 100 100 100 000 000000")],
    ["not complete", bits("1 01 00000 00000 0000 100 000 000 000 000000")],
    ["repeated", bits("1 01 00000 00000 0000 100 100 000 000 0 00 000000")],
    // Fixed code: a match at once, a length symbol of 286, a distance symbol of 30.
    ["before the beginning", bits("1 10 0000001 00000 0000000000")],
    ["does not exist", bits("1 10 11000110 00000 000000000000000")],
    ["does not exist", bits("1 10 00110000 0000001 11110 000000000000000000000000000000")],
  ];
  for (const [message, data] of damaged) {
    assertThrows(() => new Inflate().inflate(data, 100), InflateError, message);
    assertThrows(() => inflateRawSync(data, { finishFlush: constants.Z_SYNC_FLUSH }), Error);
    // The same with much behind it, which takes the fast way.
    assertThrows(() => new Inflate().inflate(concat(data, new Uint8Array(2000)), 1000), InflateError);
  }
});

test("Inflate accepts and refuses the same damaged streams as zlib, with the same output", () => {
  const random = new Random(7);
  const all = samples(random).map((sample) => sample.subarray(0, 3000));
  let refused = 0;
  for (let i = 0; i < 3000; i++) {
    const data = new Uint8Array(
      deflateRawSync(random.pick(all), random.pick(SETTINGS)),
    );
    for (let n = random.below(3); n >= 0; n--) {
      const at = random.below(Math.min(data.length, 1 + random.below(200)));
      data[at] ^= 1 << random.below(8);
    }
    let theirs: Uint8Array | null;
    try {
      theirs = inflateRawSync(data, { maxOutputLength: 1 << 22 });
    } catch {
      theirs = null;
    }
    let ours: ReturnType<typeof inflateAll> | null;
    try {
      ours = inflateAll(data, random, 1 + random.below(4000), 100_000);
    } catch (error) {
      assert(error instanceof InflateError, String(error));
      ours = null;
    }
    if (theirs === null) {
      refused++;
      assert(ours === null || !ours.ended);
    } else {
      assertEquals(ours?.ended, true);
      assertEquals(ours?.output, new Uint8Array(theirs));
    }
  }
  assert(refused > 500);
});
