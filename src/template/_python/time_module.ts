import { structTime } from "./date.ts";
import { defineFunctions, defineModule } from "./define_methods.ts";
import { PythonError, TYPE_ERROR } from "./exceptions.ts";
import { formatTime } from "./strftime.ts";
import { dayNumber, type TimeFields } from "./time_text.ts";
import { checkedClock, localInstant, requireText } from "./time_value.ts";
import { float, indexOf, type NamedTuple, numberOf, Tuple, typeName } from "./values.ts";

/** Milliseconds since 1970 of an argument, or now. */
function milliseconds(value: unknown): number {
  if (value === undefined || value === null) return Date.now();
  const number = numberOf(value);
  if (number !== null) return Math.floor(Number(number)) * 1e3;
  throw new PythonError(TYPE_ERROR, `'${typeName(value)}' object cannot be interpreted as an integer`);
}

function utc(instant: number): NamedTuple {
  const days = Math.floor(instant / 864e5);
  return structTime(days, (instant - days * 864e5) * 1e3, 0);
}

function local(instant: number): NamedTuple {
  return utc(instant - new Date(instant).getTimezoneOffset() * 6e4);
}

/** The time that a tuple of nine names; without one, the local time now. */
function fieldsOf(value: unknown): TimeFields {
  const parts = value === undefined ? local(Date.now()) : value;
  if (!(parts instanceof Tuple)) throw new PythonError(TYPE_ERROR, "Tuple or struct_time argument required");
  const [year = 0, month = 0, day = 0, ...rest] = Array.from(parts, (part) => indexOf(part));
  return { days: dayNumber(year, month, day), micros: checkedClock(rest.slice(0, 3)), offset: 0, zone: "UTC" };
}

function instantOf(value: unknown): unknown {
  const { days, micros } = fieldsOf(value);
  const [localDays, localMicros] = localInstant(days, micros);
  return float(localDays * 86_400 + localMicros / 1e6);
}

/** Python's module `time`, as far as it only computes. */
export const TIME_MODULE: Readonly<Record<string, unknown>> = defineModule(
  "time",
  defineFunctions({
    ctime: ["secs? /", (seconds) => formatTime(fieldsOf(local(milliseconds(seconds))), "%c")],
    gmtime: ["secs? /", (seconds) => utc(milliseconds(seconds))],
    localtime: ["secs? /", (seconds) => local(milliseconds(seconds))],
    mktime: ["t /", instantOf],
    strftime: ["format t? /", (format, time) => formatTime(fieldsOf(time), requireText(format))],
    time: ["", () => float(Date.now() / 1e3)],
  }),
);
