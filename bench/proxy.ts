// The proxy beside configurable-http-proxy on Node, and what it holds: deno run -A bench/proxy.ts [--only=requests,...]
import { IOStream } from "../src/net/iostream.ts";
import { latin1Bytes, latin1Text } from "../src/internal/utf8.ts";
import {
  compiled,
  denoPeer,
  listArgument,
  median,
  numberArgument,
  printTable,
  processorTime,
  residentMemory,
  type ServerProcess,
  startServer,
  succeeds,
} from "./support.ts";
import { wrk } from "./wrk.ts";

const CHP = "configurable-http-proxy@5.3.0";
const HUB_PROXY = new URL("../examples/hub_proxy/main.ts", import.meta.url).pathname;
/** As the README of the example says it where memory matters. */
const BUNDLING = ["--minify", "--keep-names", "--packages=external", "--code-splitting"];
const FLAGS = [
  ...["--no-code-cache", "--no-config", "--no-npm", "--no-remote"],
  "--v8-flags=--max-semi-space-size=1,--initial-old-space-size=6,--memory-saver-mode," +
  "--no-opt,--no-concurrent-recompilation,--no-sparkplug",
];
const MIB = 1048576;
/** So many that the heap has come to its size under load. */
const MEMORY_REQUESTS = 40_000;

const only = listArgument("only", ["requests", "memory", "websockets", "events", "slow", "soak", "kill"]);
const rounds = numberArgument("rounds", 3);
const rate = numberArgument("rate", 2000);
const scratch = await Deno.makeTempDir();

/** A proxy in front of one back end, with routes or without. */
interface Contender {
  readonly name: string;
  start(back: number): Promise<ServerProcess>;
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

async function contenders(): Promise<Contender[]> {
  const options = (port: number, back: number) => [
    ...["--ip", "127.0.0.1", "--port", String(port), "--api-port", String(freePort())],
    ...["--log-level", "error", "--default-target", `http://127.0.0.1:${back}`],
  ];
  const directory = `${scratch}/hub_proxy`;
  const bundle = `${directory}/main.js`;
  const bundling = ["bundle", "--quiet", "--no-lock", ...BUNDLING, "--outdir", directory, HUB_PROXY];
  // A cache of its own: while another program writes to the common one, Deno parses the files again.
  const own = ["env", `DENO_DIR=${scratch}/cache`, Deno.execPath()];
  if (!await succeeds(Deno.execPath(), ...bundling) || !await succeeds("env", ...own.slice(1), "cache", bundle)) {
    throw new Error("Cannot bundle the example");
  }
  const deno = (command: readonly string[], ...args: string[]) => (back: number) =>
    startServer([...command, "run", "--no-check", "--no-lock", "-A", ...args, ...options(freePort(), back)]);
  const list: Contender[] = [
    { name: "hub_proxy", start: deno([Deno.execPath()], HUB_PROXY) },
    { name: "hub_proxy bundled, with flags", start: deno(own, ...FLAGS, bundle) },
  ];
  if (!await succeeds("npm", "install", "--silent", "--prefix", scratch, CHP)) {
    console.log("left out: configurable-http-proxy (npm cannot install it)");
    return list;
  }
  list.push({
    name: CHP,
    start: async (back) => {
      const port = freePort();
      const program = `${scratch}/node_modules/.bin/configurable-http-proxy`;
      const child = new Deno.Command("node", { args: [program, ...options(port, back)], stdout: "null" }).spawn();
      for (;;) {
        try {
          await (await fetch(`http://127.0.0.1:${port}/`)).text();
          break;
        } catch {
          await pause(100);
        }
      }
      return {
        pid: child.pid,
        port,
        async [Symbol.asyncDispose](): Promise<void> {
          child.kill("SIGKILL");
          await child.status;
        },
      };
    },
  });
  return list;
}

function descriptors(pid: number): number {
  return [...Deno.readDirSync(`/proc/${pid}/fd`)].length;
}

async function requests(list: readonly Contender[], back: number): Promise<void> {
  const samples = new Map(list.map(({ name }) => [name, { rate: [] as number[], work: [] as number[] }]));
  for (let round = 0; round < rounds; round++) {
    for (const { name, start } of round % 2 === 0 ? list : list.toReversed()) {
      await using proxy = await start(back);
      const url = `http://127.0.0.1:${proxy.port}/`;
      await wrk(url, { connections: 64, seconds: 5 });
      const before = processorTime(proxy.pid);
      const report = await wrk(url, { connections: 64, seconds: 5 });
      const worked = processorTime(proxy.pid) - before;
      const count = Number(report.match(/(\d+) requests in/)?.[1]);
      const sample = samples.get(name);
      sample?.rate.push(Number(report.match(/Requests\/sec:\s+([\d.]+)/)?.[1]));
      sample?.work.push(worked * 1e6 / count);
    }
  }
  printTable(
    ["requests, 64 connections", "a second", "processor us each"],
    [...samples].map(([name, { rate, work }]) => [name, median(rate).toFixed(0), median(work).toFixed(0)]),
  );
}

/** Bytes of a process that no other process shares, and that no file has. */
function ownMemory(pid: number): number {
  const kib = /^RssAnon:\s+(\d+) kB$/m.exec(Deno.readTextFileSync(`/proc/${pid}/status`))?.[1];
  if (kib === undefined) throw new Error(`/proc/${pid}/status has no RssAnon`);
  return Number(kib) * 1024;
}

/** What a proxy takes after so many requests, without WebSockets and with 1,000 that are open. */
async function memory(list: readonly Contender[], back: number): Promise<void> {
  const samples = new Map(list.map(({ name }) => [name, [] as number[][]]));
  for (let round = 0; round < rounds; round++) {
    for (const { name, start } of round % 2 === 0 ? list : list.toReversed()) {
      await using proxy = await start(back);
      const { pid, port } = proxy;
      const sample = [residentMemory(pid), ownMemory(pid)];
      await loadOften(port);
      sample.push(residentMemory(pid), ownMemory(pid));
      const streams = await openMany(port, 1000);
      await loadOften(port);
      sample.push(residentMemory(pid), ownMemory(pid));
      samples.get(name)?.push(sample);
      for (const stream of streams) stream.close();
    }
  }
  const what = ["at rest", "loaded", "loaded, 1,000 WebSockets"];
  printTable(
    [`MiB, ${MEMORY_REQUESTS} requests, medians of ${rounds}`, ...what.flatMap((each) => [each, "its own"])],
    [...samples].map(([name, rows]) => [
      name,
      ...(rows[0] ?? []).map((_, i) => (median(rows.map((row) => row[i] ?? NaN)) / MIB).toFixed(1)),
    ]),
  );
}

async function loadOften(port: number): Promise<void> {
  const url = `http://127.0.0.1:${port}/`;
  for (let count = 0; count < MEMORY_REQUESTS;) {
    count += Number((await wrk(url, { connections: 64, seconds: 1 })).match(/(\d+) requests in/)?.[1]);
  }
}

const HANDSHAKE = "GET /ws HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" +
  `Cookie: token=${"x".repeat(300)}\r\nUser-Agent: Mozilla/5.0 (X11; Linux x86_64)\r\n` +
  "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n";
const END_OF_HEAD = latin1Bytes("\r\n\r\n");

async function openWebSocket(port: number): Promise<IOStream> {
  const stream = await IOStream.connect({ hostname: "127.0.0.1", port });
  stream.send(latin1Bytes(HANDSHAKE));
  const head = latin1Text(await stream.readUntil(END_OF_HEAD));
  if (!head.includes(" 101 ")) throw new Error(`No WebSocket: ${head}`);
  return stream;
}

/** Opens WebSockets, some at a time. */
async function openMany(port: number, count: number): Promise<IOStream[]> {
  const all: IOStream[] = [];
  while (all.length < count) {
    all.push(...await Promise.all(Array.from({ length: Math.min(50, count - all.length) }, () => openWebSocket(port))));
  }
  return all;
}

async function websockets(list: readonly Contender[], back: number): Promise<void> {
  const rows: string[][] = [];
  for (const { name, start } of list) {
    await using proxy = await start(back);
    const each: number[] = [];
    for (let round = 0; round < rounds + 1; round++) {
      const before = residentMemory(proxy.pid);
      const streams = await openMany(proxy.port, 1000);
      await pause(1500);
      each.push((residentMemory(proxy.pid) - before) / 1000);
      for (const stream of streams) stream.close();
      await pause(1500);
    }
    // The first thousand also pays for what is made once.
    rows.push([name, median(each.slice(1)).toFixed(0), (each[0] ?? 0).toFixed(0)]);
  }
  printTable(["1,000 idle WebSockets", "bytes each", "the first thousand"], rows);
}

async function events(list: readonly Contender[], back: number): Promise<void> {
  const first = async (port: number): Promise<number> => {
    const stream = await IOStream.connect({ hostname: "127.0.0.1", port });
    const start = performance.now();
    stream.send(latin1Bytes("GET /events HTTP/1.1\r\nHost: a\r\n\r\n"));
    await stream.readUntil(latin1Bytes("data: first\n\n"));
    const taken = performance.now() - start;
    stream.close();
    return taken;
  };
  const rows: string[][] = [];
  for (const { name, start } of list) {
    await using proxy = await start(back);
    const direct: number[] = [];
    const through: number[] = [];
    for (let i = 0; i < 400; i++) {
      const times = [await first(back), await first(proxy.port)];
      if (i < 200) continue;
      direct.push(times[0] ?? 0);
      through.push(times[1] ?? 0);
    }
    rows.push([
      name,
      median(direct).toFixed(2),
      median(through).toFixed(2),
      (median(through) - median(direct)).toFixed(2),
    ]);
  }
  printTable(["first event, ms, medians of 200", "direct", "through", "more"], rows);
}

/** What a piece of work adds to the memory of a process at most, in MiB. */
async function growth(pid: number, work: () => Promise<unknown>): Promise<string> {
  const before = residentMemory(pid);
  let peak = before;
  const timer = setInterval(() => peak = Math.max(peak, residentMemory(pid)), 50);
  await work();
  clearInterval(timer);
  return ((peak - before) / MIB).toFixed(1);
}

async function slow(list: readonly Contender[], back: number): Promise<void> {
  const rows: string[][] = [];
  for (const { name, start } of list) {
    await using proxy = await start(back);
    for (let i = 0; i < 2000; i++) await (await fetch(`http://127.0.0.1:${proxy.port}/`)).text();
    const reader = await growth(proxy.pid, async () => {
      const stream = await IOStream.connect({ hostname: "127.0.0.1", port: proxy.port });
      stream.send(latin1Bytes(`GET /big?bytes=${1024 * MIB} HTTP/1.1\r\nHost: a\r\n\r\n`));
      for (let i = 0; i < 200; i++) {
        await stream.readBytes(1000);
        await pause(100);
      }
      stream.close();
    });
    const upload = await growth(proxy.pid, async () => {
      const stream = await IOStream.connect({ hostname: "127.0.0.1", port: proxy.port });
      stream.send(
        latin1Bytes(`POST /upload HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: ${1024 * MIB}\r\n\r\n`),
      );
      const piece = new Uint8Array(65536);
      for (let sent = 0; sent < 1024 * MIB; sent += piece.length) await stream.write(piece);
      const answer = latin1Text(await stream.readUntilClose());
      if (!answer.endsWith(`\r\n\r\n${1024 * MIB}`)) throw new Error(`The upload is not complete: ${answer}`);
    });
    rows.push([name, reader, upload]);
  }
  printTable(["MiB more", "20 s of a reader of 10 KB/s, 1 GiB", "upload of 1 GiB"], rows);
}

/** What is left of 12,000 connections: descriptors, and the heap after garbage was collected. */
async function soak(_list: readonly Contender[], back: number): Promise<void> {
  console.log("soak: descriptors and MiB of the heap before and after");
  const [deno = "", run = "", ...rest] = denoPeer("proxy_twister.ts", String(back));
  await using proxy = await startServer([deno, run, "--v8-flags=--expose-gc", ...rest]);
  const { pid, port } = proxy;
  const state = async () => {
    // Idle connections to the back end end by themselves.
    await pause(6000);
    const heap = Number(await (await fetch(`http://127.0.0.1:${port}/heap`)).text());
    return { heap: heap / MIB, files: descriptors(pid) };
  };
  const webSockets = async (count: number) => {
    for (let i = 0; i < count / 500; i++) for (const stream of await openMany(port, 500)) stream.close();
  };
  const halfClosed = async () => {
    for (let i = 0; i < 2; i++) {
      const streams = await openMany(port, 500);
      await Promise.all(streams.map((stream) => stream.closeWrite()));
      await Promise.all(streams.map((stream) => stream.readUntilClose().catch(() => {})));
    }
  };
  const dying = async () => {
    for (let i = 0; i < 20; i++) {
      await Promise.all(Array.from({ length: 50 }, async () => {
        const stream = await IOStream.connect({ hostname: "127.0.0.1", port });
        stream.send(latin1Bytes("GET /broken HTTP/1.1\r\nHost: a\r\n\r\n"));
        await stream.readUntilClose().catch(() => {});
        stream.close();
      }));
    }
  };
  // What is made once is there before the count begins.
  await webSockets(2000);
  await halfClosed();
  await dying();
  let before = await state();
  for (
    const [what, work] of [["10,000 WebSockets", () => webSockets(10_000)], ["1,000 half-closed", halfClosed], [
      "1,000 that break off",
      dying,
    ]] as const
  ) {
    await work();
    const after = await state();
    const more = ((after.heap / before.heap - 1) * 100).toFixed(1);
    console.log(
      `${what}: ${before.files} -> ${after.files}, ` +
        `${before.heap.toFixed(2)} -> ${after.heap.toFixed(2)} MiB, ${more} % more`,
    );
    before = after;
  }
}

/** What `request_load kill` prints. */
interface KillReport {
  readonly asked: number;
  readonly answered: number;
  readonly posts: number;
  readonly postsAtKill: number;
  readonly failedPosts: readonly number[];
  readonly median: number;
  readonly p99: number;
}

/** Kills one of two back ends under load, of which one request in ten is a POST. */
async function kill(): Promise<void> {
  const load = await compiled(scratch, "request_load.c");
  const logs = [`${scratch}/a.log`, `${scratch}/b.log`];
  for (const log of logs) await Deno.writeTextFile(log, "");
  const [a, b] = await Promise.all(logs.map((log) => startServer(denoPeer("proxy_back_end.ts", log))));
  if (a === undefined || b === undefined) return;
  await using proxy = await startServer(denoPeer("proxy_twister.ts", String(a.port), String(b.port)));
  // Code that is cold takes many times as long: the rate would not be reached.
  await wrk(`http://127.0.0.1:${proxy.port}/`, { connections: 16, seconds: 4 });
  const args = ["kill", String(proxy.port), "/", String(rate), "8", "0", String(a.pid)];
  const { stdout } = await new Deno.Command(load, { args, stderr: "inherit" }).output();
  const report: KillReport = JSON.parse(new TextDecoder().decode(stdout));
  const { asked, answered, posts, postsAtKill, failedPosts } = report;
  const carriedOut = (await Promise.all(logs.map((log) => Deno.readTextFile(log)))).join("").trim().split("\n");
  const twice = carriedOut.length - new Set(carriedOut).size;
  const survivor = new Set((await Deno.readTextFile(logs[1] ?? "")).trim().split("\n"));
  const wrong = failedPosts.filter((id) => survivor.has(String(id))).length;
  console.log(
    `kill -9 at ${(asked / 8).toFixed(0)} requests/s: ${asked - answered - failedPosts.length} of ${asked - posts} ` +
      `GETs failed; ${failedPosts.length} of ${posts} POSTs failed, ${postsAtKill} were in flight; ` +
      `${twice} carried out twice, ${wrong} failed but carried out by the survivor; ` +
      `ms: ${report.median} at the median, ${report.p99} of 1 in 100`,
  );
  await b[Symbol.asyncDispose]();
}

try {
  console.log(`load average: ${Deno.loadavg().map((each) => each.toFixed(1)).join(" ")}`);
  const names = listArgument("contenders", ["hub_proxy", "configurable"]);
  const list = (await contenders()).filter(({ name }) => names.some((each) => name.startsWith(each)));
  const steps = { requests, memory, websockets, events, slow, soak };
  {
    await using back = await startServer(denoPeer("proxy_back_end.ts", `${scratch}/back.log`));
    for (const [name, step] of Object.entries(steps)) if (only.includes(name)) await step(list, back.port);
  }
  if (only.includes("kill")) await kill();
} finally {
  await Deno.remove(scratch, { recursive: true });
}
