/**
 * Sends attacks on framing and fields through the proxy to two back ends, and compares what front and back have
 * understood; does so with texts that are changed at random; then lets an upstream attack its clients:
 * `deno task check:proxy [--seconds=120]`. It ends with `N passed, N failed`. `FUZZ_SEED` repeats a run.
 *
 * @module
 */
import { parseArgs } from "node:util";
import { rootLogger } from "../../src/util/log.ts";
import { fuzzSeed } from "../support/fuzz.ts";
import { startOwn, startTornado } from "./proxy/back_ends.ts";
import { checkAnswers } from "./proxy/check_answers.ts";
import { checkMutations } from "./proxy/check_mutations.ts";
import { checkRows, type Result } from "./proxy/check_rows.ts";

const { values } = parseArgs({ options: { seconds: { type: "string", default: "5" } } });

async function main(): Promise<boolean> {
  const seconds = Number(values.seconds);
  const seed = fuzzSeed();
  const results: Result[] = [];
  rootLogger.level = 100;
  for (const start of [startOwn, startTornado]) {
    await using back = await start();
    results.push(await checkRows(back), await checkMutations(back, { seconds, seed }));
  }
  results.push(await checkAnswers());
  const sum = (name: keyof Result) => results.reduce((total, result) => total + result[name], 0);
  console.log(`${sum("passed")} passed, ${sum("failed")} failed`);
  return sum("failed") === 0;
}

Deno.exit(await main() ? 0 : 1);
