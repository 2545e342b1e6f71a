import { completeCompression, type CompressionSettings } from "../websocket/wire.ts";
import type { PerMessageDeflateOptions } from "./options.ts";

/** That of `ws`. */
const DEFAULT_THRESHOLD = 1024;

/**
 * The settings that the option says, or `null` for no compression.
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
