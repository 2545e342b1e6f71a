import { assert, assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { GettextCatalog, TranslationFileError } from "../../src/locale/mod.ts";
import { moFile } from "../support/mo_file.ts";
import { test } from "../support/test.ts";

const messages = [
  { id: "yes", text: "так" },
  { id: "file", plural: "files", text: ["файл", "файли", "файлів"] },
  { context: "law", id: "right", text: "право" },
] as const;
const UKRAINIAN = "n%10==1 && n%100!=11 ? 0 : n%10>=2 && n%10<=4 && (n%100<10 || n%100>=20) ? 1 : 2";

/** A file with its 32-bit word at `offset` replaced. */
function withWord(bytes: Uint8Array<ArrayBuffer>, offset: number, word: number): Uint8Array<ArrayBuffer> {
  const copy = bytes.slice();
  new DataView(copy.buffer).setUint32(offset, word, true);
  return copy;
}

test("GettextCatalog reads both byte orders alike", () => {
  for (const bigEndian of [false, true]) {
    const catalog = new GettextCatalog(moFile(messages, { plural: UKRAINIAN, bigEndian }));
    assertEquals(catalog.gettext("yes"), "так");
    assertEquals([1, 2, 5, 11, 21].map((n) => catalog.ngettext("file", "files", n)), [
      "файл",
      "файли",
      "файлів",
      "файлів",
      "файл",
    ]);
    assertEquals(catalog.gettext("law\u0004right"), "право");
  }
});

test("GettextCatalog reads bytes that are a part of a larger buffer", () => {
  const file = moFile(messages);
  const padded = new Uint8Array(file.length + 7);
  padded.set(file, 3);
  assertEquals(new GettextCatalog(padded.subarray(3, 3 + file.length)).gettext("yes"), "так");
});

test("GettextCatalog decodes the character set that the header names", () => {
  const cases = {
    "ISO-8859-1": "déjà",
    "ISO-8859-2": "żółć",
    "koi8-r": "да",
    "windows-1251": "да",
    "iso-8859-15": "œuf €",
  };
  for (const [charset, text] of Object.entries(cases)) {
    const catalog = new GettextCatalog(moFile([{ id: "x", text }, { id: text, text: "back" }], { charset }));
    assertEquals(catalog.gettext("x"), text, charset);
    assertEquals(catalog.gettext(text), "back", charset);
    assertEquals(catalog.charset, charset);
  }
});

test("GettextCatalog reads ISO-8859-1 as such, not as windows-1252", () => {
  const header = "Content-Type: text/plain; charset=iso-8859-1\n";
  const file = moFile([{ id: "x", text: "?" }], { header });
  file[file.lastIndexOf(0x3f)] = 0x80;
  assertEquals(new GettextCatalog(file).gettext("x"), "\u0080");
});

test("GettextCatalog keeps a byte order mark within a message", () => {
  assertEquals(new GettextCatalog(moFile([{ id: "x", text: "\ufeffy" }])).gettext("x"), "\ufeffy");
});

test("GettextCatalog without a header takes ASCII only and the English plural", () => {
  const entries = [{ id: "file", plural: "files", text: ["Datei", "Dateien"] }];
  const catalog = new GettextCatalog(moFile(entries, { header: null }));
  assertStrictEquals(catalog.charset, null);
  assertEquals([0, 1, 2].map((n) => catalog.ngettext("file", "files", n)), ["Dateien", "Datei", "Dateien"]);
  assertThrows(() => new GettextCatalog(moFile(messages, { header: null })), TranslationFileError, "not valid ASCII");
});

test("GettextCatalog.info has the fields of the header", () => {
  const header =
    "#-#-#-#-#  a.po  #-#-#-#-#\nProject-Id-Version:  shop 1 \nX-Long: one\ntwo\n\nContent-Type: text/plain; charset=UTF-8\r\n";
  const catalog = new GettextCatalog(moFile([], { header }));
  assertEquals([...catalog.info], [
    ["project-id-version", "shop 1"],
    ["x-long", "one\ntwo"],
    ["content-type", "text/plain; charset=UTF-8"],
  ]);
  assertEquals(catalog.gettext(""), header);
});

test("GettextCatalog reads a header that is not UTF-8", () => {
  const header = "Last-Translator: Jürgen\nContent-Type: text/plain; charset=ISO-8859-1\n";
  const catalog = new GettextCatalog(moFile([{ id: "x", text: "ü" }], { header, charset: "ISO-8859-1" }));
  assertEquals(catalog.gettext("x"), "ü");
});

test("GettextCatalog.gettext() returns what it does not know, and is not misled by names of objects", () => {
  const catalog = new GettextCatalog(moFile(messages));
  for (const message of ["no", "constructor", "__proto__", "toString"]) {
    assertEquals(catalog.gettext(message), message);
    assertEquals(catalog.ngettext(message, "many", 2), "many");
  }
});

test("GettextCatalog.gettext() does not find a message that has a plural, nor ngettext() one that has none", () => {
  const catalog = new GettextCatalog(moFile(messages));
  assertEquals(catalog.gettext("file"), "file");
  assertEquals(catalog.ngettext("yes", "yeses", 1), "yes");
  assertEquals(catalog.ngettext("yes", "yeses", 2), "yeses");
});

test("GettextCatalog.ngettext() returns the message for a form that the file has not", () => {
  const catalog = new GettextCatalog(moFile(messages, { plural: "n" }));
  assertEquals([0, 1, 2, 3, -1].map((n) => catalog.ngettext("file", "files", n)), [
    "файл",
    "файли",
    "файлів",
    "files",
    "files",
  ]);
});

test("GettextCatalog.ngettext() passes on that a rule divides by zero", () => {
  const catalog = new GettextCatalog(moFile(messages, { plural: "1 / (n - 3)" }));
  assertThrows(() => catalog.ngettext("file", "files", 3), RangeError, "divides by zero");
});

test("GettextCatalog asks its fallback for what it has not, with that one's own rule", () => {
  const general = new GettextCatalog(
    moFile([{ id: "yes", text: "sim" }, { id: "no", text: "não" }, {
      id: "day",
      plural: "days",
      text: ["dia", "dias"],
    }], {
      plural: "n > 1",
    }),
  );
  const catalog = new GettextCatalog(new GettextCatalog(moFile([{ id: "yes", text: "é" }])), { fallback: general });
  assertEquals(catalog.gettext("yes"), "é");
  assertEquals(catalog.gettext("no"), "não");
  assertEquals(catalog.gettext("maybe"), "maybe");
  assertEquals(catalog.ngettext("day", "days", 0), "dia");
  assertEquals(catalog.ngettext("hour", "hours", 0), "hours");
});

test("GettextCatalog keeps an empty translation", () => {
  assertEquals(new GettextCatalog(moFile([{ id: "x", text: "" }])).gettext("x"), "");
});

test("GettextCatalog refuses what is not a .mo file", () => {
  for (
    const bytes of [[], [1], [0xde, 0x12, 0x04], [0x50, 0x4b, 3, 4], [...new TextEncoder().encode('"yes","ja"\n')]]
  ) {
    assertThrows(() => new GettextCatalog(Uint8Array.from(bytes)), TranslationFileError, "magic number");
  }
});

test("GettextCatalog refuses a file cut short at any byte", () => {
  const file = moFile(messages);
  for (let length = 0; length < file.length; length++) {
    assertThrows(() => new GettextCatalog(file.subarray(0, length)), TranslationFileError);
  }
});

test("GettextCatalog reads revisions 0 and 1 and refuses others", () => {
  for (const revision of [0, 1, 0x10000, 0x1ffff]) {
    assertEquals(new GettextCatalog(moFile(messages, { revision })).gettext("yes"), "так");
  }
  for (const revision of [0x20000, 0xffff0000]) {
    assertThrows(() => new GettextCatalog(moFile(messages, { revision })), TranslationFileError, "unknown version");
  }
});

test("GettextCatalog refuses counts and offsets that point out of the file", () => {
  const file = moFile(messages);
  for (const offset of [8, 12, 16, 20, 24, 52, 56]) {
    for (const word of [0xffffffff, 0x7fffffff, 0x80000000, file.length, 100_000]) {
      assertThrows(() => new GettextCatalog(withWord(file, offset, word)), TranslationFileError, "corrupt");
    }
  }
});

test("GettextCatalog refuses strings that overlap without measure", () => {
  const count = 10_000;
  const start = 20 + 8 * count;
  const bytes = new Uint8Array(start + count).fill(0x61);
  const view = new DataView(bytes.buffer);
  [0x950412de, 0, count, 20, 20].forEach((word, i) => view.setUint32(4 * i, word, true));
  // Every message and every translation is the same string of 10 kB.
  for (let i = 0; i < count; i++) {
    view.setUint32(20 + 8 * i, count - 1, true);
    view.setUint32(24 + 8 * i, start, true);
  }
  assertThrows(() => new GettextCatalog(bytes), TranslationFileError, "overlap");
});

test("GettextCatalog refuses a message of too many forms", () => {
  const make = (forms: number) => moFile([{ id: "a", plural: "b", text: Array(forms).fill("x") }], { plural: "n" });
  assertEquals(new GettextCatalog(make(100)).ngettext("a", "b", 99), "x");
  assertThrows(() => new GettextCatalog(make(101)), TranslationFileError, "more than 100 plural forms");
});

test("GettextCatalog accepts equal strings that share their place", () => {
  const file = moFile([{ id: "a", text: "same" }, { id: "b", text: "same" }], { header: null });
  const view = new DataView(file.buffer);
  view.setUint32(36 + 8 + 4, view.getUint32(36 + 4, true), true);
  const catalog = new GettextCatalog(file);
  assertEquals([catalog.gettext("a"), catalog.gettext("b")], ["same", "same"]);
});

test("GettextCatalog refuses a message with two plurals", () => {
  const file = moFile([{ id: "a", plural: "b\0c", text: ["x", "y"] }]);
  assertThrows(() => new GettextCatalog(file), TranslationFileError, "more than one plural");
});

test("GettextCatalog refuses unknown and missing character sets, and bytes that are not in theirs", () => {
  const make = (header: string) => new GettextCatalog(moFile([{ id: "x", text: "é" }], { header }));
  assertThrows(() => make("Content-Type: text/plain; charset=CHARSET\n"), TranslationFileError, 'not known: "CHARSET"');
  assertThrows(() => make("Content-Type: text/plain\n"), TranslationFileError, "names no character set");
  assertThrows(() => make("Content-Type: text/plain; charset=us-ascii\n"), TranslationFileError, "not valid ASCII");
  const latin = moFile([{ id: "x", text: "é" }], {
    header: "Content-Type: text/plain; charset=utf-8\n",
    charset: "latin1",
  });
  assertThrows(() => new GettextCatalog(latin), TranslationFileError, "not valid utf-8");
});

test("GettextCatalog refuses a plural rule that is none, and says why", () => {
  for (const plural of ["n = 1", "(", "x", "process.exit()", "n".repeat(2000)]) {
    const error = assertThrows(() => new GettextCatalog(moFile(messages, { plural })), TranslationFileError, "plural");
    assert(error.cause instanceof SyntaxError);
    assertStrictEquals(error.source, null);
  }
  for (const value of ["", "nplurals=2", "nplurals=2;", "nplurals=2; x"]) {
    const header = `Content-Type: text/plain; charset=UTF-8\nPlural-Forms: ${value}\n`;
    assertThrows(() => new GettextCatalog(moFile(messages, { header })), TranslationFileError, "no expression");
  }
});
