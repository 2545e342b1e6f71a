// Connections that send half a request line, half a header block or half a body and stop, beside a client that works:
// how long they are kept, and what the other client's requests take meanwhile.
//
//   deno run -A bench/stalled_connections.ts [--connections=1000] [--timeout=3]
import { Application, RequestHandler } from "../src/web/mod.ts";
import { median, numberArgument } from "./support.ts";

const connections = numberArgument("connections", 1000);
const timeout = numberArgument("timeout", 3);

class MainHandler extends RequestHandler {
  override get(): void {
    this.write("Hello, world");
  }
}

const HALVES = [
  "GET / HT",
  "GET / HTTP/1.1\r\nHost: localhost\r\n",
  "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\nhalf of",
];

await using server = new Application([["/", MainHandler]]).listen(0, {
  address: "127.0.0.1",
  headerTimeout: timeout,
  stallTimeout: timeout,
});
const url = `http://127.0.0.1:${server.port}/`;

/** Milliseconds of each request that a working client makes until `done`. */
async function latencies(done: Promise<unknown>): Promise<number[]> {
  const taken: number[] = [];
  let stop = false;
  done.then(() => stop = true);
  while (!stop) {
    const start = performance.now();
    const response = await fetch(url);
    await response.text();
    taken.push(performance.now() - start);
  }
  return taken.sort((a, b) => a - b);
}

function show(name: string, sorted: readonly number[]): void {
  const p99 = sorted[Math.floor(sorted.length * 0.99)] ?? NaN;
  console.log(`${name}: ${sorted.length} requests, median ${median(sorted).toFixed(3)} ms, p99 ${p99.toFixed(3)} ms`);
}

const pause = (seconds: number) => new Promise((resolve) => setTimeout(resolve, seconds * 1000));
await latencies(pause(1));
show("alone", await latencies(pause(timeout)));

const started = performance.now();
const answers: Record<string, number> = {};
let longest = 0;
const stalled = Promise.all(Array.from({ length: connections }, async (_, i) => {
  using conn = await Deno.connect({ hostname: "127.0.0.1", port: server.port });
  await conn.write(new TextEncoder().encode(HALVES[i % HALVES.length]));
  const buffer = new Uint8Array(1000);
  let text = "";
  for (let count; (count = await conn.read(buffer)) !== null;) {
    text += new TextDecoder().decode(buffer.subarray(0, count));
  }
  const status = text.split(" ")[1] ?? "nothing";
  answers[status] = (answers[status] ?? 0) + 1;
  longest = Math.max(longest, performance.now() - started);
}));
show(`beside ${connections} stalled connections`, await latencies(stalled));
console.log(`all closed after ${(longest / 1000).toFixed(2)} s with a time-out of ${timeout} s; answers:`, answers);
