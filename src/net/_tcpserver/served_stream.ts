import { IOStream, type IOStreamOptions, SSLIOStream } from "../iostream.ts";
import type { HandleTransport } from "../_transport/handle_transport.ts";
import type { ConnectionLimit } from "./connection_limit.ts";

/** A stream that counts as a connection of its server until its connection closes. */
export class ServedStream extends IOStream {
  readonly #limit: ConnectionLimit;

  constructor(socket: Deno.Conn | HandleTransport, options: IOStreamOptions, limit: ConnectionLimit) {
    super(socket, options);
    this.#limit = limit;
  }

  protected override connectionClosed(): void {
    this.#limit.release();
  }
}

/** A stream over TLS that counts as a connection of its server until its connection closes. */
export class ServedSSLStream extends SSLIOStream {
  readonly #limit: ConnectionLimit;

  constructor(socket: Deno.TlsConn, options: IOStreamOptions, limit: ConnectionLimit) {
    super(socket, options);
    this.#limit = limit;
  }

  protected override connectionClosed(): void {
    this.#limit.release();
  }
}
