// As many WebSockets as this machine holds: over several servers, which a hub joins, and several clients. All are
// subscribed to one topic. First they are idle but for pings, then each sends a small message every --every seconds.
//
// Prints, as it goes, the connections held, the resident bytes of the servers for each, what the servers work
// meanwhile, and the time in which a message that one server publishes reaches all clients: from the POST that asks for
// it, to the last client, by the clock of the machine. 90,000 connections on two idle cores take a minute and a half,
// of which half are the two times --seconds and what settles around them. Needs cc.
//
//   deno task bench:scale [n] [--every=30] [--seconds=20] [--rounds=5]
//
// Each connection takes a descriptor in a server and one in a client. A process has as many as the hard limit says:
// where that is small, there are more processes. To raise it: LimitNOFILE= in the unit of systemd, a line `* hard
// nofile 1000000` in /etc/security/limits.conf, or `ulimit -Hn` by root; above fs.nr_open (sysctl) none may go, and
// all processes together not above fs.file-max.
import { type Listeners, ManyListeners, SPARE_FILES } from "./many_listeners.ts";
import { median, numberArgument, processorTime, type ServerProcess } from "./support.ts";

/** What both ends of a connection take of the machine's memory, kernel included, in generous numbers. */
const CONNECTION_BYTES = 24 * 1024;
/** What a server and a client take before the first connection. */
const PAIR_BYTES = 150 * 2 ** 20;
const SETTLE_SECONDS = 5;

const wanted = Number(Deno.args.find((arg) => !arg.startsWith("--")) ?? "90000");
const every = numberArgument("every", 30);
const seconds = numberArgument("seconds", 20);
const rounds = numberArgument("rounds", 5);

const wait = (time: number) => new Promise<void>((resolve) => setTimeout(resolve, time * 1000));

function sysctl(name: string): number {
  return Number(Deno.readTextFileSync(`/proc/sys/${name}`));
}

/** A limit of the machine, and how many connections it allows. */
interface Limit {
  readonly name: string;
  readonly connections: number;
}

function limits(): Limit[] {
  const { available } = Deno.systemMemoryInfo();
  const memory = Math.floor((available * 0.8 - 8 * PAIR_BYTES) / CONNECTION_BYTES);
  const files = Math.floor((sysctl("fs/file-max") - 8 * SPARE_FILES) / 2);
  const found = [
    { name: `${Math.round(available / 2 ** 20)} MiB of memory are free`, connections: memory },
    { name: "fs.file-max", connections: files },
  ];
  try {
    found.push({ name: "nf_conntrack_max", connections: sysctl("net/netfilter/nf_conntrack_max") - SPARE_FILES });
  } catch {
    // Connections are not tracked.
  }
  return found;
}

const workedBy = (servers: readonly ServerProcess[]) => servers.reduce((all, { pid }) => all + processorTime(pid), 0);

/** Publishes a message, and returns the seconds until all clients have it. */
async function fanOut(server: ServerProcess, clients: readonly Listeners[]): Promise<number> {
  const begin = Date.now() / 1000;
  const lines = clients.map((client) => client.line());
  const answer = await fetch(`http://127.0.0.1:${server.port}/all`, { method: "POST", body: "A message to all" });
  await answer.body?.cancel();
  const ends = (await Promise.all(lines)).map((line) => Number(line.split(" ")[1]));
  return Math.max(...ends) - begin;
}

/** Measures for a while, and says what it has found. */
async function observe(name: string, site: ManyListeners): Promise<void> {
  const { servers, clients } = site;
  await wait(SETTLE_SECONDS);
  const [worked, { heard }] = [workedBy(servers), await site.state()];
  await wait(seconds);
  const state = await site.state();
  const share = (workedBy(servers) - worked) / seconds;
  const rate = ((state.heard - heard) / seconds).toFixed(0);
  console.log(`${name}: held ${state.open}, ${rate} messages heard a second, ${(share * 100).toFixed(1)} % of a core`);
  const [first] = servers;
  if (first === undefined) return;
  const times: number[] = [];
  while (times.length < rounds) times.push(await fanOut(first, clients));
  const inMs = (time: number) => `${(time * 1000).toFixed(0)} ms`;
  console.log(`  to all: ${times.map(inMs).join(", ")}; median ${inMs(median(times))}`);
}

const [tightest] = limits().sort((a, b) => a.connections - b.connections);
const count = Math.min(wanted, tightest?.connections ?? wanted);
if (count < wanted) console.log(`${count} instead of ${wanted}: ${tightest?.name}`);

await using site = await ManyListeners.open(count);
const { open } = await site.state();
console.log(`held ${open}, ${site.bytes.toFixed(0)} resident bytes each, all open in ${site.seconds.toFixed(1)} s`);
await observe("idle", site);
await Promise.all(site.clients.map((client) => client.talk(every)));
await observe(`a message of each every ${every} s`, site);
const { open: left } = await site.state();
console.log(`held ${left} at the end`);
if (left !== open) Deno.exitCode = 1;
