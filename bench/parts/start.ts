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
    "Parts of a start, 2026-11-30 at 25183d77, medians of 15 in turn on a busy machine, as multiples of the " +
    "processor time that hono takes: an empty program on `Deno.serve` 0.88, a program on `Deno.serve` that " +
    "imports the bundle and does not use it 1.21, the bundled servers 1.31 (serve), 1.44 (`Deno.listen`) and " +
    "1.57 (handles); from source 2.27 (serve) and 2.54 (handles).",
    "From source: Deno finds and reads 337 modules, those of each constant `import()` included, which takes " +
    "0.4 of hono's time. V8 gets 285 of them as 3.9 MB of text, of which 2.8 MB are the source maps that Deno " +
    "puts into each compiled module, with the source in them: comments are loaded twice. Tried: 17 modules " +
    "fewer, by loading the parts of clients at the first connection and leaving out `HTTP1ServerConnection` " +
    "(1 %, less than the noise). Not taken: an `import()` of templates that Deno does not see before it runs. " +
    "It saves 8 ms of 178 ms and 2 MiB, but a program then needs permission to read the file, and bundlers " +
    "leave templates out.",
    "Bundled: names are set for classes alone, after the class and not in static blocks, and what is needed seldom " +
    "is in files of its own. Together that saves 4 % to 7 % (serve) and 9 % to 12 % (handles) of the processor time, " +
    "and 0.7 MiB to 1.9 MiB; the names alone 0 % and 5 %. Tried: no names for classes either (no difference). On the " +
    "listen engine 182 of the 285 modules run no function for a hello, but what they export must be there when " +
    "`./web` is imported. V8 collects garbage twice, which hono's start does not, for 4 ms to 16 ms each on a busy " +
    "machine. With more room for new objects, by a flag of V8, a start took 6 ms of 139 ms less in one comparison " +
    "and no less in another.",
    "The handles are reached through `process` alone, which takes 22 ms to 38 ms to load; 11 ms to 15 ms of " +
    "them are Deno's timers and `Buffer`, which `Deno.listen` needs as well. The call that returns the " +
    "handles takes 0.1 ms. Tried for the handles: `node:net`, `node:stream` and `node:process`, each of which " +
    "loads all of `process`; `node:util`, `node:buffer`, `node:events`, `node:path`, `node:timers` and " +
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
