import { type IncomingMessage, STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";
import {
  acceptOffer,
  type CompressionSettings,
  type DeflateParameters,
  isInvalidOffer,
  isKey,
  isToken,
  parseExtensions,
} from "../websocket_core/internal.ts";
import { namesWebSocket, splitList } from "../websocket/internal.ts";
import { StreamSocket } from "./_stream_socket.ts";

/** The answer to a request that is not accepted. */
export interface Refusal {
  readonly status: number;
  readonly message: string;
  /** Headers beside the usual ones. */
  readonly headers: Readonly<Record<string, string>>;
}

/** The offer of a client. */
export interface Offer {
  readonly key: string;
  /** 8 or 13. */
  readonly version: number;
  /** Its subprotocols in its order. */
  readonly protocols: Set<string>;
  /** The compression that is agreed, and the header that says so. */
  readonly compression: { readonly agreed: DeflateParameters; readonly header: string } | null;
}

/** Reads the request of an opening handshake (RFC 6455, section 4.2.1). */
export function readOffer(request: IncomingMessage, compression: CompressionSettings | null): Offer | Refusal {
  const { method, headers } = request;
  const key = headers["sec-websocket-key"];
  const version = Number(headers["sec-websocket-version"]);
  if (method !== "GET") return refusal(405, "Invalid HTTP method");
  if (!namesWebSocket(headers.upgrade ?? null)) return refusal(400, "Invalid Upgrade header");
  if (request.httpVersion === "1.0") return refusal(400, "Invalid HTTP version");
  if (headers.host === undefined) return refusal(400, "Missing Host header");
  if (key === undefined || !isKey(key)) return refusal(400, "Missing or invalid Sec-WebSocket-Key header");
  if (version !== 13 && version !== 8) {
    const message = "Missing or invalid Sec-WebSocket-Version header";
    return refusal(400, message, { "Sec-WebSocket-Version": "13, 8" });
  }
  const protocols = readProtocols(headers["sec-websocket-protocol"]);
  if (protocols === null) return refusal(400, "Invalid Sec-WebSocket-Protocol header");
  const offered = headers["sec-websocket-extensions"];
  if (compression === null || offered === undefined) return { key, version, protocols, compression: null };
  const extensions = parseExtensions(offered);
  if (extensions === null || extensions.some(isInvalidOffer)) {
    return refusal(400, "Invalid or unacceptable Sec-WebSocket-Extensions header");
  }
  return { key, version, protocols, compression: acceptOffer(extensions, compression) };
}

/** The subprotocols, or `null` if they are none, or one is there twice. */
function readProtocols(header: string | undefined): Set<string> | null {
  if (header === undefined) return new Set();
  const names = splitList(header);
  const protocols = new Set(names);
  return names.length > 0 && protocols.size === names.length && names.every(isToken) ? protocols : null;
}

function refusal(status: number, message: string, headers: Record<string, string> = {}): Refusal {
  return { status, message, headers };
}

/** Answers a handshake with an error, and closes the connection. */
export function refuse(
  socket: Duplex,
  status: number,
  message: string = STATUS_CODES[status] ?? "",
  headers: Readonly<Record<string, string | number>> = {},
): void {
  const lines = Object.entries({
    Connection: "close",
    "Content-Type": "text/html",
    "Content-Length": new TextEncoder().encode(message).length,
    ...headers,
  }).map(([name, value]) => `${name}: ${value}\r\n`);
  // A socket of ours sees to its end itself: to close it with bytes unread would be a reset, which takes the answer
  // back.
  if (!(socket instanceof StreamSocket)) socket.once("finish", () => socket.destroy());
  // Whoever has ended the socket before finds nobody to answer.
  socket.once("error", () => socket.destroy());
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ""}\r\n${lines.join("")}\r\n${message}`);
}
