// Rooms of Socket.IO over two servers that share topics, with the unmodified server and client from npm.
import { assertEquals } from "@std/assert";
import { Server } from "npm:socket.io@4.8.4";
import { io, type Socket } from "npm:socket.io-client@4.8.4";
import { Buffer } from "node:buffer";
import { createServer } from "node:http";
import { nextTurn } from "../../src/internal/clock.ts";
import { MemoryHub, Topics } from "../../src/pubsub/mod.ts";
import { socketIoAdapter } from "../../src/pubsub/socket_io.ts";
import { WebSocketServer } from "../../src/ws/mod.ts";
import { test, within } from "../support/test.ts";
import { listen } from "../ws/node_server.ts";

/** A server of a cluster, and a client of it. */
interface Node extends AsyncDisposable {
  readonly server: Server;
  readonly client: Socket;
}

async function startNode(hub: MemoryHub): Promise<Node> {
  const topics = new Topics({ broker: hub.broker() });
  const http = createServer();
  const server = new Server(http, { wsEngine: WebSocketServer, adapter: await socketIoAdapter(topics) });
  server.on("connection", (socket) => {
    socket.on("join", async (room: string, done: () => void) => {
      await socket.join(room);
      done();
    });
  });
  const port = await listen(http);
  const client = io(`http://127.0.0.1:${port}`, { transports: ["websocket"], reconnection: false });
  await next(client, "connect");
  return {
    server,
    client,
    async [Symbol.asyncDispose](): Promise<void> {
      client.disconnect();
      await server.close();
      await topics.close();
    },
  };
}

/** Starts two servers that know of each other. */
async function startTwo(hub: MemoryHub): Promise<[Node, Node]> {
  const nodes: [Node, Node] = [await startNode(hub), await startNode(hub)];
  for (const { server } of nodes) {
    while (await server.of("/").adapter.serverCount() < 2) await nextTurn();
  }
  return nodes;
}

/** Resolves with the arguments of the next event of a name. */
function next(client: Socket, event: string): Promise<unknown[]> {
  return new Promise((resolve) => client.once(event, (...args: unknown[]) => resolve(args)));
}

/** A value as text, in which bytes, of any kind, are their number and their sum. */
function summary(value: unknown): string {
  return JSON.stringify(value, (_, member) => member?.type === "Buffer" ? summaryOf(member.data) : member);
}

function summaryOf(bytes: readonly number[]): string {
  return `${bytes.length} bytes, ${bytes.reduce((sum, byte) => sum + byte, 0)}`;
}

test("Socket.IO: a room reaches over two servers, with text, bytes, and everything in between", async () => {
  const [one, two] = await startTwo(new MemoryHub());
  await using _one = one;
  await using _two = two;
  await Promise.all([one, two].map(({ client }) => client.emitWithAck("join", "tea")));
  const values: unknown[][] = [
    ["text", 1, null, { a: [true, "\0bytes 0", "\0"] }],
    [Buffer.from([0, 255, 1]), { deep: [Buffer.alloc(70_000, 7), "x", Buffer.alloc(0)] }],
    [new Date(0), [], {}],
  ];
  for (const [from, to] of [[one, two], [two, one]]) {
    for (const value of values) {
      const [here, there] = [next(from.client, "news"), next(to.client, "news")];
      from.server.to("tea").emit("news", ...value);
      assertEquals(summary(await here), summary(value));
      assertEquals(summary(await there), summary(value));
    }
  }
});

test("Socket.IO: order, local broadcasts, exceptions of rooms, and those who left", async () => {
  const [one, two] = await startTwo(new MemoryHub());
  await using _one = one;
  await using _two = two;
  const COUNT = 500;
  const seen: unknown[] = [];
  const all = new Promise<void>((resolve) => {
    two.client.on("count", (value: unknown) => seen.push(value) === COUNT && resolve());
  });
  await two.client.emitWithAck("join", "tea");
  for (let i = 0; i < COUNT; i++) one.server.to("tea").emit("count", i);
  await all;
  assertEquals(seen, Array.from({ length: COUNT }, (_, i) => i));

  const others: unknown[] = [];
  two.client.on("other", (value: unknown) => others.push(value));
  one.server.local.emit("other", "local");
  one.server.except("tea").emit("other", "not for tea");
  one.server.socketsLeave("tea");
  one.server.to("tea").emit("other", "left");
  const last = next(two.client, "other");
  one.server.emit("other", "last");
  assertEquals([await last, others], [["last"], ["last"]]);
});

// The package never cancels the timer of an acknowledgement.
const leaky = (name: string, fn: () => Promise<void>) =>
  Deno.test({ name, sanitizeOps: false, sanitizeResources: false, fn: () => within(30, fn()) });

leaky("Socket.IO: acknowledgements, fetchSockets, serverSideEmit, disconnectSockets reach all servers", async () => {
  const [one, two] = await startTwo(new MemoryHub());
  await using _one = one;
  await using _two = two;
  for (const [name, { client }] of [["one", one], ["two", two]] as const) {
    client.on("who", (answer: (name: string) => void) => answer(name));
  }
  const answers: unknown[] = await one.server.timeout(30_000).emitWithAck("who");
  assertEquals(answers.toSorted(), ["one", "two"]);

  const sockets = await two.server.fetchSockets();
  assertEquals(sockets.map(({ id }) => id).sort(), [one.client.id, two.client.id].sort());
  two.server.on("plus", (value: number, answer: (sum: number) => void) => answer(value + 1));
  assertEquals(await one.server.serverSideEmitWithAck("plus", 1), [2]);

  const gone = next(two.client, "disconnect");
  one.server.in(two.client.id ?? "").disconnectSockets();
  assertEquals((await gone)[0], "io server disconnect");
  // A server that has closed takes part no more.
  await two.server.close();
  while (await one.server.of("/").adapter.serverCount() > 1) await nextTurn();
});
