import { appLog, genLog } from "../../util/log.ts";
import type { HTTPMessageDelegate, HTTPServerConnectionDelegate } from "../_httputil/delegates.ts";
import { HTTPInputError } from "../_httputil/errors.ts";
import type { UpgradedConnections } from "../_httputil/upgraded.ts";
import { DecompressDelegate } from "../_decompress.ts";
import { ProxyAdapter, RequestContext } from "../_proxy.ts";
import { FetchConnection } from "./connection.ts";
import type { FetchSettings } from "./options.ts";
import { readBody, RequestCutError } from "./request_body.ts";
import { readMadeHead, readServedHead, type RequestHead, UNKNOWN_LENGTH } from "./request_head.ts";

/** The exchanges of a server that are under way. */
export interface Flights {
  readonly running: Set<FetchConnection>;
  /** The responses that are told when the server is drained. */
  readonly longLived: UpgradedConnections;
  /** Whether the server is being stopped, at which Deno cuts the bodies of requests. */
  stopping: boolean;
}

/**
 * Leads one request through a delegate.
 *
 * @param flights Where the exchange is noted while it is not over.
 * @returns The response, without a promise where the delegate answers at once.
 */
export function exchange(
  delegate: HTTPServerConnectionDelegate,
  settings: FetchSettings,
  request: Request,
  info: Deno.ServeHandlerInfo | null,
  flights: Flights,
): Response | Promise<Response> {
  const protocol = settings.protocol ?? (request.url.startsWith("https:") ? "https" : "http");
  const address = info === null ? null : info.remoteAddr;
  const context = new RequestContext(address, protocol, settings.trustedDownstream, flights.longLived);
  const connection = new FetchConnection(request, context, settings);
  let begun = false;
  try {
    const head = info === null ? readMadeHead(request) : readServedHead(request, settings.maxHeaderSize);
    const receiver = start(delegate, settings, connection);
    begun = true;
    connection.receiver = receiver;
    const held = receiver.headersReceived(head.startLine, head.headers);
    // Asking a request for its body makes a stream of it, so that is asked last.
    const bodyless = head.length === 0 || (head.length === UNKNOWN_LENGTH && request.body === null);
    if (held === undefined && bodyless) connection.endReading();
    else receive(request, connection, head, held, flights);
  } catch (error) {
    fault(connection, error, flights);
  }
  if (!begun) return connection.response();
  if (connection.over) {
    end(delegate, connection);
  } else {
    flights.running.add(connection);
    connection.onDone = () => {
      flights.running.delete(connection);
      // After whatever the application still does in this turn, as if a socket had closed.
      queueMicrotask(() => end(delegate, connection));
    };
  }
  return connection.response();
}

function start(
  delegate: HTTPServerConnectionDelegate,
  settings: FetchSettings,
  connection: FetchConnection,
): HTTPMessageDelegate {
  let receiver = delegate.startRequest(connection, connection);
  if (settings.xheaders) receiver = new ProxyAdapter(receiver, connection);
  if (settings.decompressRequest) {
    receiver = new DecompressDelegate(receiver, { maxBodySize: () => connection.maxBodySize });
  }
  return receiver;
}

/** The part of an exchange that waits: for the delegate, or for the body. */
async function receive(
  request: Request,
  connection: FetchConnection,
  head: RequestHead,
  held: void | Promise<void>,
  flights: Flights,
): Promise<void> {
  try {
    await held;
    if (head.length !== 0) await readBody(request, connection, head.length);
    connection.endReading();
  } catch (error) {
    fault(connection, error, flights);
  }
}

/** Ends the exchange because of an exception from the delegate, or from the request. */
function fault(connection: FetchConnection, error: unknown, flights: Flights): void {
  // A client that has only closed its own side reads the answer.
  if (error instanceof RequestCutError) return flights.stopping ? connection.cut() : connection.fail(400);
  if (error instanceof HTTPInputError) {
    genLog.info("Malformed HTTP message from %s: %s", connection.context.remoteIp, error.message);
    return connection.fail(error.statusCode);
  }
  appLog.exception("Uncaught exception", error);
  connection.fail(500);
}

/** To the delegate each request is a connection of its own, since Deno does not show which of them share one. */
function end(delegate: HTTPServerConnectionDelegate, connection: FetchConnection): void {
  try {
    delegate.onClose(connection);
  } catch (error) {
    appLog.exception("Uncaught exception", error);
  }
}
