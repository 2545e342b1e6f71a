// The processor time that a request takes with everything off, and with telemetry, metrics, limits and load shedding
// on, in turns. "before" is another checkout of the project, to compare with. Needs wrk and taskset.
//
//   deno task bench:ops [--rounds=5] [--seconds=3] [--before=/path/to/other/checkout] [--only=metrics,telemetry]
import { argument, denoPeer } from "./support.ts";
import { compare, type Peer } from "./wrk.ts";

/** An address that nothing answers at: making spans is measured, not the program that takes them. */
const NO_COLLECTOR = "http://127.0.0.1:9";

const rounds = Number(argument("rounds", "5"));
const seconds = Number(argument("seconds", "3"));
const before = argument("before", "");
const only = argument("only", "").split(",");

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
const peers: Peer[] = [
  { name: "off", command: peer() },
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

const hello = { name: "A GET of 12 bytes", path: "/", status: 200, connections: 16 };
const chosen = peers.filter(({ name }) => name === "off" || only.some((begin) => name.startsWith(begin)));
await compare(chosen, [hello], { rounds, seconds, ours: "off" });
