import { assert, assertEquals } from "@std/assert";
import { hasQueuedRead, type QueuedReader, queueRead, takeReads } from "../../../src/net/_transport/read_queue.ts";
import type { BufferBytes } from "../../../src/internal/byte_buffer.ts";
import { nodeBuffer } from "../../../src/internal/node_buffer.ts";
import { IOStream } from "../../../src/net/iostream.ts";
import { TCPServer } from "../../../src/net/tcpserver.ts";
import { settled } from "../../support/fake_clock.ts";
import { Random } from "../../support/random.ts";
import { test } from "../../support/test.ts";
import { until } from "../../support/turns.ts";

/** The longest read that waits. */
const LONGEST = 2048;
/** The number of reads with which the queue is full. */
const MANY = 64;

const memory: BufferBytes = nodeBuffer().allocUnsafeSlow(2 * LONGEST);

class Reader implements QueuedReader {
  readonly taken: number[][] = [];

  take(bytes: BufferBytes, count: number): void {
    this.taken.push([...bytes.subarray(0, count)]);
  }
}

/** Queues bytes of one value, in memory that is overwritten afterwards. */
function queue(reader: QueuedReader, value: number, count: number): boolean {
  memory.fill(value, 0, count);
  const isQueued = queueRead(reader, memory, count);
  memory.fill(0xff);
  return isQueued;
}

test("queueRead keeps what was read until takeReads, which passes it on in the order of the reads", () => {
  const reader = new Reader();
  const other = new Reader();
  const counts = [1, 127, 128, 129, 600, LONGEST];
  assert(queue(other, 7, 1));
  for (const [i, count] of counts.entries()) assert(queue(reader, i, count));
  assertEquals(reader.taken, []);
  assertEquals([hasQueuedRead(reader), hasQueuedRead(other), hasQueuedRead(new Reader())], [true, true, false]);
  takeReads();
  assertEquals(reader.taken, counts.map((count, i) => new Array(count).fill(i)));
  assertEquals(other.taken, [[7]]);
  assertEquals([hasQueuedRead(reader), hasQueuedRead(other)], [false, false]);
  takeReads();
  assertEquals(other.taken, [[7]]);
});

test("queueRead refuses a read that is long", () => {
  const reader = new Reader();
  assertEquals(queue(reader, 1, LONGEST + 1), false);
  takeReads();
  assertEquals(reader.taken, []);
});

test("queueRead passes on what waits when the queue is full", () => {
  const reader = new Reader();
  for (let i = 1; i < MANY; i++) queue(reader, i, 1);
  assertEquals(reader.taken, []);
  assert(queue(reader, MANY, 1));
  assertEquals(reader.taken, Array.from({ length: MANY }, (_, i) => [i + 1]));
  assert(queue(reader, 99, 1));
  takeReads();
  assertEquals(reader.taken.at(-1), [99]);
});

test("takeReads passes on what waits behind a read whose reader throws, and leaves the error uncaught", async () => {
  const errors: unknown[] = [];
  const listener = (event: ErrorEvent) => {
    event.preventDefault();
    errors.push(event.error);
  };
  const error = new Error("Of a reader");
  const reader = new Reader();
  globalThis.addEventListener("error", listener);
  try {
    queue(
      {
        take() {
          throw error;
        },
      },
      1,
      1,
    );
    queue(reader, 2, 1);
    takeReads();
    assertEquals(reader.taken, [[2]]);
    await settled();
  } finally {
    globalThis.removeEventListener("error", listener);
  }
  assertEquals(errors, [error]);
});

/** Notes what comes on each connection, and has each disturb the others, who may have something that waits. */
class DisturbedServer extends TCPServer {
  readonly received: string[] = [];
  readonly ends: number[] = [];
  disturbs = true;
  readonly #streams: IOStream[] = [];
  #turns = 0;

  override handleStream(stream: IOStream): void {
    const number = this.#streams.push(stream) - 1;
    this.received.push("");
    this.ends.push(0);
    stream.consume({
      onData: (buffer) => {
        assertEquals(this.ends[number], 0);
        this.received[number] += buffer.takeLatin1(buffer.length);
        this.#disturb(this.#streams[(number + ++this.#turns) % this.#streams.length]);
      },
      onEnd: () => void this.ends[number]++,
    });
  }

  /** Has a stream take nothing for a turn. */
  #disturb(stream: IOStream): void {
    if (!this.disturbs) return;
    stream.pause();
    setTimeout(() => stream.resume(), 0);
  }
}

function lengthOf(texts: readonly string[]): number {
  return texts.reduce((sum, text) => sum + text.length, 0);
}

for (const transport of ["handle", "deno"] as const) {
  test(`all that many connections over ${transport} send at once comes, in order, though they pause`, async () => {
    const random = new Random(20);
    await using server = new DisturbedServer();
    server.listen(0, { address: "127.0.0.1", transport });
    const address = { hostname: "127.0.0.1", port: server.port };
    const streams: IOStream[] = [];
    for (let i = 0; i < 100; i++) streams.push(await IOStream.connect(address));
    const sent = streams.map((_, i) => `${i}:`);
    const rounds = [1, 100, 128, 129, LONGEST, LONGEST + 1, 10_000, 200_000];
    for (const most of rounds) {
      for (const [i, stream] of streams.entries()) {
        const text = String.fromCharCode(97 + random.below(26)).repeat(1 + random.below(most));
        const piece = most === 1 ? sent[i] : text;
        if (most !== 1) sent[i] += text;
        stream.send(piece);
      }
      await settled();
    }
    await until(() => lengthOf(server.received) >= lengthOf(sent));
    assertEquals(new Set(server.received), new Set(sent));
    // What comes with the end comes before it. A stream that pauses would not take it.
    server.disturbs = false;
    for (const [i, stream] of streams.entries()) {
      sent[i] += "last";
      stream.send("last");
      stream.close();
    }
    await until(() => server.ends.every((count) => count === 1));
    assertEquals(new Set(server.received), new Set(sent));
  });

  test(`a stream over ${transport} that another one closes takes nothing that it has read before`, async () => {
    let closed = 0;
    const late: string[] = [];
    const streams: IOStream[] = [];
    class ClosingServer extends TCPServer {
      override handleStream(stream: IOStream): void {
        streams.push(stream);
        let isOver = false;
        stream.consume({
          onData(buffer) {
            const text = buffer.takeLatin1(buffer.length);
            if (isOver) late.push(text);
            if (text !== "last") return;
            for (const one of streams) if (one !== stream) one.close();
          },
          onEnd() {
            isOver = true;
            closed++;
          },
        });
      }
    }
    await using server = new ClosingServer();
    server.listen(0, { address: "127.0.0.1", transport });
    const clients: IOStream[] = [];
    for (let i = 0; i < 20; i++) {
      clients.push(await IOStream.connect({ hostname: "127.0.0.1", port: server.port }));
      // The first read of a connection does not wait.
      clients[i].send("first");
    }
    await until(() => streams.length === 20);
    await settled();
    for (const client of clients) client.send("last");
    await until(() => closed >= 19);
    for (const client of clients) client.close();
    await until(() => closed === 20);
    assertEquals(late, []);
  });
}
