import { assertEquals, assertThrows } from "@std/assert";
import { CONTEXT_SEPARATOR, GettextCatalog, GettextLocale } from "../../src/locale/mod.ts";
import { moFile } from "../support/mo_file.ts";
import { test } from "../support/test.ts";

const locale = new GettextLocale(
  "fr_FR",
  new GettextCatalog(moFile([
    { id: "school", text: "école" },
    { id: "bat", plural: "bats", text: ["batte", "battes"] },
    { context: "animal", id: "bat", plural: "bats", text: ["chauve-souris", "les chauves-souris"] },
    { context: "law", id: "right", text: "le droit" },
    { id: "right", text: "droite" },
  ], { plural: "n > 1" })),
);

test("GettextLocale.translate() looks up with and without a plural", () => {
  assertEquals(locale.translate("school"), "école");
  assertEquals(locale.translate("pupil"), "pupil");
  assertEquals([0, 1, 2].map((n) => locale.translate("bat", "bats", n)), ["batte", "batte", "battes"]);
  assertEquals([0, 1, 2].map((n) => locale.translate("cat", "cats", n)), ["cats", "cat", "cats"]);
  assertThrows(() => locale.translate("bat", "bats"), TypeError, "no count");
});

test("GettextLocale.pgettext() looks up in a context", () => {
  assertEquals(locale.pgettext("law", "right"), "le droit");
  assertEquals([1, 2].map((n) => locale.pgettext("animal", "bat", "bats", n)), ["chauve-souris", "les chauves-souris"]);
  assertThrows(() => locale.pgettext("animal", "bat", "bats", null), TypeError, "no count");
});

test("GettextLocale.pgettext() in an unknown context looks up plurals without it, and nothing else", () => {
  assertEquals([1, 2].map((n) => locale.pgettext("sport", "bat", "bats", n)), ["batte", "battes"]);
  assertEquals(locale.pgettext("ethics", "right"), "right");
  assertEquals([1, 2].map((n) => locale.pgettext("pet", "cat", "cats", n)), ["cat", "cats"]);
});

test("GettextLocale.gettext and ngettext work on their own", () => {
  const { gettext, ngettext } = locale;
  assertEquals([gettext("school"), ngettext("bat", "bats", 5)], ["école", "battes"]);
  assertEquals(gettext(`law${CONTEXT_SEPARATOR}right`), "le droit");
});

test("GettextLocale writes dates with the words of its file", () => {
  const catalog = new GettextCatalog(moFile([
    { id: "June", text: "juin" },
    { id: "%(month_name)s %(day)s, %(year)s", text: "%(day)s %(month_name)s %(year)s" },
    {
      id: "1 minute ago",
      plural: "%(minutes)d minutes ago",
      text: ["il y a %(minutes)d minute", "il y a %(minutes)d minutes"],
    },
  ], { plural: "n > 1" }));
  const french = new GettextLocale("fr_FR", catalog);
  const now = Date.UTC(2024, 5, 15) / 1000;
  assertEquals(french.formatDate(now, { now, fullFormat: true, shorter: true }), "15 juin 2024");
  assertEquals(french.formatDate(now - 60, { now }), "il y a 1 minute");
  assertEquals(french.formatDate(now - 240, { now }), "il y a 4 minutes");
});
