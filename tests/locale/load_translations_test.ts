import { assertEquals, assertThrows } from "@std/assert";
import { pathToFileURL } from "node:url";
import { get, getSupportedLocales, loadTranslations, TranslationFileError } from "../../src/locale/mod.ts";
import { cleanLocales } from "../support/locale_state.ts";
import { test } from "../support/test.ts";

/** A directory with files by their names, removed at the end of the scope. */
function directoryOf(files: Record<string, string | Uint8Array>): { path: string } & Disposable {
  const path = Deno.makeTempDirSync();
  for (const [name, content] of Object.entries(files)) {
    Deno.writeFileSync(`${path}/${name}`, typeof content === "string" ? new TextEncoder().encode(content) : content);
  }
  return { path, [Symbol.dispose]: () => Deno.removeSync(path, { recursive: true }) };
}

test("loadTranslations() reads a file for each locale", () => {
  using _ = cleanLocales();
  using directory = directoryOf({ "fr_FR.csv": '"school","école"\n', "de.csv": '"school","Schule"\n', "README": "x" });
  for (const place of [directory.path, pathToFileURL(directory.path), `${directory.path}/`]) {
    loadTranslations(place);
    assertEquals([...getSupportedLocales()].sort(), ["de", "en_US", "fr_FR"]);
    assertEquals([get("fr_FR").translate("school"), get("de_AT").translate("school")], ["école", "Schule"]);
  }
});

test("loadTranslations() finds out the encoding of each file for itself", () => {
  using _ = cleanLocales();
  const text = "\ufeffschool,école";
  const utf16 = new Uint8Array(Uint16Array.from(text, (character) => character.charCodeAt(0)).buffer);
  using directory = directoryOf({ "aa.csv": utf16, "bb.csv": "school,école", "cc.csv": utf16, "dd.csv": text });
  loadTranslations(directory.path);
  assertEquals(["aa", "bb", "cc", "dd"].map((code) => get(code).translate("school")), Array(4).fill("école"));
});

test("loadTranslations() takes one encoding for all files", () => {
  using _ = cleanLocales();
  using directory = directoryOf({ "fr.csv": Uint8Array.of(0x61, 0x2c, 0xe9) });
  loadTranslations(directory.path, "latin1");
  assertEquals(get("fr").translate("a"), "é");
  const error = assertThrows(() => loadTranslations(directory.path), TranslationFileError, "not valid utf-8");
  assertEquals(error.source, `${directory.path}/fr.csv`);
  assertThrows(() => loadTranslations(directory.path, "klingon"), TranslationFileError, "not known");
});

test("loadTranslations() logs files whose name is no locale, and passes over directories", (t) => {
  using _ = cleanLocales();
  using directory = directoryOf({
    "FR.csv": "a,b",
    "fr.FR.csv": "a,b",
    "fr_fr.csv": "a,b",
    ".csv": "a,b",
    "it.csv": "a,b",
  });
  Deno.mkdirSync(`${directory.path}/es.csv`);
  for (const name of ["FR", "fr\\.FR", "fr_fr", ""]) {
    t.expectLog("tornado.general", new RegExp(`^Unrecognized locale ["']${name}["'] \\(path: .*/${name}\\.csv\\)$`));
  }
  loadTranslations(directory.path);
  assertEquals([...getSupportedLocales()].sort(), ["en_US", "it"]);
});

test("loadTranslations() that fails leaves everything as it was", () => {
  using _ = cleanLocales();
  using good = directoryOf({ "fr.csv": "yes,oui" });
  using bad = directoryOf({ "aa.csv": "yes,x", "fr.csv": Uint8Array.of(0xff) });
  loadTranslations(good.path);
  assertThrows(() => loadTranslations(bad.path), TranslationFileError);
  assertThrows(() => loadTranslations(`${good.path}/none`), Deno.errors.NotFound);
  assertEquals([...getSupportedLocales()].sort(), ["en_US", "fr"]);
  assertEquals(get("fr").translate("yes"), "oui");
});

test("loadTranslations() of an empty directory leaves the default locale only", () => {
  using _ = cleanLocales();
  using directory = directoryOf({});
  loadTranslations(directory.path);
  assertEquals([...getSupportedLocales()], ["en_US"]);
});
