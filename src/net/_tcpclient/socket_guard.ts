import { type HandleBinding, handleBinding, type TCPHandle } from "../_transport/handle_binding.ts";

/**
 * A second descriptor for the socket of a connection, which can end it while a TLS handshake has the first: Deno leaves
 * the socket of a handshake open until the peer answers, also when the connection is closed.
 */
export class SocketGuard {
  readonly #binding: HandleBinding;
  /** `null` once it is closed, or about to be: a handle that is closed twice ends the process. */
  #handle: TCPHandle | null;

  private constructor(binding: HandleBinding, handle: TCPHandle) {
    this.#binding = binding;
    this.#handle = handle;
  }

  /** Makes the descriptor, or `null` if this version of Deno has no handles that were tested. */
  static of(connection: Deno.TcpConn): SocketGuard | null {
    const binding = handleBinding();
    const rid = resourceOf(connection);
    if (binding === null || rid === null) return null;
    const handle = new binding.TCP(binding.socketType);
    if (handle.openFromRid?.(rid) === 0) return new SocketGuard(binding, handle);
    handle.close();
    return null;
  }

  /** Tells the peer that the connection has ended, and closes the descriptor. */
  endConnection(): void {
    const handle = this.#handle;
    if (handle === null) return;
    this.#handle = null;
    const request = new this.#binding.ShutdownWrap();
    request.oncomplete = () => handle.close();
    if (handle.shutdown(request) !== 0) handle.close();
  }

  /** Closes the descriptor; the connection goes on. */
  release(): void {
    this.#handle?.close();
    this.#handle = null;
  }
}

/** The number of the resource behind a connection, which Deno keeps under a symbol of its own. */
function resourceOf(connection: Deno.TcpConn): number | null {
  const symbol = Object.getOwnPropertySymbols(connection).find(({ description }) =>
    description === "Deno.internal.rid"
  );
  if (symbol === undefined) return null;
  const rid: unknown = Reflect.get(connection, symbol);
  return typeof rid === "number" ? rid : null;
}
