import { assert, assertEquals } from "@std/assert";
import { HTTPMessageDelegate } from "../../../src/http/httputil.ts";
import { BodyReader } from "../../../src/http/_http1/body_reader.ts";
import { HTTP1ConnectionParameters } from "../../../src/http/_http1/parameters.ts";
import { ByteBuffer } from "../../../src/internal/byte_buffer.ts";
import type { Bytes } from "../../../src/internal/bytes.ts";
import { concat } from "../../support/bytes.ts";
import { Random } from "../../support/random.ts";
import { test } from "../../support/test.ts";

class Collector extends HTTPMessageDelegate {
  readonly chunks: Bytes[] = [];
  readonly #takesWhole: boolean;

  constructor(takesWhole: boolean) {
    super();
    this.#takesWhole = takesWhole;
  }
  override get takesWhole(): boolean {
    return this.#takesWhole;
  }
  override dataReceived(chunk: Bytes): void {
    this.chunks.push(chunk);
  }
}

/**
 * Feeds a body with something behind it in pieces that the transport overwrites; returns what is left of each piece.
 */
function feed(delegate: HTTPMessageDelegate, body: Bytes, cuts: readonly number[]): string[] {
  const reader = new BodyReader(delegate, body.length, 1e9, new HTTP1ConnectionParameters({ chunkSize: 1000 }));
  const input = concat(body, new TextEncoder().encode("next"));
  const left: string[] = [];
  let at = 0;
  for (const cut of [...cuts, input.length]) {
    const buffer = new ByteBuffer();
    buffer.append(input.subarray(at, cut));
    at = cut;
    for (let before = -1; !reader.done && before !== buffer.length;) {
      before = buffer.length;
      assertEquals(reader.feed(buffer), undefined);
    }
    left.push(buffer.takeLatin1(buffer.length));
    buffer.bytes.fill(0);
  }
  assert(reader.done);
  return left;
}

test("BodyReader gives a delegate that takes the whole one chunk of the same bytes", () => {
  const random = new Random(7);
  for (let i = 0; i < 500; i++) {
    const body = Uint8Array.from({ length: 1 + random.below(random.pick([3, 300, 10_000])) }, () => random.below(256));
    const cuts = Array.from({ length: random.below(8) }, () => random.below(body.length + 1)).sort((a, b) => a - b);
    const pieces = new Collector(false);
    const whole = new Collector(true);
    assertEquals(feed(whole, body, cuts), feed(pieces, body, cuts));
    assertEquals(whole.chunks, [body]);
    assertEquals(concat(...pieces.chunks), body);
    assert(pieces.chunks.every(({ length }) => length <= 1000));
    assertEquals(whole.chunks[0].buffer.byteLength, body.length);
  }
});

test("BodyReader does not set memory aside for a body that is only announced", () => {
  // More than any program can have.
  const length = 1e12;
  const reader = new BodyReader(new Collector(true), length, length, new HTTP1ConnectionParameters());
  const buffer = new ByteBuffer();
  for (let i = 0; i < 1000; i++) {
    buffer.append(new Uint8Array(100));
    assertEquals(reader.feed(buffer), undefined);
    assertEquals(buffer.length, 0);
  }
  assert(!reader.done);
});
