// Bytes that many streams send: they leave in the order of the calls, and are not copied for each stream.
import { assertEquals, assertRejects, assertStrictEquals, assertThrows } from "@std/assert";
import { BaseIOStream, StreamClosedError } from "../../src/net/iostream.ts";
import { concat } from "../support/bytes.ts";
import { Random } from "../support/random.ts";
import { test } from "../support/test.ts";

/** Keeps what is written; `most` bytes are taken at once. */
class Sink {
  readonly pieces: Uint8Array<ArrayBuffer>[] = [];
  readonly originals: Uint8Array[] = [];
  readonly #most: number;

  constructor(most = Infinity) {
    this.#most = most;
  }
  read(): Promise<null> {
    return new Promise(() => {});
  }
  write(data: Uint8Array): Promise<number> {
    const count = Math.min(this.#most, data.length);
    this.originals.push(data);
    this.pieces.push(new Uint8Array(data.subarray(0, count)));
    return Promise.resolve(count);
  }
  close(): void {}
  get received(): string {
    return this.pieces.map((piece) => new TextDecoder("latin1").decode(piece)).join("");
  }
}

/** Takes nothing, as the kernel for a peer that does not read. */
class StuckSink extends Sink {
  override write(): Promise<number> {
    return new Promise(() => {});
  }
}

class BrokenSink extends Sink {
  override write(): Promise<number> {
    return Promise.reject(new Deno.errors.BrokenPipe("gone"));
  }
}

const bytes = (length: number, letter = "x") => new Uint8Array(length).fill(letter.charCodeAt(0));

test("BaseIOStream.sendShared gives all streams the same memory, and joins what is sent in one turn once", async () => {
  const sinks = Array.from({ length: 100 }, () => new Sink());
  const streams = sinks.map((sink) => new BaseIOStream(sink));
  const pieces = [bytes(5, "a"), bytes(5000, "b"), bytes(10, "c")];
  for (const piece of pieces) for (const stream of streams) stream.sendShared(piece);
  assertEquals(streams.map((stream) => stream.writeBufferSize), sinks.map(() => 5015));
  await Promise.all(streams.map((stream) => stream.drained()));
  for (const sink of sinks) {
    assertEquals(sink.received, "a".repeat(5) + "b".repeat(5000) + "c".repeat(10));
    assertEquals(sink.originals.length, 1);
    assertStrictEquals(sink.originals[0].buffer, sinks[0].originals[0].buffer);
  }
  for (const stream of streams) stream.sendShared(pieces[0]);
  await Promise.all(streams.map((stream) => stream.drained()));
  for (const sink of sinks) assertStrictEquals(sink.originals[1], pieces[0]);
  // What was lent stays as it was, whatever is sent next.
  for (const stream of streams) stream.send("other bytes");
  await Promise.all(streams.map((stream) => stream.drained()));
  assertEquals(pieces[0], bytes(5, "a"));
  for (const stream of streams) stream.close();
});

test("BaseIOStream.sendShared loses nothing of what is too much to be joined", async () => {
  const sink = new Sink();
  const stream = new BaseIOStream(sink);
  for (const letter of "abcd") stream.sendShared(bytes(15_000, letter));
  assertEquals(stream.writeBufferSize, 60_000);
  await stream.drained();
  assertEquals(sink.received, [..."abcd"].map((letter) => letter.repeat(15_000)).join(""));
  stream.close();
});

test("BaseIOStream.sendShared keeps the order among all other ways to send", async () => {
  const lengths = [1, 10, 100, 4096, 5000, 16383, 16384, 40_000, 131_072, 140_000];
  const random = new Random(1);
  for (const most of [Infinity, 7000]) {
    for (let round = 0; round < 100; round++) {
      const sink = new Sink(most);
      const stream = new BaseIOStream(sink);
      const expected: string[] = [];
      for (let i = 0; i < 12; i++) {
        const letter = String.fromCharCode(97 + i);
        const length = lengths[random.below(round % 2 === 0 ? 4 : lengths.length)];
        expected.push(letter.repeat(length));
        const way = random.below(9);
        if (way < 5) stream.sendShared(bytes(length, letter));
        else if (way < 7) stream.send(bytes(length, letter));
        else if (way < 8) stream.sendLatin1(letter.repeat(length));
        else stream.send(letter.repeat(length));
        if (random.below(5) === 0) await Promise.resolve();
      }
      await stream.drained();
      assertEquals(sink.received === expected.join(""), true);
      assertEquals(stream.writeBufferSize, 0);
      stream.close();
    }
  }
});

test("BaseIOStream.sendLatin1 sends a byte for each character, and refuses a closed stream", async () => {
  const sink = new Sink();
  const stream = new BaseIOStream(sink, { maxWriteBufferSize: 12 });
  stream.sendLatin1("");
  await stream.drained();
  assertEquals(sink.pieces.length, 0);
  stream.sendLatin1("\u00e9\u00ff");
  stream.sendLatin1("\u0080a");
  assertEquals(stream.writeBufferSize, 4);
  stream.sendShared(bytes(3, "b"));
  stream.sendLatin1("\u00e9");
  stream.send("\u00e9");
  assertThrows(() => stream.sendLatin1("abcde"), Error, "maximum write buffer size");
  await stream.drained();
  assertEquals([...concat(...sink.pieces)], [0xe9, 0xff, 0x80, 0x61, 0x62, 0x62, 0x62, 0xe9, 0xc3, 0xa9]);
  assertEquals(sink.pieces.length, 1);
  stream.close();
  assertThrows(() => stream.sendLatin1("a"), StreamClosedError);
});

test("BaseIOStream.sendShared refuses a closed stream, and sends nothing for no bytes", async () => {
  const sink = new Sink();
  const stream = new BaseIOStream(sink, { maxWriteBufferSize: 10 });
  stream.sendShared(bytes(0));
  await stream.drained();
  assertEquals(sink.pieces.length, 0);
  assertThrows(() => stream.sendShared(bytes(11)), Error, "maximum write buffer size");
  stream.sendShared(bytes(10));
  stream.close();
  assertThrows(() => stream.sendShared(bytes(1)), StreamClosedError);
});

test("BaseIOStream.sendShared counts as written until the kernel has it", async () => {
  const sink = new Sink();
  const stream = new BaseIOStream(sink);
  stream.sendShared(bytes(3, "a"));
  assertEquals([stream.writing(), stream.writeBufferSize, stream.bytesWritten], [true, 3, 0]);
  stream.closeWhenWritten();
  assertEquals(stream.closed(), false);
  await stream.drained();
  assertEquals([sink.received, stream.closed(), stream.bytesWritten], ["aaa", true, 3]);

  const lost = new BaseIOStream(new Sink());
  lost.sendShared(bytes(3));
  const drained = lost.drained();
  lost.abort();
  await assertRejects(() => drained, StreamClosedError);
  await assertRejects(() => lost.drained(), StreamClosedError);
  assertEquals(lost.writeBufferSize, 0);
});

test("BaseIOStream writes to all of many streams, also if those before them never take anything", async () => {
  const stuck = Array.from({ length: 300 }, () => new BaseIOStream(new StuckSink()));
  const broken = Array.from({ length: 300 }, () => new BaseIOStream(new BrokenSink()));
  const sinks = Array.from({ length: 300 }, () => new Sink());
  const streams = sinks.map((sink) => new BaseIOStream(sink));
  for (const stream of [...stuck, ...broken, ...streams]) stream.sendShared(bytes(4, "a"));
  for (const stream of [...stuck, ...streams]) stream.send(bytes(4, "b"));
  await Promise.all(streams.map((stream) => stream.drained()));
  assertEquals(sinks.map(({ pieces }) => pieces.length), sinks.map(() => 1));
  assertEquals(broken.every((stream) => stream.closed()), true);
  assertEquals(stuck.map((stream) => stream.writeBufferSize), stuck.map(() => 8));
  for (const stream of [...stuck, ...streams]) stream.abort();
});

test("BaseIOStream writes to all of many streams, also if the duplex of one throws instead of rejecting", async () => {
  const thrower = new class extends Sink {
    override write(): never {
      throw new Deno.errors.BrokenPipe("gone");
    }
  }();
  const sinks = [thrower, new Sink(), new Sink()];
  const streams = sinks.map((sink) => new BaseIOStream(sink));
  const [broken, ...others] = streams.map((stream) => stream.write(bytes(5)));
  await assertRejects(() => broken, StreamClosedError);
  await Promise.all(others);
  assertEquals(sinks.map((sink) => sink.received.length), [0, 5, 5]);
  assertEquals(streams.map((stream) => stream.closed()), [true, false, false]);
  for (const stream of streams) stream.close();
});

test("BaseIOStream writes to streams in the order in which they have begun", async () => {
  const order: number[] = [];
  const streams = Array.from({ length: 10_000 }, (_, i) =>
    new BaseIOStream({
      read: () => new Promise(() => {}),
      write: (data) => (order.push(i), Promise.resolve(data.length)),
      close() {},
    }));
  for (const [i, stream] of streams.entries()) i % 2 === 0 ? stream.send("x") : stream.sendShared(bytes(1));
  await Promise.all(streams.map((stream) => stream.drained()));
  assertEquals(order, streams.map((_, i) => i));
  for (const stream of streams) stream.close();
});
