/**
 * A server for any protocol over TCP, TLS or Unix sockets: Tornado's `tornado.tcpserver`.
 *
 * A subclass of {@linkcode TCPServer} says in `handleStream` what becomes of a connection, which it gets as a stream of `./iostream`.
 *
 * @module
 */
import { logError } from "./_ioloop/callbacks.ts";
import { completeHandshake } from "./_tcpserver/handshake.ts";
import { IOStream, type IOStreamOptions, SSLIOStream } from "./iostream.ts";
import {
  addAcceptHandler,
  bindSockets,
  type ListenOptions,
  type SSLOptions,
  sslOptionsToContext,
  type TlsOptions,
} from "./netutil.ts";

export type { ListenOptions } from "./_netutil/bind_sockets.ts";

/**
 * Seconds a client may take for its TLS handshake: several round trips over the slowest line in use, and short enough that
 * clients which connect and say nothing do not pile up.
 */
export const DEFAULT_SSL_HANDSHAKE_TIMEOUT = 60;

/** Options of {@linkcode TCPServer}. */
export interface TCPServerOptions {
  /**
   * Makes {@linkcode TCPServer.listen} speak TLS.
   * @default {null}
   */
  sslOptions?: SSLOptions | null | undefined;
  /**
   * Passed to each stream: the most that may be buffered for a read.
   * @default {null}
   */
  maxBufferSize?: number | null | undefined;
  /**
   * Passed to each stream: the most that is read at once.
   * @default {null}
   */
  readChunkSize?: number | null | undefined;
  /**
   * Seconds a client may take for its TLS handshake. Deno keeps the descriptor of one that took longer until the client sends
   * something or leaves; a proxy in front is what helps against many of them.
   * @default {60}
   */
  sslHandshakeTimeout?: number | undefined;
}

/**
 * A server that hands each connection as a stream to {@linkcode TCPServer.handleStream}, which a subclass defines
 * (`tornado.tcpserver.TCPServer`).
 *
 * @example
 * ```ts
 * import { TCPServer } from "@twister/twister/tcpserver";
 * import { IOStream } from "@twister/twister/iostream";
 * import { assertEquals } from "@std/assert";
 *
 * class EchoServer extends TCPServer {
 *   override async handleStream(stream: IOStream): Promise<void> {
 *     const line = await stream.readUntil(new TextEncoder().encode("\n"));
 *     await stream.write(line);
 *     stream.close();
 *   }
 * }
 *
 * await using server = new EchoServer();
 * server.listen(0, { address: "127.0.0.1" });
 * using client = await IOStream.connect({ hostname: "127.0.0.1", port: server.port });
 * await client.write(new TextEncoder().encode("hello\n"));
 * assertEquals(new TextDecoder().decode(await client.readUntilClose()), "hello\n");
 * ```
 */
export class TCPServer implements AsyncDisposable {
  /** TLS options in Deno's form, or `null` for a server without TLS. */
  readonly sslOptions: TlsOptions | null;
  /** The most that a stream may buffer for a read, or `null` for the stream's own default. */
  readonly maxBufferSize: number | null;
  /** The most that a stream reads at once, or `null` for the stream's own default. */
  readonly readChunkSize: number | null;
  /** Seconds a client may take for its TLS handshake. */
  readonly sslHandshakeTimeout: number;

  readonly #listeners: Map<Deno.Listener, () => Promise<void>> = new Map();
  readonly #handshakes: Set<Deno.TlsConn> = new Set();
  #bound: Deno.Listener[] = [];
  /** Resolves when the listeners that were stopped are closed for good. */
  #stopped: Promise<unknown> = Promise.resolve();

  /**
   * Creates a server that does not listen yet.
   *
   * @throws {TypeError} If `sslOptions` lack a certificate or key, and the other errors of `sslOptionsToContext`.
   */
  constructor(options: TCPServerOptions = {}) {
    const { sslOptions, maxBufferSize, readChunkSize, sslHandshakeTimeout } = options;
    this.sslOptions = sslOptions ? sslOptionsToContext(sslOptions, true) : null;
    this.maxBufferSize = maxBufferSize ?? null;
    this.readChunkSize = readChunkSize ?? null;
    this.sslHandshakeTimeout = sslHandshakeTimeout ?? DEFAULT_SSL_HANDSHAKE_TIMEOUT;
  }

  /** The port it listens on, that of the first TCP socket. @throws {Error} If there is none. */
  get port(): number {
    for (const { transport, ...address } of this.addresses) {
      if (transport === "tcp" && "port" in address) return address.port;
    }
    throw new Error("Cannot tell the port: the server does not listen on any");
  }

  /** The addresses it listens on. */
  get addresses(): Deno.Addr[] {
    return [...this.#bound, ...this.#listeners.keys()].map((listener) => listener.addr);
  }

  /**
   * Listens on a port and starts to accept connections. May be called more than once, for several ports.
   *
   * @throws {Deno.errors.AddrInUse} If somebody listens there already, and the other errors of `bindSockets`.
   */
  listen(port: number, options: ListenOptions = {}): void {
    this.addSockets(bindSockets(port, { ...options, sslOptions: this.sslOptions }));
  }

  /** Accepts connections from listeners, such as those of `bindSockets`, which the server owns from now on. */
  addSockets(listeners: Iterable<Deno.Listener>): void {
    for (const listener of listeners) this.addSocket(listener);
  }

  /**
   * Accepts connections from a listener, such as that of `bindUnixSocket`, which the server owns from now on. Whether they
   * speak TLS is up to the listener: for TCP, it has to be one of TLS if the server has `sslOptions`.
   */
  addSocket(listener: Deno.Listener): void {
    if (this.#listeners.has(listener)) return;
    const remove = addAcceptHandler(listener, (connection, address) => this.#accept(connection, address));
    this.#listeners.set(listener, remove);
  }

  /** Listens on a port, but accepts no connection before {@linkcode TCPServer.start}; the errors are those of listen. */
  bind(port: number, options: ListenOptions = {}): void {
    this.#bound.push(...bindSockets(port, { ...options, sslOptions: this.sslOptions }));
  }

  /** Starts to accept connections on what was bound, in this process: for several, start several with `reusePort`. */
  start(): void {
    const bound = this.#bound;
    this.#bound = [];
    this.addSockets(bound);
  }

  /**
   * Stops listening, which is done by the next turn of the event loop. Streams that were handed over stay open; connections in
   * their TLS handshake are closed.
   */
  stop(): void {
    const ends = Array.from(this.#listeners.values(), (remove) => remove());
    this.#stopped = Promise.all([this.#stopped, ...ends]);
    for (const listener of [...this.#bound, ...this.#listeners.keys()]) closeQuietly(listener);
    for (const connection of this.#handshakes) closeQuietly(connection);
    this.#listeners.clear();
    this.#bound = [];
  }

  /**
   * Serves a connection; to be overridden. If the promise rejects, or the method throws, that is logged and the stream closed.
   *
   * @param _stream The connection, after its TLS handshake if it has one; it belongs to this method.
   * @param _address The client.
   */
  handleStream(_stream: IOStream, _address: Deno.Addr): void | Promise<void> {
    throw new Error(`Cannot serve a connection: ${this.constructor.name} does not override handleStream`);
  }

  /** {@linkcode TCPServer.stop}, for `await using`; waits until the ports and socket files are free again. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.stop();
    await this.#stopped;
  }

  #accept(connection: Deno.Conn, address: Deno.Addr): void {
    if (isTls(connection)) {
      void this.#secure(connection, address);
    } else if (this.sslOptions !== null && address.transport === "tcp") {
      throw new TypeError("Refused a connection: the server has sslOptions, but its listener does not speak TLS");
    } else {
      this.#serve(new IOStream(connection, this.#streamOptions()), address);
    }
  }

  async #secure(connection: Deno.TlsConn, address: Deno.Addr): Promise<void> {
    this.#handshakes.add(connection);
    const ready = await completeHandshake(connection, format(address), this.sslHandshakeTimeout);
    this.#handshakes.delete(connection);
    if (ready) this.#serve(new SSLIOStream(connection, this.#streamOptions()), address);
  }

  #serve(stream: IOStream, address: Deno.Addr): void {
    try {
      const result = this.handleStream(stream, address);
      // Nobody else would close the stream of a handler that has failed.
      if (result) result.then(undefined, (error) => fail(stream, "Exception in callback handleStream", error));
    } catch (error) {
      fail(stream, "Error in connection callback", error);
    }
  }

  #streamOptions(): IOStreamOptions {
    const options: IOStreamOptions = {};
    if (this.maxBufferSize !== null) options.maxBufferSize = this.maxBufferSize;
    if (this.readChunkSize !== null) options.readChunkSize = this.readChunkSize;
    return options;
  }
}

function fail(stream: IOStream, message: string, error: unknown): void {
  logError(message, error);
  stream.close(error instanceof Error ? error : null);
}

function isTls(connection: Deno.Conn): connection is Deno.TlsConn {
  return "handshake" in connection;
}

function format(address: Deno.Addr): string {
  return "hostname" in address ? `${address.hostname} port ${address.port}` : "a Unix socket";
}

function closeQuietly(resource: { close(): void }): void {
  try {
    resource.close();
  } catch {
    // Closed by its owner already.
  }
}
