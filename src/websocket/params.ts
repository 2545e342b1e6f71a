import { checkSeconds } from "../internal/duration.ts";
import { checkLimit } from "../internal/limits.ts";
import {
  type BackpressurePolicy,
  GOING_AWAY,
  isCloseCode,
  type WebSocketCompressionOptions,
  type WebSocketRateLimit,
} from "../websocket_core/internal.ts";

/** The most bytes of a message unless told otherwise: Tornado's 10 MiB. */
export const DEFAULT_MAX_MESSAGE_SIZE: number = 10 * 1024 * 1024;

/**
 * Bytes that may wait for a peer unless told otherwise. Large enough for bursts on slow lines; a server whose clients
 * all stop reading holds at most this for each of them.
 */
export const DEFAULT_HIGH_WATER_MARK: number = 16 * 1024 * 1024;

/** Options of a {@linkcode WebSocketParams}. */
export interface WebSocketParamsOptions {
  /**
   * The seconds between pings; `null` or 0 for no pings.
   *
   * @default {null}
   */
  pingInterval?: number | null;
  /**
   * The seconds to wait for a pong before the connection is closed, at most `pingInterval`; `null` for `pingInterval`,
   * 0 to ignore missing pongs.
   *
   * @default {null}
   */
  pingTimeout?: number | null;
  /**
   * The size limit for received messages, in bytes.
   *
   * @default {10485760}
   */
  maxMessageSize?: number;
  /**
   * The options of compression; `null` to disable it.
   *
   * @default {null}
   */
  compressionOptions?: WebSocketCompressionOptions | null;
  /**
   * The number of bytes that may wait for the peer before `backpressure` applies. While nothing waits, a message of any
   * size is accepted.
   *
   * @default {16777216}
   */
  highWaterMark?: number;
  /**
   * The policy for messages beyond `highWaterMark`.
   *
   * @default {"close"}
   */
  backpressure?: BackpressurePolicy;
  /**
   * The code to close with when the server is drained: 1001 (going away), or 1012 (service restart) for clients that
   * reconnect immediately then.
   *
   * @default {1001}
   */
  drainCode?: number;
  /**
   * Limits for the messages of the peer, or `null`.
   *
   * @default {null}
   */
  rateLimit?: WebSocketRateLimit | null;
}

/**
 * The limits and habits of WebSocket connections; many connections may share one object. Tornado's `_WebSocketParams`.
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
  /** The seconds between pings, or `null`. */
  readonly pingInterval: number | null;
  /** The seconds to wait for a pong, or `null`. */
  readonly pingTimeout: number | null;
  /** The size limit for received messages, in bytes. */
  readonly maxMessageSize: number;
  /** The options of compression, or `null`. */
  readonly compressionOptions: WebSocketCompressionOptions | null;
  /** The number of bytes that may wait for the peer. */
  readonly highWaterMark: number;
  /** The policy for messages beyond that. */
  readonly backpressure: BackpressurePolicy;
  /** The code to close with when the server is drained. */
  readonly drainCode: number;
  /** Limits for the messages of the peer, or `null`. */
  readonly rateLimit: WebSocketRateLimit | null;

  /**
   * Fills the defaults in.
   *
   * @throws {RangeError} If the policy is unknown, the code may not be sent, or a number of bytes is not a whole
   * number from 0.
   * @throws {TypeError} If a time of the pings is not a number.
   */
  constructor(options: WebSocketParamsOptions = {}) {
    const { backpressure = "close" } = options;
    if (!isPolicy(backpressure)) {
      throw new RangeError(
        `Invalid backpressure ${JSON.stringify(backpressure)}: it is "close", "drop", "coalesce" or "wait"`,
      );
    }
    this.pingInterval = options.pingInterval ?? null;
    this.pingTimeout = options.pingTimeout ?? null;
    checkSeconds("pingInterval", this.pingInterval);
    checkSeconds("pingTimeout", this.pingTimeout);
    this.maxMessageSize = options.maxMessageSize ?? DEFAULT_MAX_MESSAGE_SIZE;
    // A copy: what the caller does with its object later is not to change connections that are open.
    this.compressionOptions = options.compressionOptions ? { ...options.compressionOptions } : null;
    this.highWaterMark = options.highWaterMark ?? DEFAULT_HIGH_WATER_MARK;
    checkLimit("maxMessageSize", this.maxMessageSize);
    checkLimit("highWaterMark", this.highWaterMark);
    this.backpressure = backpressure;
    this.rateLimit = options.rateLimit ?? null;
    this.drainCode = options.drainCode ?? GOING_AWAY;
    if (!isCloseCode(this.drainCode)) {
      throw new RangeError(`Invalid drainCode ${this.drainCode}: expected 1000 to 1003, 1007 to 1014 or 3000 to 4999`);
    }
  }
}

let last: WebSocketParams | null = null;

/**
 * Returns the parameters for a new connection of a server: the object of the last connection if it is equal. Nearly all
 * connections have the same parameters, and each object would take a hundred bytes.
 */
export function sharedParams(options: Required<WebSocketParamsOptions>): WebSocketParams {
  return last !== null && areSame(last, options) ? last : last = new WebSocketParams(options);
}

function areSame(params: WebSocketParams, options: Required<WebSocketParamsOptions>): boolean {
  return params.pingInterval === options.pingInterval && params.pingTimeout === options.pingTimeout &&
    params.maxMessageSize === options.maxMessageSize && params.highWaterMark === options.highWaterMark &&
    params.backpressure === options.backpressure && params.drainCode === options.drainCode &&
    params.rateLimit === options.rateLimit &&
    areSameOptions(params.compressionOptions, options.compressionOptions);
}

function areSameOptions(one: WebSocketCompressionOptions | null, other: WebSocketCompressionOptions | null): boolean {
  if (one === null || other === null) return one === other;
  return one.compressionLevel === other.compressionLevel && one.memLevel === other.memLevel &&
    one.threshold === other.threshold && one.serverNoContextTakeover === other.serverNoContextTakeover &&
    one.clientNoContextTakeover === other.clientNoContextTakeover &&
    one.serverMaxWindowBits === other.serverMaxWindowBits && one.clientMaxWindowBits === other.clientMaxWindowBits;
}

/** Tells whether a value is a policy; a program in JavaScript may set anything. */
export function isPolicy(value: unknown): value is BackpressurePolicy {
  return value === "close" || value === "drop" || value === "coalesce" || value === "wait";
}
