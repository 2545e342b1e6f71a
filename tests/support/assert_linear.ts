/**
 * Holds code to time that grows with its input, not with the square of it.
 *
 * @module
 */

/** Linear work takes 4 times as long for 4 times the input, quadratic work 16 times. */
const MAX_RATIO = 10;

/** Milliseconds that a run counts for at least: shorter ones say more about the machine than about the work. */
const FLOOR = 1;

/** Runs of each size, of which the fastest counts: others may have had the processor meanwhile. */
const RUNS = 3;

/** How often the ratio must be too large to count: a busy machine may spoil all runs of one size. */
const ROUNDS = 2;

const SMALLEST = 500;

/**
 * Runs work over inputs that grow fourfold up to a size, and compares the best time of each with that of the size before.
 * Quadratic work is found while its inputs are small, so that it ends the test and does not outlast it.
 *
 * @param make Makes an input of a size: characters, bytes or pieces.
 * @param run The work; what it returns is not used.
 * @param size The largest size, at least.
 * @throws {Error} Four times the input took ten times as long or more.
 */
export function assertLinear<T>(make: (n: number) => T, run: (input: T) => unknown, size = 100_000): void {
  for (let n = SMALLEST; n < size; n *= 4) {
    const small = make(n);
    const large = make(4 * n);
    for (let round = 1;; round++) {
      const before = Math.max(FLOOR, best(run, small));
      const after = best(run, large, MAX_RATIO * before);
      if (after < MAX_RATIO * before) break;
      if (round < ROUNDS) continue;
      const sample = Deno.inspect(make(4)).slice(0, 200);
      throw new Error(
        `Not linear: ${before.toFixed(1)} ms for size ${n}, ${after.toFixed(1)} ms for 4 times ${sample}`,
      );
    }
  }
}

/** Milliseconds of the fastest of a few runs; one that took less than `enough` is the last. */
function best<T>(run: (input: T) => unknown, input: T, enough = 0): number {
  let fastest = Infinity;
  for (let runs = 0; runs < RUNS && !(fastest < enough); runs++) {
    const start = performance.now();
    run(input);
    fastest = Math.min(fastest, performance.now() - start);
  }
  return fastest;
}
