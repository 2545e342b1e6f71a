// Mixed load for long: small requests, forms, answers in pieces that some clients leave, streamed uploads of which some
// are cut, errors, WebSockets that come and go. The heap after a collection and the open descriptors are looked at
// while it is quiet, ten times. Both must be flat: in the second half, the heap may grow by 5 %, and the descriptors by
// one for each client, which is what its pool keeps. Ends with `passed` or an error.
//
//   deno task check:soak [--minutes=20] [--engine=listen]
import { argument, denoPeer, numberArgument, printTable, residentMemory, startServer } from "./support.ts";

interface State {
  readonly heap: number;
  readonly descriptors: number;
}

const SAMPLES = 10;
/** Clients that each do one thing after another. */
const CLIENTS = 24;
const MOST_GROWTH = 1.05;
const MIB = 2 ** 20;

const minutes = numberArgument("minutes", 20);
const engine = argument("engine", "listen");

const [deno = "", run = "", ...rest] = denoPeer("soak_server.ts", `--engine=${engine}`);
await using server = await startServer([deno, run, "--v8-flags=--expose-gc", ...rest]);
const base = `http://127.0.0.1:${server.port}`;
const counts = new Map<string, number>();

/** Asks, and checks the answer. */
async function ask(path: string, wanted: string, init?: RequestInit): Promise<void> {
  const response = await fetch(base + path, init);
  const text = await response.text();
  if (text !== wanted) throw new Error(`${path} answers ${response.status} ${text.slice(0, 100)}`);
}

/** Runs something that is cut in the middle, which is an error on this side only. */
async function cut(work: (signal: AbortSignal) => Promise<unknown>): Promise<void> {
  const control = new AbortController();
  setTimeout(() => control.abort(), 5);
  await work(control.signal).catch(() => {});
}

function echo(): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(`${base.replace("http", "ws")}/echo`);
    let left = 20;
    socket.onopen = () => socket.send("x".repeat(1000));
    socket.onmessage = ({ data }) => --left > 0 ? socket.send(data) : socket.close();
    socket.onclose = () => left === 0 ? resolve() : reject(new Error(`A WebSocket closed with ${left} messages left`));
  });
}

const MIXTURE: Readonly<Record<string, () => Promise<void>>> = {
  get: () => ask("/hello/ada?q=a%20b", '{"hello":"ada","query":"a b"}'),
  form: () => ask("/hello/ada", "2000", { method: "POST", body: new URLSearchParams({ note: "y".repeat(2000) }) }),
  pieces: () => ask("/pieces", "x".repeat(200_000)),
  left: () => cut(async (signal) => (await fetch(`${base}/pieces`, { signal })).text()),
  upload: () => ask("/upload", "300000", { method: "PUT", body: new Uint8Array(300_000) }),
  cut: () => cut((signal) => fetch(`${base}/upload`, { method: "PUT", body: endless(), signal })),
  error: async () => {
    const response = await fetch(`${base}/fails`);
    await response.body?.cancel();
    if (response.status !== 500) throw new Error(`/fails answers ${response.status}`);
  },
  websocket: echo,
};

function endless(): ReadableStream<Uint8Array<ArrayBuffer>> {
  return new ReadableStream({ pull: (controller) => controller.enqueue(new Uint8Array(10_000)) });
}

async function client(first: number, end: number): Promise<void> {
  const kinds = Object.entries(MIXTURE);
  for (let i = first; performance.now() < end; i++) {
    const [name, work] = kinds[i % kinds.length] ?? kinds[0] ?? [];
    if (name === undefined) return;
    await work?.();
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
}

async function state(): Promise<State> {
  // Connections that clients have left are noticed, and kept ones of the pool go after a while: the least counts.
  let least: State | null = null;
  for (let i = 0; i < 10; i++) {
    const response = await fetch(`${base}/state`);
    const now: State = await response.json();
    least = least === null
      ? now
      : { heap: Math.min(now.heap, least.heap), descriptors: Math.min(now.descriptors, least.descriptors) };
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  if (least === null) throw new Error("No state was read");
  return least;
}

const states: State[] = [];
const rows: string[][] = [];
for (let sample = 1; sample <= SAMPLES; sample++) {
  const end = performance.now() + minutes * 60_000 / SAMPLES;
  await Promise.all(Array.from({ length: CLIENTS }, (_, i) => client(i, end)));
  const now = await state();
  states.push(now);
  const minute = (minutes * sample / SAMPLES).toFixed(1);
  rows.push([
    minute,
    (now.heap / MIB).toFixed(2),
    String(now.descriptors),
    (residentMemory(server.pid) / MIB).toFixed(0),
  ]);
  console.log(`minute ${minute}: heap ${rows.at(-1)?.[1]} MiB, ${now.descriptors} descriptors`);
}
console.log(`\n${engine}: ${Array.from(counts, ([name, count]) => `${count} ${name}`).join(", ")}\n`);
printTable(["minute", "heap MiB", "descriptors", "resident MiB"], rows);
const half = states[SAMPLES / 2 - 1];
const last = states[SAMPLES - 1];
if (half === undefined || last === undefined) throw new Error("Too few samples");
if (last.heap > half.heap * MOST_GROWTH) throw new Error(`The heap grew from ${half.heap} to ${last.heap} bytes`);
// Deno's fetch keeps one connection for each client, more or less.
if (last.descriptors > half.descriptors + CLIENTS) {
  throw new Error(`The descriptors grew from ${half.descriptors} to ${last.descriptors}`);
}
console.log("\npassed");
