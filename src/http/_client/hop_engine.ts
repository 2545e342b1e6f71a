import { currentClock } from "../../internal/clock.ts";
import { events } from "../../internal/events.ts";
import { handled, toError } from "../../internal/promises.ts";
import type { HTTPHeaders } from "../_httputil/headers.ts";
import type { ResponseStartLine } from "../_httputil/start_lines.ts";
import { BodyQueue } from "./body_queue.ts";
import type { ClientEngine, ClientLimits } from "./engine.ts";
import { HTTPStreamClosedError } from "./errors.ts";
import { HeaderLines } from "./header_lines.ts";
import { Hop, retryPause } from "./hop.ts";
import type { HTTPRequest } from "./http_request.ts";
import { HTTPResponse, type HTTPResponseStream } from "./http_response.ts";
import { RequestControl } from "./request_control.ts";
import type { RequestDefaults } from "./request_options.ts";
import { type BodyTarget, BufferedBody, type FinalResponse, StreamedBody } from "./response_body.ts";
import { settle, type SettledRequest } from "./settled_request.ts";
import { TracedRequest } from "./traced_request.ts";

/** Tornado's 100 MiB. */
export const DEFAULT_MAX_SIZE: number = 100 * 1024 * 1024;
const DEFAULT_MAX_CLIENTS = 10;
export const DEFAULT_IDLE_TIMEOUT = 15;

/** The most requests at a time, in all and to one host. */
export function limitsOf({ maxClients = DEFAULT_MAX_CLIENTS, maxConnectionsPerHost = maxClients }: ClientLimits): {
  total: number;
  perHost: number;
} {
  return { total: maxClients, perHost: maxConnectionsPerHost };
}

/** The last hop of a request. */
interface Finished {
  readonly request: SettledRequest;
  readonly timeInfo: Record<string, number>;
  /** Seconds of the monotonic clock at which it ended. */
  readonly end: number;
}

/** Does what all engines do with a request: redirects, retries, limits, and the response. */
export abstract class HopEngine implements ClientEngine {
  readonly #maxBodySize: number;
  readonly #controls = new Set<RequestControl>();

  /** @param maxBodySize The most bytes of a body that is kept, after decoding. */
  constructor(maxBodySize: number) {
    this.#maxBodySize = maxBodySize;
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
      const { request: last, timeInfo, end } = await this.#run(settled, control, final, start);
      const { startLine, headers, body } = buffer;
      if (startLine === null || headers === null) throw new HTTPStreamClosedError("Connection closed");
      const requestTime = end - start;
      const { href: effectiveUrl } = last.url;
      return new HTTPResponse(request, startLine.code, {
        headers,
        reason: startLine.reason,
        body,
        effectiveUrl,
        startTime: currentClock().now() - requestTime,
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
    const start = currentClock().monotonic();
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
    handled(this.#run(settled, control, final, start, onHop)).then(() => body.close(null), (error) => {
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
    this.closeConnections();
  }

  /** Sends a request, and what redirects and failures make of it, until there is a response that is final. */
  async #run(
    settled: SettledRequest,
    control: RequestControl,
    final: FinalResponse,
    start: number,
    onHop: ((request: SettledRequest) => void) | null = null,
  ): Promise<Finished> {
    let request = settled;
    let hopStart = start;
    for (let retries = 0;;) {
      onHop?.(request);
      const timeInfo: Record<string, number> = { redirect: hopStart - start };
      const hop = new Hop(request, retries, final);
      let pause: number | null = null;
      const listeners = events.outgoing;
      const trace = listeners === null || this.isTraced ? null : new TracedRequest(listeners, request);
      try {
        await this.attempt(trace?.request ?? request, hop, control, hopStart, timeInfo);
        trace?.answered(hop.startLine?.code ?? 0);
      } catch (error) {
        trace?.failed(toError(error));
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
        const end = currentClock().monotonic();
        timeInfo.starttransfer = hop.answeredAt - hopStart;
        timeInfo.total = end - hopStart;
        return { request, timeInfo, end };
      }
      hopStart = currentClock().monotonic();
    }
  }

  /** Tells whether others trace the requests of this engine already. */
  protected get isTraced(): boolean {
    return false;
  }

  /**
   * Sends a request and hands the response to a hop.
   *
   * @param start Seconds of the monotonic clock, from which the times in `timeInfo` count.
   * @throws {HTTPClientError} If there is no whole response, and none is needed.
   */
  protected abstract attempt(
    request: SettledRequest,
    hop: Hop,
    control: RequestControl,
    start: number,
    timeInfo: Record<string, number>,
  ): Promise<void>;

  /** Closes all connections. */
  protected abstract closeConnections(): void;
}

function pauseFor(seconds: number, control: RequestControl): Promise<void> {
  return control.wait("before a retry", (resolve) => {
    const timer = currentClock().setTimer(() => resolve(), seconds);
    return () => timer.cancel();
  });
}
