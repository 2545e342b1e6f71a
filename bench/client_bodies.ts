// A download and an upload of 1 GiB by the client and by Deno's fetch, each in a process of its own: MiB a second,
// seconds of the processor, and the most resident memory. Medians of alternating rounds.
//
//   deno task bench:client-bodies [--rounds=5]
import { denoPeer, median, numberArgument, printTable, startServer } from "./support.ts";

/** What one body has cost. */
interface Cost {
  readonly seconds: number;
  readonly cpu: number;
  readonly peak: number;
}

const MIB = 2 ** 20;
const CLIENTS = ["twister", "fetch"];
const rounds = numberArgument("rounds", 5);

async function run(client: string, direction: string, url: string): Promise<Cost> {
  const [program = "", ...args] = denoPeer("client_body.ts", client, direction, url);
  const { success, stdout } = await new Deno.Command(program, { args, stderr: "inherit" }).output();
  if (!success) throw new Error(`${client} ${direction} failed`);
  return JSON.parse(new TextDecoder().decode(stdout));
}

await using server = await startServer(denoPeer("streaming_deno.ts"));
const url = `http://127.0.0.1:${server.port}`;
const rows: string[][] = [];
for (const direction of ["down", "up"]) {
  const costs = new Map<string, Cost[]>(CLIENTS.map((client) => [client, []]));
  for (let round = 0; round < rounds; round++) {
    for (const client of round % 2 === 0 ? CLIENTS : CLIENTS.toReversed()) {
      costs.get(client)?.push(await run(client, direction, url));
    }
  }
  for (const [client, all] of costs) {
    const of = (pick: (cost: Cost) => number) => median(all.map(pick));
    rows.push([
      `${direction} ${client}`,
      (1024 / of(({ seconds }) => seconds)).toFixed(0),
      of(({ cpu }) => cpu).toFixed(2),
      (of(({ peak }) => peak) / MIB).toFixed(0),
    ]);
  }
}
console.log(`\n1 GiB, medians of ${rounds} rounds\n`);
printTable(["body", "MiB/s", "s of processor", "peak MiB"], rows);
