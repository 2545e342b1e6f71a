import { readCsvTranslations } from "./_csv_translations.ts";
import { install, linkFallbacks } from "./_install_translations.ts";
import { isMo } from "./_mo_file.ts";
import { INITIAL_LOCALE } from "./_locale_registry.ts";
import { naming } from "./errors.ts";
import { GettextCatalog } from "./gettext_catalog.ts";
import type { GettextTranslations } from "./gettext_locale.ts";
import { type CSVTranslations, Locale, registry } from "./locale.ts";

/**
 * The translations of one locale in memory: the text or bytes of a CSV file, the bytes of a `.mo` file, the tables of a CSV file, or
 * an object that looks messages up.
 */
export type TranslationData = string | Uint8Array | CSVTranslations | GettextTranslations;

/** What {@linkcode loadTranslationData} may be told. */
export interface LoadTranslationDataOptions {
  /**
   * The character set of CSV files that are given as bytes; found out for each if `null`, as by `loadTranslations`.
   *
   * @default {null}
   */
  encoding?: string | null;
}

/**
 * Gives the first supported locale of several, or else the default one: {@linkcode Locale.getClosest} under its short name
 * (`tornado.locale.get`).
 *
 * @example
 * ```ts
 * import { get } from "@twister/twister/locale";
 * import { assertEquals } from "@std/assert";
 * assertEquals(get("es_LA", "en").code, "en_US");
 * ```
 *
 * @param codes Locale codes, the best first; empty ones are skipped.
 * @returns A locale.
 */
export function get(...codes: (string | null | undefined)[]): Locale {
  return Locale.getClosest(...codes);
}

/**
 * Names the locale that answers when none of those asked for is supported (`tornado.locale.set_default_locale`).
 *
 * It is the language of the messages in the source code, and supported without any translations.
 *
 * @example
 * ```ts
 * import { get, resetTranslations, setDefaultLocale } from "@twister/twister/locale";
 * import { assertEquals } from "@std/assert";
 * setDefaultLocale("de_DE");
 * assertEquals(get().code, "de_DE");
 * resetTranslations();
 * ```
 *
 * @param code Its code.
 */
export function setDefaultLocale(code: string): void {
  registry.defaultLocale = code;
}

/**
 * Lists the codes of all loaded locales and of the default one (`tornado.locale.get_supported_locales`).
 *
 * @example
 * ```ts
 * import { getSupportedLocales } from "@twister/twister/locale";
 * import { assertEquals } from "@std/assert";
 * assertEquals([...getSupportedLocales()], ["en_US"]);
 * ```
 *
 * @returns A set of its own, which later loads leave as it is.
 */
export function getSupportedLocales(): ReadonlySet<string> {
  return registry.supported;
}

/**
 * Loads translations from memory instead of a directory, for programs that are bundled or compiled and may not read files.
 *
 * They replace everything loaded before, whatever its format. Bytes of a `.mo` file are told from those of a CSV file by their magic
 * number, and fall back on each other as the files of `loadGettextTranslations` do. Tables and objects are used as they are, not
 * copied. Rows with a third column that is not known are logged as errors and left out.
 *
 * @example
 * ```ts
 * import { get, loadTranslationData, resetTranslations } from "@twister/twister/locale";
 * import { assertEquals } from "@std/assert";
 * loadTranslationData({ fr_FR: '"Sign out","Se déconnecter"\n' });
 * assertEquals(get("fr-FR").translate("Sign out"), "Se déconnecter");
 * resetTranslations();
 * ```
 *
 * @param data The translations by locale code.
 * @param options How to read them.
 * @throws {TranslationFileError} If one of them cannot be read; what was loaded before stays then.
 */
export function loadTranslationData(
  data: Readonly<Record<string, TranslationData>>,
  options: LoadTranslationDataOptions = {},
): void {
  const { encoding = null } = options;
  const translations = new Map<string, CSVTranslations | GettextTranslations>();
  const catalogs = new Map<string, GettextCatalog>();
  for (const [code, value] of Object.entries(data)) {
    if (value instanceof Uint8Array && isMo(value)) {
      catalogs.set(code, naming(code, () => new GettextCatalog(value)));
    } else if (typeof value === "string" || value instanceof Uint8Array) {
      translations.set(code, readCsvTranslations(value, encoding, code));
    } else {
      translations.set(code, value);
    }
  }
  install(new Map([...translations, ...linkFallbacks(catalogs)]));
}

/**
 * Forgets all translations and makes `en_US` the default locale again, as if nothing had been loaded or set.
 *
 * Meant for tests; Tornado has no counterpart. Locale objects that were handed out keep working.
 *
 * @example
 * ```ts
 * import { getSupportedLocales, loadTranslationData, resetTranslations } from "@twister/twister/locale";
 * import { assertEquals } from "@std/assert";
 * loadTranslationData({ de: "yes,ja" });
 * resetTranslations();
 * assertEquals([...getSupportedLocales()], ["en_US"]);
 * ```
 */
export function resetTranslations(): void {
  registry.defaultLocale = INITIAL_LOCALE;
  registry.replace(new Map());
}
