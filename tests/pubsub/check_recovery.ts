/**
 * Three servers and Redis, 5,000 clients on 200 topics, and a server killed every few seconds for three minutes: every
 * client judges what it gets by the numbers in the messages. Those of a server that was killed come back to any of the
 * others, as by a load balancer. `deno task check:recovery [seconds] [clients] [reconnects a second] [messages kept]`
 *
 * Kept for less than the clients are away, as with 2 messages, nothing may be recovered in part, and all must be told.
 *
 * @module
 */
import { projectRoot } from "../../tools/project.ts";
import { Topics } from "../../src/pubsub/mod.ts";
import { brokerOn } from "../support/broker_network.ts";
import { BrokerServer } from "../support/broker_server.ts";
import { lines } from "../support/lines.ts";
import { TempDir } from "../support/temp_dir.ts";
import { HISTORY, TOPICS } from "./recovery_node.ts";
import { freePorts } from "../support/free_port.ts";

const SERVERS = 3;
/** Messages a second on each topic. */
const RATE = 2;
/** Seconds between the return of a server and the next kill, at the least and at the most. */
const LIFE: readonly [number, number] = [4, 10];
/**
 * Seconds after which a server that was killed is started again: a start takes a core for more than a second, which
 * would be one of another machine.
 */
const REST = 3;
/** Clients that come back in a second. */
const RECONNECTS = 1000;
/** Seconds after which a dead process must have no members left. */
const GHOST_TIME = 30;

const duration = Number(Deno.args[0] ?? 180);
const clientCount = Number(Deno.args[1] ?? 5000);
const reconnects = Number(Deno.args[2] ?? RECONNECTS);
const history = Number(Deno.args[3] ?? HISTORY);

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
      `${history}`,
    ];
    this.#child = this.#start();
  }

  /** Resolves when the server that was started last serves. */
  async listening(): Promise<void> {
    for await (const line of lines(this.#child.stdout)) if (line === "listening") return;
    throw new Error("A server has ended before it served");
  }

  async killAndRestart(): Promise<void> {
    await this.kill();
    await seconds(REST);
    this.#child = this.#start();
    await this.listening();
  }

  async kill(): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#child.status;
  }

  #start(): Deno.ChildProcess {
    const [command, args] = [Deno.execPath(), this.#args];
    return new Deno.Command(command, { args, stdin: "null", stdout: "piped", stderr: "null" }).spawn();
  }
}

function seconds(count: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, count * 1000));
}

/** The times of all recoveries, in milliseconds. */
interface RecoveryTimes {
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
}

/** All that the clients have seen. */
interface ClientsReport {
  readonly connected: number;
  readonly received: number;
  readonly lost: number;
  readonly doubled: number;
  readonly disordered: number;
  /** Clients that were told that they could not recover. */
  readonly unrecovered: number;
  /** Clients of those that nevertheless got some of what they had missed. */
  readonly partial: number;
  /** Clients that came back and recovered. */
  readonly recovered: number;
  /** The most clients that began to come back in one second. */
  readonly fastest: number;
  /** From a client's first attempt to come back to the end of its recovery. */
  readonly sinceAttempt: RecoveryTimes;
  /** From the end of its connection: with the time for which it waited, so that not all came together. */
  readonly sinceCut: RecoveryTimes;
}

/** Reads a line of `recovery_clients.c`. */
function reportOf(line: string): ClientsReport {
  const numbers = line.split(" ").map(Number);
  const [connected, received, lost, doubled, disordered, unrecovered, partial, recovered, fastest, ...times] = numbers;
  const timesOf = ([p50, p90, p99]: number[]) => ({ p50, p90, p99 });
  return {
    connected,
    received,
    lost,
    doubled,
    disordered,
    unrecovered,
    partial,
    recovered,
    fastest,
    sinceAttempt: timesOf(times.slice(0, 3)),
    sinceCut: timesOf(times.slice(3)),
  };
}

await using redis = await BrokerServer.start("redis");
const ports = freePorts(SERVERS);
const servers = ports.map((port) => new Server(redis.port, port));
const broker = brokerOn("redis", redis.port);
const topics = new Topics({ broker, history: { size: history } });
await broker.whenUp();
await Promise.all(servers.map((server) => server.listening()));

using directory = new TempDir();
const program = `${directory.path}/recovery_clients`;
const source = `${projectRoot}/tests/pubsub/recovery_clients.c`;
const compiled = await new Deno.Command("cc", { args: ["-O2", "-o", program, source] }).output();
if (!compiled.success) throw new Error(`Cannot compile ${source}: ${new TextDecoder().decode(compiled.stderr)}`);
const child = new Deno.Command("bash", {
  args: [
    "-c",
    'ulimit -n "$1" && exec "${@:2}"',
    "bash",
    `${clientCount + 100}`,
    program,
    ...[clientCount, TOPICS.length, reconnects, ...ports].map(String),
  ],
  stdin: "piped",
  stdout: "piped",
  stderr: "inherit",
}).spawn();
let report: ClientsReport | null = null;
let changed = Promise.withResolvers<void>();
const reading = (async () => {
  for await (const line of lines(child.stdout)) {
    report = reportOf(line);
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
const found = report ?? reportOf("0 ".repeat(15));
await topics.close();
await Promise.all(servers.map((server) => server.kill()));
const { lost, doubled, disordered, unrecovered, partial } = found;
const times = ({ p50, p90, p99 }: RecoveryTimes) =>
  `p50 ${p50.toFixed(0)} ms, p90 ${p90.toFixed(0)} ms, p99 ${p99.toFixed(0)} ms`;
console.log(`${kills} servers killed; ${topics.metrics().published} messages published, ${found.received} received`);
console.log(`${found.recovered} recoveries, up to ${found.fastest} begun in a second`);
console.log(`from the attempt to the end of the recovery: ${times(found.sinceAttempt)}`);
console.log(`from the cut, with the wait for a turn: ${times(found.sinceCut)}`);
console.log(`told that messages are lost: ${unrecovered}, and given a part of them: ${partial}`);
console.log(
  `lost ${lost}, doubled ${doubled}, out of order ${disordered}, recovered false ${unrecovered}, ghosts ${ghosts}`,
);
await redis[Symbol.asyncDispose]();
Deno.exit(lost + doubled + disordered + partial + ghosts === 0 ? 0 : 1);
