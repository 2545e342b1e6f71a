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

const DAYS = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
const MONTHS = [
  "January",
  "February",
  "March",
  "April",
  "May",
  "June",
  "July",
  "August",
  "September",
  "October",
  "November",
  "December",
];

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
      return DAYS[sunday]?.slice(0, 3) ?? "";
    case "A":
      return DAYS[sunday] ?? "";
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
