import { MONTHS, WEEKDAYS } from "../../internal/calendar.ts";

/**
 * Formats a local time, in seconds since the epoch, as C's `strftime`: `%Y %y %m %d %H %I %M %S %p %j %f %z %a %A %b %B
 * %%`. Other conversions stay in the text.
 */
export function formatTime(seconds: number, format: string): string {
  const date = new Date(seconds * 1000);
  return format.replace(/%([a-zA-Z%])/g, (whole, conversion: string) => field(date, conversion) ?? whole);
}

function field(date: Date, conversion: string): string | undefined {
  switch (conversion) {
    case "Y":
      return String(date.getFullYear());
    case "y":
      return two(date.getFullYear() % 100);
    case "m":
      return two(date.getMonth() + 1);
    case "d":
      return two(date.getDate());
    case "H":
      return two(date.getHours());
    case "I":
      return two(date.getHours() % 12 || 12);
    case "M":
      return two(date.getMinutes());
    case "S":
      return two(date.getSeconds());
    case "p":
      return date.getHours() < 12 ? "AM" : "PM";
    case "j":
      return String(dayOfYear(date)).padStart(3, "0");
    case "f":
      return `${String(date.getMilliseconds()).padStart(3, "0")}000`;
    case "z":
      return offset(date);
    case "a":
      return weekday(date).slice(0, 3);
    case "A":
      return weekday(date);
    case "b":
      return MONTHS[date.getMonth()]?.slice(0, 3);
    case "B":
      return MONTHS[date.getMonth()];
    case "%":
      return "%";
    default:
      return undefined;
  }
}

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
