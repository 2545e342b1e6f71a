// Event streams: resident memory of each of many, beside WebSockets that are subscribed to the same topic; the bytes of
// a compressed stream; the time from send() to a client, directly and through nginx with its defaults, as the
// difference of the two; and the ends of 1,000 streams of a server that drains for 10 s.
//
// Memory is what many connections add to a process that holds a tenth as many already. Each kind has a server of its
// own, and all are looked at in the same moments. Each round prints a line for each kind; with 10,000 connections it
// takes a little more than --late seconds. Resident memory includes the young generation of V8, which grows in steps of
// some 16 MiB up to 48, and then no more: a step is 1.7 KB of each of 10,000 connections. The heap is what is alive in
// it, after a collection. Needs nginx.
//
// deno task bench:event-streams [--connections=10000] [--rounds=3] [--late=40] [--kinds=socket,kept,events]
//   [--only=memory,bytes,nginx,drain] [--engine=listen]
import { startNginx } from "../tests/support/nginx.ts";
import { Application, RequestHandler } from "../src/web/mod.ts";
import {
  argument,
  denoPeer,
  listArgument,
  median,
  numberArgument,
  printTable,
  residentMemory,
  type ServerProcess,
  startServer,
  withFiles,
} from "./support.ts";

const connections = numberArgument("connections", 10000);
const rounds = numberArgument("rounds", 3);
const late = numberArgument("late", 40);
const kinds = listArgument("kinds", ["socket", "kept", "events"]);
const only = listArgument("only", ["memory", "bytes", "nginx", "drain"]);
const SOON_SECONDS = 5;

const settle = (seconds: number) => new Promise((resolve) => setTimeout(resolve, seconds * 1000));

async function hold(port: number, count: number, kind: string): Promise<AsyncDisposable> {
  const [program = "", ...args] = withFiles(count, denoPeer("subscriber_client.ts", String(port), String(count), kind));
  const client = new Deno.Command(program, { args, stdin: "piped", stdout: "piped" }).spawn();
  const reader = client.stdout.getReader();
  if ((await reader.read()).done) throw new Error("The client did not get all of its connections");
  let isHeld = true;
  return {
    async [Symbol.asyncDispose](): Promise<void> {
      if (!isHeld) return;
      isHeld = false;
      reader.releaseLock();
      await client.stdin.close();
      await client[Symbol.asyncDispose]();
    },
  };
}

/** The connections, as events_twister.ts names them. */
const KINDS: Readonly<Record<string, string>> = {
  socket: "WebSocket",
  kept: "event stream",
  events: "event stream, method that waits",
};

/** A server with many connections of one kind. */
interface Crowd {
  readonly kind: string;
  readonly server: ServerProcess;
  /** The resident bytes of the server before the many came. */
  readonly before: number;
  readonly many: AsyncDisposable;
}

async function gather(kind: string, stack: AsyncDisposableStack): Promise<Crowd> {
  const command = denoPeer("events_twister.ts", `--engine=${argument("engine", "listen")}`);
  // Behind `run`.
  const collects = command.toSpliced(2, 0, "--v8-flags=--expose-gc");
  const server = stack.use(await startServer(withFiles(1.2 * connections, collects)));
  stack.use(await hold(server.port, connections / 10, kind));
  await settle(SOON_SECONDS);
  const before = residentMemory(server.pid);
  return { kind, server, before, many: stack.use(await hold(server.port, connections, kind)) };
}

/** The bytes of the heap that are alive. */
async function heapOf({ port }: ServerProcess): Promise<number> {
  return Number(await (await fetch(`http://127.0.0.1:${port}/heap`)).text());
}

/** What the many of a crowd keep alive, who leave. */
async function heapOfMany({ server, many }: Crowd): Promise<number> {
  const full = await heapOf(server);
  await many[Symbol.asyncDispose]();
  await settle(1);
  return full - await heapOf(server);
}

const COLUMNS = ["kind", `after ${SOON_SECONDS} s`, `after ${late} s`, "heap"];

/** Returns a list of figures for each kind: the bytes of each connection soon, late, and on the heap. */
async function memoryRound(): Promise<Map<string, number[]>> {
  await using stack = new AsyncDisposableStack();
  const crowds = await Promise.all(kinds.map((kind) => gather(kind, stack)));
  const look = () => crowds.map(({ server, before }) => residentMemory(server.pid) - before);
  await settle(SOON_SECONDS);
  const soon = look();
  await settle(Math.max(0, late - SOON_SECONDS));
  const then = look();
  const heap = await Promise.all(crowds.map(heapOfMany));
  const each = (bytes = NaN) => bytes / connections;
  return new Map(crowds.map(({ kind }, i) => [kind, [each(soon[i]), each(then[i]), each(heap[i])]]));
}

function printMemory(of: (kind: string, column: number) => number): void {
  const rows = kinds.map((kind) => [KINDS[kind] ?? kind, ...[0, 1, 2].map((at) => of(kind, at).toFixed(0))]);
  printTable(COLUMNS, rows);
}

async function memory(): Promise<void> {
  const found: Map<string, number[]>[] = [];
  while (found.length < rounds) {
    const round = await memoryRound();
    found.push(round);
    console.log(`\nbytes of each subscribed connection, ${connections} of them, round ${found.length}`);
    printMemory((kind, at) => round.get(kind)?.[at] ?? NaN);
  }
  console.log(`\nmedians of ${rounds} rounds`);
  printMemory((kind, at) => median(found.map((round) => round.get(kind)?.[at] ?? NaN)));
}

const EVENTS = 1000;

/** Sends figures as a dashboard gets them, one event after another. */
class Figures extends RequestHandler {
  override async get(): Promise<void> {
    const events = this.eventStream();
    for (let i = 0; i < EVENTS; i++) {
      const time = new Date(1_800_000_000_000 + i * 1000).toISOString();
      const figure = () => Math.round(Math.random() * 1e4) / 100;
      await events.send({
        time,
        symbol: ["ACME", "BETA", "CORP"][i % 3],
        price: figure(),
        volume: i * 7,
        bid: figure(),
      }, {
        event: "price",
        id: String(i),
      });
    }
  }
}

/** Counts what a client receives of a response. */
async function bytesOf(port: number, coding: string): Promise<number> {
  using conn = await Deno.connect({ hostname: "127.0.0.1", port });
  const lines = ["GET /figures HTTP/1.1", "Host: a", "Connection: close", `Accept-Encoding: ${coding}`];
  await conn.write(new TextEncoder().encode(`${lines.join("\r\n")}\r\n\r\n`));
  let bytes = 0;
  for await (const piece of conn.readable) bytes += piece.length;
  return bytes;
}

async function bytes(port: number): Promise<void> {
  const [plain, gzip] = [await bytesOf(port, "identity"), await bytesOf(port, "gzip")];
  console.log(`\n${EVENTS} events of figures, each flushed: ${plain} bytes plain, ${gzip} compressed`);
  console.log(`saved: ${((1 - gzip / plain) * 100).toFixed(1)} %`);
}

const TICKS = 500;

/** Sends the time, when the client asks for it. */
class Clock extends RequestHandler {
  static next: (() => void) | null = null;
  override async get(): Promise<void> {
    const events = this.eventStream();
    for (let i = 0; i < TICKS; i++) {
      const asked = new Promise<void>((resolve) => Clock.next = resolve);
      await events.send(String(performance.now()));
      await asked;
    }
  }
}

/** Returns the milliseconds from `send()` to the client's first byte, for each event. */
async function delays(url: string): Promise<number[]> {
  const found: number[] = [];
  for await (const piece of (await fetch(url)).body ?? []) {
    const now = performance.now();
    for (const [, sent] of new TextDecoder().decode(piece).matchAll(/^data: (.*)$/gm)) found.push(now - Number(sent));
    Clock.next?.();
  }
  return found;
}

async function nginx(port: number): Promise<void> {
  await using proxy = await startNginx([`location / { proxy_pass http://127.0.0.1:${port}; }`]);
  const direct: number[] = [];
  const proxied: number[] = [];
  for (let round = 0; round < rounds; round++) {
    direct.push(median(await delays(`http://127.0.0.1:${port}/clock`)));
    proxied.push(median(await delays(`http://127.0.0.1:${proxy.ports[0]}/clock`)));
  }
  console.log(`\nmilliseconds from send() to the client, medians of ${rounds} rounds of ${TICKS} events`);
  const [near, far] = [median(direct), median(proxied)];
  printTable(["way", "ms"], [["direct", near.toFixed(3)], ["nginx", far.toFixed(3)], [
    "nginx adds",
    (far - near).toFixed(3),
  ]]);
}

const DRAINED = 1000;
const AT_ONCE = 100;

/** Opens a stream, and returns a function that reads to its end: the last frames, and when they came. */
async function openStream(port: number, path: string): Promise<() => Promise<{ text: string; at: number }>> {
  const conn = await Deno.connect({ hostname: "127.0.0.1", port });
  await conn.write(new TextEncoder().encode(`GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`));
  const decoder = new TextDecoder();
  const buffer = new Uint8Array(4096);
  let text = "";
  const read = async () => {
    const length = await conn.read(buffer).catch(() => null);
    if (length !== null) text += decoder.decode(buffer.subarray(0, length));
    return length !== null;
  };
  while (!/retry: \d+\n\n/.test(text)) if (!await read()) throw new Error(`The server closed after ${text}`);
  return async () => {
    while (!text.endsWith("\r\n0\r\n\r\n") && await read());
    const at = performance.now();
    conn.close();
    return { text, at };
  };
}

async function drain(): Promise<void> {
  const command = denoPeer("events_twister.ts", `--engine=${argument("engine", "listen")}`);
  await using server = await startServer(withFiles(1.2 * DRAINED, command));
  const readers: (() => Promise<{ text: string; at: number }>)[] = [];
  for (let i = 0; i < DRAINED; i += AT_ONCE) {
    const paths = Array.from({ length: AT_ONCE }, (_, j) => j % 2 === 0 ? "/kept" : "/events");
    readers.push(...await Promise.all(paths.map((path) => openStream(server.port, path))));
  }
  const begin = performance.now();
  Deno.kill(server.pid, "SIGTERM");
  const ends = await Promise.all(readers.map((read) => read()));
  const isWhole = ({ text }: { text: string }) => /\nretry: \d+\n\n\r\n0\r\n\r\n$/.test(text);
  const times = ends.map(({ at }) => (at - begin) / 1000).sort((a, b) => a - b);
  const at = (share: number) => (times[Math.floor(share * (times.length - 1))] ?? 0).toFixed(1);
  console.log(`\n${DRAINED} streams of a server that drains for 10 s; each is to end in the first half`);
  console.log(`first after ${at(0)} s, a quarter ${at(0.25)} s, half ${at(0.5)} s, last ${at(1)} s`);
  console.log(`ended in order, with a time to come back: ${ends.filter(isWhole).length}`);
}

if (only.includes("memory")) await memory();
const app = new Application([["/figures", Figures], ["/clock", Clock]], { logFunction() {}, compressResponse: true });
await using server = app.listen(0, { address: "127.0.0.1" });
if (only.includes("bytes")) await bytes(server.port);
if (only.includes("nginx")) await nginx(server.port);
if (only.includes("drain")) await drain();
