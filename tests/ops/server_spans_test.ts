import { assertEquals } from "@std/assert";
import { listen } from "../../src/internal/events.ts";
import type { Context, OpenTelemetry, Span, SpanContext, Tracer } from "../../src/ops/_telemetry/api.ts";
import { ServerSpans } from "../../src/ops/_telemetry/server_spans.ts";
import { Application, RequestHandler } from "../../src/web/mod.ts";
import { QUIET } from "../contracts/_http_server/site.ts";
import { test } from "../support/test.ts";

/** A span that writes down what it is asked. */
class Watched implements Span {
  readonly calls: string[] = [];
  readonly #flags: number;

  constructor(flags: number) {
    this.#flags = flags;
  }

  spanContext(): SpanContext {
    return { traceId: "0af7651916cd43dd8448eb211c80319c", spanId: "b7ad6b7169203331", traceFlags: this.#flags };
  }

  setAttributes(): void {
    this.calls.push("setAttributes");
  }

  setStatus(): void {
    this.calls.push("setStatus");
  }

  updateName(name: string): void {
    this.calls.push(name);
  }

  end(): void {
    this.calls.push("end");
  }
}

class Values implements Context {
  getValue(): unknown {
    return undefined;
  }
  setValue(): Context {
    return this;
  }
  deleteValue(): Context {
    return this;
  }
}

class Home extends RequestHandler {
  override get(): void {
    this.write("hello");
  }
}

/** Answers one request, and returns what its span was asked. */
async function callsOf(flags: number): Promise<string[]> {
  const span = new Watched(flags);
  const root = new Values();
  const tracer: Tracer = { startSpan: () => span };
  const api: OpenTelemetry = {
    trace: { getTracer: () => tracer },
    context: { active: () => root, with: (_context, call) => call() },
    propagation: { inject() {}, extract: () => root },
  };
  const stop = listen({ requests: new ServerSpans(api, tracer) });
  try {
    const app = new Application([["/", Home]], QUIET);
    await using server = app.listen(0, { address: "127.0.0.1" });
    await (await fetch(`http://127.0.0.1:${server.port}/`)).text();
  } finally {
    stop();
  }
  return span.calls;
}

test("ServerSpans names a span by its route and ends it; one that is left out it asks for nothing", async () => {
  assertEquals(await callsOf(1), ["GET /", "setAttributes", "end"]);
  assertEquals(await callsOf(0), []);
});
