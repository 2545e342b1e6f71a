import { PythonError, VALUE_ERROR } from "./exceptions.ts";
import type { ParsedTime } from "./strptime.ts";
import { civil, dayNumber, offsetOf, weekday } from "./time_text.ts";

const DATE = "(\\d{4})(?:-(\\d\\d)-(\\d\\d)|(\\d\\d)(\\d\\d)|-?W(\\d\\d)(?:-?(\\d))?)";
const CLOCK = "(\\d\\d)(?::?(\\d\\d)(?::?(\\d\\d)(?:[.,](\\d+))?)?)?(Z|[-+]\\d\\d(?::?\\d\\d(?::?\\d\\d)?)?)?";

const ISO_DATE = new RegExp(`^${DATE}$`);
const ISO_TIME = new RegExp(`^T?${CLOCK}$`);
// Any character may stand between the date and the time.
const ISO = new RegExp(`^${DATE}(?:[^]${CLOCK})?$`, "u");

function fault(text: string): PythonError {
  return new PythonError(VALUE_ERROR, `Invalid isoformat string: '${text}'`);
}

/** Reads the year, month and day of `date.fromisoformat`. */
export function parseIsoDate(text: string): number[] {
  const match = ISO_DATE.exec(text);
  if (match === null) throw fault(text);
  return dateParts(match);
}

/** Reads the time of `time.fromisoformat`. */
export function parseIsoTime(text: string): ParsedTime {
  const match = ISO_TIME.exec(text);
  if (match === null) throw fault(text);
  return timeParts(match.slice(1));
}

/** Reads the time of `datetime.fromisoformat`. */
export function parseIsoDateTime(text: string): ParsedTime {
  const match = ISO.exec(text);
  if (match === null) throw fault(text);
  const { parts, offset } = timeParts(match.slice(8));
  return { parts: [...dateParts(match), ...parts], offset };
}

function dateParts(match: RegExpExecArray): number[] {
  const [, year, month, day, basicMonth, basicDay, week, weekDay = "1"] = match;
  if (week === undefined) return [year, month ?? basicMonth, day ?? basicDay].map(Number);
  const fourth = dayNumber(Number(year), 1, 4);
  const date = civil(fourth - weekday(fourth) + (Number(week) - 1) * 7 + Number(weekDay) - 1);
  return [date.year, date.month, date.day];
}

function timeParts([hour, minute, second, fraction, zone]: readonly (string | undefined)[]): ParsedTime {
  const micros = (fraction ?? "0").slice(0, 6).padEnd(6, "0");
  return {
    parts: [hour ?? 0, minute ?? 0, second ?? 0, micros].map(Number),
    offset: zone === undefined ? null : offsetOf(zone),
  };
}
