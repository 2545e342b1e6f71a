import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { Metrics, MetricsHandler } from "../../src/ops/metrics.ts";
import { events } from "../../src/internal/events.ts";
import { SimpleAsyncHTTPClient } from "../../src/http/simple_httpclient.ts";
import { RequestChain } from "../../src/http/_adapters/request_chain.ts";
import { type Subscriber, Topics } from "../../src/pubsub/mod.ts";
import { Application, RequestHandler } from "../../src/web/mod.ts";
import { websocketConnect, WebSocketHandler } from "../../src/websocket/mod.ts";
import { projectRoot } from "../../tools/project.ts";
import { QUIET, site, WAYS } from "../contracts/_http_server/site.ts";
import { ask } from "../support/fake_connection.ts";
import { RawClient } from "../support/raw_client.ts";
import { Random } from "../support/random.ts";
import { until } from "../support/turns.ts";
import { test } from "../support/test.ts";

/** The value of a sample, or `null` if the text has none of that name. */
function sample(text: string, name: string): number | null {
  const line = text.split("\n").find((line) => line.startsWith(`${name} `));
  return line === undefined ? null : Number(line.slice(name.length + 1));
}

class Story extends RequestHandler {
  override get(group: string | { id: string }): void {
    const id = typeof group === "string" ? group : group.id;
    if (id === "0") this.setStatus(404);
    this.write(`story ${id}`);
  }
  override post(): void {
    this.write(this.request.body);
  }
}

class NotThere extends RequestHandler {
  override get(): void {
    this.setStatus(404);
  }
}

for (const way of WAYS) {
  test(`Metrics (${way.engine}, ${way.port ? "port" : "memory"}) has requests by route, method and class`, async () => {
    using metrics = new Metrics({ loopLag: false });
    await using client = site(way, [["/story/(?P<id>\\d+)", Story], ["/metrics", MetricsHandler, { metrics }]]);
    for (const path of ["/story/1", "/story/2", "/story/0", "/nothing"]) await client.get(path);
    await client.post("/story/7", { body: "12345" });
    const { text } = await client.get("/metrics");
    const count = (labels: string) => sample(text, `http_server_request_duration_seconds_count{${labels}}`);
    assertEquals(count('method="GET",route="/story/{id}",code="2xx"'), 2);
    assertEquals(count('method="GET",route="/story/{id}",code="4xx"'), 1);
    assertEquals(count('method="POST",route="/story/{id}",code="2xx"'), 1);
    assertEquals(count('method="GET",route="",code="4xx"'), 1);
    assertEquals(sample(text, "http_server_request_body_bytes_total"), 5);
    assertEquals(sample(text, "http_server_active_requests"), 1);
    const bytes = "story 1".length * 3 + 5 +
      "<html><title>404: Not Found</title><body>404: Not Found</body></html>".length;
    assertEquals(sample(text, "http_server_response_body_bytes_total"), bytes);
  });
}

test("Metrics makes no more label sets for 100,000 random paths than there are routes, and two", () => {
  using metrics = new Metrics({ loopLag: false });
  // An error page of its own for each would take ten times as long.
  const settings = { ...QUIET, defaultHandlerClass: NotThere };
  const app = new Application([["/story/(\\d+)", Story], ["/file/(.*)", Story], [/\/x(.*)/, Story]], settings);
  const chain = new RequestChain(app, []);
  const random = new Random(11);
  const letters = ["a", "x", "/", "%20", "story/", "file/", "1", "2", "?", "%C3%A9", '"', "\\"];
  for (let i = 0; i < 100_000; i++) {
    ask(chain, `/${random.text(letters, 6)}`);
  }
  const routes = new Set(
    Array.from(metrics.text().matchAll(/_count\{method="GET",route="((?:[^"\\]|\\.)*)"/g), ([, route]) => route),
  );
  assert(routes.size <= 3 + 2, [...routes].join(" "));
  assert(routes.has("/file/{1}") && routes.has(""), [...routes].join(" "));
});

test("Metrics writes OpenMetrics for who asks for it, and escapes labels", async () => {
  using metrics = new Metrics({ loopLag: false });
  metrics.counter("jobs_total", { help: 'Jobs "done"\n\\.', labels: ["kind"] }).add(2, { kind: 'a"b\\c\nd' });
  const app = new Application([["/", MetricsHandler, { metrics }]], QUIET);
  const ask = async (accept: string) => await app.fetch(new Request("http://localhost/", { headers: { accept } }));
  const open = await ask("application/openmetrics-text; version=1.0.0, text/plain;q=0.5");
  assertEquals(open.headers.get("Content-Type"), "application/openmetrics-text; version=1.0.0; charset=utf-8");
  const text = await open.text();
  assertStringIncludes(
    text,
    '# HELP jobs Jobs \\"done\\"\\n\\\\.\n# TYPE jobs counter\njobs_total{kind="a\\"b\\\\c\\nd"} 2\n',
  );
  assert(text.endsWith("\n# EOF\n"));
  const plain = await ask("text/plain");
  assertEquals(plain.headers.get("Content-Type"), "text/plain; version=0.0.4; charset=utf-8");
  assertStringIncludes(await plain.text(), '# HELP jobs_total Jobs "done"\\n\\\\.\n# TYPE jobs_total counter\n');
});

test("Metrics.histogram() counts by bound, and a gauge may be read when it is asked for", () => {
  using metrics = new Metrics({ loopLag: false });
  const sizes = metrics.histogram("sizes_bytes", { help: "Sizes.", buckets: [1, 10] });
  for (const size of [0.5, 1, 2, 100]) sizes.observe(size);
  let length = 7;
  metrics.gauge("queue_length", { help: "Length.", read: () => length });
  length = 8;
  const temperature = metrics.gauge("temperature_celsius", { help: "Warmth.", labels: ["room"] });
  temperature.set(20, { room: "a" });
  temperature.add(-1, { room: "a" });
  const text = metrics.text();
  assertStringIncludes(
    text,
    'sizes_bytes_bucket{le="1.0"} 2\nsizes_bytes_bucket{le="10.0"} 3\nsizes_bytes_bucket{le="+Inf"} 4\n' +
      "sizes_bytes_sum 103.5\nsizes_bytes_count 4\n",
  );
  assertEquals([sample(text, "queue_length"), sample(text, 'temperature_celsius{room="a"}')], [8, 19]);
});

test("Metrics refuses names, labels and amounts that Prometheus would not take", () => {
  using metrics = new Metrics({ loopLag: false });
  const help = "Help.";
  assertThrows(() => metrics.counter("jobs", { help }), RangeError, "ends in _total");
  assertThrows(() => metrics.gauge("a-b", { help }), RangeError, 'Invalid name of a metric "a-b"');
  assertThrows(() => metrics.gauge("ab", { help, labels: ["c d"] }), RangeError, "Invalid label");
  assertThrows(() => metrics.gauge("ab", { help, labels: ["c"], read: () => 1 }), TypeError);
  assertThrows(() => metrics.histogram("ab", { help, buckets: [1, 1] }), RangeError, "do not ascend");
  assertThrows(() => metrics.histogram("ab", { help, buckets: [1, Infinity] }), RangeError, "+Inf, is there");
  assertThrows(() => metrics.counter("_total", { help }), RangeError, "ends in _total");
  assertThrows(() => metrics.histogram("ab", { help, labels: ["le"] }), RangeError, "Invalid label le");
  for (const labels of [["a", "a"], ["__name__"]]) {
    assertThrows(() => metrics.gauge("ab", { help, labels }), RangeError, `Invalid label ${labels[0]}`);
  }
  const jobs = metrics.counter("jobs_total", { help, labels: ["kind"] });
  assertThrows(() => metrics.counter("jobs_total", { help }), RangeError, "already");
  assertThrows(() => jobs.add(-1, { kind: "a" }), RangeError, "only grows");
  for (const amount of [NaN, Infinity]) assertThrows(() => jobs.add(amount, { kind: "a" }), RangeError, "only grows");
  assertThrows(() => jobs.add(1), TypeError, "Wrong labels");
  // A name that every object has.
  const odd = metrics.counter("odd_total", { help, labels: ["toString"] });
  assertThrows(() => odd.add(1, {}), TypeError, "Wrong labels");
  assertThrows(() => metrics.gauge("read", { help, read: () => 1 }).set(2), TypeError, "a function reads its value");
  assertThrows(() => jobs.add(1, { kind: "a", more: "b" }), TypeError, "Wrong labels");
});

test("Metrics counts label sets of an application beyond 1,000 together", () => {
  using metrics = new Metrics({ loopLag: false });
  const jobs = metrics.counter("jobs_total", { help: "Jobs.", labels: ["id"] });
  for (let i = 0; i < 5000; i++) jobs.add(1, { id: String(i) });
  const lines = metrics.text().split("\n").filter((line) => line.startsWith("jobs_total{"));
  assertEquals(lines.length, 1001);
  assertEquals(lines.at(-1), 'jobs_total{id="other"} 4000');
});

test("Metrics writes the sums of workers in place of its own numbers", () => {
  using metrics = new Metrics({ loopLag: false });
  const text = metrics.text("prometheus", {
    workers: 2,
    'http_server_request_duration_seconds_count{method="GET",route="/",code="2xx"}': 12,
    websocket_connections: 5,
  });
  assertEquals(sample(text, "websocket_connections"), 5);
  assertStringIncludes(text, '_count{method="GET",route="/",code="2xx"} 12\n');
  assertEquals([text.includes("workers"), text.includes("process_")], [false, false]);
});

test("Metrics counts connections, malformed requests, and clients that leave", async () => {
  using metrics = new Metrics({ loopLag: false });
  class Slow extends RequestHandler {
    override async get(): Promise<void> {
      await new Promise<void>((resolve) => this.request.connection?.setCloseCallback(resolve));
    }
  }
  await using server = new Application([["/", Slow]], QUIET).listen(0, { address: "127.0.0.1" });
  const value = (name: string) => sample(metrics.text(), name);
  {
    using client = await RawClient.connect(server.port);
    await client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    await until(() => value("http_server_active_requests") === 1);
  }
  await until(() => value('http_server_aborted_total{reason="client"}') === 1);
  await RawClient.exchange(server.port, "nonsense\r\n\r\n");
  await until(() => value("http_server_connections") === 0);
  assertEquals(value("http_server_accepted_total"), 2);
  assertEquals(value('http_server_refused_total{kind="malformed"}'), 1);
});

for (const way of WAYS.filter(({ port }) => port)) {
  test(`Metrics (${way.engine}) counts WebSockets and their messages`, async () => {
    using metrics = new Metrics({ loopLag: false });
    class Echo extends WebSocketHandler {
      override onMessage(message: string | Uint8Array): void {
        // Not awaited: on the serve engine that asks Deno by a timer, which may outlive the test.
        this.writeMessage(message);
      }
    }
    const app = new Application([["/echo", Echo]], QUIET);
    await using server = app.listen(0, { address: "127.0.0.1", engine: way.engine });
    const value = (name: string) => sample(metrics.text(), name);
    const socket = await websocketConnect(`ws://127.0.0.1:${server.port}/echo`);
    await socket.writeMessage("hello");
    assertEquals(await socket.readMessage(), "hello");
    assertEquals(
      ["connections", "messages_received_total", "received_bytes_total", "messages_sent_total", "sent_bytes_total"]
        .map((name) => value(`websocket_${name}`)),
      [1, 1, 5, 1, 5],
    );
    socket.close();
    await socket.closed;
    await until(() => value("websocket_connections") === 0);
    assertEquals(value("websocket_opened_total"), 1);
  });
}

test("Metrics counts topics: subscriptions, messages, drops, and subscribers that come back", async () => {
  using metrics = new Metrics({ loopLag: false });
  const value = (name: string) => sample(metrics.text(), name);
  const topics = new Topics({ history: { size: 10 } });
  const got: string[] = [];
  const reader: Subscriber = {
    deliver(message) {
      got.push(message.text);
      return "delivered";
    },
  };
  const slow: Subscriber = { deliver: () => "dropped" };
  const { position } = await topics.subscribe("tea", reader, { since: null });
  topics.subscribe("tea", slow);
  topics.subscribe("milk", slow);
  topics.publish("tea", "hot");
  await until(() => got.length === 1);
  assertEquals(
    ["subscriptions", "published_total", "delivered_total", "dropped_total"].map((name) => value(`topic_${name}`)),
    [3, 1, 1, 1],
  );
  topics.unsubscribeAll(reader);
  await topics.subscribe("tea", reader, { since: position });
  await until(() => (value('topic_recoveries_total{complete="true"}') ?? 0) >= 1);
  topics.unsubscribe("milk", slow);
  assertEquals(value("topic_subscriptions"), 2);
  await topics.close();
  assertEquals(value("topic_subscriptions"), 0);
});

test("Metrics listens no longer once it is disposed of", async () => {
  const metrics = new Metrics({ loopLag: false });
  const app = new Application([["/story/(\\d+)", Story]], QUIET);
  await app.fetch(new Request("http://localhost/story/1"));
  metrics[Symbol.dispose]();
  await app.fetch(new Request("http://localhost/story/1"));
  assertEquals(
    sample(metrics.text(), 'http_server_request_duration_seconds_count{method="GET",route="/story/{1}",code="2xx"}'),
    1,
  );
});

test("Metrics has the sizes of the HTTP client's pools", async () => {
  using metrics = new Metrics({ loopLag: false });
  const sizes = () => {
    const value = (name: string) => Number(new RegExp(`^${name} (.*)$`, "m").exec(metrics.text())?.[1]);
    const names = ["http_client_active_requests", "http_client_waiting_requests", "http_client_idle_connections"];
    return names.map(value);
  };
  const [active = 0, waiting = 0, idle = 0] = sizes();
  const gate = Promise.withResolvers<void>();
  class Slow extends RequestHandler {
    override async get(): Promise<void> {
      await gate.promise;
      this.write("done");
    }
  }
  await using server = new Application([["/", Slow]], QUIET).listen(0, { address: "127.0.0.1" });
  const client = new SimpleAsyncHTTPClient({ forceInstance: true, maxClients: 1 });
  const answers = [1, 2, 3].map(() => client.fetch(`http://127.0.0.1:${server.port}/`));
  assertEquals(sizes(), [active + 1, waiting + 2, idle]);
  gate.resolve();
  await Promise.all(answers);
  assertEquals(sizes(), [active, waiting, idle + 1]);
  client.close();
  assertEquals(sizes(), [active, waiting, idle]);
});

test("Metrics gives no two families the name of one sample, in either format", () => {
  const help = "Help.";
  const make = {
    gauge: (metrics: Metrics, name: string) => metrics.gauge(name, { help }),
    counter: (metrics: Metrics, name: string) => metrics.counter(name, { help }),
    histogram: (metrics: Metrics, name: string) => metrics.histogram(name, { help }),
  };
  const clashes: readonly (readonly [keyof typeof make, string, keyof typeof make, string])[] = [
    ["histogram", "size", "gauge", "size_count"],
    ["gauge", "size_bucket", "histogram", "size"],
    ["counter", "jobs_total", "gauge", "jobs"],
    ["histogram", "jobs", "counter", "jobs_total"],
    ["gauge", "jobs_total", "counter", "jobs_total"],
  ];
  for (const [kind, name, other, clash] of clashes) {
    using metrics = new Metrics({ loopLag: false });
    make[kind](metrics, name);
    assertThrows(() => make[other](metrics, clash), RangeError, "There is a metric of the name");
  }
});

test("Metrics tells values of labels apart, whatever they are, if their text differs", () => {
  using metrics = new Metrics({ loopLag: false });
  const jobs = metrics.counter("jobs_total", { help: "Jobs.", labels: ["a", "b"] });
  const pairs = [["x\xff", "y"], ["x", "\xffy"], ['"', ","], ['","', ""], ["\n", "\\n"], ["\\", "\n"], ["", ""]];
  for (const [a = "", b = ""] of pairs) jobs.add(1, { a, b });
  const broken = metrics.counter("broken_total", { help: "Broken.", labels: ["a"] });
  // Encoded, both are U+FFFD, and Prometheus would refuse two samples of one name.
  for (const a of ["\ud800", "\udfff", "\ufffd"]) broken.add(1, { a });
  const lines = new TextDecoder().decode(new TextEncoder().encode(metrics.text())).split("\n");
  const samples = (name: string) => lines.filter((line) => line.startsWith(`${name}{`));
  assertEquals(new Set(samples("jobs_total")).size, pairs.length);
  assertEquals(samples("broken_total"), ['broken_total{a="\ufffd"} 3']);
});

test("Metrics leaves out a gauge that cannot be read, and takes no value that is not a number", (t) => {
  using metrics = new Metrics({ loopLag: false });
  metrics.gauge("queue_length", {
    help: "Length.",
    read: () => {
      throw new Error("no queue");
    },
  });
  // A program without types may return anything.
  metrics.gauge("queue_age", { help: "Age.", read: JSON.parse.bind(null, '"5"') });
  t.expectLog("tornado.application", /^Cannot read the metric queue_age: not a number: "5"$/);
  const sizes = metrics.histogram("size_bytes", { help: "Sizes." });
  assertThrows(() => sizes.observe(NaN), RangeError, "not a number");
  t.expectLog("tornado.application", /^Cannot read the metric queue_length: no queue$/);
  const text = metrics.text();
  assertEquals([sample(text, "queue_length"), sample(text, "size_bytes_count")], [null, 0]);
});

test("Metrics writes bounds of any size as numbers", () => {
  using metrics = new Metrics({ loopLag: false });
  metrics.histogram("sizes_bytes", { help: "Sizes.", buckets: [-1, 1e-7, 0.5, 2, 1e21] });
  const bounds = Array.from(metrics.text().matchAll(/^sizes_bytes_bucket\{le="(.*)"\}/gm), ([, bound = ""]) => bound);
  assertEquals(bounds, ["-1.0", "1e-7", "0.5", "2.0", "1e+21", "+Inf"]);
});

test("MetricsHandler gives the format that the client prefers", async () => {
  using metrics = new Metrics({ loopLag: false });
  const app = new Application([["/metrics", MetricsHandler, { metrics }]], QUIET);
  const cases = [
    ["", "text/plain"],
    ["*/*", "text/plain"],
    ["application/openmetrics-text", "application/openmetrics-text"],
    ["Application/OpenMetrics-Text; version=1.0.0; Q=0.5, text/plain;q=0.3", "application/openmetrics-text"],
    ["application/openmetrics-text;q=0, text/plain", "text/plain"],
    ["application/openmetrics-text;q=0", "text/plain"],
    ["application/openmetrics-text;q=x", "text/plain"],
    ["text/plain, application/openmetrics-text;q=0.1", "text/plain"],
  ] as const;
  for (const [Accept, type] of cases) {
    const { headers } = await app.fetch(new Request("http://localhost/metrics", { headers: { Accept } }));
    assertEquals(headers.get("Content-Type")?.split(";")[0], type, Accept);
  }
});

/** Begins a response, and then goes the way of its path. */
class Breaking extends RequestHandler {
  override async get(way: string): Promise<void> {
    this.write("begin");
    await this.flush();
    if (way === "abort") return this.request.connection?.abort();
    if (way === "throw") throw new Error("late");
    // The client leaves, and writing fails at some time.
    for (;;) {
      this.write("more");
      await this.flush();
    }
  }
}

for (const way of WAYS.filter(({ port }) => port)) {
  test(`Metrics (${way.engine}) tells responses that the server breaks off from clients that leave`, async (t) => {
    t.expectLog("tornado.application", /^Uncaught exception GET \/throw/);
    t.expectLog("tornado.general", /^Cannot send error response after headers written/);
    using metrics = new Metrics({ loopLag: false });
    const app = new Application([["/(.*)", Breaking]], QUIET);
    await using server = app.listen(0, { address: "127.0.0.1", engine: way.engine });
    const aborted = (reason: string) => sample(metrics.text(), `http_server_aborted_total{reason="${reason}"}`);
    for (const path of ["/abort", "/throw"]) {
      await RawClient.exchange(server.port, `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`);
    }
    await until(() => aborted("server") === 2);
    assertEquals(aborted("client"), null);
    {
      using client = await RawClient.connect(server.port);
      await client.send("GET /endless HTTP/1.1\r\nHost: a\r\n\r\n");
      await client.until("begin");
    }
    await until(() => aborted("client") === 1);
    assertEquals(aborted("server"), 2);
  });
}

test("Metrics: docs/operations.md tells what each number means", async () => {
  using metrics = new Metrics();
  class Broken extends RequestHandler {
    override get(): void {
      this.request.connection?.abort();
    }
  }
  // Some families have no sample before something has happened.
  events.connections?.refused("rate");
  events.connections?.timedOut("head");
  events.topics?.recovered(true);
  await (await new Application([["/", Broken]], QUIET).fetch(new Request("http://localhost/"))).body?.cancel();
  const names = Array.from(metrics.text().matchAll(/^# TYPE (\w+) /gm), ([, name = ""]) => name);
  assert(names.includes("http_server_aborted_total"));
  const page = await Deno.readTextFile(`${projectRoot}docs/operations.md`);
  assertEquals(names.filter((name) => !page.includes(`\`${name}\``)), []);
});
