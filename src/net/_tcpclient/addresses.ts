import type { AddressFamily } from "../_netutil/bind_sockets.ts";
import { DefaultLoopResolver, type ResolvedAddress, type Resolver } from "../_netutil/resolver.ts";
import { withPlace } from "./errors.ts";
import { untilAborted } from "./limits.ts";

/** A place to connect to; the host of a TCP address may be a name. */
export type SocketAddress = Deno.NetAddr | Deno.UnixAddr;

/** A question to the resolver. */
export interface Lookup {
  readonly host: string;
  readonly port: number;
  readonly resolver: Resolver | null;
  readonly af: AddressFamily | null;
  /** Tells whether the dialer takes names, and races their addresses itself. */
  readonly dialsNames: boolean;
}

/**
 * The addresses of a host, in the order in which the resolver prefers them; there is at least one.
 *
 * @throws {Error} If the host has no address, or the resolver fails.
 */
export async function findAddresses(lookup: Lookup, signal: AbortSignal | null): Promise<SocketAddress[]> {
  const { host, port, af, dialsNames } = lookup;
  const resolver = lookup.resolver ?? new DefaultLoopResolver();
  // The name goes to the system in any case, and Deno connects to it by the permission for the name.
  if (dialsNames && af === null && resolver.constructor === DefaultLoopResolver) {
    return [{ transport: "tcp", hostname: host, port }];
  }
  const what = `Cannot connect to ${host} port ${port}`;
  const found = await ask(() => resolver.resolve(host, port, { family: af }), what, signal);
  const addresses = found.filter(([family]) => af === null || family === af || family === "unix").map(toSocketAddress);
  if (addresses.length === 0) {
    throw new Error(`${what}: the host has no ${af === null ? "" : `${af} `}address`);
  }
  return addresses;
}

/** The answer of a resolver. Its error says what was looked for, unless it is that of the caller's signal. */
async function ask<T>(resolve: () => Promise<T>, what: string, signal: AbortSignal | null): Promise<T> {
  try {
    return await untilAborted(resolve(), signal);
  } catch (error) {
    throw signal?.aborted === true ? error : withPlace(error, what);
  }
}

/** Resolvers may give the bare path of a Unix socket, as Python's do. */
function toSocketAddress([, address]: ResolvedAddress | [family: "unix", path: string]): SocketAddress {
  if (typeof address === "string") return { transport: "unix", path: address };
  return address;
}
