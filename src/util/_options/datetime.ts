import { MONTHS, WEEKDAYS } from "../../internal/calendar.ts";
import { formatTime } from "../_log/strftime.ts";

/** Tornado's formats in the order in which they are tried. */
const FORMATS = [
  "%a %b %d %H:%M:%S %Y",
  "%Y-%m-%d %H:%M:%S",
  "%Y-%m-%d %H:%M",
  "%Y-%m-%dT%H:%M",
  "%Y%m%d %H:%M:%S",
  "%Y%m%d %H:%M",
  "%Y-%m-%d",
  "%Y%m%d",
  "%H:%M:%S",
  "%H:%M",
];

/** The fields as Python's `strptime` reads them: one-digit ones need no zero in front. */
const FIELDS: Readonly<Record<string, string>> = {
  "%a": `(?:${WEEKDAYS.map((name) => name.slice(0, 3)).join("|")})`,
  "%b": `(?<month_name>${MONTHS.map((name) => name.slice(0, 3)).join("|")})`,
  "%d": String.raw`(?<day>3[0-1]|[1-2]\d|0[1-9]|[1-9]| [1-9])`,
  "%m": "(?<month>1[0-2]|0[1-9]|[1-9])",
  "%Y": String.raw`(?<year>\d\d\d\d)`,
  "%H": String.raw`(?<hour>2[0-3]|[0-1]\d|\d)`,
  "%M": String.raw`(?<minute>[0-5]\d|\d)`,
  "%S": String.raw`(?<second>6[0-1]|[0-5]\d|\d)`,
};

const PATTERNS = FORMATS.map((format) =>
  // No `$` at the end: strptime takes the first match and refuses what is left over.
  new RegExp(`^${format.replaceAll(" ", "\\s+").replace(/%[a-zA-Z]/g, (field) => FIELDS[field] ?? field)}`, "i")
);

/** The year of a time without a date, as in Python. */
const DEFAULT_YEAR = 1900;

/** Reads a local date and time in one of Tornado's formats; returns `undefined` for any other text. */
export function parseDatetime(text: string): Date | undefined {
  for (const pattern of PATTERNS) {
    const match = pattern.exec(text);
    const date = match !== null && match[0].length === text.length ? dateOf(match.groups ?? {}) : undefined;
    if (date !== undefined) return date;
  }
  return undefined;
}

function dateOf(fields: Readonly<Record<string, string | undefined>>): Date | undefined {
  const number = (name: string, otherwise: number) => Number(fields[name] ?? otherwise);
  const name = fields.month_name?.toLowerCase();
  const month = name === undefined
    ? number("month", 1) - 1
    : MONTHS.findIndex((month) => month.toLowerCase().startsWith(name));
  const [year, day, second] = [number("year", DEFAULT_YEAR), number("day", 1), number("second", 0)];
  const date = new Date(2000, 0, 1, number("hour", 0), number("minute", 0), second);
  // The constructor would read the year 99 as 1999.
  date.setFullYear(year, month, day);
  return year > 0 && second < 60 && date.getMonth() === month ? date : undefined;
}

/** Returns a date and time in the format that {@linkcode parseDatetime} reads. */
export function formatDatetime(date: Date): string {
  return formatTime(date.getTime() / 1000, "%Y-%m-%d %H:%M:%S");
}
