import { assertEquals, assertNotStrictEquals, assertStrictEquals, assertThrows } from "@std/assert";
import {
  CSVLocale,
  get,
  getSupportedLocales,
  loadTranslationData,
  Locale,
  LOCALE_NAMES,
  setDefaultLocale,
} from "../../src/locale/mod.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { cleanLocales } from "../support/locale_state.ts";
import { test } from "../support/test.ts";

const english = new CSVLocale("en_US", {});
const NOW = Date.UTC(2024, 5, 15, 12, 0, 0) / 1000;
const MINUTE = 60;
const HOUR = 3600;
const DAY = 86_400;

test("Locale.get() returns one object for each supported code, and throws for others", () => {
  using _ = cleanLocales();
  loadTranslationData({ fr: "a,b" });
  assertStrictEquals(Locale.get("fr"), Locale.get("fr"));
  assertEquals(Locale.get("en_US") instanceof CSVLocale, true);
  for (const code of ["de", "", "constructor", "FR", "en-US"]) {
    assertThrows(() => Locale.get(code), RangeError, `locale is not supported: "${code}"`);
  }
});

test("Locale.get() gives a new object after translations were loaded again", () => {
  using _ = cleanLocales();
  loadTranslationData({ fr: "yes,oui" });
  const before = Locale.get("fr");
  loadTranslationData({ fr: "yes,si" });
  assertNotStrictEquals(Locale.get("fr"), before);
  assertEquals([before.translate("yes"), Locale.get("fr").translate("yes")], ["oui", "si"]);
});

test("Locale.getClosest() takes the first code that matches exactly or by its language", () => {
  using _ = cleanLocales();
  loadTranslationData({ fr: "a,b", pt_BR: "a,b", pt: "a,b", zh_CN: "a,b", sr: "a,b", uz_Latn: "a,b", uz_UZ: "a,b" });
  const cases: [(string | null)[], string][] = [
    [[], "en_US"],
    [["fr"], "fr"],
    [["fr_CA"], "fr"],
    [["FR"], "fr"],
    [["pt-br"], "pt_BR"],
    [["PT-PT"], "pt"],
    [["PT_br"], "pt_BR"],
    [["zh"], "en_US"],
    [["zh-Hans-CN", "fr"], "zh_CN"],
    [["zh-Hans-CN"], "zh_CN"],
    [["ZH_hANS_cn"], "zh_CN"],
    [["zh-Hant-TW", "fr"], "fr"],
    [["sr-Latn-RS"], "sr"],
    [["sr-Latn"], "sr"],
    [["uz-latn-uz"], "uz_Latn"],
    [["uz-Cyrl-UZ"], "uz_UZ"],
    [["pt-BR-u-ca-gregory"], "pt_BR"],
    [["fr-CA-x-a-b-c-d-e-f-g-h-i-j"], "fr"],
    [["pt-1990", "fr"], "pt"],
    [["xx-Latn-PT", "fr"], "fr"],
    [["", null, "xx", "yy_ZZ", "fr", "pt"], "fr"],
    [["en"], "en_US"],
    [["_"], "en_US"],
    [["-"], "en_US"],
    [["__proto__", "constructor"], "en_US"],
  ];
  for (const [codes, expected] of cases) {
    assertEquals(Locale.getClosest(...codes).code, expected, String(codes));
    assertStrictEquals(get(...codes), Locale.getClosest(...codes));
  }
});

test("setDefaultLocale() changes what answers for unknown codes, and what is supported", () => {
  using _ = cleanLocales();
  loadTranslationData({ fr: "a,b" });
  const before = getSupportedLocales();
  setDefaultLocale("de_DE");
  assertEquals([...getSupportedLocales()].sort(), ["de_DE", "fr"]);
  assertEquals([...before].sort(), ["en_US", "fr"]);
  assertEquals(get("xx").code, "de_DE");
  assertEquals(get("de_DE").name, "Deutsch");
  assertThrows(() => Locale.get("en_US"), RangeError);
  setDefaultLocale("fr");
  assertEquals(get("xx").translate("a"), "b");
});

test("Locale.name is the language's own name, or Unknown", () => {
  assertEquals(new CSVLocale("ja_JP", {}).name, "日本語");
  for (const code of ["xx", "ja", "constructor", "__proto__"]) assertEquals(new CSVLocale(code, {}).name, "Unknown");
  assertEquals(Object.keys(LOCALE_NAMES).length, 62);
});

test("Locale.rtl is set for Persian, Arabic and Hebrew", () => {
  const rtl = (code: string) => new CSVLocale(code, {}).rtl;
  assertEquals(["fa_IR", "ar", "ar_EG", "he_IL"].map(rtl), [true, true, true, true]);
  assertEquals(["en", "fr_FR", "hi_IN", "FA"].map(rtl), [false, false, false, false]);
});

test("Locale.formatDate() says how long ago, rounding halves to the even number", () => {
  const ago = (seconds: number) => english.formatDate(NOW - seconds, { now: NOW });
  const cases: [number, string][] = [
    [0, "0 seconds ago"],
    [0.5, "0 seconds ago"],
    [1, "1 second ago"],
    [1.999, "1 second ago"],
    [49, "49 seconds ago"],
    [49.999, "49 seconds ago"],
    [50, "1 minute ago"],
    [89, "1 minute ago"],
    [90, "2 minutes ago"],
    [150, "2 minutes ago"],
    [151, "3 minutes ago"],
    [50 * MINUTE - 1, "50 minutes ago"],
    [50 * MINUTE, "1 hour ago"],
    [1.5 * HOUR, "2 hours ago"],
    [2.5 * HOUR, "2 hours ago"],
    [2.5 * HOUR + 1, "3 hours ago"],
    [DAY - 1, "24 hours ago"],
  ];
  for (const [seconds, expected] of cases) assertEquals(ago(seconds), expected, String(seconds));
});

test("Locale.formatDate() names older days ever more fully", () => {
  const ago = (seconds: number, shorter = false) => english.formatDate(NOW - seconds, { now: NOW, shorter });
  assertEquals(ago(DAY), "yesterday at 12:00 pm");
  assertEquals(ago(DAY, true), "yesterday");
  assertEquals(ago(2 * DAY - HOUR), "Thursday at 1:00 pm");
  assertEquals(ago(2 * DAY), "Thursday at 12:00 pm");
  assertEquals(ago(2 * DAY, true), "Thursday");
  assertEquals(ago(5 * DAY - 1), "Monday at 12:00 pm");
  assertEquals(ago(5 * DAY), "June 10 at 12:00 pm");
  assertEquals(ago(5 * DAY, true), "June 10");
  assertEquals(ago(334 * DAY - 1), "July 17 at 12:00 pm");
  assertEquals(ago(334 * DAY), "July 17, 2023 at 12:00 pm");
  assertEquals(ago(334 * DAY, true), "July 17, 2023");
});

test("Locale.formatDate() without relative gives the time, the day or the date", () => {
  const at = (seconds: number) => english.formatDate(NOW - seconds, { now: NOW, relative: false });
  assertEquals(at(30), "11:59 am");
  assertEquals(at(DAY - 60), "12:01 pm");
  assertEquals(at(DAY), "Friday at 12:00 pm");
  assertEquals(at(400 * DAY), "May 12, 2023 at 12:00 pm");
});

test("Locale.formatDate() with fullFormat always gives the whole date", () => {
  assertEquals(english.formatDate(NOW, { now: NOW, fullFormat: true }), "June 15, 2024 at 12:00 pm");
  assertEquals(english.formatDate(NOW, { now: NOW, fullFormat: true, shorter: true }), "June 15, 2024");
});

test("Locale.formatDate() takes less than a minute ahead for now, and no more", () => {
  const ahead = (seconds: number, relative = true) => english.formatDate(NOW + seconds, { now: NOW, relative });
  assertEquals(ahead(0.001), "0 seconds ago");
  assertEquals(ahead(59.999), "0 seconds ago");
  assertEquals(ahead(60), "June 15, 2024 at 12:01 pm");
  assertEquals(ahead(30, false), "June 15, 2024 at 12:00 pm");
  assertEquals(ahead(DAY + 30), "June 16, 2024 at 12:00 pm");
});

test("Locale.formatDate() subtracts gmtOffset from date and now", () => {
  const options = { now: NOW, relative: false };
  assertEquals(english.formatDate(NOW, { ...options, gmtOffset: 240 }), "8:00 am");
  assertEquals(english.formatDate(NOW, { ...options, gmtOffset: -330 }), "5:30 pm");
  // Eleven in the evening two days ago is one in the morning of yesterday two hours further east.
  assertEquals(english.formatDate(NOW - 37 * HOUR, { now: NOW }), "Thursday at 11:00 pm");
  assertEquals(english.formatDate(NOW - 37 * HOUR, { now: NOW, gmtOffset: -120 }), "yesterday at 1:00 am");
});

test("Locale.formatDate() writes the time of day as its language does", () => {
  const time = (code: string, hour: number) =>
    new CSVLocale(code, {}).formatDate(Date.UTC(2024, 5, 15, hour, 5) / 1000, { now: NOW + DAY / 2, relative: false });
  assertEquals([0, 1, 11, 12, 13, 23].map((hour) => time("en", hour)), [
    "12:05 am",
    "1:05 am",
    "11:05 am",
    "12:05 pm",
    "1:05 pm",
    "11:05 pm",
  ]);
  assertEquals([0, 12, 15].map((hour) => time("zh_CN", hour)), ["上午12:05", "下午12:05", "下午3:05"]);
  assertEquals([0, 9, 15].map((hour) => time("en_GB", hour)), ["0:05", "9:05", "15:05"]);
});

test("Locale.formatDate() takes Date objects and the clock of the process", () => {
  using _ = new FakeClock({ now: NOW });
  assertEquals(english.formatDate(new Date((NOW - 120) * 1000)), "2 minutes ago");
  assertEquals(english.formatDate(NOW - 120, { now: new Date(NOW * 1000) }), "2 minutes ago");
  assertEquals(english.formatDate(0), "January 1, 1970 at 12:00 am");
  assertEquals(english.formatDate(-DAY), "December 31, 1969 at 12:00 am");
});

test("Locale.formatDate() refuses what is not a time", () => {
  for (const date of [NaN, Infinity, -Infinity, new Date(NaN)]) {
    assertThrows(() => english.formatDate(date, { now: NOW }), RangeError, "not a time");
    assertThrows(() => english.formatDate(NOW, { now: date }), RangeError, "not a time");
    assertThrows(() => english.formatDay(date), RangeError, "not a time");
  }
  assertThrows(() => english.formatDate(1e15, { now: NOW }), RangeError, "out of range");
});

test("Locale.formatDate() uses the translations of patterns, months and numbers", () => {
  const german = new CSVLocale("de_DE", {
    unknown: {
      June: "Juni",
      Thursday: "Donnerstag",
      "%(weekday)s at %(time)s": "%(weekday)s um %(time)s Uhr",
      "%(month_name)s %(day)s at %(time)s": "%(day)s. %(month_name)s, %(time)s Uhr",
    },
    plural: { "%(minutes)d minutes ago": "vor %(minutes)d Minuten", "%(hours)d hours ago": "100%% vor %(stunden)d" },
    singular: { "1 minute ago": "vor einer Minute" },
  });
  const ago = (seconds: number) => german.formatDate(NOW - seconds, { now: NOW });
  assertEquals(ago(2 * DAY), "Donnerstag um 12:00 Uhr");
  assertEquals(ago(10 * DAY), "5. Juni, 12:00 Uhr");
  assertEquals(ago(300), "vor 5 Minuten");
  assertEquals(ago(60), "vor einer Minute");
  assertEquals(ago(2 * HOUR), "100% vor %(stunden)d");
});

test("Locale.formatDay() gives day and month, with the day of the week unless told not to", () => {
  const date = new Date(Date.UTC(2018, 0, 22, 1, 30));
  assertEquals(english.formatDay(date), "Monday, January 22");
  assertEquals(english.formatDay(date.getTime() / 1000), "Monday, January 22");
  assertEquals(english.formatDay(date, { dow: false }), "January 22");
  assertEquals(english.formatDay(date, { gmtOffset: 120 }), "Sunday, January 21");
});

test("Locale.list() joins with commas and a last and", () => {
  assertEquals(english.list([]), "");
  assertEquals(english.list(["A"]), "A");
  assertEquals(english.list(["A", "B"]), "A and B");
  assertEquals(english.list(["A", "B", "C"]), "A, B and C");
  assertEquals(english.list(new Set([1, 2, 3])), "1, 2 and 3");
  assertEquals(english.list(["%(last)s", "%d"]), "%(last)s and %d");
  assertEquals(new CSVLocale("fa_IR", {}).list(["A", "B", "C"]), "A \u0648 B and C");
  const german = new CSVLocale("de", { unknown: { "%(commas)s and %(last)s": "%(commas)s und %(last)s" } });
  assertEquals(german.list(["A", "B", "C"]), "A, B und C");
});

test("Locale.friendlyNumber() puts commas between thousands in American English only", () => {
  const cases: [number | bigint, string][] = [
    [0, "0"],
    [-0, "0"],
    [999, "999"],
    [1000, "1,000"],
    [1234567, "1,234,567"],
    [-123, "-123"],
    [-123456, "-123,456"],
    [1234.5, "1,234.5"],
    [1e21, "1,000,000,000,000,000,000,000"],
    [12345678901234567890n, "12,345,678,901,234,567,890"],
    [NaN, "NaN"],
    [-Infinity, "-Infinity"],
  ];
  for (const [value, expected] of cases) assertEquals(english.friendlyNumber(value), expected);
  assertEquals(new CSVLocale("en", {}).friendlyNumber(1000), "1,000");
  assertEquals(new CSVLocale("en_GB", {}).friendlyNumber(1000), "1000");
  assertEquals(new CSVLocale("de", {}).friendlyNumber(1e21), "1000000000000000000000");
});
