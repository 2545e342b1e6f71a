import { toError } from "../../internal/promises.ts";
import { appLog } from "../../util/log.ts";

/**
 * A response without an end of its own: an event stream, a long poll, a WebSocket, or another protocol on a connection
 * that has left HTTP. Its server tells it when it is drained.
 */
export interface LongLivedResponse {
  /**
   * Begins to end the response in order.
   *
   * @param seconds The time limit for all responses of the server, which then cuts what is left.
   */
  drain(seconds: number): void;
  /**
   * Closes the connection immediately. A response within HTTP has no such method: the server knows its connection, and
   * closes that itself.
   */
  abort?(): void;
}

/**
 * The long-lived responses of a server, which reaches them here when it is drained or closed.
 *
 * A response adds itself to `request.connection.context.longLived`, and deletes itself at its end. A `RequestHandler`
 * does both if it overrides `onDrain`, and a `WebSocketHandler` always does.
 *
 * @example
 * ```ts
 * import { LongLivedResponses } from "@twister/twister/httputil";
 * import { assertEquals } from "@std/assert";
 *
 * const log: string[] = [];
 * const responses = new LongLivedResponses();
 * responses.add({ drain: (seconds) => void log.push(`drain ${seconds}`), abort: () => void log.push("abort") });
 * responses.drain(5);
 * responses.abort();
 * assertEquals(log, ["drain 5", "abort"]);
 * ```
 */
export class LongLivedResponses {
  /** Called when the last connection that has left HTTP was deleted, or `null`. */
  onEmpty: (() => void) | null = null;
  readonly #responses = new Set<LongLivedResponse>();
  #detached = 0;
  /** The seconds of the drain that has begun, or `null`. */
  #draining: number | null = null;

  /** The number of connections that have left HTTP: the server counts the others itself. */
  get size(): number {
    return this.#detached;
  }

  /** Adds a response. One that is added while the server is drained is told so before this returns. */
  add(response: LongLivedResponse): void {
    if (this.#responses.has(response)) return;
    this.#responses.add(response);
    if (response.abort !== undefined) this.#detached++;
    if (this.#draining !== null) tell(response, this.#draining);
  }

  /** Forgets a response that has ended. */
  delete(response: LongLivedResponse): void {
    if (!this.#responses.delete(response) || response.abort === undefined) return;
    if (--this.#detached === 0) this.onEmpty?.();
  }

  /** Tells all responses to end within some seconds. */
  drain(seconds: number): void {
    this.#draining = seconds;
    for (const response of [...this.#responses]) tell(response, seconds);
  }

  /** Closes immediately what has left HTTP. */
  abort(): void {
    for (const response of [...this.#responses]) response.abort?.();
  }
}

/** One that fails must not keep the others from being told. */
function tell(response: LongLivedResponse, seconds: number): void {
  try {
    response.drain(seconds);
  } catch (error) {
    appLog.error("A response cannot be drained", toError(error));
  }
}
