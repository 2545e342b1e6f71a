import { assertEquals } from "@std/assert";
import { createHmac } from "node:crypto";
import { HmacSha256 } from "../../../src/internal/digest/hmac_sha256.ts";
import { equalInConstantTime, hmacOf } from "../../../src/web/_signed_value/keys.ts";
import { utf8 } from "../../../src/util/escape.ts";
import { latin1Bytes } from "../../support/bytes.ts";
import { test } from "../../support/test.ts";

function expected(key: Uint8Array, bytes: string): string {
  return createHmac("sha256", key).update(bytes, "latin1").digest("hex");
}

/** Bytes without a pattern, one character each. */
function noise(length: number, seed: number): string {
  let state = seed * 2654435761 + 1 >>> 0;
  let text = "";
  for (let i = 0; i < length; i++) {
    state = Math.imul(state, 1664525) + 1013904223 >>> 0;
    text += String.fromCharCode(state >>> 24);
  }
  return text;
}

test("HmacSha256 agrees with node:crypto on every length of message around its blocks", () => {
  const key = utf8("a secret");
  const hmac = new HmacSha256(key);
  for (let length = 0; length < 700; length++) {
    const bytes = noise(length, length);
    const code = expected(key, bytes);
    assertEquals(hmac.hex(bytes), code, `hex of ${length} bytes`);
    const sealed = Array.from(hmac.sealed(bytes), (byte) => String.fromCharCode(byte)).join("");
    assertEquals(sealed, bytes + code, `sealed of ${length} bytes`);
  }
});

test("HmacSha256 agrees with node:crypto on every length of key around a block", () => {
  for (let length = 0; length < 200; length++) {
    const key = latin1Bytes(noise(length, length));
    assertEquals(new HmacSha256(key).hex("message"), expected(key, "message"), `key of ${length} bytes`);
  }
});

test("HmacSha256 keeps its own copy of a key", () => {
  const key = utf8("a secret");
  const hmac = new HmacSha256(key);
  const before = [hmac.hex("x"), hmac.hex("x".repeat(1000))];
  key.fill(0);
  assertEquals([hmac.hex("x"), hmac.hex("x".repeat(1000))], before);
});

test("hmacOf() prepares a text once and bytes each time", () => {
  assertEquals(hmacOf("s1"), hmacOf("s1"));
  const bytes = utf8("s1");
  const before = hmacOf(bytes).hex("m");
  bytes[0] = 0;
  assertEquals(hmacOf("s1").hex("m"), before);
  assertEquals(hmacOf(bytes).hex("m") === before, false);
  // More secrets than are kept.
  for (let i = 0; i < 40; i++) assertEquals(hmacOf(`k${i}`).hex("m"), expected(utf8(`k${i}`), "m"));
});

test("equalInConstantTime() compares every character", () => {
  assertEquals(equalInConstantTime("", ""), true);
  assertEquals(equalInConstantTime("abc", "abc"), true);
  assertEquals(equalInConstantTime("abc", "abd"), false);
  assertEquals(equalInConstantTime("abc", "bbc"), false);
  assertEquals(equalInConstantTime("abc", "ab"), false);
  assertEquals(equalInConstantTime("a", "š"), false);
});
