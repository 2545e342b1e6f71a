import { utf8 } from "../../util/escape.ts";
import { type HTTPHeaders, HTTPInputError, type ResponseStartLine } from "../../http/httputil.ts";
import { readResponseHead } from "../../http/internal.ts";
import type { Bytes } from "../../internal/bytes.ts";
import { toError } from "../../internal/promises.ts";
import { latin1Bytes } from "../../internal/utf8.ts";
import { version as twisterVersion } from "../../internal/version.ts";
import type { BaseIOStream } from "../../net/iostream.ts";
import {
  acceptValue,
  type CompressionSettings,
  type DeflateParameters,
  makeOffer,
  readAnswer,
  WebSocketError,
} from "../../websocket_core/internal.ts";
import { mayUpgrade } from "./request_checks.ts";

/** The most bytes of a response's head: as much as our own server takes for a request's. */
export const MAX_HEAD = 65536;

export interface Target {
  readonly url: string;
  /** `true` for TLS. */
  readonly secure: boolean;
  readonly hostname: string;
  readonly port: number;
  readonly host: string;
  readonly resource: string;
  /** The value of Authorization that user and password of the URL make, or `null`. */
  readonly authorization: string | null;
}

/**
 * Takes a WebSocket URL apart (RFC 6455, section 3).
 *
 * @throws {TypeError} If it is not a URL, or not one of a WebSocket.
 */
export function parseTarget(url: string | URL): Target {
  const { href, protocol, hostname, port, host, pathname, search, username, password } = new URL(url);
  if (protocol !== "ws:" && protocol !== "wss:") {
    throw new TypeError(`Cannot connect to ${JSON.stringify(String(url))}: the scheme is not ws or wss`);
  }
  const secure = protocol === "wss:";
  return {
    url: href,
    secure,
    // Brackets of an IPv6 address belong to the URL.
    hostname: hostname.startsWith("[") ? hostname.slice(1, -1) : hostname,
    port: port === "" ? (secure ? 443 : 80) : Number(port),
    host,
    resource: pathname + search,
    authorization: username === "" && password === ""
      ? null
      : basicAuthorization(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`),
  };
}

/** Returns the Authorization for a user and password with a colon between them (RFC 7617). */
export function basicAuthorization(credentials: string): string {
  return `Basic ${utf8(credentials).toBase64()}`;
}

/** The contents of the opening handshake, besides the target. */
export interface HandshakeOffer {
  readonly key: string;
  /** The version of the protocol: 13, or its predecessor 8. */
  readonly version: number;
  /** Headers of the caller; those that make the handshake are replaced. */
  readonly headers: HTTPHeaders;
  /** Subprotocols, the preferred one first. */
  readonly subprotocols: readonly string[];
  /** The compression that this end offers, or `null`. */
  readonly compression: CompressionSettings | null;
}

/**
 * Writes the request of the opening handshake (section 4.1).
 *
 * @throws {HTTPInputError} If a subprotocol cannot stand in a header.
 */
export function handshakeRequest(target: Target, offer: HandshakeOffer): Bytes {
  const { key, version, subprotocols, compression } = offer;
  const headers = offer.headers.copy();
  headers.setdefault("Host", target.host);
  headers.setdefault("User-Agent", `Twister/${twisterVersion}`);
  if (target.authorization !== null) headers.setdefault("Authorization", target.authorization);
  headers.set("Upgrade", "websocket");
  headers.set("Connection", "Upgrade");
  headers.set("Sec-WebSocket-Key", key);
  headers.set("Sec-WebSocket-Version", String(version));
  if (subprotocols.length > 0) headers.set("Sec-WebSocket-Protocol", subprotocols.join(", "));
  if (compression !== null) headers.set("Sec-WebSocket-Extensions", makeOffer(compression));
  let text = `GET ${target.resource} HTTP/1.1\r\n`;
  for (const [name, value] of headers.getAll()) text += `${name}: ${value}\r\n`;
  return latin1Bytes(`${text}\r\n`);
}

/**
 * Sends the request of the opening handshake, and reads the head of the answer. The bytes that follow it stay in the
 * stream.
 *
 * @throws {WebSocketError} If no well-formed answer comes.
 */
export async function askForUpgrade(
  stream: BaseIOStream,
  request: Bytes,
): Promise<{ readonly startLine: ResponseStartLine; readonly headers: HTTPHeaders }> {
  // Small messages are not to wait for the acknowledgement of those before them.
  stream.setNodelay(true);
  try {
    stream.send(request);
    const head = await readResponseHead(stream, MAX_HEAD);
    const headers = head.headers();
    // They are parsed by the first question.
    headers.get("Upgrade");
    return { startLine: head.startLine, headers };
  } catch (cause) {
    const message = cause instanceof HTTPInputError
      ? `Non-websocket response: ${cause.message}`
      : "Cannot connect: the connection ended before the server's answer did";
    throw new WebSocketError(message, { cause });
  }
}

/** Reports an answer to the opening handshake that does not fit the request. */
export class WebSocketAnswerError extends WebSocketError {
  /** The name of the header that is wrong. */
  readonly header: string;

  /** Creates an error; `why` says more than the value of the header. */
  constructor(header: string, headers: HTTPHeaders, why?: string) {
    super(why ?? `Cannot accept the handshake: ${header} is ${JSON.stringify(headers.get(header))}`);
    this.header = header;
  }
}

/**
 * Checks the headers of a 101 that answers the opening handshake (section 4.1).
 *
 * @returns The subprotocol and the parameters of permessage-deflate that were agreed on, or `null`.
 * @throws {WebSocketAnswerError} If they do not answer the offer.
 */
export function checkAnswer(
  headers: HTTPHeaders,
  { key, subprotocols, compression }: Omit<HandshakeOffer, "headers" | "version">,
): { readonly subprotocol: string | null; readonly deflate: DeflateParameters | null } {
  const refused = (header: string, why?: string) => new WebSocketAnswerError(header, headers, why);
  if (headers.get("Upgrade")?.toLowerCase() !== "websocket") throw refused("Upgrade");
  if (!mayUpgrade(headers)) throw refused("Connection");
  if (headers.get("Sec-Websocket-Accept") !== acceptValue(key)) throw refused("Sec-WebSocket-Accept");
  const subprotocol = headers.get("Sec-Websocket-Protocol");
  if (subprotocol !== null && !subprotocols.includes(subprotocol)) throw refused("Sec-WebSocket-Protocol");
  try {
    return { subprotocol, deflate: readAnswer(headers.get("Sec-Websocket-Extensions"), compression) };
  } catch (error) {
    throw refused("Sec-WebSocket-Extensions", toError(error).message);
  }
}
