/**
 * Translations, and the dates, lists and numbers of a language. Tornado's `tornado.locale`.
 *
 * Messages in the source code are in the default locale. Their translations come from CSV files or from the `.mo` files
 * of GNU gettext, in a directory or in memory. Loading is synchronous: do it when the program starts.
 *
 * ```ts
 * import { get, interpolate, loadTranslationData, resetTranslations } from "@twister/twister/locale";
 * import { assertEquals } from "@std/assert";
 * loadTranslationData({
 *   es_LA: [
 *     '"%(name)s liked this","A %(name)s le gustó esto","singular"',
 *     '"%(name)s like this","A %(name)s les gustó esto","plural"',
 *   ].join("\n"),
 * });
 * const locale = get("es-LA", "en");
 * const message = locale.translate("%(name)s liked this", "%(name)s like this", 1);
 * assertEquals(interpolate(message, { name: "Ana" }), "A Ana le gustó esto");
 * resetTranslations();
 * ```
 *
 * @module
 */
export { TranslationFileError, type TranslationFileErrorOptions } from "./errors.ts";
export { GettextCatalog, type GettextCatalogOptions } from "./gettext_catalog.ts";
export { CONTEXT_SEPARATOR, GettextLocale, type GettextTranslations } from "./gettext_locale.ts";
export { interpolate } from "./interpolate.ts";
export { loadGettextTranslations } from "./load_gettext_translations.ts";
export { loadTranslations } from "./load_translations.ts";
export { CSVLocale, type CSVTranslations, type FormatDateOptions, type FormatDayOptions, Locale } from "./locale.ts";
export { LOCALE_NAMES, type LocaleName } from "./locale_names.ts";
export {
  get,
  getSupportedLocales,
  loadTranslationData,
  type LoadTranslationDataOptions,
  resetTranslations,
  setDefaultLocale,
  type TranslationData,
} from "./translations.ts";
