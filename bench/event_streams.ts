// Event streams: resident memory of each of many, beside WebSockets that are subscribed to the same topic; the bytes of
// a compressed stream; and the time from send() to a client, directly and through nginx with its defaults, as the
// difference of the two.
//
// Memory is what many connections add to a process that holds a tenth as many already; medians of alternating rounds.
// It includes the young generation of V8, which grows in steps of some 16 MiB up to 48, and then no more: with 10,000
// connections a step is 1.7 KB of each. Needs nginx.
//
//   deno task bench:event-streams [--connections=10000] [--rounds=3] [--only=memory,bytes,nginx] [--engine=listen]
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
const only = listArgument("only", ["memory", "bytes", "nginx"]);
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

if (only.includes("memory")) await memory();
const app = new Application([["/figures", Figures], ["/clock", Clock]], { logFunction() {}, compressResponse: true });
await using server = app.listen(0, { address: "127.0.0.1" });
if (only.includes("bytes")) await bytes(server.port);
if (only.includes("nginx")) await nginx(server.port);
