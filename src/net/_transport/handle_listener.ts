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

/** Receives an accepted connection, or the error number for which none could be accepted. */
export type HandleAcceptor = (connection: TCPHandleTransport | null, errno: number) => void;

/** A TCP socket that listens on a stream handle of Deno's. */
export class HandleListener {
  #addr: Deno.NetAddr = { transport: "tcp", hostname: "", port: 0 };
  readonly #binding: HandleBinding;
  readonly #handle: TCPHandle;
  #acceptor: HandleAcceptor | null = null;
  /** The connections that came before there was an acceptor. */
  #early: TCPHandleTransport[] = [];
  #closed = false;

  private constructor(binding: HandleBinding, handle: TCPHandle) {
    this.#binding = binding;
    this.#handle = handle;
    handle.onconnection = (status) => this.#accept(status);
  }

  /**
   * Listens on an IP address.
   *
   * @throws {Deno.errors.AddrInUse} If the port is taken, and the other errors of `Deno.listen`.
   */
  static listen(where: HandleAddress, binding: HandleBinding): HandleListener {
    const { hostname, port, tcpBacklog, reusePort } = where;
    const handle = new binding.TCP(binding.serverType);
    const listener = new HandleListener(binding, handle);
    try {
      check(bind(handle, hostname, port, reusePort === true ? binding.reusePort : 0));
      check(handle.listen(tcpBacklog));
      listener.#addr = addressOf((name) => handle.getsockname(name));
      return listener;
    } catch (error) {
      handle.close();
      throw error;
    }
  }

  /** The address that the socket is bound to. */
  get addr(): Deno.NetAddr {
    return this.#addr;
  }

  /** Accepts connections from now on. */
  accept(acceptor: HandleAcceptor): void {
    this.#acceptor = acceptor;
    for (const connection of this.#early.splice(0)) acceptor(connection, 0);
  }

  /** Stops listening. Connections that nobody has accepted are closed. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#acceptor = null;
    for (const connection of this.#early.splice(0)) connection.handle.close();
    this.#handle.close();
  }

  #accept(status: number): void {
    if (this.#closed) return;
    const handle = new this.#binding.TCP(this.#binding.socketType);
    const failed = status !== 0 ? status : this.#handle.accept(handle);
    if (failed !== 0) {
      handle.close();
      this.#acceptor?.(null, failed);
      return;
    }
    handle.setNoDelay(true);
    const connection = new TCPHandleTransport(handle, this.#binding);
    if (this.#acceptor === null) this.#early.push(connection);
    else this.#acceptor(connection, 0);
  }
}

function bind(handle: TCPHandle, hostname: string, port: number, flags: number): number {
  if (familyOf(hostname) === "ipv6") return handle.bind6(hostname, port, flags);
  return flags === 0 ? handle.bind(hostname, port) : handle.bindWithFlags(hostname, port, flags);
}

function check(failed: number): void {
  if (failed !== 0) throw handleError(failed, "the system refused it");
}
