/**
 * Runs the scripts in `cases/`, one after the other, each against this checkout.
 *
 *     deno run -A tests/conformance/cases.ts [PART-OF-A-NAME...]
 *
 * It prints what each saw and ends with `N of M held`. Exit status: 0 if all held.
 *
 * @module
 */
import { projectRoot, sourceFiles } from "../../tools/project.ts";

/** Seconds for one script; the slowest takes half of them. */
const PATIENCE = 60;

let held = 0;
const scripts = sourceFiles("tests/conformance/cases").filter((script) =>
  Deno.args.length === 0 || Deno.args.some((part) => script.includes(part))
);
for (const script of scripts) {
  console.log(`== ${script}`);
  const { code } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--quiet", script, projectRoot],
    cwd: projectRoot,
    stdin: "null",
    stderr: "null",
    signal: AbortSignal.timeout(PATIENCE * 1000),
  }).spawn().status;
  if (code === 0) held++;
}
console.log(`${held} of ${scripts.length} held`);
Deno.exit(held === scripts.length ? 0 : 1);
