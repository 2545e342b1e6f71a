/**
 * Metrics for Prometheus: what the server does, and what an application counts itself. Tornado has no counterpart.
 *
 * {@linkcode Metrics} listens to the servers, WebSockets and topics of this process, and {@linkcode MetricsHandler}
 * answers a scrape. The number of series depends on the routes of the program, never on what clients send.
 *
 * @example
 * ```ts
 * import { Metrics, MetricsHandler } from "@twister/twister/metrics";
 * import { Application, RequestHandler } from "@twister/twister/web";
 * import { assertStringIncludes } from "@std/assert";
 *
 * using metrics = new Metrics();
 * const orders = metrics.counter("orders_total", { help: "Orders that were placed.", labels: ["kind"] });
 *
 * class Order extends RequestHandler {
 *   override get(): void {
 *     orders.add(1, { kind: "book" });
 *     this.write("Thank you");
 *   }
 * }
 *
 * const app = new Application([["/order", Order], ["/metrics", MetricsHandler, { metrics }]]);
 * await (await app.fetch(new Request("http://localhost/order"))).text();
 * const text = await (await app.fetch(new Request("http://localhost/metrics"))).text();
 * assertStringIncludes(text, 'orders_total{kind="book"} 1\n');
 * assertStringIncludes(text, 'http_server_request_duration_seconds_count{method="GET",route="/order",code="2xx"} 1\n');
 * ```
 *
 * @module
 */
import { listen, poolSizes } from "../internal/events.ts";
import { workerLink } from "../net/internal.ts";
import { RequestHandler } from "../web/mod.ts";
import { LoopLag } from "./_loop_lag.ts";
import { Counter } from "./_metrics/counter.ts";
import { checkName, type Family } from "./_metrics/family.ts";
import { Gauge } from "./_metrics/gauge.ts";
import { DURATION_BUCKETS, Histogram } from "./_metrics/histogram.ts";
import { HTTPFamilies } from "./_metrics/http_families.ts";
import { SocketFamilies, TopicFamilies } from "./_metrics/socket_families.ts";
import { exposition, type ExpositionFormat, familiesOfSums } from "./_metrics/exposition.ts";

export type { Counter } from "./_metrics/counter.ts";
export type { ExpositionFormat } from "./_metrics/exposition.ts";
export type { Family, Labels, MetricType, Sink } from "./_metrics/family.ts";
export type { Gauge } from "./_metrics/gauge.ts";
export { DURATION_BUCKETS, type Histogram } from "./_metrics/histogram.ts";

/** Seconds of a late event loop. */
const LAG_BUCKETS: readonly number[] = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5];
const START_TIME = "process_start_time_seconds";

/** Options of {@linkcode Metrics}. */
export interface MetricsOptions {
  /**
   * Measures how late the event loop is, 20 times a second.
   *
   * @default {true}
   */
  loopLag?: boolean;
}

/** Options of {@linkcode Metrics.counter} and of the others. */
export interface MetricOptions {
  /** The meaning of the metric, in one line. */
  help: string;
  /**
   * The names of the labels. Each combination of values is a series; beyond 1,000 of them, further ones are counted
   * together, with the value `other`.
   *
   * @default {none}
   */
  labels?: readonly string[];
}

/** Options of {@linkcode Metrics.gauge}. */
export interface GaugeOptions extends MetricOptions {
  /**
   * Reads the value when it is asked for, as of the length of a queue. Such a gauge has no labels.
   *
   * @default {none: the program sets the gauge}
   */
  read?: () => number;
}

/** Options of {@linkcode Metrics.histogram}. */
export interface HistogramOptions extends MetricOptions {
  /**
   * The upper bounds of the buckets, ascending.
   *
   * @default {DURATION_BUCKETS}
   */
  buckets?: readonly number[];
}

/**
 * The metrics of this process. They are collected from the moment that this is made until it is disposed of.
 *
 * In a worker of a supervisor the numbers also go to the supervisor, which adds them up: {@linkcode Metrics.text} with
 * its `metrics` is the text of all workers.
 */
export class Metrics implements Disposable {
  readonly #families = new Map<string, Family>();
  /** The names of samples and of families in both formats: none may be that of two. */
  readonly #names = new Set<string>();
  readonly #stops: (() => void)[] = [];

  /** Begins to collect. */
  constructor(options: MetricsOptions = {}) {
    const http = new HTTPFamilies();
    const sockets = new SocketFamilies();
    const topics = new TopicFamilies();
    for (const family of [...http.families, ...sockets.families, ...topics.families]) this.#add(family);
    this.#stops.push(listen({ requests: http, connections: http, sockets, topics }));
    if (options.loopLag ?? true) this.#measureLag();
    this.gauge("http_client_active_requests", {
      help: "Requests of the HTTP client that have a connection.",
      read: () => poolSizes().active,
    });
    this.gauge("http_client_waiting_requests", {
      help: "Requests of the HTTP client that wait for a connection.",
      read: () => poolSizes().waiting,
    });
    this.gauge("http_client_idle_connections", {
      help: "Connections of the HTTP client that wait for a request.",
      read: () => poolSizes().idle,
    });
    this.gauge("process_resident_memory_bytes", {
      help: "Resident memory size in bytes.",
      read: () => Deno.memoryUsage().rss,
    });
    this.gauge("process_heap_bytes", {
      help: "Bytes in use of the heap of JavaScript.",
      read: () => Deno.memoryUsage().heapUsed,
    });
    const start = (Date.now() - performance.now()) / 1000;
    this.gauge(START_TIME, { help: "Start of the process since the epoch.", read: () => start });
    this.#report();
  }

  /**
   * Makes a counter, whose name must end in `_total`.
   *
   * @throws {RangeError} If the name is taken or not valid.
   */
  counter(name: string, options: MetricOptions): Counter {
    if (!/._total$/.test(name)) throw new RangeError(`Invalid name ${name}: that of a counter ends in _total`);
    return this.#add(new Counter(name, options.help, options.labels ?? []));
  }

  /**
   * Makes a gauge.
   *
   * @throws {RangeError} If the name is taken or not valid.
   * @throws {TypeError} If it has labels, and a function that reads its value.
   */
  gauge(name: string, options: GaugeOptions): Gauge {
    const { help, labels = [], read = null } = options;
    if (read !== null && labels.length > 0) throw new TypeError(`Cannot read ${name} by labels: set it instead`);
    return this.#add(new Gauge(name, help, labels, read));
  }

  /**
   * Makes a histogram.
   *
   * @throws {RangeError} If the name is taken or not valid, or the buckets do not ascend.
   */
  histogram(name: string, options: HistogramOptions): Histogram {
    const { help, labels = [], buckets = DURATION_BUCKETS } = options;
    return this.#add(new Histogram(name, help, labels, buckets));
  }

  /**
   * Returns all metrics in the text format of Prometheus or in OpenMetrics.
   *
   * @param sums The numbers to write in place of those of this process: `supervisor.metrics`.
   */
  text(format: ExpositionFormat = "prometheus", sums: Readonly<Record<string, number>> | null = null): string {
    const families = [...this.#families.values()];
    return exposition(sums === null ? families : familiesOfSums(families, sums), format);
  }

  /** Ends the collecting. */
  [Symbol.dispose](): void {
    for (const stop of this.#stops.splice(0)) stop();
  }

  #add<F extends Family>(family: F): F {
    checkName(family.name, "name of a metric");
    const names = namesOf(family);
    const taken = names.find((name) => this.#names.has(name));
    if (taken !== undefined) throw new RangeError(`There is a metric of the name ${taken} already`);
    for (const name of names) this.#names.add(name);
    this.#families.set(family.name, family);
    return family;
  }

  #measureLag(): void {
    const lag = this.histogram("event_loop_lag_seconds", {
      help: "Delay of a timer by other work.",
      buckets: LAG_BUCKETS,
    });
    const probe = new LoopLag((seconds) => lag.observe(seconds));
    probe.start();
    this.#stops.push(() => probe.stop());
  }

  /** Gives the numbers to the supervisor, if there is one. */
  #report(): void {
    const stop = workerLink()?.report((write) => {
      for (const family of this.#families.values()) {
        // A sum of times of day means nothing.
        if (family.name !== START_TIME) family.collect(write);
      }
    });
    if (stop !== undefined) this.#stops.push(stop);
  }
}

/** The names under which the samples of a family are written, and that of the family in OpenMetrics. */
function namesOf({ name, type }: Family): string[] {
  if (type === "gauge") return [name];
  if (type === "counter") return [name, name.slice(0, -"_total".length)];
  return [name, ...["_bucket", "_sum", "_count"].map((suffix) => name + suffix)];
}

/** Tells whether a client would rather have OpenMetrics than the text of Prometheus (RFC 9110, section 12.5.1). */
function prefersOpenMetrics(accept: string): boolean {
  const weight = weightIn(accept, "application/openmetrics-text");
  return weight > 0 && weight >= weightIn(accept, "text/plain");
}

/** The highest weight that a list has for a type, 0 if it is not there. */
function weightIn(accept: string, type: string): number {
  const weights = accept.split(",").map((item) => {
    const [name = "", ...params] = item.split(";").map((part) => part.trim().toLowerCase());
    return name === type ? Number(params.find((param) => param.startsWith("q="))?.slice(2) ?? 1) : 0;
  });
  return Math.max(...weights.filter((weight) => weight >= 0));
}

/** Arguments of {@linkcode MetricsHandler}. */
export interface MetricsHandlerKwargs {
  /** The metrics to show. */
  metrics: Metrics;
  /**
   * Returns the numbers to show in place of those of this process, such as the sums of a supervisor.
   *
   * @default {none}
   */
  sums?: () => Readonly<Record<string, number>>;
}

/**
 * Answers a scrape of Prometheus, in OpenMetrics if the request asks for that. It tells strangers more than they should
 * know: serve it on an address of its own.
 */
export class MetricsHandler extends RequestHandler {
  /** The metrics to show. */
  declare readonly kwargs: MetricsHandlerKwargs;

  /** Takes the metrics. */
  override initialize(_kwargs: MetricsHandlerKwargs): void {}

  /** Sends the text of all metrics. */
  override get(): void {
    const { metrics, sums } = this.kwargs;
    const open = prefersOpenMetrics(this.request.headers.get("Accept") ?? "");
    this.setHeader(
      "Content-Type",
      open ? "application/openmetrics-text; version=1.0.0; charset=utf-8" : "text/plain; version=0.0.4; charset=utf-8",
    );
    this.write(metrics.text(open ? "openmetrics" : "prometheus", sums?.() ?? null));
  }

  /** Makes no ETag: no two answers are the same. */
  override computeEtag(): null {
    return null;
  }
}
