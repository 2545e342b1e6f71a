/** Microseconds, the resolution of Python's dates, in a second and in a day. */
export const SECOND = 1e6;
export const DAY: number = 86_400 * SECOND;
const MINUTE = 60 * SECOND;

/** A moment as a clock and a calendar show it at some offset from GMT. */
export interface CalendarDate {
  readonly year: number;
  /** 0 for January. */
  readonly month: number;
  readonly day: number;
  /** 0 for Monday. */
  readonly weekday: number;
  readonly hour: number;
  readonly minute: number;
}

/**
 * Microseconds since the epoch. Whole and fractional seconds are scaled apart, as Python does it: `seconds * 1e6` in
 * one go is off by one for some times, and a second that is not quite over would be counted as not over.
 */
export function toMicroseconds(date: number | Date): number {
  let microseconds: number;
  if (typeof date === "number") {
    const whole = Math.trunc(date);
    microseconds = whole * SECOND + roundHalfEven((date - whole) * SECOND);
  } else {
    microseconds = date.getTime() * 1000;
  }
  if (!Number.isFinite(microseconds)) throw new RangeError(`cannot format a date: it is not a time (${date})`);
  return microseconds;
}

/** Returns the date and time `gmtOffset` minutes west of Greenwich. */
export function calendarDate(microseconds: number, gmtOffset: number): CalendarDate {
  const date = new Date(Math.floor((microseconds - gmtOffset * MINUTE) / 1000));
  if (Number.isNaN(date.getTime())) {
    throw new RangeError(`cannot format a date: it is out of range (${microseconds} us)`);
  }
  return {
    year: date.getUTCFullYear(),
    month: date.getUTCMonth(),
    day: date.getUTCDate(),
    weekday: (date.getUTCDay() + 6) % 7,
    hour: date.getUTCHours(),
    minute: date.getUTCMinutes(),
  };
}

/** Rounds to the nearest integer, halves to the even one, like Python's `round`. */
export function roundHalfEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  if (rest === 0.5) return floor % 2 === 0 ? floor : floor + 1;
  return rest < 0.5 ? floor : floor + 1;
}

/**
 * The time of day in the manner of a locale: 12 hours with am and pm in English, 12 hours with a Chinese prefix, else
 * 24 hours.
 */
export function timeOfDay(date: CalendarDate, code: string): string {
  const minute = String(date.minute).padStart(2, "0");
  const hour = date.hour % 12 || 12;
  const afternoon = date.hour >= 12;
  if (code === "en" || code === "en_US") return `${hour}:${minute} ${afternoon ? "pm" : "am"}`;
  if (code === "zh_CN") return `${afternoon ? "下午" : "上午"}${hour}:${minute}`;
  return `${date.hour}:${minute}`;
}
