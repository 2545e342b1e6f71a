import { assert, assertEquals, assertRejects } from "@std/assert";
import {
  BaseIOStream,
  type Duplex,
  IOStream,
  type IOStreamOptions,
  StreamClosedError,
} from "../../src/net/iostream.ts";
import { TCPServer } from "../../src/net/tcpserver.ts";
import { FakeClock, settled } from "../support/fake_clock.ts";
import { PAIRS } from "../support/stream_pairs.ts";
import { test } from "../support/test.ts";

const TRANSPORTS = ["deno", "handle"] as const;

/** Bytes of which each tells its place. */
function numbered(length: number): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length }, (_, i) => i * 31 >> 3);
}

/** Writes pieces to each client and closes the connection. */
class Speaker extends TCPServer {
  readonly #pieces: readonly Uint8Array<ArrayBuffer>[];

  constructor(pieces: readonly Uint8Array<ArrayBuffer>[]) {
    super();
    this.#pieces = pieces;
  }

  override handleStream(stream: IOStream): void {
    for (const piece of this.#pieces) stream.write(piece);
    stream.close();
  }
}

async function receive(port: number, options?: IOStreamOptions): Promise<Uint8Array> {
  using client = await IOStream.connect({ hostname: "127.0.0.1", port }, options);
  return await client.readUntilClose();
}

for (const transport of TRANSPORTS) {
  test(`IOStream.close() on ${transport} delivers what was written, to 300 of 300 new connections`, async () => {
    await using server = new Speaker([numbered(100)]);
    server.listen(0, { address: "127.0.0.1", transport });
    let whole = 0;
    for (let i = 0; i < 15; i++) {
      const received = await Promise.all(Array.from({ length: 20 }, () => receive(server.port)));
      whole += received.filter(({ length }) => length === 100).length;
    }
    assertEquals(whole, 300);
  });

  test(`IOStream.close() on ${transport} delivers many pieces of all sizes, in order`, async () => {
    const sizes = [10, 16_384, 65_536, 3, 131_073, 262_144, 1_048_576, 16_384, 1];
    const pieces = sizes.map(numbered);
    await using server = new Speaker(pieces);
    server.listen(0, { address: "127.0.0.1", transport });
    const expected = new Uint8Array(await new Blob(pieces).arrayBuffer());
    for (const received of await Promise.all(Array.from({ length: 10 }, () => receive(server.port)))) {
      assertEquals(received.length, expected.length);
      assert(received.every((byte, i) => byte === expected[i]));
    }
  });
}

for (const [kind, connect] of Object.entries(PAIRS)) {
  test(`IOStream over ${kind}: close() delivers 12 MiB to a peer that reads a little at a time`, async () => {
    using streams = await connect();
    const { near, far } = streams;
    const data = numbered(12 << 20);
    const written = near.write(data);
    near.close();
    assertEquals([near.closed(), near.writing(), near.writeBufferSize], [true, false, 0]);
    let [count, right] = [0, true];
    while (count < data.length) {
      const piece = await far.readBytes(65_536, true);
      right &&= piece[0] === data[count] && piece[piece.length - 1] === data[count + piece.length - 1];
      count += piece.length;
    }
    assertEquals([count, right], [data.length, true]);
    await written;
    assertEquals((await far.readUntilClose()).length, 0);
  });

  test(`IOStream over ${kind}: close() takes no more, and an error or abort() drops what waits`, async () => {
    for (const end of [(near: BaseIOStream) => near.close(new Error("enough")), (near: BaseIOStream) => near.abort()]) {
      using streams = await connect();
      const { near } = streams;
      const written = near.write(new Uint8Array(64 << 20));
      end(near);
      await assertRejects(() => written, StreamClosedError);
      await assertRejects(async () => await near.write(numbered(1)), StreamClosedError);
    }
  });

  test(`IOStream over ${kind}: close() gives up when the peer leaves without reading`, async () => {
    using streams = await connect();
    const { near, far } = streams;
    const written = near.write(new Uint8Array(64 << 20));
    near.close();
    far.close();
    await assertRejects(() => written, StreamClosedError);
  });
}

/** A connection that takes what the test allows it. */
class Throttled implements Duplex {
  closed = false;
  #take: ((count: number) => void) | null = null;

  read(): Promise<number | null> {
    return new Promise(() => {});
  }

  write(): Promise<number> {
    return new Promise((resolve) => this.#take = resolve);
  }

  async take(count: number): Promise<void> {
    this.#take?.(count);
    await settled();
  }

  close(): void {
    this.closed = true;
  }
}

test("BaseIOStream.close() waits for a peer that takes a little every 4 seconds, but no longer than a minute", async () => {
  using clock = new FakeClock();
  const connection = new Throttled();
  const stream = new BaseIOStream(connection);
  const written = stream.write(numbered(1000));
  stream.close();
  for (let seconds = 0; seconds < 56; seconds += 4) {
    clock.advance(4);
    await connection.take(1);
    assertEquals(connection.closed, false);
  }
  for (let seconds = 56; seconds < 68; seconds += 4) {
    clock.advance(4);
    await connection.take(1);
  }
  assertEquals(connection.closed, true);
  await assertRejects(() => written, StreamClosedError);
  assertEquals(clock.wheel.size, 0);
});

test("BaseIOStream.close() waits 5 seconds for a peer that takes nothing", async () => {
  using clock = new FakeClock();
  const connection = new Throttled();
  const stream = new BaseIOStream(connection);
  const written = stream.write(numbered(1000));
  stream.close();
  clock.advance(4.9);
  assertEquals(connection.closed, false);
  clock.advance(0.5);
  assertEquals(connection.closed, true);
  await assertRejects(() => written, StreamClosedError);
});
