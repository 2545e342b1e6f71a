import { MONTHS, WEEKDAYS } from "./calendar.ts";

const SECONDS_A_DAY = 86400;
/** The days of 400 years, after which the calendar repeats itself. */
const CYCLE = 146097;
/** The days from 1 March of the year 0 to 1 January 1970, a Thursday. */
const EPOCH = 719468;
const THURSDAY = 3;

/**
 * Writes a time as HTTP does: `Sun, 27 Jan 2013 18:43:20 GMT`. It counts by itself, since the first text that is made
 * of a `Date` loads the time zones, which take 1.3 MiB.
 *
 * @param time Seconds since 1970, between the years 0 and 9999; a fraction is dropped.
 */
export function httpDate(time: number): string {
  const days = Math.floor(time / SECONDS_A_DAY);
  const second = Math.floor(time) - days * SECONDS_A_DAY;
  // Years that begin with March have their leap day at the end.
  const since = days + EPOCH;
  const cycle = Math.floor(since / CYCLE);
  const dayOfCycle = since - cycle * CYCLE;
  const yearOfCycle = Math.floor(
    (dayOfCycle - Math.floor(dayOfCycle / 1460) + Math.floor(dayOfCycle / 36524) - Math.floor(dayOfCycle / 146096)) /
      365,
  );
  const dayOfYear = dayOfCycle - (365 * yearOfCycle + Math.floor(yearOfCycle / 4) - Math.floor(yearOfCycle / 100));
  const marchMonth = Math.floor((5 * dayOfYear + 2) / 153);
  const day = dayOfYear - Math.floor((153 * marchMonth + 2) / 5) + 1;
  const month = (marchMonth + 2) % 12;
  const year = cycle * 400 + yearOfCycle + (month < 2 ? 1 : 0);
  const weekday = (((days + THURSDAY) % 7) + 7) % 7;
  const clock = [second / 3600, second / 60 % 60, second % 60].map(twoDigits).join(":");
  return `${WEEKDAYS[weekday].slice(0, 3)}, ${twoDigits(day)} ${MONTHS[month].slice(0, 3)} ` +
    `${String(year).padStart(4, "0")} ${clock} GMT`;
}

function twoDigits(value: number): string {
  return String(Math.floor(value)).padStart(2, "0");
}

let lastSecond = NaN;
let lastText = "";

/**
 * Writes the time of now as {@linkcode httpDate} does. All responses of a second get the same text, which is found
 * equal without a look at its characters.
 */
export function dateOfNow(time: number): string {
  const second = Math.floor(time);
  if (second !== lastSecond) {
    lastSecond = second;
    lastText = httpDate(second);
  }
  return lastText;
}
