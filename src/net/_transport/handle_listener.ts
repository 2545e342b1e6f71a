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
  readonly #backlog: number;
  /** `null` while the listener is paused, and after its end. */
  #handle: TCPHandle | null;
  /** A second descriptor of the socket, for the next {@linkcode HandleListener.resume}; -1 if there is none. */
  #descriptor: number;
  #acceptor: HandleAcceptor | null = null;
  /** The connections that came before there was an acceptor. */
  #early: TCPHandleTransport[] = [];

  private constructor(binding: HandleBinding, handle: TCPHandle, backlog: number) {
    this.#binding = binding;
    this.#handle = handle;
    this.#backlog = backlog;
    this.#listen(handle);
    this.addr = addressOf((name) => handle.getsockname(name));
    this.#descriptor = handle.fdForIpc();
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
    for (const connection of this.#early.splice(0)) acceptor(connection);
  }

  /**
   * Leaves the connections that come in the queue of the kernel. A handle has no such thing, but the socket lives on by
   * its second descriptor.
   *
   * @returns `false` if that is not possible, since no descriptor was free when the second one was asked for.
   */
  pause(): boolean {
    if (this.#handle === null || this.#descriptor < 0) return false;
    this.#handle.close();
    this.#handle = null;
    return true;
  }

  /** Accepts connections again after {@linkcode HandleListener.pause}. */
  resume(): void {
    if (this.#handle !== null || this.#descriptor < 0) return;
    const handle = this.#handle = this.#reopen();
    this.#listen(handle);
    this.#descriptor = handle.fdForIpc();
  }

  /** Has the handle accept again, which it stops to do, without a word, when there is no descriptor. */
  listenAgain(): void {
    this.#handle?.listen(this.#backlog);
  }

  /** Stops listening. Connections that nobody has accepted are closed. */
  close(): void {
    this.#acceptor = null;
    for (const connection of this.#early.splice(0)) connection.handle.close();
    this.#handle?.close();
    this.#handle = null;
    if (this.#descriptor >= 0) this.#reopen().close();
  }

  /** Makes a handle of the second descriptor, which is the handle's then. */
  #reopen(): TCPHandle {
    const handle = new this.#binding.TCP(this.#binding.serverType);
    handle.open(this.#descriptor);
    this.#descriptor = -1;
    return handle;
  }

  #listen(handle: TCPHandle): void {
    handle.onconnection = () => this.#accept(handle);
    check(handle.listen(this.#backlog));
  }

  #accept(listening: TCPHandle): void {
    const handle = new this.#binding.TCP(this.#binding.socketType);
    if (listening !== this.#handle || listening.accept(handle) !== 0) return handle.close();
    handle.setNoDelay(true);
    const connection = new TCPHandleTransport(handle, this.#binding);
    if (this.#acceptor === null) this.#early.push(connection);
    else this.#acceptor(connection);
  }
}

function bind(handle: TCPHandle, hostname: string, port: number, flags: number): number {
  if (familyOf(hostname) === "ipv6") return handle.bind6(hostname, port, flags);
  return flags === 0 ? handle.bind(hostname, port) : handle.bindWithFlags(hostname, port, flags);
}

function check(failed: number): void {
  if (failed !== 0) throw handleError(failed, "the system refused it");
}
