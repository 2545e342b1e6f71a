import { bindAddresses, DEFAULT_BACKLOG, type ListenOptions, type TcpAddress } from "../_netutil/bind_sockets.ts";
import { bindHandles } from "../_netutil/bind_transports.ts";
import type { HandleListener } from "../_transport/handle_listener.ts";
import type { SharedAddress, SharingMethod, SupervisorMode } from "./messages.ts";

/** Options of {@linkcode Supervisor.bind}: those of `listen`. */
export interface SharedListenOptions extends ListenOptions {
  /**
   * Tells whether the workers speak TLS on the port, so that each needs a socket of its own.
   * @default {false}
   */
  tls?: boolean;
  /**
   * Descriptors of sockets that are bound already, in place of `fd`: one `listen` of a worker accepts from all of them.
   * @default {none}
   */
  fds?: readonly number[];
}

interface Group {
  readonly shared: SharedAddress;
  readonly addresses: readonly Deno.Addr[];
  /** The sockets that workers get; there are none if they bind or find them by themselves. */
  readonly sockets: readonly HandleListener[];
  /** What keeps the port taken while no worker runs. */
  readonly held: readonly { close(): void }[];
}

/** The listening sockets that a supervisor holds for its workers, and does not accept from. */
export class SharedSockets {
  readonly #mode: SupervisorMode;
  readonly #groups: Group[] = [];

  /** Begins without any. */
  constructor(mode: SupervisorMode) {
    this.#mode = mode;
  }

  /** The addresses, as workers learn them. */
  get shared(): SharedAddress[] {
    return this.#groups.map(({ shared }) => shared);
  }

  /** The addresses of all sockets. */
  get addresses(): Deno.Addr[] {
    return this.#groups.flatMap(({ addresses }) => addresses);
  }

  /** The sockets that workers get, in the order of the addresses. */
  get sockets(): HandleListener[] {
    return this.#groups.flatMap(({ sockets }) => sockets);
  }

  /**
   * Listens on a port for the workers, by the first way that is available: a handle, Deno's own sharing between
   * isolates, or sockets that the workers bind by themselves.
   *
   * @throws {Deno.errors.AddrInUse} If the port is taken, and the other errors of `Deno.listen`.
   * @throws {TypeError} If no way is available without `--unstable-net`.
   */
  bind(port: number, options: SharedListenOptions): void {
    const { tls = false } = options;
    const handles = tls ? null : bindByHandle(port, options);
    if (handles !== null) this.#add("handle", port, options, handles, handles);
    else if (this.#mode === "threads" && !tls) this.#bindBalanced(port, options);
    else this.#reservePort(port, options);
  }

  /** Closes the sockets: connections that wait in their queues are lost unless a worker still accepts. */
  close(): void {
    for (const { held } of this.#groups.splice(0)) {
      for (const socket of held) socket.close();
    }
  }

  #bindBalanced(port: number, options: ListenOptions): void {
    const listen = (where: TcpAddress) => listenBalanced(where);
    const held = bindAddresses(port, options, listen, (listener) => listener.close());
    this.#add("loadBalanced", port, options, held, []);
  }

  #reservePort(port: number, options: ListenOptions): void {
    const listen = (where: TcpAddress) => Deno.listen(where);
    const bound = bindAddresses(port, { ...options, reusePort: true }, listen, (listener) => listener.close());
    this.#add("reusePort", port, options, bound, []);
    // The kernel would give these a part of the connections.
    for (const listener of bound) listener.close();
  }

  #add(
    method: SharingMethod,
    requested: number,
    options: ListenOptions,
    held: readonly { readonly addr: Deno.Addr; close(): void }[],
    sockets: readonly HandleListener[],
  ): void {
    const { backlog = DEFAULT_BACKLOG, address = null, family = null } = options;
    const addresses = held.map(({ addr }) => addr);
    const ports = addresses.flatMap((addr) => "port" in addr ? [addr.port] : []);
    this.#groups.push({
      shared: { method, requested, backlog, address, family, ports, count: sockets.length },
      addresses,
      held: method === "reusePort" ? [] : held,
      sockets,
    });
  }
}

function bindByHandle(port: number, { fds, ...options }: SharedListenOptions): HandleListener[] | null {
  const where: ListenOptions = { transport: "auto", ...options };
  if (fds === undefined) return bindHandles(port, where);
  return fds.flatMap((fd) => bindHandles(port, { ...where, fd }) ?? []);
}

/** Listens on the socket that another isolate of the process has for the same address, as `deno serve --parallel`. */
export function listenBalanced(where: TcpAddress): Deno.TcpListener {
  const options = { ...where, loadBalanced: true };
  return Deno.listen(options);
}
