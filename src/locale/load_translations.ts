import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { genLog } from "../util/log.ts";
import { readCsvTranslations } from "./_csv_translations.ts";
import { install } from "./_install_translations.ts";
import type { CSVTranslations } from "./locale.ts";

const EXTENSION = ".csv";

/**
 * Loads translations from the CSV files of a directory, one file `LOCALE.csv` for each locale (`tornado.locale.load_translations`).
 *
 * They replace everything loaded before, whatever its format, once all files are read. A row has a message, its translation, and
 * perhaps `plural`, `singular` or `unknown` (the default). Files whose name is not that of a locale, and rows with another third
 * column, are logged as errors and left out.
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
 * @param directory A path or `file:` URL.
 * @param encoding The character set of the files. Without one, each file that starts with a byte order mark of UTF-16 is read as
 *   UTF-16, and any other as UTF-8.
 * @throws {Deno.errors.NotFound} If there is no such directory.
 * @throws {TranslationFileError} If a file is not in its character set, or `encoding` is not known; what was loaded before stays
 *   then.
 */
export function loadTranslations(directory: string | URL, encoding: string | null = null): void {
  const base = typeof directory === "string" ? directory : fileURLToPath(directory);
  const names = [...Deno.readDirSync(base)].filter((entry) => !entry.isDirectory).map((entry) => entry.name).sort();
  const translations = new Map<string, CSVTranslations>();
  for (const name of names) {
    if (!name.endsWith(EXTENSION)) continue;
    const code = name.slice(0, -EXTENSION.length);
    const path = join(base, name);
    if (/^[a-z]+(?:_[A-Z]+)?$/.test(code)) {
      translations.set(code, readCsvTranslations(Deno.readFileSync(path), encoding, path));
    } else {
      genLog.error("Unrecognized locale %r (path: %s)", code, path);
    }
  }
  install(translations);
}
