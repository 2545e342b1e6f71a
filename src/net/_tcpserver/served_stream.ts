import { IOStream, type IOStreamOptions, SSLIOStream } from "../iostream.ts";
import type { HandleTransport } from "../_transport/handle_transport.ts";

/** The place of a connection among those of a server, which its end gives free. */
export interface Place {
  release(): void;
}

/** A stream that counts as a connection of its server until its connection closes. */
export class ServedStream extends IOStream {
  readonly #place: Place;

  constructor(socket: Deno.Conn | HandleTransport, options: IOStreamOptions, place: Place) {
    super(socket, options);
    this.#place = place;
  }

  protected override connectionClosed(): void {
    this.#place.release();
  }
}

/** A stream over TLS that counts as a connection of its server until its connection closes. */
export class ServedSSLStream extends SSLIOStream {
  readonly #place: Place;

  constructor(socket: Deno.TlsConn, options: IOStreamOptions, place: Place) {
    super(socket, options);
    this.#place = place;
  }

  protected override connectionClosed(): void {
    this.#place.release();
  }
}
