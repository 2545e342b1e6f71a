// A chat in three processes and Redis, started by one command:
// deno run --allow-net --allow-run --allow-read --allow-write examples/cluster_chat/main.ts [--port=8888]
//
// It starts redis-server and three nodes on the ports after the given one. Kill a node while two browsers talk: its
// page goes on with another node, from the last message that it has seen.
import { bind } from "../shared/listen.ts";
import { option } from "../shared/option.ts";

const DEFAULT_PORT = "8888";
const NODES = 3;
const NODE = new URL("./node.ts", import.meta.url).href;
/** Milliseconds between two attempts to reach a node that starts. */
const ATTEMPT = 100;
const SIGNALS = ["SIGINT", "SIGTERM"] as const;

const port = Number(option("port", DEFAULT_PORT));
const redisPort = port + NODES;
// A node that finds its port taken would be started again and again.
for (let own = port; own <= redisPort; own++) bind(own, () => Deno.listen({ port: own }).close());
const directory = await Deno.makeTempDir();
const nodes = new Set<Deno.ChildProcess>();
let isEnding = false;

function start(program: string, args: readonly string[]): Deno.ChildProcess {
  return new Deno.Command(program, { args: [...args], stdin: "null", stdout: "inherit" }).spawn();
}

/** Starts a node, and another one when it has ended. */
async function keepNode(nodePort: number): Promise<void> {
  const ports = Array.from({ length: NODES }, (_, i) => port + i).join();
  while (!isEnding) {
    const child = start(Deno.execPath(), [
      "run",
      "--no-lock",
      "--allow-net",
      "--allow-env",
      NODE,
      `${nodePort}`,
      `${redisPort}`,
      ports,
    ]);
    console.log(`Node ${child.pid} serves http://localhost:${nodePort}/`);
    nodes.add(child);
    await child.status;
    nodes.delete(child);
  }
}

/** Resolves when a node serves its page. */
async function listening(nodePort: number): Promise<void> {
  while (!isEnding) {
    try {
      const response = await fetch(`http://127.0.0.1:${nodePort}/`);
      await response.body?.cancel();
      return;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, ATTEMPT));
    }
  }
}

async function end(): Promise<void> {
  isEnding = true;
  // A user who asks again does not want to wait.
  for (const signal of SIGNALS) Deno.removeSignalListener(signal, end);
  // The nodes first: they still publish that they leave.
  for (const child of nodes) child.kill("SIGTERM");
  await Promise.all(Array.from(nodes, (child) => child.status));
  redis.kill("SIGTERM");
  await redis.status;
  await Deno.remove(directory, { recursive: true });
  Deno.exit();
}

const redis = start("redis-server", [
  "--port",
  `${redisPort}`,
  "--bind",
  "127.0.0.1",
  "--save",
  "",
  "--dir",
  directory,
  "--loglevel",
  "warning",
]);
for (const signal of SIGNALS) Deno.addSignalListener(signal, end);
// Nodes that start at once would each download what is missing.
await start(Deno.execPath(), ["cache", "--no-lock", NODE]).status;
for (let i = 0; i < NODES; i++) keepNode(port + i);
await Promise.all(Array.from({ length: NODES }, (_, i) => listening(port + i)));
console.log(`http://localhost:${port}/`);
