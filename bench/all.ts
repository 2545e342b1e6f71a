// Runs the benchmarks whose tables are in docs/benchmarks.md, and writes that page. Needs wrk, taskset, cc, npm for
// busboy and ws, and Tornado (Debian package python3-tornado) for its rows. All parts take 26 minutes. One that fails,
// or takes more than five minutes, is marked on the page, and the next one begins.
//
//   deno task bench:all [--only=hello,work,...] [--rounds=4] [--seconds=2] [--help]
import { PARTS } from "./parts/parts.ts";
import { storedVerdicts, storeFailure, writePage } from "./report.ts";
import { listArgument, numberArgument, printTable } from "./support.ts";

/** Seconds after which a part has failed. */
const MOST_SECONDS = 300;
/** The status of `timeout` when it has ended its command. */
const TIMED_OUT = 124;

const USAGE = `Usage: deno task bench:all [--only=PART,...] [--rounds=4] [--seconds=2]
Parts: ${PARTS.map(({ name }) => name).join(", ")}`;

/** The part that runs. */
let child: Deno.ChildProcess | null = null;

/** Runs a part in a process of its own, and returns why it failed, or `null`. */
async function run(name: string): Promise<string | null> {
  const program = new URL("./run_part.ts", import.meta.url).pathname;
  // It ends the servers and clients of the part as well.
  const args = ["-k", "5", String(MOST_SECONDS), Deno.execPath(), "run", "--frozen", "-A", program, name, ...options];
  const running = child = new Deno.Command("timeout", { args, stderr: "piped" }).spawn();
  let errors = "";
  for await (const text of running.stderr.pipeThrough(new TextDecoderStream())) {
    await Deno.stderr.write(new TextEncoder().encode(text));
    errors += text;
  }
  const { success, code } = await running.status;
  child = null;
  if (success) return null;
  if (code === TIMED_OUT) return `not done in ${MOST_SECONDS} s`;
  return /^error: (?:Uncaught )?(?:\(in promise\) )?(.*)$/m.exec(errors)?.[1] ?? `ended with status ${code}`;
}

// A word that is misspelled must not begin all parts.
const misread = Deno.args.find((arg) => !/^--(?:only|rounds|seconds)=/.test(arg));
if (misread !== undefined) {
  console.error(USAGE);
  Deno.exit(misread === "--help" ? 0 : 2);
}
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  Deno.addSignalListener(signal, () => {
    // The part has a group of its own, which the terminal's signal does not reach.
    child?.kill("SIGTERM");
    Deno.exit(1);
  });
}

const only = listArgument("only");
const options = [`--rounds=${numberArgument("rounds", 4)}`, `--seconds=${numberArgument("seconds", 2)}`];
const unknown = only.filter((name) => !PARTS.some((part) => part.name === name));
if (unknown.length > 0) throw new Error(`No such part: ${unknown.join(", ")}`);

const begin = performance.now();
const secondsSince = (time: number) => ((performance.now() - time) / 1000).toFixed(0);
const summary: string[][] = [];
for (const { name } of PARTS) {
  if (only.length > 0 && !only.includes(name)) continue;
  console.log(`\n== ${name}, after ${secondsSince(begin)} s`);
  const begun = performance.now();
  const failure = await run(name);
  if (failure !== null) {
    console.log(`${name} failed: ${failure}`);
    await storeFailure(name, failure);
  }
  await writePage(PARTS);
  const verdicts = failure === null ? await storedVerdicts(name) : [`failed: ${failure}`];
  summary.push([name, secondsSince(begun), verdicts.join(", ")]);
}
console.log();
printTable(["part", "seconds", "verdicts"], summary);
console.log(`${secondsSince(begin)} s in all`);
if (summary.some(([, , verdicts = ""]) => verdicts.startsWith("failed"))) Deno.exit(1);
