import { test } from "../../support/test.ts";
import { supervisorCases } from "./supervisor_cases.ts";

for (const { name, modes, run } of supervisorCases) {
  for (const mode of modes) test(`Supervisor of ${mode}: ${name}`, () => run(mode, () => {}));
}
