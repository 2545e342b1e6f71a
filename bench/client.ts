// A small GET from nginx, 64 in flight, beside Deno's fetch, npm's undici on Node and Tornado's simple client:
// how long the processor works for a request, and how many there are in a second. Medians of alternating rounds.
// Twister's server answers hello in the same rounds, under wrk: what a request costs, in such answers, hardly depends
// on the machine.
//
//   deno task bench:client [--rounds=3] [--count=60000]
import { startNginx } from "../tests/support/nginx.ts";
import { denoPeer, median, numberArgument, peerFile, pinned, printTable, succeeds } from "./support.ts";
import { begin, type Subject } from "./wrk.ts";

/** A client in a process of its own, which prints what a request costs. */
interface Peer {
  readonly name: string;
  readonly command: readonly string[];
  readonly cwd?: string;
  /** The share of the requests that it makes: the slow one makes fewer. */
  readonly share?: number;
}

interface Cost {
  readonly cpu: number;
  readonly rate: number;
}

const CPU = 0;
const IN_FLIGHT = 64;
/** Seconds for which hello is loaded in each round. */
const HELLO_SECONDS = 2;
const UNDICI = "undici@7";
const LOAD = "client_load.mjs";
const UNDICI_PEER = "client_undici.mjs";

const rounds = numberArgument("rounds", 3);
const count = numberArgument("count", 60000);

async function findPeers(scratch: string): Promise<Peer[]> {
  const peers: Peer[] = [
    { name: "Twister", command: denoPeer("client_twister.ts") },
    { name: "Deno's fetch", command: denoPeer("client_deno.ts") },
  ];
  await Deno.writeTextFile(`${scratch}/package.json`, "{}");
  if (await succeeds("npm", "install", "--silent", "--prefix", scratch, UNDICI)) {
    for (const name of [LOAD, UNDICI_PEER]) await Deno.copyFile(peerFile(name), `${scratch}/${name}`);
    peers.push({ name: "undici on Node", command: ["node", UNDICI_PEER], cwd: scratch });
  } else console.log("left out: undici (npm cannot install it)");
  if (await succeeds("/usr/bin/python3", "-c", "import tornado")) {
    peers.push({ name: "Tornado", command: ["/usr/bin/python3", peerFile("client_tornado.py")], share: 0.1 });
  } else console.log("left out: Tornado (Debian package python3-tornado)");
  return peers;
}

async function run({ name, command, cwd, share = 1 }: Peer, url: string): Promise<Cost> {
  const [program = "", ...args] = pinned([...command, url, String(Math.round(count * share))], CPU);
  const options = cwd === undefined ? {} : { cwd };
  const { success, stdout } = await new Deno.Command(program, { args, ...options, stderr: "inherit" }).output();
  if (!success) throw new Error(`${name} failed`);
  return JSON.parse(new TextDecoder().decode(stdout));
}

/** Starts the server whose answers the requests are compared with; `null` without wrk. */
async function startHello(): Promise<Subject | null> {
  if (!await succeeds("which", "wrk")) {
    console.log("left out: the comparison with hello (Debian package wrk)");
    return null;
  }
  const peer = { name: "hello", command: denoPeer("twister.ts") };
  return await begin(peer, { name: "hello", path: "/", status: 200, connections: IN_FLIGHT });
}

const scratch = await Deno.makeTempDir();
try {
  const server = 'keepalive_requests 1000000000; location / { return 200 "hello world, this is a small body\\n"; }';
  await using nginx = await startNginx([server]);
  const url = `http://127.0.0.1:${nginx.ports[0]}/`;
  const peers = await findPeers(scratch);
  await using hello = await startHello();
  const helloCosts: number[] = [];
  const costs = new Map<string, Cost[]>(peers.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    // Every other round runs backwards, so that a machine that warms up or slows down favours no client.
    for (const peer of round % 2 === 0 ? peers : peers.toReversed()) costs.get(peer.name)?.push(await run(peer, url));
    if (hello !== null) helloCosts.push((await hello.sample(HELLO_SECONDS)).work);
  }
  const helloCost = median(helloCosts);
  console.log(`\nGET of 34 bytes, ${IN_FLIGHT} in flight, medians of ${rounds} rounds\n`);
  if (hello !== null) console.log(`An answer of Twister's hello takes ${helloCost.toFixed(1)} us.\n`);
  const ours = median((costs.get("Twister") ?? []).map(({ cpu }) => cpu));
  printTable(
    ["client", "us of processor", "in answers of hello", "of Twister's", "requests/s"],
    peers.map(({ name }) => {
      const all = costs.get(name) ?? [];
      const cpu = median(all.map((cost) => cost.cpu));
      return [
        name,
        cpu.toFixed(1),
        hello === null ? "-" : (cpu / helloCost).toFixed(1),
        `${(cpu / ours).toFixed(2)}x`,
        median(all.map(({ rate }) => rate)).toFixed(0),
      ];
    }),
  );
} finally {
  await Deno.remove(scratch, { recursive: true });
}
