import { assertEquals } from "@std/assert";
import { BaseIOStream, type Duplex } from "../../src/net/iostream.ts";
import { settled } from "../support/fake_clock.ts";
import { fuzzSeed, fuzzTimes } from "../support/fuzz.ts";
import { Random } from "../support/random.ts";
import { test } from "../support/test.ts";

/** More than write at once. */
const STREAMS = 100;
const SIZES = [1, 50, 4000, 4097, 12_000, 15_000, 40_000, 140_000];

/** Takes bytes when it is told to, and looks at them only then: memory that is used again too early shows. */
class LateSink implements Duplex {
  readonly #random: Random;
  readonly pieces: Uint8Array[] = [];
  take: (() => void) | null = null;

  constructor(random: Random) {
    this.#random = random;
  }

  read(): Promise<null> {
    return new Promise(() => {});
  }

  write(data: Uint8Array): Promise<number> {
    const count = this.#random.below(3) === 0 ? 1 + this.#random.below(data.length) : data.length;
    return new Promise((resolve) => {
      this.take = () => {
        this.take = null;
        this.pieces.push(new Uint8Array(data.subarray(0, count)));
        resolve(count);
      };
    });
  }

  close(): void {}
}

test("BaseIOStream sends all bytes once and in order, in whatever ways they are sent and taken", async () => {
  const random = new Random(fuzzSeed());
  const shared = SIZES.map((size, i) => new Uint8Array(size).fill(200 + i));
  const sinks = Array.from({ length: STREAMS }, () => new LateSink(random));
  const streams = sinks.map((sink) => new BaseIOStream(sink));
  const sent: Uint8Array[][] = sinks.map(() => []);
  const fill = (memory: Uint8Array, at: number, bytes: Uint8Array): number => {
    memory.set(bytes, at);
    return bytes.length;
  };
  const send = (at: number) => {
    const stream = streams[at];
    const bytes = new Uint8Array(random.pick(SIZES)).fill(random.below(128));
    const common = random.pick(shared);
    const way = random.below(8);
    if (way === 0) stream.send(bytes);
    else if (way === 1) stream.send(new TextDecoder().decode(bytes));
    else if (way === 2) stream.sendBy(bytes.length + random.below(5000), fill, bytes);
    else if (way < 5) stream.sendLatin1(String.fromCharCode(128 + bytes[0]).repeat(bytes.length));
    else stream.sendShared(common);
    sent[at].push(way < 3 ? bytes : way < 5 ? bytes.map((byte) => byte + 128) : common);
  };
  for (let i = fuzzTimes(4000); i > 0; i--) {
    const at = random.below(STREAMS);
    const step = random.below(4);
    if (step === 0) await settled();
    else if (step === 1) { for (const sink of sinks) if (random.below(2) === 0) sink.take?.(); }
    else for (let burst = random.below(5); burst >= 0; burst--) send(at);
  }
  while (streams.some((stream) => stream.writing())) {
    for (const sink of sinks) sink.take?.();
    await settled();
  }
  for (const [i, sink] of sinks.entries()) {
    assertEquals(await digest(sink.pieces), await digest(sent[i]), `stream ${i}`);
    assertEquals(streams[i].writeBufferSize, 0);
    streams[i].close();
  }
});

/** Length and SHA-256 of all pieces together. */
async function digest(pieces: Uint8Array[]): Promise<[number, string]> {
  const bytes = new Uint8Array(await new Blob(pieces.map((piece) => new Uint8Array(piece))).arrayBuffer());
  return [bytes.length, new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex()];
}
