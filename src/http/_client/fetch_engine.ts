import { currentClock } from "../../internal/clock.ts";
import { checkSeconds } from "../../internal/duration.ts";
import type { AsyncHTTPClientOptions } from "../httpclient.ts";
import { HTTPClientError } from "./errors.ts";
import { FetchExchange } from "./fetch_exchange.ts";
import { refuseClientOptions, refuseDefaults, refuseRequestOptions } from "./fetch_options.ts";
import { Discarded, type Hop } from "./hop.ts";
import { DEFAULT_IDLE_TIMEOUT, DEFAULT_MAX_SIZE, HopEngine, limitsOf } from "./hop_engine.ts";
import type { HTTPRequest } from "./http_request.ts";
import type { HTTPResponse, HTTPResponseStream } from "./http_response.ts";
import { sslOptionsToContext } from "../../net/netutil.ts";
import { sslOptionsOf } from "./connector.ts";
import { ConnectionPool, type Lease } from "./pool.ts";
import type { RequestControl } from "./request_control.ts";
import type { RequestDefaults } from "./request_options.ts";
import { isIdempotent } from "./retry.ts";
import type { Settings, SettledRequest } from "./settled_request.ts";
import { wireRequest } from "./wire_request.ts";

/** The schemes that `proxyHost` may begin with; without one it is a proxy of http. */
const PROXY_SCHEME = /^(https?|socks5h?):\/\//;

/** Carries out requests by Deno's `fetch`, which has HTTP/2 and SOCKS, and keeps its connections to itself. */
export class FetchEngine extends HopEngine {
  /** Makes requests wait for their turn. The connections are Deno's. */
  readonly #turns: ConnectionPool<never>;
  readonly #idleTimeout: number;
  readonly #clients = new Map<string, Deno.HttpClient>();

  constructor(options: AsyncHTTPClientOptions = {}) {
    super(options.maxBodySize ?? DEFAULT_MAX_SIZE);
    refuseClientOptions(options);
    this.#turns = new ConnectionPool(limitsOf(options));
    this.#idleTimeout = options.idleTimeout ?? DEFAULT_IDLE_TIMEOUT;
    checkSeconds("idleTimeout", this.#idleTimeout);
  }

  override async fetch(request: HTTPRequest, defaults: Readonly<RequestDefaults>): Promise<HTTPResponse> {
    refuseDefaults(defaults);
    return await super.fetch(request, defaults);
  }

  override async stream(request: HTTPRequest, defaults: Readonly<RequestDefaults>): Promise<HTTPResponseStream> {
    refuseDefaults(defaults);
    return await super.stream(request, defaults);
  }

  protected override closeConnections(): void {
    this.#turns.close();
    for (const client of this.#clients.values()) client.close();
    this.#clients.clear();
  }

  /** Always `true`: Deno makes the span of a `fetch`, and sends its own `traceparent`. */
  protected override get isTraced(): boolean {
    return true;
  }

  protected override async attempt(
    request: SettledRequest,
    hop: Hop,
    control: RequestControl,
    start: number,
  ): Promise<void> {
    refuseRequestOptions(request);
    const wire = wireRequest(request, null);
    const { host } = request.url;
    const lease = this.#turns.tryLease(host, "") ?? await this.#wait(host, control);
    hop.queued = currentClock().monotonic() - start;
    try {
      const exchange = new FetchExchange(hop, wire.stallTimeout);
      control.begin("during request", exchange);
      await exchange.run(request, wire, this.#clientFor(request));
    } catch (error) {
      // The response that follows is what counts.
      if (error instanceof Discarded || (hop.following !== null && error instanceof HTTPClientError)) return;
      throw error;
    } finally {
      lease.release(null);
    }
  }

  #wait(host: string, control: RequestControl): Promise<Lease<never>> {
    return control.wait("in request queue", (resolve) => this.#turns.wait(host, "", resolve));
  }

  /** The client of Deno's for a request: one for everything that shapes a connection. */
  #clientFor({ settings, method }: SettledRequest): Deno.HttpClient {
    // Deno sends a request again whose connection had been idle and is gone, even one that the server may have got: so
    // there are no idle connections for those that must not be sent twice.
    const keeps = isIdempotent(method);
    const tls = sslOptionsToContext(sslOptionsOf(settings), false);
    const proxy = proxyOf(settings);
    const { networkInterface } = settings;
    const key = JSON.stringify([keeps, tls, proxy, networkInterface]);
    let client = this.#clients.get(key);
    if (client === undefined) {
      const { caCerts, cert, key: privateKey } = tls;
      client = Deno.createHttpClient({
        allowHost: true,
        poolIdleTimeout: this.#idleTimeout * 1000,
        ...(keeps && this.#idleTimeout > 0 ? {} : { poolMaxIdlePerHost: 0 }),
        ...(caCerts === undefined ? {} : { caCerts }),
        ...(cert === undefined || privateKey === undefined ? {} : { cert, key: privateKey }),
        ...(proxy === null ? {} : { proxy }),
        ...(networkInterface === null ? {} : { localAddress: networkInterface }),
      });
      this.#clients.set(key, client);
    }
    return client;
  }
}

function proxyOf({ proxyHost, proxyPort, proxyUsername, proxyPassword }: Settings): Deno.Proxy | null {
  if (proxyHost === null) return null;
  const [prefix = "http://", scheme = "http"] = PROXY_SCHEME.exec(proxyHost) ?? [];
  const host = proxyHost.slice(proxyHost.startsWith(prefix) ? prefix.length : 0);
  if (proxyPort === null) throw new TypeError(`proxyHost ${proxyHost} needs a proxyPort`);
  const authority = `${host.includes(":") && !host.startsWith("[") ? `[${host}]` : host}:${proxyPort}`;
  return {
    transport: scheme.startsWith("socks5") ? "socks5" : scheme === "https" ? "https" : "http",
    url: `${scheme}://${authority}`,
    ...(proxyUsername === null ? {} : { basicAuth: { username: proxyUsername, password: proxyPassword ?? "" } }),
  };
}
