import { filePath, nodePath } from "../internal/node_module.ts";
import { genLog } from "../util/log.ts";
import { readCsvTranslations } from "./_csv_translations.ts";
import { install } from "./_install_translations.ts";
import type { CSVTranslations } from "./locale.ts";

const EXTENSION = ".csv";

/**
 * Loads the CSV files of a directory, one file `LOCALE.csv` for each locale. Tornado's `load_translations`.
 *
 * They replace all translations that were loaded before, in any format, once all files are read. A row has a message,
 * its translation, and optionally `plural`, `singular` or `unknown`, which is the default. A file name that is not a
 * locale, and a row with another third column, are logged as errors and skipped.
 *
 * @example
 * ```ts
 * import { get, loadTranslations, resetTranslations } from "@twister/twister/locale";
 * import { assertEquals } from "@std/assert";
 * const directory = await Deno.makeTempDir();
 * await Deno.writeTextFile(`${directory}/es_LA.csv`, '"I love you","Te amo"\n');
 * loadTranslations(directory);
 * assertEquals(get("es").code, "en_US");
 * assertEquals(get("es_LA").translate("I love you"), "Te amo");
 * resetTranslations();
 * await Deno.remove(directory, { recursive: true });
 * ```
 *
 * @param directory Path or `file:` URL.
 * @param encoding Character set of the files. `null` reads a file with a UTF-16 byte order mark as UTF-16, and any
 * other as UTF-8.
 * @throws {Deno.errors.NotFound} The directory does not exist.
 * @throws {TranslationFileError} A file is not in its character set, or `encoding` is not known. Then the translations
 * that were loaded before stay.
 */
export function loadTranslations(directory: string | URL, encoding: string | null = null): void {
  const base = typeof directory === "string" ? directory : filePath(directory);
  const names = [...Deno.readDirSync(base)].filter((entry) => !entry.isDirectory).map((entry) => entry.name).sort();
  const translations = new Map<string, CSVTranslations>();
  for (const name of names) {
    if (!name.endsWith(EXTENSION)) continue;
    const code = name.slice(0, -EXTENSION.length);
    const path = nodePath().join(base, name);
    if (/^[a-z]+(?:_[A-Z]+)?$/.test(code)) {
      translations.set(code, readCsvTranslations(Deno.readFileSync(path), encoding, path));
    } else {
      genLog.error("Unrecognized locale %r (path: %s)", code, path);
    }
  }
  install(translations, base);
}
