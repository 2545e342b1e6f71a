import { assert, assertEquals, assertThrows } from "@std/assert";
import { BaseIOStream, IOStream, StreamBufferFullError, StreamClosedError } from "../../src/net/iostream.ts";
import { PAIRS } from "../support/stream_pairs.ts";
import { settled } from "../support/fake_clock.ts";
import { test } from "../support/test.ts";
import { until } from "../support/turns.ts";

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

/** A connection that gives messages of so many bytes each, and notes the room that it is given for them. */
class Source {
  readonly rooms: number[] = [];
  readonly #lengths: number[];

  constructor(lengths: number[]) {
    this.#lengths = lengths;
  }

  read(target: Uint8Array): Promise<number | null> {
    this.rooms.push(target.length);
    const left = this.#lengths[0];
    if (left === undefined) return new Promise(() => {});
    const count = Math.min(left, target.length);
    if (count === left) this.#lengths.shift();
    else this.#lengths[0] = left - count;
    return Promise.resolve(count);
  }

  write(data: Uint8Array): Promise<number> {
    return Promise.resolve(data.length);
  }

  close(): void {}

  /** Whether all has been given. */
  get idle(): boolean {
    return this.#lengths.length === 0;
  }
}

test("ConnTransport keeps the room that the traffic needs, and little for an idle connection", async () => {
  for (const [length, most, idle] of [[100, 512, 512], [608, 2048, 2048], [3000, 8192, 8192], [65_550, 65_536, 512]]) {
    // Two short messages, and nobody remembers the long ones.
    const calm = new Source([...new Array(6).fill(length), 10, 10]);
    const idling = new BaseIOStream(calm);
    idling.consume({ onData: (buffer) => void (buffer.start = buffer.end), onEnd: () => {} });
    await until(() => calm.idle);
    await settled();
    assert(Math.max(...calm.rooms) <= most, `${length}: ${calm.rooms}`);
    assert((calm.rooms.at(-1) ?? 0) <= idle, `${length}: ${calm.rooms}`);
    idling.close();
  }
});
