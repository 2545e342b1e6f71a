import { checkSeconds } from "../../internal/duration.ts";
import { currentClock } from "../../internal/clock.ts";
import { events } from "../../internal/events.ts";
import { handled } from "../../internal/promises.ts";
import { StreamClosedError } from "../../net/iostream.ts";
import { bindAddresses, drainOnSignal, uncaughtErrors, untilQuiet } from "../../net/internal.ts";
import { type ListenOptions, type SSLOptions, sslOptionsToContext } from "../../net/netutil.ts";
import type { DrainOnOptions } from "../../net/tcpserver.ts";
import { appLog } from "../../util/log.ts";
import type { RequestCallback } from "../_adapters/request_chain.ts";
import type { Server } from "../server.ts";
import { FetchEngine } from "./fetch_engine.ts";
import type { FetchHandlerOptions } from "./fetch_handler_options.ts";
import { ServeListener } from "./serve_listener.ts";

/**
 * Seconds to wait for the end of `Deno.serve` once every exchange is cut. What is left then is a whole response whose
 * client does not read, and which cannot be taken back.
 */
const CUT_GRACE = 1;

/** Seconds for which a drain keeps idle connections: Deno closes them all when the server stops. */
const DRAIN_GRACE = 0.5;

/** Options of {@linkcode ServeServer}. */
export interface ServeServerOptions extends FetchHandlerOptions {
  /**
   * Certificate and key. With them the server speaks TLS, and HTTP/2 with clients that offer it; Deno chooses the ALPN
   * protocols.
   *
   * @default {null}
   */
  sslOptions?: SSLOptions | null | undefined;
}

/** Options of {@linkcode ServeServer.listen}. */
export type ServeListenOptions = ListenOptions;

/**
 * A server on `Deno.serve`: the second engine. It speaks HTTP/2, and leaves sockets, time-outs and the grammar of HTTP
 * to Deno.
 *
 * It serves the same delegates and functions as `HTTPServer`. The page "Two engines" lists the differences.
 *
 * @example
 * ```ts
 * import { ServeServer } from "@twister/twister/serve";
 * import { HTTPHeaders, ResponseStartLine } from "@twister/twister/httputil";
 * import { assertEquals } from "@std/assert";
 *
 * await using server = new ServeServer((request) => {
 *   request.connection?.respond(new ResponseStartLine("HTTP/1.1", 200, "OK"), new HTTPHeaders(), "hello");
 * });
 * server.listen(0, { address: "127.0.0.1" });
 *
 * const response = await fetch(`http://127.0.0.1:${server.port}/`);
 * assertEquals(await response.text(), "hello");
 * ```
 */
export class ServeServer implements Server {
  readonly #engine: FetchEngine;
  readonly #tls: { cert: string; key: string } | null;
  readonly #listeners = new Set<ServeListener>();
  /** Resolves when everything has ended in order, once {@linkcode ServeServer.stop} was called. */
  #ended: Promise<void> | null = null;

  /**
   * Makes a server, which does not listen yet.
   *
   * @param requestCallback A delegate such as an `Application`, or a function that is called with each whole request.
   * @throws {TypeError} If `sslOptions` lack a certificate or key, and the other errors of `sslOptionsToContext`.
   */
  constructor(requestCallback: RequestCallback, options: ServeServerOptions = {}) {
    this.#tls = options.sslOptions ? certified(options.sslOptions) : null;
    // The scheme in a request's URL is the client's word, if the target has the absolute form.
    const protocol = options.protocol ?? (this.#tls === null ? "http" : "https");
    this.#engine = new FetchEngine(requestCallback, { ...options, protocol }, true);
  }

  /**
   * Listens on a TCP port, or on a free one for 0, at the same addresses as `HTTPServer.listen`. May be called more
   * than once, for several ports.
   *
   * @throws {TypeError} If the address is not of the family, or `reusePort` is not available.
   * @throws {Deno.errors.AddrInUse} If the port is taken, and the other errors of `Deno.serve`.
   */
  listen(port: number, options: ServeListenOptions = {}): void {
    bindAddresses(
      port,
      options,
      (where) =>
        this.#add(
          new ServeListener((common, port) =>
            Deno.serve({ ...common, onError, ...this.#tls, ...where, port: port ?? where.port }, this.#fetch)
          ),
        ),
      (listener) => {
        this.#listeners.delete(listener);
        void listener.abort();
      },
    );
  }

  /**
   * Listens on a unix socket.
   *
   * @throws {Deno.errors.AddrInUse} If the file exists, and the other errors of `Deno.listen`.
   */
  listenUnix(path: string): void {
    this.#add(new ServeListener((common) => Deno.serve({ ...common, onError, path }, this.#fetch)));
  }

  /** The number of requests that are being answered, and of WebSockets: Deno does not show connections. */
  get connectionCount(): number {
    const { running, longLived } = this.#engine;
    return running.size + longLived.size;
  }

  /** The addresses that the server listens on, in the order of the calls. */
  get addresses(): Deno.Addr[] {
    return Array.from(this.#listeners, ({ addr }) => addr);
  }

  /**
   * The first TCP port that the server listens on.
   *
   * @throws {Error} If there is none.
   */
  get port(): number {
    for (const { addr } of this.#listeners) {
      if ("port" in addr) return addr.port;
    }
    throw new Error("Cannot tell the port: the server does not listen on TCP");
  }

  /**
   * Accepts no more connections and closes idle ones. Requests that were received are answered; Deno cuts a request
   * whose body has not arrived.
   */
  stop(): void {
    if (this.#ended !== null) return;
    this.#engine.stop();
    this.#ended = handled(Promise.all(Array.from(this.#listeners, (listener) => listener.stop())).then(() => {}));
  }

  /**
   * Closes all connections immediately, and ends the server.
   *
   * After {@linkcode ServeServer.stop} a whole response whose client does not read can no longer be cut; its connection
   * stays open.
   */
  async closeAllConnections(): Promise<void> {
    if (this.#ended === null) {
      this.#ended = Promise.all(Array.from(this.#listeners, (listener) => listener.abort())).then(() => {});
    }
    this.#cut();
    await this.#end(CUT_GRACE);
  }

  /**
   * Stops, tells long-lived responses to end, and waits for them and for the requests that were accepted; those that
   * take longer than the deadline are cut.
   *
   * For half a second, or a quarter of the time, new requests are answered with `Connection: close`, so that the
   * clients of idle connections go elsewhere. Then the requests that the kernel has already taken are accepted, which
   * takes some hundredths of a second. Deno cuts a request whose body has not arrived by then.
   *
   * @returns Whether all ended in time.
   */
  async drain(deadline: number): Promise<boolean> {
    checkSeconds("deadline", deadline);
    events.connections?.draining();
    const begin = currentClock().monotonic();
    this.#engine.longLived.drain(deadline);
    if (deadline > 0 && this.#ended === null) {
      this.#engine.endConnections();
      await new Promise<void>((resolve) => currentClock().setTimer(resolve, Math.min(DRAIN_GRACE, deadline / 4)));
      this.#engine.hold();
      await untilQuiet(() => this.#engine.held, deadline / 2);
    }
    this.stop();
    this.#engine.release();
    if (await this.#end(deadline - (currentClock().monotonic() - begin))) return true;
    this.#cut();
    await this.#end(CUT_GRACE);
    return false;
  }

  /**
   * Drains the server at the first of the signals, and ends the process with status 0. A second signal ends it
   * immediately. Several servers of a process drain together.
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

  /** Closes all connections immediately, and ends the server. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.closeAllConnections();
  }

  readonly #fetch = (request: Request, info: Deno.ServeHandlerInfo<Deno.Addr>): Response | Promise<Response> =>
    this.#engine.fetch(request, info);

  #add<A extends Deno.Addr>(listener: ServeListener<A>): ServeListener<A> {
    uncaughtErrors.watch();
    this.#listeners.add(listener);
    return listener;
  }

  #cut(): void {
    const { running, longLived } = this.#engine;
    for (const connection of running.all()) connection.cut();
    longLived.abort();
  }

  /** Waits for the end; returns whether it has come in time. */
  #end(seconds: number): Promise<boolean> {
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const timer = currentClock().setTimer(() => resolve(false), seconds);
    const { longLived } = this.#engine;
    let ended = false;
    const check = () => {
      if (!ended || longLived.size > 0) return;
      timer.cancel();
      resolve(true);
    };
    longLived.onEmpty = check;
    const end = () => {
      ended = true;
      check();
    };
    this.#ended?.then(end, end);
    return promise;
  }
}

/** Takes the errors that Deno reports when sending a response fails. */
function onError(error: unknown): Response {
  // Our own way to cut a response.
  if (!(error instanceof StreamClosedError)) appLog.exception("Uncaught exception", error);
  return new Response(null, { status: 500 });
}

function certified(options: SSLOptions): { cert: string; key: string } {
  const { cert = "", key = "" } = sslOptionsToContext(options, true);
  return { cert, key };
}
