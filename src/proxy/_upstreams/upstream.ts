import {
  ClientConnection,
  ConnectionPool,
  idleSeconds,
  type Lease,
  type RequestControl,
} from "../../http/client/internal.ts";
import { HTTP1ConnectionParameters } from "../../http/http1connection.ts";
import { HTTPTimeoutError } from "../../http/httpclient.ts";
import type { HTTPHeaders } from "../../http/httputil.ts";
import { currentClock } from "../../internal/clock.ts";
import { IOStream } from "../../net/iostream.ts";
import type { TCPClient } from "../../net/tcpclient.ts";
import type { UpstreamAddress } from "./address.ts";
import type { UpstreamSettings } from "./settings.ts";

/** All connections of an upstream can stand in for one another. */
const KEY = "";
const PARAMS: HTTP1ConnectionParameters = new HTTP1ConnectionParameters();

/** A connection for one request, to be given back by `release`. */
export interface Acquired {
  readonly lease: Lease<ClientConnection>;
  readonly connection: ClientConnection;
  /** Tells whether it was idle before, so that the upstream may have closed it meanwhile. */
  readonly isReused: boolean;
}

/** One server behind a proxy: its connections, and what is known of its health. */
export class Upstream {
  /** The address as it was given, which is its name. */
  readonly name: string;
  readonly address: UpstreamAddress;
  readonly weight: number;
  /** The number of requests and tunnels under way. */
  active = 0;
  /** The number of requests that were sent to it. */
  requests = 0;
  /** The number of requests that it has failed. */
  failures = 0;
  /** Tells whether it gets no new requests, since it was removed. */
  isLeaving = false;
  /** Tells whether its last response was of HTTP/1.0, to which nothing may be sent in chunks. */
  isOld = false;
  /** The lead over the others, for turns by weight. */
  turn = 0;
  readonly #client: TCPClient;
  readonly #settings: UpstreamSettings;
  readonly #pool: ConnectionPool<ClientConnection>;
  #isCheckedDown = false;
  /** The times of the last failures, and until when they keep it down: in seconds of the monotonic clock. */
  #fails: number[] = [];
  #downUntil = 0;

  constructor(name: string, address: UpstreamAddress, weight: number, client: TCPClient, settings: UpstreamSettings) {
    this.name = name;
    this.address = address;
    this.weight = weight;
    this.#client = client;
    this.#settings = settings;
    const { maxConnections } = settings;
    this.#pool = new ConnectionPool({ total: maxConnections, perHost: maxConnections });
  }

  /** Tells whether the active checks have found it in order, or there are none. */
  get passesChecks(): boolean {
    return !this.#isCheckedDown;
  }

  /** Tells whether it is in order, by the checks and by its last answers. */
  get isUp(): boolean {
    return !this.#isCheckedDown && (this.#downUntil === 0 || this.#downUntil <= currentClock().monotonic());
  }

  /** Takes note of what the active checks have found. */
  checked(isUp: boolean): void {
    this.#isCheckedDown = !isUp;
    if (isUp) this.#downUntil = 0;
  }

  /** Takes note of a response that came after so many seconds. */
  answered(code: number, seconds: number): void {
    const { unhealthyStatus, unhealthyLatency } = this.#settings.passive;
    if (unhealthyStatus.includes(code) || seconds > unhealthyLatency) this.failed();
  }

  /** Takes note of a request that got no response. */
  failed(): void {
    const { maxFails, failTime } = this.#settings.passive;
    const now = currentClock().monotonic();
    this.failures++;
    if (maxFails === Infinity) return;
    const fails = this.#fails.filter((time) => now - time <= failTime);
    fails.push(now);
    const isDown = fails.length >= maxFails;
    if (isDown) this.#downUntil = now + failTime;
    this.#fails = isDown ? [] : fails;
  }

  /** Takes an idle connection, or a promise of one that is opened, in turn if there are as many as allowed. */
  acquire(control: RequestControl): Acquired | Promise<Acquired> {
    const lease = this.#pool.tryLease(KEY, KEY);
    if (lease === null) return this.#acquireInTurn(control);
    const { connection } = lease;
    return connection === null ? this.#open(lease, control) : { lease, connection, isReused: true };
  }

  async #acquireInTurn(control: RequestControl): Promise<Acquired> {
    const wait = (resolve: (lease: Lease<ClientConnection>) => void) => this.#pool.wait(KEY, KEY, resolve);
    const lease = await control.wait("in request queue", wait);
    const { connection } = lease;
    return connection === null ? await this.#open(lease, control) : { lease, connection, isReused: true };
  }

  async #open(lease: Lease<ClientConnection>, control: RequestControl): Promise<Acquired> {
    try {
      return { lease, connection: await this.connect(control), isReused: false };
    } catch (error) {
      lease.release(null);
      throw error;
    }
  }

  /** Gives a connection back after a response; `keepsAlive` tells whether it can carry another request. */
  release({ lease, connection }: Acquired, keepsAlive: boolean, headers: HTTPHeaders | null): void {
    const seconds = keepsAlive && !this.isLeaving ? idleSeconds(headers, this.#settings.idleTimeout) : 0;
    if (seconds > 0) connection.rest(seconds, () => this.#pool.forget(KEY, connection));
    else connection.close();
    lease.release(seconds > 0 ? connection : null);
  }

  /**
   * Opens a connection outside the pool.
   *
   * @throws {HTTPTimeoutError} If that takes too long.
   */
  async connect(control: RequestControl): Promise<ClientConnection> {
    const { connectTimeout } = this.#settings;
    const controller = new AbortController();
    control.begin("while connecting", { fail: (error) => controller.abort(error) });
    const timer = currentClock().setTimer(() => {
      controller.abort(
        new HTTPTimeoutError(`Timeout while connecting to ${this.name} after ${connectTimeout} seconds`),
      );
    }, connectTimeout);
    try {
      const stream = await this.#connect(controller.signal);
      stream.setNodelay(true);
      return new ClientConnection(stream, PARAMS);
    } finally {
      timer.cancel();
    }
  }

  /** Closes the idle connections, and the others when they are given back. */
  close(): void {
    this.isLeaving = true;
    this.#pool.close();
  }

  async #connect(signal: AbortSignal): Promise<IOStream> {
    const { hostname, port, socket, secure } = this.address;
    if (socket === null) {
      const { sslOptions, validateCert, serverHostname } = this.#settings;
      const tls = secure ? { sslOptions, validateCert, serverHostname } : { transport: "auto" as const };
      return await this.#client.connect(hostname, port, { ...tls, signal });
    }
    const stream = await IOStream.connect({ transport: "unix", path: socket });
    if (signal.aborted) stream.close();
    signal.throwIfAborted();
    return stream;
  }
}
