// Requests a second of a POST with 1 KB of JSON, and the processor time for each: by a plain handler, and by typed ones
// with schemas that accept anything, of zod, and of arktype, which compiles its schemas ahead. Needs wrk and taskset.
//
//   deno task bench:validation [--rounds=3] [--seconds=3]
import { denoPeer, median, numberArgument, printTable, processorTime, startServer } from "./support.ts";
import { SERVER_CPU, wrk } from "./wrk.ts";

const rounds = numberArgument("rounds", 3);
const seconds = numberArgument("seconds", 3);
/** Until the engine has compiled what a request runs. */
const WARM_UP_SECONDS = 6;

const line = (i: number) => ({ sku: `sku-${i}`, name: `The name of article ${i}`, count: i + 1, price: 9.5 * i });
const order = {
  id: 7,
  email: "ada@example.com",
  note: "x".repeat(330),
  lines: Array.from({ length: 8 }, (_, i) => line(i)),
};

const body = JSON.stringify(order);
const headers = { "Content-Type": "application/json" };

const peers = ["plain", "plain with zod", "declared", "zod", "arktype"];
const samples = new Map(peers.map((peer) => [peer, { rates: [] as number[], work: [] as number[] }]));
for (let round = 0; round < rounds; round++) {
  for (const [peer, { rates, work }] of samples) {
    await using server = await startServer(denoPeer("validation_server.ts", peer), { cpu: SERVER_CPU });
    const url = `http://127.0.0.1:${server.port}/`;
    await wrk(url, { connections: 16, seconds: WARM_UP_SECONDS, headers, body });
    const before = processorTime(server.pid);
    const report = await wrk(url, { connections: 16, seconds, headers, body });
    const requests = Number(report.match(/(\d+) requests in/)?.[1]);
    rates.push(requests / seconds);
    work.push((processorTime(server.pid) - before) * 1e6 / requests);
  }
}

const base = median(samples.get("plain")?.work ?? []);
console.log(`body of ${body.length} bytes, ${rounds} rounds of ${seconds} s`);
printTable(
  ["handler", "requests/s", "µs each", "beside plain"],
  Array.from(samples, ([peer, { rates, work }]) => [
    peer,
    median(rates).toFixed(0),
    median(work).toFixed(1),
    `${((median(work) / base - 1) * 100).toFixed(1)} %`,
  ]),
);
