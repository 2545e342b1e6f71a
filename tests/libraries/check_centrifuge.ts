// Thousands of npm's centrifuge, unmodified, on a server that has one processor and is killed twice while messages go
// out: every client judges by the numbers in the messages. Needs taskset.
//
//   deno task check:centrifuge [clients]
import { Centrifuge } from "npm:centrifuge@5.8.0";
import { Topics } from "../../src/pubsub/mod.ts";
import { WorkersBroker } from "../../src/pubsub/workers.ts";
import { Realtime } from "../../src/realtime/mod.ts";
import { residentMemory, type ServerProcess, startServer, withFiles } from "../../bench/support.ts";
import { BrokerServer } from "../support/broker_server.ts";
import { HUB_SECRET } from "../support/hub_program.ts";
import { HISTORY } from "./centrifuge_node.ts";

const CHANNELS = 100;
/** Clients that connect at a time. */
const AT_ONCE = 100;
/** Messages before a kill, between two, and after the last. */
const MESSAGES = 20;
const INTERVAL_MS = 200;
/** Milliseconds in which clients that have lost their server come back: 1,000 to 2,000 a second. */
const SPREAD_MS = 3000;

const count = Number(Deno.args[0] ?? 5000);
const pause = (milliseconds: number) => new Promise<void>((resolve) => setTimeout(resolve, milliseconds));

/** What all clients have seen. */
const seen = { subscribed: 0, received: 0, lost: 0, doubled: 0, disordered: 0, recovered: 0, unrecovered: 0 };
let changed = Promise.withResolvers<void>();

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await changed.promise;
}

function note(): void {
  changed.resolve();
  changed = Promise.withResolvers();
}

function follow(port: number, channel: string): Centrifuge {
  const client = new Centrifuge(`ws://127.0.0.1:${port}/connection/websocket`, {
    minReconnectDelay: 100,
    maxReconnectDelay: SPREAD_MS,
    timeout: 60_000,
  });
  const subscription = client.newSubscription(channel);
  let last: number | null = null;
  const missing = new Set<number>();
  subscription.on("publication", ({ data }) => {
    const number = Number(data);
    seen.received++;
    if (last !== null && number <= last) {
      if (missing.delete(number)) seen.disordered++;
      else seen.doubled++;
    } else {
      for (let gone = (last ?? number - 1) + 1; gone < number; gone++) missing.add(gone), seen.lost++;
      last = number;
    }
    note();
  });
  subscription.on("subscribed", ({ wasRecovering, recovered }) => {
    seen.subscribed++;
    if (wasRecovering) seen[recovered ? "recovered" : "unrecovered"]++;
    note();
  });
  subscription.on("subscribing", ({ code }) => {
    // The first time is not the end of a subscription.
    if (code !== 0) seen.subscribed--;
  });
  subscription.subscribe();
  client.connect();
  return client;
}

// A process of its own: this one has all the clients.
const hub = await BrokerServer.start("workers");
const broker = new WorkersBroker({ port: hub.port, secret: HUB_SECRET });
const topics = new Topics({ broker, history: { size: HISTORY } });
const publisher = new Realtime({ topics });
await broker.whenUp();

const start = (port: number): Promise<ServerProcess> => {
  const program = new URL("./centrifuge_node.ts", import.meta.url).pathname;
  const command = [Deno.execPath(), "run", "--quiet", "--no-check", "-A", program, String(hub.port), String(port)];
  return startServer(withFiles(count, command), { cpu: 0 });
};

let server = await start(0);
const { port } = server;
const empty = residentMemory(server.pid);
const clients: Centrifuge[] = [];
const begun = performance.now();
for (let i = 0; i < count; i += AT_ONCE) {
  for (let j = i; j < Math.min(i + AT_ONCE, count); j++) clients.push(follow(port, `channel${j % CHANNELS}`));
  await until(() => seen.subscribed >= clients.length);
}
const seconds = (from: number) => ((performance.now() - from) / 1000).toFixed(1);
const bytes = Math.round((residentMemory(server.pid) - empty) / count);
console.log(`${count} clients subscribed in ${seconds(begun)} s, ${bytes} resident bytes of the server each`);

let number = 0;
async function publish(): Promise<void> {
  for (let i = 0; i < MESSAGES; i++) {
    number++;
    for (let channel = 0; channel < CHANNELS; channel++) publisher.publish(`channel${channel}`, number);
    await pause(INTERVAL_MS);
  }
}

await publish();
for (let kill = 1; kill <= 2; kill++) {
  await server[Symbol.asyncDispose]();
  const killed = performance.now();
  const [next] = await Promise.all([start(port), publish()]);
  server = next;
  await until(() => seen.recovered + seen.unrecovered >= kill * count);
  console.log(`killed and started again: all subscribed after ${seconds(killed)} s`);
}
await publish();
await until(() => seen.received >= number * count);
const last = performance.now();
number++;
for (let channel = 0; channel < CHANNELS; channel++) publisher.publish(`channel${channel}`, number);
await until(() => seen.received >= number * count);
console.log(`a message on each of ${CHANNELS} channels reached all in ${Math.round(performance.now() - last)} ms`);
for (const client of clients) client.disconnect();
await server[Symbol.asyncDispose]();
await topics.close();
await hub[Symbol.asyncDispose]();
const { received, lost, doubled, disordered, recovered, unrecovered } = seen;
console.log(`${received} messages received, ${recovered} recoveries`);
console.log(`lost ${lost}, doubled ${doubled}, out of order ${disordered}, recovered false ${unrecovered}`);
Deno.exit(lost + doubled + disordered + unrecovered === 0 ? 0 : 1);
