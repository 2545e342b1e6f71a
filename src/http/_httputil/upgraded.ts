/** A connection that has left HTTP for another protocol, such as a WebSocket, and that its server still looks after. */
export interface UpgradedConnection {
  /**
   * Begins to end the connection in order. The server aborts it when the time is up.
   *
   * @param seconds How much time there is for all connections of the server.
   */
  drain(seconds: number): void;
  /** Ends the connection at once. */
  abort(): void;
}

/**
 * The upgraded connections of a server, which reaches them here when it is drained or closed.
 *
 * Whoever takes a connection over adds itself to `request.connection.context.upgraded`, and deletes itself at its end.
 *
 * @example
 * ```ts
 * import { UpgradedConnections } from "@twister/twister/httputil";
 * import { assertEquals } from "@std/assert";
 *
 * const log: string[] = [];
 * const connections = new UpgradedConnections();
 * connections.add({ drain: (seconds) => void log.push(`drain ${seconds}`), abort: () => void log.push("abort") });
 * connections.drain(5);
 * connections.abort();
 * assertEquals(log, ["drain 5", "abort"]);
 * ```
 */
export class UpgradedConnections {
  /** Called when the last connection was deleted, or `null`. */
  onEmpty: (() => void) | null = null;
  readonly #connections = new Set<UpgradedConnection>();
  /** When what is left is aborted, or `null` while the server is not being drained. */
  #draining: number | null = null;

  /** How many there are. */
  get size(): number {
    return this.#connections.size;
  }

  /** Looks after a connection; one that is added while the server is drained is drained as well. */
  add(connection: UpgradedConnection): void {
    this.#connections.add(connection);
    if (this.#draining !== null) connection.drain(this.#draining);
  }

  /** Forgets a connection that is at its end. */
  delete(connection: UpgradedConnection): void {
    if (this.#connections.delete(connection) && this.#connections.size === 0) this.onEmpty?.();
  }

  /** Begins to end all of them in order. */
  drain(seconds: number): void {
    this.#draining = seconds;
    for (const connection of [...this.#connections]) connection.drain(seconds);
  }

  /** Ends all of them at once. */
  abort(): void {
    for (const connection of [...this.#connections]) connection.abort();
  }
}
