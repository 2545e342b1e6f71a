import { connectHandle } from "../_transport/connect_handle.ts";
import type { HandleBinding } from "../_transport/handle_binding.ts";
import type { HandleTransport } from "../_transport/handle_transport.ts";
import { placeOf } from "./deno_dialer.ts";
import type { SocketAddress } from "./addresses.ts";
import { withPlace } from "./errors.ts";
import type { Dialer } from "./race.ts";

/** Connects on Deno's stream handles, to IP addresses and Unix sockets. */
export class HandleDialer implements Dialer<HandleTransport> {
  readonly #binding: HandleBinding;

  constructor(binding: HandleBinding) {
    this.#binding = binding;
  }

  async dial(address: SocketAddress, signal: AbortSignal | null): Promise<HandleTransport> {
    try {
      return await connectHandle(address, signal, this.#binding);
    } catch (error) {
      throw withPlace(error, `Cannot connect to ${placeOf(address)}`);
    }
  }

  discard(connection: HandleTransport): void {
    connection.close();
  }
}
