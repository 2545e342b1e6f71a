import { assertEquals, assertThrows } from "@std/assert";
import type { Bytes } from "../../src/internal/bytes.ts";
import { utf8 } from "../../src/util/escape.ts";
import {
  createSignedText,
  createSignedValue,
  type CreateSignedValueOptions,
  decodeSignedText,
  decodeSignedValue,
  getSignatureKeyVersion,
} from "../../src/web/signed_value.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { test } from "../support/test.ts";

const SECRET = "secret";
const PAST = 1300000000;
const PRESENT = PAST + 86400 * 15;
const FUTURE = PRESENT + 86400 * 50;

const past = () => PAST;
const present = () => PRESENT;

const V1 = "dmFsdWU=|1300000000|9e7727150808365bebff0a6404df2acfefd24d51";
const V2 = "2|1:0|10:1300000000|4:name|8:dmFsdWU=|dde970934c3dca1ee18c228683b8f88369d856f5b9b7f0fd5eab44aa165210bd";

function text(bytes: Bytes | null): string | null {
  return bytes === null ? null : new TextDecoder().decode(bytes);
}

function sign(value: string, options: CreateSignedValueOptions = {}): string {
  return new TextDecoder().decode(createSignedValue(SECRET, "key", value, { clock: past, ...options }));
}

function decode(value: string, options: { minVersion?: number; maxAgeDays?: number; clock?: () => number } = {}) {
  return text(decodeSignedValue(SECRET, "key", value, { clock: present, ...options }));
}

test("createSignedText() and decodeSignedText() are the same as text", () => {
  assertEquals(createSignedText(SECRET, "name", "value", { clock: past }), V2);
  assertEquals(decodeSignedText(SECRET, "name", V2, { clock: present }), "value");
  assertEquals(decodeSignedText(SECRET, "key", createSignedText(SECRET, "key", "zwölf")), "zwölf");
  assertEquals(decodeSignedText(SECRET, "key", createSignedText(SECRET, "key", new Uint8Array([0xff]))), null);
  assertEquals(decodeSignedText(SECRET, "key", null), null);
});

test("createSignedValue() writes what Tornado writes", () => {
  assertEquals(text(createSignedValue(SECRET, "name", "value", { version: 1, clock: past })), V1);
  assertEquals(text(createSignedValue(SECRET, "name", "value", { version: 2, clock: past })), V2);
  assertEquals(text(createSignedValue(SECRET, "name", "value", { clock: past })), V2);
  assertEquals(text(createSignedValue(utf8(SECRET), "name", utf8("value"), { clock: () => PAST + 0.999 })), V2);
});

test("createSignedValue() refuses versions that are not there", () => {
  for (const version of [0, 3, -1, 1.5, NaN]) {
    assertThrows(() => createSignedValue(SECRET, "key", "v", { version }), RangeError, String(version));
  }
});

test("createSignedValue() takes one of several secrets", () => {
  const secrets = { 0: "old", 1: "new" };
  const signed = createSignedValue(secrets, "key", "v", { clock: past, keyVersion: 1 });
  assertEquals(text(signed)?.startsWith("2|1:1|"), true);
  assertEquals(text(decodeSignedValue(secrets, "key", signed, { clock: present })), "v");
  assertEquals(text(decodeSignedValue("new", "key", signed, { clock: present })), "v");
  assertThrows(() => createSignedValue(secrets, "key", "v"), TypeError, "keyVersion");
  assertThrows(() => createSignedValue(secrets, "key", "v", { keyVersion: 2 }), RangeError, "2");
  assertThrows(() => createSignedValue(secrets, "key", "v", { keyVersion: 1, version: 1 }), TypeError, "version 1");
});

test("decodeSignedValue() refuses a key version that there is no secret of", () => {
  assertEquals(decodeSignedValue({}, "key", sign("v"), { clock: present }), null);
});

test("createSignedValue() takes the time of the clock in use", () => {
  using clock = new FakeClock({ now: PAST });
  assertEquals(text(createSignedValue(SECRET, "name", "value")), V2);
  assertEquals(text(decodeSignedValue(SECRET, "name", V2)), "value");
  clock.advance(32 * 86400);
  assertEquals(decodeSignedValue(SECRET, "name", V2), null);
});

test("decodeSignedValue() reads both versions", () => {
  for (const version of [1, 2]) {
    for (const value of ["", "a", "ab", "abc", "|:=\0\n", "ümläut €", "x".repeat(5000)]) {
      assertEquals(decode(sign(value, { version })), value);
    }
  }
  assertEquals(text(decodeSignedValue(SECRET, "key", utf8(sign("bytes")), { clock: present })), "bytes");
  const bytes = new Uint8Array(256).map((_, i) => i);
  const signed = createSignedValue(SECRET, "key", bytes, { clock: past });
  assertEquals(decodeSignedValue(SECRET, "key", signed, { clock: present }), bytes);
});

test("decodeSignedValue() reads names and values that are not ASCII", () => {
  const signed = createSignedValue("gehéim", "größe", "välue", { clock: past });
  assertEquals(text(decodeSignedValue("gehéim", "größe", signed, { clock: present })), "välue");
  const asText = new TextDecoder().decode(signed);
  assertEquals(text(decodeSignedValue("gehéim", "größe", asText, { clock: present })), "välue");
  assertEquals(decodeSignedValue("gehéim", "größf", signed, { clock: present }), null);
});

test("decodeSignedValue() gives null for nothing", () => {
  assertEquals(decodeSignedValue(SECRET, "key", null), null);
  assertEquals(decodeSignedValue(SECRET, "key", ""), null);
  assertEquals(decodeSignedValue(SECRET, "key", new Uint8Array(0)), null);
});

test("decodeSignedValue() refuses a value under another name", () => {
  assertEquals(text(decodeSignedValue(SECRET, "key1", sign("v"), { clock: present })), null);
  const signed = createSignedValue(SECRET, "key1", "v", { clock: past });
  assertEquals(decodeSignedValue(SECRET, "key2", signed, { clock: present }), null);
});

test("decodeSignedValue() refuses version 1 under another name, with a warning", (t) => {
  t.expectLog("tornado.general", /^Invalid cookie signature/);
  const signed = createSignedValue(SECRET, "key1", "v", { clock: past, version: 1 });
  assertEquals(decodeSignedValue(SECRET, "key2", signed, { clock: present }), null);
});

test("decodeSignedValue() refuses what is too old", (t) => {
  t.expectLog("tornado.general", /^Expired cookie/);
  for (const version of [1, 2]) {
    const signed = sign("v", { version });
    assertEquals(decode(signed, { clock: () => PAST + 31 * 86400 }), "v");
    assertEquals(decode(signed, { clock: () => PAST + 31 * 86400 + 1 }), null);
    assertEquals(decode(signed, { clock: () => FUTURE, maxAgeDays: 1000 }), "v");
    assertEquals(decode(signed, { clock: past, maxAgeDays: 0 }), "v");
    assertEquals(decode(signed, { clock: present, maxAgeDays: 0.5 }), null);
    assertEquals(decode(signed, { clock: present, maxAgeDays: NaN }), null);
    assertEquals(decode(signed, { clock: () => NaN }), null);
  }
});

test("decodeSignedValue() accepts a time ahead in version 2 alone", (t) => {
  t.expectLog("tornado.general", /^Cookie timestamp in future/);
  const ahead = () => FUTURE;
  assertEquals(decode(sign("v", { clock: ahead, version: 2 }), { clock: past }), "v");
  assertEquals(decode(sign("v", { clock: ahead, version: 1 }), { clock: past }), null);
});

test("decodeSignedValue() is not misled by digits moved between value and time", (t) => {
  t.expectLog("tornado.general", /^Cookie timestamp in future/);
  t.expectLog("tornado.general", /^Tampered cookie/);
  // In base64 these end with a digit. The signature covers value and time together, so it still fits.
  for (const value of ["d3d3", "d3d0"]) {
    const signed = createSignedValue(SECRET, "key", Uint8Array.fromBase64(value), { clock: past, version: 1 });
    const [, time = "", signature = ""] = (text(signed) ?? "").split("|");
    assertEquals(decode(`${value.slice(0, -1)}|${value.slice(-1)}${time}|${signature}`), null);
  }
});

test("decodeSignedValue() accepts no version below minVersion", () => {
  assertEquals(decode(sign("v", { version: 1 }), { minVersion: 2 }), null);
  assertEquals(decode(sign("v", { version: 2 }), { minVersion: 2 }), "v");
  assertThrows(() => decode(V2, { minVersion: 3 }), RangeError, "3");
});

test("decodeSignedValue() refuses malformed values of version 2 without a warning", () => {
  const good = sign("value");
  assertEquals(decode(good), "value");
  const signature = good.slice(good.lastIndexOf("|") + 1);
  const bad = [
    "2",
    "2|",
    "2||||||",
    "2|1:0",
    "2|1:0|",
    `2|1:0|10:1300000000|3:key|8:dmFsdWU=|`,
    good.slice(0, -1),
    `${good}0`,
    `${good}|`,
    good.toUpperCase(),
    good.replace(signature, signature.toUpperCase()),
    good.replace("1:0", "2:0"),
    good.replace("1:0", "1:1"),
    good.replace("1:0", "-1:0"),
    good.replace("1:0", ":0"),
    good.replace("1:0", "99999999999999999999999:0"),
    good.replace("1:0", "1e0:0"),
    good.replace("1:0", "0x1:0"),
    good.replace("3:key", "4:key1"),
    good.replace("10:1300000000", "10:1300000001"),
    good.replace("10:1300000000", "11:13000000000"),
    good.replace("8:dmFsdWU=", "8:dmFsdWQ="),
    good.replace("8:dmFsdWU=", "7:dmFsdWU="),
    `3${good.slice(1)}`,
    `10${good.slice(1)}`,
    `999${good.slice(1)}`,
    good.replace("key", "k\u0000y"),
    `${good.slice(0, 30)}\ud800${good.slice(31)}`,
    "2|" + "1:0|".repeat(100_000),
    "2|" + "9".repeat(100_000),
  ];
  for (const value of bad) assertEquals(decode(value), null, value.slice(0, 100));
});

test("decodeSignedValue() takes what has no version for version 1", (t) => {
  t.expectLog("tornado.general", /^Invalid cookie signature/);
  for (const value of ["x", "a|b", "a|b|c|d", "1000|x", "02|x", "-1|x"]) assertEquals(decode(value), null, value);
  assertEquals(decode("a|b|c"), null);
});

test("decodeSignedValue() refuses a version 1 value when there are several secrets", () => {
  assertEquals(decodeSignedValue({ 0: SECRET }, "name", V1, { clock: past }), null);
});

test("decodeSignedValue() logs a refused value once, cut short and on one line", (t) => {
  t.expectLog("tornado.general", /^Invalid cookie signature "[^\n]{1,120}"$/);
  assertEquals(decode(`a|b|\n${"x".repeat(10_000)}`), null);
});

test("decodeSignedValue() reads a secret's values when key versions come later", () => {
  const signed = createSignedValue("old", "key", "v", { clock: past });
  const rotated = { 0: "old", 1: "new" };
  assertEquals(text(decodeSignedValue(rotated, "key", signed, { clock: present })), "v");
  assertEquals(decodeSignedValue({ 1: "new" }, "key", signed, { clock: present }), null);
});

test("getSignatureKeyVersion() reads the key version without a look at the signature", () => {
  const secrets = { 0: "a", 7: "b", 12: "c" };
  for (const keyVersion of [0, 7, 12]) {
    const signed = createSignedValue(secrets, "key", "v", { keyVersion });
    assertEquals(getSignatureKeyVersion(signed), keyVersion);
    assertEquals(getSignatureKeyVersion(`${text(signed)}forged`), keyVersion);
  }
  assertEquals(getSignatureKeyVersion(V1), null);
  for (const malformed of ["", "2", "2|", "2|1:x|1:1|1:k|1:v|s", "2|1:1|1:x|1:k|1:v|s", "2|1:1|1:1|1:k|1:v"]) {
    assertEquals(getSignatureKeyVersion(malformed), null, malformed);
  }
});
