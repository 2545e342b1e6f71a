import { httpDate } from "../../internal/http_date.ts";

/**
 * Formats a time as HTTP does (RFC 9110 section 5.6.7): `Sun, 27 Jan 2013 18:43:20 GMT`. Fractions of a second are
 * dropped.
 *
 * Tornado's `format_timestamp`.
 *
 * @param ts Seconds since 1970, a Date, or year, month (1 to 12), day, hour, minute and second in UTC.
 * @throws {RangeError} If it is not a time between the years 0 and 9999.
 *
 * @example
 * ```ts
 * import { formatTimestamp } from "@twister/twister/httputil";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(formatTimestamp(1359312200), "Sun, 27 Jan 2013 18:43:20 GMT");
 * assertEquals(formatTimestamp([2013, 1, 27, 18, 43, 20]), "Sun, 27 Jan 2013 18:43:20 GMT");
 * ```
 */
export function formatTimestamp(ts: number | Date | readonly number[]): string {
  let date: Date;
  if (typeof ts === "number") date = new Date(ts * 1000);
  else if (ts instanceof Date) date = ts;
  else date = fromFields(ts);
  const year = date.getUTCFullYear();
  // An invalid date has the year NaN.
  if (!(year >= 0 && year <= 9999)) throw new RangeError(`Cannot format timestamp: ${String(ts)}`);
  return httpDate(date.getTime() / 1000);
}

function fromFields(fields: readonly number[]): Date {
  const [year = NaN, month = 1, day = 1, hour = 0, minute = 0, second = 0] = fields;
  const date = new Date(0);
  // Date.UTC would take the years 0 to 99 for 1900 to 1999.
  date.setUTCFullYear(year, month - 1, day);
  date.setUTCHours(hour, minute, second);
  return date;
}

const MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

// RFC 9110 section 5.6.7: the preferred form, with RFC 5322's freedom of a missing weekday, short day and numeric zone;
const IMF_DATE =
  /^(?:[A-Za-z]{3}, *)?([0-9]{1,2}) ([A-Za-z]{3}) ([0-9]{4}) ([0-9]{2}):([0-9]{2}):([0-9]{2})(?: (?:GMT|UTC|UT|Z|([+-])([0-9]{2})([0-9]{2})))?$/i;
// the obsolete RFC 850 form;
const RFC850_DATE = /^[A-Za-z]{6,9}, ([0-9]{2})-([A-Za-z]{3})-([0-9]{2}) ([0-9]{2}):([0-9]{2}):([0-9]{2}) GMT$/i;
// and that of C's asctime.
const ASCTIME_DATE = /^[A-Za-z]{3} ([A-Za-z]{3}) ([ 0-9][0-9]) ([0-9]{2}):([0-9]{2}):([0-9]{2}) ([0-9]{4})$/i;

// A two-digit year that would be more than 50 years ahead means the last century (RFC 9110 section 5.6.7).
function fullYear(twoDigits: number): number {
  const now = new Date().getUTCFullYear();
  const year = now - now % 100 + twoDigits;
  return year > now + 50 ? year - 100 : year;
}

function checkedDate(year: number, monthName: string, day: number, time: readonly string[]): Date | null {
  const month = MONTHS.indexOf(monthName.toLowerCase());
  const [hour = 0, minute = 0, second = 0] = time.map(Number);
  if (month === -1 || day < 1 || hour > 23 || minute > 59 || second > 60) return null;
  const date = fromFields([year, month + 1, day, hour, minute, second]);
  // 31 Feb would silently become March; a leap second may become the next day.
  return second < 60 && date.getUTCDate() !== day ? null : date;
}

/**
 * Parses a time in any of the three forms of HTTP (RFC 9110 section 5.6.7). Tornado uses Python's
 * `parsedate_to_datetime`.
 *
 * @returns The time, or `null` if the text is not one.
 *
 * @example
 * ```ts
 * import { parseTimestamp } from "@twister/twister/httputil";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(parseTimestamp("Sun, 27 Jan 2013 18:43:20 GMT"), new Date(1359312200_000));
 * assertEquals(parseTimestamp("Sunday, 27-Jan-13 18:43:20 GMT"), new Date(1359312200_000));
 * assertEquals(parseTimestamp("yesterday"), null);
 * ```
 */
export function parseTimestamp(value: string): Date | null {
  const text = value.trim();
  let match = IMF_DATE.exec(text);
  if (match !== null) {
    const [, day, month = "", year, hour = "", minute = "", second = "", sign, zoneHours, zoneMinutes] = match;
    const date = checkedDate(Number(year), month, Number(day), [hour, minute, second]);
    if (date === null || sign === undefined) return date;
    const offset = (Number(zoneHours) * 60 + Number(zoneMinutes)) * 60_000;
    return new Date(date.getTime() + (sign === "+" ? -offset : offset));
  }
  match = RFC850_DATE.exec(text);
  if (match !== null) {
    const [, day, month = "", year, ...time] = match;
    return checkedDate(fullYear(Number(year)), month, Number(day), time);
  }
  match = ASCTIME_DATE.exec(text);
  if (match === null) return null;
  const [, month = "", day, hour = "", minute = "", second = "", year] = match;
  return checkedDate(Number(year), month, Number(day), [hour, minute, second]);
}
