import { genLog } from "../util/log.ts";
import { requireCount } from "./_count.ts";
import { Locale, registry } from "./locale.ts";

/** The translations of one language from a CSV file: from message to translation, by the third column of the file. */
export interface CSVTranslations {
  /**
   * For `translate` with a plural message and a count other than 1; the keys are the plural messages.
   *
   * @default {none}
   */
  readonly plural?: Readonly<Record<string, string>>;
  /**
   * For `translate` with a plural message and a count of 1.
   *
   * @default {none}
   */
  readonly singular?: Readonly<Record<string, string>>;
  /**
   * For `translate` without a plural message.
   *
   * @default {none}
   */
  readonly unknown?: Readonly<Record<string, string>>;
}

/**
 * A locale with translations in Tornado's CSV format (`tornado.locale.CSVLocale`); also the class of a locale without any.
 *
 * @example
 * ```ts
 * import { CSVLocale } from "@twister/twister/locale";
 * import { assertEquals } from "@std/assert";
 * const locale = new CSVLocale("fr_FR", { unknown: { "Sign out": "Se déconnecter" } });
 * assertEquals(locale.translate("Sign out"), "Se déconnecter");
 * assertEquals(locale.translate("Sign in"), "Sign in");
 * ```
 */
export class CSVLocale extends Locale {
  /** The tables it looks messages up in, the very object the constructor was given. */
  readonly translations: CSVTranslations;

  static {
    registry.makeUntranslated = (code) => new CSVLocale(code, {});
  }

  /**
   * Makes a locale from tables.
   *
   * @param code The code of the locale.
   * @param translations Its tables; only their own properties are read.
   */
  constructor(code: string, translations: CSVTranslations) {
    super(code);
    this.translations = translations;
  }

  /**
   * Gives the translation of a message, or the message itself where there is none.
   *
   * Without a plural message only the table `unknown` is looked at, with one only `singular` or `plural`.
   *
   * @param message The message, the singular where there is a plural.
   * @param pluralMessage The plural of the message.
   * @param count How many: 1 chooses the singular, anything else the plural.
   * @returns The translation.
   * @throws {TypeError} If `pluralMessage` is given without `count`.
   */
  override translate(message: string, pluralMessage?: string | null, count?: number | null): string {
    if (pluralMessage === undefined || pluralMessage === null) return lookUp(this.translations.unknown, message);
    if (requireCount(message, count) === 1) return lookUp(this.translations.singular, message);
    return lookUp(this.translations.plural, pluralMessage);
  }

  /**
   * Translates without the context, which the CSV format has no place for, and logs a warning if there are translations at all.
   *
   * @param _context Ignored.
   * @param message The message, the singular where there is a plural.
   * @param pluralMessage The plural of the message.
   * @param count How many.
   * @returns The translation.
   * @throws {TypeError} If `pluralMessage` is given without `count`.
   */
  override pgettext(_context: string, message: string, pluralMessage?: string | null, count?: number | null): string {
    if (Object.keys(this.translations).length > 0) genLog.warning("pgettext is not supported by CSVLocale");
    return this.translate(message, pluralMessage, count);
  }
}

function lookUp(table: Readonly<Record<string, string>> | undefined, message: string): string {
  return table !== undefined && Object.hasOwn(table, message) ? table[message] : message;
}
