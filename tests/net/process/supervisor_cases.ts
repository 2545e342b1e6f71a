/**
 * What can happen to supervised workers. `supervisor_test.ts` runs these as tests, and `deno task check:supervisor` as
 * a program, which looks at the clock as well.
 *
 * @module
 */
import { assert, assertEquals, assertExists, assertNotEquals } from "@std/assert";
import type { SupervisorMode } from "../../../src/net/process.ts";
import { signalUntil } from "../../support/signal_until.ts";
import { isAlive, Supervised } from "../../support/supervised.ts";
import { until } from "../../support/turns.ts";

/** One thing that can happen. */
export interface SupervisorCase {
  readonly name: string;
  readonly modes: readonly SupervisorMode[];
  /** Lets it happen. `seconds` asserts a bound on how long something took, or does nothing in a test. */
  run(mode: SupervisorMode, seconds: (what: string, taken: number, most: number) => void): Promise<void>;
}

const BOTH: readonly SupervisorMode[] = ["processes", "threads"];

function now(): number {
  return performance.now() / 1000;
}

/** All of them. */
export const supervisorCases: readonly SupervisorCase[] = [
  {
    name: "a worker that is killed with -9 is replaced, and the others serve on",
    modes: ["processes"],
    async run(mode, seconds) {
      await using program = await Supervised.start({ mode, workers: 2 });
      const before = await program.askAll(2);
      const [victim, other] = [0, 1].map((task) => before.get(task)?.pid ?? 0);
      assertExists(victim);

      const start = now();
      Deno.kill(victim, "SIGKILL");
      // Until its successor is there, the other one answers.
      assertEquals((await program.ask()).pid, other);
      await program.until(async () => {
        const answer = await program.ask();
        return answer.task === 0 && answer.pid !== victim;
      });
      seconds("the worker is back", now() - start, 1);
      assertEquals((await program.askAll(2)).get(1)?.pid, other);
      assert(/worker 0 \(pid \d+\) was killed by signal SIGKILL, restarting/.test(program.output), program.output);
    },
  },
  {
    name: "a worker that crashes is replaced with the same number",
    modes: BOTH,
    async run(mode, seconds) {
      await using program = await Supervised.start({ mode, workers: 1 });
      const before = await program.ask();
      const start = now();
      await program.attack("/crash");
      const after = await program.ask();
      seconds("the worker is back", now() - start, 1);
      assertEquals(after.task, 0);
      assertNotEquals(after.life, before.life);
      assert(/exited with status 3, restarting/.test(program.output), program.output);
    },
  },
  {
    name: "workers that crash in a loop are started less than once a second, and the supervisor gives up",
    modes: BOTH,
    async run(mode, seconds) {
      const start = now();
      await using program = await Supervised.start({ mode, workers: 2, maxRestarts: 2, crash: true }, { waits: false });
      assertEquals(await program.status(), 1);
      const restarts = program.output.match(/, restarting/g)?.length ?? 0;
      assertEquals(restarts, 6);
      // Both tasks have their first restart for nothing; the others wait 1 s and 2 s.
      seconds("four restarts, of which two are immediate", 3, now() - start);
      assert(/Too many worker restarts, giving up/.test(program.output), program.output);
    },
  },
  {
    name: "a worker that is frozen is killed and replaced, and the others serve on",
    modes: BOTH,
    async run(mode, seconds) {
      await using program = await Supervised.start({
        mode,
        workers: 2,
        heartbeatInterval: 0.2,
        heartbeatTimeout: 1,
        drainTimeout: 2,
      });
      const lives = new Set(Array.from((await program.askAll(2)).values(), ({ life }) => life));
      const start = now();
      // Deno does not close the connections of a thread that is ended inside a loop.
      const leave = new AbortController();
      const frozen = program.attack("/freeze", leave.signal);
      await program.printed(/was killed, it was silent for 1 s, restarting/);
      seconds("the worker is killed, after a second of silence", now() - start, 4);
      leave.abort();
      await frozen;
      const after = await program.askAll(2);
      assertEquals(Array.from(after.values()).filter(({ life }) => lives.has(life)).length, 1);
    },
  },
  {
    name: "no worker stays behind when the supervisor is killed with -9",
    modes: ["processes"],
    async run(mode, seconds) {
      const program = await Supervised.start({ mode, workers: 2 });
      const pids = Array.from((await program.askAll(2)).values(), ({ pid }) => pid);
      const start = now();
      program.kill("SIGKILL");
      await program.process.status;
      await until(() => !pids.some(isAlive));
      seconds("the workers are gone", now() - start, 2);
      await program.status();
    },
  },
  {
    name: "no worker stays behind in a loop without an end when the supervisor is killed with -9",
    modes: ["processes"],
    async run(mode, seconds) {
      const program = await Supervised.start({ mode, workers: 2 });
      const pids = Array.from((await program.askAll(2)).values(), ({ pid }) => pid);
      const leave = new AbortController();
      const frozen = program.attack("/freeze", leave.signal);
      const start = now();
      program.kill("SIGKILL");
      await program.process.status;
      await until(() => !pids.some(isAlive));
      seconds("the workers are gone", now() - start, 5);
      leave.abort();
      await frozen;
      await program.status();
    },
  },
  {
    name: "no worker stays behind when the supervisor dies with messages that it has not read",
    modes: ["processes"],
    async run(mode, seconds) {
      const program = await Supervised.start({ mode, workers: 2, heartbeatInterval: 0.05 });
      const pids = Array.from((await program.askAll(2)).values(), ({ pid }) => pid);
      program.kill("SIGSTOP");
      // Their signs of life go on, and lie in the channel.
      for (const end = now() + 0.3; now() < end;) await program.ask();
      const start = now();
      program.kill("SIGKILL");
      await program.process.status;
      await until(() => !pids.some(isAlive));
      seconds("the workers are gone", now() - start, 2);
      await program.status();
    },
  },
  {
    name: "SIGTERM lets requests finish, and the exit status is 0",
    modes: BOTH,
    async run(mode) {
      await using program = await Supervised.start({ mode, workers: 2 });
      const slow = Promise.all(Array.from({ length: 4 }, () => program.get("/hang?seconds=0.3")));
      const { requests } = await untilMetrics(program, ({ requests_total = 0 }) => requests_total >= 4);
      assert(requests >= 4);
      program.kill("SIGTERM");
      assertEquals(await slow, ["done", "done", "done", "done"]);
      assertEquals(await program.status(), 0);
    },
  },
  {
    name: "a second SIGTERM ends everything immediately",
    modes: BOTH,
    async run(mode, seconds) {
      await using program = await Supervised.start({ mode, workers: 2 });
      const hanging = program.attack("/hang?seconds=60");
      await untilMetrics(program, ({ requests_total = 0 }) => requests_total >= 1);
      program.kill("SIGTERM");
      // A worker without a request ends, the other one waits.
      await program.printed(/ exited with status 0/);
      const start = now();
      assertEquals(await signalUntil(program.process, "SIGTERM", program.status()), 0);
      seconds("the program has ended", now() - start, 1);
      await hanging;
      assert(/A second signal: ending all workers/.test(program.output), program.output);
    },
  },
  {
    name: "SIGHUP replaces all workers, each with the same number, and loses no request",
    modes: BOTH,
    async run(mode) {
      await using program = await Supervised.start({ mode, workers: 2 });
      const before = await program.askAll(2);
      let done = false;
      const asking = (async () => {
        while (!done) await program.ask();
      })();
      program.kill("SIGHUP");
      await program.printed(/ exited with status 0/, 2);
      done = true;
      await asking;
      const after = await program.askAll(2);
      assertEquals([...after.keys()].sort(), [0, 1]);
      for (const task of [0, 1]) assertNotEquals(after.get(task)?.life, before.get(task)?.life);
    },
  },
  {
    name: "SIGTTIN adds a worker, and SIGTTOU removes it",
    modes: BOTH,
    async run(mode) {
      await using program = await Supervised.start({ mode, workers: 1 });
      program.kill("SIGTTIN");
      assertEquals((await program.askAll(2)).size, 2);
      program.kill("SIGTTOU");
      await program.printed(/worker 1 .* exited with status 0/);
      assertEquals((await program.ask()).task, 0);
    },
  },
  {
    name: "a worker that leaves by itself is not replaced, and the program ends with the last one",
    modes: BOTH,
    async run(mode) {
      await using program = await Supervised.start({ mode, workers: 2 });
      await program.attack("/leave");
      await program.printed(/ exited normally/);
      await program.attack("/leave");
      assertEquals(await program.status(), 0);
      assertEquals(program.output.match(/ exited normally/g)?.length, 2);
    },
  },
  {
    name: "a worker is replaced after maxRequests requests",
    modes: BOTH,
    async run(mode) {
      await using program = await Supervised.start({ mode, workers: 1, maxRequests: 20, heartbeatInterval: 0.1 });
      const { life } = await program.ask();
      await program.until(async () => (await program.ask()).life !== life);
      assert(/worker 0 .* is replaced: it has \d+ requests behind it/.test(program.output), program.output);
    },
  },
  {
    name: "the numbers of workers are summed, and totals outlive a worker",
    modes: BOTH,
    async run(mode) {
      await using program = await Supervised.start({ mode, workers: 2, heartbeatInterval: 0.1 });
      await untilMetrics(program, ({ workers = 0, starts_total = 0 }) => workers === 2 && starts_total === 2);
      await program.attack("/crash");
      await untilMetrics(program, ({ workers = 0, starts_total = 0 }) => workers === 2 && starts_total === 3);
    },
  },
];

/** Asks for the summed numbers until they are as wanted. */
async function untilMetrics(
  program: Supervised,
  wanted: (metrics: Record<string, number>) => boolean,
): Promise<{ requests: number }> {
  let metrics: Record<string, number> = {};
  await program.until(async () => {
    metrics = JSON.parse(await program.get("/metrics"));
    return wanted(metrics);
  });
  return { requests: metrics.requests_total ?? 0 };
}
