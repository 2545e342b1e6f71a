import { assert, assertEquals } from "@std/assert";
import { websocketConnect, WebSocketHandler, WebSocketParams } from "../../src/websocket/mod.ts";
import { FakeClock, settled } from "../support/fake_clock.ts";
import { test } from "../support/test.ts";
import { stalled, until } from "../support/turns.ts";
import { EchoHandler, Mailbox, RawClient, serve, urlOf } from "./server_support.ts";
import { concat, frame, hex, readAll, utf8 } from "./support.ts";
import { FrameReader } from "../../src/websocket_core/_frame/reader.ts";

/** Lets time pass until the promise resolves; the network takes its own time. */
async function advanceUntil<T>(
  clock: FakeClock,
  promise: Promise<T>,
  most: number,
): Promise<{ value: T; after: number }> {
  let done: { value: T } | null = null;
  promise.then((value) => done = { value });
  for (let after = 0; after <= most; after += 0.1) {
    await stalled(() => done === null ? 0 : 1);
    if (done !== null) return { ...(done as { value: T }), after };
    clock.advance(0.1);
  }
  throw new Error(`It did not come within ${most} seconds`);
}

test("WebSocketHandler pings at websocketPingInterval, and measures the round trip", async () => {
  using clock = new FakeClock();
  const opened = Promise.withResolvers<Pinged>();
  const pongs = new Mailbox<number | null>();
  class Pinged extends EchoHandler {
    override open(): void {
      opened.resolve(this);
    }
    override onPong(): void {
      pongs.put(this.roundTripTime);
    }
  }
  await using server = serve([["/", Pinged]], { websocketPingInterval: 10 });
  using client = await RawClient.open(server);
  const handler = await opened.promise;
  assertEquals(handler.roundTripTime, null);
  for (let n = 0; n < 3; n++) {
    const { value, after } = await advanceUntil(clock, client.stream.readBytes(2), 11);
    assertEquals(value, hex("8900"));
    assert(after > (n === 0 ? 9 : 0) && after <= 11, `after ${after}`);
    clock.advance(0.25);
    client.send(frame(10));
    const roundTrip = await pongs.take();
    // The clock may go on while the ping is on its way.
    assert(roundTrip !== null && roundTrip > 0.24 && roundTrip < 2, String(roundTrip));
  }
});

test("WebSocketHandler closes a silent client within interval and timeout", async () => {
  for (const [interval, timeout] of [[10, 4], [10, 10], [2, 1]]) {
    using clock = new FakeClock();
    const closed = Promise.withResolvers<void>();
    class Pinged extends EchoHandler {
      override onClose(): void {
        closed.resolve();
      }
    }
    await using server = serve([["/", Pinged]], { websocketPingInterval: interval, websocketPingTimeout: timeout });
    using client = await RawClient.open(server);
    const { after } = await advanceUntil(clock, closed.promise, interval + timeout);
    assert(after > interval, `after ${after}`);
    const events = readAll(new FrameReader(false, 1 << 20), [await client.stream.readUntilClose()]);
    assertEquals(events, [{ ping: hex("") }, { close: 1000, reason: "ping timed out" }]);
  }
});

test("WebSocketHandler takes any bytes as a sign of life", async () => {
  using clock = new FakeClock();
  let closed = false;
  class Pinged extends EchoHandler {
    override onClose(): void {
      closed = true;
    }
  }
  await using server = serve([["/", Pinged]], { websocketPingInterval: 2, websocketPingTimeout: 1 });
  using client = await RawClient.open(server);
  for (let n = 0; n < 60; n++) {
    client.send(frame(1, "a", { fin: false }).subarray(0, 1));
    client.send(frame(1, "a", { fin: false }).subarray(1));
    client.send(frame(0, "b"));
    await client.stream.readBytes(4);
    clock.advance(0.5);
    await settled();
    if (client.stream.readBufferSize > 0) await client.stream.readBytes(client.stream.readBufferSize);
  }
  assertEquals(closed, false);
});

test("WebSocketHandler does not time a client out while its own onMessage() is at work", async () => {
  using clock = new FakeClock();
  const gate = Promise.withResolvers<void>();
  const begun = Promise.withResolvers<void>();
  class Slow extends WebSocketHandler {
    override async onMessage(): Promise<void> {
      begun.resolve();
      await gate.promise;
      this.writeMessage("done");
    }
  }
  await using server = serve([["/", Slow]], { websocketPingInterval: 2, websocketPingTimeout: 1 });
  using client = await RawClient.open(server);
  client.send(frame(1, "work"));
  await begun.promise;
  await clock.advanceAsync(30);
  gate.resolve();
  client.send(frame(8));
  const events = await client.rest();
  assertEquals(events.filter((event) => !("ping" in event)), [{ text: "done" }, { close: 0, reason: "" }]);
});

for (const [websocketBackpressure, how] of [["wait", "queues"], ["close", "awaits"]] as const) {
  test(`WebSocketHandler that ${how} what it sends times a client out that takes nothing of it`, async () => {
    using clock = new FakeClock();
    let received = 0;
    const closed = Promise.withResolvers<void>();
    class Multiplier extends WebSocketHandler {
      override onMessage(): void | Promise<void> {
        received++;
        const sent = this.writeMessage(new Uint8Array(200_000));
        if (how === "awaits") return sent;
      }
      override onClose(): void {
        closed.resolve();
      }
    }
    await using server = serve([["/", Multiplier]], {
      websocketPingInterval: 10,
      websocketPingTimeout: 5,
      websocketHighWaterMark: 1_000_000,
      websocketBackpressure,
    });
    using client = await RawClient.open(server);
    for (let n = 0; n < 500; n++) client.send(frame(1, "more"));
    await stalled(() => received);
    await clock.advanceAsync(9);
    assertEquals(server.connectionCount, 1);
    await clock.advanceAsync(8);
    await closed.promise;
    assertEquals(server.connectionCount, 0);
  });
}

test("WebSocketHandler does not time a client out that takes a little of what waits now and then", async () => {
  using clock = new FakeClock();
  const begun = Promise.withResolvers<WebSocketHandler>();
  const last = Promise.withResolvers<void>();
  class Large extends WebSocketHandler {
    override async onMessage(message: string | Uint8Array): Promise<void> {
      if (message === "last") return last.resolve();
      const sent = this.writeMessage(new Uint8Array(60_000_000));
      begun.resolve(this);
      await sent;
    }
  }
  await using server = serve([["/", Large]], { websocketPingInterval: 10, websocketPingTimeout: 5 });
  using client = await RawClient.open(server);
  client.send(frame(1, "go"), frame(1, "last"));
  const handler = await begun.promise;
  // So much at a time that the kernel takes more from the server.
  for (let left = 60_000_010; left > 0; left -= 6_000_000) {
    const waiting = handler.bufferedAmount;
    await client.stream.readBytes(Math.min(left, 6_000_000));
    await until(() => waiting === 0 || handler.bufferedAmount < waiting);
    await clock.advanceAsync(4);
  }
  await last.promise;
  assertEquals(server.connectionCount, 1);
});

test("WebSocketHandler with websocketPingTimeout 0 does not look at pongs", async () => {
  using clock = new FakeClock();
  await using server = serve([["/", EchoHandler]], { websocketPingInterval: 1, websocketPingTimeout: 0 });
  using client = await RawClient.open(server);
  for (let n = 0; n < 5; n++) await advanceUntil(clock, client.stream.readBytes(2), 2);
  client.send(frame(1, "still there"));
  await settled();
  assertEquals((await client.stream.readUntil(utf8("there"))).length > 0, true);
});

test("WebSocketHandler warns once of a timeout beyond the interval, and caps it", async (t) => {
  using clock = new FakeClock();
  t.expectLog("tornado.general", /websocketPingTimeout \(7\) cannot be longer than the websocketPingInterval \(3\)/);
  await using server = serve([["/", EchoHandler]], { websocketPingInterval: 3, websocketPingTimeout: 7 });
  using first = await RawClient.open(server);
  using second = await RawClient.open(server);
  await advanceUntil(clock, first.stream.readUntilClose(), 6);
  await advanceUntil(clock, second.stream.readUntilClose(), 1);
  assertEquals(t.logs.filter((record) => record.levelno >= 30).length, 1);
});

test("websocketConnect() pings with its options", async () => {
  using clock = new FakeClock();
  const pings = new Mailbox<number>();
  class Pinged extends EchoHandler {
    override onPing(data: Uint8Array): void {
      pings.put(data.length);
    }
  }
  await using server = serve([["/", Pinged]]);
  await using client = await websocketConnect(urlOf(server), { pingInterval: 1 });
  await advanceUntil(clock, pings.take(), 2);
  assertEquals(client.closeCode, null);
});

/** A handler that sends as much as it is told, when it is told. */
function flooding(count: number, size: number, done: (handler: WebSocketHandler) => void): typeof WebSocketHandler {
  return class extends WebSocketHandler {
    override onMessage(): void {
      for (let n = 0; n < count; n++) {
        if (this.wsConnection?.isClosing() ?? true) break;
        this.writeMessage(new Uint8Array(size));
      }
      done(this);
    }
  };
}

test("WebSocketHandler drops a client that does not read, beyond websocketHighWaterMark", async (t) => {
  const flooded = Promise.withResolvers<WebSocketHandler>();
  const Flood = flooding(1000, 100_000, flooded.resolve);
  await using server = serve([["/", Flood]], { websocketHighWaterMark: 1_000_000 });
  using client = await RawClient.open(server);
  client.send(frame(1, "go"));
  const handler = await flooded.promise;
  assertEquals(handler.bufferedAmount, 0);
  await client.stream.readUntilClose();
  assert(t.logs.some((record) => /Closing WebSocket: \d+ bytes wait for a client/.test(record.getMessage())));
});

test("WebSocketHandler with the policy drop leaves messages out, and counts them", async () => {
  const flooded = Promise.withResolvers<WebSocketHandler>();
  const Flood = flooding(100, 100_000, flooded.resolve);
  await using server = serve([["/", Flood]], { websocketHighWaterMark: 1_000_000, websocketBackpressure: "drop" });
  using client = await RawClient.open(server);
  client.send(frame(1, "go"));
  const handler = await flooded.promise;
  assertEquals(handler.droppedMessages, 91);
  const drained = handler.drained();
  await client.stream.readBytes(9 * 100_010);
  await drained;
  assertEquals(handler.bufferedAmount, 0);
  handler.writeMessage("fits again");
  handler.close();
  assertEquals(readAll(new FrameReader(false, 1000), [await client.stream.readBytes(14)]), [
    { text: "fits again" },
    { close: 0, reason: "" },
  ]);
});

test("WebSocketHandler takes one message larger than websocketHighWaterMark where nothing waits", async () => {
  await using server = serve([["/", EchoHandler]], { websocketHighWaterMark: 1000 });
  await using client = await websocketConnect(urlOf(server));
  client.writeMessage(new Uint8Array(100_000));
  assertEquals((await client.readMessage())?.length, 100_000);
});

test("WebSocketHandler with the policy wait reads no more from a client that does not read", async () => {
  let received = 0;
  class Multiplier extends WebSocketHandler {
    override onMessage(): void {
      received++;
      this.writeMessage(new Uint8Array(200_000));
    }
  }
  await using server = serve([["/", Multiplier]], { websocketHighWaterMark: 100_000, websocketBackpressure: "wait" });
  using client = await RawClient.open(server);
  for (let n = 0; n < 500; n++) client.send(frame(1, "more"));
  await stalled(() => received);
  assert(received < 200, `${received} messages were taken from a client that does not read`);
  client.send(frame(8));
  assertEquals((await client.rest()).length, 501);
  assertEquals(received, 500);
});

test("WebSocketParams refuses a policy or code that is none", () => {
  const make = (options: object) => new WebSocketParams(options);
  for (const options of [{ backpressure: "never" }, { drainCode: 1005 }]) {
    try {
      make(options);
      throw new Error("It was taken");
    } catch (error) {
      assert(error instanceof RangeError);
    }
  }
});

test("HTTPServer.drain() closes WebSockets with 1001, spread over half of the time", async () => {
  using clock = new FakeClock();
  const server = serve([["/", EchoHandler]]);
  const clients = await Promise.all(Array.from({ length: 40 }, () => websocketConnect(urlOf(server))));
  const times: number[] = [];
  for (const client of clients) client.closed.then(() => times.push(clock.monotonic()));
  const { value } = await advanceUntil(clock, server.drain(20), 12);
  assertEquals(value, true);
  await Promise.all(clients.map((client) => client.closed));
  assertEquals(new Set(clients.map((client) => client.closeCode)), new Set([1001]));
  assert(Math.max(...times) - Math.min(...times) > 4, "all at once");
});

test("HTTPServer.drain() drops WebSockets that do not answer, at its deadline", async () => {
  using clock = new FakeClock();
  const server = serve([["/", EchoHandler]], { websocketDrainCode: 1012 });
  using client = await RawClient.open(server);
  const { value } = await advanceUntil(clock, server.drain(4), 5);
  assertEquals(value, false);
  assertEquals(await client.rest(), [{ close: 1012, reason: "" }]);
  assertEquals(server.connectionCount, 0);
});

test("HTTPServer.closeAllConnections() reaches a WebSocket whose open() is not done", async () => {
  const opening = Promise.withResolvers<void>();
  class Stuck extends EchoHandler {
    override open(): Promise<void> {
      opening.resolve();
      return new Promise(() => {});
    }
  }
  const server = serve([["/", Stuck]]);
  using client = await RawClient.open(server);
  await opening.promise;
  assertEquals(server.connectionCount, 1);
  await server[Symbol.asyncDispose]();
  assertEquals(await client.rest(), []);
  assertEquals(server.connectionCount, 0);
});

test("WebSocketProtocol13 reads what a client still sends after an error, so that it sees the Close frame", async () => {
  await using server = serve([["/", EchoHandler]], { websocketMaxMessageSize: 1000 });
  using client = await RawClient.open(server);
  client.send(frame(2, new Uint8Array(5_000_000)));
  assertEquals(await client.rest(), [{ close: 1009, reason: "message too big" }]);
});

test("WebSocketProtocol13 gives up on a client that never stops, or never closes", async () => {
  using clock = new FakeClock();
  await using server = serve([["/", EchoHandler]]);
  using client = await RawClient.open(server);
  client.send(frame(3));
  // The server ends its side at once, and the connection after a while.
  assertEquals(readAll(new FrameReader(false, 1000), [await client.stream.readBytes(20)]), [
    { close: 1002, reason: "unknown opcode 3" },
  ]);
  await clock.advanceAsync(2.5);
  assertEquals(server.connectionCount, 0);
});

test("HTTPServer forgets a WebSocket that breaks while its open() sends", async () => {
  const opening = Promise.withResolvers<void>();
  const broken = Promise.withResolvers<void>();
  class Snapshot extends EchoHandler {
    override async open(): Promise<void> {
      opening.resolve();
      try {
        await this.writeMessage(new Uint8Array(10_000_000));
      } finally {
        broken.resolve();
      }
    }
  }
  await using server = serve([["/", Snapshot]]);
  const client = await RawClient.open(server);
  await opening.promise;
  client.stream.close();
  await broken.promise;
  await settled();
  assertEquals(server.connectionCount, 0);
});

test("HTTPServer.closeAllConnections() while open() is at work is told to onClose() behind it, and ends the pings", async () => {
  using clock = new FakeClock();
  const log: string[] = [];
  const gate = Promise.withResolvers<void>();
  const opening = Promise.withResolvers<void>();
  const closed = Promise.withResolvers<void>();
  class Slow extends EchoHandler {
    override async open(): Promise<void> {
      opening.resolve();
      await gate.promise;
      log.push("opened");
    }
    override onClose(): void {
      log.push("closed");
      closed.resolve();
    }
  }
  const server = serve([["/", Slow]], { websocketPingInterval: 1, websocketPingTimeout: 0 });
  using client = await RawClient.open(server);
  await opening.promise;
  await server[Symbol.asyncDispose]();
  assertEquals(await client.rest(), []);
  gate.resolve();
  await closed.promise;
  assertEquals(log, ["opened", "closed"]);
  assertEquals(clock.wheel.size, 0);
});

test("HTTPServer.closeAllConnections() is told to onClose() although messages wait for an onMessage() that fails", async (t) => {
  const begun = Promise.withResolvers<void>();
  const gate = Promise.withResolvers<void>();
  let closes = 0;
  class Slow extends WebSocketHandler {
    override async onMessage(): Promise<void> {
      begun.resolve();
      await gate.promise;
      throw new Error("oh no");
    }
    override onClose(): void {
      closes++;
    }
  }
  const server = serve([["/", Slow]]);
  using client = await RawClient.open(server);
  client.send(frame(1, "a"), frame(1, "b"));
  await begun.promise;
  await server[Symbol.asyncDispose]();
  t.expectLog("tornado.application", /Uncaught exception GET \//);
  gate.resolve();
  await settled();
  assertEquals(closes, 1);
});

/** Sends pings and reads nothing, until there is no connection or all are sent. */
async function pingWithoutReading(client: RawClient, count: number): Promise<void> {
  const pings = concat(...Array.from({ length: 1000 }, () => frame(9, new Uint8Array(125))));
  for (let n = 0; n < count && !client.stream.closed(); n += 1000) await client.stream.write(pings).catch(() => {});
}

test("WebSocketHandler drops a client that pings and does not read", async (t) => {
  const closed = Promise.withResolvers<void>();
  class Pinged extends EchoHandler {
    override onClose(): void {
      closed.resolve();
    }
  }
  await using server = serve([["/", Pinged]], { websocketHighWaterMark: 100_000 });
  using client = await RawClient.open(server);
  await pingWithoutReading(client, 400_000);
  await closed.promise;
  assert(t.logs.some((record) => /Closing WebSocket: \d+ bytes wait for a client/.test(record.getMessage())));
});

test("WebSocketHandler hears of the end though pings are left when its message is done", async () => {
  const begun = Promise.withResolvers<void>();
  const done = Promise.withResolvers<void>();
  const closed = Promise.withResolvers<void>();
  let pings = 0;
  class Busy extends WebSocketHandler {
    override onMessage(): Promise<void> {
      begun.resolve();
      return done.promise;
    }
    override onPing(): void {
      pings++;
    }
    override onClose(): void {
      closed.resolve();
    }
  }
  await using server = serve([["/", Busy]]);
  const client = await RawClient.open(server);
  client.send(frame(1, "work"), frame(9, "a"), frame(9, "b"));
  await begun.promise;
  client.stream.close();
  await until(() => server.connectionCount === 0);
  done.resolve();
  await closed.promise;
  assertEquals(pings, 2);
});

test("WebSocketHandler with the policy drop leaves pongs out for a client that does not read", async () => {
  const last = Promise.withResolvers<number[]>();
  let pings = 0;
  class Pinged extends WebSocketHandler {
    override onPing(): void {
      pings++;
    }
    override onMessage(): void {
      last.resolve([this.bufferedAmount, this.droppedMessages]);
      this.close();
    }
  }
  await using server = serve([["/", Pinged]], { websocketHighWaterMark: 100_000, websocketBackpressure: "drop" });
  using client = await RawClient.open(server);
  await pingWithoutReading(client, 100_000);
  client.send(frame(1, "last"), frame(8));
  const [waiting, dropped] = await last.promise;
  assert(waiting <= 100_200, `${waiting} bytes wait`);
  assertEquals([pings, dropped], [100_000, 0]);
  assertEquals((await client.rest()).at(-1), { close: 0, reason: "" });
});

test("WebSocketHandler with the policy wait reads no more from a client that pings and does not read", async () => {
  let most = 0;
  class Pinged extends WebSocketHandler {
    override onPing(): void {
      most = Math.max(most, this.bufferedAmount);
    }
  }
  await using server = serve([["/", Pinged]], { websocketHighWaterMark: 100_000, websocketBackpressure: "wait" });
  using client = await RawClient.open(server);
  const pings = pingWithoutReading(client, 100_000);
  await client.stream.readBytes(2);
  for (let left = 100_000 * 127 - 2; left > 0; left -= 65_536) await client.stream.readBytes(Math.min(left, 65_536));
  await pings;
  assert(most <= 100_200, `${most} bytes waited`);
});

test("WebSocketHandler takes a first message of any size in open()", async () => {
  class Snapshot extends WebSocketHandler {
    override open(): void {
      this.writeMessage(new Uint8Array(5000));
      this.close();
    }
  }
  for (const websocketBackpressure of ["close", "drop"] as const) {
    await using server = serve([["/", Snapshot]], { websocketHighWaterMark: 1000, websocketBackpressure });
    const client = await websocketConnect(urlOf(server));
    assertEquals((await client.readMessage())?.length, 5000);
    await client[Symbol.asyncDispose]();
  }
});

test("WebSocketHandler.drained() waits for what was sent before close(), and rejects if it is lost", async () => {
  const handlers = new Mailbox<WebSocketHandler>();
  class Flood extends WebSocketHandler {
    override onMessage(): void {
      this.writeMessage(new Uint8Array(10_000_000));
      this.close();
      handlers.put(this);
    }
  }
  await using server = serve([["/", Flood]]);
  for (const reads of [true, false]) {
    using client = await RawClient.open(server);
    client.send(frame(1, "go"));
    const handler = await handlers.take();
    const drained = handler.drained().then(() => "drained", (error) => error.name);
    assertEquals(await Promise.race([drained, settled().then(() => "waiting")]), "waiting");
    if (reads) await client.stream.readBytes(10_000_012);
    else client.stream.close();
    assertEquals(await drained, reads ? "drained" : "WebSocketClosedError");
  }
});
