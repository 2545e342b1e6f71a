import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { Metrics } from "../../src/ops/metrics.ts";
import { AccessLog } from "../../src/ops/telemetry.ts";
import { Application, RequestHandler } from "../../src/web/mod.ts";
import { QUIET, site, WAYS } from "../contracts/_http_server/site.ts";
import { RawClient } from "../support/raw_client.ts";
import { until } from "../support/turns.ts";
import { test } from "../support/test.ts";

/** A span as Deno's console exporter prints it. */
interface Printed {
  readonly name: string;
  readonly trace: string;
  readonly id: string;
  readonly kind: string;
  readonly milliseconds: number;
  readonly text: string;
  readonly parent: string | null;
}

const program = new URL("telemetry_program.ts", import.meta.url).pathname;

/** Runs the program with OpenTelemetry, and returns what it prints and its spans. */
async function run(engine: string, env: Record<string, string> = {}): Promise<{ out: string; spans: Printed[] }> {
  const { stdout, stderr, code } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--no-prompt", "--allow-net=127.0.0.1", "--no-check", program, engine],
    env: {
      NO_COLOR: "1",
      OTEL_DENO: "true",
      OTEL_EXPORTER_OTLP_PROTOCOL: "console",
      OTEL_DENO_CONSOLE: "ignore",
      ...env,
    },
    stdin: "null",
  }).output();
  const decoder = new TextDecoder();
  const out = decoder.decode(stdout);
  const all = `${out}\n${decoder.decode(stderr)}`;
  assertEquals(code, 0, all);
  const spans = Array.from(
    all.matchAll(/^SPAN (.*) \[([0-9a-f]{32})\/([0-9a-f]{16})\] (\w+) ([\d.]+)(m?s|µs)\n((?: {2}.*\n)*)/gm),
    ([, name = "", trace = "", id = "", kind = "", time = "0", unit, text = ""]) => ({
      name,
      trace,
      id,
      kind,
      milliseconds: Number(time) * (unit === "s" ? 1000 : unit === "ms" ? 1 : 0.001),
      text,
      parent: /^ {2}parent: ([0-9a-f]{16})/m.exec(text)?.[1] ?? null,
    }),
  );
  return { out, spans };
}

for (const engine of ["listen", "serve"]) {
  test(`Telemetry (${engine}): a client call in a handler is its child after awaits, and the parent comes from outside`, async () => {
    const { spans, out } = await run(engine);
    const named = (name: string, kind: string) => {
      const found = spans.find((span) => span.name === name && span.kind === kind);
      if (found === undefined) throw new Error(`no ${kind} span ${name} in ${spans.map((one) => one.name)}`);
      return found;
    };
    const outer = named("GET /outer/{id}", "Server");
    assertEquals([outer.trace, outer.parent], ["0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"]);
    assertStringIncludes(outer.text, "http.route: /outer/{id}");
    assertStringIncludes(outer.text, "http.response.status_code: 200");
    // Deno's own span has other names for it.
    if (engine === "listen") {
      assert(/^ *server\.address: 127\.0\.0\.1\n *server\.port: \d+$/m.test(outer.text), outer.text);
    }
    const call = spans.find(({ kind, parent }) => kind === "Client" && parent === outer.id);
    assertEquals(call?.trace, outer.trace);
    const inner = named("GET /inner", "Server");
    assertEquals([inner.trace, inner.parent], [outer.trace, call?.id]);
    assertStringIncludes(out, `inner got 00-${outer.trace}-${call?.id}-01`);

    const failed = named("GET /broken", "Server");
    assertStringIncludes(failed.text, "error.type: 500");

    // A span of the stream ends with its last byte: Deno's own ends with the head, and has a child for the body.
    const stream = named("GET /stream", "Server");
    const body = engine === "serve" ? spans.find(({ parent }) => parent === stream.id) : stream;
    assert(body !== undefined && body.milliseconds >= 2900, `${body?.milliseconds} ms`);

    const left = spans.find(({ text }) => text.includes("error.type: client_gone"));
    assert(left !== undefined, "no span of the client that left");

    const work = named("message", "Internal");
    assert(work.parent === null && work.trace !== outer.trace);
    const handshake = named("GET /socket", "Server");
    assertStringIncludes(work.text, `- ${handshake.trace}/${handshake.id}`);
  });
}

test("Telemetry makes no spans when they are sampled out, and still hands the decision on", async () => {
  const { spans, out } = await run("listen", { OTEL_TRACES_SAMPLER: "always_off" });
  assertEquals(spans.filter(({ kind }) => kind === "Server").map(({ name }) => name), []);
  assert(/inner got 00-[0-9a-f]{32}-[0-9a-f]{16}-00/.test(out), out);
});

class Page extends RequestHandler {
  override get(): void {
    this.write("hello");
  }
}

for (const way of WAYS) {
  test(`AccessLog (${way.engine}, ${way.port ? "port" : "memory"}) writes a line of JSON for each request`, async () => {
    const lines: string[] = [];
    using _log = new AccessLog({ write: (line) => lines.push(line) });
    await using client = site(way, [["/page/(\\d+)", Page]], QUIET);
    await client.get("/page/7?secret=1");
    await client.post("/nothing", { body: "12345" });
    await until(() => lines.length === 2);
    const [page, nothing] = lines.map((line) => JSON.parse(line));
    assertEquals(Object.keys(page), [
      "time",
      "client",
      "method",
      "path",
      "route",
      "status",
      "duration",
      "received",
      "sent",
      "reason",
      "trace",
    ]);
    assertEquals([page.method, page.path, page.route, page.status], ["GET", "/page/7", "/page/{1}", 200]);
    assertEquals([page.sent, page.received, page.reason, page.trace], [5, 0, null, null]);
    assert(page.duration >= 0 && !Number.isNaN(Date.parse(page.time)));
    assertEquals([nothing.method, nothing.route, nothing.status, nothing.received], ["POST", null, 404, 5]);
  });
}

test("AccessLog tells the client that a trusted proxy names, and who has left", async () => {
  const lines: string[] = [];
  using _log = new AccessLog({ write: (line) => lines.push(line), query: true });
  class Slow extends RequestHandler {
    override async get(): Promise<void> {
      this.write("first");
      await this.flush();
      await new Promise<void>((resolve) => this.signal.addEventListener("abort", () => resolve()));
    }
  }
  await using server = new Application([["/", Slow]], QUIET).listen(0, { address: "127.0.0.1", xheaders: true });
  {
    using client = await RawClient.connect(server.port);
    await client.send("GET /?a=b HTTP/1.1\r\nHost: a\r\nX-Real-Ip: 192.0.2.7\r\n\r\n");
    await client.until("first");
  }
  await until(() => lines.length === 1);
  const { client, path, status, reason, sent } = JSON.parse(lines[0] ?? "");
  assertEquals([client, path, status, reason, sent], ["192.0.2.7", "/?a=b", 200, "client", 5]);
});

test("AccessLog writes the path of a target in absolute form, and one line whatever characters come", async () => {
  const lines: string[] = [];
  using _log = new AccessLog({ write: (line) => lines.push(line) });
  await using server = new Application([], QUIET).listen(0, { address: "127.0.0.1" });
  const long = `/${"a".repeat(8000)}`;
  for (const target of ["http://a/b?c", "http://a", "/%0a%00?d", '/"\\', long]) {
    using client = await RawClient.connect(server.port);
    await client.send(`GET ${target} HTTP/1.1\r\nHost: a\r\n\r\n`);
    await client.until("404 Not Found");
  }
  await until(() => lines.length === 5);
  assertEquals(lines.map((line) => JSON.parse(line).path), ["/b", "/", "/%0a%00", '/"\\', long]);
  assert(lines.every((line) => !/[\r\n]/.test(line)));
});

test("AccessLog whose destination fails harms neither the response nor other listeners", async (t) => {
  t.expectLog("tornado.application", /^Uncaught exception in the access log/);
  using _log = new AccessLog({
    write: () => {
      throw new Error("the disk is full");
    },
  });
  using metrics = new Metrics({ loopLag: false });
  const app = new Application([["/page/(\\d+)", Page]], QUIET);
  assertEquals((await app.fetch(new Request("http://localhost/page/7"))).status, 200);
  assertStringIncludes(metrics.text(), "http_server_active_requests 0\n");
});
