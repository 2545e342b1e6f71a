import { Locale, requireCount } from "./locale.ts";

/** Stands between context and message in the key of a `.mo` file, as GNU gettext has it (`tornado.locale.CONTEXT_SEPARATOR`). */
export const CONTEXT_SEPARATOR = "\u0004";

/** What {@linkcode GettextLocale} asks for translations; {@linkcode GettextCatalog} is one, and an application may bring another. */
export interface GettextTranslations {
  /**
   * Gives the translation of a message without a plural, or the message itself.
   *
   * @param message The message, with its context and {@linkcode CONTEXT_SEPARATOR} before it where it has one.
   * @returns The translation.
   */
  gettext(message: string): string;
  /**
   * Gives the form of a translation that belongs to a count, or `singular` for 1 and `plural` for anything else.
   *
   * @param singular The message, with its context and {@linkcode CONTEXT_SEPARATOR} before it where it has one.
   * @param plural Its plural.
   * @param count How many.
   * @returns The translation.
   */
  ngettext(singular: string, plural: string, count: number): string;
}

/**
 * A locale with translations of GNU gettext (`tornado.locale.GettextLocale`).
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
  /** The look-up without a plural, bound to the translations. */
  readonly gettext: (message: string) => string;
  /** The look-up with a plural, bound to the translations. */
  readonly ngettext: (singular: string, plural: string, count: number) => string;

  /**
   * Makes a locale from a catalogue.
   *
   * @param code The code of the locale.
   * @param translations Where messages are looked up.
   */
  constructor(code: string, translations: GettextTranslations) {
    super(code);
    this.gettext = (message) => translations.gettext(message);
    this.ngettext = (singular, plural, count) => translations.ngettext(singular, plural, count);
  }

  /**
   * Gives the translation of a message, or the message itself where there is none.
   *
   * A message that the file has with a plural is found only with its plural, as in Python up to 3.11.
   *
   * @param message The message, the singular where there is a plural.
   * @param pluralMessage The plural of the message.
   * @param count How many; the plural rule of the file chooses the form.
   * @returns The translation.
   * @throws {TypeError} If `pluralMessage` is given without `count`.
   * @throws {RangeError} If the plural rule of the file cannot be worked out for `count`.
   */
  override translate(message: string, pluralMessage?: string | null, count?: number | null): string {
    if (pluralMessage === undefined || pluralMessage === null) return this.gettext(message);
    return this.ngettext(message, pluralMessage, requireCount(message, count));
  }

  /**
   * Gives the translation that a message has in a context.
   *
   * Where the context has none, a message with a plural is looked up without the context; one without a plural is returned as it is.
   *
   * @param context What tells the meanings apart: `msgctxt` of the `.po` file.
   * @param message The message, the singular where there is a plural.
   * @param pluralMessage The plural of the message.
   * @param count How many; the plural rule of the file chooses the form.
   * @returns The translation.
   * @throws {TypeError} If `pluralMessage` is given without `count`.
   * @throws {RangeError} If the plural rule of the file cannot be worked out for `count`.
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
