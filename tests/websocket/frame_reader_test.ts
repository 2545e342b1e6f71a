import { assertEquals } from "@std/assert";
import { FrameReader } from "../../src/websocket_core/_frame/reader.ts";
import { test } from "../support/test.ts";
import { concat, cut, type Event, frame, type FrameOptions, hex, readAll, serverReader, utf8 } from "./support.ts";

const OPEN = { fin: false };

function read(...frames: readonly Uint8Array[]): Event[] {
  return readAll(serverReader(), [concat(...frames)]);
}

test("FrameReader reads the examples of RFC 6455, section 5.7", () => {
  const client = () => new FrameReader(false, 1 << 20);
  assertEquals(readAll(client(), [hex("81 05 48 65 6c 6c 6f")]), [{ text: "Hello" }]);
  assertEquals(read(hex("81 85 37 fa 21 3d 7f 9f 4d 51 58")), [{ text: "Hello" }]);
  assertEquals(readAll(client(), [hex("01 03 48 65 6c 80 02 6c 6f")]), [{ text: "Hello" }]);
  assertEquals(readAll(client(), [hex("89 05 48 65 6c 6c 6f")]), [{ ping: utf8("Hello") }]);
  assertEquals(read(hex("8a 85 37 fa 21 3d 7f 9f 4d 51 58")), [{ pong: utf8("Hello") }]);
  const long = new Uint8Array(256).fill(7);
  assertEquals(readAll(client(), [concat(hex("82 7e 01 00"), long)]), [{ binary: long }]);
  const longer = new Uint8Array(65536).fill(9);
  assertEquals(readAll(client(), [concat(hex("82 7f 00 00 00 00 00 01 00 00"), longer)]), [{ binary: longer }]);
});

for (const size of [0, 1, 47, 48, 49, 64, 65, 125, 126, 127, 1000, 65535, 65536, 200_000]) {
  test(`FrameReader reads text and bytes of ${size} octets, whole and in pieces`, () => {
    const text = "aä€🙂".repeat(size).slice(0, Math.max(0, size / 3 | 0));
    const data = Uint8Array.from({ length: size }, (_, i) => i * 7);
    const bytes = concat(frame(1, text), frame(2, data), frame(1, "x".repeat(size)));
    const expected = [{ text }, { binary: data }, { text: "x".repeat(size) }];
    assertEquals(readAll(serverReader(), [bytes]), expected);
    assertEquals(readAll(serverReader(), cut(bytes, 1, 3, 5, 9, size >> 1, size + 3)), expected);
  });
}

test("FrameReader gives the same events however the bytes are cut", () => {
  const bytes = concat(
    frame(1, "größe", OPEN),
    frame(9, "ping"),
    frame(0, "", OPEN),
    frame(0, "🙂"),
    frame(2, new Uint8Array(200).fill(255)),
    frame(10),
    frame(8, concat(hex("03e8"), utf8("bye"))),
  );
  const expected: Event[] = [
    { ping: utf8("ping") },
    { text: "größe🙂" },
    { binary: new Uint8Array(200).fill(255) },
    { pong: new Uint8Array(0) },
    { close: 1000, reason: "bye" },
  ];
  for (let i = 0; i <= bytes.length; i++) assertEquals(readAll(serverReader(), cut(bytes, i)), expected);
  assertEquals(readAll(serverReader(), Array.from(bytes, (byte) => Uint8Array.of(byte))), expected);
});

test("FrameReader gives bytes that belong to the receiver", () => {
  const [first, second] = read(frame(2, hex("010203")), frame(2, hex("040506")));
  assertEquals([first, second], [{ binary: hex("010203") }, { binary: hex("040506") }]);
});

test("FrameReader gives empty bytes that may be transferred away as well", () => {
  const empty = [frame(9), frame(10), frame(2), frame(2, "", OPEN), frame(0)];
  for (const event of read(...empty)) {
    for (const bytes of Object.values(event)) structuredClone(bytes, { transfer: [bytes.buffer] });
  }
  assertEquals(read(...empty, frame(2, "a", OPEN), frame(0, "b")), [
    { ping: hex("") },
    { pong: hex("") },
    { binary: hex("") },
    { binary: hex("") },
    { binary: utf8("ab") },
  ]);
});

const BROKEN: readonly [what: string, frames: readonly Uint8Array[], reason: string][] = [
  ["an unmasked frame", [frame(1, "a", { key: null })], "unmasked client frame"],
  ["RSV1 without an extension", [frame(1, "a", { rsv: 4 })], "reserved bits are set"],
  ["RSV2", [frame(1, "a", { rsv: 2 })], "reserved bits are set"],
  ["RSV3 on a ping", [frame(9, "a", { rsv: 1 })], "reserved bits are set"],
  ["opcode 3", [frame(3)], "unknown opcode 3"],
  ["opcode 7", [frame(7)], "unknown opcode 7"],
  ["opcode 11", [frame(11)], "unknown opcode 11"],
  ["opcode 15", [frame(15)], "unknown opcode 15"],
  ["a fragmented ping", [frame(9, "a", OPEN)], "fragmented control frame"],
  ["a ping of 126 octets", [frame(9, "a".repeat(126))], "control frame too long"],
  ["a continuation of nothing", [frame(0, "a")], "nothing to continue"],
  ["a continuation after the last fragment", [frame(1, "a"), frame(0, "b")], "nothing to continue"],
  ["a message within a message", [frame(1, "a", OPEN), frame(1, "b")], "message within a message"],
  ["5 in 16 bits", [frame(1, "aaaaa", { width: 16 })], "length in more octets than it needs"],
  ["300 in 64 bits", [frame(1, "a".repeat(300), { width: 64 })], "length in more octets than it needs"],
  ["a length with its highest bit", [frame(2, "", { length: 1n << 63n })], "length with its highest bit set"],
  ["a Close frame of one octet", [frame(8, "a")], "close frame with half a code"],
  ...[0, 999, 1004, 1005, 1006, 1015, 1016, 2000, 2999, 5000, 65535].map((
    code,
  ): [string, Uint8Array[], string] => [
    `close code ${code}`,
    [frame(8, Uint8Array.of(code >> 8, code))],
    `invalid close code ${code}`,
  ]),
];
for (const [what, frames, reason] of BROKEN) {
  test(`FrameReader fails with 1002 on ${what}`, () => {
    const events = read(...frames, frame(1, "after"));
    assertEquals(events.at(-1), { failed: 1002, reason });
    assertEquals(readAll(serverReader(), Array.from(concat(...frames), (b) => Uint8Array.of(b))).at(-1), events.at(-1));
  });
}

test("FrameReader of a client fails with 1002 on a masked frame", () => {
  const reader = new FrameReader(false, 1 << 20);
  assertEquals(readAll(reader, [frame(1, "a")]), [{ failed: 1002, reason: "masked frame from a server" }]);
});

for (const code of [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999]) {
  test(`FrameReader takes close code ${code}`, () => {
    assertEquals(read(frame(8, Uint8Array.of(code >> 8, code))), [{ close: code, reason: "" }]);
  });
}

test("FrameReader takes a Close frame without a code, and leaves what comes behind it", () => {
  assertEquals(read(frame(8), frame(1, "late")), [{ close: 0, reason: "" }]);
});

test("FrameReader fails with 1007 on a close reason that is not UTF-8", () => {
  assertEquals(read(frame(8, hex("03e8 eda080"))), [{ failed: 1007, reason: "text is not UTF-8" }]);
});

const NOT_UTF8 = [
  "80",
  "c0af",
  "c1bf",
  "e09fbf",
  "eda080",
  "f08fbfbf",
  "f4908080",
  "f5808080",
  "fe",
  "ff",
  "c3",
  "e282",
  "f09f99",
];
for (const digits of NOT_UTF8) {
  test(`FrameReader fails with 1007 on the text ${digits}, in any form`, () => {
    const failed = { failed: 1007, reason: "text is not UTF-8" };
    for (const text of [hex(digits), concat(utf8("a".repeat(100)), hex(digits)), concat(hex(digits), utf8("a"))]) {
      const whole = frame(1, text);
      assertEquals(read(whole), [failed]);
      assertEquals(readAll(serverReader(), Array.from(whole, (b) => Uint8Array.of(b))), [failed]);
      const fragments = Array.from(text, (b, i) => frame(i === 0 ? 1 : 0, Uint8Array.of(b), OPEN));
      assertEquals(read(...fragments, frame(0)), [failed]);
    }
  });
}

test("FrameReader fails as soon as a text cannot become right", () => {
  const bytes = frame(1, concat(utf8("a".repeat(50)), hex("f490"), utf8("a".repeat(50))));
  const failed = { failed: 1007, reason: "text is not UTF-8" };
  assertEquals(readAll(serverReader(), [bytes.subarray(0, 6 + 52)]), [failed]);
  for (const [lead, second] of [["e0", "9f"], ["ed", "a0"], ["f0", "8f"], ["f4", "90"]]) {
    assertEquals(readAll(serverReader(), [frame(1, hex(lead), OPEN), frame(0, hex(second), OPEN)]), [failed], lead);
  }
  assertEquals(readAll(serverReader(), [frame(1, hex("c3"), OPEN), frame(0, hex("a4"))]), [{ text: "ä" }]);
});

test("FrameReader keeps a byte order mark", () => {
  assertEquals(read(frame(1, "\ufeffa")), [{ text: "\ufeffa" }]);
  assertEquals(read(frame(1, "\ufeff", OPEN), frame(0, "b")), [{ text: "\ufeffb" }]);
});

const LIMITS: readonly [what: string, frames: readonly Uint8Array[]][] = [
  ["a frame", [frame(2, new Uint8Array(101))]],
  ["fragments together", [frame(2, new Uint8Array(60), OPEN), frame(0, new Uint8Array(41))]],
  ["endless fragments", Array.from({ length: 200 }, (_, i) => frame(i === 0 ? 1 : 0, "a", OPEN))],
  ["an announced length", [frame(2, "", { length: 1n << 40n }).subarray(0, 10)]],
];
for (const [what, frames] of LIMITS) {
  test(`FrameReader fails with 1009 on ${what} beyond the limit`, () => {
    assertEquals(readAll(serverReader(100), frames), [{ failed: 1009, reason: "message too big" }]);
  });
}

test("FrameReader takes a message of exactly the limit", () => {
  const half: FrameOptions = OPEN;
  const events = readAll(serverReader(100), [
    frame(2, new Uint8Array(100)),
    frame(2, new Uint8Array(50), half),
    frame(9, "a".repeat(125)),
    frame(0, new Uint8Array(50)),
  ]);
  assertEquals(events, [
    { binary: new Uint8Array(100) },
    { ping: utf8("a".repeat(125)) },
    { binary: new Uint8Array(100) },
  ]);
});
