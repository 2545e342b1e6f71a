/**
 * Runs everything in `cases/` against this checkout: the scripts, one after the other, and the requests of
 * `http/cases.json`, on both engines.
 *
 *     deno run -A tests/conformance/cases.ts [PART-OF-A-NAME...]
 *
 * It prints what each saw and ends with `N of N`. Exit status: 0 if all held.
 *
 * @module
 */
import { projectRoot, sourceFiles } from "../../tools/project.ts";
import { checkHttpCases } from "./http_cases.ts";

/** Seconds for one script; the slowest takes half of them. */
const PATIENCE = 90;

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
const requests = await checkHttpCases(Deno.args);
held += requests.held;
const all = scripts.length + requests.all;
console.log(`${held} of ${all}`);
Deno.exit(held === all ? 0 : 1);
