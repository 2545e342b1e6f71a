// Event streams: resident memory of each of many, beside WebSockets that are subscribed to the same topic; the bytes of
// a compressed stream; the time from send() to a client, directly and through nginx with its defaults, as the
// difference of the two; and the ends of 1,000 streams of a server that drains for 10 s.
//
// Memory is what many connections add to a process that holds a tenth as many already; medians of alternating rounds.
// It includes the young generation of V8, which grows in steps of some 16 MiB up to 48, and then no more: with 10,000
// connections a step is 1.7 KB of each. Needs nginx.
//
// deno task bench:event-streams [--connections=10000] [--rounds=3] [--only=memory,bytes,nginx,drain] [--engine=listen]
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
  startServer,
  withFiles,
} from "./support.ts";

const connections = numberArgument("connections", 10000);
const rounds = numberArgument("rounds", 3);
const only = listArgument("only", ["memory", "bytes", "nginx", "drain"]);
const SOON_SECONDS = 5;
const LATE_SECONDS = 40;

const settle = (seconds: number) => new Promise((resolve) => setTimeout(resolve, seconds * 1000));

async function hold(port: number, count: number, kind: string): Promise<AsyncDisposable> {
  const [program = "", ...args] = withFiles(count, denoPeer("subscriber_client.ts", String(port), String(count), kind));
  const client = new Deno.Command(program, { args, stdin: "piped", stdout: "piped" }).spawn();
  const reader = client.stdout.getReader();
  if ((await reader.read()).done) throw new Error("The client did not get all of its connections");
  return {
    async [Symbol.asyncDispose](): Promise<void> {
      reader.releaseLock();
      await client.stdin.close();
      await client[Symbol.asyncDispose]();
    },
  };
}

/** Returns the bytes of each connection, soon and late. */
async function memoryOf(kind: string): Promise<[number, number]> {
  const command = denoPeer("events_twister.ts", `--engine=${argument("engine", "listen")}`);
  await using server = await startServer(withFiles(1.2 * connections, command));
  await using _some = await hold(server.port, connections / 10, kind);
  await settle(SOON_SECONDS);
  const before = residentMemory(server.pid);
  await using _many = await hold(server.port, connections, kind);
  await settle(SOON_SECONDS);
  const soon = residentMemory(server.pid);
  await settle(LATE_SECONDS - SOON_SECONDS);
  return [(soon - before) / connections, (residentMemory(server.pid) - before) / connections];
}

/** The connections, as events_twister.ts names them. */
const KINDS: Readonly<Record<string, string>> = {
  socket: "WebSocket",
  kept: "event stream",
  events: "event stream, method that waits",
};

async function memory(): Promise<void> {
  const kinds = Object.keys(KINDS);
  const samples = new Map<string, [number, number][]>(kinds.map((kind) => [kind, []]));
  for (let round = 0; round < rounds; round++) {
    for (const kind of round % 2 === 0 ? kinds : kinds.toReversed()) samples.get(kind)?.push(await memoryOf(kind));
  }
  console.log(`\nbytes of each subscribed connection, ${connections} of them, medians of ${rounds} rounds`);
  printTable(
    ["kind", `after ${SOON_SECONDS} s`, `after ${LATE_SECONDS} s`],
    kinds.map((kind) => {
      const middle = (at: 0 | 1) => median((samples.get(kind) ?? []).map((sample) => sample[at])).toFixed(0);
      return [KINDS[kind], middle(0), middle(1)];
    }),
  );
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
