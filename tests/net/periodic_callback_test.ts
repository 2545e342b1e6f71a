import { assert, assertEquals, assertThrows } from "@std/assert";
import { PeriodicCallback } from "../../src/net/ioloop.ts";
import { nextTime } from "../../src/net/_ioloop/periodic_callback.ts";
import { FakeClock, settled } from "../support/fake_clock.ts";
import { test } from "../support/test.ts";

/** A callback that takes no time and notes when it was called. */
function noting(clock: FakeClock): { calls: number[]; note: () => void } {
  const calls: number[] = [];
  return { calls, note: () => void calls.push(Math.round(clock.monotonic() * 1000) / 1000) };
}

test("PeriodicCallback calls once per period, the first time after one", () => {
  using clock = new FakeClock();
  const { calls, note } = noting(clock);
  const periodic = new PeriodicCallback(note, 1500);
  assertEquals(periodic.isRunning(), false);
  periodic.start();
  assertEquals(periodic.isRunning(), true);
  clock.advance(6.1);
  assertEquals(calls, [1.5, 3, 4.5, 6]);
  periodic.stop();
  assertEquals([periodic.isRunning(), clock.timers], [false, 0]);
  clock.advance(10);
  assertEquals(calls.length, 4);
});

test("PeriodicCallback does not drift over a million calls of a period without an exact binary form", () => {
  using clock = new FakeClock();
  let calls = 0;
  const periodic = new PeriodicCallback(() => calls++, 0.1);
  periodic.start();
  clock.advance(100.00005);
  periodic.stop();
  assertEquals(calls, 1_000_000);
});

test("PeriodicCallback skips the slots it missed and stays on its grid", () => {
  using clock = new FakeClock();
  const { calls, note } = noting(clock);
  let busy = 0;
  const periodic = new PeriodicCallback(() => {
    note();
    clock.stall(busy);
  }, 1000);
  periodic.start();
  clock.advance(1);
  busy = 3.4;
  clock.advance(1);
  busy = 0;
  clock.advance(2);
  // The call at 2 took until 5.4: 3, 4 and 5 fall out.
  assertEquals(calls, [1, 2, 6, 7]);
  periodic.stop();
});

test("PeriodicCallback waits for the promise of a call before it plans the next", async () => {
  using clock = new FakeClock();
  const { calls, note } = noting(clock);
  let finish = () => {};
  const periodic = new PeriodicCallback(() => {
    note();
    return new Promise<void>((resolve) => finish = resolve);
  }, 1000);
  periodic.start();
  await clock.advanceAsync(3.7);
  assertEquals(calls, [1]);
  finish();
  await clock.advanceAsync(0.2);
  assertEquals(calls, [1]);
  await clock.advanceAsync(0.2);
  assertEquals(calls, [1, 4]);
  periodic.stop();
  finish();
  await settled();
  assertEquals(clock.timers, 0);
});

test("PeriodicCallback logs errors of both kinds and goes on", async (t) => {
  t.expectLog("tornado.application", /^Exception in callback failing$/);
  using clock = new FakeClock();
  let calls = 0;
  const periodic = new PeriodicCallback(function failing() {
    if (++calls === 1) throw new Error("at once");
    return Promise.reject(new Error("later"));
  }, 1000);
  periodic.start();
  await clock.advanceAsync(3.5);
  periodic.stop();
  assertEquals(calls, 3);
  assertEquals(t.logs.length, 3);
});

test("PeriodicCallback.stop in a call, and during the promise of one, prevents the next", async () => {
  using clock = new FakeClock();
  let calls = 0;
  const first = new PeriodicCallback(() => {
    calls++;
    first.stop();
  }, 1000);
  first.start();
  clock.advance(5);
  const { promise, resolve } = Promise.withResolvers<void>();
  const second = new PeriodicCallback(() => {
    calls++;
    return promise;
  }, 1000);
  second.start();
  clock.advance(1);
  second.stop();
  second.stop();
  resolve();
  await clock.advanceAsync(5);
  assertEquals([calls, clock.timers], [2, 0]);
});

test("PeriodicCallback.start counts from now on, and never makes two series", async () => {
  using clock = new FakeClock();
  const { calls, note } = noting(clock);
  const { promise, resolve } = Promise.withResolvers<void>();
  const periodic = new PeriodicCallback(() => {
    note();
    return calls.length === 1 ? promise : undefined;
  }, 1000);
  periodic.start();
  clock.advance(0.4);
  periodic.start();
  clock.advance(1.2);
  // Stopped and started again while the first call, of 1.4, is under way.
  periodic.stop();
  periodic.start();
  resolve();
  await settled();
  assertEquals(clock.timers, 1);
  await clock.advanceAsync(2.1);
  assertEquals(calls, [1.4, 2.6, 3.6]);
  periodic.stop();
});

test("PeriodicCallback goes on when the wall clock is set back or forward", () => {
  using clock = new FakeClock({ now: 10_000 });
  const { calls, note } = noting(clock);
  const periodic = new PeriodicCallback(note, 1000);
  periodic.start();
  clock.advance(2.5);
  clock.setWallClock(0);
  clock.advance(2);
  clock.setWallClock(1e6);
  clock.advance(2);
  assertEquals(calls, [1, 2, 3, 4, 5, 6]);
  periodic.stop();
});

test("nextTime follows Tornado's rule: skip what was missed, and one period on for a clock that went back", () => {
  assertEquals(nextTime(100, 100, 10), 110);
  assertEquals(nextTime(110, 110.1, 10), 120);
  assertEquals(nextTime(110, 119.9, 10), 120);
  assertEquals(nextTime(110, 120, 10), 130);
  assertEquals(nextTime(110, 135, 10), 140);
  assertEquals(nextTime(110, 1010, 10), 1020);
  assertEquals(nextTime(110, 109.999, 10), 120);
  assertEquals(nextTime(110, 10, 10), 120);
});

test("PeriodicCallback with jitter varies each period by its fraction, half to either side", () => {
  using clock = new FakeClock();
  const { calls, note } = noting(clock);
  const random = Math.random;
  try {
    const values = [0, 0.5, 1, 0.75];
    Math.random = () => values.shift() ?? 0.5;
    const periodic = new PeriodicCallback(note, 1000, { jitter: 0.2 });
    periodic.start();
    clock.advance(4.2);
    periodic.stop();
  } finally {
    Math.random = random;
  }
  // 0.9, then 1, 1.1 and 1.05 more.
  assertEquals(calls, [0.9, 1.9, 3, 4.05]);
});

test("PeriodicCallback takes durations, shows milliseconds, and takes changes for the next period", () => {
  using clock = new FakeClock();
  const { calls, note } = noting(clock);
  assertEquals(new PeriodicCallback(note, { milliseconds: 250 }).callbackTime, 250);
  const periodic = new PeriodicCallback(() => {}, Temporal.Duration.from({ minutes: 1, milliseconds: 5 }));
  assertEquals([periodic.callbackTime, periodic.jitter], [60_005, 0]);
  periodic.callback = note;
  periodic.callbackTime = 2000;
  periodic.start();
  clock.advance(2);
  periodic.callbackTime = 500;
  clock.advance(2.5);
  assertEquals(calls, [2, 4, 4.5]);
  periodic.stop();
});

test("PeriodicCallback refuses a period that is not positive", () => {
  for (const time of [0, -1, NaN, { milliseconds: 0 }, Temporal.Duration.from({ seconds: -1 })]) {
    assertThrows(() => new PeriodicCallback(() => {}, time), RangeError, "Periodic callback must have a positive");
  }
});

test("PeriodicCallback runs on the real clock and leaves nothing behind", async () => {
  let calls = 0;
  const { promise, resolve } = Promise.withResolvers<void>();
  const periodic = new PeriodicCallback(() => {
    if (++calls === 3) resolve();
  }, 2);
  periodic.start();
  await promise;
  periodic.stop();
  assert(calls >= 3);
});
