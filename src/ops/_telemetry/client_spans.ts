import type { OutgoingListener, OutgoingRecord, OutgoingTrace } from "../../internal/events.ts";
import {
  type Attributes,
  CLIENT,
  ERROR,
  isSampled,
  type OpenTelemetry,
  type Setter,
  type Span,
  SPAN_KEY,
  type Tracer,
} from "./api.ts";

const FIELDS: Setter<OutgoingRecord> = { set: (request, key, value) => request.setHeader(key, value) };

/** Makes a span for each request of our HTTP client, as a child of whatever is current. */
export class ClientSpans implements OutgoingListener {
  readonly #api: OpenTelemetry;
  readonly #tracer: Tracer;

  constructor(api: OpenTelemetry, tracer: Tracer) {
    this.#api = api;
    this.#tracer = tracer;
  }

  sending(request: OutgoingRecord): OutgoingTrace {
    const active = this.#api.context.active();
    const span = this.#tracer.startSpan(request.method, { kind: CLIENT }, active);
    this.#api.propagation.inject(active.setValue(SPAN_KEY, span), request, FIELDS);
    const isKept = isSampled(span.spanContext());
    if (isKept) span.setAttributes(attributesOf(request));
    return new ClientSpan(span, isKept);
  }
}

class ClientSpan implements OutgoingTrace {
  readonly #span: Span;
  readonly #isKept: boolean;

  constructor(span: Span, isKept: boolean) {
    this.#span = span;
    this.#isKept = isKept;
  }

  answered(status: number): void {
    if (this.#isKept) {
      this.#span.setAttributes({ "http.response.status_code": status });
      // To a client, 4xx are failures as well.
      if (status >= 400) this.#fail(String(status));
    }
    this.#span.end();
  }

  failed(error: Error): void {
    if (this.#isKept) this.#fail(error.name);
    this.#span.end();
  }

  #fail(type: string): void {
    this.#span.setAttributes({ "error.type": type });
    this.#span.setStatus({ code: ERROR });
  }
}

/** The URL without what may be a secret: user, password, query and fragment. */
function attributesOf({ method, url }: OutgoingRecord): Attributes {
  const { protocol, hostname, port, pathname } = url;
  return {
    "http.request.method": method,
    "server.address": hostname,
    "server.port": port === "" ? (protocol === "https:" ? 443 : 80) : Number(port),
    "url.full": `${protocol}//${url.host}${pathname}`,
  };
}
