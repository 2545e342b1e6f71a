import { HTTPServer, type Server } from "../../src/http/httpserver.ts";
import type { SSLOptions } from "../../src/net/netutil.ts";
import { Upstreams } from "../../src/proxy/mod.ts";
import { appLog } from "../../src/util/log.ts";
import { Application } from "../../src/web/mod.ts";
import { isRouteData, RoutesHandler } from "./api.ts";
import { ErrorPages } from "./error_pages.ts";
import { HubHandler } from "./forward.ts";
import { Metrics, MetricsHandler } from "./metrics.ts";
import { SecureHandler } from "./redirect.ts";
import { type Route, type RouteData, RouteTable } from "./routes.ts";
import { StateFile } from "./state_file.ts";

/** The most bytes of a request to the REST interface. */
const MAX_API_BODY = 1024 * 1024;
/** Seconds between two saves of the times of the last activity. */
const SAVE_INTERVAL = 10;

/** Options of a {@linkcode HubProxy}. */
export interface HubProxyOptions {
  /** The token of the REST interface; "" if it is open to all that reach it. */
  readonly authToken: string;
  readonly defaultTarget: string;
  readonly errorTarget: string;
  readonly errorPath: string;
  /** Takes the first segment of a route's path for the host. */
  readonly hostRouting: boolean;
  readonly includePrefix: boolean;
  readonly prependPath: boolean;
  readonly noForwarded: boolean;
  readonly changeOrigin: boolean;
  /** Puts the host of the request into a `Location` that names the target. */
  readonly autoRewrite: boolean;
  /** The scheme that a `Location` gets which names the target: "http" or "https"; "" to leave it. */
  readonly protocolRewrite: string;
  readonly customHeaders: readonly (readonly [name: string, value: string])[];
  readonly trustedDownstream: readonly string[];
  /** TLS to the targets. */
  readonly clientSsl: SSLOptions;
  readonly insecure: boolean;
  /** Seconds until a target must have begun to answer. */
  readonly responseTimeout: number;
  /** The file that keeps the routes over a restart; "" for none. */
  readonly stateFile: string;
}

/** Everything as it is without any option. */
export const DEFAULTS: HubProxyOptions = {
  authToken: "",
  defaultTarget: "",
  errorTarget: "",
  errorPath: "",
  hostRouting: false,
  includePrefix: true,
  prependPath: true,
  noForwarded: false,
  changeOrigin: false,
  autoRewrite: false,
  protocolRewrite: "",
  customHeaders: [],
  trustedDownstream: [],
  clientSsl: {},
  insecure: false,
  responseTimeout: Infinity,
  stateFile: "",
};

/** Where a server listens. */
export interface Place {
  readonly ip: string;
  readonly port: number;
  /** The path of a Unix socket, in place of an address and port. */
  readonly socket?: string;
  readonly sslOptions?: SSLOptions;
  /** Seconds for which a connection without a request stays open. */
  readonly idleTimeout?: number;
}

/** A proxy whose routes are added and removed by a REST interface. */
export class HubProxy implements AsyncDisposable {
  readonly options: HubProxyOptions;
  readonly routes: RouteTable;
  readonly metrics: Metrics = new Metrics();
  readonly errorPages: ErrorPages;
  readonly #upstreams = new Upstreams();
  readonly #state: StateFile | null;
  readonly #servers: Server[] = [];
  readonly #timer: ReturnType<typeof setInterval> | null;

  constructor(options: Partial<HubProxyOptions> = {}) {
    this.options = { ...DEFAULTS, ...options };
    const { prependPath, clientSsl, insecure, responseTimeout } = this.options;
    const { stateFile, defaultTarget } = this.options;
    this.routes = new RouteTable({
      prependPath,
      upstreams: { sslOptions: clientSsl, validateCert: !insecure, responseTimeout },
    });
    this.errorPages = new ErrorPages(this.options);
    this.#state = stateFile === "" ? null : new StateFile(stateFile, () => this.#snapshot());
    this.#timer = this.#state === null ? null : setInterval(() => this.save(), SAVE_INTERVAL * 1000);
    if (defaultTarget !== "") this.addRoute("/", { target: defaultTarget });
  }

  /** Reads the routes that were there before a restart; those that were given by options stay. */
  async restore(): Promise<void> {
    const state = await this.#state?.load() ?? {};
    for (const [path, entry] of Object.entries(state)) {
      const { data, lastActivity } = Object(entry);
      const time = new Date(lastActivity);
      if (isRouteData(data) && !Number.isNaN(time.getTime()) && this.routes.get(path) === null) {
        this.#restoreRoute(path, data, time);
      }
    }
  }

  /** Resolves when the routes are in the file. */
  async save(): Promise<void> {
    await this.#state?.save();
  }

  /** @throws {TypeError} If the target is not an address. */
  addRoute(path: string, data: RouteData): Route {
    const [, host = ""] = path.split("/");
    return this.routes.add(path, this.options.hostRouting && path !== "/" ? { ...data, host } : data);
  }

  /** Listens for the users. */
  listen(place: Place): Server {
    const { changeOrigin: changeHost, trustedDownstream } = this.options;
    const kwargs = { hub: this, upstreams: this.#upstreams, changeHost, trustedDownstream };
    return this.#start(new Application([["(?s:.*)", HubHandler, kwargs]]), place);
  }

  /** Listens for the Hub. */
  listenApi(place: Place): Server {
    return this.#start(new Application([["/api/routes(/.*)?", RoutesHandler, { hub: this }]]), place, MAX_API_BODY);
  }

  /** Listens for Prometheus. */
  listenMetrics(place: Place): Server {
    return this.#start(new Application([["/metrics", MetricsHandler, { hub: this }]]), place);
  }

  /** Listens for users without TLS, and sends them to the port with TLS. */
  listenRedirect(place: Place, to: number): Server {
    return this.#start(new Application([["(?s:.*)", SecureHandler, { to }]]), place);
  }

  /** Ends the servers in order at a signal, within some seconds, and saves the routes. */
  drainOn(signals: readonly Deno.Signal[], seconds: number): void {
    for (const server of this.#servers) server.drainOn(signals, seconds, { after: () => this.save() });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#timer !== null) clearInterval(this.#timer);
    await Promise.all(this.#servers.map((server) => server[Symbol.asyncDispose]()));
    await this.save();
    this.routes.close();
    this.#upstreams.close();
    this.errorPages[Symbol.dispose]();
  }

  /** Adds a route of the file; one that makes no sense does not keep the others away. */
  #restoreRoute(path: string, data: RouteData, time: Date): void {
    try {
      this.routes.add(path, data, time);
    } catch (error) {
      appLog.warning("Cannot restore the route of %s: %s", path, error);
    }
  }

  #start(application: Application, place: Place, maxBodySize?: number): Server {
    const { ip, port, socket, sslOptions, idleTimeout } = place;
    const server = new HTTPServer(application, {
      ...(sslOptions === undefined ? {} : { sslOptions }),
      ...(idleTimeout === undefined ? {} : { idleConnectionTimeout: idleTimeout }),
      ...(maxBodySize === undefined ? {} : { maxBodySize }),
    });
    if (socket !== undefined) server.listenUnix(socket);
    else server.listen(port, ip === "" || ip === "*" ? {} : { address: ip });
    this.#servers.push(server);
    return server;
  }

  #snapshot(): Record<string, unknown> {
    return Object.fromEntries(
      this.routes.all().map((
        { path, data, lastActivity },
      ) => [path, { data, lastActivity: lastActivity.toISOString() }]),
    );
  }
}
