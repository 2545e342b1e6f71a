/**
 * Repeatable fuzzing: the seed is printed, and can be given to run the same inputs again.
 *
 * @module
 */
import type { Random } from "./random.ts";

/** The seed of this run: `FUZZ_SEED`, or `usual`, or a new one; it is printed. */
export function fuzzSeed(usual: number = Math.floor(Math.random() * 2 ** 31)): number {
  const seed = Number(Deno.env.get("FUZZ_SEED") ?? usual);
  console.info(`FUZZ_SEED=${seed}`);
  return seed;
}

/** How many inputs to try: `FUZZ_TIMES`, or the default of the test, which is small enough for every run. */
export function fuzzTimes(usual: number): number {
  return Number(Deno.env.get("FUZZ_TIMES") ?? usual);
}

/**
 * Changes a text in one to `most` places.
 *
 * @param pieces What is put into it.
 * @param others Texts of which it takes parts.
 */
export function mutateText(
  random: Random,
  text: string,
  { pieces, others, most }: { pieces: readonly string[]; others: readonly string[]; most: number },
): string {
  for (let edits = random.below(most); edits >= 0; edits--) {
    const at = random.below(text.length + 1);
    text = text.slice(0, at) + changed(random, text.slice(at), pieces, others);
  }
  return text;
}

/** What a text goes on with from some place. */
function changed(random: Random, rest: string, pieces: readonly string[], others: readonly string[]): string {
  const few = random.below(12);
  switch (random.below(8)) {
    case 0:
    case 1:
      return random.pick(pieces) + rest;
    case 2:
      return random.pick(pieces) + rest.slice(few);
    case 3:
      return rest.slice(few);
    case 4:
      return String.fromCharCode(random.below(256)) + rest.slice(1);
    case 5:
      return rest.slice(0, few).repeat(random.below(5)) + rest;
    case 6:
      return random.pick(others).slice(random.below(60)) + rest.slice(random.below(2) * rest.length);
    default:
      return random.below(4) === 0 ? "" : random.pick(pieces) + rest;
  }
}
