import { assertEquals } from "@std/assert";
import { sleep, withTimeout } from "../../src/concurrency/gen.ts";
import { Lock } from "../../src/concurrency/locks.ts";
import { currentClock, TimerEntry } from "../../src/internal/clock.ts";
import { IOLoop, PeriodicCallback } from "../../src/net/ioloop.ts";
import { FakeClock, settled } from "../../src/testing/mod.ts";
import { test } from "../support/test.ts";

test("FakeClock drives IOLoop, PeriodicCallback, sleep, locks and the timers of connections", async () => {
  using clock = new FakeClock({ now: 1000 });
  const loop = IOLoop.current();
  const calls: string[] = [];
  const note = (name: string) => void calls.push(`${name} ${Math.round(clock.monotonic() * 10) / 10}`);
  loop.callLater(3, note, "later");
  loop.callAt(1002, note, "at");
  const periodic = new PeriodicCallback(() => note("periodic"), 1500);
  periodic.start();
  void sleep(1).then(() => note("sleep"));
  const lock = new Lock();
  await lock.acquire();
  lock.acquire({ timeout: 2.5 }).catch(() => note("lock"));
  withTimeout(clock.now() + 3.5, new Promise(() => {})).catch(() => note("timeout"));
  const entry = new TimerEntry(currentClock().wheel, () => note("wheel"));
  entry.start(0.5);
  assertEquals(loop.time(), 1000);
  await clock.advanceAsync(4);
  periodic.stop();
  assertEquals(Math.round(loop.time()), 1004);
  assertEquals(calls.map((call) => call.split(" ")[0]), [
    "wheel",
    "sleep",
    "periodic",
    "at",
    "lock",
    "later",
    "periodic",
    "timeout",
  ]);
  assertEquals(clock.timers, 0);
});

test("FakeClock runs timers in the order of their times, each at its own", () => {
  const clock = new FakeClock({ install: false });
  const times: number[] = [];
  for (const seconds of [3, 1, 2, 1]) clock.setTimer(() => times.push(clock.monotonic()), seconds);
  const cancelled = clock.setTimer(() => times.push(-1), 1);
  cancelled.cancel();
  assertEquals([clock.timers, clock.nextTimer, cancelled.active], [4, 1, false]);
  clock.advance(0.5);
  assertEquals([times, clock.nextTimer], [[], 0.5]);
  clock.advance(10);
  assertEquals([times, clock.nextTimer, clock.monotonic()], [[1, 1, 2, 3], null, 10.5]);
});

test("FakeClock.stall() runs what fell due together afterwards, setWallClock() moves no timer", () => {
  const clock = new FakeClock({ install: false, now: 100 });
  const times: number[] = [];
  for (const seconds of [1, 2]) clock.setTimer(() => times.push(clock.monotonic()), seconds);
  clock.setWallClock(5);
  clock.stall(3);
  assertEquals([times, clock.now()], [[3, 3], 8]);
});

test("FakeClock puts the clock back that was in use", () => {
  const before = currentClock();
  {
    using _outer = new FakeClock({ now: 1 });
    {
      using _inner = new FakeClock({ now: 2 });
      assertEquals(IOLoop.current().time(), 2);
    }
    assertEquals(IOLoop.current().time(), 1);
    const _unused = new FakeClock({ install: false, now: 3 });
    assertEquals(IOLoop.current().time(), 1);
  }
  assertEquals(currentClock() === before, true);
});

test("settled() lets promise callbacks and immediates run", async () => {
  const order: string[] = [];
  setImmediate(() => order.push("immediate"));
  Promise.resolve().then(() => order.push("promise"));
  await settled();
  assertEquals(order, ["promise", "immediate"]);
});
