import { Buffer } from "node:buffer";
import { EventEmitter } from "node:events";
import type { IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import type { HTTPServer } from "../http/httpserver.ts";
import type { HTTPServerRequest, LongLivedResponses } from "../http/httputil.ts";
import { toError } from "../internal/promises.ts";
import { latin1Bytes } from "../internal/utf8.ts";
import { BaseIOStream } from "../net/iostream.ts";
import { appLog } from "../util/log.ts";
import { acceptValue, type CompressionSettings, INTERNAL_ERROR } from "../websocket_core/internal.ts";
import { upgradeServer } from "./_http_listener.ts";
import { NodeDuplex } from "./_node_duplex.ts";
import { type Offer, readOffer, refuse } from "./_server_handshake.ts";
import { StreamSocket } from "./_stream_socket.ts";
import { toRequest } from "./_incoming_message.ts";
import { compressionSettings } from "./per_message_deflate.ts";
import type { ServerOptions, VerifyClientDone } from "./web_socket_server_options.ts";
import { accept, WebSocket } from "./web_socket.ts";

/** The events of a {@linkcode WebSocketServer} with their arguments. */
export interface WebSocketServerEvents {
  /** Reports a connection that is open. */
  connection: [websocket: WebSocket, request: IncomingMessage];
  /** Reports the lines that a handshake is about to be answered with; a listener may change them. */
  headers: [headers: string[], request: IncomingMessage];
  /** Reports a handshake that is not valid. A listener has to answer it and to close the socket. */
  wsClientError: [error: Error, socket: Duplex, request: IncomingMessage];
  /** Reports that the server listens. */
  listening: [];
  /** Reports a failure of the server under this one. */
  error: [error: Error];
  /** Reports that the server is closed, and so are all connections that it tracks. */
  close: [];
}

/** Called with a connection that is open. */
export type UpgradeCallback = (websocket: WebSocket, request: IncomingMessage) => void;

/** Sockets that have become WebSockets. */
const upgraded = new WeakSet<Duplex>();
const EMPTY: Buffer = Buffer.alloc(0);

/**
 * A server with the interface of the class of that name in the npm package `ws`.
 *
 * With `port` it listens itself, on Twister's own HTTP server. With `server` it takes the upgrades of a server of
 * `node:http`. With `noServer` the caller passes connections to {@linkcode handleUpgrade}, or streams of Twister to
 * {@linkcode handleStream}, as a {@linkcode WebSocketServerHandler} in an `Application` does.
 *
 * @example
 * ```ts
 * import { WebSocket, WebSocketServer } from "@twister/twister/ws";
 * import { assertEquals } from "@std/assert";
 * import { once } from "node:events";
 * import { createServer } from "node:http";
 *
 * const http = createServer();
 * const server = new WebSocketServer({ server: http, path: "/echo", perMessageDeflate: true });
 * server.on("connection", (socket, request) => socket.send(`You asked for ${request.url}`));
 * http.listen(0, "127.0.0.1");
 * await once(http, "listening");
 *
 * const { port } = http.address() as { port: number };
 * const client = new WebSocket(`ws://127.0.0.1:${port}/echo`);
 * const [data] = await once(client, "message");
 * assertEquals(String(data), "You asked for /echo");
 *
 * client.close();
 * await once(client, "close");
 * http.close();
 * await once(http, "close");
 * ```
 */
export class WebSocketServer extends EventEmitter<WebSocketServerEvents> {
  /** The options. Those of the handshake are read for each handshake, so that libraries may set them. */
  readonly options: ServerOptions;
  /** The open connections; `undefined` with `clientTracking: false`, which the type does not say, as in `ws`. */
  declare readonly clients: Set<WebSocket>;

  readonly #compression: CompressionSettings | null;
  #state: "running" | "closing" | "closed" = "running";
  #open = 0;
  /** Our own HTTP server, of a server with `port`. */
  #http: HTTPServer | null = null;
  #removeListeners: (() => void) | null = null;
  /** Streams of handshakes that are not accepted, or not yet. */
  readonly #handshakes: Set<StreamSocket> = new Set();

  /**
   * Starts the server.
   *
   * @param callback Called when a server with `port` listens.
   * @throws {TypeError} If not exactly one of `port`, `server` and `noServer` is given.
   * @throws {RangeError} If an option is out of its range.
   */
  constructor(options: ServerOptions = {}, callback?: () => void) {
    super();
    const { port = null, server = null, noServer = false, perMessageDeflate = false } = options;
    if (Number(port !== null) + Number(server !== null) + Number(noServer) !== 1) {
      throw new TypeError('One and only one of the "port", "server", or "noServer" options must be specified');
    }
    this.options = { ...options };
    if (this.#tracks) this.clients = new Set();
    this.#compression = compressionSettings(perMessageDeflate);
    if (port !== null) {
      if (callback !== undefined) this.once("listening", callback);
      this.#listen(port);
    } else if (server !== null) {
      const listeners = {
        listening: () => void this.emit("listening"),
        error: (error: Error) => void this.emit("error", error),
        upgrade: (request: IncomingMessage, socket: Duplex, head: Buffer) =>
          this.#answer(request, socket, head, this.#emitConnection),
      };
      const entries = Object.entries(listeners);
      for (const [name, listener] of entries) server.on(name, listener);
      this.#removeListeners = () => {
        for (const [name, listener] of entries) server.removeListener(name, listener);
      };
    }
  }

  /**
   * Returns the address on which the server listens, as `net.Server` does; `null` while it does not listen.
   *
   * @throws {Error} If the server has `noServer`.
   */
  address(): AddressInfo | string | null {
    const { server, noServer } = this.options;
    if (noServer === true) throw new Error('The server is operating in "noServer" mode');
    if (server) return this.#state === "running" ? server.address() : null;
    const [address] = this.#http?.addresses ?? [];
    if (address === undefined || !("hostname" in address)) return null;
    const { hostname, port } = address;
    return { address: hostname, family: hostname.includes(":") ? "IPv6" : "IPv4", port };
  }

  /**
   * Accepts no more connections. Those that are open stay open, and `close` is emitted when they are closed.
   *
   * @param callback Called when the server has closed; with an error if it was closed before.
   */
  close(callback?: (error?: Error) => void): void {
    if (this.#state === "closed") {
      if (callback !== undefined) this.once("close", () => callback(new Error("The server is not running")));
      return queueMicrotask(() => void this.emit("close"));
    }
    if (callback !== undefined) this.once("close", () => callback());
    if (this.#state === "closing") return;
    this.#state = "closing";
    this.#removeListeners?.();
    this.#removeListeners = null;
    for (const socket of this.#handshakes) socket.destroy();
    const http = this.#http;
    this.#http = null;
    if (http === null) return queueMicrotask(() => this.#closeIfEmpty());
    http.stop();
    // What speaks HTTP still is in no handshake that could succeed.
    http.closeAllConnections().finally(() => this.#closeIfEmpty());
  }

  /**
   * Tells whether a request is for this server: by default, if it has the path of the options. Override it for another
   * rule.
   */
  shouldHandle(request: IncomingMessage): boolean {
    const { path } = this.options;
    if (!path) return true;
    const url = request.url ?? "";
    const query = url.indexOf("?");
    return (query < 0 ? url : url.slice(0, query)) === path;
  }

  /**
   * Answers a request for a WebSocket on a socket of `node:http`: for listeners of its event `upgrade`.
   *
   * @param head The bytes that were read from the socket after the request.
   * @param callback Called with the connection; it is up to the caller to emit `connection`.
   * @throws {Error} If the socket is a WebSocket already.
   */
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Uint8Array, callback: UpgradeCallback): void {
    const onError = () => void socket.destroy();
    socket.on("error", onError);
    const offer = readOffer(request, this.#compression);
    if ("status" in offer) {
      if (this.listenerCount("wsClientError") > 0) {
        this.emit("wsClientError", new Error(offer.message), socket, request);
      } else {
        refuse(socket, offer.status, offer.message, offer.headers);
      }
      return;
    }
    if (!this.shouldHandle(request)) return refuse(socket, 400);
    this.#verify(request, socket, offer, () => {
      if (!socket.readable || !socket.writable) return void socket.destroy();
      if (upgraded.has(socket)) {
        throw new Error("server.handleUpgrade() was called more than once with the same socket");
      }
      if (this.#state !== "running") return refuse(socket, 503);
      const websocket = this.#complete(request, socket, head, offer);
      socket.removeListener("error", onError);
      callback(websocket, request);
    });
  }

  /**
   * Answers a request for a WebSocket on Twister's own HTTP server, whose connection was detached.
   *
   * @param callback Called with the connection; by default `connection` is emitted.
   */
  handleStream(
    request: HTTPServerRequest,
    stream: BaseIOStream,
    callback: UpgradeCallback = this.#emitConnection,
  ): void {
    // Draining or closing the server of the request reaches the connection by it.
    this.#handleStream(request, stream, callback, request.connection?.context?.longLived ?? null);
  }

  /** Closes the connections with 1001 and the server, and waits until that is done, for `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#state === "closed") return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.close(() => resolve());
    if (this.#tracks) { for (const client of this.clients) client.close(1001); }
    await promise;
  }

  // A property, since it is the default of a parameter.
  readonly #emitConnection: UpgradeCallback = (websocket, request) => void this.emit("connection", websocket, request);

  get #tracks(): boolean {
    return this.options.clientTracking ?? true;
  }

  #handleStream(
    request: HTTPServerRequest,
    stream: BaseIOStream,
    callback: UpgradeCallback,
    live: LongLivedResponses | null,
  ): void {
    const socket = new StreamSocket(stream, live, () => this.#handshakes.delete(socket));
    this.#handshakes.add(socket);
    this.#answer(toRequest(request, socket), socket, EMPTY, callback);
    // Whoever decides later does not want to hear of those who have left.
    if (this.#handshakes.has(socket)) socket.watch();
  }

  /** As {@linkcode handleUpgrade}, but what listeners and options throw is logged, and costs this connection only. */
  #answer(request: IncomingMessage, socket: Duplex, head: Uint8Array, callback: UpgradeCallback): void {
    try {
      this.handleUpgrade(request, socket, head, (websocket) => {
        try {
          callback(websocket, request);
        } catch (error) {
          logUncaught(error);
          websocket.close(INTERNAL_ERROR);
        }
      });
    } catch (error) {
      // Another server has it, and answers.
      if (upgraded.has(socket)) throw error;
      logUncaught(error);
      refuse(socket, 500);
    }
  }

  #listen(port: number): void {
    const http = upgradeServer((request, stream) => this.#handleStream(request, stream, this.#emitConnection, null));
    try {
      const { host, backlog } = this.options;
      http.listen(port, { address: host ?? null, ...(backlog ? { backlog } : {}) });
    } catch (error) {
      // As net.Server does: whoever makes the server has time to add a listener.
      queueMicrotask(() => void this.emit("error", withCode(error)));
      return;
    }
    this.#http = http;
    queueMicrotask(() => void this.emit("listening"));
  }

  #verify(request: IncomingMessage, socket: Duplex, offer: Offer, accepted: () => void): void {
    const { verifyClient } = this.options;
    if (!verifyClient) return accepted();
    const info = {
      origin: headerOf(request, offer.version === 8 ? "sec-websocket-origin" : "origin"),
      secure: "encrypted" in request.socket && request.socket.encrypted === true,
      req: request,
    };
    const done: VerifyClientDone = (verified, code = 401, message, headers) => {
      if (verified) accepted();
      else refuse(socket, code || 401, message, headers);
    };
    const verified = verifyClient(info, done);
    // A function of two parameters answers by the second one, as in ws.
    if (verifyClient.length < 2) done(Boolean(verified));
  }

  #complete(request: IncomingMessage, socket: Duplex, head: Uint8Array, offer: Offer): WebSocket {
    const lines = [
      "HTTP/1.1 101 Switching Protocols",
      "Upgrade: websocket",
      "Connection: Upgrade",
      `Sec-WebSocket-Accept: ${acceptValue(offer.key)}`,
    ];
    const websocket = new (this.options.WebSocket ?? WebSocket)(null, undefined, this.options);
    const protocol = this.#selectProtocol(request, offer);
    if (protocol !== "") lines.push(`Sec-WebSocket-Protocol: ${protocol}`);
    if (offer.compression !== null) lines.push(`Sec-WebSocket-Extensions: ${offer.compression.header}`);
    this.emit("headers", lines, request);
    upgraded.add(socket);
    const stream = this.#streamOf(socket, head);
    if (!stream.closed()) stream.send(latin1Bytes(`${lines.join("\r\n")}\r\n\r\n`));
    this.#track(websocket);
    const deflate = offer.compression?.agreed ?? null;
    const live = socket instanceof StreamSocket ? socket.live : null;
    accept(websocket, { stream, socket, protocol, deflate, compression: this.#compression, live });
    return websocket;
  }

  #streamOf(socket: Duplex, head: Uint8Array): BaseIOStream {
    if (!(socket instanceof StreamSocket)) return new BaseIOStream(new NodeDuplex(socket, head));
    this.#handshakes.delete(socket);
    return socket.release();
  }

  #selectProtocol(request: IncomingMessage, { protocols }: Offer): string {
    const [first] = protocols;
    if (first === undefined) return "";
    const { handleProtocols } = this.options;
    return handleProtocols ? handleProtocols(protocols, request) || "" : first;
  }

  #track(websocket: WebSocket): void {
    this.#open++;
    this.clients?.add(websocket);
    websocket.on("close", () => {
      this.#open--;
      this.clients?.delete(websocket);
      if (this.#state === "closing") queueMicrotask(() => this.#closeIfEmpty());
    });
  }

  /** Connections that nobody tracks are waited for only where we listen ourselves, as in ws. */
  #closeIfEmpty(): void {
    const waits = this.#tracks || this.options.port != null;
    if (this.#state !== "closing" || (waits && this.#open > 0)) return;
    this.#state = "closed";
    try {
      this.emit("close");
    } catch (error) {
      logUncaught(error);
    }
  }
}

function logUncaught(error: unknown): void {
  appLog.error("Uncaught exception in WebSocketServer listener", toError(error));
}

function headerOf(request: IncomingMessage, name: string): string | undefined {
  const value = request.headers[name];
  return Array.isArray(value) ? value.join(", ") : value;
}

/** An error of `Deno.listen` with the code that those who know node look for. */
function withCode(error: unknown): Error {
  const known = toError(error);
  return known instanceof Deno.errors.AddrInUse ? Object.assign(known, { code: "EADDRINUSE" }) : known;
}
