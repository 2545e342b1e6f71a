import { type ClientRequest, type IncomingMessage, request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import type { Duplex } from "node:stream";
import { toError } from "../internal/promises.ts";
import { BaseIOStream } from "../net/iostream.ts";
import { makeOffer } from "../websocket_core/internal.ts";
import {
  type Agreement,
  ClientHandshake,
  headersOf,
  type Opener,
  parseAddress,
  splitUnix,
} from "./_client_handshake.ts";
import { NodeDuplex } from "./_node_duplex.ts";
import type { ClientOptions } from "./web_socket_options.ts";

const DEFAULT_MAX_REDIRECTS = 10;

/** The opening handshake by the HTTP client of node, for its agents, options and events. */
export class NodeHandshake extends ClientHandshake {
  #headers: Record<string, unknown> = {};
  #auth: string | null;
  #redirects = 0;
  #request: ClientRequest | null = null;

  /** Checks everything that can be checked without the server; see {@linkcode ClientHandshake}. */
  constructor(opener: Opener, subprotocols: readonly string[], options: ClientOptions) {
    super(opener, subprotocols, options);
    this.#auth = options.auth ?? null;
    for (const [name, value] of Object.entries(options.headers ?? {})) this.#headers[name.toLowerCase()] = value;
  }

  protected override send(url: URL): void {
    const { finishRequest } = this.options;
    const request = url.protocol === "wss:"
      ? httpsRequest(this.#requestOptions(url))
      : httpRequest(this.#requestOptions(url));
    this.#request = request;
    if (this.#redirects > 0) this.opener.websocket.emit("redirect", url.href, request);
    request.on("error", (error) => {
      // A request that was given up reports that as well.
      if (request === this.#request) this.fail(error);
    });
    request.on("response", (response) => this.#onResponse(url, request, response));
    request.on("upgrade", (response, socket, head) => this.#onUpgrade(response, socket, head));
    if (finishRequest !== undefined) finishRequest(request, this.opener.websocket);
    else request.end();
  }

  protected override drop(): void {
    this.#request?.destroy();
  }

  #requestOptions(url: URL): Record<string, unknown> {
    const { protocols: _protocols, headers: _headers, ...options } = this.options;
    const { origin } = options;
    const headers: Record<string, unknown> = {
      ...this.#headers,
      "Sec-WebSocket-Version": this.version,
      "Sec-WebSocket-Key": this.key,
      Connection: "Upgrade",
      Upgrade: "websocket",
    };
    if (this.compression !== null) headers["Sec-WebSocket-Extensions"] = makeOffer(this.compression);
    if (this.subprotocols.length > 0) headers["Sec-WebSocket-Protocol"] = this.subprotocols.join(",");
    if (origin !== undefined) headers[this.version < 13 ? "Sec-WebSocket-Origin" : "Origin"] = origin;
    const unix = url.protocol === "ws+unix:" ? splitUnix(url) : null;
    return {
      ...options,
      // A connection that becomes a WebSocket does not go back to a pool.
      agent: options.agent ?? (options.createConnection === undefined ? false : undefined),
      auth: urlAuth(url) ?? this.#auth ?? undefined,
      headers,
      host: unix === null ? url.hostname.replace(/^\[(.*)\]$/, "$1") : undefined,
      hostname: undefined,
      method: "GET",
      path: unix?.resource ?? url.pathname + url.search,
      // Text, as ws has it: `createConnection` sees it.
      port: url.port || (url.protocol === "wss:" ? 443 : 80),
      protocol: undefined,
      socketPath: unix?.file,
      timeout: undefined,
    };
  }

  #onResponse(url: URL, request: ClientRequest, response: IncomingMessage): void {
    if (this.over) return;
    const { statusCode = 0, headers: { location } } = response;
    if (this.options.followRedirects === true && statusCode >= 300 && statusCode < 400 && location !== undefined) {
      return this.#redirect(url, request, location);
    }
    // Whoever takes care of it decides what becomes of the request; no time-out is to interfere.
    if (this.opener.websocket.emit("unexpected-response", request, response)) this.waitForEver();
    else this.abort(new Error(`Unexpected server response: ${statusCode}`));
  }

  #redirect(from: URL, request: ClientRequest, location: string): void {
    if (++this.#redirects > (this.options.maxRedirects ?? DEFAULT_MAX_REDIRECTS)) {
      return this.abort(new Error("Maximum redirects exceeded"));
    }
    this.#request = null;
    request.destroy();
    try {
      const target = parseAddress(new URL(location, from));
      if (this.opener.websocket.listenerCount("redirect") === 0) this.#forgetSecrets(from, target);
      this.opener.onAddress(target.href);
      this.send(target);
    } catch (error) {
      this.fail(toError(error));
    }
  }

  /** Drops what one server may know and another may not, nor the line between. */
  #forgetSecrets(from: URL, to: URL): void {
    const sameHost = from.protocol === "ws+unix:" || to.protocol === "ws+unix:"
      ? from.protocol === to.protocol && splitUnix(from).file === splitUnix(to).file
      : from.host === to.host;
    if (sameHost && !(from.protocol === "wss:" && to.protocol !== "wss:")) return;
    delete this.#headers.authorization;
    delete this.#headers.cookie;
    if (!sameHost) delete this.#headers.host;
    this.#auth = null;
  }

  #onUpgrade(response: IncomingMessage, socket: Duplex, head: Uint8Array): void {
    if (this.over) return void socket.destroy();
    this.opener.websocket.emit("upgrade", response);
    // The listener may have closed the connection.
    if (this.over) return void socket.destroy();
    let agreed: Agreement;
    try {
      agreed = this.check(headersOf(Object.entries(response.headers)));
    } catch (error) {
      socket.on("error", () => {});
      socket.destroy();
      return this.abort(toError(error));
    }
    this.end();
    this.opener.onOpened({ stream: new BaseIOStream(new NodeDuplex(socket, head)), socket, live: null, ...agreed });
  }
}

function urlAuth(url: URL): string | null {
  if (url.username === "" && url.password === "") return null;
  return `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
}
