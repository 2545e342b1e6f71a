import { assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import {
  CSVLocale,
  get,
  getSupportedLocales,
  GettextCatalog,
  GettextLocale,
  loadTranslationData,
  Locale,
  resetTranslations,
  setDefaultLocale,
  TranslationFileError,
} from "../../src/locale/mod.ts";
import { cleanLocales } from "../support/locale_state.ts";
import { moFile } from "../support/mo_file.ts";
import { test } from "../support/test.ts";

/** What the text of a CSV file translates, by table. */
function tables(csv: string | Uint8Array, encoding: string | null = null): Record<string, Record<string, string>> {
  using _ = cleanLocales();
  loadTranslationData({ xx: csv }, { encoding });
  const locale = Locale.get("xx");
  if (!(locale instanceof CSVLocale)) throw new TypeError("not a CSVLocale");
  const copies = Object.entries(locale.translations).map(([kind, table]) => [kind, { ...table }]);
  return Object.fromEntries(copies);
}

test("loadTranslationData() takes text, bytes, tables, .mo files and look-up objects together", () => {
  using _ = cleanLocales();
  loadTranslationData({
    fr: "yes,oui\n",
    es: new TextEncoder().encode("yes,sí\n"),
    it: { unknown: { yes: "sì" } },
    de: moFile([{ id: "yes", text: "ja" }]),
    nl: new GettextCatalog(moFile([{ id: "yes", text: "ja" }])),
    eo: { gettext: (message) => `${message}!`, ngettext: (singular) => singular },
  });
  const codes = ["fr", "es", "it", "de", "nl", "eo", "en_US"];
  assertEquals(codes.map((code) => get(code).translate("yes")), ["oui", "sí", "sì", "ja", "ja", "yes!", "yes"]);
  assertEquals(codes.map((code) => get(code) instanceof GettextLocale), [false, false, false, true, true, true, false]);
  assertEquals([...getSupportedLocales()].sort(), [...codes].sort());
});

test("loadTranslationData() lets a .mo file fall back on that of its language", () => {
  using _ = cleanLocales();
  loadTranslationData({
    pt_BR: moFile([{ id: "yes", text: "é" }]),
    pt: moFile([{ id: "yes", text: "sim" }, { id: "no", text: "não" }]),
    "sr@latin": moFile([{ id: "yes", text: "da" }]),
    "sr_RS@latin": moFile([]),
    sr: moFile([{ id: "yes", text: "да" }, { id: "no", text: "не" }]),
  });
  assertEquals([get("pt_BR").translate("yes"), get("pt_BR").translate("no")], ["é", "não"]);
  const serbian = Locale.get("sr_RS@latin");
  assertEquals([serbian.translate("yes"), serbian.translate("no"), serbian.translate("maybe")], ["da", "не", "maybe"]);
});

test("loadTranslationData() replaces everything, also from .mo files to CSV", () => {
  using _ = cleanLocales();
  loadTranslationData({ de: moFile([{ id: "yes", text: "ja" }]), fr: "yes,oui" });
  loadTranslationData({ de: "yes,jo" });
  assertEquals(get("de") instanceof CSVLocale, true);
  assertEquals(get("de").translate("yes"), "jo");
  assertEquals([...getSupportedLocales()].sort(), ["de", "en_US"]);
});

test("loadTranslationData() that fails leaves everything as it was, and names the locale", () => {
  using _ = cleanLocales();
  loadTranslationData({ fr: "yes,oui" });
  const before = get("fr");
  const wrong = { "not valid utf-8": Uint8Array.of(0x61, 0xff, 0x2c), "corrupt": moFile([]).subarray(0, 30) };
  for (const [reason, data] of Object.entries(wrong)) {
    const error = assertThrows(() => loadTranslationData({ fr: "yes,si", de: data }), TranslationFileError, reason);
    assertEquals(error.source, "de");
    assertStrictEquals(get("fr"), before);
  }
});

test("loadTranslationData() reads CSV as Python's csv module does", () => {
  const cases: [string, Record<string, Record<string, string>>][] = [
    ["", {}],
    ["\n\n", {}],
    ["one\n", {}],
    ["a,b", { unknown: { a: "b" } }],
    ["a,b\nc,d\n", { unknown: { a: "b", c: "d" } }],
    ["a,b\r\nc,d\r", { unknown: { a: "b", c: "d" } }],
    ['"a","b"\n', { unknown: { a: "b" } }],
    ['"a,b","c ""d"""\n', { unknown: { "a,b": 'c "d"' } }],
    ['"a\nb","c\r\nd\re"', { unknown: { "a\nb": "c\nd\ne" } }],
    ['a"b,c""d', { unknown: { 'a"b': 'c""d' } }],
    ['"a"b,"c" "d"', { unknown: { ab: 'c "d"' } }],
    ['"a"b"c,d', { unknown: { 'ab"c': "d" } }],
    ['a,"never closed\nb,c\n', { unknown: { a: "never closed\nb,c" } }],
    ['a,"b""', { unknown: { a: 'b"' } }],
    ['a,"', { unknown: { a: "" } }],
    ['a, "b"', { unknown: { a: '"b"' } }],
    [" a ,\tb\u00a0\u0085\x1c\n", { unknown: { a: "b" } }],
    ["\u200ba,b\u200b", { unknown: { "\u200ba": "b\u200b" } }],
    ["a,", { unknown: { a: "" } }],
    [",b", { unknown: { "": "b" } }],
    ["a,b,", { unknown: { a: "b" } }],
    ["a,b, plural ", { plural: { a: "b" } }],
    ["a,b,singular,more,columns", { singular: { a: "b" } }],
    ["a,b\na,c\n", { unknown: { a: "c" } }],
    ["\ufeffa,b", { unknown: { a: "b" } }],
    ["a\0,b", { unknown: { "a\0": "b" } }],
  ];
  for (const [csv, expected] of cases) {
    assertEquals(tables(csv), expected, JSON.stringify(csv));
    assertEquals(tables(new TextEncoder().encode(csv)), expected, JSON.stringify(csv));
  }
  assertEquals(Object.entries(tables("__proto__,b\nconstructor,c").unknown ?? {}), [["__proto__", "b"], [
    "constructor",
    "c",
  ]]);
});

test("loadTranslationData() logs rows with an unknown third column, by their line, and leaves them out", (t) => {
  t.expectLog("tornado.general", /^Unrecognized plural indicator "?'?plurall'?"? in xx line 4$/);
  t.expectLog("tornado.general", /^Unrecognized plural indicator .*Plural.* in xx line 5$/);
  assertEquals(tables('a,"b\n"\n\nc,d,plurall\ne,f,Plural\ng,h\n'), { unknown: { a: "b", g: "h" } });
});

test("loadTranslationData() finds UTF-16 and UTF-8 by their marks, and takes an encoding", () => {
  const utf16 = (text: string, little: boolean) => {
    const bytes = new Uint8Array(2 * text.length);
    for (let i = 0; i < text.length; i++) new DataView(bytes.buffer).setUint16(2 * i, text.charCodeAt(i), little);
    return bytes;
  };
  const expected = { unknown: { school: "école" } };
  const text = "school,école\n";
  for (const little of [true, false]) {
    assertEquals(tables(utf16(`\ufeff${text}`, little)), expected);
    assertEquals(tables(utf16(`\ufeff${text}`, little), "utf-16"), expected);
    assertEquals(tables(utf16(text, little), little ? "utf-16-le" : "UTF_16BE"), expected);
  }
  assertEquals(tables(utf16(text, true), "utf16"), expected);
  for (const encoding of ["utf-8", "utf8", "UTF_8", "utf-8-sig"]) {
    assertEquals(tables(new TextEncoder().encode(`\ufeff${text}`), encoding), expected);
  }
  const latin1 = Uint8Array.from(text, (character) => character.charCodeAt(0));
  for (const encoding of ["latin1", "latin-1", "iso-8859-1", "ISO_8859-1", "cp1252", "iso-8859-15"]) {
    assertEquals(tables(latin1, encoding), expected);
  }
  assertThrows(() => tables(latin1), TranslationFileError, "cannot read translations of xx: text is not valid utf-8");
  assertThrows(() => tables(latin1, "ascii"), TranslationFileError, "not valid ASCII: byte 0xe9");
  assertThrows(() => tables(latin1, "klingon"), TranslationFileError, 'not known: "klingon"');
  assertThrows(() => tables(utf16(`\ufeff${text}`, true).subarray(1)), TranslationFileError);
  assertThrows(() => tables(utf16(`\ufeff${text}`, true).subarray(0, 9)), TranslationFileError, "not valid utf-16le");
});

test("loadTranslationData() tells at level DEBUG which locales are supported", (t) => {
  using _ = cleanLocales();
  loadTranslationData({ fr: "a,b", de: "a,b" });
  assertEquals(t.logs.map((record) => record.getMessage()), ["Supported locales: de, en_US, fr"]);
});

test("resetTranslations() goes back to English without translations", () => {
  using _ = cleanLocales();
  loadTranslationData({ fr: "a,b" });
  setDefaultLocale("fr");
  const held = get();
  resetTranslations();
  assertEquals(get("fr").code, "en_US");
  assertEquals([...getSupportedLocales()], ["en_US"]);
  assertEquals(held.translate("a"), "b");
});
