import { utf8 } from "../../util/escape.ts";
import type { IOStream } from "../../net/iostream.ts";
import {
  OverrideResolver,
  type ResolvedAddress,
  type ResolveOptions,
  Resolver,
  type ResolverMapping,
  type SSLOptions,
  sslOptionsToContext,
} from "../../net/netutil.ts";
import { TCPClient, type TCPConnectOptions } from "../../net/tcpclient.ts";
import { readResponseHead } from "../_http1/response_reader.ts";
import { HTTPClientError } from "./errors.ts";
import { hostOf, type Proxy, tunnelFailed } from "./proxy.ts";
import { unmapped } from "./public_address.ts";
import type { Settings } from "./settled_request.ts";
import { partsOf } from "./url_parts.ts";

/**
 * The most bytes that one read of a long body takes. Less lets the server write in smaller pieces, which costs both
 * sides a tenth; more does not stay in the processor's cache.
 */
const READ_SIZE = 131072;

/** Options of a {@linkcode Connector}. */
export interface ConnectorOptions {
  readonly resolver: Resolver | null;
  readonly hostnameMapping: ResolverMapping | null;
  readonly maxBufferSize: number;
  /** The most bytes of the answer of a proxy. */
  readonly maxHeaderSize: number;
}

/** Where a connection goes, and by which settings. */
export interface Destination {
  readonly url: URL;
  readonly settings: Settings;
  readonly proxy: Proxy | null;
  /** Tells whether a body of any length is expected. */
  readonly isStreamed?: boolean;
  /** Asks a proxy for a tunnel even without TLS: for what is not HTTP. */
  readonly tunnels?: boolean;
}

/** Opens connections: to the server, through a proxy, with TLS or without. */
export class Connector {
  readonly client: TCPClient;
  readonly #options: ConnectorOptions;
  readonly #ids = new WeakMap<object, number>();
  #lastId = 0;

  constructor(options: ConnectorOptions) {
    const { resolver, hostnameMapping } = options;
    this.client = new TCPClient(
      hostnameMapping === null ? resolver : new OverrideResolver(resolver ?? Resolver.create(), hostnameMapping),
    );
    this.#options = options;
  }

  /** Text that is equal for destinations that can share a connection: it has everything that shapes one. */
  keyOf({ url, settings, proxy }: Destination): string {
    const { validateCert, caCerts, clientCert, clientKey, sslOptions, networkInterface, allowIpv6 } = settings;
    const { allowAddress } = settings;
    const isPlain = proxy === null && validateCert && caCerts === null && clientCert === null && clientKey === null &&
      sslOptions === null && networkInterface === null && allowIpv6 && allowAddress === null;
    const { origin } = partsOf(url);
    if (isPlain) return origin;
    return JSON.stringify([
      url.protocol === "http:" && proxy !== null ? "" : origin,
      proxy,
      validateCert,
      caCerts,
      clientCert,
      clientKey,
      sslOptions === null ? 0 : this.#idOf(sslOptions),
      networkInterface,
      allowIpv6,
      allowAddress === null ? 0 : this.#idOf(allowAddress),
    ]);
  }

  /**
   * Connects.
   *
   * @throws {HTTPClientError} If the proxy refuses the tunnel, or no address is allowed.
   */
  async connect(destination: Destination, signal: AbortSignal): Promise<IOStream> {
    const { url, proxy, tunnels = url.protocol === "https:" } = destination;
    if (proxy !== null && tunnels) return await this.#connectThrough(proxy, destination, signal);
    const stream = await this.#connectTo(proxy, destination, signal);
    stream.setNodelay(true);
    return stream;
  }

  close(): void {
    this.client.close();
  }

  #connectTo(
    proxy: Proxy | null,
    { url, settings, isStreamed = false }: Destination,
    signal: AbortSignal,
  ): Promise<IOStream> {
    const isSecure = proxy === null && url.protocol === "https:";
    const host = proxy?.host ?? hostOf(url);
    const port = proxy?.port ?? Number(url.port || (isSecure ? 443 : 80));
    // The transport that is cheaper for small messages makes Deno load 5 MiB of node's modules, and long bodies are not
    // faster there. A tunnel needs the one that TLS can start on.
    const transport = isStreamed ? "deno" : "auto";
    const options: TCPConnectOptions = { ...this.#limits(settings), signal, transport };
    if (isStreamed) options.readChunkSize = READ_SIZE;
    if (isSecure) Object.assign(options, { sslOptions: sslOptionsOf(settings), validateCert: settings.validateCert });
    return this.#clientFor(settings).connect(host, port, options);
  }

  async #connectThrough(proxy: Proxy, destination: Destination, signal: AbortSignal): Promise<IOStream> {
    const { url, settings } = destination;
    const isSecure = url.protocol === "https:";
    const tls = isSecure ? sslOptionsToContext(sslOptionsOf(settings), false) : {};
    const stream = await this.#clientFor(settings).connect(proxy.host, proxy.port, {
      ...this.#limits(settings),
      signal,
    });
    const abort = () => stream.close();
    signal.addEventListener("abort", abort, { once: true });
    try {
      stream.setNodelay(true);
      const authority = `${url.hostname}:${url.port || (isSecure ? 443 : 80)}`;
      const fields = proxy.authorization === null ? "" : `Proxy-Authorization: ${proxy.authorization}\r\n`;
      stream.send(utf8(`CONNECT ${authority} HTTP/1.1\r\nHost: ${authority}\r\n${fields}\r\n`));
      const { code, reason } = await this.#readAnswer(stream, proxy);
      if (code < 200 || code >= 300) throw tunnelFailed(proxy, `refused a tunnel: ${code} ${reason}`);
      if (!isSecure) return stream;
      if (stream.readBufferSize > 0) throw tunnelFailed(proxy, "sent bytes of its own into the tunnel");
      const options = { ...tls, validateCert: settings.validateCert !== false };
      return await stream.startTls(false, options, hostOf(url), { signal });
    } catch (error) {
      stream.close();
      signal.throwIfAborted();
      throw error;
    } finally {
      signal.removeEventListener("abort", abort);
    }
  }

  async #readAnswer(stream: IOStream, proxy: Proxy): Promise<{ code: number; reason: string }> {
    try {
      return await readResponseHead(stream, this.#options.maxHeaderSize);
    } catch (error) {
      throw tunnelFailed(proxy, "did not answer CONNECT", error);
    }
  }

  #limits(settings: Settings): TCPConnectOptions {
    const { networkInterface, allowIpv6 } = settings;
    return {
      sourceIp: networkInterface,
      af: allowIpv6 ? null : "ipv4",
      maxBufferSize: this.#options.maxBufferSize,
    };
  }

  #clientFor({ allowAddress }: Settings): TCPClient {
    const { client } = this;
    return allowAddress === null ? client : new TCPClient(new AllowingResolver(client.resolver, allowAddress));
  }

  #idOf(value: object): number {
    let id = this.#ids.get(value);
    if (id === undefined) this.#ids.set(value, id = ++this.#lastId);
    return id;
  }
}

/** Gives only the addresses that the application allows. */
class AllowingResolver extends Resolver {
  readonly #resolver: Resolver;
  readonly #allow: (address: string) => boolean;

  constructor(resolver: Resolver, allow: (address: string) => boolean) {
    super();
    this.#resolver = resolver;
    this.#allow = allow;
  }

  override async resolve(host: string, port: number, options: ResolveOptions = {}): Promise<ResolvedAddress[]> {
    const all = await this.#resolver.resolve(host, port, options);
    const allowed = all.filter(([, address]) => {
      return this.#allow("path" in address ? address.path : unmapped(address.hostname));
    });
    if (allowed.length === 0) {
      throw new HTTPClientError(599, `Refused to connect to ${host}: no address is allowed by allowAddress`);
    }
    return allowed;
  }
}

/** The TLS options of a request. */
export function sslOptionsOf({ sslOptions, caCerts, clientCert, clientKey }: Settings): SSLOptions {
  if (sslOptions !== null) return sslOptions;
  return {
    ...(caCerts === null ? {} : { caCerts }),
    ...(clientCert === null ? {} : { certfile: clientCert }),
    ...(clientKey === null ? {} : { keyfile: clientKey }),
  };
}
