import type { HTTPHeaders } from "../http/httputil.ts";
import { WebSocketError } from "../websocket_core/internal.ts";

/**
 * Reports that a server answered the opening handshake with a status other than 101.
 *
 * @example
 * ```ts
 * import { Application } from "@twister/twister/web";
 * import { websocketConnect, WebSocketHandshakeError } from "@twister/twister/websocket";
 * import { assert, assertEquals, assertRejects } from "@std/assert";
 *
 * await using server = new Application().listen(0, { address: "127.0.0.1" });
 * const error = await assertRejects(() => websocketConnect(`ws://127.0.0.1:${server.port}/nowhere`));
 * assert(error instanceof WebSocketHandshakeError);
 * assertEquals(error.statusCode, 404);
 * ```
 */
export class WebSocketHandshakeError extends WebSocketError {
  /** The class name. */
  override readonly name: string = "WebSocketHandshakeError";
  /** The status of the answer. */
  readonly statusCode: number;
  /** Its headers. */
  readonly headers: HTTPHeaders;

  /** Records the answer. */
  constructor(statusCode: number, reason: string, headers: HTTPHeaders) {
    super(`Cannot connect: the server answered ${statusCode} ${reason}`);
    this.statusCode = statusCode;
    this.headers = headers;
  }
}
