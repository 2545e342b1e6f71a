/**
 * The errors by which hooks refuse a command, or end a connection.
 *
 * ```
 * Error
 * ├── RealtimeError         the command is answered with a code
 * └── RealtimeDisconnect    the connection ends with a code
 * ```
 *
 * @module
 */

import { utf8Length } from "../internal/utf8.ts";

/**
 * The usual messages of the codes, those of Centrifugo. Codes from 400 to 1999 are for applications.
 */
const MESSAGES: Readonly<Record<number, string>> = {
  100: "internal server error",
  101: "unauthorized",
  102: "unknown channel",
  103: "permission denied",
  104: "method not found",
  105: "already subscribed",
  106: "limit exceeded",
  107: "bad request",
  108: "not available",
  109: "token expired",
  110: "expired",
  111: "too many requests",
  112: "unrecoverable position",
};

/** Errors that a client may meet again with better luck: it repeats the command. */
const TEMPORARY: ReadonlySet<number> = new Set([100, 111]);

/**
 * Answers a command of a client with an error. A hook throws it.
 *
 * @example
 * ```ts
 * import { RealtimeError } from "@twister/twister/realtime";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(new RealtimeError(103).message, "permission denied");
 * assertEquals(new RealtimeError(1000, "not enough money").code, 1000);
 * ```
 */
export class RealtimeError extends Error {
  /** Always `"RealtimeError"`. */
  override readonly name: string = "RealtimeError";
  /** The code: below 400 one of Centrifugo's, from 400 to 1999 one of the application. */
  readonly code: number;
  /** Tells whether the client should try again. */
  readonly temporary: boolean;

  /**
   * Makes the error.
   *
   * @param code One of Centrifugo's codes, or one of the application from 400 to 1999.
   * @param message The text that the client gets; by default the usual one of the code.
   * @throws {RangeError} If the code is not an integer from 100 to 1999.
   */
  constructor(code: number, message: string = MESSAGES[code] ?? "error") {
    if (!Number.isInteger(code) || code < 100 || code > 1999) {
      throw new RangeError(`Cannot answer with the error code ${code}: it is not an integer from 100 to 1999`);
    }
    super(message);
    this.code = code;
    this.temporary = TEMPORARY.has(code);
  }
}

/** The bytes of a reason for which the close frame of a WebSocket has room (RFC 6455 section 5.5). */
const MAX_REASON = 123;

const REASONS: Readonly<Record<number, string>> = {
  3000: "connection closed",
  3001: "shutdown",
  3004: "internal server error",
  3005: "connection expired",
  3006: "subscription expired",
  3008: "slow",
  3010: "insufficient state",
  3011: "force reconnect",
  3012: "no pong",
  3013: "too many requests",
  3500: "invalid token",
  3501: "bad request",
  3502: "stale",
  3503: "force disconnect",
  3504: "connection limit",
  3505: "channel limit",
  3507: "permission denied",
  3508: "not available",
};

/**
 * Ends the connection of a client. A hook throws it.
 *
 * After a code from 3000 to 3499, or 4000 to 4499, the client comes back; after one from 3500 to 3999, or 4500 to 4999,
 * it does not.
 *
 * @example
 * ```ts
 * import { RealtimeDisconnect } from "@twister/twister/realtime";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(new RealtimeDisconnect(3500).message, "invalid token");
 * ```
 */
export class RealtimeDisconnect extends Error {
  /** Always `"RealtimeDisconnect"`. */
  override readonly name: string = "RealtimeDisconnect";
  /** The code. */
  readonly code: number;

  /**
   * Makes the exception.
   *
   * @param code One of Centrifugo's codes, or one of the application from 4000 to 4999.
   * @param reason The text that the client gets, at most 123 bytes; by default the usual one of the code.
   * @throws {RangeError} If the code is not an integer from 3000 to 4999, or the reason is longer than 123 bytes.
   */
  constructor(code: number, reason: string = REASONS[code] ?? "disconnect") {
    if (!Number.isInteger(code) || code < 3000 || code > 4999) {
      throw new RangeError(`Cannot disconnect with the code ${code}: it is not an integer from 3000 to 4999`);
    }
    const length = utf8Length(reason);
    if (length > MAX_REASON) {
      throw new RangeError(`Cannot disconnect with a reason of ${length} bytes: it has room for ${MAX_REASON}`);
    }
    super(reason);
    this.code = code;
  }
}
