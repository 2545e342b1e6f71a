import { readCsvTranslations } from "./_csv_translations.ts";
import { install, linkFallbacks } from "./_install_translations.ts";
import { isMo } from "./_mo_file.ts";
import { INITIAL_LOCALE } from "./_locale_registry.ts";
import { naming } from "./errors.ts";
import { GettextCatalog } from "./gettext_catalog.ts";
import type { GettextTranslations } from "./gettext_locale.ts";
import { type CSVTranslations, Locale, registry } from "./locale.ts";

/**
 * Translations of one locale in memory: the text or bytes of a CSV file, the bytes of a `.mo` file, CSV tables, or an
 * object that looks messages up.
 */
export type TranslationData = string | Uint8Array | CSVTranslations | GettextTranslations;

/** Options of {@linkcode loadTranslationData}. */
export interface LoadTranslationDataOptions {
  /**
   * Character set of the CSV files that are given as bytes; `null` detects it for each file, as `loadTranslations`
   * does.
   *
   * @default {null}
   */
  encoding?: string | null;
}

/**
 * Returns the first supported locale of a list, or else the default one. Short name of {@linkcode Locale.getClosest};
 * Tornado's `locale.get`.
 *
 * @example
 * ```ts
 * import { get } from "@twister/twister/locale";
 * import { assertEquals } from "@std/assert";
 * assertEquals(get("es_LA", "en").code, "en_US");
 * ```
 */
export function get(...codes: (string | null | undefined)[]): Locale {
  return Locale.getClosest(...codes);
}

/**
 * Sets the locale that is used if no requested one is supported. Tornado's `set_default_locale`.
 *
 * It is the language of the messages in the source code, so it is supported without translations.
 *
 * @example
 * ```ts
 * import { get, resetTranslations, setDefaultLocale } from "@twister/twister/locale";
 * import { assertEquals } from "@std/assert";
 * setDefaultLocale("de_DE");
 * assertEquals(get().code, "de_DE");
 * resetTranslations();
 * ```
 */
export function setDefaultLocale(code: string): void {
  registry.defaultLocale = code;
}

/**
 * Returns the codes of all loaded locales and of the default one. Tornado's `get_supported_locales`.
 *
 * @example
 * ```ts
 * import { getSupportedLocales } from "@twister/twister/locale";
 * import { assertEquals } from "@std/assert";
 * assertEquals([...getSupportedLocales()], ["en_US"]);
 * ```
 *
 * @returns A new set, which later loads do not change.
 */
export function getSupportedLocales(): ReadonlySet<string> {
  return registry.supported;
}

/**
 * Loads translations from memory, for programs that are bundled or compiled and cannot read files.
 *
 * They replace all translations that were loaded before, in any format. The magic number of `.mo` files tells their
 * bytes from those of CSV files. The `.mo` files fall back on each other as those of `loadGettextTranslations` do.
 * Tables and objects are not copied. A row with an unknown third column is logged as an error and skipped.
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
 * @throws {TranslationFileError} A file is not valid. Then the translations that were loaded before stay.
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
 * Forgets all translations and makes `en_US` the default locale again, as at the start of the program.
 *
 * It is meant for tests; Tornado has no counterpart. Locale objects in use keep working.
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
