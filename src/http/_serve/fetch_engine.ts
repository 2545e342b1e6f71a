import type { Bytes } from "../../internal/bytes.ts";
import { events, refusalOf } from "../../internal/events.ts";
import { appLog, genLog } from "../../util/log.ts";
import { requestAdapters, type RequestCallback, RequestChain } from "../_adapters/request_chain.ts";
import { RequestContext } from "../_adapters/request_context.ts";
import { HTTPInputError, refusalKind } from "../_httputil/errors.ts";
import { LongLivedResponses } from "../_httputil/long_lived.ts";
import { takeBody } from "./behind_request.ts";
import { FetchConnection } from "./connection.ts";
import { completeOptions, type FetchHandlerOptions, type FetchSettings } from "./fetch_handler_options.ts";
import { comesInOnePiece, handOver, readBody, RequestCutError, unreadable } from "./request_body.ts";
import { KnownHead, readMadeHead, readServedHead, type ServedHead, UNKNOWN_LENGTH } from "./request_head.ts";
import { refusedResponse } from "./response_head.ts";
import { RunningExchanges } from "./running_exchanges.ts";

/** Leads requests of the Fetch standard to a delegate, and keeps those that are not over. */
export class FetchEngine {
  /** The exchanges that are not over. */
  readonly running: RunningExchanges = new RunningExchanges();
  /** The responses that are told when the server is drained. */
  readonly longLived: LongLivedResponses = new LongLivedResponses();
  /** The number of requests that have come since {@linkcode FetchEngine.hold}. */
  held = 0;
  #gate: PromiseWithResolvers<void> | null = null;
  /** Tells whether the responses are the last of their connections. */
  #ending = false;
  /** Tells whether the server is being stopped, so that Deno cuts the bodies of requests and closes connections. */
  #stopping = false;
  readonly #chain: RequestChain;
  readonly #settings: FetchSettings;
  readonly #isServer: boolean;

  /** `isServer` tells whether the responses go to a `Deno.serve` of ours, and no program sees them before. */
  constructor(requestCallback: RequestCallback, options: FetchHandlerOptions, isServer = false) {
    this.#isServer = isServer;
    this.#chain = new RequestChain(requestCallback, requestAdapters(options));
    this.#settings = completeOptions(options);
  }

  /** The result is a promise if the delegate does not answer in this turn. */
  fetch(request: Request, info: Deno.ServeHandlerInfo | null): Response | Promise<Response> {
    if (this.#gate === null) return this.#lead(request, info);
    this.held++;
    return this.#gate.promise.then(() => this.#lead(request, info));
  }

  /** Begins no request until {@linkcode FetchEngine.release}. */
  hold(): void {
    this.#gate ??= Promise.withResolvers();
  }

  release(): void {
    this.#gate?.resolve();
    this.#gate = null;
  }

  /** Takes note that all responses from now on are the last of their connections. */
  endConnections(): void {
    this.#ending = true;
    for (const connection of this.running.all()) connection.ending = true;
  }

  /** Takes note that the server is being stopped, with the last responses. */
  stop(): void {
    this.#stopping = true;
    this.endConnections();
  }

  #lead(request: Request, info: Deno.ServeHandlerInfo | null): Response | Promise<Response> {
    const settings = this.#settings;
    const protocol = settings.protocol ?? (request.url.startsWith("https:") ? "https" : "http");
    const address = info === null ? null : info.remoteAddr;
    const context = new RequestContext(address, protocol, settings.trustedDownstream, this.longLived);
    const connection = new FetchConnection(request, context, settings, this.#isServer);
    connection.ending = this.#ending;
    let begun = false;
    try {
      const head = info === null ? readMadeHead(request) : readServedHead(request, settings, this.#isServer);
      const { gates } = events;
      const refusal = gates === null ? null : refusalOf(gates, new KnownHead(head));
      if (refusal !== null) return refusedResponse(refusal, request.method);
      const receiver = this.#chain.startRequest(connection, connection);
      begun = true;
      connection.receiver = receiver;
      const held = receiver.headersReceived(head.startLine, head.headers);
      // Asking a request for its body makes a stream of it, so that is asked last.
      const bodyless = head.length === 0 || (head.length === UNKNOWN_LENGTH && request.body === null);
      if (held !== undefined) this.#receive(request, connection, head, held);
      else if (bodyless) connection.endReading();
      else if (comesInOnePiece(connection, head.length)) this.#receiveWhole(request, connection);
      else this.#receive(request, connection, head, held);
    } catch (error) {
      this.#fail(connection, error);
    }
    if (!begun) return connection.response();
    if (connection.over) {
      this.#end(connection);
    } else {
      this.running.add(connection);
      connection.onDone = this.#leave;
    }
    return connection.response();
  }

  /** The part of an exchange that waits: for the delegate, or for the body. */
  #receive(request: Request, connection: FetchConnection, head: ServedHead, held: void | Promise<void>): void {
    const read = () => head.length === 0 ? undefined : readBody(request, connection, head.length);
    const received = held === undefined ? read() : held.then(read);
    if (received === undefined) return connection.endReading();
    received.then(() => connection.endReading()).catch((error) => this.#fail(connection, error));
  }

  /** Like {@linkcode FetchEngine.#receive}, for most bodies there are, with a quarter of its promises, or none. */
  #receiveWhole(request: Request, connection: FetchConnection): void {
    const body = this.#isServer ? takeBody(request) : null;
    if (body !== null) return this.#take(connection, body);
    request.bytes().then(
      (body) => this.#take(connection, body),
      (error) => this.#fail(connection, unreadable(error)),
    );
  }

  #take(connection: FetchConnection, body: Bytes): void {
    try {
      const held = handOver(connection, body);
      if (held === undefined) return connection.endReading();
      held.then(() => connection.endReading()).catch((error) => this.#fail(connection, error));
    } catch (error) {
      this.#fail(connection, error);
    }
  }

  /** Ends the exchange because of an exception from the delegate, or from the request. */
  #fail(connection: FetchConnection, error: unknown): void {
    // A client that has only closed its own side reads the answer.
    if (error instanceof RequestCutError) return this.#stopping ? connection.cut() : connection.fail(400);
    if (error instanceof HTTPInputError) {
      events.connections?.refused(refusalKind(error));
      genLog.info("Malformed HTTP message from %s: %s", connection.context.remoteIp, error.message);
      return connection.fail(error.statusCode);
    }
    appLog.exception("Uncaught exception", error);
    connection.fail(500);
  }

  /** Takes note of an exchange that has ended. One function for all: each request would have two of its own. */
  readonly #leave = (connection: FetchConnection): void => {
    this.running.delete(connection);
    // After whatever the application still does in this turn, as if a socket had closed.
    queueMicrotask(() => this.#end(connection));
  };

  /** To the delegate each request is a connection of its own, since Deno does not show which of them share one. */
  #end(connection: FetchConnection): void {
    try {
      this.#chain.onClose(connection);
    } catch (error) {
      appLog.exception("Uncaught exception", error);
    }
  }
}
