import { assert, assertEquals, assertThrows } from "@std/assert";
import { MemoryHub, Presence, Topics } from "../../src/pubsub/mod.ts";
import {
  type ConnectReply,
  type ConnectRequest,
  Realtime,
  type RealtimeClient,
  RealtimeDisconnect,
  type RefreshReply,
  type RpcRequest,
  type SubscribeReply,
  type SubscribeRequest,
} from "../../src/realtime/mod.ts";
import { FakeClock, TestClient, type TestWebSocket } from "../../src/testing/mod.ts";
import { Application } from "../../src/web/mod.ts";
import { Random } from "../support/random.ts";
import { settled } from "../support/fake_clock.ts";
import { test } from "../support/test.ts";

const PATH = "/connection/websocket";

class Site extends Realtime {
  readonly go = Promise.withResolvers<void>();
  gone = 0;
  override onSubscribe(_client: RealtimeClient, { channel }: SubscribeRequest): SubscribeReply {
    if (channel === "never") return { expiresIn: NaN };
    return channel === "short" ? { expiresIn: 5 } : { presence: true, joinLeave: channel === "room" };
  }
  override onPublish(): void {}
  override async onRpc(_client: RealtimeClient, { method, data }: RpcRequest): Promise<unknown> {
    if (method === "wait") await this.go.promise;
    return data;
  }
  override onRefresh(): RefreshReply {
    return { expiresIn: 100 };
  }
  override onDisconnect(): void {
    this.gone++;
  }
}

function site(topics: Topics, presence: Presence | null = null): { site: Site; client: TestClient } {
  const site = new Site({ topics, presence, maxChannels: 3 });
  return { site, client: new TestClient(new Application(site.rules("/connection"), { logFunction() {} })) };
}

/** Sends frames, and returns the code with which the server ends the connection. */
async function ends(
  client: TestClient,
  ...frames: (string | Uint8Array)[]
): Promise<[code: number | null, reason: string | null]> {
  await using socket = await client.websocket(PATH);
  for (const frame of frames) await socket.writeMessage(frame).catch(() => {});
  while (await socket.readMessage() !== null);
  return [socket.closeCode, socket.closeReason];
}

/** Connects, and returns the answer. */
async function connected(client: TestClient, command = {}): Promise<[TestWebSocket, Record<string, unknown>]> {
  const socket = await client.websocket(PATH);
  const answer = await ask(socket, { connect: command });
  return [socket, answer];
}

async function ask(socket: TestWebSocket, command: object): Promise<Record<string, unknown>> {
  await socket.writeMessage(JSON.stringify({ id: 1, ...command }));
  return JSON.parse(String(await socket.readMessage()));
}

test("Realtime ends connections that do not speak the protocol", async () => {
  await using topics = new Topics();
  const { client, site: server } = site(topics);
  await using _client = client;
  const connect = '{"id":1,"connect":{}}';
  const rows: (string | Uint8Array)[][] = [
    ["x"],
    ['{"id":1,"rpc":{}}'],
    [connect, '{"id":2,"connect":{}}'],
    [connect, '{"rpc":{}}'],
    [connect, "[]"],
    [new Uint8Array([10, 0])],
  ];
  for (const row of rows) assertEquals(await ends(client, ...row), [3501, "bad request"], String(row));
  assertEquals([server.clients.length, server.gone], [0, 3]);
});

test("Realtime answers what it cannot do with a code", async () => {
  await using topics = new Topics();
  const { client } = site(topics);
  await using _client = client;
  const [socket] = await connected(client);
  const rows: [command: object, code: number][] = [
    [{ dance: {} }, 104],
    [{ subscribe: {} }, 107],
    [{ subscribe: { channel: "x".repeat(256) } }, 107],
    [{ subscribe: { channel: ["a"] } }, 107],
    [{ subscribe: { channel: "\ud800" } }, 107],
    [{ publish: { channel: "\ud800", data: 1 } }, 107],
    [{ publish: { channel: "a" } }, 107],
    [{ presence: { channel: "a" } }, 103],
    [{ history: { channel: "a" } }, 103],
    [{ sub_refresh: { channel: "a", token: "x" } }, 103],
  ];
  for (const [command, code] of rows) {
    assertEquals(Object((await ask(socket, command)).error).code, code, JSON.stringify(command));
  }
  for (const channel of ["a", "b", "c"]) assert("subscribe" in await ask(socket, { subscribe: { channel } }));
  assertEquals(Object((await ask(socket, { subscribe: { channel: "a" } })).error).code, 105);
  assertEquals(Object((await ask(socket, { subscribe: { channel: "d" } })).error).code, 106);
  await socket[Symbol.asyncDispose]();
});

test("Realtime lets a client subscribe again after the history could not be read", async (t) => {
  await using topics = new Topics({ history: {} });
  const { history } = topics;
  if (history === null) throw new TypeError("The topics keep no history");
  topics.subscribe("rt:a", { deliver: () => "delivered" });
  await settled();
  const since = history.since.bind(history);
  let left = 5;
  history.since = (topic, position) => left-- > 0 ? Promise.reject(new Error("out of memory")) : since(topic, position);
  const app = new Application(new Site({ topics }).rules("/connection"), { logFunction() {} });
  await using client = new TestClient(app, { raiseServerErrors: false });
  const [socket] = await connected(client);
  const { error } = await ask(socket, { subscribe: { channel: "a" } });
  assertEquals(error, { code: 100, message: "internal server error", temporary: true });
  t.expectLog("tornado.application", /^A hook of a realtime server has failed/);
  assertEquals(Object((await ask(socket, { subscribe: { channel: "a" } })).subscribe).recoverable, true);
  await socket[Symbol.asyncDispose]();
});

test("Realtime gives a client all that it has missed in the answer, and answers one that it unsubscribes", async () => {
  await using topics = new Topics({ history: { size: 20_000 } });
  const { client, site: server } = site(topics);
  await using _client = client;
  const [socket] = await connected(client);
  const first = Object((await ask(socket, { subscribe: { channel: "a" } })).subscribe);
  await ask(socket, { unsubscribe: { channel: "a" } });
  for (let i = 0; i < 10_001; i++) server.publish("a", i);
  const recover = { channel: "a", recover: true, epoch: first.epoch, offset: 0 };
  const { recovered, publications } = Object((await ask(socket, { subscribe: recover })).subscribe);
  assertEquals([recovered, publications.length, publications[10_000]], [true, 10_001, {
    data: 10_000,
    offset: 10_001,
  }]);

  const { history } = topics;
  if (history === null) throw new TypeError("The topics keep no history");
  const since = history.since.bind(history);
  let reads = 0;
  history.since = async (topic, position) => {
    const page = await since(topic, position);
    // The first read is that of the process.
    if (++reads === 2) server.clients[0].unsubscribe("b");
    return page;
  };
  const push = { channel: "b", unsubscribe: { code: 2000, reason: "server unsubscribe" } };
  assertEquals(await ask(socket, { subscribe: { channel: "b" } }), { push });
  const error = { code: 100, message: "internal server error", temporary: true };
  assertEquals(JSON.parse(String(await socket.readMessage())), { id: 1, error });
  await socket[Symbol.asyncDispose]();
});

test("Realtime refuses a time of a hook that is none", async (t) => {
  await using topics = new Topics();
  const app = new Application(new Site({ topics }).rules("/connection"), { logFunction() {} });
  await using client = new TestClient(app, { raiseServerErrors: false });
  const [socket] = await connected(client);
  const { error } = await ask(socket, { subscribe: { channel: "never" } });
  assertEquals(error, { code: 100, message: "internal server error", temporary: true });
  t.expectLog("tornado.application", /^A hook of a realtime server has failed/);
  await socket[Symbol.asyncDispose]();
});

test("Realtime works on the commands of a client in order, and answers pings meanwhile", async () => {
  using clock = new FakeClock();
  await using topics = new Topics();
  const { client, site: server } = site(topics);
  await using _client = client;
  const [socket, { connect }] = await connected(client);
  assertEquals([Object(connect).ping, Object(connect).pong], [25, true]);
  await socket.writeMessage('{"id":2,"rpc":{"method":"wait","data":"first"}}');
  await socket.writeMessage('{"id":3,"rpc":{"data":"second"}}\n{"id":4,"rpc":{"data":"third"}}');
  for (let i = 0; i < 3; i++) {
    await clock.advance(26);
    assertEquals(await socket.readMessage(), "{}");
    await socket.writeMessage("{}");
    await settled();
  }
  server.go.resolve();
  for (const data of ["first", "second", "third"]) {
    assertEquals(Object(JSON.parse(String(await socket.readMessage())).rpc).data, data);
  }
  // Silence, at last.
  await clock.advance(26);
  assertEquals(await socket.readMessage(), "{}");
  await clock.advance(9);
  assertEquals(await socket.readMessage(), null);
  assertEquals([socket.closeCode, server.gone], [3012, 1]);
});

test("Realtime ends what has expired, and a client that says nothing", async () => {
  using clock = new FakeClock();
  await using topics = new Topics();
  const { client } = site(topics);
  await using _client = client;
  const [socket] = await connected(client);
  const { subscribe } = await ask(socket, { subscribe: { channel: "short" } });
  assertEquals(subscribe, { expires: true, ttl: 5 });
  await clock.advance(20);
  await clock.advance(11);
  const frames = [await socket.readMessage(), await socket.readMessage()].map((frame) => JSON.parse(String(frame)));
  assertEquals(frames.filter(({ push }) => push), [
    { push: { channel: "short", unsubscribe: { code: 2501, reason: "expired" } } },
  ]);
  assertEquals(Object((await ask(socket, { refresh: { token: "x" } })).refresh).ttl, 100);

  const silent = await client.websocket(PATH);
  await clock.advance(16);
  assertEquals(await silent.readMessage(), null);
  assertEquals(silent.closeCode, 3502);
  await socket[Symbol.asyncDispose]();
});

test("Realtime carries publications to the clients of other processes", async () => {
  const hub = new MemoryHub();
  await using topics = new Topics({ broker: hub.broker() });
  await using others = new Topics({ broker: hub.broker() });
  const here = site(topics);
  const there = site(others);
  await using _here = here.client;
  await using _there = there.client;
  const [socket] = await connected(there.client);
  await ask(socket, { subscribe: { channel: "a" } });
  here.site.publish("a", { n: 1 });
  assertEquals(await socket.readMessage(), '{"push":{"channel":"a","pub":{"data":{"n":1}}}}');
  await socket[Symbol.asyncDispose]();
});

test("Realtime with a presence shows and announces the clients of all processes", async () => {
  const hub = new MemoryHub();
  const presences = [0, 1].map(() => new Presence(new Topics({ broker: hub.broker() })));
  const topics = [0, 1].map(() => new Topics({ broker: hub.broker() }));
  const [here, there] = topics.map((each, i) => site(each, presences[i] ?? null));
  await using _here = here.client;
  await using _there = there.client;
  const [ann] = await connected(here.client);
  await ask(ann, { subscribe: { channel: "room" } });
  const present = async () =>
    Object.keys(Object((await ask(ann, { presence: { channel: "room" } })).presence).presence);
  const [own] = await present();
  const [ben] = await connected(there.client);
  await ben.writeMessage('{"id":2,"subscribe":{"channel":"room"}}');
  const { push } = JSON.parse(String(await ann.readMessage()));
  assertEquals([push.channel, push.join.info.user], ["room", ""]);
  assertEquals((await present()).sort(), [own, push.join.info.client].sort());
  await ben[Symbol.asyncDispose]();
  const left = JSON.parse(String(await ann.readMessage())).push;
  assertEquals(left.leave.info.client, push.join.info.client);
  await ann[Symbol.asyncDispose]();
  for (const each of [...presences, ...topics]) await each.close();
});

test("Realtime drops a message of a channel that it has not published", async (t) => {
  t.expectLog("tornado.general", /^Dropped a message of a channel/);
  await using topics = new Topics();
  const { client, site: server } = site(topics);
  await using _client = client;
  const [socket] = await connected(client);
  await ask(socket, { subscribe: { channel: "a" } });
  topics.publish("rt:a", "no JSON");
  topics.publish("rt:a", { other: 1 });
  server.publish("a", "yes");
  assertEquals(JSON.parse(String(await socket.readMessage())).push.pub, { data: "yes" });
  await socket[Symbol.asyncDispose]();
});

test("Realtime: commands in requests of their own need the session, the node, and a body of the right form", async (t) => {
  t.expectLog("tornado.general", /^4\d\d POST \/connection\/emulation /);
  await using topics = new Topics();
  const { client, site: server } = site(topics);
  await using _client = client;
  const stream = await client.stream("/connection/http_stream", { method: "POST", body: '{"id":1,"connect":{}}' });
  const lines = stream[Symbol.asyncIterator]();
  const { value } = await lines.next();
  const { session, node } = JSON.parse(new TextDecoder().decode(value ?? new Uint8Array())).connect;
  const send = async (body: unknown) => (await client.post("/connection/emulation", { json: body })).code;
  assertEquals(await send({ session, node, data: '{"id":2,"rpc":{"data":5}}' }), 204);
  assertEquals(new TextDecoder().decode((await lines.next()).value ?? undefined), '{"id":2,"rpc":{"data":5}}\n');
  assertEquals(await send({ session: "other", node, data: "{}" }), 204);
  for (
    const [body, code] of [
      [{ session, node: "other", data: "{}" }, 404],
      [{ session, node }, 400],
      [{ session, node, data: { id: 1 } }, 400],
      ["x", 400],
      [{ session, node, data: "x".repeat(70_000) }, 413],
    ] as const
  ) assertEquals(await send(body), code, JSON.stringify(body).slice(0, 80));
  server.clients[0]?.disconnect(3501);
  const end = new TextDecoder().decode((await lines.next()).value ?? undefined);
  assertEquals(JSON.parse(end), { push: { disconnect: { code: 3501, reason: "bad request" } } });
  assertEquals((await lines.next()).done, true);
});

test("Realtime: pages of other origins get no stream", async (t) => {
  t.expectLog("tornado.general", /Cross-origin request refused/);
  await using topics = new Topics();
  const { client } = site(topics);
  await using _client = client;
  const headers = { Origin: "http://evil.example" };
  const sse = await client.fetch("/connection/sse?cf_connect=%7B%7D", { headers });
  const lines = await client.fetch("/connection/http_stream", { method: "POST", body: "{}", headers });
  assertEquals([sse.code, lines.code], [403, 403]);
});

test("Realtime bounds what it keeps for clients that send anything", async () => {
  await using topics = new Topics();
  const { client, site: server } = site(topics);
  await using _client = client;
  const random = new Random(3);
  const names = [
    "connect",
    "subscribe",
    "unsubscribe",
    "publish",
    "presence",
    "presence_stats",
    "history",
    "rpc",
    "send",
  ];
  for (let round = 0; round < 150; round++) {
    await using socket = await client.websocket(PATH);
    await socket.writeMessage('{"id":1,"connect":{}}');
    for (let i = 0; i < 20; i++) {
      const channel = random.pick(["a", "b", "room", "", 7, null, { x: 1 }]);
      const command = {
        id: random.below(4),
        [random.pick(names)]: { channel, data: random.pick([1, "x", {}]), limit: random.below(9) - 3 },
      };
      const frame = JSON.stringify(command);
      const cut = random.below(12) === 0 ? random.below(frame.length) : frame.length;
      await socket.writeMessage(frame.slice(0, cut)).catch(() => {});
    }
  }
  // The last of them may still be on their way.
  const [socket] = await connected(client);
  await socket[Symbol.asyncDispose]();
  while (server.clients.length > 0) await Promise.all([client.fetch("/none"), null]);
  assertEquals(["a", "b", "room"].map((channel) => topics.count(`rt:${channel}`)), [0, 0, 0]);
});

test("Realtime ends or frees what a hook has answered with something that has no JSON form", async (t) => {
  class Circular extends Realtime {
    override onConnect(_client: unknown, { token }: ConnectRequest): ConnectReply {
      return token === "bad" ? { data: 1n } : {};
    }
    override onSubscribe(_client: unknown, { data }: SubscribeRequest): SubscribeReply {
      return data === "bad" ? { data: 1n } : data === "map" ? { data: { seen: new Map([[1, 2]]) } } : {};
    }
    override onRpc(): unknown {
      throw new RealtimeDisconnect(4000, "é".repeat(100));
    }
  }
  const failed = () => t.expectLog("tornado.application", /^A hook of a realtime server has failed/);
  await using topics = new Topics();
  const server = new Circular({ topics });
  await using client = new TestClient(new Application(server.rules("/connection")), { raiseServerErrors: false });

  failed();
  await using refused = await client.websocket(PATH);
  await refused.writeMessage('{"id":1,"connect":{"token":"bad"}}');
  assertEquals(JSON.parse(String(await refused.readMessage())).error.code, 100);
  assertEquals([await refused.readMessage(), refused.closeCode], [null, 3004]);

  failed();
  await using socket = await client.websocket(PATH);
  await socket.writeMessage('{"id":1,"connect":{}}');
  await socket.readMessage();
  await socket.writeMessage('{"id":2,"subscribe":{"channel":"a","data":"bad"}}');
  assertEquals(JSON.parse(String(await socket.readMessage())).error.code, 100);
  failed();
  await socket.writeMessage('{"id":2,"subscribe":{"channel":"a","data":"map"}}');
  assertEquals(JSON.parse(String(await socket.readMessage())).error.code, 100);
  assertEquals(topics.count("rt:a"), 0);
  for (const data of [1n, new Map([[1, 2]])]) assertThrows(() => server.publish("a", { data }), TypeError);
  await socket.writeMessage('{"id":3,"subscribe":{"channel":"a"}}');
  assertEquals(JSON.parse(String(await socket.readMessage())), { id: 3, subscribe: {} });

  // A reason that no close frame has room for is the mistake of the hook, and does not end the connection.
  failed();
  await socket.writeMessage('{"id":4,"rpc":{}}');
  assertEquals(JSON.parse(String(await socket.readMessage())).error.code, 100);
  assertThrows(() => new RealtimeDisconnect(4000, "x".repeat(124)), RangeError, "a reason of 124 bytes");
  assertEquals(new RealtimeDisconnect(4000, "x".repeat(123)).code, 4000);
});

test("Realtime lists all that the history keeps, oldest or newest first", async () => {
  await using topics = new Topics({ history: { size: 10 } });
  class Archive extends Site {
    override onSubscribe(): SubscribeReply {
      return { history: true };
    }
  }
  const server = new Archive({ topics });
  await using client = new TestClient(new Application(server.rules("/connection"), { logFunction() {} }));
  const [socket] = await connected(client);
  const list = async (request: object) => {
    const { history } = await ask(socket, { history: { channel: "a", limit: -1, ...request } });
    return Object(history).publications.map(({ data }: { data: number }) => data);
  };
  for (let i = 0; i < 60; i++) server.publish("a", i);
  await ask(socket, { subscribe: { channel: "a" } });
  assertEquals(await list({}), [50, 51, 52, 53, 54, 55, 56, 57, 58, 59]);
  assertEquals(await list({ limit: 3 }), [50, 51, 52]);
  assertEquals(await list({ limit: 3, reverse: true }), [59, 58, 57]);
  await socket[Symbol.asyncDispose]();
});
