import type { ListenOptions } from "../net/netutil.ts";
import type { DrainOnOptions } from "../net/tcpserver.ts";

/**
 * A running HTTP server on either engine: what `HTTPServer` and `ServeServer` have in common.
 *
 * {@linkcode Server.stop} ends accepting, {@linkcode Server.drain} finishes what was accepted, and
 * {@linkcode Server.closeAllConnections} cuts what is left. `await using` stops the server and closes all connections.
 */
export interface Server extends AsyncDisposable {
  /**
   * The first TCP port that the server listens on.
   *
   * @throws {Error} If the server listens on no TCP port.
   */
  readonly port: number;
  /** The addresses that the server listens on. */
  readonly addresses: Deno.Addr[];
  /**
   * The number of open connections, WebSockets included. On the serve engine, where Deno does not show connections, the
   * number of requests that are being answered.
   */
  readonly connectionCount: number;
  /**
   * Listens on a TCP port. May be called more than once, for several ports.
   *
   * @param port The port; 0 takes a free one, which {@linkcode Server.port} names.
   * @throws {Deno.errors.AddrInUse} If the port is taken, and the other errors of `Deno.listen`.
   */
  listen(port: number, options?: ListenOptions): void;
  /** Accepts no more connections. Requests that were accepted are still answered. */
  stop(): void;
  /**
   * Stops, waits for the requests that were accepted, and cuts those that take longer than the deadline.
   *
   * @param deadline Seconds to wait; 0 cuts everything immediately.
   * @returns Whether everything finished in time.
   */
  drain(deadline: number): Promise<boolean>;
  /**
   * Drains the server at the first of the signals, and ends the process with status 0. A second signal ends it
   * immediately. Several servers of a process drain together.
   *
   * @param signals The signals; Windows has no SIGTERM, which is ignored there.
   * @param seconds The time that the drain may take; 0 closes everything immediately.
   * @param options What to do before and after the drain.
   * @returns A function that withdraws it.
   * @throws {TypeError} If the time is not a number, or the platform does not have a signal.
   *
   * @example
   * ```ts
   * import { Application } from "@twister/twister/web";
   *
   * await using server = new Application().listen(0);
   * const withdraw = server.drainOn(["SIGINT", "SIGTERM"], 5, { after: () => console.log("bye") });
   * withdraw();
   * ```
   */
  drainOn(signals: readonly Deno.Signal[], seconds: number, options?: DrainOnOptions): () => void;
  /** Closes every connection immediately, even in the middle of a response. */
  closeAllConnections(): Promise<void>;
}
