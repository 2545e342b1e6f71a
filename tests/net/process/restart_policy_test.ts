import { assert, assertEquals } from "@std/assert";
import { RestartPolicy } from "../../../src/net/_process/restart_policy.ts";
import { test } from "../../support/test.ts";

test("RestartPolicy starts the first failure of each task immediately, and the others with growing pauses", () => {
  const policy = new RestartPolicy(20, 60);
  assertEquals([policy.next(0, 0), policy.next(1, 0)], [0, 0]);
  // They share the pauses: 1 s, then 2 s after that.
  assertEquals([policy.next(0, 0.5), policy.next(1, 0.5)], [1, 3]);
  assertEquals(policy.next(0, 2), 5.5);
  assertEquals(policy.next(1, 10), 5);
});

test("RestartPolicy gives up after so many failures in its window, and forgets older ones", () => {
  const policy = new RestartPolicy(2, 10);
  assertEquals([policy.next(0, 0), policy.next(0, 1), policy.next(0, 2)], [0, 1, 2]);
  assertEquals(policy.next(0, 5), null);
  assertEquals(policy.next(0, 30), 0);
  assertEquals(policy.next(0, 31), 1);
});

test("RestartPolicy starts workers that fail immediately less than once a second, and then gives up", () => {
  for (const tasks of [1, 2, 8]) {
    const policy = new RestartPolicy(10, 60);
    const due = Array.from({ length: tasks }, (_, task) => ({ task, time: 0 }));
    let restarts = 0, time = 0;
    for (;;) {
      due.sort((a, b) => a.time - b.time);
      const next = due.shift();
      if (next === undefined) break;
      time = next.time;
      const delay = policy.next(next.task, time);
      if (delay === null) break;
      restarts++;
      due.push({ task: next.task, time: time + delay });
    }
    assertEquals(restarts >= 10 + tasks, true);
    // Each task has one for nothing.
    assert(time > restarts - tasks, `${restarts} restarts of ${tasks} tasks in ${time} s`);
  }
});
