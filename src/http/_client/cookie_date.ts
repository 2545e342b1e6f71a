const MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

/** What separates the parts of a cookie's date (RFC 6265, section 5.1.1). */
const DELIMITERS = /[\t\x20-\x2f\x3b-\x40\x5b-\x60\x7b-\x7e]+/;

/** Returns the milliseconds of a cookie's `Expires`, or `null` if it is not a date (RFC 6265, section 5.1.1). */
export function parseCookieDate(text: string): number | null {
  let time: [hour: number, minute: number, second: number] | null = null;
  let day: number | null = null;
  let month: number | null = null;
  let year: number | null = null;
  for (const token of text.split(DELIMITERS)) {
    const clock = /^(\d{1,2}):(\d{1,2}):(\d{1,2})(?!\d)/.exec(token);
    const date = /^(\d{1,2})(?!\d)/.exec(token);
    const years = /^(\d{2,4})(?!\d)/.exec(token);
    const name = MONTHS.indexOf(token.slice(0, 3).toLowerCase());
    if (time === null && clock !== null) time = [Number(clock[1]), Number(clock[2]), Number(clock[3])];
    else if (day === null && date !== null) day = Number(date[1]);
    else if (month === null && name >= 0) month = name;
    else if (year === null && years !== null) year = Number(years[1]);
  }
  if (time === null || day === null || month === null || year === null) return null;
  if (year >= 70 && year <= 99) year += 1900;
  else if (year >= 0 && year <= 69) year += 2000;
  const [hour, minute, second] = time;
  if (day < 1 || day > 31 || year < 1601 || hour > 23 || minute > 59 || second > 59) return null;
  const result = new Date(Date.UTC(year, month, day, hour, minute, second));
  // The 31st of a month of 30 days is none.
  return result.getUTCDate() === day ? result.getTime() : null;
}
