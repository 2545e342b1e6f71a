// Texts that no buffer holds: they are encoded in parts, as if TextEncoder had encoded all of it.
import { assert, assertEquals } from "@std/assert";
import { acquireBuffer, releaseBuffer } from "../../src/net/_iostream/write_buffers.ts";
import { WriteQueue } from "../../src/net/_iostream/write_queue.ts";
import { concat } from "../support/bytes.ts";
import { Random } from "../support/random.ts";
import { test } from "../support/test.ts";

const LARGEST = 131072;
const KINDS = [
  ["x"],
  ["é"],
  ["中"],
  ["😀"],
  ["\ud83d"],
  ["\ude00"],
  ["x", "😀"],
  ["x", "é", "中", "😀", "\ud83d", "\ude00"],
];

function textOf(random: Random, kinds: readonly string[], length: number): string {
  let text = "";
  while (text.length < length) text += kinds[random.below(kinds.length)].repeat(1 + random.below(1000));
  return text.slice(0, length);
}

/** Takes everything that is queued, as it has to be written. */
function drain(queue: WriteQueue): Uint8Array<ArrayBuffer> {
  const pieces: Uint8Array<ArrayBuffer>[] = [];
  for (let piece = queue.shift(LARGEST); piece !== null; piece = queue.shift(LARGEST)) {
    assert(piece.length > 0 && piece.length <= LARGEST);
    pieces.push(piece.slice());
    queue.recycle();
  }
  assertEquals(queue.length, 0);
  return concat(...pieces);
}

test("WriteQueue.pushText writes long texts as TextEncoder does, with what is queued around them", () => {
  const random = new Random(20);
  const encoder = new TextEncoder();
  const lengths = [LARGEST / 3, LARGEST - 1, LARGEST, LARGEST + 1, 2 * LARGEST, 2 * LARGEST + 1, 400_000].map(
    Math.ceil,
  );
  for (const kinds of KINDS) {
    for (const length of lengths) {
      // One character more in front moves those of two halves to where the parts meet.
      for (const front of ["", "a"]) {
        const text = front + textOf(random, kinds, length);
        const expected = encoder.encode(`head${text}é${text}tail`);
        const queue = new WriteQueue();
        queue.pushLatin1("head");
        assertEquals(queue.pushText(text), encoder.encode(text).length);
        queue.pushText("é");
        queue.pushText(text);
        queue.push(encoder.encode("tail"));
        assertEquals(queue.length, expected.length);
        // Not assertEquals, which takes long to look at so much.
        assert(indexOfDifference(drain(queue), expected) === -1, `${kinds} ${length}`);
      }
    }
  }
});

test("WriteQueue gives back the buffers of long texts, and those of texts that it drops", () => {
  for (let i = 0; i < 200; i++) {
    const queue = new WriteQueue();
    queue.pushText("x".repeat(300_000));
    queue.shift();
    if (i % 2 === 0) queue.recycle();
    queue.clear();
    assertEquals(queue.shift(), null);
  }
  const buffers = Array.from({ length: 32 }, () => acquireBuffer(LARGEST - 1));
  assertEquals(new Set(buffers.map(({ pool }) => pool === null)), new Set([false]));
  for (const buffer of buffers) releaseBuffer(buffer);
});

function indexOfDifference(a: Uint8Array, b: Uint8Array): number {
  if (a.length !== b.length) return Math.min(a.length, b.length);
  return a.findIndex((byte, i) => byte !== b[i]);
}
