import { MONTHS, WEEKDAYS } from "../../internal/calendar.ts";

/**
 * Formats a local time, in seconds since the epoch, as C's `strftime`: `%Y %y %m %d %H %I %M %S %p %j %f %z %a %A %b %B
 * %%`. Other conversions stay in the text.
 */
export function formatTime(seconds: number, format: string): string {
  const date = new Date(seconds * 1000);
  return format.replace(/%([a-zA-Z%])/g, (whole, conversion: string) => FIELDS[conversion]?.(date) ?? whole);
}

const FIELDS: Readonly<Record<string, (date: Date) => string | undefined>> = {
  Y: (date) => String(date.getFullYear()),
  y: (date) => two(date.getFullYear() % 100),
  m: (date) => two(date.getMonth() + 1),
  d: (date) => two(date.getDate()),
  H: (date) => two(date.getHours()),
  I: (date) => two(date.getHours() % 12 || 12),
  M: (date) => two(date.getMinutes()),
  S: (date) => two(date.getSeconds()),
  p: (date) => date.getHours() < 12 ? "AM" : "PM",
  j: (date) => String(dayOfYear(date)).padStart(3, "0"),
  f: (date) => `${String(date.getMilliseconds()).padStart(3, "0")}000`,
  z: (date) => offset(date),
  a: (date) => weekday(date).slice(0, 3),
  A: (date) => weekday(date),
  b: (date) => MONTHS[date.getMonth()]?.slice(0, 3),
  B: (date) => MONTHS[date.getMonth()],
  "%": () => "%",
};

function weekday(date: Date): string {
  return WEEKDAYS[(date.getDay() + 6) % 7] ?? "";
}

function two(number: number): string {
  return String(number).padStart(2, "0");
}

function dayOfYear(date: Date): number {
  const midnight = Date.UTC(date.getFullYear(), date.getMonth(), date.getDate());
  return (midnight - Date.UTC(date.getFullYear(), 0, 1)) / 86_400_000 + 1;
}

function offset(date: Date): string {
  const minutes = -date.getTimezoneOffset();
  const size = Math.abs(minutes);
  return (minutes < 0 ? "-" : "+") + two(Math.floor(size / 60)) + two(size % 60);
}
