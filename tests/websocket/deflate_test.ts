import { assertEquals, assertThrows } from "@std/assert";
import { constants, createInflateRaw, deflateRawSync } from "node:zlib";
import { deflateOnce, Deflater, deflateSettings } from "../../src/internal/deflater.ts";
import { inflateOnce, Inflater } from "../../src/websocket_core/_deflate/inflater.ts";
import { openDeflate, openInflate, openStream } from "../../src/internal/zlib_stream.ts";
import { FrameReader } from "../../src/websocket_core/_frame/reader.ts";
import { setMaxCompressors } from "../../src/websocket/mod.ts";
import { Random } from "../support/random.ts";
import { test } from "../support/test.ts";
import { concat, copy, cut, frame, hex, readAll, utf8 } from "./support.ts";

const MAX = 1 << 24;
const SETTINGS = deflateSettings(6, 8, 15);

/** Text with repetitions near and far. */
function prose(seed: number, length: number): string {
  const random = new Random(seed);
  const words = Array.from({ length: 200 }, () => random.text(["a", "lo", "ren", "ipsum", "ü", "€"], 5));
  let text = "";
  while (text.length < length) text += `${random.pick(words)} `;
  return text.slice(0, length).toWellFormed();
}

/** What the extension puts on the wire for a message that stands alone. */
function pack(data: Uint8Array, level = 6): Uint8Array {
  return deflateRawSync(data, { level, finishFlush: constants.Z_SYNC_FLUSH }).subarray(0, -4);
}

for (const windowBits of [8, 9, 12, 15]) {
  for (const takeover of [true, false]) {
    test(`Deflater and Inflater agree with a window of ${windowBits} bits, takeover ${takeover}`, () => {
      const deflater = new Deflater(deflateSettings(6, 8, windowBits), takeover);
      const inflater = new Inflater(windowBits, takeover);
      const random = new Random(windowBits);
      for (let n = 0; n < 60; n++) {
        const message = utf8(prose(n % 7, random.below(n % 10 === 0 ? 100_000 : 2000)));
        const packed = copy(deflater.deflate(message));
        assertEquals(copy(inflater.inflate(packed, MAX) ?? hex("")), message);
      }
      deflater.release();
    });
  }
}

test("Deflater with takeover finds what was in the message before", () => {
  const message = utf8(prose(1, 3000));
  for (const [takeover, most] of [[true, 60], [false, 3000]] as const) {
    const deflater = new Deflater(SETTINGS, takeover);
    const first = deflater.deflate(message).length;
    const second = deflater.deflate(message).length;
    assertEquals(takeover ? second < most : second === first, true, `${first} then ${second}`);
    deflater.release();
  }
});

test("Deflater never reaches back beyond a window of 8 bits", () => {
  const deflater = new Deflater(deflateSettings(9, 9, 8), true);
  const inflate = createInflateRaw({ windowBits: 8 });
  const parts: Uint8Array[] = [];
  for (let n = 0; n < 20; n++) {
    const message = utf8(prose(3, 1500));
    parts.push(copy(deflater.deflate(message)), hex("0000ffff"));
  }
  deflater.release();
  inflate.close();
  // The decoder of zlib refuses distances beyond its window.
  const whole = inflateOnce(hex(""), concat(...parts), MAX);
  assertEquals(whole?.length, 20 * utf8(prose(3, 1500)).length);
});

test("Deflater makes one octet of an empty message", () => {
  for (const takeover of [true, false]) {
    const deflater = new Deflater(SETTINGS, takeover);
    for (let n = 0; n < 3; n++) assertEquals(copy(deflater.deflate(hex(""))), hex("00"));
    assertEquals(new Inflater(15, true).inflate(hex("00"), MAX)?.length, 0);
    deflater.release();
  }
});

test("Deflater and Inflater take messages larger than their memory", () => {
  const random = new Random(5);
  for (const size of [65_535, 65_536, 65_537, 400_000]) {
    const message = Uint8Array.from({ length: size }, () => random.below(256));
    const deflater = new Deflater(SETTINGS, true);
    const inflater = new Inflater(15, true);
    for (let n = 0; n < 3; n++) {
      assertEquals(copy(inflater.inflate(copy(deflater.deflate(message)), MAX) ?? hex("")), message);
    }
    deflater.release();
  }
});

test("Deflater keeps the histories of so many connections only as setMaxCompressors() says", () => {
  setMaxCompressors(3);
  // A message that was sent before is short where there is a history.
  const random = new Random(7);
  const message = Uint8Array.from({ length: 900 }, () => random.below(256));
  const isKnown = (deflater: Deflater) => deflater.deflate(message).length < 100;
  try {
    const deflaters = Array.from({ length: 8 }, () => new Deflater(SETTINGS, true));
    assertEquals(deflaters.filter(isKnown).length, 0);
    assertEquals(deflaters.slice(-3).map(isKnown), [true, true, true]);
    assertEquals(deflaters.map(isKnown), Array(8).fill(false), "each takes the place of one that comes later");
    // Other settings need another stream, in place of one.
    const other = new Deflater(deflateSettings(1, 5, 12), true);
    assertEquals([other, other, ...deflaters.slice(-2)].map(isKnown), [false, true, true, true]);
    assertEquals(deflaters.slice(-3, -2).map(isKnown), [false]);
    setMaxCompressors(0);
    assertEquals([other, other, ...deflaters].some(isKnown), false);
  } finally {
    setMaxCompressors(64);
  }
  assertThrows(() => setMaxCompressors(-1), RangeError);
});

test("Inflater refuses what is larger than it may be, and can go on", () => {
  const inflater = new Inflater(15, false);
  const bomb = pack(new Uint8Array(1 << 24), 9);
  assertEquals(inflater.inflate(bomb, (1 << 24) - 1), null);
  assertEquals(inflater.inflate(bomb, 1000), null);
  assertEquals(inflater.inflate(bomb, 1 << 24)?.length, 1 << 24);
  assertEquals(inflater.inflate(pack(utf8("fine")), 4)?.toString(), "fine");
});

test("Inflater throws RangeError on damaged data, and can go on", () => {
  for (const digits of ["ff", "07", "f348cdc9c907ffffffff", "6360606060c0ffffff"]) {
    const inflater = new Inflater(15, true);
    const good = pack(utf8("good"));
    assertEquals(inflater.inflate(good, MAX)?.toString(), "good");
    assertThrows(() => inflater.inflate(hex(digits), MAX), RangeError, "Cannot inflate");
    assertEquals(inflater.inflate(good, MAX)?.toString(), "good");
  }
});

test("Inflater without takeover does not look at the message before", () => {
  const deflater = new Deflater(SETTINGS, true);
  const inflater = new Inflater(15, false);
  inflater.inflate(deflater.deflate(utf8("abcdefghijkl".repeat(3))), MAX);
  assertThrows(() => inflater.inflate(deflater.deflate(utf8("abcdefghijkl".repeat(3))), MAX), RangeError);
  deflater.release();
});

test("Inflater takes messages with final blocks, and what comes behind them", () => {
  const final = (text: string) => deflateRawSync(utf8(text));
  const inflater = new Inflater(15, true);
  assertEquals(inflater.inflate(concat(final("one"), hex("00")), MAX)?.toString(), "one");
  assertEquals(inflater.inflate(concat(final("two"), final("three"), hex("00")), MAX)?.toString(), "twothree");
  assertEquals(inflater.inflate(final("four"), MAX)?.toString(), "four");
  const many = concat(...Array.from({ length: 40 }, () => final("")));
  assertThrows(() => inflater.inflate(many, MAX), RangeError, "too many final blocks");
});

test("Inflater reads the examples of RFC 7692, section 7.2.3", () => {
  const inflater = new Inflater(15, true);
  assertEquals(inflater.inflate(hex("f248cdc9c90700"), MAX)?.toString(), "Hello");
  assertEquals(inflater.inflate(hex("f200110000"), MAX)?.toString(), "Hello");
  assertEquals(new Inflater(15, true).inflate(hex("000500faff48656c6c6f00"), MAX)?.toString(), "Hello");
  assertEquals(new Inflater(15, true).inflate(hex("f348cdc9c9070000"), MAX)?.toString(), "Hello");
  assertEquals(new Inflater(15, true).inflate(hex("f248050000 00ffff cac9c90700"), MAX)?.toString(), "Hello");
});

test("inflateOnce() and deflateOnce() do the same by documented functions", () => {
  const message = utf8(prose(2, 5000));
  const packed = deflateOnce(deflateSettings(6, 8, 9), message);
  assertEquals(copy(inflateOnce(hex(""), packed, 5000 * 3) ?? hex("")), message);
  assertEquals(inflateOnce(hex(""), packed, 100), null);
  assertThrows(() => inflateOnce(hex(""), hex("ff"), 100), RangeError);
  const window = utf8("the quick brown fox");
  const block = concat(hex("00"), Uint8Array.of(window.length, 0, 255 - window.length, 255), window);
  const deflater = new Deflater(SETTINGS, true);
  deflater.deflate(window);
  const next = copy(deflater.deflate(window));
  deflater.release();
  assertEquals(inflateOnce(block, next, 100)?.toString(), "the quick brown fox");
});

test("openStream() gives null for a zlib without a synchronous handle", () => {
  assertEquals(openStream({}), null);
  assertEquals(openStream({ _handle: null, _writeState: new Uint32Array(2) }), null);
  assertEquals(openStream({ _handle: { writeSync() {} }, _writeState: new Uint32Array(2) }), null);
  for (const stream of [openInflate(), openDeflate({})]) {
    assertEquals(stream !== null, true, "this runtime has one");
    stream?.close();
  }
});

test("FrameReader inflates messages, whole and in fragments", () => {
  const reader = () => new FrameReader(true, MAX, new Inflater(15, true));
  const packed = pack(utf8("Hello, hello, hello"));
  const expected = [{ text: "Hello, hello, hello" }];
  assertEquals(readAll(reader(), [frame(1, packed, { rsv: 4 })]), expected);
  assertEquals(readAll(reader(), [frame(1, "Hello, hello, hello")]), expected);
  const pieces = [frame(1, "", { rsv: 4, fin: false }), frame(0, packed.subarray(0, 3), { fin: false })];
  const whole = concat(...pieces, frame(0, packed.subarray(3)));
  assertEquals(readAll(reader(), [whole]), expected);
  assertEquals(readAll(reader(), cut(whole, 1, 7, 9, 11, 15, 20)), expected);
  assertEquals(readAll(reader(), [frame(2, pack(hex("00ff")), { rsv: 4 })]), [{ binary: hex("00ff") }]);
});

test("FrameReader fails with the right code on compressed messages", () => {
  const reader = () => new FrameReader(true, 1000, new Inflater(15, true));
  const reserved = [{ failed: 1002, reason: "reserved bits are set" }];
  assertEquals(readAll(reader(), [frame(9, "a", { rsv: 4 })]), reserved);
  assertEquals(readAll(reader(), [frame(1, "a", { rsv: 6 })]), reserved);
  assertEquals(readAll(reader(), [frame(1, "a", { rsv: 4, fin: false }), frame(0, "b", { rsv: 4 })]), reserved);
  assertEquals(readAll(reader(), [frame(1, hex("ffffff"), { rsv: 4 })]), [
    { failed: 1007, reason: "message does not inflate" },
  ]);
  assertEquals(readAll(reader(), [frame(1, pack(hex("eda080")), { rsv: 4 })]), [
    { failed: 1007, reason: "text is not UTF-8" },
  ]);
  assertEquals(readAll(reader(), [frame(2, pack(new Uint8Array(1001)), { rsv: 4 })]), [
    { failed: 1009, reason: "message too big after decompression" },
  ]);
});
