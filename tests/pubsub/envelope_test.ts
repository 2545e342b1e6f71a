import { assert, assertEquals, assertThrows } from "@std/assert";
import { decodeEnvelope, encodeEnvelope, type Envelope, EnvelopeError } from "../../src/pubsub/mod.ts";
import { newOrigin } from "../../src/pubsub/envelope.ts";
import { test } from "../support/test.ts";

const utf8 = (text: string) => new TextEncoder().encode(text);

function envelope(change: Partial<Envelope> = {}): Envelope {
  const origin = "000102030405060708090a0b0c0d0e0f";
  const time = 1_800_000_000_000;
  return { origin, number: 2 ** 32 + 5, sequence: 3, time, binary: false, payload: utf8("ü"), ...change };
}

test("encodeEnvelope() writes version 1, which must not change", () => {
  assertEquals(
    encodeEnvelope(envelope()).toHex(),
    "01" + "01" + "000102030405060708090a0b0c0d0e0f" + "0000000100000005" + "0000000000000003" + "000001a3185c5000" +
      "c3bc",
  );
});

test("decodeEnvelope() reads what encodeEnvelope() wrote, wherever it lies in memory", () => {
  const rows: Partial<Envelope>[] = [
    {},
    { payload: utf8("") },
    { binary: true, payload: new Uint8Array(100_000).fill(0xff) },
    { origin: newOrigin(), number: 0, sequence: 0, time: 0 },
    { number: Number.MAX_SAFE_INTEGER, sequence: 2 ** 32, time: 2 ** 32 - 1 },
  ];
  for (const row of rows) {
    const sealed = encodeEnvelope(envelope(row));
    const moved = new Uint8Array(sealed.length + 3);
    moved.set(sealed, 3);
    assertEquals(decodeEnvelope(sealed), envelope(row));
    assertEquals(decodeEnvelope(moved.subarray(3)), envelope(row));
  }
});

test("decodeEnvelope() refuses other versions, and what is cut or damaged, with an EnvelopeError", () => {
  const good = encodeEnvelope(envelope({ payload: utf8("") }));
  for (let length = 0; length < good.length; length++) {
    assertThrows(() => decodeEnvelope(good.subarray(0, length)), EnvelopeError, `it has ${length} of 42 bytes`);
  }
  for (const version of [0, 2, 255]) {
    for (const data of [Uint8Array.of(version), good.with(0, version)]) {
      const error = assertThrows(() => decodeEnvelope(data), EnvelopeError, `its version is ${version}, not 1`);
      assertEquals(error.version, version);
    }
  }
  assertThrows(() => decodeEnvelope(good.with(1, 3)), EnvelopeError, "its kind is 3");
  assertThrows(() => decodeEnvelope(good.with(27, 0x20)), EnvelopeError, "a number is 9007199254740996");
  const broken = encodeEnvelope(envelope({ payload: Uint8Array.of(0x61, 0xff) }));
  const error = assertThrows(() => decodeEnvelope(broken), EnvelopeError, "its text of 2 bytes is not UTF-8");
  assertEquals(error.version, null);
  assert(error instanceof RangeError);
});

test("newOrigin() is another one each time", () => {
  assertEquals(new Set(Array.from({ length: 1000 }, newOrigin)).size, 1000);
});
