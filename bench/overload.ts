// Load at 10 times capacity, and a herd of WebSockets that come back together. A client that is refused comes with a
// new connection. The clients have a processor of their own: with one for both, they would be the load. Needs cc and
// taskset.
//
// A refusal is compared with an answer of the same kind of load: requests that come evenly, at 80 percent of the peak.
// With one connection or eight that ask again as soon as they have an answer, both would be cheaper.
//
//   deno task check:overload [--seconds=8] [--sockets=5000] [--only=overload]
import {
  compiled,
  denoPeer,
  listArgument,
  numberArgument,
  pinned,
  processorTime,
  type ServerProcess,
  startServer,
  withFiles,
} from "./support.ts";
import { CLIENT_CPU, SERVER_CPU } from "./wrk.ts";

const seconds = numberArgument("seconds", 8);
const sockets = numberArgument("sockets", 5000);
const only = listArgument("only");
/** The line with which the load says that it counts from now on. */
const SETTLED = "settled\n";
const encoder = new TextEncoder();
const decoder = new TextDecoder();
/** Seconds that are not counted: the code gets compiled, and the limit has to find out. */
const SETTLING = 2;
const OVERLOAD = 10;
/** The part of the peak at which a server has nothing to refuse. */
const NORMAL = 0.8;
/** Connections that keep the server busy: as many as its pool has. */
const BUSY = 8;

/** What the load generator has counted; times are in milliseconds. */
interface Counts {
  readonly asked: number;
  readonly answered: number;
  readonly refused: number;
  readonly failed: number;
  readonly median: number;
  readonly p99: number;
}

/** What came of a load. */
interface Outcome extends Counts {
  /** Seconds that the processors worked for the server. */
  readonly worked: number;
}

async function connect(port: number): Promise<Deno.TcpConn> {
  return await Deno.connect({ hostname: "127.0.0.1", port });
}

async function start(...args: string[]): Promise<ServerProcess> {
  return await startServer(withFiles(sockets * 2, denoPeer("overload_server.ts", ...args)), { cpu: SERVER_CPU });
}

/** Asks for the page: so many times a second (`open`), or on so many connections (`closed`). */
async function load({ port, pid }: ServerProcess, kind: "open" | "closed", number: number): Promise<Outcome> {
  const words = [kind, String(port), "/page", String(number), String(SETTLING + seconds), String(SETTLING)];
  const [program = "", ...args] = pinned(withFiles(10_000, [generator, ...words]), CLIENT_CPU);
  const child = new Deno.Command(program, { args, stdin: "null", stdout: "piped", stderr: "inherit" }).spawn();
  let text = "";
  let before = NaN;
  for await (const piece of child.stdout.pipeThrough(new TextDecoderStream())) {
    text += piece;
    if (Number.isNaN(before) && text.startsWith(SETTLED)) before = processorTime(pid);
  }
  const worked = processorTime(pid) - before;
  if (!(await child.status).success) throw new Error("The load has failed");
  const counts: Counts = JSON.parse(text.slice(SETTLED.length));
  if (counts.failed > 0) throw new Error(`${counts.failed} of ${counts.asked} requests got no answer`);
  return { ...counts, worked };
}

/** Opens a WebSocket, as often as it takes; resolves when the server closes it, in `closed`. */
async function open(port: number): Promise<{ closed: Promise<void> }> {
  for (;;) {
    const connection = await connect(port);
    const request = "GET /socket HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
      "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    await connection.write(encoder.encode(request));
    const buffer = new Uint8Array(1024);
    const count = await connection.read(buffer);
    const text = decoder.decode(buffer.subarray(0, count ?? 0));
    if (text.startsWith("HTTP/1.1 101")) {
      const closed = connection.read(buffer).catch(() => null).then(() => connection.close());
      return { closed };
    }
    connection.close();
    const wait = Number(/^retry-after: (\d+)/im.exec(text)?.[1] ?? 1);
    await new Promise((resolve) => setTimeout(resolve, wait * 1000 * (0.5 + Math.random() / 2)));
  }
}

/** The herd: all are closed, and each comes back within a second. Returns how long the last one takes. */
async function herd(): Promise<{ seconds: number; lag: number }> {
  await using server = await start("--shed");
  const lag = async () => (await (await fetch(`http://127.0.0.1:${server.port}/lag`)).json()).p99 as number;
  const open1 = async () => await open(server.port);
  const all: { closed: Promise<void> }[] = [];
  for (let i = 0; i < sockets; i += 200) {
    all.push(...await Promise.all(Array.from({ length: Math.min(200, sockets - i) }, open1)));
  }
  await lag();
  const begin = performance.now();
  await (await fetch(`http://127.0.0.1:${server.port}/close`)).text();
  await Promise.all(all.map(async ({ closed }) => {
    await closed;
    await new Promise((resolve) => setTimeout(resolve, Math.random() * 1000));
    await open1();
  }));
  return { seconds: (performance.now() - begin) / 1000, lag: await lag() };
}

/** The microseconds that the processors worked for each request of a load, which was answered or refused. */
function workFor({ worked, answered, refused }: Outcome): number {
  return worked * 1e6 / (answered + refused);
}

/** Loads a server with 10 times what it can do, and prints what comes of it. */
async function overload(): Promise<void> {
  await using server = await start("--shed");
  const unloaded = await load(server, "closed", 1);
  const busy = await load(server, "closed", BUSY);
  const peak = busy.answered / seconds;
  const normal = await load(server, "open", NORMAL * peak);
  const loaded = await load(server, "open", OVERLOAD * peak);
  // Where all is refused, nothing else is in the figure.
  await using refusing = await start("--refuse");
  const refused = await load(refusing, "open", (OVERLOAD - 1) * peak);
  const goodput = loaded.answered / seconds;
  console.log(
    `peak ${peak.toFixed(0)}/s, offered ${(loaded.asked / seconds).toFixed(0)}/s, answered ${goodput.toFixed(0)}/s; ` +
      `p99 unloaded ${unloaded.p99.toFixed(1)} ms, busy ${busy.p99.toFixed(1)} ms, at 80 % ${
        normal.p99.toFixed(1)
      } ms, admitted ${loaded.p99.toFixed(1)} ms`,
  );
  console.log(
    `a refusal takes ${workFor(refused).toFixed(0)} us, an answer ${workFor(normal).toFixed(0)} us at 80 % of the ` +
      `peak, ${workFor(busy).toFixed(0)} us for ${BUSY} clients that ask at once, ` +
      `${workFor(loaded).toFixed(0)} us for each request of the overload`,
  );
  console.log(
    `goodput ${(100 * goodput / peak).toFixed(0)} % of peak, ` +
      `admitted p99 ${(loaded.p99 / unloaded.p99).toFixed(2)} x unloaded, ` +
      `refused costs ${(100 * workFor(refused) / workFor(normal)).toFixed(0)} %`,
  );
}

const scratch = await Deno.makeTempDir();
const generator = await compiled(scratch, "request_load.c");
try {
  if (!only.includes("overload")) {
    const back = await herd();
    console.log(
      `${sockets} WebSockets back after ${back.seconds.toFixed(1)} s, event loop p99 ${back.lag.toFixed(0)} ms late`,
    );
  }
  await overload();
} finally {
  await Deno.remove(scratch, { recursive: true });
}
Deno.exit(0);
