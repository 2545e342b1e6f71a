// How a connection ends while something else is under way, on both engines.
import { assertEquals } from "@std/assert";
import { Application } from "../../src/web/mod.ts";
import { WebSocketHandler } from "../../src/websocket/mod.ts";
import type { Server } from "../../src/http/httpserver.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { test } from "../support/test.ts";
import { stalled, until } from "../support/turns.ts";
import { EchoHandler, Mailbox } from "./server_support.ts";
import { Peer } from "../contracts/_websocket/peer.ts";
import { frame } from "./support.ts";

const CLOSE_4001 = frame(8, new Uint8Array([4001 >> 8, 4001 & 255]));

for (const engine of ["listen", "serve"] as const) {
  const serve = (handler: typeof WebSocketHandler, settings: Record<string, unknown> = {}): Server =>
    new Application([["/", handler]], { logFunction() {}, ...settings }).listen(0, { address: "127.0.0.1", engine });

  test(`WebSocketHandler.onClose() (${engine}) comes after an onMessage() that is still at work`, async () => {
    const log = new Mailbox<string>();
    const gate = Promise.withResolvers<void>();
    class Slow extends WebSocketHandler {
      override async onMessage(): Promise<void> {
        log.put("begins");
        await gate.promise;
        log.put("ends");
      }
      override onClose(): void {
        log.put("closed");
      }
    }
    await using server = serve(Slow);
    {
      using client = await Peer.connect(server.port);
      client.send(frame(1, "go"));
      assertEquals(await log.take(), "begins");
    }
    await stalled(() => log.size);
    assertEquals(log.size, 0);
    gate.resolve();
    assertEquals([await log.take(), await log.take()], ["ends", "closed"]);
  });

  test(`WebSocketHandler.onClose() (${engine}) comes after the onMessage() that makes the connection end`, async () => {
    const log = new Mailbox<string>();
    class Flood extends WebSocketHandler {
      override onMessage(): void {
        this.writeMessage(new Uint8Array(20_000_000));
        this.writeMessage("more").catch(() => {});
        log.put("ends");
      }
      override onClose(): void {
        log.put("closed");
      }
    }
    await using server = serve(Flood, { websocketHighWaterMark: 1000 });
    using client = await Peer.connect(server.port);
    client.send(frame(1, "go"));
    assertEquals([await log.take(), await log.take()], ["ends", "closed"]);
  });

  test(`WebSocketHandler.close() (${engine}) is not turned into a failure by messages that come late`, async (t) => {
    const codes = new Mailbox<number | null>();
    class Echo extends EchoHandler {
      override onMessage(message: string | Uint8Array): void {
        if (message === "bye") this.close(4001, "bye");
        else super.onMessage(message);
      }
      override onClose(): void {
        codes.put(this.closeCode);
      }
    }
    const gate = Promise.withResolvers<void>();
    class AsyncEcho extends Echo {
      override async onMessage(message: string | Uint8Array): Promise<void> {
        await gate.promise;
        super.onMessage(message);
      }
    }
    // Deno ends the connection if a message reaches it after our Close frame: there they have to be with us before.
    for (const handler of engine === "serve" ? [AsyncEcho] : [Echo, AsyncEcho]) {
      await using server = serve(handler);
      using peer = await Peer.connect(server.port);
      peer.send(frame(1, "bye"), frame(1, "one more"), frame(1, "and one"));
      await stalled(() => codes.size);
      gate.resolve();
      assertEquals(await peer.next(), { close: 4001, reason: "bye" });
      peer.send(CLOSE_4001);
      assertEquals(await codes.take(), 4001);
    }
    assertEquals(t.logs.filter((record) => record.levelno >= 40), []);
  });

  test(`WebSocketHandler.open() (${engine}) may close and go on`, async () => {
    const codes = new Mailbox<number | null>();
    class Bouncer extends WebSocketHandler {
      override open(): void {
        this.close(4001, "full");
      }
      override onClose(): void {
        codes.put(this.closeCode);
      }
    }
    await using server = serve(Bouncer);
    using client = await Peer.connect(server.port);
    assertEquals(await client.next(), { close: 4001, reason: "full" });
    client.send(CLOSE_4001);
    assertEquals(await codes.take(), 4001);
  });

  test(`WebSocketHandler.onClose() (${engine}) comes although the client never answers our Close frame`, async () => {
    using clock = new FakeClock();
    const codes = new Mailbox<number | null>();
    class Bouncer extends WebSocketHandler {
      override onMessage(): void {
        this.close(4001);
      }
      override onClose(): void {
        codes.put(this.closeCode);
      }
    }
    await using server = serve(Bouncer);
    using client = await Peer.connect(server.port);
    client.send(frame(1, "go"));
    assertEquals(await client.next(), { close: 4001, reason: "" });
    await clock.advanceAsync(4);
    assertEquals(codes.size, 0);
    await clock.advanceAsync(2);
    assertEquals(await codes.take(), null);
  });
}

test("WebSocketHandler gives the event loop a turn while one client sends without end", async () => {
  const seen = new Mailbox<number>();
  let count = 0;
  class Busy extends WebSocketHandler {
    override onMessage(): void {
      if (count++ === 0) setTimeout(() => seen.put(count), 0);
      for (const end = performance.now() + 3; performance.now() < end;);
    }
  }
  await using server = new Application([["/", Busy]], { logFunction() {} }).listen(0, { address: "127.0.0.1" });
  using client = await Peer.connect(server.port);
  client.send(...Array.from({ length: 100 }, () => frame(1, "x")));
  // All of them are in one read.
  assertEquals(await seen.take() < 50, true);
  await until(() => count === 100);
});
