import { assert, assertEquals } from "@std/assert";
import { FakeClock, settled } from "../../support/fake_clock.ts";
import { stalled } from "../../support/turns.ts";
import { contractTest, type End } from "./ends.ts";

const PIECE = 100_000;
const PIECES = 600;
/** Bytes of a message, more than the kernels hold. */
const MUCH = 60_000_000;
/** What a slow peer takes at a time. */
const PORTION = 3_000_000;

/** What happens between an end that is fast and one that is slow. */
export function pressureContract(end: End): void {
  contractTest(end, "what a slow peer does not take yet waits, and comes in its order", async () => {
    await using session = await end.open();
    const { peer } = session;
    for (let n = 0; n < 100; n++) session.send(new Uint8Array(PIECE).fill(n));
    session.close(1000);
    for (let n = 0; n < 100; n++) {
      const event = await peer.next();
      assert(event !== "end" && "binary" in event && event.binary.length === PIECE && event.binary[0] === n, `${n}`);
    }
    assertEquals(await peer.next(), { close: 1000, reason: "" });
    peer.send(peer.frame(8));
    assertEquals(await peer.next(), "end");
  });

  contractTest(end, "close() leaves a slow peer the time to take all that was sent, and the Close frame", async () => {
    using clock = new FakeClock();
    await using session = await end.open({ closeTimeout: 5 });
    const { peer } = session;
    session.send(new Uint8Array(MUCH));
    session.close(4000, "done");
    for (let left = MUCH + (end.role === "client" ? 14 : 10); left > 0; left -= PORTION) {
      await peer.stream.readBytes(Math.min(left, PORTION));
      await clock.advanceAsync(1.5);
    }
    assertEquals(await peer.next(), { close: 4000, reason: "done" });
  });

  contractTest(end, "close() ends a connection whose peer takes nothing more", async () => {
    using clock = new FakeClock();
    await using session = await end.open({ closeTimeout: 5 });
    session.send(new Uint8Array(MUCH));
    session.close(4000, "done");
    let closed = false;
    session.closed.then(() => closed = true);
    // Deno does not tell whether a part of a message has left, so that all of it has its time.
    const most = end.framesItself ? 60 : 300;
    for (let seconds = 0; !closed && seconds < most; seconds += most / 20) {
      await stalled(() => closed ? 1 : 0);
      await clock.advanceAsync(most / 20);
    }
    assertEquals((await session.closed).code, null);
  });

  contractTest(end, "an application that takes no messages makes the peer wait", async () => {
    await using session = await end.open();
    const { peer, messages } = session;
    const release = session.hold();
    let sent = 0;
    const sending = (async () => {
      for (; sent < PIECES; sent++) await peer.stream.write(peer.frame(2, new Uint8Array(PIECE).fill(sent)));
    })();
    await stalled(() => sent);
    assert(sent < PIECES && messages.size <= 1, `${sent} were sent, ${messages.size} were handed over`);
    release();
    for (let n = 0; n < PIECES; n++) {
      const message = await messages.take();
      assert(message.length === PIECE && message[0] === (n & 0xff), `${n}`);
    }
    await sending;
  });

  contractTest(end, "messages that wait for the application are handed over after the peer has gone", async () => {
    await using session = await end.open();
    const { peer, messages } = session;
    const release = session.hold();
    peer.send(peer.frame(1, "a"), peer.frame(1, "b"), peer.frame(1, "c"), peer.frame(8, new Uint8Array([0x03, 0xe8])));
    await peer.stream.drained();
    peer.stream.close();
    await settled();
    release();
    for (const text of ["a", "b", "c"]) assertEquals(await messages.take(), text);
    assertEquals((await session.closed).code, 1000);
  });
}
