import {
  type BackpressurePolicy,
  GOING_AWAY,
  isCloseCode,
  type WebSocketCompressionOptions,
} from "../websocket_core/internal.ts";

/** The most bytes of a message unless told otherwise: Tornado's 10 MiB. */
export const DEFAULT_MAX_MESSAGE_SIZE: number = 10 * 1024 * 1024;

/**
 * Bytes that may wait for a peer unless told otherwise. Large enough for bursts on slow lines; a server whose clients all stop reading
 * holds at most this for each of them.
 */
export const DEFAULT_HIGH_WATER_MARK: number = 16 * 1024 * 1024;

/** Options of a {@linkcode WebSocketParams}. */
export interface WebSocketParamsOptions {
  /**
   * Seconds between pings; `null` or 0 for none.
   *
   * @default {null}
   */
  pingInterval?: number | null;
  /**
   * Seconds to wait for a pong before the connection is closed, at most `pingInterval`; `null` for as long as that, 0 to not look at
   * pongs.
   *
   * @default {null}
   */
  pingTimeout?: number | null;
  /**
   * The most bytes of a message that is received.
   *
   * @default {10485760}
   */
  maxMessageSize?: number;
  /**
   * How messages are compressed; `null` for not at all.
   *
   * @default {null}
   */
  compressionOptions?: WebSocketCompressionOptions | null;
  /**
   * Bytes that may wait for the peer before `backpressure` applies. A message is always taken where nothing waits.
   *
   * @default {16777216}
   */
  highWaterMark?: number;
  /**
   * What happens to messages beyond `highWaterMark`.
   *
   * @default {"close"}
   */
  backpressure?: BackpressurePolicy;
  /**
   * The code to close with when the server is drained: 1001 (going away), or 1012 (service restart) for clients that come back at once
   * then.
   *
   * @default {1001}
   */
  drainCode?: number;
}

/**
 * Limits and habits of WebSocket connections, which many of them may share. Tornado's `_WebSocketParams`.
 *
 * @example
 * ```ts
 * import { WebSocketParams } from "@twister/twister/websocket";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(new WebSocketParams({ pingInterval: 30 }).maxMessageSize, 10485760);
 * ```
 */
export class WebSocketParams {
  /** Seconds between pings, or `null`. */
  readonly pingInterval: number | null;
  /** Seconds to wait for a pong, or `null`. */
  readonly pingTimeout: number | null;
  /** The most bytes of a message that is received. */
  readonly maxMessageSize: number;
  /** How messages are compressed, or `null`. */
  readonly compressionOptions: WebSocketCompressionOptions | null;
  /** Bytes that may wait for the peer. */
  readonly highWaterMark: number;
  /** What happens to messages beyond that. */
  readonly backpressure: BackpressurePolicy;
  /** The code to close with when the server is drained. */
  readonly drainCode: number;

  /**
   * Fills the defaults in.
   *
   * @throws {RangeError} If the policy is none of the three, or the code may not be sent.
   */
  constructor(options: WebSocketParamsOptions = {}) {
    const { backpressure = "close" } = options;
    if (backpressure !== "close" && backpressure !== "drop" && backpressure !== "wait") {
      throw new RangeError(`Invalid backpressure ${JSON.stringify(backpressure)}: it is "close", "drop" or "wait"`);
    }
    this.pingInterval = options.pingInterval ?? null;
    this.pingTimeout = options.pingTimeout ?? null;
    this.maxMessageSize = options.maxMessageSize ?? DEFAULT_MAX_MESSAGE_SIZE;
    // A copy: what the caller does with its object later is not to change connections that are open.
    this.compressionOptions = options.compressionOptions ? { ...options.compressionOptions } : null;
    this.highWaterMark = options.highWaterMark ?? DEFAULT_HIGH_WATER_MARK;
    this.backpressure = backpressure;
    this.drainCode = options.drainCode ?? GOING_AWAY;
    if (!isCloseCode(this.drainCode)) throw new RangeError(`Invalid drainCode ${this.drainCode}: it may not be sent`);
  }
}

let last: WebSocketParams | null = null;

/**
 * Parameters for one more connection of a server: the object of the last one, if it says the same. Nearly always all connections have the
 * same, and a hundred bytes for each of many are worth a look.
 */
export function sharedParams(options: WebSocketParamsOptions): WebSocketParams {
  const params = new WebSocketParams(options);
  if (last !== null && sameParams(last, params)) return last;
  return last = params;
}

function sameParams(a: WebSocketParams, b: WebSocketParams): boolean {
  return a.pingInterval === b.pingInterval && a.pingTimeout === b.pingTimeout &&
    a.maxMessageSize === b.maxMessageSize && a.highWaterMark === b.highWaterMark &&
    a.backpressure === b.backpressure && a.drainCode === b.drainCode &&
    sameCompression(a.compressionOptions, b.compressionOptions);
}

function sameCompression(a: WebSocketCompressionOptions | null, b: WebSocketCompressionOptions | null): boolean {
  if (a === null || b === null) return a === b;
  return a.compressionLevel === b.compressionLevel && a.memLevel === b.memLevel && a.threshold === b.threshold &&
    a.serverNoContextTakeover === b.serverNoContextTakeover &&
    a.clientNoContextTakeover === b.clientNoContextTakeover &&
    a.serverMaxWindowBits === b.serverMaxWindowBits && a.clientMaxWindowBits === b.clientMaxWindowBits;
}
