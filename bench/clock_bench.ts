// The clock and the timer wheel: `deno bench bench/clock_bench.ts`.
import { currentClock, TimerEntry } from "../src/internal/clock.ts";
import { TimerWheel } from "../src/internal/timer_wheel.ts";

const wheel = currentClock().wheel;
const armed = new TimerEntry(wheel, () => {});
const other = new TimerEntry(wheel, () => {});

Deno.bench("performance.now", { group: "time" }, () => void performance.now());
Deno.bench("Clock.now", { group: "time" }, () => void currentClock().now());
Deno.bench("Clock.coarse, wheel at rest", { group: "time" }, () => void currentClock().coarse());
Deno.bench("Clock.coarse, wheel turning, 1000 times", { group: "time" }, (b) => {
  armed.start(3600);
  b.start();
  for (let i = 0; i < 1000; i++) currentClock().coarse();
  b.end();
  armed.cancel();
});

Deno.bench("setTimeout and clearTimeout, 1000 times", { group: "re-arm", baseline: true }, () => {
  for (let i = 0; i < 1000; i++) clearTimeout(setTimeout(() => {}, 60_000));
});
Deno.bench("Clock.setTimer and cancel, 1000 times", { group: "re-arm" }, () => {
  for (let i = 0; i < 1000; i++) currentClock().setTimer(() => {}, 60).cancel();
});
Deno.bench("TimerEntry.start again, 1000 times", { group: "re-arm" }, (b) => {
  armed.start(60);
  b.start();
  for (let i = 0; i < 1000; i++) armed.start(60);
  b.end();
  armed.cancel();
});
Deno.bench("TimerEntry.start for a request, then for idleness, 1000 times", { group: "re-arm" }, (b) => {
  armed.start(60);
  b.start();
  for (let i = 0; i < 1000; i++) {
    armed.start(10);
    armed.start(60);
  }
  b.end();
  armed.cancel();
});
Deno.bench("TimerEntry.cancel and start, 1000 times", { group: "re-arm" }, (b) => {
  other.start(60);
  b.start();
  for (let i = 0; i < 1000; i++) {
    armed.start(60);
    armed.cancel();
  }
  b.end();
  other.cancel();
});

// A wheel turned by hand: one whole turn (51 s) with 15,000 idle connections.
const turned = { time: 0, tick: () => {} };
const handWheel = new TimerWheel({
  monotonic: () => turned.time,
  setTimer: (callback) => {
    turned.tick = callback;
    return { active: true, cancel: () => {} };
  },
});
const idle = Array.from({ length: 15_000 }, () => new TimerEntry(handWheel, () => {}));
for (const [i, entry] of idle.entries()) {
  entry.start(3600);
  if (i % 30 === 0) advance();
}

function advance(): void {
  turned.time += 0.1;
  turned.tick();
}

Deno.bench("one turn of the wheel (512 ticks) over 15,000 idle connections", { group: "turn" }, () => {
  for (const entry of idle) entry.start(3600);
  for (let i = 0; i < 512; i++) advance();
});
