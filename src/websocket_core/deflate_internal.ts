/**
 * The compressor of messages, which compressed responses use as well, without the rest of `internal.ts`. It is not an
 * entry of the package.
 *
 * @module
 */
export { Deflater, deflateSettings } from "./_deflate/deflater.ts";
