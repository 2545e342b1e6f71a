// A response and a request body of 1 GiB through Twister's listen engine and through Deno.serve: throughput, growth of
// resident memory, and how far the server writes to a reader that has stopped reading.
//
//   deno task bench:streaming [--rounds=3]
import { CHUNK, SIZE } from "./peers/streaming_body.ts";
import { median, numberArgument, peakMemory, printTable, residentMemory, startServer } from "./support.ts";

const rounds = numberArgument("rounds", 3);
const MIB = 2 ** 20;

interface Sample {
  /** MiB a second. */
  readonly down: number;
  readonly up: number;
  /** Growth of resident memory during each, in MiB. */
  readonly downGrowth: number;
  readonly upGrowth: number;
  /** MiB written to the reader that has stopped. */
  readonly stopped: number;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

async function writeAll(conn: Deno.TcpConn, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
  for (let sent = 0; sent < bytes.length;) sent += await conn.write(bytes.subarray(sent));
}

/** Reads a response head and nothing of the body. */
async function skipHead(conn: Deno.TcpConn): Promise<void> {
  const byte = new Uint8Array(1);
  for (let head = ""; !head.endsWith("\r\n\r\n"); head += decoder.decode(byte)) {
    if (await conn.read(byte) === null) throw new Error(`The server closed after ${JSON.stringify(head)}`);
  }
}

async function download(port: number): Promise<void> {
  using conn = await Deno.connect({ port, hostname: "127.0.0.1" });
  await writeAll(conn, encoder.encode("GET /down HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"));
  const buffer = new Uint8Array(256 * 1024);
  await skipHead(conn);
  for (let length = 0; length < SIZE;) {
    const part = await conn.read(buffer);
    if (part === null) throw new Error(`The server closed after ${length} bytes`);
    length += part;
  }
}

async function upload(port: number): Promise<void> {
  using conn = await Deno.connect({ port, hostname: "127.0.0.1" });
  await writeAll(
    conn,
    encoder.encode(
      `POST /up HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: ${SIZE}\r\nConnection: close\r\n\r\n`,
    ),
  );
  for (let sent = 0; sent < SIZE; sent += CHUNK.length) await writeAll(conn, CHUNK);
  const answer = await new Response(conn.readable).text();
  if (!answer.endsWith(String(SIZE))) throw new Error(`The server has counted wrongly: ${answer}`);
}

/** Starts a download, reads none of its body, and waits until the server writes no more. */
async function stopReading(port: number): Promise<number> {
  using conn = await Deno.connect({ port, hostname: "127.0.0.1" });
  await writeAll(conn, encoder.encode("GET /down HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"));
  await skipHead(conn);
  for (let last = -1;;) {
    const now = Number(await (await fetch(`http://127.0.0.1:${port}/progress`)).text());
    if (now === last) return now / MIB;
    last = now;
    await new Promise((resolve) => setTimeout(resolve, 1000));
  }
}

async function timed(pid: number, work: () => Promise<void>): Promise<{ speed: number; growth: number }> {
  const before = residentMemory(pid);
  const start = performance.now();
  const { peak } = await peakMemory(pid, work);
  return { speed: SIZE / MIB / ((performance.now() - start) / 1000), growth: (peak - before) / MIB };
}

async function measure(program = "", ...options: string[]): Promise<Sample> {
  const path = new URL(`./peers/${program}`, import.meta.url).pathname;
  await using server = await startServer(
    [Deno.execPath(), "run", "--quiet", "--no-check", "--no-lock", "-A", path, ...options],
    { cpu: 0 },
  );
  await fetch(`http://127.0.0.1:${server.port}/progress`).then((response) => response.text());
  const down = await timed(server.pid, () => download(server.port));
  const up = await timed(server.pid, () => upload(server.port));
  const stopped = await stopReading(server.port);
  return { down: down.speed, up: up.speed, downGrowth: down.growth, upGrowth: up.growth, stopped };
}

// The client, this process, keeps off the server's processor.
if (navigator.hardwareConcurrency > 1) {
  await new Deno.Command("taskset", { args: ["-acp", "1", String(Deno.pid)], stdout: "null" }).output();
}

const peers = {
  "Twister listen": ["streaming_twister.ts"],
  "Twister listen, borrowed pieces": ["streaming_twister.ts", "--borrow"],
  "Deno.serve": ["streaming_deno.ts"],
};
const samples: Record<string, Sample[]> = {};
for (let round = 0; round < rounds; round++) {
  const order = Object.entries(peers);
  for (const [name, program] of round % 2 === 0 ? order : order.reverse()) {
    (samples[name] ??= []).push(await measure(...program));
  }
}
const rows = Object.entries(samples).map(([name, list]) => {
  const middle = (key: keyof Sample) => median(list.map((sample) => sample[key])).toFixed(0);
  return [name, middle("down"), middle("downGrowth"), middle("up"), middle("upGrowth"), middle("stopped")];
}).sort();
console.log(`medians of ${rounds} rounds, 1 GiB each way\n`);
printTable(["server", "down MiB/s", "growth MiB", "up MiB/s", "growth MiB", "written to a stopped reader MiB"], rows);
