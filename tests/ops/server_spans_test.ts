import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import { listen } from "../../src/internal/events.ts";
import {
  type Context,
  type OpenTelemetry,
  type Span,
  SPAN_KEY,
  type SpanContext,
  type SpanOptions,
  type Tracer,
} from "../../src/ops/_telemetry/api.ts";
import { ServerSpans } from "../../src/ops/_telemetry/server_spans.ts";
import { Application, RequestHandler } from "../../src/web/mod.ts";
import { QUIET } from "../contracts/_http_server/site.ts";
import { test } from "../support/test.ts";

/** A span that writes down what it is asked. */
class Watched implements Span {
  readonly calls: string[] = [];
  endTime = NaN;
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

  end(endTime?: number): void {
    this.endTime = endTime ?? NaN;
    this.calls.push("end");
  }
}

class Values implements Context {
  readonly #values: ReadonlyMap<symbol, unknown>;

  constructor(values: ReadonlyMap<symbol, unknown> = new Map()) {
    this.#values = values;
  }

  getValue(key: symbol): unknown {
    return this.#values.get(key);
  }

  setValue(key: symbol, value: unknown): Context {
    return new Values(new Map([...this.#values, [key, value]]));
  }

  deleteValue(key: symbol): Context {
    return new Values(new Map([...this.#values].filter(([each]) => each !== key)));
  }
}

/** What a tracer was asked, and its spans. */
class WatchedTracer implements Tracer {
  readonly started: { name: string; options: SpanOptions; context: Context }[] = [];
  readonly spans: Watched[] = [];
  readonly #flags: number;

  constructor(flags: number) {
    this.#flags = flags;
  }

  startSpan(name: string, options: SpanOptions, context: Context): Span {
    const span = new Watched(this.#flags);
    this.started.push({ name, options, context });
    this.spans.push(span);
    return span;
  }
}

/** Answers one request, and returns what the tracer was asked; `look` gets the context of the handler. */
async function tracerOf(flags: number, look: (context: Context) => void = () => {}): Promise<WatchedTracer> {
  const root = new Values();
  const tracer = new WatchedTracer(flags);
  let active: Context = root;
  const api: OpenTelemetry = {
    trace: { getTracer: () => tracer },
    context: {
      active: () => active,
      with: (context, call) => {
        active = context;
        try {
          return call();
        } finally {
          active = root;
        }
      },
    },
    propagation: { inject() {}, extract: () => root },
  };
  class Home extends RequestHandler {
    override get(): void {
      look(active);
      this.write("hello");
    }
  }
  const stop = listen({ requests: new ServerSpans(api, tracer) });
  try {
    const app = new Application([["/", Home]], QUIET);
    await using server = app.listen(0, { address: "127.0.0.1" });
    await (await fetch(`http://127.0.0.1:${server.port}/`)).text();
  } finally {
    stop();
  }
  return tracer;
}

test("ServerSpans names a span by its route and ends it; one that is left out it asks for nothing", async () => {
  const kept = await tracerOf(1);
  assertEquals(kept.started.map(({ name }) => name), ["GET /"]);
  assertEquals(kept.spans.map(({ calls }) => calls), [["setAttributes", "end"]]);
  const leftOut = await tracerOf(0);
  assertEquals(leftOut.spans.map(({ calls }) => calls), [[]]);
});

test("ServerSpans makes one span when a handler asks for it, which has the time of the request", async () => {
  const before = Date.now();
  const seen: unknown[] = [];
  const tracer = await tracerOf(1, (context) => seen.push(context.getValue(SPAN_KEY), context.getValue(SPAN_KEY)));
  const [span] = tracer.spans;
  assertEquals(seen, [span, span]);
  assertEquals(tracer.started.map(({ name }) => name), ["GET"]);
  assertEquals(span?.calls, ["GET /", "setAttributes", "end"]);
  const startTime = tracer.started[0]?.options.startTime ?? NaN;
  // The clock of the day has whole milliseconds, and the other one is adjusted to it.
  assert(startTime >= before - 5 && startTime <= Date.now() + 5, `${startTime - before} ms`);
  assert((span?.endTime ?? NaN) >= startTime);
});

test("ServerSpans: the context of a handler keeps other values beside the span", async () => {
  const key = Symbol("other");
  let checked = 0;
  const tracer = await tracerOf(1, (context) => {
    const more = context.setValue(key, "value");
    assertEquals([more.getValue(key), context.getValue(key)], ["value", undefined]);
    assertStrictEquals(more.getValue(SPAN_KEY), context.getValue(SPAN_KEY));
    assertStrictEquals(more.deleteValue(key).getValue(SPAN_KEY), context.getValue(SPAN_KEY));
    assertStrictEquals(context.deleteValue(key).getValue(SPAN_KEY), context.getValue(SPAN_KEY));
    assertEquals(context.deleteValue(SPAN_KEY).getValue(SPAN_KEY), undefined);
    assertEquals(context.setValue(SPAN_KEY, "another").getValue(SPAN_KEY), "another");
    checked++;
  });
  assertEquals([checked, tracer.spans.length], [1, 1]);
});
