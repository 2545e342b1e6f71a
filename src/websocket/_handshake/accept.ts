import { HTTPHeaders } from "../../http/httputil.ts";
import { latin1Bytes } from "../../internal/utf8.ts";
import type { RequestHandler } from "../../web/mod.ts";
import { acceptOffer, acceptValue, completeCompression, type Extension } from "../../websocket_core/internal.ts";
import type { WebSocketProtocol13 } from "../protocol13.ts";
import type { ServeWebSocketProtocol } from "../serve_protocol.ts";
import { splitList } from "./request_checks.ts";

/** A handler as far as the handshake needs it. */
export interface Upgradable extends RequestHandler {
  /** Chooses one of the subprotocols that the client offers, or none. */
  selectSubprotocol(subprotocols: string[]): string | null;
}

/**
 * Settles subprotocol and compression, answers the handshake with 101, and gives the connection to the protocol.
 *
 * @param request The headers of the request.
 * @param extensions What they offer.
 * @throws {TypeError} If a subprotocol is selected that was not offered.
 */
export function acceptOnStream(
  handler: Upgradable,
  protocol: WebSocketProtocol13,
  request: HTTPHeaders,
  extensions: readonly Extension[],
): void {
  const { headers } = handler._handlerState;
  const subprotocol = selectSubprotocol(handler, request);
  const { compressionOptions } = protocol.params;
  const compression = compressionOptions === null ? null : completeCompression(compressionOptions);
  const accepted = compression === null ? null : acceptOffer(extensions, compression);

  if (subprotocol !== null) headers.set("Sec-Websocket-Protocol", subprotocol);
  if (accepted !== null) headers.set("Sec-Websocket-Extensions", accepted.header);
  headers.set("Upgrade", "websocket");
  headers.set("Connection", "Upgrade");
  const key = request.get("Sec-Websocket-Key") ?? "";
  headers.set("Sec-Websocket-Accept", acceptValue(key));
  const reason = completeHead(handler);
  let head = `HTTP/1.1 101 ${reason}\r\n`;
  for (const [name, value] of headers.getAll()) head += `${name}: ${value}\r\n`;

  const upgraded = handler.request.connection?.context?.upgraded ?? null;
  const stream = handler.detach();
  if (!stream.closed()) stream.send(latin1Bytes(`${head}\r\n`));
  // Small messages are not to wait for the acknowledgement of those before them.
  stream.setNodelay(true);
  protocol.acceptConnection(stream, { subprotocol, deflate: accepted?.agreed ?? null, compression, upgraded });
  handler._handlerState.conclude();
  letGo(handler);
}

/**
 * The same where the engine has WebSockets of its own.
 *
 * @param request The headers of the request.
 * @param onOpen Called when messages can be sent.
 * @throws {TypeError} If a subprotocol is selected that was not offered.
 */
export function acceptOnServe(
  handler: Upgradable,
  protocol: ServeWebSocketProtocol,
  request: HTTPHeaders,
  onOpen: () => void,
): void {
  const { connection } = handler.request;
  const subprotocol = selectSubprotocol(handler, request);
  const { headers } = handler._handlerState;
  // Not as an option of Deno's, which finds a subprotocol only where there is a space behind each comma of the offer.
  if (subprotocol !== null) headers.set("Sec-Websocket-Protocol", subprotocol);
  completeHead(handler);
  const socket = connection?.upgradeWebSocket?.(headers, protocol.upgradeOptions);
  if (socket === undefined) throw new Error("Cannot upgrade: the engine has no WebSockets");
  protocol.accept(socket, subprotocol, onOpen, connection?.context?.upgraded ?? null);
  // The access log has the handshake, not the life of the connection.
  handler._handlerState.conclude();
  letGo(handler);
}

const NO_HEADERS = new HTTPHeaders();

/** Forgets what only HTTP needs, which a handler would otherwise keep for the life of its WebSocket. */
function letGo(handler: Upgradable): void {
  handler.request.connection = handler.request.serverConnection = null;
  const out = handler._handlerState;
  out.headers = NO_HEADERS;
  out.cookies = null;
}

/** Sets the status, takes away what belongs to a body, and adds the cookies; returns the reason. */
function completeHead(handler: Upgradable): string {
  const out = handler._handlerState;
  out.setStatus(101, null);
  out.completeHeaders();
  for (const cookie of out.cookies?.values() ?? []) out.headers.add("Set-Cookie", cookie);
  return out.reason;
}

function selectSubprotocol(handler: Upgradable, request: HTTPHeaders): string | null {
  const offered = splitList(request.get("Sec-Websocket-Protocol"));
  const selected = handler.selectSubprotocol(offered);
  if (selected === null || offered.includes(selected)) return selected;
  throw new TypeError(`Cannot select the subprotocol ${JSON.stringify(selected)}: the client did not offer it`);
}
