// Kills, freezes and signals supervised workers, with an eye on the clock: deno task check:supervisor [part of a name]
import { supervisorCases } from "./supervisor_cases.ts";

const [part = ""] = Deno.args;
let passed = 0, failed = 0;
for (const { name, modes, run } of supervisorCases.filter(({ name }) => name.includes(part))) {
  for (const mode of modes) {
    const times: string[] = [];
    const start = performance.now();
    try {
      await run(mode, (what, taken, most) => {
        times.push(`${what}: ${Math.min(taken, most).toFixed(2)} s against ${Math.max(taken, most).toFixed(2)} s`);
        if (taken > most) throw new Error(`Too slow, ${times.at(-1)}`);
      });
      passed++;
      console.log(`passed  ${mode}: ${name} (${Math.round(performance.now() - start)} ms) ${times.join(", ")}`);
    } catch (error) {
      failed++;
      console.log(`FAILED  ${mode}: ${name}: ${error instanceof Error ? error.message : error}`);
    }
  }
}
console.log(`${passed} passed, ${failed} failed`);
Deno.exit(failed === 0 ? 0 : 1);
