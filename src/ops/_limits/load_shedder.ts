import { splitTarget } from "../../http/internal.ts";
import { listen, type Refusal, type RequestHead, type RequestRecord } from "../../internal/events.ts";
import { Gcra } from "../../internal/gcra.ts";
import { genLog } from "../../util/log.ts";
import { INTERVAL, LoopLag } from "../_loop_lag.ts";
import { AdaptiveLimit } from "./adaptive_limit.ts";

/** Seconds that a late event loop may be before requests are refused: a user begins to notice. */
const DEFAULT_MAX_LAG = 0.1;
/** The share of the limit that requests of low priority may use: the rest is for the others. */
const LOW_SHARE = 0.5;
/** Milliseconds of one turn of the event loop after which further requests of it have waited for too long. */
const DEFAULT_MAX_TURN = 50;
/** Milliseconds for which a refusal counts as an overload that goes on. */
const OVERLOAD = 1000;
/** Milliseconds between two looks at the event loop in an overload. Garbage is collected in some tens of them. */
const OVERLOAD_INTERVAL = 10;
/** Refusals between two looks from which on there are many. */
const MANY = 5;
/** The milliseconds of waiting in an overload that are always taken for none: a turn of a busy loop is as long. */
const LEAST_WAIT = 5;
/** The part of the time of a request that it may have waited, in an overload, before it is let in. */
const WAIT_PART = 0.25;
/** Seconds after which clients that were refused should come again, at least and at most. */
const DEFAULT_RETRY: readonly [number, number] = [1, 5];
/** The paths that probes and scrapes ask for: a server that refuses those is restarted, or is no longer seen. */
const PROBES = "/(?:livez|readyz|metrics)";

/** The times that refused clients get, so that a herd of them does not come together. */
const WAITS = 64;
/** Milliseconds between two lines of the log. */
const LOG_PAUSE = 1000;

/**
 * The treatment of a route under load:
 *
 * - `"critical"`: it is never refused; for probes and metrics.
 * - `"normal"`: the default.
 * - `"low"`: it is refused first, at half of the limit.
 * - `"stream"`: an event stream, whose client takes an error for the end; it gets 200 and a time to come again.
 */
export type Priority = "critical" | "normal" | "low" | "stream";

/** Options of {@linkcode LoadShedder}. */
export interface LoadShedderOptions {
  /**
   * The priorities of paths, by regular expressions for the whole path; the first that matches counts. `/livez`,
   * `/readyz` and `/metrics` are `"critical"` unless one matches them, and all other paths are `"normal"`.
   *
   * @default {none}
   */
  priorities?: Readonly<Record<string, Priority>>;
  /**
   * Seconds that the event loop may be late before requests are refused. While others are refused anyway, it is a
   * quarter of the time that requests take, at least 5 ms; `Infinity` turns both off.
   *
   * @default {0.1}
   */
  maxLag?: number;
  /**
   * Seconds that the requests of one turn of the event loop may take together; later ones of that turn are refused.
   *
   * @default {0.05}
   */
  maxTurn?: number;
  /**
   * The fewest and the most requests in flight. Between them the limit adapts to the latency.
   *
   * @default {[4, 1000]}
   */
  inFlight?: readonly [number, number];
  /**
   * Seconds after which refused clients should come again, at least and at most; each gets its own time between them,
   * so that they do not come together.
   *
   * @default {[1, 5]}
   */
  retryAfter?: readonly [number, number];
  /**
   * The most handshakes of WebSockets in a second, against herds of clients that reconnect together.
   *
   * @default {Infinity}
   */
  handshakes?: number;
}

/**
 * Refuses requests with 503 while the process has more to do than it can, before anything is spent on them: so those
 * that are let in are answered in time. It concerns all servers of this process.
 *
 * A refusal has `Retry-After` and `Connection: close`. See {@linkcode Priority} for what is never refused, or in
 * another way.
 *
 * @example
 * ```ts
 * import { LoadShedder } from "@twister/twister/limits";
 * import { Application, RequestHandler } from "@twister/twister/web";
 * import { assertEquals } from "@std/assert";
 *
 * class Report extends RequestHandler {
 *   override get(): void {
 *     this.write("a long report");
 *   }
 * }
 *
 * using shedder = new LoadShedder({ priorities: { "/reports/.*": "low", "/livez": "critical" } });
 * const app = new Application([["/reports/1", Report]]);
 * assertEquals((await app.fetch(new Request("http://localhost/reports/1"))).status, 200);
 * assertEquals(shedder.refused, 0);
 * ```
 */
export class LoadShedder implements Disposable {
  readonly #priorities: readonly (readonly [RegExp, Priority])[];
  readonly #maxLag: number;
  readonly #maxTurn: number;
  readonly #refusals: readonly Refusal[];
  readonly #streamRefusals: readonly Refusal[];
  readonly #handshakeRefusals: readonly Refusal[];
  readonly #limit: AdaptiveLimit;
  readonly #handshakes: Gcra | null;
  readonly #probe: LoopLag;
  readonly #stop: () => void;
  /** The requests that were let in and have not ended. */
  readonly #admitted = new Set<RequestRecord>();
  #handshakeState = 0;
  #lag = 0;
  #looks = 0;
  /** When the current turn of the event loop began, or 0 if no request of it has come. */
  #turnStart = 0;
  #refused = 0;
  #refusedAt = -Infinity;
  /** The number at the last look, and whether there were many since the one before. */
  #refusedBefore = 0;
  #isPressed = false;
  /** The refusals that the log knows of, and when it was told. */
  #logged = 0;
  #loggedAt = -Infinity;

  /**
   * Begins to watch.
   *
   * @throws {SyntaxError} If a path of the priorities is not a regular expression.
   * @throws {RangeError} If a limit is not a number that makes sense.
   */
  constructor(options: LoadShedderOptions = {}) {
    const { priorities = {}, inFlight = [4, 1000], handshakes } = options;
    const all: [string, Priority][] = [...Object.entries(priorities), [PROBES, "critical"]];
    this.#priorities = all.map(([path, priority]) => [new RegExp(`^(?:${path})$`), priority]);
    this.#maxLag = options.maxLag ?? DEFAULT_MAX_LAG;
    this.#maxTurn = options.maxTurn === undefined ? DEFAULT_MAX_TURN : options.maxTurn * 1000;
    const [least, most] = options.retryAfter ?? DEFAULT_RETRY;
    if (Number.isNaN(this.#maxLag)) throw new RangeError("Invalid maxLag: it is not a number");
    if (Number.isNaN(this.#maxTurn)) throw new RangeError("Invalid maxTurn: it is not a number");
    if (!(least >= 0 && least <= most && most < Infinity)) {
      throw new RangeError(
        `Invalid retryAfter, ${least} to ${most}: the first must not be negative or above the second`,
      );
    }
    this.#refusals = refusals("overload", false, least, most);
    this.#streamRefusals = refusals("overload", true, least, most);
    this.#handshakeRefusals = refusals("handshakes", false, least, most);
    this.#limit = new AdaptiveLimit(...inFlight);
    this.#handshakes = handshakes === undefined || handshakes === Infinity ? null : new Gcra(handshakes, 1000);
    this.#probe = new LoopLag((seconds) => this.#look(seconds));
    this.#probe.start();
    this.#stop = listen({
      gate: { isPressed: () => this.#isPressed, refuse: (head) => this.#refuse(head) },
      requests: { started: (request) => this.#begin(request), ended: (request) => this.#end(request) },
    });
  }

  /** The requests that were refused so far. */
  get refused(): number {
    return this.#refused;
  }

  /** The requests that are let in and have not ended. */
  get inFlight(): number {
    return this.#admitted.size;
  }

  /** The most requests in flight at this moment. */
  get limit(): number {
    return this.#limit.value;
  }

  /** Ends the watch, so that nothing is refused. */
  [Symbol.dispose](): void {
    this.#probe.stop();
    this.#stop();
  }

  /** Refuses a request, or lets it in. */
  #refuse(head: RequestHead): Refusal | null {
    const priority = this.#priorityOf(head.target);
    if (priority === "critical") return null;
    const now = performance.now();
    const share = priority === "low" ? LOW_SHARE : 1;
    if (this.#isLate(now, share) || this.#admitted.size >= Math.max(1, this.#limit.value * share)) {
      return this.#pick(priority === "stream" ? this.#streamRefusals : this.#refusals, now);
    }
    if (this.#handshakes === null || !isHandshake(head) || this.#takeHandshake(this.#handshakes, now)) return null;
    return this.#pick(this.#handshakeRefusals, now);
  }

  #pick(refusals: readonly Refusal[], now: number): Refusal {
    this.#refused++;
    this.#refusedAt = now;
    if (now - this.#loggedAt >= LOG_PAUSE) this.#log(now);
    return refusals[Math.floor(Math.random() * refusals.length)];
  }

  /**
   * Counts a request that was let in. An event stream is open for long, and says nothing about how long others take.
   */
  #begin(request: RequestRecord): void {
    const priority = this.#priorityOf(request.target);
    if (priority !== "critical" && priority !== "stream") this.#admitted.add(request);
  }

  /** Learns how long a request took. */
  #end(request: RequestRecord): void {
    const { size } = this.#admitted;
    if (!this.#admitted.delete(request) || request.upgraded) return;
    const now = performance.now();
    this.#limit.sample(now - request.start, size, now);
  }

  #look(seconds: number): void {
    const now = performance.now();
    // The first look is late because the program starts. Later, half of what was counts: one late look is not an
    // overload, and it passes within some looks.
    this.#isPressed = this.#refused - this.#refusedBefore >= MANY;
    this.#refusedBefore = this.#refused;
    const isOverloaded = this.#isOverloaded(now);
    this.#probe.interval = isOverloaded ? OVERLOAD_INTERVAL : INTERVAL;
    this.#lag = this.#looks++ === 0 ? 0 : Math.max(seconds, this.#lag / 2);
    if (!isOverloaded && this.#refused > this.#logged) this.#log(now);
  }

  /** Tells how many were refused: a line for each would cost more than the refusal. */
  #log(now: number): void {
    const count = this.#refused - this.#logged;
    this.#loggedAt = now;
    this.#logged = this.#refused;
    const lag = Math.round(this.#lag * 1000);
    genLog.warning(
      "Overload: %d requests refused, %d in flight of %d allowed, event loop %d ms late",
      count,
      this.inFlight,
      this.limit,
      lag,
    );
  }

  /** Tells whether the loop is late, or the requests of this turn have taken too long already. */
  #isLate(now: number, share: number): boolean {
    return this.#lag > this.#maxLag || this.#hasWaited(now) || this.#isTurnOver(now, share);
  }

  #isTurnOver(now: number, share: number): boolean {
    if (this.#maxTurn === Infinity) return false;
    if (this.#turnStart === 0) {
      this.#turnStart = now;
      // The next turn has looked at the timers, and at the sockets before.
      setTimeout(() => this.#turnStart = 0);
    }
    return now - this.#turnStart > this.#maxTurn * share;
  }

  /**
   * Tells whether a request that comes now has waited for the loop, in an overload: another one, which has not, can
   * have its place.
   */
  #hasWaited(now: number): boolean {
    if (this.#maxLag === Infinity || !this.#isOverloaded(now)) return false;
    const late = Math.max(this.#lag * 1000, this.#probe.overdue(now));
    return late > Math.max(LEAST_WAIT, this.#limit.base * WAIT_PART);
  }

  #isOverloaded(now: number): boolean {
    return now - this.#refusedAt < OVERLOAD;
  }

  #takeHandshake(rate: Gcra, now: number): boolean {
    const taken = rate.take(this.#handshakeState, rate.time(now), 1);
    if (taken < 0) return false;
    this.#handshakeState = taken;
    return true;
  }

  #priorityOf(target: string): Priority {
    const { path } = splitTarget(target);
    for (const [pattern, priority] of this.#priorities) if (pattern.test(path)) return priority;
    return "normal";
  }
}

/** Refusals whose clients come again at different times: a client takes one by chance. */
function refusals(kind: string, isStream: boolean, least: number, most: number): Refusal[] {
  const waits = Array.from({ length: WAITS }, (_, i) => least + (most - least) * (i + 0.5) / WAITS);
  if (!isStream) {
    return waits.map((seconds) => ({
      status: 503,
      headers: [["Retry-After", String(Math.ceil(seconds))]],
      body: "",
      kind,
    }));
  }
  // An EventSource takes a 503 for the end (HTML, section 9.2.3), but comes again after a stream that has ended.
  return waits.map((seconds) => ({
    status: 200,
    headers: [["Content-Type", "text/event-stream"], ["Cache-Control", "no-store"]],
    body: `retry: ${Math.ceil(seconds * 1000)}\n\n`,
    kind,
  }));
}

function isHandshake(head: RequestHead): boolean {
  return head.field("Upgrade")?.toLowerCase() === "websocket";
}
