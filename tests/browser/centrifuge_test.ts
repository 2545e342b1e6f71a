// npm's centrifuge, unmodified, in Chromium, over each of its transports.
import { assertEquals } from "@std/assert";
import { Topics } from "../../src/pubsub/mod.ts";
import {
  type ConnectReply,
  type ConnectRequest,
  Realtime,
  type RealtimeClient,
  RealtimeError,
  type RefreshReply,
  type RpcRequest,
  type SubscribeReply,
} from "../../src/realtime/mod.ts";
import { Application, RequestHandler } from "../../src/web/mod.ts";
import { Browser } from "../support/chromium.ts";
import { test } from "../support/test.ts";
import { projectRoot } from "../../tools/project.ts";

class Site extends Realtime {
  refreshes = 0;

  override onConnect(client: RealtimeClient, { token }: ConnectRequest): ConnectReply {
    if (token === "expired") throw new RealtimeError(109);
    return { user: token, expiresIn: 1, info: { from: client.handler.getCookie("from", "nowhere") } };
  }

  override onRefresh(): RefreshReply {
    this.refreshes++;
    return { expiresIn: 1000 };
  }

  override onSubscribe(): SubscribeReply {
    return { presence: true, joinLeave: true, history: true };
  }

  override onPublish(): void {}

  override onRpc(client: RealtimeClient, { method, data }: RpcRequest): unknown {
    if (method === "who") return { user: client.user, transport: client.transport, refreshes: this.refreshes };
    if (method === "fail") throw new RealtimeError(1234, "no luck");
    return super.onRpc(client, { method, data });
  }
}

/** The build for pages, which the package has beside its modules. */
async function clientScript(): Promise<string> {
  // So that it is in the cache.
  await import("npm:centrifuge@5.8.0");
  const info = await new Deno.Command(Deno.execPath(), { args: ["info", "--json"], cwd: projectRoot }).output();
  const { npmCache }: { npmCache: string } = JSON.parse(new TextDecoder().decode(info.stdout));
  return await Deno.readTextFile(`${npmCache}/registry.npmjs.org/centrifuge/5.8.0/dist/centrifuge.js`);
}

/** Connects, and does what a page does; the page keeps the client, to see what becomes of it. */
const BEGIN = `async (transport) => {
  document.cookie = "from=page";
  const base = location.host + "/connection/";
  const endpoint = (transport === "websocket" ? "ws://" : "http://") + base + transport;
  const tokens = ["expired", "ann", "ann", "ann", "ann"];
  const client = window.client = new Centrifuge([{ transport, endpoint }], {
    getToken: async () => tokens.shift() ?? "ann",
    emulationEndpoint: "http://" + base + "emulation",
    minReconnectDelay: 20,
    maxReconnectDelay: 200,
  });
  const event = (emitter, name) => new Promise((resolve) => emitter.once(name, resolve));
  client.connect();
  await event(client, "connected");
  const news = client.newSubscription("news");
  const seen = window.seen = [];
  const subscriptions = window.subscriptions = [];
  let wake = () => {};
  window.has = async (count) => {
    while (seen.length < count) await new Promise((resolve) => wake = resolve);
    return seen;
  };
  news.on("publication", ({ data }) => (seen.push(data), wake()));
  news.on("subscribed", ({ wasRecovering, recovered }) => {
    subscriptions.push([wasRecovering, recovered]);
    window.subscribedAgain?.();
  });
  news.subscribe();
  await event(news, "subscribed");
  await news.publish({ text: "Grüße 🙂" });
  await window.has(1);
  const clients = Object.values((await news.presence()).clients);
  const page = await news.history({ limit: 10 });
  const codes = [];
  for (const method of ["fail", "unknown"]) codes.push(await client.rpc(method, {}).catch(({ code }) => code));
  let who;
  do who = (await client.rpc("who", {})).data; while (who.refreshes === 0);
  return {
    transport: who.transport,
    user: who.user,
    presence: clients.map(({ user, connInfo }) => [user, connInfo]),
    history: page.publications.map(({ data, offset }) => [data, offset]),
    codes,
  };
}`;

/** Waits until the subscription is there again, and returns what the page has got. */
const AGAIN = `async (count, publications) => {
  while (subscriptions.length < count) await new Promise((resolve) => window.subscribedAgain = resolve);
  return { subscriptions, seen: await has(publications) };
}`;

for (const transport of ["websocket", "sse", "http_stream"]) {
  test(`centrifuge in Chromium over ${transport}: refreshes, subscribes, publishes, calls, recovers, or is told`, async () => {
    const script = await clientScript();
    await using topics = new Topics({ history: { size: 20, ttl: 300 } });
    const start = (port: number): { site: Site; server: AsyncDisposable & { readonly port: number } } => {
      const site = new Site({ topics });
      class Page extends RequestHandler {
        override get(): void {
          this.write("<!DOCTYPE html><meta charset=utf-8><link rel=icon href=data:,><script src=/script.js></script>");
        }
      }
      class Script extends RequestHandler {
        override get(): void {
          this.setHeader("Content-Type", "text/javascript; charset=utf-8");
          this.write(script);
        }
      }
      const rules = [["/", Page], ["/script.js", Script]] as const;
      const app = new Application([...rules, ...site.rules("/connection")], { logFunction() {} });
      return { site, server: app.listen(port, { address: "127.0.0.1" }) };
    };
    const first = start(0);
    const { port } = first.server;
    await using browser = await Browser.launch();
    const page = await browser.open(`http://127.0.0.1:${port}/`);
    assertEquals(await page.evaluate(`(${BEGIN})("${transport}")`), {
      transport,
      user: "ann",
      presence: [["ann", { from: "page" }]],
      history: [[{ text: "Grüße 🙂" }, 1]],
      codes: [1234, 104],
    });

    // The server is restarted, and the topics outlive it.
    await first.server[Symbol.asyncDispose]();
    for (const number of [2, 3]) first.site.publish("news", number);
    const second = start(port);
    assertEquals(await page.evaluate(`(${AGAIN})(2, 3)`), {
      subscriptions: [[false, false], [true, true]],
      seen: [{ text: "Grüße 🙂" }, 2, 3],
    });

    // More than the history keeps.
    await second.server[Symbol.asyncDispose]();
    for (let number = 4; number < 50; number++) second.site.publish("news", number);
    const third = start(port);
    assertEquals(await page.evaluate(`(${AGAIN})(3, 3)`), {
      subscriptions: [[false, false], [true, true], [true, false]],
      seen: [{ text: "Grüße 🙂" }, 2, 3],
    });
    third.site.publish("news", "on");
    assertEquals(await page.evaluate("has(4).then((all) => all[3])"), "on");
    await page.evaluate("client.disconnect()");
    await third.server[Symbol.asyncDispose]();
  });
}
