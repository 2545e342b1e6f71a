/**
 * Traces by OpenTelemetry, and an access log in JSON. Tornado has no counterpart.
 *
 * {@linkcode Telemetry} uses the API object that Deno puts on `globalThis` with `OTEL_DENO=true`, or that an SDK of
 * Node does. It imports nothing, needs no permission, and does nothing if there is no such object.
 *
 * @example
 * ```ts
 * import { Telemetry } from "@twister/twister/telemetry";
 * import { assertEquals } from "@std/assert";
 *
 * using telemetry = new Telemetry();
 * assertEquals(telemetry.enabled, Deno.env.get("OTEL_DENO") === "true");
 * ```
 *
 * @module
 */
import { listen } from "../internal/events.ts";
import { version } from "../internal/version.ts";
import {
  type OpenTelemetry,
  openTelemetry,
  SPAN_KEY,
  type SpanContext,
  spanOf,
  type Tracer,
} from "./_telemetry/api.ts";
import { ClientSpans } from "./_telemetry/client_spans.ts";
import { ServerSpans } from "./_telemetry/server_spans.ts";

export { type AccessEntry, AccessLog, type AccessLogOptions } from "./_telemetry/access_log.ts";

/** The name under which the spans are made. */
const SCOPE = "twister";

/** A span to which later work can refer. */
export interface SpanLink {
  /** The trace, 32 hexadecimal digits. */
  readonly traceId: string;
  /** The span, 16 hexadecimal digits. */
  readonly spanId: string;
  /** The flags; 1 if the span is recorded. */
  readonly traceFlags: number;
}

/**
 * Makes a span for each request to a server of this process, up to the last byte of its response, and for each request
 * of our HTTP client.
 *
 * A handler runs in the context of its span, so that whatever it calls becomes a child, also after an `await`.
 * `traceparent` is read from requests, and sent by the client. On the serve engine Deno makes the span of a request,
 * which gets the route and the error; a body that takes longer than its head has a child of its own.
 */
export class Telemetry implements Disposable {
  readonly #api: OpenTelemetry | null;
  readonly #tracer: Tracer | null;
  readonly #stop: () => void;

  /** Begins to make spans, if there is an API to make them with. An SDK has to be set up before. */
  constructor() {
    const api = openTelemetry();
    const tracer = api?.trace.getTracer(SCOPE, version) ?? null;
    this.#api = api;
    this.#tracer = tracer;
    this.#stop = api === null || tracer === null
      ? () => {}
      : listen({ requests: new ServerSpans(api, tracer), outgoing: new ClientSpans(api, tracer) });
  }

  /** Tells whether there is an API to make spans with. */
  get enabled(): boolean {
    return this.#api !== null;
  }

  /**
   * Returns the current span, so that later work can refer to it: that of the handshake, in the `open` of a WebSocket;
   * `null` if there is none.
   */
  link(): SpanLink | null {
    return this.#api === null ? null : spanOf(this.#api.context.active())?.spanContext() ?? null;
  }

  /**
   * Calls a function in a span of its own that refers to another one: for a message on a WebSocket, whose handshake has
   * ended long before. A promise ends the span when it settles.
   */
  linked<T>(name: string, link: SpanLink | null, call: () => T): T {
    const api = this.#api;
    const tracer = this.#tracer;
    if (api === null || tracer === null) return call();
    const root = api.context.active().deleteValue(SPAN_KEY);
    const links = link === null ? [] : [{ context: link satisfies SpanContext }];
    const span = tracer.startSpan(name, { links }, root);
    const end = (error: unknown = null) => {
      if (error !== null) span.setStatus({ code: 2, message: String(error) });
      span.end();
    };
    try {
      const result = api.context.with(root.setValue(SPAN_KEY, span), call);
      if (result instanceof Promise) result.then(() => end(), end);
      else end();
      return result;
    } catch (error) {
      end(error);
      throw error;
    }
  }

  /** Makes no more spans. */
  [Symbol.dispose](): void {
    this.#stop();
  }
}
