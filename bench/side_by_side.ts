// One "Hello, world" with the same five response headers on every server, side by side: requests a second, 99th
// percentile and memory under load, as medians of alternating rounds. Needs wrk and, for the pinning, taskset.
//
//   deno task bench:http [--rounds=5] [--seconds=3] [--connections=64] [--only=listen,hono]
import {
  denoPeer,
  listArgument,
  median,
  numberArgument,
  peakMemory,
  peerFile,
  printTable,
  startServer,
  succeeds,
} from "./support.ts";
import { type Peer, SERVER_CPU, wrk } from "./wrk.ts";

interface Sample {
  readonly requests: number;
  /** In milliseconds. */
  readonly p99: number;
  /** In bytes. */
  readonly memory: number;
}

/** The figures of every peer are also given relative to this one. */
const YARDSTICK = "Deno.serve";
const FASTIFY = "fastify@5.12.8";
const OAK = "jsr:@oak/oak@17.1.6";
const OAK_NPM = "npm:@oakserver/oak@14.1.0";

const rounds = numberArgument("rounds", 5);
const seconds = numberArgument("seconds", 3);
const connections = numberArgument("connections", 64);
const only = listArgument("only");

async function findPeers(scratch: string): Promise<Peer[]> {
  const peers: Peer[] = [
    { name: "Twister listen", command: denoPeer("twister.ts", "--engine=listen") },
    { name: "Twister serve", command: denoPeer("twister.ts", "--engine=serve") },
    { name: YARDSTICK, command: denoPeer("deno_serve.ts") },
    { name: "hono", command: denoPeer("hono.ts") },
  ];
  if (await succeeds(Deno.execPath(), "cache", "--no-lock", OAK)) {
    peers.push({ name: "oak", command: denoPeer("oak.ts", OAK) });
  } else peers.push({ name: "oak (npm's build)", command: denoPeer("oak.ts", OAK_NPM) });
  await Deno.writeTextFile(`${scratch}/package.json`, "{}");
  if (await succeeds("npm", "install", "--silent", "--prefix", scratch, FASTIFY)) {
    await Deno.copyFile(peerFile("fastify.mjs"), `${scratch}/fastify.mjs`);
    peers.push({ name: "fastify on Node", command: ["node", "fastify.mjs"], cwd: scratch });
  } else console.log("left out: fastify (npm cannot install it)");
  if (await succeeds("/usr/bin/python3", "-c", "import tornado")) {
    peers.push({ name: "Tornado", command: ["/usr/bin/python3", peerFile("tornado_hello.py")] });
  } else console.log("left out: Tornado (Debian package python3-tornado)");
  const wanted = (name: string) => only.length === 0 || only.some((part) => name.toLowerCase().includes(part));
  return peers.filter(({ name }) => wanted(name) || name === YARDSTICK);
}

function milliseconds(text: string): number {
  const [, value = "", unit = ""] = text.match(/^([\d.]+)(us|ms|s)$/) ?? [];
  return Number(value) * (unit === "us" ? 0.001 : unit === "s" ? 1000 : 1);
}

async function measure(peer: Peer): Promise<Sample> {
  await using server = await startServer(peer.command, { ...peer, cpu: SERVER_CPU });
  const load = (seconds: number) => wrk(`http://127.0.0.1:${server.port}/`, { connections, seconds });
  await load(1);
  const { result, peak } = await peakMemory(server.pid, () => load(seconds));
  return {
    requests: Number(result.match(/Requests\/sec:\s+([\d.]+)/)?.[1]),
    p99: milliseconds(result.match(/99%\s+(\S+)/)?.[1] ?? ""),
    memory: peak,
  };
}

async function headersOf(peer: Peer): Promise<string> {
  await using server = await startServer(peer.command, peer);
  const response = await fetch(`http://127.0.0.1:${server.port}/`);
  const text = await response.text();
  return `${response.status} ${JSON.stringify(text)} ${[...response.headers.keys()].sort().join(" ")}`;
}

const scratch = await Deno.makeTempDir();
try {
  const peers = await findPeers(scratch);
  const samples = new Map<string, Sample[]>(peers.map(({ name }) => [name, []]));
  for (const peer of peers) console.log(`${peer.name}: ${await headersOf(peer)}`);
  for (let round = 0; round < rounds; round++) {
    // Every other round runs backwards, so that a machine that warms up or slows down favours nobody.
    for (const peer of round % 2 === 0 ? peers : peers.toReversed()) samples.get(peer.name)?.push(await measure(peer));
  }
  const summary = (name: string, key: keyof Sample) => median((samples.get(name) ?? []).map((sample) => sample[key]));
  const ratio = (name: string, key: keyof Sample) => `${(summary(name, key) / summary(YARDSTICK, key)).toFixed(2)}x`;
  console.log(`\nmedians of ${rounds} rounds of ${seconds} s, ${connections} connections\n`);
  printTable(
    ["server", "req/s", "", "p99 ms", "", "memory MiB", ""],
    peers.map(({ name }) => [
      name,
      summary(name, "requests").toFixed(0),
      ratio(name, "requests"),
      summary(name, "p99").toFixed(2),
      ratio(name, "p99"),
      (summary(name, "memory") / 2 ** 20).toFixed(0),
      ratio(name, "memory"),
    ]),
  );
} finally {
  await Deno.remove(scratch, { recursive: true });
}
