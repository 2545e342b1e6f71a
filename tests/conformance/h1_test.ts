import { assertEquals } from "@std/assert";
import { check, ENGINES } from "./run.ts";

for (const engine of ENGINES) {
  Deno.test(`conformance (${engine}): the rows that fail are the expected ones`, async () => {
    const { unexpected, outdated } = await check(engine);
    assertEquals({ unexpected, outdated }, { unexpected: [], outdated: [] });
  });
}
