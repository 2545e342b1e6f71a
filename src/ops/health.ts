/**
 * Answers for probes: whether the program lives, and whether it should get requests. Tornado has no counterpart.
 *
 * `/livez` tests nothing but the event loop: a program that is restarted because its database is slow makes things
 * worse. `/readyz` fails from the first moment of a drain, while the server has all the connections that it may have,
 * and while one of the checks fails.
 *
 * @example
 * ```ts
 * import { Health } from "@twister/twister/health";
 * import { Application } from "@twister/twister/web";
 * import { assertEquals } from "@std/assert";
 *
 * using health = new Health({ checks: { database: () => true } });
 * const app = new Application([...health.rules]);
 * const response = await app.fetch(new Request("http://localhost/readyz"));
 * assertEquals(await response.json(), { status: "ready", checks: { database: "ok" } });
 * ```
 *
 * @module
 */
import { currentClock } from "../internal/clock.ts";
import { checkSeconds } from "../internal/duration.ts";
import { listen } from "../internal/events.ts";
import type { Server } from "../http/httpserver.ts";
import { Application, type ListenOptions, RequestHandler, type RuleTuple } from "../web/mod.ts";
import { Checks, type HealthCheck } from "./_health/checks.ts";

export type { HealthCheck } from "./_health/checks.ts";

/** Less than the second that Kubernetes waits for a probe unless it is told otherwise. */
const DEFAULT_TIMEOUT = 0.8;
/** Several probes a second, of several balancers, are one question to the database. */
const DEFAULT_MAX_AGE = 1;
/**
 * Seconds from the failing of `/readyz` to the drain. Balancers look every few seconds, and Kubernetes removes an
 * address while it sends SIGTERM, not before.
 */
const DEFAULT_DELAY = 5;

/** Options of {@linkcode Health}. */
export interface HealthOptions {
  /**
   * The checks by name, which `/readyz` asks. They should look at what every request needs, and nothing else.
   *
   * @default {none}
   */
  checks?: Readonly<Record<string, HealthCheck>>;
  /**
   * Seconds that a check may take. A probe that gives up earlier counts as failed.
   *
   * @default {0.8}
   */
  timeout?: number;
  /**
   * Seconds for which a result counts; in that time no check is asked again.
   *
   * @default {1}
   */
  maxAge?: number;
}

/** Options of {@linkcode Health.shutDown}. */
export interface ShutDownOptions {
  /**
   * Seconds for which the server still accepts connections while `/readyz` fails, so that balancers learn of it.
   *
   * @default {5}
   */
  delay?: number;
  /**
   * Seconds that the drain may take after that.
   *
   * @default {30}
   */
  deadline?: number;
}

/** The state of this program, as probes see it. */
export class Health implements Disposable {
  readonly #checks: Checks;
  readonly #watched = new Set<WatchedServer>();
  readonly #stop: () => void;
  #draining = false;

  /**
   * Makes a program that is ready once its checks pass.
   *
   * @throws {TypeError} If a time is not a number.
   */
  constructor(options: HealthOptions = {}) {
    const { checks = {}, timeout = DEFAULT_TIMEOUT, maxAge = DEFAULT_MAX_AGE } = options;
    checkSeconds("timeout", timeout);
    checkSeconds("maxAge", maxAge);
    this.#checks = new Checks(checks, timeout, maxAge);
    this.#stop = listen({ connections: { draining: () => this.beginDrain() } });
  }

  /** The rules for `/livez` and `/readyz`, for an application that answers probes on its own port. */
  get rules(): RuleTuple[] {
    return [["/livez", LivenessHandler], ["/readyz", ReadinessHandler, { health: this }]];
  }

  /** Tells whether a drain has begun. */
  get draining(): boolean {
    return this.#draining;
  }

  /**
   * Fails `/readyz` while the server has as many connections as it may have. It accepts no more then, so such probes
   * need a port of their own, see {@linkcode Health.listen}.
   */
  watch(server: WatchedServer): void {
    this.#watched.add(server);
  }

  /** Answers probes on a port of their own, and logs none of them. */
  listen(port: number, options: ListenOptions = {}): Server {
    return new Application(this.rules, { logFunction() {} }).listen(port, options);
  }

  /** Fails `/readyz` from now on. The drain of a server of this process calls it. */
  beginDrain(): void {
    this.#draining = true;
  }

  /**
   * Ends a server without the loss of a request: fails `/readyz`, waits until balancers have seen that, and drains the
   * server.
   *
   * @returns Whether everything finished in time.
   * @throws {TypeError} If a time is not a number.
   */
  async shutDown(server: Server, options: ShutDownOptions = {}): Promise<boolean> {
    const { delay = DEFAULT_DELAY, deadline = 30 } = options;
    checkSeconds("delay", delay);
    this.beginDrain();
    await new Promise<void>((resolve) => currentClock().setTimer(resolve, delay));
    return await server.drain(deadline);
  }

  /** Tells whether the program should get requests now, and why not. */
  async readiness(): Promise<Readiness> {
    if (this.#draining) return { status: "draining", checks: {} };
    for (const { connectionCount, maxConnections = Infinity } of this.#watched) {
      if (connectionCount >= maxConnections) return { status: "full", checks: {} };
    }
    const results = Object.entries(await this.#checks.run());
    // A drain may have begun meanwhile.
    const status = this.#draining ? "draining" : results.every(([, passed]) => passed) ? "ready" : "failing";
    return { status, checks: Object.fromEntries(results.map(([name, passed]) => [name, passed ? "ok" : "failed"])) };
  }

  /** Ends the watch over drains. */
  [Symbol.dispose](): void {
    this.#stop();
  }
}

/** The part of a server that {@linkcode Health.watch} looks at. */
export interface WatchedServer {
  /** The number of open connections. */
  readonly connectionCount: number;
  /** The most connections at a time; missing on the serve engine. */
  readonly maxConnections?: number;
}

/** The answer of {@linkcode Health.readiness}. */
export interface Readiness {
  /** `"ready"`, or why not. */
  readonly status: "ready" | "draining" | "full" | "failing";
  /** The checks by name; none if the answer was known without them. */
  readonly checks: Readonly<Record<string, "ok" | "failed">>;
}

/** Answers a probe, in a response that no cache keeps. */
export class ProbeHandler extends RequestHandler {
  /** Forbids caches to keep the response. */
  override setDefaultHeaders(): void {
    this.setHeader("Cache-Control", "no-store");
  }

  /** Makes no ETag. */
  override computeEtag(): null {
    return null;
  }
}

/** Answers 200 as long as the event loop turns. */
export class LivenessHandler extends ProbeHandler {
  /** Answers. */
  override get(): void {
    this.write({ status: "alive" });
  }

  /** Answers without a body, as some balancers ask. */
  override head(): void {
    this.get();
  }
}

/** Arguments of {@linkcode ReadinessHandler}. */
export interface ReadinessHandlerKwargs {
  /** The state to tell. */
  health: Health;
}

/** Answers 200 if the program should get requests, otherwise 503. The errors of checks are logged, and not told. */
export class ReadinessHandler extends ProbeHandler {
  /** The state to tell. */
  declare readonly kwargs: ReadinessHandlerKwargs;

  /** Takes the state. */
  override initialize(_kwargs: ReadinessHandlerKwargs): void {}

  /** Answers. */
  override async get(): Promise<void> {
    const { status, checks } = await this.kwargs.health.readiness();
    if (status !== "ready") this.setStatus(503);
    this.write({ status, checks });
  }

  /** Answers without a body, as some balancers ask. */
  override async head(): Promise<void> {
    await this.get();
  }
}
