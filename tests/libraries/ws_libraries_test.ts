// Libraries from npm that were written for `ws`, on the shim, and the real `ws` on either side of it.
import { assertEquals } from "@std/assert";
import { Server as EngineServer } from "npm:engine.io@6.6.11";
import { Socket as EngineClient } from "npm:engine.io-client@6.6.8";
import { GraphQLObjectType, GraphQLSchema, GraphQLString } from "npm:graphql@16.15.0";
import { createClient } from "npm:graphql-ws@6.4.2";
import { useServer } from "npm:graphql-ws@6.4.2/use/ws";
import { Server as SocketIoServer } from "npm:socket.io@4.8.4";
import { io } from "npm:socket.io-client@4.8.4";
import * as real from "npm:ws@8.23.0";
import * as Y from "npm:yjs@13.6.33";
import { WebsocketProvider } from "npm:y-websocket@3.1.0";
import { docs, setupWSConnection } from "npm:@y/websocket-server@0.1.1/utils";
import { type EventEmitter, once } from "node:events";
import { existsSync } from "node:fs";
import { createServer } from "node:http";
import { deno, projectRoot } from "../../tools/project.ts";
import { Application } from "../../src/web/mod.ts";
import * as shim from "../../src/ws/mod.ts";
import { test, within } from "../support/test.ts";
import { close, listen } from "../ws/node_server.ts";
import { eventOf, mounts, start } from "../ws/support.ts";

/** What the two implementations have in common, as far as the tests below use it. */
interface Implementation {
  readonly WebSocket: new (
    url: string,
    protocols: string[],
    options: { perMessageDeflate: boolean | object },
  ) => EventEmitter & {
    readonly protocol: string;
    readonly extensions: string;
    send(data: string | Uint8Array, options?: { binary?: boolean; fin?: boolean }): void;
    ping(data: string): void;
    close(code: number, reason: string): void;
  };
  readonly WebSocketServer: new (
    options: { server: ReturnType<typeof createServer>; perMessageDeflate: boolean | object },
  ) =>
    & EventEmitter
    & { close(): void };
}

// The types of ws are not part of its package; what is used of it is what the interface says.
const implementations: Record<"ws" | "shim", Implementation> = { ws: real as unknown as Implementation, shim };

const pairs = [["ws", "shim"], ["shim", "ws"], ["shim", "shim"]] as const;
const compressions: [name: string, options: boolean | object][] = [
  ["no compression", false],
  ["compression", { threshold: 0 }],
  ["compression without history", { threshold: 0, serverNoContextTakeover: true, clientNoContextTakeover: true }],
  ["compression in a small window", { threshold: 0, serverMaxWindowBits: 9, clientMaxWindowBits: 9 }],
];

/** Sends messages of all kinds to an echo server of one implementation from a client of another. */
async function exchange(server: Implementation, client: Implementation, perMessageDeflate: boolean | object) {
  const http = createServer();
  const wss = new server.WebSocketServer({ server: http, perMessageDeflate });
  const closed = new Promise<unknown[]>((resolve) => {
    wss.on("connection", (socket) => {
      socket.on("message", (data: Uint8Array, isBinary: boolean) => socket.send(data, { binary: isBinary }));
      socket.on("close", (...args: unknown[]) => resolve(args.map(String)));
    });
  });
  const socket = new client.WebSocket(`ws://127.0.0.1:${await listen(http)}/`, ["one", "two"], { perMessageDeflate });
  await once(socket, "open");
  assertEquals([socket.protocol, socket.extensions], ["one", perMessageDeflate === false ? "" : "permessage-deflate"]);

  const random = crypto.getRandomValues(new Uint8Array(50_000));
  const messages = [
    "",
    "a",
    "Grüße, 世界 ".repeat(10),
    JSON.stringify(Array.from({ length: 5000 }, (_, i) => i)),
    random,
  ];
  for (const message of [...messages, ...messages]) {
    socket.send(message);
    const [data, isBinary] = await once(socket, "message");
    assertEquals(isBinary, typeof message !== "string");
    assertEquals(isBinary ? new Uint8Array(data) : String(data), message);
  }
  socket.send("in ", { fin: false });
  socket.send("fragments", { fin: true });
  assertEquals(String((await once(socket, "message"))[0]), "in fragments");
  socket.ping("are you there");
  assertEquals(String((await once(socket, "pong"))[0]), "are you there");

  const ended = once(socket, "close");
  socket.close(4321, "enough");
  assertEquals((await ended).map(String), ["4321", "enough"]);
  assertEquals(await closed, ["4321", "enough"]);
  wss.close();
  await close(http);
}

for (const [server, client] of pairs) {
  for (const [name, options] of compressions) {
    test(`ws: server ${server}, client ${client}, ${name}`, async () => {
      await exchange(implementations[server], implementations[client], options);
    });
  }
}

const schema = new GraphQLSchema({
  query: new GraphQLObjectType({ name: "Query", fields: { hello: { type: GraphQLString, resolve: () => "world" } } }),
  subscription: new GraphQLObjectType({
    name: "Subscription",
    fields: {
      count: {
        type: GraphQLString,
        async *subscribe() {
          for (const count of ["one", "two", "three"]) yield { count };
        },
      },
    },
  }),
});

async function askGraphQL(url: string): Promise<unknown[]> {
  const client = createClient({ url, webSocketImpl: shim.WebSocket, retryAttempts: 0, lazy: false });
  const answers: unknown[] = [];
  for await (const { data } of client.iterate({ query: "{ hello }" })) answers.push({ ...data });
  for await (const { data } of client.iterate({ query: "subscription { count }" })) answers.push({ ...data });
  await client.dispose();
  return answers;
}

const ANSWERS = [{ hello: "world" }, { count: "one" }, { count: "two" }, { count: "three" }];

// Its types want the class of ws itself.
type GraphQLServer = Parameters<typeof useServer>[1];

for (const mount of mounts) {
  test(`graphql-ws: queries and subscriptions on a WebSocketServer (${mount})`, async () => {
    await using server = await start(mount);
    const graphql = useServer({ schema }, server.wss as unknown as GraphQLServer);
    assertEquals(await askGraphQL(server.url), ANSWERS);
    await graphql.dispose();
  });
}

test("graphql-ws: in an Application of Twister", async () => {
  const wss = new shim.WebSocketServer({ noServer: true });
  const graphql = useServer({ schema }, wss as unknown as GraphQLServer);
  const app = new Application([["/graphql", shim.WebSocketServerHandler, { server: wss }]]);
  await using server = app.listen(0, { address: "127.0.0.1" });
  assertEquals(await askGraphQL(`ws://127.0.0.1:${server.port}/graphql`), ANSWERS);
  await graphql.dispose();
});

/** Two documents that meet in one room of a server: what one writes, the other gets. */
async function collaborate(url: string): Promise<void> {
  const [first, second] = [0, 1].map(() => {
    const doc = new Y.Doc();
    // Its type is that of a page's class, of which it uses what the shim has.
    const WebSocketPolyfill = shim.WebSocket as unknown as typeof globalThis.WebSocket;
    const provider = new WebsocketProvider(url, "room", doc, { WebSocketPolyfill, disableBc: true });
    return { doc, provider, text: doc.getText("text") };
  });
  await Promise.all(
    [first, second].map(({ provider }) =>
      new Promise<void>((resolve) => provider.on("sync", (synced: boolean) => synced && resolve()))
    ),
  );
  for (const [from, to, words] of [[first, second, "hello "], [second, first, "world"]] as const) {
    const updated = new Promise<void>((resolve) => to.doc.once("update", () => resolve()));
    from.text.insert(from.text.length, words);
    await updated;
  }
  assertEquals([first.text.toString(), second.text.toString()], ["hello world", "hello world"]);
  for (const { doc, provider } of [first, second]) {
    const closed = provider.ws === null ? null : eventOf(provider.ws as unknown as EventEmitter, "close");
    provider.destroy();
    await closed;
    doc.destroy();
  }
}

// Its types want the class of ws itself.
type YConnection = Parameters<typeof setupWSConnection>[0];

/** A test of a library that leaves timers behind. */
function testUntidy(name: string, fn: () => Promise<void>): void {
  Deno.test({ name, sanitizeOps: false, sanitizeResources: false, fn: () => within(30, fn()) });
}

for (const mount of mounts) {
  testUntidy(`y-websocket: its server part on a WebSocketServer (${mount})`, async () => {
    await using server = await start(mount);
    server.wss.on("connection", (socket, request) => setupWSConnection(socket as unknown as YConnection, request, {}));
    await collaborate(server.url);
    for (const doc of docs.values()) doc.destroy();
    docs.clear();
  });
}

testUntidy("y-websocket: its server program, unchanged, with an import map for ws", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await copyPackage("@y/websocket-server", "0.1.1", "src", folder);
    const imports = {
      ws: `file://${projectRoot}src/ws/mod.ts`,
      http: "node:http",
      yjs: "npm:yjs@13.6.33",
      "y-protocols/": "npm:/y-protocols@1.0.6/",
      "lib0/": "npm:/lib0@0.2.120/",
      // Looked for where documents are to be kept, which nobody asks for here.
      "y-leveldb": "data:text/javascript,export class LeveldbPersistence {}",
    };
    await Deno.writeTextFile(`${folder}/import_map.json`, JSON.stringify({ imports }));
    const port = freePort();
    const child = new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "--quiet",
        "--no-lock",
        "--no-config",
        "--allow-env",
        "--allow-net=127.0.0.1",
        "--allow-read",
        `--import-map=${folder}/import_map.json`,
        `${folder}/server.js`,
      ],
      env: { HOST: "127.0.0.1", PORT: String(port), NO_COLOR: "1" },
      stdout: "piped",
      stderr: "inherit",
      stdin: "null",
    }).spawn();
    const output = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
    assertEquals((await output.read()).value, `running at '127.0.0.1' on port ${port}\n`);
    await collaborate(`ws://127.0.0.1:${port}`);
    child.kill();
    await output.cancel();
    await child.status;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

/** Copies a folder of a package out of Deno's cache, where an import map has no effect on it. */
async function copyPackage(name: string, version: string, part: string, target: string): Promise<void> {
  await deno(["cache", "--quiet", "--no-lock", "--no-config", `npm:${name}@${version}/utils`]);
  const { npmCache }: { npmCache: string } = JSON.parse(await deno(["info", "--json"]));
  for (const registry of Deno.readDirSync(npmCache)) {
    const folder = `${npmCache}/${registry.name}/${name}/${version}/${part}`;
    if (!existsSync(folder)) continue;
    for (const file of Deno.readDirSync(folder)) {
      await Deno.copyFile(`${folder}/${file.name}`, `${target}/${file.name}`);
    }
    return;
  }
  throw new Error(`${name} is not in the cache`);
}

function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

for (const perMessageDeflate of [false, true]) {
  test(`engine.io: wsEngine, ${perMessageDeflate ? "compressed" : "plain"}, upgraded from polling and at once`, async () => {
    const http = createServer();
    const engine = new EngineServer({ wsEngine: shim.WebSocketServer, perMessageDeflate, pingInterval: 50 });
    engine.attach(http);
    engine.on("connection", (socket) => socket.on("message", (data: string | Uint8Array) => socket.send(data)));
    const url = `http://127.0.0.1:${await listen(http)}`;
    for (const transports of [["websocket"], ["polling", "websocket"]]) {
      const client = new EngineClient(url, { transports });
      await eventOf(client as unknown as EventEmitter, transports.length === 1 ? "open" : "upgrade");
      for (const message of ["hello", "x".repeat(100_000), "Grüße"]) {
        const answer = eventOf(client as unknown as EventEmitter, "message");
        client.send(message);
        assertEquals(await answer, [message]);
      }
      const heartbeat = eventOf(client as unknown as EventEmitter, "heartbeat");
      await heartbeat;
      const closed = eventOf(client as unknown as EventEmitter, "close");
      client.close();
      await closed;
    }
    engine.close();
    await close(http);
  });
}

test("socket.io: rooms and acknowledgements by wsEngine", async () => {
  const http = createServer();
  const server = new SocketIoServer(http, { wsEngine: shim.WebSocketServer });
  server.on("connection", (socket) => {
    socket.join("room");
    socket.on("shout", (data: Uint8Array, acknowledge: (transport: string) => void) => {
      server.to("room").emit("heard", data);
      acknowledge(socket.conn.transport.name);
    });
  });
  const url = `http://127.0.0.1:${await listen(http)}`;
  const clients = [0, 1].map(() => io(url, { transports: ["websocket"], forceNew: true }));
  await Promise.all(clients.map((client) => new Promise<void>((resolve) => client.on("connect", resolve))));
  const heard = clients.map((client) =>
    new Promise<Uint8Array>((resolve) => client.once("heard", (data: Uint8Array) => resolve(data)))
  );
  assertEquals(await clients[0]?.emitWithAck("shout", new Uint8Array([1, 2, 3])), "websocket");
  assertEquals((await Promise.all(heard)).map((data) => [...data]), [[1, 2, 3], [1, 2, 3]]);
  for (const client of clients) {
    const closed = new Promise<void>((resolve) => client.once("disconnect", () => resolve()));
    client.close();
    await closed;
  }
  await server.close();
});
