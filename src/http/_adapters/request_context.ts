import type { EndReason } from "../../internal/events.ts";
import { unmapIPv4 } from "../../net/internal.ts";
import type { HTTPRequestContext } from "../_httputil/delegates.ts";
import { getTrusted, type HTTPHeaders } from "../_httputil/headers.ts";
import type { LongLivedResponses } from "../_httputil/long_lived.ts";
import type { FetchHandlerOptions } from "../_serve/fetch_handler_options.ts";
import { forwardedForHops, forwardedHops, type Hop, hopAddress, hopProtocol } from "./proxy_fields.ts";

/** Stands for the address of a peer that has none, as on a unix socket; Tornado's value. */
const NO_ADDRESS = "0.0.0.0";
/** Stands for the address of a peer that has left before Deno asked for it. */
const UNKNOWN_ADDRESS = "";

/** Which headers are trusted to name the client. */
export type ProxyHeaders = Readonly<Required<Pick<FetchHandlerOptions, "forwarded" | "xheaders">>>;

const NOBODY: ReadonlySet<string> = new Set();

/**
 * Describes the peer of a connection, and during one request the client that a proxy names.
 *
 * Tornado's `_HTTPRequestContext`.
 */
export class RequestContext implements HTTPRequestContext {
  /** Address of the client; `"0.0.0.0"` on a unix socket, `""` if the client left before its address was known. */
  remoteIp: string;
  /** `"http"` or `"https"`. */
  protocol: string;
  /** The responses that the server tells when it is drained, or `null` if the engine keeps none. */
  readonly longLived: LongLivedResponses | null;
  declare endReason?: EndReason;

  /**
   * The address, of TCP only the name of the host, `""` if that is not known: as an object, each of many idle
   * connections would keep 48 bytes more.
   */
  readonly #peer: Deno.Addr | string | null;
  /** The port, or -1 if the address is none of TCP. */
  readonly #port: number;
  readonly #socketProtocol: string;
  readonly #trustedDownstream: ReadonlySet<string>;

  /** `trustedDownstream` are the proxies to skip at the end of X-Forwarded-For. */
  constructor(
    address: Deno.Addr | null,
    protocol: string,
    trustedDownstream: ReadonlySet<string> = NOBODY,
    longLived: LongLivedResponses | null = null,
  ) {
    const unknown = isMadeUp(address);
    const tcp = !unknown && address?.transport === "tcp" ? address : null;
    this.#peer = unknown ? UNKNOWN_ADDRESS : tcp?.hostname ?? address;
    this.#port = tcp?.port ?? -1;
    this.longLived = longLived;
    this.remoteIp = ipOf(this.#peer);
    this.protocol = protocol;
    this.#socketProtocol = protocol;
    this.#trustedDownstream = trustedDownstream;
  }

  /** Address of the socket's other end, or `null` if the engine has none. */
  get address(): Deno.Addr | null {
    const peer = this.#peer;
    if (typeof peer !== "string") return peer;
    return this.#port < 0 ? null : { transport: "tcp", hostname: peer, port: this.#port };
  }

  /**
   * Sets `remoteIp` and `protocol` to what the proxy says. Values that are not valid change nothing and hide no others.
   */
  applyHeaders(headers: HTTPHeaders, trusted: ProxyHeaders): void {
    const forwarded = trusted.forwarded ? getTrusted(headers, "Forwarded") : null;
    if (forwarded !== null) return this.#apply(this.#client(forwardedHops(forwarded)));
    if (!trusted.xheaders) return;
    const realIp = getTrusted(headers, "X-Real-Ip");
    const list = getTrusted(headers, "X-Forwarded-For");
    const ip = (realIp === null ? null : hopAddress(realIp)) ??
      (list === null ? null : this.#client(forwardedForHops(list)).ip);
    const protocol = hopProtocol(getTrusted(headers, "X-Scheme")) ??
      hopProtocol(getTrusted(headers, "X-Forwarded-Proto"));
    this.#apply({ ip, protocol });
  }

  /** Restores the socket's values, so that none leaks into the next request of the connection. */
  restore(): void {
    this.remoteIp = ipOf(this.#peer);
    this.protocol = this.#socketProtocol;
  }

  toString(): string {
    const { address } = this;
    return address !== null && "path" in address ? address.path : this.remoteIp;
  }

  #apply({ ip, protocol }: Hop): void {
    if (ip !== null) this.remoteIp = ip;
    if (protocol !== null) this.protocol = protocol;
  }

  /** Returns the nearest hop whose address is not a trusted proxy's; the farthest one if all are. */
  #client(hops: Iterable<Hop>): Hop {
    let client = NO_HOP;
    for (client of hops) {
      if (client.ip === null || !this.#trustedDownstream.has(client.ip)) break;
    }
    return client;
  }
}

const NO_HOP: Hop = { ip: null, protocol: null };

function ipOf(peer: Deno.Addr | string | null): string {
  if (typeof peer === "string") return unmapIPv4(peer);
  return peer !== null && "hostname" in peer ? unmapIPv4(peer.hostname) : NO_ADDRESS;
}

/** Tells whether Deno gave an address because it could not learn the peer's: no peer has the port 0. */
function isMadeUp(address: Deno.Addr | null): boolean {
  return address?.transport === "tcp" && address.port === 0 && address.hostname === "0.0.0.0";
}
