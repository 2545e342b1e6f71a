import { isPressed } from "../../internal/events.ts";
import { familyOf } from "../_netutil/ip.ts";
import { DescriptorReserve } from "./descriptor_reserve.ts";
import type { HandleBinding, PipeHandle, TCPHandle } from "./handle_binding.ts";
import { handleError } from "./handle_errors.ts";
import {
  addressOf,
  type HandleTransport,
  listenerClosed,
  listenerOpened,
  NAME,
  PipeHandleTransport,
  TCPHandleTransport,
  UNNAMED,
} from "./handle_transport.ts";

/** Milliseconds between two looks for new connections while most of their requests are refused. */
const REST_MS = 4;

/** Where a {@linkcode HandleListener} listens. */
export interface HandleAddress {
  readonly hostname: string;
  readonly port: number;
  readonly tcpBacklog: number;
  readonly reusePort?: boolean;
}

/** Receives the connections of a {@linkcode HandleListener}. */
export interface HandleAcceptor {
  /** The number of connections that it takes now, possibly `Infinity`. */
  readonly room: number;
  /** The number of its open connections. */
  readonly open: number;
  /** Takes a connection over. */
  take(connection: HandleTransport): void;
  /** Calls `callback` once when a connection has closed and there is room. */
  whenRoom(callback: () => void): void;
  /** Learns that the process has no more descriptors. */
  outOfDescriptors(): void;
}

/**
 * A socket that listens on a stream handle of Deno's. Connections wait in the kernel until
 * {@linkcode HandleListener.accept}.
 *
 * A handle accepts up to 128 connections at a time without being asked, and offers them one after another. Connections
 * that are not taken from it stay in its own queue, and it accepts no more before that queue is empty and it is told to
 * listen again.
 */
export class HandleListener<Address extends Deno.NetAddr | Deno.UnixAddr = Deno.NetAddr | Deno.UnixAddr> {
  /** The address that the socket is bound to. The path of a Unix socket that was passed as a descriptor is `""`. */
  readonly addr: Address;
  /** The descriptor of the socket, which child processes may be passed; it is closed with the listener. */
  readonly fd: number;
  /**
   * Tells whether others accept from the same socket after this one: then it closes without taking more from its queue.
   */
  hasSuccessor = false;
  readonly #handle: TCPHandle | PipeHandle;
  readonly #backlog: number;
  readonly #connect: () => HandleTransport;
  readonly #reserve: DescriptorReserve;
  readonly #resume = (): void => this.#takeAndListen();
  #acceptor: HandleAcceptor | null = null;
  /** Stands ready for the next connection. */
  #next: HandleTransport | null = null;
  /** With as many connections, a descriptor was free beside those that are kept back. */
  #proven = 0;
  /** `true` once the handle was told to listen. */
  #listens = false;
  #closed = false;
  /** The timer for the next look, while there is one. */
  #rest: ReturnType<typeof setTimeout> | null = null;

  private constructor(
    binding: HandleBinding,
    handle: TCPHandle | PipeHandle,
    fd: number,
    addr: Address,
    backlog: number,
  ) {
    this.#handle = handle;
    this.fd = fd;
    this.#backlog = backlog;
    this.addr = addr;
    this.#reserve = new DescriptorReserve(handle, binding);
    this.#connect = addr.transport === "unix"
      ? () => new PipeHandleTransport(new binding.PipeSocket(), binding, addr, UNNAMED)
      : () => new TCPHandleTransport(new binding.TCPSocket(), binding);
    handle.onconnection = () => this.#offered();
  }

  /**
   * Listens on an IP address.
   *
   * @throws {Deno.errors.AddrInUse} If the port is taken, and the other errors of `Deno.listen`.
   */
  static listen(where: HandleAddress, binding: HandleBinding): HandleListener<Deno.NetAddr> {
    const { hostname, port, tcpBacklog, reusePort } = where;
    const handle = new binding.TCP(binding.serverType);
    try {
      check(bind(handle, hostname, port, reusePort === true ? binding.reusePort : 0));
      check(handle.listen(tcpBacklog));
      // A handle that listens accepts; one that was given a socket which listens does not, before it is told to.
      const fd = duplicate(handle);
      const listening = new binding.TCP(binding.serverType);
      check(listening.open(fd));
      return HandleListener.#of(listening, fd, tcpBacklog, binding);
    } finally {
      handle.close();
    }
  }

  /**
   * Listens on a Unix socket; closing the listener removes its file.
   *
   * @param prepare Called when the file is there and nothing listens yet.
   * @throws {Deno.errors.AddrInUse} If there is such a file, and the other errors of `Deno.listen`.
   */
  static listenUnix(
    path: string,
    backlog: number,
    prepare: () => void,
    binding: HandleBinding,
  ): HandleListener<Deno.UnixAddr> {
    const pipe = new binding.Pipe(binding.serverType);
    try {
      check(pipe.bind(path));
      prepare();
      check(pipe.listen(backlog));
    } catch (error) {
      pipe.close();
      throw error;
    }
    const listener = new HandleListener<Deno.UnixAddr>(binding, pipe, pipe.fd, { transport: "unix", path }, backlog);
    listener.#listens = true;
    return listener;
  }

  /**
   * Takes over a descriptor of a socket that is bound, and makes it listen if it does not.
   *
   * @throws {Deno.errors.BadResource} If there is no such descriptor.
   * @throws {Error} If it is not that of a socket which can listen.
   */
  static open(fd: number, backlog: number, binding: HandleBinding): HandleListener {
    const tcp = new binding.TCP(binding.serverType);
    check(tcp.open(fd));
    if (tcp.getsockname({}) === 0) return HandleListener.#of(tcp, fd, backlog, binding);
    const pipe = new binding.Pipe(binding.serverType);
    try {
      const copy = duplicate(tcp);
      check(pipe.open(copy));
      return new HandleListener(binding, pipe, copy, UNNAMED, backlog);
    } finally {
      tcp.close();
    }
  }

  static #of(tcp: TCPHandle, fd: number, backlog: number, binding: HandleBinding): HandleListener<Deno.NetAddr> {
    return new HandleListener(binding, tcp, fd, addressOf(tcp.getsockname(NAME)), backlog);
  }

  /** Returns a new descriptor of the socket, which the caller owns. */
  duplicate(): number {
    return duplicate(this.#handle);
  }

  /**
   * Sends the socket to a child process, along with a message. As a descriptor in `stdio` it would become one that
   * blocks, for every process that has it.
   */
  sendTo(child: { send(message: unknown, handle: unknown): boolean }, message: unknown): void {
    child.send(message, this.#handle);
  }

  /** Accepts connections from now on. */
  accept(acceptor: HandleAcceptor): void {
    if (this.#acceptor === null) listenerOpened();
    this.#acceptor = acceptor;
    this.#takeAndListen();
  }

  /**
   * Looks after a handle that accepts no more without having said so: it has found no descriptor, or a connection that
   * was given up in the queue.
   */
  check(): void {
    if (this.#acceptor !== null && this.#acceptor.room > 0) this.#takeAndListen();
  }

  /** Takes all connections that the handle has accepted already, also beyond the limit. */
  flush(): void {
    const acceptor = this.#acceptor;
    if (acceptor === null) return;
    for (let one; (one = this.#accepted()) !== null;) acceptor.take(one);
  }

  /** Stops listening, and closes the connections that were not taken from the handle. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    if (this.#acceptor !== null) listenerClosed();
    this.#acceptor = null;
    if (this.#rest !== null) clearTimeout(this.#rest);
    this.#reserve.release();
    this.#next?.handle.close();
    this.#handle.close();
  }

  #offered(): void {
    // Until then the others wait in the kernel, where they cost nothing.
    if (this.#rest !== null) return;
    this.#take();
    if (isPressed() && !this.#closed) this.#rest = setTimeout(() => this.#endRest(), REST_MS);
  }

  #endRest(): void {
    this.#rest = null;
    this.check();
  }

  /** Takes the connections that the handle has accepted, those for which there is room. */
  #take(): void {
    const acceptor = this.#acceptor;
    if (acceptor === null) return;
    const { room } = acceptor;
    const connections: HandleTransport[] = [];
    for (let one; connections.length < room && (one = this.#accepted()) !== null;) connections.push(one);
    // Nothing was closed since the handle has taken descriptors, so now it shows whether it has taken them all.
    const count = acceptor.open + connections.length;
    const full = connections.length >= room;
    const secure = (count <= this.#proven && !full) || this.#secure(acceptor);
    if (secure && count > this.#proven) this.#proven = count;
    for (const connection of connections) acceptor.take(connection);
    if (full) acceptor.whenRoom(this.#resume);
    // A connection whose client has gone by now gave its descriptor back.
    else if (!secure && connections.length > 0) this.#takeAndListen();
  }

  #takeAndListen(): void {
    this.#take();
    const acceptor = this.#acceptor;
    if (acceptor !== null && acceptor.room > 0 && this.#secure(acceptor)) this.#listen();
  }

  /** A connection that the handle has accepted, or `null`. */
  #accepted(): HandleTransport | null {
    const connection = this.#next ?? this.#connect();
    if (this.#handle.accept(connection.handle) !== 0) {
      this.#next = connection;
      return null;
    }
    this.#next = null;
    connection.readsOn = this.addr.transport === "tcp";
    return connection;
  }

  /** Keeps descriptors back, or waits until a connection gives its own back. */
  #secure(acceptor: HandleAcceptor): boolean {
    if (this.#reserve.secure()) return true;
    acceptor.outOfDescriptors();
    acceptor.whenRoom(this.#resume);
    return false;
  }

  /** Makes the handle look for connections. */
  #listen(): void {
    if (this.addr.transport !== "unix" || !this.#listens) {
      this.#listens = true;
      this.#handle.listen(this.#backlog);
    } else {
      // A pipe can be told to listen only once. This makes it look again as well.
      this.#handle.readStart();
      this.#handle.readStop();
    }
  }
}

function bind(handle: TCPHandle, hostname: string, port: number, flags: number): number {
  if (familyOf(hostname) === "ipv6") return handle.bind6(hostname, port, flags);
  return flags === 0 ? handle.bind(hostname, port) : handle.bindWithFlags(hostname, port, flags);
}

function duplicate(handle: TCPHandle | PipeHandle): number {
  const fd = handle.fdForIpc();
  if (fd < 0) throw handleError(EMFILE, "the process has no descriptor for it");
  return fd;
}

/** The handle does not tell why it has no descriptor. */
const EMFILE = -24;

function check(failed: number): void {
  if (failed !== 0) throw handleError(failed, "the system refused it");
}
