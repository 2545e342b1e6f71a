import { assertEquals } from "@std/assert";
import { OrphanGuard } from "../../../src/net/_process/orphan_guard.ts";
import { test } from "../../support/test.ts";

/** Numbers that no process has: Linux counts up to 2^22. */
const NOBODY = [2 ** 22 + 1, 2 ** 22 + 11, 2 ** 22 + 111];

// That it kills is a case of the supervisor: nobody can see it in the process that has to die for it.
test("OrphanGuard ends with the last child, in whatever order they end, and can begin again", async () => {
  const guard = new OrphanGuard();
  for (const order of [[0, 1, 2], [2, 1, 0], [1, 2, 0]]) {
    for (const pid of NOBODY) guard.add(pid);
    for (const index of order) guard.remove(NOBODY[index]);
    assertEquals((await guard.ended)?.code, 0);
  }
  guard.remove(1);
});
