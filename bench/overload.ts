// Load at 10 times capacity, and a herd of WebSockets that come back together. A client that is refused comes with a
// new connection. The client has a processor of its own (taskset): with one for both, the client is the load.
//
//   deno task check:overload [--seconds=8] [--sockets=5000]
import { argument, denoPeer, median, processorTime, type ServerProcess, startServer, withFiles } from "./support.ts";
import { CLIENT_CPU, SERVER_CPU } from "./wrk.ts";

const seconds = Number(argument("seconds", "8"));
const sockets = Number(argument("sockets", "5000"));
const encoder = new TextEncoder();
const decoder = new TextDecoder();
const GET = encoder.encode("GET /page HTTP/1.1\r\nHost: a\r\n\r\n");
/** Seconds of the overload that are not counted: the limit has to find out. */
const SETTLING = 2;
const OVERLOAD = 10;

/** The status of an answer, and whether its connection goes on. */
interface Answer {
  readonly status: number;
  readonly keepAlive: boolean;
}

async function connect(port: number): Promise<Deno.TcpConn> {
  return await Deno.connect({ hostname: "127.0.0.1", port });
}

/** Asks for the page, and reads the whole answer. */
async function ask(connection: Deno.Conn, buffer: Uint8Array<ArrayBuffer>): Promise<Answer> {
  await connection.write(GET);
  let text = "";
  let length = 0;
  let end = -1;
  for (;;) {
    const count = await connection.read(buffer);
    if (count === null) return { status: 0, keepAlive: false };
    length += count;
    if (end < 0) {
      text += decoder.decode(buffer.subarray(0, count));
      const head = text.indexOf("\r\n\r\n");
      if (head < 0) continue;
      end = head + 4 + Number(/^content-length: (\d+)/im.exec(text)?.[1] ?? 0);
    }
    if (length >= end) {
      return { status: Number(text.slice(9, 12)), keepAlive: !/^connection: close/im.test(text) };
    }
  }
}

/** Asks again and again on some connections; returns the milliseconds of each answer. */
async function closedLoop(port: number, connections: number, seconds: number): Promise<number[]> {
  const times: number[] = [];
  const end = performance.now() + seconds * 1000;
  await Promise.all(Array.from({ length: connections }, async () => {
    const buffer = new Uint8Array(65536);
    let connection = await connect(port);
    while (performance.now() < end) {
      const begin = performance.now();
      const { status, keepAlive } = await ask(connection, buffer);
      if (status === 200) times.push(performance.now() - begin);
      if (keepAlive) continue;
      connection.close();
      connection = await connect(port);
    }
    connection.close();
  }));
  return times;
}

function percentile(values: readonly number[], part: number): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length * part)] ?? NaN;
}

interface Outcome {
  readonly goodput: number;
  readonly offered: number;
  readonly times: number[];
  /** Microseconds of the server's processor time for each refusal: connection, 503 and close. */
  readonly refusal: number;
}

/**
 * Asks so many times a second, whatever comes back: connections that are free are used again.
 *
 * @param normal Microseconds of the server's processor time for each answer.
 */
async function openLoop({ port, pid }: ServerProcess, rate: number, seconds: number, normal: number): Promise<Outcome> {
  const free: Deno.TcpConn[] = [];
  const buffers: Uint8Array<ArrayBuffer>[] = [];
  const times: number[] = [];
  const running = new Set<Promise<void>>();
  let answered = 0;
  let refused = 0;
  let workedBefore = 0;
  let offered = 0;
  const begin = performance.now();
  const counted = () => performance.now() - begin > SETTLING * 1000;
  const one = async () => {
    const start = performance.now();
    if (counted()) offered++;
    const connection = free.pop() ?? await connect(port);
    const buffer = buffers.pop() ?? new Uint8Array(65536);
    try {
      const { status, keepAlive } = await ask(connection, buffer);
      if (status === 200 && counted()) {
        answered++;
        times.push(performance.now() - start);
      } else if (status === 503 && counted()) {
        refused++;
      }
      if (keepAlive) free.push(connection);
      else connection.close();
    } catch {
      connection.close();
    }
    buffers.push(buffer);
  };
  for (let sent = 0;;) {
    const elapsed = (performance.now() - begin) / 1000;
    if (elapsed >= seconds) break;
    if (workedBefore === 0 && elapsed > SETTLING) workedBefore = processorTime(pid);
    for (; sent < elapsed * rate; sent++) {
      const asked = one().catch(() => {}).finally(() => running.delete(asked));
      running.add(asked);
    }
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  await Promise.all(running);
  const worked = (processorTime(pid) - workedBefore) * 1e6;
  for (const connection of free) connection.close();
  const span = seconds - SETTLING;
  const refusal = (worked - answered * normal) / refused;
  return { goodput: answered / span, offered: offered / span, times, refusal };
}

async function start(...args: string[]): Promise<ServerProcess> {
  return await startServer(withFiles(sockets * 2, denoPeer("overload_server.ts", ...args)), { cpu: SERVER_CPU });
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

/** Loads a server with 10 times what it can do, and prints what comes of it. */
async function overload(): Promise<void> {
  await using server = await start("--shed");
  const { port, pid } = server;
  await closedLoop(port, 4, 2);
  const unloaded = percentile(await closedLoop(port, 1, 3), 0.99);
  const before = processorTime(pid);
  const peaks: number[] = [];
  let answers = 0;
  for (let i = 0; i < 3; i++) {
    const { length } = await closedLoop(port, 8, 2);
    peaks.push(length / 2);
    answers += length;
  }
  const peak = median(peaks);
  const normal = (processorTime(pid) - before) * 1e6 / answers;
  const { goodput, offered, times, refusal } = await openLoop(server, OVERLOAD * peak, seconds, normal);
  const admitted = percentile(times, 0.99);
  console.log(
    `peak ${peak.toFixed(0)}/s, offered ${offered.toFixed(0)}/s, answered ${goodput.toFixed(0)}/s; ` +
      `p99 unloaded ${unloaded.toFixed(1)} ms, admitted ${admitted.toFixed(1)} ms; ` +
      `a normal answer takes ${normal.toFixed(0)} us, a refusal ${refusal.toFixed(0)} us`,
  );
  console.log(
    `goodput ${(100 * goodput / peak).toFixed(0)} % of peak, ` +
      `admitted p99 ${(admitted / unloaded).toFixed(2)} x unloaded, ` +
      `refused costs ${(100 * refusal / normal).toFixed(0)} %`,
  );
}

if (navigator.hardwareConcurrency > 1) {
  const args = ["-a", "-p", "-c", String(CLIENT_CPU), String(Deno.pid)];
  await new Deno.Command("taskset", { args, stdout: "null" }).output();
}
const back = await herd();
console.log(
  `${sockets} WebSockets back after ${back.seconds.toFixed(1)} s, event loop p99 ${back.lag.toFixed(0)} ms late`,
);
await overload();
Deno.exit(0);
