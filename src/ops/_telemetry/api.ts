/** The parts of OpenTelemetry's API that are used here, as the object has them that Deno or an SDK makes global. */

/** The place of the API (`opentelemetry.js.api` in its first version). */
const API_KEY = Symbol.for("opentelemetry.js.api.1");
/** The key of the current span in a context. */
export const SPAN_KEY: symbol = Symbol.for("OpenTelemetry Context Key SPAN");

/** A kind of span, by its number. */
export const INTERNAL = 0;
export const SERVER = 1;
export const CLIENT = 2;
/** The flag of a trace whose spans are kept (W3C Trace Context, section 3.2.2.5.1). */
const SAMPLED = 1;
/** The status of a span that has failed. */
export const ERROR = 2;

export type Attributes = Record<string, string | number | boolean>;

export interface SpanContext {
  readonly traceId: string;
  readonly spanId: string;
  readonly traceFlags: number;
}

export interface Span {
  spanContext(): SpanContext;
  setAttributes(attributes: Attributes): unknown;
  setStatus(status: { code: number; message?: string }): unknown;
  updateName(name: string): unknown;
  end(endTime?: number): void;
}

export interface Context {
  getValue(key: symbol): unknown;
  setValue(key: symbol, value: unknown): Context;
  deleteValue(key: symbol): Context;
}

export interface SpanOptions {
  readonly kind?: number;
  readonly attributes?: Attributes;
  readonly links?: readonly { readonly context: SpanContext }[];
  /** Milliseconds since the epoch. */
  readonly startTime?: number;
}

export interface Tracer {
  startSpan(name: string, options: SpanOptions, context: Context): Span;
}

export interface OpenTelemetry {
  readonly trace: { getTracer(name: string, version?: string): Tracer };
  readonly context: {
    active(): Context;
    with<T>(context: Context, call: () => T): T;
  };
  readonly propagation: {
    inject<Carrier>(context: Context, carrier: Carrier, setter: Setter<Carrier>): void;
    extract<Carrier>(context: Context, carrier: Carrier, getter: Getter<Carrier>): Context;
  };
}

export interface Setter<Carrier> {
  set(carrier: Carrier, key: string, value: string): void;
}

export interface Getter<Carrier> {
  get(carrier: Carrier, key: string): string | undefined;
  keys(carrier: Carrier): string[];
}

/** Returns the API, or `null` if no SDK has put one there: Deno does with `OTEL_DENO=true`. */
export function openTelemetry(): OpenTelemetry | null {
  const api: unknown = Reflect.get(globalThis, API_KEY);
  return isOpenTelemetry(api) ? api : null;
}

function isOpenTelemetry(api: unknown): api is OpenTelemetry {
  return typeof api === "object" && api !== null && "trace" in api && "context" in api && "propagation" in api;
}

/** Returns the span of a context, or `null`. */
export function spanOf(context: Context): Span | null {
  const span = context.getValue(SPAN_KEY);
  return isSpan(span) ? span : null;
}

/**
 * Tells whether the sampler keeps the span of a context, so that more should be said of it. `isRecording` of Deno's
 * spans is true also for those that it leaves out.
 */
export function isSampled({ traceFlags }: SpanContext): boolean {
  return (traceFlags & SAMPLED) !== 0;
}

function isSpan(span: unknown): span is Span {
  return typeof span === "object" && span !== null && "spanContext" in span && "setAttributes" in span;
}
