import { MONTHS, WEEKDAYS } from "../internal/calendar.ts";
import { currentClock } from "../internal/clock.ts";
import { genLog } from "../util/log.ts";
import { calendarDate, DAY, roundHalfEven, SECOND, timeOfDay, toMicroseconds } from "./_calendar_date.ts";
import { LocaleRegistry } from "./_locale_registry.ts";
import { interpolate } from "./interpolate.ts";
import { LOCALE_NAMES } from "./locale_names.ts";

/** What {@linkcode Locale.formatDate} may be told. */
export interface FormatDateOptions {
  /**
   * Minutes to subtract from GMT for the local time: what `Date.prototype.getTimezoneOffset` returns, positive west of Greenwich.
   *
   * @default {0}
   */
  gmtOffset?: number;
  /**
   * Whether to say "2 minutes ago" and "yesterday" for recent dates.
   *
   * @default {true}
   */
  relative?: boolean;
  /**
   * Whether to leave the time of day out of dates older than a day.
   *
   * @default {false}
   */
  shorter?: boolean;
  /**
   * Whether to give the date with month, day and year however recent it is.
   *
   * @default {false}
   */
  fullFormat?: boolean;
  /**
   * The time that counts as now, in seconds since the epoch or as a `Date`; the wall clock unless given.
   *
   * @default {undefined}
   */
  now?: number | Date;
}

/** What {@linkcode Locale.formatDay} may be told. */
export interface FormatDayOptions {
  /**
   * Minutes to subtract from GMT for the local time.
   *
   * @default {0}
   */
  gmtOffset?: number;
  /**
   * Whether the day of the week comes first.
   *
   * @default {true}
   */
  dow?: boolean;
}

/** About eleven months: a date of the same month last year would be taken for this year's without its year. */
const DAYS_WITHOUT_YEAR = 334;

/** Languages written from right to left, as prefixes of their codes. */
const RTL_PREFIXES = ["fa", "ar", "he"];

/**
 * A language, perhaps of one country: translates messages and writes dates, lists and numbers its way (`tornado.locale.Locale`).
 *
 * Objects come from {@linkcode Locale.get}, {@linkcode Locale.getClosest} or `get`; a subclass says where translations are from.
 * Names of months and days, and the patterns of dates and lists, are messages like any other: a file that translates "January" or
 * "%(month_name)s %(day)s" changes what the methods return.
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
  /** The code it was made for, such as `pt_BR`. */
  readonly code: string;
  /** How the language calls itself, or `"Unknown"`. */
  readonly name: string;
  /** Whether the language is written from right to left. */
  readonly rtl: boolean;

  /**
   * Makes the locale of a code; it need not be a supported one.
   *
   * @param code A language, or language, underscore and country.
   */
  constructor(code: string) {
    this.code = code;
    this.name = Object.hasOwn(LOCALE_NAMES, code) ? LOCALE_NAMES[code].name : "Unknown";
    this.rtl = RTL_PREFIXES.some((prefix) => code.startsWith(prefix));
  }

  /**
   * Gives the first supported locale of several, or else the default one.
   *
   * Each code is tried exactly (`pt-br` counts as `pt_BR`), then by its language alone. Codes of three and more parts are skipped.
   *
   * @example
   * ```ts
   * import { Locale } from "@twister/twister/locale";
   * import { assertEquals } from "@std/assert";
   * assertEquals(Locale.getClosest("xx", "en-us").code, "en_US");
   * ```
   *
   * @param codes Locale codes, the best first; empty ones are skipped.
   * @returns A locale, the same object every time until translations are loaded anew.
   */
  static getClosest(...codes: (string | null | undefined)[]): Locale {
    return registry.closest(codes);
  }

  /**
   * Gives the locale of a supported code.
   *
   * @example
   * ```ts
   * import { Locale } from "@twister/twister/locale";
   * import { assertEquals } from "@std/assert";
   * assertEquals(Locale.get("en_US").name, "English (US)");
   * ```
   *
   * @param code A code as `getSupportedLocales` lists it.
   * @returns A locale, the same object every time until translations are loaded anew.
   * @throws {RangeError} If the code is not supported.
   */
  static get(code: string): Locale {
    return registry.get(code);
  }

  /**
   * Gives the translation of a message, or the message itself where there is none.
   *
   * @param message The message in the language of the source code; the singular where there is a plural.
   * @param pluralMessage The plural of the message.
   * @param count How many; required with `pluralMessage`, and what chooses the form.
   * @returns The translation, its placeholders as they are.
   * @throws {TypeError} If `pluralMessage` is given without `count`.
   */
  abstract translate(message: string, pluralMessage?: string | null, count?: number | null): string;

  /**
   * Gives the translation of a message that means different things in different contexts.
   *
   * @param context What tells the meanings apart.
   * @param message The message in the language of the source code; the singular where there is a plural.
   * @param pluralMessage The plural of the message.
   * @param count How many; required with `pluralMessage`.
   * @returns The translation, its placeholders as they are.
   * @throws {TypeError} If `pluralMessage` is given without `count`.
   */
  abstract pgettext(context: string, message: string, pluralMessage?: string | null, count?: number | null): string;

  /**
   * Writes a date the way people say it: "5 minutes ago", "yesterday at 6:00 am", "June 5 at 12:00 pm", "July 17, 2019 at 12:00 pm".
   *
   * A date less than a minute ahead counts as now while `relative` is on, since clocks differ; any other future date gets the full
   * format.
   *
   * @param date Seconds since the epoch, or a `Date`.
   * @param options How to write it.
   * @returns The text in this language.
   * @throws {RangeError} If `date` or `now` is not a time that a `Date` can hold.
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
   * Writes a date as "Monday, January 22".
   *
   * @param date A `Date`, or seconds since the epoch.
   * @param options How to write it.
   * @returns The text in this language.
   * @throws {RangeError} If `date` is not a time that a `Date` can hold.
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
   * Joins parts as a sentence does: "A, B and C", "A and B", "A".
   *
   * @param parts The parts in their order; what is not a string is made one.
   * @returns The joined text, empty if there is no part.
   */
  list(parts: Iterable<unknown>): string {
    const texts = Array.from(parts, String);
    const last = texts.pop() ?? "";
    if (texts.length === 0) return last;
    const comma = this.code.startsWith("fa") ? " \u0648 " : ", ";
    return interpolate(this.translate("%(commas)s and %(last)s"), { commas: texts.join(comma), last });
  }

  /**
   * Writes a number with commas between the thousands in American English, and plainly in every other language.
   *
   * @param value A number; a fraction keeps its digits as they are.
   * @returns The text.
   */
  friendlyNumber(value: number | bigint): string {
    const isWhole = typeof value === "bigint" || Number.isInteger(value);
    // A large number would be written as 1e+21 otherwise.
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

/** The translations of one language from a CSV file: from message to translation, by the third column of the file. */
export interface CSVTranslations {
  /**
   * For `translate` with a plural message and a count other than 1; the keys are the plural messages.
   *
   * @default {none}
   */
  readonly plural?: Readonly<Record<string, string>>;
  /**
   * For `translate` with a plural message and a count of 1.
   *
   * @default {none}
   */
  readonly singular?: Readonly<Record<string, string>>;
  /**
   * For `translate` without a plural message.
   *
   * @default {none}
   */
  readonly unknown?: Readonly<Record<string, string>>;
}

/**
 * A locale with translations in Tornado's CSV format (`tornado.locale.CSVLocale`); also the class of a locale without any.
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
  /** The tables it looks messages up in, the very object the constructor was given. */
  readonly translations: CSVTranslations;

  /**
   * Makes a locale from tables.
   *
   * @param code The code of the locale.
   * @param translations Its tables; only their own properties are read.
   */
  constructor(code: string, translations: CSVTranslations) {
    super(code);
    this.translations = translations;
  }

  /**
   * Gives the translation of a message, or the message itself where there is none.
   *
   * Without a plural message only the table `unknown` is looked at, with one only `singular` or `plural`.
   *
   * @param message The message, the singular where there is a plural.
   * @param pluralMessage The plural of the message.
   * @param count How many: 1 chooses the singular, anything else the plural.
   * @returns The translation.
   * @throws {TypeError} If `pluralMessage` is given without `count`.
   */
  override translate(message: string, pluralMessage?: string | null, count?: number | null): string {
    if (pluralMessage === undefined || pluralMessage === null) return lookUp(this.translations.unknown, message);
    if (requireCount(message, count) === 1) return lookUp(this.translations.singular, message);
    return lookUp(this.translations.plural, pluralMessage);
  }

  /**
   * Translates without the context, which the CSV format has no place for, and logs a warning if there are translations at all.
   *
   * @param _context Ignored.
   * @param message The message, the singular where there is a plural.
   * @param pluralMessage The plural of the message.
   * @param count How many.
   * @returns The translation.
   * @throws {TypeError} If `pluralMessage` is given without `count`.
   */
  override pgettext(_context: string, message: string, pluralMessage?: string | null, count?: number | null): string {
    if (Object.keys(this.translations).length > 0) genLog.warning("pgettext is not supported by CSVLocale");
    return this.translate(message, pluralMessage, count);
  }
}

function lookUp(table: Readonly<Record<string, string>> | undefined, message: string): string {
  return table !== undefined && Object.hasOwn(table, message) ? table[message] : message;
}

/** The locales of this process. Not exported by `mod.ts`: the functions there are its public face. */
export const registry: LocaleRegistry<Locale> = new LocaleRegistry((code) => new CSVLocale(code, {}));

/** The count that a plural message needs: every form of it depends on one. */
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
