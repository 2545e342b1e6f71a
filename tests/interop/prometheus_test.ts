// Prometheus's own checker reads what the handler answers, and the dashboard asks only for metrics that exist.
import { assertEquals } from "@std/assert";
import { Metrics, MetricsHandler } from "../../src/ops/metrics.ts";
import { Topics } from "../../src/pubsub/mod.ts";
import { Application, RequestHandler } from "../../src/web/mod.ts";
import { websocketConnect, WebSocketHandler } from "../../src/websocket/mod.ts";
import { projectRoot } from "../../tools/project.ts";
import { QUIET } from "../contracts/_http_server/site.ts";
import { startPrometheus } from "../support/peer.ts";
import { RawClient } from "../support/raw_client.ts";
import { test } from "../support/test.ts";
import { within } from "../../src/testing/_running.ts";

class Home extends RequestHandler {
  override get(): void {
    this.write("Hello");
  }
}

async function scrape(): Promise<string> {
  using metrics = new Metrics();
  const orders = metrics.counter("orders_total", { help: "Orders that were placed.", labels: ["kind"] });
  orders.add(1, { kind: 'a "book"\\\n' });
  metrics.histogram("order_bytes", { help: "Sizes of orders.", buckets: [1, 10] }).observe(3);
  metrics.gauge("queue_length", { help: "Orders that wait.", read: () => 3 });
  const app = new Application([
    ["/", Home],
    ["/file/(.*)", Home],
    ["/socket", WebSocketHandler],
    ["/metrics", MetricsHandler, { metrics }],
  ], QUIET);
  await using server = app.listen(0, { address: "127.0.0.1" });
  const get = async (path: string) => await (await fetch(`http://127.0.0.1:${server.port}${path}`)).text();
  for (const path of ["/", "/file/a", "/nothing"]) await get(path);
  const socket = await websocketConnect(`ws://127.0.0.1:${server.port}/socket`);
  const text = await get("/metrics");
  socket.close();
  await socket.closed;
  return text;
}

test("Prometheus: promtool check metrics has nothing to say about a scrape", async () => {
  const process = new Deno.Command("promtool", {
    args: ["check", "metrics"],
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = process.stdin.getWriter();
  await writer.write(new TextEncoder().encode(await scrape()));
  await writer.close();
  const { code, stdout, stderr } = await process.output();
  const decoder = new TextDecoder();
  assertEquals([code, decoder.decode(stdout), decoder.decode(stderr)], [0, "", ""]);
});

/** The part of a dashboard that is checked here. */
interface Dashboard {
  readonly panels: readonly {
    readonly title: string;
    readonly type: string;
    readonly gridPos: Readonly<Record<"h" | "w" | "x" | "y", number>>;
    readonly targets: readonly { readonly expr: string; readonly refId: string }[];
  }[];
}

async function readDashboard(): Promise<Dashboard> {
  return JSON.parse(await Deno.readTextFile(`${projectRoot}/examples/observability/dashboard.json`));
}

test("Prometheus: the dashboard of examples/observability asks only for metrics that exist", async () => {
  const dashboard = await readDashboard();
  using metrics = new Metrics();
  // A sample is written if there is a family for it.
  const exists = (name: string) => metrics.text("prometheus", { [name]: 1 }).includes(`\n${name} 1\n`);
  const unknown: string[] = [];
  for (const { title, targets, gridPos } of dashboard.panels) {
    for (const { expr } of targets) {
      for (const [, name = ""] of expr.matchAll(/\b((?:http|websocket|topic|event_loop|process)_\w+)/g)) {
        if (!exists(name)) unknown.push(`${title}: ${name}`);
      }
      const process = new Deno.Command("promtool", {
        args: ["check", "rules", "/dev/stdin"],
        stdin: "piped",
        stdout: "null",
        stderr: "piped",
      }).spawn();
      const rule = { groups: [{ name: "dashboard", rules: [{ record: "panel", expr }] }] };
      const writer = process.stdin.getWriter();
      await writer.write(new TextEncoder().encode(JSON.stringify(rule)));
      await writer.close();
      const { code, stderr } = await process.output();
      assertEquals([code, new TextDecoder().decode(stderr)], [0, ""], expr);
    }
    assertEquals(gridPos.x + gridPos.w <= 24, true, title);
  }
  assertEquals(unknown, []);
});

class Fail extends RequestHandler {
  override get(): void {
    this.setStatus(500);
  }
}

class Stuck extends RequestHandler {
  override async get(): Promise<void> {
    await new Promise<void>((resolve) => this.request.connection?.setCloseCallback(resolve));
  }
}

class Echo extends WebSocketHandler {
  override async onMessage(message: string | Uint8Array): Promise<void> {
    await this.writeMessage(message);
  }
}

/** Lets everything happen once that the dashboard shows. */
async function happen(): Promise<AsyncDisposable> {
  const app = new Application([["/", Home], ["/fail", Fail], ["/stuck", Stuck], ["/socket", Echo]], QUIET);
  const server = app.listen(0, { address: "127.0.0.1", headerTimeout: 0.1 });
  const url = `http://127.0.0.1:${server.port}`;
  for (const path of ["/", "/fail"]) await (await fetch(`${url}${path}`)).text();
  await (await fetch(`${url}/`, { method: "POST", body: "body" })).text();
  // It is refused.
  await RawClient.exchange(server.port, "nonsense\r\n\r\n");
  {
    using leaver = await RawClient.connect(server.port);
    await leaver.send("GET /stuck HTTP/1.1\r\nHost: a\r\n\r\n");
  }
  using late = await RawClient.connect(server.port);
  await late.send("GET / HT");
  await late.rest();
  const topics = new Topics();
  topics.publish("news", "hello");
  const socket = await websocketConnect(`ws://127.0.0.1:${server.port}/socket`);
  await socket.writeMessage("hello");
  await socket.readMessage();
  return {
    async [Symbol.asyncDispose](): Promise<void> {
      socket.close();
      await socket.closed;
      await topics.close();
      await server[Symbol.asyncDispose]();
    },
  };
}

test("Prometheus: each query of the dashboard of examples/observability has data from a live scrape", async () => {
  using metrics = new Metrics();
  await using machines = new Application([["/metrics", MetricsHandler, { metrics }]], QUIET)
    .listen(0, { address: "127.0.0.1" });
  await using prometheus = await startPrometheus(machines.port);
  await using _site = await happen();
  const ask = async (query: string): Promise<unknown[]> => {
    const url = `http://127.0.0.1:${prometheus.port}/api/v1/query?${new URLSearchParams({ query })}`;
    const { status, data } = await (await fetch(url)).json();
    assertEquals(status, "success", query);
    return data.result;
  };
  const { panels } = await readDashboard();
  for (const { expr } of panels.flatMap(({ targets }) => targets)) {
    const data = (async () => {
      while ((await ask(expr)).length === 0);
    })();
    await within(20, data, () => new Error(`No data for ${expr}`));
  }
  assertEquals((await ask("up")).length, 1);
});
