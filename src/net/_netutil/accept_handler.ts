import { currentClock, type Timer, TimerEntry } from "../../internal/clock.ts";
import { genLog } from "../../util/log.ts";
import { logError } from "../_ioloop/callbacks.ts";
import type { HandleAcceptor, HandleListener } from "../_transport/handle_listener.ts";
import type { HandleTransport } from "../_transport/handle_transport.ts";
import type { ConnectionLimit } from "../_tcpserver/connection_limit.ts";
import { unmapIPv4 } from "./ip.ts";
import { isOutOfDescriptors, SpareDescriptor } from "./spare_descriptor.ts";

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
export type TransportCallback = (connection: HandleTransport, address: Deno.Addr) => void;

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
  return acceptWithin(null, listener, callback);
}

/** Accepts connections as {@linkcode addAcceptHandler} does, as long as there are fewer than `limit` allows. */
export function acceptWithin(
  limit: ConnectionLimit | null,
  listener: Deno.Listener,
  callback: AcceptCallback,
): () => Promise<void> {
  const loop = new AcceptLoop(limit, listener, callback);
  const ended = loop.run();
  return () => {
    loop.stop();
    return ended;
  };
}

/** Seconds after which a handle is looked after that may accept no more: it costs a few system calls. */
const CHECK_PAUSE = 1;

/** Accepts connections while a listener on a handle is open, as {@linkcode acceptWithin}. */
export function acceptTransports(
  limit: ConnectionLimit,
  listener: HandleListener,
  callback: TransportCallback,
): () => Promise<void> {
  const timer = new TimerEntry(currentClock().wheel, () => {
    listener.check();
    timer.start(CHECK_PAUSE);
  });
  listener.accept(new LimitedAcceptor(limit, callback));
  timer.start(CHECK_PAUSE);
  return () => {
    timer.cancel();
    listener.close();
    return Promise.resolve();
  };
}

class LimitedAcceptor implements HandleAcceptor {
  readonly #limit: ConnectionLimit;
  readonly #callback: TransportCallback;
  readonly #trouble = new Trouble();

  constructor(limit: ConnectionLimit, callback: TransportCallback) {
    this.#limit = limit;
    this.#callback = callback;
  }

  get room(): number {
    return this.#limit.room;
  }

  get open(): number {
    return this.#limit.open;
  }

  take(connection: HandleTransport): void {
    try {
      this.#callback(connection, peerOf(connection));
    } catch (error) {
      if (!isAborted(error)) logError("Error in connection callback", error);
      connection.close();
    }
    if (this.room === 0 && this.#trouble.isNews()) warnOfLimit(this.#limit);
  }

  whenRoom(callback: () => void): void {
    this.#limit.whenRoom(callback);
  }

  outOfDescriptors(): void {
    if (!this.#trouble.isNews()) return;
    genLog.error("Cannot accept a connection before another one closes: too many open files");
  }
}

function warnOfLimit(limit: ConnectionLimit): void {
  genLog.warning("Accepting no more connections until one of %d closes: maxConnections is reached", limit.open);
}

/** Tells which trouble in accepting is news, so that a burst is logged once. */
class Trouble {
  #last = -Infinity;

  isNews(): boolean {
    const time = currentClock().monotonic();
    const news = time - this.#last > BURST_END;
    this.#last = time;
    return news;
  }
}

class AcceptLoop {
  readonly #limit: ConnectionLimit | null;
  readonly #listener: Deno.Listener;
  readonly #callback: AcceptCallback;
  readonly #spare = new SpareDescriptor();
  #stopped = false;
  readonly #trouble = new Trouble();
  /** The error that could not be logged when it happened: the stack that tells the place takes a descriptor. */
  #unlogged: unknown = null;
  #pause: Timer | null = null;
  #endPause: (() => void) | null = null;

  constructor(limit: ConnectionLimit | null, listener: Deno.Listener, callback: AcceptCallback) {
    this.#limit = limit;
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
      if (this.#limit?.full) {
        await this.#waitForRoom(this.#limit);
      } else if (this.#needsSpare && !this.#spare.take()) {
        await this.#waitAWhile();
      } else {
        try {
          this.#deliver(await this.#listener.accept());
        } catch (error) {
          if (this.#stopped || isClosed(error)) break;
          if (!isAborted(error)) await this.#recover(error);
        }
      }
    }
    this.#spare.release();
  }

  /** A limit that was derived from the descriptors, or set, leaves some free. */
  get #needsSpare(): boolean {
    return this.#limit === null || this.#limit.most === Infinity;
  }

  #deliver(connection: Deno.Conn): void {
    if (this.#stopped) return closeQuietly(connection);
    if (this.#unlogged !== null) {
      this.#log(this.#unlogged);
      this.#unlogged = null;
    }
    try {
      this.#callback(connection, peerOf(connection));
    } catch (error) {
      if (isAborted(error)) return closeQuietly(connection);
      logError("Error in connection callback", error);
      closeQuietly(connection);
    }
  }

  /** Waits until a connection has closed. */
  #waitForRoom(limit: ConnectionLimit): Promise<void> {
    if (this.#trouble.isNews()) warnOfLimit(limit);
    return new Promise((resolve) => {
      this.#endPause = resolve;
      limit.whenRoom(resolve);
    });
  }

  #waitAWhile(): Promise<void> {
    return new Promise((resolve) => {
      this.#endPause = resolve;
      this.#pause = currentClock().setTimer(resolve, RETRY_PAUSE);
    });
  }

  #recover(error: unknown): Promise<void> {
    let loggable = true;
    if (isOutOfDescriptors(error)) {
      loggable = this.#spare.release();
      this.#limit?.outOfDescriptors(loggable);
    }
    if (this.#trouble.isNews()) {
      if (loggable) this.#log(error);
      else this.#unlogged = error;
    }
    return this.#waitAWhile();
  }

  #log(error: unknown): void {
    genLog.error("Cannot accept a connection, trying again every %s s: %s", RETRY_PAUSE, error);
  }
}

function peerOf(connection: { readonly remoteAddr: Deno.Addr }): Deno.Addr {
  const address = connection.remoteAddr;
  return "hostname" in address ? withoutMapping(address) : address;
}

/** The address of an IPv4 client without the mapping of a dual-stack socket. */
function withoutMapping(address: Deno.NetAddr): Deno.NetAddr {
  const hostname = unmapIPv4(address.hostname);
  return hostname === address.hostname ? address : { transport: address.transport, hostname, port: address.port };
}

/** Closes what may be closed already. */
export function closeQuietly(resource: { close(): void }): void {
  try {
    resource.close();
  } catch {
    // The callback, a time-out or the server has closed it.
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
