import { assert, assertEquals, assertThrows } from "@std/assert";
import { Gcra } from "../../src/internal/gcra.ts";
import { Random } from "../support/random.ts";
import { test } from "../support/test.ts";

/** The same limit as a bucket of whole units of time, in numbers of any size. */
class Model {
  readonly #quota: bigint;
  readonly #window: bigint;
  /** What is in the bucket, in units of 1 / quota milliseconds; it holds `quota * window` of them. */
  #level: bigint;
  #time = 0n;

  constructor(quota: number, window: number) {
    this.#quota = BigInt(quota);
    this.#window = BigInt(window);
    this.#level = this.#quota * this.#window;
  }

  at(time: number): void {
    const now = BigInt(time);
    if (now <= this.#time) return;
    const full = this.#quota * this.#window;
    const level = this.#level + (now - this.#time) * this.#quota;
    this.#level = level < full ? level : full;
    this.#time = now;
  }

  take(units: number): boolean {
    const cost = BigInt(units) * this.#window;
    if (cost > this.#level) return false;
    this.#level -= cost;
    return true;
  }

  get left(): number {
    return Number(this.#level / this.#window);
  }

  /** The milliseconds until so many units are there, as a fraction. */
  wait(units: number): number {
    const missing = BigInt(units) * this.#window - this.#level;
    return missing <= 0n ? 0 : Number(missing) / Number(this.#quota);
  }
}

test("Gcra decides as a bucket in whole numbers does, over 1,000,000 steps with jumps of the clock", () => {
  const random = new Random(7);
  let steps = 0;
  while (steps < 1_000_000) {
    const quota = random.pick([1, 2, 3, 7, 60, 100, 999, 2000, 5000, 100_000]);
    const window = random.pick([1, 7, 999, 1000, 60_000, 3_600_000, 86_400_000]);
    const rate = new Gcra(quota, window);
    const model = new Model(quota, window);
    let clock = random.below(1_000_000_000);
    let latest = 0;
    let state = 0;
    for (let i = 0; i < 2000; i++, steps++) {
      // Mostly forward, by what a unit takes; at times far, and at times back.
      const kind = random.below(100);
      if (kind < 70) clock += random.below(Math.ceil(2 * window / quota) + 1);
      else if (kind < 75) clock += random.below(3 * window);
      else if (kind < 77) clock += random.below(2 ** 31);
      else if (kind < 82) clock = Math.max(0, clock - random.below(2 * window + 1));
      const units = 1 + random.below(Math.min(quota, 4));
      const time = latest = Math.max(latest, rate.time(clock));
      model.at(time / quota);
      const taken = rate.take(state, time, units);
      if (taken >= 0) state = taken;
      const allowed = model.take(units);
      if ((taken >= 0) !== allowed) throw new Error(`step ${steps}: ${taken} against ${allowed}`);
      if (rate.left(state, time) !== model.left) throw new Error(`step ${steps}: ${rate.left(state, time)} left`);
      if (!allowed && rate.wait(state, time, units) !== model.wait(units)) {
        throw new Error(`step ${steps}: wait ${rate.wait(state, time, units)} against ${model.wait(units)}`);
      }
    }
  }
});

test("Gcra stays exact after 100 years", () => {
  const rate = new Gcra(2000, 86_400_000);
  const century = rate.time(100 * 365.25 * 86_400_000);
  let state = 0;
  for (let i = 0; i < 2000; i++) state = rate.take(state, century, 1);
  assert(Number.isSafeInteger(state));
  assertEquals([rate.left(state, century), rate.take(state, century, 1)], [0, -1]);
  assertEquals(rate.wait(state, century, 1), 43_200);
});

test("Gcra refuses numbers with which times would be rounded", () => {
  for (
    const [quota, window] of [
      [0, 1000],
      [1.5, 1000],
      [100_001, 1000],
      [100_000, 10 ** 11],
      [1, 0],
      [1, 0.5],
      [1, 2e12],
      [NaN, 1],
    ] as const
  ) {
    assertThrows(() => new Gcra(quota, window), RangeError);
  }
});
