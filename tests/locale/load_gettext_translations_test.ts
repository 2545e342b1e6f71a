import { assertEquals, assertStringIncludes } from "@std/assert";
import { pathToFileURL } from "node:url";
import {
  CSVLocale,
  get,
  getSupportedLocales,
  GettextLocale,
  loadGettextTranslations,
  loadTranslations,
} from "../../src/locale/mod.ts";
import { cleanLocales } from "../support/locale_state.ts";
import { moFile } from "../support/mo_file.ts";
import { test } from "../support/test.ts";

/** A tree of `LOCALE/LC_MESSAGES/shop.mo`, removed at the end of the scope. */
function treeOf(files: Record<string, Uint8Array>): { path: string } & Disposable {
  const path = Deno.makeTempDirSync();
  for (const [code, bytes] of Object.entries(files)) {
    Deno.mkdirSync(`${path}/${code}/LC_MESSAGES`, { recursive: true });
    Deno.writeFileSync(`${path}/${code}/LC_MESSAGES/shop.mo`, bytes);
  }
  return { path, [Symbol.dispose]: () => Deno.removeSync(path, { recursive: true }) };
}

test("loadGettextTranslations() reads the file of the domain for each locale", () => {
  using _ = cleanLocales();
  using tree = treeOf({ fr: moFile([{ id: "yes", text: "oui" }]), ".hidden": moFile([]) });
  Deno.mkdirSync(`${tree.path}/de/LC_MESSAGES`, { recursive: true });
  Deno.mkdirSync(`${tree.path}/it`);
  Deno.writeTextFileSync(`${tree.path}/README`, "not a directory");
  for (const place of [tree.path, pathToFileURL(tree.path)]) {
    loadGettextTranslations(place, "shop");
    assertEquals([...getSupportedLocales()].sort(), ["en_US", "fr"]);
    assertEquals(get("fr") instanceof GettextLocale, true);
    assertEquals(get("fr").translate("yes"), "oui");
  }
  assertEquals(get("en_US") instanceof CSVLocale, true);
  loadGettextTranslations(tree.path, "other");
  assertEquals([...getSupportedLocales()], ["en_US"]);
});

test("loadGettextTranslations() lets a country's file fall back on its language's", () => {
  using _ = cleanLocales();
  using tree = treeOf({
    pt: moFile([{ id: "no", text: "não" }, { id: "day", plural: "days", text: ["dia", "dias"] }], { plural: "n > 1" }),
    pt_BR: moFile([{ id: "yes", text: "é" }]),
  });
  loadGettextTranslations(tree.path, "shop");
  const locale = get("pt_BR");
  assertEquals([locale.translate("yes"), locale.translate("no"), locale.translate("day", "days", 0)], [
    "é",
    "não",
    "dia",
  ]);
  assertEquals(get("pt").translate("yes"), "yes");
});

test("loadGettextTranslations() logs a corrupt file and loads the others", (t) => {
  using _ = cleanLocales();
  using tree = treeOf({ fr: Uint8Array.of(1, 2, 3), pt: new Uint8Array(0), pt_BR: moFile([{ id: "yes", text: "é" }]) });
  t.expectLog("tornado.general", /^Cannot load translation for 'fr': .*magic number/);
  t.expectLog("tornado.general", /^Cannot load translation for 'pt': .*magic number/);
  loadGettextTranslations(tree.path, "shop");
  assertEquals([...getSupportedLocales()].sort(), ["en_US", "pt_BR"]);
  assertEquals(get("pt_BR").translate("yes"), "é");
});

test("loadGettextTranslations() of a directory that is not there loads nothing", () => {
  using _ = cleanLocales();
  loadGettextTranslations("/nonexistent/locale", "shop");
  assertEquals([...getSupportedLocales()], ["en_US"]);
});

test("loadTranslations() after loadGettextTranslations() gives CSV locales again", () => {
  using _ = cleanLocales();
  using tree = treeOf({ fr: moFile([{ id: "yes", text: "oui" }]) });
  loadGettextTranslations(tree.path, "shop");
  assertEquals(get("fr").translate("yes"), "oui");
  Deno.writeTextFileSync(`${tree.path}/fr.csv`, "yes,ouais");
  loadTranslations(tree.path);
  assertEquals(get("fr") instanceof CSVLocale, true);
  assertEquals(get("fr").translate("yes"), "ouais");
});

test("loadGettextTranslations() without permission to read throws, and does not pass for an empty directory", async () => {
  const module = new URL("../../src/locale/mod.ts", import.meta.url);
  const program =
    `import { loadGettextTranslations } from "${module}"; loadGettextTranslations("/usr/share/locale", "shop");`;
  const { code, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-prompt", "--no-check", "--no-lock", `data:text/typescript,${encodeURIComponent(program)}`],
    stderr: "piped",
  }).output();
  assertEquals(code, 1);
  assertStringIncludes(new TextDecoder().decode(stderr), "NotCapable");
});
