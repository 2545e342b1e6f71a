// What parts of ./limits and ./metrics take: a decision of a limiter, a table of a million keys, label sets of random
// paths, and a scrape of a server that has many WebSockets.
import { cpuUsage } from "node:process";
import { Metrics } from "../src/ops/metrics.ts";
import { RateLimiter } from "../src/ops/limits.ts";
import { Application, RequestHandler } from "../src/web/mod.ts";
import { denoPeer, median, residentMemory, type ServerProcess, startServer, withFiles } from "./support.ts";

const KEYS = 1_000_000;
const DECISIONS = 2_000_000;
const PATHS = 100_000;
const ROUTES = 20;
const SOCKETS = 10_000;
/** Sockets that are opened at a time. */
const TOGETHER = 200;
const SCRAPES = 200;
const MIB = 2 ** 20;

type CpuUsage = ReturnType<typeof cpuUsage>;

/** Returns the microseconds of one decision, for keys that are known. */
function decision(): number {
  const limiter = new RateLimiter({ quota: 100, window: 60 });
  const keys = Array.from({ length: 1000 }, (_, i) => `192.0.2.${i}`);
  const rounds = Array.from({ length: 5 }, () => {
    const before = cpuUsage();
    let allowed = 0;
    for (let i = 0; i < DECISIONS; i++) if (limiter.take(keys[i % keys.length] ?? "").allowed) allowed++;
    if (allowed > DECISIONS) throw new Error("More was let in than came");
    return worked(before) / DECISIONS;
  });
  return median(rounds);
}

/** Returns the MiB that the process and its table take more for a million keys, and the microseconds of each. */
function spoofedKeys(): { resident: number; table: number; us: number } {
  const take = (limiter: RateLimiter) => {
    for (let i = 0; i < KEYS; i++) limiter.take(`10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`);
  };
  // The heap has the size then that the keys need, which live for a moment.
  take(new RateLimiter({ quota: 100, window: 60, maxKeys: 1 }));
  const limiter = new RateLimiter({ quota: 100, window: 60, maxKeys: KEYS });
  const memory = residentMemory(Deno.pid);
  const before = cpuUsage();
  take(limiter);
  const us = worked(before) / KEYS;
  return { resident: (residentMemory(Deno.pid) - memory) / MIB, table: limiter.byteLength / MIB, us };
}

/** The microseconds that the processor has worked since a moment. */
function worked(since: CpuUsage): number {
  const { user, system } = cpuUsage();
  return user - since.user + system - since.system;
}

/** Returns the label sets that random paths make. */
async function labelSets(): Promise<number> {
  class Page extends RequestHandler {
    override get(): void {
      this.write("page");
    }
  }
  using metrics = new Metrics({ loopLag: false });
  const routes = Array.from({ length: ROUTES }, (_, i) => [`/route${i}/(\\w+)`, Page] as const);
  const app = new Application([...routes], { logFunction() {} });
  for (let i = 0; i < PATHS; i++) {
    const text = Math.random().toString(36).slice(2);
    const path = i % 2 === 0 ? `/${text}` : `/route${(i >> 1) % ROUTES}/${text}`;
    await (await app.fetch(new Request(`http://localhost${path}`))).body?.cancel();
  }
  return metrics.text().match(/^http_server_request_duration_seconds_count\{/gm)?.length ?? 0;
}

/** Opens a WebSocket and leaves it open. */
async function open({ port }: ServerProcess): Promise<void> {
  const connection = await Deno.connect({ hostname: "127.0.0.1", port });
  const request = "GET /socket HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
  await connection.write(new TextEncoder().encode(request));
  const answer = new Uint8Array(1024);
  const text = new TextDecoder().decode(answer.subarray(0, await connection.read(answer) ?? 0));
  if (!text.startsWith("HTTP/1.1 101")) throw new Error(`No handshake: ${text}`);
}

/** Returns the milliseconds of a scrape, sorted, and the number of sockets that it tells of. */
async function scrapes(): Promise<{ times: number[]; sockets: number }> {
  await using server = await startServer(withFiles(SOCKETS, denoPeer("ops_server.ts", "metrics", "sockets")));
  for (let i = 0; i < SOCKETS; i += TOGETHER) {
    await Promise.all(Array.from({ length: Math.min(TOGETHER, SOCKETS - i) }, () => open(server)));
  }
  const times: number[] = [];
  let text = "";
  for (let i = 0; i < SCRAPES; i++) {
    const start = performance.now();
    text = await (await fetch(`http://127.0.0.1:${server.port}/metrics`)).text();
    times.push(performance.now() - start);
  }
  const sockets = Number(/^websocket_connections (\d+)$/m.exec(text)?.[1]);
  return { times: times.sort((a, b) => a - b), sockets };
}

/** Prints what the parts take. */
export async function measureParts(): Promise<void> {
  const { resident, table, us } = spoofedKeys();
  console.log(
    `${KEYS} spoofed keys: a table of ${table.toFixed(1)} MiB, ${resident.toFixed(1)} MiB more resident, ` +
      `${us.toFixed(2)} us each`,
  );
  console.log(`a decision for a known key: ${decision().toFixed(2)} us`);
  console.log(`${PATHS} random paths and ${ROUTES} routes: ${await labelSets()} label sets`);
  const { times, sockets } = await scrapes();
  const at = (part: number) => times[Math.floor(part * (times.length - 1))]?.toFixed(1);
  console.log(`/metrics with ${sockets} WebSockets: ${at(0.5)} ms, at most ${at(1)} ms in ${SCRAPES} scrapes`);
}
