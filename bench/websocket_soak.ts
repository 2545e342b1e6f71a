// Long and large runs against a WebSocket server in a process of its own. Needs cc. All of them, or those that --only
// names:
//
// - soak: connections come and go in every way there is; memory over the time, and what is left when all are gone
// - stopped: a broadcast while some readers stop; the delay for the others, losses, and memory, for each policy
// - waves: many connections come at once and go, several times; memory of each wave
// - vanished: clients that are frozen, killed or cut off (by iptables, where that may be used) and when the server has
//   noticed
//
// deno task bench:websocket-soak [--only=soak,stopped] [--minutes=10] [--open=2000] [--connections=15000]
// [--seconds=60] [--rate=1] [--readers=64] [--policies=drop,close,wait] [--waves=5] [--vanished=300]
// [--ping-interval=10] [--ping-timeout=5]
import {
  compiled,
  listArgument,
  median,
  numberArgument,
  peakMemory,
  printTable,
  residentMemory,
  type ServerProcess,
  startServer,
} from "./support.ts";

/** What the server says about itself. */
interface State {
  readonly open: number;
  readonly groups: Readonly<Record<string, number>>;
  readonly buffered: number;
  readonly dropped: number;
  readonly heapUsed: number;
  readonly external: number;
}

interface Delays {
  readonly received: number;
  readonly median: number;
  readonly p99: number;
  readonly longest: number;
}

/** A broadcast, and who listens to it. */
interface Broadcast {
  readonly readers: number;
  readonly stopping: number;
  readonly size: number;
  readonly rate: number;
}

interface Client extends AsyncDisposable {
  readonly process: Deno.ChildProcess;
  /** The next line that it prints. */
  line(): Promise<string>;
}

const SERVER_CPU = 0;
const MIB = 1024 * 1024;
const SAMPLE_MS = 1000;
const REPORT_SECONDS = 30;
/** The window that growth is measured between; a shorter run has a quarter of its time. */
const WINDOW_SECONDS = 60;
/** Long enough for V8 to collect, on its own accord, what connections left behind. */
const SETTLE_SECONDS = 5;
/** Bytes that may wait for a reader: little, so that a run of a minute reaches it. */
const LIMIT = 65_536;
/** Source address of the clients that are cut off. */
const CUT_OFF = "127.0.0.77";

const connections = numberArgument("connections", 15000);
const only = listArgument("only");
const scratch = await Deno.makeTempDir();
const soak = await compiled(scratch, "websocket_soak.c");
const load = await compiled(scratch, "websocket_load.c");

const file = (name: string) => new URL(name, import.meta.url).pathname;
const wait = (seconds: number) => new Promise<void>((resolve) => setTimeout(resolve, seconds * 1000));
const mib = (bytes: number) => (bytes / MIB).toFixed(1);

/** What went wrong is said where it shows; the other runs are made all the same. */
function check(holds: boolean, otherwise: string): void {
  if (holds) return;
  console.error(otherwise);
  Deno.exitCode = 1;
}

async function run(program: string, ...args: readonly string[]): Promise<boolean> {
  try {
    return (await new Deno.Command(program, { args: [...args], stdout: "null", stderr: "null" }).output()).success;
  } catch {
    return false;
  }
}

/** A command that may hold as many files open as the largest run needs. */
function withFiles(command: readonly string[]): string[] {
  return ["bash", "-c", `ulimit -n ${connections + 1000} && exec "$@"`, "bash", ...command];
}

function serve(...args: readonly string[]): Promise<ServerProcess> {
  const flags = ["run", "--quiet", "--no-check", "--no-lock", "-A", "--v8-flags=--expose-gc"];
  const command = [Deno.execPath(), ...flags, file("peers/websocket_soak_server.ts"), ...args];
  return startServer(withFiles(command), { cpu: SERVER_CPU });
}

function start(program: string, ...args: readonly (string | number)[]): Client {
  const [bash = "", ...rest] = withFiles([program, ...args.map(String)]);
  const process = new Deno.Command(bash, { args: rest, stdin: "piped", stdout: "piped" }).spawn();
  const reader = process.stdout.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  return {
    process,
    async line(): Promise<string> {
      while (!text.includes("\n")) {
        const { done, value } = await reader.read();
        if (done) throw new Error(`${args.join(" ")} ended early`);
        text += value;
      }
      const [line = "", ...others] = text.split("\n");
      text = others.join("\n");
      return line;
    },
    async [Symbol.asyncDispose](): Promise<void> {
      await process.stdin.abort().catch(() => {});
      await reader.cancel();
      // A process that is frozen ends by this signal too, and one that has ended cannot get it.
      try {
        process.kill("SIGKILL");
      } catch (error) {
        if (!(error instanceof TypeError)) throw error;
      }
      await process.status;
    },
  };
}

function openSockets(pid: number): number {
  const links = [...Deno.readDirSync(`/proc/${pid}/fd`)].map(({ name }) => {
    try {
      return Deno.readLinkSync(`/proc/${pid}/fd/${name}`);
    } catch {
      // Closed since it was listed.
      return "";
    }
  });
  return links.filter((link) => link.startsWith("socket:")).length;
}

async function stateOf(server: ServerProcess, query = ""): Promise<State> {
  return await (await fetch(`http://127.0.0.1:${server.port}/state${query}`)).json();
}

/**
 * The state after a collection. What buffers had outside the heap is given back by another thread, so it is asked
 * twice.
 */
async function collectedState(server: ServerProcess): Promise<State> {
  await stateOf(server, "?collect");
  await wait(1);
  return await stateOf(server, "?collect");
}

async function soakRun(): Promise<void> {
  const seconds = numberArgument("minutes", 10) * 60;
  const open = numberArgument("open", 2000);
  await using server = await serve();
  const before = await collectedState(server);
  const residentBefore = residentMemory(server.pid);
  console.log(`\nsoak: about ${open} connections for ${seconds / 60} minutes\n`);
  await using client = start(soak, "churn", server.port, open, seconds, 1);
  const samples: { resident: number; heap: number }[] = [];
  const columns = [8, 8, 14, 14, 14];
  const print = (...cells: string[]) => console.log(cells.map((cell, i) => cell.padStart(columns[i] ?? 0)).join(""));
  print("seconds", "open", "resident MiB", "heap MiB", "external MiB");
  const started = performance.now();
  for (let next = REPORT_SECONDS; (performance.now() - started) / 1000 < seconds;) {
    await wait(SAMPLE_MS / 1000);
    const { open, heapUsed, external } = await stateOf(server);
    samples.push({ resident: residentMemory(server.pid), heap: heapUsed });
    if ((performance.now() - started) / 1000 < next) continue;
    print(String(next), String(open), mib(samples.at(-1)?.resident ?? 0), mib(heapUsed), mib(external));
    next += REPORT_SECONDS;
  }
  const report = await client.line();
  console.log("the client:", report);
  check(JSON.parse(report).failures === 0, "There were failures");
  const size = Math.floor(Math.min(WINDOW_SECONDS, samples.length / 4));
  // The first window is for the connections to come and for V8 to compile.
  const [first, last] = [samples.slice(size, 2 * size), samples.slice(-size)].map((window) => ({
    resident: median(window.map(({ resident }) => resident)),
    heap: Math.min(...window.map(({ heap }) => heap)),
  }));
  const row = (name: string, from = NaN, to = NaN) => [name, mib(from), mib(to), mib(to - from)];
  printTable([`MiB, over ${size} samples`, "first", "last", "growth"], [
    row("resident, median", first?.resident, last?.resident),
    row("heap, lowest", first?.heap, last?.heap),
  ]);
  await wait(SETTLE_SECONDS);
  const after = await collectedState(server);
  check(after.open === 0, `${after.open} connections are still there`);
  printTable(["MiB, collected", "before", "after", "growth"], [
    row("resident", residentBefore, residentMemory(server.pid)),
    row("heap", before.heapUsed, after.heapUsed),
    row("external", before.external, after.external),
  ]);
}

async function stoppedRun(policy: string, { readers, stopping, size, rate }: Broadcast): Promise<void> {
  const seconds = numberArgument("seconds", 60);
  const options = { policy, subscribers: readers, size, rate, limit: LIMIT };
  await using server = await serve(...Object.entries(options).map(([name, value]) => `--${name}=${value}`));
  await using client = start(soak, "read", server.port, readers, stopping, seconds);
  if (await client.line() !== "reading") throw new Error("The readers did not begin");
  const all = await peakMemory(server.pid, () => client.line());
  await stateOf(server, "?press");
  const some = await peakMemory(server.pid, () => client.line());
  const { before, after, lost, closed }: { before: Delays; after: Delays; lost: number; closed: number } = JSON.parse(
    some.result,
  );
  const { open, buffered, dropped } = await stateOf(server);
  console.log(`\npolicy ${policy}: ${lost} lost, ${closed} readers closed, ${open} of ${readers} open at the end`);
  check(lost === 0 && closed === 0, "Who has read was not served");
  printTable(
    ["delay in ms", "messages", "median", "p99", "longest"],
    Object.entries({ "all read": before, [`${stopping} have stopped`]: after }).map(([name, delays]) => [
      name,
      String(delays.received),
      ...[delays.median, delays.p99, delays.longest].map((n) => n.toFixed(1)),
    ]),
  );
  const limits = mib(stopping * (LIMIT + size));
  console.log(`memory: ${mib(all.peak)} MiB at most while all read, ${mib(some.peak - all.peak)} MiB more then`);
  console.log(`${mib(buffered)} MiB wait, where the limits allow ${limits} MiB; ${dropped} messages dropped`);
}

async function stoppedRuns(): Promise<void> {
  const few = numberArgument("readers", 64);
  const broadcasts: readonly Broadcast[] = [
    { readers: connections, stopping: Math.min(200, connections / 2), size: 4096, rate: numberArgument("rate", 1) },
    { readers: few, stopping: few / 2, size: 16_384, rate: 64 },
  ];
  for (const broadcast of broadcasts.filter(({ readers }) => readers > 0)) {
    const { readers, size, rate } = broadcast;
    console.log(`\nstopped readers: ${rate} messages of ${size} bytes a second to each of ${readers}`);
    console.log(`${mib(size * rate * readers)} MiB/s in all`);
    for (const policy of listArgument("policies", ["drop", "close", "wait"])) await stoppedRun(policy, broadcast);
  }
}

async function wavesRun(): Promise<void> {
  const waves = numberArgument("waves", 5);
  const frame = await Deno.makeTempFile({ dir: scratch });
  // "hello" as text, with a mask of zeros.
  await Deno.writeFile(frame, new Uint8Array([0x81, 0x85, 0, 0, 0, 0, ...new TextEncoder().encode("hello")]));
  await using server = await serve();
  const state = await collectedState(server);
  const rows = [["before", "0", mib(residentMemory(server.pid)), "", mib(state.heapUsed)]];
  for (let wave = 1; wave <= waves; wave++) {
    const before = residentMemory(server.pid);
    const { peak } = await peakMemory(server.pid, async () => {
      await using client = start(load, "hold", server.port, "/echo", connections, frame, "");
      if (await client.line() !== "open") throw new Error("Not all connections could be opened");
      await wait(SETTLE_SECONDS);
      rows.push([`wave ${wave}`, String((await stateOf(server)).open), mib(before)]);
    });
    await wait(SETTLE_SECONDS);
    const { open, heapUsed } = await collectedState(server);
    rows.at(-1)?.push(mib(peak), mib(heapUsed));
    check(open === 0, `${open} connections are still there after wave ${wave}`);
  }
  console.log(`\nwaves of ${connections} connections\n`);
  printTable(["", "open", "resident before, MiB", "at most", "heap after, collected"], rows);
}

/** Has the kernel drop, or no longer drop, all that goes to and comes from the clients that are cut off. */
async function cutOff(action: "-I" | "-D", port: number): Promise<boolean> {
  const rules = [["-s", CUT_OFF, "-p", "tcp", "--dport"], ["-d", CUT_OFF, "-p", "tcp", "--sport"]];
  const done = await Promise.all(
    rules.map((rule) => run("iptables", "-w", action, "INPUT", ...rule, String(port), "-j", "DROP")),
  );
  return done.every((success) => success);
}

async function vanishedRun(): Promise<void> {
  const many = numberArgument("vanished", 300);
  const interval = numberArgument("ping-interval", 10);
  const timeout = numberArgument("ping-timeout", 5);
  await using server = await serve(`--ping-interval=${interval}`, `--ping-timeout=${timeout}`);
  const open = async (group: string, address: string): Promise<Client> => {
    const client = start(soak, "answer", server.port, `/watched/${group}`, many, address);
    if (await client.line() !== "open") throw new Error(`The clients to be ${group} did not connect`);
    return client;
  };
  await using alive = await open("alive", "127.0.0.1");
  await using frozen = await open("frozen", "127.0.0.1");
  await using killed = await open("killed", "127.0.0.1");
  await using _cut = await open("cut", CUT_OFF);
  console.log(`\nvanished: ${many} connections each, a ping every ${interval} s and ${timeout} s for its pong\n`);
  const vanished: { group: string; at: number; first?: number; last?: number }[] = [];
  try {
    if (await cutOff("-I", server.port)) vanished.push({ group: "cut", at: performance.now() });
    else console.log("left out: clients that are cut off (iptables is not there, or may not be used)");
    killed.process.kill("SIGKILL");
    frozen.process.kill("SIGSTOP");
    for (const group of ["killed", "frozen"]) vanished.push({ group, at: performance.now() });
    const deadline = performance.now() + 3000 * (interval + timeout);
    while (vanished.some(({ last }) => last === undefined) && performance.now() < deadline) {
      const { groups } = await stateOf(server);
      for (const one of vanished) {
        const left = groups[one.group] ?? 0;
        const seconds = (performance.now() - one.at) / 1000;
        if (left < many) one.first ??= seconds;
        if (left === 0) one.last ??= seconds;
      }
      await wait(0.05);
    }
    printTable(
      ["clients", "first noticed, s", "last noticed, s", "at most allowed, s"],
      vanished.map(({ group, first, last }) => {
        const times = [first, last].map((seconds) => seconds?.toFixed(2) ?? "never");
        return [group, ...times, String(interval + timeout)];
      }),
    );
    console.log(
      `${openSockets(server.pid)} sockets are open in the server, ${many} of them to clients that have stayed`,
    );
    await alive.process.stdin.close();
    const stayed = await alive.line();
    console.log("the clients that have stayed:", stayed);
    check(
      JSON.parse(stayed).open === many && vanished.every(({ last }) => last !== undefined),
      "The wrong ones were closed",
    );
  } finally {
    await cutOff("-D", server.port);
  }
}

try {
  const runs = { soak: soakRun, stopped: stoppedRuns, waves: wavesRun, vanished: vanishedRun };
  for (const [name, work] of Object.entries(runs)) if (only.length === 0 || only.includes(name)) await work();
} finally {
  await Deno.remove(scratch, { recursive: true });
}
