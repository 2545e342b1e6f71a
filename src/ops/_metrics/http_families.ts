import type { ConnectionListener, RequestListener, RequestRecord } from "../../internal/events.ts";
import { Counter } from "./counter.ts";
import type { Family } from "./family.ts";
import { Gauge } from "./gauge.ts";
import { Distribution, DURATION_BUCKETS } from "./histogram.ts";

/** The methods that are labels of their own; every other one is `_OTHER`, as the semantic conventions say. */
const METHODS: readonly string[] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];
const OTHER = METHODS.length;
const CLASSES: readonly string[] = ["none", "1xx", "2xx", "3xx", "4xx", "5xx"];

/** Routes beyond this many are one: patterns come from the program, but a program may make them. */
const MAX_ROUTES = 1000;
const OTHER_ROUTES = "other";

const DURATION = "http_server_request_duration_seconds";
const LABELS: readonly string[] = ["method", "route", "code"];

/** The durations of requests by route, method and class of status. */
class Durations implements Family {
  readonly name = DURATION;
  readonly help = "Time from the head of a request to the last byte of its response.";
  readonly type = "histogram";
  /** For each route, its series by class and method. */
  readonly #routes = new Map<string, (Distribution | undefined)[]>();

  observe(request: RequestRecord, seconds: number): void {
    const route = request.route ?? "";
    const series = this.#routes.get(route) ?? this.#addRoute(route);
    const found = METHODS.indexOf(request.method);
    const method = found < 0 ? OTHER : found;
    const code = Math.floor(request.status / 100);
    const at = method * CLASSES.length + (code < CLASSES.length ? code : 0);
    const one = series[at] ??= new Distribution(DURATION, DURATION_BUCKETS, LABELS, [
      METHODS[method] ?? "_OTHER",
      this.#routes.has(route) ? route : OTHER_ROUTES,
      CLASSES[code] ?? "none",
    ]);
    one.observe(seconds);
  }

  collect(sink: (name: string, value: number) => void): void {
    for (const series of this.#routes.values()) for (const one of series) one?.collect(sink);
  }

  #addRoute(route: string): (Distribution | undefined)[] {
    const name = this.#routes.size < MAX_ROUTES ? route : OTHER_ROUTES;
    const known = this.#routes.get(name);
    if (known !== undefined) return known;
    const series: (Distribution | undefined)[] = [];
    this.#routes.set(name, series);
    return series;
  }
}

/** The metrics of HTTP. */
export class HTTPFamilies implements RequestListener, ConnectionListener {
  readonly families: readonly Family[];
  readonly #durations = new Durations();
  readonly #aborted = new Counter("http_server_aborted_total", "Requests that ended before their time.", ["reason"]);
  readonly #refused = new Counter("http_server_refused_total", "Requests and connections that were refused.", [
    "kind",
  ]);
  readonly #timeouts = new Counter("http_server_timeouts_total", "Waits for clients that were too slow.", ["wait"]);
  #active = 0;
  #connections = 0;
  #accepted = 0;
  #received = 0;
  #sent = 0;

  constructor() {
    const gauge = (name: string, help: string, read: () => number) => new Gauge(name, help, [], read);
    const total = (name: string, help: string, read: () => number) => new ReadCounter(name, help, read);
    this.families = [
      this.#durations,
      gauge("http_server_active_requests", "Requests that are being answered.", () => this.#active),
      total("http_server_request_body_bytes_total", "Bytes of request bodies that have come.", () => this.#received),
      total("http_server_response_body_bytes_total", "Bytes of response bodies that were written.", () => this.#sent),
      this.#aborted,
      this.#refused,
      this.#timeouts,
      gauge("http_server_connections", "Open connections, but for WebSockets.", () => this.#connections),
      total("http_server_accepted_total", "Connections that were accepted.", () => this.#accepted),
    ];
  }

  started(): void {
    this.#active++;
  }

  ended(request: RequestRecord): void {
    this.#active--;
    this.#received += request.received;
    this.#sent += request.sent;
    const { reason } = request;
    if (reason !== null) this.#aborted.add(1, { reason });
    this.#durations.observe(request, (performance.now() - request.start) / 1000);
  }

  opened(): void {
    this.#connections++;
    this.#accepted++;
  }

  closed(): void {
    this.#connections--;
  }

  timedOut(wait: string): void {
    this.#timeouts.add(1, { wait });
  }

  refused(kind: string): void {
    this.#refused.add(1, { kind });
  }
}

/** A counter that others count. */
export class ReadCounter implements Family {
  readonly name: string;
  readonly help: string;
  readonly type = "counter";
  readonly #read: () => number;

  constructor(name: string, help: string, read: () => number) {
    this.name = name;
    this.help = help;
    this.#read = read;
  }

  collect(sink: (name: string, value: number) => void): void {
    sink(this.name, this.#read());
  }
}
