import { splitTarget } from "../../http/internal.ts";
import type { RequestListener, RequestRecord, TraceIds } from "../../internal/events.ts";
import {
  type Attributes,
  type Context,
  ERROR,
  type Getter,
  INTERNAL,
  isSampled,
  type OpenTelemetry,
  SERVER,
  type Span,
  SPAN_KEY,
  spanOf,
  type Tracer,
} from "./api.ts";

/** The methods that the semantic conventions know; every other one is `_OTHER`. */
const METHODS: ReadonlySet<string> = new Set([
  "CONNECT",
  "DELETE",
  "GET",
  "HEAD",
  "OPTIONS",
  "PATCH",
  "POST",
  "PUT",
  "QUERY",
  "TRACE",
]);

/** Fields that carry a context from another process. */
const CARRIERS: readonly string[] = ["traceparent", "tracestate", "baggage"];

const FIELDS: Getter<RequestRecord> = {
  get: (request, key) => request.header(key) ?? undefined,
  keys: () => [...CARRIERS],
};

/** Milliseconds between two looks at how far the clocks have drifted apart. */
const CLOCK_PAUSE = 1000;
/** Milliseconds that are no drift: the clock of the day has whole ones. */
const CLOCK_NOISE = 2;

/** Turns times of `performance.now` into times of day, in milliseconds: the two clocks drift apart over days. */
class DayClock {
  #offset: number = performance.timeOrigin;
  #lookedAt = -Infinity;

  /** Returns what has to be added to `now`, which is the present. */
  offset(now: number): number {
    if (now - this.#lookedAt > CLOCK_PAUSE) {
      this.#lookedAt = now;
      const offset = Date.now() - now;
      if (Math.abs(offset - this.#offset) > CLOCK_NOISE) this.#offset = offset;
    }
    return this.#offset;
  }
}

/**
 * The span of a request that our own server answers, and the context of its handler. The span is made when something
 * asks for it, such as a call of the client, or else at the end, with the time at which the request began. Most
 * requests ask for none, and one call at the end costs less than several on the way.
 */
class OwnSpan implements Context, TraceIds {
  readonly #tracer: Tracer;
  readonly #parent: Context;
  readonly #method: string;
  readonly #start: number;
  readonly #offset: number;
  #span: Span | null = null;

  constructor(tracer: Tracer, parent: Context, method: string, start: number, offset: number) {
    this.#tracer = tracer;
    this.#parent = parent;
    this.#method = method;
    this.#start = start;
    this.#offset = offset;
  }

  get traceId(): string {
    return this.#begin(this.#method).spanContext().traceId;
  }

  get spanId(): string {
    return this.#begin(this.#method).spanContext().spanId;
  }

  getValue(key: symbol): unknown {
    return key === SPAN_KEY ? this.#begin(this.#method) : this.#parent.getValue(key);
  }

  setValue(key: symbol, value: unknown): Context {
    return key === SPAN_KEY ? this.#parent.setValue(key, value) : this.#whole().setValue(key, value);
  }

  deleteValue(key: symbol): Context {
    return key === SPAN_KEY ? this.#parent.deleteValue(key) : this.#whole().deleteValue(key);
  }

  /** Ends the span with what became of the request. */
  end(request: RequestRecord): void {
    const name = request.route === null ? this.#method : `${this.#method} ${request.route}`;
    const isNew = this.#span === null;
    const span = this.#begin(name);
    // Nothing more is asked of a span that the sampler leaves out.
    if (!isSampled(span.spanContext())) return;
    if (!isNew) span.updateName(name);
    span.setAttributes(attributesOf(request));
    fail(span, request);
    span.end(this.#offset + performance.now());
  }

  #begin(name: string): Span {
    const startTime = this.#offset + this.#start;
    return this.#span ??= this.#tracer.startSpan(name, { kind: SERVER, startTime }, this.#parent);
  }

  #whole(): Context {
    return this.#parent.setValue(SPAN_KEY, this.#begin(this.#method));
  }
}

/** The span that Deno has made of a request, and ends with the head of the response. */
class DenosSpan implements TraceIds {
  readonly span: Span;
  readonly context: Context;
  /** Tells whether more should be said of the span than that it is there. */
  readonly isSampled: boolean;
  readonly traceId: string;
  readonly spanId: string;
  /** When the head of the response was sent, in milliseconds since the epoch; 0 before. */
  headedAt = 0;

  constructor(span: Span, context: Context) {
    const ids = span.spanContext();
    this.span = span;
    this.context = context;
    this.isSampled = isSampled(ids);
    this.traceId = ids.traceId;
    this.spanId = ids.spanId;
  }
}

/** Makes a span for each request to a server of this process. */
export class ServerSpans implements RequestListener {
  readonly #api: OpenTelemetry;
  readonly #tracer: Tracer;
  readonly #clock = new DayClock();

  constructor(api: OpenTelemetry, tracer: Tracer) {
    this.#api = api;
    this.#tracer = tracer;
  }

  started(request: RequestRecord): void {
    const active = this.#api.context.active();
    const denos = request.byDeno ? spanOf(active) : null;
    if (denos !== null) {
      request.trace = new DenosSpan(denos, active);
      return;
    }
    // The span that was active when the socket was opened has nothing to do with this request.
    let parent = active.getValue(SPAN_KEY) === undefined ? active : active.deleteValue(SPAN_KEY);
    if (request.header("traceparent") !== null) parent = this.#api.propagation.extract(parent, request, FIELDS);
    const { start } = request;
    request.trace = new OwnSpan(this.#tracer, parent, methodOf(request), start, this.#clock.offset(start));
  }

  enter<T>(request: RequestRecord, call: () => T): T {
    const { trace } = request;
    return trace instanceof OwnSpan ? this.#api.context.with(trace, call) : call();
  }

  headed(request: RequestRecord): void {
    const { trace } = request;
    if (!(trace instanceof DenosSpan) || !trace.isSampled) return;
    trace.headedAt = Date.now();
    // Deno's span has the other attributes already.
    if (request.route !== null) {
      trace.span.updateName(`${methodOf(request)} ${request.route}`);
      trace.span.setAttributes({ "http.route": request.route });
    }
    fail(trace.span, request);
  }

  ended(request: RequestRecord): void {
    const { trace } = request;
    if (trace instanceof OwnSpan) trace.end(request);
    else if (trace instanceof DenosSpan && trace.isSampled) this.#endBody(request, trace);
  }

  /** Adds what Deno's span does not have, since that ends with the head: the time of a body that takes longer. */
  #endBody(request: RequestRecord, trace: DenosSpan): void {
    if (request.upgraded) return;
    if (request.reason === null && (trace.headedAt === 0 || Date.now() - trace.headedAt < 1)) return;
    const startTime = trace.headedAt === 0 ? Date.now() : trace.headedAt;
    const span = this.#tracer.startSpan("response body", { kind: INTERNAL, startTime }, trace.context);
    span.setAttributes({ "http.response.body.size": request.sent });
    fail(span, request);
    span.end();
  }
}

function methodOf({ method }: RequestRecord): string {
  return METHODS.has(method) ? method : "HTTP";
}

/** The attributes of semantic conventions 1.44. The query is left out: it may have secrets. */
function attributesOf(request: RequestRecord): Attributes {
  const { method, target, scheme, status, route, client } = request;
  const attributes: Attributes = {
    "http.request.method": METHODS.has(method) ? method : "_OTHER",
    "url.scheme": scheme,
    "url.path": splitTarget(target).path,
  };
  if (!METHODS.has(method)) attributes["http.request.method_original"] = method;
  if (route !== null) attributes["http.route"] = route;
  if (status !== 0) attributes["http.response.status_code"] = status;
  if (client !== "") attributes["client.address"] = client;
  const host = request.header("Host");
  if (host !== null) {
    const port = /:(\d{1,5})$/.exec(host)?.[1];
    attributes["server.address"] = port === undefined ? host : host.slice(0, -port.length - 1);
    if (port !== undefined) attributes["server.port"] = Number(port);
  }
  const agent = request.header("User-Agent");
  if (agent !== null) attributes["user_agent.original"] = agent;
  return attributes;
}

/** A client's fault is no error of the server; what breaks off is one, whoever has left. */
function fail(span: Span, { status, reason }: RequestRecord): void {
  if (reason !== null) {
    span.setAttributes({ "error.type": ERROR_TYPES[reason] });
    span.setStatus({ code: ERROR });
  } else if (status >= 500) {
    span.setAttributes({ "error.type": String(status) });
    span.setStatus({ code: ERROR });
  }
}

const ERROR_TYPES = { client: "client_gone", timeout: "timeout", server: "aborted" } as const;
