/**
 * Compressed data is not what its format says.
 *
 * @example
 * ```ts
 * import { GzipDecompressor, InflateError } from "@twister/twister/util";
 * import { assertThrows } from "@std/assert";
 * assertThrows(() => new GzipDecompressor().decompress(new Uint8Array([1, 2])), InflateError);
 * ```
 */
export class InflateError extends Error {
  /** Always `"InflateError"`. */
  override readonly name: string = "InflateError";
}
