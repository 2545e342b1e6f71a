/**
 * Something is wrong with a WebSocket. Tornado's `WebSocketError`.
 *
 * @example
 * ```ts
 * import { WebSocketError } from "@twister/twister/websocket";
 * import { assert } from "@std/assert";
 *
 * assert(new WebSocketError("Cannot upgrade: no such extension") instanceof Error);
 * ```
 */
export class WebSocketError extends Error {
  /** The class name. */
  override readonly name: string = "WebSocketError";
}

/**
 * Something was to be sent on a WebSocket that is closed or closing. Tornado's `WebSocketClosedError`.
 *
 * @example
 * ```ts
 * import { WebSocketClosedError, WebSocketError } from "@twister/twister/websocket";
 * import { assert } from "@std/assert";
 *
 * assert(new WebSocketClosedError() instanceof WebSocketError);
 * ```
 */
export class WebSocketClosedError extends WebSocketError {
  /** The class name. */
  override readonly name: string = "WebSocketClosedError";

  /** Makes an error; `options.cause` is what closed the connection, where that is known. */
  constructor(message: string = "WebSocket is closed", options?: ErrorOptions) {
    super(message, options);
  }
}
