// One client floods a server in several ways, while another sends 100 GETs, each on a connection of its own.
//
//   deno task check:flood [--engine=listen,serve] [--gets=100] [--kinds=upload] [--root=ABSOLUTE-PATH-OF-A-CHECKOUT]
import { argument, denoPeer, listArgument, numberArgument, printTable, startServer } from "./support.ts";

const engines = listArgument("engine", ["listen", "serve"]);
const gets = numberArgument("gets", 100);
const root = argument("root", "../..");

const ALL_KINDS = [
  "nothing",
  "1-byte texts",
  "empty fragments",
  "messages in fragments",
  "pings",
  "pongs",
  "compressed texts",
  "deflate bombs",
  "upload",
  "1-byte chunks",
  "pipelined GETs",
  "pipelined 404s",
];
const KINDS = listArgument("kinds", ALL_KINDS);
/** Milliseconds after which a GET counts as unanswered. */
const PATIENCE_MS = 2000;
/** After so many of those, the rest is not tried. */
const ENOUGH = 3;
const WARM_UP_MS = 1000;
const BETWEEN_MS = 10;

const sleep = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

async function timeGet(port: number): Promise<number> {
  const begin = performance.now();
  try {
    const response = await fetch(`http://127.0.0.1:${port}/`, {
      signal: AbortSignal.timeout(PATIENCE_MS),
      headers: { Connection: "close" },
    });
    await response.text();
    return performance.now() - begin;
  } catch {
    return Infinity;
  }
}

async function measure(engine: string, kind: string): Promise<string[]> {
  await using server = await startServer(denoPeer("flood_server.ts", engine, root));
  await timeGet(server.port);
  const [program = "", ...args] = denoPeer("flood_client.ts", String(server.port), kind);
  const flood = kind === "nothing" ? null : new Deno.Command(program, { args, stderr: "null" }).spawn();
  let flooding = flood !== null;
  flood?.status.then(() => flooding = false);
  await sleep(WARM_UP_MS);
  const times: number[] = [];
  while (times.length < gets && times.filter((time) => time === Infinity).length < ENOUGH) {
    times.push(await timeGet(server.port));
    await sleep(BETWEEN_MS);
  }
  const note = flood !== null && !flooding ? "the client was closed" : "";
  if (flooding) flood?.kill("SIGKILL");
  await flood?.status;
  times.sort((a, b) => a - b);
  const at = (part: number) => times[Math.min(times.length - 1, Math.floor(times.length * part))] ?? NaN;
  return [kind, engine, ...[at(0.5), at(0.99), at(1)].map((time) => time.toFixed(1)), note];
}

const rows: string[][] = [];
for (const kind of KINDS) {
  for (const engine of engines) {
    rows.push(await measure(engine, kind));
    console.error(rows.at(-1)?.join("  "));
  }
}
printTable(["flood", "engine", "median ms", "p99 ms", "worst ms", ""], rows);
