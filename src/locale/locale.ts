import { MONTHS, WEEKDAYS } from "../internal/calendar.ts";
import { currentClock } from "../internal/clock.ts";
import { genLog } from "../util/log.ts";
import { calendarDate, DAY, roundHalfEven, SECOND, timeOfDay, toMicroseconds } from "./_calendar_date.ts";
import { LocaleRegistry } from "./_locale_registry.ts";
import { interpolate } from "./interpolate.ts";
import { LOCALE_NAMES } from "./locale_names.ts";

/** Options of {@linkcode Locale.formatDate}. */
export interface FormatDateOptions {
  /**
   * Minutes to subtract from GMT for the local time, as `Date.prototype.getTimezoneOffset` returns them: positive west
   * of Greenwich.
   *
   * @default {0}
   */
  gmtOffset?: number;
  /**
   * Writes a recent date as "2 minutes ago" or "yesterday".
   *
   * @default {true}
   */
  relative?: boolean;
  /**
   * Writes a date more than a day ago without the time of day.
   *
   * @default {false}
   */
  shorter?: boolean;
  /**
   * Writes even a recent date with month, day and year.
   *
   * @default {false}
   */
  fullFormat?: boolean;
  /**
   * Current time in seconds since the epoch, or as a `Date`; without it, the clock of the system.
   *
   * @default {undefined}
   */
  now?: number | Date;
}

/** Options of {@linkcode Locale.formatDay}. */
export interface FormatDayOptions extends Pick<FormatDateOptions, "gmtOffset"> {
  /**
   * Writes the day of the week before the date.
   *
   * @default {true}
   */
  dow?: boolean;
}

/** About eleven months: without its year, a date of the same month last year would look like one of this year. */
const DAYS_WITHOUT_YEAR = 334;

/** Languages written from right to left, as prefixes of their codes. */
const RTL_PREFIXES = ["fa", "ar", "he"];

/**
 * A language, or a language of one country: translates messages and formats dates, lists and numbers. Tornado's
 * `Locale`.
 *
 * {@linkcode Locale.get}, {@linkcode Locale.getClosest} and `get` return objects of its subclasses. Names of months and
 * days, and the patterns of dates and lists, are messages like any other: a file that translates
 * "January" or "%(month_name)s %(day)s" changes the results of the methods.
 *
 * @example
 * ```ts
 * import { get } from "@twister/twister/locale";
 * import { assertEquals } from "@std/assert";
 * const locale = get("en_US");
 * assertEquals(locale.formatDate(1_700_000_000, { now: 1_700_000_150 }), "2 minutes ago");
 * assertEquals(locale.list(["A", "B", "C"]), "A, B and C");
 * assertEquals(locale.friendlyNumber(1234567), "1,234,567");
 * ```
 */
export abstract class Locale {
  /** Code of the locale, such as `pt_BR`. */
  readonly code: string;
  /** Name of the language in that language, or `"Unknown"`. */
  readonly name: string;
  /** True if the language is written from right to left. */
  readonly rtl: boolean;

  /** Makes the locale of a code, which does not have to be a supported one. */
  constructor(code: string) {
    this.code = code;
    this.name = Object.hasOwn(LOCALE_NAMES, code) ? LOCALE_NAMES[code].name : "Unknown";
    this.rtl = RTL_PREFIXES.some((prefix) => code.startsWith(prefix));
  }

  /**
   * Returns the first supported locale of a list, or else the default one. Tornado's `Locale.get_closest`.
   *
   * Each code is tried as it is (`pt-br` counts as `pt_BR`), then shortened from its end as RFC 4647 section 3.4 has
   * it: `sr-Latn-RS` finds `sr_Latn` or `sr`. A locale of the region, such as `zh_CN` for `zh-Hans-CN`, comes before
   * one of the bare language.
   *
   * @example
   * ```ts
   * import { Locale } from "@twister/twister/locale";
   * import { assertEquals } from "@std/assert";
   * assertEquals(Locale.getClosest("xx", "en-us").code, "en_US");
   * ```
   *
   * @param codes Locale codes, the preferred one first. Empty ones are skipped.
   * @returns A locale; the same object until translations are loaded again.
   */
  static getClosest(...codes: (string | null | undefined)[]): Locale {
    return registry.closest(codes);
  }

  /**
   * Returns the locale of a supported code. Tornado's `Locale.get`.
   *
   * @example
   * ```ts
   * import { Locale } from "@twister/twister/locale";
   * import { assertEquals } from "@std/assert";
   * assertEquals(Locale.get("en_US").name, "English (US)");
   * ```
   *
   * @returns A locale; the same object until translations are loaded again.
   * @throws {RangeError} The code is not supported.
   */
  static get(code: string): Locale {
    return registry.get(code);
  }

  /**
   * Translates a message.
   *
   * @param pluralMessage Plural of the message, if it has one.
   * @param count Number of things, which chooses the form. Required with `pluralMessage`.
   * @returns The translation with its placeholders, or the message itself.
   * @throws {TypeError} `pluralMessage` is given without `count`.
   */
  abstract translate(message: string, pluralMessage?: string | null, count?: number | null): string;

  /**
   * Translates a message that has different meanings in different contexts; `context` tells them apart. The rest is as
   * in {@linkcode Locale.translate}.
   */
  abstract pgettext(context: string, message: string, pluralMessage?: string | null, count?: number | null): string;

  /**
   * Formats a date for people: "5 minutes ago", "yesterday at 6:00 am", "June 5 at 12:00 pm",
   * "July 17, 2019 at 12:00 pm".
   *
   * With `relative`, a date less than a minute in the future counts as now, since clocks differ. Any other date in the
   * future has the full format.
   *
   * @param date Seconds since the epoch, or a `Date`.
   * @throws {RangeError} `date` or `now` is not a time that a `Date` can hold.
   */
  formatDate(date: number | Date, options: FormatDateOptions = {}): string {
    const { gmtOffset = 0, relative = true, shorter = false } = options;
    let { fullFormat = false } = options;
    const now = toMicroseconds(options.now ?? currentClock().now());
    let then = toMicroseconds(date);
    if (then > now) {
      if (relative && then - now < 60 * SECOND) then = now;
      else fullFormat = true;
    }
    const days = Math.floor((now - then) / DAY);
    if (relative && !fullFormat && days === 0) return this.#formatAge(Math.floor((now - then) / SECOND));

    const local = calendarDate(then, gmtOffset);
    const isYesterday = days === 1 && local.day === calendarDate(now - DAY, gmtOffset).day;
    const pattern = fullFormat ? FULL_DATE : datePattern(days, relative && isYesterday);
    return interpolate(this.translate(shorter ? pattern.shorter : pattern.usual), {
      month_name: this.translate(MONTHS[local.month]),
      weekday: this.translate(WEEKDAYS[local.weekday]),
      day: String(local.day),
      year: String(local.year),
      time: timeOfDay(local, this.code),
    });
  }

  /**
   * Formats a date as "Monday, January 22".
   *
   * @param date Seconds since the epoch, or a `Date`.
   * @throws {RangeError} `date` is not a time that a `Date` can hold.
   */
  formatDay(date: number | Date, options: FormatDayOptions = {}): string {
    const { gmtOffset = 0, dow = true } = options;
    const local = calendarDate(toMicroseconds(date), gmtOffset);
    return interpolate(this.translate(dow ? "%(weekday)s, %(month_name)s %(day)s" : "%(month_name)s %(day)s"), {
      month_name: this.translate(MONTHS[local.month]),
      weekday: this.translate(WEEKDAYS[local.weekday]),
      day: String(local.day),
    });
  }

  /**
   * Joins parts as in a sentence: "A, B and C", "A and B", "A".
   *
   * @returns The joined text; empty without parts.
   */
  list(parts: Iterable<unknown>): string {
    const texts = Array.from(parts, String);
    const last = texts.pop() ?? "";
    if (texts.length === 0) return last;
    const comma = this.code.startsWith("fa") ? " \u0648 " : ", ";
    return interpolate(this.translate("%(commas)s and %(last)s"), { commas: texts.join(comma), last });
  }

  /**
   * Formats a number: with commas between the thousands in English (`en` and `en_US`), without them in every other
   * language.
   *
   * @param value Any number. The digits of a fraction stay as they are.
   */
  friendlyNumber(value: number | bigint): string {
    const isWhole = typeof value === "bigint" || Number.isInteger(value);
    // String() would write a large number as 1e+21.
    const text = isWhole ? BigInt(value).toString() : String(value);
    if (this.code !== "en" && this.code !== "en_US") return text;
    const [, sign = "", digits = "", rest = ""] = /^(-?)(\d*)(.*)$/.exec(text) ?? [];
    const groups: string[] = [];
    for (let end = digits.length; end > 0; end -= 3) groups.unshift(digits.slice(Math.max(0, end - 3), end));
    return sign + groups.join(",") + rest;
  }

  #formatAge(seconds: number): string {
    if (seconds < 50) {
      return interpolate(this.translate("1 second ago", "%(seconds)d seconds ago", seconds), { seconds });
    }
    if (seconds < 50 * 60) {
      const minutes = roundHalfEven(seconds / 60);
      return interpolate(this.translate("1 minute ago", "%(minutes)d minutes ago", minutes), { minutes });
    }
    const hours = roundHalfEven(seconds / 3600);
    return interpolate(this.translate("1 hour ago", "%(hours)d hours ago", hours), { hours });
  }
}

/** Translations from a CSV file: a table from message to translation for each value of the third column. */
export interface CSVTranslations {
  /**
   * Used by `translate` with a plural message and a count other than 1. The keys are the plural messages.
   *
   * @default {none}
   */
  readonly plural?: Readonly<Record<string, string>>;
  /**
   * Used by `translate` with a plural message and a count of 1.
   *
   * @default {none}
   */
  readonly singular?: Readonly<Record<string, string>>;
  /**
   * Used by `translate` without a plural message.
   *
   * @default {none}
   */
  readonly unknown?: Readonly<Record<string, string>>;
}

/**
 * A locale with translations in Tornado's CSV format, or without any translations. Tornado's `CSVLocale`.
 *
 * @example
 * ```ts
 * import { CSVLocale } from "@twister/twister/locale";
 * import { assertEquals } from "@std/assert";
 * const locale = new CSVLocale("fr_FR", { unknown: { "Sign out": "Se déconnecter" } });
 * assertEquals(locale.translate("Sign out"), "Se déconnecter");
 * assertEquals(locale.translate("Sign in"), "Sign in");
 * ```
 */
export class CSVLocale extends Locale {
  /** Tables of translations: the object that the constructor was given. */
  readonly translations: CSVTranslations;

  /**
   * Makes a locale from tables.
   *
   * @param translations Tables of translations. Only own properties are read.
   */
  constructor(code: string, translations: CSVTranslations) {
    super(code);
    this.translations = translations;
  }

  /**
   * Translates a message; see {@linkcode Locale.translate}. Without a plural message it reads only the table `unknown`,
   * with one only `singular` for a count of 1, or else `plural`.
   */
  override translate(message: string, pluralMessage?: string | null, count?: number | null): string {
    if (pluralMessage === undefined || pluralMessage === null) return lookUp(this.translations.unknown, message);
    if (requireCount(message, count) === 1) return lookUp(this.translations.singular, message);
    return lookUp(this.translations.plural, pluralMessage);
  }

  /**
   * Translates a message without its context, since the CSV format has none. Logs a warning if the locale has
   * translations.
   */
  override pgettext(_context: string, message: string, pluralMessage?: string | null, count?: number | null): string {
    if (Object.keys(this.translations).length > 0) genLog.warning("pgettext is not supported by CSVLocale");
    return this.translate(message, pluralMessage, count);
  }
}

function lookUp(table: Readonly<Record<string, string>> | undefined, message: string): string {
  return table !== undefined && Object.hasOwn(table, message) ? table[message] : message;
}

/** The locales of this process. `mod.ts` exports functions instead of it. */
export const registry: LocaleRegistry<Locale> = new LocaleRegistry((code) => new CSVLocale(code, {}));

/**
 * Returns the count of a plural message, on which its form depends.
 *
 * @throws {TypeError} There is no count.
 */
export function requireCount(message: string, count: number | null | undefined): number {
  if (typeof count === "number") return count;
  throw new TypeError(`cannot translate ${JSON.stringify(message)}: there is a plural message but no count`);
}

interface DatePattern {
  readonly usual: string;
  readonly shorter: string;
}

const TIME_ONLY: DatePattern = { usual: "%(time)s", shorter: "%(time)s" };
const YESTERDAY: DatePattern = { usual: "yesterday at %(time)s", shorter: "yesterday" };
const THIS_WEEK: DatePattern = { usual: "%(weekday)s at %(time)s", shorter: "%(weekday)s" };
const THIS_YEAR: DatePattern = { usual: "%(month_name)s %(day)s at %(time)s", shorter: "%(month_name)s %(day)s" };
const FULL_DATE: DatePattern = {
  usual: "%(month_name)s %(day)s, %(year)s at %(time)s",
  shorter: "%(month_name)s %(day)s, %(year)s",
};

function datePattern(days: number, isYesterday: boolean): DatePattern {
  if (days === 0) return TIME_ONLY;
  if (isYesterday) return YESTERDAY;
  if (days < 5) return THIS_WEEK;
  return days < DAYS_WITHOUT_YEAR ? THIS_YEAR : FULL_DATE;
}
