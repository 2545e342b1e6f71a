import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import { currentClock, setClock, SystemClock, TICK, TimerEntry } from "../../src/internal/clock.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { test } from "../support/test.ts";

function after(clock: SystemClock, seconds: number): Promise<void> {
  return new Promise((resolve) => void clock.setTimer(resolve, seconds));
}

test("SystemClock.now is wall-clock seconds", () => {
  const before = Date.now() / 1000;
  const now = new SystemClock().now();
  assert(now >= before && now <= Date.now() / 1000);
});

test("SystemClock.setTimer runs callbacks in the order of their deadlines, not of the calls", async () => {
  const clock = new SystemClock();
  const order: number[] = [];
  const timers = [30, 10, 20].map((ms) => clock.setTimer(() => order.push(ms), ms / 1000));
  assert(timers.every((timer) => timer.active));
  await after(clock, 0.04);
  assertEquals(order, [10, 20, 30]);
  assert(timers.every((timer) => !timer.active));
});

test("SystemClock.setTimer does not fire early", async () => {
  const clock = new SystemClock();
  for (const seconds of [0.0004, 0.0011, 0.0049]) {
    const start = performance.now();
    await after(clock, seconds);
    // setTimeout may cut below its own resolution of a millisecond, not more.
    assert(performance.now() - start > seconds * 1000 - 1);
  }
});

test("SystemClock.setTimer takes zero, negative and not-a-number delays as the next turn", async () => {
  const clock = new SystemClock();
  for (const seconds of [0, -5, -Infinity, NaN]) {
    let fired = false;
    const timer = clock.setTimer(() => fired = true, seconds);
    assert(!fired && timer.active);
    await after(clock, 0);
    assert(fired);
  }
});

test("SystemClock.setTimer takes delays beyond 2^31 ms", async () => {
  const clock = new SystemClock();
  const fired: number[] = [];
  const timers = [2 ** 31 / 1000, 1e9, 1e300, Infinity].map((s) => clock.setTimer(() => fired.push(s), s));
  await after(clock, 0.01);
  assertEquals(fired, []);
  for (const timer of timers) timer.cancel();
});

test("SystemClock.setTimer cancels before, in and after the callback", async () => {
  const clock = new SystemClock();
  let count = 0;
  const never = clock.setTimer(() => count++, 0);
  never.cancel();
  never.cancel();
  const self = clock.setTimer(() => {
    count++;
    self.cancel();
  }, 0);
  await after(clock, 0.005);
  self.cancel();
  assertEquals([count, self.active, never.active], [1, false, false]);
});

test("SystemClock.setTimer with unref lets the process exit", async () => {
  const clock = new URL("../../src/internal/clock.ts", import.meta.url);
  const run = (options: string) => {
    const code =
      `import { currentClock } from "${clock}"; currentClock().setTimer(() => console.log("ran"), 0.05, ${options});`;
    return new Deno.Command(Deno.execPath(), { args: ["eval", code] }).output();
  };
  const [held, free] = await Promise.all([run("{}"), run("{ unref: true }")]);
  assertEquals([held.code, free.code], [0, 0]);
  assertEquals([held.stdout, free.stdout].map((out) => new TextDecoder().decode(out).trim()), ["ran", ""]);
});

test("SystemClock.coarse is exact while no entry is armed and never goes back", () => {
  const clock = new SystemClock();
  let last = clock.coarse();
  const check = () => {
    const coarse = clock.coarse();
    assert(coarse >= last && coarse <= clock.monotonic());
    last = coarse;
  };
  const before = clock.monotonic();
  assert(clock.coarse() >= before);
  const entry = new TimerEntry(clock.wheel, () => {});
  check();
  entry.start(60);
  check();
  assertEquals(clock.coarse(), clock.coarse());
  entry.cancel();
  check();
});

test("SystemClock.wheel fires entries by real time, not before theirs", async () => {
  const clock = new SystemClock();
  // The wheel alone would not keep the event loop running.
  const keepAlive = clock.setTimer(() => {}, Infinity);
  const start = performance.now();
  await new Promise<void>((resolve) => new TimerEntry(clock.wheel, resolve).start(0.15));
  keepAlive.cancel();
  assert(performance.now() - start >= 150);
  assert(!clock.wheel.running);
});

test("setClock returns the clock that was there, and currentClock the one in use", () => {
  const original = currentClock();
  {
    using fake = new FakeClock();
    const first = currentClock();
    assertEquals([first === original, first.now()], [false, fake.now()]);
    const second = new SystemClock();
    assertStrictEquals(setClock(second), first);
    assertStrictEquals(currentClock(), second);
  }
  assertStrictEquals(currentClock(), original);
});

test("TICK is what the documentation says", () => {
  assertEquals(TICK, 0.1);
});
