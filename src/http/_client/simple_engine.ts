import type { Bytes } from "../../internal/bytes.ts";
import { currentClock } from "../../internal/clock.ts";
import { checkSeconds } from "../../internal/duration.ts";
import { handled } from "../../internal/promises.ts";
import type { Resolver, ResolverMapping } from "../../net/netutil.ts";
import type { HTTPHeaders } from "../_httputil/headers.ts";
import type { ResponseStartLine } from "../_httputil/start_lines.ts";
import { HTTP1ConnectionParameters } from "../_http1/parameters.ts";
import { BodyQueue } from "./body_queue.ts";
import type { ClientConnection } from "./client_connection.ts";
import { Connector } from "./connector.ts";
import type { ClientEngine, ClientLimits } from "./engine.ts";
import { HTTPClientError, HTTPStreamClosedError, HTTPTimeoutError } from "./errors.ts";
import { Discarded, Hop, retryPause } from "./hop.ts";
import type { HTTPRequest } from "./http_request.ts";
import { HTTPResponse, type HTTPResponseStream } from "./http_response.ts";
import { ConnectionPool, type Lease } from "./pool.ts";
import { type Proxy, proxyFor } from "./proxy.ts";
import { RequestControl } from "./request_control.ts";
import type { RequestDefaults } from "./request_options.ts";
import { idleSeconds } from "./idle_seconds.ts";
import { type BodyTarget, BufferedBody, type FinalResponse, StreamedBody } from "./response_body.ts";
import { isIdempotent } from "./retry.ts";
import { settle, type SettledRequest } from "./settled_request.ts";
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

/** Tornado's 100 MiB. */
const DEFAULT_MAX_SIZE = 100 * 1024 * 1024;
const DEFAULT_MAX_CLIENTS = 10;
const DEFAULT_IDLE_TIMEOUT = 15;

/** The last hop of a request. */
interface Finished {
  readonly request: SettledRequest;
  readonly timeInfo: Record<string, number>;
}

/** Carries out requests over HTTP/1.1 with connections of its own. */
export class SimpleEngine implements ClientEngine {
  readonly #pool: ConnectionPool<ClientConnection>;
  readonly #connector: Connector;
  readonly #maxBodySize: number;
  readonly #idleTimeout: number;
  readonly #controls = new Set<RequestControl>();

  constructor(options: SimpleClientOptions = {}) {
    const { maxClients = DEFAULT_MAX_CLIENTS, maxConnectionsPerHost = maxClients } = options;
    const { maxBufferSize = DEFAULT_MAX_SIZE, maxBodySize = maxBufferSize, maxHeaderSize } = options;
    const { resolver = null, hostnameMapping = null } = options;
    this.#pool = new ConnectionPool({ total: maxClients, perHost: maxConnectionsPerHost });
    this.#maxBodySize = maxBodySize;
    this.#idleTimeout = options.idleTimeout ?? DEFAULT_IDLE_TIMEOUT;
    checkSeconds("idleTimeout", this.#idleTimeout);
    const params = new HTTP1ConnectionParameters({
      maxBodySize,
      ...(maxHeaderSize === undefined ? {} : { maxHeaderSize }),
    });
    this.#connector = new Connector({ resolver, hostnameMapping, maxBufferSize, params });
  }

  async fetch(request: HTTPRequest, defaults: Readonly<RequestDefaults>): Promise<HTTPResponse> {
    const start = currentClock().monotonic();
    const settled = settle(request, defaults);
    const { decompressResponse, requestTimeout } = settled.settings;
    const { streamingCallback = null, headerCallback = null, signal = null } = request.options;
    const buffer = new BufferedBody(this.#maxBodySize, decompressResponse === true);
    let final: FinalResponse = buffer;
    if (streamingCallback !== null) {
      const target: BodyTarget = { head: (line, headers) => buffer.head(line, headers), data: streamingCallback };
      final = new StreamedBody(target, this.#maxBodySize, decompressResponse === true);
    }
    if (headerCallback !== null) final = new HeaderLines(final, headerCallback);
    const control = new RequestControl(requestTimeout ?? 0, signal);
    this.#controls.add(control);
    try {
      const { request: last, timeInfo } = await this.#run(settled, control, final);
      const { startLine, headers, body } = buffer;
      if (startLine === null || headers === null) throw new HTTPStreamClosedError("Connection closed");
      const requestTime = currentClock().monotonic() - start;
      const { href: effectiveUrl } = last.url;
      return new HTTPResponse(request, startLine.code, {
        headers,
        reason: startLine.reason,
        body,
        effectiveUrl,
        requestTime,
        timeInfo,
      });
    } finally {
      final.close();
      control.close();
      this.#controls.delete(control);
    }
  }

  async stream(request: HTTPRequest, defaults: Readonly<RequestDefaults>): Promise<HTTPResponseStream> {
    const settled = settle(request, defaults);
    const { decompressResponse, requestTimeout } = settled.settings;
    const control = new RequestControl(requestTimeout ?? 0, request.options.signal ?? null);
    this.#controls.add(control);
    const left = () => control.end(new HTTPStreamClosedError("The reader has left"));
    const body = new BodyQueue(left);
    const { promise, resolve, reject } = Promise.withResolvers<[ResponseStartLine, HTTPHeaders]>();
    const target: BodyTarget = {
      head: (startLine, headers) => {
        control.release();
        resolve([startLine, headers]);
      },
      data: (chunk) => body.put(chunk),
    };
    const final = new StreamedBody(target, Infinity, decompressResponse === true);
    let effectiveUrl = settled.url.href;
    const onHop = (hop: SettledRequest) => effectiveUrl = hop.url.href;
    handled(this.#run(settled, control, final, onHop)).then(() => body.close(null), (error) => {
      reject(error);
      body.close(error);
    }).finally(() => {
      final.close();
      control.close();
      this.#controls.delete(control);
    });
    const [{ code, reason }, headers] = await promise;
    return { request, code, reason, headers, effectiveUrl, body, close: left };
  }

  close(): void {
    const error = new HTTPStreamClosedError("The client was closed");
    for (const control of this.#controls) control.end(error);
    this.#pool.close();
    this.#connector.close();
  }

  /** Sends a request, and what redirects and failures make of it, until there is a response that is final. */
  async #run(
    settled: SettledRequest,
    control: RequestControl,
    final: FinalResponse,
    onHop: (request: SettledRequest) => void = () => {},
  ): Promise<Finished> {
    const start = currentClock().monotonic();
    let request = settled;
    let hopStart = start;
    for (let retries = 0;;) {
      onHop(request);
      const timeInfo: Record<string, number> = { redirect: hopStart - start };
      const hop = new Hop(request, retries, final);
      let pause: number | null = null;
      try {
        await this.#attempt(request, hop, control, hopStart, timeInfo);
      } catch (error) {
        pause = hop.startLine === null && error instanceof HTTPStreamClosedError
          ? retryPause(request, retries, null, null)
          : null;
        if (pause === null) throw error;
      }
      const { following } = hop;
      if (following?.kind === "request") request = following.request;
      else if (pause !== null || following !== null) {
        await pauseFor(pause ?? following?.pause ?? 0, control);
        retries++;
      } else {
        const finished = final.finish();
        if (finished !== undefined) await control.until("during request", finished);
        timeInfo.starttransfer = hop.answeredAt - hopStart;
        timeInfo.total = currentClock().monotonic() - hopStart;
        return { request, timeInfo };
      }
      hopStart = currentClock().monotonic();
    }
  }

  /** Sends a request once; twice if the connection had been idle and the server has closed it meanwhile. */
  async #attempt(
    request: SettledRequest,
    hop: Hop,
    control: RequestControl,
    start: number,
    timeInfo: Record<string, number>,
  ): Promise<void> {
    const { url, settings } = request;
    const proxy = proxyFor(url, settings, (name) => Deno.env.get(name));
    const key = this.#connector.keyOf({ url, settings, proxy });
    const wire = wireRequest(request, proxy);
    for (;;) {
      const lease = this.#pool.tryLease(url.host, key) ?? await this.#wait(url.host, key, control);
      timeInfo.queue = currentClock().monotonic() - start;
      let connection: ClientConnection;
      try {
        connection = lease.connection ?? await this.#connect(request, proxy, control);
      } catch (error) {
        lease.release(null);
        throw error;
      }
      timeInfo.connect = currentClock().monotonic() - start;
      const isReused = connection.isUsed;
      connection.wake();
      try {
        const keepsAlive = await connection.exchange(wire, hop, (cancel) => control.begin("during request", cancel));
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
        if (!isLost || !isIdempotent(request.method) || request.body?.kind === "stream") throw error;
      }
    }
  }

  #wait(host: string, key: string, control: RequestControl): Promise<Lease<ClientConnection>> {
    return control.wait("in request queue", (resolve) => this.#pool.wait(host, key, resolve));
  }

  async #connect(request: SettledRequest, proxy: Proxy | null, control: RequestControl): Promise<ClientConnection> {
    const { url, settings } = request;
    const controller = new AbortController();
    control.begin("while connecting", (error) => controller.abort(error));
    const { connectTimeout } = settings;
    const tooLate = () =>
      new HTTPTimeoutError(`Timeout while connecting to ${url.host}: no connection after ${connectTimeout} seconds`);
    // One limit for resolving, connecting, the proxy and TLS.
    const timer = connectTimeout ? currentClock().setTimer(() => controller.abort(tooLate()), connectTimeout) : null;
    try {
      return await this.#connector.connect({ url, settings, proxy }, controller.signal);
    } finally {
      timer?.cancel();
    }
  }

  /** Puts a connection back; the server may say how long it keeps it. */
  #rest(lease: Lease<ClientConnection>, key: string, connection: ClientConnection, headers: HTTPHeaders | null): void {
    const seconds = idleSeconds(headers, this.#idleTimeout);
    if (seconds <= 0) connection.close();
    else connection.rest(seconds, () => this.#pool.forget(key, connection));
    lease.release(seconds <= 0 ? null : connection);
  }
}

function pauseFor(seconds: number, control: RequestControl): Promise<void> {
  return control.wait("before a retry", (resolve) => {
    const timer = currentClock().setTimer(() => resolve(), seconds);
    return () => timer.cancel();
  });
}

/** Hands each line of the head to the `headerCallback` of a request. */
class HeaderLines implements FinalResponse {
  readonly maxBodySize: number;
  readonly #inner: FinalResponse;
  readonly #callback: (line: string) => void;

  constructor(inner: FinalResponse, callback: (line: string) => void) {
    this.maxBodySize = inner.maxBodySize;
    this.#inner = inner;
    this.#callback = callback;
  }

  head(startLine: ResponseStartLine, headers: HTTPHeaders): void | Promise<void> {
    const { version, code, reason } = startLine;
    this.#callback(`${version} ${code} ${reason}\r\n`);
    for (const [name, value] of headers.getAll()) this.#callback(`${name}: ${value}\r\n`);
    this.#callback("\r\n");
    return this.#inner.head(startLine, headers);
  }

  data(chunk: Bytes): void | Promise<void> {
    return this.#inner.data(chunk);
  }

  finish(): void | Promise<void> {
    return this.#inner.finish();
  }

  close(): void {
    this.#inner.close();
  }
}
