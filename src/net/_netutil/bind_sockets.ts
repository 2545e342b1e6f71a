import { familyOf } from "./ip.ts";
import { type SSLOptions, sslOptionsToContext } from "./ssl_options.ts";

/** An IP version. */
export type AddressFamily = "ipv4" | "ipv6";

/**
 * The default number of connections that may wait to be accepted; the kernel has its own upper limit. It is larger than
 * Tornado's 128, so that clients that all reconnect after a restart do not lose SYN packets.
 */
export const DEFAULT_BACKLOG = 4096;

/** A TCP or TLS listener on an IP address and port. */
export type NetListener = Deno.Listener<Deno.TcpConn | Deno.TlsConn, Deno.NetAddr>;

/** Options for listening on a port. */
export interface ListenOptions {
  /**
   * The IP address or host name to listen on; `null` and `""` mean all interfaces.
   * @default {null}
   */
  address?: string | null;
  /**
   * Restricts listening to one IP version.
   * @default {null}
   */
  family?: AddressFamily | null;
  /**
   * The number of connections that may wait to be accepted.
   * @default {4096}
   */
  backlog?: number;
  /**
   * Tells whether several processes may listen on the same port (`SO_REUSEPORT`). Linux only; on `Deno.listen` it needs
   * `--unstable-net`.
   * @default {false}
   */
  reusePort?: boolean;
  /**
   * The transport of plain TCP connections: `"deno"` is `Deno.listen`; `"handle"` is Deno's stream handles, which take
   * half the memory and less work for each read and write. `"auto"` is the handles where this version of Deno has those
   * that were tested, else `Deno.listen`. TLS always takes `Deno.listenTls`.
   * @default {"auto"}
   */
  transport?: "auto" | "handle" | "deno";
  /**
   * The descriptor of a socket that is already bound, such as one from `listenFds`. The server accepts from that socket
   * and owns it; the port, the address and the family are ignored. Works on Deno's stream handles only, without TLS.
   * @default {null}
   */
  fd?: number | null;
}

/** Options of {@linkcode bindSockets}. */
export interface BindSocketsOptions extends ListenOptions {
  /**
   * The certificate and key with which the listeners speak TLS; `null` for plain TCP.
   * @default {null}
   */
  sslOptions?: SSLOptions | null;
}

/**
 * Listens on a port, with one socket for each address (`tornado.netutil.bind_sockets`).
 *
 * Without an address, one dual-stack socket serves both IP versions; on a system without them, there is one socket for
 * each. `localhost` means 127.0.0.1 and ::1; any other name is bound at its first address only. Port 0 takes a free
 * port, the same for all sockets. The family `"ipv6"` without an address does not keep IPv4 clients out of a dual-stack
 * socket, since Deno cannot set `IPV6_V6ONLY`.
 *
 * @throws {RangeError} If the port is out of range.
 * @throws {TypeError} If the address is not of the family, or `reusePort` needs the flag that Deno lacks.
 * @throws {Deno.errors.AddrInUse} If the port is taken, and the other errors of `Deno.listen`. The message names the
 * address and port.
 *
 * @example
 * ```ts
 * import { bindSockets } from "@twister/twister/netutil";
 * import { assertEquals } from "@std/assert";
 *
 * const listeners = bindSockets(0, { address: "127.0.0.1" });
 * assertEquals(listeners.length, 1);
 * for (const listener of listeners) listener.close();
 * ```
 */
export function bindSockets(port: number, options: BindSocketsOptions = {}): NetListener[] {
  const { sslOptions = null } = options;
  const tls = sslOptions && sslOptionsToContext(sslOptions, true);
  const listen = (where: TcpAddress): NetListener => {
    if (tls === null) return Deno.listen(where);
    const { cert = "", key = "", alpnProtocols } = tls;
    return Deno.listenTls({ ...where, cert, key, ...(alpnProtocols ? { alpnProtocols } : {}) });
  };
  return bindAddresses(port, options, listen, (listener) => listener.close());
}

/** One address to listen on, as Deno takes it. */
export interface TcpAddress {
  readonly hostname: string;
  readonly port: number;
  readonly tcpBacklog: number;
  readonly reusePort?: boolean;
}

/** Something that listens on an IP address and port. */
interface Bound {
  readonly addr: Deno.NetAddr;
}

/**
 * Listens on all the addresses that the options ask for, on the same port: what `bindSockets` does for listeners of any
 * kind.
 *
 * @param listen Listens on one address.
 * @param close Ends that again, because another address has failed.
 * @param mayReusePort Whether `listen` can honour the option `reusePort`.
 * @throws {RangeError} If the port is not an integer from 0 to 65535.
 * @throws {TypeError} If the address is not of the family, or `reusePort` needs the flag that Deno lacks.
 * @throws {Deno.errors.AddrInUse} If the port is taken, and the other errors of `listen`.
 */
export function bindAddresses<T extends Bound>(
  port: number,
  options: ListenOptions,
  listen: (where: TcpAddress) => T,
  close: (bound: T) => void,
  mayReusePort: boolean = ("listenDatagram" in Deno),
): T[] {
  checkPort(port);
  const { address = null, family = null, backlog = DEFAULT_BACKLOG, reusePort = false } = options;
  // Without the flag Deno does not throw but ends the process.
  if (reusePort && !mayReusePort) {
    throw new TypeError("Cannot set reusePort: Deno needs the flag --unstable-net for it");
  }
  const rest = { tcpBacklog: backlog, ...(reusePort ? { reusePort } : {}) };
  const binder = new Binder(port, (hostname, port) => listen({ hostname, port, ...rest }));
  try {
    if (address === null || address === "") bindAll(binder, family);
    else if (address === "localhost") bindLocalhost(binder, family);
    else bindOne(binder, address, family);
  } catch (error) {
    for (const one of binder.bound) close(one);
    throw error;
  }
  return binder.bound;
}

/**
 * Refuses what is not a port. Stream handles would take `NaN` for 0, and 8080.5 for 8080.
 *
 * @throws {RangeError} If the port is not an integer from 0 to 65535.
 */
export function checkPort(port: number): void {
  if (Number.isInteger(port) && port >= 0 && port <= 65535) return;
  throw new RangeError(`Cannot listen on port ${Deno.inspect(port)}: ports are integers from 0 to 65535`);
}

function bindAll(binder: Binder<Bound>, family: AddressFamily | null): void {
  if (family === "ipv4") return binder.bind("0.0.0.0");
  if (family === "ipv6") return binder.bind("::");
  if (!binder.allowed("::") || !binder.tryBind("::", isUnsupported)) return binder.bind("0.0.0.0");
  // In use, because the socket above has both versions. If it has not (net.ipv6.bindv6only), this one is needed.
  if (binder.allowed("0.0.0.0")) binder.tryBind("0.0.0.0", isInUse);
}

function bindLocalhost(binder: Binder<Bound>, family: AddressFamily | null): void {
  if (family === "ipv4") return binder.bind("127.0.0.1");
  if (family === "ipv6") return binder.bind("::1");
  // By name first: a permission may have been given for the name alone.
  binder.bind("localhost");
  for (const address of ["127.0.0.1", "::1"]) {
    if (!binder.has(address) && binder.allowed(address)) binder.tryBind(address, isUnsupported);
  }
}

function bindOne(binder: Binder<Bound>, address: string, family: AddressFamily | null): void {
  binder.bind(address);
  const bound = binder.bound[0]?.addr.hostname ?? address;
  if (family !== null && familyOf(bound) !== family) {
    throw new TypeError(`Cannot listen on ${address}: it is not an ${family} address`);
  }
}

/** Binds one socket after the other to the same port. */
class Binder<T extends Bound> {
  readonly bound: T[] = [];
  readonly #listen: (hostname: string, port: number) => T;
  #port: number;

  constructor(port: number, listen: (hostname: string, port: number) => T) {
    this.#port = port;
    this.#listen = listen;
  }

  bind(hostname: string): void {
    try {
      const bound = this.#listen(hostname, this.#port);
      this.bound.push(bound);
      this.#port = bound.addr.port;
    } catch (error) {
      // Deno's message does not say where; the class and the code of the error are worth keeping.
      if (error instanceof Error) error.message = `Cannot listen on ${hostname}, port ${this.#port}: ${error.message}`;
      throw error;
    }
  }

  /** Like bind, but returns false on an error that is to be expected. */
  tryBind(hostname: string, expected: (error: unknown) => boolean): boolean {
    try {
      this.bind(hostname);
      return true;
    } catch (error) {
      if (expected(error)) return false;
      throw error;
    }
  }

  /** Returns whether one of the sockets has this address. */
  has(hostname: string): boolean {
    return this.bound.some(({ addr }) => addr.hostname === hostname);
  }

  /** Returns whether listening there needs no question to the user. */
  allowed(hostname: string): boolean {
    const host = familyOf(hostname) === "ipv6" ? `[${hostname}]` : hostname;
    return Deno.permissions.querySync({ name: "net", host: `${host}:${this.#port}` }).state === "granted";
  }
}

function isInUse(error: unknown): boolean {
  return error instanceof Deno.errors.AddrInUse;
}

/** Returns whether the system lacks this IP version, or has no interface with it. */
function isUnsupported(error: unknown): boolean {
  return error instanceof Deno.errors.AddrNotAvailable ||
    (error instanceof Error && "code" in error && error.code === "EAFNOSUPPORT");
}
