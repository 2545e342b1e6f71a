import { MONTHS, WEEKDAYS } from "../../internal/calendar.ts";

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

export function offsetText(offset: number, separator: string): string {
  const size = Math.abs(offset);
  return `${offset < 0 ? "-" : "+"}${pad(Math.floor(size / 3600))}${separator}${pad(Math.floor(size / 60) % 60)}`;
}

/** Python's `strftime`, in English. */
export function formatTime(fields: TimeFields, format: string): string {
  return format.replace(/%(-?)([^])/g, (whole, dash: string, letter: string) => {
    const text = directive(fields, letter);
    if (text === null) return whole;
    return dash === "" ? text : text.replace(/^[0 ]+(?=.)/, "");
  });
}

function directive(fields: TimeFields, letter: string): string | null {
  const { days, micros, offset, zone } = fields;
  const { year, month, day } = civil(days);
  const seconds = Math.floor(micros / 1e6);
  const hour = Math.floor(seconds / 3600);
  const dayOfYear = days - dayNumber(year, 1, 1);
  const sunday = (weekday(days) + 1) % 7;
  switch (letter) {
    case "a":
      return WEEKDAYS[weekday(days)]?.slice(0, 3) ?? "";
    case "A":
      return WEEKDAYS[weekday(days)] ?? "";
    case "b":
    case "h":
      return MONTHS[month - 1]?.slice(0, 3) ?? "";
    case "B":
      return MONTHS[month - 1] ?? "";
    case "c":
      return formatTime(fields, "%a %b %e %H:%M:%S %Y");
    case "d":
      return pad(day);
    case "D":
    case "x":
      return formatTime(fields, "%m/%d/%y");
    case "e":
      return String(day).padStart(2);
    case "f":
      return pad(micros % 1e6, 6);
    case "F":
      return formatTime(fields, "%Y-%m-%d");
    case "H":
      return pad(hour);
    case "I":
      return pad(hour % 12 === 0 ? 12 : hour % 12);
    case "j":
      return pad(dayOfYear + 1, 3);
    case "m":
      return pad(month);
    case "M":
      return pad(Math.floor(seconds / 60) % 60);
    case "n":
      return "\n";
    case "p":
      return hour < 12 ? "AM" : "PM";
    case "R":
      return formatTime(fields, "%H:%M");
    case "s":
      return String(days * 86_400 + seconds - (offset ?? 0));
    case "S":
      return pad(seconds % 60);
    case "t":
      return "\t";
    case "T":
    case "X":
      return formatTime(fields, "%H:%M:%S");
    case "u":
      return String(weekday(days) + 1);
    case "U":
      return pad(Math.floor((dayOfYear + 7 - sunday) / 7));
    case "w":
      return String(sunday);
    case "W":
      return pad(Math.floor((dayOfYear + 7 - weekday(days)) / 7));
    case "y":
      return pad(year % 100);
    case "Y":
      return String(year);
    case "z":
      return offset === null ? "" : offsetText(offset, "");
    case "Z":
      return zone;
    case "%":
      return "%";
  }
  return null;
}

/** The year, month, day, hour, minute, second and microsecond that a text names, and the offset from UTC in seconds. */
export interface ParsedTime {
  readonly parts: readonly number[];
  readonly offset: number | null;
}

/** Patterns of what `strptime` reads. */
const PARSED: Readonly<Record<string, string>> = {
  Y: "\\d{4}",
  y: "\\d\\d",
  m: "1[0-2]|0?[1-9]",
  d: "3[01]|[12]\\d|0?[1-9]",
  H: "2[0-3]|[01]?\\d",
  I: "1[0-2]|0?[1-9]",
  M: "[0-5]?\\d",
  S: "6[01]|[0-5]?\\d",
  f: "\\d{1,6}",
  p: "AM|PM",
  b: MONTHS.map((name) => name.slice(0, 3)).join("|"),
  B: MONTHS.join("|"),
  a: WEEKDAYS.map((name) => name.slice(0, 3)).join("|"),
  A: WEEKDAYS.join("|"),
  z: "[-+]\\d\\d:?\\d\\d|Z",
};

/** Python's `strptime`, in English; `null` if the text has not the form of the format. */
export function parseTime(text: string, format: string): ParsedTime | null {
  const letters: string[] = [];
  const pattern = format.replace(/%([^])|\s+|([\\^$.*+?()[\]{}|\/])/g, (_, letter?: string, special?: string) => {
    if (special !== undefined) return `\\${special}`;
    if (letter === undefined) return "\\s+";
    if (letter === "%") return "%";
    letters.push(letter);
    // An unknown letter matches nothing.
    return Object.hasOwn(PARSED, letter) ? `(${PARSED[letter]})` : "(?!)";
  });
  const match = new RegExp(`^${pattern}$`, "i").exec(text);
  if (match === null) return null;
  const found = new Map(letters.map((letter, i) => [letter, match[i + 1] ?? ""]));
  const number = (letter: string, otherwise: number) => Number(found.get(letter) ?? otherwise);
  const month = found.get("b") ?? found.get("B");
  const short = number("y", 0);
  const year = found.has("y") ? short + (short < 69 ? 2000 : 1900) : number("Y", 1900);
  const isAfternoon = found.get("p")?.toUpperCase() === "PM";
  const hour = found.has("I") ? number("I", 0) % 12 + (isAfternoon ? 12 : 0) : number("H", 0);
  const zone = found.get("z");
  return {
    parts: [
      year,
      month === undefined
        ? number("m", 1)
        : MONTHS.findIndex((name) => name.toLowerCase().startsWith(month.toLowerCase())) + 1,
      number("d", 1),
      hour,
      number("M", 0),
      number("S", 0),
      Number((found.get("f") ?? "0").padEnd(6, "0")),
    ],
    offset: zone === undefined ? null : offsetOf(zone),
  };
}

/** Seconds east of UTC of `+02:00`, `+0200` or `Z`. */
export function offsetOf(zone: string): number {
  const [, sign, hours = 0, minutes = 0] = /^([-+])(\d\d):?(\d\d)$/.exec(zone) ?? [];
  return (sign === "-" ? -1 : 1) * (Number(hours) * 3600 + Number(minutes) * 60);
}
