// Mutated frame streams through the reader: only documented closes, the same events however the bytes are cut.
import { assert, assertEquals } from "@std/assert";
import { Deflater, deflateSettings } from "../../src/internal/deflater.ts";
import { Inflater } from "../../src/websocket_core/_deflate/inflater.ts";
import { FrameReader } from "../../src/websocket_core/_frame/reader.ts";
import { fuzzSeed, fuzzTimes } from "../support/fuzz.ts";
import { Random } from "../support/random.ts";
import { test } from "../support/test.ts";
import { concat, copy, cut, type Event, frame, readAll, utf8 } from "../websocket/support.ts";

const MAX_MESSAGE_SIZE = 5000;
/** Streams of one run. */
const STREAMS = 200_000;
const TEXTS = ["", "a", "hello", "größe", "€", "🙂", "x".repeat(125), "y".repeat(126), "z".repeat(300)];
const CODES = [1000, 1001, 1002, 1003, 1007, 1009, 1011, 3000, 4999, 0, 999, 1005, 1006, 2000, 5000];

/** One frame, right or nearly so. */
function someFrame(random: Random, deflater: Deflater): Uint8Array {
  const text = random.pick(TEXTS);
  const fin = random.below(4) > 0;
  switch (random.below(10)) {
    case 0:
      return frame(8, concat(code(random.pick(CODES)), utf8(random.pick(TEXTS.slice(0, 5)))));
    case 1:
      return frame(9, text);
    case 2:
      return frame(10, text);
    case 3:
      return frame(0, text, { fin });
    case 4:
      return frame(random.pick([1, 2]), copy(deflater.deflate(utf8(text))), { rsv: 4, fin });
    case 5:
      return frame(random.below(16), text, { fin, rsv: random.below(8) });
    case 6:
      return frame(2, text, { width: random.pick([0, 16, 64]), length: random.pick([0n, 5n, 126n, 5001n, 1n << 63n]) });
    case 7:
      return frame(1, text, { key: random.below(3) === 0 ? null : [0, 0, 0, 0] });
    default:
      return frame(random.pick([1, 2]), text, { fin });
  }
}

function code(number: number): Uint8Array {
  return Uint8Array.of(number >> 8, number & 255);
}

function mutate(random: Random, bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const mutated = copy(bytes);
  for (let n = random.below(4); n > 0 && mutated.length > 0; n--) {
    mutated[random.below(mutated.length)] = random.below(256);
  }
  switch (random.below(6)) {
    case 0:
      return mutated.subarray(0, random.below(mutated.length + 1));
    case 1: {
      const at = random.below(mutated.length + 1);
      return concat(mutated.subarray(0, at), mutated.subarray(Math.min(mutated.length, at + random.below(9))));
    }
    default:
      return mutated;
  }
}

function check(events: readonly Event[]): void {
  for (const event of events) {
    if ("failed" in event) {
      assert([1002, 1007, 1009].includes(event.failed), `an undocumented code: ${event.failed}`);
      assert(event.reason !== "" && event.reason.length <= 123);
    } else if ("text" in event) {
      assert(event.text.isWellFormed() && event.text.length <= MAX_MESSAGE_SIZE);
    } else if ("binary" in event) {
      assert(event.binary.length <= MAX_MESSAGE_SIZE);
    }
  }
}

test("FrameReader takes every mutated stream for what it is, however it is cut", () => {
  const random = new Random(fuzzSeed());
  const times = fuzzTimes(STREAMS);
  const settings = deflateSettings(1, 1, 9);
  const seen = new Set<string>();
  for (let n = 0; n < times; n++) {
    const deflater = new Deflater(settings, false);
    const compressed = random.below(2) === 0;
    const reader = () => new FrameReader(true, MAX_MESSAGE_SIZE, compressed ? new Inflater(15, true) : null);
    const frames = Array.from({ length: 1 + random.below(5) }, () => someFrame(random, deflater));
    const bytes = mutate(random, concat(...frames));
    const events = readAll(reader(), [bytes]);
    check(events);
    for (const event of events) seen.add("failed" in event ? event.reason : Object.keys(event)[0]);
    const places = Array.from({ length: 1 + random.below(6) }, () => random.below(bytes.length + 1));
    const inPieces = readAll(reader(), cut(bytes, ...places));
    assertEquals(inPieces, events, bytes.toHex());
    if (n % 50 === 0) assertEquals(readAll(reader(), Array.from(bytes, (byte) => Uint8Array.of(byte))), events);
  }
  // All kinds of frames and nearly all kinds of failures: the generator does not miss the point.
  assert(times < 20_000 || seen.size > 20, [...seen].join(", "));
});
