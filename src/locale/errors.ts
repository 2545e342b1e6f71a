/** What {@linkcode TranslationFileError} carries besides its message. */
export interface TranslationFileErrorOptions {
  /**
   * Where the translations came from: a file path, or the locale code of data given in memory.
   *
   * @default {null}
   */
  source?: string | null;
  /**
   * The error underneath, if there is one.
   *
   * @default {undefined}
   */
  cause?: unknown;
}

/**
 * A file of translations that cannot be used: not of its format, cut short, or not in the character set it claims.
 *
 * @example
 * ```ts
 * import { GettextCatalog, TranslationFileError } from "@twister/twister/locale";
 * import { assertThrows } from "@std/assert";
 * assertThrows(() => new GettextCatalog(new Uint8Array(4)), TranslationFileError, "magic number");
 * ```
 */
export class TranslationFileError extends Error {
  /** The name of the class. */
  override readonly name: string = "TranslationFileError";
  /** A file path or locale code, or `null` where only bytes were given. */
  readonly source: string | null;

  /**
   * Makes the error.
   *
   * @param message What was refused, and why.
   * @param options Where it came from.
   */
  constructor(message: string, options: TranslationFileErrorOptions = {}) {
    const { source = null, cause } = options;
    super(message, cause === undefined ? undefined : { cause });
    this.source = source;
  }
}

/** Adds where the bytes came from to the errors of what reads them. */
export function naming<T>(source: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    if (!(cause instanceof TranslationFileError)) throw cause;
    throw new TranslationFileError(`cannot read translations of ${source}: ${cause.message}`, { source, cause });
  }
}
