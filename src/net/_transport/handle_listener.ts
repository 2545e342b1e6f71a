import { familyOf } from "../_netutil/ip.ts";
import type { HandleBinding, TCPHandle } from "./handle_binding.ts";
import { handleError } from "./handle_errors.ts";
import { addressOf, TCPHandleTransport } from "./handle_transport.ts";

/** Where a {@linkcode HandleListener} listens. */
export interface HandleAddress {
  readonly hostname: string;
  readonly port: number;
  readonly tcpBacklog: number;
  readonly reusePort?: boolean;
}

/** Receives an accepted connection. */
export type HandleAcceptor = (connection: TCPHandleTransport) => void;

/** A TCP socket that listens on a stream handle of Deno's. */
export class HandleListener {
  /** The address that the socket is bound to. */
  readonly addr: Deno.NetAddr;
  readonly #binding: HandleBinding;
  readonly #handle: TCPHandle;
  readonly #backlog: number;
  #acceptor: HandleAcceptor | null = null;
  /** Connections that the handle has accepted, and that wait for the acceptor. */
  #waiting: TCPHandleTransport[] = [];
  #paused = false;
  #closed = false;

  private constructor(binding: HandleBinding, handle: TCPHandle, backlog: number) {
    this.#binding = binding;
    this.#handle = handle;
    this.#backlog = backlog;
    handle.onconnection = () => this.#accept();
    check(handle.listen(backlog));
    this.addr = addressOf((name) => handle.getsockname(name));
  }

  /**
   * Listens on an IP address.
   *
   * @throws {Deno.errors.AddrInUse} If the port is taken, and the other errors of `Deno.listen`.
   */
  static listen(where: HandleAddress, binding: HandleBinding): HandleListener {
    const { hostname, port, tcpBacklog, reusePort } = where;
    const handle = new binding.TCP(binding.serverType);
    try {
      check(bind(handle, hostname, port, reusePort === true ? binding.reusePort : 0));
      return new HandleListener(binding, handle, tcpBacklog);
    } catch (error) {
      handle.close();
      throw error;
    }
  }

  /** Accepts connections from now on. */
  accept(acceptor: HandleAcceptor): void {
    this.#acceptor = acceptor;
    this.#deliver();
  }

  /** Keeps the connections that come until {@linkcode HandleListener.resume}. */
  pause(): void {
    this.#paused = true;
  }

  /** Hands connections over again, those that have waited first. */
  resume(): void {
    this.#paused = false;
    this.#deliver();
  }

  /** Makes the handle accept again: it stops without a word when it finds no descriptor. */
  listenAgain(): void {
    this.#handle.listen(this.#backlog);
  }

  /** Stops listening, and closes the connections that wait. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#acceptor = null;
    for (const connection of this.#waiting.splice(0)) connection.handle.close();
    this.#handle.close();
  }

  #accept(): void {
    const handle = new this.#binding.TCP(this.#binding.socketType);
    if (this.#closed || this.#handle.accept(handle) !== 0) return handle.close();
    this.#waiting.push(new TCPHandleTransport(handle, this.#binding));
    this.#deliver();
  }

  #deliver(): void {
    while (this.#acceptor !== null && !this.#paused) {
      const connection = this.#waiting.shift();
      if (connection === undefined) return;
      this.#acceptor(connection);
    }
  }
}

function bind(handle: TCPHandle, hostname: string, port: number, flags: number): number {
  if (familyOf(hostname) === "ipv6") return handle.bind6(hostname, port, flags);
  return flags === 0 ? handle.bind(hostname, port) : handle.bindWithFlags(hostname, port, flags);
}

function check(failed: number): void {
  if (failed !== 0) throw handleError(failed, "the system refused it");
}
