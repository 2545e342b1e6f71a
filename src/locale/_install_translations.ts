import { genLog } from "../util/log.ts";
import { GettextCatalog } from "./gettext_catalog.ts";
import { GettextLocale, type GettextTranslations } from "./gettext_locale.ts";
import { CSVLocale, type CSVTranslations, type Locale, registry } from "./locale.ts";

/**
 * Puts translations in the place of all that were loaded before.
 *
 * @param directory Directory that they come from, if any.
 */
export function install(
  translations: ReadonlyMap<string, CSVTranslations | GettextTranslations>,
  directory: string | null = null,
): void {
  const makers = new Map<string, (code: string) => Locale>();
  for (const [code, own] of translations) {
    makers.set(code, "gettext" in own ? () => new GettextLocale(code, own) : () => new CSVLocale(code, own));
  }
  registry.replace(makers, directory);
  genLog.debug("Supported locales: %s", [...registry.supported].sort().join(", "));
}

/**
 * Lets the catalogue of each locale ask those of its more general ones: `pt_BR` asks `pt`, `sr_RS@latin` asks
 * `sr@latin`, `sr_RS` and `sr`, in that order.
 */
export function linkFallbacks(catalogs: ReadonlyMap<string, GettextCatalog>): Map<string, GettextCatalog> {
  const linked = new Map<string, GettextCatalog>();
  for (const [code, own] of catalogs) {
    const chain = [own];
    for (const other of moreGeneralCodes(code)) {
      const catalog = catalogs.get(other);
      if (catalog !== undefined) chain.push(catalog);
    }
    linked.set(code, chain.reduceRight((fallback, catalog) => new GettextCatalog(catalog, { fallback })));
  }
  return linked;
}

/**
 * The codes left when country, character set or variant is dropped from `language_COUNTRY.charset@variant`, the closest
 * first.
 */
function moreGeneralCodes(code: string): Set<string> {
  const [, language = "", country = "", charset = "", variant = ""] =
    /^([^_.@]*)(_[^.@]*)?(\.[^@]*)?(@.*)?$/s.exec(code) ?? [];
  const codes = new Set<string>();
  for (const v of [variant, ""]) {
    for (const c of [country, ""]) {
      for (const s of [charset, ""]) codes.add(language + c + s + v);
    }
  }
  codes.delete(code);
  return codes;
}
