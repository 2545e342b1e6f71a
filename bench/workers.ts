// Requests a second of one supervised worker and of two, in turns, with work for each request. The client is wrk, which
// needs little of a processor beside that work. On a machine with other work, the processors are not free for two
// workers: the second table counts the time that the busiest thread works, which is what they would take side by side.
//
//   deno task bench:workers [--rounds=5] [--seconds=6] [--work=1024] [--mode=processes,threads]
import {
  argument,
  denoPeer,
  listArgument,
  median,
  numberArgument,
  printTable,
  startServer,
  threadTimes,
} from "./support.ts";

const rounds = numberArgument("rounds", 5);
const seconds = numberArgument("seconds", 6);
const work = argument("work", "1024");
const modes = listArgument("mode", ["processes", "threads"]);

const COUNTS = [1, 2];
/**
 * New connections go to the worker that has time. Kept ones lie where their burst has fallen, until the supervisor has
 * seen it: the first second or two count.
 */
const KINDS = [
  { name: "a connection for each request", headers: ["-H", "Connection: close"] },
  { name: "kept connections", headers: [] },
];

/** What a run has shown. */
interface Sample {
  /** Requests a second. */
  readonly rate: number;
  /** Requests for each second that the busiest thread has worked. */
  readonly capacity: number;
}

async function measure(pid: number, port: number, duration: number, headers: readonly string[]): Promise<Sample> {
  const before = threadTimes(pid);
  const args = ["-t1", "-c32", `-d${duration}s`, "--timeout=30s", ...headers, `http://127.0.0.1:${port}/`];
  const { stdout } = await new Deno.Command("wrk", { args, stderr: "inherit" }).output();
  const report = new TextDecoder().decode(stdout);
  if (/Socket errors|Non-2xx/.test(report)) throw new Error(`wrk is not content: ${report}`);
  const worked = Array.from(threadTimes(pid), ([thread, time]) => time - (before.get(thread) ?? 0));
  const requests = Number(/(\d+) requests in/.exec(report)?.[1]);
  return { rate: Number(/Requests\/sec:\s+([\d.]+)/.exec(report)?.[1]), capacity: requests / Math.max(...worked) };
}

const rows: Record<keyof Sample, string[][]> = { rate: [], capacity: [] };
for (const mode of modes) {
  for (const { name, headers } of KINDS) {
    const samples = COUNTS.map((): Sample[] => []);
    for (let round = 0; round < rounds; round++) {
      for (const [i, count] of COUNTS.entries()) {
        await using server = await startServer(denoPeer("supervised_server.ts", mode, String(count), work));
        await measure(server.pid, server.port, 1, headers);
        samples[i]?.push(await measure(server.pid, server.port, seconds, headers));
      }
    }
    for (const key of ["rate", "capacity"] as const) {
      const [one = NaN, two = NaN] = samples.map((list) => median(list.map((sample) => sample[key])));
      rows[key].push([`${mode}, ${name}`, one.toFixed(0), two.toFixed(0), (two / one).toFixed(2)]);
    }
  }
}
printTable(["requests a second", "one worker", "two workers", "ratio"], rows.rate);
console.log();
printTable(["requests a second of the busiest thread", "one worker", "two workers", "ratio"], rows.capacity);
