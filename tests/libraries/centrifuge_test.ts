// npm's centrifuge, unmodified, with Realtime: what its users see, over each of its transports.
import { assert, assertEquals, assertRejects } from "@std/assert";
import { Centrifuge, type Options, type PublicationContext, type Subscription } from "npm:centrifuge@5.8.0";
import { EventSource } from "npm:eventsource@5.1.5";
import { Topics } from "../../src/pubsub/mod.ts";
import {
  type ConnectReply,
  type ConnectRequest,
  type PublishReply,
  type PublishRequest,
  Realtime,
  type RealtimeClient,
  RealtimeDisconnect,
  RealtimeError,
  type RefreshReply,
  type RefreshRequest,
  type RpcRequest,
  type SubscribeReply,
  type SubscribeRequest,
} from "../../src/realtime/mod.ts";
import { Application, type Settings } from "../../src/web/mod.ts";
import { test } from "../support/test.ts";

/** A server with a rule for everything: tokens are names of users, with "expired" and "forbidden" beside them. */
class Site extends Realtime {
  readonly gone: string[] = [];
  readonly messages: unknown[] = [];
  refreshes = 0;

  override onConnect(client: RealtimeClient, { token, data }: ConnectRequest): ConnectReply {
    if (token === "expired") throw new RealtimeError(109);
    if (token === "forbidden") throw new RealtimeDisconnect(3500);
    const expires = token === "short" ? { expiresIn: 1 } : {};
    return {
      user: token,
      info: { from: client.handler.getCookie("from", "nowhere") },
      data: { echo: data },
      ...expires,
    };
  }

  override onSubscribe(_client: RealtimeClient, { channel, token, data }: SubscribeRequest): SubscribeReply {
    if (channel === "closed") throw new RealtimeError(103);
    if (channel === "token" && token !== "good") throw new RealtimeError(1000, "wrong token");
    return { presence: true, joinLeave: true, history: true, data: { echo: data } };
  }

  override onPublish(client: RealtimeClient, { channel, data }: PublishRequest): PublishReply | void {
    if (channel === "closed") throw new RealtimeError(103);
    if (channel === "signed") return { data: { by: client.user, data } };
  }

  override onRpc(client: RealtimeClient, { method, data }: RpcRequest): unknown {
    if (method === "who") return { user: client.user, transport: client.transport };
    if (method === "fail") throw new RealtimeError(1234, "no luck");
    if (method === "crash") throw new TypeError("a fault of the application");
    return super.onRpc(client, { method, data });
  }

  override onMessage(_client: RealtimeClient, data: unknown): void {
    this.messages.push(data);
  }

  override onRefresh(_client: RealtimeClient, { token }: RefreshRequest): RefreshReply {
    this.refreshes++;
    return token === "again" ? { expiresIn: 1000 } : {};
  }

  override onDisconnect({ user }: RealtimeClient): void {
    this.gone.push(user);
  }
}

const QUIET: Settings = { logFunction() {} };

class Served implements AsyncDisposable {
  readonly topics: Topics;
  readonly site: Site;
  readonly #server;

  constructor(engine: "listen" | "serve", port = 0, topics = new Topics({ history: { size: 20, ttl: 300 } })) {
    this.topics = topics;
    this.site = new Site({ topics });
    const app = new Application(this.site.rules("/connection"), QUIET);
    const address = "127.0.0.1";
    this.#server = engine === "serve" ? app.listen(port, { address, engine }) : app.listen(port, { address });
  }

  get port(): number {
    return this.#server.port;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server[Symbol.asyncDispose]();
    await this.topics.close();
  }

  /** Ends the connections, and keeps the topics. */
  async stop(): Promise<void> {
    await this.#server[Symbol.asyncDispose]();
  }
}

type Transport = "websocket" | "sse" | "http_stream";

/** A client that is disconnected at the end. */
function connect(port: number, transport: Transport, options: Partial<Options> = {}): Centrifuge & Disposable {
  const endpoint = `${transport === "websocket" ? "ws" : "http"}://127.0.0.1:${port}/connection/${transport}`;
  const client = new Centrifuge(transport === "websocket" ? endpoint : [{ transport, endpoint }], {
    emulationEndpoint: `http://127.0.0.1:${port}/connection/emulation`,
    eventsource: EventSource,
    minReconnectDelay: 20,
    maxReconnectDelay: 200,
    ...options,
  });
  client.connect();
  return Object.assign(client, { [Symbol.dispose]: () => client.disconnect() });
}

/** Resolves with the next event of a name. */
// deno-lint-ignore no-explicit-any
function event(emitter: { once(name: any, listener: (context: any) => void): unknown }, name: string): Promise<any> {
  return new Promise((resolve) => emitter.once(name, resolve));
}

/** Publications of a subscription, one after another. */
class Inbox {
  readonly all: PublicationContext[] = [];
  #wake: (() => void) | null = null;

  constructor(subscription: Subscription) {
    subscription.on("publication", (publication) => {
      this.all.push(publication);
      this.#wake?.();
    });
  }

  async has(count: number): Promise<unknown[]> {
    while (this.all.length < count) await new Promise<void>((resolve) => this.#wake = resolve);
    return this.all.map(({ data }) => data);
  }
}

const TRANSPORTS: readonly Transport[] = ["websocket", "sse", "http_stream"];
const ENGINES = ["listen", "serve"] as const;

for (const engine of ENGINES) {
  for (const transport of TRANSPORTS) {
    test(`centrifuge (${engine}, ${transport}): connects, subscribes, publishes, calls, asks who is there`, async (t) => {
      t.expectLog("tornado.application", /^A hook of a realtime server has failed/);
      await using served = new Served(engine);
      using ann = connect(served.port, transport, { token: "ann", data: { version: 1 } });
      const connected = await event(ann, "connected");
      assertEquals([connected.data, connected.transport], [{ echo: { version: 1 } }, transport]);

      const news = ann.newSubscription("news", { data: 7 });
      const inbox = new Inbox(news);
      news.subscribe();
      const subscribed = await event(news, "subscribed");
      assertEquals([subscribed.data, subscribed.recoverable, subscribed.wasRecovering], [{ echo: 7 }, true, false]);

      await news.publish({ text: "from ann" });
      served.site.publish("news", ["from the server", "ü🙂"], { tags: { kind: "test" } });
      assertEquals(await inbox.has(2), [{ text: "from ann" }, ["from the server", "ü🙂"]]);
      const [first, second] = inbox.all;
      assertEquals([first?.info?.user, first?.offset, second?.offset, second?.tags], ["ann", 1, 2, { kind: "test" }]);

      const joined = event(news, "join");
      using ben = connect(served.port, transport, { token: "ben" });
      const bens = ben.newSubscription("news");
      bens.subscribe();
      await event(bens, "subscribed");
      assertEquals((await joined).info.user, "ben");
      const { clients } = await news.presence();
      assertEquals(Object.values(clients).map(({ user }) => user).sort(), ["ann", "ben"]);
      assertEquals(Object.values(clients)[0]?.connInfo, { from: "nowhere" });
      assertEquals(await news.presenceStats(), { numClients: 2, numUsers: 2 });
      const left = event(news, "leave");
      ben.disconnect();
      assertEquals((await left).info.user, "ben");
      assertEquals(served.site.gone, ["ben"]);

      assertEquals((await ann.rpc("who", {})).data, { user: "ann", transport });
      for (const [method, code] of [["fail", 1234], ["crash", 100], ["unknown", 104]] as const) {
        const error = await ann.rpc(method, {}).catch((error: unknown) => Object(error));
        assertEquals(error.code, code);
      }
      await ann.send({ by: "the way" });
      await ann.rpc("who", {});
      assertEquals(served.site.messages, [{ by: "the way" }]);

      const page = await news.history({ limit: 1 });
      assertEquals(page.publications.map(({ data }) => data), [{ text: "from ann" }]);
      const next = await news.history({ limit: 10, since: { offset: 1, epoch: page.epoch } });
      assertEquals(next.publications.map(({ offset }) => offset), [2]);
      const back = await news.history({ limit: 10, reverse: true });
      assertEquals([back.publications.map(({ offset }) => offset), back.offset], [[2, 1], 2]);
      const lost = await news.history({ limit: 1, since: { offset: 1, epoch: "other" } }).catch((error) => error);
      assertEquals(lost.code, 112);

      const closed = ann.newSubscription("closed");
      closed.subscribe();
      assertEquals((await event(closed, "unsubscribed")).code, 103);
      await assertRejects(
        async () => {
          await ann.publish("closed", {}).catch((error) => {
            throw new Error(String(error.code));
          });
        },
        Error,
        "103",
      );
      news.unsubscribe();
      await ann.rpc("who", {});
      assertEquals(served.topics.count("rt:news"), 0);
    });

    test(`centrifuge (${engine}, ${transport}): recovers what it has missed, or learns that it cannot`, async () => {
      const topics = new Topics({ history: { size: 20, ttl: 300 } });
      const before = new Served(engine, 0, topics);
      const { port } = before;
      using ann = connect(port, transport, { token: "ann" });
      const news = ann.newSubscription("news");
      const inbox = new Inbox(news);
      news.subscribe();
      await event(news, "subscribed");
      before.site.publish("news", 1);
      await inbox.has(1);

      // The server is restarted, and the topics outlive it.
      await before.stop();
      before.site.publish("news", 2);
      before.site.publish("news", 3);
      const recovered = event(news, "subscribed");
      const after = new Served(engine, port, topics);
      const context = await recovered;
      assertEquals([context.wasRecovering, context.recovered, context.hasRecoveredPublications], [true, true, true]);
      after.site.publish("news", 4);
      assertEquals(await inbox.has(4), [1, 2, 3, 4]);

      // More than the history keeps.
      await after.stop();
      for (let i = 5; i < 50; i++) after.site.publish("news", i);
      const failed = event(news, "subscribed");
      await using last = new Served(engine, port, topics);
      const { wasRecovering, recovered: isRecovered } = await failed;
      assertEquals([wasRecovering, isRecovered], [true, false]);
      last.site.publish("news", 50);
      assertEquals((await inbox.has(5)).slice(4), [50]);
      assertEquals(inbox.all.at(-1)?.offset, 50);
    });
  }
}

test("centrifuge: a token that has expired is replaced, and one that is refused ends the client", async () => {
  await using served = new Served("listen");
  let asked = 0;
  using ann = connect(served.port, "websocket", {
    token: "expired",
    getToken: () => Promise.resolve(["ann", "again"][asked++] ?? "none"),
  });
  await event(ann, "connected");
  assertEquals(asked, 1);
  using ben = connect(served.port, "websocket", { token: "forbidden" });
  assertEquals((await event(ben, "disconnected")).code, 3500);

  let refreshed = 0;
  using short = connect(served.port, "websocket", {
    token: "short",
    getToken: () => Promise.resolve(refreshed++ === 0 ? "again" : "none"),
  });
  await event(short, "connected");
  while (served.site.refreshes === 0) await short.rpc("who", {});
  assertEquals(refreshed, 1);
});

test("centrifuge: answers pings, and comes back after the codes for it alone", async () => {
  await using topics = new Topics();
  const site = new Site({ topics, pingInterval: 1 });
  await using server = new Application(site.rules("/connection"), QUIET).listen(0, { address: "127.0.0.1" });
  using ann = connect(server.port, "websocket", { token: "ann" });
  await event(ann, "connected");
  const pings = Promise.withResolvers<void>();
  let seen = 0;
  const disconnected = event(ann, "connecting");
  // Two pings that were answered, and then an end by the server, after which it comes back.
  const [client] = site.clients;
  assert(client !== undefined);
  Object.assign(ann, { _handleServerPing: wrap(ann, () => ++seen === 3 && pings.resolve()) });
  await pings.promise;
  assertEquals(ann.state, "connected");
  client.disconnect(3011);
  assertEquals((await disconnected).code, 3011);
  await event(ann, "connected");
  site.disconnectUser("ann");
  assertEquals((await event(ann, "disconnected")).code, 3503);
});

/** Calls `before` each time the client handles a ping. */
function wrap(client: object, before: () => void): (next: () => void) => void {
  const original: (next: () => void) => void = Reflect.get(client, "_handleServerPing").bind(client);
  return (next) => {
    before();
    original(next);
  };
}
