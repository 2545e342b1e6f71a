import { familyOf } from "./ip.ts";
import { type SSLOptions, sslOptionsToContext, type TlsOptions } from "./ssl_options.ts";

/** An IP version. */
export type AddressFamily = "ipv4" | "ipv6";

/**
 * Connections that may wait to be accepted, by default. The kernel has its own upper limit; more than Tornado's 128, because
 * clients that reconnect all at once after a restart would otherwise be slowed down by lost SYN packets.
 */
export const DEFAULT_BACKLOG = 511;

/** A listener on an IP address and port, of TCP or TLS. */
export type NetListener = Deno.Listener<Deno.TcpConn | Deno.TlsConn, Deno.NetAddr>;

/** Where and how to listen. */
export interface ListenOptions {
  /**
   * IP address or host name to listen on; `null` and `""` mean all interfaces.
   * @default {null}
   */
  address?: string | null;
  /**
   * Restricts to one IP version.
   * @default {null}
   */
  family?: AddressFamily | null;
  /**
   * Connections that may wait to be accepted.
   * @default {511}
   */
  backlog?: number;
  /**
   * Lets several processes listen on the same port (`SO_REUSEPORT`). Linux only; needs `--unstable-net`.
   * @default {false}
   */
  reusePort?: boolean;
}

/** Options of {@linkcode bindSockets}. */
export interface BindSocketsOptions extends ListenOptions {
  /**
   * Makes the listeners speak TLS.
   * @default {null}
   */
  sslOptions?: SSLOptions | null;
}

/**
 * Listens on a port, on as many sockets as the address asks for (`tornado.netutil.bind_sockets`).
 *
 * Without an address that is one socket for both IP versions where the system has such, else one for each. `localhost` is
 * 127.0.0.1 and ::1; of another name's addresses only the first is used. Port 0 takes a free port, the same one for all.
 * Restricting to `"ipv6"` without an address does not keep IPv4 clients out on systems where such sockets serve both: Deno
 * cannot set `IPV6_V6ONLY`.
 *
 * @throws {RangeError} If the port is out of range.
 * @throws {TypeError} If the address is not of the family, or `reusePort` is not available.
 * @throws {Deno.errors.AddrInUse} If somebody listens there already, and the other errors of `Deno.listen`; the message says
 * where it was tried to listen.
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
  const { address = null, family = null, backlog = DEFAULT_BACKLOG, reusePort = false, sslOptions = null } = options;
  // Without the flag Deno does not throw but ends the process.
  if (reusePort && !("listenDatagram" in Deno)) {
    throw new TypeError("Cannot set reusePort: Deno needs the flag --unstable-net for it");
  }
  const binder = new Binder(port, backlog, reusePort, sslOptions && sslOptionsToContext(sslOptions, true));
  try {
    if (address === null || address === "") bindAll(binder, family);
    else if (address === "localhost") bindLocalhost(binder, family);
    else bindOne(binder, address, family);
  } catch (error) {
    for (const listener of binder.listeners) listener.close();
    throw error;
  }
  return binder.listeners;
}

function bindAll(binder: Binder, family: AddressFamily | null): void {
  if (family === "ipv4") return binder.bind("0.0.0.0");
  if (family === "ipv6") return binder.bind("::");
  if (!binder.allowed("::") || !binder.tryBind("::", isUnsupported)) return binder.bind("0.0.0.0");
  // In use, because the socket above has both versions. If it has not (net.ipv6.bindv6only), this one is needed.
  if (binder.allowed("0.0.0.0")) binder.tryBind("0.0.0.0", isInUse);
}

function bindLocalhost(binder: Binder, family: AddressFamily | null): void {
  if (family === "ipv4") return binder.bind("127.0.0.1");
  if (family === "ipv6") return binder.bind("::1");
  // By name first: a permission may have been given for the name alone.
  binder.bind("localhost");
  for (const address of ["127.0.0.1", "::1"]) {
    if (!binder.has(address) && binder.allowed(address)) binder.tryBind(address, isUnsupported);
  }
}

function bindOne(binder: Binder, address: string, family: AddressFamily | null): void {
  binder.bind(address);
  const bound = binder.listeners[0]?.addr.hostname ?? address;
  if (family !== null && familyOf(bound) !== family) {
    throw new TypeError(`Cannot listen on ${address}: it is not an ${family} address`);
  }
}

/** Binds one socket after the other to the same port. */
class Binder {
  readonly listeners: NetListener[] = [];
  readonly #backlog: number;
  readonly #reusePort: boolean;
  readonly #tls: TlsOptions | null;
  #port: number;

  constructor(port: number, backlog: number, reusePort: boolean, tls: TlsOptions | null) {
    this.#port = port;
    this.#backlog = backlog;
    this.#reusePort = reusePort;
    this.#tls = tls;
  }

  bind(hostname: string): void {
    const listener = this.#listen(hostname);
    this.listeners.push(listener);
    this.#port = listener.addr.port;
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

  /** Whether one of the sockets has this address. */
  has(hostname: string): boolean {
    return this.listeners.some((listener) => listener.addr.hostname === hostname);
  }

  /** Whether listening there needs no question to the user. */
  allowed(hostname: string): boolean {
    const host = familyOf(hostname) === "ipv6" ? `[${hostname}]` : hostname;
    return Deno.permissions.querySync({ name: "net", host: `${host}:${this.#port}` }).state === "granted";
  }

  #listen(hostname: string): NetListener {
    const options = {
      hostname,
      port: this.#port,
      tcpBacklog: this.#backlog,
      ...(this.#reusePort ? { reusePort: true } : {}),
    };
    try {
      if (this.#tls === null) return Deno.listen(options);
      const { cert = "", key = "", alpnProtocols } = this.#tls;
      return Deno.listenTls({ ...options, cert, key, ...(alpnProtocols ? { alpnProtocols } : {}) });
    } catch (error) {
      // Deno's message does not say where; the class and the code of the error are worth keeping.
      if (error instanceof Error) error.message = `Cannot listen on ${hostname}, port ${this.#port}: ${error.message}`;
      throw error;
    }
  }
}

function isInUse(error: unknown): boolean {
  return error instanceof Deno.errors.AddrInUse;
}

/** Whether the system lacks this IP version, or has no interface with it. */
function isUnsupported(error: unknown): boolean {
  return error instanceof Deno.errors.AddrNotAvailable ||
    (error instanceof Error && "code" in error && error.code === "EAFNOSUPPORT");
}
