// The storage of ByteBuffer: what is made for whole reads is used again, and never while somebody has it.
import { assertEquals, assertStrictEquals } from "@std/assert";
import { Buffer } from "node:buffer";
import { ByteBuffer } from "../../src/internal/byte_buffer.ts";
import { test } from "../support/test.ts";

/** A buffer with the bytes of one read, which it has moved out of the memory of the transport. */
function afterRead(count: number): ByteBuffer {
  const buffer = new ByteBuffer();
  buffer.wrap(Buffer.alloc(131072, 1), count);
  buffer.own();
  return buffer;
}

/** Takes all bytes, and gives the storage back. */
function empty(buffer: ByteBuffer): void {
  buffer.start = buffer.end;
  buffer.dispose();
}

test("ByteBuffer: uses the storage of large reads again", () => {
  for (const count of [40_000, 65_536, 65_537, 131_072]) {
    const first = afterRead(count);
    const { bytes } = first;
    empty(first);
    const second = afterRead(count);
    assertStrictEquals(second.bytes, bytes, `${count} bytes`);
    assertEquals(second.length, count);
    empty(second);
  }
});

test("ByteBuffer: gives no storage to two, and none away that is lent", () => {
  const buffers = Array.from({ length: 40 }, () => afterRead(131_072));
  assertEquals(new Set(buffers.map(({ bytes }) => bytes)).size, buffers.length);
  const [lender] = buffers;
  const { bytes } = lender;
  lender.start = lender.end;
  lender.lent = 100_000;
  lender.append(new Uint8Array(131_072));
  lender.lent = 0;
  for (const buffer of buffers) empty(buffer);
  const others = Array.from({ length: 40 }, () => afterRead(131_072));
  assertEquals(others.some((other) => other.bytes === bytes), false);
  for (const buffer of others) empty(buffer);
});
