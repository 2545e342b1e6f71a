// The processor time that a request takes with everything off, and with telemetry, metrics, limits and load shedding
// on. All servers are there from the beginning and take turns of seconds: each is compared with the one that has
// everything off in the same turn, since a machine may be twice as fast a minute later. "before" is another checkout of
// the project, to compare with. Needs wrk and taskset.
//
// "--only=off" tells what it costs that there could be listeners, to a fraction of a percent; see ops_off.ts.
// "--only=parts" measures limiters, label sets and scrapes by themselves; see ops_parts.ts.
//
//   deno task bench:ops [--rounds=9] [--seconds=3] [--before=/path/to/other/checkout] [--only=metrics,telemetry]
//   deno task bench:ops --only=off [--processes=24]
//   deno task bench:ops --only=parts
import {
  argument,
  denoPeer,
  listArgument,
  median,
  numberArgument,
  printTable,
  processorTime,
  type ServerProcess,
  startServer,
} from "./support.ts";
import { measureOff } from "./ops_off.ts";
import { measureParts } from "./ops_parts.ts";
import { type Peer, SERVER_CPU, wrk } from "./wrk.ts";

/** An address that nothing answers at: making spans is measured, not the program that takes them. */
const NO_COLLECTOR = "http://127.0.0.1:9";
const CONNECTIONS = 16;
/** So long that what is hot is compiled. */
const WARM_UP_SECONDS = 3;

const rounds = numberArgument("rounds", 9);
const seconds = numberArgument("seconds", 3);
const before = argument("before", "");
const only = listArgument("only");

function isWanted({ name }: Peer): boolean {
  return only.length === 0 || only.some((begin) => name.startsWith(begin));
}

function withTelemetry(sampler: string, command: readonly string[]): string[] {
  const variables = {
    OTEL_DENO: "true",
    OTEL_DENO_CONSOLE: "ignore",
    OTEL_TRACES_SAMPLER: sampler,
    OTEL_EXPORTER_OTLP_ENDPOINT: NO_COLLECTOR,
  };
  return ["env", ...Object.entries(variables).map(([name, value]) => `${name}=${value}`), ...command];
}

const peer = (...modes: string[]) => denoPeer("ops_server.ts", ...modes);
const OFF: Peer = { name: "off", command: peer() };
const peers: Peer[] = [
  { name: "metrics", command: peer("metrics") },
  { name: "limits", command: peer("limits") },
  { name: "shedding", command: peer("shedding") },
  { name: "access log", command: peer("log") },
  { name: "OTEL_DENO alone", command: withTelemetry("always_off", peer()) },
  { name: "telemetry, unsampled", command: withTelemetry("always_off", peer("telemetry")) },
  { name: "telemetry, sampled", command: withTelemetry("always_on", peer("telemetry")) },
];
if (before !== "") {
  const command = peer().map((part) => part.endsWith("/ops_server.ts") ? `${before}/bench/peers/twister.ts` : part);
  peers.unshift({ name: "before", command });
}

/** A server that runs, and the microseconds of each of its requests, round by round. */
interface Running {
  readonly name: string;
  readonly server: ServerProcess;
  readonly work: number[];
}

/** Lets wrk ask a server, and returns the microseconds that the processors worked for each request. */
async function measure({ pid, port }: ServerProcess, time: number): Promise<number> {
  const start = processorTime(pid);
  const report = await wrk(`http://127.0.0.1:${port}/`, { connections: CONNECTIONS, seconds: time });
  return (processorTime(pid) - start) * 1e6 / Number(report.match(/(\d+) requests in/)?.[1]);
}

if (only.join() === "off") {
  await using server = await startServer(OFF.command, { cpu: SERVER_CPU });
  await measure(server, WARM_UP_SECONDS);
  const work: number[] = [];
  for (let i = 0; i < 3; i++) work.push(await measure(server, seconds));
  await measureOff(numberArgument("processes", 24), median(work));
  Deno.exit(0);
}

if (only.join() === "parts") {
  await measureParts();
  Deno.exit(0);
}

function quantile(values: readonly number[], part: number): number {
  return values.toSorted((a, b) => a - b)[Math.round(part * (values.length - 1))] ?? NaN;
}

await using servers = new AsyncDisposableStack();
const running: Running[] = [];
for (const { name, command } of [OFF, ...peers.filter(isWanted)]) {
  const server = servers.use(await startServer(command, { cpu: SERVER_CPU }));
  await measure(server, WARM_UP_SECONDS);
  running.push({ name, server, work: [] });
}
for (let round = 0; round < rounds; round++) {
  for (const one of round % 2 === 0 ? running : running.toReversed()) one.work.push(await measure(one.server, seconds));
}

const off = running[0]?.work ?? [];
console.log(`A GET of 12 bytes, ${CONNECTIONS} connections, medians of ${rounds} rounds of ${seconds} s`);
printTable(
  ["server", "processor us/request", "more than off", "times off more", "half of the rounds"],
  running.map(({ name, work }) => {
    const ratios = work.map((one, round) => one / (off[round] ?? NaN) - 1);
    return [
      name,
      median(work).toFixed(1),
      median(work.map((one, round) => one - (off[round] ?? NaN))).toFixed(1),
      median(ratios).toFixed(3),
      `${quantile(ratios, 0.25).toFixed(3)} to ${quantile(ratios, 0.75).toFixed(3)}`,
    ];
  }),
);
