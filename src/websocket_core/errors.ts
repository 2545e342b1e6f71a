/**
 * Reports a failure of a WebSocket: a handshake that did not succeed, or an operation that the connection cannot do.
 * Tornado's `WebSocketError`.
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
 * Reports an attempt to send on a WebSocket that is closed or closing. Tornado's `WebSocketClosedError`.
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

  /** Creates an error; `options.cause` is what closed the connection, if that is known. */
  constructor(message: string = "WebSocket is closed", options?: ErrorOptions) {
    super(message, options);
  }
}

/** The faults of a peer, by the names that npm's `ws` gives them; the last one is zlib's. */
export type FrameErrorCode =
  | "WS_ERR_EXPECTED_MASK"
  | "WS_ERR_UNEXPECTED_MASK"
  | "WS_ERR_UNEXPECTED_RSV_1"
  | "WS_ERR_UNEXPECTED_RSV_2_3"
  | "WS_ERR_INVALID_OPCODE"
  | "WS_ERR_EXPECTED_FIN"
  | "WS_ERR_INVALID_CONTROL_PAYLOAD_LENGTH"
  | "WS_ERR_UNSUPPORTED_DATA_PAYLOAD_LENGTH"
  | "WS_ERR_UNSUPPORTED_MESSAGE_LENGTH"
  | "WS_ERR_INVALID_CLOSE_CODE"
  | "WS_ERR_INVALID_UTF8"
  | "Z_DATA_ERROR";

/** Reports a frame or message of the peer that the connection cannot accept. Its name is `RangeError`, as in `ws`. */
export class FrameError extends RangeError {
  /** The kind of fault. */
  readonly code: FrameErrorCode;
  /** The code of the Close frame that answers it (RFC 6455, section 7.4.1). */
  readonly closeCode: number;
  /** The fault in words that fit into a Close frame. */
  readonly reason: string;
  /** The opcode, length or close code that is wrong, where the fault is one of those. */
  readonly detail: number;

  constructor(code: FrameErrorCode, closeCode: number, reason: string, detail: number = 0) {
    super(`Invalid WebSocket frame: ${reason}`);
    this.detail = detail;
    this.code = code;
    this.closeCode = closeCode;
    this.reason = reason;
  }
}
