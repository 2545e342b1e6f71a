import type { HTTPConnection, HTTPRequestContext } from "./_httputil/delegates.ts";
import { HTTPMessageDelegate } from "./_httputil/delegates.ts";
import { getTrusted, type HTTPHeaders } from "./_httputil/headers.ts";
import type { RequestStartLine, ResponseStartLine } from "./_httputil/start_lines.ts";
import type { UpgradedConnections } from "./_httputil/upgraded.ts";
import { isValidIp } from "../net/netutil.ts";

/** What Tornado gives for the address of a peer that has none, as on a unix socket. */
const NO_ADDRESS = "0.0.0.0";

const NOBODY: ReadonlySet<string> = new Set<string>();

/**
 * What is known of the peer, with the word of a proxy applied for the time of one request.
 *
 * Tornado's `_HTTPRequestContext`.
 */
export class RequestContext implements HTTPRequestContext {
  /** Address of the client; `"0.0.0.0"` on a unix socket. */
  remoteIp: string;
  /** `"http"` or `"https"`. */
  protocol: string;
  /** Address of the socket's other end, or `null` where the engine has none. */
  readonly address: Deno.Addr | null;
  /** The connections of the server that have left HTTP, or `null` where nobody looks after them. */
  readonly upgraded: UpgradedConnections | null;

  readonly #socketIp: string;
  readonly #socketProtocol: string;
  readonly #trustedDownstream: ReadonlySet<string>;

  /**
   * Makes the context of a connection.
   *
   * @param trustedDownstream Addresses of proxies that X-Forwarded-For may end with.
   * @param upgraded The connections of the server that have left HTTP.
   */
  constructor(
    address: Deno.Addr | null,
    protocol: string,
    trustedDownstream: ReadonlySet<string> = NOBODY,
    upgraded: UpgradedConnections | null = null,
  ) {
    this.address = address;
    this.upgraded = upgraded;
    this.remoteIp = address !== null && "hostname" in address ? unmapIPv4(address.hostname) : NO_ADDRESS;
    this.protocol = protocol;
    this.#socketIp = this.remoteIp;
    this.#socketProtocol = protocol;
    this.#trustedDownstream = trustedDownstream;
  }

  /** Rewrites `remoteIp` and `protocol` to what the proxy says; what it says and is not valid changes nothing. */
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

  /** Takes the rewriting back, so that it does not leak into the next request of the connection. */
  unapplyXheaders(): void {
    this.remoteIp = this.#socketIp;
    this.protocol = this.#socketProtocol;
  }

  /** The address as text, for the log. */
  toString(): string {
    const { address } = this;
    return address !== null && "path" in address ? address.path : this.remoteIp;
  }

  /** The last address that is not a trusted proxy's; the first one if all are. */
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

/** Applies the proxy headers of a request before its delegate sees it. Tornado's `_ProxyAdapter`. */
export class ProxyAdapter extends HTTPMessageDelegate {
  readonly #delegate: HTTPMessageDelegate;
  readonly #context: RequestContext | null;

  /** Wraps the delegate of a request on `connection`, whose context is a {@linkcode RequestContext}. */
  constructor(delegate: HTTPMessageDelegate, connection: HTTPConnection) {
    super();
    this.#delegate = delegate;
    this.#context = connection.context instanceof RequestContext ? connection.context : null;
  }

  /** As the delegate says. */
  override get borrowsData(): boolean {
    return this.#delegate.borrowsData;
  }

  /** Applies the proxy headers, then passes the headers on. */
  override headersReceived(
    startLine: RequestStartLine | ResponseStartLine,
    headers: HTTPHeaders,
  ): void | Promise<void> {
    this.#context?.applyXheaders(headers);
    return this.#delegate.headersReceived(startLine, headers);
  }

  /** Passes the chunk on. */
  override dataReceived(chunk: Uint8Array<ArrayBuffer>): void | Promise<void> {
    return this.#delegate.dataReceived(chunk);
  }

  /** Passes the end on, and takes the rewriting back. */
  override finish(): void {
    try {
      this.#delegate.finish();
    } finally {
      this.#context?.unapplyXheaders();
    }
  }

  /** Passes the loss of the connection on, and takes the rewriting back. */
  override onConnectionClose(): void {
    try {
      this.#delegate.onConnectionClose();
    } finally {
      this.#context?.unapplyXheaders();
    }
  }
}

/** `::ffff:192.0.2.1`, as a socket for both IP versions shows an IPv4 peer, becomes `192.0.2.1`. */
function unmapIPv4(ip: string): string {
  return ip.startsWith("::ffff:") && ip.includes(".") ? ip.slice("::ffff:".length) : ip;
}
