/**
 * A broker brought bytes that are not an envelope of a version that this program can read.
 *
 * `Topics` logs it and goes on with the next message; it reaches only those who decode envelopes themselves.
 *
 * @example
 * ```ts
 * import { EnvelopeError, decodeEnvelope } from "@twister/twister/pubsub";
 * import { assertThrows } from "@std/assert";
 *
 * assertThrows(() => decodeEnvelope(new Uint8Array(100).fill(9)), EnvelopeError, "version is 9, not 1");
 * ```
 */
export class EnvelopeError extends RangeError {
  /** The class name. */
  override readonly name: string = "EnvelopeError";
  /** The version that the envelope names, or `null` if its version can be read and the rest is damaged. */
  readonly version: number | null;

  /** Makes an error; `version` is one that cannot be read. */
  constructor(message: string, version: number | null = null) {
    super(message);
    this.version = version;
  }
}
