import { assertEquals, assertThrows } from "@std/assert";
import { SocketMeter } from "../../src/websocket_core/socket_meter.ts";
import { FakeClock } from "../../src/testing/mod.ts";
import { Application } from "../../src/web/mod.ts";
import { websocketConnect, WebSocketHandler } from "../../src/websocket/mod.ts";
import { QUIET } from "../contracts/_http_server/site.ts";
import { test } from "../support/test.ts";
import { until } from "../support/turns.ts";

test("SocketMeter lets a burst through, delays what is more, and gives up who goes on", () => {
  using clock = new FakeClock();
  const meter = new SocketMeter({ messages: 10, burst: 1, patience: 5 });
  for (let i = 0; i < 10; i++) assertEquals(meter.take(100), 0);
  assertEquals(Math.round(meter.take(100) * 10), 1);
  clock.advance(5);
  assertEquals(meter.take(100), 0);
  // 20 a second, though it is told to wait.
  let last = 0;
  let taken = 0;
  for (; last >= 0 && taken < 1000; taken++) {
    last = meter.take(1);
    clock.advance(0.05);
  }
  assertEquals(last, -1);
  assertEquals(taken > 100 && taken < 150, true, String(taken));
});

test("SocketMeter gives a flood up though it waits, and its timers are late; who pauses starts over", () => {
  using clock = new FakeClock();
  const meter = new SocketMeter({ messages: 100, burst: 1, patience: 5 });
  /** Sends for so many seconds as fast as the meter lets it, but waits longer than it is told. */
  const flood = (seconds: number): boolean => {
    let left = seconds;
    while (left > 0) {
      const wait = meter.take(1);
      if (wait < 0) return false;
      if (wait === 0) continue;
      clock.advance(wait + 0.05);
      left -= wait + 0.05;
    }
    return true;
  };
  for (let i = 0; i < 10; i++) {
    assertEquals(flood(4), true);
    clock.advance(2);
  }
  assertEquals(flood(7), false);
  clock.advance(3);
  // Less than the rate is never too much.
  for (let i = 0; i < 2000; i++) {
    assertEquals(meter.take(1), 0);
    clock.advance(0.011);
  }
});

test("SocketMeter counts bytes, and refuses limits that are none", () => {
  using _clock = new FakeClock();
  const meter = new SocketMeter({ bytes: 1000, burst: 1 });
  assertEquals(meter.take(1000), 0);
  assertEquals(meter.take(500), 0.5);
  for (const limit of [{ messages: 0 }, { bytes: -1 }, { burst: NaN }]) {
    assertThrows(() => new SocketMeter(limit), RangeError, "Invalid websocketRateLimit");
  }
});

for (const engine of ["listen", "serve"] as const) {
  test(`websocketRateLimit (${engine}) holds a client back that sends too much, and closes it with 1008`, async () => {
    const got: number[] = [];
    class Sink extends WebSocketHandler {
      override onMessage(message: string | Uint8Array): void {
        got.push(message.length);
      }
    }
    const limit = { messages: 100, burst: 0.1, patience: 0.3 };
    const app = new Application([["/", Sink]], { ...QUIET, websocketRateLimit: limit });
    await using server = app.listen(0, { address: "127.0.0.1", engine });
    const flood = await websocketConnect(`ws://127.0.0.1:${server.port}/`);
    const other = await websocketConnect(`ws://127.0.0.1:${server.port}/`);
    for (let i = 0; i < 500; i++) flood.writeMessage("x").catch(() => {});
    await flood.closed;
    assertEquals(flood.closeCode, 1008);
    assertEquals(got.length < 500, true, `${got.length} messages`);
    const before = got.length;
    await other.writeMessage("hello");
    await until(() => got.length === before + 1);
    other.close();
    await other.closed;
  });
}
