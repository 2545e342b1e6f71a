import type { AddressFamily } from "../_netutil/bind_sockets.ts";
import { familyOf } from "../_netutil/ip.ts";
import type { Resolver } from "../_netutil/resolver.ts";
import { BaseIOStream } from "../_iostream/base_iostream.ts";
import type { TlsOptions } from "../_netutil/ssl_options.ts";
import { NodeTransport, type SecureNodeTransport } from "../_transport/node_transport.ts";
import { handleBinding } from "../_transport/handle_binding.ts";
import type { HandleTransport } from "../_transport/handle_transport.ts";
import { findAddresses } from "./addresses.ts";
import { denoDialer, denoOptions, needsNode, startTls } from "./deno_dialer.ts";
import { HandleDialer } from "./handle_dialer.ts";
import { NodeDialer, startNodeTls } from "./node_dialer.ts";
import { toNodeStream } from "./node_stream.ts";
import { race } from "./race.ts";

/** Where to connect to, and how. */
export interface Connecting {
  readonly host: string;
  readonly port: number;
  /** The resolver, or `null` for the system. */
  readonly resolver?: Resolver | null;
  readonly af?: AddressFamily | null;
  readonly sourceIp?: string | null;
  readonly sourcePort?: number | null;
  readonly transport?: "auto" | "handle" | "deno";
}

/** The TLS of a client, and the name of its server. */
export interface Securing extends TlsOptions {
  /** The name that the certificate must have, and that the server is told; by default the host. */
  readonly serverHostname?: string | null;
  /** Tells whether the certificate has to be valid. */
  readonly validateCert?: boolean;
}

/** A connection without TLS. */
export type PlainSocket = Deno.TcpConn | Deno.UnixConn | NodeTransport | HandleTransport;
/** A TLS connection whose handshake is complete. */
export type SecureSocket = Deno.TlsConn | SecureNodeTransport;

/**
 * Connects to a host.
 *
 * @throws {RangeError} If a port is not one.
 * @throws {TypeError} If the source is not an IP address, or one of another version than `af`, or if there are no
 * handles though they are asked for.
 */
export async function connectPlain(to: Connecting, signal: AbortSignal | null): Promise<PlainSocket> {
  const dialer = nodeDialerFor(to);
  if (dialer === null) {
    const handles = handleDialerFor(to);
    if (handles !== null) return await race(await addressesOf(to, false, signal), handles, signal);
    return await race(await addressesOf(to, true, signal), denoDialer, signal);
  }
  return new NodeTransport(await race(await addressesOf(to, false, signal), dialer, signal));
}

/** Connects to a host and starts TLS. */
export async function connectSecure(
  to: Connecting,
  tls: Securing,
  signal: AbortSignal | null,
): Promise<SecureSocket> {
  const hostname = tls.serverHostname ?? to.host;
  const what = `Cannot start TLS with ${hostname} port ${to.port}`;
  const dialer = nodeDialerFor(to) ?? (needsNode(tls) ? new NodeDialer(null, null) : null);
  if (dialer !== null) {
    const socket = await race(await addressesOf(to, false, signal), dialer, signal);
    return await startNodeTls(socket, hostname, tls, signal, what);
  }
  const connection = await race(await addressesOf(to, true, signal), denoDialer, signal);
  if (!("setNoDelay" in connection)) {
    // Deno.startTls takes no Unix socket.
    const below = await toNodeStream(new BaseIOStream(connection));
    return await startNodeTls(below, hostname, tls, signal, what, connection);
  }
  return await startTls(connection, denoOptions(tls, hostname), signal, what);
}

function handleDialerFor({ host, transport = "deno" }: Connecting): HandleDialer | null {
  // A permission for a name alone is not one for its addresses.
  if (transport === "deno" || (transport === "auto" && familyOf(host) === null)) return null;
  const binding = handleBinding();
  if (binding !== null) return new HandleDialer(binding);
  if (transport === "auto") return null;
  throw new TypeError(`Cannot connect on stream handles: Deno ${Deno.version.deno} has none that were tested`);
}

function nodeDialerFor({ sourceIp = null, sourcePort = null, af = null }: Connecting): NodeDialer | null {
  if (sourceIp === null && sourcePort === null) return null;
  if (sourcePort !== null) checkPort(sourcePort, "from port");
  const family = sourceIp === null ? null : familyOf(sourceIp);
  if (sourceIp !== null && (family === null || (af !== null && af !== family))) {
    throw new TypeError(`Cannot connect from ${JSON.stringify(sourceIp)}: it is not an ${af ?? "IP"} address`);
  }
  return new NodeDialer(sourceIp, sourcePort);
}

async function addressesOf(to: Connecting, dialsNames: boolean, signal: AbortSignal | null) {
  const { host, port, resolver = null, sourceIp = null } = to;
  if (host === "") throw new TypeError("Cannot connect: the host is empty");
  checkPort(port, `to ${host} port`);
  // No address of the other version can be reached from the source.
  const af = to.af ?? (sourceIp === null ? null : familyOf(sourceIp));
  return await findAddresses({ host, port, resolver, af, dialsNames }, signal);
}

function checkPort(port: number, what: string): void {
  if (!Number.isInteger(port) || port < 0 || port > 65535) {
    throw new RangeError(`Cannot connect ${what} ${port}: ports are integers from 0 to 65535`);
  }
}
