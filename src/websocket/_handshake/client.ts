import { type HTTPHeaders, parseResponseStartLine, type ResponseStartLine } from "../../http/httputil.ts";
import { version } from "../../internal/version.ts";
import { WebSocketError } from "../../websocket_core/internal.ts";
import { mayUpgrade } from "./request_checks.ts";

const encoder = new TextEncoder();

/** Where a WebSocket URL leads. */
export interface Target {
  /** Whether by TLS. */
  readonly secure: boolean;
  /** The name or address to connect to. */
  readonly hostname: string;
  /** The port. */
  readonly port: number;
  /** The value of Host. */
  readonly host: string;
  /** Path and query. */
  readonly resource: string;
  /** The value of Authorization that user and password of the URL make, or `null`. */
  readonly authorization: string | null;
}

/**
 * Takes a WebSocket URL apart (RFC 6455, section 3).
 *
 * @throws {TypeError} If it is no URL, or not one of a WebSocket.
 */
export function parseTarget(url: string | URL): Target {
  const { protocol, hostname, port, host, pathname, search, username, password } = new URL(url);
  if (protocol !== "ws:" && protocol !== "wss:") {
    throw new TypeError(`Cannot connect to ${JSON.stringify(String(url))}: the scheme is not ws or wss`);
  }
  const secure = protocol === "wss:";
  return {
    secure,
    // Brackets of an IPv6 address belong to the URL.
    hostname: hostname.startsWith("[") ? hostname.slice(1, -1) : hostname,
    port: port === "" ? (secure ? 443 : 80) : Number(port),
    host,
    resource: pathname + search,
    authorization: username === "" && password === ""
      ? null
      : `Basic ${encoder.encode(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`).toBase64()}`,
  };
}

/** What the opening handshake says, besides the target. */
export interface HandshakeRequest {
  /** The key. */
  readonly key: string;
  /** Headers of the caller; those that make the handshake are replaced. */
  readonly headers: HTTPHeaders;
  /** Subprotocols, the preferred one first. */
  readonly subprotocols: readonly string[];
  /** The value of Sec-WebSocket-Extensions, or `null`. */
  readonly extensions: string | null;
}

/**
 * The request of the opening handshake (section 4.1), as latin1 text.
 *
 * @throws {HTTPInputError} If a subprotocol cannot stand in a header.
 */
export function handshakeRequest(target: Target, request: HandshakeRequest): string {
  const headers = request.headers.copy();
  headers.setdefault("Host", target.host);
  headers.setdefault("User-Agent", `Twister/${version}`);
  if (target.authorization !== null) headers.setdefault("Authorization", target.authorization);
  headers.set("Upgrade", "websocket");
  headers.set("Connection", "Upgrade");
  headers.set("Sec-WebSocket-Key", request.key);
  headers.set("Sec-WebSocket-Version", "13");
  if (request.subprotocols.length > 0) headers.set("Sec-WebSocket-Protocol", request.subprotocols.join(", "));
  if (request.extensions !== null) headers.set("Sec-WebSocket-Extensions", request.extensions);
  let text = `GET ${target.resource} HTTP/1.1\r\n`;
  for (const [name, value] of headers.getAll()) text += `${name}: ${value}\r\n`;
  return `${text}\r\n`;
}

/**
 * Splits the head of a response, with its empty line, into start line and header block.
 *
 * @throws {WebSocketError} If it is none.
 */
export function parseResponseHead(head: string): { startLine: ResponseStartLine; block: string } {
  const end = head.indexOf("\r\n");
  try {
    return { startLine: parseResponseStartLine(head.slice(0, end)), block: head.slice(end + 2, -2) };
  } catch (cause) {
    throw new WebSocketError(`Non-websocket response: ${JSON.stringify(head.slice(0, Math.min(end, 80)))}`, { cause });
  }
}

/**
 * Checks the answer to the opening handshake (section 4.1).
 *
 * @param accept The value that Sec-WebSocket-Accept must have.
 * @param offered The subprotocols that were offered.
 * @returns The subprotocol that the server chose, or `null`.
 * @throws {WebSocketError} If it is not one to our request.
 */
export function checkAnswer(headers: HTTPHeaders, accept: string, offered: readonly string[]): string | null {
  if (headers.get("Upgrade")?.toLowerCase() !== "websocket") throw refused("Upgrade", headers);
  if (!mayUpgrade(headers)) throw refused("Connection", headers);
  if (headers.get("Sec-Websocket-Accept") !== accept) throw refused("Sec-Websocket-Accept", headers);
  const subprotocol = headers.get("Sec-Websocket-Protocol");
  if (subprotocol !== null && !offered.includes(subprotocol)) throw refused("Sec-Websocket-Protocol", headers);
  return subprotocol;
}

function refused(name: string, headers: HTTPHeaders): WebSocketError {
  return new WebSocketError(`Cannot accept the handshake: ${name} is ${JSON.stringify(headers.get(name))}`);
}
