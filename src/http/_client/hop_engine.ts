import { currentClock } from "../../internal/clock.ts";
import { events } from "../../internal/events.ts";
import { checkLimit } from "../../internal/limits.ts";
import { toError } from "../../internal/promises.ts";
import type { ClientEngine, ClientLimits } from "./engine.ts";
import { HTTPStreamClosedError } from "./errors.ts";
import { Hop, retryPause } from "./hop.ts";
import type { HTTPRequest } from "./http_request.ts";
import type { HTTPResponse, HTTPResponseStream } from "./http_response.ts";
import { type Reception, StreamedResponse, WholeResponse } from "./reception.ts";
import { RequestControl } from "./request_control.ts";
import type { RequestDefaults } from "./request_options.ts";
import { settle, type SettledRequest } from "./settled_request.ts";
import { TracedRequest } from "./traced_request.ts";

/** Tornado's 100 MiB. */
export const DEFAULT_MAX_SIZE: number = 100 * 1024 * 1024;
const DEFAULT_MAX_CLIENTS = 10;
export const DEFAULT_IDLE_TIMEOUT = 15;

/**
 * The most requests at a time, in all and to one host.
 *
 * @throws {RangeError} If a number is not a whole one from 1: all requests would wait forever.
 */
export function limitsOf({ maxClients = DEFAULT_MAX_CLIENTS, maxConnectionsPerHost = maxClients }: ClientLimits): {
  total: number;
  perHost: number;
} {
  checkLimit("maxClients", maxClients, 1);
  checkLimit("maxConnectionsPerHost", maxConnectionsPerHost, 1);
  return { total: maxClients, perHost: maxConnectionsPerHost };
}

/** Does what all engines do with a request: redirects, retries, limits, and the response. */
export abstract class HopEngine implements ClientEngine {
  readonly #maxBodySize: number;
  readonly #controls = new Set<RequestControl>();

  /** @param maxBodySize The most bytes of a body that is kept, after decoding. */
  constructor(maxBodySize: number) {
    checkLimit("maxBodySize", maxBodySize);
    this.#maxBodySize = maxBodySize;
  }

  fetch(request: HTTPRequest, defaults: Readonly<RequestDefaults>): Promise<HTTPResponse> {
    return this.#run(request, defaults, new WholeResponse(request));
  }

  async stream(request: HTTPRequest, defaults: Readonly<RequestDefaults>): Promise<HTTPResponseStream> {
    const response = new StreamedResponse();
    void this.#run(request, defaults, response).catch((error) => response.fail(error));
    const [{ code, reason }, headers] = await response.head;
    const { effectiveUrl, body, leave: close } = response;
    return { request, code, reason, headers, effectiveUrl, body, close };
  }

  close(): void {
    const error = new HTTPStreamClosedError("The client was closed");
    for (const control of this.#controls) control.end(error);
    this.closeConnections();
  }

  async #run<T>(
    original: HTTPRequest,
    defaults: Readonly<RequestDefaults>,
    reception: Reception<T>,
  ): Promise<T> {
    const start = currentClock().monotonic();
    let request = settle(original, defaults);
    const control = new RequestControl(request.settings.requestTimeout ?? 0, original.options.signal ?? null);
    const final = reception.open(request, control, this.#maxBodySize);
    this.#controls.add(control);
    try {
      let hopStart = start;
      for (let retries = 0;;) {
        reception.begin(request);
        const hop = new Hop(request, retries, final);
        let pause: number | null = null;
        const listeners = events.outgoing;
        const trace = listeners === null || this.isTraced ? null : new TracedRequest(listeners, request);
        try {
          await this.attempt(trace?.request ?? request, hop, control, hopStart);
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
          // The server has seen the nonce with this count: a repetition asks for the next one.
          if (request.challenge !== null) request = { ...request, challenge: null };
        } else {
          const finished = final.finish();
          if (finished !== undefined) await control.until("during request", finished);
          const end = currentClock().monotonic();
          return reception.complete({ request, timeInfo: timesOf(hop, start, hopStart, end), start, end });
        }
        hopStart = currentClock().monotonic();
      }
    } finally {
      final.close();
      control.close();
      this.#controls.delete(control);
    }
  }

  /** Tells whether others trace the requests of this engine already. */
  protected get isTraced(): boolean {
    return false;
  }

  /**
   * Sends a request and hands the response to a hop.
   *
   * @param start Seconds of the monotonic clock, from which the times of the hop count.
   * @throws {HTTPClientError} If there is no whole response, and none is needed.
   */
  protected abstract attempt(
    request: SettledRequest,
    hop: Hop,
    control: RequestControl,
    start: number,
  ): Promise<void>;

  /** Closes all connections. */
  protected abstract closeConnections(): void;
}

/** The times of the last hop, by the names of libcurl. */
function timesOf(hop: Hop, start: number, hopStart: number, end: number): Record<string, number> {
  const redirect = hopStart - start;
  const starttransfer = hop.answeredAt - hopStart;
  const total = end - hopStart;
  const { queued: queue, connected: connect } = hop;
  if (connect < 0) return { redirect, queue, starttransfer, total };
  return { redirect, queue, connect, starttransfer, total };
}

function pauseFor(seconds: number, control: RequestControl): Promise<void> {
  return control.wait("before a retry", (resolve) => {
    const timer = currentClock().setTimer(() => resolve(), seconds);
    return () => timer.cancel();
  });
}
