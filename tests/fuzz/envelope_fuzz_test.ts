import { assert, assertEquals } from "@std/assert";
import { decodeEnvelope, encodeEnvelope, EnvelopeError } from "../../src/pubsub/mod.ts";
import { fuzzSeed, fuzzTimes } from "../support/fuzz.ts";
import { Random } from "../support/random.ts";
import { test } from "../support/test.ts";

test("decodeEnvelope() turns any bytes into an envelope, which is the same when encoded again, or an EnvelopeError", () => {
  const random = new Random(fuzzSeed());
  const payload = new TextEncoder().encode("ü€🙂, and more");
  const numbers = { number: 2 ** 40 + 1, sequence: 3, time: 1_800_000_000_000 };
  const seed = encodeEnvelope({ origin: "0a".repeat(16), ...numbers, binary: false, payload });
  let read = 0;
  let refused = 0;
  for (let round = fuzzTimes(50_000); round > 0; round--) {
    const data = seed.slice(0, random.below(4) === 0 ? random.below(seed.length) : seed.length);
    for (let edits = random.below(4); edits > 0 && data.length > 0; edits--) {
      data[random.below(data.length)] = random.below(256);
    }
    try {
      const envelope = decodeEnvelope(data);
      read++;
      assertEquals(encodeEnvelope(envelope), data);
    } catch (error) {
      if (!(error instanceof EnvelopeError)) throw error;
      refused++;
    }
  }
  assert(read > 0 && refused > 0, `${read} read, ${refused} refused`);
});
