import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { TLSSocket } from "node:tls";
import { familyOf } from "../_netutil/ip.ts";
import { type Addressed, nodeError, SecureNodeTransport } from "../_transport/node_transport.ts";
import { placeOf } from "./deno_dialer.ts";
import type { Securing } from "./connect_socket.ts";
import type { Dialer } from "./race.ts";

/** Connects by `node:net`, from an address of this machine that the caller chooses. */
export class NodeDialer implements Dialer<Socket> {
  readonly #source: { localAddress?: string; localPort?: number };

  /** Connects from the given address and port; `null` leaves the choice to the system. */
  constructor(sourceIp: string | null, sourcePort: number | null) {
    this.#source = {
      ...(sourceIp === null ? {} : { localAddress: sourceIp }),
      ...(sourcePort === null ? {} : { localPort: sourcePort }),
    };
  }

  async dial(address: Deno.NetAddr | Deno.UnixAddr, signal: AbortSignal | null): Promise<Socket> {
    // Loaded on demand: most programs never need it.
    const { connect } = await import("node:net");
    const where = "path" in address ? { path: address.path } : { host: address.hostname, port: address.port };
    const socket = connect({ ...where, ...this.#source, allowHalfOpen: true, noDelay: true });
    await settled(socket, "connect", signal, `Cannot connect to ${placeOf(address)}${this.#from()}`);
    return socket;
  }

  discard(connection: Socket): void {
    connection.destroy();
  }

  #from(): string {
    const { localAddress, localPort } = this.#source;
    if (localAddress === undefined && localPort === undefined) return "";
    return ` from ${localAddress ?? "any address"} port ${localPort ?? "any"}`;
  }
}

/**
 * Starts TLS on a socket, or on a stream like one, which belongs to this function from now on, and completes the
 * handshake.
 *
 * @param under The connection, if the socket is not its own.
 */
export async function startNodeTls(
  socket: Duplex,
  hostname: string,
  options: Securing,
  signal: AbortSignal | null,
  what: string,
  under: Addressed | null = null,
): Promise<SecureNodeTransport> {
  const { connect, rootCertificates } = await import("node:tls");
  const { cert, key, caCerts, alpnProtocols, validateCert, checkHostname } = options;
  const secure = attempt(socket, () =>
    connect({
      socket,
      host: hostname,
      ...(familyOf(hostname) !== null ? {} : { servername: hostname }),
      ...(cert === undefined ? {} : { cert, key: key ?? cert }),
      // Node takes these in place of those of the system.
      ...(caCerts === undefined ? {} : { ca: [...rootCertificates, ...caCerts] }),
      ...(alpnProtocols === undefined ? {} : { ALPNProtocols: alpnProtocols }),
      rejectUnauthorized: validateCert !== false,
      ...(checkHostname === false ? { checkServerIdentity: () => undefined } : {}),
    }));
  await settled(secure, "secureConnect", signal, what);
  return new SecureNodeTransport(secure, under);
}

/** Closes the socket if something cannot even begin on it, such as TLS with a key that is none. */
function attempt(socket: Duplex, begin: () => TLSSocket): TLSSocket {
  try {
    return begin();
  } catch (error) {
    socket.destroy();
    throw error;
  }
}

/** Waits for an event of a socket; if it fails or is aborted, the socket is closed. */
function settled(socket: Socket, event: string, signal: AbortSignal | null, what: string): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const fail = (reason: unknown) => {
    socket.destroy();
    reject(reason);
  };
  const stop = () => fail(signal?.reason);
  const onError = (error: Error) => fail(nodeError(error, what));
  const onClose = () => fail(new Deno.errors.UnexpectedEof(`${what}: the peer has closed the connection`));
  socket.once(event, resolve);
  // It stays, since an error after the abort must not end the process.
  socket.on("error", onError);
  socket.once("close", onClose);
  signal?.addEventListener("abort", stop, { once: true });
  if (signal?.aborted === true) stop();
  return promise.finally(() => {
    socket.off("close", onClose);
    signal?.removeEventListener("abort", stop);
  });
}
