import type { HTTPHeaders } from "../../http/httputil.ts";
import { peekTrusted } from "../../http/internal.ts";
import type { BaseIOStream } from "../../net/iostream.ts";
import { replaceState, stateOf } from "../../web/internal.ts";
import { acceptOffer, acceptValue, completeCompression, type Extension } from "../../websocket_core/internal.ts";
import type { WebSocketHandler } from "../handler.ts";
import type { WebSocketProtocol13 } from "../protocol13.ts";
import type { ServeWebSocketProtocol } from "../serve_protocol.ts";
import { splitList } from "./request_checks.ts";

/**
 * Settles subprotocol and compression, answers the handshake with 101, and gives the connection to the protocol.
 *
 * @param request What the client sent, and what accepts its connection.
 * @throws {TypeError} If a subprotocol is selected that was not offered.
 */
export function acceptOnStream(
  handler: WebSocketHandler,
  protocol: WebSocketProtocol13,
  request: {
    readonly headers: HTTPHeaders;
    readonly extensions: readonly Extension[];
    readonly accept: (headers: HTTPHeaders) => BaseIOStream;
  },
): void {
  const { headers } = stateOf(handler);
  const subprotocol = selectSubprotocol(handler, request.headers);
  const { compressionOptions } = protocol.params;
  const compression = compressionOptions === null ? null : completeCompression(compressionOptions);
  const accepted = compression === null ? null : acceptOffer(request.extensions, compression);

  if (subprotocol !== null) headers.set("Sec-Websocket-Protocol", subprotocol);
  if (accepted !== null) headers.set("Sec-Websocket-Extensions", accepted.header);
  headers.set("Upgrade", "websocket");
  headers.set("Connection", "Upgrade");
  headers.set("Sec-Websocket-Accept", acceptValue(peekTrusted(request.headers, "Sec-Websocket-Key") ?? ""));
  completeHead(handler);
  const longLived = handler.request.connection?.context?.longLived ?? null;
  const stream = request.accept(headers);
  // Small messages are not to wait for the acknowledgement of those before them.
  stream.setNodelay(true);
  protocol.acceptConnection(stream, { subprotocol, deflate: accepted?.agreed ?? null, compression, longLived });
  // The access log has the handshake and not the life of the connection.
  replaceState(handler, stateOf(handler).leaveHTTP());
}

/**
 * Does the same where the engine has WebSockets of its own.
 *
 * @param request What the client sent, what accepts its connection, and what to call when messages can be sent.
 * @throws {TypeError} If a subprotocol is selected that was not offered.
 */
export function acceptOnServe(
  handler: WebSocketHandler,
  protocol: ServeWebSocketProtocol,
  request: {
    readonly headers: HTTPHeaders;
    readonly accept: (headers: HTTPHeaders, options: Deno.UpgradeWebSocketOptions) => WebSocket;
    readonly onOpen: () => void;
  },
): void {
  const subprotocol = selectSubprotocol(handler, request.headers);
  const { headers } = stateOf(handler);
  // Not as an option of Deno's, which finds a subprotocol only where there is a space behind each comma of the offer.
  if (subprotocol !== null) headers.set("Sec-Websocket-Protocol", subprotocol);
  completeHead(handler);
  const longLived = handler.request.connection?.context?.longLived ?? null;
  protocol.accept(request.accept(headers, protocol.upgradeOptions), subprotocol, request.onOpen, longLived);
  // The access log has the handshake and not the life of the connection.
  replaceState(handler, stateOf(handler).leaveHTTP());
}

/** Sets the status, takes away what belongs to a body, and adds the cookies. */
function completeHead(handler: WebSocketHandler): void {
  const out = stateOf(handler);
  out.setStatus(101, null);
  out.completeHeaders();
  if (out.cookies !== null) { for (const cookie of out.cookies.values()) out.headers.add("Set-Cookie", cookie); }
}

function selectSubprotocol(handler: WebSocketHandler, request: HTTPHeaders): string | null {
  const offered = splitList(peekTrusted(request, "Sec-Websocket-Protocol"));
  const selected = handler.selectSubprotocol(offered);
  if (selected === null || offered.includes(selected)) return selected;
  throw new TypeError(`Cannot select the subprotocol ${JSON.stringify(selected)}: the client did not offer it`);
}
