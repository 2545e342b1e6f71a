import { nextTick } from "node:process";
import type { Duplex } from "node:stream";
import { HTTPHeaders } from "../http/httputil.ts";
import { currentClock, type Timer } from "../internal/clock.ts";
import type { BaseIOStream } from "../net/iostream.ts";
import { checkAnswer, WebSocketAnswerError } from "../websocket/internal.ts";
import {
  type CompressionSettings,
  type DeflateParameters,
  isToken,
  type LiveConnections,
  newKey,
  parseExtensions,
} from "../websocket_core/internal.ts";
import { compressionSettings } from "./per_message_deflate.ts";
import type { WebSocket } from "./web_socket.ts";
import type { ClientOptions } from "./web_socket_options.ts";

/** The agreement of both ends. */
export interface Agreement {
  /** The subprotocol, or `""`. */
  readonly protocol: string;
  /** The parameters of permessage-deflate, or `null`. */
  readonly deflate: DeflateParameters | null;
  /** The compression of this end, or `null`. */
  readonly compression: CompressionSettings | null;
}

/** A connection on which the handshake is done. */
export interface Opened extends Agreement {
  /** The stream, with the bytes that the peer sent after the handshake. */
  readonly stream: BaseIOStream;
  /** The socket under it, if it is one of node. */
  readonly socket: Duplex | null;
  /** The connections of a server of Twister that have left HTTP, to which this one belongs; `null` for others. */
  readonly live: LiveConnections | null;
}

/** Receives the result of an opening handshake. */
export interface Opener {
  /** The WebSocket, which emits the events of the handshake. */
  readonly websocket: WebSocket;
  /** Receives the address, first and with each redirect. */
  onAddress(url: string): void;
  /** Called if there are listeners for an event that brings objects of `node:http`. */
  onNodeNeeded(url: URL): void;
  onOpened(opened: Opened): void;
  onFailed(error: Error): void;
}

/** The opening handshake of a client (RFC 6455, section 4.1). A subclass connects and speaks HTTP. */
export abstract class ClientHandshake {
  protected readonly opener: Opener;
  protected readonly options: ClientOptions;
  protected readonly subprotocols: readonly string[];
  /** 8 or 13. */
  protected readonly version: number;
  /** The compression that this end offers, or `null`. */
  protected readonly compression: CompressionSettings | null;
  protected readonly key: string = newKey();
  /** `true` once the handshake has succeeded or failed. */
  protected over = false;
  #timer: Timer | null = null;

  /**
   * @throws {SyntaxError} If a subprotocol is not a token, or is there twice.
   * @throws {RangeError} If the version of the protocol is neither 8 nor 13.
   */
  constructor(opener: Opener, subprotocols: readonly string[], options: ClientOptions) {
    const { protocolVersion = 13 } = options;
    if (protocolVersion !== 13 && protocolVersion !== 8) {
      throw new RangeError(`Unsupported protocol version: ${protocolVersion} (supported versions: 8, 13)`);
    }
    if (
      new Set(subprotocols).size < subprotocols.length ||
      !subprotocols.every((name) => typeof name === "string" && isToken(name))
    ) {
      throw new SyntaxError("An invalid or duplicated subprotocol was specified");
    }
    this.opener = opener;
    this.options = options;
    this.subprotocols = subprotocols;
    this.version = protocolVersion;
    this.compression = compressionSettings(options.perMessageDeflate ?? true);
  }

  start(url: URL): void {
    this.opener.onAddress(url.href);
    this.send(url);
    const { handshakeTimeout } = this.options;
    if (handshakeTimeout === undefined || handshakeTimeout <= 0) return;
    const late = () => this.abort(new Error("Opening handshake has timed out"));
    this.#timer = currentClock().setTimer(late, handshakeTimeout / 1000);
  }

  /** Gives up, and reports the error in the next turn. */
  abort(error: Error): void {
    if (this.over) return;
    this.end();
    this.drop();
    nextTick(() => this.opener.onFailed(error));
  }

  protected abstract send(url: URL): void;

  protected abstract drop(): void;

  protected fail(error: Error): void {
    if (this.over) return;
    this.end();
    this.opener.onFailed(error);
  }

  protected end(): void {
    this.over = true;
    this.waitForEver();
  }

  protected waitForEver(): void {
    this.#timer?.cancel();
  }

  /**
   * Checks the headers of a 101.
   *
   * @throws {Error} If they do not answer the request; the message is that of `ws`.
   */
  protected check(headers: HTTPHeaders): Agreement {
    const { key, subprotocols, compression } = this;
    try {
      const { subprotocol, deflate } = checkAnswer(headers, { key, subprotocols, compression });
      if (subprotocol === null && subprotocols.length > 0) throw new Error("Server sent no subprotocol");
      return { protocol: subprotocol ?? "", deflate, compression };
    } catch (cause) {
      if (!(cause instanceof WebSocketAnswerError)) throw cause;
      const { header } = cause;
      if (header === "Sec-WebSocket-Extensions") throw new Error(whyExtensions(headers, compression), { cause });
      if (header !== "Sec-WebSocket-Protocol") throw new Error(`Invalid ${header} header`, { cause });
      throw new Error(
        subprotocols.length === 0
          ? "Server sent a subprotocol but none was requested"
          : "Server sent an invalid subprotocol",
        { cause },
      );
    }
  }
}

/** Says in the words of `ws` why the extensions of an answer are not accepted. */
function whyExtensions(headers: HTTPHeaders, compression: CompressionSettings | null): string {
  if (compression === null) return "Server sent a Sec-WebSocket-Extensions header but no extension was requested";
  const extensions = parseExtensions(headers.get("Sec-WebSocket-Extensions") ?? "");
  const [extension, ...more] = extensions ?? [];
  return extension !== undefined && (more.length > 0 || extension.name !== "permessage-deflate")
    ? "Server indicated an extension that was not requested"
    : "Invalid Sec-WebSocket-Extensions header";
}

/**
 * Parses the URL of a WebSocket; `http` and `https` stand for `ws` and `wss`.
 *
 * @throws {SyntaxError} If it is not one.
 */
export function parseAddress(address: string | URL): URL {
  let url: URL;
  try {
    url = new URL(address);
  } catch {
    throw new SyntaxError(`Invalid URL: ${address}`);
  }
  if (url.protocol === "http:" || url.protocol === "https:") url = new URL(url.href.replace(/^http/, "ws"));
  if (url.protocol !== "ws:" && url.protocol !== "wss:" && url.protocol !== "ws+unix:") {
    throw new SyntaxError(`The URL's protocol must be one of "ws:", "wss:", "http:", "https:", or "ws+unix:"`);
  }
  if (url.protocol === "ws+unix:" && url.pathname === "") throw new SyntaxError("The URL's pathname is empty");
  if (url.hash !== "") throw new SyntaxError("The URL contains a fragment identifier");
  return url;
}

/** Takes the URL of a socket file apart: the file comes before the first colon, the resource behind it. */
export function splitUnix(url: URL): { readonly file: string; readonly resource: string } {
  const path = url.pathname + url.search;
  const colon = path.indexOf(":");
  return colon < 0 ? { file: path, resource: "/" } : { file: path.slice(0, colon), resource: path.slice(colon + 1) };
}

/** Makes headers of the ones that an option or a message of node has. */
export function headersOf(entries: Iterable<readonly [string, unknown]>): HTTPHeaders {
  const headers = new HTTPHeaders();
  for (const [name, value] of entries) {
    if (value === undefined) continue;
    for (const one of Array.isArray(value) ? value : [value]) headers.add(name, String(one));
  }
  return headers;
}
