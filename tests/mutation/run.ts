/**
 * Puts each fault of `faults.ts` into a copy of the code, alone, and sees whether the tests notice.
 *
 *     deno run -A tests/mutation/run.ts [PART-OF-A-NAME...]
 *
 * It prints the test that noticed each fault, and ends with `N of M caught`. Exit status: 0 if all were.
 *
 * @module
 */
import { projectRoot } from "../../tools/project.ts";
import { type Fault, FAULTS, placeOf, sourceTexts } from "./faults.ts";

/** What of the project the tests need. */
const NEEDED = ["deno.json", "dev.lock", "mod.ts", "src", "tests", "tools", "examples"];

/** Seconds for the tests of one fault: a test that hangs takes half of it, the slowest others a twentieth. */
const PATIENCE = 240;
/** Seconds for all tests together. */
const PATIENCE_WITH_ALL = 360;

/** Faults whose tests run at the same time. */
const WORKERS = 2;

interface Outcome {
  readonly code: number;
  readonly output: string;
}

async function copyTree(from: string, to: string): Promise<void> {
  if (!(await Deno.stat(from)).isDirectory) return await Deno.copyFile(from, to);
  await Deno.mkdir(to);
  for await (const { name } of Deno.readDir(from)) await copyTree(`${from}/${name}`, `${to}/${name}`);
}

async function runTests(folder: string, tests: readonly string[], patience = PATIENCE): Promise<Outcome> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      "test",
      "-A",
      "--lock=dev.lock",
      "--frozen",
      "--no-check",
      "--fail-fast",
      "--sanitize-ops",
      "--sanitize-resources",
      ...tests,
    ],
    cwd: folder,
    env: { NO_COLOR: "1" },
    stdin: "null",
    signal: AbortSignal.timeout(patience * 1000),
  }).output();
  const decoder = new TextDecoder();
  return { code, output: decoder.decode(stdout) + decoder.decode(stderr) };
}

/** The name of the test that failed; throws where the tests could not tell. */
function noticedBy({ name }: Fault, { code, output }: Outcome): string | null {
  if (code === 0) return null;
  const failed = /^(.+) \.\.\.(?: FAILED|\n)[^]*?FAILED/m.exec(output)?.[1];
  const named = /^ FAILURES\s+(.+?) => /m.exec(output)?.[1] ?? failed;
  if (named !== undefined && !/\(uncaught error\)|Module not found|could not be parsed/.test(output)) return named;
  throw new Error(`The tests of the fault "${name}" did not run: ${output.slice(-2000)}`);
}

async function notice(fault: Fault, sources: ReadonlyMap<string, string>, folder: string): Promise<boolean> {
  const { file, text } = placeOf(fault, sources);
  await Deno.writeTextFile(`${folder}/${file}`, text.replace(fault.find, () => fault.replace));
  try {
    const test = noticedBy(fault, await runTests(folder, fault.tests));
    console.log(
      `${test === null ? "NOT CAUGHT" : "caught"}: ${fault.name} (${file})${test === null ? "" : `, by "${test}"`}`,
    );
    return test !== null;
  } finally {
    await Deno.writeTextFile(`${folder}/${file}`, text);
  }
}

const faults = FAULTS.filter(({ name }) => Deno.args.length === 0 || Deno.args.some((part) => name.includes(part)));
const sources = sourceTexts();
for (const fault of faults) placeOf(fault, sources);

const work = await Deno.makeTempDir({ prefix: "twister-mutation-" });
let caught = 0;
let errors = 0;
try {
  const queue = [...faults];
  await Promise.all(Array.from({ length: WORKERS }, async (_, worker) => {
    const folder = `${work}/${worker}`;
    await Deno.mkdir(folder);
    for (const name of NEEDED) await copyTree(`${projectRoot}/${name}`, `${folder}/${name}`);
    if (worker === 0) {
      const tests = [...new Set(faults.flatMap(({ tests }) => tests))];
      let whole = await runTests(folder, tests, PATIENCE_WITH_ALL);
      // A busy machine fails a test now and then.
      if (whole.code !== 0) whole = await runTests(folder, tests, PATIENCE_WITH_ALL);
      if (whole.code !== 0) throw new Error(`The tests fail without any fault: ${whole.output.slice(-2000)}`);
    }
    for (let fault = queue.shift(); fault !== undefined; fault = queue.shift()) {
      try {
        if (await notice(fault, sources, folder)) caught++;
      } catch (error) {
        errors++;
        console.error(error instanceof Error ? error.message : error);
      }
    }
  }));
} finally {
  await Deno.remove(work, { recursive: true });
}
console.log(`${caught} of ${faults.length} caught`);
Deno.exit(caught === faults.length && errors === 0 ? 0 : 1);
