/**
 * Repeatable fuzzing: the seed is printed, and can be given to run the same inputs again.
 *
 * @module
 */

/** The seed of this run: `FUZZ_SEED`, or a new one; it is printed. */
export function fuzzSeed(): number {
  const seed = Number(Deno.env.get("FUZZ_SEED") ?? Math.floor(Math.random() * 2 ** 31));
  console.info(`FUZZ_SEED=${seed}`);
  return seed;
}

/** How many inputs to try: `FUZZ_TIMES`, or the default of the test, which is small enough for every run. */
export function fuzzTimes(usual: number): number {
  return Number(Deno.env.get("FUZZ_TIMES") ?? usual);
}
