/**
 * Runs `h1_conformance.py` against the server of this folder, and compares the rows that fail with the expected ones.
 *
 *     deno run -A tests/conformance/run.ts [--engine=listen|serve] [--checker=PATH]
 *
 * Without an engine it checks both. Exit status: 0 if the rows are the expected ones, 1 if not, 2 if nothing was
 * checked.
 *
 * @module
 */
import { projectRoot } from "../../tools/project.ts";

/** The engines that the server knows. */
export const ENGINES = ["listen", "serve"] as const;

/** An engine of the server. */
export type Engine = typeof ENGINES[number];

/** The checker, unless another is named. */
const CHECKER: string = `${projectRoot}/tests/conformance/h1_conformance.py`;

/** The limits that the checker's rows on limits and time-outs are made for. */
const MAX_BODY = 1048576;
const HEADER_TIMEOUT = 2;

/** What a run has shown. */
export interface Report {
  /** Everything that the checker printed. */
  readonly output: string;
  /** Rows that fail and are not expected to. */
  readonly unexpected: readonly string[];
  /** Rows that are expected to fail and do not. */
  readonly outdated: readonly string[];
}

/**
 * Checks an engine.
 *
 * @throws {Error} The server did not start, or the checker checked nothing.
 */
export async function check(engine: Engine, checker: string = CHECKER): Promise<Report> {
  const expected = await expectedRows(engine);
  await using server = await startServer(engine, [
    `--max-body-size=${MAX_BODY}`,
    `--header-timeout=${HEADER_TIMEOUT}`,
  ]);
  const { output, failed } = await runChecker(checker, server.port, []);
  let unexpected = failed.filter((row) => !expected.has(row));
  // A machine that stood still for a moment fails rows that wait for an answer. What fails twice fails.
  if (unexpected.length > 0) {
    const again = await runChecker(checker, server.port, [`--only=${unexpected.join()}`]);
    unexpected = unexpected.filter((row) => again.failed.includes(row));
  }
  const outdated = [...expected].filter(([row, always]) => always && !failed.includes(row)).map(([row]) => row);
  return { output, unexpected, outdated };
}

async function runChecker(
  checker: string,
  port: string,
  args: string[],
): Promise<{ output: string; failed: string[] }> {
  const { code, stdout, stderr } = await new Deno.Command("python3", {
    args: [checker, port, `--max-body=${MAX_BODY}`, `--header-timeout=${HEADER_TIMEOUT}`, ...args],
  }).output();
  const output = new TextDecoder().decode(stdout);
  if (code > 1) throw new Error(`The checker failed: ${output}${new TextDecoder().decode(stderr)}`);
  const failed = [...output.matchAll(/^FAIL (?:MUST|SHOULD)\s+(\S+)/gm)].map(([, row = ""]) => row);
  return { output, failed };
}

/** The rows that may fail, and whether they always do. */
async function expectedRows(engine: Engine): Promise<Map<string, boolean>> {
  const text = await Deno.readTextFile(new URL(`expected_${engine}.txt`, import.meta.url));
  const lines = text.split("\n").map((line) => line.trim()).filter((line) => line !== "" && !line.startsWith("#"));
  return new Map(lines.map((line) => [line.replace(/ \?$/, ""), !line.endsWith("?")]));
}

/**
 * Starts the server of this folder on a free port.
 *
 * @throws {Error} It did not start.
 */
export async function startServer(
  engine: Engine,
  options: readonly string[],
): Promise<AsyncDisposable & { readonly port: string }> {
  const process = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--allow-net",
      "tests/conformance/server.ts",
      "--port=0",
      `--engine=${engine}`,
      ...options,
    ],
    cwd: projectRoot,
    stdin: "null",
    stdout: "piped",
    // Every malformed request is a line there.
    stderr: "null",
  }).spawn();
  const reader = process.stdout.pipeThrough(new TextDecoderStream()).getReader();
  const stop = async () => {
    await reader.cancel();
    process.kill("SIGKILL");
    await process.status;
  };
  for (let text = "";;) {
    const { done, value } = await reader.read();
    if (done) throw new Error(`The server ended before it listened: ${text}`);
    text += value;
    const port = /^listening (\d+)$/m.exec(text)?.[1];
    if (port !== undefined) return { port, [Symbol.asyncDispose]: stop };
  }
}

if (import.meta.main) {
  const option = (name: string) => Deno.args.find((arg) => arg.startsWith(`--${name}=`))?.slice(name.length + 3);
  const only = option("engine");
  const engines = ENGINES.filter((engine) => only === undefined || engine === only);
  let status = engines.length === 0 ? 2 : 0;
  for (const engine of engines) {
    try {
      const { output, unexpected, outdated } = await check(engine, option("checker"));
      console.log(`== ${engine}\n${output}`);
      for (const row of unexpected) console.log(`not expected to fail: ${row}`);
      for (const row of outdated) console.log(`expected to fail, but passes: ${row}`);
      if (unexpected.length + outdated.length > 0) status = Math.max(status, 1);
    } catch (error) {
      console.error(error instanceof Error ? error.message : error);
      status = 2;
    }
  }
  Deno.exit(status);
}
