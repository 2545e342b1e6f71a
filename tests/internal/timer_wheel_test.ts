import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { TICK, TimerEntry, TimerWheel } from "../../src/internal/timer_wheel.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { test } from "../support/test.ts";

/** The latest that an entry may fire after its time. */
const LATE = 2 * TICK;

function setUp() {
  const clock = new FakeClock({ install: false });
  const wheel = new TimerWheel(clock);
  const fired: [string, number][] = [];
  const entry = (name: string) => new TimerEntry(wheel, () => fired.push([name, clock.monotonic()]));
  return { clock, wheel, fired, entry };
}

test("TimerEntry fires once, not early and two ticks late at most, for delays from nothing to hours", () => {
  for (const seconds of [-1, 0, 0.01, 0.1, 0.25, 1, 5, 50.9, 51.1, 51.2, 51.3, 60, 102.4, 600, 3600, 7200.05]) {
    for (const offset of [0, 0.03, 0.099, 7.77]) {
      const { clock, wheel, fired, entry } = setUp();
      const other = entry("other");
      other.start(1e6);
      clock.advance(offset);
      const start = clock.monotonic();
      const one = entry("one");
      one.start(seconds);
      assert(one.active);
      clock.advance(seconds + LATE + 200);
      assertEquals(fired.length, 1, `${seconds} ${offset}`);
      const delay = (fired[0]?.[1] ?? 0) - start;
      assert(delay >= seconds - 1e-6 && delay <= Math.max(0, seconds) + LATE + 1e-6, `${seconds} ${offset}: ${delay}`);
      assert(!one.active);
      other.cancel();
      assertEquals([wheel.size, wheel.running, clock.timers], [0, false, 0]);
    }
  }
});

test("TimerEntry.start pushes a time-out back without touching the wheel, again and again", () => {
  const { clock, wheel, fired, entry } = setUp();
  const one = entry("one");
  for (let i = 0; i < 1000; i++) {
    one.start(5);
    assertEquals(wheel.size, 1);
    clock.advance(0.49);
  }
  assertEquals(fired, []);
  clock.advance(5 + LATE);
  assertEquals(fired.length, 1);
});

test("TimerEntry.start brings a time-out forward", () => {
  const { clock, fired, entry } = setUp();
  const one = entry("one");
  one.start(3600);
  clock.advance(10);
  one.start(30);
  one.start(0.5);
  clock.advance(0.5 + LATE);
  assertEquals(fired.length, 1);
  clock.advance(4000);
  assertEquals(fired.length, 1);
});

test("TimerEntry.pause disarms, keeps its place for a turn and then leaves the wheel by itself", () => {
  const { clock, wheel, fired, entry } = setUp();
  const one = entry("one");
  one.start(1);
  one.pause();
  assertEquals([one.active, wheel.size], [false, 1]);
  one.start(2);
  clock.advance(1 + LATE);
  assertEquals([fired.length, one.active, wheel.size], [0, true, 1]);
  one.pause();
  clock.advance(100);
  assertEquals([fired.length, wheel.size, wheel.running], [0, 0, false]);
  one.start(1);
  clock.advance(1 + LATE);
  assertEquals(fired.length, 1);
});

test("TimerEntry.pause and cancel do nothing on an entry that is not armed", () => {
  const { wheel, entry } = setUp();
  const one = entry("one");
  one.pause();
  one.cancel();
  one.start(Infinity);
  assertEquals([one.active, wheel.size], [false, 0]);
  one.start(1);
  one.start(Infinity);
  assertEquals([one.active, wheel.size], [false, 1]);
  one.cancel();
  one.cancel();
  assertEquals([wheel.size, wheel.running], [0, false]);
});

test("TimerEntry.cancel leaves the wheel at once, from any place in a slot", () => {
  for (const victim of [0, 1, 2]) {
    const { clock, wheel, fired, entry } = setUp();
    const entries = ["a", "b", "c"].map(entry);
    for (const one of entries) one.start(1);
    entries[victim]?.cancel();
    assertEquals(wheel.size, 2);
    clock.advance(1 + LATE);
    assertEquals(fired.map(([name]) => name).sort(), ["a", "b", "c"].filter((_, i) => i !== victim));
  }
});

test("TimerWheel runs its interval only while entries exist, and importing or creating one starts nothing", () => {
  const { clock, wheel, entry } = setUp();
  assertEquals([clock.timers, wheel.running], [0, false]);
  const [a, b] = [entry("a"), entry("b")];
  a.start(10);
  b.start(10);
  assertEquals([clock.timers, wheel.running], [1, true]);
  a.cancel();
  assertEquals(wheel.running, true);
  b.cancel();
  assertEquals([clock.timers, wheel.running], [0, false]);
});

test("TimerWheel.time is the last tick while it runs and exact while it does not", () => {
  const { clock, wheel, entry } = setUp();
  clock.advance(1.234);
  assertEquals(wheel.time(), clock.monotonic());
  const one = entry("one");
  one.start(100);
  clock.advance(TICK * 3.5);
  assertAlmostEquals(wheel.time(), 1.234 + TICK * 3);
  one.cancel();
  assertAlmostEquals(wheel.time(), 1.234 + TICK * 3.5);
});

test("TimerWheel: callbacks may start, pause and cancel entries of the slot being swept", () => {
  const { clock, wheel } = setUp();
  const fired: string[] = [];
  const entries = new Map<string, TimerEntry>();
  const add = (name: string, action: () => void) => {
    entries.set(name, new TimerEntry(wheel, () => (fired.push(name), action())));
  };
  add("restarts", () => fired.length < 20 && entries.get("restarts")?.start(1));
  add("cancels", () => ["victim", "restarts", "cancels"].forEach((name) => entries.get(name)?.cancel()));
  add("victim", () => {});
  add("paused", () => {});
  add("pauses", () => entries.get("paused")?.pause());
  add("zero", () => fired.length < 20 && entries.get("zero")?.start(0));
  // The sweep goes from the last one in to the first.
  for (const name of ["victim", "paused", "pauses", "cancels", "restarts", "zero"]) entries.get(name)?.start(1);
  clock.advance(1 + LATE);
  assertEquals(fired.filter((name) => name !== "zero"), ["restarts", "cancels", "pauses"]);
  clock.advance(100);
  assertEquals([fired.filter((name) => name === "restarts").length, wheel.size], [1, 0]);
});

test("TimerWheel: an entry that empties the wheel may start another in its callback", () => {
  const { clock, wheel, fired, entry } = setUp();
  const second = entry("second");
  new TimerEntry(wheel, () => second.start(1)).start(1);
  clock.advance(1 + LATE);
  const start = clock.monotonic();
  assertEquals([wheel.size, wheel.running, clock.timers], [1, true, 1]);
  clock.advance(1 + LATE);
  assertEquals(fired.length, 1);
  assert((fired[0]?.[1] ?? 0) - start <= 1 + LATE);
  assertEquals([wheel.size, wheel.running, clock.timers], [0, false, 0]);
});

test("TimerWheel: a callback that throws is reported and costs the others nothing", () => {
  const { clock, wheel, fired, entry } = setUp();
  const errors: unknown[] = [];
  const print = console.error;
  console.error = (...args: unknown[]) => void errors.push(args);
  try {
    new TimerEntry(wheel, () => {
      throw new Error("broken");
    }).start(1);
    entry("good").start(1);
    clock.advance(1 + LATE);
    assertEquals(fired.length, 1);
    assertEquals(errors.length, 1);
  } finally {
    console.error = print;
  }
});

test("TimerWheel does not hold it against the peers that the event loop stood still", () => {
  const { clock, fired, entry } = setUp();
  const one = entry("one");
  one.start(5);
  clock.advance(1);
  clock.stall(30);
  clock.advance(3.5);
  assertEquals(fired, []);
  clock.advance(1);
  assertEquals(fired.length, 1);
});

test("TimerWheel keeps pace when ticks come a little late, or two of them in one turn", () => {
  const { clock, fired, entry } = setUp();
  entry("one").start(10);
  // Each turn of the loop takes 1.6 ticks.
  for (let turn = 0; turn < 62; turn++) clock.stall(1.6 * TICK);
  assertEquals(fired, []);
  for (let turn = 0; turn < 4; turn++) clock.stall(1.6 * TICK);
  assertEquals(fired.length, 1);
});

test("TimerWheel: a tick looks at the entries that are due in it and at no others", () => {
  const { clock, wheel, entry } = setUp();
  let reads = 0;
  const counted = new TimerWheel({
    monotonic: () => (reads++, clock.monotonic()),
    setTimer: (callback, seconds) => clock.setTimer(callback, seconds),
  });
  const entries = Array.from({ length: 20_000 }, () => new TimerEntry(counted, () => {}));
  for (const one of entries) one.start(3600);
  reads = 0;
  for (let i = 0; i < 10; i++) for (const one of entries) one.start(3600);
  assertEquals([reads, counted.size, wheel.size], [0, 20_000, 0]);
  for (const one of entries) one.cancel();
  assertEquals(counted.size, 0);
  entry("unused").cancel();
});

test("TimerWheel survives a random mixture of operations, each entry firing exactly when it should", () => {
  const clock = new FakeClock({ install: false });
  const wheel = new TimerWheel(clock);
  let seed = 12345;
  const late = 2 * TICK + 1e-6;
  const random = () => (seed = (seed * 1103515245 + 12345) % 2 ** 31) / 2 ** 31;
  const count = 50;
  const deadlines: (number | null)[] = Array.from({ length: count }, () => null);
  const entries = deadlines.map((_, i) =>
    new TimerEntry(wheel, () => {
      const due = deadlines[i] ?? NaN;
      const now = clock.monotonic();
      assert(now >= due - 1e-6 && now <= due + late, `entry ${i} due ${due} fired ${now}`);
      deadlines[i] = null;
    })
  );
  for (let step = 0; step < 20_000; step++) {
    const i = Math.floor(random() * count);
    const entry = entries[i];
    if (entry === undefined) continue;
    const action = random();
    if (action < 0.4) {
      const seconds = random() * (random() < 0.1 ? 500 : 20);
      entry.start(seconds);
      deadlines[i] = clock.monotonic() + seconds;
    } else if (action < 0.5) {
      entry.pause();
      deadlines[i] = null;
    } else if (action < 0.6) {
      entry.cancel();
      deadlines[i] = null;
    } else {
      clock.advance(random() * 0.3);
    }
    assertEquals(entry.active, deadlines[i] !== null);
    for (const due of deadlines) assert(due === null || clock.monotonic() <= due + late, "one was missed");
  }
  clock.advance(600);
  assertEquals(deadlines.every((due) => due === null), true);
  assertEquals([wheel.size, clock.timers], [0, 0]);
});
