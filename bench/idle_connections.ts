// Resident memory of idle keep-alive connections, each of which has made one request, beside as many bare Deno.TcpConns
// that wait in a read of 1 KiB. Both in one run, medians of alternating rounds.
//
//   deno task bench:idle [--connections=15000] [--rounds=3]
import { argument, median, residentMemory, startServer, withFiles } from "./support.ts";

const connections = Number(argument("connections", "15000"));
const rounds = Number(argument("rounds", "3"));
/** Requests before the measurement begins, enough for V8 to have compiled what serves them. */
const WARM_UP = 20_000;
/** Long enough for V8 to collect what the requests left behind, on its own accord. */
const SETTLE_SECONDS = 5;

const file = (name: string) => new URL(`./peers/${name}`, import.meta.url).pathname;

function deno(name: string, ...args: string[]): string[] {
  return withFiles(connections, [
    Deno.execPath(),
    "run",
    "--quiet",
    "--no-check",
    "--no-lock",
    "-A",
    file(name),
    ...args,
  ]);
}

async function settle(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, SETTLE_SECONDS * 1000));
}

/** Makes requests one after another, so that compiled code and a grown heap are not counted as connections' memory. */
async function warmUp(port: number): Promise<void> {
  using conn = await Deno.connect({ hostname: "127.0.0.1", port });
  const request = new TextEncoder().encode("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
  const answer = new Uint8Array(1024);
  for (let i = 0; i < WARM_UP; i++) {
    await conn.write(request);
    await conn.read(answer);
  }
}

/** Bytes of resident memory for each connection. */
async function measure(command: readonly string[]): Promise<number> {
  await using server = await startServer(command, { cpu: 0 });
  await warmUp(server.port);
  await settle();
  const before = residentMemory(server.pid);
  const [program = "", ...args] = deno("idle_client.ts", String(server.port), String(connections));
  await using client = new Deno.Command(program, { args, stdin: "piped", stdout: "piped" }).spawn();
  const reader = client.stdout.getReader();
  const { done } = await reader.read();
  if (done) throw new Error("The client did not get all of its connections");
  await settle();
  const after = residentMemory(server.pid);
  reader.releaseLock();
  await client.stdin.close();
  return (after - before) / connections;
}

const peers = {
  "bare Deno.TcpConn": deno("idle_bare.ts"),
  "Twister listen": deno("twister.ts", "--engine=listen"),
};
const results: Record<string, number[]> = {};
for (let round = 0; round < rounds; round++) {
  const order = Object.entries(peers);
  for (const [name, command] of round % 2 === 0 ? order : order.reverse()) {
    const bytes = await measure(command);
    console.log(`${name}: ${bytes.toFixed(0)} B for each of ${connections} connections`);
    (results[name] ??= []).push(bytes);
  }
}
const [bare = NaN, twister = NaN] = Object.keys(peers).map((name) => median(results[name] ?? []));
console.log(`medians: ${bare.toFixed(0)} B bare, ${twister.toFixed(0)} B Twister, ${(twister / bare).toFixed(2)}x`);
