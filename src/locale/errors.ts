/** Options of a {@linkcode TranslationFileError}. */
export interface TranslationFileErrorOptions extends ErrorOptions {
  /**
   * Origin of the translations: a file path, or the locale code of data in memory.
   *
   * @default {null}
   */
  source?: string | null;
}

/**
 * A file of translations that is not valid: of another format, truncated, or in another character set than it claims.
 *
 * @example
 * ```ts
 * import { GettextCatalog, TranslationFileError } from "@twister/twister/locale";
 * import { assertThrows } from "@std/assert";
 * assertThrows(() => new GettextCatalog(new Uint8Array(4)), TranslationFileError, "magic number");
 * ```
 */
export class TranslationFileError extends Error {
  /** Name of the class. */
  override readonly name: string = "TranslationFileError";
  /** File path or locale code, or `null` if only bytes were given. */
  readonly source: string | null;

  /**
   * Makes the error.
   *
   * @param message What was refused, and why.
   */
  constructor(message: string, options: TranslationFileErrorOptions = {}) {
    const { source = null, cause } = options;
    super(message, cause === undefined ? undefined : { cause });
    this.source = source;
  }
}

/** Calls `read`, and adds the origin of the bytes to a {@linkcode TranslationFileError} that it throws. */
export function naming<T>(source: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    if (!(cause instanceof TranslationFileError)) throw cause;
    throw new TranslationFileError(`cannot read translations of ${source}: ${cause.message}`, { source, cause });
  }
}
