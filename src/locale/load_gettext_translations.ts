import { filePath, nodePath } from "../internal/node_module.ts";
import { genLog } from "../util/log.ts";
import { install, linkFallbacks } from "./_install_translations.ts";
import { TranslationFileError } from "./errors.ts";
import { GettextCatalog } from "./gettext_catalog.ts";

/**
 * Loads the files `DIRECTORY/LOCALE/LC_MESSAGES/DOMAIN.mo`, the layout of GNU gettext. Tornado's
 * `load_gettext_translations`.
 *
 * They replace all translations that were loaded before, in any format. A message that the file of `pt_BR` lacks is
 * looked up in that of `pt`. A file that cannot be read or is corrupt is logged as an error, and its locale is skipped.
 * A missing directory has no translations.
 *
 * @example
 * ```ts
 * import { getSupportedLocales, loadGettextTranslations, resetTranslations } from "@twister/twister/locale";
 * import { assertEquals } from "@std/assert";
 * const directory = await Deno.makeTempDir();
 * await Deno.mkdir(`${directory}/eo/LC_MESSAGES`, { recursive: true });
 * // A file without messages: magic number, revision, count, two offsets.
 * const header = Uint32Array.from([0x950412de, 0, 0, 20, 20]);
 * await Deno.writeFile(`${directory}/eo/LC_MESSAGES/shop.mo`, new Uint8Array(header.buffer));
 * loadGettextTranslations(directory, "shop");
 * assertEquals([...getSupportedLocales()].sort(), ["en_US", "eo"]);
 * resetTranslations();
 * await Deno.remove(directory, { recursive: true });
 * ```
 *
 * @param domain Name of the files without `.mo`, usually that of the application.
 * @throws {Deno.errors.NotCapable} The program has no permission to read the directory.
 */
export function loadGettextTranslations(directory: string | URL, domain: string): void {
  const base = typeof directory === "string" ? directory : filePath(directory);
  const catalogs = new Map<string, GettextCatalog>();
  for (const code of localeDirectories(base)) {
    try {
      catalogs.set(
        code,
        new GettextCatalog(Deno.readFileSync(nodePath().join(base, code, "LC_MESSAGES", `${domain}.mo`))),
      );
    } catch (error) {
      if (isAbsent(error)) continue;
      if (!(error instanceof TranslationFileError) && !(error instanceof Deno.errors.PermissionDenied)) throw error;
      genLog.error("Cannot load translation for '%s': %s", code, error.message);
    }
  }
  install(linkFallbacks(catalogs), base);
}

/** The names that Tornado's `*` would match, in their order. */
function localeDirectories(base: string): string[] {
  try {
    return [...Deno.readDirSync(base)].map((entry) => entry.name).filter((name) => !name.startsWith(".")).sort();
  } catch (error) {
    if (isAbsent(error)) return [];
    throw error;
  }
}

function isAbsent(error: unknown): boolean {
  return error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory;
}
