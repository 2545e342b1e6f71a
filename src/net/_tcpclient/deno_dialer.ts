import type { SocketAddress } from "./addresses.ts";
import { withPlace } from "./errors.ts";
import type { Dialer } from "./race.ts";
import type { Securing } from "./connect_socket.ts";
import { SocketGuard } from "./socket_guard.ts";

/** Connects by `Deno.connect`, which takes names as well and races their addresses. */
export const denoDialer: Dialer<Deno.TcpConn | Deno.UnixConn> = {
  async dial(address, signal) {
    try {
      if ("path" in address) return await Deno.connect({ transport: "unix", path: address.path });
      const { hostname, port } = address;
      return await Deno.connect({ hostname, port, ...(signal === null ? {} : { signal }) });
    } catch (error) {
      throw withPlace(error, `Cannot connect to ${placeOf(address)}`);
    }
  },
  discard(connection) {
    connection.close();
  },
};

export function placeOf(address: SocketAddress): string {
  return "path" in address ? address.path : `${address.hostname} port ${address.port}`;
}

/** Tells whether TLS needs `node:tls`: Deno's has no client certificate, and always checks that of the server. */
export function needsNode({ cert, validateCert }: Securing): boolean {
  return cert !== undefined || validateCert === false;
}

/** The options of a client in the form of `Deno.startTls`. */
export function denoOptions(
  { caCerts, alpnProtocols, checkHostname }: Securing,
  hostname: string,
): Deno.StartTlsOptions {
  return {
    hostname,
    ...(caCerts === undefined ? {} : { caCerts }),
    ...(alpnProtocols === undefined ? {} : { alpnProtocols }),
    ...(checkHostname === false ? { unsafelyDisableHostnameVerification: true } : {}),
  };
}

/**
 * Starts TLS on a connection, which belongs to this function from now on, and completes the handshake.
 *
 * @param what What the message of an error begins with.
 */
export async function startTls(
  connection: Deno.TcpConn,
  options: Deno.StartTlsOptions,
  signal: AbortSignal | null,
  what: string,
): Promise<Deno.TlsConn> {
  // Without a signal, the handshake ends with the connection.
  const guard = signal === null ? null : SocketGuard.of(connection);
  let secure: Deno.TlsConn | null = null;
  const stop = () => {
    guard?.endConnection();
    secure?.close();
  };
  signal?.addEventListener("abort", stop, { once: true });
  try {
    secure = await Deno.startTls(connection, options);
    if (signal?.aborted === true) stop();
    await secure.handshake();
    return secure;
  } catch (error) {
    if (signal?.aborted === true) throw signal.reason;
    closeQuietly(secure ?? connection);
    throw withPlace(error, what);
  } finally {
    signal?.removeEventListener("abort", stop);
    guard?.release();
  }
}

/** Closes a connection, also one that Deno has taken from its owner before it failed. */
function closeQuietly(connection: Deno.Conn): void {
  try {
    connection.close();
  } catch {
    // It is closed.
  }
}
