import { assert, assertEquals, assertNotEquals, assertRejects, assertThrows } from "@std/assert";
import {
  Supervisor,
  type SupervisorMode,
  type SupervisorOptions,
  type WorkerMessage,
} from "../../../src/net/process.ts";
import { until } from "../../support/turns.ts";
import { latin1 } from "../../support/bytes.ts";
import { test } from "../../support/test.ts";

const MODULE = new URL("./worker_program.ts", import.meta.url);
const MODES: readonly SupervisorMode[] = ["processes", "threads"];

function make(mode: SupervisorMode, options: SupervisorOptions = {}): Supervisor {
  const supervisor = new Supervisor({ module: MODULE, mode, workers: 1, heartbeatInterval: 0.05, ...options });
  supervisor.bind(0, { address: "127.0.0.1" });
  return supervisor;
}

/** Connects, and reads the number and life of the worker that answers. */
async function ask(supervisor: Supervisor): Promise<string[]> {
  using connection = await Deno.connect({ hostname: "127.0.0.1", port: supervisor.port });
  const chunks: string[] = [];
  for await (const chunk of connection.readable) chunks.push(latin1(chunk));
  return chunks.join("").trimEnd().split(" ");
}

for (const mode of MODES) {
  test(`Supervisor of ${mode} starts, replaces, adds and ends workers`, async () => {
    await using supervisor = make(mode);
    await supervisor.start();
    const [task, life] = await ask(supervisor);
    assertEquals(task, "0");
    assertEquals(supervisor.workers.map(({ taskId, ready, pid }) => [taskId, ready, pid === null]), [
      [0, true, mode === "threads"],
    ]);
    assertEquals(await supervisor.restart(), true);
    const [again, other] = await ask(supervisor);
    assertEquals(again, "0");
    assertNotEquals(other, life);
    await supervisor.scale(2);
    assertEquals(supervisor.workers.map(({ taskId, ready }) => [taskId, ready]), [[0, true], [1, true]]);
    await supervisor.scale(1);
    assertEquals(supervisor.workers.map(({ taskId }) => taskId), [0]);
    assertEquals(await supervisor.stop(5), true);
    assertEquals(supervisor.workers, []);
    await assertRejects(() => ask(supervisor));
  });

  test(`Supervisor of ${mode} passes messages, to one, to others and to all, and sums numbers`, async () => {
    const got: [WorkerMessage, number][] = [];
    await using supervisor = make(mode, { workers: 2, onMessage: (message, from) => got.push([message, from]) });
    await supervisor.start();
    supervisor.send("to all");
    await until(() => got.length === 2);
    assertEquals(got.splice(0).sort((a, b) => a[1] - b[1]), [0, 1].map((task) => [{ task, message: "to all" }, task]));
    supervisor.send([1, null, { a: true }], 1);
    await until(() => got.length === 1);
    assertEquals(got.splice(0), [[{ task: 1, message: [1, null, { a: true }] }, 1]]);
    supervisor.send("but 1", { except: 1 });
    await until(() => got.length === 1);
    assertEquals(got.splice(0), [[{ task: 0, message: "but 1" }, 0]]);

    await until(() => supervisor.metrics.answers === 84);
    assertEquals(supervisor.metrics.workers, 2);
    await supervisor.stop(3);
    assertEquals(got.map(([message]) => message), [{ drains: 3 }, { drains: 3 }]);
    // Only what is counted for ever stays.
    assertEquals([supervisor.metrics.lives_total, supervisor.metrics.answers], [2, undefined]);
  });

  test(`Supervisor of ${mode} keeps the old worker if the new one fails, and replaces it later`, async (t) => {
    const obstacle = await Deno.makeTempFile();
    await Deno.remove(obstacle);
    await using supervisor = make(mode, { module: `${MODULE}?obstacle=${encodeURIComponent(obstacle)}` });
    await supervisor.start();
    const before = await ask(supervisor);
    await Deno.writeTextFile(obstacle, "");
    t.expectLog("tornado.general", /worker 0 .* was not replaced: the new one did not become ready/);
    t.expectLog("tornado.general", /exited with status 9/);
    assertEquals(await supervisor.restart(), false);
    assertEquals(await ask(supervisor), before);
    await Deno.remove(obstacle);
    assertEquals(await supervisor.restart(), true);
    assertNotEquals(await ask(supervisor), before);
  });

  test(`Supervisor.start of ${mode} rejects if the workers cannot start`, async (t) => {
    t.expectLog("tornado.general", /exited with status|Uncaught exception in a worker thread/);
    t.expectLog("tornado.general", /Too many worker restarts, giving up/);
    await using supervisor = make(mode, { module: new URL("./no_such_module.ts", MODULE), maxRestarts: 0 });
    await assertRejects(() => supervisor.start(), Error, "Cannot start the workers: too many have failed");
  });

  test(`Supervisor of ${mode} kills a worker that does not become ready in time`, async (t) => {
    t.expectLog("tornado.general", /was killed, it was not ready after 0.3 s, restarting/);
    t.expectLog("tornado.general", /Too many worker restarts, giving up/);
    const module = "data:text/javascript,await new Promise(() => setInterval(() => {}, 1000))";
    await using supervisor = make(mode, { module, startTimeout: 0.3, maxRestarts: 0 });
    await assertRejects(() => supervisor.start(), Error, "Cannot start the workers");
  });

  test(`Supervisor of ${mode} replaces a worker that has too much memory`, async () => {
    await using supervisor = make(mode, { maxMemory: 1024, heartbeatInterval: 0.2 });
    await supervisor.start();
    await until(() => (supervisor.metrics.lives_total ?? 0) >= 2);
  });
}

test("Supervisor refuses numbers and flags that it cannot work with", () => {
  assertThrows(() => new Supervisor({ workers: -1 }), RangeError, "not a whole one from 0: -1");
  assertThrows(() => new Supervisor({ workers: 1.5 }), RangeError, "not a whole one from 0: 1.5");
  for (const flag of ["-A", "--allow-net", "--deny-run", "--permission-set=x", "-RN"]) {
    assertThrows(() => new Supervisor({ denoFlags: [flag] }), TypeError, `belongs into permissions: ${flag}`);
  }
  assertThrows(() => new Supervisor().port, Error, "has bound none");
});

test("Supervisor.bind refuses a port that is taken, and one that comes too late", async () => {
  using taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  await using supervisor = make("threads");
  assertThrows(() => supervisor.bind(taken.addr.port, { address: "127.0.0.1" }), Deno.errors.AddrInUse);
  await supervisor.start();
  assertThrows(() => supervisor.bind(0), Error, "the workers have started without it");
  await assertRejects(() => supervisor.scale(0), RangeError, "not a whole one from 1: 0");
});

test("Supervisor holds the port, and what connects waits for the first worker", async () => {
  await using supervisor = make("threads");
  const early = ask(supervisor);
  assert(supervisor.addresses.length > 0);
  await supervisor.start();
  assertEquals((await early)[0], "0");
});
