import { latin1Bytes } from "../../internal/utf8.ts";
import type { RequestHandler } from "../../web/mod.ts";
import { conclude, outputOf } from "../../web/request_handler.ts";
import { acceptOffer } from "../_deflate/parameters.ts";
import { completeCompression } from "../compression.ts";
import { WebSocketProtocol13 } from "../protocol13.ts";
import type { Extension } from "./extensions.ts";
import { splitList } from "./server.ts";

/** A handler as far as the handshake needs it. */
export interface Upgradable extends RequestHandler {
  /** Chooses one of the subprotocols that the client offers, or none. */
  selectSubprotocol(subprotocols: string[]): string | null;
}

/**
 * Settles subprotocol and compression, answers the handshake with 101, and gives the connection to the protocol.
 *
 * @throws {TypeError} If a subprotocol is selected that was not offered.
 */
export function switchProtocols(
  handler: Upgradable,
  protocol: WebSocketProtocol13,
  extensions: readonly Extension[],
): void {
  const { request } = handler;
  const out = outputOf(handler);
  const subprotocol = selectSubprotocol(handler, splitList(request.headers.get("Sec-Websocket-Protocol")));
  const { compressionOptions } = protocol.params;
  const compression = compressionOptions === null ? null : completeCompression(compressionOptions);
  const accepted = compression === null ? null : acceptOffer(extensions, compression);

  out.setStatus(101, null);
  if (subprotocol !== null) out.headers.set("Sec-Websocket-Protocol", subprotocol);
  if (accepted !== null) out.headers.set("Sec-Websocket-Extensions", accepted.header);
  out.headers.set("Upgrade", "websocket");
  out.headers.set("Connection", "Upgrade");
  const key = request.headers.get("Sec-Websocket-Key") ?? "";
  out.headers.set("Sec-Websocket-Accept", WebSocketProtocol13.computeAcceptValue(key));
  out.completeHeaders();
  let head = `HTTP/1.1 101 ${out.reason}\r\n`;
  for (const [name, value] of out.headers.getAll()) head += `${name}: ${value}\r\n`;

  const stream = handler.detach();
  if (!stream.closed()) stream.send(latin1Bytes(`${head}\r\n`));
  const upgraded = request.connection?.context?.upgraded ?? null;
  protocol.acceptConnection(stream, { subprotocol, deflate: accepted?.agreed ?? null, compression, upgraded });
  // The access log has the handshake, not the life of the connection.
  conclude(handler);
}

function selectSubprotocol(handler: Upgradable, offered: string[]): string | null {
  const selected = handler.selectSubprotocol(offered);
  if (selected === null || offered.includes(selected)) return selected;
  throw new TypeError(`Cannot select the subprotocol ${JSON.stringify(selected)}: the client did not offer it`);
}
