/** Compressed data is not what its format says. */
export class InflateError extends Error {
  /** Always `"InflateError"`. */
  override readonly name: string = "InflateError";
}
