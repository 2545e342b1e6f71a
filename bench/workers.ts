// Requests a second of one supervised worker and of two, in turns, with work for each request. The client is wrk, which
// needs little of a processor beside that work.
//
//   deno task bench:workers [--rounds=5] [--seconds=3] [--work=1024] [--mode=processes,threads]
import { argument, denoPeer, median, printTable, startServer } from "./support.ts";

const rounds = Number(argument("rounds", "5"));
const seconds = Number(argument("seconds", "3"));
const work = argument("work", "1024");
const modes = argument("mode", "processes,threads").split(",");

const COUNTS = [1, 2];
/** Kept connections lie where a burst of them has fallen; new ones go to the worker that has time. */
const KINDS = [
  { name: "a connection for each request", headers: ["-H", "Connection: close"] },
  { name: "kept connections", headers: [] },
];

async function rate(port: number, duration: number, headers: readonly string[]): Promise<number> {
  const args = ["-t1", "-c32", `-d${duration}s`, ...headers, `http://127.0.0.1:${port}/`];
  const { stdout } = await new Deno.Command("wrk", { args, stderr: "inherit" }).output();
  const report = new TextDecoder().decode(stdout);
  if (/Socket errors|Non-2xx/.test(report)) throw new Error(`wrk is not content: ${report}`);
  return Number(/Requests\/sec:\s+([\d.]+)/.exec(report)?.[1]);
}

const rows: string[][] = [];
for (const mode of modes) {
  for (const { name, headers } of KINDS) {
    const rates = COUNTS.map((): number[] => []);
    for (let round = 0; round < rounds; round++) {
      for (const [i, count] of COUNTS.entries()) {
        await using server = await startServer(denoPeer("supervised_server.ts", mode, String(count), work));
        await rate(server.port, 1, headers);
        rates[i]?.push(await rate(server.port, seconds, headers));
      }
    }
    const [one = NaN, two = NaN] = rates.map(median);
    rows.push([`${mode}, ${name}`, one.toFixed(0), two.toFixed(0), (two / one).toFixed(2)]);
  }
}
printTable(["requests a second", "one worker", "two workers", "ratio"], rows);
