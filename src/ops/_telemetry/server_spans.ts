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

/** The span of a request, and the context of its handler. */
class ServerSpan implements TraceIds {
  readonly span: Span;
  readonly context: Context;
  /** Tells whether Deno has made the span, and ends it with the head of the response. */
  readonly isDenos: boolean;
  /** Tells whether more should be said of the span than that it is there. */
  readonly isSampled: boolean;
  readonly traceId: string;
  readonly spanId: string;
  /** When the head of the response was sent, in milliseconds since the epoch; 0 before. */
  headedAt = 0;

  constructor(span: Span, context: Context, isDenos: boolean) {
    const ids = span.spanContext();
    this.span = span;
    this.context = context;
    this.isDenos = isDenos;
    this.isSampled = isSampled(ids);
    this.traceId = ids.traceId;
    this.spanId = ids.spanId;
  }
}

/** Makes a span for each request to a server of this process. */
export class ServerSpans implements RequestListener {
  readonly #api: OpenTelemetry;
  readonly #tracer: Tracer;

  constructor(api: OpenTelemetry, tracer: Tracer) {
    this.#api = api;
    this.#tracer = tracer;
  }

  started(request: RequestRecord): void {
    const active = this.#api.context.active();
    const denos = request.byDeno ? spanOf(active) : null;
    if (denos !== null) {
      request.trace = new ServerSpan(denos, active, true);
      return;
    }
    // The span that was active when the socket was opened has nothing to do with this request.
    let parent = active.getValue(SPAN_KEY) === undefined ? active : active.deleteValue(SPAN_KEY);
    if (request.header("traceparent") !== null) parent = this.#api.propagation.extract(parent, request, FIELDS);
    // The sampler decides now: a span that is not recorded costs nothing more.
    const span = this.#tracer.startSpan(methodOf(request), { kind: SERVER }, parent);
    request.trace = new ServerSpan(span, parent.setValue(SPAN_KEY, span), false);
  }

  enter<T>(request: RequestRecord, call: () => T): T {
    const { trace } = request;
    if (!(trace instanceof ServerSpan) || trace.isDenos) return call();
    return this.#api.context.with(trace.context, call);
  }

  headed(request: RequestRecord): void {
    const { trace } = request;
    if (!(trace instanceof ServerSpan) || !trace.isDenos || !trace.isSampled) return;
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
    if (!(trace instanceof ServerSpan) || !trace.isSampled) return;
    if (trace.isDenos) this.#endBody(request, trace);
    else {
      trace.span.updateName(request.route === null ? methodOf(request) : `${methodOf(request)} ${request.route}`);
      trace.span.setAttributes(attributesOf(request));
      fail(trace.span, request);
      trace.span.end();
    }
  }

  /** Adds what Deno's span does not have, since that ends with the head: the time of a body that takes longer. */
  #endBody(request: RequestRecord, trace: ServerSpan): void {
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
  const query = target.indexOf("?");
  const attributes: Attributes = {
    "http.request.method": METHODS.has(method) ? method : "_OTHER",
    "url.scheme": scheme,
    "url.path": query < 0 ? target : target.slice(0, query),
  };
  if (!METHODS.has(method)) attributes["http.request.method_original"] = method;
  if (route !== null) attributes["http.route"] = route;
  if (status !== 0) attributes["http.response.status_code"] = status;
  if (client !== "") attributes["client.address"] = client;
  const host = request.header("Host");
  if (host !== null) attributes["server.address"] = host.replace(/:\d+$/, "");
  const agent = request.header("User-Agent");
  if (agent !== null) attributes["user_agent.original"] = agent;
  return attributes;
}

/** A client's fault is no error of the server; what breaks off is one, whoever has left. */
function fail(span: Span, { status, reason }: RequestRecord): void {
  if (reason !== null && reason !== "refused") {
    span.setAttributes({ "error.type": ERROR_TYPES[reason] });
    span.setStatus({ code: ERROR });
  } else if (status >= 500) {
    span.setAttributes({ "error.type": String(status) });
    span.setStatus({ code: ERROR });
  }
}

const ERROR_TYPES = { client: "client_gone", timeout: "timeout", server: "aborted" } as const;
