// Resident memory of idle connections: of keep-alive connections, each of which has made one request, and of
// WebSockets, on both transports. Beside them bare Deno.TcpConns that wait in a read of 1 KiB, and Deno's WebSockets.
//
// Each number is what many connections add to a process that holds a tenth as many already, and so has its code and
// pools. It is taken twice: soon after the last connection has come, and when V8 has given back the memory in which new
// objects begin. That memory grows with the objects that outlive its collections, up to 32 MiB twice, and V8 shrinks it
// after ten to thirty seconds without much to do. Needs cc. Medians of alternating rounds.
//
//   deno task bench:idle [--connections=15000] [--rounds=3] [--only=keep-alive,WebSocket,compression]
import {
  compiled,
  denoPeer,
  listArgument,
  median,
  numberArgument,
  printTable,
  residentMemory,
  startServer,
  withFiles,
} from "./support.ts";

interface Case {
  readonly name: string;
  readonly peers: Readonly<Record<string, readonly string[]>>;
  /** The command that opens connections to a port, prints something when they are open, and holds them. */
  readonly client: (port: number, count: number) => readonly string[];
}

const connections = numberArgument("connections", 15000);
const rounds = numberArgument("rounds", 3);
const only = listArgument("only");
const SOON_SECONDS = 5;
const LATE_SECONDS = 40;
const OFFER = "permessage-deflate; client_no_context_takeover; client_max_window_bits";

const scratch = await Deno.makeTempDir();
const load = await compiled(scratch, "websocket_load.c");
const frame = `${scratch}/frame`;
// Not sent: the connections are idle.
await Deno.writeFile(frame, new Uint8Array(1));

const twister = (program: string, transport: string) => denoPeer(program, `--transport=${transport}`);
const webSockets = {
  "Twister, handle": twister("websocket_twister.ts", "handle"),
  "Twister, deno": twister("websocket_twister.ts", "deno"),
};
const holder = (path: string, offer: string) => (port: number, count: number) => [
  ...[load, "hold", String(port), path, String(count)],
  frame,
  offer,
];

const cases: readonly Case[] = [
  {
    name: "keep-alive connection",
    peers: {
      "Twister, handle": twister("twister.ts", "handle"),
      "Twister, deno": twister("twister.ts", "deno"),
      "bare Deno.TcpConn": denoPeer("idle_bare.ts"),
    },
    client: (port, count) => denoPeer("idle_client.ts", String(port), String(count)),
  },
  {
    name: "WebSocket",
    peers: { ...webSockets, "Deno.upgradeWebSocket": denoPeer("websocket_deno.ts") },
    client: holder("/echo", ""),
  },
  { name: "WebSocket with compression", peers: webSockets, client: holder("/deflate", OFFER) },
];

async function hold(command: readonly string[]): Promise<AsyncDisposable> {
  const [program = "", ...args] = withFiles(connections, command);
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

/** Returns the bytes for each connection, soon and late. */
async function measure({ client }: Case, command: readonly string[]): Promise<[number, number]> {
  // Room for a limit that is a part of the descriptors.
  await using server = await startServer(withFiles(1.2 * connections, command), { cpu: 0 });
  const settle = (seconds: number) => new Promise((resolve) => setTimeout(resolve, seconds * 1000));
  await using _some = await hold(client(server.port, connections / 10));
  await settle(SOON_SECONDS);
  const before = residentMemory(server.pid);
  await using _many = await hold(client(server.port, connections));
  await settle(SOON_SECONDS);
  const soon = residentMemory(server.pid);
  await settle(LATE_SECONDS - SOON_SECONDS);
  const late = residentMemory(server.pid);
  return [(soon - before) / connections, (late - before) / connections];
}

try {
  for (const one of cases.filter(({ name }) => only.length === 0 || only.some((part) => name.includes(part)))) {
    const results = new Map<string, [number, number][]>();
    for (let round = 0; round < rounds; round++) {
      const order = Object.entries(one.peers);
      for (const [name, command] of round % 2 === 0 ? order : order.reverse()) {
        const samples = results.get(name) ?? [];
        samples.push(await measure(one, command));
        results.set(name, samples);
      }
    }
    console.log(`\nbytes of each ${one.name}, ${connections} of them, medians of ${rounds} rounds`);
    printTable(
      ["server", `after ${SOON_SECONDS} s`, `after ${LATE_SECONDS} s`],
      Object.keys(one.peers).map((name) => {
        const samples = results.get(name) ?? [];
        const middle = (at: 0 | 1) => median(samples.map((sample) => sample[at])).toFixed(0);
        return [name, middle(0), middle(1)];
      }),
    );
  }
} finally {
  await Deno.remove(scratch, { recursive: true });
}
