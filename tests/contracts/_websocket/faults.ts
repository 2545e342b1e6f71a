import { assertEquals, assertNotEquals } from "@std/assert";
import type { Bytes } from "../../../src/internal/bytes.ts";
import { CLOSE_SECONDS } from "../../../src/websocket_core/connection.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import { assertDroppedAfter, assertDroppedWithinBytes, assertDroppedWithinSeconds } from "../../support/lingering.ts";
import { hex, utf8 } from "../../websocket/support.ts";
import { contractTest, type End } from "./ends.ts";
import type { Peer } from "./peer.ts";

const MAX_MESSAGE_SIZE = 1000;
const KEY = [1, 2, 3, 4] as const;

/** What Deno's own framing accepts. */
const DENO_ACCEPTS: ReadonlySet<string> = new Set([
  "a wrong mask",
  "a length of 16 bits that needs 7",
  "a length of 64 bits that needs 16",
]);

/** What a peer can do wrong, and the code that it gets for it. */
const FAULTS: readonly (readonly [name: string, code: number, bytes: (peer: Peer, end: End) => Bytes])[] = [
  ["a wrong mask", 1002, (peer, { role }) => peer.frame(1, "a", { key: role === "server" ? null : KEY })],
  ["RSV1 without compression", 1002, (peer) => peer.frame(1, "a", { rsv: 4 })],
  ["RSV2", 1002, (peer) => peer.frame(1, "a", { rsv: 2 })],
  ["RSV3", 1002, (peer) => peer.frame(9, "a", { rsv: 1 })],
  ["an unknown data opcode", 1002, (peer) => peer.frame(3, "a")],
  ["an unknown control opcode", 1002, (peer) => peer.frame(11, "a")],
  ["a fragmented ping", 1002, (peer) => peer.frame(9, "a", { fin: false })],
  ["a ping of 126 bytes", 1002, (peer) => peer.frame(9, "a".repeat(126))],
  ["nothing to continue", 1002, (peer) => peer.frame(0, "a")],
  ["a message within a message", 1002, (peer) => join(peer.frame(1, "a", { fin: false }), peer.frame(1, "b"))],
  ["a length of 16 bits that needs 7", 1002, (peer) => peer.frame(1, "a", { width: 16 })],
  ["a length of 64 bits that needs 16", 1002, (peer) => peer.frame(1, "a", { width: 64 })],
  ["a length with its highest bit set", 1002, (peer) => peer.frame(2, "", { width: 64, length: 1n << 63n })],
  ["half a close code", 1002, (peer) => peer.frame(8, hex("03"))],
  ["the close code 1005", 1002, (peer) => peer.frame(8, hex("03ed"))],
  ["the close code 2999", 1002, (peer) => peer.frame(8, hex("0bb7"))],
  ["a reason that is not UTF-8", 1007, (peer) => peer.frame(8, hex("03e8 ff"))],
  ["a text that is not UTF-8", 1007, (peer) => peer.frame(1, hex("61ff"))],
  ["a text that breaks off within a character", 1007, (peer) => peer.frame(1, utf8("€").subarray(0, 2))],
  ["a message that is too big", 1009, (peer) => peer.frame(2, new Uint8Array(MAX_MESSAGE_SIZE + 1))],
  [
    "fragments that are too big together",
    1009,
    (peer) => join(peer.frame(2, new Uint8Array(MAX_MESSAGE_SIZE), { fin: false }), peer.frame(0, "a")),
  ],
];

function join(...parts: readonly Bytes[]): Bytes {
  return new Uint8Array(parts.flatMap((part) => [...part]));
}

/** What a peer gets that breaks the rules, and how soon the connection is dropped. */
export function faultContract(end: End): void {
  for (const [name, code, bytes] of FAULTS) {
    if (!end.framesItself && DENO_ACCEPTS.has(name)) continue;
    contractTest(end, `${name} ends the connection`, async () => {
      await using session = await end.open({ maxMessageSize: MAX_MESSAGE_SIZE });
      const { peer, messages } = session;
      peer.send(peer.frame(1, "before"), bytes(peer, end), peer.frame(1, "behind"));
      const events = await peer.rest();
      const codes = events.map((event) => "close" in event ? event.close : event);
      // Deno drops the connection without a word, or with one of its own.
      if (end.framesItself) assertEquals(codes, [code]);
      peer.stream.close();
      assertEquals(await session.closed, { code: null, reason: null });
      assertEquals([await messages.take(), messages.size], ["before", 0]);
    });
  }

  contractTest(end, "a message of the most bytes is taken, and one of more is answered with 1009", async () => {
    await using session = await end.open({ maxMessageSize: MAX_MESSAGE_SIZE });
    const { peer, messages } = session;
    peer.send(peer.frame(1, "x".repeat(MAX_MESSAGE_SIZE)));
    assertEquals(await messages.take(), "x".repeat(MAX_MESSAGE_SIZE));
    peer.send(peer.frame(1, "x".repeat(MAX_MESSAGE_SIZE + 1)));
    const event = await peer.next();
    assertEquals(event !== "end" && "close" in event && event.close, 1009);
  });

  contractTest(end, "a peer that does not answer our Close frame is dropped within a number of seconds", async () => {
    using clock = new FakeClock();
    await using session = await end.open({ closeTimeout: CLOSE_SECONDS });
    const { peer } = session;
    session.close(1000);
    assertEquals(await peer.next(), { close: 1000, reason: "" });
    for (let n = 0; n < 10; n++) {
      peer.send(peer.frame(1, "still here"));
      assertEquals(await session.messages.take(), "still here");
    }
    await assertDroppedAfter(peer.stream, clock, CLOSE_SECONDS);
    await session.closed;
  });

  // Deno drops the connection immediately.
  if (!end.framesItself) return;

  contractTest(end, "after a fault the connection is dropped within a number of bytes", async () => {
    using _clock = new FakeClock();
    await using session = await end.open();
    const { peer } = session;
    peer.send(peer.frame(3));
    await assertDroppedWithinBytes(peer.stream);
    await session.closed;
  });

  for (const [what, opcode] of [["a fault", 3], ["both Close frames", 8]] as const) {
    contractTest(end, `after ${what} the connection is dropped within a number of seconds`, async () => {
      using clock = new FakeClock();
      await using session = await end.open();
      const { peer } = session;
      peer.send(peer.frame(opcode));
      // Looking for the end would close the peer's side.
      assertNotEquals(await peer.next(), "end");
      await assertDroppedWithinSeconds(peer.stream, clock);
      await session.closed;
    });
  }
}
