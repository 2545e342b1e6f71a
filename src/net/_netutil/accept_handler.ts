import { currentClock, type Timer } from "../../internal/clock.ts";
import { genLog } from "../../util/log.ts";
import { logError } from "../_ioloop/callbacks.ts";
import { handleError } from "../_transport/handle_errors.ts";
import type { HandleListener } from "../_transport/handle_listener.ts";
import type { TCPHandleTransport } from "../_transport/handle_transport.ts";
import { unmapIPv4 } from "./ip.ts";

/**
 * Seconds before accepting is tried again after an error. Running out of descriptors lasts until a connection ends: too
 * short a pause burns the processor, too long a one lets the queue run over.
 */
const RETRY_PAUSE = 0.2;

/** Seconds without an error after which the next one is news again, and logged. */
const BURST_END = 10;

/** Receives each connection. If it throws, the error is logged and the connection closed. */
export type AcceptCallback = (connection: Deno.Conn, address: Deno.Addr) => void;

/** Receives each connection of a {@linkcode HandleListener}, as an {@linkcode AcceptCallback} does. */
export type TransportCallback = (connection: TCPHandleTransport, address: Deno.Addr) => void;

/**
 * Accepts connections while the listener is open (`tornado.netutil.add_accept_handler`).
 *
 * An error in accepting, such as too many open files, is logged once, and accepting goes on after a pause. A dual-stack
 * socket reports an IPv4 client by its IPv4 address.
 *
 * @returns A function that stops accepting and leaves the listener open. The accept under way cannot be cancelled, so
 * one more connection may be taken from the queue and closed. The function's promise resolves when that accept has
 * ended, which usually takes the close of the listener.
 *
 * @example
 * ```ts
 * import { addAcceptHandler, bindSockets } from "@twister/twister/netutil";
 * import { assertEquals } from "@std/assert";
 *
 * const [listener] = bindSockets(0, { address: "127.0.0.1" });
 * if (listener === undefined) throw new Error("no listener");
 * const accepted = Promise.withResolvers<string>();
 * const remove = addAcceptHandler(listener, (connection, address) => {
 *   connection.close();
 *   accepted.resolve(address.transport);
 * });
 * using _client = await Deno.connect({ hostname: "127.0.0.1", port: listener.addr.port });
 * assertEquals(await accepted.promise, "tcp");
 * listener.close();
 * await remove();
 * ```
 */
export function addAcceptHandler(listener: Deno.Listener, callback: AcceptCallback): () => Promise<void> {
  const loop = new AcceptLoop(listener, callback);
  const ended = loop.run();
  return () => {
    loop.stop();
    return ended;
  };
}

/** Accepts connections while a listener on a handle is open, as {@linkcode addAcceptHandler}. */
export function acceptTransports(listener: HandleListener, callback: TransportCallback): () => Promise<void> {
  const failures = new Failures();
  listener.accept((connection, errno) => {
    if (connection === null) return failures.log(handleError(errno, "the system refused it"));
    try {
      callback(connection, withoutMapping(connection.remoteAddr));
    } catch (error) {
      if (!isAborted(error)) logError("Error in connection callback", error);
      connection.handle.close();
    }
  });
  return () => Promise.resolve(listener.close());
}

/** Logs the errors of accepting, once for a burst of them. */
class Failures {
  #last = -Infinity;

  log(error: unknown): void {
    const time = currentClock().monotonic();
    if (time - this.#last > BURST_END) {
      genLog.error("Cannot accept a connection, trying again every %s s: %s", RETRY_PAUSE, error);
    }
    this.#last = time;
  }
}

class AcceptLoop {
  readonly #listener: Deno.Listener;
  readonly #callback: AcceptCallback;
  #stopped = false;
  readonly #failures = new Failures();
  #pause: Timer | null = null;
  #endPause: (() => void) | null = null;

  constructor(listener: Deno.Listener, callback: AcceptCallback) {
    this.#listener = listener;
    this.#callback = callback;
  }

  stop(): void {
    this.#stopped = true;
    this.#pause?.cancel();
    this.#endPause?.();
  }

  async run(): Promise<void> {
    while (!this.#stopped) {
      let connection: Deno.Conn;
      try {
        connection = await this.#listener.accept();
      } catch (error) {
        if (this.#stopped || isClosed(error)) return;
        if (!isAborted(error)) await this.#wait(error);
        continue;
      }
      this.#deliver(connection);
    }
  }

  #deliver(connection: Deno.Conn): void {
    if (this.#stopped) return close(connection);
    try {
      this.#callback(connection, peerOf(connection));
    } catch (error) {
      logError("Error in connection callback", error);
      close(connection);
    }
  }

  #wait(error: unknown): Promise<void> {
    this.#failures.log(error);
    return new Promise((resolve) => {
      this.#endPause = resolve;
      this.#pause = currentClock().setTimer(resolve, RETRY_PAUSE);
    });
  }
}

function peerOf(connection: Deno.Conn): Deno.Addr {
  const address = connection.remoteAddr;
  return "hostname" in address ? withoutMapping(address) : address;
}

/** The address of an IPv4 client without the mapping of a dual-stack socket. */
function withoutMapping(address: Deno.NetAddr): Deno.NetAddr {
  const hostname = unmapIPv4(address.hostname);
  return hostname === address.hostname ? address : { transport: address.transport, hostname, port: address.port };
}

function close(connection: Deno.Conn): void {
  try {
    connection.close();
  } catch {
    // The callback has closed it itself.
  }
}

function isClosed(error: unknown): boolean {
  return error instanceof Deno.errors.BadResource || error instanceof Deno.errors.Interrupted;
}

/** The peer gave up while it was waiting in the queue, which is no trouble of ours. */
function isAborted(error: unknown): boolean {
  return error instanceof Deno.errors.ConnectionAborted || error instanceof Deno.errors.ConnectionReset ||
    // Deno asks for the address of the peer, which is gone after a reset.
    error instanceof Deno.errors.NotConnected;
}
