import { currentClock, type Timer } from "../../internal/clock.ts";
import { genLog } from "../../util/log.ts";
import { logError } from "../_ioloop/callbacks.ts";
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

class AcceptLoop {
  readonly #listener: Deno.Listener;
  readonly #callback: AcceptCallback;
  #stopped = false;
  #lastError = -Infinity;
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
    const clock = currentClock();
    const time = clock.monotonic();
    if (time - this.#lastError > BURST_END) {
      genLog.error("Cannot accept a connection, trying again every %s s: %s", RETRY_PAUSE, error);
    }
    this.#lastError = time;
    return new Promise((resolve) => {
      this.#endPause = resolve;
      this.#pause = clock.setTimer(resolve, RETRY_PAUSE);
    });
  }
}

function peerOf(connection: Deno.Conn): Deno.Addr {
  const address = connection.remoteAddr;
  if (!("hostname" in address)) return address;
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
