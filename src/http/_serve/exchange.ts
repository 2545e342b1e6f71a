import { appLog, genLog } from "../../util/log.ts";
import type { HTTPMessageDelegate, HTTPServerConnectionDelegate } from "../_httputil/delegates.ts";
import { HTTPInputError } from "../_httputil/errors.ts";
import { DecompressDelegate } from "../_decompress.ts";
import { ProxyAdapter, RequestContext } from "../_proxy.ts";
import { FetchConnection } from "./connection.ts";
import type { FetchSettings } from "./options.ts";
import { readBody, RequestCutError } from "./request_body.ts";
import { readMadeHead, readServedHead, type RequestHead, UNKNOWN_LENGTH } from "./request_head.ts";

/** A request that was cut short: the peer may still read, having closed its side only. */
const BAD_REQUEST = 400;

/**
 * Leads one request through a delegate.
 *
 * @param running Where the exchange is noted while it is not over.
 * @returns The response, without a promise where the delegate answers at once.
 */
export function exchange(
  delegate: HTTPServerConnectionDelegate,
  settings: FetchSettings,
  request: Request,
  info: Deno.ServeHandlerInfo | null,
  running: Set<FetchConnection>,
): Response | Promise<Response> {
  const protocol = settings.protocol ?? (request.url.startsWith("https:") ? "https" : "http");
  const context = new RequestContext(info === null ? null : info.remoteAddr, protocol, settings.trustedDownstream);
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
    if (held === undefined && bodyless) endReading(connection);
    else receive(request, connection, head, held);
  } catch (error) {
    fault(connection, error);
  }
  if (!begun) return connection.response();
  if (connection.done) {
    delegate.onClose(connection);
  } else {
    running.add(connection);
    connection.onDone = () => {
      running.delete(connection);
      // After whatever the application still does in this turn, as if a socket had closed.
      queueMicrotask(() => delegate.onClose(connection));
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
): Promise<void> {
  try {
    await held;
    if (head.length !== 0 && !connection.done) await readBody(request, connection, head.length);
    endReading(connection);
  } catch (error) {
    fault(connection, error);
  }
}

function endReading(connection: FetchConnection): void {
  const { receiver } = connection;
  if (receiver === null) return;
  connection.receiver = null;
  // An application that answered early has said all it has to say.
  if (connection.done) return receiver.onConnectionClose();
  receiver.finish();
  connection.received();
}

/** Ends the exchange because of an exception from the delegate, or from the request. */
function fault(connection: FetchConnection, error: unknown): void {
  if (error instanceof RequestCutError) return connection.fail(BAD_REQUEST);
  if (error instanceof HTTPInputError) {
    genLog.info("Malformed HTTP message from %s: %s", connection.context.remoteIp, error.message);
    return connection.fail(error.statusCode);
  }
  appLog.exception("Uncaught exception", error);
  connection.fail(500);
}
