/**
 * Holds code to time that grows with its input, not with the square of it.
 *
 * @module
 */
import { cpuUsage } from "node:process";

/** Linear work takes 4 times as long for 4 times the input, quadratic work 16 times. */
const MAX_RATIO = 10;

/** Milliseconds that a run counts for at least: shorter ones say more about the machine than about the work. */
const FLOOR = 1;

/**
 * Milliseconds beyond which one jump is enough: garbage collection, cold caches and memory that the kernel has yet to
 * map explain smaller ones.
 */
const CLEAR = 500;

/** Milliseconds of a run after which no other one of the same size is worth its time. */
const HOPELESS = 2000;

/** Runs of each size, of which the fastest counts: others may have had the processor meanwhile. */
const RUNS = 3;

/** Runs of each size once there is a doubt. */
const DOUBTFUL_RUNS = 7;

const SMALLEST = 500;

/**
 * Runs work over inputs that grow fourfold up to a size, and compares the best time of each with that of the size
 * before. Quadratic work is found while its inputs are small, so that it ends the test and does not outlast it.
 *
 * @param make Makes an input of a size: characters, bytes or pieces. Where the times leave a doubt, it is asked for
 * more than `size`.
 * @param run The work; what it returns is not used.
 * @param size The largest size, at least.
 * @throws {Error} Four times the input took ten times as long or more, at each size until that is half a second.
 */
export function assertLinear<T>(make: (n: number) => T, run: (input: T) => unknown, size = 100_000): void {
  for (let n = SMALLEST; n < size; n *= 4) {
    if (jumpAfter(n, make, run, RUNS) === null) continue;
    let jump = jumpAfter(n, make, run, DOUBTFUL_RUNS);
    for (let larger = 4 * n; jump !== null && jump.after < CLEAR; larger *= 4) {
      jump = jumpAfter(larger, make, run, DOUBTFUL_RUNS);
    }
    if (jump === null) continue;
    const { before, after } = jump;
    const sample = Deno.inspect(make(4)).slice(0, 200);
    throw new Error(`Not linear: ${before.toFixed(1)} ms, ${after.toFixed(1)} ms for 4 times the size, of ${sample}`);
  }
}

/** The times for a size and for the fourfold, or `null` if the second is not too long for the first. */
function jumpAfter<T>(
  n: number,
  make: (n: number) => T,
  run: (input: T) => unknown,
  runs: number,
): { before: number; after: number } | null {
  const before = Math.max(FLOOR, best(runs, run, make(n)));
  const after = best(runs, run, make(4 * n), MAX_RATIO * before);
  return after < MAX_RATIO * before ? null : { before, after };
}

/**
 * Milliseconds of the fastest of a number of runs; one that took less than `enough` is the last. Time on the clock
 * includes other programs, time of the processor includes the collector's threads: the smaller counts.
 */
function best<T>(runs: number, run: (input: T) => unknown, input: T, enough = 0): number {
  let fastest = Infinity;
  for (let left = runs, last = 0; left > 0 && !(fastest < enough) && last < HOPELESS; left--) {
    const used = cpuUsage();
    const start = performance.now();
    run(input);
    const elapsed = performance.now() - start;
    const { user, system } = cpuUsage(used);
    last = Math.min(elapsed, (user + system) / 1000);
    fastest = Math.min(fastest, last);
  }
  return fastest;
}
