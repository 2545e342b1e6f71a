import { currentClock } from "../../internal/clock.ts";
import { checkSeconds } from "../../internal/duration.ts";
import { addPool } from "../../internal/events.ts";
import type { Resolver, ResolverMapping } from "../../net/netutil.ts";
import type { TCPClient } from "../../net/tcpclient.ts";
import type { HTTPHeaders } from "../_httputil/headers.ts";
import { HTTP1ConnectionParameters } from "../_http1/parameters.ts";
import { ClientConnection } from "./client_connection.ts";
import { Connector, type Destination } from "./connector.ts";
import type { ClientLimits } from "./engine.ts";
import { HTTPClientError, HTTPStreamClosedError, HTTPTimeoutError } from "./errors.ts";
import { Discarded, type Hop } from "./hop.ts";
import { DEFAULT_IDLE_TIMEOUT, DEFAULT_MAX_SIZE, HopEngine, limitsOf } from "./hop_engine.ts";
import { ConnectionPool, type Lease } from "./pool.ts";
import { proxyFor } from "./proxy.ts";
import { idleSeconds } from "./idle_seconds.ts";
import type { RequestControl } from "./request_control.ts";
import { isIdempotent } from "./retry.ts";
import type { SettledRequest } from "./settled_request.ts";
import { partsOf } from "./url_parts.ts";
import { wireRequest } from "./wire_request.ts";

/** Options of the client on our own streams, which have Tornado's names. */
export interface SimpleClientOptions extends ClientLimits {
  /** The resolver of host names, which stays the caller's. @default {Resolver.create()} */
  resolver?: Resolver | null;
  /** Other names or addresses for hosts, by `host` or `host:port`. @default {null} */
  hostnameMapping?: ResolverMapping | null;
  /** The most bytes that a connection reads ahead. @default {104857600} */
  maxBufferSize?: number;
}

/** Carries out requests over HTTP/1.1 with connections of its own. */
export class SimpleEngine extends HopEngine {
  /** The options, which are those of its first client. */
  readonly options: Readonly<SimpleClientOptions>;
  readonly #pool: ConnectionPool<ClientConnection>;
  readonly #connector: Connector;
  readonly #params: HTTP1ConnectionParameters;
  readonly #idleTimeout: number;

  constructor(options: SimpleClientOptions = {}) {
    const { maxBufferSize = DEFAULT_MAX_SIZE, maxBodySize = maxBufferSize, maxHeaderSize } = options;
    super(maxBodySize);
    this.options = { ...options, maxBufferSize, maxBodySize };
    const { resolver = null, hostnameMapping = null } = options;
    this.#pool = new ConnectionPool(limitsOf(options));
    addPool(this.#pool);
    this.#idleTimeout = options.idleTimeout ?? DEFAULT_IDLE_TIMEOUT;
    checkSeconds("idleTimeout", this.#idleTimeout);
    this.#params = new HTTP1ConnectionParameters({
      maxBodySize,
      ...(maxHeaderSize === undefined ? {} : { maxHeaderSize }),
    });
    const { maxHeaderSize: maxHead } = this.#params;
    this.#connector = new Connector({ resolver, hostnameMapping, maxBufferSize, maxHeaderSize: maxHead });
  }

  /** Number of requests that have a connection, or make one. */
  get active(): number {
    return this.#pool.active;
  }

  /** Number of requests that wait in the queue. */
  get waiting(): number {
    return this.#pool.waiting;
  }

  /** The most requests at a time. */
  get maxClients(): number {
    return limitsOf(this.options).total;
  }

  /** The most bytes of a head. */
  get maxHeaderSize(): number {
    return this.#params.maxHeaderSize;
  }

  /** The client that makes the connections. */
  get tcpClient(): TCPClient {
    return this.#connector.client;
  }

  protected override closeConnections(): void {
    this.#pool.close();
    this.#connector.close();
  }

  /** Sends a request once; twice if the connection had been idle and the server has closed it meanwhile. */
  protected override async attempt(
    request: SettledRequest,
    hop: Hop,
    control: RequestControl,
    start: number,
  ): Promise<void> {
    const { url, settings } = request;
    const proxy = proxyFor(url, settings, (name) => Deno.env.get(name));
    const { host } = partsOf(url);
    const key = this.#connector.keyOf({ url, settings, proxy });
    const wire = wireRequest(request, proxy);
    for (;;) {
      let lease = this.#pool.tryLease(host, key);
      // Where nothing is waited for, the clock is not asked.
      let waited = 0;
      if (lease === null) {
        lease = await this.#wait(host, key, control);
        waited = currentClock().monotonic() - start;
      }
      hop.queued = hop.connected = waited;
      let { connection } = lease;
      if (connection === null) {
        try {
          connection = await this.#connect({ url, settings, proxy, isStreamed: hop.isStreamed }, control);
        } catch (error) {
          lease.release(null);
          throw error;
        }
        hop.connected = currentClock().monotonic() - start;
      }
      const isReused = connection.isUsed;
      try {
        const keepsAlive = await connection.exchange(wire, hop, control);
        if (!keepsAlive) lease.release(null);
        else this.#rest(lease, key, connection, hop.headers);
        return;
      } catch (error) {
        connection.close();
        lease.release(null);
        // The response that follows is what counts.
        if (error instanceof Discarded || (hop.following !== null && error instanceof HTTPClientError)) return;
        // Only a server that has not seen the request closes an idle connection without a byte of a response.
        const isLost = isReused && !connection.hasAnswered && error instanceof HTTPStreamClosedError;
        if (!isLost || control.isOver || !isIdempotent(request.method) || request.body?.kind === "stream") throw error;
      }
    }
  }

  #wait(host: string, key: string, control: RequestControl): Promise<Lease<ClientConnection>> {
    return control.wait("in request queue", (resolve) => this.#pool.wait(host, key, resolve));
  }

  async #connect(destination: Destination, control: RequestControl): Promise<ClientConnection> {
    const { url, settings } = destination;
    const controller = new AbortController();
    control.begin("while connecting", { fail: (error) => controller.abort(error) });
    const { connectTimeout } = settings;
    const tooLate = () =>
      new HTTPTimeoutError(`Timeout while connecting to ${url.host}: no connection after ${connectTimeout} seconds`);
    // One limit for resolving, connecting, the proxy and TLS.
    const timer = connectTimeout ? currentClock().setTimer(() => controller.abort(tooLate()), connectTimeout) : null;
    try {
      const stream = await this.#connector.connect(destination, controller.signal);
      return new ClientConnection(stream, this.#params);
    } finally {
      timer?.cancel();
    }
  }

  /** Puts a connection back; the server may say how long it keeps it. */
  #rest(lease: Lease<ClientConnection>, key: string, connection: ClientConnection, headers: HTTPHeaders | null): void {
    const seconds = connection.hasKeepAlive ? idleSeconds(headers, this.#idleTimeout) : this.#idleTimeout;
    if (seconds <= 0) connection.close();
    else connection.rest(seconds, () => this.#pool.forget(key, connection));
    lease.release(seconds <= 0 ? null : connection);
  }
}
