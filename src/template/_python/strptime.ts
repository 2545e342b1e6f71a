import { MONTHS, WEEKDAYS } from "../../internal/calendar.ts";
import { PythonError, VALUE_ERROR } from "./exceptions.ts";
import { repr } from "../../internal/python.ts";
import { civil, dayNumber, offsetOf } from "./time_text.ts";

/** The year, month, day, hour, minute, second and microsecond that a text names, and the offset from UTC in seconds. */
export interface ParsedTime {
  readonly parts: readonly number[];
  readonly offset: number | null;
}

/** Patterns of what `strptime` reads. */
const PARSED: Readonly<Record<string, string>> = {
  a: WEEKDAYS.map((name) => name.slice(0, 3)).join("|"),
  A: WEEKDAYS.join("|"),
  b: MONTHS.map((name) => name.slice(0, 3)).join("|"),
  B: MONTHS.join("|"),
  d: "3[01]|[12]\\d|0[1-9]|[1-9]| [1-9]",
  f: "\\d{1,6}",
  H: "2[0-3]|[01]\\d|\\d",
  I: "1[0-2]|0[1-9]|[1-9]",
  j: "36[0-6]|3[0-5]\\d|[12]\\d\\d|0[1-9]\\d|00[1-9]|[1-9]\\d|0[1-9]|[1-9]",
  m: "1[0-2]|0[1-9]|[1-9]",
  M: "[0-5]\\d|\\d",
  p: "AM|PM",
  S: "6[01]|[0-5]\\d|\\d",
  w: "[0-6]",
  y: "\\d\\d",
  Y: "\\d{4}",
  z: "[-+]\\d\\d:?[0-5]\\d(?::?[0-5]\\d)?|Z",
  Z: "UTC|GMT",
};

/** Directives that stand for several others. */
const COMPOSED: Readonly<Record<string, string>> = { c: "%a %b %d %H:%M:%S %Y", x: "%m/%d/%y", X: "%H:%M:%S" };

/**
 * Python's `strptime`, in English.
 *
 * @throws {PythonError} ValueError: the text has not the form of the format.
 */
export function parseTime(text: string, format: string): ParsedTime {
  const letters: string[] = [];
  const whole = format.replace(/%([cxX])/g, (_, letter: string) => COMPOSED[letter] ?? "");
  const pattern = whole.replace(/%([^]?)|\s+|[\\^$.*+?()[\]{}|\/]/g, (part, letter?: string) => {
    if (letter === undefined) return /\s/.test(part) ? "\\s+" : `\\${part}`;
    if (letter === "%") return "%";
    if (letter === "") throw new PythonError(VALUE_ERROR, `stray % in format ${repr(format)}`);
    if (!Object.hasOwn(PARSED, letter)) {
      throw new PythonError(VALUE_ERROR, `${repr(letter)} is a bad directive in format ${repr(format)}`);
    }
    letters.push(letter);
    return `(${PARSED[letter]})`;
  });
  const match = new RegExp(`^${pattern}`, "i").exec(text);
  if (match === null) {
    throw new PythonError(VALUE_ERROR, `time data ${repr(text)} does not match format ${repr(format)}`);
  }
  if (match[0].length < text.length) {
    throw new PythonError(VALUE_ERROR, `unconverted data remains: ${text.slice(match[0].length)}`);
  }
  return timeOf(new Map(letters.map((letter, i) => [letter, match[i + 1] ?? ""])));
}

function timeOf(found: ReadonlyMap<string, string>): ParsedTime {
  const number = (letter: string, otherwise: number) => Number(found.get(letter) ?? otherwise);
  const short = number("y", 0);
  const year = found.has("y") ? short + (short < 69 ? 2000 : 1900) : number("Y", 1900);
  const isAfternoon = found.get("p")?.toUpperCase() === "PM";
  const hour = found.has("I") ? number("I", 0) % 12 + (isAfternoon ? 12 : 0) : number("H", 0);
  const zone = found.get("z");
  return {
    parts: [
      ...dateOf(found, year),
      hour,
      number("M", 0),
      number("S", 0),
      Number((found.get("f") ?? "0").padEnd(6, "0")),
    ],
    offset: zone === undefined ? null : offsetOf(zone.toUpperCase()),
  };
}

function dateOf(found: ReadonlyMap<string, string>, year: number): number[] {
  const name = (found.get("b") ?? found.get("B"))?.toLowerCase();
  const dayOfYear = found.get("j");
  if (dayOfYear !== undefined && name === undefined && !found.has("m")) {
    const date = civil(dayNumber(year, 1, 1) + Number(dayOfYear) - 1);
    return [date.year, date.month, date.day];
  }
  const month = name === undefined
    ? Number(found.get("m") ?? 1)
    : MONTHS.findIndex((one) => one.toLowerCase().startsWith(name)) + 1;
  return [year, month, Number(found.get("d") ?? 1)];
}
