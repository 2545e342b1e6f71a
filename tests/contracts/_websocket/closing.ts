import { assertEquals } from "@std/assert";
import { hex, utf8 } from "../../websocket/support.ts";
import { contractTest, type End } from "./ends.ts";

const TEXT = 1;
const CLOSE = 8;
const PING = 9;

function closeWith(code: number, reason = ""): Uint8Array {
  return new Uint8Array([code >> 8, code, ...utf8(reason)]);
}

/** How connections end. */
export function closingContract(end: End): void {
  // Deno does not know the newer ones.
  const codes = [1000, 1001, 1003, 1011, ...(end.framesItself ? [1012, 1013, 1014] : []), 3000, 4999];
  for (const code of codes) {
    contractTest(end, `the peer's Close frame with ${code} is answered with that code`, async () => {
      await using session = await end.open();
      const { peer } = session;
      peer.send(peer.frame(CLOSE, closeWith(code, "why ü")));
      const [answer, ...more] = await peer.rest();
      assertEquals([answer, more].flat().map((event) => "close" in event ? event.close : event), [code]);
      peer.stream.close();
      assertEquals(await session.closed, { code, reason: "why ü" });
    });
  }

  contractTest(end, "the peer's Close frame without a code is answered without one", async () => {
    await using session = await end.open();
    const { peer } = session;
    peer.send(peer.frame(CLOSE));
    assertEquals(await peer.rest(), [{ close: 0, reason: "" }]);
    peer.stream.close();
    assertEquals(await session.closed, { code: null, reason: null });
  });

  contractTest(end, "close() sends code and reason, and the peer's answer ends the connection", async () => {
    await using session = await end.open();
    const { peer } = session;
    session.send("last");
    session.close(4001, "enough ü");
    assertEquals(await peer.next(), { text: "last" });
    assertEquals(await peer.next(), { close: 4001, reason: "enough ü" });
    peer.send(peer.frame(CLOSE, closeWith(4001)));
    assertEquals(await peer.next(), "end");
    peer.stream.close();
    assertEquals(await session.closed, { code: 4001, reason: "" });
  });

  contractTest(end, "messages that were on their way when we closed are handed over", async () => {
    await using session = await end.open();
    const { peer, messages } = session;
    session.close();
    assertEquals(await peer.next(), { close: 0, reason: "" });
    peer.send(peer.frame(TEXT, "late"), peer.frame(CLOSE));
    assertEquals(await messages.take(), "late");
    assertEquals(await peer.next(), "end");
  });

  contractTest(end, "what comes behind the peer's Close frame is ignored", async () => {
    await using session = await end.open();
    const { peer, messages } = session;
    peer.send(peer.frame(TEXT, "first"), peer.frame(CLOSE, closeWith(1000)), peer.frame(TEXT, "second"), hex("ffff"));
    assertEquals(await peer.rest(), [{ close: 1000, reason: "" }]);
    peer.stream.close();
    await session.closed;
    assertEquals([await messages.take(), messages.size], ["first", 0]);
  });

  contractTest(end, "a peer that goes away without a Close frame ends the connection without a code", async () => {
    await using session = await end.open();
    const { peer, messages } = session;
    peer.send(peer.frame(TEXT, "only"), peer.frame(TEXT, "half of it").subarray(0, 5));
    assertEquals(await messages.take(), "only");
    peer.stream.close();
    assertEquals(await session.closed, { code: null, reason: null });
    assertEquals(messages.size, 0);
  });

  // Deno drops the connection of a peer that pings then.
  if (!end.framesItself) return;

  // RFC 6455, section 5.5.1.
  contractTest(end, "a ping after our Close gets no pong", async () => {
    await using session = await end.open();
    const { peer, messages } = session;
    session.close();
    assertEquals(await peer.next(), { close: 0, reason: "" });
    peer.send(peer.frame(PING, "late"), peer.frame(TEXT, "behind it"));
    assertEquals(await messages.take(), "behind it");
    peer.send(peer.frame(CLOSE));
    assertEquals(await peer.rest(), []);
  });
}
