// The messages between the servers of Socket.IO: every one comes back whole, and damaged ones throw documented errors.
import { assert, assertEquals } from "@std/assert";
import { decodeClusterMessage, encodeClusterMessage } from "../../src/pubsub/_socket_io/cluster_frames.ts";
import { isClusterMessage, isClusterResponse } from "../../src/pubsub/_socket_io/cluster_messages.ts";
import { Random } from "../support/random.ts";
import { test } from "../support/test.ts";

const ROUNDS = 3000;

function anyValue(random: Random, depth: number): unknown {
  const kinds = depth > 3 ? 6 : 8;
  switch (random.below(kinds)) {
    case 0:
      return random.below(1000);
    case 1:
      return ["", "\0", "\0bytes 0", "\0\0", "Grüße, 世界", "\0bytes"][random.below(6)];
    case 2:
      return random.below(2) === 0;
    case 3:
      return null;
    case 4:
    case 5:
      return crypto.getRandomValues(new Uint8Array(random.below(50)));
    case 6:
      return Array.from({ length: random.below(4) }, () => anyValue(random, depth + 1));
  }
  const names = ["data", "opts", "rooms", "\0bytes 1", "__proto__x", "message", "lengths"];
  return Object.fromEntries(names.slice(random.below(7)).map((name) => [name, anyValue(random, depth + 1)]));
}

test("messages between servers of Socket.IO come back whole, with bytes in any place", () => {
  const random = new Random(15);
  for (let round = 0; round < ROUNDS; round++) {
    const message = { value: anyValue(random, 0) };
    assertEquals(decodeClusterMessage(encodeClusterMessage(message)), message);
  }
});

test("messages between servers of Socket.IO that are damaged throw what is documented, and never more", () => {
  const random = new Random(16);
  let refused = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const opts = { rooms: ["tea"], except: [], flags: {} };
    const data = { opts, packet: anyValue(random, 0), requestId: "1", rooms: ["a"] };
    const whole = encodeClusterMessage({ uid: "0123", nsp: "/", type: random.below(15), data });
    const bytes = whole.slice(0, random.below(3) === 0 ? random.below(whole.length) : whole.length);
    for (let i = random.below(4); i > 0 && bytes.length > 0; i--) bytes[random.below(bytes.length)] = random.below(256);
    try {
      const message = decodeClusterMessage(bytes);
      isClusterMessage(message);
      isClusterResponse(message);
    } catch (error) {
      assert(error instanceof RangeError || error instanceof SyntaxError, String(error));
      refused++;
    }
  }
  assert(refused > ROUNDS / 10);
});
