import { assertEquals, assertThrows } from "@std/assert";
import { CSVLocale } from "../../src/locale/mod.ts";
import { test } from "../support/test.ts";

const translations = {
  unknown: { school: "école", "%(name)s liked this": "unknown" },
  singular: { "%(name)s liked this": "A %(name)s le gustó esto" },
  plural: { "%(name)s like this": "A %(name)s les gustó esto", "%(name)s liked this": "plural by singular" },
};
const locale = new CSVLocale("es_LA", translations);

test("CSVLocale.translate() looks at the table unknown without a plural", () => {
  assertEquals(locale.translate("school"), "école");
  assertEquals(locale.translate("%(name)s liked this"), "unknown");
  assertEquals(locale.translate("%(name)s like this"), "%(name)s like this");
  assertEquals(locale.translate("school", null, null), "école");
});

test("CSVLocale.translate() chooses singular and plural by whether the count is 1", () => {
  const liked = (count: number) => locale.translate("%(name)s liked this", "%(name)s like this", count);
  assertEquals(liked(1), "A %(name)s le gustó esto");
  for (const count of [0, 2, -1, 1.5, 100]) assertEquals(liked(count), "A %(name)s les gustó esto");
  assertEquals(locale.translate("school", "schools", 1), "school");
  assertEquals(locale.translate("school", "schools", 2), "schools");
});

test("CSVLocale.translate() takes an empty plural message for one", () => {
  assertEquals(locale.translate("school", "", 2), "");
});

test("CSVLocale.translate() needs a count where there is a plural", () => {
  assertThrows(
    () => locale.translate("cat", "cats"),
    TypeError,
    'cannot translate "cat": there is a plural message but no count',
  );
  assertThrows(() => locale.translate("cat", "cats", null), TypeError, "no count");
});

test("CSVLocale.translate() reads own properties only", () => {
  for (const message of ["constructor", "toString", "__proto__", "hasOwnProperty"]) {
    assertEquals(locale.translate(message), message);
    assertEquals(locale.translate(message, message, 2), message);
    assertEquals(new CSVLocale("xx", {}).translate(message), message);
  }
});

test("CSVLocale.pgettext() translates without the context, and warns where there are translations", (t) => {
  assertEquals(new CSVLocale("en", {}).pgettext("law", "right"), "right");
  assertEquals(t.logs.length, 0);
  t.expectLog("tornado.general", /^pgettext is not supported by CSVLocale$/);
  assertEquals(locale.pgettext("building", "school"), "école");
  assertEquals(locale.pgettext("", "%(name)s liked this", "%(name)s like this", 1), "A %(name)s le gustó esto");
});

test("CSVLocale.translations is the object it was given", () => {
  assertEquals(locale.translations === translations, true);
});
