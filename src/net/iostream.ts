/**
 * Buffered byte streams over connections. Tornado's `tornado.iostream`.
 *
 * {@linkcode IOStream} wraps a TCP or Unix connection, {@linkcode SSLIOStream} a TLS connection, and {@linkcode
 * PipeIOStream} a pair of Web streams. Each reads up to a delimiter, a pattern, a number of bytes or the end, writes
 * with back-pressure, and bounds its buffers.
 *
 * @module
 */
import { BaseIOStream } from "./_iostream/base_iostream.ts";
import type { IOStreamOptions } from "./_iostream/stream_limits.ts";
import { type Duplex, WebStreamDuplex } from "./_iostream/duplex.ts";
import { connectPlain, connectSecure, type Securing } from "./_tcpclient/connect_socket.ts";
import { denoOptions, needsNode, startTls } from "./_tcpclient/deno_dialer.ts";
import { startNodeTls } from "./_tcpclient/node_dialer.ts";
import { toNodeStream } from "./_tcpclient/node_stream.ts";
import type { TlsOptions } from "./_netutil/ssl_options.ts";
import type { Transport } from "./_transport/transport.ts";
export type { Transport, TransportReceiver } from "./_transport/transport.ts";

export { type BufferBytes, ByteBuffer } from "../internal/byte_buffer.ts";
export { BaseIOStream } from "./_iostream/base_iostream.ts";
export type { StreamConsumer } from "./_iostream/stream_consumer.ts";
export type { IOStreamOptions } from "./_iostream/stream_limits.ts";
export { type Duplex, WebStreamDuplex } from "./_iostream/duplex.ts";
export type { MemoryWriter } from "./_iostream/write_queue.ts";
export { StreamBufferFullError, StreamClosedError, UnsatisfiableReadError } from "./_iostream/errors.ts";

/** Options of {@linkcode IOStream.startTls}, as `sslOptionsToContext` makes them. */
export interface ClientTlsOptions extends TlsOptions {
  /**
   * `false` to accept any certificate: a machine between the peers can then read and change all.
   *
   * @default {true}
   */
  validateCert?: boolean;
}

/** An address for {@linkcode IOStream.connect}. */
export type StreamAddress =
  | Pick<Deno.ConnectOptions, "hostname" | "port" | "transport" | "signal">
  | Deno.UnixConnectOptions;

/** An address for {@linkcode SSLIOStream.connect}, and the checks of its certificate. */
export type SecureStreamAddress = Pick<
  Deno.ConnectTlsOptions,
  "hostname" | "port" | "caCerts" | "alpnProtocols" | "unsafelyDisableHostnameVerification"
>;

/** The connection under a stream over TCP or a Unix socket: a `Deno.Conn`, or a stream handle. */
export interface StreamSocket {
  /** The address of this end. */
  readonly localAddr: Deno.Addr;
  /** The address of the peer. */
  readonly remoteAddr: Deno.Addr;
  /** Closes the connection under the stream. */
  close(): void;
  /** Turns Nagle's algorithm off (`true`) or on (`false`); TCP only. */
  setNoDelay?(on?: boolean): void;
  /** Turns probes of an idle connection on or off; TCP only. */
  setKeepAlive?(on?: boolean): void;
}

/** The connection under a stream over TLS: a `Deno.TlsConn`, or one of `node:tls`. */
export interface SecureStreamSocket extends StreamSocket {
  /** Completes the handshake and resolves with what it has agreed on. */
  handshake(): Promise<Deno.TlsHandshakeInfo>;
}

/**
 * A stream over a TCP or Unix connection (`tornado.iostream.IOStream`).
 *
 * @example
 * ```ts
 * import { IOStream } from "@twister/twister/iostream";
 * import { assertEquals } from "@std/assert";
 *
 * using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
 * const accepted = listener.accept();
 * using client = await IOStream.connect({ hostname: "127.0.0.1", port: listener.addr.port });
 * using server = new IOStream(await accepted);
 * await client.write("hello\n");
 * assertEquals(await server.readTextUntil("\n", 100), "hello\n");
 * ```
 */
export class IOStream extends BaseIOStream {
  /** The connection. Reading from it or writing to it directly breaks the stream. */
  readonly socket: StreamSocket;

  /** Wraps a connection; the stream owns it from now on. */
  constructor(socket: Deno.Conn | (Transport & StreamSocket), options: IOStreamOptions = {}) {
    super(socket, options);
    this.socket = socket;
  }

  /**
   * Connects to an address and wraps the connection. `TCPClient` has more options.
   *
   * @throws {Deno.errors.ConnectionRefused} If nothing listens at the address, and the other errors of `Deno.connect`.
   */
  static async connect(address: StreamAddress, options: IOStreamOptions = {}): Promise<IOStream> {
    if ("path" in address) return new IOStream(await Deno.connect({ ...address, transport: "unix" }), options);
    const { hostname = "127.0.0.1", port, signal = null } = address;
    return new IOStream(await connectPlain({ host: hostname, port }, signal), options);
  }

  /**
   * Starts TLS on the connection and returns the new stream; this one must not be used afterwards.
   *
   * Deno can start TLS on the client's side only, so `serverSide` must be `false`; a server speaks TLS from the first
   * byte, by `Deno.listenTls`. No read may be pending, no close callback set, and nothing buffered.
   *
   * With a signal, the promise resolves after the handshake, and an abort closes the connection. Without one, the first
   * read or write of the new stream performs the handshake. `Deno.startTls` has no client certificate, always checks
   * that of the server, and takes TCP connections only: for anything else, TLS is that of `node:tls`, and the promise
   * resolves after the handshake in any case.
   *
   * @param serverHostname The name to verify the certificate against; by default the peer's address.
   * @throws {TypeError} If `serverSide` is `true`, the stream is in use, or a Unix socket has no `serverHostname`.
   * @throws {Deno.errors.InvalidData} If the certificate is refused before the promise resolves.
   */
  async startTls(
    serverSide: boolean,
    sslOptions: ClientTlsOptions = {},
    serverHostname?: string,
    { signal = null }: { signal?: AbortSignal | null } = {},
  ): Promise<SSLIOStream> {
    if (serverSide) throw new TypeError("Cannot start TLS on the server side: Deno offers it for clients only");
    const socket = this.socket;
    if (!this.quiet) throw new TypeError("Cannot start TLS: the stream is in use");
    const { remoteAddr } = socket;
    const hostname = serverHostname ?? ("hostname" in remoteAddr ? remoteAddr.hostname : null);
    if (hostname === null) throw new TypeError("Cannot start TLS: a Unix socket has no name, give serverHostname");
    const what = `Cannot start TLS with ${hostname}`;
    if (!isTcp(socket) || needsNode(sslOptions)) {
      if (!isConnection(socket)) throw new TypeError("Cannot start TLS: the stream has no connection of its own");
      this.abandon();
      const below = await toNodeStream(new IOStream(socket, this.#limits()));
      return new SSLIOStream(await startNodeTls(below, hostname, sslOptions, signal, what, socket), this.#limits());
    }
    const tls = denoOptions(sslOptions, hostname);
    if (signal !== null) {
      this.abandon();
      return new SSLIOStream(await startTls(socket, tls, signal, what), this.#limits());
    }
    const secure = await Deno.startTls(socket, tls);
    this.abandon();
    return new SSLIOStream(secure, this.#limits());
  }

  /** Turns Nagle's algorithm off (`true`) or on (`false`). Has no effect on a Unix socket. */
  override setNodelay(value: boolean): void {
    if (!this.closed()) this.socket.setNoDelay?.(value);
  }

  #limits(): IOStreamOptions {
    return {
      maxBufferSize: this.maxBufferSize,
      readChunkSize: this.readChunkSize,
      maxWriteBufferSize: this.maxWriteBufferSize,
    };
  }
}

function isConnection(socket: StreamSocket): socket is Deno.Conn | (Transport & StreamSocket) {
  return "read" in socket || "attach" in socket;
}

function isTcp(socket: StreamSocket): socket is Deno.TcpConn {
  return "setNoDelay" in socket && "readable" in socket;
}

/**
 * A stream over a TLS connection (`tornado.iostream.SSLIOStream`).
 *
 * The first read or write, or {@linkcode waitForHandshake}, performs the handshake.
 *
 * @example
 * ```ts ignore
 * import { SSLIOStream } from "@twister/twister/iostream";
 *
 * using stream = await SSLIOStream.connect({ hostname: "example.com", port: 443 });
 * await stream.write("GET / HTTP/1.0\r\nHost: example.com\r\n\r\n");
 * console.log(await stream.readTextUntilClose());
 * ```
 */
export class SSLIOStream extends IOStream {
  /** The TLS connection. */
  declare readonly socket: SecureStreamSocket;

  /** Wraps a TLS connection; the stream owns it from now on. */
  constructor(socket: Deno.TlsConn | (Transport & SecureStreamSocket), options: IOStreamOptions = {}) {
    super(socket, options);
  }

  /**
   * Connects to an address by TLS and completes the handshake.
   *
   * @throws {Deno.errors.InvalidData} If the certificate is refused, and the other errors of `Deno.connectTls`.
   */
  static override async connect(
    address: SecureStreamAddress,
    options: IOStreamOptions = {},
  ): Promise<SSLIOStream> {
    const { hostname = "127.0.0.1", port, caCerts, alpnProtocols, unsafelyDisableHostnameVerification } = address;
    const tls: Securing = {
      ...(caCerts === undefined ? {} : { caCerts }),
      ...(alpnProtocols === undefined ? {} : { alpnProtocols }),
      ...(unsafelyDisableHostnameVerification === true ? { checkHostname: false } : {}),
    };
    return new SSLIOStream(await connectSecure({ host: hostname, port }, tls, null), options);
  }

  /**
   * Completes the handshake and resolves with this stream.
   *
   * @throws {Error} If the handshake fails, which closes the stream.
   */
  async waitForHandshake(): Promise<SSLIOStream> {
    try {
      await this.socket.handshake();
    } catch (error) {
      this.close(error instanceof Error ? error : null);
      throw error;
    }
    return this;
  }

  /** Has no effect: Deno always turns Nagle's algorithm off for TLS connections. */
  override setNodelay(_value: boolean): void {}
}

/**
 * A stream over a pair of Web streams, such as those of a child process (`tornado.iostream.PipeIOStream`).
 *
 * @example
 * ```ts
 * import { PipeIOStream } from "@twister/twister/iostream";
 * import { assertEquals } from "@std/assert";
 *
 * const stream = new PipeIOStream({ readable: new Blob(["abc"]).stream() });
 * assertEquals((await stream.readUntilClose()).length, 3);
 * ```
 */
export class PipeIOStream extends BaseIOStream {
  /** Takes ownership of the streams and locks them. */
  constructor(
    streams: { readable?: ReadableStream<Uint8Array>; writable?: WritableStream<Uint8Array> } | Duplex,
    options: IOStreamOptions = {},
  ) {
    super("read" in streams ? streams : new WebStreamDuplex(streams), options);
  }
}
