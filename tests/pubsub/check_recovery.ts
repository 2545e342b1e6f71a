/**
 * Three servers and Redis, 5,000 clients on 200 topics, and a server killed every few seconds for three minutes: every
 * client judges what it gets by the numbers in the messages. `deno task check:recovery [seconds] [clients]`
 *
 * @module
 */
import { projectRoot } from "../../tools/project.ts";
import { Topics } from "../../src/pubsub/mod.ts";
import { brokerOn } from "../support/broker_network.ts";
import { BrokerServer } from "../support/broker_server.ts";
import { lines } from "../support/lines.ts";
import type { ClientsReport } from "./recovery_clients.ts";
import { HISTORY, TOPICS } from "./recovery_node.ts";

const SERVERS = 3;
/** Messages a second on each topic. */
const RATE = 2;
/** Seconds between two kills, at the least and at the most. */
const LIFE: readonly [number, number] = [4, 10];
/** Seconds after which a dead process must have no members left. */
const GHOST_TIME = 30;

const duration = Number(Deno.args[0] ?? 180);
const clientCount = Number(Deno.args[1] ?? 5000);

class Server {
  readonly #args: string[];
  #child: Deno.ChildProcess;

  constructor(redisPort: number, port: number) {
    this.#args = [
      "run",
      "-A",
      "--no-lock",
      "--no-check",
      `${projectRoot}/tests/pubsub/recovery_node.ts`,
      `${redisPort}`,
      `${port}`,
    ];
    this.#child = this.#start();
  }

  async killAndRestart(): Promise<void> {
    await this.kill();
    this.#child = this.#start();
  }

  async kill(): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#child.status;
  }

  #start(): Deno.ChildProcess {
    const [command, args] = [Deno.execPath(), this.#args];
    return new Deno.Command(command, { args, stdin: "null", stdout: "null", stderr: "null" }).spawn();
  }
}

function seconds(count: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, count * 1000));
}

function freePorts(count: number): number[] {
  const listeners = Array.from({ length: count }, () => Deno.listen({ hostname: "127.0.0.1", port: 0 }));
  const ports = listeners.map(({ addr }) => addr.port);
  for (const listener of listeners) listener.close();
  return ports;
}

await using redis = await BrokerServer.start("redis");
const ports = freePorts(SERVERS);
const servers = ports.map((port) => new Server(redis.port, port));
const broker = brokerOn("redis", redis.port);
const topics = new Topics({ broker, history: { size: HISTORY } });
await broker.whenUp();

const child = new Deno.Command(Deno.execPath(), {
  args: [
    "run",
    "-A",
    "--no-lock",
    "--no-check",
    `${projectRoot}/tests/pubsub/recovery_clients.ts`,
    `${clientCount}`,
    ...ports.map(String),
  ],
  stdin: "piped",
  stdout: "piped",
  stderr: "inherit",
}).spawn();
let report: ClientsReport | null = null;
let changed = Promise.withResolvers<void>();
const reading = (async () => {
  for await (const line of lines(child.stdout)) {
    report = JSON.parse(line);
    changed.resolve();
    changed = Promise.withResolvers();
  }
})();
/** Resolves when all clients are connected. */
const allConnected = async () => {
  while (report === null || report.connected < clientCount) await changed.promise;
};

let number = 0;
const publishing = setInterval(() => {
  number++;
  for (const topic of TOPICS) topics.publish(topic, String(number));
}, 1000 / RATE);

await allConnected();
console.log(`${clientCount} clients are connected`);
let kills = 0;
for (const end = performance.now() + duration * 1000; performance.now() < end; kills++) {
  await seconds(LIFE[0] + Math.random() * (LIFE[1] - LIFE[0]));
  await servers[Math.floor(Math.random() * SERVERS)].killAndRestart();
}
await allConnected();
await seconds(GHOST_TIME);
clearInterval(publishing);
await seconds(5);
let ghosts = 0;
for (const port of ports) {
  const members: Record<string, number> = await (await fetch(`http://127.0.0.1:${port}/members`)).json();
  TOPICS.forEach((topic, i) => {
    const followers = Math.ceil((clientCount - i) / TOPICS.length);
    ghosts += Math.abs((members[topic] ?? 0) - followers);
  });
}
await child.stdin.close();
await reading;
const { received, recovered, p50, p99, lost, doubled, disordered, unrecovered }: ClientsReport = report ??
  { connected: 0, received: 0, lost: 0, doubled: 0, disordered: 0, unrecovered: 0, recovered: 0, p50: 0, p99: 0 };
await topics.close();
await Promise.all(servers.map((server) => server.kill()));
console.log(
  `${kills} servers killed; ${received} messages received; ${recovered} recoveries, half of them within ` +
    `${p50.toFixed(0)} ms, 99 % within ${p99.toFixed(0)} ms; ` +
    `${topics.metrics().published} published`,
);
console.log(
  `lost ${lost}, doubled ${doubled}, out of order ${disordered}, recovered false ${unrecovered}, ghosts ${ghosts}`,
);
await redis[Symbol.asyncDispose]();
Deno.exit(lost + doubled + disordered + ghosts === 0 ? 0 : 1);
