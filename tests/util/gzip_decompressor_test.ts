import { crc32, createGunzip, gzipSync } from "node:zlib";
import { assert, assertEquals, assertThrows } from "@std/assert";
import { type Bytes, GzipDecompressor, InflateError } from "../../src/util/util.ts";
import { assertLinear } from "../support/assert_linear.ts";
import { concat } from "../support/bytes.ts";
import { Random } from "../support/random.ts";
import { test } from "../support/test.ts";

const encoder = new TextEncoder();
const TEXT: Bytes = encoder.encode("Grüße from a gzip stream. ".repeat(40));

function gzip(data: Bytes): Bytes {
  return new Uint8Array(gzipSync(data));
}

/** All of a stream in one call. */
function decompressAll(data: Bytes): Bytes {
  const decompressor = new GzipDecompressor();
  return concat(decompressor.decompress(data), decompressor.flush());
}

/** A header with the given flags and fields, before compressed data. */
function header(flags: number, ...fields: readonly Uint8Array[]): Bytes {
  return concat(Uint8Array.of(0x1f, 0x8b, 8, flags, 1, 2, 3, 4, 0, 3), ...fields);
}

/** The compressed data and trailer of a stream that zlib made, without its header. */
function afterHeader(data: Bytes): Bytes {
  return data.subarray(10);
}

test("GzipDecompressor gives the data, whole or byte by byte", () => {
  const data = gzip(TEXT);
  assertEquals(decompressAll(data), TEXT);
  const decompressor = new GzipDecompressor();
  const pieces: Bytes[] = [];
  for (const byte of data) {
    pieces.push(decompressor.decompress(Uint8Array.of(byte)));
    assertEquals(decompressor.unconsumedTail.length, 0);
  }
  assertEquals(concat(...pieces), TEXT);
  assertEquals(decompressor.flush().length, 0);
});

test("GzipDecompressor never gives more than maxLength, and hands the rest of the input back", () => {
  const data = gzip(TEXT);
  for (const maxLength of [1, 2, 100, TEXT.length - 1, TEXT.length, TEXT.length + 1]) {
    const decompressor = new GzipDecompressor();
    const pieces: Bytes[] = [];
    let rest = data;
    while (rest.length > 0) {
      const piece = decompressor.decompress(rest, maxLength);
      assert(piece.length <= maxLength);
      pieces.push(piece);
      rest = decompressor.unconsumedTail;
    }
    assertEquals(concat(...pieces), TEXT);
    assertEquals(decompressor.flush().length, 0);
  }
});

test("GzipDecompressor.flush gives what a limit left over", () => {
  const decompressor = new GzipDecompressor();
  const first = decompressor.decompress(gzip(TEXT), 10);
  assertEquals(concat(first, decompressor.flush()), TEXT);
});

test("GzipDecompressor needs no more memory for a bomb than its limit", () => {
  // A gigabyte in a megabyte: a thousand times the same member.
  const member = gzip(new Uint8Array(1_000_000));
  const decompressor = new GzipDecompressor();
  let total = 0;
  for (let i = 0; i < 1000; i++) {
    let rest = member;
    while (rest.length > 0) {
      const piece = decompressor.decompress(rest, 65_536);
      assert(piece.length <= 65_536);
      total += piece.length;
      rest = decompressor.unconsumedTail;
    }
  }
  decompressor.flush();
  assertEquals(total, 1_000_000_000);
});

test("GzipDecompressor refuses what is cut short, at any place", () => {
  const data = gzip(TEXT);
  for (let length = 1; length < data.length; length++) {
    const decompressor = new GzipDecompressor();
    decompressor.decompress(data.subarray(0, length));
    assertThrows(() => decompressor.flush(), InflateError, "cut short");
  }
});

test("GzipDecompressor takes no data at all for complete", () => {
  const decompressor = new GzipDecompressor();
  assertEquals(decompressor.decompress(new Uint8Array(0)).length, 0);
  assertEquals(decompressor.flush().length, 0);
});

test("GzipDecompressor refuses what is no gzip", () => {
  const cases: [string, Uint8Array][] = [
    ["header check", encoder.encode("plain text")],
    ["header check", Uint8Array.of(0x1f, 0x8c)],
    ["compression method", Uint8Array.of(0x1f, 0x8b, 7, 0)],
    ["header flags", header(0x20)],
    ["header flags", header(0x80)],
  ];
  for (const [message, data] of cases) {
    assertThrows(() => new GzipDecompressor().decompress(concat(data)), InflateError, message);
  }
});

test("GzipDecompressor skips the fields of a header and checks its checksum", () => {
  const rest = afterHeader(gzip(TEXT));
  const extra = concat(Uint8Array.of(3, 1), new Uint8Array(259).fill(7));
  const name = encoder.encode("name.txt\0");
  assertEquals(decompressAll(concat(header(1 | 4 | 8 | 16, extra, name, encoder.encode("comment\0")), rest)), TEXT);
  const checked = header(2 | 4 | 8, extra, name);
  const sum = crc32(checked) & 0xffff;
  assertEquals(decompressAll(concat(checked, Uint8Array.of(sum & 0xff, sum >> 8), rest)), TEXT);
  assertThrows(
    () => decompressAll(concat(checked, Uint8Array.of(sum & 0xff, sum >> 8 ^ 1), rest)),
    InflateError,
    "header crc mismatch",
  );
});

test("GzipDecompressor checks checksum and length of the data", () => {
  const data = gzip(TEXT);
  for (
    const [fromEnd, message] of [[8, "data check"], [5, "data check"], [4, "length check"], [
      1,
      "length check",
    ]] as const
  ) {
    const damaged = data.slice();
    damaged[data.length - fromEnd] ^= 1;
    assertThrows(() => new GzipDecompressor().decompress(damaged), InflateError, message);
  }
});

test("GzipDecompressor takes several members for one stream", () => {
  const data = concat(gzip(TEXT), gzip(new Uint8Array(0)), gzip(encoder.encode("end")));
  const expected = concat(TEXT, encoder.encode("end"));
  assertEquals(decompressAll(data), expected);
  const decompressor = new GzipDecompressor();
  const pieces = Array.from(data, (byte) => decompressor.decompress(Uint8Array.of(byte)));
  assertEquals(concat(...pieces, decompressor.flush()), expected);
});

test("GzipDecompressor takes many empty members in the time of their bytes", () => {
  const empty = gzip(new Uint8Array(0));
  const members = (count: number) =>
    Uint8Array.from({ length: count * empty.length }, (_, i) => empty[i % empty.length]);
  assertLinear(members, (data) => decompressAll(data));
});

test("GzipDecompressor refuses what is no member behind or between members", () => {
  const data = gzip(TEXT);
  for (const garbage of [[0], [0, 0, 0], [0x1e], [0x8b, 0x8b], [0x1f, 0], [...encoder.encode("garbage")]]) {
    for (const whole of [[data, Uint8Array.from(garbage)], [data, Uint8Array.from(garbage), data]]) {
      assertThrows(() => decompressAll(concat(...whole)), InflateError, "Cannot inflate");
      const byteByByte = new GzipDecompressor();
      assertThrows(
        () => {
          concat(...whole).forEach((byte) => byteByByte.decompress(Uint8Array.of(byte)));
          byteByByte.flush();
        },
        InflateError,
        "Cannot inflate",
      );
    }
  }
});

test("GzipDecompressor refuses a member that is cut short or damaged behind another", () => {
  const data = gzip(TEXT);
  for (let length = 1; length < data.length; length++) {
    const decompressor = new GzipDecompressor();
    decompressor.decompress(concat(data, data.subarray(0, length)));
    assertThrows(() => decompressor.flush(), InflateError, "cut short");
  }
  for (const beginning of [[0x1f, 0x8c], [0x1f, 0x8b, 7, 0], [0x1f, 0x8b, 8, 0x80]]) {
    const whole = concat(data, Uint8Array.from(beginning));
    assertThrows(() => new GzipDecompressor().decompress(whole), InflateError);
    const byteByByte = new GzipDecompressor();
    assertThrows(() => whole.forEach((byte) => byteByByte.decompress(Uint8Array.of(byte))), InflateError);
  }
});

test("GzipDecompressor.flush returns at most maxLength bytes", () => {
  for (const [maxLength, whole] of [[TEXT.length, true], [TEXT.length + 1, true], [TEXT.length - 1, false]] as const) {
    const decompressor = new GzipDecompressor();
    const first = decompressor.decompress(gzip(TEXT), 10);
    if (whole) assertEquals(concat(first, decompressor.flush(maxLength - 10)), TEXT);
    else assertThrows(() => decompressor.flush(maxLength - 10), RangeError, `more than ${maxLength - 10} bytes`);
  }
});

test("GzipDecompressor takes no more data after its end", () => {
  const flushed = new GzipDecompressor();
  flushed.decompress(gzip(TEXT));
  flushed.flush();
  const damaged = new GzipDecompressor();
  assertThrows(() => damaged.decompress(encoder.encode("plain")), InflateError);
  const closed = new GzipDecompressor();
  closed.close();
  closed.close();
  for (const one of [flushed, damaged, closed]) {
    assertThrows(() => one.decompress(gzip(TEXT)), InflateError, "has ended");
    assertThrows(() => one.flush(), InflateError, "has ended");
  }
});

/** Makes a decompressor as on a runtime whose node:zlib has no synchronous handles. */
function withoutHandle(): GzipDecompressor {
  const prototype = Object.getPrototypeOf(createGunzip());
  Object.defineProperty(prototype, "_handle", { get: () => null, set: () => {}, configurable: true });
  try {
    return new GzipDecompressor();
  } finally {
    Reflect.deleteProperty(prototype, "_handle");
  }
}

test("GzipDecompressor without a synchronous zlib gives everything at the end, up to a limit", () => {
  const data = concat(gzip(TEXT), gzip(encoder.encode("end")));
  const expected = concat(TEXT, encoder.encode("end"));
  for (const maxLength of [0, expected.length, expected.length + 1]) {
    const decompressor = withoutHandle();
    for (const byte of data) assertEquals(decompressor.decompress(Uint8Array.of(byte), 1).length, 0);
    assertEquals(decompressor.unconsumedTail.length, 0);
    assertEquals(decompressor.flush(maxLength), expected);
  }
  assertEquals(withoutHandle().flush().length, 0);
  const bomb = withoutHandle();
  bomb.decompress(gzip(new Uint8Array(1 << 20)));
  const error = assertThrows(() => bomb.flush(1000), RangeError, "more than 1000 bytes");
  assertEquals(error instanceof InflateError, false);
  for (const bad of [encoder.encode("plain text"), data.subarray(0, -1)]) {
    const decompressor = withoutHandle();
    decompressor.decompress(bad);
    assertThrows(() => decompressor.flush(), InflateError, "damaged or cut short");
  }
});

test("GzipDecompressor refuses a limit that is none", () => {
  for (const maxLength of [-1, NaN]) {
    assertThrows(() => new GzipDecompressor().decompress(gzip(TEXT), maxLength), RangeError, String(maxLength));
  }
});

test("GzipDecompressor gives data or a documented error for any input", () => {
  const random = new Random(3);
  const data = gzip(TEXT);
  let refused = 0;
  for (let i = 0; i < 2000; i++) {
    const mutated = data.slice(0, 1 + random.below(data.length));
    for (let n = random.below(4); n > 0; n--) mutated[random.below(mutated.length)] ^= 1 << random.below(8);
    const decompressor = new GzipDecompressor();
    try {
      for (let at = 0; at < mutated.length; at += 9) decompressor.decompress(mutated.subarray(at, at + 9));
      decompressor.flush();
    } catch (error) {
      assert(error instanceof InflateError, String(error));
      refused++;
    }
  }
  assert(refused > 1500);
});
