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
  /**
   * Tells whether others accept from the same socket after this one: then it closes without taking more from its queue.
   */
  hasSuccessor = false;
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
    handle.onconnection = () => void this.#accept();
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
      check(handle.listen(tcpBacklog));
      // A handle that listens accepts; one that was given a socket which listens does not, before it is told to.
      return HandleListener.open(handle.fdForIpc(), tcpBacklog, binding);
    } finally {
      handle.close();
    }
  }

  /** Takes over a descriptor of a socket that is bound. */
  static open(fd: number, backlog: number, binding: HandleBinding): HandleListener {
    const handle = new binding.TCP(binding.serverType);
    check(handle.open(fd));
    return new HandleListener(binding, handle, backlog);
  }

  /** Returns a new descriptor of the socket, which the caller owns. */
  duplicate(): number {
    return this.#handle.fdForIpc();
  }

  /** Sends the socket to a child process, along with a message. */
  sendTo(child: { send(message: unknown, handle: unknown): boolean }, message: unknown): void {
    child.send(message, this.#handle);
  }

  /** Accepts connections from now on. */
  accept(acceptor: HandleAcceptor): void {
    this.#acceptor = acceptor;
    this.#handle.listen(this.#backlog);
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

  /** Hands over all connections that the handle has accepted already, whatever the acceptor's limit. */
  flush(): void {
    while (this.#accept());
    this.#paused = false;
    this.#deliver();
  }

  /** Stops listening, and closes the connections that wait. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#acceptor = null;
    for (const connection of this.#waiting.splice(0)) connection.handle.close();
    this.#handle.close();
  }

  #accept(): boolean {
    const handle = new this.#binding.TCP(this.#binding.socketType);
    if (this.#closed || this.#handle.accept(handle) !== 0) {
      handle.close();
      return false;
    }
    this.#waiting.push(new TCPHandleTransport(handle, this.#binding));
    this.#deliver();
    return true;
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
