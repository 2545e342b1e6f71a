import { unmapIPv4 } from "../../net/internal.ts";
import { isValidIp } from "../../net/netutil.ts";
import type { HTTPRequestContext } from "../_httputil/delegates.ts";
import { getTrusted, type HTTPHeaders } from "../_httputil/headers.ts";
import type { LongLivedResponses } from "../_httputil/long_lived.ts";

/** Stands for the address of a peer that has none, as on a unix socket; Tornado's value. */
const NO_ADDRESS = "0.0.0.0";

const NOBODY: ReadonlySet<string> = new Set<string>();

/**
 * Describes the peer of a connection, and during one request the client that a proxy names.
 *
 * Tornado's `_HTTPRequestContext`.
 */
export class RequestContext implements HTTPRequestContext {
  /** Address of the client; `"0.0.0.0"` on a unix socket. */
  remoteIp: string;
  /** `"http"` or `"https"`. */
  protocol: string;
  /** Address of the socket's other end, or `null` if the engine has none. */
  readonly address: Deno.Addr | null;
  /** The responses that the server tells when it is drained, or `null` if the engine keeps none. */
  readonly longLived: LongLivedResponses | null;

  readonly #socketIp: string;
  readonly #socketProtocol: string;
  readonly #trustedDownstream: ReadonlySet<string>;

  /**
   * Makes the context of a connection.
   *
   * @param trustedDownstream Addresses of proxies to skip at the end of X-Forwarded-For.
   * @param longLived The responses that the server tells when it is drained.
   */
  constructor(
    address: Deno.Addr | null,
    protocol: string,
    trustedDownstream: ReadonlySet<string> = NOBODY,
    longLived: LongLivedResponses | null = null,
  ) {
    this.address = address;
    this.longLived = longLived;
    this.remoteIp = address !== null && "hostname" in address ? unmapIPv4(address.hostname) : NO_ADDRESS;
    this.protocol = protocol;
    this.#socketIp = this.remoteIp;
    this.#socketProtocol = protocol;
    this.#trustedDownstream = trustedDownstream;
  }

  /** Sets `remoteIp` and `protocol` to what the proxy says. Values that are not valid change nothing. */
  applyXheaders(headers: HTTPHeaders): void {
    const ip = getTrusted(headers, "X-Real-Ip") ?? this.#client(getTrusted(headers, "X-Forwarded-For"));
    if (ip !== null && isValidIp(ip)) this.remoteIp = ip;
    const protocols = getTrusted(headers, "X-Scheme") ?? getTrusted(headers, "X-Forwarded-Proto");
    if (protocols !== null) {
      // Only the nearest proxy is believed.
      const protocol = protocols.slice(protocols.lastIndexOf(",") + 1).trim();
      if (protocol === "http" || protocol === "https") this.protocol = protocol;
    }
  }

  /** Restores the socket's values, so that none leaks into the next request of the connection. */
  unapplyXheaders(): void {
    this.remoteIp = this.#socketIp;
    this.protocol = this.#socketProtocol;
  }

  /** Returns the address as text, for the log. */
  toString(): string {
    const { address } = this;
    return address !== null && "path" in address ? address.path : this.remoteIp;
  }

  /** Returns the last address that is not a trusted proxy's; the first one if all are. */
  #client(forwarded: string | null): string | null {
    if (forwarded === null) return null;
    let end = forwarded.length;
    for (;;) {
      const comma = end === 0 ? -1 : forwarded.lastIndexOf(",", end - 1);
      const candidate = forwarded.slice(comma + 1, end).trim();
      if (comma === -1 || !this.#trustedDownstream.has(candidate)) return candidate;
      end = comma;
    }
  }
}
