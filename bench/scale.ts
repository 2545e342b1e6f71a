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
import { WorkersHub } from "../src/pubsub/workers.ts";
import {
  denoPeer,
  median,
  numberArgument,
  processorTime,
  residentMemory,
  type ServerProcess,
  startServer,
  succeeds,
  withFiles,
} from "./support.ts";

/** What both ends of a connection take of the machine's memory, kernel included, in generous numbers. */
const CONNECTION_BYTES = 24 * 1024;
/** What a server and a client take before the first connection. */
const PAIR_BYTES = 150 * 2 ** 20;
/** What `listen` lets connections take of the descriptors of a process, less a little for those that come and go. */
const SHARE = 0.86;
/** Descriptors that a process needs beside its connections. */
const SPARE_FILES = 1000;
const SETTLE_SECONDS = 5;
const PROGRESS_SECONDS = 10;

const wanted = Number(Deno.args.find((arg) => !arg.startsWith("--")) ?? "90000");
const every = numberArgument("every", 30);
const seconds = numberArgument("seconds", 20);
const rounds = numberArgument("rounds", 5);

const wait = (time: number) => new Promise<void>((resolve) => setTimeout(resolve, time * 1000));

async function hardLimit(): Promise<number> {
  const { stdout } = await new Deno.Command("bash", { args: ["-c", "ulimit -Hn"] }).output();
  const text = new TextDecoder().decode(stdout).trim();
  return text === "unlimited" ? sysctl("fs/nr_open") : Number(text);
}

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

/** A process with many clients, and what it says. */
class Listeners implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #lines: ReadableStreamDefaultReader<string>;
  readonly #input: WritableStreamDefaultWriter<Uint8Array<ArrayBuffer>>;
  #text = "";

  constructor(command: readonly string[]) {
    const [program = "", ...args] = command;
    this.#child = new Deno.Command(program, { args, stdin: "piped", stdout: "piped" }).spawn();
    this.#lines = this.#child.stdout.pipeThrough(new TextDecoderStream()).getReader();
    this.#input = this.#child.stdin.getWriter();
  }

  async line(): Promise<string> {
    while (!this.#text.includes("\n")) {
      const { done, value } = await this.#lines.read();
      if (done) throw new Error("A client has lost its connections");
      this.#text += value;
    }
    const [line = "", ...others] = this.#text.split("\n");
    this.#text = others.join("\n");
    return line;
  }

  /** Lets each connection send a message every so many seconds. */
  async talk(interval: number): Promise<void> {
    await this.#input.write(new TextEncoder().encode(`${interval}\n`));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#input.close();
    await this.#lines.cancel();
    await this.#child.status;
  }
}

interface State {
  readonly open: number;
  readonly heard: number;
}

/** What all servers have, together. */
async function stateOf(servers: readonly ServerProcess[]): Promise<State> {
  const states: State[] = await Promise.all(
    servers.map(async ({ port }) => await (await fetch(`http://127.0.0.1:${port}/state`)).json()),
  );
  return {
    open: states.reduce((all, { open }) => all + open, 0),
    heard: states.reduce((all, { heard }) => all + heard, 0),
  };
}

const total = (servers: readonly ServerProcess[], of: (pid: number) => number) =>
  servers.reduce((all, { pid }) => all + of(pid), 0);

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
async function observe(name: string, servers: readonly ServerProcess[], clients: readonly Listeners[]): Promise<void> {
  await wait(SETTLE_SECONDS);
  const [worked, { heard }] = [total(servers, processorTime), await stateOf(servers)];
  await wait(seconds);
  const state = await stateOf(servers);
  const share = (total(servers, processorTime) - worked) / seconds;
  const rate = ((state.heard - heard) / seconds).toFixed(0);
  console.log(`${name}: held ${state.open}, ${rate} messages heard a second, ${(share * 100).toFixed(1)} % of a core`);
  const [first] = servers;
  if (first === undefined) return;
  const times: number[] = [];
  while (times.length < rounds) times.push(await fanOut(first, clients));
  const inMs = (time: number) => `${(time * 1000).toFixed(0)} ms`;
  console.log(`  to all: ${times.map(inMs).join(", ")}; median ${inMs(median(times))}`);
}

const limit = await hardLimit();
const [tightest] = limits().sort((a, b) => a.connections - b.connections);
const count = Math.min(wanted, tightest?.connections ?? wanted);
const each = Math.floor(limit * SHARE);
const pairs = Math.max(2, Math.ceil(count / each));
const perPair = Math.floor(count / pairs);
console.log(`${limit} descriptors a process (ulimit -Hn): ${pairs} servers and ${pairs} clients of ${perPair}`);
if (count < wanted) console.log(`${count} instead of ${wanted}: ${tightest?.name}`);

const scratch = await Deno.makeTempDir();
try {
  const load = `${scratch}/load`;
  if (!await succeeds("cc", "-O2", "-o", load, new URL("websocket_load.c", import.meta.url).pathname)) {
    throw new Error("Cannot compile websocket_load.c");
  }
  // Final, text, masked with zeros, 8 characters.
  const frame = `${scratch}/frame`;
  await Deno.writeFile(frame, new Uint8Array([0x81, 0x88, 0, 0, 0, 0, ...new TextEncoder().encode("I listen")]));
  await using _hub = new WorkersHub({ path: `${scratch}/hub` });
  await using stack = new AsyncDisposableStack();
  const command = withFiles(limit - SPARE_FILES, denoPeer("scale_server.ts", `--hub=${scratch}/hub`));
  const servers = await Promise.all(
    Array.from({ length: pairs }, async () => stack.use(await startServer(command))),
  );
  const clients: Listeners[] = [];
  const connect = async (perServer: number) => {
    const come = servers.map(({ port }) => {
      const command = [load, "listen", String(port), "/listen", String(perServer), frame, ""];
      const client = stack.use(new Listeners(withFiles(limit - SPARE_FILES, command)));
      clients.push(client);
      return client.line();
    });
    const all = Promise.all(come);
    const progress = setInterval(
      async () => console.log(`held ${(await stateOf(servers)).open}`),
      PROGRESS_SECONDS * 1000,
    );
    await all.finally(() => clearInterval(progress));
    await wait(SETTLE_SECONDS);
  };

  // A tenth comes first: the servers then have their code and their pools.
  const some = Math.ceil(perPair / 10);
  await connect(some);
  const before = total(servers, residentMemory);
  const begun = performance.now();
  await connect(perPair - some);
  const came = (performance.now() - begun) / 1000 - SETTLE_SECONDS;
  const bytes = (total(servers, residentMemory) - before) / (pairs * (perPair - some));
  const { open } = await stateOf(servers);
  console.log(`held ${open}, ${bytes.toFixed(0)} resident bytes each, all open in ${came.toFixed(1)} s`);

  await observe("idle", servers, clients);
  await Promise.all(clients.map((client) => client.talk(every)));
  await observe(`a message of each every ${every} s`, servers, clients);
  const { open: left } = await stateOf(servers);
  console.log(`held ${left} at the end`);
  if (left !== open) Deno.exitCode = 1;
} finally {
  await Deno.remove(scratch, { recursive: true });
}
