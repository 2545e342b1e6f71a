import { fuzzSeed, fuzzTimes } from "../support/fuzz.ts";
import { Random } from "../support/random.ts";
import { test } from "../support/test.ts";
import { runLockSteps, runQueueSteps } from "./model.ts";

// tests/fuzz/concurrency_fuzz_test.ts does a million steps.
const STEPS = 20_000;

test("queues lose no item, give none twice and keep the order, whatever is done to them", async () => {
  await runQueueSteps(new Random(fuzzSeed()), fuzzTimes(STEPS));
});

test("locks lose no permit, make none and keep the order, whatever is done to them", async () => {
  await runLockSteps(new Random(fuzzSeed()), fuzzTimes(STEPS));
});
