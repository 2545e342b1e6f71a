/**
 * Connections to TCP servers by name, with TLS or without. Tornado's `tornado.tcpclient`.
 *
 * @module
 */
import { type ConnectLimits, withinLimits } from "./_tcpclient/limits.ts";
import { type Connecting, connectPlain, connectSecure, type Securing } from "./_tcpclient/connect_socket.ts";
import type { AddressFamily } from "./_netutil/bind_sockets.ts";
import { Resolver } from "./_netutil/resolver.ts";
import { type SSLOptions, sslOptionsToContext } from "./_netutil/ssl_options.ts";
import { IOStream, type IOStreamOptions, SSLIOStream } from "./iostream.ts";

export type { ConnectLimits } from "./_tcpclient/limits.ts";

/** Options of {@linkcode TCPClient.connect}. */
export interface TCPConnectOptions extends ConnectLimits, IOStreamOptions {
  /**
   * Restricts the connection to one IP version.
   *
   * @default {null}
   */
  af?: AddressFamily | null;
  /**
   * Starts TLS on the connection, `{}` with the defaults; `null` for a connection without TLS.
   *
   * A client certificate (`certfile`) takes a connection by `node:tls`, which does not tell a connection that was cut
   * on its way from one that the server has closed.
   *
   * @default {null}
   */
  sslOptions?: SSLOptions | null;
  /**
   * The name that the certificate must have and that the server is told (SNI).
   *
   * @default {the host}
   */
  serverHostname?: string | null;
  /**
   * `false` to accept any certificate, by `node:tls`: a machine between the peers can then read and change everything.
   *
   * @default {true}
   */
  validateCert?: boolean;
  /**
   * The address of this machine to connect from. Only addresses of the same IP version are tried.
   *
   * @default {null}
   */
  sourceIp?: string | null;
  /**
   * The port to connect from; 0 and `null` leave it to the system.
   *
   * @default {null}
   */
  sourcePort?: number | null;
  /**
   * The transport of a connection without TLS and without a source address. `"handle"` is Deno's stream handles, which
   * take less memory and work for each read and write than `"deno"`, `Deno.connect`. They need the permission for the
   * address, and `startTls` cannot be called on such a stream. `"auto"` is the handles where the host is an IP address
   * and this version of Deno has those that were tested, else `Deno.connect`.
   *
   * @default {"deno"}
   */
  transport?: "auto" | "handle" | "deno";
}

/**
 * Connects to TCP servers (`tornado.tcpclient.TCPClient`).
 *
 * A host may have several addresses. They are tried in turns of IPv6 and IPv4, the next one after 250 ms or when one
 * has failed, and the first connection wins (Happy Eyeballs, RFC 8305).
 *
 * @example
 * ```ts
 * import { TCPClient } from "@twister/twister/tcpclient";
 * import { assertEquals } from "@std/assert";
 *
 * using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
 * const accepted = listener.accept();
 *
 * using client = new TCPClient();
 * using stream = await client.connect("localhost", listener.addr.port, { timeout: 5 });
 * stream.write("hello");
 *
 * using peer = await accepted;
 * const received = new Uint8Array(5);
 * await peer.read(received);
 * assertEquals(new TextDecoder().decode(received), "hello");
 * ```
 */
export class TCPClient implements Disposable {
  /** The resolver of names. */
  readonly resolver: Resolver;
  readonly #ownsResolver: boolean;

  /**
   * Makes a client with a resolver of its own (`Resolver.create()`), or with one that stays the caller's.
   *
   * With the default resolver, Deno looks names up itself: a program needs `--allow-net` for the name only. Another
   * resolver, `af`, a source address, and connections by `node:tls` take the permission for the addresses as well.
   */
  constructor(resolver: Resolver | null = null) {
    this.#ownsResolver = resolver === null;
    this.resolver = resolver ?? Resolver.create();
  }

  /**
   * Connects to a host and port; with `sslOptions`, the TLS handshake is complete as well.
   *
   * @param host A name or an IP address.
   * @throws {TimeoutError} If the time has passed.
   * @throws {RangeError} If a port is not one.
   * @throws {TypeError} If the options contradict one another, or those of TLS are wrong.
   * @throws {Deno.errors.ConnectionRefused} If nothing listens there, and the other errors of `Deno.connect`. After
   * several addresses it is the last error; its `cause` is an `AggregateError` of the others.
   * @throws {Deno.errors.InvalidData} If the certificate of the server is refused.
   */
  connect(host: string, port: number, options: TCPConnectOptions & { sslOptions: SSLOptions }): Promise<SSLIOStream>;
  /** Connects to a host and port. */
  connect(host: string, port: number, options?: TCPConnectOptions): Promise<IOStream>;
  async connect(host: string, port: number, options: TCPConnectOptions = {}): Promise<IOStream> {
    const { sslOptions = null, af = null, sourceIp = null, sourcePort = null, transport = "deno" } = options;
    const { serverHostname = null, validateCert = true } = options;
    const to: Connecting = { host, port, resolver: this.resolver, af, sourceIp, sourcePort, transport };
    const tls: Securing | null = sslOptions === null
      ? null
      : { ...sslOptionsToContext(sslOptions, false), serverHostname, validateCert };
    return await withinLimits(
      `Cannot connect to ${host} port ${port}`,
      options,
      async (signal) =>
        tls === null
          ? new IOStream(await connectPlain(to, signal), options)
          : new SSLIOStream(await connectSecure(to, tls, signal), options),
    );
  }

  /** Closes the resolver if it is the client's own. Streams stay open. */
  close(): void {
    if (this.#ownsResolver) this.resolver.close();
  }

  /** Closes the client, for `using`. */
  [Symbol.dispose](): void {
    this.close();
  }
}
