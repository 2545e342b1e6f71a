import { Locale, requireCount } from "./locale.ts";

/** Separates context and message in the keys of a `.mo` file. Tornado's `CONTEXT_SEPARATOR`. */
export const CONTEXT_SEPARATOR = "\u0004";

/**
 * Source of translations for a {@linkcode GettextLocale}: a {@linkcode GettextCatalog}, or an object of the
 * application.
 */
export interface GettextTranslations {
  /**
   * Translates a message without a plural.
   *
   * @param message Message, after its context and {@linkcode CONTEXT_SEPARATOR} if it has a context.
   * @returns The translation, or the message itself.
   */
  gettext(message: string): string;
  /**
   * Translates a message with a plural.
   *
   * @param singular Message, after its context and {@linkcode CONTEXT_SEPARATOR} if it has a context.
   * @param plural Plural of the message, in the same form.
   * @param count Number of things, which chooses the form.
   * @returns The translation, or else `singular` for 1 and `plural` for any other count.
   */
  ngettext(singular: string, plural: string, count: number): string;
}

/**
 * A locale with translations of GNU gettext. Tornado's `GettextLocale`.
 *
 * @example
 * ```ts
 * import { GettextLocale } from "@twister/twister/locale";
 * import { assertEquals } from "@std/assert";
 * const words = new Map([["right", "rechts"], ["law\u0004right", "Recht"]]);
 * const locale = new GettextLocale("de", {
 *   gettext: (message) => words.get(message) ?? message,
 *   ngettext: (singular, plural, count) => count === 1 ? singular : plural,
 * });
 * assertEquals(locale.translate("right"), "rechts");
 * assertEquals(locale.pgettext("law", "right"), "Recht");
 * assertEquals(locale.pgettext("ethics", "right"), "right");
 * ```
 */
export class GettextLocale extends Locale {
  /** Translates a message without a plural. */
  readonly gettext: (message: string) => string;
  /** Translates a message with a plural. */
  readonly ngettext: (singular: string, plural: string, count: number) => string;

  /** Makes a locale from translations. */
  constructor(code: string, translations: GettextTranslations) {
    super(code);
    this.gettext = (message) => translations.gettext(message);
    this.ngettext = (singular, plural, count) => translations.ngettext(singular, plural, count);
  }

  /**
   * Translates a message; see {@linkcode Locale.translate}. A message with a plural in the file is found only together
   * with its plural, as in Python up to 3.11.
   *
   * @throws {RangeError} The plural rule of the file fails for `count`.
   */
  override translate(message: string, pluralMessage?: string | null, count?: number | null): string {
    if (pluralMessage === undefined || pluralMessage === null) return this.gettext(message);
    return this.ngettext(message, pluralMessage, requireCount(message, count));
  }

  /**
   * Translates a message of a context, which is `msgctxt` in the `.po` file; see {@linkcode Locale.pgettext}.
   *
   * If the context has no translation, a message with a plural is looked up without its context, and one without a
   * plural is returned unchanged.
   *
   * @throws {RangeError} The plural rule of the file fails for `count`.
   */
  override pgettext(context: string, message: string, pluralMessage?: string | null, count?: number | null): string {
    const prefix = context + CONTEXT_SEPARATOR;
    if (pluralMessage === undefined || pluralMessage === null) {
      const result = this.gettext(prefix + message);
      return result.includes(CONTEXT_SEPARATOR) ? message : result;
    }
    const n = requireCount(message, count);
    const result = this.ngettext(prefix + message, prefix + pluralMessage, n);
    return result.includes(CONTEXT_SEPARATOR) ? this.ngettext(message, pluralMessage, n) : result;
  }
}
