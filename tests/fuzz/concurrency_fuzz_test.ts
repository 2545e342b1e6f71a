import { runLockSteps, runQueueSteps } from "../concurrency/model.ts";
import { fuzzSeed, fuzzTimes } from "../support/fuzz.ts";
import { Random } from "../support/random.ts";
import { test } from "../support/test.ts";

test("queues are as their model over a million steps", async () => {
  await runQueueSteps(new Random(fuzzSeed()), fuzzTimes(1_000_000));
}, { deadline: 600 });

test("locks are as their model over a million steps", async () => {
  await runLockSteps(new Random(fuzzSeed()), fuzzTimes(1_000_000));
}, { deadline: 600 });
