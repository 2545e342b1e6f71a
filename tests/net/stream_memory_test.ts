import { assert, assertEquals, assertThrows } from "@std/assert";
import { ByteBuffer, SLOT_SIZE } from "../../src/internal/byte_buffer.ts";
import { IOStream, StreamBufferFullError, StreamClosedError } from "../../src/net/iostream.ts";
import { PAIRS } from "../support/stream_pairs.ts";
import { test } from "../support/test.ts";

/** Writes a number of equal bytes. */
function fill(memory: Uint8Array<ArrayBuffer>, at: number, { byte, count }: { byte: number; count: number }): number {
  memory.fill(byte, at, at + count);
  return count;
}

const SIZES = [0, 1, 100, 4000, 4096, 5000, 70_000, 131_072, 131_073, 300_000];

for (const [name, connect] of Object.entries(PAIRS)) {
  test(`BaseIOStream.sendBy() over ${name} sends what is written into its memory, in order`, async () => {
    using pair = await connect();
    for (const size of SIZES) {
      pair.near.sendBy(size + 50, fill, { byte: 1, count: size });
      pair.near.send("ab");
      pair.near.sendBy(size, fill, { byte: 2, count: size });
      const expected = new Uint8Array(size * 2 + 2).fill(1, 0, size).fill(97, size, size + 1).fill(
        98,
        size + 1,
        size + 2,
      )
        .fill(2, size + 2);
      assertEquals(await pair.far.readBytes(expected.length), expected);
    }
    assertEquals(pair.near.writeBufferSize, 0);
  });
}

test("BaseIOStream.sendBy() throws where send() does", async () => {
  const connect = PAIRS.tcp;
  assert(connect !== undefined);
  using pair = await connect({ maxWriteBufferSize: 100 });
  assertThrows(() => pair.near.sendBy(101, fill, { byte: 1, count: 1 }), StreamBufferFullError);
  pair.near.sendBy(100, fill, { byte: 1, count: 100 });
  pair.near.close();
  assertThrows(() => pair.near.sendBy(1, fill, { byte: 1, count: 1 }), StreamClosedError);
});

test("IOStream reads large and small pieces in turn without mixing them up", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const accepted: IOStream[] = [];
  const connected: IOStream[] = [];
  for (let n = 0; n < 20; n++) {
    const accepting = listener.accept();
    connected.push(await IOStream.connect({ hostname: "127.0.0.1", port: listener.addr.port }));
    accepted.push(new IOStream(await accepting));
  }
  for (let round = 0; round < 5; round++) {
    const pieces = connected.map((_, n) => new Uint8Array([512, 70_000, 3, 200_000, 600][(n + round) % 5]).fill(n + 1));
    connected.forEach((stream, n) => stream.send(pieces[n]));
    await Promise.all(accepted.map(async (stream, n) => {
      assertEquals(await stream.readBytes(pieces[n].length), pieces[n]);
    }));
  }
  for (const stream of [...accepted, ...connected]) stream.close();
});

/** Reads a message as a stream does, and empties the buffer behind it; returns how many reads that took. */
function receive(buffer: ByteBuffer, length: number, most: number): number {
  let reads = 0;
  for (let left = length; left > 0; reads++) {
    const room = buffer.target(most).length;
    const count = Math.min(room, left);
    const filled = buffer.end + count === buffer.bytes.length;
    buffer.received(count);
    left -= count;
    // A message whose end has not come stays in the buffer, but for the bytes that were of use already.
    buffer.start = left > 0 && count === SLOT_SIZE ? buffer.end - 10 : buffer.end;
    if (buffer.start === buffer.end) buffer.fit(count, filled, most);
  }
  return reads;
}

test("ByteBuffer.fit() keeps the room that the traffic needs, and none for an idle connection", () => {
  for (const [length, usualReads, idle] of [[100, 1, 512], [608, 1, 1024], [3000, 1, 4096], [65_550, 3, 512]]) {
    const buffer = new ByteBuffer();
    for (let n = 0; n < 5; n++) receive(buffer, length, 65_536);
    assert(receive(buffer, length, 65_536) <= usualReads, `${length}: too many reads`);
    // Two short messages, and nobody remembers the long ones.
    receive(buffer, 10, 65_536);
    receive(buffer, 10, 65_536);
    assert(buffer.bytes.length <= idle, `${length}: ${buffer.bytes.length} bytes of room`);
    buffer.dispose();
  }
});
