// WebSockets side by side: messages a second by echo and by fan-out, with compression, and memory of idle connections;
// medians of alternating rounds in one run. Needs cc, and taskset for the pinning.
//
//   deno task bench:websocket [--rounds=5] [--seconds=2] [--only=32 B,idle] [--peers=Twister,Deno]
import { deflateRawSync } from "node:zlib";
import {
  compiled,
  listArgument,
  median,
  numberArgument,
  pinned,
  printTable,
  residentMemory,
  startServer,
  succeeds,
  withFiles,
} from "./support.ts";
import { frameFile, someJson } from "./websocket_load.ts";

interface Peer {
  readonly name: string;
  readonly command: readonly string[];
  readonly cwd?: string;
  readonly compresses: boolean;
}

/**
 * One thing to measure: gives a number for a server that listens, which is better when it is higher, or lower for
 * memory.
 */
interface Case {
  readonly name: string;
  readonly unit: string;
  readonly compressed?: boolean;
  readonly run: (port: number, pid: number) => Promise<number>;
}

const SERVER_CPU = 0;
const CLIENT_CPU = 1;
const WS = "ws@8";
const BUN = "bun@1";
const OFFER = "permessage-deflate; client_no_context_takeover; client_max_window_bits";
/** Long enough for V8 to collect, on its own accord, what the handshakes left behind. */
const SETTLE_SECONDS = 5;

const rounds = numberArgument("rounds", 5);
const seconds = numberArgument("seconds", 2);
const many = numberArgument("connections", 15000);
const only = listArgument("only");
const wantedPeers = listArgument("peers");

const file = (name: string) => new URL(name, import.meta.url).pathname;
const scratch = await Deno.makeTempDir();

async function findPeers(): Promise<Peer[]> {
  const deno = (name: string) => [
    ...[Deno.execPath(), "run", "--quiet", "--no-check", "--no-lock", "-A"],
    file(`peers/${name}`),
  ];
  const peers: Peer[] = [
    { name: "Twister", command: deno("websocket_twister.ts"), compresses: true },
    { name: "Deno", command: deno("websocket_deno.ts"), compresses: false },
  ];
  await Deno.writeTextFile(`${scratch}/package.json`, "{}");
  if (await succeeds("npm", "install", "--silent", "--prefix", scratch, WS)) {
    await Deno.copyFile(file("peers/websocket_ws.mjs"), `${scratch}/websocket_ws.mjs`);
    peers.push({ name: "ws on Node", command: ["node", "websocket_ws.mjs"], cwd: scratch, compresses: true });
  } else console.log("left out: ws (npm cannot install it)");
  if (await succeeds("/usr/bin/python3", "-c", "import tornado")) {
    const command = ["/usr/bin/python3", file("peers/websocket_tornado.py")];
    peers.push({ name: "Tornado", command, compresses: true });
  } else console.log("left out: Tornado (Debian package python3-tornado)");
  const bun = `${scratch}/node_modules/.bin/bun`;
  if (await succeeds("npm", "install", "--silent", "--prefix", scratch, BUN) && await succeeds(bun, "--version")) {
    peers.push({ name: "Bun", command: [bun, file("peers/websocket_bun.ts")], compresses: true });
  } else console.log("left out: Bun (npm cannot install it)");
  return peers.filter(({ name }) => wantedPeers.length === 0 || wantedPeers.includes(name));
}

async function generate(...args: readonly (string | number)[]): Promise<number> {
  const command = withFiles(many, [load, ...args.map(String)]);
  const [program = "", ...rest] = pinned(command, CLIENT_CPU);
  const { success, stdout } = await new Deno.Command(program, { args: rest, stderr: "inherit" }).output();
  if (!success) throw new Error(`${args.join(" ")} failed`);
  return Number(new TextDecoder().decode(stdout));
}

/** Opens connections, and closes them when it is disposed of. */
async function hold(connections: number, port: number, path: string, offer: string): Promise<AsyncDisposable> {
  const command = [load, "hold", String(port), path, String(connections), small, offer];
  const [program = "", ...args] = withFiles(connections, command);
  const holder = new Deno.Command(program, { args, stdin: "piped", stdout: "piped" }).spawn();
  const reader = holder.stdout.getReader();
  if ((await reader.read()).done) throw new Error("Not all connections could be opened");
  return {
    async [Symbol.asyncDispose](): Promise<void> {
      reader.releaseLock();
      await holder.stdin.close();
      await holder[Symbol.asyncDispose]();
    },
  };
}

/**
 * What each of many connections adds to a process that holds a tenth as many already, and so has its code and pools.
 */
async function idleMemory(port: number, pid: number, path: string, offer: string): Promise<number> {
  const settle = () => new Promise((resolve) => setTimeout(resolve, SETTLE_SECONDS * 1000));
  await using _some = await hold(many / 10, port, path, offer);
  await settle();
  const before = residentMemory(pid);
  await using _many = await hold(many, port, path, offer);
  await settle();
  return (residentMemory(pid) - before) / many;
}

const load = await compiled(scratch, "websocket_load.c");
const text = (size: number) => frameFile(scratch, 0x81, new Uint8Array(size).fill(97));
const small = await text(32);
const kib = await text(1024);
const large = await text(65_536);
const json = await frameFile(scratch, 0xc1, deflateRawSync(someJson(), { finishFlush: 2 }).subarray(0, -4));

const cases: readonly Case[] = [
  {
    name: "echo, 64 connections, 32 B",
    unit: "msg/s",
    run: (port) => generate("echo", port, "/echo", 64, small, "", 1, seconds),
  },
  {
    name: "echo, 64 connections, 1 KiB",
    unit: "msg/s",
    run: (port) => generate("echo", port, "/echo", 64, kib, "", 1, seconds),
  },
  {
    name: "echo, 64 connections, 32 B, 16 in flight",
    unit: "msg/s",
    run: (port) => generate("echo", port, "/echo", 64, small, "", 16, seconds),
  },
  {
    name: "echo, 16 connections, 64 KiB",
    unit: "msg/s",
    run: (port) => generate("echo", port, "/echo", 16, large, "", 1, seconds),
  },
  {
    name: "echo, 64 connections, 1 KiB JSON, compressed",
    unit: "msg/s",
    compressed: true,
    run: (port) => generate("echo", port, "/deflate", 64, json, OFFER, 1, seconds),
  },
  {
    name: "fan-out to 5,000, 32 B",
    unit: "msg/s",
    run: (port) => generate("fanout", port, "/fanout", 5000, small, "", 60),
  },
  {
    name: "idle connection",
    unit: "bytes",
    run: (port, pid) => idleMemory(port, pid, "/echo", ""),
  },
  {
    name: "idle connection, compression agreed",
    unit: "bytes",
    compressed: true,
    run: (port, pid) => idleMemory(port, pid, "/deflate", OFFER),
  },
];

try {
  const peers = await findPeers();
  for (const one of cases) {
    if (only.length > 0 && !only.some((part) => one.name.includes(part))) continue;
    const taking = peers.filter(({ compresses }) => compresses || !one.compressed);
    const samples = new Map<string, number[]>(taking.map(({ name }) => [name, []]));
    for (let round = 0; round < rounds; round++) {
      // Every other round runs backwards, so that a machine that warms up or slows down favours nobody.
      for (const peer of round % 2 === 0 ? taking : taking.toReversed()) {
        await using server = await startServer(withFiles(many + many / 10, peer.command), {
          cpu: SERVER_CPU,
          ...(peer.cwd === undefined ? {} : { cwd: peer.cwd }),
        });
        samples.get(peer.name)?.push(await one.run(server.port, server.pid));
      }
    }
    const ours = median(samples.get("Twister") ?? []);
    console.log(`\n${one.name}, medians of ${rounds} rounds`);
    printTable(
      ["server", one.unit, "Twister is", "lowest", "highest"],
      taking.map(({ name }) => {
        const values = samples.get(name) ?? [];
        const ratio = `${(ours / median(values)).toFixed(2)}x`;
        return [
          name,
          ...[median(values)].map((n) => n.toFixed(0)),
          ratio,
          ...[Math.min(...values), Math.max(...values)].map((n) => n.toFixed(0)),
        ];
      }),
    );
  }
} finally {
  await Deno.remove(scratch, { recursive: true });
}
