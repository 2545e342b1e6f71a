import { assertEquals } from "@std/assert";
import { hex, utf8 } from "../../websocket/support.ts";
import { contractTest, type End } from "./ends.ts";

const SIZES = [0, 1, 125, 126, 65535, 65536, 300_000];
const CONTINUATION = 0;
const TEXT = 1;
const BINARY = 2;
const PING = 9;
const PONG = 10;

/** What becomes of messages, fragments, pings and pongs. */
export function messageContract(end: End): void {
  contractTest(end, "texts and bytes of any size come as they were sent", async () => {
    await using session = await end.open();
    const { peer, messages } = session;
    for (const size of SIZES) {
      const text = "aé€🙂".repeat(size).slice(0, size);
      const bytes = Uint8Array.from({ length: size }, (_, i) => i);
      peer.send(peer.frame(TEXT, text), peer.frame(BINARY, bytes));
      assertEquals([await messages.take(), await messages.take()], [text.toWellFormed(), bytes]);
    }
  });

  contractTest(end, "texts and bytes of any size are sent as they are", async () => {
    await using session = await end.open();
    for (const size of SIZES) {
      const text = "aé€🙂".repeat(size).slice(0, size).toWellFormed();
      const bytes = Uint8Array.from({ length: size }, (_, i) => i);
      session.send(text);
      session.send(bytes);
      assertEquals(await session.peer.next(), { text });
      assertEquals(await session.peer.next(), { binary: bytes });
    }
  });

  contractTest(end, "messages of one segment are handed over one after another", async () => {
    await using session = await end.open();
    const { peer, messages } = session;
    peer.send(...["a", "b", "c", "d"].map((text) => peer.frame(TEXT, text)));
    for (const text of ["a", "b", "c", "d"]) assertEquals(await messages.take(), text);
  });

  contractTest(end, "a message may come byte by byte", async () => {
    await using session = await end.open();
    const { peer, messages } = session;
    const bytes = peer.frame(TEXT, "über€");
    for (let at = 0; at < bytes.length; at++) await peer.stream.write(bytes.subarray(at, at + 1));
    assertEquals(await messages.take(), "über€");
  });

  contractTest(end, "fragments are joined, whatever control frames come between", async () => {
    await using session = await end.open();
    const { peer, messages } = session;
    const euro = utf8("€");
    peer.send(
      peer.frame(TEXT, euro.subarray(0, 1), { fin: false }),
      peer.frame(PING, "between"),
      peer.frame(CONTINUATION, "", { fin: false }),
      peer.frame(CONTINUATION, euro.subarray(1, 2), { fin: false }),
      peer.frame(PONG, "unasked"),
      peer.frame(CONTINUATION, euro.subarray(2)),
      peer.frame(BINARY, hex("00ff"), { fin: false }),
      peer.frame(CONTINUATION, hex("80")),
    );
    assertEquals(await messages.take(), "€");
    assertEquals(await messages.take(), hex("00ff80"));
    assertEquals(await peer.next(), { pong: utf8("between") });
    if (!end.framesItself) return;
    assertEquals(await session.pings.take(), utf8("between"));
    assertEquals(await session.pongs.take(), utf8("unasked"));
  });

  contractTest(end, "pings are answered in their order, also those of 0 and 125 bytes", async () => {
    await using session = await end.open();
    const { peer } = session;
    const payloads = ["", "x", "y".repeat(125)];
    peer.send(...payloads.map((payload) => peer.frame(PING, payload)));
    for (const payload of payloads) assertEquals(await peer.next(), { pong: utf8(payload) });
  });

  if (!end.framesItself) return;

  contractTest(end, "pings are sent, and their pongs are handed over", async () => {
    await using session = await end.open();
    session.ping("there?");
    assertEquals(await session.peer.next(), { ping: utf8("there?") });
    session.peer.send(session.peer.frame(PONG, "there?"));
    assertEquals(await session.pongs.take(), utf8("there?"));
  });
}
