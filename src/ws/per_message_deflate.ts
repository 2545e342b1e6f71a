import {
  completeCompression,
  type CompressionSettings,
  type WebSocketCompressionOptions,
} from "../websocket_core/internal.ts";

/** The default of `ws`. */
const DEFAULT_THRESHOLD = 1024;

/** Options of permessage-deflate (RFC 7692), named as in `ws`. */
export interface PerMessageDeflateOptions
  extends Pick<WebSocketCompressionOptions, "clientNoContextTakeover" | "serverNoContextTakeover"> {
  /**
   * The size of the server's window as a power of two, 8 to 15; a boolean for 15.
   *
   * @default {15}
   */
  serverMaxWindowBits?: number | boolean;
  /**
   * The size of the client's window as a power of two, 8 to 15; a boolean for 15.
   *
   * @default {15}
   */
  clientMaxWindowBits?: number | boolean;
  /**
   * The size in bytes below which a message is sent uncompressed, if each message stands alone.
   *
   * @default {1024}
   */
  threshold?: number;
  /** The effort of zlib: `level` 0 to 9, `memLevel` 1 to 9; the rest has no effect. */
  zlibDeflateOptions?: { level?: number; memLevel?: number; [name: string]: unknown };
  /** Has no effect. */
  zlibInflateOptions?: Record<string, unknown>;
  /** Has no effect: compression is synchronous, and its memory does not grow by connection. */
  concurrencyLimit?: number;
}

/**
 * Returns the settings that the option stands for, or `null` for no compression.
 *
 * @throws {RangeError} If a value is out of its range.
 */
export function compressionSettings(option: boolean | PerMessageDeflateOptions): CompressionSettings | null {
  if (option === false) return null;
  const options = option === true ? {} : option;
  const { threshold = DEFAULT_THRESHOLD, zlibDeflateOptions = {} } = options;
  const { level, memLevel } = zlibDeflateOptions;
  return completeCompression({
    threshold,
    // zlib calls its default -1.
    ...(level === undefined || level < 0 ? {} : { compressionLevel: level }),
    ...(memLevel === undefined ? {} : { memLevel }),
    serverNoContextTakeover: options.serverNoContextTakeover === true,
    clientNoContextTakeover: options.clientNoContextTakeover === true,
    ...(typeof options.serverMaxWindowBits === "number" ? { serverMaxWindowBits: options.serverMaxWindowBits } : {}),
    ...(typeof options.clientMaxWindowBits === "number" ? { clientMaxWindowBits: options.clientMaxWindowBits } : {}),
  });
}
