import { randomBytes } from "node:crypto";
import { type ClientRequest, type IncomingMessage, request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import type { Duplex } from "node:stream";
import { currentClock, type Timer } from "../internal/clock.ts";
import { toError } from "../internal/promises.ts";
import {
  acceptValue,
  type CompressionSettings,
  type DeflateParameters,
  isToken,
  makeOffer,
  readAnswer,
} from "../websocket_core/internal.ts";
import { compressionSettings } from "./per_message_deflate.ts";
import type { ClientOptions } from "./web_socket_options.ts";

const DEFAULT_MAX_REDIRECTS = 10;

/** What the server and we have agreed on. */
export interface Opened {
  /** The socket. */
  readonly socket: Duplex;
  /** What has been read from it behind the server's answer. */
  readonly head: Uint8Array;
  /** The subprotocol, or `""`. */
  readonly protocol: string;
  /** The parameters of permessage-deflate, or `null`. */
  readonly deflate: DeflateParameters | null;
  /** How this end compresses, or `null`. */
  readonly compression: CompressionSettings | null;
}

/** Who opens a connection. */
export interface Opener {
  /** The address, when it is known and with each redirect. */
  onAddress(url: string): void;
  /** A redirect is followed. */
  onRedirect(url: string, request: ClientRequest): void;
  /** Whether somebody looks after the headers of redirected requests. */
  watchesRedirects(): boolean;
  /** The server has answered with something else. @returns Whether somebody takes care of it. */
  onUnexpectedResponse(request: ClientRequest, response: IncomingMessage): boolean;
  /** The server has answered. @returns Whether to go on. */
  onUpgrade(response: IncomingMessage): boolean;
  /** The handshake is done. */
  onOpened(opened: Opened): void;
  /** It has failed. */
  onFailed(error: Error): void;
  /** What `finishRequest` gets. */
  readonly websocket: object;
}

/** The opening handshake of a client (RFC 6455, section 4.1), by the HTTP client of node so that its agents and options work. */
export class ClientHandshake {
  readonly #opener: Opener;
  readonly #protocols: readonly string[];
  readonly #options: ClientOptions;
  readonly #compression: CompressionSettings | null;
  readonly #key: string = randomBytes(16).toString("base64");
  #headers: Record<string, unknown>;
  #auth: string | null;
  #redirects = 0;
  #request: ClientRequest | null = null;
  #timer: Timer | null = null;
  #over = false;

  /**
   * Checks everything that can be checked without the server.
   *
   * @throws {SyntaxError} If the address is none, or a subprotocol is no token or there twice.
   * @throws {RangeError} If the version of the protocol is none.
   */
  constructor(opener: Opener, protocols: readonly string[], options: ClientOptions) {
    const { protocolVersion = 13 } = options;
    if (protocolVersion !== 13 && protocolVersion !== 8) {
      throw new RangeError(`Unsupported protocol version: ${protocolVersion} (supported versions: 8, 13)`);
    }
    if (new Set(protocols).size < protocols.length || !protocols.every(isToken)) {
      throw new SyntaxError("An invalid or duplicated subprotocol was specified");
    }
    this.#opener = opener;
    this.#protocols = protocols;
    this.#options = options;
    this.#compression = compressionSettings(options.perMessageDeflate ?? true);
    this.#auth = options.auth ?? null;
    this.#headers = {};
    for (const [name, value] of Object.entries(options.headers ?? {})) this.#headers[name.toLowerCase()] = value;
  }

  /**
   * Sends the request.
   *
   * @throws {SyntaxError} If the address is not one of a WebSocket.
   */
  start(address: string | URL): void {
    this.#send(parseAddress(address));
    const { handshakeTimeout } = this.#options;
    if (handshakeTimeout === undefined || handshakeTimeout <= 0) return;
    this.#timer = currentClock().setTimer(
      () => this.abort(new Error("Opening handshake has timed out")),
      handshakeTimeout / 1000,
    );
  }

  /** Gives up, and says why in the next turn. */
  abort(error: Error): void {
    if (this.#over) return;
    this.#end();
    this.#request?.destroy();
    queueMicrotask(() => this.#opener.onFailed(error));
  }

  #end(): void {
    this.#over = true;
    this.#timer?.cancel();
  }

  #send(url: URL): void {
    this.#opener.onAddress(url.href);
    const { finishRequest } = this.#options;
    const request = url.protocol === "wss:"
      ? httpsRequest(this.#requestOptions(url))
      : httpRequest(this.#requestOptions(url));
    this.#request = request;
    if (this.#redirects > 0) this.#opener.onRedirect(url.href, request);
    request.on("error", (error) => {
      // A request that was given up reports that as well.
      if (this.#over || request !== this.#request) return;
      this.#end();
      this.#opener.onFailed(error);
    });
    request.on("response", (response) => this.#onResponse(url, request, response));
    request.on("upgrade", (response, socket, head) => this.#onUpgrade(response, socket, head));
    if (finishRequest !== undefined) finishRequest(request, this.#opener.websocket);
    else request.end();
  }

  #requestOptions(url: URL): Record<string, unknown> {
    const { protocols: _protocols, headers: _headers, ...options } = this.#options;
    const { origin, protocolVersion = 13 } = options;
    const headers: Record<string, unknown> = {
      ...this.#headers,
      "Sec-WebSocket-Version": protocolVersion,
      "Sec-WebSocket-Key": this.#key,
      Connection: "Upgrade",
      Upgrade: "websocket",
    };
    if (this.#compression !== null) headers["Sec-WebSocket-Extensions"] = makeOffer(this.#compression);
    if (this.#protocols.length > 0) headers["Sec-WebSocket-Protocol"] = this.#protocols.join(",");
    if (origin !== undefined) headers[protocolVersion < 13 ? "Sec-WebSocket-Origin" : "Origin"] = origin;
    const unix = url.protocol === "ws+unix:";
    const path = url.pathname + url.search;
    const colon = unix ? path.indexOf(":") : -1;
    return {
      ...options,
      // A connection that becomes a WebSocket does not go back to a pool.
      agent: options.agent ?? (options.createConnection === undefined ? false : undefined),
      auth: urlAuth(url) ?? this.#auth ?? undefined,
      headers,
      host: unix ? undefined : url.hostname.replace(/^\[(.*)\]$/, "$1"),
      hostname: undefined,
      method: "GET",
      path: unix ? (colon < 0 ? "/" : path.slice(colon + 1)) : path,
      port: url.port === "" ? (url.protocol === "wss:" ? 443 : 80) : Number(url.port),
      protocol: undefined,
      socketPath: unix ? path.slice(0, colon < 0 ? path.length : colon) : undefined,
      timeout: undefined,
    };
  }

  #onResponse(url: URL, request: ClientRequest, response: IncomingMessage): void {
    if (this.#over) return;
    const { statusCode = 0, headers: { location } } = response;
    if (this.#options.followRedirects === true && statusCode >= 300 && statusCode < 400 && location !== undefined) {
      return this.#redirect(url, request, location);
    }
    // Whoever takes care of it decides what becomes of the request; no time-out is to interfere.
    if (this.#opener.onUnexpectedResponse(request, response)) this.#timer?.cancel();
    else this.abort(new Error(`Unexpected server response: ${statusCode}`));
  }

  #redirect(from: URL, request: ClientRequest, location: string): void {
    if (++this.#redirects > (this.#options.maxRedirects ?? DEFAULT_MAX_REDIRECTS)) {
      return this.abort(new Error("Maximum redirects exceeded"));
    }
    this.#request = null;
    request.destroy();
    try {
      const target = parseAddress(new URL(location, from));
      if (!this.#opener.watchesRedirects()) this.#forgetSecrets(from, target);
      this.#send(target);
    } catch (error) {
      this.#end();
      this.#opener.onFailed(toError(error));
    }
  }

  /** What one server may know, another may not, nor may the line between. */
  #forgetSecrets(from: URL, to: URL): void {
    const sameHost = from.protocol === "ws+unix:" || to.protocol === "ws+unix:"
      ? from.protocol === to.protocol && from.pathname.split(":")[0] === to.pathname.split(":")[0]
      : from.host === to.host;
    if (sameHost && !(from.protocol === "wss:" && to.protocol !== "wss:")) return;
    delete this.#headers.authorization;
    delete this.#headers.cookie;
    if (!sameHost) delete this.#headers.host;
    this.#auth = null;
  }

  #onUpgrade(response: IncomingMessage, socket: Duplex, head: Uint8Array): void {
    if (this.#over) return void socket.destroy();
    // The listener may close the connection.
    if (!this.#opener.onUpgrade(response) || this.#over) return void socket.destroy();
    let opened: Opened;
    try {
      opened = { socket, head, ...this.#check(response), compression: this.#compression };
    } catch (error) {
      socket.on("error", () => {});
      socket.destroy();
      return this.abort(toError(error));
    }
    this.#end();
    this.#opener.onOpened(opened);
  }

  /** @throws {Error} If the answer is not one to our request. */
  #check(response: IncomingMessage): { protocol: string; deflate: DeflateParameters | null } {
    const { headers } = response;
    if (headers.upgrade?.toLowerCase() !== "websocket") throw new Error("Invalid Upgrade header");
    if (headers["sec-websocket-accept"] !== acceptValue(this.#key)) {
      throw new Error("Invalid Sec-WebSocket-Accept header");
    }
    const protocol = headers["sec-websocket-protocol"];
    if (protocol === undefined) {
      if (this.#protocols.length > 0) throw new Error("Server sent no subprotocol");
    } else if (this.#protocols.length === 0) {
      throw new Error("Server sent a subprotocol but none was requested");
    } else if (!this.#protocols.includes(protocol)) {
      throw new Error("Server sent an invalid subprotocol");
    }
    const extensions = headers["sec-websocket-extensions"];
    try {
      return { protocol: protocol ?? "", deflate: readAnswer(extensions ?? null, this.#compression) };
    } catch (cause) {
      throw new Error("Invalid Sec-WebSocket-Extensions header", { cause });
    }
  }
}

/**
 * The URL of a WebSocket; `http` and `https` stand for `ws` and `wss`.
 *
 * @throws {SyntaxError} If it is none.
 */
function parseAddress(address: string | URL): URL {
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

function urlAuth(url: URL): string | null {
  if (url.username === "" && url.password === "") return null;
  return `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
}
