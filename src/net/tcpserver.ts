/**
 * A server for any protocol over TCP, TLS or Unix sockets. Tornado's `tornado.tcpserver`.
 *
 * A subclass of {@linkcode TCPServer} overrides `handleStream`, which receives each connection as a stream of
 * `./iostream`.
 *
 * @module
 */
import { currentClock } from "../internal/clock.ts";
import { checkSeconds } from "../internal/duration.ts";
import { logError } from "./_ioloop/callbacks.ts";
import { uncaughtErrors } from "./_ioloop/uncaught_errors.ts";
import { acceptTransports, acceptWithin, closeQuietly } from "./_netutil/accept_handler.ts";
import { untilQuiet } from "./_netutil/until_quiet.ts";
import { AddressLimit } from "./_tcpserver/address_limit.ts";
import { ConnectionLimit, defaultMaxConnections } from "./_tcpserver/connection_limit.ts";
import { type DrainOnOptions, drainOnSignal } from "./_tcpserver/drain_on_signal.ts";
import { Handshake } from "./_tcpserver/handshake.ts";
import { bindTransports, bindUnixTransport, type ListenUnixOptions } from "./_netutil/bind_transports.ts";
import type { SharedListenOptions } from "./_process/shared_sockets.ts";
import type { Supervisor, SupervisorOptions } from "./_process/supervisor.ts";
import { workerLink, type WorkerServer } from "./_process/worker_link.ts";
import { HandleListener } from "./_transport/handle_listener.ts";
import type { HandleTransport } from "./_transport/handle_transport.ts";
import { StreamLimits } from "./_iostream/stream_limits.ts";
import { type Place, ServedSSLStream, ServedStream } from "./_tcpserver/served_stream.ts";
import type { IOStream } from "./iostream.ts";
import { type ListenOptions, type SSLOptions, sslOptionsToContext, type TlsOptions } from "./netutil.ts";

export type { DrainOnOptions } from "./_tcpserver/drain_on_signal.ts";
export type { ListenUnixOptions } from "./_netutil/bind_transports.ts";
export type { ListenOptions } from "./_netutil/bind_sockets.ts";

/**
 * The default number of seconds for a TLS handshake: enough for several round trips over a slow line, and short enough
 * that silent clients do not pile up.
 */
export const DEFAULT_SSL_HANDSHAKE_TIMEOUT = 60;

/** Seconds that workers have to finish after {@linkcode TCPServer.stop}. */
const DEFAULT_DRAIN_SECONDS = 30;

/** A call of {@linkcode TCPServer.bind}. */
interface Bind {
  readonly port: number;
  readonly options: ListenOptions;
  readonly listeners: readonly (Deno.Listener | HandleListener)[];
}

/** Options of {@linkcode TCPServer}. */
export interface TCPServerOptions {
  /**
   * The certificate and key with which {@linkcode TCPServer.listen} speaks TLS; `null` for plain TCP.
   * @default {null}
   */
  sslOptions?: SSLOptions | null | undefined;
  /**
   * The most bytes that each stream buffers for a read; `null` for the stream's default.
   * @default {null}
   */
  maxBufferSize?: number | null | undefined;
  /**
   * The most bytes of one read of each stream; `null` for the stream's default.
   * @default {null}
   */
  readChunkSize?: number | null | undefined;
  /**
   * Seconds that a client may take for its TLS handshake. Deno keeps the file descriptor of a slower client until the
   * client sends something or leaves; against many of those, put a proxy in front.
   * @default {60}
   */
  sslHandshakeTimeout?: number | undefined;
  /**
   * The most connections at a time. At that number the server accepts no more until one closes; further clients wait in
   * the queue of the kernel, up to `backlog`. `null` is for the default.
   * @default {7/8 of the descriptors that the process may have, or fewer if that leaves none free; unlimited if the
   * program may not read `/proc`, which takes `--allow-all`, or is not on Linux}
   */
  maxConnections?: number | null | undefined;
  /**
   * The most connections at a time from one IPv4 address, or from one IPv6 network of 64 bits. Further ones are closed
   * before TLS and before anything is read. Behind a proxy all connections have its address: do not set it there.
   * @default {Infinity}
   */
  maxConnectionsPerAddress?: number | undefined;
}

/**
 * A server that passes each connection as a stream to {@linkcode TCPServer.handleStream}, which a subclass overrides
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
 *     const line = await stream.readUntil("\n");
 *     await stream.write(line);
 *     stream.close();
 *   }
 * }
 *
 * await using server = new EchoServer();
 * server.listen(0, { address: "127.0.0.1" });
 * using client = await IOStream.connect({ hostname: "127.0.0.1", port: server.port });
 * await client.write("hello\n");
 * assertEquals(await client.readTextUntilClose(), "hello\n");
 * ```
 */
export class TCPServer implements AsyncDisposable {
  /** The TLS options in Deno's form, or `null` for a server without TLS. */
  readonly sslOptions: TlsOptions | null;
  /** The most bytes that a stream buffers for a read, or `null` for the stream's default. */
  readonly maxBufferSize: number | null;
  /** The most bytes of one read of a stream, or `null` for the stream's default. */
  readonly readChunkSize: number | null;
  /** Seconds that a client may take for its TLS handshake. */
  readonly sslHandshakeTimeout: number;
  /** The most connections at a time; `Infinity` for no limit. */
  readonly maxConnections: number;

  readonly #limit: ConnectionLimit;
  readonly #streamLimits: StreamLimits;
  /** Counts connections by address, if that has a limit. */
  readonly #addresses: AddressLimit | null;
  /** The number of connections that were ever accepted. */
  #accepted = 0;
  readonly #listeners: Map<Deno.Listener | HandleListener, () => Promise<void>> = new Map();
  readonly #handshakes: Set<Handshake> = new Set();
  /** One closure for all connections. */
  readonly #onHandshake = (handshake: Handshake, isComplete: boolean): void => {
    this.#handshakes.delete(handshake);
    const { connection, address, place } = handshake;
    if (isComplete) this.#serve(new ServedSSLStream(connection, this.#streamLimits, place), address);
    else place.release();
  };
  #bound: (Deno.Listener | HandleListener)[] = [];
  /** The calls of `bind`. */
  readonly #binds: Bind[] = [];
  /** The supervisor of the workers, in a process that has started some. */
  #workers: Promise<Supervisor> | null = null;
  /** The same, once it has begun. */
  #supervisor: Supervisor | null = null;
  /** Tells whether the program ends the workers, so that it does not end with them. */
  #endsWorkers = false;
  /** This server, as the supervisor of a worker sees it. */
  readonly #asWorker: WorkerServer = {
    drain: (seconds, last) => this.#drainAsWorker(seconds, last),
    metrics: () => this.metrics(),
    retire: (count) => this.retire(count),
  };
  /** Resolves when the listeners that were stopped are closed for good. */
  #stopped: Promise<unknown> = Promise.resolve();

  /**
   * Creates a server; {@linkcode TCPServer.listen} or {@linkcode TCPServer.addSocket} starts it.
   *
   * @throws {TypeError} If `sslOptions` lack a certificate or key. The other errors of `sslOptionsToContext` are thrown
   * too.
   * @throws {RangeError} If `maxConnections` or `maxConnectionsPerAddress` is less than 1.
   * @throws {TypeError} If `sslHandshakeTimeout` is not a number.
   */
  constructor(options: TCPServerOptions = {}) {
    const { sslOptions, maxBufferSize, readChunkSize, sslHandshakeTimeout, maxConnections } = options;
    this.maxConnections = maxConnections ?? defaultMaxConnections();
    if (!(this.maxConnections >= 1)) {
      throw new RangeError(`Cannot serve so few connections, maxConnections is less than 1: ${maxConnections}`);
    }
    const { maxConnectionsPerAddress = Infinity } = options;
    if (!(maxConnectionsPerAddress >= 1)) {
      const value = maxConnectionsPerAddress;
      throw new RangeError(`Cannot serve so few connections, maxConnectionsPerAddress is less than 1: ${value}`);
    }
    this.#limit = new ConnectionLimit(this.maxConnections);
    this.#addresses = maxConnectionsPerAddress === Infinity ? null : new AddressLimit(maxConnectionsPerAddress);
    this.sslOptions = sslOptions ? sslOptionsToContext(sslOptions, true) : null;
    this.maxBufferSize = maxBufferSize ?? null;
    this.readChunkSize = readChunkSize ?? null;
    this.#streamLimits = new StreamLimits({ maxBufferSize, readChunkSize });
    this.sslHandshakeTimeout = sslHandshakeTimeout ?? DEFAULT_SSL_HANDSHAKE_TIMEOUT;
    checkSeconds("sslHandshakeTimeout", this.sslHandshakeTimeout);
  }

  /**
   * The port of the first TCP socket that the server listens on.
   *
   * @throws {Error} If the server listens on no TCP port.
   */
  get port(): number {
    for (const { transport, ...address } of this.addresses) {
      if (transport === "tcp" && "port" in address) return address.port;
    }
    throw new Error("Cannot tell the port: the server does not listen on any");
  }

  /** The addresses that the server listens on. */
  get addresses(): Deno.Addr[] {
    return [...this.#bound, ...this.#listeners.keys()].map((listener) => listener.addr);
  }

  /**
   * Listens on a port and accepts connections. May be called more than once, for several ports.
   *
   * @throws {Deno.errors.AddrInUse} If the port is taken, and the other errors of `bindSockets`.
   */
  listen(port: number, options: ListenOptions = {}): void {
    this.#acceptFrom(this.#bindHere(port, options));
  }

  /** Binds a port; a worker of a supervisor takes the socket that the supervisor has for it. */
  #bindHere(port: number, options: ListenOptions): (Deno.Listener | HandleListener)[] {
    const all = { ...options, sslOptions: this.sslOptions };
    return workerLink()?.listen(port, all) ?? bindTransports(port, all);
  }

  /**
   * Listens on a Unix socket and accepts connections. A socket file left at the path is removed first; when the server
   * stops, it removes the new file. Needs `--allow-read` and `--allow-write` for the path.
   *
   * @throws {TypeError} If the path names a file that is not a socket, or if there are no handles though the options
   * ask for them.
   */
  listenUnix(path: string, options: ListenUnixOptions = {}): void {
    this.#acceptFrom([bindUnixTransport(path, options)]);
  }

  /** Accepts connections from listeners, such as those of `bindSockets`. The server owns them from now on. */
  addSockets(listeners: Iterable<Deno.Listener>): void {
    this.#acceptFrom(listeners);
  }

  /**
   * Accepts connections from a listener, such as that of `bindUnixSocket`. The server owns it from now on. The listener
   * decides whether connections speak TLS; a TCP listener must do so if the server has `sslOptions`.
   */
  addSocket(listener: Deno.Listener): void {
    this.#acceptFrom([listener]);
  }

  #acceptFrom(listeners: Iterable<Deno.Listener | HandleListener>): void {
    workerLink()?.serve(this.#asWorker);
    for (const listener of listeners) {
      if (this.#listeners.has(listener)) continue;
      uncaughtErrors.watch();
      const remove = listener instanceof HandleListener
        ? acceptTransports(this.#limit, listener, (connection, address) => this.#acceptHandle(connection, address))
        : acceptWithin(this.#limit, listener, (connection, address) => this.#accept(connection, address));
      this.#listeners.set(listener, remove);
    }
  }

  /**
   * Listens on a port, but accepts no connections before {@linkcode TCPServer.start}. It throws the errors of
   * {@linkcode TCPServer.listen}.
   */
  bind(port: number, options: ListenOptions = {}): void {
    const listeners = this.#bindHere(port, { transport: "auto", ...options });
    this.#bound.push(...listeners);
    this.#binds.push({ port, options, listeners });
  }

  /**
   * Accepts connections on the ports that {@linkcode TCPServer.bind} bound.
   *
   * With another number than 1, this process supervises so many workers that run the same program; in a worker the call
   * accepts. The code after it runs in the supervising process too, where `taskId` of `./process` returns `null`. When
   * all workers have ended, or too many have failed, that process exits.
   *
   * @param numProcesses The number of workers; 0 or `null` is for one a processor.
   * @param options How the workers run and are watched.
   */
  start(numProcesses: number | null = 1, options: Omit<SupervisorOptions, "workers"> = {}): void {
    if (numProcesses !== 1 && workerLink() === null) {
      this.#workers = this.#supervise({ ...options, workers: Math.max(0, numProcesses ?? 0) });
      return;
    }
    const bound = this.#bound;
    this.#bound = [];
    this.#acceptFrom(bound);
  }

  /** Gives the ports to a supervisor. The listeners stay in `#bound` for their addresses. */
  async #supervise(options: SupervisorOptions): Promise<Supervisor> {
    const binds = this.#binds.map(toSupervisor);
    for (const listener of this.#bound) listener.close();
    const { Supervisor } = await import("./_process/supervisor.ts");
    // Deno frees the ports in the next turn.
    await new Promise((resolve) => setTimeout(resolve));
    const supervisor = this.#supervisor = new Supervisor(options);
    for (const { port, options } of binds) supervisor.bind(port, { ...options, tls: this.sslOptions !== null });
    void supervisor.run().then((status) => {
      if (!this.#endsWorkers) Deno.exit(status);
    });
    return supervisor;
  }

  /**
   * Ends the workers that {@linkcode TCPServer.start} started: they finish what was accepted.
   *
   * @returns Whether all have finished in time, or `null` if this process has no workers.
   */
  protected stopWorkers(seconds: number): Promise<boolean> | null {
    this.#endsWorkers = true;
    // Not later: at a signal, the supervisor would begin to end with its own time.
    if (this.#supervisor !== null) return this.#supervisor.stop(seconds);
    return this.#workers?.then((supervisor) => supervisor.stop(seconds)) ?? null;
  }

  /**
   * Stops listening; the ports are free in the next turn of the event loop. Streams passed to {@linkcode
   * TCPServer.handleStream} stay open. Connections in their TLS handshake are closed.
   */
  stop(): void {
    void this.stopWorkers(DEFAULT_DRAIN_SECONDS);
    this.#stopListening();
    for (const handshake of this.#handshakes) handshake.close();
  }

  /**
   * Accepts what the kernel holds, stops listening, and waits until all connections have closed. A server with workers
   * has them do the same.
   *
   * @param deadline Seconds to wait.
   * @returns Whether all connections have closed in time.
   * @throws {TypeError} If the deadline is not a number.
   */
  async drain(deadline: number): Promise<boolean> {
    checkSeconds("deadline", deadline);
    const workers = this.stopWorkers(deadline);
    if (workers !== null) return await workers;
    const end = currentClock().monotonic() + deadline;
    await this.stopWhenQuiet(deadline / 2);
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = currentClock().setTimer(resolve, end - currentClock().monotonic());
    const check = (): void => this.#limit.open === 0 || !timer.active ? resolve() : this.#limit.whenRoom(check);
    check();
    await promise;
    timer.cancel();
    return this.#limit.open === 0;
  }

  /**
   * Drains the server at the first of the signals, and ends the process with status 0. A second signal ends it
   * immediately. Several servers of a process drain together. In a worker the call does nothing, since the supervisor
   * drains its workers at SIGINT and SIGTERM.
   *
   * @param signals The signals; Windows has no SIGTERM, which is ignored there.
   * @param seconds The time that the drain may take; 0 closes everything immediately.
   * @param options What to do before and after the drain.
   * @returns A function that withdraws it.
   * @throws {TypeError} If the time is not a number, or the platform does not have a signal.
   */
  drainOn(signals: readonly Deno.Signal[], seconds: number, options: DrainOnOptions = {}): () => void {
    return drainOnSignal(this, signals, seconds, options);
  }

  #drainAsWorker(seconds: number, last: boolean): Promise<boolean> {
    for (const listener of this.#listeners.keys()) {
      if (listener instanceof HandleListener) listener.hasSuccessor = !last;
    }
    return this.drain(seconds);
  }

  /** Returns numbers about the server, by name, for the sums of a supervisor over its workers. */
  protected metrics(): Record<string, number> {
    return { connections: this.#limit.open, connections_total: this.#accepted };
  }

  /**
   * Ends at most `count` connections in order, whose clients can connect again, because other workers have fewer.
   *
   * @returns How many; none unless a subclass overrides it.
   */
  protected retire(_count: number): number {
    return 0;
  }

  /**
   * Stops listening as soon as all connections are accepted that the kernel holds, and resolves when the ports are
   * free. Connections in their TLS handshake stay open.
   *
   * @param seconds The time limit. Clients that keep connecting prolong the wait only up to some tenths of a second.
   */
  protected async stopWhenQuiet(seconds: number): Promise<void> {
    const listeners = [...this.#listeners.keys()];
    const handed = listeners.filter((listener) => listener instanceof HandleListener && listener.hasSuccessor);
    if (handed.length < listeners.length) await untilQuiet(() => this.#accepted, seconds);
    for (const listener of listeners) if (listener instanceof HandleListener) listener.flush();
    this.#stopListening();
    await this.#stopped;
  }

  /** Resolves when the ports and socket files are free that the server has stopped to listen on. */
  protected async stopped(): Promise<void> {
    await this.#stopped;
  }

  #stopListening(): void {
    const ends = Array.from(this.#listeners.values(), (remove) => remove());
    this.#stopped = Promise.all([this.#stopped, ...ends]);
    for (const listener of [...this.#bound, ...this.#listeners.keys()]) closeQuietly(listener);
    this.#listeners.clear();
    this.#bound = [];
  }

  /**
   * Serves a connection; a subclass overrides it. If it throws, or its promise rejects, the error is logged and the
   * stream closed.
   *
   * @param stream The connection, after its TLS handshake if there is one; this method owns it.
   * @param address The address of the client.
   */
  handleStream(_stream: IOStream, _address: Deno.Addr): void | Promise<void> {
    throw new Error(`Cannot serve a connection: ${this.constructor.name} does not override handleStream`);
  }

  /** Stops the server, for `await using`, and waits until the ports and socket files are free. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.stopWorkers(0);
    this.stop();
    await this.stopped();
  }

  #accept(connection: Deno.Conn, address: Deno.Addr): void {
    if (this.#addresses?.refuses(address)) return closeQuietly(connection);
    if (isTls(connection)) {
      this.#accepted++;
      this.#secure(connection, address);
    } else if (this.sslOptions !== null && address.transport === "tcp") {
      throw new TypeError("Refused a connection: the server has sslOptions, but its listener does not speak TLS");
    } else {
      this.#serveOn(connection, address);
    }
  }

  #acceptHandle(connection: HandleTransport, address: Deno.Addr): void {
    if (this.#addresses?.refuses(address)) connection.close();
    else this.#serveOn(connection, address);
  }

  #serveOn(connection: Deno.Conn | HandleTransport, address: Deno.Addr): void {
    this.#accepted++;
    const stream = new ServedStream(connection, this.#streamLimits, this.#placeFor(address));
    this.#limit.take(stream);
    this.#serve(stream, address);
  }

  /** Counts a connection, and returns what must be told of its end. */
  #placeFor(address: Deno.Addr): Place {
    return this.#addresses?.take(address, this.#limit) ?? this.#limit;
  }

  #secure(connection: Deno.TlsConn, address: Deno.Addr): void {
    const handshake = new Handshake(connection, address, this.#placeFor(address));
    this.#limit.take(connection);
    this.#handshakes.add(handshake);
    handshake.begin(this.sslHandshakeTimeout, this.#onHandshake);
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
}

/** The port and options for a supervisor, which takes the sockets over, or binds the port again. */
function toSupervisor({ port, options, listeners }: Bind): { port: number; options: SharedListenOptions } {
  const handles = listeners.filter((listener) => listener instanceof HandleListener);
  if (handles.length > 0) return { port, options: { ...options, fds: handles.map((one) => one.duplicate()) } };
  const [first] = listeners;
  return { port: first !== undefined && "port" in first.addr ? first.addr.port : port, options };
}

function fail(stream: IOStream, message: string, error: unknown): void {
  logError(message, error);
  stream.close(error instanceof Error ? error : null);
}

function isTls(connection: Deno.Conn): connection is Deno.TlsConn {
  return "handshake" in connection;
}
