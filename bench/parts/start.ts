// From the start of the process to its first answer, and its memory then.
import { plainDeno, printTable, residentMemory, startServer } from "../support.ts";
import { spread, type Target } from "../report.ts";
import { DENO, HONO, LISTEN, SERVE } from "./hello.ts";
import type { Part } from "./part.ts";

interface Start {
  /** In milliseconds. */
  readonly time: number;
  /** In MiB. */
  readonly memory: number;
}

const HEADING = ["server", "ms to the first answer", "MiB then"];
/** Starts are short, so that many can be measured; one more comes first, and fills the caches. */
const STARTS_PER_ROUND = 3;

/** The same hello as of the others, from the minified files of the library. */
const BUNDLED = `
import { Application, RequestHandler } from "./web.min/web.min.js";
class MainHandler extends RequestHandler {
  get() {
    this.write("Hello, world");
  }
}
const engine = Deno.args.includes("--engine=serve") ? { engine: "serve" } : {};
const server = new Application([["/", MainHandler]]).listen(0, { ...engine, address: "127.0.0.1" });
console.log("listening " + server.port);
`;

/** Bundles the library into a directory, and returns the command that runs the hello there. */
async function bundledHello(directory: string): Promise<string[]> {
  const cwd = new URL("../..", import.meta.url);
  const args = ["task", "--quiet", "bundle", "--split", `--out=${directory}`];
  const { success } = await new Deno.Command(Deno.execPath(), { args, cwd, stdout: "null" }).output();
  if (!success) throw new Error("deno task bundle failed");
  await Deno.writeTextFile(`${directory}/hello.js`, BUNDLED);
  return plainDeno(`${directory}/hello.js`);
}

async function measure(command: readonly string[]): Promise<Start> {
  const begin = performance.now();
  await using server = await startServer(command, { cpu: 0 });
  const response = await fetch(`http://127.0.0.1:${server.port}/`);
  await response.body?.cancel();
  return { time: performance.now() - begin, memory: residentMemory(server.pid) / 2 ** 20 };
}

export const start: Part = {
  name: "start",
  missed: [
    "Parts of a start, 2026-11-30 at ba019de9, medians of 15 in turn: an empty program on `Deno.serve` takes " +
    "53 ms, hono 64 ms, a program on `Deno.serve` that imports the bundle and does not use it 80 ms, the " +
    "bundled servers 101 ms (serve), 111 ms (`Deno.listen`) and 130 ms (handles). From source, the last two " +
    "take 216 ms and 231 ms. The handles are reached through `process` alone, which takes 28 ms to 38 ms to " +
    "load; 12 ms to 15 ms of them are Deno's timers and `Buffer`, which `Deno.listen` needs as well. The " +
    "call that returns the handles takes 0.1 ms.",
    "Tried for the handles: `node:net`, `node:stream` and `node:process`, each of which loads all of " +
    "`process`; `node:util`, `node:buffer`, `node:events`, `node:path`, `node:timers` and " +
    "`node:async_hooks`, which load less and do not lead to the handles; Deno's internal object, from which " +
    "the operations are removed. Not taken: `Deno.listen` for the first connections, and handles later. It " +
    "would save 19 ms of 130 ms, and would stop the loop for as long after the first answer.",
  ],
  async run({ rounds }) {
    const scratch = await Deno.makeTempDir();
    await using cleanup = new AsyncDisposableStack();
    cleanup.defer(() => Deno.remove(scratch, { recursive: true }));
    const command = await bundledHello(scratch);
    const bundle = { name: "Twister listen, bundled", command };
    const serveBundle = { name: "Twister serve, bundled", command: [...command, "--engine=serve"] };
    const peers = [LISTEN, SERVE, bundle, serveBundle, HONO, DENO];
    const starts = new Map<string, Start[]>(peers.map(({ name }) => [name, []]));
    for (const { command } of peers) await measure(command);
    for (let round = 0; round < rounds * STARTS_PER_ROUND; round++) {
      for (const { name, command } of round % 2 === 0 ? peers : peers.toReversed()) {
        starts.get(name)?.push(await measure(command));
      }
    }
    const all = (name: string, key: keyof Start) => (starts.get(name) ?? []).map((each) => each[key]);
    const rows = peers.map(({ name }) => [name, spread(all(name, "time"), 0), spread(all(name, "memory"), 0)]);
    printTable(HEADING, rows);
    const against = (name: string, key: keyof Start) => {
      const others = all(HONO.name, key);
      return all(name, key).map((value, i) => value / (others[i] ?? NaN));
    };
    const targets: Target[] = [LISTEN, SERVE, bundle, serveBundle].flatMap(({ name }) => [
      { text: `${name} to hono, first answer`, ratios: against(name, "time"), atMost: 1.3 },
      { text: `${name} to hono, memory`, ratios: against(name, "memory"), atMost: 1.25 },
    ]);
    return {
      title: "Start",
      text:
        "From the start of the process to its first answer, with all modules in Deno's cache. The bundled servers " +
        "import the minified files that `deno task bundle --split` writes.",
      tables: [{ title: "Hello, world", heading: HEADING, rows }],
      targets,
      pictures: [],
    };
  },
};
