import { assertEquals } from "@std/assert";
import { check, CHECKER, ENGINES } from "./run.ts";

let present = true;
try {
  Deno.statSync(CHECKER);
} catch {
  present = false;
}

for (const engine of ENGINES) {
  // The checker is not part of the repository.
  Deno.test(
    { name: `conformance (${engine}): the rows that fail are the expected ones`, ignore: !present },
    async () => {
      const { unexpected, outdated } = await check(engine);
      assertEquals({ unexpected, outdated }, { unexpected: [], outdated: [] });
    },
  );
}
