import { assertEquals } from "@std/assert";
import { acquireBuffer, forgetBuffer, releaseBuffer } from "../../src/net/_iostream/write_buffers.ts";
import { WriteQueue } from "../../src/net/_iostream/write_queue.ts";
import { test } from "../support/test.ts";

const MIB = 1024 * 1024;

test("acquireBuffer lends 4 MiB of each size, and then what is asked for", () => {
  for (const [count, size, exact] of [[1, 4096, 256], [4097, 32768, 8192], [32769, 131072, 65536]]) {
    const buffers = Array.from({ length: 2000 }, () => acquireBuffer(count));
    const lengths = buffers.map(({ bytes }) => bytes.length);
    const lent = 4 * MIB / size;
    assertEquals(new Set(lengths.slice(0, lent)), new Set([size]));
    assertEquals(new Set(lengths.slice(lent)), new Set([exact]));
    for (const [i, buffer] of buffers.entries()) i % 2 === 0 ? releaseBuffer(buffer) : forgetBuffer(buffer);
    const again = Array.from({ length: lent }, () => acquireBuffer(count));
    assertEquals(new Set(again.map(({ bytes }) => bytes.length)), new Set([size]));
    for (const buffer of again) releaseBuffer(buffer);
  }
});

test("WriteQueue keeps at most twice what is queued, on any number of streams that take nothing", () => {
  const queues = Array.from({ length: 3000 }, () => new WriteQueue());
  for (const queue of queues) {
    queue.push(new Uint8Array(2000));
    queue.push(new Uint8Array(2200));
  }
  const memory = queues.map((queue) => queue.shift()?.buffer.byteLength ?? 0);
  assertEquals(memory.filter((length) => length > 8192).length, 4 * MIB / 32768);
  // A stream that closes gives its share back.
  for (const queue of queues) queue.clear();
  const after = new WriteQueue();
  after.push(new Uint8Array(4200));
  assertEquals(after.shift()?.buffer.byteLength, 32768);
  after.recycle();
});

test("WriteQueue gives back the buffers of what it has written", () => {
  const queue = new WriteQueue();
  for (let i = 0; i < 10_000; i++) {
    const length = (i * 7919) % 15_000 + 1;
    for (let left = (i % 12) + 1; left > 0; left--) queue.push(new Uint8Array(length));
    for (let piece = queue.shift(); piece !== null; piece = queue.shift()) queue.recycle();
  }
  for (const [count, size] of [[1, 4096], [4097, 32768], [32769, 131072]]) {
    const buffers = Array.from({ length: 4 * MIB / size }, () => acquireBuffer(count));
    assertEquals(new Set(buffers.map(({ bytes }) => bytes.length)), new Set([size]));
    for (const buffer of buffers) releaseBuffer(buffer);
  }
});
