/** The time that `strftime` formats. */
export interface TimeFields {
  /** Days since 1970-01-01. */
  readonly days: number;
  /** Microseconds of the day. */
  readonly micros: number;
  /** Seconds east of UTC, `null` if it is not known. */
  readonly offset: number | null;
  /** Name of the time zone, or "". */
  readonly zone: string;
}

export function pad(value: number, width: number = 2): string {
  return String(value).padStart(width, "0");
}

/** Year, month and day of a day. */
export function civil(days: number): { year: number; month: number; day: number } {
  const date = new Date(days * 86_400_000);
  return { year: date.getUTCFullYear(), month: date.getUTCMonth() + 1, day: date.getUTCDate() };
}

/** The day of a date; months and days beyond their range run over. */
export function dayNumber(year: number, month: number, day: number): number {
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  return Math.round(date.getTime() / 86_400_000);
}

/** Day of the week, from 0 for Monday. */
export function weekday(days: number): number {
  return ((days + 3) % 7 + 7) % 7;
}

/** The year, week and day of ISO 8601: a week belongs to the year of its Thursday. */
export function isoWeek(days: number): { year: number; week: number; weekday: number } {
  const thursday = days - weekday(days) + 3;
  const { year } = civil(thursday);
  const week = Math.floor((thursday - dayNumber(year, 1, 1)) / 7) + 1;
  return { year, week, weekday: weekday(days) + 1 };
}

/** Hours and minutes, and seconds if there are any. */
export function offsetText(offset: number, separator: string): string {
  const size = Math.abs(offset);
  const seconds = Math.floor(size % 60);
  return `${offset < 0 ? "-" : "+"}${pad(Math.floor(size / 3600))}${separator}${pad(Math.floor(size / 60) % 60)}${
    seconds === 0 ? "" : `${separator}${pad(seconds)}`
  }`;
}

/** Seconds east of UTC of `+02:00`, `+0200`, `+02` or `Z`. */
export function offsetOf(zone: string): number {
  const [, sign, hours = 0, minutes = 0, seconds = 0] = /^([-+])(\d\d)(?::?(\d\d)(?::?(\d\d))?)?$/.exec(zone) ?? [];
  return (sign === "-" ? -1 : 1) * (Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds));
}
