import { setMaxStreams } from "../internal/deflater.ts";
import type { DeflateParameters } from "./_deflate/parameters.ts";

/** Tornado's level, and zlib's. */
const DEFAULT_LEVEL = 6;
/** zlib's own, and Tornado's. */
const DEFAULT_MEM_LEVEL = 8;
const MIN_WINDOW_BITS = 8;
const MAX_WINDOW_BITS = 15;
/** Below this a message gets hardly shorter, and compressing it takes longer than sending the bytes. */
const DEFAULT_THRESHOLD = 64;

/**
 * Options of compression (permessage-deflate, RFC 7692), for `getCompressionOptions` and `websocketConnect`. `{}` is
 * compression with all defaults.
 *
 * Memory outside the heap does not grow by connection: one zlib stream serves all messages that stand alone, and
 * streams with the history of a connection are limited by {@linkcode setMaxCompressors}.
 */
export interface WebSocketCompressionOptions {
  /**
   * The effort to find repetitions: 0 (none) to 9.
   *
   * @default {6}
   */
  compressionLevel?: number;
  /**
   * The memory that zlib may use to find them: 1 to 9.
   *
   * @default {8}
   */
  memLevel?: number;
  /**
   * Messages of fewer bytes are sent uncompressed; 0 compresses all.
   *
   * @default {64}
   */
  threshold?: number;
  /**
   * `true` if each message of the server stands alone. The compressor then misses repetitions from message to message,
   * and the client need not keep what it received. A client that asks for it gets it.
   *
   * @default {false}
   */
  serverNoContextTakeover?: boolean;
  /**
   * `true` if each message of the client stands alone. The server then keeps nothing of what it received. Tornado's own
   * client does not understand a server that asks for it.
   *
   * @default {false}
   */
  clientNoContextTakeover?: boolean;
  /**
   * Logarithm of how far the server's messages reach back: 8 to 15.
   *
   * @default {15}
   */
  serverMaxWindowBits?: number;
  /**
   * Logarithm of how far the client's messages reach back: 8 to 15. A server keeps that much of what each client sent,
   * if the client lets it choose, as all browsers but Firefox do; otherwise it is 15.
   *
   * @default {15}
   */
  clientMaxWindowBits?: number;
}

/** {@linkcode WebSocketCompressionOptions} with all defaults filled in. */
export interface CompressionSettings extends DeflateParameters {
  /** 0 to 9. */
  readonly level: number;
  /** 1 to 9. */
  readonly memLevel: number;
  /** In bytes. */
  readonly threshold: number;
}

/** @throws {RangeError} If a value is out of its range. */
export function completeCompression(options: WebSocketCompressionOptions): CompressionSettings {
  const { compressionLevel = DEFAULT_LEVEL, memLevel = DEFAULT_MEM_LEVEL, threshold = DEFAULT_THRESHOLD } = options;
  const { serverMaxWindowBits = MAX_WINDOW_BITS, clientMaxWindowBits = MAX_WINDOW_BITS } = options;
  return {
    level: inRange("compressionLevel", compressionLevel, 0, 9),
    memLevel: inRange("memLevel", memLevel, 1, 9),
    threshold: inRange("threshold", threshold, 0, Number.MAX_SAFE_INTEGER),
    serverNoContextTakeover: options.serverNoContextTakeover ?? false,
    clientNoContextTakeover: options.clientNoContextTakeover ?? false,
    serverMaxWindowBits: inRange("serverMaxWindowBits", serverMaxWindowBits, MIN_WINDOW_BITS, MAX_WINDOW_BITS),
    clientMaxWindowBits: inRange("clientMaxWindowBits", clientMaxWindowBits, MIN_WINDOW_BITS, MAX_WINDOW_BITS),
  };
}

function inRange(name: string, value: number, least: number, most: number): number {
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  throw new RangeError(`Invalid ${name} ${value}: allowed are integers from ${least} to ${most}`);
}

/**
 * Limits how many connections of this process have a compressor with the history of their messages at the same time; 64
 * unless set. The one that sent longest ago loses its history when another needs one, which costs it nothing but a
 * longer next message.
 *
 * At the usual settings a compressor has about 220 KiB.
 *
 * @param count 0 or more; 0 makes each message stand alone.
 * @throws {RangeError} If the count is not a whole number.
 *
 * @example
 * ```ts
 * import { setMaxCompressors } from "@twister/twister/websocket";
 *
 * setMaxCompressors(500);
 * ```
 */
export function setMaxCompressors(count: number): void {
  setMaxStreams(inRange("count", count, 0, Number.MAX_SAFE_INTEGER));
}
