import { assertEquals, assertThrows } from "@std/assert";
import { closePayload, isCloseCode } from "../../src/websocket_core/_frame/close_frame.ts";
import { applyMask, newMaskKey, rotate } from "../../src/websocket_core/_frame/mask.ts";
import { FrameReader } from "../../src/websocket_core/_frame/reader.ts";
import {
  encodeText,
  frameHead,
  textFrameRoom,
  writeBytesFrame,
  writeTextFrame,
} from "../../src/websocket_core/_frame/writer.ts";
import { checkUtf8 } from "../../src/websocket_core/_frame/utf8.ts";
import { Random } from "../support/random.ts";
import { test } from "../support/test.ts";
import { concat, copy, frame, hex, readAll, utf8 } from "./support.ts";

const SIZES = [0, 1, 2, 41, 42, 47, 48, 49, 63, 125, 126, 127, 5454, 5455, 5456, 16000, 65535, 65536, 300_000];
const ALPHABETS = ["a", "ä", "€", "🙂", "a€🙂ä"];

function textFrame(text: string, masked: boolean): Uint8Array<ArrayBuffer> {
  const memory = new Uint8Array(textFrameRoom(text));
  return memory.subarray(0, writeTextFrame(memory, 0, { text, masked }));
}

function bytesFrame(payload: Uint8Array, masked: boolean): Uint8Array<ArrayBuffer> {
  const memory = new Uint8Array(payload.length + 14);
  return memory.subarray(0, writeBytesFrame(memory, 0, { first: 0x82, payload, masked }));
}

for (const size of SIZES) {
  test(`writeTextFrame() and writeBytesFrame() of ${size} characters are what a simple encoder writes`, () => {
    for (const alphabet of ALPHABETS) {
      const text = alphabet.repeat(Math.ceil(size / alphabet.length)).slice(0, size).toWellFormed();
      assertEquals(textFrame(text, false), frame(1, text, { key: null }));
      assertEquals(bytesFrame(utf8(text), false), frame(2, text, { key: null }));
      const head = copy(frameHead(0x82, utf8(text).length));
      assertEquals(concat(head, utf8(text)), frame(2, text, { key: null }));
      assertEquals(copy(encodeText(text)), utf8(text));
    }
  });

  test(`writeTextFrame() and writeBytesFrame() of ${size} characters, masked, can be read`, () => {
    for (const alphabet of ALPHABETS) {
      const text = alphabet.repeat(Math.ceil(size / alphabet.length)).slice(0, size).toWellFormed();
      const reader = new FrameReader(true, 1 << 24);
      const frames = [textFrame(text, true), bytesFrame(utf8(text), true)];
      assertEquals(readAll(reader, frames), [{ text }, { binary: utf8(text) }]);
    }
  });
}

test("writeTextFrame() writes lone surrogates as U+FFFD", () => {
  for (const text of ["\ud800", "a\udc00b", "\ud83d".repeat(60), "\ud83d".repeat(6000)]) {
    assertEquals(textFrame(text, false), frame(1, text.toWellFormed(), { key: null }));
  }
});

test("frameHead() writes lengths beyond 32 bits", () => {
  assertEquals(copy(frameHead(0x82, 2 ** 33 + 5)), hex("82 7f 0000000200000005"));
});

test("applyMask() is what RFC 6455, section 5.3 says, at any offset, length and phase", () => {
  const random = new Random(1);
  for (let n = 0; n < 3000; n++) {
    const storage = Uint8Array.from({ length: 300 }, () => random.below(256));
    const view = storage.subarray(random.below(16));
    const start = random.below(100);
    const end = start + random.below(180);
    const octets = [0, 0, 0, 0].map(() => random.below(256));
    const key = octets[0] | (octets[1] << 8) | (octets[2] << 16) | (octets[3] << 24);
    const phase = random.below(9);
    const expected = view.map((byte, i) => i < start || i >= end ? byte : byte ^ octets[(i - start + phase) & 3]);
    applyMask(view, start, end, key, phase);
    assertEquals(view, expected);
    assertEquals(rotate(key, 4), key);
  }
});

test("newMaskKey() gives different keys", () => {
  assertEquals(new Set(Array.from({ length: 3000 }, newMaskKey)).size > 2990, true);
});

test("checkUtf8() agrees with TextDecoder about every beginning of every text", () => {
  const random = new Random(2);
  const pieces = ["61", "c3a4", "e282ac", "f09f9982", "ed9fbf", "f48fbfbf", "eda080", "c0", "f5", "80", "e0", "f4"];
  for (let n = 0; n < 2000; n++) {
    const bytes = hex(random.text(pieces, 12));
    let good = 0;
    for (let end = 0; end <= bytes.length && good >= 0; end++) {
      good = checkUtf8(bytes, good, end);
      assertEquals(good >= 0, canStart(bytes.subarray(0, end)), `${bytes.toHex()} to ${end}`);
    }
  }
});

/** Whether a stream decoder has no objection to the beginning of a text. */
function canStart(bytes: Uint8Array<ArrayBuffer>): boolean {
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(bytes, { stream: true });
    return true;
  } catch {
    return false;
  }
}

test("closePayload() holds code and reason", () => {
  assertEquals(closePayload(null, null), new Uint8Array(0));
  assertEquals(closePayload(1000, null), hex("03e8"));
  assertEquals(closePayload(4999, "ä"), hex("1387 c3a4"));
  assertEquals(closePayload(1001, "x".repeat(123)).length, 125);
});

test("closePayload() refuses codes that may not be sent, and reasons that are too long", () => {
  for (const code of [0, 999, 1004, 1005, 1006, 1015, 2999, 5000, 65536, 1000.5, NaN]) {
    assertThrows(() => closePayload(code, null), RangeError, `Cannot close with code ${code}`);
  }
  assertThrows(() => closePayload(1000, "ä".repeat(62)), RangeError, "124 bytes");
});

test("isCloseCode() is true for what the registry has", () => {
  const codes = Array.from({ length: 6000 }, (_, code) => code).filter(isCloseCode);
  assertEquals(codes.length, 15 - 3 + 2000);
});
