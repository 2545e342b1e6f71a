// The limit of requests in flight, in simulated time: a pool of connections that all requests need.
import { assert, assertEquals, assertThrows } from "@std/assert";
import { AdaptiveLimit } from "../../src/ops/_limits/adaptive_limit.ts";
import { Random } from "../support/random.ts";
import { test } from "../support/test.ts";

const POOL = 8;
const SERVICE = 20;

/** What became of the requests of some time. */
interface Outcome {
  /** Answers a second. */
  readonly goodput: number;
  /** Milliseconds that all but one in a hundred took at most. */
  readonly p99: number;
  readonly refused: number;
}

/** Requests that come evenly, are let in by a limit, and wait for one of the connections of a pool. */
class Site {
  readonly limit: AdaptiveLimit;
  readonly #random: Random;
  /** The time of one query, in milliseconds. */
  service: (random: Random) => number = (random) => SERVICE * (0.8 + 0.4 * random.below(1000) / 1000);
  #now = 0;
  /** When each connection is free. */
  readonly #free: number[] = new Array(POOL).fill(0);
  /** The requests that were let in, in the order in which they end. */
  #open: { start: number; end: number }[] = [];

  constructor(least: number, most: number, seed: number) {
    this.limit = new AdaptiveLimit(least, most);
    this.#random = new Random(seed);
  }

  /** Lets requests come for some seconds, so many a second. */
  run(seconds: number, rate: number): Outcome {
    const end = this.#now + seconds * 1000;
    const times: number[] = [];
    let refused = 0;
    for (; this.#now < end; this.#now += 1000 / rate) {
      for (let first = this.#open[0]; first !== undefined && first.end <= this.#now; first = this.#open[0]) {
        this.limit.sample(first.end - first.start, this.#open.length, first.end);
        times.push(first.end - first.start);
        this.#open.shift();
      }
      if (this.#open.length < this.limit.value) this.#letIn();
      else refused++;
    }
    const sorted = times.sort((a, b) => a - b);
    return { goodput: times.length / seconds, p99: sorted[Math.floor(sorted.length * 0.99)] ?? 0, refused };
  }

  #letIn(): void {
    const at = this.#free.indexOf(Math.min(...this.#free));
    const end = Math.max(this.#now, this.#free[at] ?? 0) + this.service(this.#random);
    this.#free[at] = end;
    this.#open.push({ start: this.#now, end });
    this.#open.sort((a, b) => a.end - b.end);
  }
}

const CAPACITY = POOL * 1000 / SERVICE;

test("AdaptiveLimit keeps the goodput and the times of a pool at 10 times its capacity, for as long as it lasts", () => {
  const site = new Site(4, 1000, 1);
  const unloaded = site.run(10, CAPACITY / 4);
  assertEquals(unloaded.refused, 0);
  // It finds out within seconds.
  site.run(5, 10 * CAPACITY);
  for (let minute = 0; minute < 5; minute++) {
    const { goodput, p99 } = site.run(60, 10 * CAPACITY);
    assert(goodput >= 0.9 * CAPACITY, `minute ${minute}: ${goodput}`);
    assert(p99 <= 2 * unloaded.p99, `minute ${minute}: ${p99} ms`);
  }
});

test("AdaptiveLimit takes a program that has become slower as it is", () => {
  const site = new Site(4, 1000, 2);
  site.run(10, CAPACITY / 4);
  site.run(10, 2 * CAPACITY);
  site.service = () => 3 * SERVICE;
  site.run(90, 2 * CAPACITY);
  const { goodput, p99 } = site.run(60, 2 * CAPACITY);
  assert(goodput >= 0.9 * CAPACITY / 3, `${goodput}`);
  assert(p99 <= 2 * 3 * SERVICE, `${p99} ms`);
});

test("AdaptiveLimit refuses hardly anything at half of the capacity, though some requests take much longer than most", () => {
  const site = new Site(4, 1000, 3);
  site.service = (random) => random.below(1000) / 1000 < 0.02 ? 20 * SERVICE : SERVICE / 2;
  const mean = 0.02 * 20 * SERVICE + 0.98 * SERVICE / 2;
  const { goodput, refused } = site.run(300, 0.5 * POOL * 1000 / mean);
  assert(refused / 300 < 0.02 * goodput, `${refused}`);
});

test("AdaptiveLimit refuses limits that are not in order", () => {
  for (const [least, most] of [[0, 1], [2, 1], [NaN, 1]] as const) {
    assertThrows(() => new AdaptiveLimit(least, most), RangeError, `${least} to ${most}:`);
  }
});
