/**
 * SHA-1 (FIPS 180-4) of short bodies, for ETags.
 *
 * An ETag names a version of a page and protects nothing, so the known weakness of SHA-1 does not matter. Microseconds
 * for one ETag (Deno 2.9.6, best of seven runs):
 *
 * | bytes of body |   16 |   32 |  100 |  119 |  300 |
 * | ------------- | ---: | ---: | ---: | ---: | ---: |
 * | this file     |  0.4 |  0.5 |  0.7 |  0.7 |  1.5 |
 * | node:crypto   |  0.8 |  1.5 |  0.8 |  1.3 |  1.2 |
 *
 * In a server whose hello answers each request with another body, node:crypto costs 20 % more processor time for a
 * request, garbage collection included (6.6 us against 7.9, median of seven runs in turns).
 *
 * @module
 */
import type { Bytes } from "../bytes.ts";
import { nodeCrypto } from "../node_crypto.ts";

/** Two blocks of 64 bytes less the 9 of the padding: with a third block node:crypto is as fast. */
const SHORT = 119;

/** Below this a loop over the characters is faster than a call of TextEncoder. */
const LOOP = 16;

const BLOCK = 64;

// Section 4.2.1, as signed words: sums that stay within 32 bits and a sign are not computed as doubles.
const K0 = 0x5a827999;
const K1 = 0x6ed9eba1;
const K2 = 0x8f1bbcdc | 0;
const K3 = 0xca62c1d6 | 0;

/** A short message, padded to whole blocks, or as much of the UTF-8 form of a longer one as shows that it is longer. */
const message = new Uint8Array(SHORT * 3);
/** The message schedule of one block. Hashing never gives way to other code, so one array is enough. */
const w = new Int32Array(80);
const state = new Int32Array(5);
const encoder = new TextEncoder();
const DIGITS = Uint8Array.from("0123456789abcdef", (digit) => digit.charCodeAt(0));

/** Returns the SHA-1 of bytes, or of a text as UTF-8: 40 hexadecimal digits in double quotes, as in an ETag. */
export function quotedSha1(data: string | Bytes): string {
  const length = data.length <= SHORT ? fillMessage(data) : -1;
  if (length < 0) return `"${nodeCrypto().createHash("sha1").update(data).digest("hex")}"`;
  pad(length);
  state[0] = 0x67452301;
  state[1] = 0xefcdab89;
  state[2] = 0x98badcfe;
  state[3] = 0x10325476;
  state[4] = 0xc3d2e1f0;
  mixBlock(0);
  if (length > SHORT - BLOCK) mixBlock(BLOCK);
  return quotedHex(state[0], state[1], state[2], state[3], state[4]);
}

/** Returns the quoted SHA-1 of a body in several parts, in order. */
export function quotedSha1OfParts(parts: readonly (string | Bytes)[]): string {
  const hash = nodeCrypto().createHash("sha1");
  for (const part of parts) hash.update(part);
  return `"${hash.digest("hex")}"`;
}

/** Puts the bytes of `data` into `message`; returns how many there are, or -1 if there are too many. */
function fillMessage(data: string | Bytes): number {
  const length = data.length;
  if (typeof data !== "string") {
    message.set(data);
    return length;
  }
  if (length < LOOP) {
    let all = 0;
    for (let i = 0; i < length; i++) {
      const unit = data.charCodeAt(i);
      all |= unit;
      message[i] = unit;
    }
    if (all < 0x80) return length;
  }
  const { written } = encoder.encodeInto(data, message);
  return written <= SHORT ? written : -1;
}

/** Section 5.1.1: a 1 bit, zeros, and the length in bits, whose upper half is zero here. */
function pad(length: number): void {
  const end = length > SHORT - BLOCK ? 2 * BLOCK : BLOCK;
  message[length] = 0x80;
  message.fill(0, length + 1, end);
  message[end - 2] = length >>> 5;
  message[end - 1] = length << 3;
}

/**
 * Section 6.1.2: mixes the 64 bytes of `message` at `offset` into `state`. Five rounds are written out in a row, so
 * that the five variables change their parts instead of their places.
 */
function mixBlock(offset: number): void {
  for (let t = 0; t < 16; t++) {
    const i = offset + (t << 2);
    w[t] = (message[i] << 24) | (message[i + 1] << 16) | (message[i + 2] << 8) | message[i + 3];
  }
  for (let t = 16; t < 80; t++) {
    const word = w[t - 3] ^ w[t - 8] ^ w[t - 14] ^ w[t - 16];
    w[t] = (word << 1) | (word >>> 31);
  }
  let a = state[0], b = state[1], c = state[2], d = state[3], e = state[4];
  // deno-fmt-ignore
  for (let t = 0; t < 20; t += 5) {
    e = (e + ((a << 5) | (a >>> 27)) + (d ^ (b & (c ^ d))) + w[t]     + K0) | 0; b = (b << 30) | (b >>> 2);
    d = (d + ((e << 5) | (e >>> 27)) + (c ^ (a & (b ^ c))) + w[t + 1] + K0) | 0; a = (a << 30) | (a >>> 2);
    c = (c + ((d << 5) | (d >>> 27)) + (b ^ (e & (a ^ b))) + w[t + 2] + K0) | 0; e = (e << 30) | (e >>> 2);
    b = (b + ((c << 5) | (c >>> 27)) + (a ^ (d & (e ^ a))) + w[t + 3] + K0) | 0; d = (d << 30) | (d >>> 2);
    a = (a + ((b << 5) | (b >>> 27)) + (e ^ (c & (d ^ e))) + w[t + 4] + K0) | 0; c = (c << 30) | (c >>> 2);
  }
  // deno-fmt-ignore
  for (let t = 20; t < 40; t += 5) {
    e = (e + ((a << 5) | (a >>> 27)) + (b ^ c ^ d) + w[t]     + K1) | 0; b = (b << 30) | (b >>> 2);
    d = (d + ((e << 5) | (e >>> 27)) + (a ^ b ^ c) + w[t + 1] + K1) | 0; a = (a << 30) | (a >>> 2);
    c = (c + ((d << 5) | (d >>> 27)) + (e ^ a ^ b) + w[t + 2] + K1) | 0; e = (e << 30) | (e >>> 2);
    b = (b + ((c << 5) | (c >>> 27)) + (d ^ e ^ a) + w[t + 3] + K1) | 0; d = (d << 30) | (d >>> 2);
    a = (a + ((b << 5) | (b >>> 27)) + (c ^ d ^ e) + w[t + 4] + K1) | 0; c = (c << 30) | (c >>> 2);
  }
  // deno-fmt-ignore
  for (let t = 40; t < 60; t += 5) {
    e = (e + ((a << 5) | (a >>> 27)) + ((b & c) | (d & (b | c))) + w[t]     + K2) | 0; b = (b << 30) | (b >>> 2);
    d = (d + ((e << 5) | (e >>> 27)) + ((a & b) | (c & (a | b))) + w[t + 1] + K2) | 0; a = (a << 30) | (a >>> 2);
    c = (c + ((d << 5) | (d >>> 27)) + ((e & a) | (b & (e | a))) + w[t + 2] + K2) | 0; e = (e << 30) | (e >>> 2);
    b = (b + ((c << 5) | (c >>> 27)) + ((d & e) | (a & (d | e))) + w[t + 3] + K2) | 0; d = (d << 30) | (d >>> 2);
    a = (a + ((b << 5) | (b >>> 27)) + ((c & d) | (e & (c | d))) + w[t + 4] + K2) | 0; c = (c << 30) | (c >>> 2);
  }
  // deno-fmt-ignore
  for (let t = 60; t < 80; t += 5) {
    e = (e + ((a << 5) | (a >>> 27)) + (b ^ c ^ d) + w[t]     + K3) | 0; b = (b << 30) | (b >>> 2);
    d = (d + ((e << 5) | (e >>> 27)) + (a ^ b ^ c) + w[t + 1] + K3) | 0; a = (a << 30) | (a >>> 2);
    c = (c + ((d << 5) | (d >>> 27)) + (e ^ a ^ b) + w[t + 2] + K3) | 0; e = (e << 30) | (e >>> 2);
    b = (b + ((c << 5) | (c >>> 27)) + (d ^ e ^ a) + w[t + 3] + K3) | 0; d = (d << 30) | (d >>> 2);
    a = (a + ((b << 5) | (b >>> 27)) + (c ^ d ^ e) + w[t + 4] + K3) | 0; c = (c << 30) | (c >>> 2);
  }
  state[0] += a;
  state[1] += b;
  state[2] += c;
  state[3] += d;
  state[4] += e;
}

/** One call makes one flat string; joining pieces would leave a tree that has to be flattened when it is written. */
function quotedHex(a: number, b: number, c: number, d: number, e: number): string {
  const D = DIGITS;
  // deno-fmt-ignore
  return String.fromCharCode(
    0x22,
    D[a >>> 28], D[a >>> 24 & 15], D[a >>> 20 & 15], D[a >>> 16 & 15],
    D[a >>> 12 & 15], D[a >>> 8 & 15], D[a >>> 4 & 15], D[a & 15],
    D[b >>> 28], D[b >>> 24 & 15], D[b >>> 20 & 15], D[b >>> 16 & 15],
    D[b >>> 12 & 15], D[b >>> 8 & 15], D[b >>> 4 & 15], D[b & 15],
    D[c >>> 28], D[c >>> 24 & 15], D[c >>> 20 & 15], D[c >>> 16 & 15],
    D[c >>> 12 & 15], D[c >>> 8 & 15], D[c >>> 4 & 15], D[c & 15],
    D[d >>> 28], D[d >>> 24 & 15], D[d >>> 20 & 15], D[d >>> 16 & 15],
    D[d >>> 12 & 15], D[d >>> 8 & 15], D[d >>> 4 & 15], D[d & 15],
    D[e >>> 28], D[e >>> 24 & 15], D[e >>> 20 & 15], D[e >>> 16 & 15],
    D[e >>> 12 & 15], D[e >>> 8 & 15], D[e >>> 4 & 15], D[e & 15],
    0x22,
  );
}
