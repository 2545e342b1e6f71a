// From the start of the process to its first answer, and its memory then.
import { printTable, residentMemory, startServer } from "../support.ts";
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

async function measure(command: readonly string[]): Promise<Start> {
  const begin = performance.now();
  await using server = await startServer(command, { cpu: 0 });
  const response = await fetch(`http://127.0.0.1:${server.port}/`);
  await response.body?.cancel();
  return { time: performance.now() - begin, memory: residentMemory(server.pid) / 2 ** 20 };
}

export const start: Part = {
  name: "start",
  async run({ rounds }) {
    const peers = [LISTEN, SERVE, HONO, DENO];
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
    const against = (key: keyof Start) => {
      const others = all(HONO.name, key);
      return all(LISTEN.name, key).map((value, i) => value / (others[i] ?? NaN));
    };
    const targets: Target[] = [
      { text: "listen to hono, first answer", ratios: against("time"), atMost: 1.3 },
      { text: "listen to hono, memory", ratios: against("memory"), atMost: 1.25 },
    ];
    return {
      title: "Start",
      text: "From the start of the process to its first answer, with all modules in Deno's cache.",
      tables: [{ title: "Hello, world", heading: HEADING, rows }],
      targets,
      pictures: [],
    };
  },
};
